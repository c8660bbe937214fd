"""More answers to the exercises of lesson 06, written from its page alone."""

import math
from fractions import Fraction

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from d2l_helpers import corr2d_multi_in_out
from tests.support.answers import right, wrong

right("6.1", nn.Conv2d(6, 12, kernel_size=(3, 5), groups=3, device="meta").weight.shape)
right("6.1", np.array([12, 6 // 3, 3, 5]))
wrong("6.1", "input channels first", (2, 12, 3, 5))
wrong("6.1", "divides the output channels by the groups too", (4, 2, 3, 5))
wrong("6.1", "divides only the output channels by the groups", [4, 6, 3, 5])
wrong("6.1", "writes the groups in place of the slices", (12, 3, 3, 5))
wrong("6.1", "leaves out the slices of a kernel", (12, 3, 5))

right("6.2", torch.tensor(8 * (3 * 9 + 1) + 4 * 8))
right("6.2", 256.0)
wrong("6.2", "gives one bias per input channel of the first layer", 216 + 3 + 32)
wrong("6.2", "gives ReLU a parameter per channel", 216 + 8 + 8 + 32)
wrong("6.2", "takes the second kernel as 3×3", 216 + 8 + 8 * 4 * 9)
wrong("6.2", "counts one slice per kernel in the first layer", 8 * 9 + 8 + 32)
wrong("6.2", "counts the first layer only", 224)

right("6.3", Fraction(1, 20))
right("6.3", torch.rsqrt(torch.tensor(16.0 * 5 * 5)))
wrong("6.3", "takes the fan-out", 1 / math.sqrt(32 * 25))
wrong("6.3", "takes all weights of the layer as the fan-in", 1 / math.sqrt(32 * 16 * 25))
wrong("6.3", "leaves out one side of the kernel", 1 / math.sqrt(16 * 5))
wrong("6.3", "gives Kaiming's bound for ReLU", math.sqrt(6 / 400))
wrong("6.3", "gives the standard deviation of the range", 0.05 / math.sqrt(3))


@right("6.4")
def _(X, weight, bias, stride):
    images = X if X.ndim == 4 else X[None]
    windows = images.unfold(2, weight.shape[2], stride).unfold(3, weight.shape[3], stride)
    Y = torch.einsum("nchwij,ocij->nohw", windows, weight)
    if bias is not None:
        Y = Y + bias[:, None, None]
    return Y if X.ndim == 4 else Y[0]


@right("6.4")
def _(batch, kernels, offsets, step):
    def one(image):
        maps = corr2d_multi_in_out(image, kernels, stride=step)
        return maps if offsets is None else torch.stack([m + b for m, b in zip(maps, offsets, strict=True)])

    return one(batch) if batch.dim() == 3 else torch.stack([one(image) for image in batch])


@wrong("6.4", "always squeezes the batch axis, also of a batch of one image")
def _(X, weight, bias, stride):
    images = X.reshape(-1, *X.shape[-3:])
    Y = torch.stack([corr2d_multi_in_out(image, weight, stride=stride) for image in images])
    if bias is not None:
        Y = Y + bias.reshape(-1, 1, 1)
    return Y.squeeze(0)


@wrong("6.4", "subtracts the bias")
def _(X, weight, bias, stride):
    if X.ndim == 3:
        Y = corr2d_multi_in_out(X, weight, stride=stride)
    else:
        Y = torch.stack([corr2d_multi_in_out(image, weight, stride=stride) for image in X])
    return Y if bias is None else Y - bias.reshape(-1, 1, 1)


@wrong("6.4", "gives a single image no bias")
def _(X, weight, bias, stride):
    if X.ndim == 3:
        return corr2d_multi_in_out(X, weight, stride=stride)
    Y = torch.stack([corr2d_multi_in_out(image, weight, stride=stride) for image in X])
    return Y if bias is None else Y + bias.reshape(1, -1, 1, 1)


@wrong("6.4", "computes the first image of the batch only")
def _(X, weight, bias, stride):
    image = X if X.ndim == 3 else X[0]
    Y = corr2d_multi_in_out(image, weight, stride=stride)
    Y = Y if bias is None else Y + bias.reshape(-1, 1, 1)
    return Y if X.ndim == 3 else Y[None].expand(len(X), -1, -1, -1)


@wrong("6.4", "asks `if bias:`, which fails for several channels")
def _(X, weight, bias, stride):
    images = X if X.ndim == 4 else X[None]
    Y = torch.stack([corr2d_multi_in_out(image, weight, stride=stride) for image in images])
    if bias:
        Y = Y + bias.reshape(-1, 1, 1)
    return Y if X.ndim == 4 else Y[0]


right("6.5", dict(kernel_size=2, dilation=8, padding="same", bias=False))
right("6.5", {"kernel_size": (5, 3), "dilation": (2, 4), "padding": (4, 4), "padding_mode": "replicate"})
wrong("6.5", "pads as for a kernel without dilation", {"kernel_size": 5, "dilation": 2, "padding": 2})
wrong("6.5", "takes d·k as the span", {"kernel_size": 3, "dilation": 3, "padding": 3})
wrong("6.5", "takes the kernel that spans 9 without dilation", {"kernel_size": 9, "padding": 4})
wrong("6.5", "dilates the columns only", {"kernel_size": 5, "dilation": (1, 2), "padding": "same"})
wrong("6.5", "fits one input size with a stride", {"kernel_size": 5, "dilation": 2, "stride": 2, "padding": 8})


@right("6.6")
class _(nn.Module):
    def __init__(self):
        super().__init__()
        rest = nn.ModuleList([nn.Conv2d(4, 4, 3), nn.Conv2d(4, 1, 3)])
        self.layers = nn.ModuleDict({"rest": rest, "first": nn.Conv2d(1, 4, 3)})

    def forward(self, X):
        X = self.layers["first"](X).relu()
        for layer in self.layers["rest"]:
            X = layer(X).relu()
        return X


@right("6.6")
class _(nn.Sequential):
    def __init__(self):
        parts = []
        for c_i, c_o in ((1, 4), (4, 4), (4, 1)):
            parts += [nn.Conv2d(c_i, c_o, 3), nn.ReLU()]
        super().__init__(*parts)


@wrong("6.6", "keeps the last two layers in a plain list")
class _(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleDict({"first": nn.Conv2d(1, 4, 3)})
        self.rest = [nn.Conv2d(4, 4, 3), nn.Conv2d(4, 1, 3)]

    def forward(self, X):
        X = F.relu(self.layers["first"](X))
        for layer in self.rest:
            X = F.relu(layer(X))
        return X


@wrong("6.6", "no ReLU after the last layer")
class _(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.c = nn.Conv2d(1, 4, 3), nn.Conv2d(4, 4, 3), nn.Conv2d(4, 1, 3)

    def forward(self, X):
        return self.c(F.relu(self.b(F.relu(self.a(X)))))


@wrong("6.6", "loops over all layers but the last")
class _(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Conv2d(1, 4, 3), nn.Conv2d(4, 4, 3), nn.Conv2d(4, 1, 3)])

    def forward(self, X):
        for layer in self.layers[:-1]:
            X = F.relu(layer(X))
        return X


@wrong("6.6", "creates new layers in every forward")
class _(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(1, 4, 3)

    def forward(self, X):
        self.rest = nn.ModuleList([nn.Conv2d(4, 4, 3), nn.Conv2d(4, 1, 3)])
        X = F.relu(self.first(X))
        for layer in self.rest:
            X = F.relu(layer(X))
        return X


@wrong("6.6", "registers the weights as buffers, so they're saved but not learned")
class _(nn.Module):
    def __init__(self):
        super().__init__()
        for i, (c_i, c_o) in enumerate(((1, 4), (4, 4), (4, 1))):
            layer = nn.Conv2d(c_i, c_o, 3)
            self.register_buffer(f"weight{i}", layer.weight.detach())
            self.register_buffer(f"bias{i}", layer.bias.detach())

    def forward(self, X):
        for i in range(3):
            X = F.relu(F.conv2d(X, getattr(self, f"weight{i}"), getattr(self, f"bias{i}")))
        return X
