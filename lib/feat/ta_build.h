/* Inside the indicators: what makes the nodes of each, for the table in ta_def.c. */
#ifndef TP_FEAT_TA_BUILD_H
#define TP_FEAT_TA_BUILD_H

#include "feat/ta_op.h"

#define TA_BUILD(name) \
	void ta_build_##name(struct ta_graph *g, const int *in, const double *p, int *out)

/* ta_overlap.c */
TA_BUILD(accbands);
TA_BUILD(bbands);
TA_BUILD(dema);
TA_BUILD(ema);
TA_BUILD(ht_trendline);
TA_BUILD(kama);
TA_BUILD(ma);
TA_BUILD(mama);
TA_BUILD(midpoint);
TA_BUILD(midprice);
TA_BUILD(sar);
TA_BUILD(sarext);
TA_BUILD(sma);
TA_BUILD(t3);
TA_BUILD(tema);
TA_BUILD(trima);
TA_BUILD(wma);

/* ta_momentum.c */
TA_BUILD(adx);
TA_BUILD(adxr);
TA_BUILD(apo);
TA_BUILD(aroon);
TA_BUILD(aroonosc);
TA_BUILD(bop);
TA_BUILD(cci);
TA_BUILD(cmo);
TA_BUILD(dx);
TA_BUILD(imi);
TA_BUILD(macd);
TA_BUILD(macdext);
TA_BUILD(macdfix);
TA_BUILD(mfi);
TA_BUILD(minus_di);
TA_BUILD(minus_dm);
TA_BUILD(mom);
TA_BUILD(plus_di);
TA_BUILD(plus_dm);
TA_BUILD(ppo);
TA_BUILD(roc);
TA_BUILD(rocp);
TA_BUILD(rocr);
TA_BUILD(rocr100);
TA_BUILD(rsi);
TA_BUILD(stoch);
TA_BUILD(stochf);
TA_BUILD(stochrsi);
TA_BUILD(trix);
TA_BUILD(ultosc);
TA_BUILD(willr);

/* ta_rest.c: volume, volatility, cycle, price, statistics, mathematics */
TA_BUILD(ad);
TA_BUILD(adosc);
TA_BUILD(obv);
TA_BUILD(atr);
TA_BUILD(natr);
TA_BUILD(trange);
TA_BUILD(ht_dcperiod);
TA_BUILD(ht_dcphase);
TA_BUILD(ht_phasor);
TA_BUILD(ht_sine);
TA_BUILD(ht_trendmode);
TA_BUILD(avgdev);
TA_BUILD(avgprice);
TA_BUILD(medprice);
TA_BUILD(typprice);
TA_BUILD(wclprice);
TA_BUILD(beta);
TA_BUILD(correl);
TA_BUILD(linearreg);
TA_BUILD(linearreg_angle);
TA_BUILD(linearreg_intercept);
TA_BUILD(linearreg_slope);
TA_BUILD(stddev);
TA_BUILD(tsf);
TA_BUILD(var);
TA_BUILD(max);
TA_BUILD(maxindex);
TA_BUILD(min);
TA_BUILD(minindex);
TA_BUILD(minmax);
TA_BUILD(minmaxindex);
TA_BUILD(sum);
TA_BUILD(add);
TA_BUILD(div);
TA_BUILD(mult);
TA_BUILD(sub);
TA_BUILD(acos);
TA_BUILD(asin);
TA_BUILD(atan);
TA_BUILD(ceil);
TA_BUILD(cos);
TA_BUILD(cosh);
TA_BUILD(exp);
TA_BUILD(floor);
TA_BUILD(ln);
TA_BUILD(log10);
TA_BUILD(sin);
TA_BUILD(sinh);
TA_BUILD(sqrt);
TA_BUILD(tan);
TA_BUILD(tanh);

#endif
