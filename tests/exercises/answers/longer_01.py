"""Answers to the longer tasks of lesson 01, written from its page alone."""

import itertools
import math

import numpy as np
import torch
from numpy.lib.stride_tricks import sliding_window_view
from torch.nn import functional as F

from d2l_helpers import conv2d, corr2d
from tests.support.answers import right, wrong

# 1.6a: one pair that shows every fault
right(
    "1.6a",
    (torch.tensor([[1.3, -2.7, 0.6, 1.1], [2.2, 1.9, -1.4, 0.7]]), torch.tensor([[0.8, -1.7, 2.6], [1.1, 3.9, -0.4]])),
)
right("1.6a", ([[1.5, -2.5, 3.5, 0.5], [0.25, 4.5, -1.25, 2.75]], [[0.3, -0.7, 1.1], [2.3, 4.9, -1.7]]))
right(
    "1.6a",
    (
        [[0.31, -1.42, 2.53, 0.64], [1.75, 0.86, -0.97, 3.08], [-2.19, 1.21, 0.32, -0.43]],
        torch.tensor([[1.1, -2.2, 0.3], [0.4, 1.5, -3.7]], dtype=torch.float64),
    ),
)
right(
    "1.6a",
    [
        torch.tensor([[math.sin(3 * i + 2 * j + 1) * 2 for j in range(4)] for i in range(2)]),
        torch.tensor([[math.cos(5 * i - j + 0.5) + 0.1 for j in range(3)] for i in range(2)]),
    ],
)
wrong("1.6a", "the page's own pair of ones", (torch.ones(3, 3), torch.ones(2, 2)))
wrong("1.6a", "the pair from the first figure", (torch.arange(9.0).reshape(3, 3), torch.tensor([[0.0, 1.0], [2.0, 3.0]])))
wrong(
    "1.6a",
    "whole numbers only, so cutting off decimals changes nothing",
    ([[1, -2, 3, 0], [2, 5, -1, 4]], [[2, -1, 3], [1, 4, -2]]),
)
wrong(
    "1.6a",
    "positive numbers only, so no output is negative",
    (torch.tensor([[1.3, 2.7, 0.6, 3.1], [2.2, 1.9, 1.4, 0.7]]), torch.tensor([[0.8, 1.7, 2.6], [1.1, 3.9, 0.4]])),
)
wrong(
    "1.6a",
    "a square kernel in a square image",
    (
        [[1.3, -2.7, 0.6, 1.1], [2.2, 1.9, -1.4, 0.7], [0.4, 3.3, -2.6, 1.5], [-0.9, 0.8, 2.1, -3.2]],
        [[0.8, -1.7, 2.6], [1.1, 3.9, -0.4], [2.3, 0.6, -1.9]],
    ),
)
wrong(
    "1.6a",
    "a kernel with a single row, which can't be flipped along it",
    ([[1.3, -2.7, 0.6, 1.1], [2.2, 1.9, -1.4, 0.7]], [[0.8, -1.7, 2.6]]),
)
wrong(
    "1.6a",
    "higher than wide instead of wider than high",
    ([[1.3, -2.7], [0.6, 3.1], [2.2, 1.9], [-1.4, 0.7]], [[0.8, -1.7], [2.6, 1.1], [3.9, -0.4]]),
)
wrong(
    "1.6a",
    "the last weight is 0, so leaving it out doesn't show",
    ([[1.3, -2.7, 0.6, 1.1], [2.2, 1.9, -1.4, 0.7]], [[0.8, -1.7, 2.6], [1.1, 3.9, 0.0]]),
)
wrong(
    "1.6a",
    "the kernel first, then the image",
    ([[0.8, -1.7, 2.6], [1.1, 3.9, -0.4]], [[1.3, -2.7, 0.6, 1.1], [2.2, 1.9, -1.4, 0.7]]),
)
wrong(
    "1.6a",
    "five columns in the image",
    ([[1.3, -2.7, 0.6, 1.1, 0.4], [2.2, 1.9, -1.4, 0.7, -0.8]], [[0.8, -1.7, 2.6], [1.1, 3.9, -0.4]]),
)
wrong(
    "1.6a",
    "the columns of the kernel read the same in both directions",
    ([[1.3, -2.7, 0.6, 1.1], [2.2, 1.9, -1.4, 0.7]], [[0.8, -1.7, 0.8], [1.1, 3.9, 1.1]]),
)
wrong("1.6a", "a kernel of two rows and two columns", ([[1.3, -2.7, 0.6], [2.2, 1.9, -1.4]], [[0.8, -1.7], [1.1, 3.9]]))


# 1.6b: compare one version on one pair
@right("1.6b")
def _(version, X, K):
    x, k = X.clone(), K.clone()
    try:
        Y = version(x, k)
    except Exception:
        return False
    if not isinstance(Y, torch.Tensor) or not torch.equal(x, X) or not torch.equal(k, K):
        return False
    expected = corr2d(X, K).double()
    return Y.shape == expected.shape and torch.allclose(Y.double(), expected, rtol=0, atol=1e-3)


@right("1.6b")
def _(f, image, kernel):
    expected = corr2d(image, kernel)
    copies = [image.detach().clone(), kernel.detach().clone()]
    try:
        result = f(*copies)
        assert torch.is_tensor(result)
        torch.testing.assert_close(copies, [image, kernel], rtol=0, atol=0)
        torch.testing.assert_close(result, expected, check_dtype=False, rtol=1e-5, atol=1e-4)
    except Exception:
        return False
    return True


@right("1.6b")
def _(version, X, K):
    x, k = X.numpy().copy(), K.numpy().copy()
    windows = sliding_window_view(x, k.shape)
    expected = np.einsum("ijab,ab->ij", windows.astype(float), k.astype(float))
    X1, K1 = torch.tensor(x), torch.tensor(k)
    try:
        Y = version(X1, K1)
    except Exception:
        return False
    if type(Y) is not torch.Tensor or tuple(Y.shape) != expected.shape:
        return False
    close = np.abs(Y.detach().double().numpy() - expected).max() < 5e-4
    return bool(close and np.array_equal(X1.numpy(), x) and np.array_equal(K1.numpy(), k))


class _Judge:
    """Compares a version with corr2d, value by value."""

    def __init__(self, tolerance):
        self.tolerance = tolerance

    def __call__(self, version, X, K):
        mine = corr2d(X.double(), K.double()).tolist()
        X_there, K_there = X.clone(), K.clone()
        try:
            Y = version(X_there, K_there)
            if not isinstance(Y, torch.Tensor) or Y.dim() != 2:
                return False
            theirs = Y.tolist()
            if len(theirs) != len(mine) or len(theirs[0]) != len(mine[0]):
                return False
            pairs = zip(sum(theirs, []), sum(mine, []), strict=True)
            same = all(abs(a - b) < self.tolerance for a, b in pairs)
        except Exception:
            return False
        return same and X_there.tolist() == X.tolist() and K_there.tolist() == K.tolist()


right("1.6b", _Judge(1e-3))


@wrong("1.6b", "the tolerance is 0")
def _(version, X, K):
    x, k = X.clone(), K.clone()
    try:
        Y = version(x, k)
    except Exception:
        return False
    if not isinstance(Y, torch.Tensor) or not torch.equal(x, X) or not torch.equal(k, K):
        return False
    return torch.equal(Y, corr2d(X, K))


@wrong("1.6b", "the tolerance is 0.1, which lets differences of 0.01 pass")
def _(version, X, K):
    x, k = X.clone(), K.clone()
    try:
        Y = version(x, k)
    except Exception:
        return False
    if not isinstance(Y, torch.Tensor) or not torch.equal(x, X) or not torch.equal(k, K):
        return False
    expected = corr2d(X, K)
    return Y.shape == expected.shape and torch.allclose(Y.to(expected.dtype), expected, rtol=0, atol=0.1)


@wrong("1.6b", "compares the values with broadcasting and never the shapes")
def _(version, X, K):
    x, k = X.clone(), K.clone()
    try:
        Y = version(x, k)
        same = bool(((Y.double() - corr2d(X, K).double()).abs() < 1e-3).all())
    except Exception:
        return False
    return same and torch.equal(x, X) and torch.equal(k, K)


@wrong("1.6b", "an error of the version gets out")
def _(version, X, K):
    x, k = X.clone(), K.clone()
    Y = version(x, k)
    if not isinstance(Y, torch.Tensor) or not torch.equal(x, X) or not torch.equal(k, K):
        return False
    expected = corr2d(X, K).double()
    return Y.shape == expected.shape and torch.allclose(Y.double(), expected, rtol=0, atol=1e-3)


@wrong("1.6b", "hands over the originals and keeps the copies, so X and K may change")
def _(version, X, K):
    x, k = X.clone(), K.clone()
    try:
        Y = version(X, K)
    except Exception:
        return False
    if not isinstance(Y, torch.Tensor) or not torch.equal(x, X) or not torch.equal(k, K):
        return False
    expected = corr2d(x, k).double()
    return Y.shape == expected.shape and torch.allclose(Y.double(), expected, rtol=0, atol=1e-3)


@wrong("1.6b", "copies the inputs but never looks whether the copies changed")
def _(version, X, K):
    try:
        Y = version(X.clone(), K.clone())
    except Exception:
        return False
    expected = corr2d(X, K).double()
    return (
        isinstance(Y, torch.Tensor)
        and Y.shape == expected.shape
        and torch.allclose(Y.double(), expected, rtol=0, atol=1e-3)
    )


@wrong("1.6b", "looks at X afterward, but not at K")
def _(version, X, K):
    x = X.clone()
    try:
        Y = version(x, K.clone())
    except Exception:
        return False
    expected = corr2d(X, K).double()
    if not isinstance(Y, torch.Tensor) or Y.shape != expected.shape or not torch.equal(x, X):
        return False
    return torch.allclose(Y.double(), expected, rtol=0, atol=1e-3)


@wrong("1.6b", "demands the reference's dtype too")
def _(version, X, K):
    x, k = X.clone(), K.clone()
    try:
        Y = version(x, k)
        torch.testing.assert_close(Y, corr2d(X, K), rtol=0, atol=1e-3)
    except Exception:
        return False
    return torch.equal(x, X) and torch.equal(k, K)


@wrong("1.6b", "the difference has no abs, so outputs that are too small pass")
def _(version, X, K):
    x, k = X.clone(), K.clone()
    try:
        Y = version(x, k)
    except Exception:
        return False
    expected = corr2d(X, K).double()
    if not isinstance(Y, torch.Tensor) or Y.shape != expected.shape:
        return False
    return bool((Y.double() - expected).max() < 1e-3) and torch.equal(x, X) and torch.equal(k, K)


@wrong("1.6b", "turns whatever comes back into a tensor, so lists and arrays pass")
def _(version, X, K):
    x, k = X.clone(), K.clone()
    try:
        Y = torch.as_tensor(version(x, k)).double()
    except Exception:
        return False
    expected = corr2d(X, K).double()
    same = Y.shape == expected.shape and torch.allclose(Y, expected, rtol=0, atol=1e-3)
    return same and torch.equal(x, X) and torch.equal(k, K)


@wrong("1.6b", "True and False are mixed up")
def _(version, X, K):
    try:
        Y = version(X.clone(), K.clone())
        return not torch.allclose(Y.double(), corr2d(X, K).double(), atol=1e-3)
    except Exception:
        return True


@wrong("1.6b", "asserts, but returns nothing if all is well")
def _(version, X, K):
    x, k = X.clone(), K.clone()
    try:
        Y = version(x, k)
    except Exception:
        return False
    expected = corr2d(X, K).double()
    if not isinstance(Y, torch.Tensor) or Y.shape != expected.shape:
        return False
    if not torch.equal(x, X) or not torch.equal(k, K) or not torch.allclose(Y.double(), expected, rtol=0, atol=1e-3):
        return False


@wrong("1.6b", "compares the totals only")
def _(version, X, K):
    x, k = X.clone(), K.clone()
    try:
        Y = version(x, k)
    except Exception:
        return False
    expected = corr2d(X, K).double()
    if not isinstance(Y, torch.Tensor) or Y.shape != expected.shape or not torch.equal(x, X) or not torch.equal(k, K):
        return False
    return abs(Y.double().sum().item() - expected.sum().item()) < 1e-3


# 1.6c: a test of versions
def _same(version, X, K, tolerance=1e-3):
    x, k = X.clone(), K.clone()
    try:
        Y = version(x, k)
    except Exception:
        return False
    expected = corr2d(X.double(), K.double())
    if not isinstance(Y, torch.Tensor) or Y.shape != expected.shape:
        return False
    return torch.allclose(Y.double(), expected, rtol=0, atol=tolerance) and torch.equal(x, X) and torch.equal(k, K)


@right("1.6c")
def _(version):
    shapes = [((5, 7), (2, 3)), ((7, 5), (3, 2)), ((6, 6), (3, 3)), ((4, 4), (4, 4)), ((3, 5), (1, 1)), ((1, 6), (1, 3))]
    shapes += [((6, 1), (3, 1)), ((1, 1), (1, 1)), ((8, 9), (5, 4)), ((4, 9), (4, 2)), ((9, 4), (2, 4)), ((20, 24), (3, 5))]
    generator = torch.Generator().manual_seed(1)
    for dtype in (torch.float32, torch.float64):
        for x_shape, k_shape in shapes:
            for _ in range(2):
                X = 2 * torch.randn(x_shape, generator=generator, dtype=dtype)
                K = 2 * torch.randn(k_shape, generator=generator, dtype=dtype)
                if not _same(version, X, K):
                    return False
    return True


@right("1.6c")
def _(f):
    random = np.random.default_rng(5)
    kept = []
    for n, m in [*itertools.product((1, 2, 4), (1, 3, 5)), (11, 8)]:
        for h, w in 2 * [(1, 1), (n, m), ((n + 1) // 2, (m + 1) // 2), (max(n - 1, 1), min(m, 3))]:
            dtype = random.choice(["float32", "float64"])
            x, k = random.normal(0, 3, (n, m)).astype(dtype), random.normal(0, 3, (h, w)).astype(dtype)
            expected = np.einsum("ijab,ab->ij", sliding_window_view(x, (h, w)).astype(float), k.astype(float))
            X, K = torch.tensor(x), torch.tensor(k)
            try:
                Y = f(X, K)
            except Exception:
                return False
            if not torch.is_tensor(Y) or (X.numpy() != x).any() or (K.numpy() != k).any():
                return False
            kept.append((Y, expected))
    return all(tuple(Y.shape) == E.shape and bool(np.allclose(Y.numpy(), E, rtol=0, atol=5e-4)) for Y, E in kept)


@right("1.6c")
def _(version):
    generator = torch.Generator().manual_seed(7)
    outputs = []
    for n, m, h, w in [
        (4, 6, 2, 3),
        (6, 4, 3, 2),
        (5, 5, 5, 5),
        (5, 8, 1, 1),
        (3, 3, 2, 2),
        (9, 12, 4, 7),
        (2, 9, 2, 4),
    ] * 3:
        for dtype in (torch.float64, torch.float32):
            X = torch.randn(n, m, generator=generator).to(dtype) * 3
            K = torch.randn(h, w, generator=generator).to(dtype)
            X_before, K_before = X.clone(), K.clone()
            try:
                Y = version(X, K)
            except Exception:
                return False
            assert isinstance(Y, torch.Tensor)
            assert torch.equal(X, X_before) and torch.equal(K, K_before)
            outputs.append((Y, corr2d(X, K)))
            for got, expected in outputs[-3:]:
                assert got.shape == expected.shape
                torch.testing.assert_close(got, expected, check_dtype=False, rtol=1e-4, atol=1e-4)
    return True


def _pairs():
    generator = torch.Generator().manual_seed(11)
    for n in (1, 2, 4):
        for m in (1, 5):
            for h in sorted({1, 2, n} & set(range(1, n + 1))):
                for w in sorted({1, 3, m} & set(range(1, m + 1))):
                    X, K = torch.rand(n, m, generator=generator), torch.rand(h, w, generator=generator)
                    yield 4 * X - 2, 4 * K - 2
                    yield 2 - 4 * X, 4 * K - 2
                    yield 6 * X.double() - 3, 2 * K.double() - 1
    yield 3 * torch.randn(10, 13, generator=generator), torch.randn(6, 7, generator=generator)


right("1.6c", lambda version: all(_same(version, X, K, 5e-4) for X, K in _pairs()))


wrong("1.6c", "accepts everything", lambda version: True)
wrong("1.6c", "refuses everything", lambda version: False)


@wrong("1.6c", "looks at the shapes only")
def _(version):
    for n, m, h, w in [(5, 7, 2, 3), (7, 5, 3, 2), (4, 4, 4, 4), (3, 3, 1, 1)]:
        try:
            if version(torch.rand(n, m), torch.rand(h, w)).shape != (n - h + 1, m - w + 1):
                return False
        except Exception:
            return False
    return True


@wrong("1.6c", "tries images and kernels of ones only")
def _(version):
    return all(
        _same(version, torch.ones(n, m), torch.ones(h, w)) for n, m, h, w in [(3, 3, 2, 2), (5, 7, 2, 3), (6, 4, 3, 1)]
    )


@wrong("1.6c", "tries the page's first example and nothing else")
def _(version):
    X, K = torch.arange(9.0).reshape(3, 3), torch.tensor([[0.0, 1.0], [2.0, 3.0]])
    try:
        return torch.equal(version(X, K), torch.tensor([[19.0, 25.0], [37.0, 43.0]]))
    except Exception:
        return False


@wrong("1.6c", "tries square images and square kernels only")
def _(version):
    generator = torch.Generator().manual_seed(2)
    return all(
        _same(version, torch.randn(n, n, generator=generator), torch.randn(k, k, generator=generator))
        for n in range(1, 7)
        for k in range(1, n + 1)
    )


@wrong("1.6c", "draws positive numbers with torch.rand, so nothing negative comes out")
def _(version):
    generator = torch.Generator().manual_seed(3)
    shapes = [(5, 7, 2, 3), (7, 5, 3, 2), (4, 4, 4, 4), (3, 3, 1, 1), (1, 6, 1, 2)]
    return all(
        _same(version, torch.rand(n, m, generator=generator), torch.rand(h, w, generator=generator))
        for n, m, h, w in shapes
    )


@wrong("1.6c", "demands equality to the last digit on random decimals")
def _(version):
    generator = torch.Generator().manual_seed(4)
    for n, m, h, w in [(12, 17, 5, 4), (7, 5, 3, 2), (6, 6, 6, 6)] * 3:
        X, K = torch.randn(n, m, generator=generator), torch.randn(h, w, generator=generator)
        try:
            if not torch.equal(version(X.clone(), K.clone()), corr2d(X, K)):
                return False
        except Exception:
            return False
    return True


@wrong("1.6c", "never looks whether X and K were changed")
def _(version):
    generator = torch.Generator().manual_seed(6)
    for n, m, h, w in [(5, 7, 2, 3), (7, 5, 3, 2), (4, 4, 4, 4), (3, 3, 1, 1), (1, 6, 1, 2)] * 2:
        X, K = torch.randn(n, m, generator=generator), torch.randn(h, w, generator=generator)
        try:
            torch.testing.assert_close(version(X.clone(), K.clone()), corr2d(X, K), check_dtype=False, rtol=1e-4, atol=1e-4)
        except Exception:
            return False
    return True


@wrong("1.6c", "also tries a kernel larger than its image")
def _(version):
    generator = torch.Generator().manual_seed(8)
    shapes = [(5, 7, 2, 3), (7, 5, 3, 2), (3, 3, 4, 4)]
    for n, m, h, w in shapes:
        X, K = torch.randn(n, m, generator=generator), torch.randn(h, w, generator=generator)
        try:
            Y = version(X, K)
        except Exception:
            return False
        if h <= n and not torch.allclose(Y.double(), corr2d(X, K).double(), atol=1e-3):
            return False
    return True


@wrong("1.6c", "takes the true convolution as its reference")
def _(version):
    generator = torch.Generator().manual_seed(9)
    for n, m, h, w in [(5, 7, 2, 3), (7, 5, 3, 2), (4, 4, 2, 2)]:
        X, K = torch.randn(n, m, generator=generator), torch.randn(h, w, generator=generator)
        try:
            if not torch.allclose(version(X.clone(), K.clone()).double(), conv2d(X, K).double(), atol=1e-3):
                return False
        except Exception:
            return False
    return True


@wrong("1.6c", "returns after the first of its pairs")
def _(version):
    for X, K in _pairs():
        return _same(version, X, K)


@wrong("1.6c", "compares the version with itself")
def _(version):
    try:
        return all(torch.equal(version(X.clone(), K.clone()), version(X.clone(), K.clone())) for X, K in _pairs())
    except Exception:
        return False


@wrong("1.6c", "tests well, but forgets return True at the end")
def _(version):
    for X, K in _pairs():
        if not _same(version, X, K):
            return False


# 1.7a: center
right("1.7a", lambda X, T: corr2d(X, T - T.mean()))


@right("1.7a")
def _(X, T):
    windows = X.unfold(0, T.shape[0], 1).unfold(1, T.shape[1], 1)
    w = windows - windows.mean(dim=(2, 3), keepdim=True)
    return (w * (T - T.mean())).sum(dim=(-2, -1))


@right("1.7a")
def _(image, patch):
    h, w = patch.shape
    scores = torch.zeros(image.shape[0] - h + 1, image.shape[1] - w + 1)
    for i in range(scores.shape[0]):
        for j in range(scores.shape[1]):
            window = image[i : i + h, j : j + w]
            scores[i, j] = ((window - window.mean()) * (patch - patch.mean())).sum()
    return scores


@right("1.7a")
def _(X, T):
    means = corr2d(X, torch.ones_like(T)) / T.numel()
    return corr2d(X, T) - means * T.sum()


@right("1.7a")
def _(X, T):
    x, t = X.numpy(), T.numpy()
    return torch.from_numpy(np.einsum("ijab,ab->ij", sliding_window_view(x, t.shape), t - t.mean()))


@wrong("1.7a", "centers nothing")
def _(X, T):
    return corr2d(X, T)


@wrong("1.7a", "subtracts the mean of the whole image from the image and leaves the patch")
def _(X, T):
    return corr2d(X - X.mean(), T)


@wrong("1.7a", "subtracts the mean of the scores afterward")
def _(X, T):
    score = corr2d(X, T)
    return score - score.mean()


@wrong("1.7a", "subtracts the mean of each column of the patch")
def _(X, T):
    return corr2d(X, T - T.mean(dim=0))


@wrong("1.7a", "averages the products instead of adding them")
def _(X, T):
    windows = X.unfold(0, T.shape[0], 1).unfold(1, T.shape[1], 1)
    w = windows - windows.mean(dim=(2, 3), keepdim=True)
    return (w * (T - T.mean())).mean(dim=(2, 3))


@wrong("1.7a", "multiplies by the flipped patch")
def _(X, T):
    return conv2d(X, T - T.mean())


@wrong("1.7a", "centers the patch in place")
def _(X, T):
    T -= T.mean()
    return corr2d(X, T)


@wrong("1.7a", "subtracts the product of the means once, not once per value")
def _(X, T):
    means = corr2d(X, torch.ones_like(T)) / T.numel()
    return corr2d(X, T) - means * T.mean()


@wrong("1.7a", "subtracts from each row of a window the mean of that row")
def _(X, T):
    windows = X.unfold(0, T.shape[0], 1).unfold(1, T.shape[1], 1)
    w = windows - windows.mean(dim=3, keepdim=True)
    return (w * T).sum(dim=(2, 3))


@wrong("1.7a", "takes the median for the mean")
def _(X, T):
    return corr2d(X, T - T.median())


@wrong("1.7a", "divides the patch by its standard deviation as well")
def _(X, T):
    return corr2d(X, (T - T.mean()) / T.std())


@wrong("1.7a", "gives the best score only")
def _(X, T):
    return corr2d(X, T - T.mean()).max()


# 1.7b: normalize
@right("1.7b")
def _(X, T):
    t = T - T.mean()
    windows = X.unfold(0, T.shape[0], 1).unfold(1, T.shape[1], 1)
    w = windows - windows.mean(dim=(2, 3), keepdim=True)
    w_root, t_root = (w**2).sum(dim=(2, 3)).sqrt(), (t**2).sum().sqrt()
    score = (w * t).sum(dim=(2, 3)) / (w_root * t_root)
    return torch.where((w_root < 1e-9) | (t_root < 1e-9), 0.0, score)


@right("1.7b")
def _(image, patch):
    h, w = patch.shape
    t = patch - patch.mean()
    length = t.norm().item()
    result = torch.zeros(image.shape[0] - h + 1, image.shape[1] - w + 1)
    for i in range(result.shape[0]):
        for j in range(result.shape[1]):
            window = image[i : i + h, j : j + w]
            window = window - window.mean()
            if window.norm() >= 1e-9 and length >= 1e-9:
                result[i, j] = (window * t).sum() / (window.norm() * length)
    return result


@right("1.7b")
def _(X, T):
    x, t = X.double().numpy(), T.double().numpy()
    windows = sliding_window_view(x, t.shape).reshape(-1, t.size)
    windows = windows - windows.mean(axis=1, keepdims=True)
    t = t.ravel() - t.mean()
    lengths, length = np.linalg.norm(windows, axis=1), np.linalg.norm(t)
    ok = (lengths >= 1e-9) & (length >= 1e-9)
    score = np.zeros(len(windows))
    score[ok] = windows[ok] @ t / (lengths[ok] * length)
    return torch.tensor(score.reshape(X.shape[0] - T.shape[0] + 1, -1))


@right("1.7b")
def _(X, T):
    columns = F.unfold(X[None, None], tuple(T.shape))[0]
    columns = columns - columns.mean(dim=0)
    t = (T - T.mean()).flatten()
    roots = columns.norm(dim=0) * t.norm()
    fine = (columns.norm(dim=0) >= 1e-9) & (t.norm() >= 1e-9)
    score = (t @ columns).div(roots.where(fine, torch.ones_like(roots))) * fine
    return score.reshape(X.shape[0] - T.shape[0] + 1, X.shape[1] - T.shape[1] + 1)


class _Normalized:
    """Cosines of centered windows; a constant window becomes zeros first."""

    def __init__(self, tiny=1e-9):
        self.tiny = tiny

    def unit(self, values):
        values = values - values.mean(dim=(-2, -1), keepdim=True)
        root = values.square().sum(dim=(-2, -1), keepdim=True).sqrt()
        return torch.zeros_like(values).where(root < self.tiny, values / root)

    def __call__(self, X, T):
        windows = X.unfold(0, T.shape[0], 1).unfold(1, T.shape[1], 1)
        return torch.einsum("ijab,ab->ij", self.unit(windows), self.unit(T))


right("1.7b", _Normalized())


@wrong("1.7b", "constant windows and patches give nan")
def _(X, T):
    t = T - T.mean()
    windows = X.unfold(0, T.shape[0], 1).unfold(1, T.shape[1], 1)
    w = windows - windows.mean(dim=(2, 3), keepdim=True)
    return (w * t).sum(dim=(2, 3)) / ((w**2).sum(dim=(2, 3)).sqrt() * (t**2).sum().sqrt())


@wrong("1.7b", "replaces nan only, so constant values that rounding leaves not quite constant get a score")
def _(X, T):
    t = T - T.mean()
    windows = X.unfold(0, T.shape[0], 1).unfold(1, T.shape[1], 1)
    w = windows - windows.mean(dim=(2, 3), keepdim=True)
    return ((w * t).sum(dim=(2, 3)) / ((w**2).sum(dim=(2, 3)).sqrt() * (t**2).sum().sqrt())).nan_to_num(0.0)


@wrong("1.7b", "computes the lengths as differences of two sums, which rounding keeps above 1e-9 for constant values")
def _(X, T):
    n, ones = T.numel(), torch.ones_like(T)
    w2, t2 = corr2d(X**2, ones) - corr2d(X, ones) ** 2 / n, (T**2).sum() - T.sum() ** 2 / n
    w_root, t_root = w2.clamp(min=0).sqrt(), t2.clamp(min=0).sqrt()
    score = corr2d(X, T - T.mean()) / (w_root * t_root)
    return torch.where((w_root < 1e-9) | (t_root < 1e-9), 0.0, score)


@wrong("1.7b", "divides by the sums of squares without the roots")
def _(X, T):
    t = T - T.mean()
    windows = X.unfold(0, T.shape[0], 1).unfold(1, T.shape[1], 1)
    w = windows - windows.mean(dim=(2, 3), keepdim=True)
    w2, t2 = (w**2).sum(dim=(2, 3)), (t**2).sum()
    return torch.where((w2.sqrt() < 1e-9) | (t2.sqrt() < 1e-9), 0.0, (w * t).sum(dim=(2, 3)) / (w2 * t2))


@wrong("1.7b", "divides by the length of the window, but not by that of the patch")
def _(X, T):
    t = T - T.mean()
    windows = X.unfold(0, T.shape[0], 1).unfold(1, T.shape[1], 1)
    w = windows - windows.mean(dim=(2, 3), keepdim=True)
    w_root = w.norm(dim=(2, 3))
    return torch.where(w_root < 1e-9, 0.0, (w * t).sum(dim=(2, 3)) / w_root)


@wrong("1.7b", "takes the lengths before centering")
def _(X, T):
    windows = X.unfold(0, T.shape[0], 1).unfold(1, T.shape[1], 1)
    w_root, t_root = (windows**2).sum(dim=(2, 3)).sqrt(), (T**2).sum().sqrt()
    return torch.where((w_root < 1e-9) | (t_root < 1e-9), 0.0, corr2d(X, T - T.mean()) / (w_root * t_root))


@wrong("1.7b", "subtracts the image's mean instead of each window's")
def _(X, T):
    t = T - T.mean()
    windows = (X - X.mean()).unfold(0, T.shape[0], 1).unfold(1, T.shape[1], 1)
    w_root, t_root = (windows**2).sum(dim=(2, 3)).sqrt(), (t**2).sum().sqrt()
    return torch.where((w_root < 1e-9) | (t_root < 1e-9), 0.0, (windows * t).sum(dim=(2, 3)) / (w_root * t_root))


@wrong("1.7b", "divides by standard deviations, which leaves the number of values in the score")
def _(X, T):
    windows = X.unfold(0, T.shape[0], 1).unfold(1, T.shape[1], 1)
    w = windows - windows.mean(dim=(2, 3), keepdim=True)
    w_std, t_std = windows.std(dim=(2, 3)), T.std()
    return torch.where((w_std < 1e-9) | (t_std < 1e-9), 0.0, (w * (T - T.mean())).sum(dim=(2, 3)) / (w_std * t_std))


@wrong("1.7b", "returns zeros everywhere as soon as one window is constant")
def _(X, T):
    t = T - T.mean()
    windows = X.unfold(0, T.shape[0], 1).unfold(1, T.shape[1], 1)
    w = windows - windows.mean(dim=(2, 3), keepdim=True)
    roots = (w**2).sum(dim=(2, 3)).sqrt() * (t**2).sum().sqrt()
    if (roots < 1e-9).any():
        return torch.zeros_like(roots)
    return (w * t).sum(dim=(2, 3)) / roots


@wrong("1.7b", "guards against constant windows but not against a constant patch")
def _(X, T):
    t = T - T.mean()
    windows = X.unfold(0, T.shape[0], 1).unfold(1, T.shape[1], 1)
    w = windows - windows.mean(dim=(2, 3), keepdim=True)
    w_root, t_root = (w**2).sum(dim=(2, 3)).sqrt(), (t**2).sum().sqrt()
    return torch.where(w_root < 1e-9, 0.0, (w * t).sum(dim=(2, 3)) / w_root) / t_root


@wrong("1.7b", "gives constant windows the score 1")
def _(X, T):
    t = T - T.mean()
    windows = X.unfold(0, T.shape[0], 1).unfold(1, T.shape[1], 1)
    w = windows - windows.mean(dim=(2, 3), keepdim=True)
    w_root, t_root = (w**2).sum(dim=(2, 3)).sqrt(), (t**2).sum().sqrt()
    return torch.where((w_root < 1e-9) | (t_root < 1e-9), 1.0, (w * t).sum(dim=(2, 3)) / (w_root * t_root))


@wrong("1.7b", "turns negative scores into 0")
def _(X, T):
    t = T - T.mean()
    windows = X.unfold(0, T.shape[0], 1).unfold(1, T.shape[1], 1)
    w = windows - windows.mean(dim=(2, 3), keepdim=True)
    w_root, t_root = (w**2).sum(dim=(2, 3)).sqrt(), (t**2).sum().sqrt()
    return torch.where((w_root < 1e-9) | (t_root < 1e-9), 0.0, (w * t).sum(dim=(2, 3)) / (w_root * t_root)).clamp(0, 1)


@wrong("1.7b", "adds 1 to the denominator against division by zero")
def _(X, T):
    t = T - T.mean()
    windows = X.unfold(0, T.shape[0], 1).unfold(1, T.shape[1], 1)
    w = windows - windows.mean(dim=(2, 3), keepdim=True)
    return (w * t).sum(dim=(2, 3)) / (w.norm(dim=(2, 3)) * t.norm() + 1)


@wrong("1.7b", "divides by the largest score instead of the lengths")
def _(X, T):
    score = corr2d(X, T - T.mean())
    largest = score.abs().max()
    return score / largest if largest > 1e-9 else score * 0


@wrong("1.7b", "the root of the window is taken over all windows")
def _(X, T):
    t = T - T.mean()
    windows = X.unfold(0, T.shape[0], 1).unfold(1, T.shape[1], 1)
    w = windows - windows.mean(dim=(2, 3), keepdim=True)
    roots = w.norm() * t.norm()
    return (w * t).sum(dim=(2, 3)) / roots if roots > 1e-9 else torch.zeros(w.shape[:2])


# 1.7c: find
def _ncc(X, T):
    X, t = X.double(), T.double() - T.double().mean()
    windows = X.unfold(0, T.shape[0], 1).unfold(1, T.shape[1], 1)
    w = windows - windows.mean(dim=(2, 3), keepdim=True)
    w_root, t_root = w.norm(dim=(2, 3)), t.norm()
    return torch.where((w_root < 1e-9) | (t_root < 1e-9), 0.0, (w * t).sum(dim=(2, 3)) / (w_root * t_root))


@right("1.7c")
def _(X, T):
    score = _ncc(X, T)
    return divmod(int(score.argmax()), score.shape[1])


@right("1.7c")
def _(image, patch):
    score = _ncc(image, patch).numpy()
    return np.unravel_index(score.argmax(), score.shape)


@right("1.7c")
def _(X, T):
    score = _ncc(X, T)
    best, place = -2.0, None
    for i, row in enumerate(score.tolist()):
        for j, value in enumerate(row):
            if value > best:
                best, place = value, (i, j)
    return place


@right("1.7c")
def _(X, T):
    # The smallest distance between windows and patch, both brought to mean 0 and length 1
    columns = F.unfold(X.double()[None, None], tuple(T.shape))[0]
    columns = columns - columns.mean(dim=0)
    columns = columns / columns.norm(dim=0).clamp(min=1e-9)
    t = T.double().flatten() - T.double().mean()
    distances = ((columns - (t / t.norm())[:, None]) ** 2).sum(dim=0)
    width = X.shape[1] - T.shape[1] + 1
    index = distances.argmin()
    return index // width, index % width


@right("1.7c")
def _(X, T):
    return [int(i) for i in (_ncc(X, T) == _ncc(X, T).max()).nonzero()[0]]


@wrong("1.7c", "takes the largest plain cross-correlation")
def _(X, T):
    score = corr2d(X, T)
    return divmod(int(score.argmax()), score.shape[1])


@wrong("1.7c", "centers the patch but doesn't normalize")
def _(X, T):
    score = corr2d(X, T - T.mean())
    return divmod(int(score.argmax()), score.shape[1])


@wrong("1.7c", "gives the column first")
def _(X, T):
    score = _ncc(X, T)
    row, column = divmod(int(score.argmax()), score.shape[1])
    return column, row


@wrong("1.7c", "gives the flat index")
def _(X, T):
    return _ncc(X, T).argmax().item()


@wrong("1.7c", "divides the flat index by the image's width instead of the score's")
def _(X, T):
    return divmod(int(_ncc(X, T).argmax()), X.shape[1])


@wrong("1.7c", "divides the flat index by the number of rows")
def _(X, T):
    score = _ncc(X, T)
    return divmod(int(score.argmax()), score.shape[0])


@wrong("1.7c", "takes the window that resembles the patch least")
def _(X, T):
    score = _ncc(X, T)
    return divmod(int(score.argmin()), score.shape[1])


@wrong("1.7c", "gives the center of the window")
def _(X, T):
    score = _ncc(X, T)
    row, column = divmod(int(score.argmax()), score.shape[1])
    return row + T.shape[0] // 2, column + T.shape[1] // 2


@wrong("1.7c", "takes the smallest squared difference of the raw values")
def _(X, T):
    windows = X.unfold(0, T.shape[0], 1).unfold(1, T.shape[1], 1)
    score = ((windows - T) ** 2).sum(dim=(2, 3))
    return divmod(int(score.argmin()), score.shape[1])


@wrong("1.7c", "the page's place, written down")
def _(X, T):
    return 50, 40


@wrong("1.7c", "takes the first score closest to 0")
def _(X, T):
    score = _ncc(X, T).abs()
    return divmod(int(score.argmin()), score.shape[1])


@wrong("1.7c", "counts rows and columns from 1")
def _(X, T):
    score = _ncc(X, T)
    row, column = divmod(int(score.argmax()), score.shape[1])
    return row + 1, column + 1


@wrong("1.7c", "looks for the flipped patch")
def _(X, T):
    score = _ncc(X, T.flip(0, 1))
    return divmod(int(score.argmax()), score.shape[1])
