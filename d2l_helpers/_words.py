"""How the course writes things: numbers and sizes, and the table of words that Python shares with stepper.js."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ._language import _

CODE = {"formula", "signs", "uses", "call", "settings", "formulas", "ops", "changes"}  # what is no word of a language
ENGLISH = json.loads(Path(__file__).with_name("words.json").read_text(encoding="utf-8"))
ROUNDING = 1e-6  # what rounding errors leave where terms cancel


class Words(Mapping):
    """A table of words, read in the present language."""

    def __init__(self, table: dict):
        self._table = table

    def __getitem__(self, name: str):
        value = self._table[name]
        if name in CODE:
            return value
        return Words(value) if isinstance(value, dict) else translated(value)

    def __iter__(self) -> Iterator[str]:
        return iter(self._table)

    def __len__(self) -> int:
        return len(self._table)


def translated(value):
    """The words, lists of words and tables in a part of words.json, in the present language."""
    if isinstance(value, dict):
        return {name: part if name in CODE else translated(part) for name, part in value.items()}
    if isinstance(value, list):
        return [translated(part) for part in value]
    return _(value) if isinstance(value, str) else value


# Operations, settings, limits, formulas and sentences. widget.py hands the same table to the page.
WORDS = Words(ENGLISH)


def number(value: float) -> str:
    """A number in at most about four digits: 3, −1.5, 0.33, 4e-3; halves are rounded away from zero."""
    if math.isnan(value):
        return "NaN"
    size = abs(value)
    if size < ROUNDING:
        return "0"
    if math.isinf(size):
        text = "∞"
    elif size >= 1e5 or size < 0.01 - 1e-9:
        mantissa, exponent = (f"{size:.1e}" if size >= 1e5 else f"{size:.0e}").split("e")
        text = f"{mantissa.removesuffix('.0')}e{int(exponent)}"
    else:
        scale = _scale(size)
        text = f"{_rounded(size, scale) / scale:.2f}".rstrip("0").rstrip(".")
    return f"−{text}" if value < 0 else text


def is_exact(value: float) -> bool:
    """Whether `number` shows the value without rounding."""
    size = abs(value)
    if not math.isfinite(size) or size < ROUNDING:
        return True
    if size >= 1e5 or size < 0.01 - 1e-9:
        return size >= 1e5 and float(f"{size:.1e}") == size
    scale = _scale(size)
    return abs(size * scale - _rounded(size, scale)) < 1e-4


def _scale(size: float) -> int:
    return 100 if size < 100 else 10 if size < 1000 else 1


def _rounded(size: float, scale: int) -> int:
    return math.floor(size * scale + 0.5 + 1e-6)  # the last bits of a sum must not decide


def equals(*values: float) -> str:
    """The sign for an equation in which these numbers are written: ≈ where one of them is rounded."""
    return "=" if all(map(is_exact, values)) else "≈"


def factor(value: float) -> str:
    """A number inside a sum or a product: a negative one in parentheses."""
    return f"({number(value)})" if value < 0 else number(value)


def times(shape: Sequence[int]) -> str:
    """A size: 3×4."""
    return "×".join(map(str, shape))


def pair(value: tuple[int, int]) -> str:
    """One number where both axes agree."""
    return str(value[0]) if value[0] == value[1] else f"{value[0]}, {value[1]}"
