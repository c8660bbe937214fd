"""Answers to the exercises of lesson 03, written from its page alone."""

import functools
import math
from collections import OrderedDict
from fractions import Fraction

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from d2l_helpers import conv_out_size, corr2d
from tests.support.answers import right, wrong

# 3.1
right("3.1", (6, 4))
right("3.1", [6, 4])
right("3.1", torch.Size([6, 4]))
right("3.1", np.array([6, 4]))
right("3.1", torch.tensor([6, 4]))
right("3.1", (6.0, 4.0))
right("3.1", (math.floor((10 + 2 * 2 - 3) / 2) + 1, math.floor((13 + 2 * 1 - 5) / 3) + 1))
right("3.1", conv_out_size((10, 13), (3, 5), padding=(2, 1), stride=(2, 3)))
right("3.1", (Fraction(12, 2), np.int64(4)))
wrong("3.1", "rounds up instead of down", (7, 5))
wrong("3.1", "forgets the + 1 for the first stop", (5, 3))
wrong("3.1", "counts the padding on one side only", (5, 4))
wrong("3.1", "ignores the padding", (4, 3))
wrong("3.1", "ignores the stride", (12, 11))
wrong("3.1", "gives the width first, then the height", (4, 6))
wrong("3.1", "reads the padding pair as (width, height)", (5, 5))
wrong("3.1", "reads all three pairs as (width, height)", (3, 8))
wrong("3.1", "does not round down", (6.5, 13 / 3))
wrong("3.1", "does not subtract the kernel's size", (8, 6))
wrong("3.1", "gives the input's size", (10, 13))
wrong("3.1", "multiplies height and width", 24)
wrong("3.1", "gives only the height", 6)
wrong("3.1", "divides only the kernel's size by the stride (no parentheses)", (10 + 4 - 3 // 2 + 1, 13 + 2 - 5 // 3 + 1))
wrong("3.1", "gives an output instead of its shape", torch.zeros(6, 4))
wrong("3.1", "gives the layer instead of a shape", nn.Conv2d(1, 1, (3, 5), padding=(2, 1), stride=(2, 3), device="meta"))
wrong("3.1", "writes a sentence, with no number in it", "smaller than the input, because of the stride")
wrong("3.1", "leaves the dots", ...)

# 3.2
right("3.2", (2, 1))
right("3.2", [2, 1])
right("3.2", (4 // 2, 2 // 2))
right("3.2", torch.tensor([2, 1]))
right("3.2", np.array((2, 1)))
right("3.2", torch.Size((2, 1)))
right("3.2", tuple((k - 1) // 2 for k in (5, 3)))
wrong("3.2", "passes on the book's totals", (4, 2))
wrong("3.2", "gives the width first, then the height", (1, 2))
wrong("3.2", "gives one number, that of the height, for both axes", 2)
wrong("3.2", "gives the height's number for both axes", (2, 2))
wrong("3.2", "gives one number, that of the width, for both axes", 1)
wrong("3.2", "doubles the book's totals instead of halving them", (8, 4))
wrong("3.2", "takes half of the kernel's size without rounding", (2.5, 1.5))
wrong("3.2", "gives the kernel's size", (5, 3))
wrong("3.2", "takes half of k + 1", (3, 2))
wrong("3.2", "gives four amounts, in the order of F.pad", (1, 1, 2, 2))
wrong("3.2", "gives four amounts, height first", (2, 2, 1, 1))
wrong("3.2", "takes half of the sum of both totals", 3)
wrong("3.2", "turns the sign around", (-2, -1))
wrong("3.2", "writes valid, which means no padding", "valid")
wrong("3.2", "no idea", None)


# 3.3
@right("3.3")
def _(n, k, p, s):
    read = set()
    for start in range(-p, n + p - k + 1, s):
        read.update(range(start, start + k))
    return len(set(range(n)) - read)


@right("3.3")
def _(pixels, kernel, padding, stride):
    seen = [False] * (pixels + 2 * padding)
    start = 0
    while start + kernel <= len(seen):
        for i in range(kernel):
            seen[start + i] = True
        start += stride
    return seen[padding : padding + pixels].count(False)


@right("3.3")
def _(n, k, p, s):
    reads = torch.zeros(n + 2 * p)
    for start in range(0, n + 2 * p - k + 1, s):
        reads[start : start + k] += 1
    return (reads[p : p + n] == 0).sum()


@right("3.3")
def _(n, k, p, s):
    starts = np.arange(-p, n + p - k + 1, s)
    covered = (starts[:, None] + np.arange(k)).ravel()
    return np.setdiff1d(np.arange(n), covered).size


@right("3.3")
def _(n, k, p, s):
    read = torch.arange(-p, n + p).unfold(0, k, s).unique()
    return n - int(((read >= 0) & (read < n)).sum())


@right("3.3")
def _(n, k, p, s):
    line = torch.zeros(1, 1, n, requires_grad=True)
    total = F.conv1d(line, torch.ones(1, 1, k), padding=p, stride=s).sum()
    return int((torch.autograd.grad(total, line)[0] == 0).sum())


@right("3.3")
def _(n, k, p=0, s=1):
    stops = (n + 2 * p - k) // s + 1

    def inside(begin, end):
        return max(min(end, p + n) - max(begin, p), 0)

    gaps = sum(inside(i * s + k, (i + 1) * s) for i in range(stops - 1))
    return gaps + inside((stops - 1) * s + k, n + 2 * p)


@right("3.3")
def _(n, k, p, s):
    last = (n + 2 * p - k) // s
    missed = np.ones(n, dtype=bool)
    for pixel in range(n):
        newest = min((pixel + p) // s, last)
        missed[pixel] = newest * s + k <= pixel + p
    return missed.sum()


right("3.3", lambda n, k, p, s: sum(all(not a <= i < a + k for a in range(-p, n + p - k + 1, s)) for i in range(n)))


def _left_out(n, k, p, s, start):
    if start + k > n + p:
        return set(range(n))
    return _left_out(n, k, p, s, start + s) - set(range(start, start + k))


@right("3.3")
def _(n, k, p, s):
    return float(len(_left_out(n, k, p, s, -p)))


class _Reader:
    def __call__(self, n, k, p, s):
        stops = (n + 2 * p - k) // s + 1
        once = F.conv_transpose1d(torch.ones(1, 1, stops), torch.ones(1, 1, k), stride=s)[0, 0]
        return (F.pad(once, (0, n + 2 * p - len(once)))[p : p + n] == 0).sum().item()


right("3.3", _Reader())


def _unread(verbose, n, k, p, s):
    count = n
    for i in range(n):
        count -= any(a <= i < a + k for a in range(-p, n + p - k + 1, s))
    if verbose:
        print(count)
    return count


right("3.3", functools.partial(_unread, False))


@wrong("3.3", "counts the padding among the leftovers, and ignores the gaps between windows")
def _(n, k, p, s):
    return (n + 2 * p - k) % s


@wrong("3.3", "is negative when the padding exceeds the leftovers, and ignores the gaps")
def _(n, k, p, s):
    return (n + 2 * p - k) % s - p


@wrong("3.3", "ignores the gaps between windows when the stride is larger than the kernel")
def _(n, k, p, s):
    return max((n + 2 * p - k) % s - p, 0)


@wrong("3.3", "subtracts the padding of both sides from the leftovers")
def _(n, k, p, s):
    gaps = max(s - k, 0) * ((n + 2 * p - k) // s)
    return gaps + max((n + 2 * p - k) % s - 2 * p, 0)


@wrong("3.3", "ignores the padding")
def _(n, k, p, s):
    read = {i for start in range(0, n - k + 1, s) for i in range(start, start + k)}
    return n - len(read)


@wrong("3.3", "counts the cells of the padding that no window reads, too")
def _(n, k, p, s):
    read = {i for start in range(0, n + 2 * p - k + 1, s) for i in range(start, start + k)}
    return n + 2 * p - len(read)


@wrong("3.3", "subtracts the cells of the padding that are read from n")
def _(n, k, p, s):
    read = {i for start in range(-p, n + p - k + 1, s) for i in range(start, start + k)}
    return n - len(read)


@wrong("3.3", "counts gaps in the padding as pixels (wrong only if the padding is at least as large as the kernel)")
def _(n, k, p, s):
    steps, left = divmod(n + 2 * p - k, s)
    return steps * max(s - k, 0) + max(left - p, 0)


@wrong("3.3", "counts each gap as s - k even if windows overlap, so overlaps count as negative gaps")
def _(n, k, p, s):
    steps, left = divmod(n + 2 * p - k, s)
    return steps * (s - k) + max(left - p, 0)


@wrong("3.3", "drops the last window (range without + 1)")
def _(n, k, p, s):
    read = {i for start in range(-p, n + p - k, s) for i in range(start, start + k)}
    return len(set(range(n)) - read)


@wrong("3.3", "lets windows start that do not fit any more")
def _(n, k, p, s):
    read = {i for start in range(-p, n + p, s) for i in range(start, start + k)}
    return len(set(range(n)) - read)


@wrong("3.3", "rounds the number of windows up")
def _(n, k, p, s):
    stops = math.ceil((n + 2 * p - k) / s) + 1
    read = {i for stop in range(stops) for i in range(stop * s - p, stop * s - p + k)}
    return len(set(range(n)) - read)


@wrong("3.3", "moves the window by one pixel whatever the stride")
def _(n, k, p, s):
    read = {i for start in range(-p, n + p - k + 1) for i in range(start, start + k)}
    return len(set(range(n)) - read)


@wrong("3.3", "starts the first window at the first pixel instead of in the padding")
def _(n, k, p, s):
    read = {i for start in range(0, n + p - k + 1, s) for i in range(start, start + k)}
    return len(set(range(n)) - read)


@wrong("3.3", "adds the padding on one side only")
def _(n, k, p, s):
    read = {i for start in range(-p, n - k + 1, s) for i in range(start, start + k)}
    return len(set(range(n)) - read)


@wrong("3.3", "counts the pixels that are read, not the others")
def _(n, k, p, s):
    read = {i for start in range(-p, n + p - k + 1, s) for i in range(start, start + k)}
    return len(read & set(range(n)))


@wrong("3.3", "returns the unread pixels, not their number")
def _(n, k, p, s):
    read = {i for start in range(-p, n + p - k + 1, s) for i in range(start, start + k)}
    return [i for i in range(n) if i not in read]


@wrong("3.3", "prints the number and returns nothing")
def _(n, k, p, s):
    read = {i for start in range(-p, n + p - k + 1, s) for i in range(start, start + k)}
    print(len(set(range(n)) - read))


@wrong("3.3", "returns inside the loop, after the first window")
def _(n, k, p, s):
    missed = set(range(n))
    for start in range(-p, n + p - k + 1, s):
        missed -= set(range(start, start + k))
        return len(missed)


@wrong("3.3", "counts the pixels of a whole n×n image")
def _(n, k, p, s):
    read = {i for start in range(-p, n + p - k + 1, s) for i in range(start, start + k)}
    return n * n - len(read & set(range(n))) ** 2


@wrong("3.3", "takes padding and stride in the other order")
def _(n, k, s, p):
    read = {i for start in range(-p, n + p - k + 1, s) for i in range(start, start + k)}
    return len(set(range(n)) - read)


@wrong("3.3", "returns the output's size")
def _(n, k, p, s):
    return (n + 2 * p - k) // s + 1


@wrong("3.3", "returns the fraction of a step that the floor throws away")
def _(n, k, p, s):
    return (n + 2 * p - k) / s - (n + 2 * p - k) // s


@wrong("3.3", "refuses a stride larger than the kernel")
def _(n, k, p, s):
    if s > k:
        raise ValueError("stride larger than kernel")
    return max((n + 2 * p - k) % s - p, 0)


@wrong("3.3", "says whether there are such pixels, not how many")
def _(n, k, p, s):
    read = {i for start in range(-p, n + p - k + 1, s) for i in range(start, start + k)}
    return not set(range(n)) <= read


@wrong("3.3", "never moves the window, so the loop does not end")
def _(n, k, p, s):
    missed, start = set(range(n)), -p
    while start + k <= n + p:
        missed -= set(range(start, start + k))
    return len(missed)


@wrong("3.3", "has no parameter for the padding")
def _(n, k, s):
    return (n - k) % s


wrong("3.3", "returns the answer for the page's first layer, whatever the arguments", lambda n, k, p, s: 1)
wrong("3.3", "always says that every pixel is read", lambda n, k, p, s: 0)
wrong("3.3", "passes a number instead of the function (calls it)", (8 - 3) % 2)


@wrong("3.3", "leaves the body empty")
def _(n, k, p, s): ...


# 3.4
def _layer(kernel_size, padding, stride):
    return {"kernel_size": kernel_size, "padding": padding, "stride": stride}


for _settings in ((7, 3, 4), (5, 1, 4), (7, 2, 4), (9, 4, 4), (11, 1, 3), (17, 1, 2), (5, 4, 5), (7, 6, 5), (11, 10, 6)):
    right("3.4", _layer(*_settings))
right("3.4", dict(stride=3, kernel_size=13, padding=2))
right("3.4", OrderedDict(kernel_size=9, padding=3, stride=4))
right("3.4", _layer(29, 10, 3))
right("3.4", dict(zip(("kernel_size", "padding", "stride"), np.array([7, 3, 4]), strict=True)))
wrong("3.4", "leaves gaps between the windows (stride larger than the kernel)", _layer(3, 1, 4))
wrong("3.4", "same padding, but one row and one column of pixels are left over", _layer(5, 2, 4))
wrong("3.4", "takes an even kernel", _layer(4, 0, 4))
wrong("3.4", "takes an even kernel with padding", _layer(8, 2, 4))
wrong("3.4", "takes an even kernel with stride 1", _layer(22, 0, 1))
wrong("3.4", "does not read the last row and column, without padding and with stride 3", _layer(9, 0, 3))
wrong("3.4", "does not read the last row and column, without padding and with stride 2", _layer(15, 0, 2))
wrong("3.4", "reads one pixel in four along each axis", _layer(1, 0, 4))
wrong("3.4", "the padding is as large as the kernel", _layer(5, 5, 5))
wrong("3.4", "halves the image only once: the output is 14×14", _layer(3, 1, 2))
wrong("3.4", "rounds the output's size up: it is 6×6", _layer(5, 0, 4))
wrong("3.4", "counts the padding of both sides together, as the book does: the output is 9×9", _layer(7, 6, 4))
wrong("3.4", "forgets the + 1: the output is 8×8", _layer(7, 5, 4))
wrong("3.4", "swaps padding and stride", _layer(7, 4, 3))
wrong("3.4", "leaves out the stride, so it is 1", {"kernel_size": 7, "padding": 3})
wrong("3.4", "takes an odd kernel that keeps the size, with no stride", _layer(5, 2, 1))
wrong("3.4", "gives two layers in a row instead of one", [_layer(3, 1, 2), _layer(3, 1, 2)])
wrong("3.4", "takes a negative padding", _layer(1, -4, 3))
wrong("3.4", "takes a kernel larger than the padded image", _layer(41, 3, 4))
wrong("3.4", "a stride of 0", _layer(7, 3, 0))
wrong("3.4", "asks for same padding together with a stride", _layer(7, "same", 4))
wrong("3.4", "gives the output's size instead of settings", (7, 7))
wrong("3.4", "leaves the dots in the settings", _layer(..., ..., ...))
wrong("3.4", "no idea", {})

# 3.5
right("3.5", 57)
right("3.5", 57.0)
right("3.5", torch.tensor(57))
right("3.5", np.int64(57))
right("3.5", [57])
right("3.5", 1 + 2 * 1 + 2 * 3 + 6 * (3 * 2) + 3 * 2 * 2)
right("3.5", np.float32(1) + np.sum(np.array([2, 2, 6, 1]) * np.cumprod([1, 3, 2, 2])))
right("3.5", torch.tensor([57.0]).squeeze())
right("3.5", Fraction(114, 2))
wrong("3.5", "gives the field of one output", 45)
wrong("3.5", "adds the two fields without their overlap", 90)
wrong("3.5", "counts the pixels that both outputs see", 33)
wrong("3.5", "gives the distance between the two fields", 12)
wrong("3.5", "moves the second field by the last stride only", 47)
wrong("3.5", "moves the second field by the strides before the last layer", 51)
wrong("3.5", "moves the second field by one pixel", 46)
wrong("3.5", "adds up the strides", 52)
wrong("3.5", "ignores the strides", 12)
wrong("3.5", "ignores the strides, for one output", 11)
wrong("3.5", "ignores the strides in the field, but not in the distance", 23)
wrong("3.5", "multiplies by each layer's own stride, too", 91 + 12)
wrong("3.5", "multiplies by each layer's own stride, too, for one output", 91)
wrong("3.5", "takes k instead of k - 1", 1 + 3 + 9 + 42 + 12)
wrong("3.5", "forgets the 1 at the start", 56)
wrong("3.5", "off by one", 58)
wrong("3.5", "goes through the layers from the last to the first", 31)
wrong("3.5", "adds up the kernel sizes", 13)
wrong("3.5", "multiplies the kernel sizes", 63)
wrong("3.5", "gives the area", 57 * 57)
wrong("3.5", "gives the layers instead of a number", [(3, 3), (3, 2), (7, 2)])
wrong("3.5", "gives the field after each layer", [3, 9, 45])
wrong("3.5", "gives both fields", (45, 45))
wrong("3.5", "text instead of a number", "it depends on the size of the image")
wrong("3.5", "no idea", 42)
wrong("3.5", "not a number", float("nan"))


# 3.6
@right("3.6")
def _(X, K):
    h, w = K.shape
    return corr2d(F.pad(X, ((w - 1) // 2, w // 2, (h - 1) // 2, h // 2)), K)


@right("3.6")
def _(image, kernel):
    rows, columns = (size - 1 for size in kernel.shape)
    left, top = columns // 2, rows // 2
    around = [left, columns - left, top, rows - top]
    return corr2d(F.pad(image, around, mode="constant", value=0.0), kernel)


@right("3.6")
def _(X, K):
    h, w = K.shape
    Y = corr2d(F.pad(X, (w // 2, w // 2, h // 2, h // 2)), K)
    return Y[-X.shape[0] :, -X.shape[1] :]


@right("3.6")
def _(X, K):
    h, w = K.shape
    K = F.pad(K, (1 - w % 2, 0, 1 - h % 2, 0))  # an odd kernel, with zeros in front
    h, w = K.shape
    return corr2d(F.pad(X, (w // 2, w // 2, h // 2, h // 2)), K)


@right("3.6")
def _(X, K):
    for k in K.shape:  # rows of X, then (as X.T) columns
        before, extra = divmod(k - 1, 2)
        X = F.pad(X, (0, 0, before, before + extra)).T
    return corr2d(X, K)


@right("3.6")
def _(X, K):
    h, w = K.shape
    p_h, p_w = (h - 1) // 2, (w - 1) // 2
    X = F.pad(X, (p_w, p_w, p_h, p_h))
    if h % 2 == 0:
        X = F.pad(X, (0, 0, 0, 1))
    if w % 2 == 0:
        X = F.pad(X, (0, 1))
    return corr2d(X, K)


def _both_sides(k):
    return math.ceil(k / 2) - 1, math.floor(k / 2)


right("3.6", lambda X, K: corr2d(F.pad(X, _both_sides(K.shape[1]) + _both_sides(K.shape[0])), K))


class _Same:
    def __init__(self, value=0):
        self.value = value

    def __call__(self, X, K):
        h, w = K.size(0), K.size(1)
        full = corr2d(F.pad(X, (w - 1, w - 1, h - 1, h - 1), value=self.value), K)
        return full[h // 2 :, w // 2 :][: X.size(0), : X.size(1)]


right("3.6", _Same())


def _with_amounts(amounts, X, K):
    (top, bottom), (left, right_) = amounts(K.shape[0]), amounts(K.shape[1])
    return corr2d(F.pad(X, (left, right_, top, bottom)), K)


right("3.6", functools.partial(_with_amounts, lambda k: ((k - 1) // 2, k - 1 - (k - 1) // 2)))


@wrong("3.6", "leaves the function as it was")
def _(X, K):
    h, w = K.shape
    return corr2d(F.pad(X, (h // 2, h // 2, w // 2, w // 2)), K)


@wrong("3.6", "fixes the order of the sides only: an even kernel makes the output too large")
def _(X, K):
    h, w = K.shape
    return corr2d(F.pad(X, (w // 2, w // 2, h // 2, h // 2)), K)


@wrong("3.6", "fixes the even kernels only: height and width are still swapped")
def _(X, K):
    h, w = K.shape
    return corr2d(F.pad(X, ((h - 1) // 2, h // 2, (w - 1) // 2, w // 2)), K)


@wrong("3.6", "puts the extra row on top and the extra column on the left")
def _(X, K):
    h, w = K.shape
    return corr2d(F.pad(X, (w // 2, (w - 1) // 2, h // 2, (h - 1) // 2)), K)


@wrong("3.6", "puts the extra row on top (the extra column is right)")
def _(X, K):
    h, w = K.shape
    return corr2d(F.pad(X, ((w - 1) // 2, w // 2, h // 2, (h - 1) // 2)), K)


@wrong("3.6", "pads too much and cuts off the last row and column instead of the first")
def _(X, K):
    h, w = K.shape
    return corr2d(F.pad(X, (w // 2, w // 2, h // 2, h // 2)), K)[: X.shape[0], : X.shape[1]]


@wrong("3.6", "puts all zeros at the bottom and on the right")
def _(X, K):
    h, w = K.shape
    return corr2d(F.pad(X, (0, w - 1, 0, h - 1)), K)


@wrong("3.6", "pads k - 1 on each side: the output is too large")
def _(X, K):
    h, w = K.shape
    return corr2d(F.pad(X, (w - 1, w - 1, h - 1, h - 1)), K)


@wrong("3.6", "rounds down on both sides: an even kernel makes the output too small")
def _(X, K):
    h, w = K.shape
    return corr2d(F.pad(X, ((w - 1) // 2, (w - 1) // 2, (h - 1) // 2, (h - 1) // 2)), K)


@wrong("3.6", "is right for even kernels only")
def _(X, K):
    h, w = K.shape
    return corr2d(F.pad(X, (w // 2 - 1, w // 2, h // 2 - 1, h // 2)), K)


@wrong("3.6", "always pads by 1, as for a 3×3 kernel")
def _(X, K):
    return corr2d(F.pad(X, (1, 1, 1, 1)), K)


@wrong("3.6", "always pads as for a 2×2 kernel")
def _(X, K):
    return corr2d(F.pad(X, (0, 1, 0, 1)), K)


@wrong("3.6", "divides with / and gives F.pad floats")
def _(X, K):
    h, w = K.shape
    return corr2d(F.pad(X, ((w - 1) / 2, w / 2, (h - 1) / 2, h / 2)), K)


@wrong("3.6", "gives the sides in the order top, bottom, left, right with both amounts exchanged")
def _(X, K):
    h, w = K.shape
    return corr2d(F.pad(X, (h // 2, (h - 1) // 2, w // 2, (w - 1) // 2)), K)


@wrong("3.6", "pads the columns only")
def _(X, K):
    w = K.shape[1]
    return corr2d(F.pad(X, ((w - 1) // 2, w // 2)), K)


@wrong("3.6", "gives the order left, top, right, bottom")
def _(X, K):
    h, w = K.shape
    return corr2d(F.pad(X, ((w - 1) // 2, (h - 1) // 2, w // 2, h // 2)), K)


@wrong("3.6", "flips the kernel")
def _(X, K):
    h, w = K.shape
    return corr2d(F.pad(X, ((w - 1) // 2, w // 2, (h - 1) // 2, h // 2)), K.flip(0, 1))


@wrong("3.6", "repeats the edge pixels instead of adding zeros")
def _(X, K):
    h, w = K.shape
    amounts = ((w - 1) // 2, w // 2, (h - 1) // 2, h // 2)
    return corr2d(F.pad(X[None], amounts, mode="replicate")[0], K)


@wrong("3.6", "takes the width for both axes: right for square kernels only")
def _(X, K):
    k = K.shape[1]
    return corr2d(F.pad(X, ((k - 1) // 2, k // 2) * 2), K)


@wrong("3.6", "computes the amounts from the input's shape instead of the kernel's")
def _(X, K):
    h, w = X.shape
    return corr2d(F.pad(X, ((w - 1) // 2, w // 2, (h - 1) // 2, h // 2)), K)


@wrong("3.6", "forgets the return")
def _(X, K):
    h, w = K.shape
    corr2d(F.pad(X, ((w - 1) // 2, w // 2, (h - 1) // 2, h // 2)), K)


@wrong("3.6", "returns the padded input")
def _(X, K):
    h, w = K.shape
    return F.pad(X, ((w - 1) // 2, w // 2, (h - 1) // 2, h // 2))


@wrong("3.6", "pads the output instead of the input: right size, but zeros at the border")
def _(X, K):
    h, w = K.shape
    return F.pad(corr2d(X, K), ((w - 1) // 2, w // 2, (h - 1) // 2, h // 2))


@wrong("3.6", "calls F.conv2d with padding='same', the function to be rebuilt with F.pad and corr2d")
def _(X, K):
    return F.conv2d(X[None, None], K[None, None], padding="same")[0, 0]


wrong("3.6", "returns the input, which has the right size", lambda X, K: X)
wrong(
    "3.6", "explains the bugs instead of writing a function", "h and w are swapped, and even kernels get one zero too many"
)
wrong("3.6", "assigns an output instead of the function (calls it)", torch.tensor([[8.0, 12.0], [20.0, 24.0]]))
wrong("3.6", "assigns the padding instead of a function", ("w // 2", "w // 2", "h // 2", "h // 2"))
