"""Answers to the exercises of lesson 04, written from its page alone."""

import functools
import itertools
from fractions import Fraction

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from d2l_helpers import corr2d, corr2d_multi_in, corr2d_multi_in_out
from tests.support.answers import right, wrong

# 4.1
right("4.1", (7, 5, 3, 2))
right("4.1", [7, 5, 3, 2])
right("4.1", torch.Size([7, 5, 3, 2]))
right("4.1", np.array([7, 5, 3, 2]))
right("4.1", nn.Conv2d(5, 7, kernel_size=(3, 2), device="meta").weight.shape)
right("4.1", torch.tensor((7, 5, 3, 2)))
right("4.1", (7, 5, *(3, 2)))
wrong("4.1", "puts the input channels first", (5, 7, 3, 2))
wrong("4.1", "swaps the kernel's height and width", (7, 5, 2, 3))
wrong("4.1", "swaps both pairs", (5, 7, 2, 3))
wrong("4.1", "puts the channels last", (3, 2, 5, 7))
wrong("4.1", "puts the input channels last", (7, 3, 2, 5))
wrong("4.1", "forgets the input channels", (7, 3, 2))
wrong("4.1", "gives the shape of one kernel only", (5, 3, 2))
wrong("4.1", "takes a square kernel", (7, 5, 3, 3))
wrong("4.1", "adds a batch axis", (1, 7, 5, 3, 2))
wrong("4.1", "multiplies the kernel's sizes", (7, 5, 6))
wrong("4.1", "gives the number of weights", 210)
wrong("4.1", "gives the number of parameters", 217)
wrong("4.1", "gives the number of axes", 4)
wrong("4.1", "gives the bias's shape", (7,))
wrong("4.1", "gives the weight instead of its shape", torch.zeros(7, 5, 3, 2))
wrong("4.1", "names the axes instead of giving numbers", ("c_o", "c_i", "k_h", "k_w"))
wrong("4.1", "leaves the dots", ...)

# 4.2
right("4.2", 12832)
right("4.2", 12_832)
right("4.2", 32 * 16 * 5 * 5 + 32)
right("4.2", 12832.0)
right("4.2", torch.tensor(12832))
right("4.2", np.prod([32, 16, 5, 5]) + 32)
right("4.2", sum(p.numel() for p in nn.Conv2d(16, 32, kernel_size=5, device="meta").parameters()))
right("4.2", Fraction(12832))
right("4.2", np.float64(1.2832e4))
wrong("4.2", "forgets the biases", 12800)
wrong("4.2", "counts a bias for each input channel", 12816)
wrong("4.2", "counts one bias in all", 12801)
wrong("4.2", "counts a bias for each slice", 32 * 16 * 25 + 32 * 16)
wrong("4.2", "does not square the kernel's size", 32 * 16 * 5 + 32)
wrong("4.2", "forgets the input channels", 32 * 25 + 32)
wrong("4.2", "counts the parameters of one kernel", 16 * 25 + 1)
wrong("4.2", "adds input and output channels instead of multiplying", (16 + 32) * 25 + 32)
wrong("4.2", "writes a comma in the number, which makes a tuple", (12, 832))
wrong("4.2", "gives the weight's shape", (32, 16, 5, 5))
wrong("4.2", "counts the tensors: one weight, one bias", 2)
wrong("4.2", "counts bytes", 12832 * 4)
wrong("4.2", "gives weights and biases separately", (12800, 32))
wrong("4.2", "counts the biases for both sides", 12800 + 16 + 32)
wrong("4.2", "doubles the kernel's size instead of squaring it", 32 * 16 * 10 + 32)
wrong("4.2", "gives the result of the page's example", 1792)
wrong("4.2", "text instead of a number", "about twelve thousand")
wrong("4.2", "no idea", 0)

# 4.3
right("4.3", 92160)
right("4.3", 92_160)
right("4.3", 16 * 8 * 3 * 3 * (10 - 3 + 1) * (12 - 3 + 1))
right("4.3", 92160.0)
right("4.3", torch.tensor(92160.0))
right("4.3", np.int64(1152) * 80)
right("4.3", nn.Conv2d(8, 16, kernel_size=3, device="meta").weight.numel() * 8 * 10)
right("4.3", Fraction(184320, 2))
wrong("4.3", "takes the input's size for the number of stops", 1152 * 10 * 12)
wrong("4.3", "counts multiplications and additions separately", 2 * 92160)
wrong("4.3", "counts the biases as multiplications, too", 1168 * 80)
wrong("4.3", "counts one stop only", 1152)
wrong("4.3", "gives the number of parameters", 1168)
wrong("4.3", "forgets the output channels", 8 * 9 * 80)
wrong("4.3", "forgets the input channels", 16 * 9 * 80)
wrong("4.3", "does not square the kernel's size", 16 * 8 * 3 * 80)
wrong("4.3", "forgets the + 1 in the output's size", 1152 * 7 * 9)
wrong("4.3", "adds 1 too much to the output's size", 1152 * 9 * 11)
wrong("4.3", "counts one kernel in one channel", 9 * 80)
wrong("4.3", "forgets the window: one multiplication for each channel pair and stop", 16 * 8 * 80)
wrong("4.3", "writes a comma in the number, which makes a tuple", (92, 160))
wrong("4.3", "gives the output's shape", (16, 8, 10))
wrong("4.3", "gives the number of stops", 80)
wrong("4.3", "gives the number of values in the output", 16 * 80)
wrong("4.3", "takes the height for the width, too", 1152 * 8 * 8)
wrong("4.3", "adds the channels instead of multiplying", (8 + 16) * 9 * 80)
wrong("4.3", "text instead of a number", "c_o * c_i * k_h * k_w * h * w")
wrong("4.3", "no idea", 1000)


# 4.4
def _channels_last(answer):
    """The answer for the page's layout, with the axes moved before and after."""

    def moved(X, K):
        Y = answer(X.permute(2, 0, 1), K.permute(3, 2, 0, 1))
        if Y is None:
            return None
        Y = torch.as_tensor(Y)
        return Y.permute(1, 2, 0) if Y.dim() == 3 else Y

    return moved


@right("4.4")
def _(X, K):
    h, w = K.shape[:2]
    Y = torch.zeros(X.shape[0] - h + 1, X.shape[1] - w + 1, K.shape[3])
    for i, j in itertools.product(range(Y.shape[0]), range(Y.shape[1])):
        Y[i, j] = (X[i : i + h, j : j + w, :, None] * K).sum(dim=(0, 1, 2))
    return Y


@right("4.4")
def _(X, K):
    maps = []
    for o in range(K.shape[-1]):
        maps.append(sum(corr2d(X[:, :, c], K[:, :, c, o]) for c in range(X.shape[-1])))
    return torch.stack(maps, dim=-1)


@right("4.4")
def _(X, K):
    return torch.einsum("ijcab,abco->ijo", X.unfold(0, K.shape[0], 1).unfold(1, K.shape[1], 1), K)


right("4.4", lambda X, K: corr2d_multi_in_out(X.movedim(-1, 0), K.movedim((3, 2), (0, 1))).movedim(0, -1))
right("4.4", lambda X, K: corr2d_multi_in_out(X.T, K.T).T)


@wrong("4.4", "reshapes X")
def _(X, K):
    H, W, c_i = X.shape
    return corr2d_multi_in_out(X.reshape(c_i, H, W), K.permute(3, 2, 0, 1)).permute(1, 2, 0)


@wrong("4.4", "reshapes X and K with view")
def _(X, K):
    (H, W, c_i), (h, w, _, c_o) = X.shape, K.shape
    return corr2d_multi_in_out(X.view(c_i, H, W), K.view(c_o, c_i, h, w)).permute(1, 2, 0)


@wrong("4.4", "reshapes the output")
def _(X, K):
    Y = corr2d_multi_in_out(X.permute(2, 0, 1), K.permute(3, 2, 0, 1))
    return Y.reshape(Y.shape[1], Y.shape[2], Y.shape[0])


wrong(
    "4.4", "leaves the output's channels first", lambda X, K: corr2d_multi_in_out(X.permute(2, 0, 1), K.permute(3, 2, 0, 1))
)
wrong(
    "4.4",
    "takes K's third axis for the output channels",
    lambda X, K: corr2d_multi_in_out(X.permute(2, 0, 1), K.permute(2, 3, 0, 1)),
)
wrong(
    "4.4",
    "transposes the kernels",
    lambda X, K: corr2d_multi_in_out(X.permute(2, 0, 1), K.permute(3, 2, 1, 0)).permute(1, 2, 0),
)
wrong("4.4", "transposes the output", lambda X, K: corr2d_multi_in_out(X.permute(2, 0, 1), K.permute(3, 2, 0, 1)).T)
wrong("4.4", "does not move anything", lambda X, K: corr2d_multi_in_out(X, K))
wrong("4.4", "moves X only", lambda X, K: corr2d_multi_in_out(X.permute(2, 0, 1), K).permute(1, 2, 0))
wrong("4.4", "moves K only", lambda X, K: corr2d_multi_in_out(X, K.permute(3, 2, 0, 1)).permute(1, 2, 0))
wrong("4.4", "transposes X only", lambda X, K: corr2d_multi_in_out(X.T, K.permute(3, 2, 0, 1)).permute(1, 2, 0))
wrong(
    "4.4",
    "adds the input channels first",
    lambda X, K: torch.stack([corr2d(X.sum(-1), K.sum(2)[..., o]) for o in range(K.shape[-1])], -1),
)


@right("4.4")
@_channels_last
def _(X, K):
    return torch.stack([sum(corr2d(x, k) for x, k in zip(X, kernel, strict=True)) for kernel in K])


@right("4.4")
@_channels_last
def _(X, K):
    c_o, c_i, h, w = K.shape
    Y = torch.zeros(c_o, X.shape[1] - h + 1, X.shape[2] - w + 1)
    for o in range(c_o):
        for c in range(c_i):
            Y[o] += corr2d(X[c], K[o, c])
    return Y


@right("4.4")
@_channels_last
def _(X, K):
    (c_i, rows, columns), (c_o, _, h, w) = X.shape, K.shape
    x, k = X.tolist(), K.tolist()
    out = []
    for o in range(c_o):
        matrix = []
        for i in range(rows - h + 1):
            row = []
            for j in range(columns - w + 1):
                total = 0.0
                for c in range(c_i):
                    for a in range(h):
                        for b in range(w):
                            total += x[c][i + a][j + b] * k[o][c][a][b]
                row.append(total)
            matrix.append(row)
        out.append(matrix)
    return torch.tensor(out, dtype=X.dtype)


@right("4.4")
@_channels_last
def _(X, K):
    h, w = K.shape[-2:]
    return torch.einsum("cijab,ocab->oij", X.unfold(1, h, 1).unfold(2, w, 1), K)


@right("4.4")
@_channels_last
def _(inputs, kernels):
    c_o, _, h, w = kernels.shape
    columns = F.unfold(inputs[None], (h, w))[0]
    return (kernels.reshape(c_o, -1) @ columns).reshape(c_o, inputs.shape[1] - h + 1, -1)


@right("4.4")
@_channels_last
def _(X, K):
    windows = np.lib.stride_tricks.sliding_window_view(X.numpy(), tuple(K.shape[2:]), axis=(1, 2))
    return torch.from_numpy(np.tensordot(K.numpy(), windows, axes=([1, 2, 3], [0, 3, 4])))


@right("4.4")
@_channels_last
def _(X, K):
    h, w = K.shape[2:]
    out_h, out_w = X.shape[1] - h + 1, X.shape[2] - w + 1
    Y = X.new_zeros(len(K), out_h, out_w)
    for i in range(out_h):
        for j in range(out_w):
            Y[:, i, j] = (X[:, i : i + h, j : j + w] * K).sum(dim=(1, 2, 3))
    return Y


@right("4.4")
@_channels_last
def _(X, K):
    _, _, h, w = K.shape
    rows, columns = X.shape[1] - h + 1, X.shape[2] - w + 1
    shifted = [torch.tensordot(K[:, :, a, b], X[:, a : a + rows, b : b + columns], 1) for a in range(h) for b in range(w)]
    return torch.stack(shifted).sum(0)


right("4.4", _channels_last(lambda X, K: F.conv2d(X[None], K)[0]))
right("4.4", _channels_last(lambda X, K: F.conv3d(X[None, None], K[:, None])[0, :, 0]))
right("4.4", _channels_last(lambda image, bank: torch.stack(list(map(functools.partial(corr2d_multi_in, image), bank)))))


class _Layer:
    def one(self, X, kernel):
        if len(X) == 1:
            return corr2d(X[0], kernel[0])
        return corr2d(X[0], kernel[0]) + self.one(X[1:], kernel[1:])

    def __call__(self, X, K):
        return torch.cat([self.one(X, kernel).unsqueeze(0) for kernel in K], dim=0)


right("4.4", _channels_last(_Layer()))


@wrong("4.4", "does not add up the input channels: shape (c_o, c_i, …)")
@_channels_last
def _(X, K):
    return torch.stack([torch.stack([corr2d(x, k) for x, k in zip(X, kernel, strict=True)]) for kernel in K])


@wrong("4.4", "adds up the output channels, too: one matrix")
@_channels_last
def _(X, K):
    return sum(sum(corr2d(x, k) for x, k in zip(X, kernel, strict=True)) for kernel in K)


@wrong("4.4", "adds over the output channels and keeps the input channels")
@_channels_last
def _(X, K):
    return torch.stack([sum(corr2d(x, kernel[c]) for kernel in K) for c, x in enumerate(X)])


@wrong("4.4", "stacks the output channels on the last axis")
@_channels_last
def _(X, K):
    return torch.stack([sum(corr2d(x, k) for x, k in zip(X, kernel, strict=True)) for kernel in K], dim=-1)


@wrong("4.4", "puts the output channels below each other in one matrix (cat instead of stack)")
@_channels_last
def _(X, K):
    return torch.cat([sum(corr2d(x, k) for x, k in zip(X, kernel, strict=True)) for kernel in K])


@wrong("4.4", "uses the first kernel only")
@_channels_last
def _(X, K):
    return sum(corr2d(x, k) for x, k in zip(X, K[0], strict=True))


@wrong("4.4", "uses the first input channel only")
@_channels_last
def _(X, K):
    return torch.stack([corr2d(X[0], kernel[0]) for kernel in K])


@wrong("4.4", "keeps only the last input channel (overwrites instead of adding)")
@_channels_last
def _(X, K):
    channels = []
    for kernel in K:
        for x, k in zip(X, kernel, strict=True):
            out = corr2d(x, k)
        channels.append(out)
    return torch.stack(channels)


@wrong("4.4", "swaps the first two axes of K")
@_channels_last
def _(X, K):
    return torch.stack([sum(corr2d(x, k) for x, k in zip(X, K[:, o], strict=False)) for o in range(K.shape[1])])


@wrong("4.4", "pairs channel o with kernel o, so each output channel reads one input channel only")
@_channels_last
def _(X, K):
    return torch.stack([sum(corr2d(x, k) for k in kernel) for x, kernel in zip(X, K, strict=False)])


@wrong("4.4", "takes the mean over the input channels instead of the sum")
@_channels_last
def _(X, K):
    return F.conv2d(X[None], K)[0] / len(X)


@wrong("4.4", "adds up the input channels first and the slices, too, before correlating")
@_channels_last
def _(X, K):
    return torch.stack([corr2d(X.sum(0), kernel.sum(0)) for kernel in K])


@wrong("4.4", "flips the kernels (convolution instead of cross-correlation)")
@_channels_last
def _(X, K):
    return F.conv2d(X[None], K.flip(2, 3))[0]


@wrong("4.4", "reverses the order of the slices")
@_channels_last
def _(X, K):
    return torch.stack([sum(corr2d(X[c], kernel[-1 - c]) for c in range(len(X))) for kernel in K])


@wrong("4.4", "lets the total run on from one kernel to the next")
@_channels_last
def _(X, K):
    total, out = 0, []
    for kernel in K:
        for c in range(len(X)):
            total = total + corr2d(X[c], kernel[c])
        out.append(total)
    return torch.stack(out)


@wrong("4.4", "leaves a batch axis in front")
@_channels_last
def _(X, K):
    return F.conv2d(X[None], K)


@wrong("4.4", "pads, so the output has the input's size")
@_channels_last
def _(X, K):
    return F.conv2d(F.pad(X, (1, 1, 1, 1))[None], K)[0]


@wrong("4.4", "adds the random bias of nn.Conv2d")
@_channels_last
def _(X, K):
    layer = nn.Conv2d(K.shape[1], K.shape[0], tuple(K.shape[2:])).to(X.dtype)
    with torch.no_grad():
        layer.weight.copy_(K)
        return layer(X[None])[0]


@wrong("4.4", "hard-codes the page's two input channels")
@_channels_last
def _(X, K):
    return torch.stack([corr2d(X[0], k[0]) + corr2d(X[1], k[1]) for k in K])


@wrong("4.4", "hard-codes the page's three kernels")
@_channels_last
def _(X, K):
    return torch.stack([sum(corr2d(X[c], K[o][c]) for c in range(len(X))) for o in range(3)])


@wrong("4.4", "makes as many output channels as there are input channels")
@_channels_last
def _(X, K):
    return torch.stack([sum(corr2d(X[c], K[o][c]) for c in range(len(X))) for o in range(len(X))])


@wrong("4.4", "forgets the + 1 in the output's size")
@_channels_last
def _(X, K):
    h, w = K.shape[2:]
    Y = torch.zeros(len(K), X.shape[1] - h, X.shape[2] - w)
    for i, j in itertools.product(range(Y.shape[1]), range(Y.shape[2])):
        Y[:, i, j] = (X[:, i : i + h, j : j + w] * K).sum((1, 2, 3))
    return Y


@wrong("4.4", "swaps the kernel's height and width: right for square kernels only")
@_channels_last
def _(X, K):
    w, h = K.shape[2:]
    Y = torch.zeros(len(K), X.shape[1] - h + 1, X.shape[2] - w + 1)
    for i, j in itertools.product(range(Y.shape[1]), range(Y.shape[2])):
        Y[:, i, j] = (X[:, i : i + h, j : j + w] * K).sum((1, 2, 3))
    return Y


@wrong("4.4", "takes the height for the width, too: right for square inputs only")
@_channels_last
def _(X, K):
    h, w = K.shape[2:]
    n = X.shape[1]
    Y = torch.zeros(len(K), n - h + 1, n - w + 1)
    for i, j in itertools.product(range(Y.shape[1]), range(Y.shape[2])):
        Y[:, i, j] = (X[:, i : i + h, j : j + w] * K).sum((1, 2, 3))
    return Y


@wrong("4.4", "stores the output as integers, so fractions are cut off")
@_channels_last
def _(X, K):
    Y = torch.zeros(len(K), X.shape[1] - K.shape[2] + 1, X.shape[2] - K.shape[3] + 1, dtype=torch.int64)
    for o, kernel in enumerate(K):
        Y[o] = sum(corr2d(x, k) for x, k in zip(X, kernel, strict=True))
    return Y


@wrong("4.4", "multiplies the window in place, which changes X and all later stops")
@_channels_last
def _(X, K):
    h, w = K.shape[2:]
    Y = torch.zeros(len(K), X.shape[1] - h + 1, X.shape[2] - w + 1)
    for o, i, j in itertools.product(range(len(Y)), range(Y.shape[1]), range(Y.shape[2])):
        window = X[:, i : i + h, j : j + w]
        window *= K[o]
        Y[o, i, j] = window.sum()
    return Y


@wrong("4.4", "returns inside the loop, after the first kernel")
@_channels_last
def _(X, K):
    out = []
    for kernel in K:
        out.append(sum(corr2d(x, k) for x, k in zip(X, kernel, strict=True)))
        return torch.stack(out)


@wrong("4.4", "prints the output and returns nothing")
@_channels_last
def _(X, K):
    print(torch.stack([sum(corr2d(x, k) for x, k in zip(X, kernel, strict=True)) for kernel in K]))


@wrong("4.4", "returns the output's shape")
@_channels_last
def _(X, K):
    return len(K), X.shape[1] - K.shape[2] + 1, X.shape[2] - K.shape[3] + 1


wrong(
    "4.4",
    "hands whole blocks to corr2d, which takes matrices",
    _channels_last(lambda X, K: torch.stack([corr2d(X, k) for k in K])),
)
wrong("4.4", "multiplies X by K with no window", _channels_last(lambda X, K: X * K))
wrong("4.4", "passes an output instead of the function (calls it)", torch.tensor([[[56.0, 72.0], [104.0, 120.0]]]))


@wrong("4.4", "leaves the body empty")
def _(X, K): ...


# 4.5
right("4.5", (2, -3, 1))
right("4.5", [1, -1.5, 0.5])
right("4.5", torch.tensor([2.0, -3.0, 1.0]))
right("4.5", np.array([2, -3, 1]))
right("4.5", torch.tensor([1, -1.5, 0.5]).reshape(1, 3, 1, 1))
right("4.5", torch.tensor([[[4.0]], [[-6.0]], [[2.0]]], dtype=torch.float64))
right("4.5", (0.2, -0.3, 0.1))
right("4.5", (Fraction(2, 3), -1, Fraction(1, 3)))
right("4.5", torch.tensor([2, -3, 1]))
right("4.5", (0.667, -1, 0.333))
right("4.5", [200, -300, 100])
right("4.5", nn.Parameter(torch.tensor([1.0, -1.5, 0.5])))
wrong("4.5", "responds to red only, but to gray as well", (1, 0, 0))
wrong("4.5", "takes the mean of the channels", [1 / 3, 1 / 3, 1 / 3])
wrong("4.5", "all zero: no response to red either", (0, 0, 0))
wrong("4.5", "the page's kernel for red: negative for blue", (1, -0.5, -0.5))
wrong("4.5", "the page's kernel for blue", (-0.5, -0.5, 1))
wrong("4.5", "the wrong sign", (-2, 3, -1))
wrong("4.5", "the order is blue, green, red", (1, -3, 2))
wrong("4.5", "takes the order red, blue, green", (2, 1, -3))
wrong("4.5", "forgets that gray gives 0", (2, 0, 1))
wrong("4.5", "subtracts half of what is needed", (2, -1.5, 1))
wrong("4.5", "red and blue respond alike", (1, -2, 1))
wrong("4.5", "blue is minus half of red", (2, -1, -1))
wrong("4.5", "blue does not respond", (1, -1, 0))
wrong("4.5", "rounds to one digit", (0.7, -1, 0.3))
wrong("4.5", "uses the brightness weights of a gray image", (0.299, 0.587, 0.114))
wrong("4.5", "gives two weights", (2, 1))
wrong("4.5", "gives a fourth weight, for a bias", (2, -3, 1, 0))
wrong("4.5", "gives three kernels instead of one", torch.tensor([[2.0, -3.0, 1.0]] * 3))
wrong("4.5", "gives the color red, as bytes", (255, 0, 0))
wrong("4.5", "one weight for all channels", 1)
wrong("4.5", "a list of the colors' names", ["red", "green", "blue"])
wrong("4.5", "not numbers", (float("nan"),) * 3)
wrong("4.5", "infinite", (float("inf"), -float("inf"), 1))
wrong("4.5", "leaves the dots", ...)


# 4.6
@right("4.6")
def _(X, K, bias):
    channels = []
    for kernel, b in zip(K, bias, strict=True):
        total = 0
        for x, k in zip(X, kernel, strict=True):
            total = total + corr2d(x, k)
        channels.append(total + b)
    return torch.stack(channels)


@right("4.6")
def _(X, K, bias):
    channels = []
    total = 0
    for kernel, b in zip(K, bias, strict=True):
        for x, k in zip(X, kernel, strict=True):
            total = total + corr2d(x, k)
        channels.append(total + b)
        total = 0
    return torch.stack(channels)


@right("4.6")
def _(X, K, bias):
    return torch.stack(
        [sum(corr2d(x, k) for x, k in zip(X, kernel, strict=True)) + b for kernel, b in zip(K, bias, strict=True)]
    )


@right("4.6")
def _(X, K, bias):
    rows, columns = X.shape[1] - K.shape[2] + 1, X.shape[2] - K.shape[3] + 1
    Y = torch.zeros(K.shape[0], rows, columns)
    for o in range(K.shape[0]):
        for c in range(K.shape[1]):
            Y[o] += corr2d(X[c], K[o, c])
        Y[o] += bias[o]
    return Y


@right("4.6")
def _(X, K, bias):
    totals = [0]
    for kernel in K:
        total = totals[-1]
        for x, k in zip(X, kernel, strict=True):
            total = total + corr2d(x, k)
        totals.append(total)
    return torch.stack([after - before for before, after in itertools.pairwise(totals)]) + bias.reshape(-1, 1, 1)


right("4.6", lambda X, K, bias: torch.stack([corr2d_multi_in(X, kernel) for kernel in K]) + bias[:, None, None])
right("4.6", lambda X, K, bias: F.conv2d(X[None], K, bias)[0])


@right("4.6")
def _(image, kernels, bias):
    each = [torch.stack([corr2d(image[c], kernel[c]) for c in range(len(image))]) for kernel in kernels]
    return torch.stack(each).sum(dim=1) + bias.view(-1, 1, 1)


@right("4.6")
def _(X, K, bias):
    def one(kernel):
        return functools.reduce(torch.add, itertools.starmap(corr2d, zip(X, kernel, strict=True)))

    return torch.stack([one(K[o]) + bias[o] for o in range(len(K))])


@right("4.6")
def _(X, K, bias):
    windows = X.unfold(1, K.shape[2], 1).unfold(2, K.shape[3], 1)
    return (windows[None] * K[:, :, None, None]).sum(dim=(1, 4, 5)) + bias[:, None, None]


@wrong("4.6", "leaves the function as it was")
def _(X, K, bias):
    channels = []
    total = 0
    for kernel, b in zip(K, bias, strict=True):
        for x, k in zip(X, kernel, strict=True):
            total = total + corr2d(x, k) + b
        channels.append(total)
    return torch.stack(channels)


@wrong("4.6", "resets the total, but adds the bias for each input channel")
def _(X, K, bias):
    channels = []
    for kernel, b in zip(K, bias, strict=True):
        total = 0
        for x, k in zip(X, kernel, strict=True):
            total = total + corr2d(x, k) + b
        channels.append(total)
    return torch.stack(channels)


@wrong("4.6", "moves the bias only: the total still runs on")
def _(X, K, bias):
    channels = []
    total = 0
    for kernel, b in zip(K, bias, strict=True):
        for x, k in zip(X, kernel, strict=True):
            total = total + corr2d(x, k)
        total = total + b
        channels.append(total)
    return torch.stack(channels)


@wrong("4.6", "starts each total at the bias, but still adds it in the inner loop")
def _(X, K, bias):
    channels = []
    for kernel, b in zip(K, bias, strict=True):
        total = b
        for x, k in zip(X, kernel, strict=True):
            total = total + corr2d(x, k) + b
        channels.append(total)
    return torch.stack(channels)


@wrong("4.6", "adds the whole bias to each channel")
def _(X, K, bias):
    channels = []
    for kernel in K:
        total = sum(corr2d(x, k) for x, k in zip(X, kernel, strict=True))
        channels.append(total + bias)
    return torch.stack(channels)


wrong("4.6", "leaves the bias out", lambda X, K, bias: corr2d_multi_in_out(X, K))
wrong("4.6", "lets the bias broadcast along the columns", lambda X, K, bias: corr2d_multi_in_out(X, K) + bias)


@wrong("4.6", "resets the total in the inner loop: only the last input channel counts")
def _(X, K, bias):
    channels = []
    for kernel, b in zip(K, bias, strict=True):
        for x, k in zip(X, kernel, strict=True):
            total = 0
            total = total + corr2d(x, k)
        channels.append(total + b)
    return torch.stack(channels)


@wrong("4.6", "appends a copy, but the total still runs on")
def _(X, K, bias):
    channels = []
    total = 0
    for kernel, b in zip(K, bias, strict=True):
        for x, k in zip(X, kernel, strict=True):
            total = total + corr2d(x, k)
        channels.append(total.clone() + b)
    return torch.stack(channels)


@wrong("4.6", "empties one tensor in place and appends it each time: all channels are the last one")
def _(X, K, bias):
    channels = []
    total = torch.zeros_like(corr2d(X[0], K[0, 0]))
    for kernel, b in zip(K, bias, strict=True):
        total.zero_()
        for x, k in zip(X, kernel, strict=True):
            total += corr2d(x, k)
        total += b
        channels.append(total)
    return torch.stack(channels)


@wrong("4.6", "appends in the inner loop: c_o · c_i output channels")
def _(X, K, bias):
    channels = []
    for kernel, b in zip(K, bias, strict=True):
        total = 0
        for x, k in zip(X, kernel, strict=True):
            total = total + corr2d(x, k)
            channels.append(total + b)
    return torch.stack(channels)


@wrong("4.6", "starts with the first product and then adds it again")
def _(X, K, bias):
    channels = []
    for kernel, b in zip(K, bias, strict=True):
        total = corr2d(X[0], kernel[0])
        for x, k in zip(X, kernel, strict=True):
            total = total + corr2d(x, k)
        channels.append(total + b)
    return torch.stack(channels)


@wrong("4.6", "empties the list of channels as well: only the last output channel remains")
def _(X, K, bias):
    for kernel, b in zip(K, bias, strict=True):
        channels = []
        total = 0
        for x, k in zip(X, kernel, strict=True):
            total = total + corr2d(x, k)
        channels.append(total + b)
    return torch.stack(channels)


@wrong("4.6", "subtracts the first output channel from the others: right for at most two kernels")
def _(X, K, bias):
    channels = []
    total = 0
    for kernel, b in zip(K, bias, strict=True):
        for x, k in zip(X, kernel, strict=True):
            total = total + corr2d(x, k)
        channels.append(total - channels[0] if channels else total)
    return torch.stack(channels) + bias[:, None, None]


@wrong("4.6", "divides by the number of kernels so far instead of starting anew")
def _(X, K, bias):
    channels = []
    total = 0
    for i, kernel in enumerate(K, start=1):
        for x, k in zip(X, kernel, strict=True):
            total = total + corr2d(x, k)
        channels.append(total / i + bias[i - 1])
    return torch.stack(channels)


@wrong("4.6", "overwrites the total instead of adding")
def _(X, K, bias):
    channels = []
    for kernel, b in zip(K, bias, strict=True):
        for x, k in zip(X, kernel, strict=True):
            total = corr2d(x, k)
        channels.append(total + b)
    return torch.stack(channels)


@wrong("4.6", "resets the total only after the second kernel")
def _(X, K, bias):
    channels = []
    total = 0
    for o, (kernel, b) in enumerate(zip(K, bias, strict=True)):
        if o == 2:
            total = 0
        for x, k in zip(X, kernel, strict=True):
            total = total + corr2d(x, k)
        channels.append(total + b)
    return torch.stack(channels)


@wrong("4.6", "resets the total only before the second kernel: right for two kernels, wrong from the third on")
def _(X, K, bias):
    channels = []
    total = 0
    for o, (kernel, b) in enumerate(zip(K, bias, strict=True)):
        if o == 1:
            total = 0
        for x, k in zip(X, kernel, strict=True):
            total = total + corr2d(x, k)
        channels.append(total + b)
    return torch.stack(channels)


@wrong("4.6", "swaps the loops: one sum over the kernels for each input channel")
def _(X, K, bias):
    channels = []
    for c, x in enumerate(X):
        total = 0
        for kernel, b in zip(K, bias, strict=True):
            total = total + corr2d(x, kernel[c])
        channels.append(total + b)
    return torch.stack(channels)


@wrong("4.6", "returns a sum of the channels instead of a stack")
def _(X, K, bias):
    channels = []
    for kernel, b in zip(K, bias, strict=True):
        total = 0
        for x, k in zip(X, kernel, strict=True):
            total = total + corr2d(x, k)
        channels.append(total + b)
    return sum(channels)


@wrong("4.6", "returns inside the outer loop")
def _(X, K, bias):
    channels = []
    for kernel, b in zip(K, bias, strict=True):
        total = 0
        for x, k in zip(X, kernel, strict=True):
            total = total + corr2d(x, k)
        channels.append(total + b)
        return torch.stack(channels)


@wrong("4.6", "hard-codes the page's two input channels")
def _(X, K, bias):
    return torch.stack([corr2d(X[0], kernel[0]) + corr2d(X[1], kernel[1]) + b for kernel, b in zip(K, bias, strict=True)])


@wrong("4.6", "hard-codes an output of 2×2 values")
def _(X, K, bias):
    channels = []
    for kernel, b in zip(K, bias, strict=True):
        total = torch.zeros(2, 2)
        for x, k in zip(X, kernel, strict=True):
            total += corr2d(x, k)
        channels.append(total + b)
    return torch.stack(channels)


@wrong("4.6", "puts the channels below each other (cat instead of stack)")
def _(X, K, bias):
    channels = []
    for kernel, b in zip(K, bias, strict=True):
        total = 0
        for x, k in zip(X, kernel, strict=True):
            total = total + corr2d(x, k)
        channels.append(total + b)
    return torch.cat(channels)


@wrong("4.6", "forgets the return")
def _(X, K, bias):
    channels = []
    for kernel, b in zip(K, bias, strict=True):
        total = 0
        for x, k in zip(X, kernel, strict=True):
            total = total + corr2d(x, k)
        channels.append(total + b)
    torch.stack(channels)


@wrong("4.6", "sets the total to 0 only after its first use")
def _(X, K, bias):
    channels = []
    for kernel, b in zip(K, bias, strict=True):
        for x, k in zip(X, kernel, strict=True):
            total = total + corr2d(x, k)  # noqa: F821
        channels.append(total + b)
        total = 0
    return torch.stack(channels)


wrong("4.6", "gives the channel in which the errors begin, not the function", 1)
wrong(
    "4.6",
    "explains the bug instead of writing the function",
    "total = 0 must be inside the outer loop, and + b after the inner one",
)
wrong("4.6", "assigns an output instead of the function (calls it)", torch.zeros(3, 2, 2))
wrong("4.6", "leaves the dots", ...)
