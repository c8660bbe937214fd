"""Answers to the exercises of lesson 02, written from its page alone."""

import functools
from fractions import Fraction

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from d2l_helpers import corr2d
from tests.support.answers import right, wrong

# 2.1
right("2.1", [0, -1, 0, 0, 1])
right("2.1", (0, -1, 0, 0, 1))
right("2.1", [0.0, -1.0, 0.0, 0.0, 1.0])
right("2.1", [0 - 0, 0 - 1, 1 - 1, 1 - 1, 1 - 0])
right("2.1", torch.tensor([0, -1, 0, 0, 1]))
right("2.1", np.array([0.0, -1, 0, 0, 1]))
right("2.1", corr2d(torch.tensor([[0.0, 0, 1, 1, 1, 0]]), torch.tensor([[1.0, -1.0]]))[0].tolist())
right("2.1", corr2d(torch.tensor([[0.0, 0, 1, 1, 1, 0]]), torch.tensor([[1.0, -1.0]])).flatten())
right("2.1", -np.diff([0, 0, 1, 1, 1, 0]))
wrong("2.1", "the wrong sign: right minus left", [0, 1, 0, 0, -1])
wrong("2.1", "absolute values: both edges positive", [0, 1, 0, 0, 1])
wrong("2.1", "both edges negative", [0, -1, 0, 0, -1])
wrong("2.1", "off by one: each edge one place too far to the right", [0, 0, -1, 0, 0])
wrong("2.1", "the second edge one place too early", [0, -1, 0, 1, 0])
wrong("2.1", "six values, as many as the input", [0, -1, 0, 0, 1, 0])
wrong("2.1", "four values, the last window forgotten", [0, -1, 0, 0])
wrong("2.1", "in reverse order", [1, 0, 0, -1, 0])
wrong("2.1", "the sums of the neighbors", [0, 1, 2, 2, 1])
wrong("2.1", "only the first edge", [0, -1, 0, 0, 0])
wrong("2.1", "the input without its last value", [0, 0, 1, 1, 1])
wrong("2.1", "all zeros", torch.zeros(5))
wrong("2.1", "the output of a row of the lesson's X", [0, 1, 0, 0, 0, -1, 0])
wrong("2.1", "only the sum of the outputs", 0)
wrong("2.1", "the number of outputs", 5)
wrong("2.1", "text in place of values", "-1 at the first edge and 1 at the second")
wrong("2.1", "no idea: the kernel", [1, -1])

# 2.2
right("2.2", 0.2)
right("2.2", 1 / 5)
right("2.2", 2 / 10)
right("2.2", Fraction(1, 5))
right("2.2", np.float32(0.2))
right("2.2", torch.tensor(0.2))
right("2.2", 2 / torch.linalg.eigvalsh(2 * 5 * torch.eye(2)).max())
right("2.2", np.array(0.2))
right("2.2", torch.tensor(1 / 5, dtype=torch.float64))
wrong("2.2", "the limit of the lesson's image", 1 / 30)
wrong("2.2", "the best rate, 1 / 10, where one step is enough", 0.1)
wrong("2.2", "the 2 of the derivative forgotten: 2 / 5", 0.4)
wrong("2.2", "one row counted in place of five", 1.0)
wrong("2.2", "the mean over the 15 outputs in place of the sum", 3.0)
wrong("2.2", "the derivative's factor in place of 2 over it", 10)
wrong("2.2", "upside down: half the factor", 5)
wrong("2.2", "all 15 windows counted in place of the 5 in which a weight meets an edge", 2 / 30)
wrong("2.2", "the lesson's six rows in place of five", 2 / 12)
wrong("2.2", "some rate that works, not the limit", 0.19)
wrong("2.2", "the page's rate", 0.03)
wrong("2.2", "the best rate of the lesson's image", 1 / 36)
wrong("2.2", "percent in place of a number", 20)
wrong("2.2", "the wrong sign", -0.2)
wrong("2.2", "rounded to a whole number", 0)
wrong("2.2", "integer division", 2 // 10)
wrong("2.2", "text in place of a number", "2 divided by 10")
wrong("2.2", "two rates, one for each weight", [0.2, 0.4])
wrong("2.2", "no idea: NaN", float("nan"))


# 2.3
right("2.3", lambda X, Y, K, lr: K - lr * 2 * corr2d(X, corr2d(X, K) - Y))


@right("2.3")
def _(image, target, kernel, rate=0.03):
    error = target - corr2d(image, kernel)
    gradient = -2 * corr2d(image, error)
    return kernel - rate * gradient


@right("2.3")
def _(X, Y, K, lr):
    errors = corr2d(X, K) - Y
    (h, w), (rows, columns) = K.shape, Y.shape
    gradient = torch.zeros(h, w)
    for a in range(h):
        for b in range(w):
            gradient[a, b] = 2 * (errors * X[a : a + rows, b : b + columns]).sum()
    return K - lr * gradient


@right("2.3")
def _(X, Y, K, lr):
    h, w = K.shape
    new = K.clone()
    errors = corr2d(X, K) - Y
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            new -= 2 * lr * errors[i, j] * X[i : i + h, j : j + w]
    return new


@right("2.3")
def _(X, Y, K, lr):
    windows = X.unfold(0, K.shape[0], 1).unfold(1, K.shape[1], 1)
    errors = torch.einsum("ijab,ab->ij", windows, K) - Y
    return K - 2 * lr * torch.einsum("ij,ijab->ab", errors, windows)


@right("2.3")
def _(X, Y, K, lr):
    """Least squares with im2col: the rows of A are the windows."""
    A = F.unfold(X[None, None], tuple(K.shape))[0].T
    k = K.reshape(-1)
    return (k - lr * 2 * A.T @ (A @ k - Y.reshape(-1))).reshape(K.shape)


@right("2.3")
def _(X, Y, K, lr):
    x, y, k = X.numpy(), Y.numpy(), K.numpy()
    errors = (np.lib.stride_tricks.sliding_window_view(x, k.shape) * k).sum(axis=(2, 3)) - y
    gradient = 2 * (np.lib.stride_tricks.sliding_window_view(x, errors.shape) * errors).sum(axis=(2, 3))
    return torch.tensor(k - lr * gradient, dtype=K.dtype)


@right("2.3")
def _(X, Y, K, lr):
    """Central differences, which are exact for a quadratic loss."""
    X, Y, new = X.double(), Y.double(), K.double().clone()
    for a in range(K.shape[0]):
        for b in range(K.shape[1]):
            unit = torch.zeros_like(new)
            unit[a, b] = 1.0
            up, down = (((corr2d(X, K.double() + s * unit) - Y) ** 2).sum() for s in (1, -1))
            new[a, b] -= lr * (up - down) / 2
    return new.to(K.dtype)


class Descent:
    def gradient(self, X, Y, K):
        errors = F.conv2d(X[None, None], K[None, None]) - Y
        return F.conv2d(X[None, None], errors)[0, 0] * 2

    def __call__(self, X, Y, K, lr):
        return torch.sub(K, self.gradient(X, Y, K), alpha=float(lr))


right("2.3", Descent())


def errors_of(X, Y, K):
    return corr2d(X, K) - Y


wrong("2.3", "the factor 2 forgotten", lambda X, Y, K, lr: K - lr * corr2d(X, errors_of(X, Y, K)))
wrong("2.3", "the wrong sign: goes up the gradient", lambda X, Y, K, lr: K + 2 * lr * corr2d(X, errors_of(X, Y, K)))
wrong("2.3", "the error with the wrong sign", lambda X, Y, K, lr: K - 2 * lr * corr2d(X, Y - corr2d(X, K)))
wrong("2.3", "the mean in place of the sum", lambda X, Y, K, lr: K - 2 * lr * corr2d(X, errors_of(X, Y, K)) / Y.numel())
wrong("2.3", "returns the gradient in place of the kernel", lambda X, Y, K, lr: 2 * corr2d(X, errors_of(X, Y, K)))
wrong("2.3", "returns only the change", lambda X, Y, K, lr: -2 * lr * corr2d(X, errors_of(X, Y, K)))
wrong("2.3", "ignores the learning rate", lambda X, Y, K, lr: K - 2 * corr2d(X, errors_of(X, Y, K)))
wrong("2.3", "hard-coded to the page's rate 0.03", lambda X, Y, K, lr: K - 0.06 * corr2d(X, errors_of(X, Y, K)))
wrong("2.3", "the target forgotten", lambda X, Y, K, lr: K - 2 * lr * corr2d(X, corr2d(X, K)))
wrong("2.3", "right only from a kernel of zeros", lambda X, Y, K, lr: K + 2 * lr * corr2d(X, Y))
wrong("2.3", "the gradient flipped", lambda X, Y, K, lr: K - 2 * lr * corr2d(X, errors_of(X, Y, K)).flip(0, 1))
wrong("2.3", "flips the errors", lambda X, Y, K, lr: K - 2 * lr * corr2d(X, errors_of(X, Y, K).flip(0, 1)))
wrong("2.3", "squares the errors in the gradient", lambda X, Y, K, lr: K - 2 * lr * corr2d(X, errors_of(X, Y, K) ** 2))
wrong("2.3", "gradient of absolute errors", lambda X, Y, K, lr: K - lr * corr2d(X, errors_of(X, Y, K).sign()))
wrong("2.3", "one number for all weights: the sum of the errors", lambda X, Y, K, lr: K - 2 * lr * errors_of(X, Y, K).sum())
wrong("2.3", "subtracts the loss", lambda X, Y, K, lr: K - lr * (errors_of(X, Y, K) ** 2).sum())
wrong(
    "2.3",
    "the arguments swapped: the image slides over the errors",
    lambda X, Y, K, lr: K - 2 * lr * corr2d(errors_of(X, Y, K), X),
)
wrong("2.3", "kernel and errors in the wrong roles", lambda X, Y, K, lr: K - 2 * lr * corr2d(errors_of(X, Y, K), K))
wrong("2.3", "the formula as text", "K - lr * 2 * corr2d(X, corr2d(X, K) - Y)")
wrong("2.3", "a tensor in place of a function", torch.tensor([[0.36, -0.36]]))
wrong("2.3", "no idea: returns the kernel unchanged", lambda X, Y, K, lr: K)
wrong("2.3", "parameters in another order", lambda K, X, Y, lr: K - 2 * lr * corr2d(X, errors_of(X, Y, K)))
wrong(
    "2.3",
    "the learning rate multiplied in twice",
    lambda X, Y, K, lr: K - 2 * lr**2 * corr2d(X, errors_of(X, Y, K)),
)


@wrong("2.3", "works only for 1×2 kernels: the page's gradient")
def _(X, Y, K, lr):
    errors = corr2d(X, K) - Y
    by_k0 = 2 * (errors * X[:, :-1]).sum()
    by_k1 = 2 * (errors * X[:, 1:]).sum()
    return K - lr * torch.stack([by_k0, by_k1]).reshape(1, 2)


@wrong("2.3", "works only for kernels with one row")
def _(X, Y, K, lr):
    errors = corr2d(X, K) - Y
    columns = Y.shape[1]
    gradient = [2 * (errors * X[: Y.shape[0], b : b + columns]).sum() for b in range(K.shape[1])]
    return K - lr * torch.stack(gradient).reshape(1, -1)


@wrong("2.3", "works only for square kernels: the height used for both axes")
def _(X, Y, K, lr):
    h = K.shape[0]
    errors = corr2d(X, K) - Y
    gradient = torch.zeros(h, h, dtype=X.dtype)
    for a in range(h):
        for b in range(h):
            gradient[a, b] = 2 * (errors * X[a : a + Y.shape[0], b : b + Y.shape[1]]).sum()
    return K - lr * gradient


@wrong("2.3", "changes each weight at once and uses the new ones for the next weight's error")
def _(X, Y, K, lr):
    new = K.clone()
    for a in range(K.shape[0]):
        for b in range(K.shape[1]):
            errors = corr2d(X, new) - Y
            new[a, b] -= 2 * lr * (errors * X[a : a + Y.shape[0], b : b + Y.shape[1]]).sum()
    return new


@wrong("2.3", "uses autograd, which the text rules out")
def _(X, Y, K, lr):
    kernel = K.detach().clone().requires_grad_()
    ((corr2d(X, kernel) - Y) ** 2).sum().backward()
    return (kernel - lr * kernel.grad).detach()


@wrong("2.3", "changes the caller's kernel in place")
def _(X, Y, K, lr):
    K -= lr * 2 * corr2d(X, corr2d(X, K) - Y)
    return K


@wrong("2.3", "no return")
def _(X, Y, K, lr):
    K = K - lr * 2 * corr2d(X, corr2d(X, K) - Y)


@wrong("2.3", "print in place of return")
def _(X, Y, K, lr):
    print(K - lr * 2 * corr2d(X, corr2d(X, K) - Y))


@wrong("2.3", "returns a pair, the kernel and the loss")
def _(X, Y, K, lr):
    errors = corr2d(X, K) - Y
    return K - lr * 2 * corr2d(X, errors), (errors**2).sum()


@wrong("2.3", "takes two steps in place of one")
def _(X, Y, K, lr):
    for _ in range(2):
        K = K - lr * 2 * corr2d(X, corr2d(X, K) - Y)
    return K


@wrong("2.3", "rounds the new weights to two decimals")
def _(X, Y, K, lr):
    return (K - lr * 2 * corr2d(X, corr2d(X, K) - Y)).round(decimals=2)


# 2.4
right("2.4", 1 / 28)
right("2.4", 0.0357)
right("2.4", 0.036)
right("2.4", 0.035)
right("2.4", 0.034)
right("2.4", Fraction(1, 28))
right("2.4", np.float64(0.0355))
right("2.4", torch.tensor(0.0365))
right("2.4", 2 / (14 + 42))
right("2.4", np.linspace(0.034, 0.038, 5)[1])
wrong("2.4", "the page's rate: the shallow direction is too slow", 0.03)
wrong("2.4", "the steep direction is perfect, but the shallow one is too slow", 1 / 42)
wrong("2.4", "too small: 0.02", 0.02)
wrong("2.4", "just too small", 0.0325)
wrong("2.4", "just too large", 0.0375)
wrong("2.4", "the limit of convergence", 1 / 21)
wrong("2.4", "overshoots: 0.04", 0.04)
wrong("2.4", "the best rate of the lesson's image", 1 / 36)
wrong("2.4", "far too small", 0.003)
wrong("2.4", "brings the shallow direction to the goal in one step and makes the steep one explode", 1 / 14)
wrong("2.4", "the limit of exercise 2.2", 0.2)
wrong("2.4", "the rate of a mean over the 21 outputs", 21 / 28)
wrong("2.4", "upside down", 28)
wrong("2.4", "a decimal place lost", 0.0036)
wrong("2.4", "the wrong sign", -1 / 28)
wrong("2.4", "zero", 0.0)
wrong("2.4", "integer division", 2 // 56)
wrong("2.4", "a range in place of one rate", (0.034, 0.036))
wrong("2.4", "the number of steps", 14)
wrong("2.4", "text in place of a number", "between 0.034 and 0.036")
wrong("2.4", "no idea: NaN", torch.tensor(float("nan")))
wrong("2.4", "a typical rate from other tutorials", 1e-3)


# 2.5
def zeros(X, size):
    return torch.zeros(size, dtype=X.dtype, requires_grad=True)


def squares(X, Y, kernel):
    return ((corr2d(X, kernel) - Y) ** 2).sum()


@right("2.5")
def _(X, Y, size, lr, steps):
    kernel = torch.zeros(size, dtype=X.dtype, requires_grad=True)
    for _ in range(steps):
        kernel.grad = None
        loss = ((corr2d(X, kernel) - Y) ** 2).sum()
        loss.backward()
        with torch.no_grad():
            kernel -= lr * kernel.grad
    return kernel.detach()


@right("2.5")
def _(X, Y, size, lr, steps):
    kernel = torch.zeros(size, dtype=X.dtype, requires_grad=True)
    for _ in range(steps):
        loss = ((corr2d(X, kernel) - Y) ** 2).sum()
        loss.backward()
        with torch.no_grad():
            kernel -= lr * kernel.grad
            kernel.grad.zero_()
    return kernel.detach()


@right("2.5")
def _(X, Y, size, lr=0.03, steps=20):
    kernel = zeros(X, size)
    for _ in range(steps):
        if kernel.grad is not None:
            kernel.grad.fill_(0)
        squares(X, Y, kernel).backward()
        kernel.data = kernel.data - lr * kernel.grad
    return kernel.data


@right("2.5")
def _(X, Y, size, lr, steps):
    kernel = zeros(X, size)
    for _ in range(steps):
        (gradient,) = torch.autograd.grad(squares(X, Y, kernel), kernel)
        with torch.no_grad():
            kernel -= lr * gradient
    return kernel.detach().clone()


@right("2.5")
def _(X, Y, size, lr, steps):
    kernel = nn.Parameter(torch.zeros(size, dtype=X.dtype))
    optimizer = torch.optim.SGD([kernel], lr=lr)
    for _ in range(steps):
        optimizer.zero_grad()
        squares(X, Y, kernel).backward()
        optimizer.step()
    return kernel.detach()


@right("2.5")
def _(X, Y, size, lr, steps):
    """A layer does it."""
    layer = nn.Conv2d(1, 1, kernel_size=tuple(size), bias=False, dtype=X.dtype)
    nn.init.zeros_(layer.weight)
    for _ in range(steps):
        layer.zero_grad()
        nn.functional.mse_loss(layer(X[None])[0], Y, reduction="sum").backward()
        with torch.no_grad():
            layer.weight -= lr * layer.weight.grad
    return layer.weight.detach()[0, 0]


@right("2.5")
def _(X, Y, size, lr, steps):
    """By hand, no autograd."""
    kernel = torch.zeros(size, dtype=X.dtype)
    for _ in range(steps):
        kernel = kernel - 2 * lr * corr2d(X, corr2d(X, kernel) - Y)
    return kernel


@right("2.5")
def _(X, Y, size, lr, steps):
    """A new leaf in each iteration has no old gradient."""
    kernel = torch.zeros(size, dtype=X.dtype)
    for _ in range(steps):
        leaf = kernel.requires_grad_()
        squares(X, Y, leaf).backward()
        kernel = (leaf - lr * leaf.grad).detach()
    return kernel.detach()


def descend_from(X, Y, kernel, lr, steps):
    if steps == 0:
        return kernel
    gradient = torch.func.grad(lambda k: squares(X, Y, k))(kernel)
    return descend_from(X, Y, kernel - lr * gradient, lr, steps - 1)


right("2.5", lambda X, Y, size, lr, steps: descend_from(X, Y, torch.zeros(size, dtype=X.dtype), lr, steps))


def loop(X, Y, size, lr, steps, before=None, between=None, after=None, sign=1, loss_of=squares):
    """The page's function with room for a repair: before the loss, between gradient and step, after the step."""
    kernel = zeros(X, size)
    for step in range(steps):
        if before:
            before(kernel, step)
        loss_of(X, Y, kernel).backward()
        with torch.no_grad():
            if between:
                between(kernel, step)
            kernel -= sign * lr * kernel.grad
            if after:
                after(kernel, step)
    return kernel.detach()


def clear(kernel, step):
    kernel.grad = None


def clear_odd(kernel, step):
    if step % 2:
        kernel.grad = None


def halve(kernel, step):
    kernel.grad /= 2


def mean_loss(X, Y, kernel):
    return ((corr2d(X, kernel) - Y) ** 2).mean()


def all_pairs(X, Y, kernel):
    return ((corr2d(X, kernel).flatten() - Y.reshape(-1, 1)) ** 2).sum()


def mean_of_all_pairs(X, Y, kernel):
    return ((corr2d(X, kernel).flatten() - Y.reshape(-1, 1)) ** 2).mean()


wrong("2.5", "unchanged: each output minus each target", functools.partial(loop, before=clear, loss_of=all_pairs))
wrong("2.5", "takes the mean over all the pairs", functools.partial(loop, before=clear, loss_of=mean_of_all_pairs))
wrong("2.5", "the pairs are right, but the clearing is lost: the gradients pile up", loop)
wrong(
    "2.5",
    "clears the gradient before the first backward, when it's still None",
    functools.partial(loop, before=lambda kernel, step: kernel.grad.zero_()),
)
wrong(
    "2.5",
    "clears the gradient between backward and step, so nothing moves",
    functools.partial(loop, between=lambda kernel, step: kernel.grad.zero_()),
)
wrong(
    "2.5",
    "sets the gradient to None between backward and step",
    functools.partial(loop, between=clear),
)
wrong(
    "2.5",
    "clears the kernel in place of its gradient",
    functools.partial(loop, after=lambda kernel, step: kernel.zero_()),
)
wrong("2.5", "clears only in every second step", functools.partial(loop, before=clear_odd))
wrong("2.5", "halves the old gradient, so part of it stays: momentum", functools.partial(loop, after=halve))
wrong("2.5", "cleared, but the step has the wrong sign", functools.partial(loop, before=clear, sign=-1))
wrong("2.5", "cleared, but the mean in place of the sum", functools.partial(loop, before=clear, loss_of=mean_loss))
wrong(
    "2.5",
    "divides the gradients that have piled up by the number of steps",
    functools.partial(loop, between=lambda kernel, step: kernel.grad.div_(step + 1)),
)
wrong("2.5", "a smaller learning rate hides the mistake", lambda X, Y, size, lr, steps: loop(X, Y, size, lr / 10, steps))
wrong("2.5", "one step in place of many", lambda X, Y, size, lr, steps: loop(X, Y, size, lr, 1))
wrong("2.5", "one step too few", lambda X, Y, size, lr, steps: loop(X, Y, size, lr, steps - 1, before=clear))
wrong("2.5", "one step too many", lambda X, Y, size, lr, steps: loop(X, Y, size, lr, steps + 1, before=clear))
wrong("2.5", "always 20 steps, the page's number", lambda X, Y, size, lr, steps: loop(X, Y, size, lr, 20, before=clear))
wrong("2.5", "always a 1×2 kernel", lambda X, Y, size, lr, steps: loop(X, Y, (1, 2), lr, steps, before=clear))
wrong("2.5", "rounds the learned kernel", lambda *a: loop(*a, before=clear).round())
wrong("2.5", "hard-coded to the page's kernel", lambda X, Y, size, lr, steps: torch.tensor([[1.0, -1.0]]))
wrong("2.5", "a learned kernel in place of the function", torch.tensor([[0.9967, -0.9967]]))
wrong("2.5", "the explanation as text", "kernel.grad.zero_() is missing after the step")
wrong("2.5", "no idea: zeros", lambda X, Y, size, lr, steps: torch.zeros(size, dtype=X.dtype))


@wrong("2.5", "clears once before the loop, not in each iteration")
def _(X, Y, size, lr, steps):
    kernel = zeros(X, size)
    kernel.grad = None
    for _ in range(steps):
        squares(X, Y, kernel).backward()
        with torch.no_grad():
            kernel -= lr * kernel.grad
    return kernel.detach()


@wrong("2.5", "clears after the loop")
def _(X, Y, size, lr, steps):
    kernel = zeros(X, size)
    for _ in range(steps):
        squares(X, Y, kernel).backward()
        with torch.no_grad():
            kernel -= lr * kernel.grad
    kernel.grad.zero_()
    return kernel.detach()


@wrong("2.5", "creates the kernel inside the loop, so each step starts from zeros")
def _(X, Y, size, lr, steps):
    for _ in range(steps):
        kernel = zeros(X, size)
        squares(X, Y, kernel).backward()
        with torch.no_grad():
            kernel -= lr * kernel.grad
    return kernel.detach()


@wrong("2.5", "the optimizer without zero_grad")
def _(X, Y, size, lr, steps):
    kernel = zeros(X, size)
    optimizer = torch.optim.SGD([kernel], lr=lr)
    for _ in range(steps):
        squares(X, Y, kernel).backward()
        optimizer.step()
    return kernel.detach()


@wrong("2.5", "another method: Adam in place of gradient descent")
def _(X, Y, size, lr, steps):
    kernel = zeros(X, size)
    optimizer = torch.optim.Adam([kernel], lr=lr)
    for _ in range(steps):
        optimizer.zero_grad()
        squares(X, Y, kernel).backward()
        optimizer.step()
    return kernel.detach()


@wrong("2.5", "the step makes a new tensor without requires_grad, so the second backward fails")
def _(X, Y, size, lr, steps):
    kernel = zeros(X, size)
    for _ in range(steps):
        squares(X, Y, kernel).backward()
        with torch.no_grad():
            kernel = kernel - lr * kernel.grad
    return kernel.detach()


@wrong("2.5", "no_grad around the whole loop, so nothing is recorded")
def _(X, Y, size, lr, steps):
    kernel = zeros(X, size)
    with torch.no_grad():
        for _ in range(steps):
            kernel.grad = None
            squares(X, Y, kernel).backward()
            kernel -= lr * kernel.grad
    return kernel


@wrong("2.5", "detach cuts the gradient")
def _(X, Y, size, lr, steps):
    kernel = zeros(X, size)
    for _ in range(steps):
        kernel.grad = None
        squares(X, Y, kernel.detach()).backward()
        with torch.no_grad():
            kernel -= lr * kernel.grad
    return kernel.detach()


@wrong("2.5", "takes the step without no_grad: in place on a leaf")
def _(X, Y, size, lr, steps):
    kernel = zeros(X, size)
    for _ in range(steps):
        kernel.grad = None
        squares(X, Y, kernel).backward()
        kernel -= lr * kernel.grad
    return kernel.detach()


@wrong("2.5", "starts from random weights in place of zeros")
def _(X, Y, size, lr, steps):
    kernel = torch.rand(size, dtype=X.dtype, generator=torch.Generator().manual_seed(0))
    for _ in range(steps):
        kernel = kernel - 2 * lr * corr2d(X, corr2d(X, kernel) - Y)
    return kernel


@wrong("2.5", "returns the last gradient in place of the kernel")
def _(X, Y, size, lr, steps):
    kernel = zeros(X, size)
    for _ in range(steps):
        kernel.grad = None
        squares(X, Y, kernel).backward()
        with torch.no_grad():
            kernel -= lr * kernel.grad
    return kernel.grad


@wrong("2.5", "returns the losses in place of the kernel")
def _(X, Y, size, lr, steps):
    kernel, losses = torch.zeros(size, dtype=X.dtype), []
    for _ in range(steps):
        losses.append(squares(X, Y, kernel).item())
        kernel = kernel - 2 * lr * corr2d(X, corr2d(X, kernel) - Y)
    return losses


@wrong("2.5", "no return")
def _(X, Y, size, lr, steps):
    kernel = zeros(X, size)
    for _ in range(steps):
        kernel.grad = None
        squares(X, Y, kernel).backward()
        with torch.no_grad():
            kernel -= lr * kernel.grad


@wrong("2.5", "returns inside the loop, after the first step")
def _(X, Y, size, lr, steps):
    kernel = zeros(X, size)
    for _ in range(steps):
        squares(X, Y, kernel).backward()
        with torch.no_grad():
            kernel -= lr * kernel.grad
            kernel.grad.zero_()
        return kernel.detach()


@wrong("2.5", "the counter is never increased: endless")
def _(X, Y, size, lr, steps):
    kernel, step = zeros(X, size), 0
    while step < steps:
        kernel.grad = None
        squares(X, Y, kernel).backward()
        with torch.no_grad():
            kernel -= lr * kernel.grad
    return kernel.detach()


# 2.6a
def central(f, x, eps, up=1, down=1, divide=2):
    found = []
    for i in range(x.numel()):
        a, b = x.clone().flatten(), x.clone().flatten()
        a[i] += up * eps
        b[i] -= down * eps
        found.append((f(a.reshape(x.shape)) - f(b.reshape(x.shape))) / (divide * eps))
    return torch.stack(found).reshape(x.shape)


right("2.6a", central)
right("2.6a", lambda f, x, eps: central(f, x, eps).tolist())


@right("2.6a")
def _(f, x, eps):
    """Changes a clone and puts each value back."""
    x, gradient = x.clone(), np.zeros(tuple(x.shape))
    for index in np.ndindex(*x.shape):
        before = x[index].item()
        x[index] = before + eps
        up = f(x).item()
        x[index] = before - eps
        gradient[index] = (up - f(x).item()) / (2 * eps)
        x[index] = before
    return torch.from_numpy(gradient)


@right("2.6a")
def _(f, x, eps):
    steps = eps * torch.eye(x.numel(), dtype=x.dtype).reshape(-1, *x.shape)
    return torch.stack([(f(x + step) - f(x - step)) / (2 * eps) for step in steps]).reshape(x.shape)


wrong("2.6a", "forward differences", functools.partial(central, down=0, divide=1))
wrong("2.6a", "backward differences", functools.partial(central, up=0, divide=1))
wrong("2.6a", "divides by eps", functools.partial(central, divide=1))
wrong("2.6a", "the sign is wrong", functools.partial(central, divide=-2))
wrong("2.6a", "no division", lambda f, x, eps: central(f, x, eps) * 2 * eps)
wrong("2.6a", "flat", lambda f, x, eps: central(f, x, eps).flatten())
wrong("2.6a", "all values at once", lambda f, x, eps: (f(x + eps) - f(x - eps)) / (2 * eps))
wrong("2.6a", "autograd", lambda f, x, eps: torch.autograd.grad(f(y := x.clone().requires_grad_()), y)[0])
wrong("2.6a", "another eps", lambda f, x, eps: central(f, x, 1.0))
wrong("2.6a", "changes x", lambda f, x, eps: central(f, x.add_(eps), eps))


# 2.6b
right("2.6b", lambda X, K, dY: corr2d(X, dY))
right("2.6b", lambda X, K, dY: torch.einsum("abij,ij->ab", X.unfold(0, len(dY), 1).unfold(1, dY.shape[1], 1), dY))
right("2.6b", lambda X, K, dY: F.conv2d(X[None, None], dY[None, None])[0, 0])


@right("2.6b")
def _(X, K, dY):
    (h, w), gradient = K.shape, torch.zeros_like(K)
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            gradient += dY[i, j] * X[i : i + h, j : j + w]
    return gradient


wrong("2.6b", "the errors flipped", lambda X, K, dY: corr2d(X, dY.flip(0, 1)))
wrong("2.6b", "twice", lambda X, K, dY: 2 * corr2d(X, dY))
wrong("2.6b", "the mean", lambda X, K, dY: corr2d(X, dY) / dY.numel())
wrong("2.6b", "dY ignored", lambda X, K, dY: corr2d(X, torch.ones_like(dY)))
wrong("2.6b", "the result flipped", lambda X, K, dY: corr2d(X, dY).flip(0, 1))
wrong("2.6b", "the output", lambda X, K, dY: corr2d(X, K))
wrong("2.6b", "times the kernel", lambda X, K, dY: K * corr2d(X, dY))
wrong("2.6b", "the sign", lambda X, K, dY: -corr2d(X, dY))
wrong("2.6b", "the sum", lambda X, K, dY: corr2d(X, dY).sum())
wrong("2.6b", "nothing", lambda X, K, dY: torch.zeros_like(K))


# 2.6c
def around(dY, rows, columns):
    return F.pad(dY, (columns, columns, rows, rows))


def full(X, K, dY):
    return corr2d(around(dY, K.shape[0] - 1, K.shape[1] - 1), K.flip(0, 1))


right("2.6c", full)


@right("2.6c")
def _(X, K, dY):
    (h, w), gradient = K.shape, torch.zeros_like(X)
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            gradient[i : i + h, j : j + w] += dY[i, j] * K
    return gradient


@right("2.6c")
def _(X, K, dY):
    """The matrix of the dense layer, transposed."""
    units = torch.eye(X.numel(), dtype=X.dtype).reshape(-1, *X.shape)
    return torch.stack([(corr2d(unit, K) * dY).sum() for unit in units]).reshape(X.shape)


wrong("2.6c", "no flip", lambda X, K, dY: corr2d(around(dY, K.shape[0] - 1, K.shape[1] - 1), K))
wrong("2.6c", "no padding", lambda X, K, dY: corr2d(dY, K.flip(0, 1)))
wrong("2.6c", "padding exchanged", lambda X, K, dY: corr2d(around(dY, K.shape[1] - 1, K.shape[0] - 1), K.flip(0, 1)))
wrong("2.6c", "twice", lambda X, K, dY: 2 * full(X, K, dY))
wrong("2.6c", "transposed kernel", lambda X, K, dY: corr2d(around(dY, K.shape[0] - 1, K.shape[1] - 1), K.T))
wrong("2.6c", "only the rows flipped", lambda X, K, dY: corr2d(around(dY, K.shape[0] - 1, K.shape[1] - 1), K.flip(0)))
wrong("2.6c", "dY ignored", lambda X, K, dY: full(X, K, torch.ones_like(dY)))
wrong("2.6c", "transposed convolution", lambda X, K, dY: F.conv_transpose2d(dY[None, None], K[None, None])[0, 0])
wrong("2.6c", "the other gradient", lambda X, K, dY: corr2d(X, dY))
wrong("2.6c", "zeros", lambda X, K, dY: torch.zeros_like(X))


# 2.6d
def examine(backward, sizes=(((4, 6), (2, 3)), ((5, 4), (3, 1))), tolerance=1e-6, dY_of=torch.randn_like, parts=(0, 1)):
    for n, k in sizes:
        X, K = torch.randn(n, dtype=torch.float64), torch.randn(k, dtype=torch.float64)
        dY = dY_of(corr2d(X, K))
        got = backward(X.clone(), K.clone(), dY.clone())
        wanted = (
            central(lambda x, K=K, dY=dY: (dY * corr2d(x, K)).sum(), X, 1e-4),
            central(lambda k, X=X, dY=dY: (dY * corr2d(X, k)).sum(), K, 1e-4),
        )
        for i in parts:
            if got[i].shape != wanted[i].shape or (got[i] - wanted[i]).abs().max() > tolerance:
                return False
    return True


right("2.6d", examine)


@right("2.6d")
def _(backward):
    assert examine(backward, tolerance=1e-4)
    return True


@right("2.6d")
def _(backward):
    """With autograd in place of differences."""
    X, K = (torch.randn(size, dtype=torch.float64, requires_grad=True) for size in ((4, 6), (2, 3)))
    Y = F.conv2d(X[None, None], K[None, None])[0, 0]
    dY = torch.randn_like(Y)
    wanted = torch.autograd.grad(Y, (X, K), dY)
    got = backward(X.detach(), K.detach(), dY)
    return all(a.shape == b.shape and torch.allclose(a, b) for a, b in zip(got, wanted, strict=True))


wrong("2.6d", "accepts everything", lambda backward: True)
wrong("2.6d", "refuses everything", lambda backward: False)
wrong("2.6d", "only dX", functools.partial(examine, parts=(0,)))
wrong("2.6d", "only dK", functools.partial(examine, parts=(1,)))
wrong("2.6d", "dY of ones", functools.partial(examine, dY_of=torch.ones_like))
wrong("2.6d", "positive dY", functools.partial(examine, dY_of=torch.rand_like))
wrong("2.6d", "1×1 kernels", functools.partial(examine, sizes=(((3, 3), (1, 1)),)))
wrong("2.6d", "square kernels", functools.partial(examine, sizes=(((4, 4), (2, 2)),)))
wrong("2.6d", "no tolerance", functools.partial(examine, tolerance=0))
wrong("2.6d", "a tolerance of 10", functools.partial(examine, tolerance=10))


# 2.7a
def one_run(X, Y, K, lr, steps):
    for _ in range(steps):
        K = K - 2 * lr * corr2d(X, corr2d(X, K) - Y)
    return ((corr2d(X, K) - Y) ** 2).sum()


def runs(X, Y, starts, lr, steps):
    return torch.stack([one_run(X, Y, K, lr, steps) for K in starts])


right("2.7a", runs)
right("2.7a", lambda X, Y, starts, lr, steps: runs(X, Y, starts, lr, steps).tolist())


@right("2.7a")
def _(X, Y, starts, lr, steps):
    """One layer, autograd, SGD."""
    K = starts[:, None].clone().requires_grad_()
    optimizer = torch.optim.SGD([K], lr=lr)
    for _ in range(steps):
        optimizer.zero_grad()
        ((F.conv2d(X[None], K) - Y) ** 2).sum().backward()
        optimizer.step()
    return ((F.conv2d(X[None], K) - Y) ** 2).sum(dim=(1, 2)).detach()


wrong("2.7a", "one step too few", lambda X, Y, starts, lr, steps: runs(X, Y, starts, lr, steps - 1))
wrong("2.7a", "one step too many", lambda X, Y, starts, lr, steps: runs(X, Y, starts, lr, steps + 1))
wrong("2.7a", "the mean of the squares", lambda X, Y, starts, lr, steps: runs(X, Y, starts, lr, steps) / Y.numel())
wrong("2.7a", "half the gradient", lambda X, Y, starts, lr, steps: runs(X, Y, starts, lr / 2, steps))
wrong("2.7a", "no training", lambda X, Y, starts, lr, steps: runs(X, Y, starts, lr, 0))
wrong("2.7a", "the average over the starts", lambda X, Y, starts, lr, steps: runs(X, Y, starts, lr, steps).mean())
wrong("2.7a", "the first start only", lambda X, Y, starts, lr, steps: runs(X, Y, starts[:1], lr, steps))
wrong("2.7a", "up the gradient", lambda X, Y, starts, lr, steps: runs(X, Y, starts, -lr, steps))
wrong("2.7a", "always 20 steps", lambda X, Y, starts, lr, steps: runs(X, Y, starts, lr, 20))
wrong("2.7a", "zeros in place of the starts", lambda X, Y, starts, lr, steps: runs(X, Y, 0 * starts, lr, steps))


# 2.7b
def powers(low, high, count):
    return np.geomspace(low, high, count)


def best_of(rates, loss_of):
    finite = [(loss_of(lr), lr) for lr in rates if np.isfinite(loss_of(lr))]
    return min(finite)[1]


right("2.7b", lambda loss_of, low, high, count: best_of(powers(low, high, count), loss_of))
right("2.7b", lambda loss_of, low, high, count: torch.tensor(best_of(powers(low, high, count).tolist(), loss_of)))


@right("2.7b")
def _(loss_of, low, high, count):
    rates = torch.logspace(np.log10(low), np.log10(high), count, dtype=torch.float64)
    losses = torch.tensor([loss_of(lr.item()) for lr in rates], dtype=torch.float64)
    return rates[losses.nan_to_num(float("inf"), float("inf")).argmin()]


wrong("2.7b", "a linear grid", lambda loss_of, low, high, count: best_of(np.linspace(low, high, count), loss_of))
wrong("2.7b", "without the upper end", lambda f, low, high, count: best_of(np.geomspace(low, high, count, False), f))
wrong("2.7b", "one rate more", lambda loss_of, low, high, count: best_of(powers(low, high, count + 1), loss_of))
wrong("2.7b", "min with NaN", lambda loss_of, low, high, count: min(powers(low, high, count), key=loss_of))
wrong("2.7b", "the largest loss", lambda f, low, high, count: best_of(powers(low, high, count), lambda lr: -f(lr)))
wrong("2.7b", "the loss", lambda f, low, high, count: f(best_of(powers(low, high, count), f)))
wrong(
    "2.7b",
    "the index",
    lambda f, low, high, count: list(powers(low, high, count)).index(best_of(powers(low, high, count), f)),
)
wrong("2.7b", "both", lambda f, low, high, count: (best_of(powers(low, high, count), f), 0.1))
wrong("2.7b", "the whole grid", lambda loss_of, low, high, count: powers(low, high, count))
wrong("2.7b", "the lower end", lambda loss_of, low, high, count: low)


# 2.7c
def chosen(losses, by=np.max):
    losses = np.where(np.isfinite(losses.numpy()), losses.numpy(), np.inf)
    row = int(np.argmin(by(losses, axis=1)))
    return row, losses[row].min(), np.median(losses[row]), losses[row].max()


right("2.7c", chosen)
right("2.7c", lambda losses: [float(number) for number in chosen(losses)])


@right("2.7c")
def _(losses):
    losses = losses.nan_to_num(float("inf"), float("inf"))
    row = losses.max(dim=1).values.argmin()
    ordered = losses[row].sort().values
    n = len(ordered)
    return row, ordered[0], (ordered[(n - 1) // 2] + ordered[n // 2]) / 2, ordered[-1]


wrong("2.7c", "the best seed", lambda losses: chosen(losses, np.min))
wrong("2.7c", "the best median", lambda losses: chosen(losses, np.median))
wrong("2.7c", "the best mean", lambda losses: chosen(losses, np.mean))
wrong("2.7c", "NaN ignored", lambda losses: chosen(losses.nan_to_num(0.0, 0.0)))
wrong("2.7c", "largest before smallest", lambda losses: tuple(chosen(losses)[i] for i in (0, 3, 2, 1)))
wrong("2.7c", "only the row", lambda losses: chosen(losses)[0])
wrong("2.7c", "without the row", lambda losses: chosen(losses)[1:])
wrong("2.7c", "the largest worst case", lambda losses: chosen(losses, lambda a, axis: -a.max(axis)))
wrong(
    "2.7c",
    "the lower middle value",
    lambda losses: (*chosen(losses)[:2], losses[chosen(losses)[0]].median().item(), chosen(losses)[3]),
)
wrong("2.7c", "NaN makes its row the best", lambda losses: chosen(losses.nan_to_num(-1.0, -1.0)))
