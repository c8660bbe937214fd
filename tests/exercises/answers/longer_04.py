"""Answers to the longer tasks of lesson 04, written from its page alone after its replies."""

import itertools

import numpy as np
import torch
from torch.nn import functional as F

from tests.support.answers import right, wrong

# 4.7a: im2col


@right("4.7a")
def _(X, k, padding, stride):
    P = F.pad(X, (padding,) * 4)
    columns = []
    for i in range(0, P.shape[1] - k[0] + 1, stride):
        for j in range(0, P.shape[2] - k[1] + 1, stride):
            columns.append(P[:, i : i + k[0], j : j + k[1]].flatten())
    return torch.stack(columns, dim=1)


@right("4.7a")
def _(image, kernel, p, s):
    c, H, W = image.shape
    h, w = kernel
    padded = torch.zeros(c, H + 2 * p, W + 2 * p)
    padded[:, p : p + H, p : p + W] = image
    n, m = (H + 2 * p - h) // s + 1, (W + 2 * p - w) // s + 1
    out = torch.empty(c, h, w, n, m)
    for a in range(h):
        for b in range(w):
            out[:, a, b] = padded[:, a : a + s * n : s, b : b + s * m : s]
    return out.reshape(c * h * w, n * m)


@right("4.7a")
def _(X, k, padding, stride):
    P = F.pad(X, [padding] * 4)
    tops = torch.arange(0, P.shape[1] - k[0] + 1, stride)
    lefts = torch.arange(0, P.shape[2] - k[1] + 1, stride)
    rows = tops.repeat_interleave(len(lefts)) + torch.arange(k[0]).repeat_interleave(k[1])[:, None]
    cols = lefts.repeat(len(tops)) + torch.arange(k[1]).repeat(k[0])[:, None]
    return P[:, rows, cols].flatten(0, 1)


@right("4.7a")
def _(X, k, padding, stride):
    P = np.pad(X.numpy(), ((0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(P, k, axis=(1, 2))[:, ::stride, ::stride]
    return windows.transpose(0, 3, 4, 1, 2).reshape(len(X) * k[0] * k[1], -1)


@right("4.7a")
def _(X, k, padding, stride):
    # one kernel for each value of the block, with a single 1
    size = X.shape[0] * k[0] * k[1]
    pickers = torch.eye(size, dtype=X.dtype).reshape(size, X.shape[0], *k)
    return F.conv2d(X[None], pickers, padding=padding, stride=stride)[0].flatten(1)


@wrong("4.7a", "writes the blocks as rows")
def _(X, k, padding, stride):
    P = F.pad(X, (padding,) * 4)
    return torch.stack(
        [
            P[:, i : i + k[0], j : j + k[1]].flatten()
            for i in range(0, P.shape[1] - k[0] + 1, stride)
            for j in range(0, P.shape[2] - k[1] + 1, stride)
        ]
    )


@wrong("4.7a", "forgets the padding")
def _(X, k, padding, stride):
    columns = []
    for i in range(0, X.shape[1] - k[0] + 1, stride):
        for j in range(0, X.shape[2] - k[1] + 1, stride):
            columns.append(X[:, i : i + k[0], j : j + k[1]].flatten())
    return torch.stack(columns, dim=1)


@wrong("4.7a", "stops at every pixel")
def _(X, k, padding, stride):
    P = F.pad(X, (padding,) * 4)
    columns = []
    for i in range(P.shape[1] - k[0] + 1):
        for j in range(P.shape[2] - k[1] + 1):
            columns.append(P[:, i : i + k[0], j : j + k[1]].flatten())
    return torch.stack(columns, dim=1)


@wrong("4.7a", "puts the channel last within a block")
def _(X, k, padding, stride):
    P = F.pad(X, (padding,) * 4)
    columns = []
    for i in range(0, P.shape[1] - k[0] + 1, stride):
        for j in range(0, P.shape[2] - k[1] + 1, stride):
            columns.append(P[:, i : i + k[0], j : j + k[1]].permute(1, 2, 0).flatten())
    return torch.stack(columns, dim=1)


@wrong("4.7a", "goes down column by column instead of row by row")
def _(X, k, padding, stride):
    P = F.pad(X, (padding,) * 4)
    columns = []
    for j in range(0, P.shape[2] - k[1] + 1, stride):
        for i in range(0, P.shape[1] - k[0] + 1, stride):
            columns.append(P[:, i : i + k[0], j : j + k[1]].flatten())
    return torch.stack(columns, dim=1)


@wrong("4.7a", "reshapes the stack of blocks instead of transposing it")
def _(X, k, padding, stride):
    P = F.pad(X, (padding,) * 4)
    blocks = []
    for i in range(0, P.shape[1] - k[0] + 1, stride):
        for j in range(0, P.shape[2] - k[1] + 1, stride):
            blocks.append(P[:, i : i + k[0], j : j + k[1]])
    return torch.stack(blocks).reshape(X.shape[0] * k[0] * k[1], len(blocks))


@wrong("4.7a", "misses the last stop of each axis")
def _(X, k, padding, stride):
    P = F.pad(X, (padding,) * 4)
    columns = []
    for i in range(0, P.shape[1] - k[0], stride):
        for j in range(0, P.shape[2] - k[1], stride):
            columns.append(P[:, i : i + k[0], j : j + k[1]].flatten())
    return torch.stack(columns, dim=1)


@wrong("4.7a", "takes k for (width, height)")
def _(X, k, padding, stride):
    w, h = k
    P = F.pad(X, (padding,) * 4)
    columns = []
    for i in range(0, P.shape[1] - h + 1, stride):
        for j in range(0, P.shape[2] - w + 1, stride):
            columns.append(P[:, i : i + h, j : j + w].flatten())
    return torch.stack(columns, dim=1)


@wrong("4.7a", "pads before the image only")
def _(X, k, padding, stride):
    P = F.pad(X, (padding, 0, padding, 0))
    columns = []
    for i in range(0, P.shape[1] - k[0] + 1, stride):
        for j in range(0, P.shape[2] - k[1] + 1, stride):
            columns.append(P[:, i : i + k[0], j : j + k[1]].flatten())
    return torch.stack(columns, dim=1)


@wrong("4.7a", "takes the first channel only")
def _(X, k, padding, stride):
    P = F.pad(X[0], (padding,) * 4)
    columns = []
    for i in range(0, P.shape[0] - k[0] + 1, stride):
        for j in range(0, P.shape[1] - k[1] + 1, stride):
            columns.append(P[i : i + k[0], j : j + k[1]].flatten())
    return torch.stack(columns, dim=1)


wrong("4.7a", "calls F.unfold", lambda X, k, padding, stride: F.unfold(X[None], k, padding=padding, stride=stride)[0])


@wrong("4.7a", "uses Tensor.unfold")
def _(X, k, padding, stride):
    P = F.pad(X, (padding,) * 4).unfold(1, k[0], stride).unfold(2, k[1], stride)
    return P.permute(0, 3, 4, 1, 2).reshape(X.shape[0] * k[0] * k[1], -1)


@wrong("4.7a", "leaves the blocks unflattened")
def _(X, k, padding, stride):
    P = F.pad(X, (padding,) * 4)
    blocks = []
    for i in range(0, P.shape[1] - k[0] + 1, stride):
        for j in range(0, P.shape[2] - k[1] + 1, stride):
            blocks.append(P[:, i : i + k[0], j : j + k[1]])
    return torch.stack(blocks, dim=-1)


# 4.7b: the layer as a product


@right("4.7b")
def _(columns, weight, bias, size):
    Y = weight.flatten(1) @ columns + bias[:, None]
    return Y.reshape(columns.shape[0], weight.shape[0], *size)


@right("4.7b")
def _(cols, kernels, b, size):
    rows = kernels.reshape(len(kernels), -1)
    images = []
    for matrix in cols:
        images.append(torch.addmm(b.unsqueeze(1), rows, matrix).unflatten(1, tuple(size)))
    return torch.stack(images)


right(
    "4.7b",
    lambda columns, weight, bias, size: (
        torch.einsum("ok,nkl->nol", weight.flatten(1), columns).add(bias.view(1, -1, 1)).unflatten(2, tuple(size))
    ),
)


@right("4.7b")
def _(columns, weight, bias, size):
    C, K, b = columns.detach().numpy(), weight.detach().numpy(), bias.detach().numpy()
    (N, _, L), c_o = C.shape, len(K)
    Y = np.zeros((N, c_o, L), dtype=np.float32)
    for n in range(N):
        for o in range(c_o):
            Y[n, o] = K[o].ravel().dot(C[n]) + b[o]
    return torch.tensor(Y).view(N, c_o, size[0], size[1])


@right("4.7b")
def _(columns, weight, bias, size):
    flat = columns.transpose(1, 2)  # (N, stops, block): a dense layer for each stop
    return F.linear(flat, weight.flatten(1), bias).transpose(1, 2).reshape(len(columns), -1, *size)


@wrong("4.7b", "forgets the bias")
def _(columns, weight, bias, size):
    return (weight.flatten(1) @ columns).reshape(len(columns), len(weight), *size)


@wrong("4.7b", "adds the bias along the stops")
def _(columns, weight, bias, size):
    return (weight.flatten(1) @ columns + bias).reshape(len(columns), len(weight), *size)


@wrong("4.7b", "reshapes (stops, channels) without moving the axes back")
def _(columns, weight, bias, size):
    Y = columns.transpose(1, 2) @ weight.flatten(1).T + bias
    return Y.reshape(len(columns), len(weight), *size)


@wrong("4.7b", "exchanges the channel axes of the weight")
def _(columns, weight, bias, size):
    c_o, c_i, h, w = weight.shape
    Y = weight.transpose(0, 1).reshape(c_o, c_i * h * w) @ columns + bias[:, None]
    return Y.reshape(len(columns), c_o, *size)


@wrong("4.7b", "adds the images up")
def _(columns, weight, bias, size):
    Y = torch.einsum("ok,nkl->ol", weight.flatten(1), columns) + bias[:, None]
    return Y.reshape(1, len(weight), *size)


@wrong("4.7b", "returns the first image only")
def _(columns, weight, bias, size):
    return (weight.flatten(1) @ columns[0] + bias[:, None]).reshape(1, len(weight), *size)


@wrong("4.7b", "reads size as (width, height)")
def _(columns, weight, bias, size):
    Y = weight.flatten(1) @ columns + bias[:, None]
    return Y.reshape(len(columns), len(weight), size[1], size[0])


@wrong("4.7b", "leaves the stops in one axis")
def _(columns, weight, bias, size):
    return weight.flatten(1) @ columns + bias[:, None]


@wrong("4.7b", "puts the output channels before the batch")
def _(columns, weight, bias, size):
    Y = torch.einsum("ok,nkl->onl", weight.flatten(1), columns) + bias[:, None, None]
    return Y.reshape(len(weight), len(columns), *size)


@wrong("4.7b", "calls F.conv2d with 1×1 kernels")
def _(columns, weight, bias, size):
    Y = F.conv2d(columns[..., None], weight.flatten(1)[:, :, None, None], bias)
    return Y.reshape(len(columns), len(weight), *size)


@wrong("4.7b", "flattens the weight with the channel last")
def _(columns, weight, bias, size):
    rows = weight.permute(0, 2, 3, 1).flatten(1)
    return (rows @ columns + bias[:, None]).reshape(len(columns), len(weight), *size)


@wrong("4.7b", "adds the bias for each weight of the kernel")
def _(columns, weight, bias, size):
    Y = (weight.flatten(1) + bias[:, None]) @ columns
    return Y.reshape(len(columns), len(weight), *size)


@wrong("4.7b", "averages over the block instead of adding up")
def _(columns, weight, bias, size):
    Y = weight.flatten(1) @ columns / columns.shape[1] + bias[:, None]
    return Y.reshape(len(columns), len(weight), *size)


# 4.7c: col2im


@right("4.7c")
def _(columns, size, k, padding, stride):
    H, W = size
    c = columns.shape[0] // (k[0] * k[1])
    P = torch.zeros(c, H + 2 * padding, W + 2 * padding)
    across = (W + 2 * padding - k[1]) // stride + 1
    for stop in range(columns.shape[1]):
        i, j = stop // across * stride, stop % across * stride
        P[:, i : i + k[0], j : j + k[1]] += columns[:, stop].reshape(c, k[0], k[1])
    return P[:, padding : padding + H, padding : padding + W]


@right("4.7c")
def _(matrix, shape, kernel, p, s):
    (H, W), (h, w) = shape, kernel
    n, m = (H + 2 * p - h) // s + 1, (W + 2 * p - w) // s + 1
    parts = matrix.reshape(-1, h, w, n, m)
    P = matrix.new_zeros(len(parts), H + 2 * p, W + 2 * p)
    for a, b in itertools.product(range(h), range(w)):
        P[:, a : a + s * n : s, b : b + s * m : s] += parts[:, a, b]
    return F.pad(P, [-p] * 4)


@right("4.7c")
def _(columns, size, k, padding, stride):
    c = columns.shape[0] // (k[0] * k[1])
    # where would im2col copy from? Number the pixels, and 0 is the padding
    numbers = torch.arange(1.0, c * size[0] * size[1] + 1, dtype=torch.float64).reshape(1, c, *size)
    source = F.unfold(numbers, k, padding=padding, stride=stride)[0].long()
    totals = torch.zeros(numbers.numel() + 1, dtype=columns.dtype)
    totals.index_add_(0, source.flatten(), columns.flatten())
    return totals[1:].reshape(c, *size)


@right("4.7c")
def _(columns, size, k, padding, stride):
    values = columns.numpy()
    c, H, W = len(values) // (k[0] * k[1]), size[0] + 2 * padding, size[1] + 2 * padding
    tops, lefts = np.arange(0, H - k[0] + 1, stride), np.arange(0, W - k[1] + 1, stride)
    channel, a, b, i, j = np.ix_(range(c), range(k[0]), range(k[1]), tops, lefts)
    image = np.zeros((c, H, W))
    np.add.at(image, (channel, a + i, b + j), values.reshape(c, *k, len(tops), len(lefts)))
    return image[:, padding : H - padding, padding : W - padding]


@wrong("4.7c", "overwrites instead of adding")
def _(columns, size, k, padding, stride):
    (H, W), (h, w), p, s = size, k, padding, stride
    n, m = (H + 2 * p - h) // s + 1, (W + 2 * p - w) // s + 1
    parts = columns.reshape(-1, h, w, n, m)
    P = torch.zeros(len(parts), H + 2 * p, W + 2 * p)
    for a, b in itertools.product(range(h), range(w)):
        P[:, a : a + s * n : s, b : b + s * m : s] = parts[:, a, b]
    return P[:, p : p + H, p : p + W]


@wrong("4.7c", "averages the copies, so that it undoes im2col")
def _(columns, size, k, padding, stride):
    (H, W), (h, w), p, s = size, k, padding, stride
    n, m = (H + 2 * p - h) // s + 1, (W + 2 * p - w) // s + 1
    parts = columns.reshape(-1, h, w, n, m)
    P, copies = torch.zeros(2, len(parts), H + 2 * p, W + 2 * p)
    for a, b in itertools.product(range(h), range(w)):
        P[:, a : a + s * n : s, b : b + s * m : s] += parts[:, a, b]
        copies[:, a : a + s * n : s, b : b + s * m : s] += 1
    return (P / copies.clamp(min=1))[:, p : p + H, p : p + W]


@wrong("4.7c", "returns the padded image")
def _(columns, size, k, padding, stride):
    (H, W), (h, w), p, s = size, k, padding, stride
    n, m = (H + 2 * p - h) // s + 1, (W + 2 * p - w) // s + 1
    parts = columns.reshape(-1, h, w, n, m)
    P = torch.zeros(len(parts), H + 2 * p, W + 2 * p)
    for a, b in itertools.product(range(h), range(w)):
        P[:, a : a + s * n : s, b : b + s * m : s] += parts[:, a, b]
    return P


@wrong("4.7c", "cuts with [p:-p], so nothing is left without padding")
def _(columns, size, k, padding, stride):
    (H, W), (h, w), p, s = size, k, padding, stride
    n, m = (H + 2 * p - h) // s + 1, (W + 2 * p - w) // s + 1
    parts = columns.reshape(-1, h, w, n, m)
    P = torch.zeros(len(parts), H + 2 * p, W + 2 * p)
    for a, b in itertools.product(range(h), range(w)):
        P[:, a : a + s * n : s, b : b + s * m : s] += parts[:, a, b]
    return P[:, p:-p, p:-p]


@wrong("4.7c", "calls F.fold")
def _(columns, size, k, padding, stride):
    return F.fold(columns[None], size, k, padding=padding, stride=stride)[0]


@wrong("4.7c", "forgets to multiply the stops by the stride")
def _(columns, size, k, padding, stride):
    (H, W), (h, w), p, s = size, k, padding, stride
    n, m = (H + 2 * p - h) // s + 1, (W + 2 * p - w) // s + 1
    parts = columns.reshape(-1, h, w, n, m)
    P = torch.zeros(len(parts), H + 2 * p, W + 2 * p)
    for a, b in itertools.product(range(h), range(w)):
        P[:, a : a + n, b : b + m] += parts[:, a, b]
    return P[:, p : p + H, p : p + W]


@wrong("4.7c", "makes the image only as large as the windows reach")
def _(columns, size, k, padding, stride):
    (H, W), (h, w), p, s = size, k, padding, stride
    n, m = (H + 2 * p - h) // s + 1, (W + 2 * p - w) // s + 1
    parts = columns.reshape(-1, h, w, n, m)
    P = torch.zeros(len(parts), (n - 1) * s + h, (m - 1) * s + w)
    for a, b in itertools.product(range(h), range(w)):
        P[:, a : a + s * n : s, b : b + s * m : s] += parts[:, a, b]
    return P[:, p : P.shape[1] - p, p : P.shape[2] - p]


@wrong("4.7c", "reads a column with the channel last")
def _(columns, size, k, padding, stride):
    (H, W), (h, w), p, s = size, k, padding, stride
    n, m = (H + 2 * p - h) // s + 1, (W + 2 * p - w) // s + 1
    parts = columns.reshape(h, w, -1, n, m)
    P = torch.zeros(parts.shape[2], H + 2 * p, W + 2 * p)
    for a, b in itertools.product(range(h), range(w)):
        P[:, a : a + s * n : s, b : b + s * m : s] += parts[a, b]
    return P[:, p : p + H, p : p + W]


@wrong("4.7c", "runs through the stops column by column")
def _(columns, size, k, padding, stride):
    (H, W), (h, w), p, s = size, k, padding, stride
    n, m = (H + 2 * p - h) // s + 1, (W + 2 * p - w) // s + 1
    parts = columns.reshape(-1, h, w, m, n).transpose(3, 4)
    P = torch.zeros(len(parts), H + 2 * p, W + 2 * p)
    for a, b in itertools.product(range(h), range(w)):
        P[:, a : a + s * n : s, b : b + s * m : s] += parts[:, a, b]
    return P[:, p : p + H, p : p + W]


@wrong("4.7c", "adds all channels into one")
def _(columns, size, k, padding, stride):
    (H, W), (h, w), p, s = size, k, padding, stride
    n, m = (H + 2 * p - h) // s + 1, (W + 2 * p - w) // s + 1
    parts = columns.reshape(-1, h, w, n, m)
    P = torch.zeros(1, H + 2 * p, W + 2 * p)
    for a, b in itertools.product(range(h), range(w)):
        P[0, a : a + s * n : s, b : b + s * m : s] += parts[:, a, b].sum(dim=0)
    return P[:, p : p + H, p : p + W]


@wrong("4.7c", "cuts the padding off at the end only")
def _(columns, size, k, padding, stride):
    (H, W), (h, w), p, s = size, k, padding, stride
    n, m = (H + 2 * p - h) // s + 1, (W + 2 * p - w) // s + 1
    parts = columns.reshape(-1, h, w, n, m)
    P = torch.zeros(len(parts), H + 2 * p, W + 2 * p)
    for a, b in itertools.product(range(h), range(w)):
        P[:, a : a + s * n : s, b : b + s * m : s] += parts[:, a, b]
    return P[:, :H, :W]


@wrong("4.7c", "puts each block back turned by 180 degrees")
def _(columns, size, k, padding, stride):
    (H, W), (h, w), p, s = size, k, padding, stride
    n, m = (H + 2 * p - h) // s + 1, (W + 2 * p - w) // s + 1
    parts = columns.reshape(-1, h, w, n, m).flip(1, 2)
    P = torch.zeros(len(parts), H + 2 * p, W + 2 * p)
    for a, b in itertools.product(range(h), range(w)):
        P[:, a : a + s * n : s, b : b + s * m : s] += parts[:, a, b]
    return P[:, p : p + H, p : p + W]


# 4.7d: the gradient by a product


@right("4.7d")
def _(dY, weight, size, padding, stride):
    columns = weight.flatten(1).T @ dY.flatten(1)
    return F.fold(columns[None], size, weight.shape[2:], padding=padding, stride=stride)[0]


@right("4.7d")
def _(grad, kernels, shape, p, s):
    c_o, c_i, h, w = kernels.shape
    _, n, m = grad.shape
    parts = (kernels.reshape(c_o, -1).t() @ grad.reshape(c_o, -1)).reshape(c_i, h, w, n, m)
    P = torch.zeros(c_i, shape[0] + 2 * p, shape[1] + 2 * p)
    for a in range(h):
        for b in range(w):
            P[:, a : a + s * n : s, b : b + s * m : s] += parts[:, a, b]
    return P[:, p : p + shape[0], p : p + shape[1]]


@right("4.7d")
def _(dY, weight, size, padding, stride):
    _, c_i, h, w = weight.shape
    blocks = torch.tensordot(dY, weight, dims=([0], [0]))  # (H', W', c_i, h, w)
    P = torch.zeros(c_i, size[0] + 2 * padding, size[1] + 2 * padding)
    for i, j in itertools.product(range(dY.shape[1]), range(dY.shape[2])):
        P[:, i * stride : i * stride + h, j * stride : j * stride + w] += blocks[i, j]
    return F.pad(P, (-padding, -padding, -padding, -padding))


@right("4.7d")
def _(dY, weight, size, padding, stride):
    D, K = dY.numpy(), weight.numpy()
    columns = K.reshape(len(K), -1).T @ D.reshape(len(D), -1)
    k = tuple(weight.shape[-2:])
    return F.fold(torch.from_numpy(columns), size, k, padding=padding, stride=stride).numpy()


@right("4.7d")
def _(dY, weight, size, padding, stride):
    total = 0
    for channel, kernel in zip(dY, weight, strict=True):  # one output channel after the other
        columns = torch.outer(kernel.flatten(), channel.flatten())
        total = total + F.fold(columns, size, kernel.shape[1:], padding=padding, stride=stride)
    return total


@wrong("4.7d", "forgets to transpose the weight and reshapes until it fits")
def _(dY, weight, size, padding, stride):
    columns = weight.reshape(-1, weight.shape[0]) @ dY.flatten(1)
    return F.fold(columns, size, weight.shape[2:], padding=padding, stride=stride)


@wrong("4.7d", "flips the kernels, although fold has turned them already")
def _(dY, weight, size, padding, stride):
    columns = weight.flip(2, 3).flatten(1).T @ dY.flatten(1)
    return F.fold(columns, size, weight.shape[2:], padding=padding, stride=stride)


@wrong("4.7d", "calls F.conv_transpose2d")
def _(dY, weight, size, padding, stride):
    _, _, h, w = weight.shape
    rest = (
        size[0] + 2 * padding - h - (dY.shape[1] - 1) * stride,
        size[1] + 2 * padding - w - (dY.shape[2] - 1) * stride,
    )
    return F.conv_transpose2d(dY[None], weight, stride=stride, padding=padding, output_padding=rest)[0]


@wrong("4.7d", "asks autograd for it")
def _(dY, weight, size, padding, stride):
    X = torch.zeros(1, weight.shape[1], *size, requires_grad=True)
    Y = F.conv2d(X, weight, padding=padding, stride=stride)
    return torch.autograd.grad(Y, X, dY[None])[0][0]


@wrong("4.7d", "divides by the number of copies")
def _(dY, weight, size, padding, stride):
    columns = weight.flatten(1).T @ dY.flatten(1)
    settings = dict(kernel_size=tuple(weight.shape[2:]), padding=padding, stride=stride)
    copies = F.fold(torch.ones_like(columns), size, **settings).clamp(min=1)
    return F.fold(columns, size, **settings) / copies


@wrong("4.7d", "leaves out the padding when it folds")
def _(dY, weight, size, padding, stride):
    columns = weight.flatten(1).T @ dY.flatten(1)
    bigger = (size[0] + 2 * padding, size[1] + 2 * padding)
    return F.fold(columns, bigger, weight.shape[2:], stride=stride)[:, : size[0], : size[1]]


@wrong("4.7d", "doesn't cut off the padding")
def _(dY, weight, size, padding, stride):
    columns = weight.flatten(1).T @ dY.flatten(1)
    bigger = (size[0] + 2 * padding, size[1] + 2 * padding)
    return F.fold(columns, bigger, weight.shape[2:], stride=stride)


@wrong("4.7d", "stops after the product")
def _(dY, weight, size, padding, stride):
    return weight.flatten(1).T @ dY.flatten(1)


@wrong("4.7d", "averages over the output channels")
def _(dY, weight, size, padding, stride):
    columns = weight.flatten(1).T @ dY.flatten(1) / len(weight)
    return F.fold(columns, size, weight.shape[2:], padding=padding, stride=stride)


@wrong("4.7d", "flattens dY column by column")
def _(dY, weight, size, padding, stride):
    columns = weight.flatten(1).T @ dY.transpose(1, 2).flatten(1)
    return F.fold(columns, size, weight.shape[2:], padding=padding, stride=stride)


@wrong("4.7d", "assigns where blocks overlap")
def _(dY, weight, size, padding, stride):
    c_o, c_i, h, w = weight.shape
    columns = (weight.flatten(1).T @ dY.flatten(1)).reshape(c_i, h, w, *dY.shape[1:])
    P = torch.zeros(c_i, size[0] + 2 * padding, size[1] + 2 * padding)
    for i, j in itertools.product(range(dY.shape[1]), range(dY.shape[2])):
        P[:, i * stride : i * stride + h, j * stride : j * stride + w] = columns[..., i, j]
    return P[:, padding : padding + size[0], padding : padding + size[1]]


@wrong("4.7d", "uses the first output channel only")
def _(dY, weight, size, padding, stride):
    columns = torch.outer(weight[0].flatten(), dY[0].flatten())
    return F.fold(columns, size, weight.shape[2:], padding=padding, stride=stride)


# 4.8a: the gradients of weight and bias


@right("4.8a")
def _(X, dY):
    d_weight = F.conv2d(X.transpose(0, 1), dY.transpose(0, 1)).transpose(0, 1)
    return d_weight, dY.sum(dim=(0, 2, 3))


@right("4.8a")
def _(images, grads):
    (_, c_i, H, W), (_, c_o, n, m) = images.shape, grads.shape
    h, w = H - n + 1, W - m + 1
    dK = torch.zeros(c_o, c_i, h, w)
    db = torch.zeros(c_o)
    for image, grad in zip(images, grads, strict=True):
        for a in range(h):
            for e in range(w):
                dK[:, :, a, e] += torch.einsum("oij,cij->oc", grad, image[:, a : a + n, e : e + m])
        db += grad.sum(dim=(1, 2))
    return [dK, db]


@right("4.8a")
def _(X, dY):
    windows = X.unfold(2, dY.shape[2], 1).unfold(3, dY.shape[3], 1)  # one for each weight
    return torch.einsum("ncaeij,noij->ocae", windows, dY), torch.einsum("noij->o", dY)


@right("4.8a")
def _(X, dY):
    h, w = X.shape[2] - dY.shape[2] + 1, X.shape[3] - dY.shape[3] + 1
    columns = F.unfold(X, (h, w))  # (N, c_i·h·w, stops)
    product = dY.flatten(2) @ columns.transpose(1, 2)
    return product.sum(dim=0).reshape(dY.shape[1], X.shape[1], h, w), dY.flatten(2).sum(2).sum(0)


@right("4.8a")
def _(X, dY):
    A, D = X.detach().numpy(), dY.detach().numpy()
    blocks = np.lib.stride_tricks.sliding_window_view(A, D.shape[2:], axis=(2, 3))
    d_weight = np.tensordot(D, blocks, axes=([0, 2, 3], [0, 4, 5]))
    return torch.tensor(d_weight), torch.tensor(D.transpose(1, 0, 2, 3).reshape(D.shape[1], -1).sum(1))


@wrong("4.8a", "averages the bias over the batch")
def _(X, dY):
    d_weight = F.conv2d(X.transpose(0, 1), dY.transpose(0, 1)).transpose(0, 1)
    return d_weight, dY.sum(dim=(2, 3)).mean(dim=0)


@wrong("4.8a", "averages both over the batch")
def _(X, dY):
    d_weight = F.conv2d(X.transpose(0, 1), dY.transpose(0, 1)).transpose(0, 1)
    return d_weight / len(X), dY.sum(dim=(0, 2, 3)) / len(X)


@wrong("4.8a", "averages the bias over the stops")
def _(X, dY):
    d_weight = F.conv2d(X.transpose(0, 1), dY.transpose(0, 1)).transpose(0, 1)
    return d_weight, dY.mean(dim=(2, 3)).sum(dim=0)


@wrong("4.8a", "leaves the channel axes of the weight exchanged")
def _(X, dY):
    return F.conv2d(X.transpose(0, 1), dY.transpose(0, 1)), dY.sum(dim=(0, 2, 3))


@wrong("4.8a", "flips the gradient of the weight")
def _(X, dY):
    d_weight = F.conv2d(X.transpose(0, 1), dY.transpose(0, 1)).transpose(0, 1)
    return d_weight.flip(2, 3), dY.sum(dim=(0, 2, 3))


@wrong("4.8a", "uses the first image of the batch only")
def _(X, dY):
    d_weight = F.conv2d(X[:1].transpose(0, 1), dY[:1].transpose(0, 1)).transpose(0, 1)
    return d_weight, dY[0].sum(dim=(1, 2))


@wrong("4.8a", "returns the bias first")
def _(X, dY):
    d_weight = F.conv2d(X.transpose(0, 1), dY.transpose(0, 1)).transpose(0, 1)
    return dY.sum(dim=(0, 2, 3)), d_weight


@wrong("4.8a", "adds the bias up over the batch only")
def _(X, dY):
    d_weight = F.conv2d(X.transpose(0, 1), dY.transpose(0, 1)).transpose(0, 1)
    return d_weight, dY.sum(dim=0)


@wrong("4.8a", "gives the bias the axes (1, c, 1, 1)")
def _(X, dY):
    d_weight = F.conv2d(X.transpose(0, 1), dY.transpose(0, 1)).transpose(0, 1)
    return d_weight, dY.sum(dim=(0, 2, 3), keepdim=True)


@wrong("4.8a", "makes the kernel one too small")
def _(X, dY):
    (_, c_i, H, W), (_, c_o, n, m) = X.shape, dY.shape
    d_weight = torch.zeros(c_o, c_i, H - n, W - m)
    for a, e in itertools.product(range(H - n), range(W - m)):
        d_weight[:, :, a, e] = torch.einsum("noij,ncij->oc", dY, X[:, :, a : a + n, e : e + m])
    return d_weight, dY.sum(dim=(0, 2, 3))


@wrong("4.8a", "returns a gradient for each image")
def _(X, dY):
    windows = X.unfold(2, dY.shape[2], 1).unfold(3, dY.shape[3], 1)
    return torch.einsum("ncaeij,noij->nocae", windows, dY), dY.sum(dim=(2, 3))


@wrong("4.8a", "lets autograd find both")
def _(X, dY):
    h, w = X.shape[2] - dY.shape[2] + 1, X.shape[3] - dY.shape[3] + 1
    weight = torch.zeros(dY.shape[1], X.shape[1], h, w, dtype=X.dtype, requires_grad=True)
    bias = torch.zeros(dY.shape[1], dtype=X.dtype, requires_grad=True)
    return torch.autograd.grad(F.conv2d(X, weight, bias), (weight, bias), dY)


@wrong("4.8a", "returns the weight's gradient alone")
def _(X, dY):
    return F.conv2d(X.transpose(0, 1), dY.transpose(0, 1)).transpose(0, 1)


@wrong("4.8a", "adds the input channels up before they meet dY")
def _(X, dY):
    total = X.sum(dim=1, keepdim=True).expand_as(X)
    d_weight = F.conv2d(total.transpose(0, 1), dY.transpose(0, 1)).transpose(0, 1)
    return d_weight, dY.sum(dim=(0, 2, 3))


# 4.8b: the gradient of the input


@right("4.8b")
def _(dY, weight):
    h, w = weight.shape[2:]
    return F.conv2d(F.pad(dY, (w - 1, w - 1, h - 1, h - 1)), weight.transpose(0, 1).flip(2, 3))


@right("4.8b")
def _(grads, kernels):
    N, _, n, m = grads.shape
    _, c_i, h, w = kernels.shape
    dX = torch.zeros(N, c_i, n + h - 1, m + w - 1)
    for a in range(h):
        for e in range(w):
            dX[:, :, a : a + n, e : e + m] += torch.einsum("noij,oc->ncij", grads, kernels[:, :, a, e])
    return dX


@right("4.8b")
def _(dY, weight):
    size = dY.shape[2] + weight.shape[2] - 1, dY.shape[3] + weight.shape[3] - 1
    return F.fold(weight.flatten(1).T @ dY.flatten(2), size, tuple(weight.shape[2:]))


@right("4.8b")
def _(dY, weight):
    D, K = dY.detach().numpy(), weight.detach().numpy()
    (N, _, n, m), (_, c_i, h, w) = D.shape, K.shape
    dX = np.zeros((N, c_i, n + h - 1, m + w - 1), dtype=D.dtype)
    for i, j in np.ndindex(n, m):
        dX[:, :, i : i + h, j : j + w] += np.tensordot(D[:, :, i, j], K, axes=1)
    return torch.from_numpy(dX)


@right("4.8b")
def _(dY, weight):
    h, w = weight.shape[-2:]
    flipped = torch.rot90(weight, 2, dims=(2, 3)).permute(1, 0, 2, 3)
    return torch.stack([F.conv2d(one, flipped, padding=(h - 1, w - 1)) for one in dY])


@wrong("4.8b", "doesn't flip the kernels")
def _(dY, weight):
    h, w = weight.shape[2:]
    return F.conv2d(dY, weight.transpose(0, 1), padding=(h - 1, w - 1))


@wrong("4.8b", "flips the rows only")
def _(dY, weight):
    h, w = weight.shape[2:]
    return F.conv2d(dY, weight.transpose(0, 1).flip(2), padding=(h - 1, w - 1))


@wrong("4.8b", "doesn't exchange the channel axes")
def _(dY, weight):
    h, w = weight.shape[2:]
    return F.conv2d(dY, weight.flip(2, 3), padding=(h - 1, w - 1))


@wrong("4.8b", "flips all four axes and takes that for the exchange")
def _(dY, weight):
    h, w = weight.shape[2:]
    return F.conv2d(dY, weight.transpose(0, 1).flip(0, 1, 2, 3), padding=(h - 1, w - 1))


@wrong("4.8b", "doesn't pad dY")
def _(dY, weight):
    return F.conv2d(dY, weight.transpose(0, 1).flip(2, 3))


@wrong("4.8b", "pads dY by the whole kernel")
def _(dY, weight):
    h, w = weight.shape[2:]
    return F.conv2d(dY, weight.transpose(0, 1).flip(2, 3), padding=(h, w))


@wrong("4.8b", "gives F.pad the height first")
def _(dY, weight):
    h, w = weight.shape[2:]
    return F.conv2d(F.pad(dY, (h - 1, h - 1, w - 1, w - 1)), weight.transpose(0, 1).flip(2, 3))


@wrong("4.8b", "adds up over the batch")
def _(dY, weight):
    h, w = weight.shape[2:]
    return F.conv2d(dY.sum(dim=0, keepdim=True), weight.transpose(0, 1).flip(2, 3), padding=(h - 1, w - 1))


@wrong("4.8b", "divides by the number of images")
def _(dY, weight):
    h, w = weight.shape[2:]
    return F.conv2d(dY, weight.transpose(0, 1).flip(2, 3), padding=(h - 1, w - 1)) / len(dY)


wrong("4.8b", "calls F.conv_transpose2d, which isn't allowed", F.conv_transpose2d)


@wrong("4.8b", "differentiates the layer with autograd")
def _(dY, weight):
    N, _, n, m = dY.shape
    _, c_i, h, w = weight.shape
    X = torch.zeros(N, c_i, n + h - 1, m + w - 1, dtype=dY.dtype, requires_grad=True)
    return torch.autograd.grad(F.conv2d(X, weight), X, dY)[0]


@wrong("4.8b", "overwrites the blocks of earlier stops")
def _(dY, weight):
    N, _, n, m = dY.shape
    _, c_i, h, w = weight.shape
    dX = torch.zeros(N, c_i, n + h - 1, m + w - 1)
    for i, j in itertools.product(range(n), range(m)):
        dX[:, :, i : i + h, j : j + w] = torch.einsum("no,ocae->ncae", dY[:, :, i, j], weight)
    return dX


@wrong("4.8b", "pads for a square kernel")
def _(dY, weight):
    return F.conv2d(dY, weight.transpose(0, 1).flip(2, 3), padding=weight.shape[2] - 1)


@wrong("4.8b", "takes padding='same'")
def _(dY, weight):
    return F.conv2d(dY, weight.transpose(0, 1).flip(2, 3), padding="same")


# 4.8c: a test of the backward pass


def first_backward(X, weight, bias, dY):  # from the page
    parts = [part.detach().requires_grad_() for part in (X, weight, bias)]
    return torch.autograd.grad(F.conv2d(*parts), parts, dY)


def random(*shape):
    return torch.randn(*shape, dtype=torch.float64)


def inputs(N, c_i, c_o, H, W, h, w):
    return random(N, c_i, H, W), random(c_o, c_i, h, w), random(c_o), random(N, c_o, H - h + 1, W - w + 1)


def near(got, expected, tolerance=2e-4):
    if got.shape != expected.shape:
        return False
    return (got - expected).abs().max().item() <= tolerance


CASES = [(3, 2, 4, 7, 6, 3, 2), (2, 3, 3, 6, 8, 2, 3), (1, 1, 1, 5, 5, 3, 3), (4, 3, 2, 5, 5, 5, 5), (2, 2, 2, 4, 5, 1, 1)]
CASES += [(5, 1, 3, 6, 7, 4, 2), (3, 4, 1, 8, 5, 1, 4)]


@right("4.8c")
def _(backward):
    for case in CASES:
        X, weight, bias, dY = inputs(*case)
        expected = first_backward(X, weight, bias, dY)
        got = backward(X.clone(), weight.clone(), bias.clone(), dY.clone())
        if not all(near(a, b) for a, b in zip(got, expected, strict=True)):
            return False
    return True


@right("4.8c")
def _(implementation):
    for case in CASES:
        args = inputs(*case)
        wanted = first_backward(*args)
        got = implementation(*args)
        for a, b in zip(got, wanted, strict=True):
            torch.testing.assert_close(a, b, atol=3e-4, rtol=0, check_dtype=False)
    return True


@right("4.8c")
def _(backward):
    # from the formula alone, without autograd
    for N, c_i, c_o, H, W, h, w in [
        (3, 2, 4, 6, 7, 2, 3),
        (2, 3, 3, 7, 5, 3, 2),
        (1, 2, 2, 4, 4, 3, 3),
        (3, 1, 1, 5, 5, 1, 1),
    ]:
        X, K, b, dY = inputs(N, c_i, c_o, H, W, h, w)
        n, m = H - h + 1, W - w + 1
        dX, dK = torch.zeros_like(X), torch.zeros_like(K)
        for a in range(h):
            for e in range(w):
                dX[:, :, a : a + n, e : e + m] += torch.einsum("noij,oc->ncij", dY, K[:, :, a, e])
                dK[:, :, a, e] = torch.einsum("noij,ncij->oc", dY, X[:, :, a : a + n, e : e + m])
        for got, right_one in zip(backward(X, K, b, dY), (dX, dK, dY.sum(dim=(0, 2, 3))), strict=True):
            if tuple(got.shape) != tuple(right_one.shape) or not torch.all((got - right_one).abs() < 1e-3):
                return False
    return True


@right("4.8c")
def _(backward):
    # central differences of the loss (Y · dY).sum()
    def loss(parts, dY):
        return (F.conv2d(*parts) * dY).sum().item()

    for case in [(3, 2, 3, 4, 5, 2, 3), (2, 2, 2, 4, 4, 2, 2), (2, 3, 1, 5, 3, 3, 1), (1, 1, 2, 3, 3, 1, 1)]:
        *parts, dY = inputs(*case)
        gradients = backward(*parts, dY)
        for k in range(3):
            if gradients[k].shape != parts[k].shape:
                return False
            for place in np.ndindex(*parts[k].shape):
                up, down = [p.clone() for p in parts], [p.clone() for p in parts]
                up[k][place] += 1e-3
                down[k][place] -= 1e-3
                slope = (loss(up, dY) - loss(down, dY)) / 2e-3
                if abs(slope - gradients[k][place].item()) > 3e-4:
                    return False
    return True


@right("4.8c")
def _(backward):
    def one(case):
        X, weight, bias, dY = inputs(*case)
        dX, d_weight, d_bias = backward(X, weight, bias, dY)
        columns = F.unfold(X, tuple(weight.shape[2:]))
        assert d_bias.shape == bias.shape and d_weight.shape == weight.shape and dX.shape == X.shape
        assert np.allclose(d_bias.numpy(), dY.numpy().sum(axis=(0, 2, 3)), rtol=0, atol=2e-4)
        product = torch.einsum("nol,nkl->ok", dY.flatten(2), columns)
        assert np.allclose(d_weight.flatten(1).numpy(), product.numpy(), rtol=0, atol=2e-4)
        assert np.allclose(dX.numpy(), F.conv_transpose2d(dY, weight).numpy(), rtol=0, atol=2e-4)

    for case in CASES:
        one(case)
    return True


@wrong("4.8c", "tries a single image")
def _(backward):
    args = inputs(1, 2, 3, 6, 7, 3, 2)
    return all(near(a, b) for a, b in zip(backward(*args), first_backward(*args), strict=True))


@wrong("4.8c", "tries kernels of ones, which are their own flip")
def _(backward):
    X, weight, bias, dY = inputs(3, 2, 4, 6, 7, 3, 2)
    weight = torch.ones_like(weight)
    expected = first_backward(X, weight, bias, dY)
    return all(near(a, b) for a, b in zip(backward(X, weight, bias, dY), expected, strict=True))


@wrong("4.8c", "tries 1×1 kernels only")
def _(backward):
    args = inputs(3, 2, 4, 5, 6, 1, 1)
    return all(near(a, b) for a, b in zip(backward(*args), first_backward(*args), strict=True))


@wrong("4.8c", "compares the shapes of the gradients only")
def _(backward):
    X, weight, bias, dY = inputs(3, 2, 4, 6, 7, 3, 2)
    got = backward(X, weight, bias, dY)
    return [g.shape for g in got] == [X.shape, weight.shape, bias.shape]


wrong("4.8c", "says yes to everything", lambda backward: True)
wrong("4.8c", "says no to everything", lambda backward: False)


@wrong("4.8c", "compares without any tolerance")
def _(backward):
    args = inputs(3, 2, 4, 6, 7, 3, 2)
    return all(torch.equal(a, b) for a, b in zip(backward(*args), first_backward(*args), strict=True))


@wrong("4.8c", "checks the bias alone")
def _(backward):
    args = inputs(3, 2, 4, 6, 7, 3, 2)
    return near(backward(*args)[2], first_backward(*args)[2])


@wrong("4.8c", "checks weight and bias and leaves out the input")
def _(backward):
    args = inputs(3, 2, 4, 6, 7, 3, 2)
    return all(near(a, b) for a, b in zip(backward(*args)[1:], first_backward(*args)[1:], strict=True))


@wrong("4.8c", "compares the sums of the gradients")
def _(backward):
    args = inputs(3, 2, 4, 6, 7, 3, 2)
    return all(near(a.sum(), b.sum()) for a, b in zip(backward(*args), first_backward(*args), strict=True))


@wrong("4.8c", "forgets to return the result")
def _(backward):
    args = inputs(3, 2, 4, 6, 7, 3, 2)
    all(near(a, b) for a, b in zip(backward(*args), first_backward(*args), strict=True))


@wrong("4.8c", "asks for one right gradient instead of three")
def _(backward):
    args = inputs(3, 2, 4, 6, 7, 3, 2)
    return any(near(a, b) for a, b in zip(backward(*args), first_backward(*args), strict=True))


@wrong("4.8c", "compares the implementation with itself")
def _(backward):
    args = inputs(3, 2, 4, 6, 7, 3, 2)
    return all(near(a, b) for a, b in zip(backward(*args), backward(*args), strict=True))


@wrong("4.8c", "catches its own assertions and returns True all the same")
def _(backward):
    args = inputs(3, 2, 4, 6, 7, 3, 2)
    try:
        for a, b in zip(backward(*args), first_backward(*args), strict=True):
            assert near(a, b)
    except AssertionError:
        print("not equal")
    return True


wrong("4.8c", "calls the test on the page's first implementation instead of passing it", True)
