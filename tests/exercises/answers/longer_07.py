"""Answers to the longer tasks of lesson 07, written from its page alone after its replies."""

import math
from fractions import Fraction
from functools import partial

import numpy as np
import torch
from torch.nn import functional as F

from tests.support.answers import right, wrong


@right("7.7a")
def _(K):
    U, S, Vh = torch.linalg.svd(K)
    return S[0] * U[:, 0], Vh[0]


@right("7.7a")
def _(kernel):
    u, s, vt = np.linalg.svd(kernel.numpy(), full_matrices=False)
    root = np.sqrt(s[0])
    return torch.from_numpy(root * u[:, 0]), torch.from_numpy(root * vt[0])


@right("7.7a")
def _(K):
    """The power method: alternating projections."""
    v = K[K.pow(2).sum(dim=1).argmax()].double().clone()
    for _ in range(2000):
        u = K.double() @ v
        v = K.double().T @ u
        v = v / v.norm()
    return (K.double() @ v).to(K.dtype), v.to(K.dtype)


@right("7.7a")
def _(K):
    _, vectors = torch.linalg.eigh(K.T @ K)
    v = vectors[:, -1]
    return K @ v, v


class BestPair:
    def __call__(self, K):
        U, S, V = torch.svd(K)
        return (-U[:, 0], -S[0] * V[:, 0])


right("7.7a", BestPair())


@wrong("7.7a", "forgets the singular value")
def _(K):
    U, S, Vh = torch.linalg.svd(K)
    return U[:, 0], Vh[0]


@wrong("7.7a", "the singular value is in both factors")
def _(K):
    U, S, Vh = torch.linalg.svd(K)
    return S[0] * U[:, 0], S[0] * Vh[0]


@wrong("7.7a", "the root of the singular value in one factor only")
def _(K):
    U, S, Vh = torch.linalg.svd(K)
    return S[0].sqrt() * U[:, 0], Vh[0]


@wrong("7.7a", "takes the first row of U for its first column")
def _(K):
    U, S, Vh = torch.linalg.svd(K)
    return S[0] * U[0], Vh[0]


@wrong("7.7a", "takes a column of Vh for the row")
def _(K):
    U, S, Vh = torch.linalg.svd(K)
    return S[0] * U[:, 0], Vh[:, 0]


@wrong("7.7a", "takes the smallest singular value")
def _(K):
    U, S, Vh = torch.linalg.svd(K, full_matrices=False)
    return S[-1] * U[:, -1], Vh[-1]


@wrong("7.7a", "row before column")
def _(K):
    U, S, Vh = torch.linalg.svd(K)
    return Vh[0], S[0] * U[:, 0]


@wrong("7.7a", "keeps two axes in both factors")
def _(K):
    U, S, Vh = torch.linalg.svd(K)
    return S[0] * U[:, :1], Vh[:1]


@wrong("7.7a", "multiplies the sums of the rows and columns, as for a kernel of rank 1")
def _(K):
    return K.sum(dim=1) / K.sum(), K.sum(dim=0)


@wrong("7.7a", "takes the middle column and row of the kernel")
def _(K):
    h, w = K.shape
    return K[:, w // 2] / K[h // 2, w // 2], K[h // 2]


@wrong("7.7a", "returns the product instead of the pair")
def _(K):
    U, S, Vh = torch.linalg.svd(K)
    return S[0] * torch.outer(U[:, 0], Vh[0])


@wrong("7.7a", "drops the signs")
def _(K):
    U, S, Vh = torch.linalg.svd(K)
    return S[0] * U[:, 0].abs(), Vh[0].abs()


@wrong("7.7a", "doesn't return anything")
def _(K):
    U, S, Vh = torch.linalg.svd(K)
    u, v = S[0] * U[:, 0], Vh[0]  # noqa: F841


@right("7.7b")
def _(K, r):
    S = torch.linalg.svdvals(K)
    return S[r:].norm() / S.norm()


@right("7.7b")
def _(kernel, terms):
    s = np.linalg.svd(kernel.numpy(), compute_uv=False).tolist()
    return math.hypot(*s[terms:]) / math.hypot(*s)


@right("7.7b")
def _(K, r):
    _, S, _ = torch.linalg.svd(K.double())
    total = left = 0.0
    for i, sigma in enumerate(S):
        total += float(sigma) ** 2
        if i >= r:
            left += float(sigma) ** 2
    return (left / total) ** 0.5


@right("7.7b")
def _(K, r):
    squares = torch.linalg.svd(K.double()).S.square()
    return np.sqrt(np.float64(squares[r:].sum() / squares.sum()))


@wrong("7.7b", "forgets the root")
def _(K, r):
    S = torch.linalg.svdvals(K)
    return (S[r:].pow(2).sum() / S.pow(2).sum()).item()


@wrong("7.7b", "adds the singular values without squaring them")
def _(K, r):
    S = torch.linalg.svdvals(K)
    return (S[r:].sum() / S.sum()).item()


@wrong("7.7b", "leaves out one term too many")
def _(K, r):
    S = torch.linalg.svdvals(K)
    return (S[r + 1 :].norm() / S.norm()).item()


@wrong("7.7b", "measures what the first r terms explain")
def _(K, r):
    S = torch.linalg.svdvals(K)
    return (S[:r].norm() / S.norm()).item()


@wrong("7.7b", "one minus the explained norm")
def _(K, r):
    S = torch.linalg.svdvals(K)
    return 1 - (S[:r].norm() / S.norm()).item()


@wrong("7.7b", "isn't divided by the norm of K")
def _(K, r):
    return torch.linalg.svdvals(K)[r:].norm().item()


@wrong("7.7b", "only the next singular value over the first")
def _(K, r):
    S = torch.linalg.svdvals(K)
    return (S[r] / S[0]).item()


@wrong("7.7b", "divides by the sum of K's values")
def _(K, r):
    return (torch.linalg.svdvals(K)[r:].norm() / K.sum()).item()


@wrong("7.7b", "divides by the sum of squares without its root")
def _(K, r):
    S = torch.linalg.svdvals(K)
    return (S[r:].norm() / S.pow(2).sum()).item()


@wrong("7.7b", "takes the last r values, which fails for r = 0")
def _(K, r):
    S = torch.linalg.svdvals(K)
    return (S[-r:].norm() / S.norm()).item()


@wrong("7.7b", "returns one value per singular value")
def _(K, r):
    S = torch.linalg.svdvals(K)
    return S[r:] / S.norm()


@wrong("7.7b", "uses the diagonal of K for the singular values")
def _(K, r):
    S = K.diagonal().abs().sort(descending=True).values
    return (S[r:].norm() / S.norm()).item()


right("7.7c", lambda h, w: (h * w - 1) // (h + w))


@right("7.7c")
def _(h, w):
    r = 0
    while (r + 1) * (h + w) < h * w:
        r += 1
    return r


@right("7.7c")
def _(rows, columns):
    return math.ceil(Fraction(rows * columns, rows + columns)) - 1


@right("7.7c")
def _(h, w):
    return np.int64(max(r for r in range(h * w) if r * h + r * w < h * w))


@wrong("7.7c", "as many multiply-adds also count as fewer")
def _(h, w):
    return h * w // (h + w)


@wrong("7.7c", "rounds up")
def _(h, w):
    return math.ceil(h * w / (h + w))


@wrong("7.7c", "isn't rounded at all")
def _(h, w):
    return h * w / (h + w)


@wrong("7.7c", "rounds to the nearest integer")
def _(h, w):
    return round(h * w / (h + w))


@wrong("7.7c", "the rank, the smaller side")
def _(h, w):
    return min(h, w)


@wrong("7.7c", "works only for square kernels")
def _(h, w):
    return (h * h - 1) // (2 * h)


@wrong("7.7c", "always returns at least one pair")
def _(h, w):
    return max(1, (h * w - 1) // (h + w))


@wrong("7.7c", "adds r to h + w instead of multiplying")
def _(h, w):
    return max(0, h * w - h - w - 1)


@wrong("7.7c", "turns the fraction over")
def _(h, w):
    return (h + w) // (h * w)


@wrong("7.7c", "one pair too few")
def _(h, w):
    return max(0, (h * w - 1) // (h + w) - 1)


@wrong("7.7c", "answers whether one pair pays")
def _(h, w):
    return h + w < h * w


@wrong("7.7c", "hard-coded to the 15×15 kernels")
def _(h, w):
    return 7


right("7.7d", (1, 2, 5))
right("7.7d", [1.0, 2.0, 5.0])
right("7.7d", torch.tensor([1, 2, 5]))
right("7.7d", np.array([1, 2, 5]))
wrong("7.7d", "takes the pairs for an exact disk", (1, 2, 6))
wrong("7.7d", "stops as soon as the next singular value is below a tenth of the first, one early", (1, 2, 4))
wrong("7.7d", "adds up squares without a root", (1, 2, 2))
wrong("7.7d", "one pair for the waves", (1, 1, 5))
wrong("7.7d", "counts from zero", (0, 1, 4))
wrong("7.7d", "answers with the most pairs that pay", (7, 7, 7))
wrong("7.7d", "disk before waves", (1, 5, 2))
wrong("7.7d", "one pair too many for each", (2, 3, 6))
wrong("7.7d", "guesses one, two, three", (1, 2, 3))
wrong("7.7d", "gives the relative errors of one pair", (0.0, 0.707, 0.325))
wrong("7.7d", "numerical rank of each kernel in float32", (1, 2, 15))
wrong("7.7d", "leaves the Gaussian out", (2, 5))

SIZES = {"n": 3, "c_i": 6, "c_o": 8, "groups": 2, "size": (19, 24), "kernel": (3, 2)}
right("7.8a", SIZES | {"stride": 3, "padding": 4, "dilation": 5})
right(
    "7.8a",
    dict(n=2, c_i=8, c_o=12, groups=4, size=(12, 15), kernel=(2, 3), stride=3, padding=5, dilation=2),
)
wrong(
    "7.8a",
    "a single image",
    dict(dilation=2, padding=3, stride=4, kernel=(2, 4), size=(20, 23), groups=5, c_o=15, c_i=10, n=1),
)
right(
    "7.8a",
    {"n": 2, "c_i": 6, "c_o": 9, "groups": 3, "size": [29, 37], "kernel": [3, 5]}
    | {"stride": 7, "padding": 5, "dilation": 2},
)
PLAIN = {"n": 1, "c_i": 1, "c_o": 1, "groups": 1, "size": (5, 5), "kernel": (3, 3)}
wrong("7.8a", "keeps the example", PLAIN | {"stride": 1, "padding": 0, "dilation": 1})
wrong("7.8a", "the stride stays 1", SIZES | {"stride": 1, "padding": 4, "dilation": 5})
wrong("7.8a", "no padding", SIZES | {"stride": 3, "padding": 0, "dilation": 5})
wrong("7.8a", "the dilation stays 1", SIZES | {"stride": 3, "padding": 4, "dilation": 1})
wrong("7.8a", "a single group", SIZES | {"groups": 1, "stride": 3, "padding": 4, "dilation": 5})
wrong("7.8a", "stride, padding, and dilation are all equal", SIZES | {"stride": 2, "padding": 2, "dilation": 2})
wrong(
    "7.8a",
    "square images and square kernels",
    SIZES | {"size": (20, 20), "kernel": (3, 3), "stride": 3, "padding": 4, "dilation": 5},
)
wrong(
    "7.8a",
    "the division by the stride leaves no rest",
    SIZES | {"size": (18, 22), "stride": 3, "padding": 4, "dilation": 5},
)
wrong(
    "7.8a",
    "1×1 kernels, so the dilation has no effect",
    SIZES | {"kernel": (1, 1), "stride": 3, "padding": 4, "dilation": 5},
)
wrong(
    "7.8a", "the channels can't be divided by the groups", SIZES | {"groups": 4, "stride": 3, "padding": 2, "dilation": 5}
)
wrong("7.8a", "an image larger than 50", SIZES | {"size": (61, 72), "stride": 3, "padding": 4, "dilation": 5})
wrong(
    "7.8a",
    "the kernel covers more than the padded image",
    SIZES | {"size": (4, 5), "stride": 3, "padding": 2, "dilation": 5},
)
wrong("7.8a", "only one window fits, without a rest", SIZES | {"size": (7, 2), "stride": 3, "padding": 2, "dilation": 5})
wrong("7.8a", "leaves out the dilation", SIZES | {"stride": 3, "padding": 4})


CALLS = [
    (1, 4, 6, (9, 11), (3, 2), 2, 1, 3, 2),
    (3, 6, 4, (8, 10), (2, 3), 3, 2, 1, 2),
    (2, 3, 3, (7, 6), (3, 3), 1, 0, 1, 3),
    (1, 1, 1, (5, 5), (3, 3), 1, 0, 1, 1),
    (2, 6, 9, (12, 14), (2, 3), 4, 3, 2, 3),
]


@right("7.8b")
def _(conv):
    for n, c_i, c_o, size, kernel, s, p, d, g in CALLS:
        for dtype in (torch.float32, torch.float64):
            X = torch.randn(n, c_i, *size, dtype=dtype)
            K = torch.randn(c_o, c_i // g, *kernel, dtype=dtype)
            X_before, K_before = X.clone(), K.clone()
            Y = conv(X, K, s, p, d, g)
            expected = F.conv2d(X_before, K_before, None, s, p, d, g)
            if Y.shape != expected.shape or not torch.allclose(Y.double(), expected.double(), atol=2e-4, rtol=1e-4):
                return False
            if not (torch.equal(X, X_before) and torch.equal(K, K_before)):
                return False
    return True


@right("7.8b")
def _(implementation):
    generator = torch.Generator().manual_seed(7)
    for i in range(12):
        g, s, p, d = 1 + i % 3, 1 + i % 4, i % 5, 1 + (i // 2) % 3
        X = torch.randn(1 + i % 2, 2 * g, 12 + i % 3, 15 - i % 2, generator=generator)
        K = torch.randn(3 * g, 2, 2 + i % 2, 3 - i % 3, generator=generator)
        copies = X.clone(), K.clone()
        Y = implementation(X, K, s, p, d, g)
        torch.testing.assert_close(Y, F.conv2d(*copies, None, s, p, d, g), atol=2e-4, rtol=1e-4, check_dtype=False)
        assert torch.equal(X, copies[0]), "X was changed"
        assert torch.equal(K, copies[1]), "K was changed"
    return True


def agrees(conv, X, K, s, p, d, g):
    X_np, K_np = X.numpy().copy(), K.numpy().copy()
    expected = F.conv2d(X, K, None, s, p, d, g).numpy()
    Y = conv(X, K, s, p, d, g).numpy()
    same = Y.shape == expected.shape and np.abs(Y - expected).max() < 3e-4
    return bool(same and (X.numpy() == X_np).all() and (K.numpy() == K_np).all())


@right("7.8b")
def _(conv):
    def call(n, sign, *settings):
        X = sign * torch.rand(n, 4, 12, 15) - 0.1 * sign
        return agrees(conv, X, torch.randn(6, 2, 3, 2), *settings, 2)

    tries = [call(n, sign, s, p, d) for n in (1, 4) for sign in (-1, 1) for s, p, d in [(1, 0, 1), (3, 2, 4), (2, 3, 1)]]
    return all(tries) and agrees(conv, torch.randn(2, 3, 6, 9), torch.randn(4, 3, 2, 3), 2, 1, 1, 1)


class Test:
    """Values that are the same in every run, and four channels on both sides."""

    def __call__(self, f):
        ok = []
        for n, (s, p, d, g) in [(1, (1, 0, 1, 1)), (2, (2, 3, 1, 2)), (1, (3, 1, 2, 2)), (3, (2, 1, 3, 1))]:
            X = torch.linspace(-2, 2, n * 4 * 9 * 12).sin().mul(3).reshape(n, 4, 9, 12).contiguous()
            K = torch.arange(4 * 4 // g * 6.0).mul(1.7).cos().reshape(4, 4 // g, 2, 3)
            x, k = X.clone(), K.clone()
            out, true = f(X, K, s, p, d, g), F.conv2d(x, k, None, s, p, d, g)
            ok += [out.shape == true.shape, bool((X == x).all()), bool((K == k).all())]
            ok += [ok[-3] and (out - true).abs().max().item() < 4e-4]
        return all(ok)


wrong("7.8b", "has as many output as input channels in every call", Test())


@wrong("7.8b", "accepts everything")
def _(conv):
    return True


@wrong("7.8b", "refuses everything")
def _(conv):
    return False


@wrong("7.8b", "compares only the shapes")
def _(conv):
    for n, c_i, c_o, size, kernel, s, p, d, g in CALLS:
        X, K = torch.randn(n, c_i, *size), torch.randn(c_o, c_i // g, *kernel)
        if conv(X, K, s, p, d, g).shape != F.conv2d(X, K, None, s, p, d, g).shape:
            return False
    return True


@wrong("7.8b", "a single call with the default settings")
def _(conv):
    X, K = torch.randn(1, 1, 5, 5), torch.randn(1, 1, 3, 3)
    return torch.allclose(conv(X.clone(), K.clone(), 1, 0, 1, 1), F.conv2d(X, K), atol=1e-4)


@wrong("7.8b", "asks for exactly equal values")
def _(conv):
    for n, c_i, c_o, size, kernel, s, p, d, g in CALLS:
        X, K = torch.randn(n, c_i, *size), torch.randn(c_o, c_i // g, *kernel)
        if not torch.equal(conv(X, K, s, p, d, g), F.conv2d(X, K, None, s, p, d, g)):
            return False
    return True


@wrong("7.8b", "asks for float64 results, which some right ones don't return")
def _(conv):
    for n, c_i, c_o, size, kernel, s, p, d, g in CALLS:
        X = torch.randn(n, c_i, *size, dtype=torch.float64)
        K = torch.randn(c_o, c_i // g, *kernel, dtype=torch.float64)
        x, k = X.clone(), K.clone()
        torch.testing.assert_close(conv(X, K, s, p, d, g), F.conv2d(x, k, None, s, p, d, g), atol=1e-4, rtol=1e-4)
        assert torch.equal(X, x) and torch.equal(K, k)
    return True


def weak(conv, make=torch.randn, n=None, atol=2e-4, untouched=True, changes=()):
    """Return whether a test with one hole accepts."""
    for n_here, c_i, c_o, size, kernel, *settings in CALLS:
        s, p, d, g = (b if i not in changes else a for i, (a, b) in enumerate(zip((1, 0, 1, 1), settings, strict=True)))
        X, K = make(n or n_here, c_i, *size), make(c_o, c_i // g, *kernel)
        x, k = X.clone(), K.clone()
        Y, expected = conv(X, K, s, p, d, g), F.conv2d(x, k, None, s, p, d, g)
        if Y.shape != expected.shape or (Y - expected).abs().max() > atol:
            return False
        if untouched and not (torch.equal(X, x) and torch.equal(K, k)):
            return False
    return True


wrong("7.8b", "the tolerance is far too large", partial(weak, atol=1.0))
wrong("7.8b", "doesn't look whether the arguments were changed", partial(weak, untouched=False))
wrong("7.8b", "has only positive pixels and weights", partial(weak, make=torch.rand))
wrong("7.8b", "always two images, never a single one", partial(weak, n=2))
wrong("7.8b", "always a single image", partial(weak, n=1))
wrong("7.8b", "never sets a stride", partial(weak, changes=(0,)))
wrong("7.8b", "never sets groups", partial(weak, changes=(3,)))


@wrong("7.8b", "compares the implementation with itself")
def _(conv):
    X, K = torch.randn(2, 4, 9, 11), torch.randn(6, 2, 3, 2)
    return torch.allclose(conv(X, K, 2, 1, 3, 2), conv(X.clone(), K.clone(), 2, 1, 3, 2))


@wrong("7.8b", "asserts everything but returns nothing")
def _(conv):
    assert weak(conv)


@wrong("7.8b", "catches the failed assertion and returns True all the same")
def _(conv):
    try:
        assert weak(conv)
    except (AssertionError, RuntimeError):
        print("faulty")
    return True


@wrong("7.8b", "compares only the sums of the outputs with a wide tolerance")
def _(conv):
    for n, c_i, c_o, size, kernel, s, p, d, g in CALLS:
        X, K = torch.ones(n, c_i, *size), torch.ones(c_o, c_i // g, *kernel)
        if abs(conv(X, K, s, p, d, g).sum() - F.conv2d(X, K, None, s, p, d, g).sum()) > 1:
            return False
    return True


@wrong("7.8b", "True for the faulty ones and False for the right ones")
def _(conv):
    try:
        return not weak(conv)
    except (AssertionError, RuntimeError, IndexError, ValueError, TypeError):
        return True
