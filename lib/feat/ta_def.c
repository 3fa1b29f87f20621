/*
 * The table of all indicators: names, inputs, parameters, outputs.
 */
#include <string.h>
#include <strings.h>

#include "feat/ta_build.h"

#define PERIOD(name, def, min) \
	{ \
		name, TA_INT, def, min, TA_PERIOD \
	}
#define REAL(name, def, min, max) \
	{ \
		name, TA_REAL, def, min, max \
	}
#define AVERAGE(name) \
	{ \
		name, TA_AVERAGE, 0, 0, 8 \
	}

const struct ta_def ta_defs[] = {
	{ "ACCBANDS", "hlc", { PERIOD("timePeriod", 20, 2) },
	    { "upperBand", "middleBand", "lowerBand" }, ta_build_accbands },
	{ "ACOS", "x", { { 0 } }, { "output" }, ta_build_acos },
	{ "AD", "hlcv", { { 0 } }, { "output" }, ta_build_ad },
	{ "ADD", "xy", { { 0 } }, { "output" }, ta_build_add },
	{ "ADOSC", "hlcv", { PERIOD("fastPeriod", 3, 2), PERIOD("slowPeriod", 10, 2) },
	    { "output" }, ta_build_adosc },
	{ "ADX", "hlc", { PERIOD("timePeriod", 14, 2) }, { "output" }, ta_build_adx },
	{ "ADXR", "hlc", { PERIOD("timePeriod", 14, 2) }, { "output" }, ta_build_adxr },
	{ "APO", "x",
	    { PERIOD("fastPeriod", 12, 2), PERIOD("slowPeriod", 26, 2), AVERAGE("MAType") },
	    { "output" }, ta_build_apo },
	{ "AROON", "hl", { PERIOD("timePeriod", 14, 2) }, { "aroonDown", "aroonUp" },
	    ta_build_aroon },
	{ "AROONOSC", "hl", { PERIOD("timePeriod", 14, 2) }, { "output" }, ta_build_aroonosc },
	{ "ASIN", "x", { { 0 } }, { "output" }, ta_build_asin },
	{ "ATAN", "x", { { 0 } }, { "output" }, ta_build_atan },
	{ "ATR", "hlc", { PERIOD("timePeriod", 14, 1) }, { "output" }, ta_build_atr },
	{ "AVGDEV", "x", { PERIOD("timePeriod", 14, 2) }, { "output" }, ta_build_avgdev },
	{ "AVGPRICE", "ohlc", { { 0 } }, { "output" }, ta_build_avgprice },
	{ "BBANDS", "x",
	    { PERIOD("timePeriod", 5, 2), REAL("nbDevUp", 2, -3e37, 3e37),
		REAL("nbDevDn", 2, -3e37, 3e37), AVERAGE("MAType") },
	    { "upperBand", "middleBand", "lowerBand" }, ta_build_bbands },
	{ "BETA", "xy", { PERIOD("timePeriod", 5, 1) }, { "output" }, ta_build_beta },
	{ "BOP", "ohlc", { { 0 } }, { "output" }, ta_build_bop },
	{ "CCI", "hlc", { PERIOD("timePeriod", 14, 2) }, { "output" }, ta_build_cci },
	{ "CEIL", "x", { { 0 } }, { "output" }, ta_build_ceil },
	{ "CMO", "x", { PERIOD("timePeriod", 14, 2) }, { "output" }, ta_build_cmo },
	{ "CORREL", "xy", { PERIOD("timePeriod", 30, 1) }, { "output" }, ta_build_correl },
	{ "COS", "x", { { 0 } }, { "output" }, ta_build_cos },
	{ "COSH", "x", { { 0 } }, { "output" }, ta_build_cosh },
	{ "DEMA", "x", { PERIOD("timePeriod", 30, 2) }, { "output" }, ta_build_dema },
	{ "DIV", "xy", { { 0 } }, { "output" }, ta_build_div },
	{ "DX", "hlc", { PERIOD("timePeriod", 14, 2) }, { "output" }, ta_build_dx },
	{ "EMA", "x", { PERIOD("timePeriod", 30, 2) }, { "output" }, ta_build_ema },
	{ "EXP", "x", { { 0 } }, { "output" }, ta_build_exp },
	{ "FLOOR", "x", { { 0 } }, { "output" }, ta_build_floor },
	{ "HT_DCPERIOD", "x", { { 0 } }, { "output" }, ta_build_ht_dcperiod },
	{ "HT_DCPHASE", "x", { { 0 } }, { "output" }, ta_build_ht_dcphase },
	{ "HT_PHASOR", "x", { { 0 } }, { "inPhase", "quadrature" }, ta_build_ht_phasor },
	{ "HT_SINE", "x", { { 0 } }, { "sine", "leadSine" }, ta_build_ht_sine },
	{ "HT_TRENDLINE", "x", { { 0 } }, { "output" }, ta_build_ht_trendline },
	{ "HT_TRENDMODE", "x", { { 0 } }, { "output" }, ta_build_ht_trendmode },
	{ "IMI", "oc", { PERIOD("timePeriod", 14, 2) }, { "output" }, ta_build_imi },
	{ "KAMA", "x", { PERIOD("timePeriod", 30, 2) }, { "output" }, ta_build_kama },
	{ "LINEARREG", "x", { PERIOD("timePeriod", 14, 2) }, { "output" }, ta_build_linearreg },
	{ "LINEARREG_ANGLE", "x", { PERIOD("timePeriod", 14, 2) }, { "output" },
	    ta_build_linearreg_angle },
	{ "LINEARREG_INTERCEPT", "x", { PERIOD("timePeriod", 14, 2) }, { "output" },
	    ta_build_linearreg_intercept },
	{ "LINEARREG_SLOPE", "x", { PERIOD("timePeriod", 14, 2) }, { "output" },
	    ta_build_linearreg_slope },
	{ "LN", "x", { { 0 } }, { "output" }, ta_build_ln },
	{ "LOG10", "x", { { 0 } }, { "output" }, ta_build_log10 },
	{ "MA", "x", { PERIOD("timePeriod", 30, 1), AVERAGE("MAType") }, { "output" },
	    ta_build_ma },
	{ "MACD", "x",
	    { PERIOD("fastPeriod", 12, 2), PERIOD("slowPeriod", 26, 2),
		PERIOD("signalPeriod", 9, 1) },
	    { "MACD", "MACDSignal", "MACDHist" }, ta_build_macd },
	{ "MACDEXT", "x",
	    { PERIOD("fastPeriod", 12, 2), AVERAGE("fastMAType"), PERIOD("slowPeriod", 26, 2),
		AVERAGE("slowMAType"), PERIOD("signalPeriod", 9, 1), AVERAGE("signalMAType") },
	    { "MACD", "MACDSignal", "MACDHist" }, ta_build_macdext },
	{ "MACDFIX", "x", { PERIOD("signalPeriod", 9, 1) }, { "MACD", "MACDSignal", "MACDHist" },
	    ta_build_macdfix },
	{ "MAMA", "x", { REAL("fastLimit", 0.5, 0.01, 0.99), REAL("slowLimit", 0.05, 0.01, 0.99) },
	    { "MAMA", "FAMA" }, ta_build_mama },
	{ "MAX", "x", { PERIOD("timePeriod", 30, 2) }, { "output" }, ta_build_max },
	{ "MAXINDEX", "x", { PERIOD("timePeriod", 30, 2) }, { "output" }, ta_build_maxindex },
	{ "MEDPRICE", "hl", { { 0 } }, { "output" }, ta_build_medprice },
	{ "MFI", "hlcv", { PERIOD("timePeriod", 14, 2) }, { "output" }, ta_build_mfi },
	{ "MIDPOINT", "x", { PERIOD("timePeriod", 14, 2) }, { "output" }, ta_build_midpoint },
	{ "MIDPRICE", "hl", { PERIOD("timePeriod", 14, 2) }, { "output" }, ta_build_midprice },
	{ "MIN", "x", { PERIOD("timePeriod", 30, 2) }, { "output" }, ta_build_min },
	{ "MININDEX", "x", { PERIOD("timePeriod", 30, 2) }, { "output" }, ta_build_minindex },
	{ "MINMAX", "x", { PERIOD("timePeriod", 30, 2) }, { "min", "max" }, ta_build_minmax },
	{ "MINMAXINDEX", "x", { PERIOD("timePeriod", 30, 2) }, { "minIdx", "maxIdx" },
	    ta_build_minmaxindex },
	{ "MINUS_DI", "hlc", { PERIOD("timePeriod", 14, 1) }, { "output" }, ta_build_minus_di },
	{ "MINUS_DM", "hl", { PERIOD("timePeriod", 14, 1) }, { "output" }, ta_build_minus_dm },
	{ "MOM", "x", { PERIOD("timePeriod", 10, 1) }, { "output" }, ta_build_mom },
	{ "MULT", "xy", { { 0 } }, { "output" }, ta_build_mult },
	{ "NATR", "hlc", { PERIOD("timePeriod", 14, 1) }, { "output" }, ta_build_natr },
	{ "OBV", "xv", { { 0 } }, { "output" }, ta_build_obv },
	{ "PLUS_DI", "hlc", { PERIOD("timePeriod", 14, 1) }, { "output" }, ta_build_plus_di },
	{ "PLUS_DM", "hl", { PERIOD("timePeriod", 14, 1) }, { "output" }, ta_build_plus_dm },
	{ "PPO", "x",
	    { PERIOD("fastPeriod", 12, 2), PERIOD("slowPeriod", 26, 2), AVERAGE("MAType") },
	    { "output" }, ta_build_ppo },
	{ "ROC", "x", { PERIOD("timePeriod", 10, 1) }, { "output" }, ta_build_roc },
	{ "ROCP", "x", { PERIOD("timePeriod", 10, 1) }, { "output" }, ta_build_rocp },
	{ "ROCR", "x", { PERIOD("timePeriod", 10, 1) }, { "output" }, ta_build_rocr },
	{ "ROCR100", "x", { PERIOD("timePeriod", 10, 1) }, { "output" }, ta_build_rocr100 },
	{ "RSI", "x", { PERIOD("timePeriod", 14, 2) }, { "output" }, ta_build_rsi },
	{ "SAR", "hl", { REAL("acceleration", 0.02, 0, 3e37), REAL("maximum", 0.2, 0, 3e37) },
	    { "output" }, ta_build_sar },
	{ "SAREXT", "hl",
	    { REAL("startValue", 0, -3e37, 3e37), REAL("offsetOnReverse", 0, 0, 3e37),
		REAL("accelerationInitLong", 0.02, 0, 3e37),
		REAL("accelerationLong", 0.02, 0, 3e37), REAL("accelerationMaxLong", 0.2, 0, 3e37),
		REAL("accelerationInitShort", 0.02, 0, 3e37),
		REAL("accelerationShort", 0.02, 0, 3e37),
		REAL("accelerationMaxShort", 0.2, 0, 3e37) },
	    { "output" }, ta_build_sarext },
	{ "SIN", "x", { { 0 } }, { "output" }, ta_build_sin },
	{ "SINH", "x", { { 0 } }, { "output" }, ta_build_sinh },
	{ "SMA", "x", { PERIOD("timePeriod", 30, 2) }, { "output" }, ta_build_sma },
	{ "SQRT", "x", { { 0 } }, { "output" }, ta_build_sqrt },
	{ "STDDEV", "x", { PERIOD("timePeriod", 5, 2), REAL("nbDev", 1, -3e37, 3e37) },
	    { "output" }, ta_build_stddev },
	{ "STOCH", "hlc",
	    { PERIOD("fastK_Period", 5, 1), PERIOD("slowK_Period", 3, 1), AVERAGE("slowK_MAType"),
		PERIOD("slowD_Period", 3, 1), AVERAGE("slowD_MAType") },
	    { "slowK", "slowD" }, ta_build_stoch },
	{ "STOCHF", "hlc",
	    { PERIOD("fastK_Period", 5, 1), PERIOD("fastD_Period", 3, 1), AVERAGE("fastD_MAType") },
	    { "fastK", "fastD" }, ta_build_stochf },
	{ "STOCHRSI", "x",
	    { PERIOD("timePeriod", 14, 2), PERIOD("fastK_Period", 5, 1),
		PERIOD("fastD_Period", 3, 1), AVERAGE("fastD_MAType") },
	    { "fastK", "fastD" }, ta_build_stochrsi },
	{ "SUB", "xy", { { 0 } }, { "output" }, ta_build_sub },
	{ "SUM", "x", { PERIOD("timePeriod", 30, 2) }, { "output" }, ta_build_sum },
	{ "T3", "x", { PERIOD("timePeriod", 5, 2), REAL("VFactor", 0.7, 0, 1) }, { "output" },
	    ta_build_t3 },
	{ "TAN", "x", { { 0 } }, { "output" }, ta_build_tan },
	{ "TANH", "x", { { 0 } }, { "output" }, ta_build_tanh },
	{ "TEMA", "x", { PERIOD("timePeriod", 30, 2) }, { "output" }, ta_build_tema },
	{ "TRANGE", "hlc", { { 0 } }, { "output" }, ta_build_trange },
	{ "TRIMA", "x", { PERIOD("timePeriod", 30, 2) }, { "output" }, ta_build_trima },
	{ "TRIX", "x", { PERIOD("timePeriod", 30, 1) }, { "output" }, ta_build_trix },
	{ "TSF", "x", { PERIOD("timePeriod", 14, 2) }, { "output" }, ta_build_tsf },
	{ "TYPPRICE", "hlc", { { 0 } }, { "output" }, ta_build_typprice },
	{ "ULTOSC", "hlc",
	    { PERIOD("timePeriod1", 7, 1), PERIOD("timePeriod2", 14, 1),
		PERIOD("timePeriod3", 28, 1) },
	    { "output" }, ta_build_ultosc },
	{ "VAR", "x", { PERIOD("timePeriod", 5, 1), REAL("nbDev", 1, -3e37, 3e37) }, { "output" },
	    ta_build_var },
	{ "WCLPRICE", "hlc", { { 0 } }, { "output" }, ta_build_wclprice },
	{ "WILLR", "hlc", { PERIOD("timePeriod", 14, 2) }, { "output" }, ta_build_willr },
	{ "WMA", "x", { PERIOD("timePeriod", 30, 2) }, { "output" }, ta_build_wma },
};

const size_t ta_ndefs = sizeof ta_defs / sizeof *ta_defs;

const struct ta_def *
ta_find(const char *name, size_t len)
{
	for (size_t i = 0; i < ta_ndefs; i++)
		if (strlen(ta_defs[i].name) == len && strncasecmp(ta_defs[i].name, name, len) == 0)
			return &ta_defs[i];
	return NULL;
}

size_t
ta_nparams(const struct ta_def *d)
{
	size_t n = 0;

	while (n < TA_PARAMS && d->param[n].name)
		n++;
	return n;
}

size_t
ta_noutputs(const struct ta_def *d)
{
	size_t n = 0;

	while (n < TA_OUTPUTS && d->out[n])
		n++;
	return n;
}
