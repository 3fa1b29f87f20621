#!/usr/bin/env python3
"""torch_train.py THREADS SECONDS [PER]: images a second that torch takes to train the network of
bench/train.c: ResNet-20 with 1x1 shortcuts, 4 channels of 32x32, 9 classes, batches of 64, SGD
with momentum, channels_last. Prints the best and the median of runs of PER steps (10), of processor
time with one thread, of wall time with more. For the benchmark only; needs Debian's
python3-torch."""
import sys
import time

import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, cin, cout, stride):
        super().__init__()
        self.c1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.b1 = nn.BatchNorm2d(cout)
        self.c2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.b2 = nn.BatchNorm2d(cout)
        self.relu = nn.ReLU(inplace=True)
        self.skip = None
        if stride != 1 or cin != cout:
            self.skip = nn.Sequential(
                nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))

    def forward(self, x):
        y = self.b2(self.c2(self.relu(self.b1(self.c1(x)))))
        return self.relu(y + (self.skip(x) if self.skip else x))


def network():
    layers = [nn.Conv2d(4, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU(inplace=True)]
    width = 16
    for w in (16, 32, 64):
        for i in range(3):
            layers.append(Block(width, w, 2 if i == 0 and w != 16 else 1))
            width = w
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 9))


def main():
    threads, seconds = int(sys.argv[1]), float(sys.argv[2])
    per = int(sys.argv[3]) if len(sys.argv) > 3 else 10
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    net = network().to(memory_format=torch.channels_last)
    x = torch.randn(64, 4, 32, 32).to(memory_format=torch.channels_last)
    t = torch.randint(0, 9, (64,))
    how = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-4)
    loss_of = nn.CrossEntropyLoss()
    clock = time.process_time if threads == 1 else time.monotonic
    rates, start = [], time.monotonic()
    while time.monotonic() - start < seconds:
        begin = clock()
        for _ in range(per):
            how.zero_grad(set_to_none=True)
            loss = loss_of(net(x), t)
            loss.backward()
            how.step()
        rates.append(per * 64 / (clock() - begin))
    rates.sort()
    print(f"{rates[-1]:.0f} {rates[len(rates) // 2]:.0f} images/s (best, median of {len(rates)}), "
          f"{sum(p.numel() for p in net.parameters())} parameters, loss {loss.item():.4f}")


main()
