"""When two results are the same, how a result is shown, and what a wrong one looks like.

A result is right when its values are: a number may come from Python, NumPy, or PyTorch, a tensor may be an array or nested
lists, and float32 may have rounded it.
"""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from numbers import Integral, Real
from typing import Any

import torch
from torch import Tensor

from .._language import say

LARGEST_SHOWN = 20  # numbers of a tensor that are written out
EXACT, ROUNDED = {"rtol": 1e-6, "atol": 1e-6}, {"rtol": 1e-4, "atol": 1e-5}  # float64 (perhaps summed in float32), float32


# The same


def plain(value: Any) -> Any:
    """The value in Python's own numbers and tuples, without tensors, arrays, and the numbers of other libraries."""
    if isinstance(value, (bool, str)):
        return value
    if isinstance(value, (Real, Decimal)):
        return int(value) if isinstance(value, Integral) else float(value)
    if isinstance(value, Mapping):
        return {key: plain(part) for key, part in value.items()}
    if hasattr(value, "tolist") and not isinstance(value, type):
        return plain(value.tolist())
    return tuple(map(plain, value)) if isinstance(value, (list, tuple, range)) else value


def as_tensor(value: Any) -> Tensor | None:
    """A tensor, an array, a number, or nested sequences of numbers as a tensor of real numbers; None for anything else."""
    try:
        if not isinstance(value, Tensor):
            single = str(getattr(value, "dtype", "")) == "float32"
            value = torch.as_tensor(plain(value), dtype=torch.float32 if single else torch.float64)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        return None
    return None if value.is_complex() else value.detach()


def equal(got: Any, expected: Any) -> bool:
    """Whether a result has the values of the expected one; `expected` decides about the form."""
    if isinstance(expected, Tensor):
        values = as_tensor(got)
        return values is not None and values.shape == expected.shape and _close(values, expected)
    if not _holds_tensors(expected):
        got, expected = plain(got), plain(expected)
    if isinstance(expected, (list, tuple)):
        return isinstance(got, (list, tuple)) and len(got) == len(expected) and all(map(equal, got, expected))
    if _is_number(expected):
        return _is_number(got) and math.isclose(got, expected, rel_tol=1e-5, abs_tol=1e-7)
    return type(got) is type(expected) and got == expected


def _close(values: Tensor, expected: Tensor) -> bool:
    rounded = values.is_floating_point() and values.dtype != torch.float64
    return torch.allclose(values.double(), expected.detach().double(), **(ROUNDED if rounded else EXACT))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _holds_tensors(value: Any) -> bool:
    return isinstance(value, Tensor) or (isinstance(value, (list, tuple)) and any(map(_holds_tensors, value)))


# Shown


def show(value: Any) -> str:
    """A value in at most 200 characters or 20 numbers, floats with few decimals."""
    if isinstance(value, Tensor):
        if value.numel() > LARGEST_SHOWN:
            return say("a tensor of shape {0}", tuple(value.shape))
        numbers = torch.round(value.detach(), decimals=2) if value.is_floating_point() else value
        return say("{0}, shape {1}", _short_numbers(numbers.tolist()), tuple(value.shape))
    if isinstance(value, torch.nn.Module):
        return say("a network ({0})", type(value).__name__)
    if isinstance(value, (list, tuple)) and _holds_tensors(value):
        return f"({say('; ').join(map(show, value))})"
    form = re.sub(r" (object )?at 0x[0-9a-fA-F]+", "", repr(_short_numbers(value)))
    return inspect.cleandoc(form)[:200]


def _short_numbers(value: Any) -> Any:
    """Floats with at most four decimals, in nested lists and tuples too."""
    if type(value) in (list, tuple):
        return type(value)(map(_short_numbers, value))
    return round(float(value), 4) if isinstance(value, float) else value


def difference(got: Any, expected: Any) -> str:
    """Both results; where they'd read the same, or are too large to read, the first place where they differ."""
    texts = show(expected), show(got)
    lines = [say("expected: {0}", texts[0]), say("got:      {0}", texts[1])]
    large = isinstance(expected, Tensor) and expected.numel() > LARGEST_SHOWN
    place = _first_difference(got, expected) if large or texts[0] == texts[1] else ""
    return "\n".join(lines[2 * (texts[0] == texts[1]) :] + [place] * bool(place))


def _first_difference(got: Any, expected: Any) -> str:
    """Where two results of one form differ first: the index and both values."""
    if isinstance(expected, Tensor):
        values = as_tensor(got)
        if values is None or values.shape != expected.shape:
            return ""
        a, b = values.double(), expected.detach().double()
        wrong = (~torch.isclose(a, b, **(EXACT if values.dtype == torch.float64 else ROUNDED))).nonzero()
        index = tuple(wrong[0].tolist()) if len(wrong) else ()
        share = say(" ({0} of {1} values differ)", len(wrong), expected.numel()) if expected.numel() > 1 else ""
        return say("at {0}: expected {1:.6g}, got {2:.6g}{3}", list(index), b[index].item(), a[index].item(), share)
    if isinstance(expected, (list, tuple)) and isinstance(got, (list, tuple)) and len(got) == len(expected):
        i = next(i for i in range(len(expected)) if not equal(got[i], expected[i]))
        return say("in element {0}, {1}", i, _first_difference(got[i], expected[i]))
    if type(got) is type(expected):
        return say("expected {0!r}, got {1!r}", expected, got)
    return say("expected {0} ({1}), got {2} ({3})", show(expected), type(expected).__name__, show(got), type(got).__name__)


# What a wrong result looks like


def looks_like(pairs: Sequence[tuple[Any, Any]]) -> str:
    """What all these wrong results, (got, expected), have in common, where something catches the eye; else ''."""
    tensors = [(as_tensor(got), as_tensor(expected)) for got, expected in pairs]
    if not tensors or any(part is None for pair in tensors for part in pair):
        return ""
    doubles = [(got.double(), expected.detach().double()) for got, expected in tensors]
    if any(got.isnan().any() for got, _ in doubles):
        return "there are NaNs in the result: is something divided by 0?"
    if all(got.shape == expected.shape for got, expected in doubles):
        return next((line for line, seen in _VALUES.items() if all(seen(*pair) for pair in doubles) and _tell(doubles)), "")
    return next((line for line, seen in _SHAPES.items() if all(seen(*pair) for pair in doubles)), "")


def _tell(pairs: Sequence[tuple[Tensor, Tensor]]) -> bool:
    """Whether there are enough values for a pattern to mean something."""
    return sum(expected.numel() for _, expected in pairs) > 1


def _offset(got: Tensor, expected: Tensor) -> bool:
    """Whether each map is off by one amount, which needs maps of more than one value."""
    if got.dim() < 2 or got.shape[-2:].numel() == 1:
        return False
    offset = (got - expected).flatten(-2)
    return torch.allclose(offset, offset[..., :1].expand(offset.shape))


def _grown(by: int) -> Callable[[Tensor, Tensor], bool]:
    """Whether the last two axes, and no others, are longer or shorter by that."""

    def seen(got: Tensor, expected: Tensor) -> bool:
        if got.dim() != expected.dim() or got.dim() < 2:
            return False
        off = [a - b for a, b in zip(got.shape, expected.shape, strict=True)]
        return not any(off[:-2]) and set(off[-2:]) == {by}

    return seen


def _edges_wrong(got: Tensor, expected: Tensor) -> bool:
    """Whether a map that has an inside is right there, and wrong only in its outermost rows and columns."""
    inside = (..., slice(1, -1), slice(1, -1))
    return got.dim() >= 2 and min(got.shape[-2:]) > 2 and torch.allclose(got[inside], expected[inside])


# A line → whether it's true of a result; the shapes are equal.
_VALUES: Mapping[str, Callable[[Tensor, Tensor], bool]] = {
    "every value is 0: is the result ever filled in?": lambda got, expected: not got.any() and bool(expected.any()),
    "the sign is wrong: each value is the negative of the right one": lambda got, expected: torch.allclose(got, -expected),
    "every element is off by the same amount: is a bias added?": _offset,
    "each value is twice as large as it should be": lambda got, expected: torch.allclose(got, 2 * expected),
    "each value is half as large as it should be": lambda got, expected: torch.allclose(2 * got, expected),
    "the decimals are cut off: do the values go through an integer tensor?": (
        lambda got, expected: torch.equal(got, expected.trunc())
    ),
    "the values are rounded to integers": lambda got, expected: torch.equal(got, expected.round()),
    "the negative values have become 0": lambda got, expected: torch.allclose(got, expected.clamp(min=0)),
    "the negative values have become positive": lambda got, expected: torch.allclose(got, expected.abs()),
    "the values are right, but in the opposite order along both axes": (
        lambda got, expected: got.dim() >= 2 and torch.allclose(got, expected.flip(-2, -1))
    ),
    "the values are right, but rows and columns are swapped": (
        lambda got, expected: got.dim() >= 2 and got.shape[-1] == got.shape[-2] and torch.allclose(got, expected.mT)
    ),
    "the inside is right, but the outermost rows or columns aren't": _edges_wrong,
}
# The same for results whose shape is wrong.
_SHAPES: Mapping[str, Callable[[Tensor, Tensor], bool]] = {
    "the result has an axis of size 1 too many or too few": (
        lambda got, expected: got.dim() != expected.dim() and got.squeeze().shape == expected.squeeze().shape
    ),
    "height and width are swapped": (
        lambda got, expected: expected.dim() >= 2 and got.shape == expected.shape[:-2] + expected.shape[:-3:-1]
    ),
    "each side of the result is too long by 1": _grown(1),
    "each side of the result is too short by 1": _grown(-1),
}
