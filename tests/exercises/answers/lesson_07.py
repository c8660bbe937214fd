"""Answers to the exercises of lesson 07, written from its page alone."""

import itertools
from fractions import Fraction

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from d2l_helpers import conv_out_size, corr2d_multi_in_out
from tests.support.answers import right, wrong

# 7.1
right("7.1", 22)
right("7.1", 22.0)
right("7.1", 28 - 3 * (3 - 1) - 1 + 1)
right("7.1", torch.tensor(22))
right("7.1", np.int64(22))
right("7.1", Fraction(28 - 7, 1) + 1)
right("7.1", conv_out_size(28, 3, dilation=3))
right("7.1", F.conv2d(torch.zeros(1, 1, 28, 28), torch.zeros(1, 1, 3, 3), dilation=3).shape[2])
wrong("7.1", "ignores the dilation", 26)
wrong("7.1", "takes d times k = 9 as the width that the kernel covers", 20)
wrong("7.1", "forgets the + 1 of the output size", 21)
wrong("7.1", "takes d(k - 1) = 6 as the width that the kernel covers, without the + 1", 23)
wrong("7.1", "assumes same padding", 28)
wrong("7.1", "uses the 3 as the stride in place of the dilation", 9)
wrong("7.1", "uses the 3 as the stride, too", 8)
wrong("7.1", "gives the width that the kernel covers, not the output's rows", 7)
wrong("7.1", "gives the number of all output pixels", 484)
wrong("7.1", "subtracts what the dilated kernel covers from both sides", 14)
wrong("7.1", "adds d(k - 1) where it has to be subtracted", 34)
wrong("7.1", "computes it for dilation 2, as in the page's figure", 24)
wrong("7.1", "divides the size by the dilation", 28 / 3)
wrong("7.1", "the formula as a string", "n - d(k - 1)")
wrong("7.1", "no idea", 100)

# 7.2
right("7.2", 2848)
right("7.2", 2848.0)
right("7.2", 32 * 5**2 + 32 * 64)
right("7.2", torch.tensor(800) + torch.tensor(2048))
right("7.2", np.prod([32, 1, 5, 5]) + np.prod([64, 32, 1, 1]))
right("7.2", sum(torch.empty(shape).numel() for shape in [(32, 1, 5, 5), (64, 32, 1, 1)]))
right("7.2", (Fraction(1, 64) + Fraction(1, 25)) * (32 * 64 * 25))
wrong("7.2", "counts an ordinary convolution", 51200)
wrong("7.2", "counts the depthwise half only", 800)
wrong("7.2", "counts the pointwise half only", 2048)
wrong("7.2", "takes 5 weights for each depthwise kernel instead of 25", 32 * 5 + 32 * 64)
wrong("7.2", "gives the depthwise half one kernel per output channel instead of input channel", 64 * 25 + 32 * 64)
wrong("7.2", "adds the biases of both halves", 2848 + 32 + 64)
wrong("7.2", "adds the pointwise half's biases", 2848 + 64)
wrong("7.2", "multiplies the two halves", 800 * 2048)
wrong("7.2", "the first half isn't depthwise: every kernel has 32 slices", 32 * 32 * 25 + 32 * 64)
wrong("7.2", "all channels share a single depthwise kernel", 25 + 32 * 64)
wrong("7.2", "gives the ratio to the ordinary layer", 1 / 64 + 1 / 25)
wrong("7.2", "uses a 3x3 kernel", 32 * 9 + 32 * 64)
wrong("7.2", "keeps the 5x5 kernel in the pointwise half too", 32 * 25 + 32 * 64 * 25)
wrong("7.2", "gives the weights saved, not those left", 51200 - 2848)
wrong("7.2", "copies the number of the page's example with 4 channels", 52)
wrong("7.2", "gives the ratio of the two layers the wrong way round", 51200 // 2848)
wrong("7.2", "the pointwise half maps 64 to 64 channels", 32 * 25 + 64 * 64)
wrong("7.2", "no idea", 0)


# 7.3
@right("7.3")
def _(K_depth, K_point):
    return K_point * K_depth.transpose(0, 1)


right("7.3", lambda depth, point: torch.einsum("iab,oi->oiab", depth.squeeze(1), point.flatten(1)))


@right("7.3")
def _(K_depth, K_point):
    c_o, c_i = K_point.shape[:2]
    k = K_depth.shape[-1]
    K = torch.zeros(c_o, c_i, k, k)
    for o in range(c_o):
        for i in range(c_i):
            for a in range(k):
                for b in range(k):
                    K[o, i, a, b] = K_point[o, i, 0, 0] * K_depth[i, 0, a, b]
    return K


@right("7.3")
def _(K_depth, K_point):
    return torch.stack(
        [torch.stack([w.item() * kernel[0] for w, kernel in zip(row, K_depth, strict=True)]) for row in K_point]
    )


@right("7.3")
def _(K_depth, K_point):
    depth, point = K_depth.detach().numpy(), K_point.detach().numpy()
    return torch.from_numpy(point * np.swapaxes(depth, 0, 1))


@right("7.3")
class _:
    """Sends an impulse through the two layers: the answer, turned around, is the kernel."""

    def __new__(cls, K_depth, K_point):
        c_i, k = K_depth.shape[0], K_depth.shape[-1]
        impulses = K_depth.new_zeros(c_i, c_i, 2 * k - 1, 2 * k - 1)
        for i in range(c_i):
            impulses[i, i, k - 1, k - 1] = 1
        maps = F.conv2d(F.conv2d(impulses, K_depth, groups=c_i), K_point)
        return maps.transpose(0, 1).flip(2, 3)


class Folded:
    """The same with a call operator and a diagonal matrix for every position."""

    def __call__(self, K_depth, K_point):
        P = K_point[:, :, 0, 0]
        K = K_depth.new_zeros(*P.shape, *K_depth.shape[2:])
        for a in range(K_depth.shape[2]):
            for b in range(K_depth.shape[3]):
                K[:, :, a, b] = P @ torch.diag(K_depth[:, 0, a, b])
        return K


right("7.3", Folded())


@wrong("7.3", "multiplies without swapping the axes of K_depth, so it pairs output o with kernel o")
def _(K_depth, K_point):
    return K_depth * K_point


@wrong("7.3", "adds up the input channels, so there is one slice per output")
def _(K_depth, K_point):
    return (K_point * K_depth.transpose(0, 1)).sum(1, keepdim=True)


@wrong("7.3", "input and output axes of the result are swapped")
def _(K_depth, K_point):
    return (K_point * K_depth.transpose(0, 1)).transpose(0, 1)


@wrong("7.3", "flips the kernels")
def _(K_depth, K_point):
    return K_point * K_depth.transpose(0, 1).flip(2, 3)


@wrong("7.3", "adds the two weights instead of multiplying them")
def _(K_depth, K_point):
    return K_point + K_depth.transpose(0, 1)


@wrong("7.3", "uses the first depthwise kernel for all input channels")
def _(K_depth, K_point):
    return K_point * K_depth[0]


@wrong("7.3", "the return is missing")
def _(K_depth, K_point):
    K = K_point * K_depth.transpose(0, 1)  # noqa: F841


@wrong("7.3", "prints the kernel in place of returning it")
def _(K_depth, K_point):
    print((K_point * K_depth.transpose(0, 1)).shape)


@wrong("7.3", "fills only 3x3 positions, whatever k is")
def _(K_depth, K_point):
    c_o, c_i = K_point.shape[:2]
    K = torch.zeros(c_o, c_i, 3, 3)
    for a in range(3):
        for b in range(3):
            K[:, :, a, b] = K_point[:, :, 0, 0] * K_depth[:, 0, a, b]
    return K


@wrong("7.3", "works only for as many output as input channels: both loops run over c_i")
def _(K_depth, K_point):
    c_i, _, k, _ = K_depth.shape
    K = torch.zeros(c_i, c_i, k, k)
    for o in range(c_i):
        for i in range(c_i):
            K[o, i] = K_point[o, i, 0, 0] * K_depth[i, 0]
    return K


@wrong("7.3", "the pointwise weights are transposed")
def _(K_depth, K_point):
    c_o, c_i = K_point.shape[:2]
    return K_point.reshape(c_i, c_o).T[:, :, None, None] * K_depth.transpose(0, 1)


@wrong("7.3", "repeats the depthwise kernels and leaves out the pointwise weights")
def _(K_depth, K_point):
    return K_depth.transpose(0, 1).repeat(K_point.shape[0], 1, 1, 1)


@wrong("7.3", "applies ReLU between the halves")
def _(K_depth, K_point):
    return K_point * K_depth.transpose(0, 1).relu()


@wrong("7.3", "divides by the number of input channels, as a mean over them")
def _(K_depth, K_point):
    return K_point * K_depth.transpose(0, 1) / K_depth.shape[0]


@wrong("7.3", "rows and columns of each kernel are swapped")
def _(K_depth, K_point):
    return K_point * K_depth.permute(1, 0, 3, 2)


@wrong("7.3", "stores the kernel as integers")
def _(K_depth, K_point):
    return (K_point * K_depth.transpose(0, 1)).to(torch.int64)


@wrong("7.3", "uses only the top left weight of each depthwise kernel")
def _(K_depth, K_point):
    return (K_point * K_depth[:, 0, 0, 0].reshape(1, -1, 1, 1)).expand(-1, -1, *K_depth.shape[2:])


@wrong("7.3", "convolves the depthwise kernels with the pointwise ones, which adds up the channels")
def _(K_depth, K_point):
    return F.conv2d(K_depth.transpose(0, 1), K_point)


@wrong("7.3", "returns the two kernels unchanged as a pair")
def _(K_depth, K_point):
    return K_depth, K_point


@wrong("7.3", "leaves the last input channel at zero (range one too short)")
def _(K_depth, K_point):
    K = torch.zeros(*K_point.shape[:2], *K_depth.shape[2:])
    for i in range(K_point.shape[1] - 1):
        K[:, i] = K_point[:, i] * K_depth[i]
    return K


@wrong("7.3", "stacks the two along the channels as if they were features")
def _(K_depth, K_point):
    return torch.cat([K_depth.flatten(), K_point.flatten()])


# 7.4
right("7.4", [1, 3, 9])
right("7.4", (9, 3, 1))
right("7.4", [3, 9, 1])
right("7.4", torch.tensor([1, 3, 9]))
right("7.4", np.array([3, 1, 9]))
right("7.4", [3**i for i in range(3)])


def covers(dilations):
    """Can every distance up to the farthest be made of steps of -d, 0, and d?"""
    steps = {sum(s * d for s, d in zip(signs, dilations, strict=True)) for signs in itertools.product((-1, 0, 1), repeat=3)}
    return len(steps) == 2 * sum(dilations) + 1


right("7.4", max(filter(covers, itertools.combinations_with_replacement(range(1, 14), 3)), key=sum))
wrong("7.4", "the page's example, which the exercise says can be beaten", [1, 2, 3])
wrong("7.4", "no holes, but 17 wide only", [1, 2, 5])
wrong("7.4", "doubles the dilation as in the page's five layers; no holes, but it can see farther", [1, 2, 4])
wrong("7.4", "without holes, but two short of the widest", [1, 3, 8])
wrong("7.4", "without holes, but not the widest", [1, 2, 7])
wrong("7.4", "only even dilations, so odd distances are never read", [2, 4, 8])
wrong("7.4", "no common divisor but holes at distance 9", [2, 3, 5])
wrong("7.4", "one too far: distance 5 can't be reached", [1, 3, 10])
wrong("7.4", "quadruples: distance 2 can't be reached", (1, 4, 16))
wrong("7.4", "squares instead of powers of 3", [1, 4, 9])
wrong("7.4", "equal large dilations, almost only holes", [13, 13, 13])
wrong("7.4", "the right proportions without dilation 1, so with holes", [3, 9, 27])
wrong("7.4", "starts counting the dilation at 0", [0, 3, 9])
wrong("7.4", "a pattern of four layers", [1, 3, 9, 27])
wrong("7.4", "gives only two dilations", [1, 3])
wrong("7.4", "ordinary layers", [1, 1, 1])
wrong("7.4", "fills the grid of 41 but not its pixels", [1, 1, 18])
wrong("7.4", "gives the width of the receptive field instead of the dilations", 27)
wrong("7.4", "primes, as if having no common divisor were enough", [3, 5, 7])
wrong("7.4", "no idea", "as far apart as possible")

# 7.5
STEPS = (-1.0, 0.0, 1.0)
GRID = torch.tensor([(y, x) for y in STEPS for x in STEPS])  # nine rows (y, x)
CORNERS = GRID.prod(1, keepdim=True).abs()
right("7.5", torch.tensor([-1.0, -1, -1, 0, -1, 1, 0, -1, 0, 0, 0, 1, 1, -1, 1, 0, 1, 1]))
right("7.5", torch.cartesian_prod(torch.arange(-1.0, 2), torch.arange(-1.0, 2)).flatten())
right("7.5", torch.tensor([step for y in (-1, 0, 1) for x in (-1, 0, 1) for step in (y, x)]))
right("7.5", torch.stack(torch.meshgrid(torch.arange(-1, 2), torch.arange(-1, 2), indexing="ij"), dim=-1).reshape(18))
right("7.5", torch.from_numpy(np.stack(np.indices((3, 3)) - 1, axis=-1).ravel().astype(float)))


def by_position():
    """Where the dilated window reads, less where the ordinary one does."""
    offsets = torch.zeros(18)
    for position in range(9):
        a, b = divmod(position, 3)
        offsets[2 * position] = 2 * (a - 1) - (a - 1)
        offsets[2 * position + 1] = 2 * (b - 1) - (b - 1)
    return offsets


right("7.5", by_position())
wrong("7.5", "dx before dy", GRID.flip(1).flatten())
wrong("7.5", "first all dy, then all dx", GRID.T.flatten())
wrong("7.5", "positions relative to the center instead of offsets", 2 * GRID.flatten())
wrong("7.5", "the wrong sign: the window shrinks to its center", -GRID.flatten())
wrong("7.5", "the top left corner stays in place instead of the center", (GRID + 1).flatten())
wrong("7.5", "nine pairs instead of 18 values", GRID.clone())
wrong("7.5", "moves every position by 1 down and to the right", torch.ones(18))
wrong("7.5", "no offsets", torch.zeros(18))
wrong("7.5", "one value per position only", torch.tensor([-1.0, -1, -1, 0, 0, 0, 1, 1, 1]))
wrong("7.5", "the offsets of a window twice as far away, scaled by one half", GRID.flatten() / 2)
wrong(
    "7.5", "moves the corners only and leaves the middles of the sides", (GRID * GRID.prod(1, keepdim=True).abs()).flatten()
)
wrong("7.5", "moves the middles of the sides only", (GRID * (1 - CORNERS)).flatten())
wrong("7.5", "moves only vertically", (GRID * torch.tensor([1.0, 0])).flatten())
wrong("7.5", "dilation itself as every offset", torch.full((18,), 2.0))
wrong("7.5", "distances without sign", GRID.abs().flatten())
wrong("7.5", "pixel numbers of the dilated window", torch.tensor([i for a in (0, 2, 4) for b in (0, 2, 4) for i in (a, b)]))
wrong("7.5", "positions in reverse order", GRID.flip(0).flatten())
wrong("7.5", "text instead of numbers", "every position moves one pixel outward")
wrong("7.5", "no idea: counts to 17", torch.arange(18.0))


# 7.6
@right("7.6")
def _(X, K, groups):
    inputs, outputs = X.shape[0] // groups, K.shape[0] // groups
    parts = []
    for g in range(groups):
        x = X[g * inputs : (g + 1) * inputs]
        kernels = K[g * outputs : (g + 1) * outputs]
        parts.append(corr2d_multi_in_out(x, kernels))
    return torch.cat(parts)


@right("7.6")
def _(X, K, groups):
    parts = zip(X.chunk(groups), K.chunk(groups), strict=True)
    return torch.cat([corr2d_multi_in_out(x, kernels) for x, kernels in parts])


right("7.6", lambda X, K, groups: F.conv2d(X, K, groups=groups))
right("7.6", lambda image, kernel, g: corr2d_multi_in_out(image, kernel, groups=g))


@right("7.6")
def _(X, K, groups=1):
    c_o, c_part, h, w = K.shape
    Y = torch.zeros(c_o, X.shape[1] - h + 1, X.shape[2] - w + 1)
    for o in range(c_o):
        start = o // (c_o // groups) * c_part
        for i in range(Y.shape[1]):
            for j in range(Y.shape[2]):
                Y[o, i, j] = (X[start : start + c_part, i : i + h, j : j + w] * K[o]).sum()
    return Y


@right("7.6")
def _(X, K, groups):
    full = K.new_zeros(K.shape[0], X.shape[0], *K.shape[2:])
    for o in range(K.shape[0]):
        start = (o * groups // K.shape[0]) * K.shape[1]
        full[o, start : start + K.shape[1]] = K[o]
    return F.conv2d(X[None], full)[0]


@right("7.6")
def _(X, K, groups):
    h, w = K.shape[2:]
    columns = X.unfold(1, h, 1).unfold(2, w, 1).reshape(groups, -1, X.shape[1] - h + 1, X.shape[2] - w + 1, h, w)
    kernels = K.reshape(groups, -1, *K.shape[1:])
    return torch.einsum("gcijab,gocab->goij", columns, kernels).flatten(0, 1)


@right("7.6")
def _(X, K, groups):
    windows = np.lib.stride_tricks.sliding_window_view(X.detach().numpy(), tuple(K.shape[2:]), axis=(1, 2))
    pairs = zip(np.split(windows, groups), np.split(K.detach().numpy(), groups), strict=True)
    return torch.from_numpy(np.concatenate([np.einsum("cijab,ocab->oij", x, k) for x, k in pairs]))


@wrong("7.6", "the page's function unchanged")
def _(X, K, groups):
    size = X.shape[0] // groups
    parts = []
    for g in range(groups):
        part = slice(g * size, (g + 1) * size)
        parts.append(corr2d_multi_in_out(X[part], K[part]))
    return torch.cat(parts)


@wrong("7.6", "takes the group's size from the outputs for both, so the inputs are cut wrongly")
def _(X, K, groups):
    size = K.shape[0] // groups
    return torch.cat([F.conv2d(X[g * size : g * size + size], K[g * size : g * size + size]) for g in range(groups)])


@wrong("7.6", "swaps the sizes of the input and output groups")
def _(X, K, groups):
    outputs, inputs = X.shape[0] // groups, K.shape[0] // groups
    parts = range(groups)
    return torch.cat([F.conv2d(X[g * inputs :][:inputs], K[g * outputs :][:outputs]) for g in parts])


@wrong("7.6", "stacks the groups on a new axis instead of joining them")
def _(X, K, groups):
    parts = zip(X.chunk(groups), K.chunk(groups), strict=True)
    return torch.stack([corr2d_multi_in_out(x, kernels) for x, kernels in parts])


@wrong("7.6", "joins the groups along the rows")
def _(X, K, groups):
    parts = zip(X.chunk(groups), K.chunk(groups), strict=True)
    return torch.cat([corr2d_multi_in_out(x, kernels) for x, kernels in parts], dim=1)


@wrong("7.6", "adds the groups' outputs up")
def _(X, K, groups):
    return sum(F.conv2d(x, kernels) for x, kernels in zip(X.chunk(groups), K.chunk(groups), strict=True))


@wrong("7.6", "returns inside the loop, so only the first group is computed")
def _(X, K, groups):
    for x, kernels in zip(X.chunk(groups), K.chunk(groups), strict=True):
        return corr2d_multi_in_out(x, kernels)


@wrong("7.6", "refuses different numbers of channels with an error instead of computing them")
def _(X, K, groups):
    if X.shape[0] != K.shape[0]:
        raise ValueError("as many output channels as input channels, please")
    return F.conv2d(X, K, groups=groups)


@wrong("7.6", "takes every g-th channel instead of neighboring ones")
def _(X, K, groups):
    return torch.cat([F.conv2d(X[g::groups], K[g::groups]) for g in range(groups)])


@wrong("7.6", "forgets the groups: an ordinary convolution")
def _(X, K, groups):
    return F.conv2d(X, K)


@wrong("7.6", "flips the kernels")
def _(X, K, groups):
    return F.conv2d(X, K.flip(2, 3), groups=groups)


@wrong("7.6", "works only for twice as many outputs as inputs")
def _(X, K, groups):
    size = X.shape[0] // groups
    return torch.cat([F.conv2d(X[g * size :][:size], K[2 * g * size :][: 2 * size]) for g in range(groups)])


@wrong("7.6", "works for depthwise layers only: one input channel per group")
def _(X, K, groups):
    per_group = K.shape[0] // groups
    return torch.cat([F.conv2d(X[g : g + 1], K[g * per_group :][:per_group]) for g in range(groups)])


@wrong("7.6", "cuts the output to as many channels as the input has")
def _(X, K, groups):
    return F.conv2d(X, K, groups=groups)[: X.shape[0]]


@wrong("7.6", "uses two groups, whatever `groups` is")
def _(X, K, groups):
    return F.conv2d(X, K, groups=2)


@wrong("7.6", "the return is missing")
def _(X, K, groups):
    parts = zip(X.chunk(groups), K.chunk(groups), strict=True)
    Y = torch.cat([corr2d_multi_in_out(x, kernels) for x, kernels in parts])  # noqa: F841


@wrong("7.6", "takes the smaller number of channels as the size of both parts")
def _(X, K, groups):
    size = min(X.shape[0], K.shape[0]) // groups
    return torch.cat([F.conv2d(X[g * size :][:size], K[g * size :][:size]) for g in range(groups)])


@wrong("7.6", "fills the missing output channels with zeros")
def _(X, K, groups):
    size = X.shape[0] // groups
    Y = torch.zeros(K.shape[0], X.shape[1] - K.shape[2] + 1, X.shape[2] - K.shape[3] + 1)
    for g in range(groups):
        part = slice(g * size, (g + 1) * size)
        kernels = K[part]
        Y[g * size : g * size + len(kernels)] = F.conv2d(X[part], kernels)
    return Y


@wrong("7.6", "rounds the output to integers")
def _(X, K, groups):
    return F.conv2d(X, K, groups=groups).long()


wrong("7.6", "gives numbers of channels for which it fails instead of a function", (4, 8, 2))
wrong("7.6", "gives a layer with fixed weights of its own", nn.Conv2d(8, 12, 3, groups=4))
wrong("7.6", "calls the function and gives the result", F.conv2d(torch.ones(4, 3, 3), torch.ones(8, 2, 2, 2), groups=2))
