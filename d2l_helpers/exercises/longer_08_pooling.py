"""Longer tasks of lesson 08: the backward pass of pooling, and a blur before pixels are dropped, with its control."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from .._language import message, say, spoken
from ._comparing import as_tensor
from ._kinds import Choice, Function, Outcome, Value
from ._seen import SeenThrough, of_results

# 8.6: the backward pass of pooling


class Named:
    """A function whose name is shown where it's an argument."""

    def __init__(self, name: str, function: Callable):
        self.name, self.function = name, function

    def __call__(self, *arguments):
        return self.function(*arguments)

    def __repr__(self) -> str:
        return spoken(self.name)


def _max_cases(generator: torch.Generator) -> list[tuple]:
    """(X, dY, k, stride) in float64, smallest first; the last has ties."""
    sizes = [((2, 2), 2, 2), ((3, 3), 2, 1), ((4, 6), 2, 2), ((5, 4), 3, 1), ((5, 7), 3, 2), ((7, 5), 2, 3)]
    cases = []
    for size, k, stride in sizes:
        X = torch.randn(size, generator=generator, dtype=torch.float64)
        shape = [(n - k) // stride + 1 for n in size]
        cases.append((X, torch.randn(shape, generator=generator, dtype=torch.float64), k, stride))
    ties = torch.tensor([[1.0, 2, 2], [2, 2, 0], [0, 2, 2]], dtype=torch.float64)
    return [*cases, (ties, torch.tensor([[1.0, 10], [100, 1000]], dtype=torch.float64), 2, 1)]


def _backward(pool: Callable[[Tensor], Tensor], X: Tensor, dY: Tensor) -> Tensor:
    X = X.clone().requires_grad_()
    return torch.autograd.grad(pool(X[None])[0], X, dY)[0]


def _max_backward(X: Tensor, dY: Tensor, k: int, stride: int) -> Tensor:
    return _backward(lambda batch: F.max_pool2d(batch, k, stride), X, dY)


def _by_windows(give: Callable) -> Callable:
    """A backward pass by loops: `give(part, window, value)` writes what a window passes on into its part of dX."""

    def backward(X, dY, k, stride):
        dX = torch.zeros_like(X)
        for i in range(dY.shape[0]):
            for j in range(dY.shape[1]):
                at = slice(i * stride, i * stride + k), slice(j * stride, j * stride + k)
                give(dX[at], X[at], dY[i, j])
        return dX

    return backward


def _first(window: Tensor) -> tuple[int, int]:
    return divmod(int(window.argmax()), window.shape[1])


def _last(window: Tensor) -> tuple[int, int]:
    return divmod(int((window == window.max()).flatten().nonzero()[-1]), window.shape[1])


def _overwrite(part, window, value):
    part[_first(window)] = value


def _to_all_ties(part, window, value):
    part += value * (window == window.max())


def _share_among_ties(part, window, value):
    largest = window == window.max()
    part += value * largest / largest.sum()


def _to_last(part, window, value):
    part[_last(window)] += value


def _to_every_pixel(part, window, value):
    part += value


def _evenly(part, window, value):
    part += value / window.numel()


def _times_pixel(part, window, value):
    part[_first(window)] += value * window.max()


def _to_smallest(part, window, value):
    part[divmod(int(window.argmin()), window.shape[1])] += value


def _to_first_by_columns(part, window, value):
    column, row = divmod(int(window.T.argmax()), len(window))
    part[row, column] += value


def _to_mirrored_place(part, window, value):
    row, column = _first(window)
    part[column, row] += value


def _to_largest_size(part, window, value):
    part[_first(window.abs())] += value


def _by_own_size(X: Tensor, dY: Tensor, k: int, stride: int) -> Tensor:
    """Windows that begin k pixels apart; those that begin outside the image are left out."""
    dX = torch.zeros_like(X)
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            window = X[i * k : i * k + k, j * k : j * k + k]
            if window.numel():
                row, column = _first(window)
                dX[i * k + row, j * k + column] += dY[i, j]
    return dX


def _to_upper_left(part, window, value):
    part[0, 0] += value


@of_results
def _about_places(outcomes: Sequence[Outcome]) -> str:
    """What is wrong with the gradients of max pooling."""
    pairs = [(as_tensor(outcome.got), outcome) for outcome in outcomes]
    if any(got is None or got.shape != outcome.expected.shape for got, outcome in pairs):
        return "the result has the shape of X"
    got, (X, dY, k, stride) = pairs[0][0], pairs[0][1].case
    if not got.any():
        return "every gradient is 0: is the result ever filled in?"
    winners = _max_backward(X, torch.ones_like(dY), k, stride) > 0
    if (got[~winners] != 0).any():
        row, column = (got * ~winners).nonzero()[0].tolist()
        return say("X[{0}, {1}] isn't the first maximum of any window here, but it gets a gradient", row, column)
    if not torch.isclose(got.double().sum(), dY.sum()):
        return say(
            "each window passes its dY on once, so all of them add up to {0:.4g}, but yours to {1:.4g}", dY.sum(), got.sum()
        )
    return "the gradients go to maxima, but not each to the maximum of its own window"


@of_results
def _about_means(outcomes: Sequence[Outcome]) -> str:
    """What is wrong with the gradients of average pooling."""
    pairs = [(as_tensor(outcome.got), outcome) for outcome in outcomes]
    if any(got is None for got, _ in pairs):
        return "the result is a tensor with the shape `size`"
    off = next(((got, outcome.case) for got, outcome in pairs if got.shape != outcome.expected.shape), None)
    if off:
        return say(
            "the result has the shape `size`, but for size = {0}, k = {1}, stride = {2}, and ",
            off[1][1],
            off[1][2],
            off[1][3],
        ) + (say("padding = {0}, yours has {1}", off[1][4], tuple(off[0].shape)))
    uneven = [got for got, outcome in pairs if not torch.allclose(outcome.expected, outcome.expected[:1, :1])]
    if uneven and all((got == got.flatten()[0]).all() for got in uneven):
        return "all pixels get the same gradient, but each gets its share only from the windows that it's in"
    if all(outcome.case[4] > 0 for _, outcome in pairs):
        return (
            "without padding, it's right: where does the image start in the padded gradient, and what happens to the rest?"
        )
    got, (dY, *_) = next((got, outcome.case) for got, outcome in pairs if outcome.case[4] == 0)
    if not torch.isclose(got.double().sum(), dY.sum()):
        return say(
            (
                "without padding, a window spreads its dY over its pixels, so all gradients add up to the sum "
                "of dY, {0:.4g}, but yours to {1:.4g}"
            ),
            dY.sum(),
            got.sum(),
        )
    return (
        "the gradients have the right sum, but not the right places: window (i, j) starts at row i·stride, column j·stride"
    )


def _which_functions(wrong: Sequence[Outcome], cases: Sequence[tuple]) -> str:
    """For which functions a gradient by differences is wrong, and what that says."""
    other_shape = [case for case in cases if case[1].shape != case[2].shape]
    if len(wrong) == len(other_shape) and all(outcome.case[1].shape != outcome.case[2].shape for outcome in wrong):
        return "it's wrong exactly where dY has another shape than X: the result has one value for each value of X"
    return _about_differences(wrong, cases)


@of_results
def _about_differences(outcomes: Sequence[Outcome]) -> str:
    """What wrong gradients have in common where all have the right shape."""
    pairs = [(as_tensor(outcome.got).double(), outcome.expected.double()) for outcome in outcomes]
    if any(got.shape != expected.shape for got, expected in pairs):
        return "the result has the shape of X"
    names = list(dict.fromkeys(outcome.case[0].name for outcome in outcomes))
    if len(outcomes) == 1:
        return "only the last case is wrong, a tie: take the difference between both sides, not one of the two slopes"
    factors = [((got * expected).sum() / expected.square().sum()).item() for got, expected in pairs]
    if max(factors) - min(factors) < 1e-3 * abs(factors[0]) and all(
        torch.allclose(got, factors[0] * expected, rtol=1e-3, atol=1e-5) for got, expected in pairs
    ):
        return say("each result is {0:.4g} times as large as it should be: how far apart are your two points?", factors[0])
    if all((got - expected).norm() < 0.5 * expected.norm() for got, expected in pairs):
        if any(name in names for name in ("X → 3X", "the row sums", "mean pooling 2×2")):
            return (
                "the results are close, but even for a linear function such as X → 3X, where every h gives the same slope, "
                "they aren't right: that's rounding. Is h too small, or do you compute in float32?"
            )
        if "X → X²" not in names:
            return "linear functions and X² are right, others are only close: is h small enough?"
    return say("it's wrong for these functions: {0}", say(", ").join(map(spoken, names)))


def _mean_cases(generator: torch.Generator) -> list[tuple]:
    """(dY, size, k, stride, padding) in float64, smallest first."""
    sizes = [
        ((2, 2), 2, 2, 0),
        ((3, 3), 2, 1, 0),
        ((3, 4), 2, 1, 1),
        ((4, 6), 3, 2, 1),
        ((6, 5), 3, 1, 1),
        ((5, 7), 4, 3, 2),
    ]
    sizes += [((6, 4), 3, 3, 0)]
    return [
        (
            torch.randn([(n + 2 * p - k) // s + 1 for n in size], generator=generator, dtype=torch.float64),
            size,
            k,
            s,
            p,
        )
        for size, k, s, p in sizes
    ]


def _mean_backward(dY: Tensor, size: tuple, k: int, stride: int, padding: int, counted: bool = True) -> Tensor:
    def pool(batch):
        return F.avg_pool2d(batch, k, stride, padding, count_include_pad=counted)

    return _backward(pool, torch.zeros(size, dtype=dY.dtype), dY)


def _spread(weight: float | None = None, add: bool = True, crop: str = "inside") -> Callable:
    """The gradient of average pooling by loops over the padded input, with one thing done otherwise."""

    def backward(dY, size, k, stride, padding):
        dX = dY.new_zeros([n + 2 * padding for n in size])
        for i in range(dY.shape[0]):
            for j in range(dY.shape[1]):
                at = slice(i * stride, i * stride + k), slice(j * stride, j * stride + k)
                share = dY[i, j] * (1 / k**2 if weight is None else weight)
                dX[at] = dX[at] + share if add else share
        if crop == "none":
            return dX
        start = padding if crop == "inside" else 0
        return dX[start : start + size[0], start : start + size[1]]

    return backward


def _transposed(dY: Tensor, size: tuple, k: int, stride: int, padding: int) -> Tensor:
    kernel = torch.full((1, 1, k, k), 1 / k**2, dtype=dY.dtype)
    return F.conv_transpose2d(dY[None, None], kernel, stride=stride, padding=padding)[0, 0]


def _repeated(dY: Tensor, size: tuple, k: int, stride: int, padding: int) -> Tensor:
    larger = dY.repeat_interleave(k, 0).repeat_interleave(k, 1) / k**2
    return larger[padding : padding + size[0], padding : padding + size[1]]


def _unmoved(dY: Tensor, size: tuple, k: int, stride: int, padding: int) -> Tensor:
    """Every window starts at row i, column j, whatever the stride is."""
    dX = dY.new_zeros([n + 2 * padding for n in size])
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            dX[i : i + k, j : j + k] += dY[i, j] / k**2
    return dX[padding : padding + size[0], padding : padding + size[1]]


def _functions(generator: torch.Generator) -> list[tuple]:
    """(f, X, dY) in float64, smallest first: smooth functions, pooling, and pooling at a tie."""

    def random(*size):
        return torch.randn(size, generator=generator, dtype=torch.float64)

    pool = Named("max pooling 2×2", lambda X: F.max_pool2d(X[None], 2)[0])
    tie = torch.tensor([[2.0, 2], [1, 0]], dtype=torch.float64)
    return [
        (Named("X → 3X", lambda X: 3 * X), random(2, 1), random(2, 1)),
        (Named("X → X²", lambda X: X**2), random(2, 3), random(2, 3)),
        (Named("X → sin X", torch.sin), random(3, 2), random(3, 2)),
        (Named("the row sums", lambda X: X.sum(1)), random(3, 2), random(3)),
        (Named("mean pooling 2×2", lambda X: F.avg_pool2d(X[None], 2)[0]), random(4, 4), random(2, 2)),
        (pool, random(4, 4), random(2, 2)),
        (pool, tie, torch.ones(1, 1, dtype=torch.float64)),
    ]


def _central(up: Tensor, down: Tensor, here: Tensor, h: float) -> Tensor:
    return (up - down) / (2 * h)


def _numeric(step: Callable = _central, h: float = 1e-5) -> Callable:
    """A gradient by differences; `step` gets the sums of f·dY on both sides and in the middle."""

    def gradient(f, X, dY):
        dX = torch.zeros_like(X)
        for place in [tuple(index) for index in (X == X).nonzero().tolist()]:
            moved = torch.zeros_like(X)
            moved[place] = h
            up, down, here = ((f(Z) * dY).sum() for Z in (X + moved, X - moved, X))
            dX[place] = step(up, down, here, h)
        return dX

    return gradient


def _forward(up: Tensor, down: Tensor, here: Tensor, h: float) -> Tensor:
    return (up - here) / h


def _backward_difference(up: Tensor, down: Tensor, here: Tensor, h: float) -> Tensor:
    return (here - down) / h


def _one_sided() -> dict[str, Callable]:
    """Differences to one side with steps of several sizes, whose results differ slightly."""
    found = {}
    for name, step in {"forward": _forward, "backward": _backward_difference}.items():
        why = say("that's a {0} difference, as the last case shows: at a tie, the two sides have different slopes", name)
        large = say(
            ("that's a {0} difference: the points are X itself and X with a step to one side, not one on each side"), name
        )
        found |= {why: _numeric(step), large: _numeric(step, 1e-3)}
        found[say("{0}; h is 1e-4", large)] = _numeric(step, 1e-4)
    return found


def _without_dY(f, X, dY):
    return _numeric()(f, X, torch.ones_like(dY))


def _all_at_once(f, X, dY):
    up, down = ((f(X + h) * dY).sum() for h in (1e-5, -1e-5))
    return torch.full_like(X, ((up - down) / 2e-5).item())


def _single(result: Any) -> Tensor:
    """A gradient in single precision, so that any sensible step is small enough."""
    values = as_tensor(result)
    if values is None:
        raise TypeError(message("return a tensor with the shape of X"))
    return values.float()


# 8.7: blur before pixels are dropped


def _batches(generator: torch.Generator) -> list[tuple]:
    """(X, taps, stride) in float32, as layers have it, smallest first."""
    taps = [torch.tensor(values, dtype=torch.float32) for values in ([1, 2, 1], [1, 1, 1], [1, 4, 6, 4, 1], [2, 1, 3], [1])]
    sizes = [(1, 1, 3, 3), (1, 1, 4, 6), (2, 1, 5, 4), (1, 3, 6, 5), (2, 3, 7, 8), (1, 2, 5, 5), (2, 2, 4, 7)]
    order = [(0, 1), (1, 1), (0, 2), (0, 2), (2, 2), (3, 3), (4, 2)]
    return [
        (torch.randn(size, generator=generator, dtype=torch.float64).float(), taps[i], stride)
        for size, (i, stride) in zip(sizes, order, strict=True)
    ]


def _blurred(
    X: Tensor,
    taps: Tensor,
    stride: int,
    *,
    mode: str = "reflect",
    whole: bool = True,
    mixed: bool = False,
    start: int = 0,
    first: int = 1,
    padded: bool = True,
) -> Tensor:
    """Blur-pooling, or what somebody computes who does one thing otherwise; `first`: the stride before the blur."""
    K = torch.outer(taps, taps)
    K = K / K.sum() if whole else K
    X, p, c = X[..., ::first, ::first], len(taps) // 2, X.shape[1]
    X = F.pad(X, (p,) * 4, mode=mode)[..., start:, start:] if padded else X
    weight = K.expand(c, c, *K.shape) if mixed else K.expand(c, 1, *K.shape)
    return F.conv2d(X, weight, stride=stride, groups=1 if mixed else c)


def _padded_by_one(X: Tensor, taps: Tensor, stride: int) -> Tensor:
    return _blurred(F.pad(X, (1, 1, 1, 1), mode="reflect"), taps, stride, padded=False)


def _cross(X: Tensor, taps: Tensor, stride: int) -> Tensor:
    K, p, c = taps[:, None] + taps, len(taps) // 2, X.shape[1]
    return F.conv2d(F.pad(X, (p,) * 4, mode="reflect"), (K / K.sum()).expand(c, 1, *K.shape), stride=stride, groups=c)


def _along(axis: int) -> Callable[[Tensor, Tensor, int], Tensor]:
    """A blur along one axis only."""

    def blurred(X, taps, stride):
        p, c = len(taps) // 2, X.shape[1]
        kernel = (taps / taps.sum()).reshape((-1, 1) if axis == 2 else (1, -1))
        sides = (0, 0, p, p) if axis == 2 else (p, p, 0, 0)
        padded = F.pad(X, sides, mode="reflect")
        return F.conv2d(padded, kernel.expand(c, 1, *kernel.shape), stride=stride, groups=c)

    return blurred


def max_halves(X: Tensor) -> Tensor:
    """2×2 max pooling of a batch."""
    return F.max_pool2d(X, 2)


def _views(generator: torch.Generator) -> list[tuple]:
    """(view, X) in float64, smallest first; the images differ in contrast and brightness."""
    views = [
        Named("every other pixel", lambda X: X[..., ::2, ::2]),
        Named("2×2 max pooling", max_halves),
        Named("2×2 mean pooling", lambda X: F.avg_pool2d(X, 2)),
        Named("the input itself", lambda X: X),
    ]
    sizes = [(1, 1, 2, 5), (2, 1, 4, 5), (3, 1, 6, 7), (2, 2, 4, 9)]
    cases = []
    for view, size in zip(views, sizes, strict=True):
        X = torch.rand(size, generator=generator, dtype=torch.float64)
        contrast = torch.arange(1.0, size[0] + 1, dtype=torch.float64).reshape(-1, 1, 1, 1)
        cases.append((view, 3 + contrast * X))
    return cases


def _sensitivity(
    view: Callable,
    X: Tensor,
    *,
    cut: Callable[[Tensor], tuple[Tensor, Tensor]] = lambda X: (X[..., :-1], X[..., 1:]),
    above: Callable[[Tensor, Tensor], Tensor] = lambda A, B: (B - A).norm(dim=1),
    scale: Callable[[Tensor], Tensor] = lambda first: (first - first.mean(1, keepdim=True)).norm(dim=1),
) -> Tensor:
    """How much the output of a view changes when its input moves by a pixel, relative to `scale` of the output."""
    A, B = (view(part).flatten(1) for part in cut(X))
    return above(A, B) / scale(A)


def _overall(view: Callable, X: Tensor) -> Tensor:
    A, B = view(X[..., :-1]), view(X[..., 1:])
    return (B - A).norm() / (A - A.mean()).norm()


def _patterns(generator: torch.Generator) -> list[tuple]:
    """(view, X, pattern) in float64, smallest first."""
    stripes = 0.1 * torch.cos(2 * torch.pi * torch.arange(12.0, dtype=torch.float64) / 2.2)
    pattern = stripes.expand(1, 1, 8, 12)
    views = [
        Named("every other pixel", lambda X: X[..., ::2, ::2]),
        Named("2×2 mean pooling", lambda X: F.avg_pool2d(X, 2)),
        Named("2×2 max pooling", max_halves),
        Named("X → 2X + 5", lambda X: 2 * X + 5),
    ]
    cases = [
        (view, torch.rand(n, 1, 8, 12, generator=generator, dtype=torch.float64), pattern)
        for n, view in enumerate(views, 1)
    ]
    return [*cases, (views[0], cases[0][1], pattern + 1)]


def _left(view: Callable, X: Tensor, pattern: Tensor) -> Tensor:
    return (view(X + pattern) - view(X)).std(correction=0) / pattern.std(correction=0)


def _ratio(size: Callable[[Tensor], Tensor]) -> Callable[[Callable, Tensor, Tensor], Tensor]:
    """The share of a pattern that's left if `size` says how large it is."""
    return lambda view, X, pattern: size(view(X + pattern) - view(X)) / size(pattern)


@of_results
def _about_the_blur(outcomes: Sequence[Outcome]) -> str:
    """What is wrong with a blur-pool."""
    pairs = [(as_tensor(outcome.got), outcome) for outcome in outcomes]
    if any(got is None or got.dim() != 4 for got, _ in pairs):
        return ""
    for got, outcome in pairs:
        if got.shape != outcome.expected.shape:
            return say(
                (
                    "with {0} taps and stride {1}, {2} becomes {3}: stride 1 should keep the size, and stride s "
                    "keep every s-th of these outputs"
                ),
                len(outcome.case[1]),
                outcome.case[2],
                tuple(outcome.case[0].shape),
                tuple(got.shape),
            )
    factors = [(got.double() * outcome.expected).sum() / outcome.expected.square().sum() for got, outcome in pairs]
    if all(torch.allclose(got.double(), f * o.expected, atol=1e-6) for (got, o), f in zip(pairs, factors, strict=True)):
        return say(
            "each output is {0:.4g} times as large as it should be: what do the kernel's values add up to?", factors[0]
        )
    if all(len(outcome.case[1]) > 1 for _, outcome in pairs):
        return "with a single tap, it's right, but the blur isn't: the kernel is the product of a column and a row of taps"
    return "even with a single tap, which blurs nothing, the outputs aren't the pixels that should be kept"


@of_results
def _about_the_pattern(outcomes: Sequence[Outcome]) -> str:
    """The two numbers of which the share of a pattern is the ratio."""
    view, X, pattern = outcomes[0].case
    got = as_tensor(outcomes[0].got)
    if got is None or any(as_tensor(outcome.got).dim() for outcome in outcomes):
        return "the result is one number, over all images and places"
    change = (view(X + pattern) - view(X)).std(correction=0)
    return say(
        (
            "for the view '{0!r}', the standard deviation of the difference is {1:.4g} and that of the "
            "pattern {2:.4g}, so the ratio is {3:.4g}, not {4:.4g}"
        ),
        view,
        change,
        pattern.std(correction=0),
        change / pattern.std(correction=0),
        got.item(),
    )


@of_results
def _where_images_differ(outcomes: Sequence[Outcome]) -> str:
    """What a wrong sensitivity has in common with the right one."""
    pairs = [(as_tensor(outcome.got), outcome.expected) for outcome in outcomes]
    if any(got is None for got, _ in pairs):
        return ""
    if all(got.dim() == 0 for got, _ in pairs):
        return "give one number for each image, not one for the whole batch: norm(dim=1) after flatten(1)"
    if any(got.shape != expected.shape for got, expected in pairs):
        return "the result has one number for each image, so shape (n,)"
    view, X = outcomes[0].case
    A, B = (view(part)[0] for part in (X[..., :-1], X[..., 1:]))
    return say(
        (
            "for the view '{0!r}' and the first image, the norm of B − A is {1:.4g} and that of A minus its "
            "mean {2:.4g}; what are they in your function?"
        ),
        view,
        (B - A).norm(),
        (A - A.mean()).norm(),
    )


_CLAIMS = {
    "a": "compare the rows 'max 2×2' and 'max, blur, drop' of your first column",
    "b": "the control blurs after the pixels are gone, so it can't prevent aliasing; how sensitive is it?",
    "c": "compare the rows 'blur, drop' and 'drop, blur' of your second column",
    "d": "compare the rows 'max, blur, drop' and 'max 2×2, blur' of your second column",
}
_FOLLOW = {"a", "c"}


def _conclusions(answer: Any) -> str:
    """Whether these are the claims that the two measurements support."""
    letters = answer if isinstance(answer, str) else answer if isinstance(answer, (tuple, list, set, frozenset)) else None
    if letters is None or not all(isinstance(letter, str) for letter in letters):
        return 'answer with the letters of the claims, e.g. "bd"'
    chosen = {letter.lower() for part in letters for letter in part if letter.isalpha()}
    if chosen - set(_CLAIMS):
        return say("there are only the claims a, b, c, and d; you named {0}", ", ".join(sorted(chosen - set(_CLAIMS))))
    if not chosen:
        return "at least one claim holds"
    unfounded = sorted(chosen - _FOLLOW)
    if unfounded:
        return say("claim {0} doesn't follow from these measurements: {1}", unfounded[0], _CLAIMS[unfounded[0]])
    missing = sorted(_FOLLOW - chosen)
    return say("one more claim follows: {0}", _CLAIMS[missing[0]]) if missing else ""


EXERCISES = {
    "8.6a": Function(
        reference=_max_backward,
        cases=_max_cases,
        otherwise=_about_places,
        without=("backward", "grad", "max_unpool2d"),
        mistakes={
            "a pixel can be the maximum of several windows, and you keep only what the last one passes on": _by_windows(
                _overwrite
            ),
            "of several equal maxima, only the first gets the gradient; here they all do": _by_windows(_to_all_ties),
            "equal maxima share the gradient here; in PyTorch, the first one gets all of it": _by_windows(
                _share_among_ties
            ),
            "of several equal maxima, the first one in row order gets the gradient, not the last": _by_windows(_to_last),
            "every pixel of a window gets its gradient; only the maximum should": _by_windows(_to_every_pixel),
            "that's for average pooling: each window spreads its gradient evenly": _by_windows(_evenly),
            "the gradient is multiplied by the maximum; the slope of a maximum is 1": _by_windows(_times_pixel),
            "the smallest pixel of each window gets the gradient": _by_windows(_to_smallest),
            "the upper left pixel of each window gets the gradient, wherever the maximum is": _by_windows(_to_upper_left),
            "of several equal maxima, the first one row by row gets the gradient; you look column by column": _by_windows(
                _to_first_by_columns
            ),
            "row and column of the maximum in its window are swapped": _by_windows(_to_mirrored_place),
            "the value that's farthest from 0 gets the gradient, but a large negative one isn't the maximum": _by_windows(
                _to_largest_size
            ),
            "your windows begin k pixels apart, but window (i, j) starts at row i·stride, column j·stride": _by_own_size,
            "dY is ignored: each window passes on its own value of dY, not 1": lambda X, dY, k, stride: _max_backward(
                X, torch.ones_like(dY), k, stride
            ),
            "the stride is ignored: window (i, j) starts at row i·stride, column j·stride": lambda X, dY, k, stride: (
                _by_windows(lambda part, window, value: part.__setitem__(_first(window), part[_first(window)] + value))(
                    X, dY, k, 1
                )
            ),
        },
        hints=[
            "Go through the windows as in the forward pass. Which single pixel does window (i, j) pass dY[i, j] on to?",
            "argmax counts through the flattened window. Row and column in the window come from divmod, plus the start.",
            "Start from zeros in the shape of X. What should happen where two windows choose the same pixel?",
        ],
        praise="Each window sends its gradient to one place, and places that several windows chose add up what they get.",
    ),
    "8.6b": Function(
        reference=_mean_backward,
        cases=_mean_cases,
        otherwise=_about_means,
        without=("backward", "grad"),
        mistakes={
            "a pixel has the weight 1/k² in each mean, not 1": _spread(weight=1.0),
            "the padding counts in the forward pass, so each pixel's weight is 1/k² at the border, too": (
                lambda *case: _mean_backward(*case, counted=False)
            ),
            "windows overlap, and you keep only what the last one passes on": _spread(add=False),
            "that's the gradient of the padded input; cut the padding off": _spread(crop="none"),
            "your first window starts at the image's first pixel; with padding, it starts that far above and to the left": (
                _spread(crop="upper left")
            ),
            "dY is ignored: each window passes on its own value of dY, not 1": lambda dY, *rest: _mean_backward(
                torch.ones_like(dY), *rest
            ),
            "you divided by the number of outputs; a pixel's weight in a mean is 1/k²": lambda dY, size, k, *rest: (
                k**2 * _mean_backward(dY, size, k, *rest) / dY.numel()
            ),
            "height and width are swapped": lambda dY, size, *rest: _mean_backward(dY.T, size[::-1], *rest),
            "a transposed convolution leaves out the last rows and columns if the windows don't reach them: the result has "
            "the shape `size`": _transposed,
            "you repeated each value k times, as if windows were next to each other; they're `stride` apart": (_repeated),
            "the stride is ignored: window (i, j) starts at row i·stride, column j·stride": _unmoved,
            "a pixel's weight is 1/k², and you divided by k": lambda dY, size, k, stride, padding: (
                k * _mean_backward(dY, size, k, stride, padding)
            ),
        },
        hints=[
            "In the forward pass, each pixel of a window enters the mean with the same weight. Which one?",
            "Work on a padded gradient first. Each window adds the same amount to all of its k×k places.",
            "At the end, the padding's gradients are of no use. Where in the padded gradient does the image start?",
        ],
        praise="The mean's gradient needs only the shape of X, not its values: average pooling is linear.",
    ),
    "8.6c": SeenThrough(
        reference=_numeric(),
        through=_single,
        cases=_functions,
        otherwise=_which_functions,
        without=("backward", "grad"),
        mistakes={
            **_one_sided(),
            **{
                f"that's half of a one-sided difference: one of your points is X itself, so they aren't 2h apart{more}": (
                    _numeric(lambda up, down, here, h: (up - here) / (2 * h), h)
                )
                for h, more in ((1e-5, ""), (1e-3, "; h is 1e-3"), (1e-4, "; h is 1e-4"))
            },
            **{
                f"that's a central difference, but with h = {h:g}, which is too large": _numeric(h=h)
                for h in (1.0, 0.5, 0.1)
            },
            "you divided by h/2, not by 2h: is (2 * h) in parentheses?": _numeric(
                lambda up, down, here, h: (up - down) / h * 2
            ),
            "all differences are about 0: are both points the same matrix, or is 2 * h not in parentheses?": _numeric(
                lambda up, down, here, h: (up - down) / 2 * h
            ),
            "you took the mean of f(X)·dY, but L is the sum": lambda f, X, dY: _numeric()(f, X, dY) / dY.numel(),
            "each output has its own value of dY; you multiplied the sum of the outputs by the sum of dY": (
                lambda f, X, dY: _without_dY(f, X, dY) * dY.sum()
            ),
            "the two points are 2h apart, so divide by 2h": _numeric(lambda up, down, here, h: (up - down) / h),
            "that's the gradient of the outputs' sum; each output counts dY times": _without_dY,
            "all values of X move at once; move one at a time": _all_at_once,
            "that's what autograd gives; at the tie of the last case, a central difference is something else": (
                lambda f, X, dY: _backward(lambda batch: f(batch[0])[None], X, dY)
            ),
            "the sign is wrong: the value after the step up minus the one after the step down": _numeric(
                lambda up, down, here, h: (down - up) / (2 * h)
            ),
            "the differences aren't divided by the step": _numeric(lambda up, down, here, h: up - down),
        },
        hints=[
            "Make one number of f's output first: the sum of f(X)·dY. How does it change with a single value of X?",
            "For each place: a copy of X with the value a little larger, a copy with it a little smaller.",
        ],
        praise="Differences need no calculus and know nothing of your derivation, which makes them a good check of it.",
    ),
    "8.6d": Value(
        reference=lambda: [1.0, 0.5],
        mistakes={
            "for the second number, the first 2 moves up or down: what's the maximum then, in each case?": lambda: [1, 1],
            "PyTorch gives the whole gradient to one of the two": lambda: [0.5, 0.5],
            "that's the order reversed: PyTorch's comes first": lambda: [0.5, 1],
            "if the first 2 moves up, the maximum moves, too, so the central difference isn't 0": lambda: [1, 0],
            "PyTorch gives the gradient to the first of the equal maxima": lambda: [0, 0.5],
            "PyTorch gives the gradient to the first of the equal maxima, and if it moves up, the maximum does": (
                lambda: [0, 0]
            ),
            "that's average pooling; the question is about max pooling": lambda: [0.25, 0.25],
            "these are the values; the question asks for gradients: how much does the output change with the first 2?": (
                lambda: [2, 2]
            ),
            "don't add the two sides: a central difference is their mean": lambda: [1, 2],
        },
        otherwise=lambda got: (
            "PyTorch's gradient is right; about the difference: compute the maximum after a step up and after a step down"
            if got[0] == 1
            else "the difference is right; about PyTorch: it gives the whole gradient to one of the two"
            if got[1] == 0.5
            else "run both on this matrix: your 8.6a and 8.6c"
        ),
        hints=[
            "If the first 2 becomes 2 + h, the maximum is 2 + h. And if it becomes 2 − h?",
            "A central difference is the mean of the slopes on both sides.",
        ],
        praise="At a tie there's no derivative: the slope is 1 upward and 0 downward, and PyTorch has to choose one.",
    ),
    "8.7a": Function(
        reference=lambda X, taps, stride: _blurred(X.double(), taps.double(), stride),
        cases=_batches,
        otherwise=_about_the_blur,
        errors={
            "Given groups=1, weight of size [1, 1,": "your kernel is for a single channel; several channels need a copy of "
            "it for each, shape (c, 1, k, k), and groups=c"
        },
        mistakes={
            "the weights don't add up to 1, so the image becomes brighter": lambda *case: _blurred(*case, whole=False),
            "the border is padded with zeros, which darkens it; use mode='reflect'": lambda *case: _blurred(
                *case, mode="constant"
            ),
            "the border pixel is repeated; mode='reflect' mirrors the image at it": lambda *case: _blurred(
                *case, mode="replicate"
            ),
            "the padding comes from the opposite side; use mode='reflect'": lambda *case: _blurred(*case, mode="circular"),
            "the channels are added up; blur each by itself": lambda *case: _blurred(*case, mixed=True),
            "the stride is ignored": lambda X, taps, stride: _blurred(X, taps, 1),
            "the pixels are dropped before the blur; that's the control of 8.7c, not the blur-pool": (
                lambda X, taps, stride: _blurred(X, taps, 1, first=stride)
            ),
            "the first output belongs to the first pixel, but yours starts at the second": lambda *case: _blurred(
                *case, start=1
            ),
            "your outputs start at pixel stride − 1; keep the first pixel's output, and then every stride-th": (
                lambda X, taps, stride: _blurred(X, taps, 1)[..., stride - 1 :: stride, stride - 1 :: stride]
            ),
            "the padding is missing: half the number of taps on each side keeps the size": lambda *case: _blurred(
                *case, padded=False
            ),
            "the padding is always 1, but five taps need 2, and a single tap needs none": _padded_by_one,
            "the argument taps is ignored: you always blur with 1, 2, 1": lambda X, taps, stride: _blurred(
                X, torch.tensor([1.0, 2, 1]).to(X), stride
            ),
            "the taps are flipped: the first one belongs to the upper left, as in any cross-correlation": (
                lambda X, taps, stride: _blurred(X, taps.flip(0), stride)
            ),
            "the kernel is the sum of a column and a row; it should be their product": _cross,
            "that blurs along the rows only; blur along both axes": _along(3),
            "that blurs along the columns only; blur along both axes": _along(2),
            "the blur is missing: every stride-th pixel is kept as it is": lambda X, taps, stride: X[
                ..., ::stride, ::stride
            ],
        },
        hints=[
            "torch.outer makes a square kernel of the taps. What must its values add up to?",
            "Reflect-pad by half the number of taps, so that with stride 1 the size stays.",
            "A depthwise convolution (lesson 07) blurs every channel by itself: its kernel has shape (c, 1, k, k).",
        ],
        praise="A blur with a stride is all there is to it. It has no weights to learn.",
    ),
    "8.7b": Function(
        reference=lambda view, X: _sensitivity(view, X),
        cases=_views,
        otherwise=_where_images_differ,
        mistakes={
            "that's one number for the whole batch; each image needs its own": _overall,
            "the difference isn't divided by the contrast of the output": lambda view, X: _sensitivity(
                view, X, scale=lambda first: torch.ones(len(first), dtype=first.dtype)
            ),
            "you divided by the norm of the output itself; subtract its mean first, or a bright image looks insensitive": (
                lambda view, X: _sensitivity(view, X, scale=lambda first: first.norm(dim=1))
            ),
            "the square root is missing": lambda view, X: _sensitivity(view, X) ** 2,
            "roll brings the last column around to the first; cut two crops out of X instead": lambda view, X: _sensitivity(
                view, X, cut=lambda X: (X, X.roll(1, 3))
            ),
            "roll brings the first column around to the last; cut two crops out of X instead": lambda view, X: _sensitivity(
                view, X, cut=lambda X: (X, X.roll(-1, 3))
            ),
            "your crops are shifted by two columns; each lacks a single one": lambda view, X: _sensitivity(
                view, X, cut=lambda X: (X[..., :-2], X[..., 2:])
            ),
            "you divided by the contrast of B; A is the output for X without its last column": lambda view, X: _sensitivity(
                view, X, cut=lambda X: (X[..., 1:], X[..., :-1])
            ),
            "view isn't called on the two crops: compare its outputs": lambda view, X: _sensitivity(lambda part: part, X),
            "the norm of B − A is over the whole batch; each image has its own": lambda view, X: _sensitivity(
                view, X, above=lambda A, B: (B - A).norm()
            ),
            "you added up the absolute differences; a norm is the root of the sum of squares": lambda view, X: _sensitivity(
                view, X, above=lambda A, B: (B - A).abs().sum(1)
            ),
            "you subtracted the norms; it should be the norm of the difference B − A": lambda view, X: _sensitivity(
                view, X, above=lambda A, B: (B.norm(dim=1) - A.norm(dim=1)).abs()
            ),
            "you took the difference of the norms, B's minus A's; it should be the norm of B − A": (
                lambda view, X: _sensitivity(view, X, above=lambda A, B: B.norm(dim=1) - A.norm(dim=1))
            ),
            "you subtracted the mean of all images at each place; the mean of A is a number for each image": (
                lambda view, X: _sensitivity(view, X, scale=lambda first: (first - first.mean(0)).norm(dim=1))
            ),
            "the crops are shifted downward; the exercise shifts them along the rows": lambda view, X: _sensitivity(
                view, X, cut=lambda X: (X[..., :-1, :], X[..., 1:, :])
            ),
            "the mean over the images is one number; return one for each image": lambda view, X: _sensitivity(
                view, X
            ).mean(),
            "you subtracted the mean of the whole batch; each output has a mean of its own": lambda view, X: _sensitivity(
                view, X, scale=lambda first: (first - first.mean()).norm(dim=1)
            ),
        },
        hints=[
            "The two crops have all but the last column of X, and all but the first.",
            "Flatten each output to (n, number of values). Then norm(dim=1) gives one number for each image.",
        ],
        praise="Divided by the output's contrast, so an output that's merely pale doesn't count as insensitive.",
    ),
    "8.7c": Function(
        reference=_left,
        cases=_patterns,
        otherwise=_about_the_pattern,
        mistakes={
            "that's the contrast of the whole output; subtract the output without the pattern": lambda view, X, pattern: (
                view(X + pattern).std(correction=0) / pattern.std(correction=0)
            ),
            "that's the view of the pattern alone; for a maximum, it isn't the same as what it changes in an image": (
                lambda view, X, pattern: view(pattern).std(correction=0) / pattern.std(correction=0)
            ),
            "divide by the pattern's own standard deviation": lambda view, X, pattern: (view(X + pattern) - view(X)).std(
                correction=0
            ),
            "you divided by the contrast of the image, not of the pattern": lambda view, X, pattern: (
                (view(X + pattern) - view(X)).std(correction=0) / X.std(correction=0)
            ),
            "that's the ratio of the variances; take the standard deviations": lambda *case: _left(*case) ** 2,
            "std divides by n − 1 unless you say correction=0": lambda view, X, pattern: (
                (view(X + pattern) - view(X)).std() / pattern.std()
            ),
            "that's a ratio of means; take the standard deviations": _ratio(Tensor.mean),
            "that's a ratio of mean absolute values; take the standard deviations": _ratio(lambda Z: Z.abs().mean()),
            "that's the largest minus the smallest value of each; take the standard deviations": _ratio(
                lambda Z: Z.max() - Z.min()
            ),
            "you divided two norms, which grow with the number of values; a standard deviation doesn't": _ratio(
                Tensor.norm
            ),
            "you divided two roots of sums of squares, which grow with the number of values; take means of squares": (
                _ratio(lambda Z: (Z - Z.mean()).norm())
            ),
            "you divided by the view of the pattern; divide by the pattern as it is": lambda view, X, pattern: (
                (view(X + pattern) - view(X)).std(correction=0) / view(pattern).std(correction=0)
            ),
            "you subtracted two standard deviations; take the one of the difference": lambda view, X, pattern: (
                (view(X + pattern).std(correction=0) - view(X).std(correction=0)) / pattern.std(correction=0)
            ),
            "that's what is lost of the pattern, not what is left": lambda *case: 1 - _left(*case),
            "a constant part of the difference isn't a pattern: the standard deviation leaves it out, a norm doesn't": (
                lambda view, X, pattern: (
                    (view(X + pattern) - view(X)).square().mean().sqrt() / pattern.square().mean().sqrt()
                )
            ),
        },
        hints=[
            "Two calls of view, with the pattern and without it. What does their difference show?",
            "Standard deviation of that difference, over the standard deviation of the pattern, both with correction=0.",
        ],
        praise="It measures what's left of a pattern, in the very place where it does damage: in an image.",
    ),
    "8.7d": Choice(
        test=_conclusions,
        hints=[
            "The first column ranks the views. Which of them has no defense against aliasing and still ranks well?",
            "For each claim, find the two rows and the column that decide it. Do they differ by more than the spread?",
        ],
        praise=(
            "Claims a and c follow. The control refutes b: a smoother map is less sensitive, whenever it was blurred. "
            "And after a maximum, the blur removes these stripes no better than the control, so d doesn't hold."
        ),
    ),
}
