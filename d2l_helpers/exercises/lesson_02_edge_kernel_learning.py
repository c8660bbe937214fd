"""Exercises of notebook 02, learning an edge kernel."""

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
        return "with lr ≤ 0 the kernel stays where it is, or goes uphill"
    slow, steep = abs(1 - 12 * lr), abs(1 - 60 * lr)
    bound = 0.5**0.5
    starts = torch.tensor([[a, b] for a in (-bound, bound) for b in (-bound, bound)], dtype=torch.float64)
    contrast = (starts[:, 0] - starts[:, 1] - 2) / 2**0.5
    brightness = (starts[:, 0] + starts[:, 1]) / 2**0.5
    worst = (6 * contrast**2 * slow**50 + 30 * brightness**2 * steep**50).max().item()
    if worst < 1e-6:
        return ""
    facts = f"after 25 steps the worst start has a loss of {worst:.1e}; factors {1 - 12 * lr:.3f} and {1 - 60 * lr:.3f}"
    if math.isclose(steep, 1):
        return f"lr = 1/30 jumps to and fro along [1, 1] for ever\n{facts}"
    if steep > 1:
        return f"this explodes: 1 − 60·lr is below −1\n{facts}"
    if steep > slow:
        return f"it converges, but jumps over the valley too far: a little smaller\n{facts}"
    return f"it converges, but is slow along [1, −1]: larger\n{facts}"


EXERCISES = {
    "2.1": Value(
        reference=lambda: F.conv2d(ROW[None, None], EDGE[None, None]).flatten(),
        mistakes={
            "this is right minus left: the kernel's 1 lies on the left cell": lambda: -corr2d(ROW, EDGE).flatten(),
            "edges have a sign: black to white is −1": lambda: corr2d(ROW, EDGE).abs().flatten(),
            "six cells and a window of two: 6 − 2 + 1 = 5 answers": lambda: F.conv2d(
                ROW[None, None], EDGE[None, None], padding=(0, 1)
            ).flatten()[1:],
            "this is the row itself; the kernel asks for differences": lambda: ROW.flatten(),
        },
        hints=[
            "Left cell minus right cell, for each pair of neighbours.",
            "Five pairs: 0 0, 0 1, 1 1, 1 1, 1 0.",
        ],
        praise="0 − 1 = −1 where black turns to white, 1 − 0 = 1 where white turns to black.",
    ),
    "2.2": Value(
        reference=lambda: _limit(_bars()),
        mistakes={
            "this is the best rate, 2/(λ + λ); the question is for the limit": lambda: _limit(_bars()) / 2,
            "the second derivative of a square has a 2: λ = 2 · 5": lambda: 2 * _limit(_bars()),
            "this counts one row; there are five": lambda: 5 * _limit(_bars()),
            "this is the limit of the notebook's picture; another picture, another Hessian": lambda: 2 / 60,
            "this is λ itself; the limit is 2/λ": lambda: 2 / _limit(_bars()),
        },
        hints=[
            "In a row there are three windows: 1 0, 0 0, 0 1. How many have a white left cell, a white right cell, both?",
            "Five rows: 5, 5 and 0. The Hessian is twice that.",
            "H = [[10, 0], [0, 10]]: both eigenvalues are 10. The limit is 2/λ.",
        ],
        praise="H = [[10, 0], [0, 10]], so lr < 2/10; the bowl is round, and lr = 1/10 arrives in a single step.",
    ),
    "2.3": Function(
        reference=_step,
        cases=_step_cases,
        mistakes={
            "the 2 of the square's derivative is missing": lambda X, Y, K, lr: K - lr * corr2d(X, corr2d(X, K) - Y),
            "this goes uphill: subtract the gradient": lambda X, Y, K, lr: K + 2 * lr * corr2d(X, corr2d(X, K) - Y),
            "this is the gradient of the mean, not of the sum": lambda X, Y, K, lr: (
                K - 2 * lr * corr2d(X, corr2d(X, K) - Y) / Y.numel()
            ),
            "this is the step alone; return the new kernel, K − step": lambda X, Y, K, lr: (
                2 * lr * corr2d(X, corr2d(X, K) - Y)
            ),
            "the errors are flipped: the gradient is a correlation, not a convolution": lambda X, Y, K, lr: (
                K - 2 * lr * conv2d(X, corr2d(X, K) - Y)
            ),
            "Y is not used: the error is answer − Y": lambda X, Y, K, lr: K - 2 * lr * corr2d(X, corr2d(X, K)),
        },
        hints=[
            "Answer, error, gradient, step: four lines. The error is corr2d(X, K) − Y.",
            "The gradient is a cross-correlation of X with the errors, times 2.",
            "return K - lr * 2 * corr2d(X, corr2d(X, K) - Y)",
        ],
        praise="Your step equals autograd's on four random pictures, and needed nothing but correlation.",
    ),
    "2.4": Choice(
        test=_is_fast,
        hints=[
            "25 steps multiply the loss by a factor to the power of 50. Which rate has the smallest worst factor?",
            "The best fixed rate is 2 / (smallest + largest eigenvalue).",
        ],
        praise="Both factors are near 2/3, and (2/3)⁵⁰ is about 2 · 10⁻⁹.",
    ),
    "2.5": Function(
        reference=_learn_from_zeros,
        cases=_learning_cases,
        mistakes={
            "the first step is right, the later ones are not: what does backward() do to kernel.grad?": _pile_up,
            "the kernel never moves: zero the gradient before backward(), not between backward() and the step": (
                lambda X, Y, size, lr, steps: torch.zeros(size, dtype=X.dtype)
            ),
            "this goes uphill: subtract the gradient": lambda X, Y, size, lr, steps: _learn_from_zeros(
                X, Y, size, -lr, steps
            ),
            "one step is missing": lambda X, Y, size, lr, steps: _learn_from_zeros(X, Y, size, lr, steps - 1),
            "one step too many": lambda X, Y, size, lr, steps: _learn_from_zeros(X, Y, size, lr, steps + 1),
            "this takes the mean of the squares; the loss is their sum": lambda X, Y, size, lr, steps: _learn_from_zeros(
                X, Y, size, lr / Y.numel(), steps
            ),
        },
        hints=[
            "Print kernel.grad after each backward(), and compare it with gradient_of.",
            "backward() adds to .grad. One line is missing at the start of the loop.",
            "kernel.grad = None, before loss.backward().",
        ],
        praise="Each step now uses the gradient of its own loss alone.",
    ),
}
