"""Answers to the longer tasks of lesson 03, written from its page alone after its replies."""

import itertools
import math

import numpy as np
import torch
from torch.nn import functional as F

from d2l_helpers import corr2d
from tests.support.answers import right, wrong

# 3.7a: the halo


@right("3.7a")
def _(layers):
    total, distance = 0, 1
    for kernel, stride in layers:
        total += (kernel - 1) // 2 * distance
        distance *= stride
    return total


@right("3.7a")
def _(stack):
    reach = 0
    for k, s in reversed(stack):  # from the output down
        reach = reach * s + k // 2
    return reach


@right("3.7a")
def _(layers):
    before = itertools.accumulate((s for _, s in layers), lambda a, b: a * b, initial=1)
    field = 1 + sum((k - 1) * d for (k, _), d in zip(layers, before, strict=False))
    return field // 2


right("3.7a", lambda ls: sum(k // 2 * math.prod(s for _, s in ls[:i]) for i, (k, _) in enumerate(ls)))


@right("3.7a")
def _(layers):
    kernels, strides = torch.tensor(layers).T
    distances = torch.cumprod(torch.cat([torch.ones(1, dtype=torch.long), strides[:-1]]), dim=0)
    return ((kernels - 1) // 2 * distances).sum()


@wrong("3.7a", "ignores the strides")
def _(layers):
    return sum(k // 2 for k, _ in layers)


@wrong("3.7a", "multiplies by the layer's own stride as well")
def _(layers):
    total, distance = 0, 1
    for kernel, stride in layers:
        distance *= stride
        total += kernel // 2 * distance
    return total


@wrong("3.7a", "returns the whole receptive field")
def _(layers):
    field, distance = 1, 1
    for kernel, stride in layers:
        field += (kernel - 1) * distance
        distance *= stride
    return field


@wrong("3.7a", "adds up both sides")
def _(layers):
    both, distance = 0, 1
    for kernel, stride in layers:
        both += (kernel - 1) * distance
        distance *= stride
    return both


@wrong("3.7a", "takes only the stride just before")
def _(layers):
    total, before = 0, 1
    for kernel, stride in layers:
        total += kernel // 2 * before
        before = stride
    return total


@wrong("3.7a", "multiplies the strides after the layer")
def _(layers):
    return sum(k // 2 * math.prod(s for _, s in layers[i + 1 :]) for i, (k, _) in enumerate(layers))


@wrong("3.7a", "counts the center, too")
def _(layers):
    total, distance = 1, 1
    for kernel, stride in layers:
        total += kernel // 2 * distance
        distance *= stride
    return total


@wrong("3.7a", "adds the strides instead of multiplying them")
def _(layers):
    total, distance = 0, 1
    for kernel, stride in layers:
        total += kernel // 2 * distance
        distance += stride
    return total


@wrong("3.7a", "returns in the middle of the loop")
def _(layers):
    total, distance = 0, 1
    for kernel, stride in layers:
        total += kernel // 2 * distance
        distance *= stride
        return total


wrong("3.7a", "the number for the page's three layers, whatever the layers are", lambda layers: 6)
wrong("3.7a", "a number instead of a function", 6)
wrong("3.7a", "takes the widest layer only", lambda layers: max(k for k, _ in layers) // 2)

# 3.7b: by tiles


@right("3.7b")
def _(X, net, halo, size):
    H, W = X.shape
    out = torch.zeros(H, W)
    for i in range(0, H, size):
        for j in range(0, W, size):
            top, left = max(i - halo, 0), max(j - halo, 0)
            piece = net(X[top : i + size + halo, left : j + size + halo])
            out[i : i + size, j : j + size] = piece[i - top : i - top + size, j - left : j - left + size]
    return out


@right("3.7b")
def _(image, f, margin, side):
    rows = []
    for i in range(0, len(image), side):
        row = []
        for j in range(0, image.shape[1], side):
            t, l = min(i, margin), min(j, margin)
            Y = f(image[i - t : i + side + margin, j - l : j + side + margin])
            row.append(Y[t:, l:][:side, :side])
        rows.append(torch.cat(row, dim=1))
    return torch.cat(rows)


@right("3.7b")
def _(X, net, halo, size):
    def stretches(n):  # (slice to read, slice to keep, slice to write) along one axis
        for start in range(0, n, size):
            stop = min(start + size, n)
            first, last = max(0, start - halo), min(n, stop + halo)
            yield slice(first, last), slice(start - first, stop - first), slice(start, stop)

    Y = torch.full_like(X, float("nan"))
    for (r, kr, wr), (c, kc, wc) in itertools.product(stretches(X.shape[0]), stretches(X.shape[1])):
        Y[wr, wc] = net(X[r, c])[kr, kc]
    return Y


@right("3.7b")
def _(X, net, halo, size):
    H, W = X.shape
    out = np.zeros((H, W))
    for i in range(0, H, size):
        for j in range(0, W, size):
            # parts of the full size wherever the image is large enough
            top = max(0, min(i - halo, H - size - 2 * halo))
            left = max(0, min(j - halo, W - size - 2 * halo))
            Y = net(X[top : top + size + 2 * halo, left : left + size + 2 * halo]).detach().numpy()
            h, w = min(size, H - i), min(size, W - j)
            out[i : i + h, j : j + w] = Y[i - top : i - top + h, j - left : j - left + w]
    return torch.from_numpy(out).float()


@wrong("3.7b", "gives the tiles no halo")
def _(X, net, halo, size):
    out = torch.zeros_like(X)
    for i in range(0, X.shape[0], size):
        for j in range(0, X.shape[1], size):
            out[i : i + size, j : j + size] = net(X[i : i + size, j : j + size])
    return out


@wrong("3.7b", "pads the whole image with zeros first")
def _(X, net, halo, size):
    padded, out = F.pad(X, (halo, halo, halo, halo)), torch.zeros_like(X)
    for i in range(0, X.shape[0], size):
        for j in range(0, X.shape[1], size):
            Y = net(padded[i : i + size + 2 * halo, j : j + size + 2 * halo])
            h, w = min(size, X.shape[0] - i), min(size, X.shape[1] - j)
            out[i : i + h, j : j + w] = Y[halo : halo + h, halo : halo + w]
    return out


@wrong("3.7b", "lets the start of a part become negative")
def _(X, net, halo, size):
    out = torch.zeros_like(X)
    for i in range(0, X.shape[0], size):
        for j in range(0, X.shape[1], size):
            Y = net(X[i - halo : i + size + halo, j - halo : j + size + halo])
            out[i : i + size, j : j + size] = Y[halo : halo + size, halo : halo + size]
    return out


@wrong("3.7b", "cuts off a halo even where the image ends")
def _(X, net, halo, size):
    rows = []
    for i in range(0, X.shape[0], size):
        row = []
        for j in range(0, X.shape[1], size):
            Y = net(X[max(i - halo, 0) : i + size + halo, max(j - halo, 0) : j + size + halo])
            row.append(Y[halo : halo + size, halo : halo + size])
        rows.append(torch.cat(row, dim=1))
    return torch.cat(rows, dim=0)


@wrong("3.7b", "sends the whole image through the network")
def _(X, net, halo, size):
    return net(X)


@wrong("3.7b", "leaves out the smaller tiles at the end")
def _(X, net, halo, size):
    out = torch.zeros_like(X)
    for i in range(0, X.shape[0] - size + 1, size):
        for j in range(0, X.shape[1] - size + 1, size):
            top, left = max(i - halo, 0), max(j - halo, 0)
            Y = net(X[top : i + size + halo, left : j + size + halo])
            out[i : i + size, j : j + size] = Y[i - top : i - top + size, j - left : j - left + size]
    return out


@wrong("3.7b", "takes the image for square")
def _(X, net, halo, size):
    n = len(X)
    out = torch.zeros(n, n)
    for i in range(0, n, size):
        for j in range(0, n, size):
            top, left = max(i - halo, 0), max(j - halo, 0)
            Y = net(X[top : min(i + size + halo, n), left : min(j + size + halo, n)])
            h, w = min(size, n - i), min(size, n - j)
            out[i : i + h, j : j + w] = Y[i - top : i - top + h, j - left : j - left + w]
    return out


@wrong("3.7b", "takes a halo that's one pixel too small")
def _(X, net, halo, size):
    out = torch.zeros_like(X)
    for i in range(0, X.shape[0], size):
        for j in range(0, X.shape[1], size):
            top, left = max(i - halo + 1, 0), max(j - halo + 1, 0)
            Y = net(X[top : i + size + halo - 1, left : j + size + halo - 1])
            out[i : i + size, j : j + size] = Y[i - top : i - top + size, j - left : j - left + size]
    return out


@wrong("3.7b", "pads each tile with zeros instead of the image's pixels")
def _(X, net, halo, size):
    out = torch.zeros_like(X)
    for i in range(0, X.shape[0], size):
        for j in range(0, X.shape[1], size):
            tile = X[i : i + size, j : j + size]
            Y = net(F.pad(tile, (halo, halo, halo, halo)))
            out[i : i + size, j : j + size] = Y[halo : halo + tile.shape[0], halo : halo + tile.shape[1]]
    return out


@wrong("3.7b", "gives a halo above and on the left only")
def _(X, net, halo, size):
    out = torch.zeros_like(X)
    for i in range(0, X.shape[0], size):
        for j in range(0, X.shape[1], size):
            top, left = max(i - halo, 0), max(j - halo, 0)
            out[i : i + size, j : j + size] = net(X[top : i + size, left : j + size])[i - top :, j - left :]
    return out


@wrong("3.7b", "puts the tiles of a row below each other")
def _(X, net, halo, size):
    rows = []
    for i in range(0, X.shape[0], size):
        row = []
        for j in range(0, X.shape[1], size):
            t, l = min(i, halo), min(j, halo)
            Y = net(X[i - t : i + size + halo, j - l : j + size + halo])
            row.append(Y[t:, l:][:size, :size])
        rows.append(torch.cat(row, dim=0))
    return torch.cat(rows, dim=1)


@wrong("3.7b", "adds overlapping parts without cutting them")
def _(X, net, halo, size):
    out = torch.zeros_like(X)
    for i in range(0, X.shape[0], size):
        for j in range(0, X.shape[1], size):
            top, left = max(i - halo, 0), max(j - halo, 0)
            out[top : i + size + halo, left : j + size + halo] += net(X[top : i + size + halo, left : j + size + halo])
    return out


# 3.7c: with stride


@right("3.7c")
def _(X, net, halo, stride, size):
    H, W = X.shape
    margin = math.ceil(halo / stride) * stride
    out = torch.zeros(math.ceil(H / stride), math.ceil(W / stride))
    for i in range(0, H, size):
        for j in range(0, W, size):
            top, left = max(i - margin, 0), max(j - margin, 0)
            Y = net(X[top : i + size + margin, left : j + size + margin])
            h, w = math.ceil(min(size, H - i) / stride), math.ceil(min(size, W - j) / stride)
            a, b = (i - top) // stride, (j - left) // stride
            out[i // stride : i // stride + h, j // stride : j // stride + w] = Y[a : a + h, b : b + w]
    return out


@right("3.7c")
def _(image, f, reach, s, side):
    m = -(-reach // s)  # the halo in outputs
    keep = side // s
    rows = []
    for i in range(0, image.shape[0], side):
        row = []
        for j in range(0, image.shape[1], side):
            t, l = min(i // s, m), min(j // s, m)
            Y = f(image[i - t * s : i + side + reach, j - l * s : j + side + reach])
            row.append(Y[t : t + keep, l : l + keep])
        rows.append(torch.hstack(row))
    return torch.vstack(rows)


@right("3.7c")
def _(X, net, halo, stride, size):
    def pieces(n):
        for start in range(0, n, size):
            first = start - halo
            while first % stride:
                first -= 1
            first = max(first, 0)
            skip = len(range(first, start, stride))
            count = len(range(start, min(start + size, n), stride))
            yield slice(first, start + size + halo), slice(skip, skip + count)

    bands = [[net(X[r, c])[kr, kc] for c, kc in pieces(X.shape[1])] for r, kr in pieces(X.shape[0])]
    return torch.cat([torch.cat(band, dim=1) for band in bands], dim=0)


@right("3.7c")
def _(X, net, halo, stride, size):
    # for each output on its own: which tile it's in, and where it stands in the tile's part
    H, W = (math.ceil(n / stride) for n in X.shape)
    parts, out = {}, np.zeros((H, W), dtype=np.float32)
    for p, q in itertools.product(range(H), range(W)):
        i, j = p * stride // size * size, q * stride // size * size
        top = max(0, (i - halo) // stride * stride)  # rounds down, also below 0
        left = max(0, (j - halo) // stride * stride)
        if (i, j) not in parts:
            part = X[top : i + size + halo, left : j + size + halo]
            parts[i, j] = net(part).detach().numpy()
        out[p, q] = parts[i, j][p - top // stride, q - left // stride]
    return torch.tensor(out)


@wrong("3.7c", "doesn't round the halo, so the outputs are centered elsewhere")
def _(X, net, halo, stride, size):
    rows = []
    for i in range(0, X.shape[0], size):
        row = []
        for j in range(0, X.shape[1], size):
            top, left = max(i - halo, 0), max(j - halo, 0)
            Y = net(X[top : i + size + halo, left : j + size + halo])
            a, b = (i - top) // stride, (j - left) // stride
            row.append(Y[a : a + size // stride, b : b + size // stride])
        rows.append(torch.cat(row, dim=1))
    return torch.cat(rows)


@wrong("3.7c", "rounds the halo down")
def _(X, net, halo, stride, size):
    margin, keep, rows = halo // stride * stride, size // stride, []
    for i in range(0, X.shape[0], size):
        row = []
        for j in range(0, X.shape[1], size):
            top, left = max(i - margin, 0), max(j - margin, 0)
            Y = net(X[top : i + size + margin, left : j + size + margin])
            a, b = (i - top) // stride, (j - left) // stride
            row.append(Y[a : a + keep, b : b + keep])
        rows.append(torch.cat(row, dim=1))
    return torch.cat(rows)


@wrong("3.7c", "cuts the outputs as if they were pixels")
def _(X, net, halo, stride, size):
    margin, rows = math.ceil(halo / stride) * stride, []
    for i in range(0, X.shape[0], size):
        row = []
        for j in range(0, X.shape[1], size):
            top, left = max(i - margin, 0), max(j - margin, 0)
            Y = net(X[top : i + size + margin, left : j + size + margin])
            row.append(Y[i - top : i - top + size, j - left : j - left + size])
        rows.append(torch.cat(row, dim=1))
    return torch.cat(rows)


@wrong("3.7c", "keeps size outputs of a tile instead of size / stride")
def _(X, net, halo, stride, size):
    margin, rows = math.ceil(halo / stride) * stride, []
    for i in range(0, X.shape[0], size):
        row = []
        for j in range(0, X.shape[1], size):
            top, left = max(i - margin, 0), max(j - margin, 0)
            Y = net(X[top : i + size + margin, left : j + size + margin])
            row.append(Y[(i - top) // stride :, (j - left) // stride :][:size, :size])
        rows.append(torch.cat([part[: row[0].shape[0]] for part in row], dim=1))
    return torch.cat([band[:, : rows[0].shape[1]] for band in rows])


@wrong("3.7c", "sends each tile through the network by itself")
def _(X, net, halo, stride, size):
    return torch.cat([torch.cat([net(t) for t in band.split(size, dim=1)], dim=1) for band in X.split(size)])


@wrong("3.7c", "adds zeros around the whole image once")
def _(X, net, halo, stride, size):
    m, keep, rows = math.ceil(halo / stride) * stride, size // stride, []
    padded = F.pad(X, (m, m, m, m))
    for i in range(0, X.shape[0], size):
        row = []
        for j in range(0, X.shape[1], size):
            Y = net(padded[i : i + size + 2 * m, j : j + size + 2 * m])
            h, w = math.ceil(min(size, X.shape[0] - i) / stride), math.ceil(min(size, X.shape[1] - j) / stride)
            row.append(Y[m // stride :, m // stride :][: min(h, keep), : min(w, keep)])
        rows.append(torch.cat(row, dim=1))
    return torch.cat(rows)


wrong("3.7c", "calls the network once with everything", lambda X, net, halo, stride, size: net(X))


@wrong("3.7c", "rounds the number of outputs down")
def _(X, net, halo, stride, size):
    H, W = X.shape[0] // stride, X.shape[1] // stride
    margin, keep = math.ceil(halo / stride) * stride, size // stride
    out = torch.zeros(H, W)
    for i in range(0, H, keep):
        for j in range(0, W, keep):
            top, left = max(i * stride - margin, 0), max(j * stride - margin, 0)
            Y = net(X[top : i * stride + size + margin, left : j * stride + size + margin])
            h, w = min(keep, H - i), min(keep, W - j)
            a, b = i - top // stride, j - left // stride
            out[i : i + h, j : j + w] = Y[a : a + h, b : b + w]
    return out


@wrong("3.7c", "keeps every stride-th value of a network that has strides already")
def _(X, net, halo, stride, size):
    rows = []
    for i in range(0, X.shape[0], size):
        row = []
        for j in range(0, X.shape[1], size):
            t, l = min(i, halo), min(j, halo)
            Y = net(X[i - t : i + size + halo, j - l : j + size + halo])
            row.append(Y[t:, l:][:size, :size][::stride, ::stride])
        rows.append(torch.cat(row, dim=1))
    return torch.cat(rows)


@wrong("3.7c", "takes the halo for a number of outputs")
def _(X, net, halo, stride, size):
    m, keep, rows = halo * stride, size // stride, []
    for i in range(0, X.shape[0], size):
        row = []
        for j in range(0, X.shape[1], size):
            top, left = max(i - m, 0), max(j - m, 0)
            Y = net(X[top : i + size + m, left : j + size + m])
            a, b = (i - top) // stride, (j - left) // stride
            row.append(Y[a : a + keep, b : b + keep])
        rows.append(torch.cat(row, dim=1))
    return torch.cat(rows)


@wrong("3.7c", "cuts off the halo at the image's border, too")
def _(X, net, halo, stride, size):
    m, keep, rows = math.ceil(halo / stride), size // stride, []
    for i in range(0, X.shape[0], size):
        row = []
        for j in range(0, X.shape[1], size):
            top, left = max(i - m * stride, 0), max(j - m * stride, 0)
            Y = net(X[top : i + size + m * stride, left : j + size + m * stride])
            row.append(Y[m : m + keep, m : m + keep])
        rows.append(torch.cat(row, dim=1))
    return torch.cat(rows)


# 3.8a: the gradient of the kernel


@right("3.8a")
def _(X, dY, size, padding, stride):
    P = F.pad(X, (padding,) * 4)
    dK = torch.zeros(size)
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            dK += dY[i, j] * P[i * stride : i * stride + size[0], j * stride : j * stride + size[1]]
    return dK


@right("3.8a")
def _(X, dY, size, p, s):
    (n, m), (h, w) = X.shape, size
    padded = torch.zeros(n + 2 * p, m + 2 * p, dtype=X.dtype)
    padded[p : p + n, p : p + m] = X
    H, W = dY.shape
    rows = [[(padded[a::s, b::s][:H, :W] * dY).sum() for b in range(w)] for a in range(h)]
    return torch.stack([torch.stack(row) for row in rows])


@right("3.8a")
def _(X, dY, size, padding, stride):
    # put stride − 1 zeros between the gradients: then it's one cross-correlation
    spread = torch.zeros((dY.shape[0] - 1) * stride + 1, (dY.shape[1] - 1) * stride + 1)
    spread[::stride, ::stride] = dY
    return corr2d(X, spread, padding=padding)[: size[0], : size[1]]


right(
    "3.8a",
    lambda X, dY, size, padding, stride: corr2d(F.pad(X, [padding] * 4), dY, dilation=stride)[: size[0], : size[1]],
)


@right("3.8a")
def _(X, dY, size, padding, stride):
    P, D = np.pad(X.numpy(), padding), dY.numpy()
    dK = np.zeros(size)
    for a, b in np.ndindex(*size):
        part = P[a : a + stride * D.shape[0] : stride, b : b + stride * D.shape[1] : stride]
        dK[a, b] = np.vdot(part, D)
    return dK


@wrong("3.8a", "forgets the padding")
def _(X, dY, size, padding, stride):
    dK = torch.zeros(size)
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            block = X[i * stride : i * stride + size[0], j * stride : j * stride + size[1]]
            dK[: block.shape[0], : block.shape[1]] += dY[i, j] * block
    return dK


@wrong("3.8a", "forgets the stride and cuts to size")
def _(X, dY, size, padding, stride):
    return corr2d(X, dY, padding=padding)[: size[0], : size[1]]


@wrong("3.8a", "strides over the result instead of spreading dY")
def _(X, dY, size, padding, stride):
    return corr2d(X, dY, padding=padding, stride=stride)[: size[0], : size[1]]


@wrong("3.8a", "doesn't cut off what an unread remainder adds")
def _(X, dY, size, padding, stride):
    return corr2d(F.pad(X, [padding] * 4), dY, dilation=stride)


@wrong("3.8a", "flips the result as for the input's gradient")
def _(X, dY, size, padding, stride):
    return corr2d(F.pad(X, [padding] * 4), dY, dilation=stride)[: size[0], : size[1]].flip(0, 1)


@wrong("3.8a", "averages over the outputs")
def _(X, dY, size, padding, stride):
    dK = corr2d(F.pad(X, [padding] * 4), dY, dilation=stride)[: size[0], : size[1]]
    return dK / dY.numel()


@wrong("3.8a", "overwrites the sum at every stop")
def _(X, dY, size, padding, stride):
    P = F.pad(X, [padding] * 4)
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            dK = dY[i, j] * P[i * stride : i * stride + size[0], j * stride : j * stride + size[1]]
    return dK


@wrong("3.8a", "leaves out dY, as if the loss were the sum")
def _(X, dY, size, padding, stride):
    return corr2d(F.pad(X, [padding] * 4), torch.ones_like(dY), dilation=stride)[: size[0], : size[1]]


@wrong("3.8a", "lets autograd do it")
def _(X, dY, size, padding, stride):
    K = torch.zeros(size, requires_grad=True)
    Y = corr2d(X, K, padding=padding, stride=stride)
    return torch.autograd.grad(Y, K, dY)[0]


@wrong("3.8a", "uses a convolution of PyTorch")
def _(X, dY, size, padding, stride):
    dK = F.conv2d(X[None, None], dY[None, None], padding=padding, dilation=stride)[0, 0]
    return dK[: size[0], : size[1]]


@wrong("3.8a", "puts all the padding on top and on the left")
def _(X, dY, size, padding, stride):
    P = F.pad(X, (2 * padding, 0, 2 * padding, 0))
    return corr2d(P, dY, dilation=stride)[: size[0], : size[1]]


@wrong("3.8a", "returns the transposed gradient")
def _(X, dY, size, padding, stride):
    return corr2d(F.pad(X, [padding] * 4), dY, dilation=stride)[: size[0], : size[1]].T


# 3.8b: the gradient of the input


@right("3.8b")
def _(K, dY, size, padding, stride):
    h, w = K.shape
    dP = torch.zeros(size[0] + 2 * padding, size[1] + 2 * padding)
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            dP[i * stride : i * stride + h, j * stride : j * stride + w] += dY[i, j] * K
    return dP[padding : padding + size[0], padding : padding + size[1]]


@right("3.8b")
def _(kernel, grad, shape, pad, step):
    (H, W), (n, m) = grad.shape, shape
    full = grad.new_zeros(n + 2 * pad, m + 2 * pad)
    for a, line in enumerate(kernel):
        for b, weight in enumerate(line):
            full[a : a + step * H : step, b : b + step * W : step] += weight * grad
    return F.pad(full, [-pad] * 4)


@right("3.8b")
def _(K, dY, size, padding, stride):
    h, w = K.shape
    spread = torch.zeros(stride * (dY.shape[0] - 1) + 1, stride * (dY.shape[1] - 1) + 1)
    spread[::stride, ::stride] = dY
    full = corr2d(F.pad(spread, (w - 1, w - 1, h - 1, h - 1)), K.flip(0, 1))
    canvas = torch.zeros(size[0] + 2 * padding, size[1] + 2 * padding)
    canvas[: full.shape[0], : full.shape[1]] = full
    return canvas[padding : padding + size[0], padding : padding + size[1]]


@right("3.8b")
def _(K, dY, size, padding, stride):
    # meets[i, a, r] is 1 if weight a meets pixel r in output i
    def meets(outputs, k, n):
        i, a, r = torch.arange(outputs)[:, None, None], torch.arange(k)[:, None], torch.arange(n)
        return (i * stride + a - padding == r).to(K.dtype)

    down, across = meets(dY.shape[0], K.shape[0], size[0]), meets(dY.shape[1], K.shape[1], size[1])
    return torch.einsum("ij,ab,iar,jbc->rc", dY, K, down, across)


@right("3.8b")
def _(K, dY, size, padding, stride):
    weights, D, dX = K.numpy(), dY.numpy(), np.zeros(size)
    for r, c in np.ndindex(*size):
        for i, j in np.ndindex(*D.shape):
            a, b = r + padding - i * stride, c + padding - j * stride
            if 0 <= a < weights.shape[0] and 0 <= b < weights.shape[1]:
                dX[r, c] += D[i, j] * weights[a, b]
    return dX


@wrong("3.8b", "slides the kernel over dY without flipping it")
def _(K, dY, size, padding, stride):
    h, w = K.shape
    spread = torch.zeros(stride * (dY.shape[0] - 1) + 1, stride * (dY.shape[1] - 1) + 1)
    spread[::stride, ::stride] = dY
    full = corr2d(F.pad(spread, (w - 1, w - 1, h - 1, h - 1)), K)
    canvas = torch.zeros(size[0] + 2 * padding, size[1] + 2 * padding)
    canvas[: full.shape[0], : full.shape[1]] = full
    return canvas[padding : padding + size[0], padding : padding + size[1]]


@wrong("3.8b", "cuts with [p:-p], which leaves nothing if p is 0")
def _(K, dY, size, padding, stride):
    h, w = K.shape
    dP = torch.zeros(size[0] + 2 * padding, size[1] + 2 * padding)
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            dP[i * stride : i * stride + h, j * stride : j * stride + w] += dY[i, j] * K
    return dP[padding:-padding, padding:-padding]


@wrong("3.8b", "leaves the padding on")
def _(K, dY, size, padding, stride):
    h, w = K.shape
    dP = torch.zeros(size[0] + 2 * padding, size[1] + 2 * padding)
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            dP[i * stride : i * stride + h, j * stride : j * stride + w] += dY[i, j] * K
    return dP


@wrong("3.8b", "moves by one pixel whatever the stride")
def _(K, dY, size, padding, stride):
    h, w = K.shape
    dP = torch.zeros(size[0] + 2 * padding, size[1] + 2 * padding)
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            dP[i : i + h, j : j + w] += dY[i, j] * K
    return dP[padding : padding + size[0], padding : padding + size[1]]


@wrong("3.8b", "overwrites where windows overlap")
def _(K, dY, size, padding, stride):
    h, w = K.shape
    dP = torch.zeros(size[0] + 2 * padding, size[1] + 2 * padding)
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            dP[i * stride : i * stride + h, j * stride : j * stride + w] = dY[i, j] * K
    return dP[padding : padding + size[0], padding : padding + size[1]]


@wrong("3.8b", "forgets the pixels that no window reads, so the shape is too small")
def _(K, dY, size, padding, stride):
    h, w = K.shape
    dP = torch.zeros((dY.shape[0] - 1) * stride + h, (dY.shape[1] - 1) * stride + w)
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            dP[i * stride : i * stride + h, j * stride : j * stride + w] += dY[i, j] * K
    return dP[padding : dP.shape[0] - padding, padding : dP.shape[1] - padding]


@wrong("3.8b", "takes the kernel transposed")
def _(K, dY, size, padding, stride):
    K = K.T
    dP = torch.zeros(size[0] + 2 * padding, size[1] + 2 * padding)
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            dP[i * stride : i * stride + K.shape[0], j * stride : j * stride + K.shape[1]] += dY[i, j] * K
    return dP[padding : padding + size[0], padding : padding + size[1]]


@wrong("3.8b", "differentiates with autograd")
def _(K, dY, size, padding, stride):
    X = torch.zeros(size, requires_grad=True)
    corr2d(X, K, padding=padding, stride=stride).backward(dY)
    return X.grad


@wrong("3.8b", "calls PyTorch's transposed convolution")
def _(K, dY, size, padding, stride):
    full = F.conv_transpose2d(dY[None, None], K[None, None], stride=stride)[0, 0]
    rest = [size[0] + 2 * padding - full.shape[0], size[1] + 2 * padding - full.shape[1]]
    return F.pad(full, (-padding, rest[1] - padding, -padding, rest[0] - padding))


@wrong("3.8b", "divides by the number of windows that read a pixel")
def _(K, dY, size, padding, stride):
    h, w = K.shape
    dP = torch.zeros(size[0] + 2 * padding, size[1] + 2 * padding)
    reads = torch.zeros_like(dP)
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            dP[i * stride : i * stride + h, j * stride : j * stride + w] += dY[i, j] * K
            reads[i * stride : i * stride + h, j * stride : j * stride + w] += 1
    return (dP / reads.clamp(min=1))[padding : padding + size[0], padding : padding + size[1]]


@wrong("3.8b", "cuts all the padding off at the bottom and on the right")
def _(K, dY, size, padding, stride):
    h, w = K.shape
    dP = torch.zeros(size[0] + 2 * padding, size[1] + 2 * padding)
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            dP[i * stride : i * stride + h, j * stride : j * stride + w] += dY[i, j] * K
    return dP[: size[0], : size[1]]


@wrong("3.8b", "gives NaN to the pixels that no window reads")
def _(K, dY, size, padding, stride):
    h, w = K.shape
    dP = torch.full((size[0] + 2 * padding, size[1] + 2 * padding), float("nan"))
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            place = dP[i * stride : i * stride + h, j * stride : j * stride + w]
            place.copy_(place.nan_to_num() + dY[i, j] * K)
    return dP[padding : padding + size[0], padding : padding + size[1]]


# 3.8c: is it the gradient?


@right("3.8c")
def _(loss, X, gradient):
    eps = 1e-5
    numeric = torch.zeros(X.shape, dtype=torch.float64)
    for i in range(X.shape[0]):
        for j in range(X.shape[1]):
            up, down = X.double().clone(), X.double().clone()
            up[i, j] += eps
            down[i, j] -= eps
            numeric[i, j] = (float(loss(up)) - float(loss(down))) / (2 * eps)
    error = (gradient.double() - numeric).abs()
    return bool((error <= 2e-3 * numeric.abs() + 1e-6 * numeric.abs().max()).all())


@right("3.8c")
def _(f, at, claimed):
    at, claimed, e = at.detach().double(), claimed.detach().double(), 1e-4
    steps = e * torch.eye(at.numel(), dtype=torch.float64).reshape(-1, *at.shape)
    slopes = torch.stack([torch.as_tensor(f(at + d)) - torch.as_tensor(f(at - d)) for d in steps]) / (2 * e)
    slopes = slopes.reshape(at.shape)
    scale = slopes.abs().max().item() or 1.0
    return torch.allclose(claimed / scale, slopes / scale, rtol=1e-3, atol=1e-6)


@right("3.8c")
def _(loss, X, gradient, eps=1e-5):
    Z = X.detach().clone().double()
    numeric = np.zeros(tuple(X.shape))
    for place in np.ndindex(*X.shape):
        old = Z[place].item()
        Z[place] = old + eps
        high = float(loss(Z))
        Z[place] = old - eps
        low = float(loss(Z))
        Z[place] = old
        numeric[place] = (high - low) / (2 * eps)
    g = gradient.detach().double().numpy()
    return np.all(np.abs(g - numeric) <= 0.003 * np.abs(numeric) + 1e-6 * np.abs(numeric).max())


@right("3.8c")
def _(loss, X, gradient):
    # two central differences, combined so that the error falls with the fourth power
    def slope(k, e):
        step = torch.zeros(X.numel(), dtype=torch.float64)
        step[k] = e
        step = step.view(X.shape)
        return (float(loss(X + step)) - float(loss(X - step))) / (2 * e)

    if gradient.shape != X.shape:
        return False
    slopes = [(4 * slope(k, 1e-3) - slope(k, 2e-3)) / 3 for k in range(X.numel())]
    floor = 1e-7 * max(abs(d) for d in slopes)
    for d, g in zip(slopes, gradient.flatten().tolist(), strict=True):
        if abs(d - g) > max(0.004 * abs(d), floor):
            return False
    return True


@wrong("3.8c", "compares with a fixed tolerance, so a small gradient always passes")
def _(loss, X, gradient):
    for i, j in itertools.product(range(X.shape[0]), range(X.shape[1])):
        step = torch.zeros_like(X, dtype=torch.float64)
        step[i, j] = 1e-5
        if abs((loss(X + step) - loss(X - step)) / 2e-5 - gradient[i, j]) > 1e-3:
            return False
    return True


@wrong("3.8c", "divides by ε instead of 2ε")
def _(loss, X, gradient):
    numeric = torch.zeros_like(X, dtype=torch.float64)
    for i, j in itertools.product(range(X.shape[0]), range(X.shape[1])):
        step = torch.zeros_like(X, dtype=torch.float64)
        step[i, j] = 1e-5
        numeric[i, j] = (loss(X + step) - loss(X - step)) / 1e-5
    return torch.allclose(numeric, gradient.double(), rtol=1e-3)


@wrong("3.8c", "moves X itself and doesn't move it all the way back")
def _(loss, X, gradient):
    eps, numeric = 1e-5, torch.zeros_like(X)
    for i, j in itertools.product(range(X.shape[0]), range(X.shape[1])):
        X[i, j] += eps
        high = loss(X)
        X[i, j] -= 2 * eps
        numeric[i, j] = (high - loss(X)) / (2 * eps)
    error = (numeric - gradient).abs()
    return bool((error <= 2e-3 * numeric.abs() + 1e-6 * numeric.abs().max()).all())


@wrong("3.8c", "forgets abs, so a gradient that's too large passes")
def _(loss, X, gradient):
    numeric = torch.zeros_like(X, dtype=torch.float64)
    for i, j in itertools.product(range(X.shape[0]), range(X.shape[1])):
        step = torch.zeros_like(X, dtype=torch.float64)
        step[i, j] = 1e-5
        numeric[i, j] = (loss(X + step) - loss(X - step)) / 2e-5
    return bool((numeric - gradient <= 2e-3 * numeric.abs() + 1e-6 * numeric.abs().max()).all())


@wrong("3.8c", "moves the whole of X at once and compares the sum")
def _(loss, X, gradient):
    slope = (loss(X.double() + 1e-5) - loss(X.double() - 1e-5)) / 2e-5
    return bool(abs(slope - gradient.sum()) <= 2e-3 * abs(slope))


@wrong("3.8c", "tries the first row only")
def _(loss, X, gradient):
    for j in range(X.shape[1]):
        step = torch.zeros_like(X, dtype=torch.float64)
        step[0, j] = 1e-5
        slope = float(loss(X + step) - loss(X - step)) / 2e-5
        if abs(slope - float(gradient[0, j])) > 2e-3 * abs(slope) + 1e-6 * float(gradient.abs().max()):
            return False
    return True


@wrong("3.8c", "tolerates a tenth of the largest element")
def _(loss, X, gradient):
    numeric = torch.zeros_like(X, dtype=torch.float64)
    for i, j in itertools.product(range(X.shape[0]), range(X.shape[1])):
        step = torch.zeros_like(X, dtype=torch.float64)
        step[i, j] = 1e-5
        numeric[i, j] = (loss(X + step) - loss(X - step)) / 2e-5
    return bool((numeric - gradient).abs().max() <= 0.1 * numeric.abs().max())


@wrong("3.8c", "tolerates no rounding at all")
def _(loss, X, gradient):
    numeric = torch.zeros_like(X, dtype=torch.float64)
    for i, j in itertools.product(range(X.shape[0]), range(X.shape[1])):
        step = torch.zeros_like(X, dtype=torch.float64)
        step[i, j] = 1e-5
        numeric[i, j] = (loss(X + step) - loss(X - step)) / 2e-5
    return torch.equal(numeric, gradient.double())


@wrong("3.8c", "takes a step so small that only rounding is left")
def _(loss, X, gradient):
    eps, numeric = 1e-15, torch.zeros_like(X, dtype=torch.float64)
    for i, j in itertools.product(range(X.shape[0]), range(X.shape[1])):
        step = torch.zeros_like(X, dtype=torch.float64)
        step[i, j] = eps
        numeric[i, j] = (loss(X + step) - loss(X - step)) / (2 * eps)
    error = (numeric - gradient).abs()
    return bool((error <= 2e-3 * numeric.abs() + 1e-6 * numeric.abs().max()).all())


@wrong("3.8c", "asks autograd")
def _(loss, X, gradient):
    Z = X.detach().clone().double().requires_grad_()
    true = torch.autograd.grad(loss(Z), Z)[0]
    return bool(((true - gradient).abs() <= 1e-3 * true.abs() + 1e-6 * true.abs().max()).all())


@wrong("3.8c", "compares directions only, by the cosine of the angle")
def _(loss, X, gradient):
    numeric = torch.zeros_like(X, dtype=torch.float64)
    for i, j in itertools.product(range(X.shape[0]), range(X.shape[1])):
        step = torch.zeros_like(X, dtype=torch.float64)
        step[i, j] = 1e-5
        numeric[i, j] = (loss(X + step) - loss(X - step)) / 2e-5
    return F.cosine_similarity(numeric.flatten(), gradient.double().flatten(), dim=0).item() > 0.9999


@wrong("3.8c", "returns whether it's wrong")
def _(loss, X, gradient):
    numeric = torch.zeros_like(X, dtype=torch.float64)
    for i, j in itertools.product(range(X.shape[0]), range(X.shape[1])):
        step = torch.zeros_like(X, dtype=torch.float64)
        step[i, j] = 1e-5
        numeric[i, j] = (loss(X + step) - loss(X - step)) / 2e-5
    return bool(((numeric - gradient).abs() > 2e-3 * numeric.abs() + 1e-6 * numeric.abs().max()).any())


wrong("3.8c", "compares the shapes only", lambda loss, X, gradient: gradient.shape == X.shape)
wrong("3.8c", "calls every gradient right", lambda loss, X, gradient: True)
wrong("3.8c", "calls every gradient wrong", lambda loss, X, gradient: False)
