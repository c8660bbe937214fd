"""Values that no argument of that kind takes: for each kind the bad ones, made from a good one where that helps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch

BOOLS = [True, False, np.True_, torch.tensor(True)]
NO_NUMBERS = [None, "2", b"2", "", {}, {2}, object, lambda: 2, 2j, torch.tensor([1, 2]), np.array([2, 3])]
NOT_WHOLE = [1.5, 2.0, float("nan"), float("inf"), np.float64(2), np.float32(1.5), torch.tensor(2.0)]
NO_DATA = [torch.ones((), dtype=torch.int64, device="meta")]
TOO_LARGE = [2**70, 10**30]

Bad = Callable[[Any], Iterator[Any]]


def values(*bad: Any) -> Bad:
    """These, whatever the good one is."""
    return lambda good: iter(bad)


def whole(at_least: int = 1) -> Bad:
    """No int of at least that."""
    return lambda good: iter([at_least - 1, -7, *TOO_LARGE, *BOOLS, *NO_NUMBERS, *NOT_WHOLE, *NO_DATA, [2], (2, 2)])


def size(at_least: int = 1, *, none: bool = False) -> Bad:
    """No int and no pair of ints of at least that; `none` is allowed where it has a meaning."""
    numbers = [at_least - 1, -7, *TOO_LARGE, *BOOLS, *NO_NUMBERS, *NOT_WHOLE, *NO_DATA]
    values = [value for value in numbers if not (none and value is None)]
    values += [(), (1,), (1, 2, 3), [1, 2, 3], (at_least - 1, 2), (2, at_least - 1), (2, -1), [[1, 2]], "ab", ("1", "2")]
    values += [(number, 2) for number in [*BOOLS, *NOT_WHOLE, None, 2**70]] + [(2, 1.5), (2, None), [2, True]]
    return lambda good: iter(values)


def flag(good: Any) -> Iterator[Any]:
    """Neither True nor False."""
    yield from [None, 0, 1, "yes", "", 1.0, [True], np.True_, torch.tensor(True), object()]


def tensor(axes: int, *, leading: bool = False, wrong: str = "bool float8_e4m3fn uint16 complex32") -> Bad:
    """No dense tensor with so many axes, numbers in it; `leading`: more axes may stand in front; `wrong`: dtypes."""

    def made(good: torch.Tensor) -> Iterator[Any]:
        yield from [None, 3, 2.5, True, "X", object(), good.tolist(), good.numpy(), {"X": good}, [good], (good, good)]
        yield from [good.shape, torch.Tensor, iter(good), good.sum(), good[(0,) * (good.dim() - axes + 1)]]
        yield from [good.narrow(axis, 0, 0) for axis in range(-axes, 0)]
        if not leading:
            yield from [good[None], good[None, None], good[..., None], good.expand(1, 1, 1, *good.shape)]
        yield from [good.to_sparse(), torch.nested.nested_tensor([good, good])]
        yield from [good.to(getattr(torch, dtype)) for dtype in wrong.split()]

    return made


def unlike(good: torch.Tensor) -> Iterator[Any]:
    """The same numbers in another dtype or on another device."""
    others = {torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.int64, torch.complex64} - {good.dtype}
    yield from [good.to(dtype) for dtype in sorted(others, key=str)]
    yield torch.empty(good.shape, dtype=good.dtype, device="meta")


def cell(good: Any) -> Iterator[Any]:
    """No (row, column) of a cell."""
    yield from [None, 0, "ab", (), (0,), (0, 0, 0), (-1, 0), (0, -1), (99, 0), (0, 99), (0.5, 0), (True, 0), {0: 0}]


def inches(good: Any) -> Iterator[Any]:
    """No length of a figure."""
    yield from [0, -1, 0.0, float("nan"), float("inf"), -float("inf"), 10**9, 10**400, True, *NO_NUMBERS, [1], (1, 1)]


def two(good: Any) -> Iterator[Any]:
    """No pair of finite numbers."""
    yield from [0, True, "ab", (), (1,), (1, 2, 3), (1, "2"), (None, 1), (1, float("nan")), (float("inf"), 1), (True, 2)]


def table(good: dict) -> Iterator[Any]:
    """No mapping from titles to something."""
    yield from [None, 3, "ab", [], {}, [1, 2], list(good.values()), {1: next(iter(good.values()))}, torch.ones(2, 2)]


def entry(*bad: Any) -> Bad:
    """A mapping with one bad value in it."""
    return lambda good: ({next(iter(good)): value} for value in bad)


def strings(good: Any) -> Iterator[Any]:
    """No list of strings."""
    yield from [3, "ab", True, object(), {"a": "b"}]
