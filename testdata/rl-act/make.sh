#!/bin/sh
# The policies of the tests, made anew (from the top of the tree, the tools in PATH). They are small
# and learn little: what they are for is that rl-act does with them what rl-train evaluated.
set -e
data=testdata/daily/sp500_5y.csv.gz
train() {
	rl-train --seed 1 --hidden 16,16 --norm-obs --eval-episodes 1 "$@"
}
train -a ppo --steps 20000 -o testdata/rl-act/aapl.onnx \
    --pipeline "ibkr-feed --replay $data --symbols AAPL | feat-calc --only ret_5,rsi_14" \
    --env market,action=position,weight=0.5
train -a ppo --steps 20000 -o testdata/rl-act/each.onnx \
    --pipeline "ibkr-feed --replay $data --symbols AAPL,MSFT,XOM | feat-calc --only ret_5,rsi_14" \
    --env market,each=true,action=levels,steps=250,random-start=true,window=3
train -a ppo --steps 20000 -o testdata/rl-act/three.onnx \
    --pipeline "ibkr-feed --replay $data --symbols AAPL,MSFT,XOM | feat-calc --only ret_5" \
    --env market,action=weights,deadband=0.1
train -a ppo --net gru --steps 10000 -o testdata/rl-act/gru.onnx --hidden 8 \
    --pipeline "ibkr-feed --replay $data --symbols AAPL | feat-calc --only ret_5,rsi_14" \
    --env market,action=position,weight=0.5
