"""Answers to the exercises of lesson 07, written from its page alone."""

import itertools
from fractions import Fraction

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from d2l_helpers import conv_out_size
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
def by_index(X, groups):
    size = X.shape[0] // groups
    return X[[g * size + i for i in range(size) for g in range(groups)]]


right("7.6", by_index)
right("7.6", lambda X, groups: X.reshape(groups, -1, *X.shape[1:]).transpose(0, 1).reshape(X.shape))
right("7.6", lambda X, groups: X.unflatten(0, (groups, -1)).swapaxes(0, 1).flatten(0, 1))
right("7.6", lambda X, groups: torch.stack(X.chunk(groups), dim=1).flatten(0, 1))
right("7.6", lambda image, g: torch.cat([image[i :: image.shape[0] // g] for i in range(image.shape[0] // g)]))
right("7.6", lambda X, groups: np.stack(np.split(X.numpy(), groups), axis=1).reshape(tuple(X.shape)))


@right("7.6")
def _(X, groups):
    Y = torch.zeros(X.shape)
    size = len(X) // groups
    for c in range(len(X)):
        g, i = divmod(c, size)
        Y[i * groups + g] = X[c]
    return Y


@right("7.6")
def _(X, groups):
    order = torch.arange(X.shape[0]).view(groups, -1).T.flatten()
    return torch.index_select(X, 0, order)


@wrong("7.6", "the page's function unchanged")
def _(X, groups):
    c, h, w = X.shape
    return X.reshape(c // groups, groups, h, w).transpose(0, 1).reshape(c, h, w)


wrong("7.6", "calls PyTorch's layer, which isn't allowed", lambda X, groups: nn.ChannelShuffle(groups)(X[None])[0])
wrong("7.6", "calls PyTorch's function, which isn't allowed", lambda X, groups: F.channel_shuffle(X[None], groups)[0])
wrong("7.6", "leaves out the transpose", lambda X, groups: X.reshape(groups, -1, *X.shape[1:]).reshape(X.shape))
wrong("7.6", "deals the channels out, which goes the wrong way", lambda X, g: torch.cat([X[i::g] for i in range(g)]))
wrong("7.6", "doesn't join the axes again", lambda X, g: X.reshape(g, -1, *X.shape[1:]).transpose(0, 1))
wrong("7.6", "stacks the groups", lambda X, g: torch.stack(X.chunk(g)))
wrong("7.6", "transposes channels and rows", lambda X, g: X.transpose(0, 1))
wrong("7.6", "moves the pixels of a channel apart", lambda X, g: X.reshape(g, -1).T.reshape(X.shape))
wrong("7.6", "keeps only the first channel of each group", lambda X, g: X[:: X.shape[0] // g])
wrong("7.6", "always two groups", lambda X, g: torch.stack(X.chunk(2), 1).flatten(0, 1))
wrong("7.6", "reverses the channels", lambda X, g: X.flip(0))
wrong("7.6", "reverses the order of the groups", lambda X, g: torch.cat(X.chunk(g)[::-1]))
wrong("7.6", "starts with the last group", lambda X, g: torch.stack(X.chunk(g)[::-1], 1).flatten(0, 1))
wrong("7.6", "turns the channels around in a circle", lambda X, g: X.roll(1, 0))
wrong("7.6", "swaps the first and the last channel only", lambda X, g: X[[len(X) - 1, *range(1, len(X) - 1), 0]])
wrong("7.6", "a random order, as the name suggests", lambda X, g: X[torch.randperm(len(X))])
wrong("7.6", "shuffles in place", lambda X, g: X.copy_(by_index(X, g)))
wrong("7.6", "adds up the groups", lambda X, g: sum(X.chunk(g)))
wrong("7.6", "counts the groups from 1 and leaves the last channel out", lambda X, g: by_index(X, g)[:-1])
wrong("7.6", "gives the order of the channels", lambda X, g: torch.arange(len(X)).reshape(g, -1).T.flatten())


@wrong("7.6", "the return is missing")
def _(X, groups):
    by_index(X, groups)


wrong("7.6", "gives numbers of channels for which it fails instead of a function", (6, 2))
wrong("7.6", "gives a layer instead of a function of two arguments", nn.ChannelShuffle(2))
