# shellcheck shell=bash disable=SC2154 # bench/run.sh sets tools
# Steps of the market environment on one core, by CPU time: ledger, costs, the risk gate's checks and
# the paper venue in each.
job_rl_env()
{
	say "market environment, one core"
	"$tools/rl_env" 2 examples/limits.json |
		awk -F'\t' '{ printf "  %-28s %s\n", $1, $4 }'
}
