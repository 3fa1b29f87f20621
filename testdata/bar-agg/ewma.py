#!/usr/bin/env python3
"""Adaptive imbalance and runs bars of ticks_400.csv, written from the formulas of the book (Lopez de
Prado 2018, 2.3.2) and the limits that bar-agg(1) states, apart from the C code. Writes ewma.csv:
kind,unit,last ts_ms of each bar."""
import csv
import os

here = os.path.dirname(os.path.abspath(__file__))
ticks = [(r["ts_ms"], float(r["price"]), float(r["size"]), int(r["aggressor"]))
         for r in csv.DictReader(open(os.path.join(here, "ticks_400.csv")))]
SPAN, TICKS = 5, 20


def ewma(old, new):
    return new if old is None else old + 2 / (SPAN + 1) * (new - old)


def bars(kind, unit):
    et = ebv = p = vb = vs = None
    bar = []
    for ts, price, size, b in ticks:
        bar.append((b, {"tick": 1.0, "volume": size, "value": price * size}[unit]))
        buys = [v for s, v in bar if s > 0]
        sells = [v for s, v in bar if s < 0]
        if et is None:
            done = len(bar) >= TICKS
        elif len(bar) < TICKS // 10:
            done = False
        elif kind == "imbalance":
            done = abs(sum(s * v for s, v in bar)) >= et * abs(ebv)
        else:
            done = max(sum(buys), sum(sells)) >= et * max(p * (vb or 0), (1 - p) * (vs or 0))
        if not done:
            continue
        et = min(max(ewma(et, len(bar)), TICKS / 10), TICKS * 10)
        ebv = ewma(ebv, sum(s * v for s, v in bar) / len(bar))
        p = ewma(p, len(buys) / len(bar))
        if buys:
            vb = ewma(vb, sum(buys) / len(buys))
        if sells:
            vs = ewma(vs, sum(sells) / len(sells))
        bar = []
        yield ts


with open(os.path.join(here, "ewma.csv"), "w") as out:
    out.write("kind,unit,ts_ms\n")
    for kind in "imbalance", "runs":
        for unit in "tick", "volume", "value":
            for ts in bars(kind, unit):
                out.write(f"{kind},{unit},{ts}\n")
