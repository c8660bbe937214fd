"""What a learner gives by mistake: for each kind of argument the bad values, made from a good one where that helps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch

NOT_WHOLE = [None, "2", 1.5, 2.0, float("nan"), True, np.float64(2), torch.tensor(2.0), torch.tensor(True)]

Bad = Callable[[Any], Iterator[Any]]


def values(*bad: Any) -> Bad:
    """These, whatever the good one is."""
    return lambda good: iter(bad)


def whole(at_least: int = 1) -> Bad:
    """No int of at least that."""
    return values(at_least - 1, -7, *NOT_WHOLE, [2], (2, 2), torch.tensor([1, 2]))


def size(at_least: int = 1, *, none: bool = False) -> Bad:
    """No int and no pair of ints of at least that; `none` is allowed where it has a meaning."""
    numbers = [at_least - 1, -7, *(value for value in NOT_WHOLE if value is not None or not none)]
    pairs = [(), (1,), (1, 2, 3), (at_least - 1, 2), (2, at_least - 1), (2, 1.5), (None, 2), [2, True], ("1", "2")]
    return values(*numbers, *pairs, "ab", torch.tensor([1, 2]))


def flag(good: Any) -> Iterator[Any]:
    """Neither True nor False."""
    yield from [None, 0, 1, "yes", 1.0, [True], np.True_, torch.tensor(True)]


def tensor(axes: int, *, leading: bool = False, wrong: tuple[torch.dtype, ...] = (torch.bool,)) -> Bad:
    """No tensor with so many axes, numbers in it; `leading`: more axes may stand in front; `wrong`: dtypes."""

    def made(good: torch.Tensor) -> Iterator[Any]:
        yield from [None, 3, "X", good.tolist(), good.numpy(), [good], good.shape]
        yield from [good.sum(), good[(0,) * (good.dim() - axes + 1)]]
        yield from [good.narrow(axis, 0, 0) for axis in range(-axes, 0)]
        yield from () if leading else (good[None], good[..., None])
        yield from [good.to(dtype) for dtype in wrong]

    return made


def unlike(good: torch.Tensor) -> Iterator[Any]:
    """The same numbers in another dtype or on another device."""
    others = {torch.float16, torch.float32, torch.float64, torch.int64} - {good.dtype}
    yield from [good.to(dtype) for dtype in sorted(others, key=str)]
    yield torch.empty(good.shape, dtype=good.dtype, device="meta")


def cell(good: Any) -> Iterator[Any]:
    """No (row, column) of a cell."""
    yield from [None, 0, "ab", (0,), (0, 0, 0), (-1, 0), (0, -1), (99, 0), (0, 99), (0.5, 0), (True, 0)]


def table(good: dict) -> Iterator[Any]:
    """No mapping from titles to something."""
    yield from [None, 3, "ab", [], {}, list(good.values()), {1: next(iter(good.values()))}]


def entry(*bad: Any) -> Bad:
    """A mapping with one bad value in it."""
    return lambda good: ({next(iter(good)): value} for value in bad)
