"""One-minute bars of trades with pandas: pandas_bars.py IN.csv OUT.csv"""
import sys

import pandas as pd

ticks = pd.read_csv(sys.argv[1], usecols=["ts", "sym", "price", "size"],
                    dtype={"sym": "category", "price": "float64", "size": "float64"})
ticks["ts"] = pd.to_datetime(ticks["ts"], format="%Y-%m-%dT%H:%M:%S.%fZ")
minute = ticks["ts"].dt.floor("min")
groups = ticks.groupby(["sym", minute], observed=True, sort=False)
bars = groups["price"].agg(["first", "max", "min", "last"])
bars["volume"] = groups["size"].sum()
bars = bars.reset_index()
bars["ts"] = bars["ts"].dt.strftime("%Y-%m-%dT%H:%M:00Z")
bars[["ts", "sym", "first", "max", "min", "last", "volume"]].to_csv(
    sys.argv[2], header=False, index=False)
