#!/usr/bin/env python3
"""toy.py SEED N NOISE: N labelled images of three shapes (up, down, wave) in noise, as records:
two channels, 8 points, factors of a GADF; the label of each is known two minutes later. What
made toy.ndjson.gz: toy.py 1 300 0.5 | gzip -n9"""
import base64
import json
import math
import random
import struct
import sys

SIZE = 8
SHAPES = {"up": lambda t: t, "down": lambda t: 1 - t, "wave": lambda t: math.cos(2 * math.pi * t)}


def time_of(minute):
    return "2024-01-%02dT%02d:%02d:00.000000000Z" % (
        1 + minute // 1440, minute // 60 % 24, minute % 60)


def channel(shape, noise, r):
    x = [2 * SHAPES[shape](t / (SIZE - 1)) + r.gauss(0, noise) for t in range(SIZE)]
    lo, hi = min(x), max(x)
    return [(v - lo) / (hi - lo) for v in x]


def main():
    r, n, noise = random.Random(int(sys.argv[1])), int(sys.argv[2]), float(sys.argv[3])
    for i in range(n):
        shape = r.choice(sorted(SHAPES))
        c = channel(shape, noise, r) + channel(shape, noise, r)
        s = [math.sqrt(max(0, 1 - v * v)) for v in c]
        print(json.dumps({
            "type": "image", "ts": time_of(i), "sym": "S%d" % (i % 5), "interval": "1m",
            "encoding": "gadf", "size": SIZE, "channels": ["open", "close"], "scale": "each",
            "window": SIZE, "range": "01",
            "factors": base64.b64encode(struct.pack("<%df" % (4 * SIZE), *c, *s)).decode(),
            "label": shape, "label_end": time_of(i + 2)}, separators=(",", ":")))


main()
