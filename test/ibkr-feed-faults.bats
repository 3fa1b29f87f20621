#!/usr/bin/env bats
# The live feed against the simulated gateway, in every way in which data from a real one is known to
# fail. The numbers are those of examples/scenarios.

load helper
load feed_live

@test "4: after a restart and after 1101 every symbol goes on, and nothing is missing or twice" {
	start_sim --seed 1 --symbols 3 --tick 100ms --scenario "$SCN/04-nothing-resubscribed.scn" --wire-log w.log
	live 13 --symbols SYM01,SYM02,SYM03
	in_order
	[ "$(states | tr ' ' '\n' | grep -c '^alive')" -ge 3 ]
	for s in SYM01 SYM02 SYM03; do
		# ten a second: a hole would show, a repetition, too
		jq -r 'select(.type == "trade" and .sym == "'$s'") | .ts' out >t
		n=$(wc -l <t) a=$(date -d "$(head -1 t)" +%s%N) b=$(date -d "$(tail -1 t)" +%s%N)
		want=$(((b - a) / 100000000 + 1))
		echo "$s: $n of $want"
		[ "$n" -ge $((want - 2)) ] && [ "$n" -le $((want + 2)) ]
	done
}

@test "5: a farm comes back and the streams are dead: they are asked for again" {
	start_sim --seed 1 --symbols 2 --tick 100ms --scenario "$SCN/05-farm-blip-kills-streams.scn" --wire-log w.log
	live 12 --symbols SYM01,SYM02 --stale 2s
	[[ $(states) == *degraded*stale*alive* ]]
	[ "$(requests req_tick_by_tick)" -ge 4 ]
	# data to the end
	last=$(jq -r 'select(.type == "trade") | .ts' out | tail -1)
	[ $(($(date -d "$(tail -1 out | jq -r .ts)" +%s) - $(date -d "$last" +%s))) -le 1 ]
}

@test "7: a history that is kept up to date falls silent: asked for again" {
	start_sim --seed 1 --symbols 1 --tick 100ms --scenario "$SCN/07-keep-up-stops.scn" --wire-log w.log
	live 20 --symbols SYM01 --history '60 S' --bar 5s --follow --stale 6s
	[[ $(states) == *stale* ]]
	[ "$(requests req_historical_data)" -ge 3 ]
}

@test "8: a gateway that never gets its broker back: exit 5 after --max-down" {
	echo 'at 1s: lost' >lost.scn
	start_sim --seed 1 --symbols 1 --tick 100ms --scenario lost.scn
	run --separate-stderr -5 timeout 30 ibkr-feed -q --port "$PORT" --symbols SYM01 --max-down 3s
	[[ $stderr == *"no connection to IBKR for 3 s (error 1100)"* ]]
}

# bats test_tags=slow
@test "9, 10: a client id in use, a handshake that ends nowhere" {
	start_sim --seed 1 --symbols 1 --tick 100ms --scenario "$SCN/09-client-id-in-use.scn"
	live 9 --symbols SYM01
	grep -q 'client id 2 is in use\|reset' <(jq -r .text out) || grep -q disconnected out
	tail -2 out | grep -q '"trade"\|"watermark"'
	stop_sim
	start_sim --seed 1 --symbols 1 --tick 100ms --scenario "$SCN/10-handshake-half-done.scn"
	live 40 --symbols SYM01
	[[ $(states) == "disconnected connected"* ]]
	[ "$(counts trade)" -ge 1 ]
}

@test "11, 21: delayed data is asked for on each connection, and marked" {
	start_sim --seed 1 --symbols 1 --tick 100ms --scenario "$SCN/11-data-type-forgotten.scn" --wire-log w.log
	live 9 --symbols SYM01 --data mkt --market-data delayed
	[ "$(requests req_market_data_type)" = 2 ]
	[ "$(counts quote)" -ge 10 ]
	[ "$(grep -c '"type":"quote".*"delayed":true' out)" = "$(counts quote)" ]
	[ "$(grep -c '"type":"trade".*"delayed":true' out)" = "$(counts trade)" ]
	grep -q 'delayed market data\|market data is delayed' out
	stop_sim
	start_sim --seed 1 --symbols 1 --tick 100ms --scenario "$SCN/21-delayed-ticks.scn"
	run --separate-stderr -5 timeout 20 ibkr-feed -q --port "$PORT" --symbols SYM01 --data mkt
	[[ $stderr == *"no market data for any symbol"*"354"* ]]
}

@test "22: prices of -1 and seconds without ticks make no records" {
	start_sim --seed 1 --symbols 1 --tick 100ms --scenario "$SCN/22-no-prices.scn"
	live 7 --symbols SYM01 --data mkt
	[ "$(counts quote)" -ge 5 ]
	jq -e 'select(.type == "quote" or .type == "trade") | .bid == -1 or .ask == -1 or .price == -1' \
	    out | grep -q true && return 1
	[ "$(grep -c negative_price out)" = 0 ]
}

# bats test_tags=slow
@test "24: pacing violations are waited for, and the history comes" {
	start_sim --seed 1 --symbols 1 --tick 1s --scenario "$SCN/24-pacing.scn"
	run --separate-stderr -0 timeout 60 ibkr-feed --port "$PORT" --symbols SYM01 --history '600 S' --bar 1m
	[ "$(counts bar <(echo "$output"))" -ge 9 ]
	[[ $stderr == *"pacing violation; again in 15 s"* ]]
}

@test "25, 27: strange zones, more fields and fewer" {
	echo 'begin: zone Eastern Standard Time' >z.scn
	echo 'at 1s: surplus 2' >>z.scn
	start_sim --seed 1 --symbols 1 --tick 100ms --scenario z.scn
	live 4 --symbols SYM01 --data mkt
	[ "$(counts quote)" -ge 20 ]
	[ ! -s said ]
}

@test "the wire in single bytes, and in one piece" {
	echo 'begin: dribble 1' >d.scn
	start_sim --seed 1 --symbols 2 --tick 200ms --scenario d.scn --wire-log w.log
	live 5 --symbols SYM01,SYM02
	came=$(counts trade)
	[ "$came" -ge 20 ]
	kill "$SIM_PID"
	echo 'begin: coalesce 500ms' >d.scn
	start_sim --seed 1 --symbols 2 --tick 10ms --scenario d.scn
	live 4 --symbols SYM01,SYM02
	[ "$(counts trade)" -ge 200 ]
	in_order
}

@test "--backup stands in while ours is silent, and gives back" {
	start_sim --seed 1 --symbols 1 --tick 100ms
	backup_port=$PORT backup_pid=$SIM_PID
	printf 'at 2s: stale all\nat 8s: fresh all\n' >s.scn
	start_sim --seed 2 --symbols 1 --tick 100ms --scenario s.scn
	live 14 --symbols SYM01 --stale 2s --backup "ibkr-feed -q --port $backup_port --symbols SYM01"
	kill "$backup_pid"
	[[ $(states) == *degraded*alive*eof ]]
	grep -q 'the backup takes over' out
	grep -q 'own data again, the backup rests' out
	[ "$(grep -c '"source":"backup"' out)" -ge 10 ]
	in_order
	# the command is gone with us
	sleep 0.5
	run pgrep -f "ibkr-feed -q --port $backup_port "
	[ -z "$output" ]
}

@test "nothing from anywhere: the values known last stand, and that is said" {
	printf 'at 1s: stale all\n' >s.scn
	start_sim --seed 2 --symbols 1 --tick 100ms --scenario s.scn
	live 6 --symbols SYM01 --stale 2s
	grep -q 'the values known last stand' out
}
