#!/usr/bin/env python3
"""torch_chen_tsai.py SEED PER EPOCHS TRAIN[,TRAIN...] VALID IMAGES OUT [IMAGES OUT]...: the network of
Chen and Tsai (2020) on images of gaf-encode, beside ours. Two convolutions of 2x2 to 16 channels with
sigmoids, a dense layer of 128 with ReLU, nine classes; Adam at 0.001, batches of 64, the epoch of the
best validation accuracy. PER images a class to learn from (none twice as many, a fifth of that to
choose by), 0: all. Answers to the images of each file go to OUT as lines of: answer, likeliest
pattern, its probability. For the benchmark only; needs Debian's python3-torch."""
import base64
import json
import sys

import numpy as np
import torch
from torch import nn


def read(path):
    """Images (n, channels, size, size) and labels."""
    pixels, labels = [], []
    with open(path, encoding="ascii") as f:
        for line in f:
            r = json.loads(line)
            if r["type"] != "image":
                continue
            k, m = len(r["channels"]), r["size"]
            v = np.frombuffer(base64.b64decode(r["factors"]), dtype="<f4").reshape(2, k, m)
            c, s = v
            pixels.append(c[:, :, None] * c[:, None, :] - s[:, :, None] * s[:, None, :])
            labels.append(r["label"])
    return torch.from_numpy(np.stack(pixels)), labels


def take(x, labels, per, rng):
    """PER of each class, at random; none twice."""
    if not per:
        return x, labels
    chosen = []
    for name in sorted(set(labels)):
        at = rng.permutation([i for i, l in enumerate(labels) if l == name])
        chosen += list(at[: per * (2 if name == "none" else 1)])
    return x[chosen], [labels[i] for i in chosen]


class Same(nn.Module):
    """A convolution of 2x2 whose output is as large as its input, padded behind as Keras does."""

    def __init__(self, cin, cout):
        super().__init__()
        self.conv = nn.Conv2d(cin, cout, 2)

    def forward(self, x):
        return torch.sigmoid(self.conv(nn.functional.pad(x, (0, 1, 0, 1))))


def main():
    seed, per, epochs = (int(a) for a in sys.argv[1:4])
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    rng = np.random.RandomState(seed)
    parts = [read(p) for p in sys.argv[4].split(",")]
    x, labels = take(torch.cat([p[0] for p in parts]), sum((p[1] for p in parts), []), per, rng)
    vx, vlabels = take(*read(sys.argv[5]), per // 5, rng)
    names = sorted(set(labels))
    of = {n: i for i, n in enumerate(names)}
    t = torch.tensor([of[l] for l in labels])
    vt = torch.tensor([of[l] for l in vlabels])
    channels, size = x.shape[1], x.shape[2]
    net = nn.Sequential(Same(channels, 16), Same(16, 16), nn.Flatten(),
                        nn.Linear(16 * size * size, 128), nn.ReLU(), nn.Linear(128, len(names)))
    how = torch.optim.Adam(net.parameters(), lr=1e-3)
    loss_of = nn.CrossEntropyLoss()

    def answer(images):
        with torch.no_grad():
            return torch.cat([torch.softmax(net(images[i:i + 512]), 1)
                              for i in range(0, len(images), 512)])

    best, kept = -1.0, None
    for _ in range(epochs):
        order = torch.randperm(len(x))
        for i in range(0, len(x), 64):
            b = order[i:i + 64]
            how.zero_grad(set_to_none=True)
            loss_of(net(x[b]), t[b]).backward()
            how.step()
        got = (answer(vx).argmax(1) == vt).float().mean().item()
        if got > best:
            best, kept = got, {k: v.clone() for k, v in net.state_dict().items()}
    net.load_state_dict(kept)
    print(f"torch: {len(x)} images, {len(vx)} to choose by: {best:.4f}", file=sys.stderr)
    none = of["none"]
    for images, out in zip(sys.argv[6::2], sys.argv[7::2]):
        p = answer(read(images)[0])
        pattern = p.clone()
        pattern[:, none] = -1
        with open(out, "w", encoding="ascii") as f:
            for a, b, s in zip(p.argmax(1), pattern.argmax(1), pattern.max(1).values):
                f.write(f"{names[a]}\t{names[b]}\t{s:.6f}\n")


main()
