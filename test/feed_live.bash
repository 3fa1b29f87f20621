# shellcheck shell=bash disable=SC2154,SC2034 # bats sets status, output and stderr
# For the tests of the live feed against the simulated gateway:  load helper; load feed_live

TOOL=ibkr-feed
SCN=$ROOT/examples/scenarios
TICKS=$DATA/ticks/EURUSD.OANDA_2014-05-08.csv.gz

setup()
{
	tp_setup
	SIM_PID=
}

teardown()
{
	drop_sim
}

# stop_sim: it is gone, and its log whole
stop_sim()
{
	kill "$SIM_PID"
	wait "$SIM_PID" || :
	SIM_PID=
}

# live SECONDS ARGS...: the feed for so long, ended by SIGTERM; out, said
live()
{
	local s=$1
	shift
	timeout --preserve-status -s TERM "$s" ibkr-feed -q --port "$PORT" "$@" >out 2>said
}

# counts TYPE [FILE]
counts()
{
	grep -c "^{\"type\":\"$1\"" "${2:-out}" || :
}

# states: the status records, a word each
states()
{
	jq -r 'select(.type == "status") | .state' "${1:-out}" | xargs
}

# in_order: ts of trades and quotes never goes back, and no tick is before a watermark. Under a
# sanitizer the feed may sleep through a second; what its time had passed then must be marked.
in_order()
{
	local late='false'
	case ${TP_BUILD:-} in *san) late='(.dirty // "") == "time_backward"' ;; esac
	jq -r "select(.type != \"status\" and .type != \"bar\") | select($late | not) | .ts" "${1:-out}" >ts
	LC_ALL=C sort -c ts
}

# requests KIND: how many of them the gateway got
requests()
{
	grep '"dir":"in"' w.log | grep -c "\"kind\":\"$1\"" || :
}
