/*
 * What the 61 candle definitions compare, once. LT(a, b) is a < b, LE(a, b) a <= b, of the bar
 * at hand; X(0) is this bar's X, X(1) that of the bar before. The kernels (candle_kernel.h)
 * expand the list with doubles and with vectors of doubles.
 *
 *	O H L C    the bar            T B  top and bottom of the body      R  its length
 *	U W        upper and lower shadow                         M  middle of high and low
 *	QR(s)      mean body of the 10 bars before               (BodyLong, BodyShort)
 *	VS(s)      0.1 x their mean high - low                   (BodyDoji, ShadowVeryShort)
 *	XS(s)      half their mean shadows                       (ShadowShort)
 *	N(s, k)    0.2, F(s, k) 0.6, E(s, k) 0.05 x the mean high - low of the 5 bars before bar k
 *	PEN(f)     penetration of function f
 * s: at which bar of the series the mean's first window begins (candle_state.h).
 *
 * Expressions have TA-Lib's order of operations, so that they round alike.
 */
/* clang-format off */
#define CANDLE_CONDS(X) \
	/* one bar */ \
	X(white, LE(O(0), C(0))) \
	X(long0, LT(QR(0), R(0))) X(long1, LT(QR(1), R(0))) X(long2, LT(QR(2), R(0))) \
	X(long4, LT(QR(4), R(0))) \
	X(short0, LT(R(0), QR(0))) X(short1, LT(R(0), QR(1))) X(short2, LT(R(0), QR(2))) \
	X(short3, LT(R(0), QR(3))) \
	X(doji0, LE(R(0), VS(0, 0))) X(doji1, LE(R(0), VS(1, 0))) \
	X(doji_of1, LE(R(0), VS(0, 1))) X(doji_of2, LE(R(0), VS(0, 2))) \
	X(u_vs0, LT(U(0), VS(0, 0))) X(u_vs1, LT(U(0), VS(1, 0))) X(u_vs2, LT(U(0), VS(2, 0))) \
	X(w_vs0, LT(W(0), VS(0, 0))) X(w_vs1, LT(W(0), VS(1, 0))) X(w_vs2, LT(W(0), VS(2, 0))) \
	X(w_vs3, LT(W(0), VS(3, 0))) \
	X(u_nvs0, LT(VS(0, 0), U(0))) X(u_nvs2, LT(VS(2, 0), U(0))) X(u_nvs3, LT(VS(3, 0), U(0))) \
	X(w_nvs0, LT(VS(0, 0), W(0))) X(w_nvs1, LT(VS(1, 0), W(0))) \
	X(u_long, LT(R(0), U(0))) X(w_long, LT(R(0), W(0))) \
	X(u_vlong, LT(2.0 * R(0), U(0))) X(w_vlong, LT(2.0 * R(0), W(0))) \
	X(u_xs0, LT(U(0), XS(0))) X(w_xs0, LT(W(0), XS(0))) \
	X(u_nxs1, LT(XS(1), U(0))) X(u_nxs2, LT(XS(2), U(0))) \
	X(b_mid, LE(B(0), M(0) + N(5, 0))) X(t_mid, LE(M(0) - N(5, 0), T(0))) \
	X(c_low, LE(C(0), L(0) + N(0, 0))) X(c_high, LE(H(0) - N(0, 0), C(0))) \
	/* this bar and the one before */ \
	X(o_gt_o1, LT(O(1), O(0))) X(o_lt_o1, LT(O(0), O(1))) \
	X(o_gt_c1, LT(C(1), O(0))) X(o_lt_c1, LT(O(0), C(1))) \
	X(c_gt_c1, LT(C(1), C(0))) X(c_lt_c1, LT(C(0), C(1))) \
	X(c_gt_o1, LT(O(1), C(0))) X(c_lt_o1, LT(C(0), O(1))) \
	X(h_gt_h1, LT(H(1), H(0))) X(h_lt_h1, LT(H(0), H(1))) \
	X(l_gt_l1, LT(L(1), L(0))) X(l_lt_l1, LT(L(0), L(1))) \
	X(gap_up, LT(H(1), L(0))) X(gap_down, LT(H(0), L(1))) \
	X(body_up, LT(T(1), B(0))) X(body_down, LT(T(0), B(1))) \
	X(t_gt_t1, LT(T(1), T(0))) X(t_lt_t1, LT(T(0), T(1))) \
	X(b_gt_b1, LT(B(1), B(0))) X(b_lt_b1, LT(B(0), B(1))) \
	X(o_gt_h1, LT(H(1), O(0))) X(o_lt_l1, LT(O(0), L(1))) X(o_gt_l1, LT(L(1), O(0))) \
	X(c_gt_h1, LT(H(1), C(0))) X(c_lt_h1, LT(C(0), H(1))) \
	X(l_gt_c1, LT(C(1), L(0))) X(l_lt_c1, LT(L(0), C(1))) X(h_gt_c1, LT(C(1), H(0))) \
	X(r_gt_r1, LT(R(1), R(0))) X(r_lt_r1, LT(R(0), R(1))) \
	X(o_lt_t1, LT(O(0), T(1))) X(o_gt_b1, LT(B(1), O(0))) \
	X(t_lt_o1, LT(T(0), O(1))) X(b_lt_h1, LT(B(0), H(1))) X(t_gt_l1, LT(L(1), T(0))) \
	X(o_near_b0, LE(B(1) - N(0, 1), O(0))) X(o_near_t0, LE(O(0), T(1) + N(0, 1))) \
	X(o_near_b1, LE(B(1) - N(1, 1), O(0))) X(o_near_t1, LE(O(0), T(1) + N(1, 1))) \
	X(o_le_cn5, LE(O(0), C(1) + N(5, 1))) X(o_le_cn6, LE(O(0), C(1) + N(6, 1))) \
	X(r_gt_rf5, LT(R(1) - F(5, 1), R(0))) X(r_gt_rf6, LT(R(1) - F(6, 1), R(0))) \
	X(r_lt_rf5, LT(R(0), R(1) - F(5, 1))) X(r_lt_rf6, LT(R(0), R(1) - F(6, 1))) \
	X(r_lt_rn6, LT(R(0), R(1) + N(6, 1))) \
	X(r_ge_rn1, LE(R(1) - N(1, 1), R(0))) X(r_le_rn1, LE(R(0), R(1) + N(1, 1))) \
	X(o_ge_oe1, LE(O(1) - E(1, 1), O(0))) X(o_le_oe1, LE(O(0), O(1) + E(1, 1))) \
	X(o_ge_oe5, LE(O(1) - E(5, 1), O(0))) X(o_le_oe5, LE(O(0), O(1) + E(5, 1))) \
	X(c_ge_ce0, LE(C(1) - E(0, 1), C(0))) X(c_le_ce0, LE(C(0), C(1) + E(0, 1))) \
	X(c_ge_ce5, LE(C(1) - E(5, 1), C(0))) X(c_le_ce5, LE(C(0), C(1) + E(5, 1))) \
	X(c_ge_le5, LE(L(1) - E(5, 1), C(0))) X(c_le_le5, LE(C(0), L(1) + E(5, 1))) \
	X(o_ge_ce5, LE(C(1) - E(5, 1), O(0))) X(o_le_ce5, LE(O(0), C(1) + E(5, 1))) \
	X(o_ge_ce6, LE(C(1) - E(6, 1), O(0))) X(o_le_ce6, LE(O(0), C(1) + E(6, 1))) \
	X(b_le_ln5, LE(B(0), L(1) + N(5, 1))) X(b_ge_hn5, LE(H(1) - N(5, 1), B(0))) \
	X(c_gt_half, LT(C(1) + R(1) * 0.5, C(0))) \
	X(alike_up, LT(R(1) - R(0), N(1, 1))) X(alike_down, LT(R(0) - R(1), N(1, 1))) \
	X(o_stalls, LE((C(1) - R(0)) - N(6, 1), O(0))) \
	X(c_dark, LT(C(0), C(1) - R(1) * PEN(DARKCLOUDCOVER))) \
	/* two and more bars back */ \
	X(c_gt_o2, LT(O(2), C(0))) X(c_lt_o2, LT(C(0), O(2))) \
	X(c_gt_c2, LT(C(2), C(0))) X(c_lt_c2, LT(C(0), C(2))) \
	X(body_up2, LT(T(2), B(0))) X(body_down2, LT(T(0), B(2))) \
	X(c_gt_t2, LT(T(2), C(0))) X(c_lt_t2, LT(C(0), T(2))) \
	X(c_gt_b2, LT(B(2), C(0))) X(c_lt_b2, LT(C(0), B(2))) \
	X(c_ge_ce0_2, LE(C(2) - E(0, 2), C(0))) X(c_le_ce0_2, LE(C(0), C(2) + E(0, 2))) \
	X(c_gt_h2, LT(H(2), C(0))) X(c_gt_h3, LT(H(3), C(0))) X(c_gt_h4, LT(H(4), C(0))) \
	X(c_lt_l2, LT(C(0), L(2))) X(c_lt_l3, LT(C(0), L(3))) X(c_lt_l4, LT(C(0), L(4))) \
	X(b_lt_h2, LT(B(0), H(2))) X(b_lt_h3, LT(B(0), H(3))) \
	X(t_gt_l2, LT(L(2), T(0))) X(t_gt_l3, LT(L(3), T(0))) \
	X(b_lt_c2, LT(B(0), C(2))) X(b_lt_c3, LT(B(0), C(3))) \
	X(c_gt_o3, LT(O(3), C(0))) X(c_lt_o3, LT(C(0), O(3))) \
	X(c_gt_c4, LT(C(4), C(0))) X(c_lt_c4, LT(C(0), C(4))) \
	X(c_evening, LT(C(0), C(2) - R(2) * PEN(EVENINGSTAR))) \
	X(c_evening_doji, LT(C(0), C(2) - R(2) * PEN(EVENINGDOJISTAR))) \
	X(c_morning, LT(C(2) + R(2) * PEN(MORNINGSTAR), C(0))) \
	X(c_morning_doji, LT(C(2) + R(2) * PEN(MORNINGDOJISTAR), C(0))) \
	X(c_baby_down, LT(C(0), C(2) - R(2) * PEN(ABANDONEDBABY))) \
	X(c_baby_up, LT(C(2) + R(2) * PEN(ABANDONEDBABY), C(0))) \
	X(b_holds2, LT(C(2) - R(2) * PEN(MATHOLD), B(0))) \
	X(b_holds3, LT(C(3) - R(3) * PEN(MATHOLD), B(0)))
/* clang-format on */
