#!/usr/bin/env python3
"""pandas_alpha158.py BARS: qlib's Alpha158 of a random walk with pandas, as qlib computes it
(rolling means, quantiles and ranks in C, IdxMax and IdxMin by apply; slopes by rolling
covariance with time). Prints "alpha158<tab>columns<tab>bars<tab>CPU seconds". For the benchmark
only."""
import sys
import time

import numpy as np
import pandas as pd

EPS = 1e-12


def window(out, b, d):
    o, h, l, c, v, t = (b[k] for k in ("open", "high", "low", "close", "volume", "t"))
    prev, up, vprev = c.shift(1), c.diff(), v.shift(1)
    r = c.rolling(d)
    out[f"roc{d}"] = c.shift(d) / c
    out[f"ma{d}"] = r.mean() / c
    out[f"std{d}"] = r.std() / c
    tt = d * (d * d - 1) / 12 / (d - 1)
    slope = r.cov(t) / tt
    out[f"beta{d}"] = slope / c
    out[f"rsqr{d}"] = r.corr(t) ** 2
    out[f"resi{d}"] = (c - r.mean() - slope * (d - 1) / 2) / c
    hi, lo = h.rolling(d).max(), l.rolling(d).min()
    out[f"max{d}"], out[f"min{d}"] = hi / c, lo / c
    out[f"qtlu{d}"], out[f"qtld{d}"] = r.quantile(0.8) / c, r.quantile(0.2) / c
    out[f"rank{d}"] = r.rank(pct=True)
    out[f"rsv{d}"] = (c - lo) / (hi - lo + EPS)
    imax = h.rolling(d).apply(lambda x: x.argmax() + 1, raw=True)
    imin = l.rolling(d).apply(lambda x: x.argmin() + 1, raw=True)
    out[f"imax{d}"], out[f"imin{d}"], out[f"imxd{d}"] = imax / d, imin / d, (imax - imin) / d
    out[f"corr{d}"] = r.corr(np.log(v + 1))
    out[f"cord{d}"] = (c / prev).rolling(d).corr(np.log(v / vprev + 1))
    p, n = (c > prev).rolling(d).mean(), (c < prev).rolling(d).mean()
    out[f"cntp{d}"], out[f"cntn{d}"], out[f"cntd{d}"] = p, n, p - n
    for name, x in (("sum", up), ("vsum", v.diff())):
        rise, fall = x.clip(lower=0).rolling(d).sum(), (-x).clip(lower=0).rolling(d).sum()
        both = x.abs().rolling(d).sum() + EPS
        out[f"{name}p{d}"], out[f"{name}n{d}"] = rise / both, fall / both
        out[f"{name}d{d}"] = (rise - fall) / both
    out[f"vma{d}"] = v.rolling(d).mean() / (v + EPS)
    out[f"vstd{d}"] = v.rolling(d).std() / (v + EPS)
    moved = ((c / prev - 1).abs() * v).rolling(d)
    out[f"wvma{d}"] = moved.std() / (moved.mean() + EPS)


def alpha158(b):
    o, h, l, c = (b[k] for k in ("open", "high", "low", "close"))
    top, bottom, span = np.maximum(o, c), np.minimum(o, c), h - l + EPS
    out = {"kmid": (c - o) / o, "klen": (h - l) / o, "kmid2": (c - o) / span,
           "kup": (h - top) / o, "kup2": (h - top) / span, "klow": (bottom - l) / o,
           "klow2": (bottom - l) / span, "ksft": (2 * c - h - l) / o,
           "ksft2": (2 * c - h - l) / span, "open0": o / c, "high0": h / c, "low0": l / c,
           "vwap0": b["vwap"] / c}
    for d in (5, 10, 20, 30, 60):
        window(out, b, d)
    return pd.DataFrame(out)


def main():
    n = int(sys.argv[1])
    rng = np.random.RandomState(1)
    c = pd.Series(100 * np.exp(np.cumsum(0.0004 * rng.standard_normal(n))))
    o = c.shift(1).fillna(100)
    span = np.exp(0.0004 * np.abs(rng.standard_normal(n)))
    b = {"open": o, "close": c, "high": np.maximum(o, c) * span, "low": np.minimum(o, c) / span,
         "volume": pd.Series(rng.randint(1, 10000, n).astype(float)),
         "t": pd.Series(np.arange(n, dtype=float))}
    b["vwap"] = (b["high"] + b["low"] + c) / 3
    start = time.process_time()
    out = alpha158(b)
    took = time.process_time() - start
    assert np.isfinite(out.iloc[-1]).all()
    print(f"alpha158\t{out.shape[1]}\t{n}\t{took:.4f}")


main()
