"""Answers to the exercises of lesson 11, written from its page alone."""

import functools
import math
from fractions import Fraction

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from d2l_helpers import lenet
from d2l_helpers.training import accuracy
from tests.support.answers import right, wrong

# 11.1
right("11.1", 576)
right("11.1", 16 * 6 * 6)
right("11.1", 576.0)
right("11.1", torch.tensor(576))
right("11.1", np.int64(16 * 6**2))
right("11.1", torch.zeros(1, 16, 6, 6).numel())
right("11.1", nn.Sequential(*lenet()[:7])(torch.zeros(1, 1, 32, 32)).shape[1])
right("11.1", Fraction(576))
wrong("11.1", "the number for 28×28, or the first convolution's padding forgotten", 400)
wrong("11.1", "one channel only, forgets the 16", 36)
wrong("11.1", "takes the 6 channels of the first convolution", 6 * 6 * 6)
wrong("11.1", "gives the second convolution the padding too: 16 → 16 → 8", 16 * 8 * 8)
wrong("11.1", "forgets the last pooling", 16 * 12 * 12)
wrong("11.1", "forgets the + 1 in the second convolution: 16 − 5 = 11, then 5.5", 16 * 5.5**2)
wrong("11.1", "the padding forgotten and the channels, too: 5·5", 25)
wrong("11.1", "the side only", 6)
wrong("11.1", "side times channels instead of area times channels", 96)
wrong("11.1", "the shape instead of the number", (16, 6, 6))
wrong("11.1", "adds the 4 pixels to the old side of 5: (5 + 4)²·16", 16 * 81)
wrong("11.1", "scales 400 by (32/28)²", 400 * (32 / 28) ** 2)
wrong("11.1", "outputs of the next dense layer", 120)
wrong("11.1", "no idea: the number of pixels on the page", 784)
wrong("11.1", "a calculation as text", "16*6*6 = 576 values")


# 11.2
def _modified(hidden_inputs=576, bias=True):
    sizes = [(1, 6, 3, 1), (6, 16, 3, 0)]
    convs = [nn.Conv2d(a, b, k, padding=p, bias=bias) for a, b, k, p in sizes]
    return [*convs, nn.Linear(hidden_inputs, 120, bias=bias), nn.Linear(120, 84, bias=bias), nn.Linear(84, 10, bias=bias)]


right("11.2", 81194)
right("11.2", 81_194.0)
right("11.2", 6 * (9 + 1) + 16 * (6 * 9 + 1) + 120 * (16 * 36 + 1) + 84 * 121 + 10 * 85)
right("11.2", sum(p.numel() for layer in _modified() for p in layer.parameters()))
right("11.2", np.sum([60, 880, 69_240, 10_164, 850]))
right("11.2", torch.tensor([60, 880, 69_240, 10_164, 850]).sum())
wrong("11.2", "the unchanged network's number", 61_706)
wrong("11.2", "doesn't resize the first dense layer", 60 + 880 + 120 * 401 + 10_164 + 850)
wrong("11.2", "forgets all biases", 54 + 864 + 69_120 + 10_080 + 840)
wrong("11.2", "forgets the biases of the convolutions", 54 + 864 + 69_240 + 10_164 + 850)
wrong("11.2", "forgets the biases of the dense layers", 60 + 880 + 69_120 + 10_080 + 840)
wrong("11.2", "forgets the input channels of the second convolution", 60 + 16 * 10 + 69_240 + 10_164 + 850)
wrong("11.2", "a bias for each kernel channel: 16·6·(9 + 1)", 60 + 960 + 69_240 + 10_164 + 850)
wrong("11.2", "padding 1 in the second convolution, too: 14 → 14 → 7", 60 + 880 + 120 * 785 + 10_164 + 850)
wrong("11.2", "forgets the last pooling: 16·12·12 inputs", 60 + 880 + 120 * 2305 + 10_164 + 850)
wrong("11.2", "the convolutions only", 940)
wrong("11.2", "the first dense layer only", 69_240)
wrong("11.2", "what flatten outputs instead of the parameters", 576)
wrong("11.2", "3 weights in place of 9 for each kernel", 6 * 4 + 16 * 19 + 69_240 + 10_164 + 850)
wrong("11.2", "forgets the last dense layer", 60 + 880 + 69_240 + 10_164)
wrong("11.2", "in thousands", 81.194)
wrong("11.2", "no idea", 1000)


# 11.3
@right("11.3")
def _(channels, size, layers):
    for kind, *rest in layers:
        if kind == "conv":
            channels, k, p = rest
            size = size + 2 * p - k + 1
        else:
            size //= rest[0]
    return channels * size * size


@right("11.3")
def _(channels, size, layers):
    X = torch.zeros(1, channels, size, size)
    for layer in layers:
        if layer[0] == "conv":
            X = nn.Conv2d(X.shape[1], *layer[1:3], padding=layer[3])(X)
        else:
            X = nn.MaxPool2d(layer[1])(X)
    return X.flatten().shape[0]


@right("11.3")
def recursive(c, n, layers=()):
    if not layers:
        return c * n**2
    (kind, *args), *others = layers
    if kind == "pool":
        return recursive(c, n // args[0], others)
    return recursive(args[0], n + 2 * args[2] - args[1] + 1, others)


@right("11.3")
def _(channels, size, layers):
    def step(state, layer):
        match layer:
            case ("conv", c, k, p):
                return c, state[1] + 2 * p - k + 1
            case ("pool", k):
                return state[0], (state[1] - k) // k + 1

    c, n = functools.reduce(step, layers, (channels, size))
    return float(c * n * n)


class _Features:
    def __call__(self, channels, size, layers):
        side = np.array([size, size])
        for layer in layers:
            if layer[0] == "pool":
                side = np.floor(side / layer[1])
            else:
                channels, side = layer[1], side + 2 * layer[3] - layer[2] + 1
        return np.int64(channels * side.prod())


right("11.3", _Features())


@right("11.3")
def _(channels, size, layers):
    net = nn.Sequential()
    for kind, *args in layers:
        net.append(nn.LazyConv2d(args[0], args[1], padding=args[2]) if kind == "conv" else nn.AvgPool2d(*args))
    return torch.tensor(net(torch.zeros(1, channels, size, size)).numel())


def _count(channels, size, layers, conv=lambda n, k, p: n + 2 * p - k + 1, pool=lambda n, k: n // k):
    for layer in layers:
        if layer[0] == "conv":
            channels, size = layer[1], conv(size, layer[2], layer[3])
        else:
            size = pool(size, layer[1])
    return channels * size * size


right("11.3", functools.partial(_count, pool=lambda n, k: len(range(0, n - k + 1, k))))
wrong("11.3", "forgets the + 1", functools.partial(_count, conv=lambda n, k, p: n + 2 * p - k))
wrong("11.3", "padding counted once", functools.partial(_count, conv=lambda n, k, p: n + p - k + 1))
wrong("11.3", "ignores the padding", functools.partial(_count, conv=lambda n, k, p: n - k + 1))
wrong("11.3", "padding always keeps the size", functools.partial(_count, conv=lambda n, k, p: n if p else n - k + 1))
wrong("11.3", "a window that doesn't fit is counted", functools.partial(_count, pool=lambda n, k: math.ceil(n / k)))
wrong("11.3", "pooling isn't floored", functools.partial(_count, pool=lambda n, k: n / k))
wrong("11.3", "pooling halves whatever the window", functools.partial(_count, pool=lambda n, k: n // 2))
wrong("11.3", "pooling with stride 1", functools.partial(_count, pool=lambda n, k: n - k + 1))
wrong("11.3", "swaps kernel size and padding", functools.partial(_count, conv=lambda n, p, k: n + 2 * p - k + 1))
wrong("11.3", "adds the padding twice on each side", functools.partial(_count, conv=lambda n, k, p: n + 4 * p - k + 1))
wrong("11.3", "rounds the pooled side to the nearest", functools.partial(_count, pool=lambda n, k: round(n / k)))


@wrong("11.3", "returns the side times the channels, not the area")
def _(channels, size, layers):
    for layer in layers:
        if layer[0] == "conv":
            channels, size = layer[1], size + 2 * layer[3] - layer[2] + 1
        else:
            size //= layer[1]
    return channels * size


@wrong("11.3", "multiplies by the input's channels instead of the last convolution's")
def _(channels, size, layers):
    n = size
    for layer in layers:
        n = n + 2 * layer[3] - layer[2] + 1 if layer[0] == "conv" else n // layer[1]
    return channels * n * n


@wrong("11.3", "multiplies the channels of all convolutions")
def _(channels, size, layers):
    for layer in layers:
        if layer[0] == "conv":
            channels *= layer[1]
            size += 2 * layer[3] - layer[2] + 1
        else:
            size //= layer[1]
    return channels * size**2


@wrong("11.3", "starts with no channels, so a list without a convolution gives 1 channel")
def _(channels, size, layers):
    c = 1
    for layer in layers:
        if layer[0] == "conv":
            c, size = layer[1], size + 2 * layer[3] - layer[2] + 1
        else:
            size //= layer[1]
    return c * size * size


@wrong("11.3", "prints in place of return")
def _(channels, size, layers):
    print(_count(channels, size, layers))


@wrong("11.3", "returns inside the loop, after the first layer")
def _(channels, size, layers):
    for layer in layers:
        if layer[0] == "conv":
            channels, size = layer[1], size + 2 * layer[3] - layer[2] + 1
        else:
            size //= layer[1]
        return channels * size * size


@wrong("11.3", "hard-coded to LeNet")
def _(channels, size, layers):
    return 400


@wrong("11.3", "hard-coded to LeNet's layers, whatever the list says")
def _(channels, size, layers):
    return 16 * (((size + 4 - 5 + 1) // 2 - 4) // 2) ** 2


@wrong("11.3", "returns the shape")
def _(channels, size, layers):
    for layer in layers:
        if layer[0] == "conv":
            channels, size = layer[1], size + 2 * layer[3] - layer[2] + 1
        else:
            size //= layer[1]
    return channels, size, size


@wrong("11.3", "empties the list that was passed in, so a second call is wrong")
def _(channels, size, layers):
    while layers:
        layer = layers.pop(0)
        if layer[0] == "conv":
            channels, size = layer[1], size + 2 * layer[3] - layer[2] + 1
        else:
            size //= layer[1]
    return channels * size * size


@right("11.3")  # rounding down once, at the end, is enough while the convolutions have stride 1
def _(channels, size, layers):
    size = functools.reduce(lambda n, x: n + 2 * x[3] - x[2] + 1 if x[0] == "conv" else n / x[1], layers, float(size))
    return [channels, *(x[1] for x in layers if x[0] == "conv")][-1] * int(size) ** 2


@wrong("11.3", "adds up the values of all layers")
def _(channels, size, layers):
    total = 0
    for layer in layers:
        if layer[0] == "conv":
            channels, size = layer[1], size + 2 * layer[3] - layer[2] + 1
        else:
            size //= layer[1]
        total += channels * size * size
    return total


wrong("11.3", "the function's result in place of the function", 400)
wrong("11.3", "no idea: the input's size", lambda channels, size, layers: channels * size * size)


# 11.4
@right("11.4")
def _(batches):
    correct = sum(accuracy(y_hat, y) for y_hat, y in batches)
    return correct / sum(len(y) for _, y in batches)


@right("11.4")
def _(batches):
    y_hat, y = (torch.cat(part) for part in zip(*batches, strict=True))
    return (y_hat.argmax(dim=1) == y).float().mean()


@right("11.4")
def _(pairs):
    hits, n = 0, 0
    for logits, labels in pairs:
        for row, label in zip(logits.tolist(), labels.tolist(), strict=True):
            hits += row.index(max(row)) == label
            n += 1
    return hits / n


@right("11.4")
def _(batches):
    weights = [len(y) for _, y in batches]
    means = [accuracy(y_hat, y) / len(y) for y_hat, y in batches]
    return np.average(means, weights=weights)


right("11.4", lambda b: accuracy(torch.cat([p[0] for p in b]), torch.cat([p[1] for p in b])) / sum(len(p[1]) for p in b))


@right("11.4")
def _(batches):
    hits = np.concatenate([y_hat.detach().numpy().argmax(1) == y.numpy() for y_hat, y in batches])
    return hits.mean()


@wrong("11.4", "unchanged: still averages the batches' means")
def _(batches):
    means = [accuracy(y_hat, y) / len(y) for y_hat, y in batches]
    return sum(means) / len(means)


@wrong("11.4", "divides the count of correct ones by the number of batches")
def _(batches):
    return sum(accuracy(y_hat, y) for y_hat, y in batches) / len(batches)


@wrong("11.4", "returns the count, not the share")
def _(batches):
    return sum(accuracy(y_hat, y) for y_hat, y in batches)


@wrong("11.4", "takes every batch to be as large as the first")
def _(batches):
    return sum(accuracy(y_hat, y) for y_hat, y in batches) / (len(batches) * len(batches[0][1]))


@wrong("11.4", "drops the last batch")
def _(batches):
    kept = batches[:-1] if len(batches) > 1 else batches
    return sum(accuracy(y_hat, y) for y_hat, y in kept) / sum(len(y) for _, y in kept)


@wrong("11.4", "drops batches that are smaller than the first")
def _(batches):
    kept = [(y_hat, y) for y_hat, y in batches if len(y) == len(batches[0][1])]
    return sum(accuracy(y_hat, y) for y_hat, y in kept) / sum(len(y) for _, y in kept)


@wrong("11.4", "divides by the last batch's length, which is left over from the loop")
def _(batches):
    correct = 0
    for y_hat, y in batches:
        correct += accuracy(y_hat, y)
    return correct / (len(batches) * len(y))


@wrong("11.4", "the count is reset in the loop, so only the last batch counts")
def _(batches):
    for y_hat, y in batches:
        correct, seen = 0, 0
        correct += accuracy(y_hat, y)
        seen += len(y)
    return correct / seen


@wrong("11.4", "returns inside the loop, so only the first batch counts")
def _(batches):
    correct, seen = 0, 0
    for y_hat, y in batches:
        correct += accuracy(y_hat, y)
        seen += len(y)
        return correct / seen


@wrong("11.4", "integer division")
def _(batches):
    return sum(accuracy(y_hat, y) for y_hat, y in batches) // sum(len(y) for _, y in batches)


@wrong("11.4", "forgets the return")
def _(batches):
    total = sum(len(y) for _, y in batches)
    _ = sum(accuracy(y_hat, y) for y_hat, y in batches) / total


@wrong("11.4", "divides by the number of logits instead of the number of labels")
def _(batches):
    return sum(accuracy(y_hat, y) for y_hat, y in batches) / sum(y_hat.numel() for y_hat, _ in batches)


@wrong("11.4", "divides twice, by the batch's length and by the total")
def _(batches):
    return sum(accuracy(y_hat, y) / len(y) for y_hat, y in batches) / sum(len(y) for _, y in batches)


@wrong("11.4", "argmax over the batch axis instead of the classes")
def _(batches):
    y_hat, y = (torch.cat(part) for part in zip(*batches, strict=True))
    return (y_hat.argmax(dim=0) == y).float().mean().item()


@wrong("11.4", "in percent")
def _(batches):
    return 100 * sum(accuracy(y_hat, y) for y_hat, y in batches) / sum(len(y) for _, y in batches)


@wrong("11.4", "the error rate instead of the accuracy")
def _(batches):
    return 1 - sum(accuracy(y_hat, y) for y_hat, y in batches) / sum(len(y) for _, y in batches)


@wrong("11.4", "the median of the batches' means")
def _(batches):
    return float(np.median([accuracy(y_hat, y) / len(y) for y_hat, y in batches]))


wrong("11.4", "says what's wrong instead of fixing it", "the last batch needs a smaller weight")

# 11.5
right("11.5", math.log(100))
right("11.5", 4.605)
right("11.5", -math.log(1 / 100))
right("11.5", torch.tensor(100.0).log())
right("11.5", np.log(np.float32(100)))
right("11.5", F.cross_entropy(torch.zeros(3, 100), torch.tensor([0, 7, 99])))
right("11.5", 2 * math.log(10))
right("11.5", 4.6052)
wrong("11.5", "logarithm to base 10", 2)
wrong("11.5", "logarithm to base 2", math.log2(100))
wrong("11.5", "ten classes instead of 100", math.log(10))
wrong("11.5", "the wrong sign", -math.log(100))
wrong("11.5", "the probability instead of its logarithm", 0.01)
wrong("11.5", "ten times the loss for 10 classes", 10 * math.log(10))
wrong("11.5", "a confident network's loss", 0)
wrong("11.5", "adds it up over the 100 classes", 100 * math.log(100))
wrong("11.5", "1 minus the probability: −ln 0.99", -math.log(0.99))
wrong("11.5", "1 − 1/100", 0.99)
wrong("11.5", "the number of classes", 100)
wrong("11.5", "mean over classes of −p ln p", math.log(100) / 100)
wrong("11.5", "the smallest loss for two softmaxes, from the page", 1.46)
wrong("11.5", "not a number but a function", math.log)
wrong("11.5", "no idea: it depends on the logits", math.inf)
wrong("11.5", "no idea", 1)


# 11.6 (the right ones reach 80% for batches of 16, 32, and 64 images; the page doesn't say which size counts)
right("11.6", {"lr": 0.003, "optimizer": torch.optim.AdamW})
right("11.6", dict(optimizer=torch.optim.RMSprop, lr=1e-3))
right("11.6", {"lr": 0.01, "optimizer": torch.optim.Adamax})
right("11.6", {"lr": np.float64(0.01), "optimizer": torch.optim.Adagrad})
right("11.6", {"lr": 0.003, "optimizer": torch.optim.Adam})
wrong("11.6", "the page's recipe: SGD with 0.9", {"lr": 0.9})
wrong("11.6", "far too small a rate for Adam", {"lr": 1e-5, "optimizer": torch.optim.Adam})
wrong("11.6", "too small a rate for SGD", {"lr": 0.001})
wrong("11.6", "a rate of 10, at which the loss jumps", {"lr": 10.0, "optimizer": torch.optim.SGD})
wrong("11.6", "learns nothing", {"lr": 0})
wrong("11.6", "a negative rate", {"lr": -0.003, "optimizer": torch.optim.Adam})
wrong("11.6", "the optimizer's name as text", {"lr": 0.003, "optimizer": "Adam"})
wrong("11.6", "the rate as text", {"lr": "0.003", "optimizer": torch.optim.Adam})
wrong("11.6", "an optimizer object instead of its class", {"lr": 0.003, "optimizer": torch.optim.Adam([torch.zeros(1)])})
wrong("11.6", "the module instead of a class in it", {"lr": 0.003, "optimizer": torch.optim})
wrong("11.6", "another key than lr", {"learning_rate": 0.003, "optimizer": torch.optim.Adam})
wrong("11.6", "lr is missing", {"optimizer": torch.optim.Adam})
wrong("11.6", "a pair instead of a dict", (0.003, torch.optim.Adam))
wrong("11.6", "the rate only, not in a dict", 0.003)
wrong("11.6", "an optimizer's class only", torch.optim.Adam)
wrong("11.6", "ten epochs, against the rule of one", {"lr": 0.003, "optimizer": torch.optim.Adam, "num_epochs": 10})
wrong("11.6", "a loss in place of an optimizer", {"lr": 0.003, "optimizer": nn.CrossEntropyLoss})
wrong("11.6", "not a number", {"lr": math.nan, "optimizer": torch.optim.Adam})
wrong("11.6", "a set, commas in place of colons", {"lr", 0.003})
