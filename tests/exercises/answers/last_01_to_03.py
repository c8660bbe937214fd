"""Answers to the longer tasks of lessons 01 to 03."""

import itertools
import math
import statistics

import torch
from torch.nn import functional as F

from d2l_helpers import conv2d, corr2d
from tests.support.answers import right, wrong

# 1.6a

right(
    "1.6a",
    (
        [[0.5, -1.0, 2.0, 3.0], [1.0, 4.0, -2.0, 0.3], [-3.0, 2.0, 1.0, 5.0]],
        [[1.0, -2.0, 0.5], [3.0, -1.5, 2.0]],
    ),
)

right(
    "1.6a",
    (
        torch.tensor([[1.3, -0.7, 2.2, 0.4], [-1.6, 0.9, 3.1, -2.5]]),
        torch.tensor([[0.6, 1.1, -2.3], [-0.8, 1.7, 2.9]]),
    ),
)

wrong(
    "1.6a",
    "takes the lesson's pair: whole numbers, all positive, a square 2×2 kernel",
    (
        torch.tensor([[0.0, 1.0, 2.0], [3.0, 4.0, 5.0], [6.0, 7.0, 8.0]]),
        torch.tensor([[0.0, 1.0], [2.0, 3.0]]),
    ),
)

wrong(
    "1.6a",
    "has a wide kernel, but the image is square, so its last columns are never cut",
    (
        [[0.5, -1.0, 2.0, 3.0], [1.0, 4.0, -2.0, 0.3], [-3.0, 2.0, 1.0, 5.0], [0.7, -0.2, 6.0, -4.0]],
        [[1.0, -2.0, 0.5], [3.0, -1.5, 2.0]],
    ),
)

wrong(
    "1.6a",
    "uses only positive decimals, so no output is negative",
    (
        torch.tensor([[0.1, 0.7, 0.3, 0.9], [0.4, 0.2, 0.8, 0.6], [0.5, 1.3, 1.1, 0.2]]),
        torch.tensor([[0.3, 0.1, 0.6], [0.8, 0.5, 0.7]]),
    ),
)

wrong(
    "1.6a",
    "gives the kernel a single row, so a flip from top to bottom doesn't show",
    (
        [[0.5, -1.0, 2.0, 3.0], [1.0, 4.0, -2.0, 0.3], [-3.0, 2.0, 1.0, 5.0]],
        [[1.0, -2.0, 0.5]],
    ),
)


# 1.6b


@right("1.6b")
def _(version, X, K):
    expected = corr2d(X, K)
    X_copy, K_copy = X.clone(), K.clone()
    try:
        Y = version(X_copy, K_copy)
    except Exception:
        return False
    if not isinstance(Y, torch.Tensor):
        return False
    if Y.shape != expected.shape:
        return False
    if not torch.equal(X_copy, X) or not torch.equal(K_copy, K):
        return False
    return bool((Y.double() - expected.double()).abs().max() < 1e-3)


@right("1.6b")
def _(version, X, K):
    given = [X.clone(), K.clone()]
    try:
        Y = version(*given)
        assert torch.is_tensor(Y)
        assert torch.equal(given[0], X)
        assert torch.equal(given[1], K)
        torch.testing.assert_close(Y, corr2d(X, K), rtol=0, atol=1e-4, check_dtype=False)
    except Exception:
        return False
    return True


@wrong("1.6b", "compares with torch.equal, so rounding counts as a fault")
def _(version, X, K):
    A, B = X.clone(), K.clone()
    try:
        Y = version(A, B)
        same = torch.equal(Y, corr2d(X, K))
    except Exception:
        return False
    return same and torch.equal(A, X) and torch.equal(B, K)


@wrong("1.6b", "doesn't compare the shapes, so a shape that broadcasts gets through")
def _(version, X, K):
    A, B = X.clone(), K.clone()
    try:
        Y = version(A, B)
        close = bool((Y - corr2d(X, K)).abs().max() < 1e-3)
    except Exception:
        return False
    return isinstance(Y, torch.Tensor) and close and torch.equal(A, X) and torch.equal(B, K)


@wrong("1.6b", "hands over X and K themselves and only compares them with copies afterward")
def _(version, X, K):
    X_before, K_before = X.clone(), K.clone()
    expected = corr2d(X, K)
    try:
        Y = version(X, K)
    except Exception:
        return False
    if not isinstance(Y, torch.Tensor) or Y.shape != expected.shape:
        return False
    if not torch.equal(X, X_before) or not torch.equal(K, K_before):
        return False
    return bool((Y.double() - expected.double()).abs().max() < 1e-3)


@wrong("1.6b", "converts the result to a tensor first, so it accepts a list")
def _(version, X, K):
    A, B = X.clone(), K.clone()
    expected = corr2d(X, K).double()
    try:
        Y = torch.as_tensor(version(A, B)).double()
    except Exception:
        return False
    if Y.shape != expected.shape or not torch.equal(A, X) or not torch.equal(B, K):
        return False
    return torch.allclose(Y, expected, rtol=0, atol=1e-3)


# 1.6c


def _fine(version, X, K):
    A, B = X.clone(), K.clone()
    expected = corr2d(X, K).double()
    try:
        Y = version(A, B)
    except Exception:
        return False
    if not isinstance(Y, torch.Tensor) or Y.shape != expected.shape:
        return False
    if not torch.equal(A, X) or not torch.equal(B, K):
        return False
    return bool((Y.double() - expected).abs().max() <= 1e-3)


@right("1.6c")
def _(version):
    shapes = [
        ((1, 1), (1, 1)),
        ((3, 3), (2, 2)),
        ((5, 5), (3, 3)),
        ((4, 7), (2, 3)),
        ((7, 4), (3, 2)),
        ((4, 7), (3, 2)),
        ((6, 8), (1, 1)),
        ((3, 5), (3, 5)),
        ((5, 3), (5, 3)),
        ((6, 6), (1, 4)),
        ((6, 6), (4, 1)),
        ((1, 9), (1, 3)),
        ((9, 1), (3, 1)),
        ((6, 9), (6, 2)),
        ((6, 9), (2, 9)),
        ((12, 15), (5, 7)),
        ((20, 13), (9, 6)),
    ]
    generator = torch.Generator().manual_seed(1)
    for dtype in (torch.float32, torch.float64):
        for image, kernel in shapes:
            for _ in range(3):
                X = torch.randn(image, generator=generator, dtype=dtype)
                K = torch.randn(kernel, generator=generator, dtype=dtype)
                if not _fine(version, X, K):
                    return False
    return True


@right("1.6c")
def _(version):
    # every size up to 4×5, and the results of earlier calls must stay as they are
    earlier = []
    for n, m in itertools.product(range(1, 5), range(1, 6)):
        for h, w in itertools.product(range(1, n + 1), range(1, m + 1)):
            for dtype in (torch.float32, torch.float64):
                for _ in range(2):
                    X = 4 * torch.rand(n, m, dtype=dtype) - 2
                    K = 4 * torch.rand(h, w, dtype=dtype) - 2
                    x, k = X.clone(), K.clone()
                    Y = version(x, k)
                    assert torch.is_tensor(Y)
                    assert torch.equal(x, X) and torch.equal(k, K)
                    earlier.append((Y, corr2d(X, K)))
                    torch.testing.assert_close(*earlier[-1], rtol=0, atol=1e-4, check_dtype=False)
    for X, K in ((torch.randn(30, 20), torch.randn(8, 6)), (torch.randn(17, 31), torch.randn(5, 11))):
        x, k = X.clone(), K.clone()
        torch.testing.assert_close(version(x, k), corr2d(X, K), rtol=0, atol=1e-3, check_dtype=False)
        assert torch.equal(x, X) and torch.equal(k, K)
    for Y, expected in earlier:
        torch.testing.assert_close(Y, expected, rtol=0, atol=1e-4, check_dtype=False)
    return True


@wrong("1.6c", "tries only the 3×3 image and 2×2 kernel computed by hand")
def _(version):
    X = torch.arange(9.0).reshape(3, 3)
    K = torch.arange(4.0).reshape(2, 2)
    return _fine(version, X, K)


@wrong("1.6c", "tries many random pairs, but all of them square and positive")
def _(version):
    return all(_fine(version, torch.rand(6, 6), torch.rand(3, 3)) for _ in range(50))


@wrong("1.6c", "demands exactly the same values as corr2d")
def _(version):
    for shape, size in (((6, 8), (2, 3)), ((8, 5), (3, 2)), ((7, 7), (7, 7)), ((10, 12), (5, 4))):
        for _ in range(5):
            X, K = torch.randn(shape), torch.randn(size)
            A, B = X.clone(), K.clone()
            if not torch.equal(version(A, B), corr2d(X, K)):
                return False
            if not torch.equal(A, X) or not torch.equal(B, K):
                return False
    return True


@wrong("1.6c", "gives the version copies and never looks at whether they were changed")
def _(version):
    for n, m in itertools.product(range(1, 6), range(1, 6)):
        for h, w in itertools.product(range(1, n + 1), range(1, m + 1)):
            X, K = torch.randn(n, m), torch.randn(h, w)
            try:
                Y = version(X.clone(), K.clone())
            except Exception:
                return False
            expected = corr2d(X, K)
            if not torch.is_tensor(Y) or Y.shape != expected.shape:
                return False
            if not torch.allclose(Y.float(), expected, atol=1e-3):
                return False
    return True


# 1.7a


@right("1.7a")
def _(X, T):
    # the centered patch adds up to 0, so the window's mean makes no difference
    return corr2d(X, T - T.mean())


@right("1.7a")
def _(X, T):
    h, w = T.shape
    scores = torch.zeros(X.shape[0] - h + 1, X.shape[1] - w + 1, dtype=X.dtype)
    t = T - T.mean()
    for i in range(scores.shape[0]):
        for j in range(scores.shape[1]):
            window = X[i : i + h, j : j + w]
            scores[i, j] = ((window - window.mean()) * t).sum()
    return scores


@wrong("1.7a", "subtracts the mean of the whole image and leaves the patch as it is")
def _(X, T):
    return corr2d(X - X.mean(), T)


@wrong("1.7a", "takes the mean of the products instead of their sum")
def _(X, T):
    windows = X.unfold(0, T.shape[0], 1).unfold(1, T.shape[1], 1)
    windows = windows - windows.mean(dim=(2, 3), keepdim=True)
    return (windows * (T - T.mean())).mean(dim=(2, 3))


@wrong("1.7a", "subtracts the product of the two means once instead of once per value")
def _(X, T):
    window_means = corr2d(X, torch.ones_like(T) / T.numel())
    return corr2d(X, T) - window_means * T.mean()


@wrong("1.7a", "centers each column of the patch with its own mean")
def _(X, T):
    return corr2d(X, T - T.mean(dim=0))


# 1.7b


@right("1.7b")
def _(X, T):
    h, w = T.shape
    windows = X.unfold(0, h, 1).unfold(1, w, 1)
    windows = windows - windows.mean(dim=(2, 3), keepdim=True)
    t = T - T.mean()
    root_w = (windows**2).sum(dim=(2, 3)).sqrt()
    root_t = (t**2).sum().sqrt()
    scores = (windows * t).sum(dim=(2, 3)) / (root_w * root_t)
    usable = (root_w >= 1e-9) & (root_t >= 1e-9)
    return torch.where(usable, scores, torch.zeros_like(scores))


@right("1.7b")
def _(X, T):
    h, w = T.shape
    Y = torch.zeros(X.shape[0] - h + 1, X.shape[1] - w + 1, dtype=torch.float64)
    t = T - T.mean()
    t_norm = t.norm()
    if t_norm < 1e-9:
        return Y
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            v = X[i : i + h, j : j + w]
            v = v - v.mean()
            v_norm = v.norm()
            if v_norm >= 1e-9:
                Y[i, j] = (v * t).sum() / v_norm / t_norm
    return Y


@wrong("1.7b", "divides by the roots of the values before centering")
def _(X, T):
    top = corr2d(X, T - T.mean())
    bottom = corr2d(X**2, torch.ones_like(T)).sqrt() * (T**2).sum().sqrt()
    return torch.where(bottom < 1e-9, torch.zeros_like(top), top / bottom)


@wrong("1.7b", "leaves nan where the window or the patch is constant")
def _(X, T):
    windows = X.unfold(0, T.shape[0], 1).unfold(1, T.shape[1], 1)
    windows = windows - windows.mean(dim=(2, 3), keepdim=True)
    t = T - T.mean()
    return (windows * t).sum(dim=(2, 3)) / ((windows**2).sum(dim=(2, 3)).sqrt() * t.norm())


@wrong("1.7b", "forgets the square roots")
def _(X, T):
    windows = X.unfold(0, T.shape[0], 1).unfold(1, T.shape[1], 1)
    windows = windows - windows.mean(dim=(2, 3), keepdim=True)
    t = T - T.mean()
    a, b = (windows**2).sum(dim=(2, 3)), (t**2).sum()
    scores = (windows * t).sum(dim=(2, 3)) / (a * b)
    return torch.where((a < 1e-18) | (b < 1e-18), torch.zeros_like(scores), scores)


@wrong("1.7b", "divides the mean product by torch.std, which divides by n − 1")
def _(X, T):
    windows = X.unfold(0, T.shape[0], 1).unfold(1, T.shape[1], 1)
    t = T - T.mean()
    centered = windows - windows.mean(dim=(2, 3), keepdim=True)
    std = windows.std(dim=(2, 3))
    scores = (centered * t).mean(dim=(2, 3)) / (std * T.std())
    return torch.where((std < 1e-9) | (T.std() < 1e-9), torch.zeros_like(scores), scores)


# 1.7c


def _ncc(X, T):
    X, T = X.double(), T.double()
    ones, n = torch.ones_like(T), T.numel()
    t = T - T.mean()
    X = X - X.mean()
    spread = corr2d(X**2, ones) - corr2d(X, ones) ** 2 / n
    root = spread.clamp(min=0).sqrt()
    score = corr2d(X, t) / (root * t.norm())
    return torch.where(root < 1e-5, torch.zeros_like(score), score)


@right("1.7c")
def _(X, T):
    score = _ncc(X, T)
    return divmod(int(score.argmax()), score.shape[1])


@right("1.7c")
def _(X, T):
    h, w = T.shape
    t = T.double() - T.double().mean()
    best, place = -2.0, None
    for i in range(X.shape[0] - h + 1):
        strip = X[i : i + h].double().unfold(1, w, 1).transpose(0, 1)
        strip = strip - strip.mean(dim=(1, 2), keepdim=True)
        roots = strip.flatten(1).norm(dim=1)
        scores = (strip * t).sum(dim=(1, 2)) / roots.clamp(min=1e-9) / t.norm()
        j = scores.argmax().item()
        if scores[j].item() > best:
            best, place = scores[j].item(), (i, j)
    return place


@wrong("1.7c", "returns (column, row)")
def _(X, T):
    score = _ncc(X, T)
    row, column = divmod(int(score.argmax()), score.shape[1])
    return column, row


@wrong("1.7c", "divides the flat index by the image's width instead of the score's")
def _(X, T):
    return divmod(int(_ncc(X, T).argmax()), X.shape[1])


@wrong("1.7c", "takes the largest plain cross-correlation, without the two corrections")
def _(X, T):
    score = corr2d(X, T)
    return divmod(int(score.argmax()), score.shape[1])


@wrong("1.7c", "takes the smallest squared difference, without correcting brightness and contrast")
def _(X, T):
    distance = corr2d(X**2, torch.ones_like(T)) - 2 * corr2d(X, T) + (T**2).sum()
    return divmod(int(distance.argmin()), distance.shape[1])


# 2.6a


@right("2.6a")
def _(f, x, eps):
    gradient = torch.zeros_like(x)
    for index in itertools.product(*(range(n) for n in x.shape)):
        up, down = x.clone(), x.clone()
        up[index] += eps
        down[index] -= eps
        gradient[index] = (f(up) - f(down)) / (2 * eps)
    return gradient


@right("2.6a")
def _(f, x, eps):
    slopes = []
    for number in range(x.numel()):
        step = torch.zeros(x.numel(), dtype=x.dtype)
        step[number] = eps
        step = step.reshape(x.shape)
        slopes.append((float(f(x + step)) - float(f(x - step))) / (2 * eps))
    return torch.tensor(slopes, dtype=x.dtype).reshape(x.shape)


@wrong("2.6a", "takes the difference on one side only, (f(x + eps) − f(x)) / eps")
def _(f, x, eps):
    gradient = torch.zeros_like(x)
    for index in itertools.product(*(range(n) for n in x.shape)):
        up = x.clone()
        up[index] += eps
        gradient[index] = (f(up) - f(x)) / eps
    return gradient


@wrong("2.6a", "divides by eps instead of 2 · eps")
def _(f, x, eps):
    gradient = torch.zeros_like(x)
    for index in itertools.product(*(range(n) for n in x.shape)):
        up, down = x.clone(), x.clone()
        up[index] += eps
        down[index] -= eps
        gradient[index] = (f(up) - f(down)) / eps
    return gradient


@wrong("2.6a", "works on x itself, adding and subtracting eps again")
def _(f, x, eps):
    gradient = torch.zeros_like(x)
    for index in itertools.product(*(range(n) for n in x.shape)):
        x[index] += eps
        above = float(f(x))
        x[index] -= 2 * eps
        below = float(f(x))
        x[index] += eps
        gradient[index] = (above - below) / (2 * eps)
    return gradient


@wrong("2.6a", "returns the derivatives in one flat row")
def _(f, x, eps):
    slopes = []
    for index in itertools.product(*(range(n) for n in x.shape)):
        up, down = x.clone(), x.clone()
        up[index] += eps
        down[index] -= eps
        slopes.append(float((f(up) - f(down)) / (2 * eps)))
    return torch.tensor(slopes, dtype=x.dtype)


# 2.6b


@right("2.6b")
def _(X, K, dY):
    return corr2d(X, dY)


@right("2.6b")
def _(X, K, dY):
    dK = torch.zeros_like(K)
    h, w = K.shape
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            dK += dY[i, j] * X[i : i + h, j : j + w]
    return dK


@wrong("2.6b", "uses true convolution of X with dY")
def _(X, K, dY):
    return conv2d(X, dY)


@wrong("2.6b", "averages over the outputs instead of adding")
def _(X, K, dY):
    dK = torch.zeros_like(K)
    for a in range(K.shape[0]):
        for b in range(K.shape[1]):
            dK[a, b] = (X[a : a + dY.shape[0], b : b + dY.shape[1]] * dY).mean()
    return dK


@wrong("2.6b", "keeps the factor 2 of the squared errors")
def _(X, K, dY):
    return 2 * corr2d(X, dY)


@wrong("2.6b", "multiplies each weight's gradient by the weight itself")
def _(X, K, dY):
    return K * corr2d(X, dY)


# 2.6c


@right("2.6c")
def _(X, K, dY):
    dX = torch.zeros_like(X)
    h, w = K.shape
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            dX[i : i + h, j : j + w] += dY[i, j] * K
    return dX


@right("2.6c")
def _(X, K, dY):
    h, w = K.shape
    return conv2d(F.pad(dY, (w - 1, w - 1, h - 1, h - 1)), K)


@wrong("2.6c", "pads dY but forgets to rotate the kernel")
def _(X, K, dY):
    h, w = K.shape
    return corr2d(F.pad(dY, (w - 1, w - 1, h - 1, h - 1)), K)


@wrong("2.6c", "swaps height and width in F.pad")
def _(X, K, dY):
    h, w = K.shape
    return corr2d(F.pad(dY, (h - 1, h - 1, w - 1, w - 1)), K.flip(0, 1))


@wrong("2.6c", "overwrites a pixel's gradient with each window instead of adding to it")
def _(X, K, dY):
    dX = torch.zeros_like(X)
    h, w = K.shape
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            dX[i : i + h, j : j + w] = dY[i, j] * K
    return dX


@wrong("2.6c", "flips the kernel from left to right only")
def _(X, K, dY):
    h, w = K.shape
    return corr2d(F.pad(dY, (w - 1, w - 1, h - 1, h - 1)), K.flip(1))


# 2.6d


def _numerical(f, x, eps=1e-5):
    gradient = torch.zeros_like(x)
    for index in itertools.product(*(range(n) for n in x.shape)):
        up, down = x.clone(), x.clone()
        up[index] += eps
        down[index] -= eps
        gradient[index] = (f(up) - f(down)) / (2 * eps)
    return gradient


_SIZES = [
    ((5, 6), (2, 3)),
    ((6, 5), (3, 2)),
    ((4, 4), (2, 2)),
    ((5, 5), (1, 1)),
    ((3, 4), (3, 4)),
    ((4, 6), (1, 2)),
    ((7, 5), (4, 1)),
]


@right("2.6d")
def _(backward):
    generator = torch.Generator().manual_seed(3)
    for (n, m), (h, w) in _SIZES:
        for _ in range(2):
            X = torch.randn(n, m, generator=generator, dtype=torch.float64)
            K = torch.randn(h, w, generator=generator, dtype=torch.float64)
            dY = torch.randn(n - h + 1, m - w + 1, generator=generator, dtype=torch.float64)
            true_dX = _numerical(lambda x, K=K, dY=dY: (corr2d(x, K) * dY).sum(), X)
            true_dK = _numerical(lambda k, X=X, dY=dY: (corr2d(X, k) * dY).sum(), K)
            dX, dK = backward(X.clone(), K.clone(), dY.clone())
            if dX.shape != X.shape or dK.shape != K.shape:
                return False
            if not torch.allclose(dX, true_dX, rtol=1e-5, atol=1e-6):
                return False
            if not torch.allclose(dK, true_dK, rtol=1e-5, atol=1e-6):
                return False
    return True


@right("2.6d")
def _(backward):
    for (n, m), (h, w) in _SIZES:
        X = torch.randn(n, m, dtype=torch.float64, requires_grad=True)
        K = torch.randn(h, w, dtype=torch.float64, requires_grad=True)
        for scale in (1.0, -3.0):
            dY = scale * torch.rand(n - h + 1, m - w + 1, dtype=torch.float64) + 0.3
            expected = torch.autograd.grad(corr2d(X, K), (X, K), dY)
            found = backward(X.detach().clone(), K.detach().clone(), dY.clone())
            for ours, theirs in zip(expected, found, strict=True):
                torch.testing.assert_close(theirs, ours, rtol=1e-6, atol=1e-8)
    return True


@wrong("2.6d", "always tries dY = 1 and a kernel of ones, where no flip shows")
def _(backward):
    for (n, m), (h, w) in _SIZES:
        X = torch.randn(n, m, dtype=torch.float64)
        K = torch.ones(h, w, dtype=torch.float64)
        dY = torch.ones(n - h + 1, m - w + 1, dtype=torch.float64)
        dX, dK = backward(X, K, dY)
        if dX.shape != X.shape or dK.shape != K.shape:
            return False
        if not torch.allclose(dX, _numerical(lambda x, K=K: corr2d(x, K).sum(), X), atol=1e-6):
            return False
        if not torch.allclose(dK, _numerical(lambda k, X=X: corr2d(X, k).sum(), K), atol=1e-6):
            return False
    return True


@wrong("2.6d", "checks dK only and never looks at dX")
def _(backward):
    for (n, m), (h, w) in _SIZES:
        X = torch.randn(n, m, dtype=torch.float64)
        K = torch.randn(h, w, dtype=torch.float64)
        dY = torch.randn(n - h + 1, m - w + 1, dtype=torch.float64)
        _, dK = backward(X, K, dY)
        expected = _numerical(lambda k, X=X, dY=dY: (corr2d(X, k) * dY).sum(), K)
        if dK.shape != K.shape or not torch.allclose(dK, expected, atol=1e-6):
            return False
    return True


@wrong("2.6d", "passes a random dY but differentiates the plain sum of the outputs")
def _(backward):
    X = torch.randn(5, 6, dtype=torch.float64)
    K = torch.randn(2, 3, dtype=torch.float64)
    dY = torch.randn(4, 4, dtype=torch.float64)
    dX, dK = backward(X, K, dY)
    good_X = torch.allclose(dX, _numerical(lambda x: corr2d(x, K).sum(), X), atol=1e-6)
    good_K = torch.allclose(dK, _numerical(lambda k: corr2d(X, k).sum(), K), atol=1e-6)
    return good_X and good_K


@wrong("2.6d", "works in float32 with eps = 1e-6, so rounding makes correct passes fail")
def _(backward):
    for (n, m), (h, w) in _SIZES:
        X, K, dY = torch.randn(n, m), torch.randn(h, w), torch.randn(n - h + 1, m - w + 1)
        dX, dK = backward(X, K, dY)
        true_dX = _numerical(lambda x, K=K, dY=dY: (corr2d(x, K) * dY).sum(), X, 1e-6)
        true_dK = _numerical(lambda k, X=X, dY=dY: (corr2d(X, k) * dY).sum(), K, 1e-6)
        if not torch.allclose(dX, true_dX, atol=1e-4) or not torch.allclose(dK, true_dK, atol=1e-4):
            return False
    return True


# 2.7a


@right("2.7a")
def _(X, Y, starts, lr, steps):
    losses = []
    for K in starts:
        for _ in range(steps):
            errors = corr2d(X, K) - Y
            K = K - lr * 2 * corr2d(X, errors)
        losses.append(((corr2d(X, K) - Y) ** 2).sum().item())
    return losses


@right("2.7a")
def _(X, Y, starts, lr, steps):
    kernels = starts.detach().clone()[:, None].requires_grad_()

    def each_loss():
        return ((F.conv2d(X[None, None], kernels)[0] - Y) ** 2).sum(dim=(1, 2))

    for _ in range(steps):
        (gradient,) = torch.autograd.grad(each_loss().sum(), kernels)
        with torch.no_grad():
            kernels -= lr * gradient
    return each_loss().detach()


@wrong("2.7a", "uses the mean of the squared errors instead of their sum")
def _(X, Y, starts, lr, steps):
    losses = []
    for start in starts:
        K = start.clone().requires_grad_()
        for _ in range(steps):
            loss = ((corr2d(X, K) - Y) ** 2).mean()
            (gradient,) = torch.autograd.grad(loss, K)
            K = (K - lr * gradient).detach().requires_grad_()
        losses.append(((corr2d(X, K) - Y) ** 2).mean().item())
    return losses


@wrong("2.7a", "returns the losses computed before the last step")
def _(X, Y, starts, lr, steps):
    losses = []
    for start in starts:
        K = start.clone().requires_grad_()
        for _ in range(steps):
            loss = ((corr2d(X, K) - Y) ** 2).sum()
            (gradient,) = torch.autograd.grad(loss, K)
            K = (K - lr * gradient).detach().requires_grad_()
        losses.append(loss.item())
    return losses


@wrong("2.7a", "trains the kernels in place, so starts changes")
def _(X, Y, starts, lr, steps):
    losses = []
    for K in starts:
        for _ in range(steps):
            K -= lr * 2 * corr2d(X, corr2d(X, K) - Y)
        losses.append(((corr2d(X, K) - Y) ** 2).sum())
    return torch.stack(losses)


@wrong("2.7a", "leaves the factor 2 out of the gradient")
def _(X, Y, starts, lr, steps):
    losses = []
    for K in starts:
        for _ in range(steps):
            K = K - lr * corr2d(X, corr2d(X, K) - Y)
        losses.append(((corr2d(X, K) - Y) ** 2).sum().item())
    return losses


# 2.7b


@right("2.7b")
def _(loss_of, low, high, count):
    ratio = (high / low) ** (1 / (count - 1))
    best_rate, best_loss = None, math.inf
    for i in range(count):
        rate = low * ratio**i
        loss = float(loss_of(rate))
        if math.isfinite(loss) and loss < best_loss:
            best_rate, best_loss = rate, loss
    return best_rate


@right("2.7b")
def _(loss_of, low, high, count):
    rates = torch.logspace(math.log10(low), math.log10(high), count, dtype=torch.float64).tolist()
    losses = torch.tensor([float(loss_of(rate)) for rate in rates], dtype=torch.float64)
    losses[~losses.isfinite()] = math.inf
    return rates[int(losses.argmin())]


@wrong("2.7b", "spaces the rates evenly, with the same difference instead of the same ratio")
def _(loss_of, low, high, count):
    rates = torch.linspace(low, high, count, dtype=torch.float64).tolist()
    losses = [float(loss_of(rate)) for rate in rates]
    losses = [loss if math.isfinite(loss) else math.inf for loss in losses]
    return rates[losses.index(min(losses))]


@wrong("2.7b", "takes the root of order count instead of count − 1, so high isn't tried")
def _(loss_of, low, high, count):
    ratio = (high / low) ** (1 / count)
    tried = {low * ratio**i: float(loss_of(low * ratio**i)) for i in range(count)}
    finite = {rate: loss for rate, loss in tried.items() if math.isfinite(loss)}
    return min(finite, key=finite.get)


@wrong("2.7b", "calls argmin on all losses, which picks a nan")
def _(loss_of, low, high, count):
    rates = torch.logspace(math.log10(low), math.log10(high), count, dtype=torch.float64).tolist()
    losses = torch.tensor([float(loss_of(rate)) for rate in rates])
    return rates[int(losses.argmin())]


@wrong("2.7b", "returns the smallest loss instead of its rate")
def _(loss_of, low, high, count):
    ratio = (high / low) ** (1 / (count - 1))
    losses = [float(loss_of(low * ratio**i)) for i in range(count)]
    return min(loss for loss in losses if math.isfinite(loss))


# 2.7c


@right("2.7c")
def _(losses):
    losses = torch.where(losses.isfinite(), losses, torch.full_like(losses, math.inf))
    row = int(losses.max(dim=1).values.argmin())
    chosen = losses[row]
    return row, chosen.min().item(), chosen.quantile(0.5).item(), chosen.max().item()


@right("2.7c")
def _(losses):
    rows = [[v if math.isfinite(v) else math.inf for v in row] for row in losses.tolist()]
    row = min(range(len(rows)), key=lambda i: max(rows[i]))
    return row, min(rows[row]), statistics.median(rows[row]), max(rows[row])


@wrong("2.7c", "uses torch.median, which returns the lower of two middle losses")
def _(losses):
    losses = torch.where(losses.isfinite(), losses, torch.full_like(losses, math.inf))
    row = int(losses.max(dim=1).values.argmin())
    chosen = losses[row]
    return row, chosen.min().item(), chosen.median().item(), chosen.max().item()


@wrong("2.7c", "chooses the row with the smallest median")
def _(losses):
    rows = [[v if math.isfinite(v) else math.inf for v in row] for row in losses.tolist()]
    row = min(range(len(rows)), key=lambda i: statistics.median(rows[i]))
    return row, min(rows[row]), statistics.median(rows[row]), max(rows[row])


@wrong("2.7c", "drops inf and nan from a row before looking for its largest loss")
def _(losses):
    rows = [[v for v in row if math.isfinite(v)] for row in losses.tolist()]
    row = min((i for i in range(len(rows)) if rows[i]), key=lambda i: max(rows[i]))
    return row, min(rows[row]), statistics.median(rows[row]), max(rows[row])


@wrong("2.7c", "doesn't replace nan, so argmin picks the row that has one")
def _(losses):
    row = int(losses.max(dim=1).values.argmin())
    chosen = losses[row]
    return row, chosen.min().item(), chosen.quantile(0.5).item(), chosen.max().item()


# 3.7a


@right("3.7a")
def _(layers):
    total, jump = 0, 1
    for kernel, stride in layers:
        total += (kernel - 1) // 2 * jump
        jump *= stride
    return total


@right("3.7a")
def _(layers):
    field = 1
    for kernel, stride in reversed(layers):
        field = (field - 1) * stride + kernel
    return (field - 1) / 2


@wrong("3.7a", "ignores the strides")
def _(layers):
    return sum((kernel - 1) // 2 for kernel, _ in layers)


@wrong("3.7a", "counts a layer's own stride as well, not only those of the layers before it")
def _(layers):
    total, jump = 0, 1
    for kernel, stride in layers:
        jump *= stride
        total += kernel // 2 * jump
    return total


@wrong("3.7a", "returns the whole receptive field")
def _(layers):
    field, jump = 1, 1
    for kernel, stride in layers:
        field += (kernel - 1) * jump
        jump *= stride
    return field


@wrong("3.7a", "adds the strides of the layers before instead of multiplying them")
def _(layers):
    total, jump = 0, 0
    for kernel, stride in layers:
        total += kernel // 2 * max(jump, 1)
        jump += stride
    return total


# 3.7b


@right("3.7b")
def _(X, net, halo, size):
    n, m = X.shape
    Y = torch.zeros(n, m)
    for i in range(0, n, size):
        for j in range(0, m, size):
            top, left = max(i - halo, 0), max(j - halo, 0)
            part = net(X[top : min(i + size + halo, n), left : min(j + size + halo, m)])
            height, width = min(size, n - i), min(size, m - j)
            Y[i : i + height, j : j + width] = part[i - top : i - top + height, j - left : j - left + width]
    return Y


@right("3.7b")
def _(X, net, halo, size):
    def cuts(length):
        for start in range(0, length, size):
            stop = min(start + size, length)
            first = max(start - halo, 0)
            yield slice(first, min(stop + halo, length)), slice(start - first, stop - first)

    bands = []
    for rows, keep_rows in cuts(X.shape[0]):
        tiles = [net(X[rows, columns])[keep_rows, keep] for columns, keep in cuts(X.shape[1])]
        bands.append(torch.cat(tiles, dim=1))
    return torch.cat(bands, dim=0)


@wrong("3.7b", "ignores the halo and sends each tile through the network by itself")
def _(X, net, halo, size):
    bands = [torch.cat([net(t) for t in band.split(size, dim=1)], dim=1) for band in X.split(size)]
    return torch.cat(bands)


@wrong("3.7b", "puts a border of zeros around the image and takes a full halo everywhere")
def _(X, net, halo, size):
    padded = F.pad(X, (halo, halo, halo, halo))
    Y = torch.zeros_like(X)
    for i in range(0, X.shape[0], size):
        for j in range(0, X.shape[1], size):
            part = net(padded[i : i + size + 2 * halo, j : j + size + 2 * halo])
            height, width = Y[i : i + size, j : j + size].shape
            Y[i : i + size, j : j + size] = part[halo : halo + height, halo : halo + width]
    return Y


@wrong("3.7b", "takes the halo above and to the left only")
def _(X, net, halo, size):
    Y = torch.zeros_like(X)
    for i in range(0, X.shape[0], size):
        for j in range(0, X.shape[1], size):
            top, left = max(i - halo, 0), max(j - halo, 0)
            Y[i : i + size, j : j + size] = net(X[top : i + size, left : j + size])[i - top :, j - left :]
    return Y


@wrong("3.7b", "leaves out the last tiles if they're smaller than size")
def _(X, net, halo, size):
    n, m = X.shape
    Y = torch.zeros_like(X)
    for i in range(0, n - size + 1, size):
        for j in range(0, m - size + 1, size):
            top, left = max(i - halo, 0), max(j - halo, 0)
            part = net(X[top : i + size + halo, left : j + size + halo])
            Y[i : i + size, j : j + size] = part[i - top : i - top + size, j - left : j - left + size]
    return Y


# 3.7c


@right("3.7c")
def _(X, net, halo, stride, size):
    n, m = X.shape
    margin = -(-halo // stride) * stride
    Y = torch.zeros(-(-n // stride), -(-m // stride))
    for i in range(0, n, size):
        for j in range(0, m, size):
            top, left = max(i - margin, 0), max(j - margin, 0)
            part = net(X[top : i + size + margin, left : j + size + margin])
            rows, columns = -(-min(size, n - i) // stride), -(-min(size, m - j) // stride)
            a, b = (i - top) // stride, (j - left) // stride
            y, x = i // stride, j // stride
            Y[y : y + rows, x : x + columns] = part[a : a + rows, b : b + columns]
    return Y


@right("3.7c")
def _(X, net, halo, stride, size):
    # everything counted in outputs; only the pieces of X are counted in pixels
    margin, step = math.ceil(halo / stride), size // stride

    def line(length):
        outputs = math.ceil(length / stride)
        for start in range(0, outputs, step):
            first = max(start - margin, 0)
            stop = min(start + step, outputs)
            end = min((start + step) * stride + halo, length)
            yield slice(first * stride, end), slice(start - first, stop - first)

    return torch.cat([torch.cat([net(X[r, c])[kr, kc] for c, kc in line(X.shape[1])], 1) for r, kr in line(X.shape[0])])


@wrong("3.7c", "doesn't round the halo up, so parts begin between two centers")
def _(X, net, halo, stride, size):
    n, m = X.shape
    Y = torch.zeros(-(-n // stride), -(-m // stride))
    for i in range(0, n, size):
        for j in range(0, m, size):
            top, left = max(i - halo, 0), max(j - halo, 0)
            part = net(X[top : i + size + halo, left : j + size + halo])
            target = Y[i // stride : (i + size) // stride, j // stride : (j + size) // stride]
            a, b = (i - top) // stride, (j - left) // stride
            target[:] = part[a : a + target.shape[0], b : b + target.shape[1]]
    return Y


@wrong("3.7c", "rounds the number of outputs down instead of up")
def _(X, net, halo, stride, size):
    n, m = X.shape
    margin = -(-halo // stride) * stride
    Y = torch.zeros(n // stride, m // stride)
    for i in range(0, n, size):
        for j in range(0, m, size):
            top, left = max(i - margin, 0), max(j - margin, 0)
            part = net(X[top : i + size + margin, left : j + size + margin])
            target = Y[i // stride : (i + size) // stride, j // stride : (j + size) // stride]
            a, b = (i - top) // stride, (j - left) // stride
            target[:] = part[a : a + target.shape[0], b : b + target.shape[1]]
    return Y


@wrong("3.7c", "rounds the halo down to a multiple of the stride")
def _(X, net, halo, stride, size):
    n, m = X.shape
    margin = halo // stride * stride
    Y = torch.zeros(-(-n // stride), -(-m // stride))
    for i in range(0, n, size):
        for j in range(0, m, size):
            top, left = max(i - margin, 0), max(j - margin, 0)
            part = net(X[top : i + size + margin, left : j + size + margin])
            target = Y[i // stride : (i + size) // stride, j // stride : (j + size) // stride]
            a, b = (i - top) // stride, (j - left) // stride
            target[:] = part[a : a + target.shape[0], b : b + target.shape[1]]
    return Y


@wrong("3.7c", "skips the margin in pixels instead of outputs when it crops a part")
def _(X, net, halo, stride, size):
    margin = -(-halo // stride) * stride
    bands = []
    for i in range(0, X.shape[0], size):
        tiles = []
        for j in range(0, X.shape[1], size):
            top, left = max(i - margin, 0), max(j - margin, 0)
            part = net(X[top : i + size + margin, left : j + size + margin])
            a, b = i - top, j - left
            tiles.append(part[a : a + size // stride, b : b + size // stride])
        bands.append(torch.cat(tiles, dim=1))
    return torch.cat(bands)


# 3.8a


@right("3.8a")
def _(X, dY, size, padding, stride):
    P = F.pad(X, (padding,) * 4)
    (h, w), (n, m) = size, dY.shape
    dK = torch.zeros(h, w)
    for a in range(h):
        for b in range(w):
            used = P[a : a + (n - 1) * stride + 1 : stride, b : b + (m - 1) * stride + 1 : stride]
            dK[a, b] = (used * dY).sum()
    return dK


@right("3.8a")
def _(X, dY, size, padding, stride):
    P = F.pad(X, (padding, padding, padding, padding))
    spread = torch.zeros((dY.shape[0] - 1) * stride + 1, (dY.shape[1] - 1) * stride + 1)
    spread[::stride, ::stride] = dY
    return corr2d(P, spread)[: size[0], : size[1]]


@wrong("3.8a", "ignores the stride and slides dY over the padded input as it is")
def _(X, dY, size, padding, stride):
    P = F.pad(X, (padding,) * 4)
    return corr2d(P, dY)[: size[0], : size[1]]


@wrong("3.8a", "doesn't cut off the rows and columns that come from pixels no window reads")
def _(X, dY, size, padding, stride):
    P = F.pad(X, (padding,) * 4)
    spread = torch.zeros((dY.shape[0] - 1) * stride + 1, (dY.shape[1] - 1) * stride + 1)
    spread[::stride, ::stride] = dY
    return corr2d(P, spread)


@wrong("3.8a", "rotates the result by 180° as if it were a convolution")
def _(X, dY, size, padding, stride):
    P = F.pad(X, (padding,) * 4)
    dK = torch.zeros(tuple(size))
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            y, x = i * stride, j * stride
            dK += dY[i, j] * P[y : y + size[0], x : x + size[1]]
    return dK.flip(0, 1)


@wrong("3.8a", "takes the mean over the outputs instead of the sum")
def _(X, dY, size, padding, stride):
    P = F.pad(X, (padding,) * 4)
    dK = torch.zeros(tuple(size))
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            y, x = i * stride, j * stride
            dK += dY[i, j] * P[y : y + size[0], x : x + size[1]]
    return dK / dY.numel()


# 3.8b


@right("3.8b")
def _(K, dY, size, padding, stride):
    (h, w), (n, m) = K.shape, size
    padded = torch.zeros(n + 2 * padding, m + 2 * padding)
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            padded[i * stride : i * stride + h, j * stride : j * stride + w] += dY[i, j] * K
    return padded[padding : padding + n, padding : padding + m]


@right("3.8b")
def _(K, dY, size, padding, stride):
    (h, w), (n, m), p = K.shape, size, padding
    spread = torch.zeros(n + 2 * p - h + 1, m + 2 * p - w + 1)
    spread[::stride, ::stride] = dY
    full = corr2d(F.pad(spread, (w - 1, w - 1, h - 1, h - 1)), K.flip(0, 1))
    return full[p : p + n, p : p + m]


@wrong("3.8b", "returns the gradient of the padded input, without cutting off the padding")
def _(K, dY, size, padding, stride):
    (h, w), (n, m) = K.shape, size
    padded = torch.zeros(n + 2 * padding, m + 2 * padding)
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            padded[i * stride : i * stride + h, j * stride : j * stride + w] += dY[i, j] * K
    return padded


@wrong("3.8b", "spreads and pads dY but doesn't rotate the kernel")
def _(K, dY, size, padding, stride):
    (h, w), (n, m), p = K.shape, size, padding
    spread = torch.zeros(n + 2 * p - h + 1, m + 2 * p - w + 1)
    spread[::stride, ::stride] = dY
    return corr2d(F.pad(spread, (w - 1, w - 1, h - 1, h - 1)), K)[p : p + n, p : p + m]


@wrong("3.8b", "writes = instead of +=, so where windows overlap only the last one counts")
def _(K, dY, size, padding, stride):
    (h, w), (n, m) = K.shape, size
    padded = torch.zeros(n + 2 * padding, m + 2 * padding)
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            padded[i * stride : i * stride + h, j * stride : j * stride + w] = dY[i, j] * K
    return padded[padding : padding + n, padding : padding + m]


@wrong("3.8b", "cuts with [padding:-padding], which leaves nothing when padding is 0")
def _(K, dY, size, padding, stride):
    (h, w), (n, m) = K.shape, size
    padded = torch.zeros(n + 2 * padding, m + 2 * padding)
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            padded[i * stride : i * stride + h, j * stride : j * stride + w] += dY[i, j] * K
    return padded[padding:-padding, padding:-padding]


# 3.8c


@right("3.8c")
def _(loss, X, gradient):
    eps = 1e-4
    measured = torch.zeros_like(X)
    for i in range(X.shape[0]):
        for j in range(X.shape[1]):
            up, down = X.clone(), X.clone()
            up[i, j] += eps
            down[i, j] -= eps
            measured[i, j] = (float(loss(up)) - float(loss(down))) / (2 * eps)
    if gradient.shape != X.shape:
        return False
    allowed = 0.004 * measured.abs() + 1e-6 * measured.abs().max()
    return bool(((gradient - measured).abs() <= allowed).all())


@right("3.8c")
def _(loss, X, gradient):
    measured = _numerical(lambda x: loss(x).reshape(()), X, 1e-5)
    largest = float(measured.abs().max())
    return gradient.shape == X.shape and torch.allclose(gradient, measured, rtol=2e-3, atol=1e-6 * largest)


@wrong("3.8c", "allows a fixed difference of 0.001, however small the gradient is")
def _(loss, X, gradient):
    measured = _numerical(lambda x: loss(x).reshape(()), X, 1e-5)
    return bool(((gradient - measured).abs() < 1e-3).all())


@wrong("3.8c", "allows every element 2% of the largest one")
def _(loss, X, gradient):
    measured = _numerical(lambda x: loss(x).reshape(()), X, 1e-5)
    return bool((gradient - measured).abs().max() <= 0.02 * measured.abs().max())


@wrong("3.8c", "nudges X itself and doesn't put the values back")
def _(loss, X, gradient):
    eps = 1e-5
    measured = torch.zeros_like(X)
    for i in range(X.shape[0]):
        for j in range(X.shape[1]):
            X[i, j] += eps
            up = float(loss(X))
            X[i, j] -= 2 * eps
            down = float(loss(X))
            measured[i, j] = (up - down) / (2 * eps)
    return torch.allclose(gradient, measured, rtol=4e-3, atol=1e-4 * float(measured.abs().max()))


@wrong("3.8c", "chooses eps = 1e-14, so rounding drowns the difference")
def _(loss, X, gradient):
    measured = _numerical(lambda x: loss(x).reshape(()), X, 1e-14)
    return torch.allclose(gradient, measured, rtol=4e-3, atol=1e-6 * float(measured.abs().max()))
