# shellcheck shell=bash disable=SC2154 # for bench/run.sh
# Training of ResNet-20 in memory beside torch's (Debian's python3-torch, about 1 GB: measured where it
# is there), with 1 and 2 threads, in turn.
job_train()
{
	local t r
	if ! $python -c 'import torch' 2>/dev/null; then
		say "training: no torch here (apt-get install python3-torch), so only ours is measured"
	fi
	{
		echo "training, ResNet-20, 4x32x32, batches of 64 (images/s: best, median; one thread by processor time):"
		for t in 1 2; do
			for ((r = 1; r <= runs; r++)); do
				echo "$t thread(s), tradepipe: $("$tools/train" $t 6 2)"
				if $python -c 'import torch' 2>/dev/null; then
					echo "$t thread(s), torch:     $($python bench/peers/torch_train.py $t 6 2)"
				fi
			done
		done
	} | tee -a "$dir/notes"
}
