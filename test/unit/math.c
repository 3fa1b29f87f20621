/* num_log, num_exp and the normal quantile against values worked out elsewhere. */
#include "base/math.h"
#include "base/num.h"
#include "t.h"

/* From Python: Decimal(x).ln() and .exp() at 60 digits, rounded once to a double. */
static const struct {
	double x, y;
} logs[] = {
	{0x1.0000000000001p+0, 0x1.fffffffffffffp-53}, {0x1.fffffffffffffp-1, -0x1.0000000000000p-53},
	{0x1.199999999999ap+0, 0x1.8663f793c46ccp-4}, {0x1.6a09e667f3bccp-1, -0x1.62e42fefa39f1p-2},
	{0x1.6a09e667f3bcdp-1, -0x1.62e42fefa39eep-2}, {0x1.6a09e667f3bcdp+0, 0x1.62e42fefa39f0p-2},
	{0x1.8000000000000p+0, 0x1.9f323ecbf984cp-2}, {0x1.0000000000000p+1, 0x1.62e42fefa39efp-1},
	{0x1.5bf0a8b145769p+1, 0x1.0000000000000p+0}, {0x1.4000000000000p+3, 0x1.26bb1bbb55516p+1},
	{0x1.56e1fc2f8f359p-997, -0x1.5963447f87fb5p+9}, {0x1.7e43c8800759cp+996, 0x1.5963447f87fb5p+9},
	{0x0.0000000000001p-1022, -0x1.74385446d71c3p+9}, {0x0.02e055c9a3f6cp-1022, -0x1.64714a9115cd0p+9},
	{0x1.fffffffffffffp+1023, 0x1.62e42fefa39efp+9}, {0x1.0000000000000p-1, -0x1.62e42fefa39efp-1},
	{0x1.e240c9fbe76c9p+16, 0x1.77281cad8a844p+3}, {0x1.ccccccccccccdp-1, -0x1.af8e8210a415cp-4},
	{0x1.0cccccccccccdp+0, 0x1.8fb063ef2c7f0p-5}, {0x1.ff7ced916872bp-1, -0x1.064670d979b73p-10},
	{0x1.6f31ba6c42e88p+0, 0x1.715ee510c086ap-2}, {0x1.9cd8a0d135af2p+0, 0x1.e95e032de9186p-2},
	{0x1.b15ab5512435fp+0, 0x1.0d8173914a5e5p-1}, {0x1.e9e6a1f8647c9p+0, 0x1.4c4d18b3f30b0p-1},
	{0x1.9c1efd4f4c2a6p+0, 0x1.e79128f5a1164p-2}, {0x1.e22c3c8971213p+0, 0x1.4428f969ee354p-1},
	{0x1.1646a8f0ac652p-1, -0x1.382c0f16b8c9cp-1}, {0x1.32cc91c53efa9p+0, 0x1.72b85a8802e0ap-3},
	{0x1.ea3fbd1bf45bep+0, 0x1.4caa305f16a42p-1}, {0x1.7934cb627d2c3p+0, 0x1.8cead8b512197p-2},
	{0x1.d9f21f378763ap+0, 0x1.3b5946ccd7847p-1}, {0x1.56f132c3b1318p-1, -0x1.9a618da030c2ep-2},
	{0x1.341f5d19af753p+0, 0x1.7b8911d134993p-3}, {0x1.bd5e31048d81ap-1, -0x1.1d8a4227e88f7p-3},
	{0x1.50cdde14e50fcp+0, 0x1.18e872b28228ep-2}, {0x1.5c64b6ebf7c6ap+0, 0x1.3b8cf5797e13cp-2},
	{0x1.0a125ac631922p-1, -0x1.4f22552bcefbdp-1}, {0x1.a672d0072eb86p-1, -0x1.89be18909d870p-3},
	{0x1.d6a478117ab0fp-1, -0x1.58fd4aee49d91p-4}, {0x1.dfe06a59a3566p+0, 0x1.41b74cb724e27p-1},
	{0x1.8cdd8ace2adc6p+529, 0x1.6f1cffcdac0eap+8}, {0x1.73a67728e4b9ep-679, -0x1.d6462f56461bbp+8},
	{0x1.32ac9f4f336a2p+592, 0x1.9a8613ceb886fp+8}, {0x1.0135c3da6c8c9p-720, -0x1.f30fae5ff6370p+8},
	{0x1.129ee5c5b2e25p+234, 0x1.448886d3f706ep+7}, {0x1.ef98213b28ca0p-745, -0x1.01ddf5fc708cbp+9},
	{0x1.f1b4c3f6cb216p-994, -0x1.5829674e54e7ep+9}, {0x1.343d9fbcaac61p+740, 0x1.008eabc6c64a3p+9},
	{0x1.de0b00ea70158p-580, -0x1.91669d8cbe0d9p+8}, {0x1.e0d0ee874899cp-568, -0x1.8913c958aa9f1p+8},
	{0x1.7475b6b13abaep+961, 0x1.4d3ea467a2498p+9}, {0x1.3410a7c89d1c5p+742, 0x1.01400b30ed813p+9},
	{0x1.096c534a98cbap-420, -0x1.2315ee55b3ee1p+8}, {0x1.bd1c26dc8675ap+919, 0x1.3ec71770e19edp+9},
	{0x1.21b8db9d22117p+78, 0x1.b183884ed390dp+5}, {0x1.5c436ef8b313bp+354, 0x1.eb5d1fd8d5158p+7},
	{0x1.7e7c8c7265d00p-589, -0x1.97dcb7652b666p+8}, {0x1.e938624c1a106p+878, 0x1.309d8cd111e4fp+9},
	{0x1.f8b4154016679p+379, 0x1.0761aee673cf8p+8}, {0x1.e9bc3ac241589p+929, 0x1.424a8caea1ec7p+9},
}, exps[] = {
	{0x1.70ef54646d497p-57, 0x1.0000000000000p+0}, {-0x1.70ef54646d497p-57, 0x1.0000000000000p+0},
	{0x1.999999999999ap-4, 0x1.1aec7b35a00d4p+0}, {-0x1.999999999999ap-4, 0x1.cf46d99d52b3ap-1},
	{0x1.0000000000000p+0, 0x1.5bf0a8b145769p+1}, {-0x1.0000000000000p+0, 0x1.78b56362cef38p-2},
	{0x1.62e42fefa39efp-2, 0x1.6a09e667f3bccp+0}, {0x1.62e42fefa39f0p-2, 0x1.6a09e667f3bcdp+0},
	{-0x1.62eb1c432ca58p-2, 0x1.6a0773cd678a4p-1}, {0x1.4000000000000p+3, 0x1.5829dcf950560p+14},
	{-0x1.4000000000000p+3, 0x1.7cd79b5647c9bp-15}, {0x1.9000000000000p+6, 0x1.3494a9b171bf5p+144},
	{-0x1.9000000000000p+6, 0x1.a8c1f14e2af5dp-145}, {0x1.5e00000000000p+9, 0x1.d945df4f8ec8ep+1009},
	{-0x1.5e00000000000p+9, 0x1.14f2b0fb9307fp-1010}, {0x1.62d999999999ap+9, 0x1.d75ae7a50ee14p+1023},
	{0x1.62e3d70a3d70ap+9, 0x1.fe9ce5c4c52b4p+1023}, {-0x1.6200000000000p+9, 0x1.7c8ab2288c9abp-1022},
	{-0x1.6800000000000p+9, 0x0.0000993b4dc95p-1022}, {-0x1.7400000000000p+9, 0x0.0000000000002p-1022},
	{0x1.4000000000000p+1, 0x1.85d6fd931e0bbp+3}, {0x1.933104b10d77ap-1, 0x1.19536b254ecb7p+1},
	{-0x1.9c1490fa7a600p-2, 0x1.565fa19b91268p-1}, {-0x1.1c487395c8ac8p-2, 0x1.83e21f4520cffp-1},
	{-0x1.560f9d8837f24p-1, 0x1.067f0942c86aep-1}, {-0x1.6acd1e5e3b692p-1, 0x1.f826a145a5458p-2},
	{-0x1.bd4c03d585caep-1, 0x1.ad2053d2bc24ap-2}, {-0x1.96d10a2ebeda8p-2, 0x1.582355ed4d39bp-1},
	{0x1.a656ab2c1ab50p-3, 0x1.3aa1499e6ebddp+0}, {-0x1.fc8922b3b6f64p-1, 0x1.7b441e80e84f2p-2},
	{0x1.6c68cab52a438p-2, 0x1.6d6b62cae28ccp+0}, {-0x1.4bfcbaef19274p-2, 0x1.723a4d9e0beb5p-1},
	{-0x1.8534c6a507b1cp-2, 0x1.5e1b8a951112bp-1}, {0x1.46299a272d1d0p-1, 0x1.e40ff22458d37p+0},
	{-0x1.3b788a6dbb740p-5, 0x1.eca86b7c8e7b0p-1}, {-0x1.794176d0b2b38p-2, 0x1.6237a73e44aebp-1},
	{-0x1.33b7cc383dd20p-5, 0x1.ed1fd62daefa8p-1}, {0x1.a329922d16348p-2, 0x1.817d7c45a8b94p+0},
	{-0x1.c5a18c5f356f2p-1, 0x1.a6329bd42b2f9p-2}, {0x1.e6807ff83189ep-1, 0x1.4b096850465b3p+1},
	{-0x1.e895ee067ff1ap-1, 0x1.8a55f99cd8f0ap-2}, {0x1.5db6893696740p+8, 0x1.71748be87b8d8p+504},
	{0x1.e2d54f8dc05fcp+8, 0x1.7efb173be0d54p+696}, {-0x1.515a4c3374ec5p+9, 0x1.8595a326a4a83p-974},
	{0x1.92d5687c4b75cp+8, 0x1.1f3b748b46da5p+581}, {-0x1.76aef7bc45a8cp+7, 0x1.a68f27b7ad1bep-271},
	{0x1.b7b497e4dd260p+6, 0x1.816694dd7da46p+158}, {-0x1.57a5273060c81p+9, 0x1.5da574b932b02p-992},
	{-0x1.3d4a801592372p+9, 0x1.67f2d214cf844p-916}, {-0x1.beb6749cd9a82p+8, 0x1.7196d3d69f1bdp-645},
	{0x1.3ea03cee026fap+9, 0x1.489447282318fp+919}, {-0x1.a8dea21f2be12p+8, 0x1.07ae301d8668bp-613},
	{0x1.6607ee2310b00p+8, 0x1.718593f5edd8cp+516}, {0x1.2cc23bb7b4a5ap+9, 0x1.bfa7471415b53p+867},
	{0x1.356e411571666p+9, 0x1.c6867a3e7baadp+892}, {-0x1.b3bb1dcca05b8p+7, 0x1.9c05b8b834f3cp-315},
	{-0x1.96943b098d162p+7, 0x1.a4493c34c3ab2p-294}, {0x1.14a90f6f40640p+5, 0x1.db184b2cd5c18p+49},
	{0x1.81d81ed6ffab4p+8, 0x1.9340eb9825ddcp+556}, {-0x1.125ced05654d0p+9, 0x1.4796e6016fc5ap-792},
	{0x1.5bc1dd0aac394p+8, 0x1.a2196e6b7633ep+501},
},
/* From Python: statistics.NormalDist().inv_cdf(p), its own transcription of AS 241. */
quantiles[] = {
	{0x1.0000000000000p-1, 0x0.0p+0}, {0x1.3333333333333p-4, -0x1.7085226d3e523p+0},
	{0x1.33334e0b25cdfp-4, -0x1.708516931eed3p+0}, {0x1.d99999999999ap-1, 0x1.7085226d3e524p+0},
	{0x1.e666666666666p-1, 0x1.a515209676ab8p+0}, {0x1.f333333333333p-1, 0x1.f5c0331eeff82p+0},
	{0x1.fae147ae147aep-1, 0x1.29c5c4630ff0ep+1}, {0x1.ff7ced916872bp-1, 0x1.8b8cbb7204470p+1},
	{0x1.4f8b588e368f1p-17, -0x1.10f3f8843a3dap+2}, {0x1.5fd7fe1796495p-37, -0x1.ad2f7bbec4805p+2},
	{0x1.19799812dea11p-40, -0x1.c234fba57a32ap+2}, {0x1.79ca10c924223p-67, -0x1.2865170b43a4bp+3},
	{0x1.56e1fc2f8f359p-997, -0x1.286074064c26ep+5}, {0x1.3333333333333p-2, -0x1.0c7e39582c5fap-1},
	{0x1.6666666666666p-1, 0x1.0c7e39582c5fap-1}, {0x1.b34d6a161e4f7p-2, -0x1.82cabbe011bf5p-3},
};

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* relative error in units of 1e-16; values below the normal range are compared by step */
static double
err16(double got, double want)
{
	if (got == want)
		return 0;
	if (fabs(want) < 0x1p-1022)
		return fabs(got - want) / 0x1p-1074;
	return fabs((got - want) / want) * 1e16;
}

static void
test_log(void)
{
	double worst = 0;

	for (size_t i = 0; i < COUNT(logs); i++) {
		double e = err16(num_log(logs[i].x), logs[i].y);

		ok(e < 4, "log(%.17g) within 4e-16: %.3fe-16", logs[i].x, e);
		worst = e > worst ? e : worst;
	}
	t_note("log: largest relative error %.3fe-16", worst);
	is_f64(num_log(1), 0, 0, "log 1 is 0");
	ok(isinf(num_log(0)) && num_log(0) < 0, "log 0 is -infinity");
	ok(isnan(num_log(-1)), "log of a negative number is not a number");
	ok(isinf(num_log(INFINITY)) && isnan(num_log(NAN)), "log passes infinity and NaN on");
}

static void
test_exp(void)
{
	double worst = 0;

	for (size_t i = 0; i < COUNT(exps); i++) {
		double e = err16(num_exp(exps[i].x), exps[i].y);

		ok(e < 4, "exp(%.17g) within 4e-16: %.3fe-16", exps[i].x, e);
		worst = e > worst ? e : worst;
	}
	t_note("exp: largest relative error %.3fe-16", worst);
	is_f64(num_exp(0), 1, 0, "exp 0 is 1");
	ok(isinf(num_exp(710)) && isinf(num_exp(INFINITY)), "exp overflows to infinity");
	ok(num_exp(-746) == 0 && num_exp(-INFINITY) == 0, "exp underflows to 0");
	ok(isnan(num_exp(NAN)), "exp passes NaN on");
}

/* The C library's log and exp are good to less than one unit in the last place. */
static void
test_sweep(void)
{
	double worst_log = 0, worst_exp = 0;

	for (int i = 1; i <= 20000; i++) {
		double x = 0.25 + i * 1e-4, y = (i - 10000) * 0.07;
		double a = err16(num_log(x), log(x)), b = err16(num_exp(y), exp(y));

		worst_log = a > worst_log ? a : worst_log;
		worst_exp = b > worst_exp ? b : worst_exp;
	}
	ok(worst_log < 4, "log over 0.25..2.25: largest difference %.3fe-16", worst_log);
	ok(worst_exp < 4, "exp over -700..700: largest difference %.3fe-16", worst_exp);
}

static void
test_quantile(void)
{
	for (size_t i = 0; i < COUNT(quantiles); i++) {
		double e = err16(num_normal_quantile(quantiles[i].x), quantiles[i].y);

		ok(e < 20, "quantile of %.6g within 2e-15: %.3fe-16", quantiles[i].x, e);
	}
	is_f64(num_normal_quantile(0.25), -num_normal_quantile(0.75), 0, "symmetric");
	ok(isinf(num_normal_quantile(0)) && isinf(num_normal_quantile(1)), "0 and 1: infinite");
	ok(isnan(num_normal_quantile(1.5)), "beyond 1: not a number");
}

int
main(void)
{
	test_log();
	test_exp();
	test_sweep();
	test_quantile();
	return done_testing();
}
