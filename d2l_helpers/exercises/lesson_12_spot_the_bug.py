"""Exercises of lesson 12: twelve programs to fix."""

import copy
import inspect
import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .._language import message, say, spoken
from ..window import conv_out_size
from ._comparing import as_tensor, show
from ._kinds import Choice, Exercise, Function, Outcome, listed, warm_up
from ._slips import apart, of_slips, where

Cases = list[tuple]


def _normal(generator: torch.Generator, *shape: int) -> Tensor:
    return torch.randn(shape, generator=generator, dtype=torch.float64)


@contextmanager
def _own_random_numbers() -> Iterator[torch.Generator]:
    """A seed for what the answer draws, and a generator; the learner's stream of random numbers stays where it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield torch.Generator().manual_seed(0)


def _named(value: Any) -> str:
    """How to name what was given, without addresses in memory."""
    if isinstance(value, type):
        return say("the class {0}", value.__name__)
    if isinstance(value, nn.Module):
        return "a network"
    return "a function" if callable(value) else show(value)


def _not_a_function(answer: Any) -> str:
    return "" if callable(answer) else say("give the function itself, check(…, fixed), not {0}", _named(answer))


def _first(cases: Callable[[torch.Generator], Cases]) -> Cases:
    return cases(torch.Generator().manual_seed(0))


# 12.1: a photo (height, width, 3) becomes a batch of one


def _photos(generator: torch.Generator) -> Cases:
    """(photo, width, height), smallest first."""
    sizes = [((2, 1), 1, 2), ((4, 6), 5, 7), ((8, 5), 10, 4)]
    return [(_normal(generator, *size, 3), width, height) for size, width, height in sizes]


def _resized(batch: Tensor, width: int, height: int) -> Tensor:
    return F.interpolate(batch, size=(height, width))


def _one_photo(
    *,
    layout: Callable[[Tensor], Tensor] = lambda photo: photo.permute(2, 0, 1)[None],
    size: Callable[[Tensor, int, int], Tensor] | None = None,
    settings: dict | None = None,
    after: Callable[[Tensor], Tensor] = lambda batch: batch,
) -> Callable[[Tensor, int, int], Tensor]:
    def to_batch(photo: Tensor, width: int, height: int) -> Tensor:
        batch = layout(photo)
        batch = size(batch, width, height) if size else F.interpolate(batch, size=(height, width), **(settings or {}))
        return after(batch)

    return to_batch


def _scrambled(photo: Tensor) -> Tensor:
    return photo.reshape(1, 3, *photo.shape[:2])


_PHOTO_SLIPS = {
    "layout": {
        "the photo is still in pieces: a pixel's three values don't stay together": _scrambled,
        "the photo is in one piece, but it's lying on its side": lambda photo: photo.permute(2, 1, 0)[None],
        "the photo is in one piece, but its colors come in the opposite order": lambda photo: photo.permute(2, 0, 1)[
            None
        ].flip(1),
        "the photo is in one piece, but upside down": lambda photo: photo.permute(2, 0, 1)[None].flip(2),
        "the photo is turned by 180°": lambda photo: photo.permute(2, 0, 1)[None].flip(2, 3),
        "the photo is in one piece, but left and right are exchanged": lambda photo: photo.permute(2, 0, 1)[None].flip(3),
    },
    "size": {
        "the size still isn't the one asked for: width and height are exchanged": lambda batch, width, height: _resized(
            batch, height, width
        ),
        "the photo keeps its size; it should be resized": lambda batch, width, height: batch,
        "both sides get the height": lambda batch, width, height: _resized(batch, height, height),
        "both sides get the width": lambda batch, width, height: _resized(batch, width, width),
        "the size is always 180×120, whatever is asked for": lambda batch, width, height: _resized(batch, 180, 120),
        "the size is always 120×180, whatever is asked for": lambda batch, width, height: _resized(batch, 120, 180),
        "a part is cut out; the whole photo should be resized": lambda batch, width, height: batch[..., :height, :width],
    },
    "settings": {
        **{
            f"mode {mode!r} isn't the default one": {"mode": mode}
            for mode in ("bilinear", "bicubic", "area", "nearest-exact")
        },
        **{
            f"mode {mode!r} with antialias isn't the default one": {"mode": mode, "antialias": True}
            for mode in ("bilinear", "bicubic")
        },
        **{
            f"mode {mode!r} with align_corners isn't the default one": {"mode": mode, "align_corners": True}
            for mode in ("bilinear", "bicubic")
        },
    },
    "after": {
        "the batch axis is missing": lambda batch: batch[0],
        "the channels come last; in a batch, they come before height and width": lambda batch: batch.permute(0, 2, 3, 1),
        "the result is lying on its side: height and width are exchanged": lambda batch: batch.mT,
        "the values are divided by 255; the photo's are from 0 to 1 already": lambda batch: batch / 255,
        "the values are multiplied by 255; they should stay as they are": lambda batch: batch * 255,
        "the values are cut off at 0 and 1; they should stay as they are": lambda batch: batch.clamp(0, 1),
    },
}


# 12.2: true convolution


def _images_and_kernels(generator: torch.Generator) -> Cases:
    return [(_normal(generator, 2, c_i, 4, 5), _normal(generator, c_o, c_i, 3, 2)) for c_o, c_i in ((1, 1), (3, 2), (2, 3))]


def _convolved(
    *,
    flip=(2, 3),
    kernel: Callable = lambda K: K,
    image: Callable = lambda X: X,
    output: Callable = lambda Y: Y,
    padding=None,
) -> Callable[[Tensor, Tensor], Tensor]:
    def convolve(X: Tensor, K: Tensor) -> Tensor:
        K = kernel(K.flip(flip) if flip else K)
        return output(F.conv2d(image(X), K, padding=padding(K) if padding else 0))

    return convolve


def _flips() -> dict[str, tuple[int, ...]]:
    """What each choice of axes does to the shadow and to the channels."""
    found = {
        "the shadow is still on the wrong side; and with several channels, their order is reversed": (0, 1),
        "nothing is flipped now: this is cross-correlation": (),
    }
    shadow = {
        (2, 3): "the shadow is where it should be",
        (2,): "the shadow is correct vertically, but not horizontally",
        (3,): "the shadow is correct horizontally, but not vertically",
        (): "the shadow is still on the wrong side",
    }
    channels = {
        (): "",
        (0, 1): "; but with several channels, their order is reversed",
        (0,): "; but with several kernels, their order is reversed",
        (1,): "; but with several input channels, their order in the kernel is reversed",
    }
    for (axes, place), (others, order) in itertools.product(shadow.items(), channels.items()):
        if others + axes not in ((0, 1), (), (2, 3)):
            found[place + order] = others + axes
    return found


_CONVOLUTION_SLIPS = {
    "flip": _flips(),
    "kernel": {
        "the kernel is mirrored at its diagonal, which exchanges its sides": lambda K: K.mT,
        "the kernel is turned by 90° clockwise, not by 180°, which exchanges its sides": lambda K: K.rot90(1, (2, 3)),
        "the kernel is turned by 90° counterclockwise, not by 180°, which exchanges its sides": lambda K: K.rot90(
            -1, (2, 3)
        ),
        "the kernel's signs are reversed; its places should be": lambda K: -K,
        "only the first kernel is used, so there's one output channel": lambda K: K[:1],
        "the kernel's input channels are averaged; they should be added up": lambda K: K / K.shape[1],
    },
    "image": {
        "the image is flipped as well": lambda X: X.flip(2, 3),
        "the output keeps the image's size: no padding is asked for": lambda X: F.pad(X, (0, 1, 1, 1)),
        "only the image's first channel is used": lambda X: torch.cat([X[:, :1], torch.zeros_like(X[:, 1:])], dim=1),
    },
    "output": {
        "the output is flipped as well": lambda Y: Y.flip(2, 3),
        "the batch axis is missing: only the first image comes out": lambda Y: Y[0],
        "the output's channels are added up; each kernel has a channel of its own": lambda Y: Y.sum(dim=1, keepdim=True),
    },
    "padding": {
        "this is the full convolution, with padding on all sides; none is asked for": lambda K: (
            K.shape[2] - 1,
            K.shape[3] - 1,
        ),
        "there's padding of 1; none is asked for": lambda K: 1,
    },
}
_CONVOLUTIONS = {
    "either the image is flipped as well, or the output in place of the kernel": (
        _convolved(flip=(), output=lambda Y: Y.flip(2, 3))
    ),
    "either the output is flipped as well, or the image in place of the kernel": (
        _convolved(flip=(), image=lambda X: X.flip(2, 3))
    ),
    "the batch axis is missing: it's gone for a single channel": lambda X, K: _convolved()(X, K).squeeze(),
}


# 12.3: the side of a map after some layers


def _conv(k: int, **settings: int) -> tuple[str, dict]:
    return "conv", {"kernel_size": k, **settings}


def _pool(k: int, **settings: int) -> tuple[str, dict]:
    return "pool", {"kernel_size": k, **settings}


def _stacks(_generator: torch.Generator) -> Cases:
    """(n, layers): first one layer at a time, then several."""
    return [
        (8, [_conv(3, stride=2)]),
        (10, [_conv(3, stride=2)]),  # 3.5 windows: rounding to the nearest integer isn't rounding down
        (8, [_conv(3, padding=1)]),
        (8, [_pool(2)]),
        (9, [_pool(3, stride=1)]),
        (28, [_conv(5, padding=2), _pool(3), _conv(3, stride=2), _pool(2)]),
        (30, [_pool(4), _conv(3, padding=1, stride=2), _pool(2, padding=1)]),
        (21, [_conv(4, stride=3), _conv(2), _pool(2, stride=1)]),  # the second convolution's stride is 1 again
    ]


def _side(
    n: int,
    layers: list[tuple],
    *,
    rounded: Callable = math.floor,
    sides: int = 2,
    default: Callable = lambda kind, k: k if kind == "pool" else 1,
    stride: Callable = lambda kind, listed, default: default if listed is None else listed,
    formula: Callable = lambda rounded, n, p, k, s: rounded((n + p - k) / s) + 1,
) -> Any:
    for kind, settings in layers:
        k = settings["kernel_size"]
        s = stride(kind, settings.get("stride"), default(kind, k))
        n = formula(rounded, n, sides * settings.get("padding", 0), k, s)
    return n


_SIDE_SLIPS = {
    "rounded": {
        "a window that doesn't fit is counted as if it did": math.ceil,
        "a window that doesn't fit is still counted in some cases": round,
    },
    "sides": {
        "the padding is ignored": 0,
        "a side is padded at two ends, not at four": 4,
    },
    "default": {
        "now a convolution that names no stride moves by its window, too": lambda kind, k: k,
        "a pooling layer that names no stride moves by its window, not always by 2": lambda kind, k: (
            2 if kind == "pool" else 1
        ),
        "every layer that names no stride moves by 2 now": lambda kind, k: 2,
        "the defaults are exchanged: it's the pooling layer that moves by its window": lambda kind, k: (
            1 if kind == "pool" else k
        ),
    },
    "stride": {
        "a stride that is listed for a pooling layer counts, too": lambda kind, listed, default: (
            default if listed is None or kind == "pool" else listed
        ),
        "a stride that is listed for a convolution counts, too": lambda kind, listed, default: (
            default if listed is None or kind == "conv" else listed
        ),
        "the listed strides are ignored": lambda kind, listed, default: default,
    },
    "formula": {
        "the first window is missing: the + 1 is": lambda rounded, n, p, k, s: rounded((n + p - k) / s),
        "the + 1 comes after the division, because the first window is there before the first step": (
            lambda rounded, n, p, k, s: rounded((n + p - k + 1) / s)
        ),
        "only the kernel is divided by the stride: parentheses are missing": lambda rounded, n, p, k, s: n + p - k // s + 1,
        "the side is rounded to the nearest integer; a window that doesn't fit is dropped, however much of it fits": (
            lambda rounded, n, p, k, s: round((n + p - k) / s + 1)
        ),
        "no stride is used at all": lambda rounded, n, p, k, s: n + p - k + 1,
        "the map is divided by the stride, and the kernel is left out": lambda rounded, n, p, k, s: rounded((n + p) / s),
        "the side shrinks by k, not by k − 1, where the stride is 1; and the padding is left out": (
            lambda rounded, n, p, k, s: rounded((n - k) / s)
        ),
    },
}


def _side_mistakes() -> dict[str, Callable]:
    """Each choice of the three bugs that may be left, and some new ones. One bug is named at a time."""
    bugs = {
        "a map with a fraction of a pixel comes out where a window doesn't fit": {"rounded": float},
        "the map is too small where there is padding": {"sides": 1},
        "a pooling layer that names no stride is treated as if it moved by 1": {"default": lambda kind, k: 1},
    }
    first, second, third = bugs
    left = {
        "all three bugs are left; the first one shows in a single layer": bugs,
        say("two of the three bugs are left; one of them: {0}", first): (first, second),
        say("two of the three bugs are left; one of them: {0}", second): (second, third),
        say("two of the three bugs are left; one of them: {0}", third): (first, third),
        **{say("one of the three bugs is left: {0}", bug): (bug,) for bug in bugs},
    }
    mistakes = {words: _with(**{k: v for bug in chosen for k, v in bugs[bug].items()}) for words, chosen in left.items()}
    with_bugs = {setting: dict(slips) for setting, slips in _SIDE_SLIPS.items()}
    for bug, changes in bugs.items():
        for setting, value in changes.items():
            with_bugs[setting][bug] = value
    mistakes.update(of_slips(_with, with_bugs))
    mistakes["the stride of the layer before is kept where none is listed"] = lambda n, layers: _carried(n, layers, "conv")
    mistakes["the stride of the layer before is kept where none is listed, in pooling layers, too"] = lambda n, layers: (
        _carried(n, layers, "both")
    )
    mistakes["only the first layer counts: is the return inside the loop?"] = lambda n, layers: _side(n, layers[:1])
    mistakes["only the last layer counts: does each layer start from n again?"] = lambda n, layers: _side(n, layers[-1:])
    mistakes["the last layer is left out"] = lambda n, layers: _side(n, layers[:-1])
    mistakes["this is always the page's result; the function should follow the list"] = lambda n, layers: 2
    mistakes["this is the shape of the map; its side is one number"] = lambda n, layers: (1, 1) + 2 * (_side(n, layers),)
    mistakes["this is height and width of the map; its side is one number"] = lambda n, layers: 2 * (_side(n, layers),)
    mistakes["this is the number of pixels; the side is asked for"] = lambda n, layers: _side(n, layers) ** 2
    mistakes["this is the side after each layer; only the last one is asked for"] = lambda n, layers: [
        _side(n, layers[: i + 1]) for i in range(len(layers))
    ]
    return apart(mistakes, _by_window, _stacks(torch.Generator()))


def _with(**changes: Any) -> Callable[[int, list], Any]:
    return lambda n, layers: _side(n, layers, **changes)


def _carried(n: int, layers: list[tuple], kinds: str) -> int:
    s = 1
    for kind, settings in layers:
        s = settings.get("stride", settings["kernel_size"] if kind == "pool" and kinds == "conv" else s)
        n = (n + 2 * settings.get("padding", 0) - settings["kernel_size"]) // s + 1
    return n


def _by_window(n: int, layers: list[tuple]) -> int:
    for kind, settings in layers:
        k, p = settings["kernel_size"], settings.get("padding", 0)
        n = conv_out_size(n, k, padding=p, stride=settings.get("stride", k if kind == "pool" else 1))
    return n


# 12.4: a line through points


def _fits_a_line(answer: Any) -> str:
    if problem := _not_a_function(answer):
        return problem
    outcomes = []
    with _own_random_numbers() as generator:
        for slope, height, noise in ((-2.0, 0.5, 0.0), (3.0, 4.0, 0.1), (0.5, -1.0, 0.1)):
            x = torch.linspace(-0.5, 1.5, 12, dtype=torch.float64)
            y = slope * x + height + noise * _normal(generator, 12)
            given = x.clone(), y.clone()
            torch.manual_seed(0)
            try:
                got = tuple(float(part) for part in answer(*given))
            except (TypeError, ValueError) as error:
                return say(
                    "it should return two numbers, the slope and the height; but {0}", str(error).splitlines()[0][:200]
                )
            if len(got) != 2:
                return say("it should return two numbers, the slope and the height, not {0}", len(got))
            if changed := [name for name, now, before in zip("xy", given, (x, y), strict=True) if not _same(now, before)]:
                return say("the function changes the caller's {0} in place: work on a copy", listed(changed))
            outcomes.append((x, y, got))
    return _off_the_line(outcomes)


def _same(now: Tensor, before: Tensor) -> bool:
    return now.shape == before.shape and torch.equal(now, before)


def _line(x: Tensor, y: Tensor) -> tuple[float, float]:
    """Slope and height of the best line."""
    slope = ((x - x.mean()) * (y - y.mean())).mean() / (x - x.mean()).square().mean()
    return slope.item(), (y.mean() - slope * x.mean()).item()


def _descended(
    loss: Callable[[Tensor, Tensor], Tensor],
    *,
    lr: float = 0.1,
    steps: int = 500,
    clears: bool = True,
    steps_of: Any = None,
) -> Callable[[Tensor, Tensor], tuple[float, float]]:
    """Gradient descent as on the page, from the same initial values if the seed is the same."""

    def fit_line(x: Tensor, y: Tensor) -> tuple[float, float]:
        torch.manual_seed(0)
        line = nn.Linear(1, 1, dtype=x.dtype)
        optimizer = (steps_of or torch.optim.SGD)(line.parameters(), lr=lr)
        for _ in range(steps):
            if clears:
                optimizer.zero_grad()
            loss(line(x[:, None])[:, 0], y).backward()
            optimizer.step()
        return line.weight.item(), line.bias.item()

    return fit_line


_LINES: dict[str, Callable[[Tensor, Tensor], tuple[float, float]]] = {
    "slope and height are exchanged: the slope comes first": lambda x, y: _line(x, y)[::-1],
    "the slope is right, but the height is the mean of y: that's the height at the mean of x": lambda x, y: (
        _line(x, y)[0],
        y.mean().item(),
    ),
    "the slope is right, but the height is 0": lambda x, y: (_line(x, y)[0], 0.0),
    "this is the best line through the origin; the line may have any height": lambda x, y: (
        ((x * y).sum() / (x * x).sum()).item(),
        0.0,
    ),
    "this is always the page's line; the function should fit the points that it's given": lambda x, y: (3.0, 1.0),
    "this is the line through the first and the last point; the errors of all points count": lambda x, y: (
        ((y[-1] - y[0]) / (x[-1] - x[0])).item(),
        (y[0] - (y[-1] - y[0]) / (x[-1] - x[0]) * x[0]).item(),
    ),
    "x and y are exchanged": lambda x, y: _line(y, x),
    "the slope is right, but the height is that of the first point": lambda x, y: (_line(x, y)[0], y[0].item()),
    "the sign of the slope is wrong": lambda x, y: (-_line(x, y)[0], _line(x, y)[1]),
    "the gradients of all steps add up: is zero_grad still called in each step?": _descended(F.mse_loss, clears=False),
    "it's the mean absolute error that is minimized, not the mean squared error": _descended(F.l1_loss),
    "the errors are averaged before they're squared, so positive and negative ones cancel": _descended(
        lambda y_hat, y: (y_hat - y).mean().square()
    ),
    "the errors aren't squared, so the loss gets lower without end": _descended(lambda y_hat, y: (y_hat - y).mean()),
    "there aren't enough steps: the line is on its way, but hasn't arrived": _descended(F.mse_loss, lr=0.01),
    "there aren't enough steps: the line is still near its start": _descended(F.mse_loss, lr=0.001),
    **{f"there aren't enough steps; it looks like {n}": _descended(F.mse_loss, steps=n) for n in (10, 20, 50, 100, 200)},
    "slope and height are half as large as they should be": lambda x, y: tuple(part / 2 for part in _line(x, y)),
    "slope and height are twice as large as they should be": lambda x, y: tuple(2 * part for part in _line(x, y)),
    "the slope is right, the height isn't: the points' mean isn't at x = 0": lambda x, y: (
        _line(x, y)[0],
        (y.mean() + _line(x, y)[0] * x.mean()).item(),
    ),
}


def _off_the_line(outcomes: list[tuple[Tensor, Tensor, tuple[float, float]]]) -> str:
    """What is wrong with the lines, for (x, y, (slope, height))."""
    wrong = [outcome for outcome in outcomes if not _near(outcome[2], _line(*outcome[:2]))]
    if not wrong:
        return ""
    right = _line(*wrong[0][:2])
    found = say(
        "slope {0:.2f} and height {1:.2f}; right would be {2:.2f} and {3:.2f}",
        wrong[0][2][0],
        wrong[0][2][1],
        right[0],
        right[1],
    )
    got = [outcome[2] for outcome in outcomes]
    if not all(math.isfinite(part) and abs(part) < 1000 for pair in got for part in pair):
        return "the updates explode: the steps are too large, or they lead uphill"
    if all(abs(pair[0]) < 0.05 and abs(pair[1] - y.mean()) < 0.05 for _, y, pair in outcomes):
        return say(
            (
                "the line is still flat, at the mean of y: is each prediction compared with its own point, and "
                "with no other? Look at the shapes of y_hat, y, and their difference: {0}"
            ),
            found,
        )
    for diagnosis, other in _LINES.items():
        if all(_near(pair, other(x, y)) for x, y, pair in outcomes):
            return say("{0}: {1}", diagnosis, found)
    if all(_near(pair, got[0]) for pair in got):
        return say(
            ("the result is the same for any points: does the gradient of the loss reach the line's parameters? {0}"), found
        )
    if all(abs(pair[0] * x.mean() + pair[1] - y.mean()) < 0.01 for x, y, pair in outcomes):
        return say("the line goes through the middle of the points, but with another slope than the best one: {0}", found)
    if all(_near(pair, _line(x, y), 0.3) for x, y, pair in outcomes):
        return say(
            ("this isn't the line that fits best, but it's close: is another error minimized, or for too few steps? {0}"),
            found,
        )
    return say("this isn't the line that fits best: {0}", found)


def _near(some: tuple[float, float], others: tuple[float, float], by: float = 0.01) -> bool:
    return all(abs(a - b) < by for a, b in zip(some, others, strict=True))


# 12.5: learning a kernel


def _edges(generator: torch.Generator) -> Cases:
    """(X, Y, steps, lr) in float64."""
    cases = []
    for steps in (2, 12):
        X = _normal(generator, 1, 1, 4, 6)
        cases.append((X, F.conv2d(X, _normal(generator, 1, 1, 1, 2)), steps, 0.1))
    return cases


def _learned(
    X: Tensor,
    Y: Tensor,
    steps: int,
    lr: float,
    *,
    carried: float = 0.0,
    moves: bool = True,
    cleared: int = 0,
    offset: int = 0,
    start: float = 0.0,
    factor: float = 1.0,
    total: bool = False,
) -> list[float]:
    """The loss before each step; `carried`: the share of the old gradient that is still there at the next step.

    `cleared`: after how many steps nothing of it is left, 0 if never, counted from `offset`; `factor`: of each step;
    `total`: whether the loss is a sum.
    """
    K, velocity, losses = X.new_full((1, 1, 1, 2), start).requires_grad_(), X.new_zeros(1, 1, 1, 2), []
    for step in range(steps):
        errors = (F.conv2d(X, K) - Y).square()
        loss = errors.sum() if total else errors.mean()
        kept = 0.0 if cleared and step % cleared == offset else carried
        velocity = kept * velocity + torch.autograd.grad(loss, K)[0]
        losses.append(loss.item())
        if moves:
            K = (K - lr * factor * velocity).detach().requires_grad_()
    return losses


def _learns(part: Callable[[list[float]], Any] = lambda losses: losses, more: int = 0, **changes: Any) -> Callable:
    return lambda X, Y, steps, lr: part(_learned(X, Y, steps + more, lr, **changes))


def _kernel(X: Tensor, Y: Tensor, steps: int, lr: float) -> Tensor:
    K = X.new_zeros(1, 1, 1, 2)
    for _ in range(steps):
        K.requires_grad_()
        K = (K - lr * torch.autograd.grad((F.conv2d(X, K) - Y).square().mean(), K)[0]).detach()
    return K


def _learned_by_adam(X: Tensor, Y: Tensor, steps: int, lr: float) -> list[float]:
    K, losses = X.new_zeros(1, 1, 1, 2).requires_grad_(), []
    optimizer = torch.optim.Adam([K], lr=lr)
    for _ in range(steps):
        optimizer.zero_grad()
        loss = (F.conv2d(X, K) - Y).square().mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# 12.6: all images in a new random order


def _delivers_at_random(answer: Any) -> str:
    if problem := _not_a_function(answer):
        return problem
    count, size = 83, 10  # the last batch is a smaller one
    numbers = torch.arange(count)
    images = numbers[:, None, None, None].expand(-1, 1, 2, 2).float()  # image i is filled with i
    labels = numbers * 10 // count
    with _own_random_numbers():
        epochs = []
        for _ in range(3):
            given = answer(images.clone(), labels.clone(), size)
            if isinstance(given, tuple) and len(given) == 2 and all(isinstance(part, Tensor) for part in given):
                return "it returns one pair of tensors and ends there: an epoch has many batches, so yield each of them"
            if isinstance(given, Tensor) or not hasattr(given, "__iter__"):
                return say("an epoch should consist of pairs of tensors, (images, labels); it returned {0}", _named(given))
            batches = [tuple(batch) for batch in itertools.islice(given, 3 * count)]
            if len(batches) == 3 * count:
                return say("it never seems to end: after {0} batches from {1} images, another one comes", 3 * count, count)
            if not all(len(batch) == 2 and all(isinstance(part, Tensor) for part in batch) for batch in batches):
                return "an epoch should consist of pairs of tensors, (images, labels)"
            if problem := _not_an_epoch(batches, labels, size):
                return problem
            epochs.append([X[:, 0, 0, 0].long().tolist() for X, _ in batches])
    if all(epoch == epochs[0] for epoch in epochs):
        return "the order is the same in each epoch"
    classes = [len(set(labels[batch].tolist())) for batch in epochs[0]]
    if sum(classes) / len(classes) < 4:
        return say(
            (
                "most images still meet only their neighbors from the sorted data: a batch of {0} contains "
                "{1:.1f} of the 10 classes on average"
            ),
            size,
            sum(classes) / len(classes),
        )
    if set(map(frozenset, epochs[0])) & set(map(frozenset, epochs[1])):
        return "the order of the batches is new in each epoch, but the same images come together each time"
    return ""


def _not_an_epoch(batches: list[tuple[Tensor, Tensor]], labels: Tensor, size: int) -> str:
    """What is wrong apart from the order: each image once, with its label, in batches of that size."""
    count = len(labels)
    if batches and all(y.shape[1:] == (1, 2, 2) and X.shape == y.shape[:1] for X, y in batches):
        return "the labels come first and the images second; a pair should be (images, labels)"
    if batches and all(X.shape == (1, 2, 2) and y.shape == () for X, y in batches):
        return "the shapes of images and labels show single images, without a batch axis: batch_size isn't used"
    if any(X.shape[:1] != y.shape or X.shape[1:] != (1, 2, 2) for X, y in batches):
        return "the shapes of images and labels don't fit: a batch should be (n, 1, height, width) and (n,)"
    came = torch.cat([X[:, 0, 0, 0].long() for X, _ in batches]) if batches else torch.zeros(0).long()
    if len(came.unique()) == len(came) == count - count % size and all(len(y) == size for _, y in batches):
        return say("{0} images should come; {1} come: the last, smaller batch is missing", count, len(came))
    if len(came.unique()) != count or len(came) != count:
        return say(
            "each of the {0} images should come once; {1} come, {2} of them different", count, len(came), len(came.unique())
        )
    wrong = (torch.cat([y for _, y in batches]) != labels[came]).sum().item()
    if wrong:
        return say("{0} of {1} images don't come with their own label anymore", wrong, count)
    if sorted(len(y) for _, y in batches) != [count % size] + [size] * (count // size):
        return say(
            "with batch_size={0}, the {1} images come in batches of {2}", size, count, sorted({len(y) for _, y in batches})
        )
    return ""


# 12.7: a score that depends on the network alone


def _scores(answer: Any) -> str:
    if problem := _not_a_function(answer):
        return problem
    for kind in ("batch normalization", "dropout"):
        with _own_random_numbers() as generator:
            layer = nn.BatchNorm1d(12) if kind == "batch normalization" else nn.Dropout(0.6)
            net = nn.Sequential(nn.Flatten(), nn.Linear(16, 12), layer, nn.ReLU(), nn.Linear(12, 5))
            images = torch.randn(60, 1, 4, 4, generator=generator) + torch.arange(60.0)[:, None, None, None] / 30
            with torch.no_grad():
                net(images), net(images)  # running statistics that aren't those of a new layer
                labels = net.eval()(images).argmax(dim=1)
            labels[:15] = (labels[:15] + 1) % 5
            if problem := _scores_one(answer, net, images, labels, kind):
                return problem
    return ""


def _scores_one(answer: Callable, net: nn.Module, images: Tensor, labels: Tensor, kind: str) -> str:
    for training in (True, False):
        got, problems = {}, []
        for batch_size in (60, 4, 7):
            given = copy.deepcopy(net).train(training)
            before = copy.deepcopy(given.state_dict())
            result = answer(given, images.clone(), labels.clone(), batch_size)
            if result is None:
                return "it should return the share of the right ones, a number; it returned None: is the return missing?"
            if isinstance(result, Tensor) and result.numel() != 1:
                return say("it should return the share of the images that are right, one number, not {0}", show(result))
            if not isinstance(result, (int, float, Tensor, np.number)):
                return say("it should return the share of the images that are right, a number, not {0}", _named(result))
            got[batch_size] = float(result)
            problems += _left_changed(given, before, kind, training)
        problems = [_wrong_share(got, kind, net, images, labels), *problems]
        if problem := next(filter(None, problems), ""):
            return problem
    return ""


def _left_changed(net: nn.Module, before: dict, kind: str, training: bool) -> list[str]:
    """How a network differs from what it was before it was scored."""
    problems, after = [], net.state_dict()
    if before.keys() != after.keys():
        lost = ", ".join(sorted(before.keys() ^ after.keys()))
        return [say("scoring changes a network with {0}: afterward, its state_dict has lost or gained {1}", kind, lost)]
    if any(not torch.equal(value, after[name]) for name, value in before.items()):
        problems.append(say("scoring changes a network with {0}: its state_dict isn't the same afterward", kind))
    if any(module.training != training for module in net.modules()):
        arrives, leaves = ("training", "evaluation")[:: 1 if training else -1]
        problems.append(say("the network arrives in {0} mode and leaves in {1} mode", arrives, leaves))
    if not all(parameter.requires_grad for parameter in net.parameters()):
        problems.append("the parameters are frozen afterward, requires_grad is False: training couldn't continue")
    if any(parameter.grad is not None for parameter in net.parameters()):
        problems.append(
            "the parameters have gradients afterward: nothing should be learned from the images that are scored"
        )
    return problems


def _wrong_share(
    got: dict[int, float], kind: str, net: nn.Module, images: Tensor, labels: Tensor, right: float = 0.75
) -> str:
    """Whether these scores, batch size → share, are what the labels of `_scores` are made for."""
    off = {size: share for size, share in got.items() if abs(share - right) > 1e-6}
    if not off:
        return ""
    wrong = say("; ").join(say("{0:.3f} in batches of {1}", share, size) for size, share in got.items())
    seen = say("a network with {0} should score {1:.3f} with every batch size; it scores {2}", kind, right, wrong)
    part = (torch.arange(60) >= 15).float().split(7)
    if off.keys() == {7} and abs(off[7] - sum(one.mean().item() for one in part) / len(part)) < 1e-6:
        return "a small last batch counts as much as a full one: 60 images in batches of 7"
    if off.keys() == {7} and min(abs(off[7] - (56 - 15) / n) for n in (56, 60)) < 1e-6:
        return say("the last, smaller batch is missing: {0}", seen)
    if all(abs(share - right * factor) < 1e-4 for share in got.values() for factor in (60,)):
        return say("this is the count of the right ones, not their share: {0}", seen)
    if all(abs(share - right * 100) < 1e-3 for share in got.values()):
        return say("this is a percentage; a share is at most 1: {0}", seen)
    if all(abs(share - (1 - right)) < 1e-6 for share in got.values()):
        return say("this is the share of the wrong ones: {0}", seen)
    if all(abs(share * math.ceil(60 / size) - 45) < 1e-4 for size, share in got.items()):
        return say("the count is divided by the number of batches, not of images: {0}", seen)
    if all(abs(share * size - 45) < 1e-3 for size, share in got.items()):
        return say("the count is divided by the batch size, not by the number of images: {0}", seen)
    if kind == "batch normalization":
        with torch.no_grad():
            at_once = (copy.deepcopy(net).train()(images).argmax(dim=1) == labels).float().mean().item()
        if all(abs(share - at_once) < 1e-6 for share in got.values()):
            return say(
                "it no longer depends on the batch size, but still on the other images, as in training mode: {0}", seen
            )
        same = all(abs(share - _in_batches(net, images, labels, size)) < 1e-6 for size, share in got.items())
        if same:
            return say("the layers still work as in training mode, with each batch's own mean and deviation: {0}", seen)
    if kind == "dropout":
        return say("batch normalization is in evaluation mode now, but dropout still drops values at random: {0}", seen)
    return say(
        ("the mode is right, but the count is off: the right ones, image by image, over the number of images: {0}"), seen
    )


def _in_batches(net: nn.Module, images: Tensor, labels: Tensor, size: int) -> float:
    net = copy.deepcopy(net).train()
    with torch.no_grad():
        return sum((net(X).argmax(dim=1) == y).sum().item() for X, y in _pairs(images, labels, size)) / len(labels)


def _pairs(images: Tensor, labels: Tensor, size: int) -> Iterator[tuple[Tensor, Tensor]]:
    return zip(images.split(size), labels.split(size), strict=True)


# 12.8: training and test images on one scale


def _train_and_test(generator: torch.Generator) -> Cases:
    cases = [
        (2 * _normal(generator, n, pixels) + 1, _normal(generator, m, pixels))
        for n, m, pixels in ((3, 2, 2), (6, 5, 4), (9, 2, 3))
    ]
    cases[1][0][:, 0] /= 1000  # a pixel that hardly varies: there the 0.01 counts
    return cases


def _scaled(images: Tensor, by: Tensor) -> Tensor:
    return (images - by.mean(dim=0)) / (by.std(dim=0) + 0.01)


def _scaled_with(deviation: Callable[[Tensor], Tensor]) -> Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]:
    return _standardized(by=lambda images, train, test: deviation(train))


def _standardized(
    *,
    mean: Callable = lambda images, train, test: train.mean(dim=0),
    by: Callable = lambda images, train, test: train.std(dim=0) + 0.01,
    formula: Callable = lambda images, mean, by: (images - mean) / by,
    result: Callable = lambda scaled, train, test: scaled,
) -> Callable[[Tensor, Tensor], Any]:
    def standardized(train: Tensor, test: Tensor) -> Any:
        pair = [formula(part, mean(part, train, test), by(part, train, test)) for part in (train, test)]
        return result(tuple(pair), train, test)

    return standardized


def _together(train: Tensor, test: Tensor) -> Tensor:
    return torch.cat([train, test])


_SCALES = {
    "the two sets are still on two scales: the same image looks different in each": _standardized(
        mean=lambda images, train, test: images.mean(dim=0), by=lambda images, train, test: images.std(dim=0) + 0.01
    ),
    "they are on one scale, but the training images depend on the test images now: a leak": _standardized(
        mean=lambda images, train, test: _together(train, test).mean(dim=0),
        by=lambda images, train, test: _together(train, test).std(dim=0) + 0.01,
    ),
    "they are on one scale, but on that of the test images": _standardized(
        mean=lambda images, train, test: test.mean(dim=0), by=lambda images, train, test: test.std(dim=0) + 0.01
    ),
    "there's one mean and one deviation for all pixels, not one each": _standardized(
        mean=lambda images, train, test: train.mean(), by=lambda images, train, test: train.std() + 0.01
    ),
    "mean and deviation are those of each image over its pixels, not of each pixel over the training images": _standardized(
        mean=lambda images, train, test: images.mean(dim=1, keepdim=True),
        by=lambda images, train, test: images.std(dim=1, keepdim=True) + 0.01,
    ),
    "both sets are scaled from 0 to 1 by their lowest and highest values; mean 0 and deviation 1 are asked for": (
        _standardized(
            mean=lambda images, train, test: train.amin(dim=0),
            by=lambda images, train, test: train.amax(dim=0) - train.amin(dim=0),
        )
    ),
    "the sets are scaled by their lowest and highest values, each by its own": _standardized(
        mean=lambda images, train, test: images.amin(dim=0),
        by=lambda images, train, test: images.amax(dim=0) - images.amin(dim=0),
    ),
    "the values are scaled by the lowest and the highest one, with the 0.01; mean 0 and deviation 1 are asked for": (
        _standardized(
            mean=lambda images, train, test: train.amin(dim=0),
            by=lambda images, train, test: train.amax(dim=0) - train.amin(dim=0) + 0.01,
        )
    ),
    "the test images haven't been brought to the scale of the training images at all": _standardized(
        result=lambda scaled, train, test: (scaled[0], test)
    ),
    "the scale is taken from training images that are scaled already, so it hardly changes the test images": _standardized(
        result=lambda scaled, train, test: (scaled[0], _scaled(test, scaled[0]))
    ),
    "the test images are scaled twice": _standardized(
        result=lambda scaled, train, test: (scaled[0], _scaled(scaled[1], train))
    ),
}
_SCALE_SLIPS = {
    "mean": {
        "the mean isn't the same for both: each set has its own": lambda images, train, test: images.mean(dim=0),
        "the mean is that of the test images": lambda images, train, test: test.mean(dim=0),
        "the mean includes the test images, which is a leak": lambda images, train, test: _together(train, test).mean(
            dim=0
        ),
        "there's one mean for all pixels, not one each": lambda images, train, test: train.mean(),
        "no mean is subtracted": lambda images, train, test: 0.0,
        "the median is subtracted, not the mean": lambda images, train, test: train.median(dim=0).values,
    },
    "by": {
        "the deviation isn't the same for both: each set has its own": lambda images, train, test: images.std(dim=0) + 0.01,
        "the deviation is that of the test images": lambda images, train, test: test.std(dim=0) + 0.01,
        "the deviation includes the test images, which is a leak": (
            lambda images, train, test: _together(train, test).std(dim=0) + 0.01
        ),
        "there's one deviation for all pixels, not one each": lambda images, train, test: train.std() + 0.01,
        "the 0.01 is missing from the deviation": lambda images, train, test: train.std(dim=0),
        "it's divided by the variance; the deviation is its root": lambda images, train, test: train.var(dim=0) + 0.01,
        "it isn't divided by the deviation": lambda images, train, test: 1.0,
        "it's divided by 0.01 alone": lambda images, train, test: 0.01,
    },
    "formula": {
        "the 0.01 is added after the division: parentheses are missing": lambda images, mean, by: (
            (images - mean) / (by - 0.01) + 0.01
        ),
        "only the mean is divided: parentheses are missing": lambda images, mean, by: images - mean / by,
        "the mean is added, not subtracted": lambda images, mean, by: (images + mean) / by,
        "it's multiplied by the deviation, not divided": lambda images, mean, by: (images - mean) * by,
    },
    "result": {
        "the training images come first in the result": lambda scaled, train, test: scaled[::-1],
        "the training images are returned as they were; they should be scaled, too": lambda scaled, train, test: (
            train,
            scaled[1],
        ),
        "only the test images are returned; both sets are asked for": lambda scaled, train, test: scaled[1],
        "only the training images are returned; both sets are asked for": lambda scaled, train, test: scaled[0],
        "the two sets are joined into one tensor; a pair is asked for": lambda scaled, train, test: torch.cat(scaled),
        "the mean and the deviation are returned, not the scaled images": lambda scaled, train, test: (
            train.mean(dim=0),
            train.std(dim=0) + 0.01,
        ),
    },
}


# 12.9: a network that is saved as a whole


def _survives_saving(answer: Any) -> str:
    if not (isinstance(answer, type) and issubclass(answer, nn.Module)):
        return say("give the class itself, check(…, ConvNet), not {0}", _named(answer))
    with _own_random_numbers():
        try:
            net, copied = answer(), answer()
        except (TypeError, AttributeError) as error:
            return say(
                "the class can't be made without arguments, ConvNet(): {0}: {1}", type(error).__name__, str(error)[:150]
            )
        X = torch.randn(3, 1, 28, 28)
        try:
            logits = net(X)
        except RuntimeError as error:
            return say(
                (
                    "forward raised RuntimeError for 3 images: {0}\neach image should reach the dense layer as a row "
                    "of 8·7·7 values: check the strides and flatten"
                ),
                str(error).splitlines()[0][:150],
            )
        if not isinstance(logits, Tensor) or logits.shape != (3, 10):
            got = tuple(logits.shape) if isinstance(logits, Tensor) else _named(logits)
            return say("for 3 images it should return logits of shape (3, 10), not {0}", got) + spoken(
                ": is the return missing?" if logits is None else ""
            )
        copied.load_state_dict(net.state_dict())
        saved = {name: tuple(value.shape) for name, value in net.state_dict().items()}
        if not torch.allclose(copied(X), logits, atol=1e-5):
            return _not_saved(net, X, saved)
        return _other_layers(net, saved) or _computes_something_else(net, X, logits) or _cut_off(net, X)


_SHAPES = [(8, 1, 3, 3), (8,), (8, 8, 3, 3), (8,), (10, 392), (10,)]


def _not_saved(net: nn.Module, X: Tensor, saved: dict) -> str:
    """Why a second network that has loaded all that was saved has other logits."""
    if not torch.allclose(net(X), net(X), atol=1e-5):
        return (
            "the second network still has other logits; even one network's change in each call: does forward make layers?"
        )
    if sorted(saved.values()) == sorted(_SHAPES):
        return (
            "the second network still has other logits, although all layers are saved: "
            "forward computes with other layers than those that are registered"
        )
    return say("the second network still has other logits; this is all that was saved: {0}", saved)


def _other_layers(net: nn.Module, saved: dict) -> str:
    if sorted(saved.values()) != sorted(_SHAPES):
        dims = [len(shape) for shape in saved.values()]
        new = [shape for shape in saved.values() if shape not in _SHAPES]
        why = say(" (new: {0})", ", ".join(map(str, new))) if new else ""
        if len(dims) - dims.count(1) < 3:
            why = " (a layer is missing)"
        elif dims.count(1) < 3:
            why = " (biases are missing)"
        return say("what is saved is loaded, but the layers aren't the same as before{0}: {1}", why, saved)
    if {tuple(parameter.shape) for parameter in net.parameters()} != set(_SHAPES):
        return "all is saved, but an optimizer doesn't get all of it: some of it isn't in parameters()"
    if not all(parameter.requires_grad for parameter in net.parameters()):
        return "all layers are saved and loaded, but some are frozen now: training can't change them"
    return ""


def _cut_off(net: nn.Module, X: Tensor) -> str:
    """Whether a gradient reaches every parameter, as it must in training."""
    net.zero_grad()
    logits = net.train()(X)
    if logits.requires_grad:
        logits.square().sum().backward()
    without = [name for name, parameter in net.named_parameters() if parameter.grad is None or not parameter.grad.any()]
    return (
        say("all layers are saved and loaded, but no gradient reaches {0}: they can't learn", ", ".join(without))
        if without
        else ""
    )


def _computes_something_else(net: nn.Module, X: Tensor, logits: Tensor) -> str:
    """Whether the network's layers, found by their shapes, give other logits when they are applied as before."""
    layers = [module for module in net.modules() if isinstance(module, (nn.Conv2d, nn.Linear))]
    layers.sort(key=lambda layer: (isinstance(layer, nn.Linear), layer.weight.shape[1]))
    if len(layers) != 3:
        return say("it should have two convolutions and a dense layer; {0} such layers are registered", len(layers))

    def forward(first: Callable = torch.relu, second: Callable = torch.relu, last: Callable = lambda Z: Z) -> Tensor:
        maps = X
        for conv, activation in zip(layers[:2], (first, second), strict=True):
            maps = activation(F.conv2d(maps, conv.weight, conv.bias, stride=2, padding=1))
        return last(layers[2](maps.flatten(1)))

    def same(Z: Tensor) -> bool:
        return torch.allclose(Z, logits, atol=1e-5)

    if same(forward()):
        return ""
    as_it_is = {
        "both ReLUs are gone": forward(lambda Z: Z, lambda Z: Z),
        "the ReLU after the first convolution is gone": forward(first=lambda Z: Z),
        "the ReLU after the second convolution is gone": forward(second=lambda Z: Z),
        "there's a ReLU behind the dense layer, too": forward(last=torch.relu),
        "there's a softmax at the end; the logits are asked for": forward(last=lambda Z: Z.softmax(dim=1)),
        "there's a log-softmax at the end; the logits are asked for": forward(last=lambda Z: Z.log_softmax(dim=1)),
        **{
            say("{0} stands in place of ReLU", name): forward(function, function)
            for name, function in {
                "a sigmoid": torch.sigmoid, "tanh": torch.tanh, "GELU": F.gelu, "a leaky ReLU": F.leaky_relu
            }.items()
        },
    }  # fmt: skip
    why = next((say(": {0}", name) for name, other in as_it_is.items() if same(other)), "")
    return say("all layers are saved and loaded, but forward computes something else than before{0}", why)


# 12.10: the mean loss of each epoch


def _epochs(generator: torch.Generator) -> Cases:
    """(net, batches, epochs, lr) in float64; the last batch is a smaller one."""
    cases = []
    for sizes, epochs in (((4,), 2), ((8, 8, 3), 3)):
        net = nn.Linear(30, 3, dtype=torch.float64)
        with torch.no_grad():
            net.weight.copy_(_normal(generator, 3, 30) / 5)
            net.bias.zero_()
        batches = [(_normal(generator, n, 30), torch.randint(3, (n,), generator=generator)) for n in sizes]
        cases.append((nn.Sequential(net), batches, epochs, 0.1 if epochs == 2 else 0.3))
    return cases


def _batch_losses(
    net: nn.Module, batches: list, epochs: int, lr: float, *, clears=True, steps=True, kind: Callable = torch.optim.SGD
) -> list[list[tuple[float, int]]]:
    """For each epoch the (loss, number of images) of each batch, before the step on it."""
    optimizer, measured = kind(net.parameters(), lr=lr), []
    for _ in range(epochs):
        measured.append([])
        for X, y in batches:
            if clears:
                optimizer.zero_grad()
            loss = F.cross_entropy(net(X), y)
            loss.backward()
            if steps:
                optimizer.step()
            measured[-1].append((loss.item(), len(y)))
    return measured


def _of_each(value: Callable[[list[tuple[float, int]]], Any], **changes: Any) -> Callable[..., list]:
    """The function that returns this of the (loss, number of images) of each epoch's batches."""
    return lambda *arguments: [value(epoch) for epoch in _batch_losses(*arguments, **changes)]


def _mean(epoch: list[tuple[float, int]]) -> float:
    return sum(loss * n for loss, n in epoch) / sum(n for _, n in epoch)


def _mean_of_each(*arguments) -> list[float]:
    return [_mean(epoch) for epoch in _batch_losses(*arguments)]


def _after_the_steps(net: nn.Module, batches: list, epochs: int, lr: float, *, at_the_end: bool = False) -> list[float]:
    """The mean losses, each batch's measured after the step on it, or after the epoch's last step."""
    optimizer, means, count = torch.optim.SGD(net.parameters(), lr=lr), [], sum(len(y) for _, y in batches)
    for _ in range(epochs):
        total = 0.0
        for X, y in batches:
            optimizer.zero_grad()
            F.cross_entropy(net(X), y).backward()
            optimizer.step()
            total += F.cross_entropy(net(X), y).item() * len(y)
        at_last = sum(F.cross_entropy(net(X), y).item() * len(y) for X, y in batches)
        means.append((at_last if at_the_end else total) / count)
    return means


def _running(*arguments, total_too: bool = False, count_too: bool = True) -> list[float]:
    """The mean losses where the total, the count, or both are never set back to 0."""
    total, count, means = 0.0, 0, []
    for epoch in _batch_losses(*arguments):
        total = (total if total_too else 0.0) + sum(loss * n for loss, n in epoch)
        count = (count if count_too else 0) + sum(n for _, n in epoch)
        means.append(total / count)
    return means


# 12.11: training and validation images


def _splits(answer: Any) -> str:
    """Images whose sums are all different, with a black border: a shifted copy is known by its sum."""
    if problem := _not_a_function(answer):
        return problem
    count = 40
    with _own_random_numbers() as generator:
        images = F.pad(torch.rand(count, 4, 4, generator=generator), (3, 3, 3, 3))
        images *= ((1 + torch.arange(count)) / images.sum(dim=(1, 2)))[:, None, None]  # the sums are 1 to 40
        labels = torch.arange(count) % 10
        given = images.clone(), labels.clone()
        parts = answer(*given)
        if not (_same(given[0], images) and _same(given[1], labels)):
            return "the function changes the caller's images or labels in place: work on copies"
        problem = _wrong_parts(parts, images, labels)
        return problem or _ignores_the_seed(answer, images, labels)


def _ignores_the_seed(answer: Callable, images: Tensor, labels: Tensor) -> str:
    try:
        inspect.signature(answer).bind(images, labels, 1)
    except TypeError:
        return "everything is divided as it should be, but split should still take a seed as its third argument"
    first, again, other = (answer(images.clone(), labels.clone(), seed)[2] for seed in (1, 1, 2))
    if not _same(first, again):
        return "everything is divided as it should be, but the same seed gives another division each time"
    return "everything is divided as it should be, but the seed changes nothing" if _same(first, other) else ""


def _wrong_parts(parts: Any, images: Tensor, labels: Tensor) -> str:
    if not isinstance(parts, (tuple, list)) or len(parts) != 4 or not all(isinstance(part, Tensor) for part in parts):
        return "it should return four tensors: training images, their labels, validation images, their labels"
    if [part.dim() for part in parts] == [3, 3, 1, 1]:
        return (
            "the order should be training images, their labels, validation images, their labels; the labels come last here"
        )
    X, y, X_val, y_val = parts
    for kind, some, own in (("training", X, y), ("validation", X_val, y_val)):
        if some.dim() == 3 and len(some) != len(own):
            return say(
                "there are {0} {1} images and {2} labels for them; each copy needs its label, too",
                len(some),
                kind,
                len(own),
            )
    if any(part.shape[1:] != (10, 10) or len(part) != len(own) for part, own in ((X, y), (X_val, y_val))):
        return say("the shapes don't fit: {0}", ", ".join(str(tuple(part.shape)) for part in parts))
    if not len(X) or not len(X_val):
        return say(
            "there are {0} training and {1} validation images: a fifth of which number is held out?", len(X), len(X_val)
        )
    if len(X_val) > len(X):
        return "the training images come first, then the validation images: are they exchanged?"
    from_, from_val = (part.sum(dim=(1, 2)).round().long() - 1 for part in (X, X_val))
    if not torch.equal(labels[from_], y.long()) or not torch.equal(labels[from_val], y_val.long()):
        return "some images don't come with their own label anymore"
    return _not_apart(images, X, from_, X_val, from_val)


def _not_apart(images: Tensor, X: Tensor, from_: Tensor, X_val: Tensor, from_val: Tensor) -> str:
    """What is wrong with images and the numbers of the originals that they were made from."""
    count = len(images)
    twins = sum(number in from_ for number in from_val)
    if twins:
        return say(
            "{0} of the {1} validation images are also in the training set, as they are or shifted", twins, len(X_val)
        )
    if not torch.equal(X_val, images[from_val]):
        return "nothing of a validation image is in the training set now, but some validation images are shifted copies"
    if len(from_val.unique()) != len(from_val) or len(from_val) != count // 5:
        return say("a fifth of {0} images is {1}; {2} are in the validation set", count, count // 5, len(from_val))
    if len(X) != 5 * (count - count // 5) or torch.bincount(from_, minlength=count).max() != 5:
        return say(
            "{0} images with four shifted copies each are {1}; the training set has {2}",
            count - count // 5,
            count * 4,
            len(X),
        )
    if len(X.unique(dim=0)) == count - count // 5:
        return "the copies of an image aren't shifted; all five are the same"
    if not all((image == X).all(dim=(1, 2)).any() for number, image in enumerate(images) if number not in from_val):
        return "the training set has shifted copies, but not all of the images themselves"
    if len(X.unique(dim=0)) != len(X):
        return "the four copies of an image should be shifted by different steps; some are the same"
    if from_val.max() - from_val.min() == len(from_val) - 1:
        return "the validation images are neighbors in the file; choose them at random"
    return ""


# 12.12: a script with three bugs


@dataclass
class _Pass:
    """What was seen of one call of the network: its input, the logits, their gradient, the mode."""

    X: Tensor
    logits: Tensor
    training: bool
    gradient: Tensor | None = None
    carried: bool = False  # an older gradient was still in the last bias's .grad


def _script(answer: Any) -> str:
    if not isinstance(answer, (tuple, list)) or len(answer) != 2:
        return say("give the pair of class and function, check(…, (Net, train_and_test)), not {0}", _named(answer))
    Net, train_and_test = answer
    if isinstance(Net, nn.Module):
        return "the first of the pair should be the class Net, not a network made from it: the check makes its own"
    if not (isinstance(Net, type) and issubclass(Net, nn.Module)) or not callable(train_and_test):
        what = (
            say("the second is {0}", _named(train_and_test))
            if isinstance(Net, type)
            else say("the first is {0}", _named(Net))
        )
        return say("the first of the pair should be the class Net, the second the function train_and_test; {0}", what)
    with _own_random_numbers() as generator:
        # The brightest image isn't among the test images, and darker ones are, so that their mean, deviation, and maximum
        # aren't those of the training images.
        images = torch.randint(200, (40, 28, 28), generator=generator, dtype=torch.uint8)
        images[0, 0, 0] = 255
        labels = torch.arange(40) % 10
        tests = torch.cat([images[1:], images[1:] // 4]), labels[1:].repeat(2)
        passes, result = _watched(Net(), train_and_test, images, labels, *tests)
        left = _left(passes, images, labels)
        if left:  # one at a time
            words = {1: "one of the three bugs is left:", 2: "two of the three bugs are left; the first:"}
            return say("{0}\n· {1}", words.get(len(left), "all three bugs are left; the first:"), left[0])
        return _new_bug(passes, result, images, tests[1]) or _trains_badly(Net, train_and_test)


def _watched(net: nn.Module, train_and_test: Callable, *data: Tensor) -> tuple[list[_Pass], Any]:
    """What happens in the network while it's trained and tested; and what the function returns."""
    dense = [module for module in net.modules() if isinstance(module, nn.Linear)]
    if not dense:
        raise ValueError(message("Net has no dense layer anymore"))
    passes: list[_Pass] = []

    def enter(_, inputs):
        passes.append(_Pass(inputs[0].detach().clone(), torch.empty(0), net.training))

    def leave(_, __, logits):
        seen = passes[-1]
        seen.logits = logits.detach().clone()
        if logits.requires_grad:
            logits.register_hook(lambda gradient: setattr(seen, "gradient", gradient.clone()))

    def accumulated(bias):
        own = passes[-1].gradient
        passes[-1].carried = own is not None and not torch.allclose(bias.grad, own.sum(dim=0), atol=1e-5)

    net.register_forward_pre_hook(enter)
    dense[-1].register_forward_hook(leave)
    if dense[-1].bias is not None:
        dense[-1].bias.register_post_accumulate_grad_hook(accumulated)
    return passes, train_and_test(net, *(part.clone() for part in data))


def _left(passes: list[_Pass], images: Tensor, labels: Tensor) -> list[str]:
    """Which of the three bugs are left, by what they do."""
    trained, tested = [one for one in passes if one.gradient is not None], [one for one in passes if one.gradient is None]
    if not trained or not tested:
        raise ValueError(message("the network should be trained, then tested on the test images"))
    first, left = trained[0], []
    # The gradient of cross-entropy is (softmax(logits) − one-hot label)/n: its lowest value in each row shows the label.
    # Behind a ReLU, the label's own gradient can be blocked; then no value in the row is negative.
    given, own, known = first.gradient.argmin(dim=1), labels[_numbers(first.X, images)], (first.gradient < 0).any(dim=1)
    if (wrong := (given != own)[known].sum().item()) > 0:
        at_least = "" if known.all() else "at least "
        left.append(
            say(
                "in training, {0}{1} of the first {2} images come with a label that isn't theirs", at_least, wrong, len(own)
            )
        )
    hot = F.one_hot(given, first.logits.shape[1])
    error = first.logits.softmax(dim=1) - hot
    if torch.allclose(first.gradient / first.gradient.min(), hot.to(error), atol=1e-4):
        left.append(
            "the loss gets lower without end: it looks at the right class's output alone, "
            "and nothing turns the outputs into probabilities anymore"
        )
    elif not known.all() and (first.gradient == 0).any():
        left.append("the loss gets stuck: some of the last dense layer's outputs get no gradient")
    elif not any(torch.allclose(scale * first.gradient, error, atol=1e-4) for scale in (1, len(own))):
        left.append("the loss stays far above 0 even where the network is sure and right")
    if not _same_scale(trained, tested, images):
        left.append("the same image doesn't reach the network with the same values in training and in the test")
    return left


def _same_scale(trained: list[_Pass], tested: list[_Pass], images: Tensor) -> bool:
    """Whether the images that are in both sets have the same values in both, whatever these are."""
    known = {}
    for one in trained:
        known.update(zip(_numbers(one.X, images).tolist(), one.X, strict=True))
    X = torch.cat([one.X for one in tested])[-2 * (len(images) - 1) :][: len(images) - 1]
    pairs = [(known[number], image) for number, image in enumerate(X, start=1) if number in known]
    return all(a.shape == b.shape and torch.allclose(a, b, rtol=1e-3, atol=1e-4) for a, b in pairs)


def _numbers(X: Tensor, images: Tensor) -> Tensor:
    """Which of the images each of X is, however it's scaled."""
    rows = [part.flatten(1).double() for part in (X, images)]
    rows = [F.normalize(part - part.mean(dim=1, keepdim=True)) for part in rows]
    return (rows[0] @ rows[1].T).argmax(dim=1)


def _new_bug(passes: list[_Pass], result: Any, images: Tensor, labels: Tensor) -> str:
    """What is wrong besides the three bugs, '' if nothing."""
    trained, tested = [one for one in passes if one.gradient is not None], [one for one in passes if one.gradient is None]
    orders = [_numbers(one.X, images).tolist() for one in trained]
    if sorted({number for order in orders for number in order}) != list(range(len(images))):
        return "the three bugs are gone, but some training images are never used now"
    if [number for order in orders for number in order][: len(images)] == list(range(len(images))):
        return "the three bugs are gone, but the training images aren't shuffled anymore"
    if _repeats([number for order in orders for number in order], len(images)):
        return "the three bugs are gone, but the order of the training images is the same in each epoch"
    if any(one.training for one in tested) or not all(one.training for one in trained):
        return "the three bugs are gone, but training and test don't run in their own modes now"
    if any(one.carried for one in trained):
        return "the three bugs are gone, but the gradients add up from step to step now: is zero_grad still called in each?"
    predicted = torch.cat([one.logits for one in tested]).argmax(dim=1)
    right = (predicted[-len(labels) :] == labels).double().mean().item()
    try:
        returned = float(result[1])
    except (TypeError, IndexError, ValueError, RuntimeError):
        return say(
            "the three bugs are gone; now return two numbers as before, the mean loss and the share, not {0}",
            _named(result),
        )
    return (
        ""
        if abs(returned - right) < 1e-4
        else "the three bugs are gone, but the second value isn't the share of right ones"
    )


def _repeats(order: list[int], count: int) -> bool:
    """Whether the second epoch has the order of the first."""
    return order[:count] == order[count : 2 * count]


def _trains_badly(Net: type, train_and_test: Callable) -> str:
    from ..data import load_data_fashion_mnist

    train, test = load_data_fashion_mnist(64)
    data = train.images[:6000], train.labels[:6000], test.images[:1000], test.labels[:1000]
    _, share = train_and_test(Net(), *(part.clone() for part in data))
    return (
        ""
        if share > 0.7
        else say("the three bugs are gone, but only {0:.0%} of the test images are right: is there a new one?", share)
    )


# What unknown mistakes have in common


def _unless_raised(otherwise: Callable[[Sequence[Outcome], Sequence[tuple]], str]) -> Callable:
    """Says nothing where a function raised an exception: its message says more."""
    return lambda wrong, cases: "" if any(outcome.fault for outcome in wrong) else otherwise(wrong, cases)


def _results(wrong: Sequence[Outcome]) -> list[tuple[Tensor, Tensor]] | None:
    """The wrong results and the right ones, None where they don't have the same shape."""
    pairs = [(as_tensor(outcome.got), outcome.expected) for outcome in wrong]
    same = all(got is not None and got.shape == expected.shape for got, expected in pairs)
    return [(got.double(), expected.detach().double()) for got, expected in pairs] if same else None


def _other_photo(wrong: Sequence[Outcome], _cases: Sequence[tuple]) -> str:
    pairs = _results(wrong)
    if not pairs:
        return ""
    if all(torch.allclose(got.flatten().sort()[0], expected.flatten().sort()[0]) for got, expected in pairs):
        return "the shape and the values are right, but they aren't in their places"
    return ""


def _other_convolution(wrong: Sequence[Outcome], cases: Sequence[tuple]) -> str:
    several = where({"several": lambda case: case[1].shape[1] > 1}, [outcome.case for outcome in wrong], cases)
    return (
        "with a single channel, it's right; with several, channels and kernels don't meet as they should" if several else ""
    )


_LISTED: dict[str, Callable[[tuple], bool]] = {
    "there's padding": lambda case: any("padding" in settings for _, settings in case[1]),
    "there's a convolution without padding": lambda case: any(
        kind == "conv" and "padding" not in settings for kind, settings in case[1]
    ),
    "a pooling layer names no stride": lambda case: any(
        kind == "pool" and "stride" not in settings for kind, settings in case[1]
    ),
    "there's a pooling layer": lambda case: any(kind == "pool" for kind, _ in case[1]),
    "there's a convolution": lambda case: any(kind == "conv" for kind, _ in case[1]),
    "a stride is listed": lambda case: any("stride" in settings for _, settings in case[1]),
    "there are several layers": lambda case: len(case[1]) > 1,
}


def _other_side(wrong: Sequence[Outcome], cases: Sequence[tuple]) -> str:
    place = where(_LISTED, [outcome.case for outcome in wrong], cases)
    return say("it goes wrong exactly where {0}", place) if place else ""


def _other_losses(wrong: Sequence[Outcome], _cases: Sequence[tuple]) -> str:
    """Whether the first loss, before any step, is right already."""
    pairs = [(as_tensor(outcome.got), outcome.expected) for outcome in wrong]
    if any(got is None or got.dim() != 1 or len(got) != len(expected) for got, expected in pairs):
        return "a list with one loss for each step is asked for"
    if all(abs(got[0].item() - expected[0]) < 1e-5 for got, expected in pairs):
        return "the first loss is right, so the loss is computed as it should be; what follows isn't, so look at the step"
    return "the first loss, before any step, is off already: does the kernel start at zero, and are the errors squared?"


def _other_means(wrong: Sequence[Outcome], _cases: Sequence[tuple]) -> str:
    pairs = [(as_tensor(outcome.got), outcome.expected) for outcome in wrong]
    if any(got is None or got.dim() != 1 or len(got) != len(expected) for got, expected in pairs):
        return "a list with one mean for each epoch is asked for"
    if all(abs(got[0].item() - expected[0]) < 1e-5 for got, expected in pairs):
        return "the first epoch's mean is right, the later ones aren't: what is carried over, or is another step taken?"
    return (
        "even the first epoch's mean is off: the loss of each batch, before its step, should count for each of its images"
    )


def _other_scale(wrong: Sequence[Outcome], _cases: Sequence[tuple]) -> str:
    parts = [tuple(map(as_tensor, outcome.got)) for outcome in wrong if isinstance(outcome.got, (list, tuple))]
    shapes = [tuple(part.shape for part in outcome.expected) for outcome in wrong]
    if len(parts) < len(wrong) or any(
        None in pair or tuple(part.shape for part in pair) != shape for pair, shape in zip(parts, shapes, strict=True)
    ):
        return "a pair of two tensors is asked for, the scaled training images and the scaled test images"
    if any(train.mean(dim=0).abs().max() > 1e-3 for train, _ in parts):
        return "the scaled training images don't have the mean 0 at each pixel"
    if all(
        torch.allclose(train.double(), outcome.expected[0], atol=1e-4)
        for (train, _), outcome in zip(parts, wrong, strict=True)
    ):
        return "the training images are right, and the test images aren't: they should go through the very same calculation"
    return "the mean of the training images is 0, but they aren't divided by their deviation plus 0.01"


EXERCISES: dict[str, Exercise] = {
    "12.1": Function(
        reference=lambda photo, width, height: _resized(photo.permute(2, 0, 1)[None], width, height),
        cases=_photos,
        otherwise=_unless_raised(_other_photo),
        errors={
            "number of spatial dimensions": "F.interpolate resizes all axes after the second: is the batch axis missing?"
        },
        mistakes=apart(
            {
                "both bugs are left: the pixels are scrambled, and the size is wrong": _one_photo(
                    layout=_scrambled, size=lambda batch, width, height: _resized(batch, height, width)
                ),
                **of_slips(_one_photo, _PHOTO_SLIPS),
            },
            _one_photo(),
            _first(_photos),
        ),
        hints=[
            "The shape before the resizing is right. But is the value at [0, 0, 0, 1] the red of the second pixel?",
            "reshape keeps all values in their order and only groups them differently. Here the axes have to move.",
            "And the size: which comes first in PyTorch's pairs, the height or the width?",
        ],
        praise="permute moves the axes and reshape doesn't. Pairs are (height, width), in the order of the axes.",
    ),
    "12.2": Function(
        reference=_convolved(),
        cases=_images_and_kernels,
        otherwise=_unless_raised(_other_convolution),
        mistakes=apart(
            {**_CONVOLUTIONS, **of_slips(_convolved, _CONVOLUTION_SLIPS)}, _convolved(), _first(_images_and_kernels)
        ),
        hints=[
            "Print K[None, None].flip(0, 1). What has changed?",
            "The kernel has four axes, (c_o, c_i, h, w). Which two are flipped, and which two should be?",
        ],
        praise="K.flip(0, 1) is right for a matrix. In a kernel with channels, height and width are axes 2 and 3.",
    ),
    "12.3": Function(
        reference=_by_window,
        cases=_stacks,
        otherwise=_unless_raised(_other_side),
        mistakes=_side_mistakes(),
        hints=[
            "Compare with PyTorch after each layer, not only at the end. Where is the first difference?",
            "Is `padding` counted per side or in total? And what does nn.MaxPool2d do if you name no stride?",
            "Windows that don't fit are dropped: which kind of rounding is that?",
        ],
        praise="⌊(n + 2p − k)/s⌋ + 1, layer by layer, and a pooling layer's stride is its window unless you say otherwise.",
    ),
    "12.4": Choice(
        test=_fits_a_line,
        seconds=30.0,
        hints=[
            "Which value does the fit have everywhere? Compare it with y.mean().",
            "Print the shapes of y_hat and y, and then the shape of their difference.",
            "(n, 1) − (n,) broadcasts to (n, n): every prediction is compared with every target.",
        ],
        praise="Now each prediction meets its own target. When it met all of them, the best it could do was their mean.",
    ),
    "12.5": Function(
        reference=_learned,
        prepare=warm_up,
        cases=_edges,
        otherwise=_unless_raised(_other_losses),
        mistakes={
            "the loss still swings": _learns(carried=1.0),
            "the gradients are set to zero in every second step only": _learns(carried=1.0, cleared=2, offset=1),
            "the step goes uphill: the sign is wrong": _learns(factor=-1.0),
            "the step is half as large as lr times the gradient": _learns(factor=0.5),
            "the step is twice as large as lr times the gradient": _learns(factor=2.0),
            "this is the loss after the last step and before; one loss too many": _learns(more=1),
            "one loss is missing: it should be one for each step": _learns(more=-1),
            "this is only the last loss; the losses of all steps are asked for": _learns(lambda losses: losses[-1]),
            "this is only the first loss; is the return inside the loop?": _learns(lambda losses: losses[:1]),
            "this is the mean of the losses; the loss before each step is asked for": _learns(
                lambda losses: sum(losses) / len(losses)
            ),
            "the kernel should start at zero, as before; it starts with ones": _learns(start=1.0),
            "the loss is a sum over the pixels, so the steps are far larger": _learns(total=True),
            "the errors are averaged for the step, and summed up in what's returned": lambda X, Y, steps, lr: [
                loss * Y.numel() for loss in _learned(X, Y, steps, lr)
            ],
            "the root of the loss is returned; the loss itself is asked for": _learns(
                lambda losses: [math.sqrt(loss) for loss in losses]
            ),
            "these losses are 0 from the start: the kernel should be learned from zero": lambda X, Y, steps, lr: (
                [0.0] * steps
            ),
            "steps and lr are the page's; the function should use those that it's given": lambda X, Y, steps, lr: _learned(
                X, Y, 150, 0.03
            ),
            "the number of steps is the page's; the function should use the one that it's given": lambda X, Y, steps, lr: (
                _learned(X, Y, 150, lr)
            ),
            "the learning rate is the page's; the function should use the one that it's given": lambda X, Y, steps, lr: (
                _learned(X, Y, steps, 0.03)
            ),
            "this is the kernel; the loss before each step is asked for": _kernel,
            "this stops before the last step, once the loss is small; all the losses are asked for": _learns(
                lambda losses: [loss for loss in losses if loss > losses[0] / 10]
            ),
            "with a smaller learning rate it swings more slowly; the cause is still there": lambda X, Y, steps, lr: (
                _learned(X, Y, steps, lr / 10, carried=1.0)
            ),
            "the swing is only damped: part of the old gradients is still in each step": lambda X, Y, steps, lr: _learned(
                X, Y, steps, lr, carried=0.9
            ),
            "in every other step, an old gradient is still there": _learns(carried=1.0, cleared=2),
            "with a small momentum it swings less; part of the old gradients is still in each step": _learns(carried=0.5),
            "these are the steps of Adam, not of gradient descent": _learned_by_adam,
            "the loss is the same at each step: either the kernel never moves, because there's no step or its gradient is "
            "set to zero before it, or it starts at zero again each time": lambda X, Y, steps, lr: _learned(
                X, Y, steps, lr, moves=False
            ),
            "this is the loss after each step; the loss before it is asked for": lambda X, Y, steps, lr: _learned(
                X, Y, steps + 1, lr
            )[1:],
        },
        hints=[
            "Where the loss is almost 0, the gradient is almost 0, too. Print K.grad there.",
            "backward() adds to what is already in K.grad. How often is that set to zero?",
        ],
        praise="Gradients that add up act like a ball without friction: it rolls through the valley and up the other side.",
    ),
    "12.6": Choice(
        test=_delivers_at_random,
        hints=[
            "Print the labels of the first three batches.",
            "Inside a batch, the order makes no difference to the gradient. What has to be mixed, then?",
            "Images and labels need the same new order.",
        ],
        praise="Shuffle images and labels together, before you divide them: then each batch resembles the whole data set.",
    ),
    "12.7": Choice(
        test=_scores,
        hints=[
            "Which layers of modern_lenet treat an image differently when its company changes?",
            "torch.no_grad() switches off gradients. It doesn't change what the layers compute.",
            "net.training tells you the mode that the network arrived in.",
        ],
        praise="In evaluation mode an image's company doesn't matter; and afterward the network is in its old mode again.",
    ),
    "12.8": Function(
        reference=_standardized(),
        cases=_train_and_test,
        otherwise=_unless_raised(_other_scale),
        also_right=[
            _scaled_with(lambda train: train.std(dim=0, unbiased=False) + 0.01),
            _scaled_with(lambda train: train.std(dim=0).clamp(min=0.01)),
            _scaled_with(lambda train: (train.var(dim=0) + 0.01**2).sqrt()),
        ],
        mistakes=apart({**_SCALES, **of_slips(_standardized, _SCALE_SLIPS)}, _standardized(), _first(_train_and_test)),
        hints=[
            "Take a sneaker that is in both test sets. Is it the same after `standardized`?",
            "If there are only sneakers, what is left of a sneaker after the mean of all sneakers is subtracted?",
            "The scale belongs to the training, like the weights. What does a test image have to do with it?",
        ],
        praise="The training images set the scale, and every later image is measured on it, alone or in company.",
    ),
    "12.9": Choice(
        test=_survives_saving,
        hints=[
            "Print the names in net.state_dict().",
            "A module registers modules that are its attributes. Does it look into a Python list?",
        ],
        praise="Layers in an nn.ModuleList (or as attributes) are saved, loaded, trained, and moved to the GPU.",
    ),
    "12.10": Function(
        reference=_mean_of_each,
        prepare=warm_up,
        cases=_epochs,
        otherwise=_unless_raised(_other_means),
        mistakes={
            "each value is still too small, by a factor that grows from epoch to epoch": _running,
            "now the values are too large, and the more so the later the epoch": lambda *arguments: _running(
                *arguments, total_too=True, count_too=False
            ),
            "this is the mean since the first epoch, not the mean of each epoch": lambda *arguments: _running(
                *arguments, total_too=True
            ),
            "a small batch counts as much as a large one": _of_each(
                lambda epoch: sum(loss for loss, _ in epoch) / len(epoch)
            ),
            "the sum of the batches' means is divided by the number of images, though each is a mean already": _of_each(
                lambda epoch: sum(loss for loss, _ in epoch) / sum(n for _, n in epoch)
            ),
            "the sum over the images is divided by the number of batches, not of images": _of_each(
                lambda epoch: sum(loss * n for loss, n in epoch) / len(epoch)
            ),
            "these are sums of the batches' means, not means": _of_each(lambda epoch: sum(loss for loss, _ in epoch)),
            "only the last batch of each epoch counts: is something set back to 0 in the inner loop?": _of_each(
                lambda epoch: epoch[-1][0]
            ),
            "only the first batch of each epoch counts": _of_each(lambda epoch: epoch[0][0]),
            "every batch is taken to be as large as the first": _of_each(
                lambda epoch: sum(loss * n for loss, n in epoch) / (len(epoch) * epoch[0][1])
            ),
            "every batch is taken to be as large as the last": _of_each(
                lambda epoch: sum(loss * n for loss, n in epoch) / (len(epoch) * epoch[-1][1])
            ),
            "the sum over all images is divided by the number of images in the last batch alone, which is what's left "
            "after the loop": _of_each(lambda epoch: sum(loss * n for loss, n in epoch) / epoch[-1][1]),
            "the sum over all images is divided by the number of images in the first batch alone": _of_each(
                lambda epoch: sum(loss * n for loss, n in epoch) / epoch[0][1]
            ),
            "every batch is taken to have 64 images, as on the page": _of_each(
                lambda epoch: sum(loss * n for loss, n in epoch) / (len(epoch) * 64)
            ),
            "the batches' means are added up, and divided by 64 images for each": _of_each(
                lambda epoch: sum(loss for loss, _ in epoch) / (len(epoch) * 64)
            ),
            "the old gradients are never set to zero: is zero_grad still called?": _of_each(_mean, clears=False),
            "the network doesn't train: is there a step?": _of_each(_mean, steps=False),
            "these are the steps of Adam; plain SGD was there before": _of_each(_mean, kind=torch.optim.Adam),
            "these are steps with momentum; plain SGD was there before": _of_each(
                _mean, kind=lambda parameters, lr: torch.optim.SGD(parameters, lr=lr, momentum=0.9)
            ),
            "the learning rate is the page's; the function should use its own lr": lambda net, batches, epochs, lr: (
                _mean_of_each(net, batches, epochs, 0.1)
            ),
            "one epoch is missing": lambda *arguments: _mean_of_each(*arguments)[:-1],
            "this is only the first epoch's mean: is the return inside the loop?": lambda *arguments: _mean_of_each(
                *arguments
            )[:1],
            "this is only the last epoch's mean; that of each epoch is asked for": lambda *arguments: _mean_of_each(
                *arguments
            )[-1],
            "this is only the last epoch's mean; the list should have one for each epoch": lambda *arguments: _mean_of_each(
                *arguments
            )[-1:],
            "this is one mean over all epochs; that of each epoch is asked for": lambda *arguments: (
                sum(_mean_of_each(*arguments)) / arguments[2]
            ),
            "this is one value for each batch; one for each epoch is asked for": lambda *arguments: [
                loss for epoch in _batch_losses(*arguments) for loss, _ in epoch
            ],
            "this has a list for each epoch; its mean is asked for": _of_each(lambda epoch: [loss for loss, _ in epoch]),
            "the values are rounded; give them as they are": _of_each(lambda epoch: round(_mean(epoch), 2)),
            "this is the loss after each epoch; the loss before each step is asked for": lambda *arguments: (
                _after_the_steps(*arguments, at_the_end=True)
            ),
            "this is the loss after each step; the loss before it is asked for": _after_the_steps,
            "these are sums over the images, not means": lambda *arguments: [
                sum(loss * n for loss, n in epoch) for epoch in _batch_losses(*arguments)
            ],
        },
        hints=[
            "Call it with lr=0. The network doesn't change. What do the means do?",
            "In the second epoch, how many images does the total come from, and by how many is it divided?",
        ],
        praise="Each epoch starts with an empty total and an empty count.",
    ),
    "12.11": Choice(
        test=_splits,
        hints=[
            "Take one validation image. What does its nearest neighbor in the training set look like?",
            "How many of an image's five versions are in the training set, and how many in the validation set?",
            "Which has to come first, making the copies or dividing the images?",
        ],
        praise="First divide, then copy: no version of a validation image is in the training set anymore.",
    ),
    "12.12": Choice(
        test=_script,
        seconds=120.0,
        hints=[
            "Look at a batch: draw the images of the first one with their labels as titles.",
            "Train on one batch only, with its own labels. Which value does the loss never fall below? See lesson 11.",
            "Test on the training images, and print the largest value of X there and in training.",
        ],
        praise="The batch, the loss, and the test: each of the three bugs hid the next, and each has its own test.",
    ),
}
