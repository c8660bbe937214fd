"""Answers to the longer tasks of lesson 09, written from its page alone after its replies."""

import itertools

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from tests.support.answers import right, wrong

# 9.7a: the pair (p, q) for n rows to become m


@right("9.7a")
def _(n, m, k, s, d):
    full = (n - 1) * s + d * (k - 1) + 1
    for q in range(s):
        too_many = full + q - m
        if too_many >= 0 and too_many % 2 == 0:
            return too_many // 2, q


@right("9.7a")
def _(n, m, k, s, d):
    too_many = (n - 1) * s + d * (k - 1) + 1 - m
    if too_many < 0:
        return (0, -too_many)
    return ((too_many + 1) // 2, too_many % 2)


@right("9.7a")
def _(rows, wanted, kernel, stride, dilation):
    def size(p, q):
        return (rows - 1) * stride - 2 * p + dilation * (kernel - 1) + q + 1

    largest = rows * stride + dilation * kernel
    fits = [(q, p) for p, q in itertools.product(range(largest), range(stride)) if size(p, q) == wanted]
    q, p = min(fits)
    return [p, q]


@right("9.7a")
def _(n, m, k, s, d):
    q = np.arange(s)
    twice = (n - 1) * s + d * (k - 1) + q + 1 - m
    ok = (twice >= 0) & (twice % 2 == 0)
    best = np.flatnonzero(ok)[0]
    return twice[best] // 2, q[best]


@right("9.7a")
def _(n, m, k, s, d):
    p = 0
    while True:  # the smallest p at which no more than an allowed q is missing
        q = m - ((n - 1) * s - 2 * p + d * (k - 1) + 1)
        if q >= 0:
            return torch.tensor([p, q])
        p += 1


@wrong("9.7a", "ignores the dilation")
def _(n, m, k, s, d):
    for q in range(s):
        twice = (n - 1) * s + k + q - m
        if twice >= 0 and twice % 2 == 0:
            return twice // 2, q


@wrong("9.7a", "spans d times k rows")
def _(n, m, k, s, d):
    for q in range(s):
        twice = (n - 1) * s + d * k + q - m
        if twice >= 0 and twice % 2 == 0:
            return twice // 2, q


@wrong("9.7a", "lets the padding become negative")
def _(n, m, k, s, d):
    twice = (n - 1) * s + d * (k - 1) + 1 - m
    q = twice % 2
    return (twice + q) // 2, q


@wrong("9.7a", "returns the pair in the wrong order")
def _(n, m, k, s, d):
    for q in range(s):
        twice = (n - 1) * s + d * (k - 1) + 1 + q - m
        if twice >= 0 and twice % 2 == 0:
            return q, twice // 2


@wrong("9.7a", "takes the largest output padding that fits")
def _(n, m, k, s, d):
    for q in reversed(range(s)):
        twice = (n - 1) * s + d * (k - 1) + 1 + q - m
        if twice >= 0 and twice % 2 == 0:
            return twice // 2, q


@wrong("9.7a", "counts the padding once")
def _(n, m, k, s, d):
    for q in range(s):
        p = (n - 1) * s + d * (k - 1) + 1 + q - m
        if p >= 0:
            return p, q


@wrong("9.7a", "uses n strides instead of n - 1")
def _(n, m, k, s, d):
    for q in range(s):
        twice = n * s + d * (k - 1) + 1 + q - m
        if twice >= 0 and twice % 2 == 0:
            return twice // 2, q


@wrong("9.7a", "rounds half the surplus down and keeps the odd row as output padding")
def _(n, m, k, s, d):
    twice = (n - 1) * s + d * (k - 1) + 1 - m
    if twice < 0:
        return 0, -twice
    return twice // 2, twice % 2


@wrong("9.7a", "always uses half the kernel as padding")
def _(n, m, k, s, d):
    p = d * (k - 1) // 2
    return p, m - ((n - 1) * s - 2 * p + d * (k - 1) + 1)


@wrong("9.7a", "solves for the convolution that goes from n to m")
def _(n, m, k, s, d):
    twice = (m - 1) * s + d * (k - 1) + 1 - n
    q = twice % 2
    return (twice + q) // 2, q


wrong("9.7a", "answers for doubling only", lambda n, m, k, s, d: (1, 0))

# 9.7b: everything that each pixel adds


@right("9.7b")
def _(X, K):
    return torch.einsum("ncij,coab->noijab", X, K)


@right("9.7b")
def _(X, K):
    return (X[:, :, None, :, :, None, None] * K[None, :, :, None, None]).sum(dim=1)


@right("9.7b")
def _(X, K):
    N, c_i, H, W = X.shape
    c_i, c_o, h, w = K.shape
    S = torch.zeros(N, c_o, H, W, h, w, dtype=X.dtype)
    for n in range(N):
        for o in range(c_o):
            for i in range(H):
                for j in range(W):
                    for c in range(c_i):
                        S[n, o, i, j] += X[n, c, i, j] * K[c, o]
    return S


@right("9.7b")
def _(X, K):
    (N, c_i, H, W), (_, c_o, h, w) = X.shape, K.shape
    pixels = X.movedim(1, -1).reshape(-1, c_i)
    product = pixels @ K.reshape(c_i, c_o * h * w)
    return product.reshape(N, H, W, c_o, h, w).permute(0, 3, 1, 2, 4, 5)


@right("9.7b")
def _(images, kernels):
    # a 1x1 convolution with one output channel for each weight
    c_i, c_o, h, w = kernels.shape
    maps = F.conv2d(images, kernels.reshape(c_i, -1).T[:, :, None, None])
    maps = maps.reshape(len(images), c_o, h, w, *images.shape[2:])
    return maps.movedim((4, 5), (2, 3)).contiguous()


@right("9.7b")
def _(X, K):
    S = np.tensordot(X.numpy(), K.numpy(), axes=([1], [0]))  # n i j o a b
    return torch.from_numpy(np.ascontiguousarray(np.moveaxis(S, 3, 1)))


@wrong("9.7b", "leaves the output channels behind the pixels")
def _(X, K):
    return torch.einsum("ncij,coab->nijoab", X, K)


@wrong("9.7b", "reads the weight as if the output channels came first")
def _(X, K):
    return torch.einsum("ncij,ocab->noijab", X, K)


@wrong("9.7b", "turns the kernel around")
def _(X, K):
    return torch.einsum("ncij,coab->noijab", X, K.flip(2, 3))


@wrong("9.7b", "takes the mean over the input channels")
def _(X, K):
    return torch.einsum("ncij,coab->noijab", X, K) / X.shape[1]


@wrong("9.7b", "reads only the first input channel")
def _(X, K):
    return X[:, 0][:, None, :, :, None, None] * K[0][None, :, None, None]


@wrong("9.7b", "puts the kernel's axes before the pixels")
def _(X, K):
    return torch.einsum("ncij,coab->noabij", X, K)


@wrong("9.7b", "adds up the images of the batch")
def _(X, K):
    return torch.einsum("ncij,coab->oijab", X, K)[None].expand(len(X), -1, -1, -1, -1, -1)


@wrong("9.7b", "doesn't add up the input channels")
def _(X, K):
    return torch.einsum("ncij,coab->ncoijab", X, K)


@wrong("9.7b", "reshapes where the axes have to be moved")
def _(X, K):
    (N, c_i, H, W), (_, c_o, h, w) = X.shape, K.shape
    product = X.movedim(1, -1).reshape(-1, c_i) @ K.reshape(c_i, c_o * h * w)
    return product.reshape(N, c_o, H, W, h, w)


@wrong("9.7b", "sums the pixels and the kernels over the channels separately")
def _(X, K):
    return X.sum(dim=1)[:, None, :, :, None, None] * K.sum(dim=0)[None, :, None, None]


@wrong("9.7b", "exchanges the rows and the columns of the kernel")
def _(X, K):
    return torch.einsum("ncij,coab->noijba", X, K)


@wrong("9.7b", "computes the stamps and doesn't return them")
def _(X, K):
    S = torch.einsum("ncij,coab->noijab", X, K)
    S.contiguous()


# 9.7c: everything together


@right("9.7c")
def _(X, K, bias, stride, padding, output_padding, dilation):
    (N, _, H, W), (_, c_o, h, w) = X.shape, K.shape
    span_h, span_w = dilation * (h - 1) + 1, dilation * (w - 1) + 1
    height, width = (H - 1) * stride + span_h + output_padding, (W - 1) * stride + span_w + output_padding
    Y = X.new_zeros(N, c_o, height, width)
    S = torch.einsum("ncij,coab->noijab", X, K)
    for i in range(H):
        for j in range(W):
            top, left = i * stride, j * stride
            Y[:, :, top : top + span_h : dilation, left : left + span_w : dilation] += S[:, :, i, j]
    Y = Y[:, :, padding : height - padding, padding : width - padding]
    return Y + bias.reshape(1, -1, 1, 1)


@right("9.7c")
def _(X, K, b, s, p, q, d):
    # loops over the weights alone
    (N, _, H, W), (_, c_o, h, w) = X.shape, K.shape
    Y = torch.zeros(N, c_o, (H - 1) * s + d * (h - 1) + 1 + q, (W - 1) * s + d * (w - 1) + 1 + q, dtype=X.dtype)
    for u in range(h):
        for v in range(w):
            part = torch.einsum("ncij,co->noij", X, K[:, :, u, v])
            Y[:, :, d * u : d * u + (H - 1) * s + 1 : s, d * v : d * v + (W - 1) * s + 1 : s] += part
    Y += b[:, None, None]
    return Y[..., p : Y.shape[-2] - p, p : Y.shape[-1] - p]


@right("9.7c")
def _(X, K, bias, stride, padding, output_padding, dilation):
    # inserted zeros and an ordinary convolution; negative amounts of F.pad cut off
    N, c, H, W = X.shape
    h, w = K.shape[2:]
    stretched = X.new_zeros(N, c, (H - 1) * stride + 1, (W - 1) * stride + 1)
    stretched[:, :, ::stride, ::stride] = X
    top, left = dilation * (h - 1) - padding, dilation * (w - 1) - padding
    around = F.pad(stretched, (left, left + output_padding, top, top + output_padding))
    return F.conv2d(around, K.flip(2, 3).transpose(0, 1), bias, dilation=dilation)


@right("9.7c")
def _(X, K, bias, stride, padding, output_padding, dilation):
    # collect the stamps' values by their place in the flattened output
    (N, _, H, W), (_, c_o, h, w) = X.shape, K.shape
    tall = (H - 1) * stride + dilation * (h - 1) + 1 + output_padding
    wide = (W - 1) * stride + dilation * (w - 1) + 1 + output_padding
    row = stride * torch.arange(H)[:, None] + dilation * torch.arange(h)
    column = stride * torch.arange(W)[:, None] + dilation * torch.arange(w)
    place = row[:, None, :, None] * wide + column[None, :, None, :]
    S = torch.einsum("ncij,coab->noijab", X, K).reshape(N, c_o, -1)
    Y = torch.zeros(N, c_o, tall * wide, dtype=X.dtype).index_add(2, place.flatten(), S)
    Y = Y.reshape(N, c_o, tall, wide)[:, :, padding : tall - padding, padding : wide - padding]
    return Y + bias.view(-1, 1, 1)


class FullTransConv:
    """One matrix for each axis that puts a pixel and a weight in their place."""

    def __call__(self, X, K, bias, stride, padding, output_padding, dilation):
        def places(n, k):
            size = (n - 1) * stride + dilation * (k - 1) + 1 + output_padding - 2 * padding
            P = torch.zeros(size, n, k, dtype=X.dtype)
            for i, a in itertools.product(range(n), range(k)):
                at = i * stride + a * dilation - padding
                if 0 <= at < size:
                    P[at, i, a] = 1
            return P

        down, across = places(X.shape[2], K.shape[2]), places(X.shape[3], K.shape[3])
        return torch.einsum("yia,xjb,ncij,coab->noyx", down, across, X, K) + bias[None, :, None, None]


right("9.7c", FullTransConv())


@wrong("9.7c", "ignores the dilation of the kernel")
def _(X, K, bias, stride, padding, output_padding, dilation):
    (N, _, H, W), (_, c_o, h, w) = X.shape, K.shape
    height, width = (H - 1) * stride + h + output_padding, (W - 1) * stride + w + output_padding
    Y = X.new_zeros(N, c_o, height, width)
    S = torch.einsum("ncij,coab->noijab", X, K)
    for i in range(H):
        for j in range(W):
            Y[:, :, i * stride : i * stride + h, j * stride : j * stride + w] += S[:, :, i, j]
    return Y[:, :, padding : height - padding, padding : width - padding] + bias.reshape(1, -1, 1, 1)


def _room(X, K, stride, dilation, q=0):
    """The sum of all stamps, with q more rows and columns, before anything is cut off."""
    (N, _, H, W), (_, c_o, h, w) = X.shape, K.shape
    height, width = (H - 1) * stride + dilation * (h - 1) + 1 + q, (W - 1) * stride + dilation * (w - 1) + 1 + q
    Y = X.new_zeros(N, c_o, height, width)
    for a in range(h):
        for b in range(w):
            rows = slice(dilation * a, dilation * a + (H - 1) * stride + 1, stride)
            columns = slice(dilation * b, dilation * b + (W - 1) * stride + 1, stride)
            Y[:, :, rows, columns] += torch.einsum("ncij,co->noij", X, K[:, :, a, b])
    return Y


@wrong("9.7c", "appends zeros for the output padding after the padding is cut off")
def _(X, K, bias, stride, padding, output_padding, dilation):
    Y = _room(X, K, stride, dilation)
    Y = Y[:, :, padding : Y.shape[2] - padding, padding : Y.shape[3] - padding] + bias.reshape(1, -1, 1, 1)
    return F.pad(Y, (0, output_padding, 0, output_padding))


@wrong("9.7c", "appends rows and columns of bias only, after the padding is cut off")
def _(X, K, bias, stride, padding, output_padding, dilation):
    Y = _room(X, K, stride, dilation)
    Y = Y[:, :, padding : Y.shape[2] - padding, padding : Y.shape[3] - padding]
    return F.pad(Y, (0, output_padding, 0, output_padding)) + bias.reshape(1, -1, 1, 1)


@wrong("9.7c", "cuts less off instead of making more room, so rows are missing without padding")
def _(X, K, bias, stride, padding, output_padding, dilation):
    Y = _room(X, K, stride, dilation)
    (height, width), less = Y.shape[2:], padding - output_padding
    return Y[:, :, padding : height - less, padding : width - less] + bias.reshape(1, -1, 1, 1)


@wrong("9.7c", "forgets the bias")
def _(X, K, bias, stride, padding, output_padding, dilation):
    Y = _room(X, K, stride, dilation, output_padding)
    return Y[:, :, padding : Y.shape[2] - padding, padding : Y.shape[3] - padding]


@wrong("9.7c", "adds the bias once for each stamp")
def _(X, K, bias, stride, padding, output_padding, dilation):
    Y = _room(X, K, stride, dilation, output_padding)
    one, ones = torch.ones_like(X[:1, :1]), torch.ones_like(K[:1])
    Y = Y + bias.reshape(1, -1, 1, 1) * _room(one, ones, stride, dilation, output_padding)
    return Y[:, :, padding : Y.shape[2] - padding, padding : Y.shape[3] - padding]


@wrong("9.7c", "cuts the padding off at the top and on the left only")
def _(X, K, bias, stride, padding, output_padding, dilation):
    return _room(X, K, stride, dilation, output_padding)[:, :, padding:, padding:] + bias[:, None, None]


@wrong("9.7c", "slices to minus the padding, which is empty without padding")
def _(X, K, bias, stride, padding, output_padding, dilation):
    Y = _room(X, K, stride, dilation, output_padding)
    return Y[:, :, padding:-padding, padding:-padding] + bias[:, None, None]


@wrong("9.7c", "turns the stamps around")
def _(X, K, bias, stride, padding, output_padding, dilation):
    Y = _room(X, K.flip(2, 3), stride, dilation, output_padding)
    return Y[:, :, padding : Y.shape[2] - padding, padding : Y.shape[3] - padding] + bias[:, None, None]


@wrong("9.7c", "lets later stamps overwrite earlier ones")
def _(X, K, bias, stride, padding, output_padding, dilation):
    (H, W), (h, w) = X.shape[2:], K.shape[2:]
    Y = torch.zeros_like(_room(X, K, stride, dilation, output_padding))
    S = torch.einsum("ncij,coab->noijab", X, K)
    for i in range(H):
        for j in range(W):
            top, left = i * stride, j * stride
            rows = slice(top, top + dilation * (h - 1) + 1, dilation)
            Y[:, :, rows, left : left + dilation * (w - 1) + 1 : dilation] = S[:, :, i, j]
    return Y[:, :, padding : Y.shape[2] - padding, padding : Y.shape[3] - padding] + bias[:, None, None]


@wrong("9.7c", "puts the additional row at the top and the additional column on the left")
def _(X, K, bias, stride, padding, output_padding, dilation):
    q = output_padding
    Y = F.pad(_room(X, K, stride, dilation), (q, 0, q, 0))
    return Y[:, :, padding : Y.shape[2] - padding, padding : Y.shape[3] - padding] + bias[:, None, None]


@wrong("9.7c", "gets the additional row but not the additional column")
def _(X, K, bias, stride, padding, output_padding, dilation):
    Y = _room(X, K, stride, dilation, output_padding)[..., : -output_padding or None]
    return Y[:, :, padding : Y.shape[2] - padding, padding : Y.shape[3] - padding] + bias[:, None, None]


@wrong("9.7c", "computes the first image only")
def _(X, K, bias, stride, padding, output_padding, dilation):
    Y = _room(X[:1], K, stride, dilation, output_padding)
    return Y[:, :, padding : Y.shape[2] - padding, padding : Y.shape[3] - padding] + bias[:, None, None]


@wrong("9.7c", "calls PyTorch's layer")
def _(X, K, bias, stride, padding, output_padding, dilation):
    layer = nn.ConvTranspose2d(*K.shape[:2], K.shape[2:], stride, padding, output_padding, dilation=dilation)
    layer.weight.data, layer.bias.data = K, bias
    return layer(X).detach()


# 9.8a: the gradient with respect to the input


@right("9.8a")
def _(G, K, stride, padding):
    return F.conv2d(G, K, stride=stride, padding=padding)


@right("9.8a")
def _(G, K, stride, padding):
    h, w = K.shape[2:]
    padded = F.pad(G, (padding,) * 4)
    windows = padded.unfold(2, h, stride).unfold(3, w, stride)
    return torch.einsum("noijab,coab->ncij", windows, K)


@right("9.8a")
def _(G, K, s, p):
    (c_i, _, h, w), (N, _, tall, wide) = K.shape, G.shape
    H, W = (tall + 2 * p - h) // s + 1, (wide + 2 * p - w) // s + 1
    result = torch.zeros(N, c_i, H, W, dtype=G.dtype)
    P = G.new_zeros(*G.shape[:2], tall + 2 * p, wide + 2 * p)
    P[:, :, p : p + tall, p : p + wide] = G
    for i in range(H):
        for j in range(W):
            window = P[:, None, :, i * s : i * s + h, j * s : j * s + w]
            result[:, :, i, j] = (window * K).sum(dim=(2, 3, 4))
    return result


@right("9.8a")
def _(G, K, stride, padding):
    columns = F.unfold(G, K.shape[2:], padding=padding, stride=stride)
    flat = K.flatten(1) @ columns
    width = (G.shape[3] + 2 * padding - K.shape[3]) // stride + 1
    return flat.unflatten(2, (-1, width))


@right("9.8a")
def _(upstream, weight, step, pad):
    c_i, c_o, h, w = weight.shape
    layer = nn.Conv2d(c_o, c_i, (h, w), stride=step, padding=pad, bias=False)
    layer.weight = nn.Parameter(weight.clone())
    with torch.no_grad():
        return layer(upstream)


@right("9.8a")
def _(G, K, stride, padding):
    # one weight after the other
    P, (h, w) = np.pad(G.numpy(), [(0, 0), (0, 0), (padding, padding), (padding, padding)]), K.shape[2:]
    H, W = (P.shape[2] - h) // stride + 1, (P.shape[3] - w) // stride + 1
    total = 0
    for a, b in np.ndindex(h, w):
        seen = P[:, :, a : a + (H - 1) * stride + 1 : stride, b : b + (W - 1) * stride + 1 : stride]
        total = total + np.einsum("noij,co->ncij", seen, K[:, :, a, b].numpy())
    return torch.from_numpy(total)


@wrong("9.8a", "turns the kernel around")
def _(G, K, stride, padding):
    return F.conv2d(G, K.flip(2, 3), stride=stride, padding=padding)


@wrong("9.8a", "exchanges the channel axes of the weight")
def _(G, K, stride, padding):
    return F.conv2d(G, K.transpose(0, 1), stride=stride, padding=padding)


@wrong("9.8a", "uses stride 1")
def _(G, K, stride, padding):
    return F.conv2d(G, K, padding=padding)


@wrong("9.8a", "forgets the padding")
def _(G, K, stride, padding):
    return F.conv2d(G, K, stride=stride)


@wrong("9.8a", "pads k - 1 - p, as for the gradient of an ordinary convolution")
def _(G, K, stride, padding):
    h, w = K.shape[2:]
    return F.conv2d(G, K.flip(2, 3), stride=stride, padding=(h - 1 - padding, w - 1 - padding))


@wrong("9.8a", "divides by the number of images")
def _(G, K, stride, padding):
    return F.conv2d(G, K, stride=stride, padding=padding) / len(G)


@wrong("9.8a", "uses autograd through a transposed convolution")
def _(G, K, stride, padding):
    H, W = ((G.shape[a] + 2 * padding - K.shape[a]) // stride + 1 for a in (2, 3))
    X = torch.zeros(len(G), len(K), H, W, dtype=G.dtype, requires_grad=True)
    extra = [G.shape[a] - ((X.shape[a] - 1) * stride + K.shape[a] - 2 * padding) for a in (2, 3)]
    F.conv_transpose2d(X, K, stride=stride, padding=padding, output_padding=extra).backward(G)
    return X.grad


@wrong("9.8a", "takes the stride for the dilation")
def _(G, K, stride, padding):
    return F.conv2d(G, K, padding=padding, dilation=stride)


@wrong("9.8a", "adds up the images")
def _(G, K, stride, padding):
    return F.conv2d(G, K, stride=stride, padding=padding).sum(dim=0, keepdim=True)


@wrong("9.8a", "reads only the first output channel")
def _(G, K, stride, padding):
    return F.conv2d(G[:, :1], K[:, :1], stride=stride, padding=padding)


@wrong("9.8a", "sends the gradient forward through the transposed convolution again")
def _(G, K, stride, padding):
    return F.conv_transpose2d(G, K.transpose(0, 1), stride=stride, padding=padding)


@wrong("9.8a", "pads the top and the left only")
def _(G, K, stride, padding):
    return F.conv2d(F.pad(G, (padding, 0, padding, 0)), K, stride=stride)


# 9.8b: the gradient with respect to the kernel


@right("9.8b")
def _(X, G, size, stride, padding):
    (h, w), (H, W), s = size, X.shape[2:], stride
    P = F.pad(G, (padding,) * 4)
    result = torch.zeros(X.shape[1], G.shape[1], h, w, dtype=X.dtype)
    for a in range(h):
        for b in range(w):
            seen = P[:, :, a : a + (H - 1) * s + 1 : s, b : b + (W - 1) * s + 1 : s]
            result[:, :, a, b] = torch.einsum("ncij,noij->co", X, seen)
    return result


@right("9.8b")
def _(X, G, size, stride, padding):
    # a convolution of G with X in which images and channels exchange roles
    by_conv = F.conv2d(G.transpose(0, 1), X.transpose(0, 1), padding=padding, dilation=stride)
    return by_conv[:, :, : size[0], : size[1]].transpose(0, 1)


@right("9.8b")
def _(X, G, size, stride, padding):
    W = torch.zeros(X.shape[1], G.shape[1], *size, dtype=X.dtype, requires_grad=True)
    product = (F.conv2d(G, W, stride=stride, padding=padding) * X).sum()
    return torch.autograd.grad(product, W)[0]


@right("9.8b")
def _(X, G, size, stride, padding):
    columns = F.unfold(G, size, padding=padding, stride=stride)  # N, c_o h w, H W
    return (X.flatten(2) @ columns.transpose(1, 2)).sum(dim=0).reshape(X.shape[1], G.shape[1], *size)


@right("9.8b")
def _(inputs, upstream, size, step, pad):
    h, w = size
    P = F.pad(upstream, (pad, pad, pad, pad))
    total = inputs.new_zeros(inputs.shape[1], upstream.shape[1], h, w)
    for n, image in enumerate(inputs):
        for i in range(image.shape[1]):
            for j in range(image.shape[2]):
                window = P[n, :, i * step : i * step + h, j * step : j * step + w]
                total += image[:, i, j][:, None, None, None] * window
    return total


@right("9.8b")
def _(X, G, size, stride, padding):
    P = np.pad(G.numpy(), ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(P, size, axis=(2, 3))[:, :, ::stride, ::stride]
    return torch.tensor(np.einsum("ncij,noijab->coab", X.numpy(), windows))


@wrong("9.8b", "leaves the output channels first")
def _(X, G, size, stride, padding):
    by_conv = F.conv2d(G.transpose(0, 1), X.transpose(0, 1), padding=padding, dilation=stride)
    return by_conv[:, :, : size[0], : size[1]]


@wrong("9.8b", "keeps the row and the column that output padding adds")
def _(X, G, size, stride, padding):
    return F.conv2d(G.transpose(0, 1), X.transpose(0, 1), padding=padding, dilation=stride).transpose(0, 1)


@wrong("9.8b", "cuts the additional row and column off at the top left")
def _(X, G, size, stride, padding):
    by_conv = F.conv2d(G.transpose(0, 1), X.transpose(0, 1), padding=padding, dilation=stride)
    return by_conv[:, :, -size[0] :, -size[1] :].transpose(0, 1)


@wrong("9.8b", "takes the stride of the layer as stride instead of dilation")
def _(X, G, size, stride, padding):
    by_conv = F.conv2d(G.transpose(0, 1), X.transpose(0, 1), padding=padding, stride=stride)
    return by_conv[:, :, : size[0], : size[1]].transpose(0, 1)


@wrong("9.8b", "doesn't put the padding around the gradient")
def _(X, G, size, stride, padding):
    columns = F.unfold(G, size, stride=stride)
    return (X.flatten(2) @ columns.transpose(1, 2)).sum(dim=0).reshape(X.shape[1], G.shape[1], *size)


@wrong("9.8b", "takes the mean over the batch")
def _(X, G, size, stride, padding):
    columns = F.unfold(G, size, padding=padding, stride=stride)
    return (X.flatten(2) @ columns.transpose(1, 2)).mean(dim=0).reshape(X.shape[1], G.shape[1], *size)


@wrong("9.8b", "returns the kernel turned around")
def _(X, G, size, stride, padding):
    columns = F.unfold(G, size, padding=padding, stride=stride)
    flat = (X.flatten(2) @ columns.transpose(1, 2)).sum(dim=0)
    return flat.reshape(X.shape[1], G.shape[1], *size).flip(2, 3)


@wrong("9.8b", "makes a square kernel of the first size")
def _(X, G, size, stride, padding):
    h = w = size[0]
    (H, W), s, P = X.shape[2:], stride, F.pad(G, (padding, padding + 9, padding, padding + 9))
    result = X.new_zeros(X.shape[1], G.shape[1], h, w)
    for a in range(h):
        for b in range(w):
            seen = P[:, :, a : a + (H - 1) * s + 1 : s, b : b + (W - 1) * s + 1 : s]
            result[:, :, a, b] = torch.einsum("ncij,noij->co", X, seen)
    return result


@wrong("9.8b", "uses only the first image")
def _(X, G, size, stride, padding):
    columns = F.unfold(G[:1], size, padding=padding, stride=stride)
    return (X[0].flatten(1) @ columns[0].T).reshape(X.shape[1], G.shape[1], *size)


@wrong("9.8b", "differentiates a transposed convolution with autograd")
def _(X, G, size, stride, padding):
    K = torch.zeros(X.shape[1], G.shape[1], *size, dtype=X.dtype, requires_grad=True)
    extra = [G.shape[a] - ((X.shape[a] - 1) * stride + K.shape[a] - 2 * padding) for a in (2, 3)]
    Y = F.conv_transpose2d(X, K, stride=stride, padding=padding, output_padding=extra)
    return torch.autograd.grad((Y * G).sum(), K)[0]


@wrong("9.8b", "leaves out the stride")
def _(X, G, size, stride, padding):
    by_conv = F.conv2d(G.transpose(0, 1), X.transpose(0, 1), padding=padding)
    return by_conv[:, :, : size[0], : size[1]].transpose(0, 1)


@wrong("9.8b", "starts its windows p rows too low, because it subtracts nothing for the padding at the top")
def _(X, G, size, stride, padding):
    P = F.pad(G, (0, 2 * padding, 0, 2 * padding))
    columns = F.unfold(P, size, stride=stride)
    return (X.flatten(2) @ columns.transpose(1, 2)).sum(dim=0).reshape(X.shape[1], G.shape[1], *size)


# 9.8c: a test for transposes


def _input(down, shape, draw=torch.randn):
    """A random input of a type that the function accepts."""
    try:
        X = draw(*shape, dtype=torch.float64)
        down(X)
    except (RuntimeError, TypeError):
        X = draw(*shape, dtype=torch.float32)
    return X


@right("9.8c")
def _(down, up, shape):
    # the difference, measured by the size of the products that were added up
    for _ in range(8):
        X = _input(down, shape)
        forward = down(X)
        Y = torch.randn(*forward.shape, dtype=forward.dtype)
        back = up(Y)
        if back.shape != X.shape:
            return False
        left, other = forward.double() * Y.double(), X.double() * back.double()
        size = max(left.norm().item(), other.norm().item())
        if not abs(left.sum() - other.sum()).item() <= 1e-5 * size:
            return False
    return True


@right("9.8c")
def _(down, up, shape):
    def relative_difference():
        X = _input(down, shape)
        A = down(X)
        Y = torch.randn_like(A)
        B = up(Y)
        assert B.shape == X.shape
        a, x, b, y = (t.detach().numpy().astype(np.float64).ravel() for t in (A, X, B, Y))
        scale = np.linalg.norm(a) * np.linalg.norm(y) + np.linalg.norm(x) * np.linalg.norm(b)
        return np.abs(np.vdot(a, y) - np.vdot(x, b)) / scale * np.sqrt(len(y))

    return all(relative_difference() <= 5e-6 for _ in range(8))


@right("9.8c")
def _(down, up, shape):
    # eight inputs and eight outputs at once: all 64 products as two matrices
    first = _input(down, shape)
    Xs = torch.stack([first, *(torch.randn_like(first) for _ in range(7))])
    forward = torch.stack([down(X) for X in Xs])
    Ys = torch.randn_like(forward)
    back = torch.stack([up(Y) for Y in Ys])
    if back.shape != Xs.shape:
        return False
    X, A, Y, B = (t.double().flatten(1) for t in (Xs, forward, Ys, back))
    left, other = A @ Y.T, X @ B.T
    return ((left - other).abs().max() <= 1e-5 * left.square().mean().sqrt()).item()


@right("9.8c")
def _(first, second, size):
    # assertions, with random numbers of its own and everything divided by the size of the products
    generator = torch.Generator().manual_seed(5)
    draw = lambda *s, dtype: torch.randn(*s, dtype=dtype, generator=generator)  # noqa: E731
    for _ in range(8):
        X = _input(first, size, draw)
        sent = first(X)
        Y = draw(*sent.shape, dtype=sent.dtype)
        returned = second(Y)
        assert tuple(returned.shape) == tuple(size), "wrong shape"
        one, two = (sent.double() * Y).flatten(), (X.double() * returned.double()).flatten()
        unit = one.square().sum().sqrt()
        torch.testing.assert_close(one.sum() / unit, two.sum() / unit, rtol=1e-5, atol=1e-5)
    return True


class IsTranspose:
    """Random signs instead of a normal distribution, and the worst of several trials."""

    def __init__(self, trials, tolerance):
        self.trials, self.tolerance = trials, tolerance

    @staticmethod
    def signs(*shape, dtype):
        return torch.randint(0, 2, shape).to(dtype) * 2 - 1

    def __call__(self, down, up, shape):
        errors = []
        for _ in range(self.trials):
            X = _input(down, shape, self.signs)
            forward = down(X)
            back = up(Y := self.signs(*forward.shape, dtype=forward.dtype))
            if back.shape != X.shape:
                return False
            left, other = (forward.double() * Y).sum(), (X * back.double()).sum()
            errors.append(abs(left - other) / (forward.double().norm() + back.double().norm()))
        return all(error < self.tolerance for error in errors)


right("9.8c", IsTranspose(20, 1e-5))


@right("9.8c")
def _(down, up, shape):
    # the default type all along
    for _ in range(8):
        X = torch.randn(shape)
        A = down(X)
        Y = torch.randn(A.shape)
        B = up(Y)
        if B.shape != X.shape:
            return False
        left, other = (A.double() * Y).flatten(), (B.double() * X).flatten()
        if not torch.allclose(left.sum(), other.sum(), rtol=0, atol=1e-5 * left.norm().item()):
            return False
    return True


@wrong("9.8c", "tries ones instead of random numbers")
def _(down, up, shape):
    X = _input(down, shape, torch.ones)
    Y = torch.ones_like(down(X))
    left, other = (down(X) * Y).double().sum(), (X * up(Y)).double().sum()
    return bool(abs(left - other) <= 1e-5 * (down(X) * Y).double().norm())


@wrong("9.8c", "compares with a fixed tolerance that large weights exceed")
def _(down, up, shape):
    X = _input(down, shape)
    Y = torch.randn_like(down(X))
    return bool(abs((down(X) * Y).sum() - (X * up(Y)).sum()) < 1e-4)


@wrong("9.8c", "asks for exact equality")
def _(down, up, shape):
    X = _input(down, shape)
    Y = torch.randn_like(down(X))
    return bool((down(X) * Y).sum() == (X * up(Y)).sum())


@wrong("9.8c", "compares only the shapes")
def _(down, up, shape):
    X = _input(down, shape)
    return up(down(X)).shape == X.shape


@wrong("9.8c", "looks for an inverse")
def _(down, up, shape):
    X = _input(down, shape)
    return torch.allclose(up(down(X)), X, rtol=1e-3, atol=1e-3)


@wrong("9.8c", "allows a difference of a tenth, which hides small faults")
def _(down, up, shape):
    X = _input(down, shape)
    Y = torch.randn_like(down(X))
    left, other = (down(X) * Y).double().sum(), (X * up(Y)).double().sum()
    size = (down(X) * Y).double().norm()
    return bool(abs(left - other) <= 0.1 * size)


@wrong("9.8c", "compares the means of the products instead of their sums")
def _(down, up, shape):
    X = _input(down, shape)
    Y = torch.randn_like(down(X))
    left, other = (down(X) * Y).double(), (X * up(Y)).double()
    return bool(abs(left.mean() - other.mean()) <= 1e-5 * left.norm() / left.numel())


@wrong("9.8c", "ignores the sign of the products")
def _(down, up, shape):
    X = _input(down, shape)
    Y = torch.randn_like(down(X))
    left, other = (down(X) * Y).double(), (X * up(Y)).double()
    return bool(abs(left.sum().abs() - other.sum().abs()) <= 1e-5 * left.norm())


@wrong("9.8c", "expects images with four axes")
def _(down, up, shape):
    N, C, H, W = shape
    X = _input(down, (N, C, H, W))
    Y = torch.randn_like(down(X))
    left, other = (down(X) * Y).double(), (X * up(Y)).double()
    return bool(abs(left.sum() - other.sum()) <= 1e-5 * left.norm())


@wrong("9.8c", "tries zeros")
def _(down, up, shape):
    X = _input(down, shape, torch.zeros)
    Y = torch.zeros_like(down(X))
    return bool((down(X) * Y).sum() == (X * up(Y)).sum())


wrong("9.8c", "takes every pair for a right one", lambda down, up, shape: True)
wrong("9.8c", "takes every pair for a faulty one", lambda down, up, shape: False)


@wrong("9.8c", "gives Y the shape of X")
def _(down, up, shape):
    X = _input(down, shape)
    Y = torch.randn_like(X)
    left, other = (down(X) * Y).double(), (X * up(Y)).double()
    return bool(abs(left.sum() - other.sum()) <= 1e-5 * left.norm())


@wrong("9.8c", "returns the difference instead of an answer")
def _(down, up, shape):
    X = _input(down, shape)
    Y = torch.randn_like(down(X))
    return ((down(X) * Y).sum() - (X * up(Y)).sum()).abs().item()


@wrong("9.8c", "tries a single bright pixel at the start, and any fault elsewhere goes unnoticed")
def _(down, up, shape):
    X = _input(down, shape, torch.zeros)
    X.view(-1)[0] = 1
    Y = torch.zeros_like(down(X))
    Y.view(-1)[0] = 1
    left, other = (down(X) * Y).double().sum(), (X * up(Y)).double().sum()
    return bool(abs(left - other) <= 1e-5 * max(abs(left), abs(other), 1e-30))
