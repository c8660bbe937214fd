"""Answers to the exercises of lesson 06, written from its page alone."""

import copy
import math
from collections import OrderedDict
from fractions import Fraction
from itertools import pairwise

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from d2l_helpers import corr2d_multi_in_out
from tests.support.answers import right, wrong

# 6.1
right("6.1", (12, 2, 3, 5))
right("6.1", [12, 2, 3, 5])
right("6.1", torch.Size([12, 2, 3, 5]))
right("6.1", nn.Conv2d(6, 12, kernel_size=(3, 5), groups=3, device="meta").weight.shape)
right("6.1", np.array([12, 2, 3, 5]))
right("6.1", torch.tensor([12, 2, 3, 5]))
right("6.1", (12, 6 / 3, 3, 5))
wrong("6.1", "ignores groups", (12, 6, 3, 5))
wrong("6.1", "height and width of the kernel swapped", (12, 2, 5, 3))
wrong("6.1", "divides the output channels instead of the input channels", (4, 6, 3, 5))
wrong("6.1", "divides both numbers of channels by groups", (4, 2, 3, 5))
wrong("6.1", "input channels first", (2, 12, 3, 5))
wrong("6.1", "input channels first, as in a transposed convolution", (6, 4, 3, 5))
wrong("6.1", "in_channels and out_channels in the order of the arguments, groups ignored", (6, 12, 3, 5))
wrong("6.1", "groups in place of c_i / groups", (12, 3, 3, 5))
wrong("6.1", "multiplies by groups instead of dividing", (12, 18, 3, 5))
wrong("6.1", "one slice for each kernel, as if groups were 6", (12, 1, 3, 5))
wrong("6.1", "groups as an additional axis", (3, 4, 2, 3, 5))
wrong("6.1", "takes the kernel as square", (12, 2, 3, 3))
wrong("6.1", "leaves out the kernel size", (12, 2))
wrong("6.1", "kernel size first", (3, 5, 2, 12))
wrong("6.1", "the number of weights instead of the shape", 360)
wrong("6.1", "the shape of the bias", (12,))
wrong("6.1", "the page's first example", (8, 3, 5, 3))
wrong("6.1", "no idea", (1, 1, 3, 5))
wrong("6.1", "text instead of a shape", "12 x 2 x 3 x 5 or so")

# 6.2
right("6.2", 256)
right("6.2", 8 * 3 * 3 * 3 + 8 + 4 * 8 * 1 * 1)
right("6.2", 256.0)
right("6.2", np.int64(2) ** 8)
right("6.2", torch.tensor(256))
right("6.2", sum([216, 8, 32]))
wrong("6.2", "forgets the bias of the first layer", 248)
wrong("6.2", "counts a bias for the second layer although bias=False", 260)
wrong("6.2", "only the first layer", 224)
wrong("6.2", "only the weights of the first layer", 216)
wrong("6.2", "only the second layer", 32)
wrong("6.2", "reads the second kernel as 3x3", 512)
wrong("6.2", "forgets the input channels, one slice for each kernel", 8 * 9 + 8 + 4)
wrong("6.2", "counts 3 instead of 9 for a 3x3 kernel", 8 * 3 * 3 + 8 + 32)
wrong("6.2", "one bias for each input channel", 216 + 3 + 32)
wrong("6.2", "one bias for each slice of a kernel", 216 + 24 + 32)
wrong("6.2", "counts a parameter for the ReLU", 257)
wrong("6.2", "number of parameter tensors instead of values", 3)
wrong("6.2", "one number for each layer, not added up", (224, 0, 32))
wrong("6.2", "multiplies the layers' counts", 224 * 32)
wrong("6.2", "multiplies the number of weights by the number of biases", 216 * 8 + 32)
wrong("6.2", "the page's TwoConvs", 910)
wrong("6.2", "no idea", 0)
wrong("6.2", "text", "two weights and one bias")

# 6.3
right("6.3", 0.05)
right("6.3", 1 / math.sqrt(16 * 5 * 5))
right("6.3", Fraction(1, 20))
right("6.3", np.float32(0.05))
right("6.3", torch.tensor(400.0).rsqrt())
right("6.3", (16 * 25) ** -0.5)
right("6.3", torch.tensor([0.05]).item())
wrong("6.3", "no reciprocal, the root of the fan-in", 20)
wrong("6.3", "no square root", 1 / 400)
wrong("6.3", "the fan-in itself", 400)
wrong("6.3", "forgets the input channels", 0.2)
wrong("6.3", "forgets the kernel size", 0.25)
wrong("6.3", "output channels in place of input channels (fan-out)", 1 / math.sqrt(32 * 25))
wrong("6.3", "kernel size 5 counted once, not 5 x 5", 1 / math.sqrt(16 * 5))
wrong("6.3", "number of weights in place of the fan-in", 1 / math.sqrt(16 * 32 * 25))
wrong("6.3", "the lower end, -b", -0.05)
wrong("6.3", "width of the whole range, 2b", 0.1)
wrong("6.3", "Kaiming's uniform bound", math.sqrt(6 / 400))
wrong("6.3", "Kaiming's standard deviation", math.sqrt(2 / 400))
wrong("6.3", "standard deviation instead of the bound", 0.05 / math.sqrt(3))
wrong("6.3", "integer division", 1 // 20)
wrong("6.3", "decimal point slipped", 0.5)
wrong("6.3", "input channels plus kernel area", 1 / math.sqrt(16 + 25))
wrong("6.3", "kernel sides added instead of multiplied", 1 / math.sqrt(16 * 10))
wrong("6.3", "the page's example with fan-in 45", 0.149)
wrong("6.3", "bias counted into the fan-in", 1 / math.sqrt(16 * 25 + 32))
wrong("6.3", "no idea", 1)
wrong("6.3", "the formula as text", "1/sqrt(n_in)")
wrong("6.3", "NaN from a negative root", float("nan"))


# 6.4
def forms(layer):
    """The layer for a batch, also for a single image and without a bias."""

    def every_form(X, weight, bias, stride):
        bias = torch.zeros(len(weight), dtype=X.dtype) if bias is None else bias
        return layer(X, weight, bias, stride) if X.dim() == 4 else layer(X[None], weight, bias, stride)[0]

    return every_form


@right("6.4")
@forms
def _(X, weight, bias, stride):
    outputs = [corr2d_multi_in_out(image, weight, stride=stride) for image in X]
    return torch.stack(outputs) + bias.reshape(-1, 1, 1)


@right("6.4")
@forms
def _(X, weight, bias, stride=1):
    results = []
    for image in X:
        result = corr2d_multi_in_out(image, weight, stride=stride)
        results.append(torch.stack([result[o] + bias[o] for o in range(len(bias))]))
    return torch.stack(results, dim=0)


@right("6.4")
@forms
def _(batch, kernels, offsets, step):
    n, _, h, w = batch.shape
    c_o, _, k_h, k_w = kernels.shape
    out_h, out_w = (h - k_h) // step + 1, (w - k_w) // step + 1
    Y = torch.zeros(n, c_o, out_h, out_w)
    for i in range(out_h):
        for j in range(out_w):
            window = batch[:, None, :, i * step : i * step + k_h, j * step : j * step + k_w]
            Y[:, :, i, j] = (window * kernels).sum(dim=(2, 3, 4)) + offsets
    return Y


@right("6.4")
@forms
def _(X, weight, bias, stride):
    c_o, _, k_h, k_w = weight.shape
    columns = F.unfold(X, (k_h, k_w), stride=stride)
    Y = weight.flatten(1) @ columns + bias[:, None]
    return Y.reshape(X.shape[0], c_o, (X.shape[2] - k_h) // stride + 1, -1)


@right("6.4")
@forms
def _(X, weight, bias, stride):
    windows = X.unfold(2, weight.shape[2], stride).unfold(3, weight.shape[3], stride)
    return torch.einsum("nchwij,ocij->nohw", windows, weight) + bias[None, :, None, None]


@right("6.4")
@forms
def _(X, weight, bias, stride):
    everywhere = torch.stack([corr2d_multi_in_out(image, weight) for image in X])
    return everywhere[:, :, ::stride, ::stride] + bias.view(1, -1, 1, 1)


@right("6.4")
@forms
def _(X, weight, bias, stride):
    h = X.shape[2] - weight.shape[2] + 1
    w = X.shape[3] - weight.shape[3] + 1
    Y = bias.reshape(1, -1, 1, 1)
    for u in range(weight.shape[2]):
        for v in range(weight.shape[3]):
            shifted = X[:, :, u : u + h : stride, v : v + w : stride]
            Y = Y + torch.einsum("oc,nchw->nohw", weight[:, :, u, v], shifted)
    return Y


@right("6.4")
@forms
def layer_by_halves(X, weight, bias, stride):
    if len(X) == 1:
        return (corr2d_multi_in_out(X[0], weight, stride=stride) + bias[:, None, None])[None]
    return torch.cat([layer_by_halves(X[:1], weight, bias, stride), layer_by_halves(X[1:], weight, bias, stride)])


@right("6.4")
@forms
def _(X, weight, bias, stride):
    N, c_i, H, W = X.shape
    c_o, _, k_h, k_w = weight.shape
    rows, cols = range(0, H - k_h + 1, stride), range(0, W - k_w + 1, stride)
    Y = X.new_zeros(N, c_o, len(rows), len(cols))
    for n in range(N):
        for o in range(c_o):
            for i, top in enumerate(rows):
                for j, left in enumerate(cols):
                    total = bias[o]
                    for c in range(c_i):
                        total = total + (X[n, c, top : top + k_h, left : left + k_w] * weight[o, c]).sum()
                    Y[n, o, i, j] = total
    return Y


right(
    "6.4",
    forms(
        lambda X, w, b, s: torch.vmap(lambda windows: torch.tensordot(w, windows, dims=([1, 2, 3], [0, 3, 4])))(
            X.unfold(2, w.shape[2], s).unfold(3, w.shape[3], s)
        ).add(b[:, None, None])
    ),
)


@right("6.4")
@forms
def _(X, weight, bias, stride):
    return [corr2d_multi_in_out(image, weight, stride=stride) + bias[:, None, None] for image in X]


@right("6.4")
def my_forward(X, weight, bias, stride):
    if X.ndim == 3:
        return my_forward(X.unsqueeze(0), weight, bias, stride).squeeze(0)
    Y = torch.stack([corr2d_multi_in_out(image, weight, stride=stride) for image in X])
    return Y if bias is None else Y + bias.view(-1, 1, 1)


def per_image(X, weight, stride):
    if X.ndim == 3:
        return corr2d_multi_in_out(X, weight, stride=stride)
    return torch.stack([corr2d_multi_in_out(image, weight, stride=stride) for image in X])


wrong("6.4", "calls F.conv2d", lambda X, weight, bias, stride: F.conv2d(X, weight, bias, stride=stride))
wrong("6.4", "bias forgotten", lambda X, weight, bias, stride: per_image(X, weight, stride))
wrong("6.4", "stride ignored", lambda X, weight, bias, stride: per_image(X, weight, 1) + bias.reshape(-1, 1, 1))
wrong("6.4", "bias added along the width", lambda X, weight, bias, stride: per_image(X, weight, stride) + bias)
wrong("6.4", "bias subtracted", lambda X, weight, bias, stride: per_image(X, weight, stride) - bias.reshape(-1, 1, 1))
wrong("6.4", "bias multiplied", lambda X, weight, bias, stride: per_image(X, weight, stride) * bias.reshape(-1, 1, 1))
wrong("6.4", "same bias for all channels (sum)", lambda X, weight, bias, stride: per_image(X, weight, stride) + bias.sum())
wrong("6.4", "bias of channel 0 for all", lambda X, weight, bias, stride: per_image(X, weight, stride) + bias[0])
wrong("6.4", "bias along the batch axis", lambda X, weight, bias, s: per_image(X, weight, s) + bias.reshape(-1, 1, 1, 1))
wrong("6.4", "bias along the rows", lambda X, weight, bias, s: per_image(X, weight, s) + bias.reshape(1, 1, -1, 1))
wrong("6.4", "kernel flipped", lambda X, K, b, s: per_image(X, K.flip(2, 3), s) + b.reshape(-1, 1, 1))
wrong("6.4", "stride hard-coded to 2", lambda X, K, b, s: per_image(X, K, 2) + b.reshape(-1, 1, 1))
wrong("6.4", "integer bias", lambda X, K, b, s: per_image(X, K, s) + b.int().reshape(-1, 1, 1))
wrong("6.4", "a ReLU at the end", lambda X, K, b, s: (per_image(X, K, s) + b.reshape(-1, 1, 1)).relu())
wrong("6.4", "bias added to the input", lambda X, K, b, s: per_image(X + b.mean(), K, s))
wrong(
    "6.4",
    "takes every s-th input pixel before the sum",
    lambda X, K, b, s: per_image(X[:, :, ::s, ::s], K, 1) + b[:, None, None],
)
wrong(
    "6.4", "padding 1 that nobody asked for", lambda X, K, b, s: per_image(F.pad(X, (1, 1, 1, 1)), K, s) + b[:, None, None]
)
wrong("6.4", "kernel's rows and columns swapped", lambda X, K, b, s: per_image(X, K.transpose(2, 3), s) + b[:, None, None])


@wrong("6.4", "only the first image, batch axis lost")
@forms
def _(X, weight, bias, stride):
    return corr2d_multi_in_out(X[0], weight, stride=stride) + bias.reshape(-1, 1, 1)


@wrong("6.4", "return inside the loop, so only one image is in the batch")
@forms
def _(X, weight, bias, stride):
    outputs = []
    for image in X:
        outputs.append(corr2d_multi_in_out(image, weight, stride=stride) + bias.reshape(-1, 1, 1))
        return torch.stack(outputs)


@wrong("6.4", "passes the whole batch to a function for one image")
@forms
def _(X, weight, bias, stride):
    return corr2d_multi_in_out(X, weight, stride=stride) + bias.reshape(-1, 1, 1)


@wrong("6.4", "cat instead of stack, so the batch and channel axes are merged")
@forms
def _(X, weight, bias, stride):
    return torch.cat([corr2d_multi_in_out(image, weight, stride=stride) + bias[:, None, None] for image in X])


@wrong("6.4", "stacks along the channel axis")
@forms
def _(X, weight, bias, stride):
    return torch.stack([corr2d_multi_in_out(image, weight, stride=stride) + bias[:, None, None] for image in X], dim=1)


@wrong("6.4", "adds the images of the batch up")
@forms
def _(X, weight, bias, stride):
    return sum(corr2d_multi_in_out(image, weight, stride=stride) for image in X)[None] + bias[:, None, None]


@wrong("6.4", "bias added once for each input channel")
@forms
def _(X, weight, bias, stride):
    return per_image(X, weight, stride) + X.shape[1] * bias[:, None, None]


@wrong("6.4", "bias only in the first image")
@forms
def _(X, weight, bias, stride):
    Y = per_image(X, weight, stride)
    return torch.cat([Y[:1] + bias[:, None, None], Y[1:]])


@wrong("6.4", "last image of the batch dropped")
@forms
def _(X, weight, bias, stride):
    images = [corr2d_multi_in_out(X[n], weight, stride=stride) for n in range(len(X) - 1)]
    return torch.stack(images) + bias[:, None, None]


def windowed(X, weight, bias, stride, out_h, out_w, k_h, k_w, step_w=None):
    Y = torch.zeros(len(X), len(weight), out_h, out_w)
    for i in range(out_h):
        for j in range(out_w):
            left = j * (step_w or stride)
            window = X[:, None, :, i * stride : i * stride + k_h, left : left + k_w]
            Y[:, :, i, j] = (window * weight).sum((2, 3, 4)) + bias
    return Y


@wrong("6.4", "takes the kernel as square, its height for both")
@forms
def _(X, weight, bias, stride):
    k = weight.shape[2]
    return windowed(X, weight, bias, stride, (X.shape[2] - k) // stride + 1, (X.shape[3] - k) // stride + 1, k, k)


@wrong("6.4", "takes the image as square, its height for both")
@forms
def _(X, weight, bias, stride):
    out = (X.shape[2] - weight.shape[2]) // stride + 1
    return windowed(X, weight, bias, stride, out, out, weight.shape[2], weight.shape[3])


@wrong("6.4", "+ 1 forgotten in the output size")
@forms
def _(X, weight, bias, stride):
    k_h, k_w = weight.shape[2:]
    return windowed(X, weight, bias, stride, (X.shape[2] - k_h) // stride, (X.shape[3] - k_w) // stride, k_h, k_w)


@wrong("6.4", "stride counted for the rows only")
@forms
def _(X, weight, bias, stride):
    k_h, k_w = weight.shape[2:]
    return windowed(X, weight, bias, stride, (X.shape[2] - k_h) // stride + 1, X.shape[3] - k_w + 1, k_h, k_w, step_w=1)


@wrong("6.4", "output size divided by the stride, but the window moves one pixel at a time")
@forms
def _(X, weight, bias, stride):
    k_h, k_w = weight.shape[2:]
    return windowed(X, weight, bias, 1, (X.shape[2] - k_h) // stride + 1, (X.shape[3] - k_w) // stride + 1, k_h, k_w)


@wrong("6.4", "output size rounded up, an error or a cut window if the stride doesn't divide evenly")
@forms
def _(X, weight, bias, stride):
    k_h, k_w = weight.shape[2:]
    out = [math.ceil((n - k) / stride) + 1 for n, k in ((X.shape[2], k_h), (X.shape[3], k_w))]
    return windowed(X, weight, bias, stride, *out, k_h, k_w)


@wrong("6.4", "only the first input channel read")
@forms
def _(X, weight, bias, stride):
    return per_image(X[:, :1], weight[:, :1], stride) + bias[:, None, None]


@wrong("6.4", "mean over the input channels")
@forms
def _(X, weight, bias, stride):
    return per_image(X, weight, stride) / X.shape[1] + bias[:, None, None]


@wrong("6.4", "missing return")
@forms
def _(X, weight, bias, stride):
    per_image(X, weight, stride) + bias[:, None, None]


@wrong("6.4", "prints instead of returning")
@forms
def _(X, weight, bias, stride):
    print(per_image(X, weight, stride) + bias[:, None, None])


@wrong("6.4", "writes into the input's batch (works on shapes that don't fit)")
@forms
def _(X, weight, bias, stride):
    for n in range(len(X)):
        X[n] = corr2d_multi_in_out(X[n], weight, stride=stride) + bias[:, None, None]
    return X


@wrong("6.4", "returns after the first channel")
@forms
def _(X, weight, bias, stride):
    return (per_image(X, weight, stride) + bias[:, None, None])[:, :1]


@wrong("6.4", "endless loop, the row never moves on")
@forms
def _(X, weight, bias, stride):
    rows, i = [], 0
    while i <= X.shape[2] - weight.shape[2]:
        rows = [X[:, :, i : i + weight.shape[2]]]
    return torch.cat(rows)


wrong("6.4", "a layer instead of a function of four arguments", nn.Conv2d)
wrong("6.4", "no idea, gives the input back", lambda X, weight, bias, stride: X)
wrong("6.4", "batches only", lambda X, K, b, s: my_forward(X, K, b, s) if X.shape[3] else None)
wrong("6.4", "always adds the bias", lambda X, K, b, s: per_image(X, K, s) + b[:, None, None])
wrong("6.4", "a single image comes back as a batch", lambda X, K, b, s: my_forward(X if X.ndim == 4 else X[None], K, b, s))
wrong("6.4", "the batch axis squeezed away whenever it's 1", lambda X, K, b, s: my_forward(X, K, b, s).squeeze(0))
wrong(
    "6.4",
    "without the bias, a bias of 1",
    lambda X, K, b, s: my_forward(X, K, torch.ones(len(K)).double() if b is None else b, s),
)


@wrong("6.4", "tests the bias with not, which fails for a tensor of several values")
def _(X, weight, bias, stride):
    return per_image(X, weight, stride) if not bias else per_image(X, weight, stride) + bias[:, None, None]


# 6.5
right("6.5", {"kernel_size": 5, "dilation": 2, "padding": 4})
right("6.5", {"kernel_size": 3, "dilation": 4, "padding": 4})
right("6.5", dict(kernel_size=2, dilation=8, padding=4))
right("6.5", {"kernel_size": (5, 5), "dilation": (2, 2), "padding": "same"})
right("6.5", {"kernel_size": (3, 5), "dilation": (4, 2), "padding": (4, 4), "bias": False})
right("6.5", {"kernel_size": [9, 2], "dilation": [1, 8], "padding": "same", "stride": 1})
right("6.5", OrderedDict(kernel_size=(2, 9), dilation=(8, 1), padding=4))
right("6.5", {"kernel_size": 5, "stride": 1, "padding": 4, "dilation": 2, "groups": 1, "padding_mode": "zeros"})
wrong("6.5", "padding forgotten", {"kernel_size": 5, "dilation": 2})
wrong("6.5", "padding of both sides together", {"kernel_size": 5, "dilation": 2, "padding": 8})
wrong("6.5", "padding for the kernel without dilation", {"kernel_size": 5, "dilation": 2, "padding": 2})
wrong("6.5", "no dilation, the weight has 81 values", {"kernel_size": 9, "padding": 4})
wrong("6.5", "no dilation, the window spans 5", {"kernel_size": 5, "padding": 2})
wrong("6.5", "dilation 4 with a 5x5 kernel, spans 17", {"kernel_size": 5, "dilation": 4, "padding": 8})
wrong("6.5", "dilation times size taken as the span, spans 7", {"kernel_size": 3, "dilation": 3, "padding": 3})
wrong("6.5", "4 values 3 apart, spans 10", {"kernel_size": 4, "dilation": 3, "padding": "same"})
wrong("6.5", "stride 2 added", {"kernel_size": 5, "dilation": 2, "padding": 4, "stride": 2})
wrong("6.5", "right size for 28 rows only, with stride 2", {"kernel_size": 5, "dilation": 2, "stride": 2, "padding": 18})
wrong("6.5", "padding too small for the columns", {"kernel_size": 5, "dilation": 2, "padding": (4, 2)})
wrong("6.5", "spans 9 rows but one column", {"kernel_size": (5, 1), "dilation": 2, "padding": (4, 0)})
wrong("6.5", "spans 9 columns but 5 rows", {"kernel_size": 5, "dilation": (1, 2), "padding": "same"})
wrong("6.5", "27 values in the weight, 25 allowed", {"kernel_size": (9, 3), "dilation": (1, 4), "padding": 4})
wrong("6.5", "padding='valid' taken for the size-keeping word", {"kernel_size": 5, "dilation": 2, "padding": "valid"})
wrong("6.5", "'same' as padding_mode", {"kernel_size": 5, "dilation": 2, "padding_mode": "same"})
wrong("6.5", "a key that nn.Conv2d doesn't know", {"kernel": 5, "dilation": 2, "padding": 4})
wrong("6.5", "kernel_size missing", {"dilation": 2, "padding": 4})
wrong("6.5", "numbers as text", {"kernel_size": "5", "dilation": "2", "padding": "4"})
wrong("6.5", "a tuple of numbers instead of a dictionary", (5, 2, 4))
wrong("6.5", "the keys without values", {"kernel_size", "dilation", "padding"})
wrong("6.5", "in_channels given a second time", {"in_channels": 1, "kernel_size": 5, "dilation": 2, "padding": 4})
wrong("6.5", "the layer instead of its settings", nn.Conv2d(1, 1, 5, padding=4, dilation=2, device="meta"))
wrong("6.5", "code as text", "kernel_size=5, dilation=2, padding=4")
wrong("6.5", "dilation d read as d skipped values, spans 5", {"kernel_size": 5, "dilation": 1, "padding": 4})
wrong(
    "6.5", "takes the dilation alone as the span, the kernel has one value", {"kernel_size": 1, "dilation": 9, "padding": 0}
)


# 6.6
class ThreeLayers(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = [nn.Conv2d(1, 4, 3), nn.Conv2d(4, 4, 3), nn.Conv2d(4, 1, 3)]

    def forward(self, X):
        for layer in self.layers:
            X = F.relu(layer(X))
        return X


def three():
    return [nn.Conv2d(1, 4, 3), nn.Conv2d(4, 4, 3), nn.Conv2d(4, 1, 3)]


@right("6.6")
class _(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Conv2d(1, 4, 3), nn.Conv2d(4, 4, 3), nn.Conv2d(4, 1, 3)])

    def forward(self, X):
        for layer in self.layers:
            X = F.relu(layer(X))
        return X


@right("6.6")
class _(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 3)
        self.conv2 = nn.Conv2d(4, 4, 3)
        self.conv3 = nn.Conv2d(4, 1, 3)

    def forward(self, X):
        return F.relu(self.conv3(F.relu(self.conv2(F.relu(self.conv1(X))))))


@right("6.6")
class _(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Conv2d(4, 4, 3), nn.ReLU(), nn.Conv2d(4, 1, 3), nn.ReLU(inplace=True)
        )

    def forward(self, images):
        return self.net(images)


@right("6.6")
class _(nn.Sequential):
    def __init__(self):
        first, second, third = three()
        super().__init__(OrderedDict(a=first, r1=nn.ReLU(), b=second, r2=nn.ReLU(), c=third, r3=nn.ReLU()))


@right("6.6")
class _(ThreeLayers):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(self.layers)


@right("6.6")
class _(nn.Module):
    def __init__(self):
        super().__init__()
        self.last = nn.Conv2d(4, 1, kernel_size=3)
        self.middle = nn.Conv2d(4, 4, kernel_size=3)
        self.first = nn.Conv2d(1, 4, kernel_size=(3, 3))

    def forward(self, X):
        X = self.first(X).relu()
        X = self.middle(X).relu()
        return self.last(X).clamp(min=0)


@right("6.6")
class _(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = three()
        for number, layer in enumerate(self.layers):
            self.add_module(f"layer{number}", layer)

    def forward(self, X):
        for layer in self.layers:
            X = torch.maximum(layer(X), torch.zeros(()))
        return X


@right("6.6")
class _(nn.Module):
    def __init__(self, channels=(1, 4, 4, 1)):
        super().__init__()
        self.weights, self.biases = nn.ParameterList(), nn.ParameterList()
        for c_i, c_o in pairwise(channels):
            bound = 1 / math.sqrt(c_i * 9)
            self.weights.append(nn.Parameter(torch.empty(c_o, c_i, 3, 3).uniform_(-bound, bound)))
            self.biases.append(nn.Parameter(torch.empty(c_o).uniform_(-bound, bound)))

    def forward(self, X):
        for weight, bias in zip(self.weights, self.biases, strict=True):
            X = F.conv2d(X, weight, bias).relu_()
        return X


@right("6.6")
class _(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleDict({name: layer for name, layer in zip("abc", three(), strict=True)})
        self.activation = nn.ReLU()

    def forward(self, X):
        for layer in self.layers.values():
            X = self.activation(layer(X))
        return X


def variant(make=lambda: nn.ModuleList(three()), step=lambda layer, X: F.relu(layer(X)), end=lambda X: X):
    class Variant(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = make()

        def forward(self, X):
            for layer in self.layers:
                X = step(layer, X)
            return end(X)

    return Variant


wrong("6.6", "unchanged", ThreeLayers)
wrong("6.6", "a tuple instead of a list, still not registered", variant(lambda: tuple(three())))
wrong(
    "6.6", "Sequential and a loop over it, but no ReLU", variant(lambda: nn.Sequential(*three()), lambda layer, X: layer(X))
)
wrong("6.6", "ReLU before the convolution", variant(step=lambda layer, X: layer(F.relu(X))))
wrong("6.6", "leaky ReLU", variant(step=lambda layer, X: F.leaky_relu(layer(X))))
wrong("6.6", "sigmoid instead of ReLU", variant(step=lambda layer, X: layer(X).sigmoid()))
wrong("6.6", "abs instead of ReLU", variant(step=lambda layer, X: layer(X).abs()))
wrong("6.6", "gradient cut by detach", variant(step=lambda layer, X: F.relu(layer(X)).detach()))
wrong(
    "6.6",
    "only the input of each layer detached, so just the last learns",
    variant(step=lambda layer, X: F.relu(layer(X.detach()))),
)
wrong("6.6", "shortcut added", variant(step=lambda layer, X: F.relu(layer(X)) + X[:, :1, 1:-1, 1:-1]))
wrong("6.6", "mean of the map at the end", variant(end=lambda X: X.mean(dim=(2, 3))))
wrong("6.6", "layers reversed, channels don't fit", variant(lambda: nn.ModuleList(three()[::-1])))
wrong("6.6", "empty ModuleList", variant(nn.ModuleList))
wrong("6.6", "last layer lost", variant(lambda: nn.ModuleList(three()[:2])))
wrong(
    "6.6",
    "last layer forgotten, first output channel as result",
    variant(lambda: nn.ModuleList(three()[:2]), end=lambda X: X[:, :1]),
)
wrong(
    "6.6",
    "eight middle channels",
    variant(lambda: nn.ModuleList([nn.Conv2d(1, 8, 3), nn.Conv2d(8, 8, 3), nn.Conv2d(8, 1, 3)])),
)
wrong(
    "6.6", "bias=False", variant(lambda: nn.ModuleList(nn.Conv2d(i, o, 3, bias=False) for i, o in ((1, 4), (4, 4), (4, 1))))
)
wrong(
    "6.6",
    "padding added",
    variant(lambda: nn.ModuleList(nn.Conv2d(i, o, 3, padding=1) for i, o in ((1, 4), (4, 4), (4, 1)))),
)
wrong("6.6", "kernel size 5", variant(lambda: nn.ModuleList(nn.Conv2d(i, o, 5) for i, o in ((1, 4), (4, 4), (4, 1)))))
wrong(
    "6.6",
    "batch normalization added",
    variant(lambda: nn.ModuleList(nn.Sequential(c, nn.BatchNorm2d(len(c.bias))) for c in three())),
)
wrong("6.6", "requires_grad switched off", variant(lambda: nn.ModuleList(three()).requires_grad_(False)))


@wrong("6.6", "still a list, inside a list of ModuleLists that isn't registered")
class _(ThreeLayers):
    def __init__(self):
        super().__init__()
        self.layers = [nn.Sequential(layer) for layer in three()]


@wrong("6.6", "a dictionary instead of a list, not registered either")
class _(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = dict(zip("abc", three(), strict=True))

    def forward(self, X):
        for layer in self.layers.values():
            X = F.relu(layer(X))
        return X


@wrong("6.6", "no ReLU after the last layer")
class _(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Conv2d(4, 4, 3), nn.ReLU(), nn.Conv2d(4, 1, 3))

    def forward(self, X):
        return self.net(X)


@wrong("6.6", "one ReLU at the end only")
class _(nn.Sequential):
    def __init__(self):
        super().__init__(*three(), nn.ReLU())


@wrong("6.6", "super().__init__() missing")
class _(nn.Module):
    def __init__(self):
        self.layers = nn.ModuleList(three())

    def forward(self, X):
        for layer in self.layers:
            X = F.relu(layer(X))
        return X


@wrong("6.6", "only one layer registered, the others stay in a list")
class _(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, *self.rest = three()

    def forward(self, X):
        X = F.relu(self.first(X))
        for layer in self.rest:
            X = F.relu(layer(X))
        return X


@wrong("6.6", "last layer registered only")
class _(nn.Module):
    def __init__(self):
        super().__init__()
        *self.layers, self.last = three()

    def forward(self, X):
        for layer in self.layers:
            X = F.relu(layer(X))
        return F.relu(self.last(X))


@wrong("6.6", "registers copies, but forward uses the layers in the list")
class _(ThreeLayers):
    def __init__(self):
        super().__init__()
        self.registered = nn.ModuleList(copy.deepcopy(self.layers))


@wrong("6.6", "registered under three names that are all the middle layer, forward uses the list")
class _(ThreeLayers):
    def __init__(self):
        super().__init__()
        self.a = self.b = self.c = self.layers[1]


@wrong("6.6", "keeps the parameters in a list, too, still not registered")
class _(ThreeLayers):
    def __init__(self):
        super().__init__()
        self.params = [p for layer in self.layers for p in layer.parameters()]


@wrong("6.6", "weights registered as buffers, which don't learn")
class _(nn.Module):
    def __init__(self):
        super().__init__()
        for n, layer in enumerate(three()):
            self.register_buffer(f"weight{n}", layer.weight.detach().clone())
            self.register_buffer(f"bias{n}", layer.bias.detach().clone())

    def forward(self, X):
        for n in range(3):
            X = F.relu(F.conv2d(X, getattr(self, f"weight{n}"), getattr(self, f"bias{n}")))
        return X


@wrong("6.6", "new random layers in every call of forward")
class _(nn.Module):
    def forward(self, X):
        for layer in nn.ModuleList(three()):
            X = F.relu(layer(X))
        return X


@wrong("6.6", "return inside the loop, only the first layer runs")
class _(variant()):
    def forward(self, X):
        for layer in self.layers:
            X = F.relu(layer(X))
            return X


@wrong("6.6", "forward doesn't return anything")
class _(variant()):
    def forward(self, X):
        for layer in self.layers:
            X = F.relu(layer(X))


@wrong("6.6", "every layer reads the input instead of the previous output")
class _(variant()):
    def forward(self, X):
        for layer in self.layers:
            Y = F.relu(layer(X))
        return Y


@wrong("6.6", "no_grad in forward, nothing learns")
class _(variant()):
    def forward(self, X):
        with torch.no_grad():
            return super().forward(X)


@wrong("6.6", "forward misspelled")
class _(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(three())

    def foward(self, X):
        for layer in self.layers:
            X = F.relu(layer(X))
        return X


@wrong("6.6", "the middle layer twice (shared), the third lost")
class _(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Conv2d(1, 4, 3), nn.Conv2d(4, 4, 3)

    def forward(self, X):
        return F.relu(self.b(F.relu(self.b(F.relu(self.a(X))))))


@wrong("6.6", "a function that returns a network of other widths")
def _():
    return nn.Sequential(nn.Conv2d(1, 1, 3), nn.ReLU(), nn.Conv2d(1, 1, 3), nn.ReLU(), nn.Conv2d(1, 1, 3), nn.ReLU())


wrong("6.6", "the module's name as text", "nn.ModuleList")


def without_drawing(make):
    with torch.random.fork_rng(devices=[]):
        return make()


wrong("6.6", "an object instead of the class", without_drawing(variant()))
wrong("6.6", "a list of layers instead of a class", without_drawing(three))
wrong("6.6", "the general class, no idea", nn.Module)


# 6.6, layers in a dictionary and a list
class InDictionary(nn.Module):
    def __init__(self):
        super().__init__()
        first, *rest = three()
        self.layers = {"first": first, "rest": rest}

    def forward(self, X):
        X = F.relu(self.layers["first"](X))
        for layer in self.layers["rest"]:
            X = F.relu(layer(X))
        return X


@right("6.6")
class _(InDictionary):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleDict({"first": self.layers["first"], "rest": nn.ModuleList(self.layers["rest"])})


@right("6.6")
class _(InDictionary):
    def __init__(self):
        super().__init__()
        self.first, self.second, self.third = self.layers["first"], *self.layers["rest"]


wrong("6.6", "the dictionary unchanged", InDictionary)


@wrong("6.6", "a ModuleList in the dictionary, which is still a dictionary")
class _(InDictionary):
    def __init__(self):
        super().__init__()
        self.layers["rest"] = nn.ModuleList(self.layers["rest"])


@wrong("6.6", "a ModuleDict that is given a list")
class _(InDictionary):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleDict(self.layers)


@wrong("6.6", "the first layer registered, the list not")
class _(InDictionary):
    def __init__(self):
        super().__init__()
        self.first = self.layers["first"]


# 6.7a
def normalized(axes=(0, 2, 3), unbiased=False, root=lambda v, eps: (v + eps).sqrt(), scale=True, shift=True):
    def normalize(X, gamma, beta, eps):
        Y = (X - X.mean(axes, keepdim=True)) / root(X.var(axes, unbiased=unbiased, keepdim=True), eps)
        Y = Y * gamma[:, None, None] if scale else Y
        return Y + beta[:, None, None] if shift else Y

    return normalize


right("6.7a", normalized())


@right("6.7a")
def _(X, gamma, beta, eps):
    rows = X.transpose(0, 1).flatten(1)
    mean, var = rows.mean(1), (rows**2).mean(1) - rows.mean(1) ** 2
    factor = gamma / torch.sqrt(var + eps)
    return X * factor.view(-1, 1, 1) + (beta - mean * factor).view(-1, 1, 1)


@right("6.7a")
def _(X, gamma, beta, eps):
    Y = torch.empty(X.shape)
    for c in range(X.shape[1]):
        values = X[:, c]
        Y[:, c] = gamma[c] * (values - values.mean()) / ((values - values.mean()).square().mean() + eps) ** 0.5 + beta[c]
    return Y


wrong("6.7a", "calls F.batch_norm", lambda X, gamma, beta, eps: F.batch_norm(X, None, None, gamma, beta, True, 0.1, eps))
wrong("6.7a", "each image alone", normalized((2, 3)))
wrong("6.7a", "the whole batch at once", normalized((0, 1, 2, 3)))
wrong("6.7a", "each image as a whole", normalized((1, 2, 3)))
wrong("6.7a", "variance over n − 1", normalized(unbiased=True))
wrong("6.7a", "no eps", normalized(root=lambda v, eps: v.sqrt()))
wrong("6.7a", "eps outside of the root", normalized(root=lambda v, eps: v.sqrt() + eps))
wrong("6.7a", "no root", normalized(root=lambda v, eps: v + eps))
wrong("6.7a", "centered only", normalized(root=lambda v, eps: 1))
wrong("6.7a", "no gamma", normalized(scale=False))
wrong("6.7a", "no beta", normalized(shift=False))
wrong("6.7a", "neither gamma nor beta", normalized(scale=False, shift=False))
wrong(
    "6.7a",
    "gamma along the columns",
    lambda X, gamma, beta, eps: normalized(scale=False, shift=False)(X, 0, 0, eps) * gamma + beta,
)


# 6.7b
class Norm(nn.Module):
    unbiased = True

    def __init__(self, channels, momentum=0.1, eps=1e-5):
        super().__init__()
        self.momentum, self.eps = momentum, eps
        self.weight, self.bias = nn.Parameter(torch.ones(channels)), nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))

    def mode(self):
        return self.training

    def update(self, X):
        m = self.momentum
        self.running_mean = (1 - m) * self.running_mean + m * X.mean((0, 2, 3)).detach()
        self.running_var = (1 - m) * self.running_var + m * X.var((0, 2, 3), unbiased=self.unbiased).detach()

    def statistics(self, X):
        if self.mode():
            self.update(X)
            return X.mean((0, 2, 3)), X.var((0, 2, 3), unbiased=False)
        return self.running_mean, self.running_var

    def forward(self, X):
        mean, var = (values[:, None, None] for values in self.statistics(X))
        return self.weight[:, None, None] * (X - mean) / (var + self.eps).sqrt() + self.bias[:, None, None]


right("6.7b", Norm)


@right("6.7b")
class _(nn.Module):
    def __init__(self, channels, momentum=0.1, eps=1e-5):
        super().__init__()
        self.m, self.eps = momentum, eps
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        for name, start in (("running_mean", torch.zeros), ("running_var", torch.ones)):
            self.register_buffer(name, start(channels))
        self.register_buffer("num_batches_tracked", torch.tensor(0))

    def forward(self, X):
        if self.training:
            self.num_batches_tracked += 1
        return F.batch_norm(X, self.running_mean, self.running_var, self.weight, self.bias, self.training, self.m, self.eps)


@right("6.7b")
class _(Norm):
    def update(self, X):
        with torch.no_grad():
            self.running_mean.mul_(1 - self.momentum).add_(self.momentum * X.mean((0, 2, 3)))
            self.running_var.mul_(1 - self.momentum).add_(self.momentum * X.var((0, 2, 3)))


@wrong("6.7b", "running variance over n")
class _(Norm):
    unbiased = False


@wrong("6.7b", "momentum the other way")
class _(Norm):
    def __init__(self, channels, momentum=0.1, eps=1e-5):
        super().__init__(channels, 1 - momentum, eps)


@wrong("6.7b", "running statistics never updated")
class _(Norm):
    def update(self, X):
        pass


@wrong("6.7b", "updated with the gradient's history")
class _(Norm):
    def update(self, X):
        self.running_mean = 0.9 * self.running_mean + 0.1 * X.mean((0, 2, 3)) * self.weight / self.weight


@wrong("6.7b", "always normalizes with the batch")
class _(Norm):
    def mode(self):
        return True


@wrong("6.7b", "always normalizes with the running statistics")
class _(Norm):
    def statistics(self, X):
        self.update(X)
        return self.running_mean, self.running_var


@wrong("6.7b", "updates in evaluation mode, too")
class _(Norm):
    def statistics(self, X):
        found = super().statistics(X)
        if not self.training:
            found = [values.clone() for values in found]
            self.update(X)
        return found


@wrong("6.7b", "plain tensors in place of buffers")
class _(Norm):
    def __init__(self, channels, momentum=0.1, eps=1e-5):
        super().__init__(channels, momentum, eps)
        del self.running_mean, self.running_var
        self.running_mean, self.running_var = torch.zeros(channels), torch.ones(channels)


@wrong("6.7b", "running statistics as parameters")
class _(Norm):
    def __init__(self, channels, momentum=0.1, eps=1e-5):
        super().__init__(channels, momentum, eps)
        del self.running_mean
        self.running_mean = nn.Parameter(torch.zeros(channels))


@wrong("6.7b", "gamma and beta as buffers")
class _(Norm):
    def __init__(self, channels, momentum=0.1, eps=1e-5):
        super().__init__(channels, momentum, eps)
        del self.weight
        self.register_buffer("weight", torch.ones(channels))


@wrong("6.7b", "gradient stopped in the statistics")
class _(Norm):
    def statistics(self, X):
        return [values.detach() for values in super().statistics(X)]


wrong("6.7b", "PyTorch's own", nn.BatchNorm2d)
wrong("6.7b", "an object", without_drawing(lambda: Norm(3)))


# 6.7c
def folded(weight=lambda w, f, norm: w * f, bias=lambda b, f, norm: norm.bias + f * (b - norm.running_mean), **settings):
    def fold(conv, norm):
        names = ("in_channels", "out_channels", "kernel_size", "stride", "padding", "dilation", "groups")
        new = nn.Conv2d(**({name: getattr(conv, name) for name in names} | settings))
        f = norm.weight / torch.sqrt(norm.running_var + norm.eps)
        with torch.no_grad():
            new.weight.copy_(weight(conv.weight, f[:, None, None, None], norm))
            new.bias.copy_(bias(0 if conv.bias is None else conv.bias, f, norm))
        return new

    return fold


right("6.7c", folded())


@right("6.7c")
def _(conv, norm):
    new = copy.deepcopy(conv)
    f = (norm.weight / (norm.running_var + norm.eps) ** 0.5).detach()
    new.weight = nn.Parameter(conv.weight.detach() * f.view(-1, 1, 1, 1))
    old = torch.zeros(len(f)) if conv.bias is None else conv.bias.detach()
    new.bias = nn.Parameter((old - norm.running_mean) * f + norm.bias.detach())
    return new


right("6.7c", lambda conv, norm: torch.nn.utils.fuse_conv_bn_eval(conv.eval(), norm))
wrong("6.7c", "weights not scaled", folded(lambda w, f, norm: w))
wrong("6.7c", "scaled by gamma only", folded(lambda w, f, norm: w * norm.weight[:, None, None, None]))
wrong("6.7c", "gamma forgotten", folded(lambda w, f, norm: w * f / norm.weight[:, None, None, None]))
wrong("6.7c", "eps forgotten", folded(lambda w, f, norm: w * (norm.weight / norm.running_var.sqrt())[:, None, None, None]))
wrong("6.7c", "no root", folded(lambda w, f, norm: w * f / (norm.running_var + norm.eps).sqrt()[:, None, None, None]))
wrong("6.7c", "mean not subtracted", folded(bias=lambda b, f, norm: norm.bias + f * b))
wrong("6.7c", "old bias forgotten", folded(bias=lambda b, f, norm: norm.bias - f * norm.running_mean))
wrong("6.7c", "old bias not scaled", folded(bias=lambda b, f, norm: norm.bias + b - f * norm.running_mean))
wrong("6.7c", "beta forgotten", folded(bias=lambda b, f, norm: f * (b - norm.running_mean)))
wrong("6.7c", "mean added", folded(bias=lambda b, f, norm: norm.bias + f * (b + norm.running_mean)))
wrong("6.7c", "stride and padding of a new layer", folded(stride=1, padding=0))
wrong("6.7c", "both layers in a row", lambda conv, norm: nn.Sequential(conv, norm))
wrong("6.7c", "no new layer", lambda conv, norm: conv)


@wrong("6.7c", "changes the layer that was given")
def _(conv, norm):
    new = folded()(conv, norm)
    if conv.bias is None:
        return new
    with torch.no_grad():
        conv.weight.copy_(new.weight), conv.bias.copy_(new.bias)
    return conv


# 6.8a
class Residual(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, X):
        return F.relu(self.conv2(F.relu(self.conv1(X))) + X)


def block(forward, settings=None):
    class Block(Residual):
        def __init__(self, channels):
            super().__init__(channels)
            if settings:
                self.conv1 = nn.Conv2d(channels, channels, **settings)

        def forward(self, X):
            return forward(self, X)

    return Block


def inner(net, X):
    return net.conv2(net.conv1(X).relu())


right("6.8a", Residual)
right("6.8a", block(lambda net, X: (inner(net, X).add_(X)).relu_()))


@right("6.8a")
class _(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.conv1, self.conv2 = (nn.Conv2d(c, c, kernel_size=3, padding="same" if False else 1) for _ in range(2))
        self.body = nn.Sequential(self.conv1, nn.ReLU(), self.conv2)

    def forward(self, X):
        return torch.clamp(X + self.body(X), min=0)


wrong("6.8a", "no shortcut", block(lambda net, X: inner(net, X).relu()))
wrong("6.8a", "no last ReLU", block(lambda net, X: X + inner(net, X)))
wrong("6.8a", "ReLU before the addition", block(lambda net, X: X + inner(net, X).relu()))
wrong("6.8a", "no ReLU between", block(lambda net, X: (X + net.conv2(net.conv1(X))).relu()))
wrong("6.8a", "no ReLU", block(lambda net, X: X + net.conv2(net.conv1(X))))
wrong("6.8a", "subtracts", block(lambda net, X: (inner(net, X) - X).relu()))
wrong("6.8a", "multiplies", block(lambda net, X: (inner(net, X) * X).relu()))
wrong("6.8a", "changes its input", block(lambda net, X: X.add_(inner(net, X)).relu()))
wrong("6.8a", "adds the first layer's output", block(lambda net, X: (net.conv1(X).relu() + inner(net, X)).relu()))
wrong("6.8a", "no return", block(lambda net, X: None))
wrong("6.8a", "no padding", block(lambda net, X: X, {"kernel_size": 3}))
wrong("6.8a", "5×5", block(lambda net, X: X, {"kernel_size": 5, "padding": 2}))
wrong("6.8a", "an object", without_drawing(lambda: Residual(3)))


@wrong("6.8a", "layers in a list, under no name")
class _(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.layers = [nn.Conv2d(c, c, 3, padding=1) for _ in range(2)]


# 6.8b
def to(
    needed=lambda c_i, c_o, s: c_i != c_o or s != 1,
    k=1,
    stride=lambda s: s,
    last=lambda s: 1,
    add=lambda X, Y: (X + Y).relu(),
):
    class To(nn.Module):
        def __init__(self, c_i, c_o, s):
            super().__init__()
            self.conv1 = nn.Conv2d(c_i, c_o, 3, padding=1, stride=s)
            self.conv2 = nn.Conv2d(c_o, c_o, 3, padding=1, stride=last(s))
            self.conv3 = nn.Conv2d(c_i, c_o, k, stride=stride(s), padding=k // 2) if needed(c_i, c_o, s) else None

        def forward(self, X):
            return add(self.conv3(X) if self.conv3 else X, inner(self, X))

    return To


right("6.8b", to())


@right("6.8b")
class _(nn.Module):
    def __init__(self, c_i, c_o, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(c_i, c_o, 3, stride, 1)
        self.conv2 = nn.Conv2d(c_o, c_o, 3, 1, 1)
        same = c_i == c_o and stride == 1
        self.down = nn.Sequential() if same else nn.Sequential(nn.Conv2d(c_i, c_o, 1, stride, bias=False))

    def forward(self, X):
        return F.relu(inner(self, X) + self.down(X))


@right("6.8b")
class _(to()):
    def forward(self, X):
        Y = inner(self, X)
        if X.shape != Y.shape:
            X = self.conv3(X)
        return F.relu(X + Y)


wrong("6.8b", "always projects", to(lambda c_i, c_o, s: True))
wrong("6.8b", "projects only where the channels change", to(lambda c_i, c_o, s: c_i != c_o))
wrong("6.8b", "projects only where the stride isn't 1", to(lambda c_i, c_o, s: s != 1))
wrong("6.8b", "3×3 projection", to(k=3))
wrong("6.8b", "projection without the stride", to(stride=lambda s: 1))
wrong("6.8b", "both convolutions with the stride", to(last=lambda s: s))
wrong("6.8b", "no projection added", to(add=lambda X, Y: Y.relu()))
wrong("6.8b", "no last ReLU", to(add=lambda X, Y: X + Y))
wrong("6.8b", "ReLU before the addition", to(add=lambda X, Y: X + Y.relu()))
wrong("6.8b", "ReLU on the projection", to(add=lambda X, Y: (X.relu() + Y).relu()))
wrong("6.8b", "the mean", to(add=lambda X, Y: ((X + Y) / 2).relu()))
wrong("6.8b", "the block of 6.8a", Residual)


# 6.8c
def ratio(loss=lambda Y: Y.square().mean(), size=torch.norm, pick=lambda net: (net[0].conv1.weight, net[-1].conv2.weight)):
    def measure(make_block, initialize, depth, X):
        net = nn.Sequential(*[make_block() for _ in range(depth)]).apply(initialize)
        loss(net(X)).backward()
        first, last = (size(parameter.grad) for parameter in pick(net))
        return (first / last).item()

    return measure


right("6.8c", ratio())
right("6.8c", ratio(loss=lambda Y: Y.pow(2).sum()))


@right("6.8c")
def _(make_block, initialize, depth, X):
    net = nn.Sequential(*(make_block() for _ in range(depth)))
    for module in net.modules():
        initialize(module)
    weights = net[0].conv1.weight, net[depth - 1].conv2.weight
    a, b = torch.autograd.grad((net(X) ** 2).mean(), weights)
    return a.square().sum().sqrt() / b.square().sum().sqrt()


wrong("6.8c", "last by first", lambda *case: 1 / ratio()(*case))
wrong("6.8c", "squares", ratio(size=lambda g: g.square().sum()))
wrong("6.8c", "biases", ratio(pick=lambda net: (net[0].conv1.bias, net[-1].conv2.bias)))
wrong("6.8c", "conv1 of the last block", ratio(pick=lambda net: (net[0].conv1.weight, net[-1].conv1.weight)))
wrong("6.8c", "conv2 of the first block", ratio(pick=lambda net: (net[0].conv2.weight, net[-1].conv2.weight)))
wrong("6.8c", "mean of the outputs", ratio(loss=lambda Y: Y.mean()))
wrong("6.8c", "largest entries", ratio(size=lambda g: g.abs().max()))
wrong("6.8c", "means of absolute values", ratio(size=lambda g: g.abs().mean()))
wrong("6.8c", "no initialization", lambda make_block, initialize, *rest: ratio()(make_block, lambda module: None, *rest))
wrong("6.8c", "one block again and again", lambda make_block, *rest: ratio()(lambda block=make_block(): block, *rest))
wrong("6.8c", "one block less", lambda make_block, initialize, depth, X: ratio()(make_block, initialize, depth - 1, X))

# 6.8d
right("6.8d", (1e-17, 5, 0.3, 0.4))
right("6.8d", [3e-18, 2.5, 0.25, 0.6])
right("6.8d", torch.tensor([2.0e-17, 4.6, 0.33, 0.5]))
right("6.8d", np.array([1e-16, 1.5, 0.2, 0.3]))
wrong("6.8d", "initializations swapped", (5, 1e-17, 0.4, 0.3))
wrong("6.8d", "plain and residual swapped", (0.3, 0.4, 1e-17, 5))
wrong("6.8d", "another order", (1e-17, 0.3, 5, 0.4))
wrong("6.8d", "last by first", (1e17, 0.2, 3, 2.5))
wrong("6.8d", "no shortcut anywhere", (1e-17, 4.6, 2e-17, 5.1))
wrong("6.8d", "shortcuts everywhere", (0.3, 0.4, 0.3, 0.4))
wrong("6.8d", "10 blocks", (2e-8, 2, 0.5, 0.6))
wrong("6.8d", "rounded to 0", (0.0, 4.6, 0.3, 0.5))
wrong("6.8d", "squares of norms", (1e-34, 21, 0.09, 0.2))
wrong("6.8d", "two numbers", (1e-17, 0.3))
wrong("6.8d", "text", "the shortcut helps")
