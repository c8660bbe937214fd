"""The longer tasks of notebook 02: the backward pass of corr2d, and a search for the learning rate."""

# ruff: noqa: D103, the names of these functions say what they do

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from .._language import say
from ..ops.correlation import conv2d, corr2d
from ..window import conv_out_size
from ._clues import explains, fails_where, scaled
from ._comparing import as_tensor, equal, show
from ._kinds import Choice, Function

# 2.6: the backward pass


def squares(x: Tensor) -> Tensor:
    return (x**2).sum()


def cubes(x: Tensor) -> Tensor:
    return (x**3).sum()


def neighbors(x: Tensor) -> Tensor:
    return (x.flatten()[1:] * x.flatten()[:-1].sin()).sum()


def numerical_gradient(f: Callable, x: Tensor, eps: float) -> Tensor:
    """Central differences."""
    gradient = torch.zeros_like(x)
    for index in range(x.numel()):
        step = torch.zeros_like(x)
        step.view(-1)[index] = eps
        gradient.view(-1)[index] = (f(x + step) - f(x - step)) / (2 * eps)
    return gradient


def _differences(after: float, before: float, factor: float = 1.0) -> Callable:
    """(f(x + after·eps) − f(x + before·eps)) / (factor·eps) for each value."""

    def gradient(f: Callable, x: Tensor, eps: float) -> Tensor:
        found = torch.zeros_like(x)
        for index in range(x.numel()):
            step = torch.zeros_like(x)
            step.view(-1)[index] = eps
            found.view(-1)[index] = (f(x + after * step) - f(x + before * step)) / (factor * eps)
        return found

    return gradient


def _never_restored(f: Callable, x: Tensor, eps: float) -> Tensor:
    x, found = x.clone(), torch.zeros_like(x)
    for index in range(x.numel()):
        x.view(-1)[index] += eps
        up = f(x)
        x.view(-1)[index] -= 2 * eps
        found.view(-1)[index] = (up - f(x)) / (2 * eps)
    return found


def _two_copies_never_restored(f: Callable, x: Tensor, eps: float) -> Tensor:
    up, down, found = x.clone(), x.clone(), torch.zeros_like(x)
    for index in range(x.numel()):
        up.view(-1)[index] += eps
        down.view(-1)[index] -= eps
        found.view(-1)[index] = (f(up) - f(down)) / (2 * eps)
    return found


def _all_at_once(f: Callable, x: Tensor, eps: float) -> Tensor:
    return torch.full_like(x, ((f(x + eps) - f(x - eps)) / (2 * eps)).item())


def _numerical_cases(generator: torch.Generator) -> list[tuple]:
    return [
        (f, torch.randn(size, generator=generator, dtype=torch.float64), eps)
        for f, size, eps in [
            (squares, (1, 2), 1e-3),
            (cubes, (2, 2), 1e-2),
            (neighbors, (2, 3), 1e-3),
            (cubes, (5,), 1e-3),
            (neighbors, (3, 2, 2), 1e-2),
        ]
    ]


def grad_K(X: Tensor, K: Tensor, dY: Tensor) -> Tensor:
    return corr2d(X, dY)


def grad_X(X: Tensor, K: Tensor, dY: Tensor) -> Tensor:
    h, w = K.shape
    return conv2d(F.pad(dY, (w - 1, w - 1, h - 1, h - 1)), K)


def _padded(dY: Tensor, rows: int, columns: int) -> Tensor:
    return F.pad(dY, (columns, columns, rows, rows))


def _backward_cases(generator: torch.Generator) -> list[tuple[Tensor, Tensor, Tensor]]:
    """(X, K, dY) in float64, smallest first."""
    sizes = [((2, 2), (1, 1)), ((1, 4), (1, 2)), ((4, 3), (2, 2)), ((5, 6), (2, 3)), ((3, 2), (3, 2)), ((6, 4), (3, 1))]
    return [
        tuple(torch.randn(s, generator=generator, dtype=torch.float64) for s in (n, k, conv_out_size(n, k)))
        for n, k in sizes
    ]


def _last_window(X: Tensor, K: Tensor, dY: Tensor) -> Tensor:
    """The part of the last window only."""
    return dY[-1, -1] * X[-K.shape[0] :, -K.shape[1] :]


def _overwritten(X: Tensor, K: Tensor, dY: Tensor) -> Tensor:
    """Each window's part of dX replaces what was there."""
    dX, (h, w) = torch.zeros_like(X), K.shape
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            dX[i : i + h, j : j + w] = dY[i, j] * K
    return dX


def _padded_afterward(X: Tensor, K: Tensor, dY: Tensor) -> Tensor:
    h, w = K.shape
    inside = conv2d(dY, K) if dY.shape[0] >= h and dY.shape[1] >= w else torch.zeros(0, 0, dtype=X.dtype)
    return _padded(inside, h - 1, w - 1) if inside.numel() else torch.zeros_like(X)


def _of_gradients(wrong, cases) -> str:
    where = fails_where(
        wrong,
        cases,
        {
            "it's right only for square kernels": lambda X, K, dY: K.shape[0] != K.shape[1],
            "it's right only for 1×1 kernels": lambda X, K, dY: K.numel() > 1,
            "it's right only for kernels with one row": lambda X, K, dY: K.shape[0] > 1,
        },
    )
    factor = scaled(wrong)
    if not where and factor and len(wrong) == len(cases):
        return say("every value is {0:.4g} times as large as it should be", factor)
    return where


def _of_differences(wrong, cases) -> str:
    """What wrong numerical gradients have in common; the parts of a case are f, x, and eps."""
    if any(outcome.fault for outcome in wrong):
        return ""
    values = [as_tensor(outcome.got) for outcome in wrong]
    if any(value is None for value in values):
        return ""
    if all(value.numel() == 1 and outcome.expected.numel() > 1 for value, outcome in zip(values, wrong, strict=True)):
        return "that's one number: change one value at a time, and give a derivative for each"
    if all(value.numel() == outcome.expected.numel() for value, outcome in zip(values, wrong, strict=True)) and any(
        value.shape != outcome.expected.shape for value, outcome in zip(values, wrong, strict=True)
    ):
        return "the gradient must have the shape of x"
    if explains(wrong, lambda f, x, eps: numerical_gradient(f, x, 1e-5)):
        return "that's the exact derivative, or one with a much smaller eps: give the central difference for this eps"
    for always in (1.0, 0.5, 0.1, 0.01, 0.001):
        if explains(wrong, lambda f, x, eps, always=always: numerical_gradient(f, x, always)):
            return say("eps is always {0:g}: use the argument", always)
    pairs = [
        (value, outcome.expected)
        for value, outcome in zip(values, wrong, strict=True)
        if value.shape == outcome.expected.shape
    ]
    if len(pairs) == len(wrong) and not any(got.any() for got, _ in pairs):
        return "every derivative is 0: is f evaluated twice at the same point? (up = down = x.clone() is a single tensor)"
    if len(pairs) == len(wrong) and all(
        torch.allclose(got.double(), torch.where(got == 0, 0.0, expected), rtol=1e-6) for got, expected in pairs
    ):
        return "some derivatives have stayed 0, the others are right: visit every value of x, along all of its axes"
    return ""


def _of_losses(wrong, cases) -> str:
    """What wrong losses have in common."""
    narrow = fails_where(
        wrong,
        cases,
        {
            "it's right only for 1×2 kernels, such as the lesson's": lambda X, Y, starts, *_: starts.shape[1:] != (1, 2),
            "it's right only if there's a single start": lambda X, Y, starts, *_: len(starts) > 1,
        },
    )
    if any(outcome.fault for outcome in wrong):
        return narrow
    for taken in range(41):
        if explains(wrong, lambda X, Y, starts, lr, steps, n=taken: losses_after(X, Y, starts, lr, n)):
            return say("those are the losses after {0} steps, whatever the argument says", taken)
    sizes = [as_tensor(outcome.got) for outcome in wrong]
    if all(value is not None and value.dim() == 0 for value in sizes):
        return "that's one number: return one loss for each start"
    if all(
        value is not None and value.numel() != outcome.expected.numel() for value, outcome in zip(sizes, wrong, strict=True)
    ):
        return "return one loss for each start"
    return narrow


def _of_a_search(wrong, cases) -> str:
    """What wrong rates have in common."""
    got = [as_tensor(outcome.got) for outcome in wrong if not outcome.fault]
    if len(got) < len(wrong) or any(value is None for value in got):
        return ""
    if all(value.numel() > 1 for value in got):
        return "return one number, the best rate"
    rates = [value.item() for value in got]
    for line, which in {"the lower": 1, "the upper": 2}.items():
        if all(math.isclose(rate, outcome.case[which], rel_tol=1e-6) for rate, outcome in zip(rates, wrong, strict=True)):
            return say("that's {0} end of the grid, which isn't the best rate here", line)
    for rate, outcome in zip(rates, wrong, strict=True):
        _, low, high, count = outcome.case
        if not any(math.isclose(rate, point, rel_tol=1e-5) for point in _grid(low, high, count)):
            return "this rate isn't on the grid: count rates from low to high, with equal ratios"
    if any(not math.isfinite(outcome.case[0](rate)) for rate, outcome in zip(rates, wrong, strict=True)):
        return "this rate's loss isn't finite"
    return "another rate of the grid has a smaller finite loss"


def _of_a_report(wrong, cases) -> str:
    """What wrong reports have in common."""
    got = [as_tensor(outcome.got) for outcome in wrong if not outcome.fault]
    if len(got) < len(wrong) or any(value is None for value in got):
        return ""
    if any(value.numel() != 4 for value in got):
        return "return four numbers: the row, and its smallest, median and largest loss"
    if all(
        value[0] == outcome.expected[0] + 1 and equal(value[1:], torch.tensor(outcome.expected[1:], dtype=torch.float64))
        for value, outcome in zip(got, wrong, strict=True)
    ):
        return "rows count from 0"
    if all(value[0] == outcome.expected[0] for value, outcome in zip(got, wrong, strict=True)):
        return "the row is right, but not all three losses are: smallest, median, largest, of that row alone"
    return "another row has a smaller largest loss, if what isn't finite counts as infinite"


class _Backward:
    """A right or a faulty backward pass, (X, K, dY) → (dX, dK), made of two functions."""

    def __init__(self, dX: Callable, dK: Callable):
        self.dX, self.dK = dX, dK

    def __call__(self, X: Tensor, K: Tensor, dY: Tensor) -> tuple[Tensor, Tensor]:
        return self.dX(X, K, dY), self.dK(X, K, dY)


def by_autograd(X: Tensor, K: Tensor, dY: Tensor) -> tuple[Tensor, Tensor]:
    X, K = X.clone().requires_grad_(), K.clone().requires_grad_()
    with torch.enable_grad():
        return torch.autograd.grad((F.conv2d(X[None, None], K[None, None])[0, 0] * dY).sum(), (X, K))


def by_loops(X: Tensor, K: Tensor, dY: Tensor) -> tuple[Tensor, Tensor]:
    dX, dK, (h, w) = torch.zeros_like(X), torch.zeros_like(K), K.shape
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            dX[i : i + h, j : j + w] += dY[i, j] * K
            dK += dY[i, j] * X[i : i + h, j : j + w]
    return dX, dK


def _changes_X(X: Tensor, K: Tensor, dY: Tensor) -> tuple[Tensor, Tensor]:
    both = grad_X(X, K, dY), grad_K(X, K, dY)
    X.zero_()
    return both


RIGHT = {
    "corr2d for dK, the full convolution for dX": _Backward(grad_X, grad_K),
    "autograd": by_autograd,
    "loops that add up each window's part": by_loops,
}
FAULTY = {
    "forgets the flip in dX": _Backward(lambda X, K, dY: grad_X(X, K.flip(0, 1), dY), grad_K),
    "flips dY in dK": _Backward(grad_X, lambda X, K, dY: conv2d(X, dY)),
    "doubles dX": _Backward(lambda X, K, dY: 2 * grad_X(X, K, dY), grad_K),
    "doubles dK": _Backward(grad_X, lambda X, K, dY: 2 * grad_K(X, K, dY)),
    "returns zeros for dX": _Backward(lambda X, K, dY: torch.zeros_like(X), grad_K),
    "returns zeros for dK": _Backward(grad_X, lambda X, K, dY: torch.zeros_like(K)),
    "takes ones in place of dY": _Backward(
        lambda X, K, dY: grad_X(X, K, torch.ones_like(dY)), lambda X, K, dY: grad_K(X, K, torch.ones_like(dY))
    ),
    "returns dK first, then dX": _Backward(grad_K, grad_X),
    "is wrong only in the last row of dX": _Backward(
        lambda X, K, dY: torch.cat([grad_X(X, K, dY)[:-1], 0 * X[-1:]]), grad_K
    ),
    "changes the sign of dX": _Backward(lambda X, K, dY: -grad_X(X, K, dY), grad_K),
    "uses the kernel's height for its width": _Backward(
        grad_X, lambda X, K, dY: grad_K(X, K, dY) * (torch.arange(K.shape[1]) < K.shape[0])
    ),
    "is right to two digits only": _Backward(lambda X, K, dY: 1.01 * grad_X(X, K, dY), grad_K),
    "averages dK over the windows": _Backward(grad_X, lambda X, K, dY: grad_K(X, K, dY) / dY.numel()),
    "takes the absolute value of dY in dK": _Backward(grad_X, lambda X, K, dY: grad_K(X, K, dY.abs())),
}


def _checks_gradients(test: Any) -> str:
    """Run a gradient check on right and faulty backward passes."""
    if not callable(test):
        return say("give the function itself, check(…, gradient_check), not {0}", show(test))
    calls: list[tuple] = []

    def watched(*inputs) -> tuple[Tensor, Tensor]:
        calls.append(inputs)
        return grad_X(*inputs), grad_K(*inputs)

    accepted, said = _accepted(test, watched)
    if accepted is None:
        return said
    if not calls:
        return "your check never calls backward: give it X, K, and dY, and look at the pair that comes back"
    for name, backward in RIGHT.items():
        accepted, said = _accepted(test, backward)
        if accepted is None:
            return said
        if not accepted:
            return _too_strict(test, name, said)
    passed = [name for name, backward in FAULTY.items() if _accepted(test, backward)[0]]
    if not passed:
        return ""
    if len(passed) == len(FAULTY):
        return say("your check accepts every backward pass, {0} faulty ones too: what does it compare?", len(FAULTY))
    constant = all(bool((part == part.flatten()[0]).all()) for inputs in calls for part in inputs)
    line = "all your inputs are constant, so a value in the wrong place can't show" if constant else _blind(test)
    more = say("; {0} of {1} faulty ones pass", len(passed), len(FAULTY)) if len(passed) > 1 else ""
    return f"{line}\n" * bool(line) + say("your check accepts a backward pass that {0}{1}", passed[0], more)


def _too_strict(test: Callable, name: str, said: str) -> str:
    """Why a check refuses a right backward pass."""
    if _accepted(test, FAULTY["returns dK first, then dX"])[0]:
        return "your check takes the first of the pair for dK: backward returns dX, dK"
    if _accepted(test, FAULTY["takes ones in place of dY"])[0]:
        return "your check differentiates the plain sum of the outputs: each output must be weighted by its dY"
    passed = [fault for fault, backward in FAULTY.items() if _accepted(test, backward)[0]]
    if len(passed) > len(FAULTY) // 2:
        return say("True and False are exchanged: right backward passes are refused, and one passes that {0}", passed[0])
    refused = say(
        ("your check refuses a right backward pass ({0}){1}: numerical gradients agree only to some digits"), name, said
    )
    return (
        refused
        if passed
        else say("{0} (it refuses all the others, too: are its tolerance, its step, and its precision right?)", refused)
    )


def _blind(test: Callable) -> str:
    """What a check doesn't look at, '' if it sees that something is added to a gradient."""

    def accepts(on_X: float, on_K: float) -> bool:
        return bool(_accepted(test, _Backward(lambda *case: grad_X(*case) + on_X, lambda *case: grad_K(*case) + on_K))[0])

    if accepts(1, 1) and accepts(-1, -1):
        return "gradients are accepted to which 1 is added: their values aren't compared, or with far too large a tolerance"
    unseen = {"dX": accepts(1, 0) and accepts(-1, 0), "dK": accepts(0, 1) and accepts(0, -1)}
    if all(unseen.values()):
        return "it's enough for your check if one of the two gradients is right: both must be"
    if any(unseen.values()):
        return say("the values of {0} are never compared", "dX" if unseen["dX"] else "dK")
    if any(accepts(*off) for off in ((1, 0), (-1, 0), (0, 1), (0, -1))):
        return "gradients that are wrong in one direction are accepted: is abs() missing from the difference?"
    if _accepted(test, _Backward(lambda *case: grad_X(*case).flip(0, 1), lambda *case: grad_K(*case).flip(0, 1)))[0]:
        return "gradients whose values have changed places are accepted: compare value by value, not the totals"
    return ""


def _accepted(test: Callable, backward: Callable) -> tuple[bool | None, str]:
    """Whether the check accepts the backward pass, and what it raised; None where it gives no verdict."""
    try:
        verdict = test(backward)
    except AssertionError as error:
        return False, say(" with “{0}”", str(error).strip().splitlines()[0][:80]) if str(error).strip() else ""
    except Exception as error:
        return False, say(" with {0}: {1}", type(error).__name__, str(error)[:80])
    if verdict is None:
        return None, "your check returned nothing for a backward pass that it doesn't refuse: end with return True"
    value = as_tensor(verdict)
    if value is None or value.numel() != 1 or value.item() not in (0, 1):
        return None, say("your check returned {0}: return True or False, or let an assert fail", show(verdict)[:80])
    return bool(value.item()), ""


# 2.7: a search for the learning rate


def losses_after(X: Tensor, Y: Tensor, starts: Tensor, lr: float, steps: int) -> Tensor:
    """The loss of each start after that many steps of gradient descent."""
    return torch.stack([_loss(X, Y, _descend(X, Y, K, lr, steps)) for K in starts])


def _descend(X: Tensor, Y: Tensor, K: Tensor, lr: float, steps: int) -> Tensor:
    for _ in range(steps):
        K = K - 2 * lr * corr2d(X, corr2d(X, K) - Y)
    return K


def _loss(X: Tensor, Y: Tensor, K: Tensor) -> Tensor:
    return ((corr2d(X, K) - Y) ** 2).sum()


def _one_after_the_other(X: Tensor, Y: Tensor, starts: Tensor, lr: float, steps: int) -> Tensor:
    """Each run begins where the one before it ended."""
    K, found = starts[0], []
    for _ in starts:
        K = _descend(X, Y, K, lr, steps)
        found.append(_loss(X, Y, K))
    return torch.stack(found)


def _piled_up(X: Tensor, Y: Tensor, starts: Tensor, lr: float, steps: int) -> Tensor:
    """Each step uses the sum of all gradients so far."""
    found = []
    for K in starts:
        total = torch.zeros_like(K)
        for _ in range(steps):
            total = total + 2 * corr2d(X, corr2d(X, K) - Y)
            K = K - lr * total
        found.append(_loss(X, Y, K))
    return torch.stack(found)


def _start_cases(generator: torch.Generator) -> list[tuple]:
    sizes = [
        ((2, 3), (1, 2), 1, 1),
        ((4, 5), (2, 2), 3, 2),
        ((5, 4), (3, 1), 2, 4),
        ((3, 6), (2, 3), 4, 3),
        ((3, 4), (1, 2), 2, 2),
    ]
    return [
        (
            torch.randn(n, generator=generator, dtype=torch.float64),
            torch.randn(conv_out_size(n, k), generator=generator, dtype=torch.float64),
            torch.randn((count, *k), generator=generator, dtype=torch.float64),
            lr,
            steps,
        )
        for (n, k, count, steps), lr in zip(sizes, (0.02, 0.01, 0.015, 0.005, 0.02), strict=True)
    ]


def near_a_thirtieth(lr: float) -> float:
    """Smallest near 1/30; beyond 0.12, it diverges."""
    return float("inf") if lr > 0.12 else abs(math.log(30 * lr)) + 0.1


def nan_below_a_two_hundredth(lr: float) -> float:
    return float("nan") if lr < 0.005 else lr


def tiny_beyond_a_tenth(lr: float) -> float:
    """Infinite up to 0.1, then the larger the better."""
    return 1 / lr if lr > 0.1 else float("inf")


def nan_in_the_middle(lr: float) -> float:
    return float("nan") if 0.003 < lr < 0.05 else 1 + lr


def two_valleys(lr: float) -> float:
    """Small near 0.001, large near 0.01, and smallest near 0.1."""
    return 2 + math.cos(math.pi * math.log10(lr)) - (lr > 0.05) / 2


def _grid(low: float, high: float, count: int) -> list[float]:
    return [low * (high / low) ** (i / (count - 1)) for i in range(count)]


def search(loss_of: Callable, low: float, high: float, count: int) -> float:
    """The rate on a logarithmic grid, both ends included, whose loss is the smallest finite one."""
    losses = {lr: loss_of(lr) for lr in _grid(low, high, count)}
    return min((lr for lr, loss in losses.items() if math.isfinite(loss)), key=losses.get)


def _search_on(grid: Callable, pick: Callable = min) -> Callable:
    def found(loss_of: Callable, low: float, high: float, count: int) -> float:
        losses = {lr: loss_of(lr) for lr in grid(low, high, count)}
        return pick((lr for lr, loss in losses.items() if math.isfinite(loss)), key=losses.get)

    return found


def _nan_wins(loss_of: Callable, low: float, high: float, count: int) -> float:
    """What min() and torch.argmin make of NaN: it's the smallest."""
    losses = torch.tensor([loss_of(lr) for lr in _grid(low, high, count)], dtype=torch.float64)
    return _grid(low, high, count)[int(losses.argmin())]


def _min_of_a_list(loss_of: Callable, low: float, high: float, count: int) -> float:
    """A comparison with NaN is False, so a NaN that comes first stays."""
    return min(_grid(low, high, count), key=loss_of)


def _search_until(stops: Callable[[float, float], bool], first: bool) -> Callable:
    """A search from low to high that ends where `stops(loss, best so far)`; `first`: low is the best rate at first."""

    def found(loss_of: Callable, low: float, high: float, count: int) -> float | None:
        best, smallest = low if first else None, math.inf
        for lr in _grid(low, high, count):
            loss = loss_of(lr)
            if stops(loss, smallest):
                break
            if loss < smallest:
                best, smallest = lr, loss
        return best

    return found


def _factors_of_ten(loss_of: Callable, low: float, high: float, count: int) -> float | None:
    rates = [low * 10**i for i in range(20) if low * 10**i <= high * (1 + 1e-9)]
    losses = {lr: loss_of(lr) for lr in rates}
    return min((lr for lr, loss in losses.items() if math.isfinite(loss)), key=losses.get, default=None)


EARLY = "the search stops at the first loss that isn't finite: a later rate may be better"


def _search_cases(generator: torch.Generator) -> list[tuple]:
    return [
        (near_a_thirtieth, 0.001, 1.0, 4),
        (near_a_thirtieth, 0.0005, 0.5, 13),
        (tiny_beyond_a_tenth, 0.001, 0.3, 6),
        (nan_below_a_two_hundredth, 0.0001, 1.0, 9),
        (nan_in_the_middle, 0.001, 0.1, 5),
        (near_a_thirtieth, 0.02, 0.3, 2),
        (two_valleys, 0.0003, 0.3, 8),
    ]


def report(losses: Tensor) -> tuple[int, float, float, float]:
    """(row, smallest, median, largest) of the row of losses whose largest is the smallest; what isn't finite is ∞."""
    losses = torch.where(losses.isfinite(), losses, float("inf"))
    best = int(losses.amax(1).argmin())
    row = losses[best]
    return best, row.min().item(), row.quantile(0.5).item(), row.max().item()


def _report_by(score: Callable) -> Callable:
    def reported(losses: Tensor) -> tuple[int, float, float, float]:
        losses = torch.where(losses.isfinite(), losses, float("inf"))
        best = int(score(losses).argmin())
        row = losses[best]
        middle = row.sort().values
        half = (middle[(len(row) - 1) // 2] + middle[len(row) // 2]) / 2
        return best, row.min().item(), half.item(), row.max().item()

    return reported


def _nan_ignored(losses: Tensor) -> tuple[int, float, float, float]:
    """Runs that diverged are left out."""
    kept = torch.where(losses.isfinite(), losses, float("-inf"))
    best = int(kept.amax(1).argmin())
    row = losses[best][losses[best].isfinite()]
    return best, row.min().item(), row.quantile(0.5).item(), row.max().item()


def _largest_of_columns(losses: Tensor) -> tuple[int, float, float, float]:
    losses = torch.where(losses.isfinite(), losses, float("inf"))
    best = min(int(losses.amax(0).argmin()), len(losses) - 1)
    row = losses[best]
    return (
        best,
        row.min().item(),
        _report_by(lambda kept: -(torch.arange(len(kept)) == best).double())(losses)[2],
        row.max().item(),
    )


def _report_cases(generator: torch.Generator) -> list[tuple[Tensor]]:
    inf, nan = float("inf"), float("nan")
    drawn = torch.rand(5, 6, generator=generator, dtype=torch.float64)
    drawn[1, 2], drawn[3, 0] = nan, inf
    return [
        (torch.tensor([[3.0, 1.0, 2.0], [1.5, 1.6, 1.9], [0.1, 0.2, 9.0]], dtype=torch.float64),),
        (torch.tensor([[0.1, nan, 0.1], [2.0, 2.0, 3.0], [0.0, 0.0, inf]], dtype=torch.float64),),
        (torch.tensor([[4.0, 5.0, 1.0, 2.0], [0.5, 4.5, 4.9, 4.0], [1e9, 1e9, 1e9, 1e9]], dtype=torch.float64),),
        (drawn,),
    ]


EXERCISES = {
    "2.6a": Function(
        reference=numerical_gradient,
        cases=_numerical_cases,
        without=("backward", "grad"),
        otherwise=_of_differences,
        mistakes={
            "that's the forward difference, f(x + eps) − f(x): it's less exact than the central one": _differences(1, 0),
            "that's the backward difference, f(x) − f(x − eps): it's less exact than the central one": _differences(0, -1),
            "the two points are 2·eps apart, so divide by 2·eps": _differences(1, -1),
            "the differences aren't divided by the distance": lambda f, x, eps: 2 * eps * numerical_gradient(f, x, eps),
            "the points are eps/2 away: go a whole eps in both directions": _differences(0.5, -0.5),
            "the points are eps/2 away, but the distance counts as 2·eps": _differences(0.5, -0.5, 2),
            "the sign is wrong: f(x + eps) comes first": _differences(-1, 1, 2),
            "each value must be put back before the next one is changed": _never_restored,
            "the copies keep their changes: each value must be put back before the next one is changed": (
                _two_copies_never_restored
            ),
            "/ 2 * eps multiplies by eps: the divisor needs parentheses, / (2 * eps)": lambda f, x, eps: (
                eps**2 * numerical_gradient(f, x, eps)
            ),
            "all values are changed at once: change one at a time": _all_at_once,
        },
        hints=[
            "For each value: make a copy of x, add eps to that value, and evaluate f. Then do the same with −eps.",
            "x.flatten() or x.view(-1) numbers the values, whatever the shape. Work on clones.",
        ],
        praise="The error of a central difference shrinks like eps², that of a one-sided one like eps.",
    ),
    "2.6b": Function(
        reference=grad_K,
        cases=_backward_cases,
        without=("backward", "grad"),
        otherwise=_of_gradients,
        mistakes={
            "dY is flipped: K[a, b] meets X[i + a, j + b], which is a cross-correlation": lambda X, K, dY: conv2d(X, dY),
            "the factor of 2 belongs to the squared error, which isn't part of corr2d": lambda X, K, dY: 2 * corr2d(X, dY),
            "the outputs' gradient is ignored: multiply by dY": lambda X, K, dY: corr2d(X, torch.ones_like(dY)),
            "the result is flipped": lambda X, K, dY: corr2d(X, dY).flip(0, 1),
            "that's the mean over the windows: add them up": lambda X, K, dY: corr2d(X, dY) / dY.numel(),
            "the sign is wrong": lambda X, K, dY: -corr2d(X, dY),
            "that's the gradient with respect to X": grad_X,
            "that's the output": lambda X, K, dY: corr2d(X, K),
            "every weight gets the sum of dY: multiply each dY[i, j] by the pixel that the weight meets there": (
                lambda X, K, dY: dY.sum() * torch.ones_like(K)
            ),
            "only the last window counts: add up the parts of all windows": _last_window,
            "only the first window counts: add up the parts of all windows": lambda X, K, dY: (
                dY[0, 0] * X[: K.shape[0], : K.shape[1]]
            ),
            "the result is transposed": lambda X, K, dY: corr2d(X, dY).T,
            "it's multiplied by K besides: the output is linear in K, so its derivative doesn't contain K": (
                lambda X, K, dY: K * corr2d(X, dY)
            ),
            "the output stands where dY should: what the loss makes of Y is only in dY": lambda X, K, dY: corr2d(
                X, corr2d(X, K)
            ),
        },
        hints=[
            "How much does Y[i, j] change if K[a, b] grows by a tiny δ?",
            "Sum over all outputs, each weighted by dY[i, j]. Compare the sum with the definition of cross-correlation.",
        ],
        praise="The gradient of a kernel is a cross-correlation of the input with the gradient of the output.",
    ),
    "2.6c": Function(
        reference=grad_X,
        cases=_backward_cases,
        without=("backward", "grad", "conv_transpose2d"),
        otherwise=_of_gradients,
        mistakes={
            "the kernel isn't flipped": lambda X, K, dY: corr2d(_padded(dY, K.shape[0] - 1, K.shape[1] - 1), K),
            "dY needs zeros around it: the result must be as large as X": lambda X, K, dY: conv2d(dY, K),
            "padding is exchanged: h − 1 belongs to the rows, w − 1 to the columns": lambda X, K, dY: conv2d(
                _padded(dY, K.shape[1] - 1, K.shape[0] - 1), K
            ),
            "the padding is one too large on each side": lambda X, K, dY: conv2d(_padded(dY, *K.shape), K),
            "only the rows of the kernel are flipped": lambda X, K, dY: grad_X(X, K.flip(1), dY),
            "only the columns of the kernel are flipped": lambda X, K, dY: grad_X(X, K.flip(0), dY),
            "the kernel is transposed, not flipped": lambda X, K, dY: corr2d(
                _padded(dY, K.shape[0] - 1, K.shape[1] - 1), K.T
            ),
            "the outputs' gradient is ignored: multiply by dY": lambda X, K, dY: grad_X(X, K, torch.ones_like(dY)),
            "the factor of 2 belongs to the squared error, which isn't part of corr2d": lambda X, K, dY: (
                2 * grad_X(X, K, dY)
            ),
            "the sign is wrong": lambda X, K, dY: -grad_X(X, K, dY),
            "that's the gradient with respect to K": grad_K,
            "the result is flipped": lambda X, K, dY: grad_X(X, K, dY).flip(0, 1),
            "where windows overlap, the later one replaces the earlier one: add their parts up": _overwritten,
            "all the zeros stand before dY: put h − 1 rows and w − 1 columns on each side": lambda X, K, dY: conv2d(
                F.pad(dY, (2 * (K.shape[1] - 1), 0, 2 * (K.shape[0] - 1), 0)), K
            ),
            "all the zeros stand after dY: put h − 1 rows and w − 1 columns on each side": lambda X, K, dY: conv2d(
                F.pad(dY, (0, 2 * (K.shape[1] - 1), 0, 2 * (K.shape[0] - 1))), K
            ),
            "the zeros are put around the result, so the border gets no derivative: put them around dY": _padded_afterward,
            "it's multiplied by X besides: the output is linear in X, so its derivative doesn't contain X": (
                lambda X, K, dY: X * grad_X(X, K, dY)
            ),
            "every pixel gets one dY times the sum of all weights: each output that uses it has a weight of its own": (
                lambda X, K, dY: F.pad(dY, (0, K.shape[1] - 1, 0, K.shape[0] - 1)) * K.sum()
            ),
            "every pixel gets the sum of dY: which outputs use it, and with which weights?": lambda X, K, dY: (
                dY.sum() * torch.ones_like(X)
            ),
        },
        hints=[
            "Take one pixel. Which outputs use it, and which weight does each of them multiply it by?",
            "The output below and to the right of it uses the first weight; the one above and to the left, the last.",
            "Put zeros around dY so that every pixel has a full window of outputs, some of which don't exist.",
        ],
        praise="The gradient of the input is a full convolution with the kernel: the flip has come back.",
    ),
    "2.6d": Choice(
        test=_checks_gradients,
        seconds=30,
        hints=[
            "With random weights dY, the sum of dY · corr2d(X, K) is one number. What are its gradients?",
            "Compare both gradients with numerical ones: shapes first, then values, on kernels that aren't square.",
            "In float64, differences of 10⁻⁶ are normal, and 1 % isn't.",
        ],
        praise="Your check accepts three right backward passes and refuses fourteen faulty ones.",
    ),
    "2.7a": Function(
        reference=losses_after,
        cases=_start_cases,
        otherwise=_of_losses,
        mistakes={
            "those are the losses before the last step": lambda X, Y, starts, lr, steps: losses_after(
                X, Y, starts, lr, steps - 1
            ),
            "those are the losses before the first step": lambda X, Y, starts, lr, steps: losses_after(X, Y, starts, lr, 0),
            "one step is enough only if steps is 1": lambda X, Y, starts, lr, steps: losses_after(X, Y, starts, lr, 1),
            "one step too many": lambda X, Y, starts, lr, steps: losses_after(X, Y, starts, lr, steps + 1),
            "that's the mean of the squared errors: the loss is their sum": lambda X, Y, starts, lr, steps: (
                losses_after(X, Y, starts, lr, steps) / Y.numel()
            ),
            "the gradient lacks its factor of 2": lambda X, Y, starts, lr, steps: losses_after(X, Y, starts, lr / 2, steps),
            "the gradient is the mean's": lambda X, Y, starts, lr, steps: losses_after(X, Y, starts, lr / Y.numel(), steps),
            "the squared errors are averaged, in training and in the result: the loss is their sum": (
                lambda X, Y, starts, lr, steps: losses_after(X, Y, starts, lr / Y.numel(), steps) / Y.numel()
            ),
            "the loss is averaged over the starts, so each step is n times too short: add the losses up instead": (
                lambda X, Y, starts, lr, steps: losses_after(X, Y, starts, lr / len(starts), steps)
            ),
            "the gradients pile up: each step must use only its own (clear .grad)": _piled_up,
            "the gradient is added: subtract it": lambda X, Y, starts, lr, steps: losses_after(X, Y, starts, -lr, steps),
            "every run begins at zeros: begin at the starts": lambda X, Y, starts, lr, steps: losses_after(
                X, Y, 0 * starts, lr, steps
            ),
            "each start needs its own run: yours begins where the last one ended": _one_after_the_other,
            "every run begins at the first start": lambda X, Y, starts, lr, steps: losses_after(
                X, Y, starts[:1].expand_as(starts), lr, steps
            ),
            "those are the kernels: return their losses": lambda X, Y, starts, lr, steps: torch.stack(
                [_descend(X, Y, K, lr, steps) for K in starts]
            ),
            "that's the average over the starts: return one loss for each": lambda X, Y, starts, lr, steps: losses_after(
                X, Y, starts, lr, steps
            ).mean(),
        },
        hints=[
            "Write it for one start first. The gradient is 2·corr2d(X, errors), for a kernel of any size.",
            "Loop over the starts, and collect one loss for each. torch.stack makes a tensor of them.",
        ],
        praise="One rate, many starts: the losses show how much depends on the start.",
    ),
    "2.7b": Function(
        reference=search,
        cases=_search_cases,
        otherwise=_of_a_search,
        mistakes={
            "that grid is linear: neighbors should have the same ratio, not the same distance": _search_on(
                lambda low, high, count: [low + (high - low) * i / (count - 1) for i in range(count)]
            ),
            "both ends belong to the grid: count rates have count − 1 ratios between them": _search_on(
                lambda low, high, count: [low * (high / low) ** (i / count) for i in range(count)]
            ),
            "the lower end is missing": _search_on(
                lambda low, high, count: [low * (high / low) ** ((i + 1) / count) for i in range(count)]
            ),
            "there's one rate too many": _search_on(lambda low, high, count: _grid(low, high, count + 1)),
            "NaN isn't the smallest loss: leave out what isn't finite": _nan_wins,
            "a comparison with NaN is always False, so min keeps a NaN that comes first": _min_of_a_list,
            "that's the rate with the largest loss": _search_on(_grid, max),
            EARLY: _search_until(lambda loss, best: not math.isfinite(loss), first=False),
            f"{EARLY} (and the first one needn't be finite)": _search_until(
                lambda loss, best: not math.isfinite(loss), first=True
            ),
            "the search stops as soon as the loss rises: it may fall again, so try all rates": _search_until(
                lambda loss, best: loss > best, first=False
            ),
            "neighbors always differ by a factor of 10: the factor depends on low, high, and count": _factors_of_ten,
            "that's the loss: return its rate": lambda loss_of, low, high, count: loss_of(
                search(loss_of, low, high, count)
            ),
            "that's the position in the grid: return the rate": lambda loss_of, low, high, count: _grid(
                low, high, count
            ).index(search(loss_of, low, high, count)),
            "that's the largest rate that doesn't diverge: the best one has the smallest loss": (
                lambda loss_of, low, high, count: max(lr for lr in _grid(low, high, count) if math.isfinite(loss_of(lr)))
            ),
        },
        hints=[
            "Neighboring rates have the ratio (high/low) to the power 1/(count − 1).",
            "torch.logspace needs the logarithms of both ends. math.isfinite is False for inf and for NaN.",
        ],
        praise="Rates differ by factors, so the grid does, too, and a run that diverges can't win.",
    ),
    "2.7c": Function(
        reference=report,
        cases=_report_cases,
        otherwise=_of_a_report,
        mistakes={
            "that's the row with the best single seed, which may be luck": _report_by(lambda losses: losses.amin(1)),
            "that's the row with the best median: it may still diverge for some seeds": _report_by(
                lambda losses: losses.quantile(0.5, dim=1)
            ),
            "that's the row with the best mean: take the largest loss of each row": _report_by(
                lambda losses: losses.mean(1)
            ),
            "runs that diverged are left out here: they must count as infinite": _nan_ignored,
            "the smallest and the largest are exchanged": lambda losses: tuple(report(losses)[i] for i in (0, 3, 2, 1)),
            "the mean isn't the median": lambda losses: (
                *report(losses)[:2],
                losses[report(losses)[0]].mean().item(),
                report(losses)[3],
            ),
            "torch.median takes the lower of the two middle values: use quantile(0.5)": lambda losses: (
                *report(losses)[:2],
                losses[report(losses)[0]].median().item(),
                report(losses)[3],
            ),
            "that's only the row: return its losses, too": lambda losses: report(losses)[0],
            "the columns are taken for the rates: each row is a rate, each column a seed": lambda losses: report(losses.T),
            "the largest loss is taken along the columns: that's over the rates, so amax needs the other axis": (
                _largest_of_columns
            ),
            "a loss of 0 in place of NaN alone makes a bad row look good": lambda losses: report(
                torch.where(losses.isnan(), 0.0, losses)
            ),
            "a loss of 0 in place of NaN or infinity makes a bad row look good": lambda losses: report(
                torch.where(losses.isfinite(), losses, 0.0)
            ),
            "that's the row with the largest worst loss": _report_by(lambda losses: -losses.amax(1)),
            "the row is missing": lambda losses: report(losses)[1:],
        },
        hints=[
            "First replace everything that isn't finite with infinity. torch.where or nan_to_num does that.",
            "amax along the seeds gives each rate's worst loss.",
            "An even number of seeds has two values in the middle, and the median is halfway between them.",
        ],
        praise="A rate is as good as its worst seed, and the spread says how far to trust one run.",
    ),
}
