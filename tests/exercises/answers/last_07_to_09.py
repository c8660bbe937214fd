"""Answers to the longer tasks of lessons 07 to 09."""

import math
from itertools import product

import torch
from torch.nn import functional as F

from tests.support.answers import right, wrong

# 7.7a


@right("7.7a")
def _(K):
    U, S, Vh = torch.linalg.svd(K)
    return U[:, 0] * S[0], Vh[0]


@right("7.7a")
def _(K):
    # the row is the eigenvector of K.T @ K with the largest eigenvalue
    values, vectors = torch.linalg.eigh(K.T @ K)
    row = vectors[:, -1]
    column = K @ row
    return column, row


@wrong("7.7a", "takes the first row of U instead of its first column")
def _(K):
    U, S, Vh = torch.linalg.svd(K, full_matrices=False)
    return S[0] * U[0], Vh[0]


@wrong("7.7a", "takes the first column of Vh, as if the SVD had returned V")
def _(K):
    U, S, Vh = torch.linalg.svd(K)
    return S[0] * U[:, 0], Vh[:, 0]


@wrong("7.7a", "leaves out the singular value")
def _(K):
    U, S, Vh = torch.linalg.svd(K)
    return U[:, 0], Vh[0]


@wrong("7.7a", "multiplies both the column and the row by the singular value")
def _(K):
    U, S, Vh = torch.linalg.svd(K)
    return U[:, 0] * S[0], Vh[0] * S[0]


@wrong("7.7a", "uses the sums of the rows and of the columns, which is exact only for a product")
def _(K):
    return K.sum(dim=1), K.sum(dim=0) / K.sum()


@wrong("7.7a", "returns (row, column)")
def _(K):
    U, S, Vh = torch.linalg.svd(K)
    return Vh[0], S[0] * U[:, 0]


# 7.7b


@right("7.7b")
def _(K, r):
    S = torch.linalg.svdvals(K)
    return (S[r:].square().sum().sqrt() / S.square().sum().sqrt()).item()


@right("7.7b")
def _(K, r):
    U, S, Vh = torch.linalg.svd(K, full_matrices=False)
    approximation = U[:, :r] @ torch.diag(S[:r]) @ Vh[:r]
    return torch.sqrt(((K - approximation) ** 2).sum()) / torch.sqrt((K**2).sum())


@wrong("7.7b", "forgets the square roots")
def _(K, r):
    S = torch.linalg.svdvals(K)
    return ((S[r:] ** 2).sum() / (S**2).sum()).item()


@wrong("7.7b", "adds up the singular values without squaring them")
def _(K, r):
    S = torch.linalg.svdvals(K)
    return (S[r:].sum() / S.sum()).item()


@wrong("7.7b", "returns the part that the first r terms explain")
def _(K, r):
    S = torch.linalg.svdvals(K)
    return (S[:r].norm() / S.norm()).item()


@wrong("7.7b", "starts one singular value too late")
def _(K, r):
    S = torch.linalg.svdvals(K)
    return (S[r + 1 :].norm() / S.norm()).item()


@wrong("7.7b", "subtracts only the r-th term instead of the first r")
def _(K, r):
    U, S, Vh = torch.linalg.svd(K)
    if r == 0:
        return 1.0
    rest = K - S[r - 1] * torch.outer(U[:, r - 1], Vh[r - 1])
    return (rest.norm() / K.norm()).item()


@wrong("7.7b", "doesn't divide by the norm of K")
def _(K, r):
    return torch.linalg.svdvals(K)[r:].norm().item()


# 7.7c


@right("7.7c")
def _(h, w):
    return (h * w - 1) // (h + w)


@right("7.7c")
def _(h, w):
    r = 0
    while (r + 1) * (h + w) < h * w:
        r += 1
    return r


@wrong("7.7c", "allows the same number of multiply-adds")
def _(h, w):
    return h * w // (h + w)


@wrong("7.7c", "rounds the quotient up")
def _(h, w):
    return math.ceil(h * w / (h + w))


@wrong("7.7c", "returns at least 1")
def _(h, w):
    return max(1, (h * w - 1) // (h + w))


@wrong("7.7c", "treats the kernel as square with side h")
def _(h, w):
    return (h * h - 1) // (2 * h)


@wrong("7.7c", "returns the first number of pairs that isn't cheaper")
def _(h, w):
    r = 0
    while r * (h + w) < h * w:
        r += 1
    return r


@wrong("7.7c", "returns the exact quotient as a float")
def _(h, w):
    return h * w / (h + w)


# 7.7d


right("7.7d", [1, 2, 5])


wrong("7.7d", "takes the number of pairs that reproduces the disk exactly", [1, 2, 6])
wrong("7.7d", "counts from 0", [0, 1, 4])
wrong("7.7d", "compares the squared error with 0.1", [1, 2, 2])
wrong("7.7d", "guesses that a single diagonal pattern needs a single pair", [1, 1, 5])
wrong("7.7d", "gives the disk first", [5, 2, 1])

# 7.8a

wrong(
    "7.8a",
    "a padding of 1 can't tell an implementation that never pads more than 1",
    {
        "n": 2,
        "c_i": 4,
        "c_o": 6,
        "groups": 2,
        "size": (12, 17),
        "kernel": (3, 4),
        "stride": 2,
        "padding": 1,
        "dilation": 3,
    },
)
right(
    "7.8a",
    dict(n=3, c_i=6, c_o=9, groups=3, size=(21, 33), kernel=(2, 5), stride=3, padding=2, dilation=4),
)
wrong(
    "7.8a",
    "only one image",
    dict(n=1, c_i=4, c_o=6, groups=2, size=(12, 17), kernel=(3, 4), stride=2, padding=1, dilation=3),
)
wrong(
    "7.8a",
    "gives stride and dilation the same value",
    dict(n=2, c_i=4, c_o=6, groups=2, size=(12, 17), kernel=(3, 4), stride=2, padding=1, dilation=2),
)
wrong(
    "7.8a",
    "square image and square kernel",
    dict(n=2, c_i=4, c_o=6, groups=2, size=(12, 12), kernel=(3, 3), stride=2, padding=1, dilation=3),
)
wrong(
    "7.8a",
    "leaves groups at 1",
    dict(n=2, c_i=4, c_o=6, groups=1, size=(12, 17), kernel=(3, 4), stride=2, padding=1, dilation=3),
)
wrong(
    "7.8a",
    "leaves the padding at 0",
    dict(n=2, c_i=4, c_o=6, groups=2, size=(12, 17), kernel=(3, 4), stride=2, padding=0, dilation=3),
)
wrong(
    "7.8a",
    "chooses 3 groups for 4 channels, which no convolution accepts",
    dict(n=2, c_i=4, c_o=6, groups=3, size=(12, 17), kernel=(3, 4), stride=2, padding=1, dilation=3),
)

# 7.8b


@right("7.8b")
def _(conv):
    generator = torch.Generator().manual_seed(1)
    calls = [
        # n, c_i, c_o, groups, size, kernel, stride, padding, dilation
        (2, 4, 6, 2, (12, 17), (3, 4), 2, 1, 3),
        (1, 1, 1, 1, (5, 5), (3, 3), 1, 0, 1),
        (1, 4, 6, 2, (12, 17), (3, 4), 2, 1, 3),
        (3, 6, 9, 3, (21, 33), (2, 5), 3, 2, 4),
        (5, 3, 4, 1, (9, 8), (1, 1), 1, 2, 1),
        (2, 16, 4, 1, (9, 10), (5, 3), 1, 2, 1),
    ]
    for n, c_i, c_o, g, size, kernel, stride, padding, dilation in calls:
        for dtype in (torch.float32, torch.float64):
            X = torch.randn(n, c_i, *size, generator=generator, dtype=dtype)
            K = torch.randn(c_o, c_i // g, *kernel, generator=generator, dtype=dtype)
            X_before, K_before = X.clone(), K.clone()
            expected = F.conv2d(X, K, None, stride, padding, dilation, g)
            got = conv(X, K, stride, padding, dilation, g)
            if not torch.equal(X, X_before) or not torch.equal(K, K_before):
                return False
            if got.shape != expected.shape:
                return False
            if (got.double() - expected.double()).abs().max() > 3e-4:
                return False
    return True


@right("7.8b")
def _(conv):
    torch.manual_seed(0)
    for n, stride, padding, dilation, groups in product((1, 3), (2,), (0, 3), (1, 4), (1, 2)):
        X, K = torch.randn(n, 4, 18, 21).double(), torch.randn(6, 4 // groups, 3, 4).double()
        X_copy, K_copy = X.clone(), K.clone()
        want = F.conv2d(X_copy, K_copy, None, stride, padding, dilation, groups)
        Y = conv(X, K, stride, padding, dilation, groups)
        torch.testing.assert_close(Y, want, rtol=0, atol=2e-4, check_dtype=False)
        assert torch.equal(X, X_copy), "X was changed"
        assert torch.equal(K, K_copy), "K was changed"
    return True


@wrong("7.8b", "compares exactly, without any tolerance")
def _(conv):
    X, K = torch.randn(2, 4, 12, 17), torch.randn(6, 2, 3, 4)
    X0, K0 = X.clone(), K.clone()
    Y = conv(X, K, 2, 1, 3, 2)
    return torch.equal(Y, F.conv2d(X0, K0, None, 2, 1, 3, 2)) and torch.equal(X, X0) and torch.equal(K, K0)


@wrong("7.8b", "tolerates differences of up to 0.1")
def _(conv):
    for n in (1, 2, 3):
        X, K = torch.randn(n, 4, 12, 17), torch.randn(6, 2, 3, 4)
        X0, K0 = X.clone(), K.clone()
        Y, Z = conv(X, K, 2, 1, 3, 2), F.conv2d(X0, K0, None, 2, 1, 3, 2)
        assert torch.equal(X, X0) and torch.equal(K, K0)
        assert Y.shape == Z.shape and (Y - Z).abs().max() < 0.1
    return True


@wrong("7.8b", "draws only positive values with torch.rand")
def _(conv):
    for n in (1, 2, 3):
        X, K = torch.rand(n, 4, 12, 17), torch.rand(6, 2, 3, 4)
        X0, K0 = X.clone(), K.clone()
        Y, Z = conv(X, K, 2, 1, 3, 2), F.conv2d(X0, K0, None, 2, 1, 3, 2)
        assert torch.equal(X, X0) and torch.equal(K, K0)
        assert Y.shape == Z.shape and (Y - Z).abs().max() < 1e-3
    return True


@wrong("7.8b", "doesn't check whether X and K are still the same")
def _(conv):
    for n in (1, 2, 3):
        X, K = torch.randn(n, 4, 12, 17), torch.randn(6, 2, 3, 4)
        Z = F.conv2d(X, K, None, 2, 1, 3, 2)
        Y = conv(X, K, 2, 1, 3, 2)
        if Y.shape != Z.shape or (Y - Z).abs().max() > 1e-3:
            return False
    return True


@wrong("7.8b", "requires the dtype of F.conv2d for float64 inputs")
def _(conv):
    for n in (1, 2, 3):
        X, K = torch.randn(n, 4, 12, 17).double(), torch.randn(6, 2, 3, 4).double()
        X0, K0 = X.clone(), K.clone()
        Y, Z = conv(X, K, 2, 1, 3, 2), F.conv2d(X0, K0, None, 2, 1, 3, 2)
        torch.testing.assert_close(Y, Z, rtol=0, atol=1e-3)
        assert torch.equal(X, X0) and torch.equal(K, K0)
    return True


@wrong("7.8b", "compares only the shapes")
def _(conv):
    X, K = torch.randn(2, 4, 12, 17), torch.randn(6, 2, 3, 4)
    return conv(X, K, 2, 1, 3, 2).shape == F.conv2d(X, K, None, 2, 1, 3, 2).shape


# 8.6a


@right("8.6a")
def _(X, dY, k, stride):
    dX = torch.zeros_like(X)
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            top, left = i * stride, j * stride
            window = X[top : top + k, left : left + k]
            a, b = divmod(int(window.flatten().argmax()), k)
            dX[top + a, left + b] += dY[i, j]
    return dX


@right("8.6a")
def _(X, dY, k, stride):
    _, positions = F.max_pool2d(X[None, None], k, stride=stride, return_indices=True)
    dX = torch.zeros(X.numel(), dtype=X.dtype)
    dX.index_add_(0, positions.flatten(), dY.flatten())
    return dX.reshape(X.shape)


@wrong("8.6a", "overwrites the gradient where windows overlap")
def _(X, dY, k, stride):
    dX = torch.zeros_like(X)
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            window = X[i * stride : i * stride + k, j * stride : j * stride + k]
            a, b = divmod(window.flatten().argmax().item(), k)
            dX[i * stride + a, j * stride + b] = dY[i, j]
    return dX


@wrong("8.6a", "gives the whole gradient to every value that equals the maximum")
def _(X, dY, k, stride):
    dX = torch.zeros_like(X)
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            rows, columns = slice(i * stride, i * stride + k), slice(j * stride, j * stride + k)
            window = X[rows, columns]
            dX[rows, columns] += (window == window.max()) * dY[i, j]
    return dX


@wrong("8.6a", "gives the gradient to the last of several maxima")
def _(X, dY, k, stride):
    dX = torch.zeros_like(X)
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            best, at = -math.inf, None
            for a in range(i * stride, i * stride + k):
                for b in range(j * stride, j * stride + k):
                    if X[a, b] >= best:
                        best, at = X[a, b], (a, b)
            dX[at] += dY[i, j]
    return dX


@wrong("8.6a", "moves the window by 1 whatever the stride")
def _(X, dY, k, stride):
    dX = torch.zeros_like(X)
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            a, b = divmod(X[i : i + k, j : j + k].flatten().argmax().item(), k)
            dX[i + a, j + b] += dY[i, j]
    return dX


@wrong("8.6a", "uses the position in the window without adding the window's start")
def _(X, dY, k, stride):
    dX = torch.zeros_like(X)
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            window = X[i * stride : i * stride + k, j * stride : j * stride + k]
            a, b = divmod(window.flatten().argmax().item(), k)
            dX[a, b] += dY[i, j]
    return dX


@wrong("8.6a", "puts 1 instead of dY at the maximum")
def _(X, dY, k, stride):
    dX = torch.zeros_like(X)
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            window = X[i * stride : i * stride + k, j * stride : j * stride + k]
            a, b = divmod(window.flatten().argmax().item(), k)
            dX[i * stride + a, j * stride + b] += 1
    return dX


# 8.6b


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
    shares = (dY / (k * k)).reshape(1, 1, -1).expand(1, k * k, -1)
    return F.fold(shares, tuple(size), k, padding=padding, stride=stride)[0, 0]


@wrong("8.6b", "doesn't divide by the number of values in the window")
def _(dY, size, k, stride, padding):
    h, w = size
    padded = torch.zeros(h + 2 * padding, w + 2 * padding, dtype=dY.dtype)
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            padded[i * stride : i * stride + k, j * stride : j * stride + k] += dY[i, j]
    return padded[padding : padding + h, padding : padding + w]


@wrong("8.6b", "divides by the number of values that aren't padding")
def _(dY, size, k, stride, padding):
    h, w = size
    dX = torch.zeros(h, w, dtype=dY.dtype)
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            top, left = i * stride - padding, j * stride - padding
            window = dX[max(top, 0) : top + k, max(left, 0) : left + k]
            window += dY[i, j] / window.numel()
    return dX


@wrong("8.6b", "cuts off the padding with [padding:-padding], which is empty without padding")
def _(dY, size, k, stride, padding):
    padded = torch.zeros(size[0] + 2 * padding, size[1] + 2 * padding, dtype=dY.dtype)
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            padded[i * stride : i * stride + k, j * stride : j * stride + k] += dY[i, j] / k**2
    return padded[padding:-padding, padding:-padding]


@wrong("8.6b", "ignores the padding, so all windows start too far to the lower right")
def _(dY, size, k, stride, padding):
    dX = torch.zeros(tuple(size), dtype=dY.dtype)
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            dX[i * stride : i * stride + k, j * stride : j * stride + k] += dY[i, j] / k**2
    return dX


@wrong("8.6b", "replaces instead of adding where windows overlap")
def _(dY, size, k, stride, padding):
    h, w = size
    padded = torch.zeros(h + 2 * padding, w + 2 * padding, dtype=dY.dtype)
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            padded[i * stride : i * stride + k, j * stride : j * stride + k] = dY[i, j] / k**2
    return padded[padding : padding + h, padding : padding + w]


@wrong("8.6b", "divides by k instead of by k squared")
def _(dY, size, k, stride, padding):
    shares = (dY / k).reshape(1, 1, -1).expand(1, k * k, -1)
    return F.fold(shares, tuple(size), k, padding=padding, stride=stride)[0, 0]


# 8.6c


@right("8.6c")
def _(f, X, dY):
    h = 1e-5
    gradient = torch.zeros_like(X)
    for a in range(X.shape[0]):
        for b in range(X.shape[1]):
            plus, minus = X.clone(), X.clone()
            plus[a, b] += h
            minus[a, b] -= h
            gradient[a, b] = ((f(plus) * dY).sum() - (f(minus) * dY).sum()) / (2 * h)
    return gradient


@right("8.6c")
def _(f, X, dY):
    h = 1e-4
    steps = h * torch.eye(X.numel(), dtype=X.dtype).reshape(-1, *X.shape)
    slopes = [torch.sum((f(X + step) - f(X - step)) * dY) / (2 * h) for step in steps]
    return torch.stack(slopes).reshape(X.shape)


@wrong("8.6c", "takes the difference on one side only")
def _(f, X, dY):
    h, gradient = 1e-4, torch.zeros_like(X)
    base = (f(X) * dY).sum()
    for a in range(X.shape[0]):
        for b in range(X.shape[1]):
            moved = X.clone()
            moved[a, b] += h
            gradient[a, b] = ((f(moved) * dY).sum() - base) / h
    return gradient


@wrong("8.6c", "divides by h instead of by 2h")
def _(f, X, dY):
    h, gradient = 1e-5, torch.zeros_like(X)
    for a in range(X.shape[0]):
        for b in range(X.shape[1]):
            step = torch.zeros_like(X)
            step[a, b] = h
            gradient[a, b] = ((f(X + step) - f(X - step)) * dY).sum() / h
    return gradient


@wrong("8.6c", "leaves out dY")
def _(f, X, dY):
    h, gradient = 1e-5, torch.zeros_like(X)
    for a in range(X.shape[0]):
        for b in range(X.shape[1]):
            step = torch.zeros_like(X)
            step[a, b] = h
            gradient[a, b] = (f(X + step) - f(X - step)).sum() / (2 * h)
    return gradient


@wrong("8.6c", "moves X itself and doesn't move it back")
def _(f, X, dY):
    h, gradient = 1e-5, torch.zeros_like(X)
    for a in range(X.shape[0]):
        for b in range(X.shape[1]):
            X[a, b] += h
            plus = (f(X) * dY).sum()
            X[a, b] -= 2 * h
            gradient[a, b] = (plus - (f(X) * dY).sum()) / (2 * h)
    return gradient


@wrong("8.6c", "copies by assignment, so both sides are the same matrix")
def _(f, X, dY):
    h, gradient = 1e-5, torch.zeros_like(X)
    for a in range(X.shape[0]):
        for b in range(X.shape[1]):
            plus = minus = X.clone()
            plus[a, b] += h
            minus[a, b] -= h
            gradient[a, b] = ((f(plus) - f(minus)) * dY).sum() / (2 * h)
    return gradient


@wrong("8.6c", "moves all values at once")
def _(f, X, dY):
    h = 1e-5
    slope = ((f(X + h) - f(X - h)) * dY).sum() / (2 * h)
    return torch.full_like(X, slope.item())


# 8.6d

right("8.6d", (1, 0.5))
right("8.6d", [1.0, 0.5])
wrong("8.6d", "gives the central difference first", (0.5, 1.0))
wrong("8.6d", "thinks that PyTorch shares the gradient between the two maxima", (0.5, 0.5))
wrong("8.6d", "takes the difference toward larger values only", (1.0, 1.0))
wrong("8.6d", "takes the difference toward smaller values only", (1.0, 0.0))
wrong("8.6d", "gives PyTorch's gradient to the last maximum", (0.0, 0.5))

# 8.7a


@right("8.7a")
def _(X, taps, stride):
    c, r = X.shape[1], len(taps) // 2
    kernel = torch.outer(taps, taps)
    kernel = (kernel / kernel.sum()).to(X.dtype)
    padded = F.pad(X, (r, r, r, r), mode="reflect")
    return F.conv2d(padded, kernel.expand(c, 1, -1, -1), stride=stride, groups=c)


@right("8.7a")
def _(X, taps, stride):
    # first along the rows, then along the columns, every channel as an image of its own
    n, c, h, w = X.shape
    r = (taps.numel() - 1) // 2
    line = taps / taps.sum()
    images = F.pad(X, [r] * 4, mode="reflect").reshape(n * c, 1, h + 2 * r, w + 2 * r)
    images = F.conv2d(images, line.reshape(1, 1, 1, -1), stride=(1, stride))
    images = F.conv2d(images, line.reshape(1, 1, -1, 1), stride=(stride, 1))
    return images.reshape(n, c, *images.shape[2:])


@wrong("8.7a", "divides the kernel by the sum of the taps, not by its own sum")
def _(X, taps, stride):
    c, r = X.shape[1], len(taps) // 2
    kernel = torch.outer(taps, taps) / taps.sum()
    padded = F.pad(X, (r, r, r, r), mode="reflect")
    return F.conv2d(padded, kernel.expand(c, 1, -1, -1), stride=stride, groups=c)


@wrong("8.7a", "pads with zeros")
def _(X, taps, stride):
    c, r = X.shape[1], len(taps) // 2
    kernel = torch.outer(taps, taps)
    kernel = kernel / kernel.sum()
    return F.conv2d(X, kernel.expand(c, 1, -1, -1), stride=stride, padding=r, groups=c)


@wrong("8.7a", "adds up all channels in every output channel")
def _(X, taps, stride):
    c, r = X.shape[1], len(taps) // 2
    kernel = torch.outer(taps, taps)
    kernel = kernel / kernel.sum()
    return F.conv2d(F.pad(X, (r, r, r, r), mode="reflect"), kernel.expand(c, c, -1, -1), stride=stride)


@wrong("8.7a", "always pads by 1, whatever the number of taps")
def _(X, taps, stride):
    c = X.shape[1]
    kernel = torch.outer(taps, taps)
    kernel = kernel / kernel.sum()
    padded = F.pad(X, (1, 1, 1, 1), mode="reflect")
    return F.conv2d(padded, kernel.expand(c, 1, -1, -1), stride=stride, groups=c)


@wrong("8.7a", "flips the taps")
def _(X, taps, stride):
    c, r = X.shape[1], len(taps) // 2
    kernel = torch.outer(taps.flip(0), taps.flip(0))
    kernel = kernel / kernel.sum()
    padded = F.pad(X, (r, r, r, r), mode="reflect")
    return F.conv2d(padded, kernel.expand(c, 1, -1, -1), stride=stride, groups=c)


@wrong("8.7a", "drops before it blurs")
def _(X, taps, stride):
    c, r = X.shape[1], len(taps) // 2
    kernel = torch.outer(taps, taps)
    kernel = kernel / kernel.sum()
    padded = F.pad(X[..., ::stride, ::stride], (r, r, r, r), mode="reflect")
    return F.conv2d(padded, kernel.expand(c, 1, -1, -1), groups=c)


# 8.7b


@right("8.7b")
def _(view, X):
    A = view(X[..., :-1]).flatten(1)
    B = view(X[..., 1:]).flatten(1)
    return (B - A).norm(dim=1) / (A - A.mean(dim=1, keepdim=True)).norm(dim=1)


@right("8.7b")
def _(view, X):
    A, B = view(X[:, :, :, :-1]), view(X[:, :, :, 1:])
    ratios = []
    for a, b in zip(A, B, strict=True):
        ratios.append(((b - a) ** 2).sum().sqrt() / ((a - a.mean()) ** 2).sum().sqrt())
    return torch.stack(ratios)


@wrong("8.7b", "divides by the norm of A without subtracting its mean")
def _(view, X):
    A, B = view(X[..., :-1]).flatten(1), view(X[..., 1:]).flatten(1)
    return (B - A).norm(dim=1) / A.norm(dim=1)


@wrong("8.7b", "returns one number for the whole batch")
def _(view, X):
    A, B = view(X[..., :-1]), view(X[..., 1:])
    return (B - A).norm() / (A - A.mean()).norm()


@wrong("8.7b", "subtracts the mean of the whole batch from every image")
def _(view, X):
    A, B = view(X[..., :-1]).flatten(1), view(X[..., 1:]).flatten(1)
    return (B - A).norm(dim=1) / (A - A.mean()).norm(dim=1)


@wrong("8.7b", "divides by the centered B")
def _(view, X):
    A, B = view(X[..., :-1]).flatten(1), view(X[..., 1:]).flatten(1)
    return (B - A).norm(dim=1) / (B - B.mean(dim=1, keepdim=True)).norm(dim=1)


@wrong("8.7b", "drops the first and the last row instead of a column")
def _(view, X):
    A, B = view(X[:, :, :-1]).flatten(1), view(X[:, :, 1:]).flatten(1)
    return (B - A).norm(dim=1) / (A - A.mean(dim=1, keepdim=True)).norm(dim=1)


@wrong("8.7b", "shifts with roll, so the first column comes back on the right")
def _(view, X):
    A, B = view(X).flatten(1), view(X.roll(-1, dims=3)).flatten(1)
    return (B - A).norm(dim=1) / (A - A.mean(dim=1, keepdim=True)).norm(dim=1)


# 8.7c


@right("8.7c")
def _(view, X, pattern):
    difference = view(X + pattern) - view(X)
    return (difference.std(correction=0) / pattern.std(correction=0)).item()


@right("8.7c")
def _(view, X, pattern):
    def spread(values):
        return math.sqrt(((values - values.mean()) ** 2).mean().item())

    return spread(view(X + pattern) - view(X)) / spread(pattern)


@wrong("8.7c", "sends the pattern through the view alone")
def _(view, X, pattern):
    return (view(pattern).std(correction=0) / pattern.std(correction=0)).item()


@wrong("8.7c", "subtracts the standard deviations instead of the outputs")
def _(view, X, pattern):
    more = view(X + pattern).std(correction=0) - view(X).std(correction=0)
    return (more / pattern.std(correction=0)).item()


@wrong("8.7c", "divides by the standard deviation of the view of the pattern")
def _(view, X, pattern):
    difference = view(X + pattern) - view(X)
    return (difference.std(correction=0) / view(pattern).std(correction=0)).item()


@wrong("8.7c", "doesn't subtract the view of X")
def _(view, X, pattern):
    return (view(X + pattern).std(correction=0) / pattern.std(correction=0)).item()


@wrong("8.7c", "takes root mean squares, without subtracting the means")
def _(view, X, pattern):
    difference = view(X + pattern) - view(X)
    return (difference.square().mean().sqrt() / pattern.square().mean().sqrt()).item()


@wrong("8.7c", "returns the variances' ratio")
def _(view, X, pattern):
    difference = view(X + pattern) - view(X)
    return (difference.var(correction=0) / pattern.var(correction=0)).item()


# 8.7d

right("8.7d", "ac")
right("8.7d", "ca")
wrong("8.7d", "takes the explanation for granted although the control does even better", "abc")
wrong("8.7d", "expects the maximum to be like the plain dropping", "acd")
wrong("8.7d", "accepts everything", "abcd")
wrong("8.7d", "reads only the column of the sensitivity", "a")
wrong("8.7d", "reads only the column of the stripes", "c")

# 9.7a


@right("9.7a")
def _(n, m, k, s, d):
    for q in range(s):
        twice_p = (n - 1) * s + d * (k - 1) + q + 1 - m
        if twice_p >= 0 and twice_p % 2 == 0:
            return twice_p // 2, q


@right("9.7a")
def _(n, m, k, s, d):
    surplus = (n - 1) * s + d * (k - 1) + 1 - m  # rows too many without p and q
    q = -surplus if surplus < 0 else surplus % 2
    return ((surplus + q) // 2, q)


@wrong("9.7a", "lets the padding become negative when rows are missing")
def _(n, m, k, s, d):
    surplus = (n - 1) * s + d * (k - 1) + 1 - m
    q = surplus % 2
    return (surplus + q) // 2, q


@wrong("9.7a", "forgets the dilation")
def _(n, m, k, s, d):
    for q in range(s):
        twice_p = (n - 1) * s + k + q - m
        if twice_p >= 0 and twice_p % 2 == 0:
            return twice_p // 2, q


@wrong("9.7a", "returns (q, p)")
def _(n, m, k, s, d):
    for q in range(s):
        twice_p = (n - 1) * s + d * (k - 1) + q + 1 - m
        if twice_p >= 0 and twice_p % 2 == 0:
            return q, twice_p // 2


@wrong("9.7a", "returns the pair with the largest q")
def _(n, m, k, s, d):
    for q in reversed(range(s)):
        twice_p = (n - 1) * s + d * (k - 1) + q + 1 - m
        if twice_p >= 0 and twice_p % 2 == 0:
            return twice_p // 2, q


@wrong("9.7a", "never uses an output padding and rounds p down")
def _(n, m, k, s, d):
    return max(0, (n - 1) * s + d * (k - 1) + 1 - m) // 2, 0


@wrong("9.7a", "counts the padding once instead of twice")
def _(n, m, k, s, d):
    for q in range(s):
        p = (n - 1) * s + d * (k - 1) + q + 1 - m
        if p >= 0:
            return p, q


# 9.7b


@right("9.7b")
def _(X, K):
    return torch.einsum("ncij,coab->noijab", X, K)


@right("9.7b")
def _(X, K):
    N, c_i, H, W = X.shape
    _, c_o, h, w = K.shape
    S = X.new_zeros(N, c_o, H, W, h, w)
    for c in range(c_i):
        S += X[:, c, None, :, :, None, None] * K[c, None, :, None, None]
    return S


@wrong("9.7b", "reads K as (c_o, c_i, h, w)")
def _(X, K):
    return torch.einsum("ncij,ocab->noijab", X, K)


@wrong("9.7b", "keeps the axis of the input channels")
def _(X, K):
    return torch.einsum("ncij,coab->ncoijab", X, K)


@wrong("9.7b", "puts the stamp's axes before the pixel's")
def _(X, K):
    return torch.einsum("ncij,coab->noabij", X, K)


@wrong("9.7b", "flips the kernel")
def _(X, K):
    return torch.einsum("ncij,coab->noijab", X, K.flip(2, 3))


@wrong("9.7b", "uses only the first input channel")
def _(X, K):
    return X[:, 0, None, :, :, None, None] * K[0, None, :, None, None]


@wrong("9.7b", "averages over the input channels instead of adding them up")
def _(X, K):
    return torch.einsum("ncij,coab->noijab", X, K) / X.shape[1]


# 9.7c


@right("9.7c")
def _(X, K, bias, stride, padding, output_padding, dilation):
    N, _, H, W = X.shape
    _, c_o, h, w = K.shape
    high, wide = dilation * (h - 1) + 1, dilation * (w - 1) + 1
    Y = X.new_zeros(N, c_o, (H - 1) * stride + high + output_padding, (W - 1) * stride + wide + output_padding)
    for i in range(H):
        for j in range(W):
            top, left = i * stride, j * stride
            stamp = torch.einsum("nc,coab->noab", X[:, :, i, j], K)
            Y[:, :, top : top + high : dilation, left : left + wide : dilation] += stamp
    Y = Y[:, :, padding : Y.shape[2] - padding, padding : Y.shape[3] - padding]
    return Y + bias.reshape(1, -1, 1, 1)


@right("9.7c")
def _(X, K, bias, stride, padding, output_padding, dilation):
    # an ordinary convolution over the stretched input
    N, c_i, H, W = X.shape
    stretched = X.new_zeros(N, c_i, (H - 1) * stride + 1, (W - 1) * stride + 1)
    stretched[:, :, ::stride, ::stride] = X
    up, left = (dilation * (size - 1) - padding for size in K.shape[2:])
    wide = F.pad(stretched, (left, left + output_padding, up, up + output_padding))
    return F.conv2d(wide, K.flip(2, 3).transpose(0, 1), bias, dilation=dilation)


def _placed(X, K, stride, dilation, extra=0, add=True):
    """All stamps on their canvas, before the padding is cut off."""
    (N, _, H, W), (_, c_o, h, w) = X.shape, K.shape
    high, wide = dilation * (h - 1) + 1, dilation * (w - 1) + 1
    Y = X.new_zeros(N, c_o, (H - 1) * stride + high + extra, (W - 1) * stride + wide + extra)
    stamps = torch.einsum("ncij,coab->noijab", X, K)
    for i in range(H):
        for j in range(W):
            rows = slice(i * stride, i * stride + high, dilation)
            columns = slice(j * stride, j * stride + wide, dilation)
            Y[:, :, rows, columns] = stamps[:, :, i, j] + (Y[:, :, rows, columns] if add else 0)
    return Y


@wrong("9.7c", "appends zeros after cutting off the padding")
def _(X, K, bias, stride, padding, output_padding, dilation):
    Y = _placed(X, K, stride, dilation)
    Y = Y[:, :, padding : Y.shape[2] - padding, padding : Y.shape[3] - padding]
    return F.pad(Y, (0, output_padding, 0, output_padding)) + bias[:, None, None]


@wrong("9.7c", "cuts off less at the end but never appends a row, even if output_padding exceeds padding")
def _(X, K, bias, stride, padding, output_padding, dilation):
    Y = _placed(X, K, stride, dilation)
    cut = padding - output_padding
    Y = Y[:, :, padding : Y.shape[2] - cut, padding : Y.shape[3] - cut]
    return Y + bias[:, None, None]


@wrong("9.7c", "forgets the bias")
def _(X, K, bias, stride, padding, output_padding, dilation):
    Y = _placed(X, K, stride, dilation, output_padding)
    return Y[:, :, padding : Y.shape[2] - padding, padding : Y.shape[3] - padding]


@wrong("9.7c", "lets a stamp overwrite the ones before it")
def _(X, K, bias, stride, padding, output_padding, dilation):
    Y = _placed(X, K, stride, dilation, output_padding, add=False)
    return Y[:, :, padding : Y.shape[2] - padding, padding : Y.shape[3] - padding] + bias[:, None, None]


@wrong("9.7c", "slides the kernel over the stretched input without flipping it")
def _(X, K, bias, stride, padding, output_padding, dilation):
    N, c_i, H, W = X.shape
    stretched = X.new_zeros(N, c_i, (H - 1) * stride + 1, (W - 1) * stride + 1)
    stretched[:, :, ::stride, ::stride] = X
    up, left = (dilation * (size - 1) - padding for size in K.shape[2:])
    wide = F.pad(stretched, (left, left + output_padding, up, up + output_padding))
    return F.conv2d(wide, K.transpose(0, 1), bias, dilation=dilation)


@wrong("9.7c", "ignores the dilation")
def _(X, K, bias, stride, padding, output_padding, dilation):
    Y = _placed(X, K, stride, 1, output_padding)
    return Y[:, :, padding : Y.shape[2] - padding, padding : Y.shape[3] - padding] + bias[:, None, None]


@wrong("9.7c", "cuts off the padding with a negative end, which leaves nothing if it's 0")
def _(X, K, bias, stride, padding, output_padding, dilation):
    Y = _placed(X, K, stride, dilation, output_padding)
    return Y[:, :, padding:-padding, padding:-padding] + bias[:, None, None]


# 9.8a


@right("9.8a")
def _(G, K, stride, padding):
    return F.conv2d(G, K, stride=stride, padding=padding)


@right("9.8a")
def _(G, K, stride, padding):
    h, w = K.shape[2:]
    padded = F.pad(G, (padding, padding, padding, padding))
    windows = padded.unfold(2, h, stride).unfold(3, w, stride)  # N, c_o, H, W, h, w
    return torch.einsum("noijab,coab->ncij", windows, K)


@wrong("9.8a", "swaps the first two axes of K")
def _(G, K, stride, padding):
    return F.conv2d(G, K.transpose(0, 1), stride=stride, padding=padding)


@wrong("9.8a", "rotates the kernel by half a turn")
def _(G, K, stride, padding):
    return F.conv2d(G, K.flip(2, 3), stride=stride, padding=padding)


@wrong("9.8a", "leaves out the padding")
def _(G, K, stride, padding):
    return F.conv2d(G, K, stride=stride)


@wrong("9.8a", "leaves out the stride")
def _(G, K, stride, padding):
    return F.conv2d(G, K, padding=padding)


@wrong("9.8a", "uses the stride as the dilation")
def _(G, K, stride, padding):
    return F.conv2d(G, K, padding=padding, dilation=stride)


@wrong("9.8a", "pads G by k - 1 - p, as in the forward pass")
def _(G, K, stride, padding):
    h, w = K.shape[2:]
    return F.conv2d(G, K, stride=stride, padding=(max(0, h - 1 - padding), max(0, w - 1 - padding)))


# 9.8b


@right("9.8b")
def _(X, G, size, stride, padding):
    h, w = size
    H, W = X.shape[2:]
    padded = F.pad(G, (padding,) * 4)
    dK = X.new_zeros(X.shape[1], G.shape[1], h, w)
    for a in range(h):
        for b in range(w):
            met = padded[:, :, a : a + (H - 1) * stride + 1 : stride, b : b + (W - 1) * stride + 1 : stride]
            dK[:, :, a, b] = torch.einsum("ncij,noij->co", X, met)
    return dK


@right("9.8b")
def _(X, G, size, stride, padding):
    # the images become the channels, and X, spread out, becomes the kernel
    result = F.conv2d(G.transpose(0, 1), X.transpose(0, 1), padding=padding, dilation=stride)
    return result.transpose(0, 1)[:, :, : size[0], : size[1]]


@wrong("9.8b", "doesn't cut the result to the kernel's size")
def _(X, G, size, stride, padding):
    return F.conv2d(G.transpose(0, 1), X.transpose(0, 1), padding=padding, dilation=stride).transpose(0, 1)


@wrong("9.8b", "returns the shape (c_o, c_i, h, w)")
def _(X, G, size, stride, padding):
    result = F.conv2d(G.transpose(0, 1), X.transpose(0, 1), padding=padding, dilation=stride)
    return result[:, :, : size[0], : size[1]]


@wrong("9.8b", "passes the stride as a stride instead of a dilation")
def _(X, G, size, stride, padding):
    result = F.conv2d(G.transpose(0, 1), X.transpose(0, 1), padding=padding, stride=stride)
    return result.transpose(0, 1)[:, :, : size[0], : size[1]]


@wrong("9.8b", "averages over the images instead of adding them up")
def _(X, G, size, stride, padding):
    result = F.conv2d(G.transpose(0, 1), X.transpose(0, 1), padding=padding, dilation=stride)
    return result.transpose(0, 1)[:, :, : size[0], : size[1]] / X.shape[0]


@wrong("9.8b", "flips the result")
def _(X, G, size, stride, padding):
    result = F.conv2d(G.transpose(0, 1), X.transpose(0, 1), padding=padding, dilation=stride)
    return result.transpose(0, 1)[:, :, : size[0], : size[1]].flip(2, 3)


@wrong("9.8b", "doesn't pad G, so every weight meets the wrong gradients")
def _(X, G, size, stride, padding):
    result = F.conv2d(G.transpose(0, 1), X.transpose(0, 1), dilation=stride)
    return result.transpose(0, 1)[:, :, : size[0], : size[1]]


# 9.8c


@right("9.8c")
def _(down, up, shape):
    generator = torch.Generator().manual_seed(3)
    for _ in range(5):
        X = torch.randn(shape, generator=generator, dtype=torch.float64)
        DX = down(X.clone()).double()
        Y = torch.randn(DX.shape, generator=generator, dtype=torch.float64)
        UY = up(Y.clone()).double()
        if UY.shape != X.shape:
            return False
        difference = (DX * Y).sum() - (X * UY).sum()
        scale = DX.norm() * Y.norm() + X.norm() * UY.norm()
        if difference.abs() > 1e-6 * scale:
            return False
    return True


@right("9.8c")
def _(down, up, shape):
    torch.manual_seed(0)
    for _ in range(4):
        X = torch.randn(*shape, dtype=torch.double)
        smaller = down(X)
        Y = torch.randn(*smaller.shape, dtype=torch.double)
        larger = up(Y)
        assert larger.shape == X.shape, "up returns another shape"
        one, two = smaller.double() * Y, X * larger.double()
        tolerance = 1e-5 * max(one.abs().sum().item(), two.abs().sum().item())
        assert abs((one.sum() - two.sum()).item()) <= tolerance, "not each other's transpose"
    return True


@wrong("9.8c", "fills X and Y with ones")
def _(down, up, shape):
    X = torch.ones(shape, dtype=torch.float64)
    DX = down(X).double()
    Y = torch.ones_like(DX)
    UY = up(Y).double()
    return UY.shape == X.shape and torch.isclose((DX * Y).sum(), (X * UY).sum(), rtol=1e-4).item()


@wrong("9.8c", "allows an absolute difference of 0.001 whatever the size of the products")
def _(down, up, shape):
    torch.manual_seed(0)
    X = torch.randn(shape, dtype=torch.float64)
    DX = down(X).double()
    Y = torch.randn_like(DX)
    UY = up(Y).double()
    return UY.shape == X.shape and bool(((DX * Y).sum() - (X * UY).sum()).abs() < 1e-3)


@wrong("9.8c", "asks for exactly equal products")
def _(down, up, shape):
    torch.manual_seed(0)
    X = torch.randn(shape, dtype=torch.float64)
    DX = down(X).double()
    Y = torch.randn_like(DX)
    UY = up(Y).double()
    return UY.shape == X.shape and bool((DX * Y).sum() == (X * UY).sum())


@wrong("9.8c", "tests whether up undoes down")
def _(down, up, shape):
    torch.manual_seed(0)
    X = torch.randn(shape, dtype=torch.float64)
    back = up(down(X)).double()
    return back.shape == X.shape and torch.allclose(back, X, atol=1e-4)


@wrong("9.8c", "gives Y the shape of X")
def _(down, up, shape):
    torch.manual_seed(0)
    X, Y = torch.randn(shape, dtype=torch.float64), torch.randn(shape, dtype=torch.float64)
    one, two = (down(X) * Y).sum(), (X * up(Y)).sum()
    return bool((one - two).abs() <= 1e-5 * one.abs())


@wrong("9.8c", "accepts a difference of a tenth of the norms' product")
def _(down, up, shape):
    torch.manual_seed(0)
    X = torch.randn(shape, dtype=torch.float64)
    DX = down(X).double()
    Y = torch.randn_like(DX)
    UY = up(Y).double()
    assert UY.shape == X.shape
    return bool(((DX * Y).sum() - (X * UY).sum()).abs() <= 0.1 * DX.norm() * Y.norm())
