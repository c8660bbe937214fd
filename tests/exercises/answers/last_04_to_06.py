"""Answers to the longer tasks of lessons 04 to 06."""

import copy
import math

import torch
from torch import nn
from torch.nn import functional as F

from tests.support.answers import right, wrong

# 4.7a


@right("4.7a")
def _(X, k, padding, stride):
    h, w = k
    X = F.pad(X, (padding, padding, padding, padding))
    columns = []
    for i in range(0, X.shape[1] - h + 1, stride):
        for j in range(0, X.shape[2] - w + 1, stride):
            columns.append(X[:, i : i + h, j : j + w].flatten())
    return torch.stack(columns, dim=1)


@right("4.7a")
def _(X, k, padding, stride):
    c, H, W = X.shape
    h, w = k
    padded = X.new_zeros(c, H + 2 * padding, W + 2 * padding)
    padded[:, padding : padding + H, padding : padding + W] = X
    out_h = (H + 2 * padding - h) // stride + 1
    out_w = (W + 2 * padding - w) // stride + 1
    out = X.new_empty(c, h, w, out_h, out_w)
    for a in range(h):
        for e in range(w):
            rows = slice(a, a + stride * (out_h - 1) + 1, stride)
            cols = slice(e, e + stride * (out_w - 1) + 1, stride)
            out[:, a, e] = padded[:, rows, cols]
    return out.reshape(c * h * w, out_h * out_w)


@wrong("4.7a", "puts the blocks into rows instead of columns")
def _(X, k, padding, stride):
    h, w = k
    X = F.pad(X, (padding,) * 4)
    blocks = []
    for i in range(0, X.shape[1] - h + 1, stride):
        for j in range(0, X.shape[2] - w + 1, stride):
            blocks.append(X[:, i : i + h, j : j + w].flatten())
    return torch.stack(blocks)


@wrong("4.7a", "goes through the stops column by column")
def _(X, k, padding, stride):
    h, w = k
    X = F.pad(X, (padding,) * 4)
    columns = []
    for j in range(0, X.shape[2] - w + 1, stride):
        for i in range(0, X.shape[1] - h + 1, stride):
            columns.append(X[:, i : i + h, j : j + w].flatten())
    return torch.stack(columns, dim=1)


@wrong("4.7a", "pads only the width, because F.pad got two numbers")
def _(X, k, padding, stride):
    h, w = k
    X = F.pad(X, (padding, padding))
    columns = []
    for i in range(0, X.shape[1] - h + 1, stride):
        for j in range(0, X.shape[2] - w + 1, stride):
            columns.append(X[:, i : i + h, j : j + w].flatten())
    return torch.stack(columns, dim=1)


@wrong("4.7a", "stops one short of the last stop: range without + 1")
def _(X, k, padding, stride):
    h, w = k
    X = F.pad(X, (padding,) * 4)
    columns = []
    for i in range(0, X.shape[1] - h, stride):
        for j in range(0, X.shape[2] - w, stride):
            columns.append(X[:, i : i + h, j : j + w].reshape(-1))
    return torch.stack(columns, dim=1)


# 4.7b


@right("4.7b")
def _(columns, weight, bias, size):
    Y = weight.flatten(1) @ columns + bias[:, None]
    return Y.reshape(len(columns), len(weight), *size)


@right("4.7b")
def _(columns, weight, bias, size):
    c_o = weight.shape[0]
    outputs = []
    for matrix in columns:
        y = torch.mm(weight.reshape(c_o, -1), matrix)
        outputs.append(y.view(c_o, size[0], size[1]) + bias.view(c_o, 1, 1))
    return torch.stack(outputs)


@wrong("4.7b", "forgets the bias")
def _(columns, weight, bias, size):
    Y = weight.flatten(1) @ columns
    return Y.reshape(len(columns), len(weight), *size)


@wrong("4.7b", "adds the bias along the last axis, the stops")
def _(columns, weight, bias, size):
    Y = weight.flatten(1) @ columns + bias
    return Y.reshape(len(columns), len(weight), *size)


@wrong("4.7b", "transposes the weight by a reshape, which mixes the kernels")
def _(columns, weight, bias, size):
    c_o = len(weight)
    K = weight.reshape(-1, c_o).T
    return (K @ columns + bias[:, None]).reshape(-1, c_o, *size)


@wrong("4.7b", "transposes the product and reshapes without transposing back")
def _(columns, weight, bias, size):
    Y = columns.transpose(1, 2) @ weight.flatten(1).T + bias
    return Y.reshape(len(columns), len(weight), *size)


# 4.7c


@right("4.7c")
def _(columns, size, k, padding, stride):
    H, W = size
    h, w = k
    c = columns.shape[0] // (h * w)
    X = columns.new_zeros(c, H + 2 * padding, W + 2 * padding)
    n = 0
    for i in range(0, H + 2 * padding - h + 1, stride):
        for j in range(0, W + 2 * padding - w + 1, stride):
            X[:, i : i + h, j : j + w] += columns[:, n].reshape(c, h, w)
            n += 1
    return X[:, padding : padding + H, padding : padding + W]


@right("4.7c")
def _(columns, size, k, padding, stride):
    (H, W), (h, w) = size, k
    c = len(columns) // (h * w)
    Hp, Wp = H + 2 * padding, W + 2 * padding
    places = torch.arange(c * Hp * Wp).reshape(c, Hp, Wp)
    places = places.unfold(1, h, stride).unfold(2, w, stride)  # (c, H', W', h, w)
    places = places.permute(0, 3, 4, 1, 2).reshape(-1)
    flat = torch.zeros(c * Hp * Wp)
    flat.index_add_(0, places, columns.reshape(-1))
    return flat.reshape(c, Hp, Wp)[:, padding : Hp - padding, padding : Wp - padding]


@wrong("4.7c", "writes the values instead of adding them")
def _(columns, size, k, padding, stride):
    H, W = size
    h, w = k
    c = columns.shape[0] // (h * w)
    X = torch.zeros(c, H + 2 * padding, W + 2 * padding)
    n = 0
    for i in range(0, H + 2 * padding - h + 1, stride):
        for j in range(0, W + 2 * padding - w + 1, stride):
            X[:, i : i + h, j : j + w] = columns[:, n].reshape(c, h, w)
            n += 1
    return X[:, padding : padding + H, padding : padding + W]


@wrong("4.7c", "crops with -padding, so nothing is left when the padding is 0")
def _(columns, size, k, padding, stride):
    H, W = size
    h, w = k
    c = columns.shape[0] // (h * w)
    X = torch.zeros(c, H + 2 * padding, W + 2 * padding)
    n = 0
    for i in range(0, H + 2 * padding - h + 1, stride):
        for j in range(0, W + 2 * padding - w + 1, stride):
            X[:, i : i + h, j : j + w] += columns[:, n].reshape(c, h, w)
            n += 1
    return X[:, padding:-padding, padding:-padding]


@wrong("4.7c", "divides each pixel by the number of its windows, to undo im2col")
def _(columns, size, k, padding, stride):
    H, W = size
    h, w = k
    c = columns.shape[0] // (h * w)
    X = torch.zeros(c, H + 2 * padding, W + 2 * padding)
    count = torch.zeros(H + 2 * padding, W + 2 * padding)
    n = 0
    for i in range(0, H + 2 * padding - h + 1, stride):
        for j in range(0, W + 2 * padding - w + 1, stride):
            X[:, i : i + h, j : j + w] += columns[:, n].reshape(c, h, w)
            count[i : i + h, j : j + w] += 1
            n += 1
    X = X / count.clamp(min=1)
    return X[:, padding : padding + H, padding : padding + W]


@wrong("4.7c", "keeps the first H rows and W columns of the padded image")
def _(columns, size, k, padding, stride):
    H, W = size
    h, w = k
    c = columns.shape[0] // (h * w)
    X = torch.zeros(c, H + 2 * padding, W + 2 * padding)
    n = 0
    for i in range(0, H + 2 * padding - h + 1, stride):
        for j in range(0, W + 2 * padding - w + 1, stride):
            X[:, i : i + h, j : j + w] += columns[:, n].reshape(c, h, w)
            n += 1
    return X[:, :H, :W]


# 4.7d


@right("4.7d")
def _(dY, weight, size, padding, stride):
    d_columns = weight.flatten(1).T @ dY.flatten(1)
    return F.fold(d_columns, size, weight.shape[2:], padding=padding, stride=stride)


@right("4.7d")
def _(dY, weight, size, padding, stride):
    c_o, c_i, h, w = weight.shape
    H, W = size
    d_columns = torch.matmul(weight.reshape(c_o, -1).t(), dY.reshape(c_o, -1))
    blocks = d_columns.reshape(c_i, h, w, *dY.shape[1:])
    dX = torch.zeros(c_i, H + 2 * padding, W + 2 * padding)
    for i in range(dY.shape[1]):
        for j in range(dY.shape[2]):
            top, left = i * stride, j * stride
            dX[:, top : top + h, left : left + w] += blocks[..., i, j]
    return dX[:, padding : padding + H, padding : padding + W]


@wrong("4.7d", "flips the kernels, as a convolution would need, before the product")
def _(dY, weight, size, padding, stride):
    flipped = weight.flip(2, 3)
    d_columns = flipped.flatten(1).T @ dY.flatten(1)
    return F.fold(d_columns, size, weight.shape[2:], padding=padding, stride=stride)


@wrong("4.7d", "reshapes the weight to (c_i h w, c_o) instead of transposing it")
def _(dY, weight, size, padding, stride):
    c_o = len(weight)
    d_columns = weight.reshape(-1, c_o) @ dY.reshape(c_o, -1)
    return F.fold(d_columns, size, weight.shape[2:], padding=padding, stride=stride)


@wrong("4.7d", "lets autograd compute the gradient, which isn't allowed")
def _(dY, weight, size, padding, stride):
    X = torch.zeros(weight.shape[1], *size, requires_grad=True)
    columns = F.unfold(X[None], weight.shape[2:], padding=padding, stride=stride)[0]
    Y = (weight.flatten(1) @ columns).reshape(dY.shape)
    return torch.autograd.grad(Y, X, dY)[0]


@wrong("4.7d", "folds to the padded size and doesn't crop the padding")
def _(dY, weight, size, padding, stride):
    d_columns = weight.flatten(1).T @ dY.flatten(1)
    padded = (size[0] + 2 * padding, size[1] + 2 * padding)
    return F.fold(d_columns, padded, weight.shape[2:], stride=stride)


# 4.8a


@right("4.8a")
def _(X, dY):
    d_weight = F.conv2d(X.transpose(0, 1), dY.transpose(0, 1)).transpose(0, 1)
    return d_weight, dY.sum(dim=(0, 2, 3))


@right("4.8a")
def _(X, dY):
    _, c_i, H, W = X.shape
    _, c_o, h_out, w_out = dY.shape
    h, w = H - h_out + 1, W - w_out + 1
    dK = torch.zeros(c_o, c_i, h, w)
    for a in range(h):
        for e in range(w):
            part = X[:, :, a : a + h_out, e : e + w_out]
            dK[:, :, a, e] = torch.einsum("noij,ncij->oc", dY, part)
    db = torch.einsum("noij->o", dY)
    return dK, db


@wrong("4.8a", "averages both gradients over the images")
def _(X, dY):
    d_weight = F.conv2d(X.transpose(0, 1), dY.transpose(0, 1)).transpose(0, 1)
    return d_weight / len(X), dY.sum(dim=(0, 2, 3)) / len(X)


@wrong("4.8a", "leaves the weight's gradient in the order (c_i, c_o, h, w)")
def _(X, dY):
    d_weight = F.conv2d(X.transpose(0, 1), dY.transpose(0, 1))
    return d_weight, dY.sum(dim=(0, 2, 3))


@wrong("4.8a", "takes the mean of dY over the stops for the bias")
def _(X, dY):
    d_weight = F.conv2d(X.transpose(0, 1), dY.transpose(0, 1)).transpose(0, 1)
    return d_weight, dY.mean(dim=(2, 3)).sum(dim=0)


@wrong("4.8a", "flips the weight's gradient, which belongs only to the input's")
def _(X, dY):
    d_weight = F.conv2d(X.transpose(0, 1), dY.transpose(0, 1)).transpose(0, 1)
    return d_weight.flip(2, 3), dY.sum(dim=(0, 2, 3))


# 4.8b


@right("4.8b")
def _(dY, weight):
    h, w = weight.shape[2:]
    padded = F.pad(dY, (w - 1, w - 1, h - 1, h - 1))
    return F.conv2d(padded, weight.flip(2, 3).transpose(0, 1))


@right("4.8b")
def _(dY, weight):
    N, _, h_out, w_out = dY.shape
    _, c_i, h, w = weight.shape
    dX = torch.zeros(N, c_i, h_out + h - 1, w_out + w - 1)
    for a in range(h):
        for e in range(w):
            term = torch.einsum("noij,oc->ncij", dY, weight[:, :, a, e])
            dX[:, :, a : a + h_out, e : e + w_out] += term
    return dX


@wrong("4.8b", "doesn't flip the kernels")
def _(dY, weight):
    h, w = weight.shape[2:]
    return F.conv2d(dY, weight.transpose(0, 1), padding=(h - 1, w - 1))


@wrong("4.8b", "flips the kernels only upside down, not left to right")
def _(dY, weight):
    h, w = weight.shape[2:]
    return F.conv2d(dY, weight.flip(2).transpose(0, 1), padding=(h - 1, w - 1))


@wrong("4.8b", "swaps the two channel axes by a reshape")
def _(dY, weight):
    c_o, c_i, h, w = weight.shape
    flipped = weight.flip(2, 3).reshape(c_i, c_o, h, w)
    return F.conv2d(dY, flipped, padding=(h - 1, w - 1))


@wrong("4.8b", "adds up the gradients of all images and repeats the sum for each")
def _(dY, weight):
    h, w = weight.shape[2:]
    kernels = weight.flip(2, 3).transpose(0, 1)
    total = F.conv2d(dY.sum(dim=0, keepdim=True), kernels, padding=(h - 1, w - 1))
    return total.expand(len(dY), -1, -1, -1)


# 4.8c


@right("4.8c")
def _(backward):
    generator = torch.Generator().manual_seed(3)

    def randn(*shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    cases = [
        (3, 2, 4, 7, 9, 3, 2),
        (2, 3, 3, 8, 6, 2, 3),
        (4, 3, 1, 6, 6, 3, 3),
        (1, 1, 2, 5, 7, 4, 1),
        (3, 2, 2, 5, 5, 1, 1),
        (2, 2, 3, 3, 4, 3, 4),
    ]
    for n, c_i, c_o, H, W, h, w in cases:
        X, K, b = randn(n, c_i, H, W), randn(c_o, c_i, h, w), randn(c_o)
        dY = randn(n, c_o, H - h + 1, W - w + 1) + 0.5
        leaves = [t.clone().requires_grad_() for t in (X, K, b)]
        F.conv2d(*leaves).backward(dY)
        found = backward(X.clone(), K.clone(), b.clone(), dY.clone())
        for got, leaf in zip(found, leaves, strict=True):
            if got.shape != leaf.grad.shape:
                return False
            if not torch.allclose(got, leaf.grad, rtol=0, atol=1e-4):
                return False
    return True


@right("4.8c")
def _(backward):
    torch.manual_seed(0)
    for N in (1, 2, 5):
        for c_i, c_o in ((1, 1), (2, 2), (2, 3), (3, 2)):
            for h, w in ((1, 1), (3, 3), (2, 4), (4, 2)):
                X = torch.randn(N, c_i, 7, 8, dtype=torch.double)
                weight = torch.randn(c_o, c_i, h, w, dtype=torch.double)
                bias = torch.randn(c_o, dtype=torch.double)
                dY = torch.randn(N, c_o, 8 - h, 9 - w, dtype=torch.double)
                dX, d_weight, d_bias = backward(X, weight, bias, dY)

                true_bias = dY.sum((0, 2, 3))
                true_weight = torch.zeros_like(weight)
                true_X = torch.zeros_like(X)
                for a in range(h):
                    for e in range(w):
                        place = (..., slice(a, a + 8 - h), slice(e, e + 9 - w))
                        true_weight[:, :, a, e] = torch.einsum("noij,ncij->oc", dY, X[place])
                        true_X[place] += torch.einsum("noij,oc->ncij", dY, weight[:, :, a, e])

                assert dX.shape == true_X.shape
                assert d_weight.shape == true_weight.shape
                assert d_bias.shape == true_bias.shape
                assert (dX - true_X).abs().max() <= 1e-4
                assert (d_weight - true_weight).abs().max() <= 1e-4
                assert (d_bias - true_bias).abs().max() <= 1e-4
    return True


def _one_case(backward, X, weight, bias, dY):
    parts = [part.clone().requires_grad_() for part in (X, weight, bias)]
    expected = torch.autograd.grad(F.conv2d(*parts), parts, dY)
    found = backward(X, weight, bias, dY)
    return all(a.shape == b.shape and torch.allclose(a, b, atol=1e-4) for a, b in zip(found, expected, strict=True))


@wrong("4.8c", "tests a batch of a single image only")
def _(backward):
    torch.manual_seed(0)
    for c_i, c_o in ((2, 3), (3, 3)):
        X = torch.randn(1, c_i, 6, 8, dtype=torch.float64)
        weight = torch.randn(c_o, c_i, 3, 2, dtype=torch.float64)
        bias = torch.randn(c_o, dtype=torch.float64)
        dY = torch.randn(1, c_o, 4, 7, dtype=torch.float64)
        if not _one_case(backward, X, weight, bias, dY):
            return False
    return True


@wrong("4.8c", "uses a kernel of ones and a dY of ones, which hide a missing flip")
def _(backward):
    torch.manual_seed(0)
    X = torch.randn(3, 2, 6, 8, dtype=torch.float64)
    weight = torch.ones(4, 2, 3, 3, dtype=torch.float64)
    bias = torch.zeros(4, dtype=torch.float64)
    dY = torch.ones(3, 4, 4, 6, dtype=torch.float64)
    return _one_case(backward, X, weight, bias, dY)


@wrong("4.8c", "compares only the shapes of the gradients")
def _(backward):
    X = torch.randn(3, 2, 6, 8, dtype=torch.float64)
    weight = torch.randn(4, 2, 3, 2, dtype=torch.float64)
    bias = torch.randn(4, dtype=torch.float64)
    dY = torch.randn(3, 4, 4, 7, dtype=torch.float64)
    dX, d_weight, d_bias = backward(X, weight, bias, dY)
    return dX.shape == X.shape and d_weight.shape == weight.shape and d_bias.shape == bias.shape


@wrong("4.8c", "asserts everything but forgets to return True")
def _(backward):
    torch.manual_seed(0)
    for n, c_i, c_o, h, w in ((3, 2, 4, 3, 2), (2, 3, 3, 2, 3), (1, 1, 1, 3, 3)):
        X = torch.randn(n, c_i, 6, 8, dtype=torch.float64)
        weight = torch.randn(c_o, c_i, h, w, dtype=torch.float64)
        bias = torch.randn(c_o, dtype=torch.float64)
        dY = torch.randn(n, c_o, 7 - h, 9 - w, dtype=torch.float64)
        assert _one_case(backward, X, weight, bias, dY)


# 5.6a


@right("5.6a")
def _(dense, size):
    c, h, w = size
    conv = nn.Conv2d(c, dense.out_features, (h, w), bias=dense.bias is not None)
    with torch.no_grad():
        conv.weight.copy_(dense.weight.reshape(-1, c, h, w))
        if dense.bias is not None:
            conv.bias.copy_(dense.bias)
    return conv


@right("5.6a")
def _(dense, size):
    layer = nn.Conv2d(size[0], dense.out_features, kernel_size=tuple(size[1:]))
    layer.weight = nn.Parameter(dense.weight.detach().clone().view(dense.out_features, *size))
    layer.bias = dense.bias
    return layer


@wrong("5.6a", "keeps the random bias of the new layer if the dense layer has none")
def _(dense, size):
    c, h, w = size
    conv = nn.Conv2d(c, dense.out_features, (h, w))
    with torch.no_grad():
        conv.weight.copy_(dense.weight.reshape(-1, c, h, w))
        if dense.bias is not None:
            conv.bias.copy_(dense.bias)
    return conv


@wrong("5.6a", "takes the flattened features as channels-last, (h, w, c)")
def _(dense, size):
    c, h, w = size
    conv = nn.Conv2d(c, dense.out_features, (h, w), bias=dense.bias is not None)
    with torch.no_grad():
        conv.weight.copy_(dense.weight.reshape(-1, h, w, c).permute(0, 3, 1, 2))
        if dense.bias is not None:
            conv.bias.copy_(dense.bias)
    return conv


@wrong("5.6a", "makes a 1×1 convolution with c·h·w input channels")
def _(dense, size):
    conv = nn.Conv2d(dense.in_features, dense.out_features, 1, bias=dense.bias is not None)
    with torch.no_grad():
        conv.weight.copy_(dense.weight[:, :, None, None])
        if dense.bias is not None:
            conv.bias.copy_(dense.bias)
    return conv


@wrong("5.6a", "reshapes the dense layer's own weight in place")
def _(dense, size):
    c, h, w = size
    conv = nn.Conv2d(c, dense.out_features, (h, w), bias=dense.bias is not None)
    dense.weight.data = dense.weight.data.reshape(-1, c, h, w)
    conv.weight = dense.weight
    if dense.bias is not None:
        conv.bias = dense.bias
    return conv


# 5.6b


@right("5.6b")
def _(net, crop, image):
    body, dense = net[:-2], net[-1]
    with torch.no_grad():
        size = body(torch.zeros(1, image.shape[0], *crop)).shape[1:]
        features = body(image[None])
        return F.conv2d(features, dense.weight.reshape(-1, *size), dense.bias)[0]


@right("5.6b")
def _(net, crop, image):
    layers = list(net)[:-2]
    features, sample = image.unsqueeze(0), image[None, :, : crop[0], : crop[1]]
    for layer in layers:
        features, sample = layer(features), layer(sample)
    h, w = sample.shape[-2:]
    windows = F.unfold(features, (h, w))[0].T
    scores = net[-1](windows).T
    return scores.reshape(-1, features.shape[2] - h + 1, features.shape[3] - w + 1)


@wrong("5.6b", "returns the map with the batch axis, (1, classes, H', W')")
def _(net, crop, image):
    body, dense = net[:-2], net[-1]
    size = body(torch.zeros(1, image.shape[0], *crop)).shape[1:]
    return F.conv2d(body(image[None]), dense.weight.reshape(-1, *size), dense.bias)


@wrong("5.6b", "forgets the dense layer's bias")
def _(net, crop, image):
    body, dense = net[:-2], net[-1]
    size = body(torch.zeros(1, image.shape[0], *crop)).shape[1:]
    return F.conv2d(body(image[None]), dense.weight.reshape(-1, *size))[0]


@wrong("5.6b", "takes the features to be square and computes the side as a root")
def _(net, crop, image):
    features = net[:-2](image[None])
    dense = net[-1]
    c = features.shape[1]
    side = math.isqrt(dense.in_features // c)
    return F.conv2d(features, dense.weight.reshape(-1, c, side, side), dense.bias)[0]


@wrong("5.6b", "moves by a whole window each time, so crops don't overlap")
def _(net, crop, image):
    body, dense = net[:-2], net[-1]
    size = body(torch.zeros(1, image.shape[0], *crop)).shape[1:]
    weight = dense.weight.reshape(-1, *size)
    return F.conv2d(body(image[None]), weight, dense.bias, stride=tuple(size[1:]))[0]


# 5.6c


@right("5.6c")
def _(scores, label, crop, stride):
    probability = scores.softmax(dim=0)[label]
    row, column = divmod(probability.argmax().item(), probability.shape[1])
    top, left = row * stride, column * stride
    return top, left, top + crop[0], left + crop[1]


@right("5.6c")
def _(scores, label, crop, stride):
    log_p = scores[label] - torch.logsumexp(scores, dim=0)
    best, where = -float("inf"), (0, 0)
    for i, row in enumerate(log_p.tolist()):
        for j, value in enumerate(row):
            if value > best:
                best, where = value, (i, j)
    top = where[0] * stride
    left = where[1] * stride
    return (top, left, top + crop[0], left + crop[1])


@wrong("5.6c", "takes the largest score instead of the largest probability")
def _(scores, label, crop, stride):
    row, column = divmod(scores[label].argmax().item(), scores.shape[2])
    top, left = row * stride, column * stride
    return top, left, top + crop[0], left + crop[1]


@wrong("5.6c", "doesn't multiply the position by the stride")
def _(scores, label, crop, stride):
    probability = scores.softmax(dim=0)[label]
    top, left = divmod(probability.argmax().item(), probability.shape[1])
    return top, left, top + crop[0], left + crop[1]


@wrong("5.6c", "divides the flat index by the height of the map, not the width")
def _(scores, label, crop, stride):
    probability = scores.softmax(dim=0)[label]
    row, column = divmod(probability.argmax().item(), probability.shape[0])
    top, left = row * stride, column * stride
    return top, left, top + crop[0], left + crop[1]


@wrong("5.6c", "multiplies the crop's size by the stride as well")
def _(scores, label, crop, stride):
    probability = scores.softmax(dim=0)[label]
    row, column = divmod(probability.argmax().item(), probability.shape[1])
    bottom, right_ = row + crop[0], column + crop[1]
    return row * stride, column * stride, bottom * stride, right_ * stride


# 5.7a


@right("5.7a")
def _(X, Y):
    A = torch.cat([X.flatten(1), torch.ones(1, X[0].numel())]).T
    S = torch.linalg.lstsq(A, Y.flatten(1).T).solution
    return S[:-1].T, S[-1]


@right("5.7a")
def _(X, Y):
    x = X.reshape(len(X), -1).double()
    y = Y.reshape(len(Y), -1).double()
    mean_x, mean_y = x.mean(1, keepdim=True), y.mean(1, keepdim=True)
    W = (y - mean_y) @ torch.linalg.pinv(x - mean_x)
    b = (mean_y - W @ mean_x)[:, 0]
    return W.float(), b.float()


@wrong("5.7a", "fits W without a column of ones and returns zeros for b")
def _(X, Y):
    S = torch.linalg.lstsq(X.flatten(1).T, Y.flatten(1).T).solution
    return S.T, torch.zeros(len(Y))


@wrong("5.7a", "returns W transposed, of shape (c_i, c_o)")
def _(X, Y):
    A = torch.cat([X.flatten(1).T, torch.ones(X[0].numel(), 1)], dim=1)
    S = torch.linalg.lstsq(A, Y.flatten(1).T).solution
    return S[:-1], S[-1]


@wrong("5.7a", "makes pixels into rows by reshape(-1, c), which mixes the channels")
def _(X, Y):
    A = X.reshape(-1, len(X))
    A = torch.cat([A, torch.ones(len(A), 1)], dim=1)
    S = torch.linalg.lstsq(A, Y.reshape(-1, len(Y))).solution
    return S[:-1].T, S[-1]


@wrong("5.7a", "fits W without a bias first, and then b to what is left")
def _(X, Y):
    W = torch.linalg.lstsq(X.flatten(1).T, Y.flatten(1).T).solution.T
    b = (Y.flatten(1) - W @ X.flatten(1)).mean(dim=1)
    return W, b


# 5.7b


@right("5.7b")
def _(X, Y, steps, lr):
    W = torch.zeros(len(Y), len(X), requires_grad=True)
    b = torch.zeros(len(Y), requires_grad=True)
    for _ in range(steps):
        Y_hat = (W @ X.flatten(1) + b[:, None]).reshape(Y.shape)
        loss = F.mse_loss(Y_hat, Y)
        dW, db = torch.autograd.grad(loss, (W, b))
        with torch.no_grad():
            W -= lr * dW
            b -= lr * db
    return W.detach(), b.detach()


@right("5.7b")
def _(X, Y, steps, lr):
    x, y = X.flatten(1), Y.flatten(1)
    W, b = torch.zeros(y.shape[0], x.shape[0]), torch.zeros(y.shape[0])
    for _ in range(steps):
        error = 2 * (W @ x + b[:, None] - y) / y.numel()
        dW, db = error @ x.T, error.sum(dim=1)
        W, b = W - lr * dW, b - lr * db
    return W, b


@wrong("5.7b", "never sets the gradients back to zero")
def _(X, Y, steps, lr):
    W = torch.zeros(len(Y), len(X), requires_grad=True)
    b = torch.zeros(len(Y), requires_grad=True)
    for _ in range(steps):
        loss = ((W @ X.flatten(1) + b[:, None] - Y.flatten(1)) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            W -= lr * W.grad
            b -= lr * b.grad
    return W.detach(), b.detach()


@wrong("5.7b", "divides by the number of pixels only, not by all values of Y")
def _(X, Y, steps, lr):
    x, y = X.flatten(1), Y.flatten(1)
    W, b = torch.zeros(len(y), len(x)), torch.zeros(len(y))
    for _ in range(steps):
        error = 2 * (W @ x + b[:, None] - y) / y.shape[1]
        dW, db = error @ x.T, error.sum(dim=1)
        W, b = W - lr * dW, b - lr * db
    return W, b


@wrong("5.7b", "leaves out the factor 2 of the squared error's derivative")
def _(X, Y, steps, lr):
    x, y = X.flatten(1), Y.flatten(1)
    W, b = torch.zeros(len(y), len(x)), torch.zeros(len(y))
    for _ in range(steps):
        error = (W @ x + b[:, None] - y) / y.numel()
        W, b = W - lr * error @ x.T, b - lr * error.sum(dim=1)
    return W, b


@wrong("5.7b", "starts from the random weights of nn.Conv2d")
def _(X, Y, steps, lr):
    conv = nn.Conv2d(len(X), len(Y), 1)
    optimizer = torch.optim.SGD(conv.parameters(), lr=lr)
    for _ in range(steps):
        optimizer.zero_grad()
        F.mse_loss(conv(X[None])[0], Y).backward()
        optimizer.step()
    return conv.weight.detach()[:, :, 0, 0], conv.bias.detach()


# 5.7c


def _kernel_error(X, Y, k):
    windows = F.unfold(X[None], k, padding=k // 2)[0]
    A = torch.cat([windows, torch.ones(1, windows.shape[1])]).T.double()
    B = Y.flatten(1).T.double()
    S = torch.linalg.lstsq(A, B).solution
    return ((A @ S - B) ** 2).mean().item()


right("5.7c", _kernel_error)


@right("5.7c")
def _(X, Y, k):
    c, h, w = X.shape
    p = k // 2
    padded = F.pad(X.double(), (p, p, p, p))
    rows = [padded[:, a : a + h, e : e + w].reshape(c, -1) for a in range(k) for e in range(k)]
    A = torch.cat([*rows, torch.ones(1, h * w, dtype=torch.double)])
    y = Y.double().reshape(len(Y), -1)
    K = y @ torch.linalg.pinv(A)
    return float(F.mse_loss(K @ A, y))


@wrong("5.7c", "adds the ones as a channel before unfold, so the kernel has k² biases")
def _(X, Y, k):
    with_ones = torch.cat([X, torch.ones_like(X[:1])])
    A = F.unfold(with_ones[None], k, padding=k // 2)[0].T.double()
    B = Y.flatten(1).T.double()
    S = torch.linalg.lstsq(A, B, driver="gelsd").solution
    return ((A @ S - B) ** 2).mean().item()


@wrong("5.7c", "fits the kernel without a bias")
def _(X, Y, k):
    A = F.unfold(X[None], k, padding=k // 2)[0].T.double()
    B = Y.flatten(1).T.double()
    S = torch.linalg.lstsq(A, B).solution
    return ((A @ S - B) ** 2).mean().item()


@wrong("5.7c", "adds up the errors of the output channels instead of averaging them")
def _(X, Y, k):
    windows = F.unfold(X[None], k, padding=k // 2)[0]
    A = torch.cat([windows, torch.ones(1, windows.shape[1])]).T.double()
    B = Y.flatten(1).T.double()
    S = torch.linalg.lstsq(A, B).solution
    return ((A @ S - B) ** 2).sum(dim=1).mean().item()


@wrong("5.7c", "uses no padding and crops Y to the stops inside the image")
def _(X, Y, k):
    p = k // 2
    windows = F.unfold(X[None], k)[0]
    A = torch.cat([windows, torch.ones(1, windows.shape[1])]).T.double()
    B = Y[:, p : Y.shape[1] - p, p : Y.shape[2] - p].flatten(1).T.double()
    S = torch.linalg.lstsq(A, B).solution
    return ((A @ S - B) ** 2).mean().item()


# 5.7d


@right("5.7d")
def _(X, Y, k, order):
    X2 = X.flatten(1)[:, order].reshape(X.shape)
    Y2 = Y.flatten(1)[:, order].reshape(Y.shape)
    return _kernel_error(X, Y, k), _kernel_error(X2, Y2, k)


@right("5.7d")
def _(X, Y, k, order):
    def shuffle(image):
        moved = torch.empty_like(image)
        w = image.shape[2]
        for n, source in enumerate(order.tolist()):
            moved[:, n // w, n % w] = image[:, source // w, source % w]
        return moved

    return [_kernel_error(X, Y, k), _kernel_error(shuffle(X), shuffle(Y), k)]


@wrong("5.7d", "shuffles only X, so each pixel loses its target")
def _(X, Y, k, order):
    X2 = X.flatten(1)[:, order].reshape(X.shape)
    return _kernel_error(X, Y, k), _kernel_error(X2, Y, k)


@wrong("5.7d", "moves pixel n to position order[n], the inverse permutation")
def _(X, Y, k, order):
    X2, Y2 = torch.empty_like(X.flatten(1)), torch.empty_like(Y.flatten(1))
    X2[:, order] = X.flatten(1)
    Y2[:, order] = Y.flatten(1)
    return _kernel_error(X, Y, k), _kernel_error(X2.reshape(X.shape), Y2.reshape(Y.shape), k)


@wrong("5.7d", "returns the error after the shuffling first")
def _(X, Y, k, order):
    X2 = X.flatten(1)[:, order].reshape(X.shape)
    Y2 = Y.flatten(1)[:, order].reshape(Y.shape)
    return _kernel_error(X2, Y2, k), _kernel_error(X, Y, k)


@wrong("5.7d", "shuffles whole windows after unfold, so the neighbors come along")
def _(X, Y, k, order):
    windows = F.unfold(X[None], k, padding=k // 2)[0][:, order]
    A = torch.cat([windows, torch.ones(1, windows.shape[1])]).T.double()
    B = Y.flatten(1)[:, order].T.double()
    S = torch.linalg.lstsq(A, B).solution
    return _kernel_error(X, Y, k), ((A @ S - B) ** 2).mean().item()


# 6.7a


@right("6.7a")
def _(X, gamma, beta, eps):
    mean = X.mean(dim=(0, 2, 3), keepdim=True)
    var = ((X - mean) ** 2).mean(dim=(0, 2, 3), keepdim=True)
    X_hat = (X - mean) / torch.sqrt(var + eps)
    return gamma.reshape(1, -1, 1, 1) * X_hat + beta.reshape(1, -1, 1, 1)


@right("6.7a")
def _(X, gamma, beta, eps):
    maps = []
    for c in range(X.shape[1]):
        x = X[:, c]
        mu, sigma2 = x.mean(), x.var(unbiased=False)
        maps.append(gamma[c] * (x - mu) / (sigma2 + eps) ** 0.5 + beta[c])
    return torch.stack(maps, dim=1)


@wrong("6.7a", "divides by n - 1, the default of var")
def _(X, gamma, beta, eps):
    mean = X.mean(dim=(0, 2, 3), keepdim=True)
    var = X.var(dim=(0, 2, 3), keepdim=True)
    return gamma[:, None, None] * (X - mean) / torch.sqrt(var + eps) + beta[:, None, None]


@wrong("6.7a", "normalizes each image by itself, over height and width only")
def _(X, gamma, beta, eps):
    mean = X.mean(dim=(2, 3), keepdim=True)
    var = X.var(dim=(2, 3), keepdim=True, unbiased=False)
    return gamma[:, None, None] * (X - mean) / torch.sqrt(var + eps) + beta[:, None, None]


@wrong("6.7a", "adds eps to the standard deviation, outside the root")
def _(X, gamma, beta, eps):
    mean = X.mean(dim=(0, 2, 3), keepdim=True)
    std = X.std(dim=(0, 2, 3), keepdim=True, unbiased=False)
    return gamma[:, None, None] * (X - mean) / (std + eps) + beta[:, None, None]


@wrong("6.7a", "multiplies gamma and adds beta along the last axis")
def _(X, gamma, beta, eps):
    mean = X.mean(dim=(0, 2, 3), keepdim=True)
    var = X.var(dim=(0, 2, 3), keepdim=True, unbiased=False)
    return gamma * (X - mean) / torch.sqrt(var + eps) + beta


# 6.7b


class _Norm(nn.Module):
    def __init__(self, channels, momentum=0.1, eps=1e-5):
        super().__init__()
        self.momentum, self.eps = momentum, eps
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))

    def scale(self, X, mean, var):
        X = (X - mean[:, None, None]) / torch.sqrt(var[:, None, None] + self.eps)
        return self.weight[:, None, None] * X + self.bias[:, None, None]


@right("6.7b")
class _MyBatchNorm1(nn.Module):
    def __init__(self, channels, momentum=0.1, eps=1e-5):
        super().__init__()
        self.momentum = momentum
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))

    def forward(self, X):
        if self.training:
            mean = X.mean(dim=(0, 2, 3))
            var = X.var(dim=(0, 2, 3), unbiased=False)
            with torch.no_grad():
                n = X.numel() / X.shape[1]
                m = self.momentum
                self.running_mean.copy_((1 - m) * self.running_mean + m * mean)
                self.running_var.copy_((1 - m) * self.running_var + m * var * n / (n - 1))
        else:
            mean, var = self.running_mean, self.running_var
        X_hat = (X - mean.view(1, -1, 1, 1)) / (var.view(1, -1, 1, 1) + self.eps).sqrt()
        return self.weight.view(1, -1, 1, 1) * X_hat + self.bias.view(1, -1, 1, 1)


@right("6.7b")
class _MyBatchNorm2(nn.Module):
    def __init__(self, channels, momentum=0.1, eps=1e-5):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))
        self.momentum, self.eps = momentum, eps

    def forward(self, X):
        return F.batch_norm(
            X,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            training=self.training,
            momentum=self.momentum,
            eps=self.eps,
        )


@wrong("6.7b", "swaps momentum and 1 - momentum in the updates")
class _MyBatchNorm3(_Norm):
    def forward(self, X):
        if not self.training:
            return self.scale(X, self.running_mean, self.running_var)
        mean, var = X.mean(dim=(0, 2, 3)), X.var(dim=(0, 2, 3), unbiased=False)
        with torch.no_grad():
            m = self.momentum
            self.running_mean = m * self.running_mean + (1 - m) * mean
            self.running_var = m * self.running_var + (1 - m) * X.var(dim=(0, 2, 3))
        return self.scale(X, mean, var)


@wrong("6.7b", "updates running_var with the variance that is divided by n")
class _MyBatchNorm4(_Norm):
    def forward(self, X):
        if not self.training:
            return self.scale(X, self.running_mean, self.running_var)
        mean, var = X.mean(dim=(0, 2, 3)), X.var(dim=(0, 2, 3), unbiased=False)
        with torch.no_grad():
            m = self.momentum
            self.running_mean = (1 - m) * self.running_mean + m * mean
            self.running_var = (1 - m) * self.running_var + m * var
        return self.scale(X, mean, var)


@wrong("6.7b", "lets autograd record the updates of the buffers")
class _MyBatchNorm5(_Norm):
    def forward(self, X):
        if not self.training:
            return self.scale(X, self.running_mean, self.running_var)
        mean, var = X.mean(dim=(0, 2, 3)), X.var(dim=(0, 2, 3), unbiased=False)
        m = self.momentum
        self.running_mean = (1 - m) * self.running_mean + m * mean
        self.running_var = (1 - m) * self.running_var + m * X.var(dim=(0, 2, 3))
        return self.scale(X, mean, var)


@wrong("6.7b", "keeps the running statistics as plain attributes, not as buffers")
class _MyBatchNorm6(nn.Module):
    def __init__(self, channels, momentum=0.1, eps=1e-5):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.running_mean = torch.zeros(channels)
        self.running_var = torch.ones(channels)
        self.momentum, self.eps = momentum, eps

    def forward(self, X):
        mean, var, w, b = self.running_mean, self.running_var, self.weight, self.bias
        return F.batch_norm(X, mean, var, w, b, self.training, self.momentum, self.eps)


# 6.7c


@right("6.7c")
def _(conv, norm):
    new = nn.Conv2d(
        conv.in_channels,
        conv.out_channels,
        conv.kernel_size,
        stride=conv.stride,
        padding=conv.padding,
        dilation=conv.dilation,
        groups=conv.groups,
    )
    with torch.no_grad():
        factor = norm.weight / torch.sqrt(norm.running_var + norm.eps)
        bias = 0 if conv.bias is None else conv.bias
        new.weight.copy_(conv.weight * factor[:, None, None, None])
        new.bias.copy_((bias - norm.running_mean) * factor + norm.bias)
    return new


@right("6.7c")
def _(conv, norm):
    folded = copy.deepcopy(conv)
    scale = (norm.weight * torch.rsqrt(norm.running_var + norm.eps)).detach()
    shift = norm.bias.detach() - norm.running_mean * scale
    if conv.bias is not None:
        shift = shift + conv.bias.detach() * scale
    folded.weight = nn.Parameter(conv.weight.detach() * scale.reshape(-1, 1, 1, 1))
    folded.bias = nn.Parameter(shift)
    return folded


@wrong("6.7c", "doesn't multiply the convolution's own bias by the factor")
def _(conv, norm):
    folded = copy.deepcopy(conv)
    scale = (norm.weight / torch.sqrt(norm.running_var + norm.eps)).detach()
    bias = norm.bias.detach() - norm.running_mean * scale
    if conv.bias is not None:
        bias = bias + conv.bias.detach()
    folded.weight = nn.Parameter(conv.weight.detach() * scale[:, None, None, None])
    folded.bias = nn.Parameter(bias)
    return folded


@wrong("6.7c", "doesn't pass on the dilation and the groups")
def _(conv, norm):
    new = nn.Conv2d(conv.in_channels, conv.out_channels, conv.kernel_size, conv.stride, conv.padding)
    scale = (norm.weight / torch.sqrt(norm.running_var + norm.eps)).detach()
    bias = torch.zeros(conv.out_channels) if conv.bias is None else conv.bias.detach()
    new.weight = nn.Parameter(conv.weight.detach() * scale[:, None, None, None])
    new.bias = nn.Parameter((bias - norm.running_mean) * scale + norm.bias.detach())
    return new


@wrong("6.7c", "changes the given convolution and returns it")
def _(conv, norm):
    with torch.no_grad():
        scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
        bias = torch.zeros(conv.out_channels) if conv.bias is None else conv.bias
        conv.weight *= scale[:, None, None, None]
        conv.bias = nn.Parameter((bias - norm.running_mean) * scale + norm.bias)
    return conv


@wrong("6.7c", "divides by the variance instead of its root")
def _(conv, norm):
    folded = copy.deepcopy(conv)
    scale = (norm.weight / (norm.running_var + norm.eps)).detach()
    bias = torch.zeros(conv.out_channels) if conv.bias is None else conv.bias.detach()
    folded.weight = nn.Parameter(conv.weight.detach() * scale[:, None, None, None])
    folded.bias = nn.Parameter((bias - norm.running_mean) * scale + norm.bias.detach())
    return folded


# 6.8a


@right("6.8a")
class _Residual1(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, X):
        return F.relu(X + self.conv2(F.relu(self.conv1(X))))


@right("6.8a")
class _Residual2(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, kernel_size=3, padding="same")
        self.conv2 = nn.Conv2d(channels, channels, kernel_size=3, padding="same")
        self.relu = nn.ReLU(inplace=True)

    def forward(self, X):
        Y = self.relu(self.conv1(X))
        Y = self.conv2(Y)
        Y = Y + X
        return self.relu(Y)


class _TwoConvolutions(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)


@wrong("6.8a", "adds to X in place and so changes the input")
class _Residual3(_TwoConvolutions):
    def forward(self, X):
        Y = self.conv2(F.relu(self.conv1(X)))
        X += Y
        return F.relu(X)


@wrong("6.8a", "leaves out the ReLU after the addition")
class _Residual4(_TwoConvolutions):
    def forward(self, X):
        return X + self.conv2(F.relu(self.conv1(X)))


@wrong("6.8a", "applies the second ReLU before the addition")
class _Residual5(_TwoConvolutions):
    def forward(self, X):
        return X + F.relu(self.conv2(F.relu(self.conv1(X))))


@wrong("6.8a", "leaves out the ReLU between the two convolutions")
class _Residual6(_TwoConvolutions):
    def forward(self, X):
        return F.relu(X + self.conv2(self.conv1(X)))


# 6.8b


@right("6.8b")
class _ResidualTo1(nn.Module):
    def __init__(self, c_i, c_o, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(c_i, c_o, 3, padding=1, stride=stride)
        self.conv2 = nn.Conv2d(c_o, c_o, 3, padding=1)
        self.conv3 = None
        if c_i != c_o or stride != 1:
            self.conv3 = nn.Conv2d(c_i, c_o, 1, stride=stride)

    def forward(self, X):
        Y = self.conv2(F.relu(self.conv1(X)))
        if self.conv3 is not None:
            X = self.conv3(X)
        return F.relu(X + Y)


@right("6.8b")
class _ResidualTo2(nn.Module):
    def __init__(self, c_i, c_o, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(c_i, c_o, kernel_size=3, stride=stride, padding=1)
        self.conv2 = nn.Conv2d(c_o, c_o, kernel_size=3, stride=1, padding=1)
        same = (c_i, stride) == (c_o, 1)
        projection = nn.Conv2d(c_i, c_o, kernel_size=1, stride=stride, bias=False)
        self.shortcut = nn.Identity() if same else projection

    def forward(self, X):
        return torch.relu(self.shortcut(X) + self.conv2(torch.relu(self.conv1(X))))


@wrong("6.8b", "projects only if the numbers of channels differ, whatever the stride")
class _ResidualTo3(nn.Module):
    def __init__(self, c_i, c_o, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(c_i, c_o, 3, padding=1, stride=stride)
        self.conv2 = nn.Conv2d(c_o, c_o, 3, padding=1)
        self.conv3 = nn.Conv2d(c_i, c_o, 1, stride=stride) if c_i != c_o else nn.Identity()

    def forward(self, X):
        return F.relu(self.conv3(X) + self.conv2(F.relu(self.conv1(X))))


@wrong("6.8b", "projects always, even if the shape stays the same")
class _ResidualTo4(nn.Module):
    def __init__(self, c_i, c_o, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(c_i, c_o, 3, padding=1, stride=stride)
        self.conv2 = nn.Conv2d(c_o, c_o, 3, padding=1)
        self.conv3 = nn.Conv2d(c_i, c_o, 1, stride=stride)

    def forward(self, X):
        return F.relu(self.conv3(X) + self.conv2(F.relu(self.conv1(X))))


@wrong("6.8b", "creates the projection always and only skips it in forward")
class _ResidualTo5(nn.Module):
    def __init__(self, c_i, c_o, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(c_i, c_o, 3, padding=1, stride=stride)
        self.conv2 = nn.Conv2d(c_o, c_o, 3, padding=1)
        self.conv3 = nn.Conv2d(c_i, c_o, 1, stride=stride)
        self.project = c_i != c_o or stride != 1

    def forward(self, X):
        Y = self.conv2(F.relu(self.conv1(X)))
        return F.relu(Y + (self.conv3(X) if self.project else X))


@wrong("6.8b", "strides in conv2 instead of conv1")
class _ResidualTo6(nn.Module):
    def __init__(self, c_i, c_o, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(c_i, c_o, 3, padding=1)
        self.conv2 = nn.Conv2d(c_o, c_o, 3, padding=1, stride=stride)
        self.conv3 = nn.Identity()
        if c_i != c_o or stride != 1:
            self.conv3 = nn.Conv2d(c_i, c_o, 1, stride=stride)

    def forward(self, X):
        return F.relu(self.conv3(X) + self.conv2(F.relu(self.conv1(X))))


# 6.8c


@right("6.8c")
def _(make_block, initialize, depth, X):
    net = nn.Sequential(*[make_block() for _ in range(depth)])
    net.apply(initialize)
    (net(X) ** 2).mean().backward()
    first, last = net[0].conv1.weight.grad, net[-1].conv2.weight.grad
    return (first.norm() / last.norm()).item()


@right("6.8c")
def _(make_block, initialize, depth, X):
    net = nn.Sequential()
    for i in range(depth):
        net.add_module(f"block{i}", make_block())
    net = net.apply(initialize)
    loss = net(X).square().mean()
    weights = [net[0].conv1.weight, net[depth - 1].conv2.weight]
    first, last = torch.autograd.grad(loss, weights)
    return float(torch.linalg.vector_norm(first)) / float(torch.linalg.vector_norm(last))


@wrong("6.8c", "uses one and the same block depth times")
def _(make_block, initialize, depth, X):
    net = nn.Sequential(*[make_block()] * depth)
    net.apply(initialize)
    (net(X) ** 2).mean().backward()
    return (net[0].conv1.weight.grad.norm() / net[-1].conv2.weight.grad.norm()).item()


@wrong("6.8c", "divides the last gradient by the first")
def _(make_block, initialize, depth, X):
    net = nn.Sequential(*[make_block() for _ in range(depth)])
    net.apply(initialize)
    (net(X) ** 2).mean().backward()
    return (net[-1].conv2.weight.grad.norm() / net[0].conv1.weight.grad.norm()).item()


@wrong("6.8c", "calls initialize on the blocks only, not on the convolutions in them")
def _(make_block, initialize, depth, X):
    net = nn.Sequential(*[make_block() for _ in range(depth)])
    for block in net:
        initialize(block)
    (net(X) ** 2).mean().backward()
    return (net[0].conv1.weight.grad.norm() / net[-1].conv2.weight.grad.norm()).item()


@wrong("6.8c", "takes the mean of the outputs as the loss, without squaring them")
def _(make_block, initialize, depth, X):
    net = nn.Sequential(*[make_block() for _ in range(depth)])
    net.apply(initialize)
    net(X).mean().backward()
    return (net[0].conv1.weight.grad.norm() / net[-1].conv2.weight.grad.norm()).item()


# 6.8d (measured: nine seeds from 0, five seeds from 100)

right("6.8d", [2e-18, 5, 0.2, 0.4])
right("6.8d", [2.068998328447755e-18, 5.780668258666992, 0.20463202893733978, 0.3569665849208832])
wrong("6.8d", "puts the two default networks first, then the two with Kaiming", [2e-18, 0.17, 5.1, 0.39])
wrong("6.8d", "gives the exponents instead of the ratios", [-18, 1, -1, 0])
wrong("6.8d", "divides the last gradient by the first in all four", [5e17, 0.19, 6.0, 2.6])
wrong("6.8d", "measures networks of 10 blocks instead of 20", [5.5e-9, 1.5, 0.16, 0.43])
