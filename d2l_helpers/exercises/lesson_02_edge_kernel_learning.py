"""Exercises of lesson 02, learning an edge kernel."""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from .._check import shown
from ..ops.correlation import conv2d, corr2d
from ..window import conv_out_size
from ._kinds import Choice, Function, Value

ROW = torch.tensor([[0.0, 0.0, 1.0, 1.0, 1.0, 0.0]])
EDGE = torch.tensor([[1.0, -1.0]])


def _limit(picture: Tensor) -> float:
    """2/λ for the largest eigenvalue of the Hessian that a sum of squares and a 1×2 kernel have on this picture."""

    def loss(kernel: Tensor) -> Tensor:
        return (F.conv2d(picture[None, None], kernel) ** 2).sum()

    hessian = torch.autograd.functional.hessian(loss, torch.zeros(1, 1, 1, 2, dtype=torch.float64)).reshape(2, 2)
    return 2 / torch.linalg.eigvalsh(hessian)[-1].item()


def _bars() -> Tensor:
    return torch.tensor([[1.0, 0.0, 0.0, 1.0]], dtype=torch.float64).expand(5, 4)


def _step(X: Tensor, Y: Tensor, K: Tensor, lr: float) -> Tensor:
    return _learn(X, Y, K, lr, 1)


def _learn(X: Tensor, Y: Tensor, start: Tensor, lr: float, steps: int, zero: bool = True) -> Tensor:
    """Gradient descent by autograd on the sum of squares."""
    kernel = start.clone().requires_grad_()
    for _ in range(steps):
        if zero:
            kernel.grad = None
        ((F.conv2d(X[None, None], kernel[None, None])[0, 0] - Y) ** 2).sum().backward()
        with torch.no_grad():
            kernel -= lr * kernel.grad
    return kernel.detach()


def _learn_from_zeros(X: Tensor, Y: Tensor, size: tuple[int, int], lr: float, steps: int) -> Tensor:
    return _learn(X, Y, torch.zeros(size, dtype=X.dtype), lr, steps)


def _pile_up(X: Tensor, Y: Tensor, size: tuple[int, int], lr: float, steps: int) -> Tensor:
    return _learn(X, Y, torch.zeros(size, dtype=X.dtype), lr, steps, zero=False)


def _pictures(generator: torch.Generator) -> list[tuple[Tensor, Tensor, tuple[int, int]]]:
    """(X, Y, kernel size) in float64, smallest first; Y is random, so that no kernel explains it wholly."""
    sizes = [((2, 2), (1, 1)), ((2, 4), (1, 2)), ((5, 4), (2, 2)), ((6, 7), (3, 2))]
    return [
        (
            torch.randn(n, generator=generator, dtype=torch.float64),
            torch.randn(conv_out_size(n, k), generator=generator, dtype=torch.float64),
            k,
        )
        for n, k in sizes
    ]


def _step_cases(generator: torch.Generator) -> list[tuple]:
    return [
        (X, Y, torch.randn(size, generator=generator, dtype=torch.float64), 0.01) for X, Y, size in _pictures(generator)
    ]


def _learning_cases(generator: torch.Generator) -> list[tuple]:
    return [(X, Y, size, 0.01, steps) for (X, Y, size), steps in zip(_pictures(generator), (1, 2, 3, 5), strict=True)]


def _is_fast(lr) -> str:
    """Whether 25 steps with this learning rate bring every start of `nn.Conv2d` below a loss of 10⁻⁶."""
    if isinstance(lr, bool) or not isinstance(lr, (int, float)) or not math.isfinite(lr):
        return f"a learning rate is one finite number, got {shown(lr)}"
    if lr <= 0:
        return "the learning rate must be positive: at 0 the kernel never changes, and below 0 the loss rises"
    slow, steep = abs(1 - 12 * lr), abs(1 - 60 * lr)
    bound = 0.5**0.5
    starts = torch.tensor([[a, b] for a in (-bound, bound) for b in (-bound, bound)], dtype=torch.float64)
    contrast = (starts[:, 0] - starts[:, 1] - 2) / 2**0.5
    brightness = (starts[:, 0] + starts[:, 1]) / 2**0.5
    worst = (6 * contrast**2 * slow**50 + 30 * brightness**2 * steep**50).max().item()
    if worst < 1e-6:
        return ""
    facts = f"after 25 steps, the worst start has a loss of {worst:.1e}"
    if math.isclose(steep, 1):
        return f"at lr = 1/30 the kernel jumps back and forth between two points forever\n{facts}"
    if steep > 1:
        return f"the loss diverges: the kernel overshoots farther with each step\n{facts}"
    if steep > slow:
        return f"the loss converges, but each step overshoots: try a slightly smaller rate\n{facts}"
    return f"the loss converges, but too slowly: try a larger rate\n{facts}"


EXERCISES = {
    "2.1": Value(
        reference=lambda: F.conv2d(ROW[None, None], EDGE[None, None]).flatten(),
        mistakes={
            "that's right minus left: the kernel's 1 multiplies the left pixel": lambda: -corr2d(ROW, EDGE).flatten(),
            "edges have a sign: where black changes to white, the output is −1": lambda: corr2d(ROW, EDGE).abs().flatten(),
            "six pixels and a window of two: there are 6 − 2 + 1 = 5 outputs": lambda: F.conv2d(
                ROW[None, None], EDGE[None, None], padding=(0, 1)
            ).flatten()[1:],
            "that's the row itself: the kernel outputs differences between neighbors": lambda: ROW.flatten(),
        },
        hints=[
            "For each pair of neighbors, subtract the right pixel from the left one.",
            "There are five pairs: 0 0, 0 1, 1 1, 1 1, and 1 0.",
        ],
        praise="0 − 1 = −1 where black changes to white, and 1 − 0 = 1 where white changes to black.",
    ),
    "2.2": Value(
        reference=lambda: _limit(_bars()),
        mistakes={
            "at this rate, one step is enough: the limit is larger": lambda: _limit(_bars()) / 2,
            "the derivative of a square has a factor of 2": lambda: 2 * _limit(_bars()),
            "that's for one row: there are five": lambda: 5 * _limit(_bars()),
            "that's the limit for the lesson's image: this one is different": lambda: 2 / 60,
            "that's the factor between the error of a weight and its derivative: the limit is 2 divided by it": lambda: (
                2 / _limit(_bars())
            ),
        },
        hints=[
            "Each row has three windows: 1 0, 0 0, and 0 1. Which weights does each of them use?",
            "The loss is 5(k₀ − 1)² + 5(k₁ + 1)². Its derivative with respect to k₀ is 10(k₀ − 1).",
            "One step multiplies k₀ − 1 by 1 − 10·lr. For which lr is that factor between −1 and 1?",
        ],
        praise="Each step multiplies k₀ − 1 and k₁ + 1 by 1 − 10·lr, which is above −1 if lr < 2/10.",
    ),
    "2.3": Function(
        reference=_step,
        cases=_step_cases,
        mistakes={
            "the factor of 2 from the derivative of a square is missing": lambda X, Y, K, lr: (
                K - lr * corr2d(X, corr2d(X, K) - Y)
            ),
            "this step raises the loss: subtract the gradient": lambda X, Y, K, lr: (
                K + 2 * lr * corr2d(X, corr2d(X, K) - Y)
            ),
            "that's the gradient of the mean: the loss is the sum": lambda X, Y, K, lr: (
                K - 2 * lr * corr2d(X, corr2d(X, K) - Y) / Y.numel()
            ),
            "that's only the step: return the new kernel, K − step": lambda X, Y, K, lr: (
                2 * lr * corr2d(X, corr2d(X, K) - Y)
            ),
            "the errors are flipped: the gradient is a cross-correlation, not a convolution": lambda X, Y, K, lr: (
                K - 2 * lr * conv2d(X, corr2d(X, K) - Y)
            ),
            "the error is the output minus Y, not the output alone": lambda X, Y, K, lr: (
                K - 2 * lr * corr2d(X, corr2d(X, K))
            ),
        },
        hints=[
            "The errors are corr2d(X, K) − Y. Which pixels does the weight K[a, b] multiply, and in which windows?",
            "In the window at (i, j), it's X[i + a, j + b]. So the sum is a cross-correlation of X with the errors.",
            "return K - lr * 2 * corr2d(X, corr2d(X, K) - Y)",
        ],
        praise="Your step agrees with autograd's on four random images, and it needed only cross-correlation.",
    ),
    "2.4": Choice(
        test=_is_fast,
        hints=[
            "Try 0.02 and 0.03. Both miss: with 0.02 the steps are too short, and with 0.03 they overshoot.",
            'The best rate is between them. The deeper section "Which learning rate, and why" derives it.',
        ],
        praise="At 1/36, the best rate, 25 steps multiply the loss by (2/3)⁵⁰, about 1.6 · 10⁻⁹.",
    ),
    "2.5": Function(
        reference=_learn_from_zeros,
        cases=_learning_cases,
        mistakes={
            "the first step is right, but the later ones aren't: what does backward() do to kernel.grad?": _pile_up,
            "the kernel never changes: set the gradient to zero before backward(), not after it": (
                lambda X, Y, size, lr, steps: torch.zeros(size, dtype=X.dtype)
            ),
            "this step raises the loss: subtract the gradient": lambda X, Y, size, lr, steps: _learn_from_zeros(
                X, Y, size, -lr, steps
            ),
            "one step is missing": lambda X, Y, size, lr, steps: _learn_from_zeros(X, Y, size, lr, steps - 1),
            "one step too many": lambda X, Y, size, lr, steps: _learn_from_zeros(X, Y, size, lr, steps + 1),
            "that's for the mean of the squared errors: the loss is their sum": lambda X, Y, size, lr, steps: (
                _learn_from_zeros(X, Y, size, lr / Y.numel(), steps)
            ),
        },
        hints=[
            "For a 1×2 kernel, print kernel.grad after each backward() and compare it with gradient_of.",
            "backward() adds to .grad. A line is missing at the start of the loop.",
            "Write kernel.grad = None before loss.backward().",
        ],
        praise="Now each step uses only the gradient of its own loss.",
    ),
}
