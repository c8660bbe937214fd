"""Checks of what a figure is given: each names the argument, what came and what was wanted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import torch
from torch import Tensor

from ..shapes import as_number, as_pair, shown

LARGEST_DRAWN = 40  # cells along one side of a grid whose numbers are written out
LARGEST_FIGURE = 60  # inches along one side


def require_numbers(name: str, values: Iterable, *, finite: bool = True) -> list:
    """The numbers of a list, a range, a tensor (n,) …, as they came; at least one."""
    if isinstance(values, (str, bytes, Mapping)) or not isinstance(values, Iterable) or getattr(values, "ndim", 1) != 1:
        raise TypeError(f"{name} must be a sequence of numbers, got {shown(values)}")
    values = list(values)
    if not values:
        raise ValueError(f"{name} must not be empty")
    for value in values:
        as_number(name, value, finite=finite)
    return values


def require_two(name: str, value) -> tuple[float, float]:
    """A pair of finite numbers."""
    numbers = require_numbers(name, value)
    if len(numbers) != 2:
        raise ValueError(f"{name} must be a pair of numbers, got {shown(value)}")
    return tuple(numbers)


def require_inches(name: str, *lengths: float) -> None:
    """Lengths in inches."""
    for length in lengths:
        if not 0 < as_number(name, length) <= LARGEST_FIGURE:
            raise ValueError(f"{name} must lie between 0 and {LARGEST_FIGURE} inches, got {shown(length)}")


def require_table(name: str, value: Mapping) -> None:
    """A mapping from titles to something, not empty."""
    if not isinstance(value, Mapping):
        raise TypeError(f"{name} must map titles to values, e.g. a dict, got {type(value).__name__}")
    if not value:
        raise ValueError(f"{name} must not be empty")
    if wrong := [title for title in value if not isinstance(title, str)]:
        raise TypeError(f"{name} must have strings as titles, got {shown(wrong[0])}")


def require_titles(name: str, titles, count: int) -> None:
    """A list of at least `count` titles."""
    if isinstance(titles, str) or not isinstance(titles, (list, tuple)):
        raise TypeError(f"{name} must be a list of strings, got {shown(titles)}")
    if len(titles) < count:
        raise ValueError(f"{name} must hold one for each of {count}, got {len(titles)}")


def require_choice(name: str, value: str, choices: Iterable[str]) -> None:
    """One of these words."""
    choices = list(choices)
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}, got {shown(value)}")


def as_cell(at: tuple[int, int], grid: str, shape: tuple[int, int]) -> tuple[int, int]:
    """`at` as (row, column) of a cell of that grid."""
    if not isinstance(at, (tuple, list)):
        raise TypeError(f"at must be a pair (row, column), got {shown(at)}")
    row, column = as_pair("at", at)
    if row >= shape[0] or column >= shape[1]:
        raise ValueError(f"at must be a cell of {grid}, which is {shape[0]}×{shape[1]}, got {shown(at)}")
    return row, column


def require_drawable(name: str, shape: tuple[int, int]) -> None:
    """A grid whose numbers are written out must not be larger than can be read."""
    if max(shape) > LARGEST_DRAWN:
        most = f"at most {LARGEST_DRAWN}×{LARGEST_DRAWN} cells can be drawn"
        raise ValueError(f"{name} would have {shape[0]}×{shape[1]} cells, {most}: show larger ones with show_images")


def as_array(name: str, value, form: str, *dimensions: int) -> np.ndarray:
    """A tensor, array, picture or nested list of real numbers with so many dimensions, not empty."""
    try:
        if isinstance(value, Tensor):
            value = (value.float() if value.dtype == torch.bfloat16 else value).numpy(force=True)  # numpy has no bfloat16
        array = np.asarray(value)
    except (TypeError, ValueError, RuntimeError) as error:
        raise TypeError(f"{name} must hold real numbers of shape {form}, got {type(value).__name__}: {error}") from error
    if array.dtype.kind not in "buif":
        raise TypeError(f"{name} must hold real numbers, got {type(value).__name__} of {array.dtype}")
    if array.ndim not in dimensions or not array.size:
        raise ValueError(f"{name} must have shape {form} and not be empty, got {array.shape}")
    return array
