# shellcheck shell=bash disable=SC2034,SC2086,SC2154 # for bench/run.sh
# PPO at the settings of Stable-Baselines3 that were measured: its defaults, and its best. 21
# observations, 2 actions, two perceptrons of 64 x 64. Runs beside it where python3 has it; without,
# what it was measured to do on such a machine is told with its version.
job_rl()
{
	local r set steps=400000 t
	local -A how=(
		[defaults]='--envs 1 --n-steps 2048 --batch 64 --epochs 10'
		[best]='--envs 32 --n-steps 128 --batch 256 --epochs 4'
	)
	local peer=
	if $python -c 'import stable_baselines3' 2>/dev/null; then
		peer=stable-baselines3
	else
		say "no stable_baselines3 in $python: only its figures of an earlier day stand beside ours"
		echo "PPO, Stable-Baselines3 2.4.1, torch on 2 cores of an AMD EPYC, an earlier day: 2,173" \
			"steps/s at its defaults, 24,586 at its best" >>"$dir/notes"
	fi
	say "PPO, steps learned from"
	for ((r = 1; r <= runs; r++)); do
		for set in defaults best; do
			t=$(rl-train -v --env sine,seen=20 --steps $steps --eval-episodes 1 ${how[$set]} \
				--lr 0.0003 --schedule constant --gamma 0.99 --entropy 0 2>&1 >/dev/null |
				sed -nE 's/.* steps in ([0-9.]+) s, ([0-9.]+) s of CPU.*/\1 \2/p')
			printf 'PPO, %s\ttradepipe\t%d\t%.4f\t%.2f\t0\n' "$set" $steps $t
			[ -z "$peer" ] || $python bench/peers/sb3_ppo.py "$set" | awk -F'\t' -v s="$set" -v w="$peer" \
				'{ printf "PPO, %s\t%s\t%d\t%.4f\t%.2f\t0\n", s, w, $1, $2, $3 }'
		done
	done | tee -a "$dir/results" |
		awk -F'\t' '{ printf "  %-16s %-18s %8.0f steps/s, %8.0f a CPU-second\n", $1, $2, $3 / $4, $3 / $5 }'
}
