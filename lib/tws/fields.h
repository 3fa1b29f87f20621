/*
 * The messages of the TWS socket protocol, once: every field, in the order of the wire, for
 * server versions 176 to 178. From these lists come the structs of tws/msg.h and the tables that
 * encode and decode both directions, so that a client and a simulator cannot disagree.
 *
 * A row is X(T, KIND, member). Kinds, their C type, and how they are spelled:
 *	I64   int64   whole number; unset is empty
 *	INT   int64   as I64, and 2147483647 is read as unset
 *	INTM  int64   as INT, unset is written 2147483647
 *	BOOL  bool    1 and 0; true and false are read too
 *	STR   text
 *	PX    int64   nano, with a point ("5.0"); unset is empty
 *	PX0   int64   as PX; unset is read as 0
 *	PXM   int64   as PX; unset is written 1.7976931348623157E308
 *	MID   int64   as PX; "Infinity" is TWS_UP_TO_MID
 *	DEC   int64   nano, trimmed ("5", "0.5"); unset is empty
 *	DEC0  int64   as DEC; unset is read as 0
 *	SUM   int128  nano, trimmed; unset is empty
 *	CASH  int64   micro, with a point; unset is empty
 *	CASHM int64   as CASH; unset is written 1.7976931348623157E308
 *	F64   double  shortest, with a point; unset is empty
 * Rows that are no single field:
 *	K, "text"           a constant: written so, skipped when read (versions, dead fields)
 *	HAS, type, member   declares a member that later rows fill
 *	IN, KIND, a.b       a field inside such a member
 *	SUB, layout, member the fields of another layout, in a struct of its own
 *	LIST, layout, list, member   a count, then so many times that layout; INLIST: inside a
 *member SINCE, v, KIND, m   a field from server version v on; INSINCE: inside a member; INBELOW: up
 *to v - 1 WHEN, cond ... END  rows that are there when tws_when_cond says so of what came before
 *	STOP, cond          decoding ends here when cond holds, and encoding refuses
 *	REFUSE, cond        both refuse
 */
#ifndef TP_TWS_FIELDS_H
#define TP_TWS_FIELDS_H

/* clang-format off */

/* ---- parts ---- */

/* L(layout, type): lists of rows that stand inside messages */
#define TWS_PARTS(L) \
	L(contract12, tws_contract) L(contract11, tws_contract) L(contract11o, tws_contract) \
	L(contract11p, tws_contract) L(leg4, tws_leg) L(leg8, tws_leg) L(leg_price, tws_leg_price) \
	L(tag, tws_tag) L(bar, tws_bar) L(tick_mid, tws_tick_mid) L(tick_bid_ask, tws_tick_bid_ask) \
	L(tick_last, tws_tick_last) L(increment, tws_increment) L(depth_exchange, tws_depth_exchange) \
	L(sample, tws_sample) L(deriv, tws_deriv) L(component, tws_component)

#define TWS_L_contract12(X, T) \
	X(T, I64, con_id) X(T, STR, symbol) X(T, STR, sec_type) X(T, STR, last_trade_date) \
	X(T, PX0, strike) X(T, STR, right) X(T, STR, multiplier) X(T, STR, exchange) \
	X(T, STR, primary_exchange) X(T, STR, currency) X(T, STR, local_symbol) X(T, STR, trading_class)
/* without primary_exchange */
#define TWS_L_contract11(X, T) \
	X(T, I64, con_id) X(T, STR, symbol) X(T, STR, sec_type) X(T, STR, last_trade_date) \
	X(T, PX0, strike) X(T, STR, right) X(T, STR, multiplier) X(T, STR, exchange) \
	X(T, STR, currency) X(T, STR, local_symbol) X(T, STR, trading_class)
/* as openOrder spells it: strike "0", right "?" */
#define TWS_L_contract11o(X, T) \
	X(T, I64, con_id) X(T, STR, symbol) X(T, STR, sec_type) X(T, STR, last_trade_date) \
	X(T, DEC0, strike) X(T, STR, right) X(T, STR, multiplier) X(T, STR, exchange) \
	X(T, STR, currency) X(T, STR, local_symbol) X(T, STR, trading_class)
/* portfolioValue: primary_exchange in the place of exchange */
#define TWS_L_contract11p(X, T) \
	X(T, I64, con_id) X(T, STR, symbol) X(T, STR, sec_type) X(T, STR, last_trade_date) \
	X(T, PX0, strike) X(T, STR, right) X(T, STR, multiplier) X(T, STR, primary_exchange) \
	X(T, STR, currency) X(T, STR, local_symbol) X(T, STR, trading_class)

/* a leg of a combination: in data requests four fields, in orders eight */
#define TWS_L_leg4(X, T) X(T, I64, con_id) X(T, I64, ratio) X(T, STR, action) X(T, STR, exchange)
#define TWS_L_leg8(X, T) \
	X(T, I64, con_id) X(T, I64, ratio) X(T, STR, action) X(T, STR, exchange) X(T, I64, open_close) \
	X(T, I64, short_sale_slot) X(T, STR, designated_location) X(T, I64, exempt_code)
#define TWS_L_leg_price(X, T) X(T, PX, price)
#define TWS_L_tag(X, T) X(T, STR, tag) X(T, STR, value)

/* date: epoch seconds, yyyymmdd, or "yyyymmdd hh:mm:ss Zone", see tws_time_parse */
#define TWS_L_bar(X, T) \
	X(T, STR, date) X(T, PX, open) X(T, PX, high) X(T, PX, low) X(T, PX, close) X(T, SUM, volume) \
	X(T, DEC, wap) X(T, INT, count)
#define TWS_L_tick_mid(X, T) X(T, I64, time) X(T, K, "0") X(T, PX, price) X(T, DEC, size)
/* mask: 1 ask past high, 2 bid past low: the other way round than in tick_by_tick */
#define TWS_L_tick_bid_ask(X, T) \
	X(T, I64, time) X(T, I64, mask) X(T, PX, bid) X(T, PX, ask) X(T, DEC, bid_size) X(T, DEC, ask_size)
#define TWS_L_tick_last(X, T) \
	X(T, I64, time) X(T, I64, mask) X(T, PX, price) X(T, DEC, size) X(T, STR, exchange) X(T, STR, conditions)
#define TWS_L_increment(X, T) X(T, PX, low_edge) X(T, PX, increment)
#define TWS_L_depth_exchange(X, T) \
	X(T, STR, exchange) X(T, STR, sec_type) X(T, STR, listing_exchange) X(T, STR, service_data_type) \
	X(T, INT, agg_group)
#define TWS_L_deriv(X, T) X(T, STR, sec_type)
#define TWS_L_sample(X, T) \
	X(T, I64, con_id) X(T, STR, symbol) X(T, STR, sec_type) X(T, STR, primary_exchange) X(T, STR, currency) \
	X(T, LIST, deriv, derivs, derivs) X(T, SINCE, 176, STR, description) X(T, SINCE, 176, STR, issuer_id)
#define TWS_L_component(X, T) X(T, I64, bit) X(T, STR, exchange) X(T, STR, letter)

/*
 * An order. M(KIND, member, default); the layouts place_order and open_order say where each
 * member stands. Defaults are those of an order that was given nothing but what it must have.
 */
#define TWS_ORDER(M) \
	M(I64, order_id, 0) M(I64, client_id, 0) M(I64, perm_id, 0) M(STR, action, "") \
	M(DEC, total_quantity, 0) M(STR, order_type, "") M(PX, lmt_price, TWS_UNSET) M(PX, aux_price, TWS_UNSET) \
	M(STR, tif, "") M(STR, oca_group, "") M(STR, account, "") M(STR, open_close, "O") M(INT, origin, 0) \
	M(STR, order_ref, "") M(BOOL, transmit, true) M(I64, parent_id, 0) M(BOOL, block_order, false) \
	M(BOOL, sweep_to_fill, false) M(INT, display_size, 0) M(INT, trigger_method, 0) M(BOOL, outside_rth, false) \
	M(BOOL, hidden, false) M(STR, shares_allocation, "") M(PX, discretionary_amt, 0) \
	M(STR, good_after_time, "") M(STR, good_till_date, "") M(STR, fa_group, "") M(STR, fa_method, "") \
	M(STR, fa_percentage, "") M(STR, fa_profile, "") M(STR, model_code, "") M(INT, short_sale_slot, 0) \
	M(STR, designated_location, "") M(INT, exempt_code, -1) M(INT, oca_type, 0) M(STR, rule80a, "") \
	M(STR, settling_firm, "") M(BOOL, all_or_none, false) M(INT, min_qty, TWS_UNSET) \
	M(PX, percent_offset, TWS_UNSET) M(BOOL, e_trade_only, false) M(BOOL, firm_quote_only, false) \
	M(PX, nbbo_price_cap, TWS_UNSET) M(INT, auction_strategy, 0) M(PX, starting_price, TWS_UNSET) \
	M(PX, stock_ref_price, TWS_UNSET) M(F64, delta, TWS_UNSET_F64) M(PX, stock_range_lower, TWS_UNSET) \
	M(PX, stock_range_upper, TWS_UNSET) M(BOOL, override_percentage_constraints, false) \
	M(F64, volatility, TWS_UNSET_F64) M(INT, volatility_type, TWS_UNSET) M(STR, dn_order_type, "") \
	M(PX, dn_aux_price, TWS_UNSET) M(I64, dn_con_id, 0) M(STR, dn_settling_firm, "") \
	M(STR, dn_clearing_account, "") M(STR, dn_clearing_intent, "") M(STR, dn_open_close, "") \
	M(BOOL, dn_short_sale, false) M(INT, dn_short_sale_slot, 0) M(STR, dn_designated_location, "") \
	M(BOOL, continuous_update, false) M(INT, reference_price_type, TWS_UNSET) \
	M(PX, trail_stop_price, TWS_UNSET) M(PX, trail_stop_price_first, TWS_UNSET) \
	M(PX, trailing_percent, TWS_UNSET) M(PX, basis_points, TWS_UNSET) M(INT, basis_points_type, TWS_UNSET) \
	M(STR, combo_legs_descrip, "") M(INT, scale_init_level_size, TWS_UNSET) \
	M(INT, scale_subs_level_size, TWS_UNSET) M(PX, scale_price_increment, TWS_UNSET) \
	M(PX, scale_price_adjust_value, TWS_UNSET) M(INT, scale_price_adjust_interval, TWS_UNSET) \
	M(PX, scale_profit_offset, TWS_UNSET) M(BOOL, scale_auto_reset, false) \
	M(INT, scale_init_position, TWS_UNSET) M(INT, scale_init_fill_qty, TWS_UNSET) \
	M(BOOL, scale_random_percent, false) M(STR, scale_table, "") M(STR, active_start_time, "") \
	M(STR, active_stop_time, "") M(STR, hedge_type, "") M(STR, hedge_param, "") \
	M(BOOL, opt_out_smart_routing, false) M(STR, clearing_account, "") M(STR, clearing_intent, "") \
	M(BOOL, not_held, false) M(BOOL, dnc_present, false) M(I64, dnc_con_id, 0) M(F64, dnc_delta, 0) \
	M(PX, dnc_price, 0) M(STR, algo_strategy, "") M(STR, algo_id, "") M(BOOL, what_if, false) \
	M(STR, misc_options, "") M(BOOL, solicited, false) M(BOOL, randomize_size, false) \
	M(BOOL, randomize_price, false) M(I64, reference_contract_id, 0) \
	M(BOOL, is_pegged_change_amount_decrease, false) M(PX, pegged_change_amount, 0) \
	M(PX, reference_change_amount, 0) M(STR, reference_exchange_id, "") M(I64, conditions, 0) \
	M(STR, adjusted_order_type, "") M(PX, trigger_price, TWS_UNSET) M(PX, lmt_price_offset, TWS_UNSET) \
	M(PX, adjusted_stop_price, TWS_UNSET) M(PX, adjusted_stop_limit_price, TWS_UNSET) \
	M(PX, adjusted_trailing_amount, TWS_UNSET) M(INT, adjustable_trailing_unit, 0) M(STR, ext_operator, "") \
	M(STR, soft_dollar_name, "") M(STR, soft_dollar_value, "") M(STR, soft_dollar_display, "") \
	M(PX, cash_qty, TWS_UNSET) M(STR, mifid2_decision_maker, "") M(STR, mifid2_decision_algo, "") \
	M(STR, mifid2_execution_trader, "") M(STR, mifid2_execution_algo, "") \
	M(BOOL, dont_use_auto_price_for_hedge, false) M(BOOL, is_oms_container, false) \
	M(BOOL, discretionary_up_to_limit_price, false) M(BOOL, use_price_mgmt_algo, false) \
	M(INT, duration, TWS_UNSET) M(INT, post_to_ats, TWS_UNSET) M(BOOL, auto_cancel_parent, false) \
	M(STR, advanced_error_override, "") M(STR, manual_order_time, "") M(INT, min_trade_qty, TWS_UNSET) \
	M(INT, min_compete_size, TWS_UNSET) M(MID, compete_against_best_offset, TWS_UNSET) \
	M(PX, mid_offset_at_whole, TWS_UNSET) M(PX, mid_offset_at_half, TWS_UNSET)

/* ---- client -> server: Q(member, id) ---- */

#define TWS_REQUESTS(Q) \
	Q(req_mkt_data, 1) Q(cancel_mkt_data, 2) Q(place_order, 3) Q(cancel_order, 4) Q(req_open_orders, 5) \
	Q(req_account_updates, 6) Q(req_executions, 7) Q(req_ids, 8) Q(req_contract_details, 9) \
	Q(req_mkt_depth, 10) Q(cancel_mkt_depth, 11) Q(req_news_bulletins, 12) Q(cancel_news_bulletins, 13) \
	Q(set_server_log_level, 14) Q(req_auto_open_orders, 15) Q(req_all_open_orders, 16) \
	Q(req_managed_accts, 17) Q(req_historical_data, 20) Q(cancel_historical_data, 25) \
	Q(req_current_time, 49) Q(req_real_time_bars, 50) Q(cancel_real_time_bars, 51) \
	Q(req_global_cancel, 58) Q(req_market_data_type, 59) Q(req_positions, 61) \
	Q(req_account_summary, 62) Q(cancel_account_summary, 63) Q(cancel_positions, 64) Q(start_api, 71) \
	Q(req_positions_multi, 74) Q(cancel_positions_multi, 75) Q(req_account_updates_multi, 76) \
	Q(cancel_account_updates_multi, 77) Q(req_matching_symbols, 81) Q(req_mkt_depth_exchanges, 82) \
	Q(req_smart_components, 83) Q(req_head_time_stamp, 87) Q(cancel_head_time_stamp, 90) \
	Q(req_market_rule, 91) Q(req_pnl, 92) Q(cancel_pnl, 93) Q(req_pnl_single, 94) \
	Q(cancel_pnl_single, 95) Q(req_historical_ticks, 96) Q(req_tick_by_tick, 97) \
	Q(cancel_tick_by_tick, 98) Q(req_completed_orders, 99)

#define TWS_Q_req_mkt_data(X, T) \
	X(T, K, "11") X(T, I64, req_id) X(T, SUB, contract12, contract) X(T, WHEN, mkt_bag) \
	X(T, LIST, leg4, legs, legs) X(T, END, ) X(T, BOOL, dnc_present) X(T, WHEN, mkt_dnc) X(T, I64, dnc_con_id) \
	X(T, F64, dnc_delta) X(T, PX, dnc_price) X(T, END, ) X(T, STR, generic_ticks) X(T, BOOL, snapshot) \
	X(T, BOOL, regulatory_snapshot) X(T, STR, options)
#define TWS_Q_cancel_mkt_data(X, T) X(T, K, "2") X(T, I64, req_id)
#define TWS_Q_cancel_order(X, T) X(T, K, "1") X(T, I64, order_id) X(T, SINCE, 169, STR, manual_cancel_time)
#define TWS_Q_req_open_orders(X, T) X(T, K, "1")
#define TWS_Q_req_account_updates(X, T) X(T, K, "2") X(T, BOOL, subscribe) X(T, STR, account)
#define TWS_Q_req_executions(X, T) \
	X(T, K, "3") X(T, I64, req_id) X(T, I64, client_id) X(T, STR, account) X(T, STR, time) X(T, STR, symbol) \
	X(T, STR, sec_type) X(T, STR, exchange) X(T, STR, side)
#define TWS_Q_req_ids(X, T) X(T, K, "1") X(T, I64, count)
#define TWS_Q_req_contract_details(X, T) \
	X(T, K, "8") X(T, I64, req_id) X(T, SUB, contract12, contract) X(T, BOOL, include_expired) \
	X(T, STR, sec_id_type) X(T, STR, sec_id) X(T, SINCE, 176, STR, issuer_id)
#define TWS_Q_req_mkt_depth(X, T) \
	X(T, K, "5") X(T, I64, req_id) X(T, SUB, contract12, contract) X(T, I64, rows) X(T, BOOL, smart_depth) \
	X(T, STR, options)
#define TWS_Q_cancel_mkt_depth(X, T) X(T, K, "1") X(T, I64, req_id) X(T, BOOL, smart_depth)
#define TWS_Q_req_news_bulletins(X, T) X(T, K, "1") X(T, BOOL, all)
#define TWS_Q_cancel_news_bulletins(X, T) X(T, K, "1")
#define TWS_Q_set_server_log_level(X, T) X(T, K, "1") X(T, I64, level)
#define TWS_Q_req_auto_open_orders(X, T) X(T, K, "1") X(T, BOOL, bind)
#define TWS_Q_req_all_open_orders(X, T) X(T, K, "1")
#define TWS_Q_req_managed_accts(X, T) X(T, K, "1")
/* bar_size before duration: so it is on the wire */
#define TWS_Q_req_historical_data(X, T) \
	X(T, I64, req_id) X(T, SUB, contract12, contract) X(T, BOOL, include_expired) X(T, STR, end_date_time) \
	X(T, STR, bar_size) X(T, STR, duration) X(T, BOOL, use_rth) X(T, STR, what_to_show) \
	X(T, I64, format_date) X(T, WHEN, hist_bag) X(T, LIST, leg4, legs, legs) X(T, END, ) \
	X(T, BOOL, keep_up_to_date) X(T, STR, options)
#define TWS_Q_cancel_historical_data(X, T) X(T, K, "1") X(T, I64, req_id)
#define TWS_Q_req_current_time(X, T) X(T, K, "1")
#define TWS_Q_req_real_time_bars(X, T) \
	X(T, K, "3") X(T, I64, req_id) X(T, SUB, contract12, contract) X(T, I64, bar_size) \
	X(T, STR, what_to_show) X(T, BOOL, use_rth) X(T, STR, options)
#define TWS_Q_cancel_real_time_bars(X, T) X(T, K, "1") X(T, I64, req_id)
#define TWS_Q_req_global_cancel(X, T) X(T, K, "1")
#define TWS_Q_req_market_data_type(X, T) X(T, K, "1") X(T, I64, type)
#define TWS_Q_req_positions(X, T) X(T, K, "1")
#define TWS_Q_req_account_summary(X, T) X(T, K, "1") X(T, I64, req_id) X(T, STR, group) X(T, STR, tags)
#define TWS_Q_cancel_account_summary(X, T) X(T, K, "1") X(T, I64, req_id)
#define TWS_Q_cancel_positions(X, T) X(T, K, "1")
#define TWS_Q_start_api(X, T) X(T, K, "2") X(T, I64, client_id) X(T, STR, capabilities)
#define TWS_Q_req_positions_multi(X, T) \
	X(T, K, "1") X(T, I64, req_id) X(T, STR, account) X(T, STR, model_code)
#define TWS_Q_cancel_positions_multi(X, T) X(T, K, "1") X(T, I64, req_id)
#define TWS_Q_req_account_updates_multi(X, T) \
	X(T, K, "1") X(T, I64, req_id) X(T, STR, account) X(T, STR, model_code) X(T, BOOL, ledger_and_nlv)
#define TWS_Q_cancel_account_updates_multi(X, T) X(T, K, "1") X(T, I64, req_id)
#define TWS_Q_req_matching_symbols(X, T) X(T, I64, req_id) X(T, STR, pattern)
#define TWS_Q_req_mkt_depth_exchanges(X, T)
#define TWS_Q_req_smart_components(X, T) X(T, I64, req_id) X(T, STR, bbo_exchange)
#define TWS_Q_req_head_time_stamp(X, T) \
	X(T, I64, req_id) X(T, SUB, contract12, contract) X(T, BOOL, include_expired) X(T, BOOL, use_rth) \
	X(T, STR, what_to_show) X(T, I64, format_date)
#define TWS_Q_cancel_head_time_stamp(X, T) X(T, I64, req_id)
#define TWS_Q_req_market_rule(X, T) X(T, I64, rule_id)
#define TWS_Q_req_pnl(X, T) X(T, I64, req_id) X(T, STR, account) X(T, STR, model_code)
#define TWS_Q_cancel_pnl(X, T) X(T, I64, req_id)
#define TWS_Q_req_pnl_single(X, T) X(T, I64, req_id) X(T, STR, account) X(T, STR, model_code) X(T, I64, con_id)
#define TWS_Q_cancel_pnl_single(X, T) X(T, I64, req_id)
#define TWS_Q_req_historical_ticks(X, T) \
	X(T, I64, req_id) X(T, SUB, contract12, contract) X(T, BOOL, include_expired) X(T, STR, start) \
	X(T, STR, end) X(T, I64, count) X(T, STR, what_to_show) X(T, BOOL, use_rth) X(T, BOOL, ignore_size) \
	X(T, STR, options)
/* what: Last, AllLast, BidAsk, MidPoint */
#define TWS_Q_req_tick_by_tick(X, T) \
	X(T, I64, req_id) X(T, SUB, contract12, contract) X(T, STR, what) X(T, I64, count) X(T, BOOL, ignore_size)
#define TWS_Q_cancel_tick_by_tick(X, T) X(T, I64, req_id)
#define TWS_Q_req_completed_orders(X, T) X(T, BOOL, api_only)

/* The numbers are the positions at version 178 of an order without any of the blocks. */
#define TWS_Q_place_order(X, T) \
	X(T, HAS, struct tws_order, order) \
	/* 1 */ X(T, IN, I64, order.order_id) X(T, SUB, contract12, contract) X(T, STR, sec_id_type) X(T, STR, sec_id) \
	/* 16 */ X(T, IN, STR, order.action) X(T, IN, DEC, order.total_quantity) X(T, IN, STR, order.order_type) \
	/* 19 */ X(T, IN, PX, order.lmt_price) X(T, IN, PX, order.aux_price) X(T, IN, STR, order.tif) \
	/* 22 */ X(T, IN, STR, order.oca_group) X(T, IN, STR, order.account) X(T, IN, STR, order.open_close) \
	/* 25 */ X(T, IN, INT, order.origin) X(T, IN, STR, order.order_ref) X(T, IN, BOOL, order.transmit) \
	/* 28 */ X(T, IN, I64, order.parent_id) X(T, IN, BOOL, order.block_order) X(T, IN, BOOL, order.sweep_to_fill) \
	/* 31 */ X(T, IN, INT, order.display_size) X(T, IN, INT, order.trigger_method) X(T, IN, BOOL, order.outside_rth) \
	/* 34 */ X(T, IN, BOOL, order.hidden) X(T, WHEN, place_bag) X(T, INLIST, leg8, legs, order.legs) \
	X(T, INLIST, leg_price, leg_prices, order.leg_prices) X(T, INLIST, tag, tags, order.smart_params) X(T, END, ) \
	/* 35 */ X(T, K, "") X(T, IN, PX0, order.discretionary_amt) X(T, IN, STR, order.good_after_time) \
	/* 38 */ X(T, IN, STR, order.good_till_date) X(T, IN, STR, order.fa_group) X(T, IN, STR, order.fa_method) \
	/* 41 */ X(T, IN, STR, order.fa_percentage) X(T, INBELOW, 177, STR, order.fa_profile) X(T, IN, STR, order.model_code) \
	/* 43 */ X(T, IN, INT, order.short_sale_slot) X(T, IN, STR, order.designated_location) X(T, IN, INT, order.exempt_code) \
	/* 46 */ X(T, IN, INT, order.oca_type) X(T, IN, STR, order.rule80a) X(T, IN, STR, order.settling_firm) \
	/* 49 */ X(T, IN, BOOL, order.all_or_none) X(T, IN, INT, order.min_qty) X(T, IN, PX, order.percent_offset) \
	/* 52 */ X(T, IN, BOOL, order.e_trade_only) X(T, IN, BOOL, order.firm_quote_only) X(T, IN, PX, order.nbbo_price_cap) \
	/* 55 */ X(T, IN, INT, order.auction_strategy) X(T, IN, PX, order.starting_price) X(T, IN, PX, order.stock_ref_price) \
	/* 58 */ X(T, IN, F64, order.delta) X(T, IN, PX, order.stock_range_lower) X(T, IN, PX, order.stock_range_upper) \
	/* 61 */ X(T, IN, BOOL, order.override_percentage_constraints) X(T, IN, F64, order.volatility) \
	/* 63 */ X(T, IN, INT, order.volatility_type) X(T, IN, STR, order.dn_order_type) X(T, IN, PX, order.dn_aux_price) \
	X(T, WHEN, place_dn) X(T, IN, I64, order.dn_con_id) X(T, IN, STR, order.dn_settling_firm) \
	X(T, IN, STR, order.dn_clearing_account) X(T, IN, STR, order.dn_clearing_intent) X(T, IN, STR, order.dn_open_close) \
	X(T, IN, BOOL, order.dn_short_sale) X(T, IN, INT, order.dn_short_sale_slot) \
	X(T, IN, STR, order.dn_designated_location) X(T, END, ) \
	/* 66 */ X(T, IN, BOOL, order.continuous_update) X(T, IN, INT, order.reference_price_type) \
	/* 68 */ X(T, IN, PX, order.trail_stop_price) X(T, IN, PX, order.trailing_percent) \
	/* 70 */ X(T, IN, INT, order.scale_init_level_size) X(T, IN, INT, order.scale_subs_level_size) \
	/* 72 */ X(T, IN, PX, order.scale_price_increment) X(T, WHEN, place_scale) \
	X(T, IN, PX, order.scale_price_adjust_value) X(T, IN, INT, order.scale_price_adjust_interval) \
	X(T, IN, PX, order.scale_profit_offset) X(T, IN, BOOL, order.scale_auto_reset) \
	X(T, IN, INT, order.scale_init_position) X(T, IN, INT, order.scale_init_fill_qty) \
	X(T, IN, BOOL, order.scale_random_percent) X(T, END, ) \
	/* 73 */ X(T, IN, STR, order.scale_table) X(T, IN, STR, order.active_start_time) X(T, IN, STR, order.active_stop_time) \
	/* 76 */ X(T, IN, STR, order.hedge_type) X(T, WHEN, place_hedge) X(T, IN, STR, order.hedge_param) X(T, END, ) \
	/* 77 */ X(T, IN, BOOL, order.opt_out_smart_routing) X(T, IN, STR, order.clearing_account) \
	/* 79 */ X(T, IN, STR, order.clearing_intent) X(T, IN, BOOL, order.not_held) X(T, IN, BOOL, order.dnc_present) \
	X(T, WHEN, place_dnc) X(T, IN, I64, order.dnc_con_id) X(T, IN, F64, order.dnc_delta) \
	X(T, IN, PX, order.dnc_price) X(T, END, ) \
	/* 82 */ X(T, IN, STR, order.algo_strategy) X(T, WHEN, place_algo) X(T, INLIST, tag, tags, order.algo_params) X(T, END, ) \
	/* 83 */ X(T, IN, STR, order.algo_id) X(T, IN, BOOL, order.what_if) X(T, IN, STR, order.misc_options) \
	/* 86 */ X(T, IN, BOOL, order.solicited) X(T, IN, BOOL, order.randomize_size) X(T, IN, BOOL, order.randomize_price) \
	X(T, WHEN, place_peg_bench) X(T, IN, I64, order.reference_contract_id) \
	X(T, IN, BOOL, order.is_pegged_change_amount_decrease) X(T, IN, PX, order.pegged_change_amount) \
	X(T, IN, PX, order.reference_change_amount) X(T, IN, STR, order.reference_exchange_id) X(T, END, ) \
	/* 89 */ X(T, IN, I64, order.conditions) X(T, REFUSE, place_conditions) X(T, IN, STR, order.adjusted_order_type) \
	/* 91 */ X(T, IN, PX, order.trigger_price) X(T, IN, PX, order.lmt_price_offset) \
	/* 93 */ X(T, IN, PX, order.adjusted_stop_price) X(T, IN, PX, order.adjusted_stop_limit_price) \
	/* 95 */ X(T, IN, PX, order.adjusted_trailing_amount) X(T, IN, INT, order.adjustable_trailing_unit) \
	/* 97 */ X(T, IN, STR, order.ext_operator) X(T, IN, STR, order.soft_dollar_name) X(T, IN, STR, order.soft_dollar_value) \
	/* 100 */ X(T, IN, PX, order.cash_qty) X(T, IN, STR, order.mifid2_decision_maker) \
	/* 102 */ X(T, IN, STR, order.mifid2_decision_algo) X(T, IN, STR, order.mifid2_execution_trader) \
	/* 104 */ X(T, IN, STR, order.mifid2_execution_algo) X(T, IN, BOOL, order.dont_use_auto_price_for_hedge) \
	/* 106 */ X(T, IN, BOOL, order.is_oms_container) X(T, IN, BOOL, order.discretionary_up_to_limit_price) \
	/* 108 */ X(T, IN, BOOL, order.use_price_mgmt_algo) X(T, INSINCE, 158, INT, order.duration) \
	/* 110 */ X(T, INSINCE, 160, INT, order.post_to_ats) X(T, INSINCE, 162, BOOL, order.auto_cancel_parent) \
	/* 112 */ X(T, INSINCE, 166, STR, order.advanced_error_override) X(T, INSINCE, 169, STR, order.manual_order_time) \
	X(T, WHEN, place_ats) X(T, IN, INT, order.min_trade_qty) X(T, END, ) \
	X(T, WHEN, place_peg_best) X(T, IN, INT, order.min_compete_size) \
	X(T, IN, MID, order.compete_against_best_offset) X(T, END, ) \
	X(T, WHEN, place_mid_offsets) X(T, IN, PX, order.mid_offset_at_whole) \
	X(T, IN, PX, order.mid_offset_at_half) X(T, END, )

/* ---- server -> client: E(member, id) ---- */

#define TWS_EVENTS(E) \
	E(tick_price, 1) E(tick_size, 2) E(order_status, 3) E(error, 4) E(open_order, 5) E(account_value, 6) \
	E(portfolio_value, 7) E(account_update_time, 8) E(next_valid_id, 9) E(contract_data, 10) \
	E(exec_details, 11) E(market_depth, 12) E(market_depth_l2, 13) E(news_bulletin, 14) \
	E(managed_accounts, 15) E(historical_data, 17) E(tick_option, 21) E(tick_generic, 45) \
	E(tick_string, 46) E(current_time, 49) E(real_time_bar, 50) E(contract_data_end, 52) \
	E(open_order_end, 53) E(account_download_end, 54) E(exec_details_end, 55) E(tick_snapshot_end, 57) \
	E(market_data_type, 58) E(commission_report, 59) E(position, 61) E(position_end, 62) \
	E(account_summary, 63) E(account_summary_end, 64) E(position_multi, 71) E(position_multi_end, 72) \
	E(account_update_multi, 73) E(account_update_multi_end, 74) E(symbol_samples, 79) \
	E(mkt_depth_exchanges, 80) E(tick_req_params, 81) E(smart_components, 82) E(head_timestamp, 88) \
	E(historical_data_update, 90) E(reroute_mkt_data, 91) E(reroute_mkt_depth, 92) E(market_rule, 93) \
	E(pnl, 94) E(pnl_single, 95) E(historical_ticks, 96) E(historical_ticks_bid_ask, 97) \
	E(historical_ticks_last, 98) E(tick_by_tick, 99) E(order_bound, 100) E(completed_order_end, 102)

/* price -1 with size 0, or unset: not available; mask 1 can auto execute, 2 past limit, 4 pre-open */
#define TWS_E_tick_price(X, T) \
	X(T, K, "6") X(T, I64, req_id) X(T, I64, tick_type) X(T, PX, price) X(T, DEC, size) X(T, I64, mask)
#define TWS_E_tick_size(X, T) X(T, K, "6") X(T, I64, req_id) X(T, I64, tick_type) X(T, DEC, size)
#define TWS_E_order_status(X, T) \
	X(T, I64, order_id) X(T, STR, status) X(T, DEC, filled) X(T, DEC, remaining) X(T, PX, avg_fill_price) \
	X(T, I64, perm_id) X(T, I64, parent_id) X(T, PX, last_fill_price) X(T, I64, client_id) X(T, STR, why_held) \
	X(T, PX, mkt_cap_price)
/* id: -1 none, else a request id or an order id (tws/errors.h); text may carry \uXXXX, see tws_unescape */
#define TWS_E_error(X, T) \
	X(T, K, "2") X(T, I64, id) X(T, I64, code) X(T, STR, text) X(T, SINCE, 166, STR, advanced_reject)
#define TWS_E_account_value(X, T) \
	X(T, K, "2") X(T, STR, key) X(T, STR, value) X(T, STR, currency) X(T, STR, account)
#define TWS_E_portfolio_value(X, T) \
	X(T, K, "8") X(T, SUB, contract11p, contract) X(T, DEC, position) X(T, PX, market_price) \
	X(T, CASH, market_value) X(T, PX, average_cost) X(T, CASH, unrealized_pnl) X(T, CASH, realized_pnl) \
	X(T, STR, account)
#define TWS_E_account_update_time(X, T) X(T, K, "1") X(T, STR, time)
#define TWS_E_next_valid_id(X, T) X(T, K, "1") X(T, I64, order_id)
#define TWS_E_contract_data(X, T) \
	X(T, HAS, struct tws_contract, contract) X(T, I64, req_id) X(T, IN, STR, contract.symbol) \
	X(T, IN, STR, contract.sec_type) X(T, IN, STR, contract.last_trade_date) X(T, IN, PX0, contract.strike) \
	X(T, IN, STR, contract.right) X(T, IN, STR, contract.exchange) X(T, IN, STR, contract.currency) \
	X(T, IN, STR, contract.local_symbol) X(T, STR, market_name) X(T, IN, STR, contract.trading_class) \
	X(T, IN, I64, contract.con_id) X(T, PX, min_tick) X(T, IN, STR, contract.multiplier) X(T, STR, order_types) \
	X(T, STR, valid_exchanges) X(T, INT, price_magnifier) X(T, I64, under_con_id) X(T, STR, long_name) \
	X(T, IN, STR, contract.primary_exchange) X(T, STR, contract_month) X(T, STR, industry) X(T, STR, category) \
	X(T, STR, subcategory) X(T, STR, time_zone) X(T, STR, trading_hours) X(T, STR, liquid_hours) \
	X(T, STR, ev_rule) X(T, DEC, ev_multiplier) X(T, LIST, tag, tags, sec_ids) X(T, INT, agg_group) \
	X(T, STR, under_symbol) X(T, STR, under_sec_type) X(T, STR, market_rule_ids) X(T, STR, real_expiration) \
	X(T, STR, stock_type) X(T, DEC, min_size) X(T, DEC, size_increment) X(T, DEC, suggested_size_increment)
/* req_id -1 when not asked for; side BOT or SLD */
#define TWS_E_exec_details(X, T) \
	X(T, I64, req_id) X(T, I64, order_id) X(T, SUB, contract11, contract) X(T, STR, exec_id) X(T, STR, time) \
	X(T, STR, account) X(T, STR, exchange) X(T, STR, side) X(T, DEC, shares) X(T, PX, price) X(T, I64, perm_id) \
	X(T, I64, client_id) X(T, INT, liquidation) X(T, DEC, cum_qty) X(T, PX, avg_price) X(T, STR, order_ref) \
	X(T, STR, ev_rule) X(T, DEC, ev_multiplier) X(T, STR, model_code) X(T, INT, last_liquidity) \
	X(T, SINCE, 178, BOOL, pending_price_revision)
/* operation 0 insert, 1 update, 2 delete; side 0 ask, 1 bid */
#define TWS_E_market_depth(X, T) \
	X(T, K, "1") X(T, I64, req_id) X(T, I64, position) X(T, I64, operation) X(T, I64, side) X(T, PX, price) \
	X(T, DEC, size)
#define TWS_E_market_depth_l2(X, T) \
	X(T, K, "1") X(T, I64, req_id) X(T, I64, position) X(T, STR, market_maker) X(T, I64, operation) \
	X(T, I64, side) X(T, PX, price) X(T, DEC, size) X(T, BOOL, smart_depth)
#define TWS_E_news_bulletin(X, T) X(T, K, "1") X(T, I64, id) X(T, I64, type) X(T, STR, text) X(T, STR, exchange)
#define TWS_E_managed_accounts(X, T) X(T, K, "1") X(T, STR, accounts)
#define TWS_E_historical_data(X, T) X(T, I64, req_id) X(T, STR, start) X(T, STR, end) X(T, LIST, bar, bars, bars)
/* -1 and -2: not computed */
#define TWS_E_tick_option(X, T) \
	X(T, I64, req_id) X(T, I64, tick_type) X(T, I64, attrib) X(T, F64, iv) X(T, F64, delta) X(T, F64, price) \
	X(T, F64, pv_dividend) X(T, F64, gamma) X(T, F64, vega) X(T, F64, theta) X(T, F64, under_price)
#define TWS_E_tick_generic(X, T) X(T, K, "6") X(T, I64, req_id) X(T, I64, tick_type) X(T, F64, value)
#define TWS_E_tick_string(X, T) X(T, K, "6") X(T, I64, req_id) X(T, I64, tick_type) X(T, STR, value)
#define TWS_E_current_time(X, T) X(T, K, "1") X(T, I64, time)
#define TWS_E_real_time_bar(X, T) \
	X(T, K, "3") X(T, I64, req_id) X(T, I64, time) X(T, PX, open) X(T, PX, high) X(T, PX, low) X(T, PX, close) \
	X(T, SUM, volume) X(T, DEC, wap) X(T, INT, count)
#define TWS_E_contract_data_end(X, T) X(T, K, "1") X(T, I64, req_id)
#define TWS_E_open_order_end(X, T) X(T, K, "1")
#define TWS_E_account_download_end(X, T) X(T, K, "1") X(T, STR, account)
#define TWS_E_exec_details_end(X, T) X(T, K, "1") X(T, I64, req_id)
#define TWS_E_tick_snapshot_end(X, T) X(T, K, "1") X(T, I64, req_id)
#define TWS_E_market_data_type(X, T) X(T, K, "1") X(T, I64, req_id) X(T, I64, type)
/* realized_pnl is unset for an opening trade */
#define TWS_E_commission_report(X, T) \
	X(T, K, "1") X(T, STR, exec_id) X(T, CASH, commission) X(T, STR, currency) X(T, CASHM, realized_pnl) \
	X(T, PXM, yield) X(T, STR, yield_redemption_date)
/* avg_cost of futures and options includes the multiplier */
#define TWS_E_position(X, T) \
	X(T, K, "3") X(T, STR, account) X(T, SUB, contract11, contract) X(T, DEC, position) X(T, PX, avg_cost)
#define TWS_E_position_end(X, T) X(T, K, "1")
#define TWS_E_account_summary(X, T) \
	X(T, K, "1") X(T, I64, req_id) X(T, STR, account) X(T, STR, tag) X(T, STR, value) X(T, STR, currency)
#define TWS_E_account_summary_end(X, T) X(T, K, "1") X(T, I64, req_id)
#define TWS_E_position_multi(X, T) \
	X(T, K, "1") X(T, I64, req_id) X(T, STR, account) X(T, SUB, contract11, contract) X(T, DEC, position) \
	X(T, PX, avg_cost) X(T, STR, model_code)
#define TWS_E_position_multi_end(X, T) X(T, K, "1") X(T, I64, req_id)
#define TWS_E_account_update_multi(X, T) \
	X(T, K, "1") X(T, I64, req_id) X(T, STR, account) X(T, STR, model_code) X(T, STR, key) X(T, STR, value) \
	X(T, STR, currency)
#define TWS_E_account_update_multi_end(X, T) X(T, K, "1") X(T, I64, req_id)
#define TWS_E_symbol_samples(X, T) X(T, I64, req_id) X(T, LIST, sample, samples, samples)
#define TWS_E_mkt_depth_exchanges(X, T) X(T, LIST, depth_exchange, depth_exchanges, exchanges)
#define TWS_E_tick_req_params(X, T) \
	X(T, I64, req_id) X(T, PX, min_tick) X(T, STR, bbo_exchange) X(T, I64, snapshot_permissions)
#define TWS_E_smart_components(X, T) X(T, I64, req_id) X(T, LIST, component, components, components)
#define TWS_E_head_timestamp(X, T) X(T, I64, req_id) X(T, STR, text)
/* another order of fields than in historical_data: close before high and low */
#define TWS_E_historical_data_update(X, T) \
	X(T, I64, req_id) X(T, INT, count) X(T, STR, date) X(T, PX, open) X(T, PX, close) X(T, PX, high) \
	X(T, PX, low) X(T, DEC, wap) X(T, SUM, volume)
#define TWS_E_reroute_mkt_data(X, T) X(T, I64, req_id) X(T, I64, con_id) X(T, STR, exchange)
#define TWS_E_reroute_mkt_depth(X, T) X(T, I64, req_id) X(T, I64, con_id) X(T, STR, exchange)
#define TWS_E_market_rule(X, T) X(T, I64, rule_id) X(T, LIST, increment, increments, increments)
#define TWS_E_pnl(X, T) X(T, I64, req_id) X(T, CASHM, daily) X(T, CASHM, unrealized) X(T, CASHM, realized)
#define TWS_E_pnl_single(X, T) \
	X(T, I64, req_id) X(T, DEC, position) X(T, CASHM, daily) X(T, CASHM, unrealized) X(T, CASHM, realized) \
	X(T, CASHM, value)
#define TWS_E_historical_ticks(X, T) X(T, I64, req_id) X(T, LIST, tick_mid, tick_mids, ticks) X(T, BOOL, done)
#define TWS_E_historical_ticks_bid_ask(X, T) \
	X(T, I64, req_id) X(T, LIST, tick_bid_ask, tick_bid_asks, ticks) X(T, BOOL, done)
#define TWS_E_historical_ticks_last(X, T) X(T, I64, req_id) X(T, LIST, tick_last, tick_lasts, ticks) X(T, BOOL, done)
/* type 1 Last, 2 AllLast: price, size, mask (1 past limit, 2 unreported), exchange, conditions;
 * 3 BidAsk: bid, ask, bid_size, ask_size, mask (1 bid past low, 2 ask past high); 4 MidPoint: mid */
#define TWS_E_tick_by_tick(X, T) \
	X(T, I64, req_id) X(T, I64, type) X(T, I64, time) X(T, HAS, int64_t, mask) \
	X(T, WHEN, tick_last) X(T, PX, price) X(T, DEC, size) X(T, IN, I64, mask) X(T, STR, exchange) \
	X(T, STR, conditions) X(T, END, ) \
	X(T, WHEN, tick_bid_ask) X(T, PX, bid) X(T, PX, ask) X(T, DEC, bid_size) X(T, DEC, ask_size) \
	X(T, IN, I64, mask) X(T, END, ) \
	X(T, WHEN, tick_mid) X(T, PX, mid) X(T, END, )
#define TWS_E_order_bound(X, T) X(T, I64, perm_id) X(T, I64, client_id) X(T, I64, order_id)
#define TWS_E_completed_order_end(X, T)

/*
 * openOrder as real gateways send it; the numbers are the positions at version 178 with the
 * block of dn_order_type, which they always send (it says "None").
 */
#define TWS_E_open_order(X, T) \
	X(T, HAS, struct tws_order, order) X(T, HAS, struct tws_order_state, state) \
	/* 1 */ X(T, IN, I64, order.order_id) X(T, SUB, contract11o, contract) X(T, IN, STR, order.action) \
	/* 14 */ X(T, IN, DEC, order.total_quantity) X(T, IN, STR, order.order_type) X(T, IN, PX, order.lmt_price) \
	/* 17 */ X(T, IN, PX, order.aux_price) X(T, IN, STR, order.tif) X(T, IN, STR, order.oca_group) \
	/* 20 */ X(T, IN, STR, order.account) X(T, IN, STR, order.open_close) X(T, IN, INT, order.origin) \
	/* 23 */ X(T, IN, STR, order.order_ref) X(T, IN, I64, order.client_id) X(T, IN, I64, order.perm_id) \
	/* 26 */ X(T, IN, BOOL, order.outside_rth) X(T, IN, BOOL, order.hidden) X(T, IN, DEC0, order.discretionary_amt) \
	/* 29 */ X(T, IN, STR, order.good_after_time) X(T, IN, STR, order.shares_allocation) X(T, IN, STR, order.fa_group) \
	/* 32 */ X(T, IN, STR, order.fa_method) X(T, IN, STR, order.fa_percentage) X(T, INBELOW, 177, STR, order.fa_profile) \
	/* 34 */ X(T, IN, STR, order.model_code) X(T, IN, STR, order.good_till_date) X(T, IN, STR, order.rule80a) \
	/* 37 */ X(T, IN, PX, order.percent_offset) X(T, IN, STR, order.settling_firm) X(T, IN, INT, order.short_sale_slot) \
	/* 40 */ X(T, IN, STR, order.designated_location) X(T, IN, INT, order.exempt_code) X(T, IN, INT, order.auction_strategy) \
	/* 43 */ X(T, IN, PX, order.starting_price) X(T, IN, PX, order.stock_ref_price) X(T, IN, F64, order.delta) \
	/* 46 */ X(T, IN, PX, order.stock_range_lower) X(T, IN, PX, order.stock_range_upper) X(T, IN, INTM, order.display_size) \
	/* 49 */ X(T, IN, BOOL, order.block_order) X(T, IN, BOOL, order.sweep_to_fill) X(T, IN, BOOL, order.all_or_none) \
	/* 52 */ X(T, IN, INT, order.min_qty) X(T, IN, INT, order.oca_type) X(T, IN, BOOL, order.e_trade_only) \
	/* 55 */ X(T, IN, BOOL, order.firm_quote_only) X(T, IN, PX, order.nbbo_price_cap) X(T, IN, I64, order.parent_id) \
	/* 58 */ X(T, IN, INT, order.trigger_method) X(T, IN, F64, order.volatility) X(T, IN, INT, order.volatility_type) \
	/* 61 */ X(T, IN, STR, order.dn_order_type) X(T, IN, PX, order.dn_aux_price) X(T, WHEN, open_dn) \
	/* 63 */ X(T, IN, I64, order.dn_con_id) X(T, IN, STR, order.dn_settling_firm) X(T, IN, STR, order.dn_clearing_account) \
	/* 66 */ X(T, IN, STR, order.dn_clearing_intent) X(T, IN, STR, order.dn_open_close) X(T, IN, BOOL, order.dn_short_sale) \
	/* 69 */ X(T, IN, INT, order.dn_short_sale_slot) X(T, IN, STR, order.dn_designated_location) X(T, END, ) \
	/* 71 */ X(T, IN, BOOL, order.continuous_update) X(T, IN, INT, order.reference_price_type) \
	/* 73 */ X(T, IN, PX, order.trail_stop_price_first) X(T, IN, PX, order.trailing_percent) \
	/* 75 */ X(T, IN, PX, order.basis_points) X(T, IN, INT, order.basis_points_type) X(T, IN, STR, order.combo_legs_descrip) \
	/* 78 */ X(T, INLIST, leg8, legs, order.legs) X(T, INLIST, leg_price, leg_prices, order.leg_prices) X(T, INLIST, tag, tags, order.smart_params) \
	/* 81 */ X(T, IN, INTM, order.scale_init_level_size) X(T, IN, INTM, order.scale_subs_level_size) \
	/* 83 */ X(T, IN, PX, order.scale_price_increment) X(T, WHEN, open_scale) X(T, IN, PX, order.scale_price_adjust_value) \
	X(T, IN, INT, order.scale_price_adjust_interval) X(T, IN, PX, order.scale_profit_offset) \
	X(T, IN, BOOL, order.scale_auto_reset) X(T, IN, INT, order.scale_init_position) \
	X(T, IN, INT, order.scale_init_fill_qty) X(T, IN, BOOL, order.scale_random_percent) X(T, END, ) \
	/* 84 */ X(T, IN, STR, order.hedge_type) X(T, WHEN, open_hedge) X(T, IN, STR, order.hedge_param) X(T, END, ) \
	/* 85 */ X(T, IN, BOOL, order.opt_out_smart_routing) X(T, IN, STR, order.clearing_account) \
	/* 87 */ X(T, IN, STR, order.clearing_intent) X(T, IN, BOOL, order.not_held) X(T, IN, BOOL, order.dnc_present) \
	X(T, WHEN, open_dnc) X(T, IN, I64, order.dnc_con_id) X(T, IN, F64, order.dnc_delta) X(T, IN, PX, order.dnc_price) X(T, END, ) \
	/* 90 */ X(T, IN, STR, order.algo_strategy) X(T, WHEN, open_algo) X(T, INLIST, tag, tags, order.algo_params) X(T, END, ) \
	/* 91 */ X(T, IN, BOOL, order.solicited) X(T, IN, BOOL, order.what_if) X(T, IN, STR, state.status) \
	/* 94 */ X(T, IN, CASHM, state.init_margin_before) X(T, IN, CASHM, state.maint_margin_before) \
	/* 96 */ X(T, IN, CASHM, state.equity_with_loan_before) X(T, IN, CASHM, state.init_margin_change) \
	/* 98 */ X(T, IN, CASHM, state.maint_margin_change) X(T, IN, CASHM, state.equity_with_loan_change) \
	/* 100 */ X(T, IN, CASHM, state.init_margin_after) X(T, IN, CASHM, state.maint_margin_after) \
	/* 102 */ X(T, IN, CASHM, state.equity_with_loan_after) X(T, IN, CASH, state.commission) \
	/* 104 */ X(T, IN, CASH, state.min_commission) X(T, IN, CASH, state.max_commission) \
	/* 106 */ X(T, IN, STR, state.commission_currency) X(T, IN, STR, state.warning_text) \
	/* 108 */ X(T, IN, BOOL, order.randomize_size) X(T, IN, BOOL, order.randomize_price) X(T, WHEN, open_peg_bench) \
	X(T, IN, I64, order.reference_contract_id) X(T, IN, BOOL, order.is_pegged_change_amount_decrease) \
	X(T, IN, PX, order.pegged_change_amount) X(T, IN, PX, order.reference_change_amount) \
	X(T, IN, STR, order.reference_exchange_id) X(T, END, ) \
	/* 110 */ X(T, IN, I64, order.conditions) X(T, STOP, open_conditions) X(T, IN, STR, order.adjusted_order_type) \
	/* 112 */ X(T, IN, PXM, order.trigger_price) X(T, IN, PXM, order.trail_stop_price) X(T, IN, PXM, order.lmt_price_offset) \
	/* 115 */ X(T, IN, PXM, order.adjusted_stop_price) X(T, IN, PXM, order.adjusted_stop_limit_price) \
	/* 117 */ X(T, IN, PXM, order.adjusted_trailing_amount) X(T, IN, INT, order.adjustable_trailing_unit) \
	/* 119 */ X(T, IN, STR, order.soft_dollar_name) X(T, IN, STR, order.soft_dollar_value) X(T, IN, STR, order.soft_dollar_display) \
	/* 122 */ X(T, IN, DEC, order.cash_qty) X(T, IN, BOOL, order.dont_use_auto_price_for_hedge) \
	/* 124 */ X(T, IN, BOOL, order.is_oms_container) X(T, IN, BOOL, order.discretionary_up_to_limit_price) \
	/* 126 */ X(T, IN, BOOL, order.use_price_mgmt_algo) X(T, IN, INT, order.duration) X(T, IN, INT, order.post_to_ats) \
	/* 129 */ X(T, IN, BOOL, order.auto_cancel_parent) X(T, IN, INT, order.min_trade_qty) X(T, IN, INT, order.min_compete_size) \
	/* 132 */ X(T, IN, MID, order.compete_against_best_offset) X(T, IN, PX, order.mid_offset_at_whole) \
	/* 134 */ X(T, IN, PX, order.mid_offset_at_half)

#define TWS_ORDER_STATE(M) \
	M(STR, status, "") M(CASH, init_margin_before, TWS_UNSET) M(CASH, maint_margin_before, TWS_UNSET) \
	M(CASH, equity_with_loan_before, TWS_UNSET) M(CASH, init_margin_change, TWS_UNSET) \
	M(CASH, maint_margin_change, TWS_UNSET) M(CASH, equity_with_loan_change, TWS_UNSET) \
	M(CASH, init_margin_after, TWS_UNSET) M(CASH, maint_margin_after, TWS_UNSET) \
	M(CASH, equity_with_loan_after, TWS_UNSET) M(CASH, commission, TWS_UNSET) \
	M(CASH, min_commission, TWS_UNSET) M(CASH, max_commission, TWS_UNSET) M(STR, commission_currency, "") \
	M(STR, warning_text, "")
/* clang-format on */

#endif
