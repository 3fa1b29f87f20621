/*
 * The definitions, on words of 64 bars: IS(x, k) has a bar's bit set when comparison x held k
 * bars before it. What each pattern is in words stands in TA-Lib's documentation and in
 * Nison's and Morris's books; here it is in terms of candle_cond.h.
 */
#include "pattern/candle_state.h"

#define IS(x, k) (s->w[K_##x] << (k))
#define NOT(x, k) (~IS(x, k))
#define WHITE(k) IS(white, k)
#define BLACK(k) NOT(white, k)
#define UP(f, w) (x->pos[CDL_##f] = (w))
#define DOWN(f, w) (x->neg[CDL_##f] = (w))
/* the same candles, signed by the colour of the bar k back */
#define BY_COLOUR(f, k, w) both(x, CDL_##f, w, WHITE(k))

static inline void
both(struct candle_words *x, enum candle_fn f, uint64_t is, uint64_t up)
{
	x->pos[f] = is & up;
	x->neg[f] = is & ~up;
}

static void
one_bar(const struct candle_state *s, struct candle_words *x)
{
	uint64_t doji = IS(doji0, 0), marubozu = IS(u_vs0, 0) & IS(w_vs0, 0);
	uint64_t white = WHITE(0), small = IS(u_xs0, 0) & IS(w_xs0, 0);

	BY_COLOUR(BELTHOLD, 0, IS(long0, 0) & ((white & IS(w_vs0, 0)) | (~white & IS(u_vs0, 0))));
	BY_COLOUR(
	    CLOSINGMARUBOZU, 0, IS(long0, 0) & ((white & IS(u_vs0, 0)) | (~white & IS(w_vs0, 0))));
	BY_COLOUR(MARUBOZU, 0, IS(long0, 0) & marubozu);
	BY_COLOUR(LONGLINE, 0, IS(long0, 0) & small);
	BY_COLOUR(SHORTLINE, 0, IS(short0, 0) & small);
	BY_COLOUR(HIGHWAVE, 0, IS(short0, 0) & IS(u_vlong, 0) & IS(w_vlong, 0));
	BY_COLOUR(SPINNINGTOP, 0, IS(short0, 0) & IS(u_long, 0) & IS(w_long, 0));
	UP(DOJI, doji);
	UP(DRAGONFLYDOJI, doji & IS(u_vs0, 0) & IS(w_nvs0, 0));
	UP(GRAVESTONEDOJI, doji & IS(w_vs0, 0) & IS(u_nvs0, 0));
	UP(LONGLEGGEDDOJI, doji & (IS(w_long, 0) | IS(u_long, 0)));
	UP(RICKSHAWMAN, doji & IS(w_long, 0) & IS(u_long, 0) & IS(b_mid, 0) & IS(t_mid, 0));
	UP(TAKURI, doji & IS(u_vs0, 0) & IS(w_vlong, 0));
}

static void
two_bars_bodies(const struct candle_state *s, struct candle_words *x)
{
	uint64_t white = WHITE(0), black = BLACK(0), white1 = WHITE(1), black1 = BLACK(1);
	uint64_t touches = ~(IS(o_gt_c1, 0) | IS(o_lt_c1, 0)) | ~(IS(c_gt_o1, 0) | IS(c_lt_o1, 0));
	uint64_t covers_up =
	    (NOT(c_lt_o1, 0) & IS(o_lt_c1, 0)) | (IS(c_gt_o1, 0) & NOT(o_gt_c1, 0));
	uint64_t covers_down =
	    (NOT(o_lt_c1, 0) & IS(c_lt_o1, 0)) | (IS(o_gt_c1, 0) & NOT(c_gt_o1, 0));

	UP(ENGULFING, white & black1 & covers_up);
	DOWN(ENGULFING, black & white1 & covers_down);
	x->engulfing_80 = touches;

	uint64_t inside = IS(t_lt_t1, 0) & IS(b_gt_b1, 0);
	uint64_t within = NOT(t_gt_t1, 0) & NOT(b_lt_b1, 0);
	both(x, CDL_HARAMI, IS(long0, 1) & NOT(long1, 0) & within, black1);
	both(x, CDL_HARAMICROSS, IS(long0, 1) & IS(doji1, 0) & within, black1);
	x->harami_80 = x->cross_80 = ~inside;

	UP(HOMINGPIGEON,
	    black1 & black & IS(long0, 1) & NOT(long1, 0) & IS(o_lt_o1, 0) & IS(c_gt_c1, 0));
	uint64_t star = IS(long0, 1) & IS(doji1, 0);
	UP(DOJISTAR, star & black1 & IS(body_down, 0));
	DOWN(DOJISTAR, star & white1 & IS(body_up, 0));
	UP(MATCHINGLOW, black1 & black & IS(c_le_ce0, 0) & IS(c_ge_ce0, 0));
	UP(PIERCING, black1 & IS(long0, 1) & white & IS(long1, 0) & IS(o_lt_l1, 0) &
			 IS(c_lt_o1, 0) & IS(c_gt_half, 0));
	DOWN(DARKCLOUDCOVER,
	    white1 & IS(long0, 1) & black & IS(o_gt_h1, 0) & IS(c_gt_o1, 0) & IS(c_dark, 0));
}

static void
two_bars_lines(const struct candle_state *s, struct candle_words *x)
{
	uint64_t white = WHITE(0), black = BLACK(0), white1 = WHITE(1), black1 = BLACK(1);
	uint64_t turns = white ^ white1;
	uint64_t neck = black1 & IS(long0, 1) & white & IS(o_lt_l1, 0);

	BY_COLOUR(COUNTERATTACK, 0,
	    turns & IS(long0, 1) & IS(long1, 0) & IS(c_le_ce5, 0) & IS(c_ge_ce5, 0));
	BY_COLOUR(SEPARATINGLINES, 0,
	    turns & IS(o_le_oe5, 0) & IS(o_ge_oe5, 0) & IS(long1, 0) &
		((white & IS(w_vs1, 0)) | (black & IS(u_vs1, 0))));
	DOWN(INNECK, neck & IS(c_le_ce5, 0) & NOT(c_lt_c1, 0));
	DOWN(ONNECK, neck & IS(c_le_le5, 0) & IS(c_ge_le5, 0));
	DOWN(THRUSTING, neck & NOT(c_le_ce5, 0) & NOT(c_gt_half, 0));

	uint64_t kick = turns & IS(long0, 1) & IS(u_vs0, 1) & IS(w_vs0, 1) & IS(long1, 0) &
			IS(u_vs1, 0) & IS(w_vs1, 0) &
			((black1 & IS(gap_up, 0)) | (white1 & IS(gap_down, 0)));
	both(x, CDL_KICKING, kick, white);
	/* signed by the longer of the two */
	both(x, CDL_KICKINGBYLENGTH, kick, (IS(r_gt_r1, 0) & white) | (NOT(r_gt_r1, 0) & white1));

	UP(HAMMER, IS(short1, 0) & IS(w_long, 0) & IS(u_vs1, 0) & IS(b_le_ln5, 0));
	DOWN(HANGINGMAN, IS(short1, 0) & IS(w_long, 0) & IS(u_vs1, 0) & IS(b_ge_hn5, 0));
	UP(INVERTEDHAMMER, IS(short1, 0) & IS(u_long, 0) & IS(w_vs1, 0) & IS(body_down, 0));
	DOWN(SHOOTINGSTAR, IS(short1, 0) & IS(u_long, 0) & IS(w_vs1, 0) & IS(body_up, 0));
}

static void
stars(const struct candle_state *s, struct candle_words *x)
{
	uint64_t white = WHITE(0), black = BLACK(0), white2 = WHITE(2), black2 = BLACK(2);
	uint64_t long2 = IS(long0, 2), then = NOT(long1, 1) & IS(long2, 0);
	uint64_t doji = IS(doji1, 1) & IS(long2, 0);

	DOWN(EVENINGSTAR, long2 & white2 & then & IS(body_up, 1) & black & IS(c_evening, 0));
	DOWN(EVENINGDOJISTAR,
	    long2 & white2 & doji & IS(body_up, 1) & black & IS(c_evening_doji, 0));
	UP(MORNINGSTAR, long2 & black2 & then & IS(body_down, 1) & white & IS(c_morning, 0));
	UP(MORNINGDOJISTAR,
	    long2 & black2 & doji & IS(body_down, 1) & white & IS(c_morning_doji, 0));
	DOWN(ABANDONEDBABY,
	    long2 & doji & white2 & black & IS(c_baby_down, 0) & IS(gap_up, 1) & IS(gap_down, 0));
	UP(ABANDONEDBABY,
	    long2 & doji & black2 & white & IS(c_baby_up, 0) & IS(gap_down, 1) & IS(gap_up, 0));

	/* all three against the mean that stands before the first */
	uint64_t tri = IS(doji0, 2) & IS(doji_of1, 1) & IS(doji_of2, 0);
	DOWN(TRISTAR, tri & IS(body_up, 1) & IS(t_lt_t1, 0));
	UP(TRISTAR, tri & IS(body_down, 1) & IS(b_gt_b1, 0));
}

static void
three_bars(const struct candle_state *s, struct candle_words *x)
{
	uint64_t white = WHITE(0), black = BLACK(0), white1 = WHITE(1), black1 = BLACK(1);
	uint64_t white2 = WHITE(2), black2 = BLACK(2), long2 = IS(long0, 2);

	DOWN(2CROWS, white2 & long2 & black1 & IS(body_up, 1) & black & IS(o_lt_o1, 0) &
			 IS(o_gt_c1, 0) & IS(c_gt_o2, 0) & IS(c_lt_c2, 0));
	DOWN(UPSIDEGAP2CROWS, white2 & long2 & black1 & NOT(long1, 1) & IS(body_up, 1) & black &
				  IS(o_gt_o1, 0) & IS(c_lt_c1, 0) & IS(c_gt_c2, 0));
	uint64_t inside = long2 & NOT(long1, 1) & IS(t_lt_t1, 1) & IS(b_gt_b1, 1);
	UP(3INSIDE, inside & black2 & white & IS(c_gt_o2, 0));
	DOWN(3INSIDE, inside & white2 & black & IS(c_lt_o2, 0));
	UP(3OUTSIDE, white1 & black2 & IS(c_gt_o1, 1) & IS(o_lt_c1, 1) & IS(c_gt_c1, 0));
	DOWN(3OUTSIDE, black1 & white2 & IS(o_gt_c1, 1) & IS(c_lt_o1, 1) & IS(c_lt_c1, 0));
	UP(3STARSINSOUTH, black2 & black1 & black & long2 & IS(w_long, 2) & IS(r_lt_r1, 1) &
			      IS(o_gt_c1, 1) & NOT(o_gt_h1, 1) & IS(l_lt_c1, 1) & NOT(l_lt_l1, 1) &
			      IS(w_nvs1, 1) & IS(short2, 0) & IS(w_vs2, 0) & IS(u_vs2, 0) &
			      IS(l_gt_l1, 0) & IS(h_lt_h1, 0));
	UP(UNIQUE3RIVER, long2 & black2 & black1 & IS(c_gt_c1, 1) & NOT(o_gt_o1, 1) &
			     IS(l_lt_l1, 1) & IS(short2, 0) & white & IS(o_gt_l1, 0));
	UP(STICKSANDWICH,
	    black2 & white1 & black & IS(l_gt_c1, 1) & IS(c_le_ce0_2, 0) & IS(c_ge_ce0_2, 0));

	uint64_t side =
	    white1 & white & IS(r_ge_rn1, 0) & IS(r_le_rn1, 0) & IS(o_ge_oe1, 0) & IS(o_le_oe1, 0);
	UP(GAPSIDESIDEWHITE, side & IS(body_up, 1) & IS(body_up2, 0));
	DOWN(GAPSIDESIDEWHITE, side & IS(body_down, 1) & IS(body_down2, 0));
	uint64_t alike = IS(alike_up, 0) & IS(alike_down, 0);
	UP(TASUKIGAP, IS(body_up, 1) & white1 & black & IS(o_lt_c1, 0) & IS(o_gt_o1, 0) &
			  IS(c_lt_o1, 0) & IS(c_gt_t2, 0) & alike);
	DOWN(TASUKIGAP, IS(body_down, 1) & black1 & white & IS(o_lt_o1, 0) & IS(o_gt_c1, 0) &
			    IS(c_gt_o1, 0) & IS(c_lt_b2, 0) & alike);
	uint64_t fills = ~(white2 ^ white1) & (white1 ^ white) & IS(o_lt_t1, 0) & IS(o_gt_b1, 0) &
			 IS(c_lt_t2, 0) & IS(c_gt_b2, 0);
	UP(XSIDEGAP3METHODS, fills & white2 & IS(body_up, 1));
	DOWN(XSIDEGAP3METHODS, fills & black2 & IS(body_down, 1));
}

static void
soldiers(const struct candle_state *s, struct candle_words *x)
{
	uint64_t white3 = WHITE(2) & WHITE(1) & WHITE(0), black3 = BLACK(2) & BLACK(1) & BLACK(0);
	uint64_t rise = white3 & IS(c_gt_c1, 0) & IS(c_gt_c1, 1) & IS(o_gt_o1, 1) & IS(o_le_cn5, 1);
	uint64_t march = rise & IS(o_gt_o1, 0) & IS(o_le_cn6, 0);

	UP(3WHITESOLDIERS, march & IS(u_vs0, 2) & IS(u_vs1, 1) & IS(u_vs2, 0) & IS(r_gt_rf5, 1) &
			       IS(r_gt_rf6, 0) & IS(long2, 0));
	uint64_t weaker = (IS(r_lt_rf5, 1) & IS(r_lt_rn6, 0)) | IS(r_lt_rf6, 0) |
			  (IS(r_lt_r1, 0) & IS(r_lt_r1, 1) & (IS(u_nxs2, 0) | IS(u_nxs1, 1))) |
			  (IS(r_lt_r1, 0) & IS(u_long, 0));
	DOWN(ADVANCEBLOCK, march & IS(long0, 2) & IS(u_xs0, 2) & weaker);
	DOWN(STALLEDPATTERN,
	    rise & IS(long0, 2) & IS(long1, 1) & IS(u_vs1, 1) & IS(short2, 0) & IS(o_stalls, 0));
	DOWN(3BLACKCROWS, WHITE(3) & black3 & IS(w_vs1, 2) & IS(w_vs2, 1) & IS(w_vs3, 0) &
			      IS(o_lt_o1, 1) & IS(o_gt_c1, 1) & IS(o_lt_o1, 0) & IS(o_gt_c1, 0) &
			      IS(c_lt_h1, 2) & IS(c_lt_c1, 1) & IS(c_lt_c1, 0));
	DOWN(IDENTICAL3CROWS, black3 & IS(w_vs0, 2) & IS(w_vs1, 1) & IS(w_vs2, 0) & IS(c_lt_c1, 1) &
				  IS(c_lt_c1, 0) & IS(o_le_ce5, 1) & IS(o_ge_ce5, 1) &
				  IS(o_le_ce6, 0) & IS(o_ge_ce6, 0));
	UP(CONCEALBABYSWALL, BLACK(3) & black3 & IS(w_vs0, 3) & IS(u_vs0, 3) & IS(w_vs1, 2) &
				 IS(u_vs1, 2) & IS(body_down, 1) & IS(u_nvs2, 1) & IS(h_gt_c1, 1) &
				 IS(h_gt_h1, 0) & IS(l_lt_l1, 0));
}

static void
many_bars(const struct candle_state *s, struct candle_words *x)
{
	uint64_t white = WHITE(0), white1 = WHITE(1), white2 = WHITE(2), white3 = WHITE(3);
	uint64_t white4 = WHITE(4), long4 = IS(long0, 4);

	uint64_t line = ~(white3 ^ white2) & ~(white2 ^ white1) & (white ^ white1) &
			IS(o_near_b0, 2) & IS(o_near_t0, 2) & IS(o_near_b1, 1) & IS(o_near_t1, 1);
	UP(3LINESTRIKE,
	    line & white1 & IS(c_gt_c1, 1) & IS(c_gt_c1, 2) & IS(o_gt_c1, 0) & IS(c_lt_o3, 0));
	DOWN(3LINESTRIKE,
	    line & ~white1 & IS(c_lt_c1, 1) & IS(c_lt_c1, 2) & IS(o_lt_c1, 0) & IS(c_gt_o3, 0));

	uint64_t away = long4 & ~(white4 ^ white3) & ~(white3 ^ white1) & (white1 ^ white);
	UP(BREAKAWAY, away & ~white4 & IS(body_down, 3) & IS(h_lt_h1, 2) & IS(l_lt_l1, 2) &
			  IS(h_lt_h1, 1) & IS(l_lt_l1, 1) & IS(c_gt_o3, 0) & IS(c_lt_c4, 0));
	DOWN(BREAKAWAY, away & white4 & IS(body_up, 3) & IS(h_gt_h1, 2) & IS(l_gt_l1, 2) &
			    IS(h_gt_h1, 1) & IS(l_gt_l1, 1) & IS(c_lt_o3, 0) & IS(c_gt_c4, 0));
	UP(LADDERBOTTOM, ~white4 & ~white3 & ~white2 & IS(o_lt_o1, 3) & IS(o_lt_o1, 2) &
			     IS(c_lt_c1, 3) & IS(c_lt_c1, 2) & ~white1 & IS(u_nvs3, 1) & white &
			     IS(o_gt_o1, 0) & IS(c_gt_h1, 0));

	uint64_t rest = long4 & IS(short1, 3) & IS(short2, 2) & IS(short3, 1);
	UP(MATHOLD, rest & white4 & ~white3 & white & IS(body_up, 3) & IS(b_lt_c2, 2) &
			IS(b_lt_c3, 1) & IS(b_holds2, 2) & IS(b_holds3, 1) & IS(t_lt_o1, 2) &
			IS(t_lt_t1, 1) & IS(o_gt_c1, 0) & IS(c_gt_h1, 0) & IS(c_gt_h2, 0) &
			IS(c_gt_h3, 0));
	uint64_t methods = rest & IS(long4, 0) & (white4 ^ white3) & ~(white3 ^ white2) &
			   ~(white2 ^ white1) & (white1 ^ white) & IS(b_lt_h1, 3) & IS(t_gt_l1, 3) &
			   IS(b_lt_h2, 2) & IS(t_gt_l2, 2) & IS(b_lt_h3, 1) & IS(t_gt_l3, 1);
	UP(RISEFALL3METHODS,
	    methods & white4 & IS(c_lt_c1, 2) & IS(c_lt_c1, 1) & IS(o_gt_c1, 0) & IS(c_gt_c4, 0));
	DOWN(RISEFALL3METHODS,
	    methods & ~white4 & IS(c_gt_c1, 2) & IS(c_gt_c1, 1) & IS(o_lt_c1, 0) & IS(c_lt_c4, 0));
}

/* Bars from the t-th of the series (from 0) on. */
static uint64_t
since(const struct candle_state *s, uint64_t t)
{
	if (s->count >= t + 64)
		return UINT64_MAX;
	return s->count <= t ? 0 : UINT64_MAX << (64 - (s->count - t));
}

/*
 * A hikkake is confirmed by the first close beyond its inside bar, if that comes within three
 * bars and before another hikkake; then it is over.
 */
static void
hikkake(const struct candle_state *s, struct candle_words *x, enum candle_fn f, uint64_t up,
    uint64_t down)
{
	uint64_t *confirm = x->confirm[f == CDL_HIKKAKEMOD];
	uint64_t p = up | down;
	uint64_t up1 = up << 1 & IS(c_gt_h2, 0) & ~p, down1 = down << 1 & IS(c_lt_l2, 0) & ~p;
	uint64_t open2 = ~p & ~(p << 1) & ~((up1 | down1) << 1);
	uint64_t up2 = up << 2 & IS(c_gt_h3, 0) & open2, down2 = down << 2 & IS(c_lt_l3, 0) & open2;
	uint64_t open3 = ~p & ~(p << 1) & ~(p << 2) & ~((up1 | down1) << 2) & ~((up2 | down2) << 1);
	uint64_t up3 = up << 3 & IS(c_gt_h4, 0) & open3, down3 = down << 3 & IS(c_lt_l4, 0) & open3;

	confirm[0] = up1 | down1;
	confirm[1] = up2 | down2;
	confirm[2] = up3 | down3;
	x->pos[f] = up | up1 | up2 | up3;
	x->neg[f] = down | down1 | down2 | down3;
}

static void
hikkakes(const struct candle_state *s, struct candle_words *x)
{
	uint64_t lower = IS(h_lt_h1, 0) & IS(l_lt_l1, 0), higher = IS(h_gt_h1, 0) & IS(l_gt_l1, 0);
	uint64_t inside = IS(h_lt_h1, 1) & IS(l_gt_l1, 1), twice = inside & inside << 1;
	uint64_t from = since(s, 2), from_mod = since(s, 7);

	hikkake(s, x, CDL_HIKKAKE, inside & lower & from, inside & higher & from);
	hikkake(s, x, CDL_HIKKAKEMOD, twice & lower & IS(c_low, 2) & from_mod,
	    twice & higher & IS(c_high, 2) & from_mod);
}

void
candle_fn_words(struct candle_state *s)
{
	struct candle_words *x = &s->x;

	one_bar(s, x);
	two_bars_bodies(s, x);
	two_bars_lines(s, x);
	stars(s, x);
	three_bars(s, x);
	soldiers(s, x);
	many_bars(s, x);
	hikkakes(s, x);
	if (s->count >= 128)
		return;
	for (int f = 0; f < CANDLE_NFNS; f++) {
		uint64_t ready = since(s, candle_infos[f].lookback);

		x->pos[f] &= ready;
		x->neg[f] &= ready;
	}
}
