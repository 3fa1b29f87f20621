load helper

onnx_data=/usr/share/libonnx-testdata/data

need_onnx_data()
{
	[ -d "$onnx_data" ] || skip "libonnx-testdata is not installed"
}

@test "onnxruntime's outputs, within 1e-5" {
	for m in mlp gru conv; do
		run -0 onnx-run "$DATA/onnx-run/$m.onnx" --check "$DATA/onnx-run/$m" --rel 1e-5 --abs 1e-6
		[ "$output" = "1 of 1 cases agree" ]
	done
	run -0 onnx-run --check "$DATA/onnx-run/lstm" --rel 1e-5 --abs 1e-6
	run -0 onnx-run --plain "$DATA/onnx-run/conv.onnx" --check "$DATA/onnx-run/conv" --rel 1e-5
	run -0 onnx-run --direct -t 2 "$DATA/onnx-run/conv.onnx" --check "$DATA/onnx-run/conv" --rel 1e-5
	run -6 onnx-run --perturb --check "$DATA/onnx-run/lstm"
	[[ $output == *'"y" at '*', expected '* ]]
}

@test "all 531 cases of the conformance list agree, and none once perturbed" {
	need_onnx_data
	cd "$onnx_data"
	mapfile -t cases < <(grep -v '^#' "$DATA/onnx-run/cases.txt")
	[ "${#cases[@]}" = 531 ]
	run -0 onnx-run --check "${cases[@]}"
	[ "$output" = "531 of 531 cases agree" ]
	run -0 onnx-run --plain --check "${cases[@]}"
	run -6 onnx-run -q --perturb --check "${cases[@]}"
	[ "$output" = "0 of 531 cases agree, 531 differ" ]
}

@test "of all cases none crashes; what is not supported is named" {
	need_onnx_data
	cd "$onnx_data"
	run -6 onnx-run --check {node,pytorch-converted,pytorch-operator,simple}/*
	echo "# ${lines[-1]}" >&3
	[[ ${lines[-1]} =~ ^([0-9]+)' of 1072 cases agree' ]]
	[ "${BASH_REMATCH[1]}" -ge 729 ]
	[[ $output == *"node/test_resize_"*": not run: node 0 (): operator Resize is not supported"* ]]
}

@test "lines in, lines out; a model that keeps running" {
	sed -n 1p >one <<-'END'
		{"data":[[0.6206161975860596,-0.7807426452636719,0.5299339294433594,1.9835243225097656]]}
	END
	run -0 --separate-stderr stdin_is one onnx-run "$DATA/onnx-run/mlp.onnx"
	[[ $output == '{"name":"p","type":"float32","shape":[1,3],"data":[0.280373'*,0.396376*,0.323249*']}' ]]
	cat one one one >three
	run -0 stdin_is three onnx-run "$DATA/onnx-run/mlp.onnx"
	[ "${#lines[@]}" = 3 ]
	[ "${lines[0]}" = "${lines[2]}" ]
	# another batch size with the next line
	{ cat one; echo '{"name":"obs","shape":[2,4],"data":[0,0,0,0,1,1,1,1]}'; } >two
	run -0 stdin_is two onnx-run "$DATA/onnx-run/mlp.onnx"
	[[ ${lines[1]} == *'"shape":[2,3]'* ]]
}

@test "empty input gives empty output" {
	run -0 --separate-stderr stdin_is /dev/null onnx-run "$DATA/onnx-run/mlp.onnx"
	[ -z "$output" ]
	[ -z "$stderr" ]
}

@test "the first lines give the first outputs, in any pieces" {
	for i in 1 2 3 4 5 6; do echo "{\"data\":[[$i,0.5,-$i,2]]}"; done >in
	onnx-run "$DATA/onnx-run/mlp.onnx" <in >all
	head -3 in | onnx-run "$DATA/onnx-run/mlp.onnx" >some
	head -3 all >want
	same want some
	in_pieces in | onnx-run "$DATA/onnx-run/mlp.onnx" >pieces
	same all pieces
}

@test "an answer comes before the next line is there" {
	mkfifo ask
	onnx-run "$DATA/onnx-run/mlp.onnx" <ask >answers &
	pid=$!
	exec 9>ask
	echo '{"data":[[1,2,3,4]]}' >&9
	for _ in {1..200}; do [ -s answers ] && break; sleep 0.02; done
	[ "$(wc -l <answers)" = 1 ]
	exec 9>&-
	wait "$pid"
}

@test ".npy, .pb and lines hold the same" {
	m=$DATA/onnx-run/mlp.onnx
	onnx-run -i "$DATA/onnx-run/mlp/test_data_set_0/input_0.pb" "$m" >a
	onnx-run -i "obs=$DATA/onnx-run/mlp/test_data_set_0/input_0.pb" -o p=out.npy "$m"
	onnx-run -i "$DATA/onnx-run/mlp/test_data_set_0/input_0.pb" -o out.pb "$m"
	onnx-run -i "$DATA/onnx-run/mlp/test_data_set_0/input_0.pb" -o out.ndjson "$m"
	same a out.ndjson
	[ "$(head -c 6 out.npy | tail -c 5)" = NUMPY ]
	[ "$(wc -c <out.npy)" = $((128 + 3 * 3 * 4)) ]
	# values in the files: the last 36 bytes
	same <(tail -c 36 out.npy) <(tail -c 36 out.pb)
	# an input from .npy
	onnx-run -r 7 -o x.npy "$DATA/onnx-run/mlp.onnx" -b 4
	run -3 onnx-run -i x.npy "$m"
	[[ $output == *'input "obs" is [4,3] where the model takes [?,4]'* ]]
}

@test "--info: what is in a model" {
	run -0 onnx-run --info "$DATA/onnx-run/mlp.onnx"
	[ "${lines[1]}" = "sha256 $(sha256sum <"$DATA/onnx-run/mlp.onnx" | cut -d' ' -f1)" ]
	[[ $output == *"input obs float32[N,4]"* ]]
	[[ $output == *"403 parameters"* ]]
	[[ $output == *"6 nodes (Gemm 3, Softmax 1, Tanh 2)"* ]]
	[[ $output == *"368 multiply-adds"* ]]
	[[ $output == *'metadata tradepipe.card = {"inputs":"four numbers"}'* ]]
}

@test "--profile: every node and the whole; the same seed, the same numbers" {
	run -0 onnx-run -r 1 -n 20 -b 2 --profile "$DATA/onnx-run/mlp.onnx"
	[[ ${lines[1]} == *Gemm*fc1*"[2,16]"* ]]
	[[ ${lines[-1]} == "20 runs: "*" us at best, "*" median, "* ]]
	[ "$(onnx-run -r 3 "$DATA/onnx-run/gru.onnx")" = "$(onnx-run -r 3 -n 5 "$DATA/onnx-run/gru.onnx")" ]
	run -0 onnx-run -r 1 --shape 'image=5,2,8,8' "$DATA/onnx-run/conv.onnx"
	[[ $output == *'"shape":[5,3]'* ]]
}

@test "bad models and tensors are told, with exit 3" {
	head -c 700 "$DATA/onnx-run/gru.onnx" >cut.onnx
	run -3 --separate-stderr onnx-run --info cut.onnx
	[[ $stderr == "onnx-run: cut.onnx: not read: it is cut off or damaged" ]]
	: >none.onnx
	run -3 onnx-run --info none.onnx
	run -4 onnx-run --info no-such.onnx
	run -4 onnx-run --info .
	printf '%s\n' '{"data":[[1,2,3,4]]}' '{"data":[[1,2,3]]}' >bad
	run -3 --separate-stderr stdin_is bad onnx-run "$DATA/onnx-run/mlp.onnx"
	[[ $stderr == "onnx-run: line 2: "*'[1,3] where the model takes [?,4]'* ]]
	[ "$(wc -l <<<"$output")" = 1 ]
	echo '{"name":"x","data":[1]}' >bad
	run -3 stdin_is bad onnx-run "$DATA/onnx-run/mlp.onnx"
	[[ $output == *'line 1: the model has no input "x"'* ]]
	echo '{"data":[1,2' >bad
	run -3 stdin_is bad onnx-run "$DATA/onnx-run/mlp.onnx"
	run -3 onnx-run -r 1 -b 1000000 --memory 1 "$DATA/onnx-run/conv.onnx"
}

@test "wrong command lines" {
	check_bad_option "$DATA/onnx-run/mlp.onnx"
	run -2 onnx-run
	run -2 onnx-run --check "$DATA/onnx-run/mlp.onnx"
	run -2 onnx-run "$DATA/onnx-run/mlp.onnx" "$DATA/onnx-run/gru.onnx"
	run -2 onnx-run -r 1 --shape 'obs=2,x' "$DATA/onnx-run/mlp.onnx"
	x=$DATA/onnx-run/mlp/test_data_set_0/input_0.pb
	run -2 onnx-run -i "$x" -i "$x" "$DATA/onnx-run/mlp.onnx"
	run -2 --separate-stderr onnx-run -r 1 -o foo=x.npy "$DATA/onnx-run/mlp.onnx"
	[[ $stderr == *"--output foo=x.npy: no such output; the model has 1: p" ]]
	run -2 --separate-stderr onnx-run -i "foo=$x" "$DATA/onnx-run/mlp.onnx"
	[[ $stderr == *"no such input; the model has 1: obs" ]]
	[ ! -e foo=x.npy ] && [ ! -e x.npy ]
	# with a slash it is a path
	onnx-run -r 1 -o ./foo=x.npy "$DATA/onnx-run/mlp.onnx"
	[ -s foo=x.npy ]
}

@test "a full disk, a reader that leaves" {
	for _ in {1..3000}; do echo '{"data":[[1,2,3,4]]}'; done >in
	check_dev_full in "$DATA/onnx-run/mlp.onnx"
	check_reader_leaves in "$DATA/onnx-run/mlp.onnx"
}

@test "the man page has every option; no part of a pipeline" {
	check_man_options
	run -2 stdin_is /dev/null pipe-run "onnx-run $DATA/onnx-run/mlp.onnx"
}
