"""Answers to lesson 07, written from its page alone after its replies."""

import numpy as np
import torch
from torch.nn import functional as F

from tests.support.answers import right, wrong

right("7.1", (28 - 3 * (3 - 1) - 1) // 1 + 1)
right("7.1", torch.tensor(22))
wrong("7.1", "ignores the dilation", 26)
wrong("7.1", "takes the width for d*k, 9 instead of 7", 20)
wrong("7.1", "forgets the + 1 at the end", 21)
wrong("7.1", "adds same padding though there is none", 28)
wrong("7.1", "divides by the dilation as if it were a stride", 9)

right("7.2", 32 * 5 * 5 + 32 * 64)
right("7.2", np.int64(2848))
wrong("7.2", "counts the ordinary layer", 32 * 64 * 25)
wrong("7.2", "one depthwise kernel for each output channel", 64 * 25 + 32 * 64)
wrong("7.2", "leaves out the pointwise half", 800)
wrong("7.2", "leaves out the depthwise half", 2048)
wrong("7.2", "counts 5 weights for a 5×5 kernel", 32 * 5 + 32 * 64)


@right("7.3")
def _(K_depth, K_point):
    return torch.einsum("iab,oi->oiab", K_depth[:, 0], K_point[:, :, 0, 0])


@right("7.3")
def _(depth, point):
    c_o, c_i = point.shape[:2]
    K = np.zeros((c_o, c_i, *depth.shape[2:]))
    for o in range(c_o):
        for i in range(c_i):
            K[o, i] = point[o, i, 0, 0].item() * depth[i, 0].numpy()
    return torch.tensor(K, dtype=depth.dtype)


@wrong("7.3", "sums over the input channels")
def _(K_depth, K_point):
    return torch.einsum("iab,oi->oab", K_depth[:, 0], K_point[:, :, 0, 0])[:, None]


@wrong("7.3", "input and output channels swapped in the result")
def _(K_depth, K_point):
    return (K_point * K_depth.transpose(0, 1)).transpose(0, 1)


@wrong("7.3", "multiplies without moving the depthwise axis, one kernel per output channel")
def _(K_depth, K_point):
    return K_point * K_depth


@wrong("7.3", "uses the kernel of channel 0 for all channels")
def _(K_depth, K_point):
    return K_point * K_depth[0]


@wrong("7.3", "adds the two weights instead of multiplying them")
def _(K_depth, K_point):
    return K_point + K_depth.transpose(0, 1)


right("7.4", [1, 3, 9])
right("7.4", torch.tensor([9, 3, 1]))
wrong("7.4", "the doubling dilations of the page", [1, 2, 4])
wrong("7.4", "a mixture that the page shows without holes, but not the widest", (1, 2, 5))
wrong("7.4", "wide, but one distance is missed at 1, 3, 10", [1, 3, 10])
wrong("7.4", "equal large dilations, which leave holes", [9, 9, 9])
wrong("7.4", "powers of three with the next power, so the first step is missing", (3, 9, 27))

right("7.5", torch.tensor([[a - 1.0, b - 1.0] for a in range(3) for b in range(3)]).flatten())
right("7.5", [-1, -1, -1, 0, -1, 1, 0, -1, 0, 0, 0, 1, 1, -1, 1, 0, 1, 1])
wrong("7.5", "dx before dy", [-1, -1, 0, -1, 1, -1, -1, 0, 0, 0, 1, 0, -1, 1, 0, 1, 1, 1])
wrong("7.5", "first all dy, then all dx", [-1, -1, -1, 0, 0, 0, 1, 1, 1, -1, 0, 1, -1, 0, 1, -1, 0, 1])
wrong(
    "7.5",
    "gives positions with dilation 2 instead of offsets",
    [2 * s for a in (-1, 0, 1) for b in (-1, 0, 1) for s in (a, b)],
)
wrong(
    "7.5",
    "the upper left corner stays instead of the center",
    torch.cartesian_prod(torch.arange(3.0), torch.arange(3.0)).flatten(),
)
wrong(
    "7.5",
    "signs turned, so the window shrinks to a point",
    -torch.cartesian_prod(torch.arange(3.0) - 1, torch.arange(3.0) - 1).flatten(),
)


@right("7.6")
def _(X, groups):
    n = X.shape[0] // groups
    return torch.stack([X[g * n + i] for i in range(n) for g in range(groups)])


@right("7.6")
def _(X, groups):
    c, h, w = X.shape
    return X.reshape(groups, c // groups, h, w).permute(1, 0, 2, 3).reshape(c, h, w).clone()


@right("7.6")
def _(maps, groups):
    order = torch.arange(len(maps)).view(groups, -1).T.flatten()
    return maps[order]


@wrong("7.6", "reshapes to groups first but transposes nothing")
def _(X, groups):
    c, h, w = X.shape
    return X.reshape(groups, c // groups, h, w).reshape(c, h, w).clone()


@wrong("7.6", "still reshapes to (c // groups, groups), as before")
def _(X, groups):
    c, h, w = X.shape
    return X.reshape(-1, groups, h, w).permute(1, 0, 2, 3).flatten(0, 1)


@wrong("7.6", "hard-coded to two groups")
def _(X, groups):
    half = len(X) // 2
    return torch.stack([X[:half], X[half:]], dim=1).flatten(0, 1)


@wrong("7.6", "calls F.channel_shuffle, which isn't allowed")
def _(X, groups):
    return F.channel_shuffle(X[None], groups)[0]


@wrong("7.6", "writes the shuffled channels into X")
def _(X, groups):
    c, h, w = X.shape
    X.copy_(X.reshape(groups, c // groups, h, w).transpose(0, 1).reshape(c, h, w).clone())
    return X


@wrong("7.6", "shuffles the first channel of each group and leaves the rest behind in order")
def _(X, groups):
    n = len(X) // groups
    first = [g * n for g in range(groups)]
    return X[first + [i for i in range(len(X)) if i not in first]]
