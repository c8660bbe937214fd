"""Answers to the longer tasks of lesson 08, written from its page alone after its replies."""

from functools import partial

import numpy as np
import torch
from torch.nn import functional as F

from tests.support.answers import right, wrong


@right("8.6a")
def _(X, dY, k, stride):
    dX = torch.zeros_like(X)
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            top, left = i * stride, j * stride
            a, b = divmod(int(X[top : top + k, left : left + k].argmax()), k)
            dX[top + a, left + b] += dY[i, j]
    return dX


@right("8.6a")
def _(X, dY, k, stride):
    _, places = F.max_pool2d(X[None], k, stride, return_indices=True)
    flat = torch.zeros(X.numel(), dtype=dY.dtype)
    return flat.scatter_add(0, places.flatten(), dY.flatten()).reshape(X.shape)


@right("8.6a")
def _(image, grad, size, step):
    columns = F.unfold(image[None, None], size, stride=step)
    winner = F.one_hot(columns.argmax(dim=1), size * size).transpose(1, 2)
    return F.fold(winner * grad.reshape(1, 1, -1), image.shape, size, stride=step)[0, 0]


@right("8.6a")
def _(X, dY, k, stride):
    x, g = X.numpy(), dY.numpy()
    dX = torch.zeros(*x.shape)  # float32
    for (i, j), d in np.ndenumerate(g):
        best = None
        for a in range(i * stride, i * stride + k):
            for b in range(j * stride, j * stride + k):
                if best is None or x[a, b] > x[best]:
                    best = a, b
        dX[best] += float(d)
    return dX


@right("8.6a")
def _(X, dY, k, stride):
    windows = X.unfold(0, k, stride).unfold(1, k, stride)
    h, w = windows.shape[:2]
    place = windows.reshape(h, w, -1).max(dim=-1).indices
    rows = torch.arange(h)[:, None] * stride + place // k
    columns = torch.arange(w) * stride + place % k
    return torch.zeros_like(X).index_put((rows, columns), dY, accumulate=True)


def by_windows(X, dY, k, stride, put):
    dX = torch.zeros_like(X)
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            top, left = i * stride, j * stride
            put(dX[top : top + k, left : left + k], X[top : top + k, left : left + k], dY[i, j])
    return dX


@wrong("8.6a", "all equal maxima get the whole gradient")
def _(X, dY, k, stride):
    def put(part, window, d):
        part += d * (window == window.max())

    return by_windows(X, dY, k, stride, put)


@wrong("8.6a", "equal maxima share the gradient")
def _(X, dY, k, stride):
    def put(part, window, d):
        part += d * (window == window.max()) / (window == window.max()).sum()

    return by_windows(X, dY, k, stride, put)


@wrong("8.6a", "the last of several equal maxima gets it")
def _(X, dY, k, stride):
    def put(part, window, d):
        place = window.numel() - 1 - int(window.flatten().flip(0).argmax())
        part[divmod(place, k)] += d

    return by_windows(X, dY, k, stride, put)


@wrong("8.6a", "the first maximum column by column instead of row by row")
def _(X, dY, k, stride):
    def put(part, window, d):
        b, a = divmod(int(window.T.argmax()), k)
        part[a, b] += d

    return by_windows(X, dY, k, stride, put)


@wrong("8.6a", "overwrites the gradient where windows overlap")
def _(X, dY, k, stride):
    def put(part, window, d):
        part[divmod(int(window.argmax()), k)] = d

    return by_windows(X, dY, k, stride, put)


@wrong("8.6a", "ignores dY and adds 1")
def _(X, dY, k, stride):
    def put(part, window, d):
        part[divmod(int(window.argmax()), k)] += 1

    return by_windows(X, dY, k, stride, put)


@wrong("8.6a", "multiplies by the maximum as well")
def _(X, dY, k, stride):
    def put(part, window, d):
        part[divmod(int(window.argmax()), k)] += d * window.max()

    return by_windows(X, dY, k, stride, put)


@wrong("8.6a", "row and column of the maximum swapped")
def _(X, dY, k, stride):
    def put(part, window, d):
        a, b = divmod(int(window.argmax()), k)
        part[b, a] += d

    return by_windows(X, dY, k, stride, put)


@wrong("8.6a", "the largest absolute value counts as the maximum")
def _(X, dY, k, stride):
    def put(part, window, d):
        part[divmod(int(window.abs().argmax()), k)] += d

    return by_windows(X, dY, k, stride, put)


@wrong("8.6a", "the stride is taken for the window's size")
def _(X, dY, k, stride):
    dX = torch.zeros_like(X)
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            window = X[i * k : i * k + k, j * k : j * k + k]
            if window.numel():
                a, b = divmod(int(window.argmax()), window.shape[1])
                dX[i * k + a, j * k + b] += dY[i, j]
    return dX


@wrong("8.6a", "spreads the gradient over the window as for the mean")
def _(X, dY, k, stride):
    def put(part, window, d):
        part += d / k**2

    return by_windows(X, dY, k, stride, put)


@wrong("8.6a", "uses autograd, which isn't allowed")
def _(X, dY, k, stride):
    leaf = X.clone().requires_grad_()
    F.max_pool2d(leaf[None], k, stride)[0].backward(dY)
    return leaf.grad


@wrong("8.6a", "builds the gradient inside X")
def _(X, dY, k, stride):
    places = F.max_pool2d(X[None], k, stride, return_indices=True)[1].flatten()
    X.zero_()
    X.view(-1).index_add_(0, places, dY.flatten())
    return X


@wrong("8.6a", "computes the output of the pooling again")
def _(X, dY, k, stride):
    return F.max_pool2d(X[None], k, stride)[0] * dY


@right("8.6b")
def _(dY, size, k, stride, padding):
    h, w = size
    padded = torch.zeros(h + 2 * padding, w + 2 * padding, dtype=dY.dtype)
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            padded[i * stride : i * stride + k, j * stride : j * stride + k] += dY[i, j] / k**2
    return padded[padding : padding + h, padding : padding + w]


@right("8.6b")
def _(dY, size, k, stride, padding):
    columns = (dY / k**2).reshape(1, 1, -1).expand(1, k * k, -1)
    return F.fold(columns, tuple(size), k, padding=padding, stride=stride)[0, 0]


@right("8.6b")
def _(grad, shape, k, s, p):
    """Multiply by a matrix for each axis, since the mean is one along both axes."""

    def spread(n, m):
        M = torch.zeros(n, m, dtype=grad.dtype)
        for i in range(m):
            for a in range(k):
                if 0 <= i * s + a - p < n:
                    M[i * s + a - p, i] = 1 / k
        return M

    return spread(shape[0], grad.shape[0]) @ grad @ spread(shape[1], grad.shape[1]).T


@right("8.6b")
def _(dY, size, k, stride, padding):
    kernel = torch.full((1, 1, k, k), 1 / k**2, dtype=dY.dtype)
    full = F.conv_transpose2d(dY[None, None], kernel, stride=stride)[0, 0]
    h, w = size[0] + 2 * padding, size[1] + 2 * padding
    full = F.pad(full, (0, w - full.shape[1], 0, h - full.shape[0]))
    return full[padding : h - padding, padding : w - padding]


@right("8.6b")
def _(dY, size, k, stride, padding):
    g, out = dY.numpy(), np.zeros(tuple(size))
    for a in range(size[0]):
        for b in range(size[1]):
            for i in range(g.shape[0]):
                for j in range(g.shape[1]):
                    if 0 <= a + padding - i * stride < k and 0 <= b + padding - j * stride < k:
                        out[a, b] += g[i, j] / (k * k)
    return torch.from_numpy(out)


def folded(dY, size, k, stride, padding, factor):
    columns = (dY * factor).reshape(1, 1, -1).expand(1, k * k, -1)
    return F.fold(columns, tuple(size), k, padding=padding, stride=stride)[0, 0]


@wrong("8.6b", "forgets to divide by the window's size")
def _(dY, size, k, stride, padding):
    return folded(dY, size, k, stride, padding, 1)


@wrong("8.6b", "divides by the side of the window only")
def _(dY, size, k, stride, padding):
    return folded(dY, size, k, stride, padding, 1 / k)


@wrong("8.6b", "divides by the number of outputs")
def _(dY, size, k, stride, padding):
    return folded(dY, size, k, stride, padding, 1 / dY.numel())


@wrong("8.6b", "divides by the number of real pixels at the border")
def _(dY, size, k, stride, padding):
    ones = torch.ones(1, 1, *size, dtype=dY.dtype)
    real = F.unfold(ones, k, padding=padding, stride=stride).sum(dim=1).reshape(dY.shape)
    return folded(dY / real, size, k, stride, padding, 1)


@wrong("8.6b", "ignores the padding, so everything is shifted")
def _(dY, size, k, stride, padding):
    dX = torch.zeros(*size, dtype=dY.dtype)
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            dX[i * stride : i * stride + k, j * stride : j * stride + k] += dY[i, j] / k**2
    return dX


@wrong("8.6b", "returns the padded gradient")
def _(dY, size, k, stride, padding):
    larger = size[0] + 2 * padding, size[1] + 2 * padding
    return folded(dY, larger, k, stride, 0, 1 / k**2)


@wrong("8.6b", "cuts off the whole padding at the lower right")
def _(dY, size, k, stride, padding):
    larger = size[0] + 2 * padding, size[1] + 2 * padding
    return folded(dY, larger, k, stride, 0, 1 / k**2)[: size[0], : size[1]]


@wrong("8.6b", "the stride is taken for 1")
def _(dY, size, k, stride, padding):
    padded = torch.zeros(size[0] + 2 * padding, size[1] + 2 * padding, dtype=dY.dtype)
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            padded[i : i + k, j : j + k] += dY[i, j] / k**2
    return padded[padding : padding + size[0], padding : padding + size[1]]


@wrong("8.6b", "overwrites instead of adding where windows overlap")
def _(dY, size, k, stride, padding):
    padded = torch.zeros(size[0] + 2 * padding, size[1] + 2 * padding, dtype=dY.dtype)
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            padded[i * stride : i * stride + k, j * stride : j * stride + k] = dY[i, j] / k**2
    return padded[padding : padding + size[0], padding : padding + size[1]]


@wrong("8.6b", "height and width swapped")
def _(dY, size, k, stride, padding):
    return folded(dY.T, size[::-1], k, stride, padding, 1 / k**2)


@wrong("8.6b", "the transposed convolution alone, which leaves out the rest of the division")
def _(dY, size, k, stride, padding):
    kernel = torch.ones(1, 1, k, k, dtype=dY.dtype) / k**2
    return F.conv_transpose2d(dY[None, None], kernel, stride=stride, padding=padding)[0, 0]


@wrong("8.6b", "repeats each value, as if windows never overlapped")
def _(dY, size, k, stride, padding):
    repeated = dY.repeat_interleave(k, 0).repeat_interleave(k, 1) / k**2
    return repeated[padding : padding + size[0], padding : padding + size[1]]


@wrong("8.6b", "gives every pixel the mean of dY")
def _(dY, size, k, stride, padding):
    return dY.mean().expand(*size) / k**2


@right("8.6c")
def _(f, X, dY):
    h, G = 1e-5, torch.zeros_like(X)
    for a in range(X.shape[0]):
        for b in range(X.shape[1]):
            plus, minus = X.clone(), X.clone()
            plus[a, b] += h
            minus[a, b] -= h
            G[a, b] = ((f(plus) * dY).sum() - (f(minus) * dY).sum()) / (2 * h)
    return G


@right("8.6c")
def _(f, X, dY):
    h = 1e-4

    def slope(step):
        step = step.reshape(X.shape)
        return ((f(X + step) - f(X - step)) * dY).sum() / (2 * h)

    steps = h * torch.eye(X.numel(), dtype=X.dtype)
    return torch.stack([slope(step) for step in steps]).reshape(X.shape)


@right("8.6c")
def _(layer, matrix, weights):
    def loss(x):
        return float(np.sum(layer(torch.from_numpy(x)).numpy() * weights.numpy()))

    start, result = matrix.numpy().copy(), np.zeros(matrix.shape)
    for place in np.ndindex(*start.shape):
        saved = start[place]
        start[place] = saved + 1e-6
        above = loss(start.copy())
        start[place] = saved - 1e-6
        below = loss(start.copy())
        start[place] = saved
        result[place] = (above - below) / 2e-6
    return torch.from_numpy(result)


class Numeric:
    h = 1e-3

    def __call__(self, f, X, dY):
        h = self.h
        values = []
        for i in range(X.numel()):
            unit = torch.zeros(X.numel(), dtype=X.dtype)
            unit[i] = h
            losses = [torch.sum(f(X + sign * unit.view_as(X)) * dY).item() for sign in (1, -1)]
            values.append((losses[0] - losses[1]) / (2 * h))
        return torch.tensor(values, dtype=X.dtype).view_as(X)


right("8.6c", Numeric())


def differences(f, X, dY, h=1e-5, *, low=1.0, over=2.0, sign=1.0, loss=None):
    loss = loss or (lambda Y: (Y * dY).sum())
    G = torch.zeros_like(X)
    for a in range(X.shape[0]):
        for b in range(X.shape[1]):
            plus, minus = X.clone(), X.clone()
            plus[a, b] += h
            minus[a, b] -= low * h
            G[a, b] = sign * (loss(f(plus)) - loss(f(minus))) / (over * h)
    return G


wrong("8.6c", "a forward difference", partial(differences, h=1e-3, low=0.0, over=1.0))
wrong("8.6c", "divides by h instead of 2h", partial(differences, over=1.0))
wrong("8.6c", "a forward difference divided by 2h", partial(differences, low=0.0))
wrong("8.6c", "the sign is turned", partial(differences, sign=-1.0))
wrong("8.6c", "h is so small that rounding takes over", partial(differences, h=1e-13))
wrong("8.6c", "h is 1", partial(differences, h=1.0))
wrong("8.6c", "forgets to divide", partial(differences, h=1e-5, over=1e5))
wrong("8.6c", "divides by h/2 because of missing parentheses", partial(differences, over=0.5))
wrong("8.6c", "forgets dY", lambda f, X, dY: differences(f, X, dY, loss=lambda Y: Y.sum()))
wrong("8.6c", "the mean instead of the sum", lambda f, X, dY: differences(f, X, dY, loss=lambda Y: (Y * dY).mean()))
wrong(
    "8.6c",
    "sums the outputs before multiplying by the sum of dY",
    lambda f, X, dY: differences(f, X, dY, loss=lambda Y: Y.sum() * dY.sum()),
)


@wrong("8.6c", "moves all values at once")
def _(f, X, dY):
    h = 1e-5
    slope = ((f(X + h) - f(X - h)) * dY).sum() / (2 * h)
    return torch.full_like(X, slope.item())


@wrong("8.6c", "works in float32, where the differences drown")
def _(f, X, dY):
    return differences(f, X.float(), dY.float(), h=1e-6).double()


@wrong("8.6c", "changes X and leaves it so")
def _(f, X, dY):
    h, G = 1e-5, torch.zeros_like(X)
    for a in range(X.shape[0]):
        for b in range(X.shape[1]):
            X[a, b] += h
            above = (f(X) * dY).sum()
            X[a, b] -= 2 * h
            G[a, b] = (above - (f(X) * dY).sum()) / (2 * h)
    return G


@wrong("8.6c", "uses autograd instead of differences")
def _(f, X, dY):
    leaf = X.clone().requires_grad_()
    (f(leaf) * dY).sum().backward()
    return leaf.grad


@wrong("8.6c", "runs over the shape of dY instead of X")
def _(f, X, dY):
    h, G = 1e-5, torch.zeros_like(dY)
    for a in range(dY.shape[0]):
        for b in range(dY.shape[1]):
            step = torch.zeros_like(X)
            step[a, b] = h
            G[a, b] = ((f(X + step) - f(X - step)) * dY).sum() / (2 * h)
    return G


right("8.6d", (1, 0.5))
right("8.6d", torch.tensor([1.0, 0.5]))
right("8.6d", np.array([1.00, 0.50]))
right("8.6d", [1.0, ((2 + 1e-4) - 2) / 2e-4])
wrong("8.6d", "central difference first", (0.5, 1))
wrong("8.6d", "takes the forward difference", (1, 1))
wrong("8.6d", "thinks PyTorch shares the gradient", (0.5, 0.5))
wrong("8.6d", "takes the backward difference", (1.0, 0.0))
wrong("8.6d", "thinks the second 2 gets the gradient", (0, 0.5))
wrong("8.6d", "average pooling", (0.25, 0.25))
wrong("8.6d", "thinks that nothing flows at a tie", (0, 0))
wrong("8.6d", "gives the values instead of gradients", (2, 2))
wrong("8.6d", "takes the tie to be undefined", (1, float("nan")))
wrong("8.6d", "divides the central difference by 4 for the window", (1, 0.125))
wrong("8.6d", "only the central difference", 0.5)
wrong("8.6d", "forgets the 2 below the central difference and doubles it", (1, 2))


@right("8.7a")
def _(X, taps, stride):
    c, p = X.shape[1], len(taps) // 2
    kernel = torch.outer(taps, taps)
    kernel = (kernel / kernel.sum()).to(X.dtype).expand(c, 1, -1, -1)
    return F.conv2d(F.pad(X, (p, p, p, p), mode="reflect"), kernel, stride=stride, groups=c)


@right("8.7a")
def _(X, taps, stride):
    n, c, h, w = X.shape
    t = (taps / taps.sum()).to(X)
    p = t.numel() // 2
    single = F.pad(X, (p,) * 4, mode="reflect").reshape(n * c, 1, h + 2 * p, w + 2 * p)
    rows = F.conv2d(single, t.view(1, 1, 1, -1), stride=(1, stride))
    return F.conv2d(rows, t.view(1, 1, -1, 1), stride=(stride, 1)).squeeze(1).unflatten(0, (n, c))


@right("8.7a")
def _(batch, taps, step):
    p, (h, w) = taps.numel() // 2, batch.shape[2:]
    padded = F.pad(batch, [p] * 4, mode="reflect")
    Y = torch.zeros_like(batch)
    for a, row in enumerate(taps.tolist()):
        for b, column in enumerate(taps.tolist()):
            Y += row * column * padded[:, :, a : a + h, b : b + w]
    return Y[:, :, ::step, ::step] / taps.sum().item() ** 2


@right("8.7a")
def _(X, taps, stride):
    k = len(taps)
    windows = F.pad(X, (k // 2,) * 4, mode="reflect").unfold(2, k, stride).unfold(3, k, stride)
    t = taps.to(X.dtype) / taps.sum()
    return torch.einsum("nchwab,a,b->nchw", windows, t, t)


@right("8.7a")
def _(X, taps, stride):
    t, p = taps.numpy(), len(taps) // 2
    x = F.pad(X, (p,) * 4, mode="reflect").numpy()
    view = np.lib.stride_tricks.sliding_window_view(x, (len(t), len(t)), axis=(2, 3))
    Y = (view * np.outer(t, t)).sum(axis=(4, 5)) / np.outer(t, t).sum()
    return torch.from_numpy(np.ascontiguousarray(Y[:, :, ::stride, ::stride]))


def blurred(X, kernel, stride, mode="reflect", ring=None):
    c, (h, w) = X.shape[1], kernel.shape
    ring = (w // 2, w // 2, h // 2, h // 2) if ring is None else ring
    padded = F.pad(X, ring, mode=mode)
    return F.conv2d(padded, kernel.to(X).expand(c, 1, h, w), stride=stride, groups=c)


@wrong("8.7a", "the kernel isn't divided by its sum")
def _(X, taps, stride):
    return blurred(X, torch.outer(taps, taps), stride)


@wrong("8.7a", "divides by the sum of the taps instead of the kernel's")
def _(X, taps, stride):
    return blurred(X, torch.outer(taps, taps) / taps.sum(), stride)


@wrong("8.7a", "divides by the number of values")
def _(X, taps, stride):
    return blurred(X, torch.outer(taps, taps) / len(taps) ** 2, stride)


@wrong("8.7a", "pads with zeros")
def _(X, taps, stride):
    kernel = torch.outer(taps, taps)
    return blurred(X, kernel / kernel.sum(), stride, mode="constant")


@wrong("8.7a", "repeats the border instead of reflecting")
def _(X, taps, stride):
    kernel = torch.outer(taps, taps)
    return blurred(X, kernel / kernel.sum(), stride, mode="replicate")


@wrong("8.7a", "doesn't pad")
def _(X, taps, stride):
    kernel = torch.outer(taps, taps)
    return blurred(X, kernel / kernel.sum(), stride, ring=(0, 0, 0, 0))


@wrong("8.7a", "pads by 1 whatever the number of taps")
def _(X, taps, stride):
    kernel = torch.outer(taps, taps)
    return blurred(X, kernel / kernel.sum(), stride, ring=(1, 1, 1, 1))


@wrong("8.7a", "forgets the stride")
def _(X, taps, stride):
    kernel = torch.outer(taps, taps)
    return blurred(X, kernel / kernel.sum(), 1)


@wrong("8.7a", "blurs along the rows only")
def _(X, taps, stride):
    return blurred(X, (taps / taps.sum())[None], stride)


@wrong("8.7a", "blurs with a cross, the sum of row and column, instead of their product")
def _(X, taps, stride):
    kernel = taps[:, None] + taps
    return blurred(X, kernel / kernel.sum(), stride)


@wrong("8.7a", "adds the channels up")
def _(X, taps, stride):
    kernel = torch.outer(taps, taps)
    c = X.shape[1]
    p = len(taps) // 2
    weight = (kernel / kernel.sum()).to(X).expand(c, c, -1, -1)
    return F.conv2d(F.pad(X, (p,) * 4, mode="reflect"), weight, stride=stride)


@wrong("8.7a", "works for one channel only")
def _(X, taps, stride):
    kernel = torch.outer(taps, taps)
    p = len(taps) // 2
    return F.conv2d(F.pad(X, (p,) * 4, mode="reflect"), (kernel / kernel.sum()).to(X)[None, None], stride=stride)


@wrong("8.7a", "hard-coded to the taps 1, 2, 1")
def _(X, taps, stride):
    return blurred(X, torch.tensor([[1.0, 2, 1], [2, 4, 2], [1, 2, 1]]) / 16, stride)


@wrong("8.7a", "starts at the second pixel, with the stride applied one too late")
def _(X, taps, stride):
    kernel = torch.outer(taps, taps)
    return blurred(X, kernel / kernel.sum(), 1)[..., stride - 1 :: stride, stride - 1 :: stride]


@right("8.7b")
def _(view, X):
    A, B = view(X[..., :-1]).flatten(1), view(X[..., 1:]).flatten(1)
    return (B - A).norm(dim=1) / (A - A.mean(dim=1, keepdim=True)).norm(dim=1)


@right("8.7b")
def _(view, X):
    A, B = view(X[:, :, :, :-1]), view(X[:, :, :, 1:])
    result = torch.zeros(len(A))
    for i, (a, b) in enumerate(zip(A, B, strict=True)):
        result[i] = ((b - a) ** 2).sum().sqrt() / ((a - a.mean()) ** 2).sum().sqrt()
    return result


@right("8.7b")
def _(halve, images):
    w = images.shape[-1]
    A = halve(images.narrow(-1, 0, w - 1)).numpy().reshape(len(images), -1)
    B = halve(images.narrow(-1, 1, w - 1)).numpy().reshape(len(images), -1)
    return torch.from_numpy(np.linalg.norm(B - A, axis=1) / np.linalg.norm(A - A.mean(1, keepdims=True), axis=1))


@right("8.7b")
def _(view, X):
    A, B = view(X[..., :-1]), view(X[..., 1:])
    axes = tuple(range(1, A.dim()))
    return (B - A).square().mean(axes).sqrt() / A.std(dim=axes, correction=0)


def change(view, X, below=lambda A, B: (A - A.mean(1, keepdim=True)).norm(dim=1), above=None, cut=None):
    first, second = cut(X) if cut else (X[..., :-1], X[..., 1:])
    A, B = view(first).flatten(1), view(second).flatten(1)
    return (above(A, B) if above else (B - A).norm(dim=1)) / below(A, B)


wrong("8.7b", "doesn't subtract the mean below", partial(change, below=lambda A, B: A.norm(dim=1)))
wrong("8.7b", "subtracts the mean over all images", partial(change, below=lambda A, B: (A - A.mean()).norm(dim=1)))
wrong("8.7b", "subtracts the mean image", partial(change, below=lambda A, B: (A - A.mean(dim=0)).norm(dim=1)))
wrong(
    "8.7b",
    "divides by the contrast of B instead of A",
    partial(change, below=lambda A, B: (B - B.mean(1, keepdim=True)).norm(dim=1)),
)
wrong("8.7b", "one number for all images", lambda view, X: change(view, X).mean())
wrong(
    "8.7b",
    "sums of squares without their roots",
    lambda view, X: change(view, X) ** 2,
)
wrong("8.7b", "norm over the whole batch above", partial(change, above=lambda A, B: (B - A).norm()))
wrong("8.7b", "sums of absolute differences above", partial(change, above=lambda A, B: (B - A).abs().sum(dim=1)))
wrong("8.7b", "difference of the norms", partial(change, above=lambda A, B: (B.norm(dim=1) - A.norm(dim=1)).abs()))
wrong("8.7b", "takes rows off instead of columns", partial(change, cut=lambda X: (X[..., :-1, :], X[..., 1:, :])))
wrong("8.7b", "rolls the image around instead of cutting", partial(change, cut=lambda X: (X, X.roll(-1, dims=3))))
wrong("8.7b", "shifts by two columns", partial(change, cut=lambda X: (X[..., :-2], X[..., 2:])))
wrong("8.7b", "A and B exchanged", partial(change, cut=lambda X: (X[..., 1:], X[..., :-1])))
wrong("8.7b", "doesn't divide", partial(change, below=lambda A, B: 1.0))


@wrong("8.7b", "compares the images instead of the outputs of the view")
def _(view, X):
    return change(lambda batch: batch, X)


@right("8.7c")
def _(view, X, pattern):
    difference = view(X + pattern) - view(X)
    return (difference.std(correction=0) / pattern.std(correction=0)).item()


@right("8.7c")
def _(view, images, stripes):
    difference = (view(images + stripes) - view(images)).numpy()
    return np.std(difference) / np.std(stripes.numpy())


@right("8.7c")
def _(view, X, pattern):
    def deviation(Z):
        return (Z - Z.mean()).square().mean().sqrt()

    return deviation(view(X + pattern) - view(X)) / deviation(pattern)


@right("8.7c")
def _(view, X, pattern):
    change = view(pattern + X).sub(view(X)).flatten()
    return float(torch.sqrt(change.var(unbiased=False) / pattern.var(unbiased=False)))


def passed(view, X, pattern, spread=lambda Z: Z.std(correction=0), below=None):
    difference = view(X + pattern) - view(X)
    return (spread(difference) / (below(view, X, pattern) if below else spread(pattern))).item()


wrong("8.7c", "with the default correction of 1", partial(passed, spread=lambda Z: Z.std()))
wrong("8.7c", "variances instead of deviations", partial(passed, spread=lambda Z: Z.var(correction=0)))
wrong("8.7c", "means instead of deviations", partial(passed, spread=lambda Z: Z.mean()))
wrong(
    "8.7c",
    "root of the mean square, without subtracting the mean",
    partial(passed, spread=lambda Z: Z.square().mean().sqrt()),
)
wrong("8.7c", "largest minus smallest value", partial(passed, spread=lambda Z: Z.max() - Z.min()))
wrong("8.7c", "norms, which depend on the number of values", partial(passed, spread=lambda Z: (Z - Z.mean()).norm()))
wrong("8.7c", "divides by the pattern's own output", partial(passed, below=lambda v, X, p: v(p).std(correction=0)))
wrong("8.7c", "divides by the deviation of the images", partial(passed, below=lambda v, X, p: X.std(correction=0)))
wrong("8.7c", "doesn't divide by the pattern", partial(passed, below=lambda v, X, p: 1.0))


@wrong("8.7c", "the pattern alone, without the images")
def _(view, X, pattern):
    return (view(pattern).std(correction=0) / pattern.std(correction=0)).item()


@wrong("8.7c", "doesn't subtract the output for X")
def _(view, X, pattern):
    return (view(X + pattern).std(correction=0) / pattern.std(correction=0)).item()


@wrong("8.7c", "difference of the deviations instead of deviation of the difference")
def _(view, X, pattern):
    more = view(X + pattern).std(correction=0) - view(X).std(correction=0)
    return (more / pattern.std(correction=0)).item()


@wrong("8.7c", "one number per image")
def _(view, X, pattern):
    difference = (view(X + pattern) - view(X)).flatten(1)
    return difference.std(dim=1, correction=0) / pattern.std(correction=0)


@wrong("8.7c", "what is lost instead of what is left")
def _(view, X, pattern):
    return 1 - passed(view, X, pattern)


right("8.7d", "ac")
right("8.7d", "ca")
right("8.7d", "a, c")
right("8.7d", ["a", "c"])
wrong("8.7d", "takes the smaller sensitivity for the cause as well", "abc")
wrong("8.7d", "only the first claim", "a")
wrong("8.7d", "only the claim without a maximum", "c")
wrong("8.7d", "thinks that the maximum changes nothing about the stripes", "acd")
wrong("8.7d", "believes everything", "abcd")
wrong("8.7d", "believes the reason and overlooks the stripes", "ab")
wrong("8.7d", "keeps the example", "bd")
wrong("8.7d", "only the claims about stripes", "cd")
wrong("8.7d", "the claims that don't follow, last one only", "d")
wrong("8.7d", "looks only at the two blurred maxima and mixes them up", "ad")
wrong("8.7d", "believes the aliasing story and the blur's place", "bc")
wrong("8.7d", "thinks that nothing follows from one photograph", "")
