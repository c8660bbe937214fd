"""Answers to lesson 08, written from its page alone after its replies."""

import torch
from torch.nn import functional as F

from d2l_helpers import pool2d
from tests.support.answers import right, wrong

right("8.1", (3, 4))
right("8.1", torch.tensor([(7 + 2 - 3) // 3 + 1, (12 + 2 - 3) // 3 + 1]))
wrong("8.1", "takes the stride for 1", (7, 12))
wrong("8.1", "ignores the padding", (2, 4))
wrong("8.1", "rounds the height and width up instead of down", (3, 5))
wrong("8.1", "the stride is 2 as in the page's example", (4, 6))
wrong("8.1", "width before height", (4, 3))

right("8.2", [[0, 2, 0], [0, 0, 0], [1, 0, 1]])
right("8.2", torch.tensor([[0.0, 2, 0], [0, 0, 0], [1, 0, 1]]).numpy())
wrong("8.2", "counts an overlapping maximum only once", [[0, 1, 0], [0, 0, 0], [1, 0, 1]])
wrong("8.2", "gradient of the mean", torch.tensor([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) / 4)
wrong("8.2", "gives the outputs instead of the gradient", [[7, 7], [8, 5]])
wrong("8.2", "puts the sums of the maxima at their places", [[0, 14, 0], [0, 0, 0], [8, 0, 5]])
wrong("8.2", "in how many windows each value is", [[1, 2, 1], [2, 4, 2], [1, 2, 1]])


@right("8.3")
def _(X, k, p):
    ring = (p, p, p, p)
    return pool2d(F.pad(X, ring), k, "avg") / pool2d(F.pad(torch.ones_like(X), ring), k, "avg")


@right("8.3")
def _(image, size, ring):
    h, w = image.shape
    rows = []
    for top in range(-ring, h + ring - size + 1):
        row = []
        for left in range(-ring, w + ring - size + 1):
            row.append(image[max(top, 0) : top + size, max(left, 0) : left + size].mean())
        rows.append(torch.stack(row))
    return torch.stack(rows)


@wrong("8.3", "the zeros of the padding count")
def _(X, k, p):
    return pool2d(F.pad(X, (p,) * 4), k, "avg")


@wrong("8.3", "counts the values that aren't 0, so a real 0 doesn't count")
def _(X, k, p):
    padded = F.pad(X, (p,) * 4)
    return pool2d(padded, k, "avg") / pool2d((padded != 0).float(), k, "avg")


@wrong("8.3", "ignores the padding, so the output is too small")
def _(X, k, p):
    return pool2d(X, k, "avg")


@wrong("8.3", "calls F.avg_pool2d, which isn't allowed")
def _(X, k, p):
    return F.avg_pool2d(X[None], k, 1, p, count_include_pad=False)[0]


@wrong("8.3", "divides the mean by the number of real cells, so it's divided twice")
def _(X, k, p):
    ones = F.pad(torch.ones_like(X), (p,) * 4)
    return pool2d(F.pad(X, (p,) * 4), k, "avg") / (pool2d(ones, k, "avg") * k * k)


@wrong("8.3", "pads with the mean of the whole image")
def _(X, k, p):
    return pool2d(F.pad(X, (p,) * 4, value=X.mean().item()), k, "avg")


right("8.4", {"kernel_size": 5, "stride": 3, "padding": 2})
right("8.4", {"padding": (1, 1), "kernel_size": (4, 4), "stride": (3, 3)})
wrong("8.4", "windows that only touch", {"kernel_size": 3, "stride": 3, "padding": 0})
wrong("8.4", "no padding, so 8 becomes 2", {"kernel_size": 5, "stride": 3, "padding": 0})
wrong("8.4", "the stride is 2", {"kernel_size": 3, "stride": 2, "padding": 1})
wrong("8.4", "the padding is more than half of the window", {"kernel_size": 5, "stride": 3, "padding": 3})
wrong("8.4", "windows overlap vertically only", {"kernel_size": (4, 3), "stride": 3, "padding": (1, 1)})
wrong("8.4", "leaves out the padding key", {"kernel_size": 4, "stride": 3})


@right("8.5")
def _(X, k, stride, padding):
    return -F.max_pool2d(-X[None], k, stride, padding)[0]


@right("8.5")
def _(X, k, stride, padding):
    padded = F.pad(X[None], (padding,) * 4, mode="replicate")[0]
    return padded.unfold(0, k, stride).unfold(1, k, stride).amin(dim=(2, 3))


@wrong("8.5", "negates only the output")
def _(X, k, stride, padding):
    return -F.max_pool2d(X[None], k, stride, padding)[0]


@wrong("8.5", "pads with −∞, as max pooling does")
def _(X, k, stride, padding):
    padded = F.pad(X, (padding,) * 4, value=float("-inf"))
    return padded.unfold(0, k, stride).unfold(1, k, stride).amin(dim=(2, 3))


@wrong("8.5", "pads with 1, the brightest value of a photograph")
def _(X, k, stride, padding):
    padded = F.pad(X, (padding,) * 4, value=1.0)
    return padded.unfold(0, k, stride).unfold(1, k, stride).amin(dim=(2, 3))


@wrong("8.5", "leaves out the stride, so it's the window's size")
def _(X, k, stride, padding):
    return -F.max_pool2d(-X[None], k, padding=padding)[0]


@wrong("8.5", "negates X in place")
def _(X, k, stride, padding):
    return F.max_pool2d(X.neg_()[None], k, stride, padding)[0].neg()


@wrong("8.5", "leaves the padding away")
def _(X, k, stride, padding):
    return X.unfold(0, k, stride).unfold(1, k, stride).amin(dim=(2, 3))
