"""Answers to lesson 11, written from its page alone after its replies."""

import math
from fractions import Fraction

import numpy as np
import torch
from torch import nn

from tests.support.answers import right, wrong

right("11.1", 16 * 6 * 6)
right("11.1", torch.zeros(16, 6, 6).flatten().shape[0])
wrong("11.1", "the size of the page, for 28×28", 400)
wrong("11.1", "the channels are left out", 6 * 6)
wrong("11.1", "the 6 channels of the first convolution", 6 * 6 * 6)
wrong("11.1", "padding 2 in the second convolution, too", 16 * 8 * 8)
wrong("11.1", "the shape instead of the product", (16, 6, 6))

right("11.2", sum([6 * 10, 16 * 55, 120 * 577, 84 * 121, 10 * 85]))
right("11.2", np.array([60, 880, 69240, 10164, 850], dtype=float).sum())
wrong("11.2", "the first dense layer still has 400 inputs", 60 + 880 + 120 * 401 + 10164 + 850)
wrong("11.2", "weights only, no biases", 54 + 16 * 54 + 120 * 576 + 120 * 84 + 840)
wrong("11.2", "the second kernel has one channel", 60 + 16 * 10 + 69240 + 10164 + 850)
wrong("11.2", "padding 1 in the second convolution, too", 60 + 880 + 120 * 785 + 10164 + 850)
wrong("11.2", "the convolutions only", 60 + 880)


@right("11.3")
def _(channels, size, layers):
    for kind, *numbers in layers:
        if kind == "conv":
            channels, k, p = numbers
            size = size + 2 * p - k + 1
        else:
            size //= numbers[0]
    return channels * size**2


@right("11.3")
def _(c, n, layers):
    X = torch.zeros(1, c, n, n)
    for layer in layers:
        if layer[0] == "conv":
            _, c_o, k, p = layer
            module = nn.Conv2d(X.shape[1], c_o, k, padding=p)
        else:
            module = nn.AvgPool2d(layer[1], stride=layer[1])
        X = module(X).detach()
    return np.int64(X.numel())


@wrong("11.3", "windows that don't fit are rounded up")
def _(channels, size, layers):
    for layer in layers:
        if layer[0] == "conv":
            channels, size = layer[1], size + 2 * layer[3] - layer[2] + 1
        else:
            size = math.ceil(size / layer[1])
    return channels * size * size


@wrong("11.3", "the padding is counted once")
def _(channels, size, layers):
    for layer in layers:
        if layer[0] == "conv":
            channels, size = layer[1], size + layer[3] - layer[2] + 1
        else:
            size = size // layer[1]
    return channels * size * size


@wrong("11.3", "multiplies the channels by the side, not by its square")
def _(channels, size, layers):
    for layer in layers:
        if layer[0] == "conv":
            channels, size = layer[1], size + 2 * layer[3] - layer[2] + 1
        else:
            size = size // layer[1]
    return channels * size


@wrong("11.3", "empties the list with pop")
def _(channels, size, layers):
    while layers:
        layer = layers.pop(0)
        if layer[0] == "conv":
            channels, size = layer[1], size + 2 * layer[3] - layer[2] + 1
        else:
            size = size // layer[1]
    return channels * size * size


@wrong("11.3", "every pooling layer halves the side")
def _(channels, size, layers):
    for layer in layers:
        if layer[0] == "conv":
            channels, size = layer[1], size + 2 * layer[3] - layer[2] + 1
        else:
            size = size // 2
    return channels * size * size


@right("11.4")
def _(batches):
    correct = seen = 0
    for y_hat, y in batches:
        correct += (y_hat.argmax(dim=1) == y).sum().item()
        seen += len(y)
    return correct / seen


@right("11.4")
def _(pairs):
    logits, labels = (torch.cat(parts) for parts in zip(*pairs, strict=True))
    return (logits.argmax(axis=1) == labels).float().mean()


@wrong("11.4", "every batch counts as many examples as the first")
def _(batches):
    correct = sum((y_hat.argmax(dim=1) == y).sum().item() for y_hat, y in batches)
    return correct / (len(batches) * len(batches[0][1]))


@wrong("11.4", "leaves the last, smaller batch out")
def _(batches):
    full = [pair for pair in batches if len(pair[1]) == len(batches[0][1])]
    means = [(y_hat.argmax(dim=1) == y).float().mean().item() for y_hat, y in full]
    return sum(means) / len(means)


@wrong("11.4", "returns the count of correct predictions")
def _(batches):
    return sum((y_hat.argmax(dim=1) == y).sum().item() for y_hat, y in batches)


@wrong("11.4", "returns a percentage")
def _(batches):
    correct = sum((y_hat.argmax(dim=1) == y).sum().item() for y_hat, y in batches)
    return 100 * correct / sum(len(y) for _, y in batches)


@wrong("11.4", "divides by the number of logits")
def _(batches):
    correct = sum((y_hat.argmax(dim=1) == y).sum().item() for y_hat, y in batches)
    return correct / sum(y_hat.numel() for y_hat, _ in batches)


right("11.5", -math.log(Fraction(1, 100)))
right("11.5", torch.tensor(4.61))
wrong("11.5", "the value for ten classes", 2.30)
wrong("11.5", "the logarithm to base 10", math.log10(100))
wrong("11.5", "the logarithm to base 2", math.log2(100))
wrong("11.5", "the minus sign is missing", math.log(1 / 100))
wrong("11.5", "the probability instead of the loss", 1 / 100)

right("11.6", {"lr": 0.003, "optimizer": torch.optim.Adam})
right("11.6", dict(optimizer=torch.optim.NAdam, lr=0.003))
wrong("11.6", "the optimizer's name as text", {"lr": 0.003, "optimizer": "Adam"})
wrong("11.6", "trains for more epochs than one", {"lr": 0.001, "num_epochs": 10})
