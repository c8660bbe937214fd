"""Answers to lesson 02, written from its page alone after its replies."""

from fractions import Fraction

import numpy as np
import torch
from torch.nn import functional as F

from d2l_helpers import corr2d
from tests.support.answers import right, wrong

right("2.1", torch.tensor([0.0, -1.0, 0.0, 0.0, 1.0]))
right("2.1", -np.diff([0, 0, 1, 1, 1, 0]))
wrong("2.1", "right minus left, as Sobel does", [0, 1, 0, 0, -1])
wrong("2.1", "drops the sign of the edges", [0, 1, 0, 0, 1])
wrong("2.1", "puts each edge one place too far right, so the last drops out", [0, 0, -1, 0, 0])
wrong("2.1", "gives six values, as many as the row has", [0, -1, 0, 0, 1, 0])
wrong("2.1", "uses [1, 1] and adds the neighbors", [0, 1, 2, 2, 1])

right("2.2", Fraction(2, 10))
right("2.2", np.float32(0.2))
wrong("2.2", "gives the page's limit for the black band", 1 / 30)
wrong("2.2", "gives the rate that lands on the goal in one step", 0.1)
wrong("2.2", "forgets the 2 of the derivative", 2 / 5)
wrong("2.2", "counts one row only", 1)
wrong("2.2", "counts ten windows per weight", 2 / 20)


@right("2.3")
def _(image, target, kernel, eta):
    h, w = kernel.shape
    windows = image.unfold(0, h, 1).unfold(1, w, 1)
    errors = torch.einsum("ijab,ab->ij", windows, kernel) - target
    return kernel - 2 * eta * torch.einsum("ij,ijab->ab", errors, windows)


@right("2.3")
def _(X, Y, K, lr):
    errors = corr2d(X, K) - Y
    new = K.clone()
    for a in range(K.shape[0]):
        for b in range(K.shape[1]):
            part = X[a : a + Y.shape[0], b : b + Y.shape[1]]
            new[a, b] -= lr * 2 * (errors * part).sum()
    return new


@wrong("2.3", "takes target minus output as the error")
def _(X, Y, K, lr):
    return K - lr * 2 * corr2d(X, Y - corr2d(X, K))


@wrong("2.3", "leaves out the 2 from the square")
def _(X, Y, K, lr):
    return K - lr * corr2d(X, corr2d(X, K) - Y)


@wrong("2.3", "multiplies all weights by the sum of the errors")
def _(X, Y, K, lr):
    return K - lr * 2 * (corr2d(X, K) - Y).sum() * torch.ones_like(K)


@wrong("2.3", "keeps the page's gradient for a 1×2 kernel")
def _(X, Y, K, lr):
    errors = corr2d(X, K) - Y
    by_k0 = 2 * (errors * X[:, :-1]).sum()
    by_k1 = 2 * (errors * X[:, 1:]).sum()
    return K - lr * torch.stack([by_k0, by_k1]).reshape(1, 2)


@wrong("2.3", "changes the old kernel in place with sub_")
def _(X, Y, K, lr):
    return K.sub_(lr * 2 * corr2d(X, corr2d(X, K) - Y))


right("2.4", Fraction(1, 28))
right("2.4", torch.tensor(0.036))
wrong("2.4", "gives the lesson's 0.03", 0.03)
wrong("2.4", "gives the best rate of the lesson's image", 1 / 36)
wrong("2.4", "gives the limit beyond which it diverges", 2 / 42)
wrong("2.4", "gives the rate that is exact in the steep direction", 1 / 42)
wrong("2.4", "takes the eigenvalues 7 and 21 without the 2", 2 / (7 + 21))


@right("2.5")
def _(X, Y, size, lr, steps):
    K = torch.zeros(size, dtype=X.dtype)
    for _ in range(steps):
        K = K - lr * 2 * corr2d(X, corr2d(X, K) - Y)
    return K


@right("2.5")
def _(image, target, size, lr, steps):
    W = F.unfold(image[None, None], tuple(size))[0].T
    k = torch.zeros(W.shape[1], dtype=image.dtype, requires_grad=True)
    optimizer = torch.optim.SGD([k], lr=lr)
    for _ in range(steps):
        optimizer.zero_grad()
        (W @ k - target.flatten()).square().sum().backward()
        optimizer.step()
    return k.detach().reshape(tuple(size))


@wrong("2.5", "reshapes the outputs to a row against the column of targets")
def _(X, Y, size, lr, steps):
    kernel = torch.zeros(size, dtype=X.dtype, requires_grad=True)
    targets = Y.reshape(-1, 1)
    for _ in range(steps):
        outputs = corr2d(X, kernel).reshape(1, -1)
        loss = ((outputs - targets) ** 2).sum()
        kernel.grad = None
        loss.backward()
        with torch.no_grad():
            kernel -= lr * kernel.grad
    return kernel.detach()


@wrong("2.5", "repairs the shapes but averages the squares")
def _(X, Y, size, lr, steps):
    kernel = torch.zeros(size, dtype=X.dtype, requires_grad=True)
    for _ in range(steps):
        loss = ((corr2d(X, kernel) - Y) ** 2).mean()
        kernel.grad = None
        loss.backward()
        with torch.no_grad():
            kernel -= lr * kernel.grad
    return kernel.detach()


@wrong("2.5", "repairs the shapes but lets the gradients pile up")
def _(X, Y, size, lr, steps):
    kernel = torch.zeros(size, dtype=X.dtype, requires_grad=True)
    for _ in range(steps):
        ((corr2d(X, kernel) - Y) ** 2).sum().backward()
        with torch.no_grad():
            kernel -= lr * kernel.grad
    return kernel.detach()


@wrong("2.5", "divides the broadcast loss by the number of outputs")
def _(X, Y, size, lr, steps):
    kernel = torch.zeros(size, dtype=X.dtype, requires_grad=True)
    targets = Y.reshape(-1, 1)
    for _ in range(steps):
        loss = ((corr2d(X, kernel).flatten() - targets) ** 2).sum() / len(targets)
        kernel.grad = None
        loss.backward()
        with torch.no_grad():
            kernel -= lr * kernel.grad
    return kernel.detach()


@wrong("2.5", "returns from inside the loop after the first step")
def _(X, Y, size, lr, steps):
    kernel = torch.zeros(size, dtype=X.dtype, requires_grad=True)
    for _ in range(steps):
        loss = ((corr2d(X, kernel) - Y) ** 2).sum()
        kernel.grad = None
        loss.backward()
        with torch.no_grad():
            kernel -= lr * kernel.grad
        return kernel.detach()
