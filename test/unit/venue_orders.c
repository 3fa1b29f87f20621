/* Orders: what is refused, how long they live, who cancels whom, when and for how much. */
#include "t_venue.h"

#define W2 "w 2024-01-02\n"
#define W3 "w 2024-01-03\n"
#define W4 "w 2024-01-04\n"
#define DAY1 "b A 2024-01-01 2024-01-02 100 100 100 100\n"
#define DAY2 "b A 2024-01-02 2024-01-03 100 106 94 101 1000\n"
#define DAY3 "b A 2024-01-03 2024-01-04 102 110 90 103 1000\n"

static void
refused(void)
{
	fills("", W2 "o A a buy 1 market\no A a buy 1 market\n" DAY2,
	    "a !duplicate_id\na buy 1@100.00\n",
	    "a duplicate id is refused, the first order lives");
	fills("", W2 "o A a buy 1 market\n" DAY2 "o A a buy 1 market\n",
	    "a buy 1@100.00\na !duplicate_id\n", "also when the first has ended");
	statuses("", "o A a buy 0 market\n", "a !bad_qty\na rejected\n", "no quantity");
	statuses(
	    "", "o A a buy 1 limit\n", "a !no_limit_price\na rejected\n", "limit without a price");
	statuses(
	    "", "o A a buy 1 stop\n", "a !no_stop_price\na rejected\n", "stop without a price");
	statuses("", "o A a buy 1 stop_limit stop_price=3\n", "a !no_limit_price\na rejected\n",
	    "stop-limit without a limit");
	statuses("", "o A a buy 1 trailing_stop\n", "a !no_trail\na rejected\n", "no trail");
	statuses("", "o A a buy 1 trailing_stop trail=1 trail_percent=1\n",
	    "a !no_trail\na rejected\n", "two trails");
	statuses("", "o A a buy 1 trailing_stop trail_percent=100\n", "a !bad_price\na rejected\n",
	    "a trail of everything");
	statuses("", "o A a buy 1 limit limit_price=-3\n", "a !bad_price\na rejected\n",
	    "price below 0");
	statuses(
	    "", "o A a buy 1 market tif=gtd\n", "a !no_expire_time\na rejected\n", "gtd, no time");
	statuses(
	    "", "o A a buy 1 stop stop_price=3 tif=opg\n", "a !bad_tif\na rejected\n", "stop, opg");
	statuses("", "o A a buy 1 market parent_id=nobody\n", "a !unknown_parent\na rejected\n",
	    "unknown parent");
	statuses("", "c nobody\nr nobody qty=1\n", "nobody !unknown_order\nnobody !unknown_order\n",
	    "cancel and replace of an unknown order");
	fills("--no-short", W2 "o A a sell 1 market\n" DAY2, "a !no_short\na rejected\n",
	    "no short sales");
	fills("--no-short",
	    W2 "o A a buy 5 market\n" DAY2 W3 "o A b sell 3 market\no A c sell 3 market\n" DAY3,
	    "a buy 5@100.00\nc !no_short\nc rejected\nb sell 3@102.00\n",
	    "two sales of what is held once");
	fills("--margin 0.5 --capital 1000",
	    DAY1 W2 "o A a buy 20 market\no A b buy 1 market\n" DAY2,
	    "b !margin\nb rejected\na buy 20@100.00\n", "initial margin counts what works");
	fills("--margin 0.5 --capital 1000",
	    DAY1 W2 "o A a buy 20 market\n" DAY2 W3 "o A b sell 20 market\n" DAY3,
	    "a buy 20@100.00\nb sell 20@102.00\n", "closing needs no margin");
	fills("--margin 1 --capital 1000", W2 "o A a buy 20 market\n" DAY2,
	    "a !margin\na rejected\n", "without a price margin is checked with the first one");
}

static void
lives(void)
{
	fills("", W2 "o A a buy 1 limit limit_price=80\n" DAY2 W3 DAY3, "a expired\n",
	    "day, daily bars");
	fills("",
	    "w 2024-01-06\no A a buy 1 market\nb A 2024-01-08 2024-01-09 9 9 9 9\nw 2024-01-09\n",
	    "a buy 1@9.00\n", "a day order given on a weekend lives on Monday");
	fills("", W2 "o B a buy 1 limit limit_price=80\n" DAY2 W3, "a expired\n",
	    "a symbol that does not trade shares the day of the others");
	fills("",
	    W2 "o A a buy 1 limit limit_price=95 tif=gtc\n"
	       "b A 2024-01-02 2024-01-03 97 98 96 97\n" W3 DAY3,
	    "a buy 1@95.00\n", "gtc lives on");
	fills("", W2 "o A a buy 1 limit limit_price=95 tif=ioc\n" DAY2 DAY3, "a canceled\n",
	    "ioc: inside the bar is too late");
	fills("", W2 "o A a buy 1 limit limit_price=101 tif=ioc\n" DAY2, "a buy 1@100.00\n", "ioc");
	fills("--participation 0.01", W2 "o A a buy 15 market tif=ioc\n" DAY2 DAY3,
	    "a buy 10@100.00\na partially_filled\na canceled\n", "ioc: the rest goes");
	fills("--participation 0.01", W2 "o A a buy 15 market tif=fok\n" DAY2 DAY3, "a canceled\n",
	    "fok: all or nothing");
	fills("", W2 "o A a buy 15 market tif=fok\n" DAY2, "a buy 15@100.00\n", "fok filled");
	fills("",
	    W2 "o A a buy 1 limit limit_price=80 tif=gtd expire_time=2024-01-04\n" DAY2 W3 DAY3 W4,
	    "a expired\n", "gtd");
	fills("",
	    "w 2024-01-02T20:00:00Z\no A a buy 1 limit limit_price=80\n"
	    "b A 2024-01-02T20:00:00Z 2024-01-02T21:00:00Z 99 99 99 99\n"
	    "b A 2024-01-02T23:00:00Z 2024-01-03T00:00:00Z 99 99 99 99\n"
	    "b A 2024-01-03T00:00:00Z 2024-01-03T01:00:00Z 70 70 70 70\n",
	    "a expired\n", "day, intraday bars, UTC");
	fills("--trading-day FX",
	    "w 2024-01-02T20:00:00Z\no A a buy 1 limit limit_price=80\n"
	    "b A 2024-01-02T20:00:00Z 2024-01-02T21:00:00Z 99 99 99 99\n"
	    "b A 2024-01-02T22:00:00Z 2024-01-02T23:00:00Z 70 70 70 70\n",
	    "a expired\n", "day, ended by New York's 17:00");
}

static void
groups(void)
{
	fills("",
	    W2
	    "o A a buy 2 limit limit_price=95 oca_group=g\no B b buy 2 market oca_group=g\n" DAY2,
	    "a buy 2@95.00\nb canceled\n", "OCA across symbols");
	fills("--participation 0.01",
	    W2 "o A a buy 25 limit limit_price=95 oca_group=g tif=gtc\n"
	       "o B b buy 25 limit limit_price=1 oca_group=g tif=gtc\n" DAY2 W3 DAY3,
	    "a buy 10@95.00\na partially_filled\na buy 10@95.00\na partially_filled\n",
	    "a part reduces the others");
	statuses("--participation 0.01",
	    W2 "o A a buy 15 limit limit_price=95 oca_group=g tif=gtc\n"
	       "o B b buy 10 limit limit_price=1 oca_group=g tif=gtc\n" DAY2,
	    "a new\nb new\na buy 10@95.00\na partially_filled\nb canceled\n",
	    "and one reduced to nothing goes");
	fills("--participation 0.01",
	    W2 "o A e buy 15 market tif=gtc\no A tp sell 15 limit limit_price=109 parent_id=e "
	       "tif=gtc\n"
	       "o A sl sell 15 stop stop_price=92 parent_id=e tif=gtc\n" DAY2 W3 DAY3,
	    "tp pending_new\nsl pending_new\ne buy 10@100.00\ne partially_filled\n"
	    "e buy 5@102.00\nsl sell 5@92.00\nsl partially_filled\n",
	    "children live for the part that filled");
	fills("--participation 0.01",
	    W2 "o A e buy 30 limit limit_price=101 tif=gtc\n"
	       "o A tp sell 30 limit limit_price=105 parent_id=e tif=gtc\n"
	       "o A sl sell 30 stop stop_price=95 parent_id=e tif=gtc\n"
	       "b A 2024-01-02 2024-01-03 100 101 99 100 1000\n"
	       "b A 2024-01-03 2024-01-04 106 107 102 106 1600\n"
	       "c e\nb A 2024-01-04 2024-01-05 94 94 94 94 2000\n",
	    "tp pending_new\nsl pending_new\ne buy 10@100.00\ne partially_filled\n"
	    "tp sell 10@106.00\ntp partially_filled\ne canceled\ntp canceled\nsl canceled\n",
	    "what one child has closed the other has not to");
	fills("",
	    W2
	    "o A e buy 15 limit limit_price=50\no A tp sell 15 limit limit_price=109 parent_id=e "
	    "tif=gtc\n" DAY2 "c e\n" DAY3,
	    "tp pending_new\ne canceled\ntp canceled\n", "children go with an unfilled parent");
	fills("--participation 0.01",
	    W2 "o A e buy 15 market tif=ioc\no A sl sell 15 stop stop_price=91 parent_id=e "
	       "tif=gtc\n" DAY2 "b A 2024-01-03 2024-01-04 102 110 90 103\n",
	    "sl pending_new\ne buy 10@100.00\ne partially_filled\ne canceled\nsl sell 10@91.00\n",
	    "a child closes what filled, not what was wished");
}

static void
changes(void)
{
	fills("", W2 "o A a buy 1 market\nc a\n" DAY2, "a canceled\n", "cancel");
	fills("", W2 "o A a buy 1 market\nc x orig_cl_ord_id=a\n" DAY2, "a canceled\n",
	    "cancel by FIX ids");
	statuses("", W2 "o A a buy 1 limit limit_price=90\nr a limit_price=96 qty=3\n" DAY2,
	    "a new\na new\na buy 3@96.00\na filled\n", "replace");
	statuses("",
	    W2 "o A a buy 1 limit limit_price=90\nr b orig_cl_ord_id=a limit_price=96\nc a\n" DAY2,
	    "a new\na canceled\nb new\na !unknown_order\nb buy 1@96.00\nb filled\n",
	    "replace under a new id");
	fills("",
	    W2 "o A a buy 1 limit limit_price=90\no A b buy 1 limit limit_price=80\n"
	       "r b orig_cl_ord_id=a qty=2\n",
	    "b !duplicate_id\n", "the new id must be new");
	fills("", W2 "o A a buy 1 limit limit_price=90\nr a qty=0\nr a limit_price=0\n",
	    "a !bad_qty\na !bad_price\n", "replace by nonsense");
	fills("",
	    DAY1 W2 "o A a buy 1 limit limit_price=90 tif=gtc\n" DAY2
		    "r a limit_price=101\n" DAY2 DAY3,
	    "a buy 1@101.00\n", "new terms do not meet old data");
	fills("--participation 0.01", W2 "o A a buy 15 market tif=gtc\n" DAY2 "r a qty=10\n" DAY3,
	    "a buy 10@100.00\na partially_filled\na canceled\n",
	    "replaced by no more than has filled");
	fills("--margin 1 --capital 1000", DAY1 W2 "o A a buy 9 market\nr a qty=11\n" DAY2,
	    "a !margin\na buy 9@100.00\n", "a replace is checked too, and the order stays");
	fills("", W2 "o A a sell 1 stop stop_price=80 tif=gtc\nr a stop_price=95\n" DAY2,
	    "a sell 1@95.00\n", "replace a stop");
	fills("", DAY1 W2 "o A a sell 1 trailing_stop trail=50 tif=gtc\nr a trail=5\n" DAY2,
	    "a sell 1@95.00\n", "replace a trail");
	fills("",
	    W2 "o A a buy 1 limit limit_price=80\nr a tif=gtd expire_time=2024-01-04\n" DAY2 W3 DAY3
		W4,
	    "a expired\n", "replace the time in force");
	fills("", W2 "o A a buy 1 limit limit_price=80\nr a tif=gtd\nr a tif=cls\n",
	    "a !no_expire_time\na !bad_tif\n", "by one that cannot be");
	fills("",
	    W2 "o A a buy 1 market_on_open tif=opg\no A b buy 1 limit limit_price=101 tif=opg\n"
	       "o A c buy 1 market_on_close tif=opg\n" DAY2,
	    "c !bad_tif\nc rejected\na buy 1@100.00\nb buy 1@100.00\n", "auctions by type and tif");
	fills("--latency 1bars", W2 "o A a buy 1 market tif=gtc\n" DAY2 DAY3, "a buy 1@102.00\n",
	    "latency of a bar");
	fills("--latency 1bars", W2 "o A a buy 1 limit limit_price=95 tif=gtc\nc a\n" DAY2 DAY3,
	    "a pending_cancel\na canceled\n", "a cancel is as late as the order");
	fills("--latency 1bars",
	    W2 "o A a buy 1 limit limit_price=93 tif=gtc\n" DAY2 "c a\n" DAY3
	       "b A 2024-01-04 2024-01-05 1 1 1 1\n",
	    "a pending_cancel\na buy 1@93.00\n", "and may come too late");
	fills("--latency 2s",
	    W2 "o A a buy 1 market\nt A 2024-01-02T00:00:01Z 10 1\nt A 2024-01-02T00:00:02Z 11 1\n",
	    "a buy 1@11.00\n", "latency of a span");
	fills("--latency 2s",
	    W2 "o A a buy 1 limit limit_price=5 tif=gtc\nr a limit_price=12\n"
	       "t A 2024-01-02T00:00:01Z 10 1\nt A 2024-01-02T00:00:02Z 11 1\n",
	    "a buy 1@11.00\n", "a replace is late too");
}

static void
ticks(void)
{
	fills("", W2 "o A a buy 1 market\no A b sell 1 market\nq A 2024-01-02T00:00:01Z 10 11\n",
	    "a buy 1@11.00\nb sell 1@10.00\n", "quotes: the ask, the bid");
	fills("",
	    W2 "o A a buy 1 limit limit_price=11\nq A 2024-01-02T00:00:01Z 10 11.01\n"
	       "q A 2024-01-02T00:00:02Z 10 11\n",
	    "a buy 1@11.00\n", "a quote at the limit fills");
	fills("",
	    W2 "o A a buy 1 limit limit_price=11\nt A 2024-01-02T00:00:01Z 11 5\n"
	       "t A 2024-01-02T00:00:02Z 10.99 5\n",
	    "a buy 1@10.99\n", "a trade at the limit does not");
	fills("",
	    W2 "o A a sell 1 stop stop_price=9.5\nq A 2024-01-02T00:00:01Z 9.6 10\n"
	       "q A 2024-01-02T00:00:02Z 9.4 9.9\n",
	    "a sell 1@9.40\n", "a stop by the bid");
	fills("--participation 0.5",
	    W2 "o A a buy 10 market\nt A 2024-01-02T00:00:01Z 11 5\n"
	       "q A 2024-01-02T00:00:02Z 10 11 100 4\nt A 2024-01-02T00:00:03Z 12 100\n",
	    "a buy 2@11.00\na partially_filled\na buy 2@11.00\na partially_filled\na buy 6@12.00\n",
	    "half of each tick, in whole lots");
	fills("",
	    W2 "q A 2024-01-02T00:00:01Z 10 12\no A a buy 1 market\n"
	       "t A 2024-01-02T00:00:00.5Z 99 1\nt A 2024-01-02T00:00:01Z 12 1\n",
	    "a buy 1@12.00\n", "a tick from before the order fills nothing");
}

static void
slippage(void)
{
	fills("--slippage bps:10",
	    W2 "o A a buy 1 market\no A b sell 1 stop stop_price=95\n"
	       "o A c buy 1 limit limit_price=95\n" DAY2,
	    "a buy 1@100.10\nb sell 1@94.905\nc buy 1@95.00\n", "bps, not for limits");
	fills("--slippage volume-share:0.1", W2 "o A a buy 100 market\n" DAY2, "a buy 100@100.10\n",
	    "0.1 * (100/1000)^2 = 0.001");
	fills("--slippage sqrt:0.01", W2 "o A a sell 250 market\n" DAY2, "a sell 250@99.50\n",
	    "0.01 * sqrt(250/1000) = 0.005");
	fills("--slippage sqrt:0.01",
	    W2 "o A a buy 1 market\nb A 2024-01-02 2024-01-03 9 9 9 9 0\n", "a buy 1@9.00\n",
	    "volume 0 is unknown");
	fills("--slippage half-spread",
	    "q A 2024-01-01 9.9 10.1\n" W2 "o A a buy 1 market\nt A 2024-01-02T00:00:01Z 10 1\n",
	    "a buy 1@10.10\n", "half the last spread");
	fills("--slippage half-spread",
	    W2 "o A a sell 1 market\nb A 2024-01-02 2024-01-03 9 9 9 9 0 spread=0.4\n",
	    "a sell 1@8.80\n", "or the bar's own");
	fills("--slippage half-spread", W2 "o A a buy 1 market\nq A 2024-01-02T00:00:01Z 10 11\n",
	    "a buy 1@11.00\n", "a quote has it in it");
	fills("--participation 0.001",
	    W2 "o A a buy 5 market\nb A 2024-01-02 2024-01-03 9 9 9 9 0\n", "a buy 5@9.00\n",
	    "participation of an unknown volume: no limit");
}

int
main(void)
{
	refused();
	lives();
	groups();
	changes();
	ticks();
	slippage();
	return done_testing();
}
