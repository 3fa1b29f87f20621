#!/usr/bin/env python3
"""What rl-act's rules must want, worked out a second time in exact fractions.

    testdata/rl-act/reference.py momentum testdata/daily/sp500_5y.csv.gz >momentum_sp500.txt
    testdata/rl-act/reference.py breakout testdata/daily/sp500_5y.csv.gz AAPL >breakout_aapl.txt
    testdata/rl-act/reference.py mean-revert testdata/daily/sp500_5y.csv.gz AAPL >mean-revert_aapl.txt

Each line: date of the decision, symbol, weight or position. Standard library only.
"""
import csv
import datetime
import gzip
import sys
from fractions import Fraction as F


def rows_by_day(path, only=None):
    days = {}
    with gzip.open(path, "rt") as f:
        for r in csv.DictReader(f):
            if only is None or r["sym"] == only:
                days.setdefault(r["ts"], []).append(r)
    return sorted(days.items())


def known(day):  # a daily bar is known when its day is over
    return datetime.date.fromisoformat(day[:10]) + datetime.timedelta(days=1)


def momentum(path, lookback=252, skip=21, top=10, every=21):
    close, last, held, due = {}, {}, {}, 0
    for i, (day, rows) in enumerate(rows_by_day(path)):
        for r in rows:
            close.setdefault(r["sym"], []).append(F(r["close"]))
            last[r["sym"]] = i
        ready = [s for s in close if len(close[s]) > lookback and i - last[s] < 5]
        if i < due or (not ready and due == 0):
            continue
        ready.sort(key=lambda s: (-(close[s][-1 - skip] / close[s][-1 - lookback]), s))
        want = ready[:top]
        for s in sorted(s for s in held if s not in want):
            print(known(day), s, "0")
        for s in sorted((s for s in want if s in held), key=lambda s: (-(close[s][-1] / held[s]), s)):
            print(known(day), s, "0.098")
        for s in want:
            if s not in held:
                print(known(day), s, "0.098")
        held = {s: close[s][-1] for s in want}
        due = i + every


def breakout(path, sym, entry=20, leave=10):
    high, low, pos = [], [], 0
    for day, rows in rows_by_day(path, sym):
        c, was = F(rows[0]["close"]), pos
        if len(high) >= entry:
            if c > max(high[-entry:]):
                pos = 1
            elif c < min(low[-entry:]):
                pos = -1
            elif pos > 0 and c < min(low[-leave:]):
                pos = 0
            elif pos < 0 and c > max(high[-leave:]):
                pos = 0
        high.append(F(rows[0]["high"]))
        low.append(F(rows[0]["low"]))
        if pos != was:
            print(known(day), sym, pos)


def mean_revert(path, sym, window=20, entry=2, leave=F(1, 2)):
    close, pos = [], 0
    for day, rows in rows_by_day(path, sym):
        close.append(F(rows[0]["close"]))
        if len(close) < window:
            continue
        w, was = close[-window:], pos
        mean = sum(w) / window
        var = sum((c - mean) ** 2 for c in w) / window
        if var == 0:
            continue
        d = close[-1] - mean
        z2 = d * d / var * (1 if d >= 0 else -1)  # z squared, with z's sign
        if z2 < -entry * entry:
            pos = 1
        elif z2 > entry * entry:
            pos = -1
        elif (pos > 0 and z2 >= -leave * leave) or (pos < 0 and z2 <= leave * leave):
            pos = 0
        if pos != was:
            print(known(day), sym, pos)


if __name__ == "__main__":
    {"momentum": momentum, "breakout": breakout, "mean-revert": mean_revert}[sys.argv[1]](*sys.argv[2:])
