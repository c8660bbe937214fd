"""Answers to the longer tasks of lesson 02, written from its page alone."""

import functools
import math
import statistics

import numpy as np
import scipy.signal
import torch
from numpy.lib.stride_tricks import sliding_window_view
from torch.nn import functional as F

from d2l_helpers import conv2d, corr2d
from tests.support.answers import right, wrong


# 2.6a: the central difference
@right("2.6a")
def _(f, x, eps):
    result = torch.zeros_like(x)
    for index in np.ndindex(*x.shape):
        up, down = x.clone(), x.clone()
        up[index] += eps
        down[index] -= eps
        result[index] = (f(up) - f(down)) / (2 * eps)
    return result


@right("2.6a")
def _(function, tensor, epsilon):
    slopes = []
    for nudge in torch.eye(tensor.numel(), dtype=tensor.dtype):
        nudge = epsilon * nudge.reshape(tensor.shape)
        slopes.append((float(function(tensor + nudge)) - float(function(tensor - nudge))) / (2 * epsilon))
    return torch.tensor(slopes).reshape(tensor.shape)


@right("2.6a")
def _(f, x, eps):
    values = x.detach().numpy()
    grad = np.zeros(values.shape)
    it = np.nditer(values, flags=["multi_index"])
    for _ in it:
        moved = values.copy()
        moved[it.multi_index] = values[it.multi_index] + eps
        plus = f(torch.from_numpy(moved.copy()))
        moved[it.multi_index] = values[it.multi_index] - eps
        minus = f(torch.from_numpy(moved.copy()))
        grad[it.multi_index] = (float(plus) - float(minus)) / eps / 2
    return torch.from_numpy(grad)


@right("2.6a")
def _(f, x, eps):
    work = x.clone().reshape(-1)
    grad = torch.empty_like(work)
    for i in range(len(work)):
        old = work[i].item()
        work[i] = old + eps
        above = float(f(work.reshape(x.shape)))
        work[i] = old - eps
        below = float(f(work.reshape(x.shape)))
        work[i] = old
        grad[i] = (above - below) / (2 * eps)
    return grad.reshape(x.shape)


@wrong("2.6a", "takes the forward difference")
def _(f, x, eps):
    result = torch.zeros_like(x)
    for index in np.ndindex(*x.shape):
        up = x.clone()
        up[index] += eps
        result[index] = (f(up) - f(x)) / eps
    return result


@wrong("2.6a", "divides by eps instead of 2 eps")
def _(f, x, eps):
    result = torch.zeros_like(x)
    for index in np.ndindex(*x.shape):
        up, down = x.clone(), x.clone()
        up[index] += eps
        down[index] -= eps
        result[index] = (f(up) - f(down)) / eps
    return result


@wrong("2.6a", "multiplies by eps because of a missing parenthesis")
def _(f, x, eps):
    result = torch.zeros_like(x)
    for index in np.ndindex(*x.shape):
        up, down = x.clone(), x.clone()
        up[index] += eps
        down[index] -= eps
        result[index] = (f(up) - f(down)) / 2 * eps
    return result


@wrong("2.6a", "nudges all values at once")
def _(f, x, eps):
    return (f(x + eps) - f(x - eps)) / (2 * eps) * torch.ones_like(x)


@wrong("2.6a", "nudges x itself and leaves it nudged")
def _(f, x, eps):
    result = torch.zeros_like(x)
    for index in np.ndindex(*x.shape):
        x[index] += eps
        up = f(x)
        x[index] -= 2 * eps
        result[index] = (up - f(x)) / (2 * eps)
    return result


@wrong("2.6a", "keeps one copy and never undoes the nudges in it")
def _(f, x, eps):
    up, down = x.clone(), x.clone()
    result = torch.zeros_like(x)
    for index in np.ndindex(*x.shape):
        up[index] += eps
        down[index] -= eps
        result[index] = (f(up) - f(down)) / (2 * eps)
    return result


@wrong("2.6a", "uses autograd")
def _(f, x, eps):
    leaf = x.detach().clone().requires_grad_()
    return torch.autograd.grad(f(leaf), leaf)[0]


@wrong("2.6a", "gives a flat tensor")
def _(f, x, eps):
    slopes = []
    for nudge in torch.eye(x.numel(), dtype=x.dtype):
        nudge = eps * nudge.reshape(x.shape)
        slopes.append((float(f(x + nudge)) - float(f(x - nudge))) / (2 * eps))
    return torch.tensor(slopes, dtype=x.dtype)


@wrong("2.6a", "down minus up, so the sign is wrong")
def _(f, x, eps):
    result = torch.zeros_like(x)
    for index in np.ndindex(*x.shape):
        up, down = x.clone(), x.clone()
        up[index] += eps
        down[index] -= eps
        result[index] = (f(down) - f(up)) / (2 * eps)
    return result


@wrong("2.6a", "ignores the given eps and takes 0.5")
def _(f, x, eps):
    eps = 0.5
    result = torch.zeros_like(x)
    for index in np.ndindex(*x.shape):
        up, down = x.clone(), x.clone()
        up[index] += eps
        down[index] -= eps
        result[index] = (f(up) - f(down)) / (2 * eps)
    return result


@wrong("2.6a", "two names for one tensor, so the nudges cancel")
def _(f, x, eps):
    result = torch.zeros_like(x)
    for index in np.ndindex(*x.shape):
        up = down = x.clone()
        up[index] += eps
        down[index] -= eps
        result[index] = (f(up) - f(down)) / (2 * eps)
    return result


@wrong("2.6a", "visits the first row only")
def _(f, x, eps):
    result = torch.zeros_like(x)
    for j in range(x.shape[-1]):
        up, down = x.clone(), x.clone()
        up[(0,) * (x.dim() - 1) + (j,)] += eps
        down[(0,) * (x.dim() - 1) + (j,)] -= eps
        result[(0,) * (x.dim() - 1) + (j,)] = (f(up) - f(down)) / (2 * eps)
    return result


# 2.6b: the gradient with respect to the kernel
right("2.6b", lambda X, K, dY: corr2d(X, dY))


@right("2.6b")
def _(X, K, dY):
    windows = X.unfold(0, K.shape[0], 1).unfold(1, K.shape[1], 1)
    return torch.einsum("ij,ijab->ab", dY, windows)


@right("2.6b")
def _(image, kernel, upstream):
    rows, columns = upstream.shape
    grad = torch.zeros(kernel.shape)
    for a in range(kernel.shape[0]):
        for b in range(kernel.shape[1]):
            grad[a, b] = (image[a : a + rows, b : b + columns] * upstream).sum()
    return grad


@right("2.6b")
def _(X, K, dY):
    result = torch.zeros_like(K)
    for i, row in enumerate(dY):
        for j, d in enumerate(row):
            result += d * X[i : i + K.shape[0], j : j + K.shape[1]]
    return result


@right("2.6b")
def _(X, K, dY):
    return (F.unfold(X[None, None], tuple(K.shape))[0] @ dY.reshape(-1)).reshape(K.shape)


@right("2.6b")
def _(X, K, dY):
    return torch.from_numpy(scipy.signal.correlate2d(X.numpy(), dY.numpy(), mode="valid"))


@wrong("2.6b", "flips dY, that is, convolves")
def _(X, K, dY):
    return conv2d(X, dY)


@wrong("2.6b", "gives the kernel's gradient rotated by 180°")
def _(X, K, dY):
    return corr2d(X, dY).flip(0, 1)


@wrong("2.6b", "ignores dY and adds up the pixels")
def _(X, K, dY):
    return corr2d(X, torch.ones_like(dY))


@wrong("2.6b", "keeps the 2 of the squared errors")
def _(X, K, dY):
    return 2 * corr2d(X, dY)


@wrong("2.6b", "averages over the outputs")
def _(X, K, dY):
    return corr2d(X, dY) / dY.numel()


@wrong("2.6b", "gives all weights the sum of dY")
def _(X, K, dY):
    return dY.sum() * torch.ones_like(K)


@wrong("2.6b", "each window overwrites the one before")
def _(X, K, dY):
    result = torch.zeros_like(K)
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            result = dY[i, j] * X[i : i + K.shape[0], j : j + K.shape[1]]
    return result


@wrong("2.6b", "leaves it to autograd")
def _(X, K, dY):
    leaf = K.detach().clone().requires_grad_()
    return torch.autograd.grad(corr2d(X, leaf), leaf, dY)[0]


@wrong("2.6b", "gives the transpose")
def _(X, K, dY):
    return corr2d(X, dY).T


@wrong("2.6b", "multiplies by the kernel as well")
def _(X, K, dY):
    return K * corr2d(X, dY)


@wrong("2.6b", "correlates with the outputs instead of dY")
def _(X, K, dY):
    return corr2d(X, corr2d(X, K))


@wrong("2.6b", "lets both loops run over the kernel's rows")
def _(X, K, dY):
    grad = torch.zeros_like(K)
    for a in range(K.shape[0]):
        for b in range(K.shape[0]):
            grad[a, b] = (X[a : a + dY.shape[0], b : b + dY.shape[1]] * dY).sum()
    return grad


# 2.6c: the gradient with respect to the image
@right("2.6c")
def _(X, K, dY):
    h, w = K.shape
    return corr2d(F.pad(dY, (w - 1, w - 1, h - 1, h - 1)), K.flip(0, 1))


@right("2.6c")
def _(image, kernel, upstream):
    grad = torch.zeros(image.shape)
    h, w = kernel.shape
    for i in range(upstream.shape[0]):
        for j in range(upstream.shape[1]):
            grad[i : i + h, j : j + w] += upstream[i, j] * kernel
    return grad


@right("2.6c")
def _(X, K, dY):
    rows, columns = dY.shape
    dX = X.new_zeros(X.shape)
    for a in range(K.shape[0]):
        for b in range(K.shape[1]):
            dX[a : a + rows, b : b + columns] += K[a, b] * dY
    return dX


right("2.6c", lambda X, K, dY: torch.tensor(scipy.signal.convolve2d(dY.numpy(), K.numpy(), mode="full")))


@right("2.6c")
def _(X, K, dY):
    columns = K.reshape(-1, 1) @ dY.reshape(1, -1)
    return F.fold(columns[None], tuple(X.shape), tuple(K.shape))[0, 0]


@right("2.6c")
def _(X, K, dY):
    # The matrix of the dense layer, transposed
    impulses = torch.eye(X.numel(), dtype=X.dtype).reshape(-1, *X.shape)
    matrix = torch.stack([corr2d(one, K).flatten() for one in impulses], dim=1)
    return (matrix.T @ dY.flatten()).reshape(X.shape)


@wrong("2.6c", "forgets the flip")
def _(X, K, dY):
    h, w = K.shape
    return corr2d(F.pad(dY, (w - 1, w - 1, h - 1, h - 1)), K)


@wrong("2.6c", "gives F.pad the rows first, then the columns")
def _(X, K, dY):
    h, w = K.shape
    return corr2d(F.pad(dY, (h - 1, h - 1, w - 1, w - 1)), K.flip(0, 1))


@wrong("2.6c", "pads by the whole kernel, so the result is too large")
def _(X, K, dY):
    h, w = K.shape
    return corr2d(F.pad(dY, (w, w, h, h)), K.flip(0, 1))


@wrong("2.6c", "flips the rows only")
def _(X, K, dY):
    h, w = K.shape
    return corr2d(F.pad(dY, (w - 1, w - 1, h - 1, h - 1)), K.flip(0))


@wrong("2.6c", "transposes the kernel instead of rotating it")
def _(X, K, dY):
    h, w = K.shape
    return corr2d(F.pad(dY, (w - 1, w - 1, h - 1, h - 1)), K.T)


@wrong("2.6c", "calls PyTorch's transposed convolution")
def _(X, K, dY):
    return F.conv_transpose2d(dY[None, None], K[None, None])[0, 0]


@wrong("2.6c", "leaves it to autograd")
def _(X, K, dY):
    leaf = X.detach().clone().requires_grad_()
    corr2d(leaf, K).backward(dY)
    return leaf.grad


@wrong("2.6c", "overlapping windows overwrite each other")
def _(X, K, dY):
    dX = torch.zeros_like(X)
    h, w = K.shape
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            dX[i : i + h, j : j + w] = dY[i, j] * K
    return dX


@wrong("2.6c", "puts all the zeros before dY and none after it")
def _(X, K, dY):
    h, w = K.shape
    return corr2d(F.pad(dY, (2 * (w - 1), 0, 2 * (h - 1), 0)), K.flip(0, 1))


@wrong("2.6c", "stays inside dY and pads the result with zeros")
def _(X, K, dY):
    h, w = K.shape
    if dY.shape[0] < h or dY.shape[1] < w:
        return torch.zeros_like(X)
    return F.pad(conv2d(dY, K), (w - 1, w - 1, h - 1, h - 1))


@wrong("2.6c", "multiplies by the pixels as well")
def _(X, K, dY):
    h, w = K.shape
    return X * conv2d(F.pad(dY, (w - 1, w - 1, h - 1, h - 1)), K)


@wrong("2.6c", "ignores dY and takes ones")
def _(X, K, dY):
    h, w = K.shape
    return conv2d(F.pad(torch.ones_like(dY), (w - 1, w - 1, h - 1, h - 1)), K)


@wrong("2.6c", "treats every pixel like one in the middle, with the sum of all weights")
def _(X, K, dY):
    return F.pad(dY, (0, X.shape[1] - dY.shape[1], 0, X.shape[0] - dY.shape[0])) * K.sum()


# 2.6d: the gradient check
def _numerical(f, x, eps=1e-3):
    result = torch.zeros_like(x)
    for index in np.ndindex(*x.shape):
        up, down = x.clone(), x.clone()
        up[index] += eps
        down[index] -= eps
        result[index] = (f(up) - f(down)) / (2 * eps)
    return result


_SHAPES = [((4, 5), (2, 3)), ((5, 4), (3, 2)), ((4, 4), (2, 2)), ((2, 3), (1, 1)), ((2, 3), (2, 3))]


def _inputs(seed, shapes=_SHAPES):
    generator = torch.Generator().manual_seed(seed)
    for (n, m), (h, w) in shapes:
        sizes = (n, m), (h, w), (n - h + 1, m - w + 1)
        yield [torch.randn(size, generator=generator, dtype=torch.float64) for size in sizes]


@right("2.6d")
def _(backward):
    for X, K, dY in _inputs(1):
        try:
            dX, dK = backward(X.clone(), K.clone(), dY.clone())
            dX, dK = dX.double(), dK.double()
        except Exception:
            return False
        by_X = _numerical(lambda x: (corr2d(x, K) * dY).sum(), X)
        by_K = _numerical(lambda k: (corr2d(X, k) * dY).sum(), K)
        for got, expected in ((dX, by_X), (dK, by_K)):
            if got.shape != expected.shape or not torch.allclose(got, expected, rtol=0, atol=1e-4):
                return False
    return True


@right("2.6d")
def _(backward):
    for X, K, dY in _inputs(2):
        x, k = X.clone().requires_grad_(), K.clone().requires_grad_()
        expected = torch.autograd.grad((F.conv2d(x[None, None], k[None, None])[0, 0] * dY).sum(), (x, k))
        try:
            got = backward(X, K, dY)
            assert len(got) == 2
            for one, other in zip(got, expected, strict=True):
                torch.testing.assert_close(one, other, check_dtype=False, rtol=1e-4, atol=1e-4)
        except Exception:
            return False
    return True


@right("2.6d")
def _(f):
    random = np.random.default_rng(3)
    for n, m, h, w in [(4, 6, 2, 3), (7, 4, 4, 2), (5, 5, 2, 2), (3, 3, 3, 3), (2, 6, 1, 4)] * 2:
        x, k, d = random.normal(size=(n, m)), random.normal(size=(h, w)), random.normal(size=(n - h + 1, m - w + 1))

        def loss(x, k, d=d):
            return np.einsum("...ijab,...ab,ij", sliding_window_view(x, k.shape[-2:], axis=(-2, -1)), k, d)

        try:
            dX, dK = (grad.detach().numpy() for grad in f(torch.tensor(x), torch.tensor(k), torch.tensor(d)))
        except Exception:
            return False
        nudges_x, nudges_k = 1e-2 * np.eye(n * m).reshape(-1, n, m), 1e-2 * np.eye(h * w).reshape(-1, h, w)
        by_x = np.array([loss(x + e, k) - loss(x - e, k) for e in nudges_x]).reshape(n, m) / 2e-2
        by_k = np.array([loss(x, k + e) - loss(x, k - e) for e in nudges_k]).reshape(h, w) / 2e-2
        if dX.shape != (n, m) or dK.shape != (h, w):
            return False
        if abs(dX - by_x).max() > 1e-5 or abs(dK - by_k).max() > 1e-5:
            return False
    return True


class _GradientCheck:
    """Goes through every value of X and K with a large step: the function is linear in each."""

    def __init__(self, function):
        self.function = function

    def slope(self, of, x, dY, index):
        one = torch.zeros_like(x)
        one[index] = 1
        return ((of(x + one) - of(x - one)) * dY).sum() / 2

    def __call__(self, backward):
        for X, K, dY in _inputs(4):
            try:
                dX, dK = backward(X.clone(), K.clone(), dY.clone())
            except Exception:
                return False
            of_X, of_K = (lambda x, K=K: self.function(x, K)), (lambda k, X=X: self.function(X, k))
            for grad, of, x in ((dX, of_X, X), (dK, of_K, K)):
                assert grad.shape == x.shape
                for index in np.ndindex(*x.shape):
                    assert abs(grad[index] - self.slope(of, x, dY, index)) < 1e-5
        return True


right("2.6d", _GradientCheck(corr2d))


wrong("2.6d", "calls every backward pass right", lambda backward: True)
wrong("2.6d", "calls every backward pass wrong", lambda backward: False)


@wrong("2.6d", "demands equality with the numerical derivative to the last digit")
def _(backward):
    for X, K, dY in _inputs(5):
        dX, dK = backward(X, K, dY)
        if not torch.equal(dX, _numerical(lambda x: (corr2d(x, K) * dY).sum(), X, 1e-6)):
            return False
    return True


@wrong("2.6d", "checks dX and forgets dK")
def _(backward):
    for X, K, dY in _inputs(6):
        try:
            dX, _ = backward(X, K, dY)
            torch.testing.assert_close(dX, _numerical(lambda x: (corr2d(x, K) * dY).sum(), X), check_dtype=False)
        except Exception:
            return False
    return True


@wrong("2.6d", "checks dK and forgets dX")
def _(backward):
    for X, K, dY in _inputs(7):
        try:
            _, dK = backward(X, K, dY)
            torch.testing.assert_close(dK, _numerical(lambda k: (corr2d(X, k) * dY).sum(), K), check_dtype=False)
        except Exception:
            return False
    return True


@wrong("2.6d", "checks the two shapes only")
def _(backward):
    for X, K, dY in _inputs(8):
        try:
            dX, dK = backward(X, K, dY)
        except Exception:
            return False
        if dX.shape != X.shape or dK.shape != K.shape:
            return False
    return True


@wrong("2.6d", "differentiates the plain sum of the outputs, without dY")
def _(backward):
    for X, K, dY in _inputs(9):
        try:
            dX, dK = backward(X, K, dY)
            torch.testing.assert_close(dX, _numerical(lambda x: corr2d(x, K).sum(), X), check_dtype=False)
            torch.testing.assert_close(dK, _numerical(lambda k: corr2d(X, k).sum(), K), check_dtype=False)
        except Exception:
            return False
    return True


@wrong("2.6d", "makes all inputs of ones")
def _(backward):
    for X, K, dY in _inputs(10):
        X, K, dY = torch.ones_like(X), torch.ones_like(K), torch.ones_like(dY)
        try:
            dX, dK = backward(X, K, dY)
            torch.testing.assert_close(dX, _numerical(lambda x: (corr2d(x, K) * dY).sum(), X), check_dtype=False)
            torch.testing.assert_close(dK, _numerical(lambda k: (corr2d(X, k) * dY).sum(), K), check_dtype=False)
        except Exception:
            return False
    return True


@wrong("2.6d", "tries a 1×1 kernel only, where the flip can't show")
def _(backward):
    for X, K, dY in _inputs(11, [((4, 5), (1, 1))]):
        try:
            dX, dK = backward(X, K, dY)
            torch.testing.assert_close(dX, _numerical(lambda x: (corr2d(x, K) * dY).sum(), X), check_dtype=False)
            torch.testing.assert_close(dK, _numerical(lambda k: (corr2d(X, k) * dY).sum(), K), check_dtype=False)
        except Exception:
            return False
    return True


@wrong("2.6d", "unpacks the pair as dK, dX")
def _(backward):
    for X, K, dY in _inputs(12):
        try:
            dK, dX = backward(X, K, dY)
            torch.testing.assert_close(dX, _numerical(lambda x: (corr2d(x, K) * dY).sum(), X), check_dtype=False)
            torch.testing.assert_close(dK, _numerical(lambda k: (corr2d(X, k) * dY).sum(), K), check_dtype=False)
        except Exception:
            return False
    return True


@wrong("2.6d", "compares the sums of the gradients instead of the values")
def _(backward):
    for X, K, dY in _inputs(13):
        try:
            dX, dK = backward(X, K, dY)
        except Exception:
            return False
        by_X = _numerical(lambda x: (corr2d(x, K) * dY).sum(), X)
        by_K = _numerical(lambda k: (corr2d(X, k) * dY).sum(), K)
        if abs(dX.sum() - by_X.sum()) > 1e-4 or abs(dK.sum() - by_K.sum()) > 1e-4:
            return False
    return True


@wrong("2.6d", "says True as soon as one of the two is right")
def _(backward):
    for X, K, dY in _inputs(14):
        try:
            dX, dK = backward(X, K, dY)
        except Exception:
            return False
        by_X = _numerical(lambda x: (corr2d(x, K) * dY).sum(), X)
        by_K = _numerical(lambda k: (corr2d(X, k) * dY).sum(), K)
        good_X = dX.shape == by_X.shape and torch.allclose(dX.double(), by_X, atol=1e-4)
        good_K = dK.shape == by_K.shape and torch.allclose(dK.double(), by_K, atol=1e-4)
        if not (good_X or good_K):
            return False
    return True


@wrong("2.6d", "asserts everything and returns nothing")
def _(backward):
    for X, K, dY in _inputs(15):
        dX, dK = backward(X, K, dY)
        torch.testing.assert_close(dX, _numerical(lambda x: (corr2d(x, K) * dY).sum(), X), check_dtype=False)
        torch.testing.assert_close(dK, _numerical(lambda k: (corr2d(X, k) * dY).sum(), K), check_dtype=False)


@wrong("2.6d", "tries square kernels in square images only")
def _(backward):
    for X, K, dY in _inputs(16, [((5, 5), (2, 2)), ((4, 4), (3, 3)), ((3, 3), (1, 1))]):
        try:
            dX, dK = backward(X, K, dY)
            torch.testing.assert_close(dX, _numerical(lambda x: (corr2d(x, K) * dY).sum(), X), check_dtype=False)
            torch.testing.assert_close(dK, _numerical(lambda k: (corr2d(X, k) * dY).sum(), K), check_dtype=False)
        except Exception:
            return False
    return True


@wrong("2.6d", "looks at the first dX only, and without abs")
def _(backward):
    for X, K, dY in _inputs(17):
        dX = backward(X, K, dY)[0]
        return bool((dX - _numerical(lambda x: (corr2d(x, K) * dY).sum(), X) < 1e-4).all())


# 2.7a: the losses after training
@right("2.7a")
def _(X, Y, starts, lr, steps):
    losses = []
    for K in starts:
        for _ in range(steps):
            K = K - lr * 2 * corr2d(X, corr2d(X, K) - Y)
        losses.append(((corr2d(X, K) - Y) ** 2).sum())
    return torch.stack(losses)


@right("2.7a")
def _(image, target, kernels, rate, count):
    weight = kernels.detach().clone()[:, None].requires_grad_()
    for _ in range(count):
        loss = ((F.conv2d(image[None, None], weight) - target) ** 2).sum()
        (gradient,) = torch.autograd.grad(loss, weight)
        with torch.no_grad():
            weight -= rate * gradient
    with torch.no_grad():
        return ((F.conv2d(image[None, None], weight)[0] - target) ** 2).sum(dim=(1, 2))


@right("2.7a")
def _(X, Y, starts, lr, steps):
    n, h, w = starts.shape
    W = F.unfold(X[None, None], (h, w))[0]
    K, y = starts.reshape(n, h * w), Y.reshape(1, -1)
    for _ in range(steps):
        K = K - 2 * lr * (K @ W - y) @ W.T
    return (K @ W - y).pow(2).sum(1)


@right("2.7a")
def _(X, Y, starts, lr, steps):
    x, y, k = X.numpy().astype(float), Y.numpy().astype(float), starts.numpy().astype(float)
    windows = sliding_window_view(x, k.shape[1:])
    with np.errstate(all="ignore"):
        for _ in range(steps):
            errors = np.einsum("ijab,nab->nij", windows, k) - y
            k = k - 2 * lr * np.einsum("nij,ijab->nab", errors, windows)
        return torch.tensor(((np.einsum("ijab,nab->nij", windows, k) - y) ** 2).sum(axis=(1, 2)))


@right("2.7a")
def _(X, Y, starts, lr, steps):
    layer = torch.nn.Conv2d(1, len(starts), tuple(starts.shape[1:]), bias=False, dtype=X.dtype)
    with torch.no_grad():
        layer.weight.copy_(starts[:, None])
    optimizer = torch.optim.SGD(layer.parameters(), lr=float(lr))
    for _ in range(steps):
        optimizer.zero_grad()
        (layer(X[None, None]) - Y).square().sum().backward()
        optimizer.step()
    return (layer(X[None, None]) - Y).square().sum(dim=(0, 2, 3)).detach()


@wrong("2.7a", "gives the losses before the last step")
def _(X, Y, starts, lr, steps):
    losses = []
    for K in starts:
        loss = ((corr2d(X, K) - Y) ** 2).sum()
        for _ in range(steps):
            loss = ((corr2d(X, K) - Y) ** 2).sum()
            K = K - lr * 2 * corr2d(X, corr2d(X, K) - Y)
        losses.append(loss)
    return torch.stack(losses)


@wrong("2.7a", "takes one step too many")
def _(X, Y, starts, lr, steps):
    losses = []
    for K in starts:
        for _ in range(steps + 1):
            K = K - lr * 2 * corr2d(X, corr2d(X, K) - Y)
        losses.append(((corr2d(X, K) - Y) ** 2).sum())
    return torch.stack(losses)


@wrong("2.7a", "the gradient lacks its factor 2")
def _(X, Y, starts, lr, steps):
    losses = []
    for K in starts:
        for _ in range(steps):
            K = K - lr * corr2d(X, corr2d(X, K) - Y)
        losses.append(((corr2d(X, K) - Y) ** 2).sum())
    return torch.stack(losses)


@wrong("2.7a", "averages the squared errors, in training and in the result")
def _(X, Y, starts, lr, steps):
    losses = []
    for K in starts:
        for _ in range(steps):
            K = K - lr * 2 * corr2d(X, corr2d(X, K) - Y) / Y.numel()
        losses.append(((corr2d(X, K) - Y) ** 2).mean())
    return torch.stack(losses)


@wrong("2.7a", "trains rightly but reports mean squared errors")
def _(X, Y, starts, lr, steps):
    losses = []
    for K in starts:
        for _ in range(steps):
            K = K - lr * 2 * corr2d(X, corr2d(X, K) - Y)
        losses.append(((corr2d(X, K) - Y) ** 2).mean())
    return torch.stack(losses)


@wrong("2.7a", "each kernel goes on from where the one before ended")
def _(X, Y, starts, lr, steps):
    K, losses = starts[0], []
    for _ in starts:
        for _ in range(steps):
            K = K - lr * 2 * corr2d(X, corr2d(X, K) - Y)
        losses.append(((corr2d(X, K) - Y) ** 2).sum())
    return torch.stack(losses)


@wrong("2.7a", "averages the loss over the kernels, so each step is n times too short")
def _(X, Y, starts, lr, steps):
    weight = starts.detach().clone()[:, None].requires_grad_()
    for _ in range(steps):
        loss = ((F.conv2d(X[None, None], weight) - Y) ** 2).sum(dim=(0, 2, 3)).mean()
        (gradient,) = torch.autograd.grad(loss, weight)
        with torch.no_grad():
            weight -= lr * gradient
    return ((F.conv2d(X[None, None], weight.detach())[0] - Y) ** 2).sum(dim=(1, 2))


@wrong("2.7a", "trains in place, so starts changes")
def _(X, Y, starts, lr, steps):
    losses = []
    for K in starts:
        for _ in range(steps):
            K -= lr * 2 * corr2d(X, corr2d(X, K) - Y)
        losses.append(((corr2d(X, K) - Y) ** 2).sum())
    return torch.stack(losses)


@wrong("2.7a", "adds the n losses up")
def _(X, Y, starts, lr, steps):
    total = torch.zeros(())
    for K in starts:
        for _ in range(steps):
            K = K - lr * 2 * corr2d(X, corr2d(X, K) - Y)
        total = total + ((corr2d(X, K) - Y) ** 2).sum()
    return total


@wrong("2.7a", "gives the trained kernels instead of their losses")
def _(X, Y, starts, lr, steps):
    kernels = []
    for K in starts:
        for _ in range(steps):
            K = K - lr * 2 * corr2d(X, corr2d(X, K) - Y)
        kernels.append(K)
    return torch.stack(kernels)


@wrong("2.7a", "has the page's gradient for kernels of 1×2 only")
def _(X, Y, starts, lr, steps):
    losses = []
    for K in starts:
        for _ in range(steps):
            errors = corr2d(X, K) - Y
            by_k0 = 2 * (errors * X[:, :-1]).sum()
            by_k1 = 2 * (errors * X[:, 1:]).sum()
            K = K - lr * torch.stack([by_k0, by_k1]).reshape(1, 2)
        losses.append(((corr2d(X, K) - Y) ** 2).sum())
    return torch.stack(losses)


@wrong("2.7a", "climbs, because the step is added")
def _(X, Y, starts, lr, steps):
    losses = []
    for K in starts:
        for _ in range(steps):
            K = K + lr * 2 * corr2d(X, corr2d(X, K) - Y)
        losses.append(((corr2d(X, K) - Y) ** 2).sum())
    return torch.stack(losses)


@wrong("2.7a", "the gradients of all steps pile up")
def _(X, Y, starts, lr, steps):
    weight = starts.detach().clone()[:, None].requires_grad_()
    for _ in range(steps):
        ((F.conv2d(X[None, None], weight) - Y) ** 2).sum().backward()
        with torch.no_grad():
            weight -= lr * weight.grad
    return ((F.conv2d(X[None, None], weight.detach())[0] - Y) ** 2).sum(dim=(1, 2))


# 2.7b: the search
@right("2.7b")
def _(loss_of, low, high, count):
    best_rate, best_loss = None, math.inf
    for i in range(count):
        rate = low * (high / low) ** (i / (count - 1))
        loss = float(loss_of(rate))
        if math.isfinite(loss) and loss < best_loss:
            best_rate, best_loss = rate, loss
    return best_rate


@right("2.7b")
def _(f, a, b, n):
    rates = np.geomspace(a, b, n)
    losses = np.array([float(f(rate)) for rate in rates])
    losses[~np.isfinite(losses)] = np.inf
    return rates[losses.argmin()]


@right("2.7b")
def _(loss_of, low, high, count):
    rates = torch.logspace(math.log10(low), math.log10(high), count, dtype=torch.float64)
    losses = torch.tensor([float(loss_of(rate.item())) for rate in rates])
    return rates[torch.where(losses.isfinite(), losses, math.inf).argmin()]


@right("2.7b")
def _(loss_of, low, high, count):
    ratio = (high / low) ** (1 / (count - 1))
    rate, tried = low, {}
    for _ in range(count):
        loss = float(loss_of(rate))
        if abs(loss) < math.inf:
            tried[rate] = loss
        rate *= ratio
    return min(tried, key=tried.get)


@right("2.7b")
def _(loss_of, low, high, count):
    exponents = [math.log(low) + i * (math.log(high) - math.log(low)) / (count - 1) for i in range(count)]
    pairs = [(float(loss_of(math.exp(e))), math.exp(e)) for e in exponents]
    return min(pair for pair in pairs if math.isfinite(pair[0]))[1]


@wrong("2.7b", "spaces the rates evenly by difference")
def _(loss_of, low, high, count):
    rates = np.linspace(low, high, count)
    losses = [float(loss_of(rate)) for rate in rates]
    return min((loss, rate) for loss, rate in zip(losses, rates, strict=True) if math.isfinite(loss))[1]


@wrong("2.7b", "never reaches high, because the ratio takes the root of degree count")
def _(loss_of, low, high, count):
    rates = [low * (high / low) ** (i / count) for i in range(count)]
    losses = [float(loss_of(rate)) for rate in rates]
    finite = [(loss, rate) for loss, rate in zip(losses, rates, strict=True) if math.isfinite(loss)]
    return min(finite)[1] if finite else None


@wrong("2.7b", "tries count + 1 rates")
def _(loss_of, low, high, count):
    rates = [low * (high / low) ** (i / count) for i in range(count + 1)]
    losses = [float(loss_of(rate)) for rate in rates]
    return min((loss, rate) for loss, rate in zip(losses, rates, strict=True) if math.isfinite(loss))[1]


@wrong("2.7b", "gives the smallest loss instead of its rate")
def _(loss_of, low, high, count):
    losses = [float(loss_of(rate)) for rate in np.geomspace(low, high, count)]
    return min(loss for loss in losses if math.isfinite(loss))


@wrong("2.7b", "gives the index of the rate")
def _(loss_of, low, high, count):
    losses = [float(loss_of(rate)) for rate in np.geomspace(low, high, count)]
    return min(range(count), key=lambda i: losses[i] if math.isfinite(losses[i]) else math.inf)


@wrong("2.7b", "lets argmin pick the first nan")
def _(loss_of, low, high, count):
    rates = np.geomspace(low, high, count)
    return rates[np.argmin([float(loss_of(rate)) for rate in rates])]


@wrong("2.7b", "turns nan into 0, which then wins")
def _(loss_of, low, high, count):
    rates = torch.logspace(math.log10(low), math.log10(high), count, dtype=torch.float64)
    losses = torch.tensor([float(loss_of(rate.item())) for rate in rates]).nan_to_num()
    return rates[losses.argmin()].item()


@wrong("2.7b", "stops at the first loss that isn't finite")
def _(loss_of, low, high, count):
    best_rate, best_loss = None, math.inf
    for rate in np.geomspace(low, high, count):
        loss = float(loss_of(rate))
        if not math.isfinite(loss):
            break
        if loss < best_loss:
            best_rate, best_loss = rate, loss
    return best_rate


@wrong("2.7b", "stops as soon as the loss rises")
def _(loss_of, low, high, count):
    best_rate, best_loss = low, math.inf
    for rate in np.geomspace(low, high, count):
        loss = float(loss_of(rate))
        if loss > best_loss:
            break
        if math.isfinite(loss):
            best_rate, best_loss = rate, loss
    return best_rate


@wrong("2.7b", "takes the largest finite loss")
def _(loss_of, low, high, count):
    pairs = [(float(loss_of(rate)), rate) for rate in np.geomspace(low, high, count)]
    return max(pair for pair in pairs if math.isfinite(pair[0]))[1]


@wrong("2.7b", "goes up in factors of 10 whatever count says")
def _(loss_of, low, high, count):
    rates = []
    while low <= high:
        rates.append(low)
        low *= 10
    finite = [(float(loss_of(rate)), rate) for rate in rates]
    finite = [pair for pair in finite if math.isfinite(pair[0])]
    return min(finite)[1] if finite else None


@wrong("2.7b", "gives the rate and its loss")
def _(loss_of, low, high, count):
    pairs = [(rate, float(loss_of(rate))) for rate in np.geomspace(low, high, count)]
    return min((pair for pair in pairs if math.isfinite(pair[1])), key=lambda pair: pair[1])


@wrong("2.7b", "gives the middle of the range in powers without trying anything")
def _(loss_of, low, high, count):
    return math.sqrt(low * high)


@wrong("2.7b", "keeps the last of the finite rates")
def _(loss_of, low, high, count):
    best = None
    for rate in np.geomspace(low, high, count):
        if math.isfinite(float(loss_of(rate))):
            best = rate
    return best


# 2.7c: the report
@right("2.7c")
def _(losses):
    clean = torch.where(losses.isfinite(), losses, torch.inf)
    row = int(clean.amax(dim=1).argmin())
    ordered = clean[row].sort().values
    n = len(ordered)
    return row, ordered[0].item(), ((ordered[(n - 1) // 2] + ordered[n // 2]) / 2).item(), ordered[-1].item()


@right("2.7c")
def _(table):
    rows = [[value if math.isfinite(value) else math.inf for value in row] for row in table.tolist()]
    row = min(range(len(rows)), key=lambda i: max(rows[i]))
    return row, min(rows[row]), statistics.median(rows[row]), max(rows[row])


@right("2.7c")
def _(losses):
    array = np.where(np.isfinite(losses.numpy()), losses.numpy(), np.inf)
    row = array.max(axis=1).argmin()
    return row, array[row].min(), np.median(array[row]), array[row].max()


@right("2.7c")
def _(losses):
    clean = losses.masked_fill(~torch.isfinite(losses), float("inf"))
    row = torch.argmin(clean.max(dim=1).values)
    middle = clean[row] if clean[row].isinf().any() else clean[row].quantile(0.5)
    if middle.dim():
        middle = torch.tensor(statistics.median(middle.tolist()))
    return [row, clean[row].min(), middle, clean[row].max()]


def _clean(losses):
    return torch.where(losses.isfinite(), losses, torch.inf)


def _of_row(clean, row):
    return int(row), min(clean[row].tolist()), statistics.median(clean[row].tolist()), max(clean[row].tolist())


right(
    "2.7c",
    lambda losses: _of_row(
        _clean(losses),
        functools.reduce(
            lambda best, i: i if _clean(losses)[i].max() < _clean(losses)[best].max() else best, range(len(losses))
        ),
    ),
)


@wrong("2.7c", "takes PyTorch's median, the lower of the two in the middle")
def _(losses):
    clean = _clean(losses)
    row = int(clean.amax(dim=1).argmin())
    return row, clean[row].min().item(), clean[row].median().item(), clean[row].max().item()


@wrong("2.7c", "gives the mean in place of the median")
def _(losses):
    clean = _clean(losses)
    row = int(clean.amax(dim=1).argmin())
    return row, clean[row].min().item(), clean[row].mean().item(), clean[row].max().item()


@wrong("2.7c", "chooses the row with the smallest single loss")
def _(losses):
    clean = _clean(losses)
    return _of_row(clean, clean.amin(dim=1).argmin())


@wrong("2.7c", "chooses the row with the smallest median")
def _(losses):
    clean = _clean(losses)
    medians = [statistics.median(row) for row in clean.tolist()]
    return _of_row(clean, medians.index(min(medians)))


@wrong("2.7c", "leaves nan as it is, and argmin chooses it")
def _(losses):
    row = int(losses.amax(dim=1).argmin())
    ordered = losses[row].sort().values
    n = len(ordered)
    return row, ordered[0].item(), ((ordered[(n - 1) // 2] + ordered[n // 2]) / 2).item(), ordered[-1].item()


@wrong("2.7c", "ignores inf and nan instead of counting them as infinite")
def _(losses):
    clean = torch.where(losses.isfinite(), losses, -torch.inf)
    row = int(clean.amax(dim=1).argmin())
    finite = [value for value in losses[row].tolist() if math.isfinite(value)]
    return (row, min(finite), statistics.median(finite), max(finite)) if finite else (row, 0.0, 0.0, 0.0)


@wrong("2.7c", "takes the columns for the rates")
def _(losses):
    clean = _clean(losses.T)
    return _of_row(clean, clean.amax(dim=1).argmin())


@wrong("2.7c", "takes the largest of each column, so the row is really a seed")
def _(losses):
    clean = _clean(losses)
    return _of_row(clean, min(int(clean.amax(dim=0).argmin()), len(clean) - 1))


@wrong("2.7c", "gives largest, median, smallest")
def _(losses):
    clean = _clean(losses)
    return _of_row(clean, clean.amax(dim=1).argmin())[:1] + _of_row(clean, clean.amax(dim=1).argmin())[:0:-1]


@wrong("2.7c", "leaves the row out")
def _(losses):
    clean = _clean(losses)
    return _of_row(clean, clean.amax(dim=1).argmin())[1:]


@wrong("2.7c", "counts the rows from 1")
def _(losses):
    clean = _clean(losses)
    row, *rest = _of_row(clean, clean.amax(dim=1).argmin())
    return row + 1, *rest


@wrong("2.7c", "chooses the right row but reports on all losses")
def _(losses):
    clean = _clean(losses)
    everything = clean.flatten().tolist()
    return int(clean.amax(dim=1).argmin()), min(everything), statistics.median(everything), max(everything)


@wrong("2.7c", "chooses the row with the largest loss")
def _(losses):
    clean = _clean(losses)
    return _of_row(clean, clean.amax(dim=1).argmax())


@wrong("2.7c", "turns nan into 0, so a broken row looks perfect")
def _(losses):
    clean = losses.nan_to_num(nan=0.0, posinf=torch.inf)
    return _of_row(clean, clean.amax(dim=1).argmin())
