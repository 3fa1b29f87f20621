/*
 * The record types and their keys, once. Each list gives: kind, field name (= JSON key and
 * C member), in the order in which they are written. From these lists come the structs,
 * the presence bits and the tables that the codecs run on. man/records.5 is the same in words.
 *
 * Kinds: PRICE int64 nano, >= 2 decimals   SIZE int64 nano, trimmed   SUM __int128 nano
 *        CASH int64 micro   F64 double   I64 int64   BOOL bool   TIME int64 ns
 *        STR text   WORD enum of words (W_... below)   JSON raw JSON text, compact
 * REQ fields must be there; OPT fields may.
 */
#ifndef TP_REC_TYPES_H
#define TP_REC_TYPES_H

/* clang-format off */
#define REC_FIELDS_trade(F, T) \
	F(T, PRICE, price, REQ) F(T, SIZE, size, REQ) F(T, WORD, side, OPT) F(T, STR, exch, OPT) \
	F(T, STR, cond, OPT) F(T, I64, seq, OPT) F(T, TIME, ts_recv, OPT) F(T, STR, dirty, OPT)

#define REC_FIELDS_quote(F, T) \
	F(T, PRICE, bid, REQ) F(T, PRICE, ask, REQ) F(T, SIZE, bid_size, OPT) F(T, SIZE, ask_size, OPT) \
	F(T, STR, exch, OPT) F(T, I64, seq, OPT) F(T, TIME, ts_recv, OPT) F(T, BOOL, delayed, OPT) \
	F(T, STR, dirty, OPT)

#define REC_FIELDS_bar(F, T) \
	F(T, TIME, ts_end, OPT) F(T, STR, interval, OPT) F(T, PRICE, open, REQ) F(T, PRICE, high, REQ) \
	F(T, PRICE, low, REQ) F(T, PRICE, close, REQ) F(T, SUM, volume, OPT) F(T, PRICE, vwap, OPT) \
	F(T, I64, count, OPT) F(T, PRICE, bid, OPT) F(T, PRICE, ask, OPT) F(T, PRICE, spread, OPT) \
	F(T, SUM, buy_volume, OPT) F(T, SUM, sell_volume, OPT) F(T, BOOL, gap, OPT) \
	F(T, BOOL, partial, OPT) F(T, I64, rev, OPT) F(T, TIME, ts_recv, OPT) F(T, STR, dirty, OPT)

#define REC_FIELDS_watermark(F, T) F(T, STR, source, OPT) F(T, BOOL, loop, OPT)

#define REC_FIELDS_correction(F, T) \
	F(T, I64, ref_seq, REQ) F(T, WORD, action, REQ) F(T, PRICE, price, OPT) F(T, SIZE, size, OPT)

#define REC_FIELDS_corporate_action(F, T) \
	F(T, WORD, action, REQ) F(T, PRICE, amount, OPT) F(T, F64, ratio, OPT) F(T, STR, new_sym, OPT)

/* features: the flat named numbers are in rec->nums */
#define REC_FIELDS_features(F, T) \
	F(T, STR, interval, OPT) F(T, BOOL, lookahead, OPT) F(T, TIME, label_end, OPT)

#define REC_FIELDS_image(F, T) \
	F(T, STR, interval, OPT) F(T, STR, encoding, REQ) F(T, I64, size, REQ) F(T, JSON, channels, OPT) \
	F(T, STR, scale, OPT) F(T, I64, window, OPT) F(T, I64, last, OPT) F(T, STR, range, OPT) \
	F(T, STR, paa, OPT) F(T, I64, bins, OPT) F(T, STR, factors, OPT) F(T, STR, data, OPT) \
	F(T, STR, label, OPT) F(T, TIME, label_end, OPT) F(T, BOOL, lookahead, OPT)

#define REC_FIELDS_pattern(F, T) \
	F(T, STR, name, REQ) F(T, WORD, state, OPT) F(T, I64, direction, OPT) F(T, F64, value, OPT) \
	F(T, F64, score, OPT) F(T, F64, p, OPT) F(T, TIME, start, OPT) F(T, TIME, end, OPT) \
	F(T, JSON, pivots, OPT) F(T, PRICE, target, OPT) F(T, PRICE, stop, OPT) F(T, STR, interval, OPT)

#define REC_FIELDS_regime(F, T) \
	F(T, STR, model, REQ) F(T, I64, state, OPT) F(T, STR, label, OPT) F(T, JSON, probs, OPT) \
	F(T, F64, expected_duration, OPT) F(T, F64, p_leave, OPT) F(T, F64, value, OPT)

#define REC_FIELDS_signal(F, T) \
	F(T, STR, source, REQ) F(T, STR, label, OPT) F(T, F64, direction, OPT) F(T, F64, strength, OPT) \
	F(T, F64, confidence, OPT) F(T, STR, horizon, OPT) F(T, TIME, expires, OPT) F(T, JSON, probs, OPT) \
	F(T, STR, model_hash, OPT) F(T, BOOL, lookahead, OPT) F(T, BOOL, shadow, OPT) F(T, JSON, why, OPT)

#define REC_FIELDS_target(F, T) \
	F(T, STR, strategy, REQ) F(T, SIZE, position, OPT) F(T, F64, weight, OPT) F(T, F64, confidence, OPT) \
	F(T, STR, policy, OPT) F(T, BOOL, fallback, OPT) F(T, STR, reason, OPT) F(T, F64, value, OPT) \
	F(T, BOOL, lookahead, OPT)

#define REC_FIELDS_order(F, T) \
	F(T, STR, cl_ord_id, REQ) F(T, WORD, side, REQ) F(T, SIZE, qty, REQ) F(T, WORD, ord_type, REQ) \
	F(T, PRICE, limit_price, OPT) F(T, PRICE, stop_price, OPT) F(T, PRICE, trail, OPT) \
	F(T, F64, trail_percent, OPT) F(T, WORD, tif, OPT) F(T, TIME, expire_time, OPT) \
	F(T, STR, strategy, OPT) F(T, STR, parent_id, OPT) F(T, STR, oca_group, OPT) \
	F(T, BOOL, outside_rth, OPT) F(T, STR, approval, OPT) F(T, BOOL, lookahead, OPT)

#define REC_FIELDS_cancel(F, T) F(T, STR, cl_ord_id, REQ) F(T, STR, orig_cl_ord_id, OPT)

#define REC_FIELDS_replace(F, T) \
	F(T, STR, cl_ord_id, REQ) F(T, STR, orig_cl_ord_id, OPT) F(T, SIZE, qty, OPT) \
	F(T, PRICE, limit_price, OPT) F(T, PRICE, stop_price, OPT) F(T, PRICE, trail, OPT) \
	F(T, WORD, tif, OPT) F(T, TIME, expire_time, OPT) F(T, STR, approval, OPT)

#define REC_FIELDS_reject(F, T) \
	F(T, STR, cl_ord_id, OPT) F(T, STR, rule, REQ) F(T, STR, text, OPT) F(T, F64, limit, OPT) \
	F(T, F64, value, OPT) F(T, STR, source, OPT)

#define REC_FIELDS_order_status(F, T) \
	F(T, STR, cl_ord_id, REQ) F(T, STR, order_id, OPT) F(T, WORD, status, REQ) F(T, SIZE, cum_qty, OPT) \
	F(T, SIZE, leaves_qty, OPT) F(T, PRICE, avg_price, OPT) F(T, STR, text, OPT)

#define REC_FIELDS_fill(F, T) \
	F(T, STR, exec_id, REQ) F(T, STR, cl_ord_id, OPT) F(T, STR, order_id, OPT) F(T, WORD, side, REQ) \
	F(T, SIZE, last_qty, REQ) F(T, PRICE, last_price, REQ) F(T, SIZE, cum_qty, OPT) \
	F(T, SIZE, leaves_qty, OPT) F(T, PRICE, avg_price, OPT) F(T, CASH, commission, OPT) \
	F(T, STR, liquidity, OPT) F(T, STR, exch, OPT) F(T, PRICE, arrival_price, OPT) \
	F(T, F64, slippage_bp, OPT) F(T, STR, strategy, OPT) F(T, STR, correction_of, OPT)

#define REC_FIELDS_position(F, T) \
	F(T, SIZE, qty, REQ) F(T, PRICE, avg_price, OPT) F(T, PRICE, mark, OPT) F(T, CASH, unrealized_pnl, OPT) \
	F(T, CASH, realized_pnl, OPT) F(T, BOOL, assumed, OPT)

#define REC_FIELDS_portfolio(F, T) \
	F(T, CASH, cash, REQ) F(T, CASH, equity, REQ) F(T, CASH, gross, OPT) F(T, CASH, net, OPT) \
	F(T, F64, leverage, OPT) F(T, CASH, realized_pnl, OPT) F(T, CASH, unrealized_pnl, OPT) \
	F(T, CASH, commission, OPT) F(T, CASH, peak_equity, OPT) F(T, F64, drawdown, OPT) \
	F(T, CASH, borrow_fee, OPT) F(T, CASH, dividends, OPT) F(T, CASH, interest, OPT) \
	F(T, BOOL, assumed, OPT)

#define REC_FIELDS_alert(F, T) \
	F(T, WORD, severity, REQ) F(T, STR, rule, REQ) F(T, STR, text, OPT) F(T, F64, value, OPT) \
	F(T, F64, limit, OPT) F(T, WORD, action, OPT)

#define REC_FIELDS_status(F, T) \
	F(T, STR, source, OPT) F(T, WORD, state, REQ) F(T, STR, text, OPT) F(T, I64, records, OPT) \
	F(T, F64, lag_ms, OPT)

#define REC_TYPES(X) \
	X(trade) X(quote) X(bar) X(watermark) X(correction) X(corporate_action) X(features) X(image) \
	X(pattern) X(regime) X(signal) X(target) X(order) X(cancel) X(replace) X(reject) \
	X(order_status) X(fill) X(position) X(portfolio) X(alert) X(status)

/* The words of the WORD fields: list name, then the words; the first is 1, 0 is "absent". */
#define REC_WORDS_side(W) W(side, buy) W(side, sell) W(side, sell_short)
#define REC_WORDS_correct(W) W(correct, cancel) W(correct, replace)
#define REC_WORDS_corp(W) W(corp, dividend) W(corp, split) W(corp, symbol_change) W(corp, delist)
#define REC_WORDS_pstate(W) W(pstate, formed) W(pstate, confirmed) W(pstate, failed) W(pstate, expired)
#define REC_WORDS_ord(W) \
	W(ord, market) W(ord, limit) W(ord, stop) W(ord, stop_limit) W(ord, trailing_stop) \
	W(ord, trailing_stop_limit) W(ord, market_on_close) W(ord, limit_on_close) W(ord, market_on_open) \
	W(ord, limit_on_open) W(ord, market_if_touched) W(ord, limit_if_touched)
#define REC_WORDS_tif(W) W(tif, day) W(tif, gtc) W(tif, ioc) W(tif, fok) W(tif, gtd) W(tif, opg) W(tif, cls)
#define REC_WORDS_ostat(W) \
	W(ostat, pending_new) W(ostat, new) W(ostat, partially_filled) W(ostat, filled) \
	W(ostat, pending_cancel) W(ostat, canceled) W(ostat, rejected) W(ostat, expired) W(ostat, unknown)
#define REC_WORDS_sev(W) W(sev, info) W(sev, warn) W(sev, critical)
#define REC_WORDS_act(W) W(act, warn) W(act, reduce) W(act, halt) W(act, flatten)
#define REC_WORDS_sstate(W) \
	W(sstate, connected) W(sstate, disconnected) W(sstate, degraded) W(sstate, stale) W(sstate, alive) \
	W(sstate, eof) W(sstate, listening) W(sstate, history) W(sstate, live)
#define REC_WORDLISTS(X) X(side) X(correct) X(corp) X(pstate) X(ord) X(tif) X(ostat) X(sev) X(act) X(sstate)
/* clang-format on */

#endif
