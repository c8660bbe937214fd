"""Answers to lesson 04, written from its page alone after its replies."""

from fractions import Fraction

import numpy as np
import torch
from torch.nn import functional as F

from d2l_helpers import corr2d, corr2d_multi_in, corr2d_multi_in_out
from tests.support.answers import right, wrong

# 4.1: the weight's shape
right("4.1", torch.Size([7, 5, 3, 2]))
right("4.1", np.array([7, 5, 3, 2]))
wrong("4.1", "lists the input channels first", (5, 7, 3, 2))
wrong("4.1", "exchanges the kernel's height and width", (7, 5, 2, 3))
wrong("4.1", "forgets that a kernel has a slice for each input channel", (7, 3, 2))
wrong("4.1", "puts the channels last", (3, 2, 5, 7))
wrong("4.1", "thinks of a single kernel", (5, 3, 2))
wrong("4.1", "gives the number of weights", 7 * 5 * 3 * 2)
wrong("4.1", "gives the shape of the bias", (7,))

# 4.2: parameters
right("4.2", torch.tensor(32 * 16 * 25 + 32))
right("4.2", 32 * (16 * 5**2 + 1))
wrong("4.2", "forgets the biases", 12800)
wrong("4.2", "takes one bias for each input channel", 12800 + 16)
wrong("4.2", "takes one slice for each kernel", 32 * 25 + 32)
wrong("4.2", "counts the kernel's side once", 32 * 16 * 5 + 32)
wrong("4.2", "gives each slice a bias", 32 * 16 * 26)
wrong("4.2", "adds one bias for the whole layer", 12801)

# 4.3: multiply-adds
right("4.3", 92160.0)
right("4.3", int(np.prod([16, 8, 3, 3, 10 - 2, 12 - 2])))
wrong("4.3", "counts a stop for every pixel of the input", 16 * 8 * 9 * 10 * 12)
wrong("4.3", "counts multiplications and additions separately", 184320)
wrong("4.3", "adds the biases", 92160 + 16 * 80)
wrong("4.3", "forgets the input channels", 16 * 9 * 80)
wrong("4.3", "forgets the output channels", 8 * 9 * 80)
wrong("4.3", "gives the number of weights and forgets the stops", 1152)
wrong("4.3", "takes 3 instead of 2 off each side", 16 * 8 * 9 * 7 * 9)


# 4.4: channels last
@right("4.4")
def _(X, K):
    Y = corr2d_multi_in_out(X.movedim(2, 0), K.permute(3, 2, 0, 1))
    return Y.movedim(0, 2)


@right("4.4")
def _(image, kernels):
    H, W, _ = image.shape
    h, w, _, c_o = kernels.shape
    out = torch.zeros(H - h + 1, W - w + 1, c_o)
    for i in range(H - h + 1):
        for j in range(W - w + 1):
            out[i, j] = torch.einsum("abc,abco->o", image[i : i + h, j : j + w], kernels)
    return out


@wrong("4.4", "leaves the output's channels first")
def _(X, K):
    return F.conv2d(X.permute(2, 0, 1)[None], K.permute(3, 2, 0, 1))[0]


@wrong("4.4", "reshapes the image instead of moving its axes")
def _(X, K):
    H, W, c = X.shape
    Y = F.conv2d(X.reshape(1, c, H, W), K.permute(3, 2, 0, 1))[0]
    return Y.permute(1, 2, 0)


@wrong("4.4", "transposes each kernel on the way")
def _(X, K):
    return F.conv2d(X.permute(2, 0, 1)[None], K.permute(3, 2, 1, 0))[0].permute(1, 2, 0)


@wrong("4.4", "brings the output back as (width, height, channels)")
def _(X, K):
    return F.conv2d(X.permute(2, 0, 1)[None], K.permute(3, 2, 0, 1))[0].permute(2, 1, 0)


@wrong("4.4", "keeps the batch axis")
def _(X, K):
    return F.conv2d(X.permute(2, 0, 1)[None], K.permute(3, 2, 0, 1)).permute(0, 2, 3, 1)


@wrong("4.4", "exchanges input and output channels of the kernels")
def _(X, K):
    return F.conv2d(X.permute(2, 0, 1)[None], K.permute(2, 3, 0, 1))[0].permute(1, 2, 0)


@wrong("4.4", "flips the kernels")
def _(X, K):
    return F.conv2d(X.permute(2, 0, 1)[None], K.permute(3, 2, 0, 1).flip(2, 3))[0].permute(1, 2, 0)


# 4.5: three weights
right("4.5", np.array([0.4, -0.6, 0.2]))
right("4.5", [Fraction(2, 3), -1, Fraction(1, 3)])
wrong("4.5", "takes the page's kernel for red", [1, -0.5, -0.5])
wrong("4.5", "makes blue twice as strong as red", [0.5, -1.5, 1])
wrong("4.5", "reverses all the signs", [-1, 1.5, -0.5])
wrong("4.5", "writes red, blue, green", [1, 0.5, -1.5])
wrong("4.5", "forgets that gray should give 0", [1, 0, 0.5])
wrong("4.5", "gets the sum of the weights wrong", [1, -1, 0.5])
wrong("4.5", "sets everything to 0", [0, 0, 0])


# 4.6: sums and biases
@right("4.6")
def _(X, K, bias):
    return F.conv2d(X[None], K, bias)[0]


@right("4.6")
def _(X, K, bias):
    channels = []
    for kernel, b in zip(K, bias, strict=True):
        total = b
        for x, k in zip(X, kernel, strict=True):
            total = total + corr2d(x, k)
        channels.append(total)
    return torch.stack(channels)


@wrong("4.6", "starts each sum anew but still adds the bias in every slice")
def _(X, K, bias):
    channels = []
    for kernel, b in zip(K, bias, strict=True):
        total = 0
        for x, k in zip(X, kernel, strict=True):
            total = total + corr2d(x, k) + b
        channels.append(total)
    return torch.stack(channels)


@wrong("4.6", "adds the bias once but never starts the sum anew")
def _(X, K, bias):
    channels = []
    total = 0
    for kernel, b in zip(K, bias, strict=True):
        for x, k in zip(X, kernel, strict=True):
            total = total + corr2d(x, k)
        channels.append(total + b)
    return torch.stack(channels)


@wrong("4.6", "drops the bias")
def _(X, K, bias):
    return torch.stack([corr2d_multi_in(X, kernel) for kernel in K])


@wrong("4.6", "adds the biases along the last axis")
def _(X, K, bias):
    return corr2d_multi_in_out(X, K) + bias


@wrong("4.6", "adds the mean of the biases to every channel")
def _(X, K, bias):
    return corr2d_multi_in_out(X, K) + bias.mean()


@wrong("4.6", "starts the sum anew for each slice, so only the last one stays")
def _(X, K, bias):
    channels = []
    for kernel, b in zip(K, bias, strict=True):
        for x, k in zip(X, kernel, strict=True):
            total = 0
            total = total + corr2d(x, k)
        channels.append(total + b)
    return torch.stack(channels)
