"""Three kinds of exercise: a value to predict, a function to write, settings to choose.

Each says of an answer what is wrong with it, '' if nothing. A wrong answer is recognized by comparing it with known wrong
ones: `mistakes` maps the diagnosis to what somebody who makes that mistake would answer.
"""

from __future__ import annotations

import copy
import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

LARGEST_SHOWN = 20  # numbers of a tensor that are written out


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """`hints`: two or three, each a step nearer; `praise`: what a right answer is told, one sentence that teaches.

    `seconds`: how long the check of an answer may take; `prepare`: called before that time runs.
    """

    hints: Sequence[str]
    praise: str
    seconds: float = 5.0
    prepare: Callable[[], Any] | None = None

    def problem(self, answer: Any) -> str:
        """What is wrong with the answer, '' if nothing."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class Value(Exercise):
    """A prediction: a number, a bool, a string, a shape or a tensor. `reference` computes the truth when it is needed."""

    reference: Callable[[], Any]
    mistakes: Mapping[str, Callable[[], Any]] = field(default_factory=dict)
    tolerance: float = 1e-4

    def problem(self, answer: Any) -> str:
        expected = self.reference()
        if self._same(answer, expected):
            return ""
        for diagnosis, wrong in self.mistakes.items():
            if self._same(answer, wrong()):
                return diagnosis
        if isinstance(expected, (tuple, Tensor)) and not isinstance(answer, (tuple, list, Tensor)):
            form = f"shape {tuple(expected.shape)}" if isinstance(expected, Tensor) else f"{len(expected)} numbers"
            return f"the answer has {form}; yours is {_show(answer)}"
        return f"{_show(answer)} isn't right; try again, or ask for a hint"

    def _same(self, answer: Any, expected: Any) -> bool:
        if isinstance(expected, (bool, str)):
            return type(answer) is type(expected) and answer == expected
        try:
            got = torch.as_tensor(answer, dtype=torch.float64)
        except (TypeError, ValueError, RuntimeError):
            return False
        wanted = torch.as_tensor(expected, dtype=torch.float64)
        return got.shape == wanted.shape and torch.allclose(got, wanted, rtol=0, atol=self.tolerance)


@dataclass(frozen=True, kw_only=True)
class Function(Exercise):
    """A function to write. `cases(generator)` gives argument tuples, smallest first; `reference` answers them rightly.

    `also_right`: functions whose answers differ from those of `reference` and are right all the same.
    """

    reference: Callable
    cases: Callable[[torch.Generator], list[tuple]]
    mistakes: Mapping[str, Callable] = field(default_factory=dict)
    also_right: Sequence[Callable] = ()

    def problem(self, answer: Any) -> str:
        if not callable(answer):
            return f"give the function itself, check(…, my_function), not {_show(answer)}"
        for case in self.cases(torch.Generator().manual_seed(0)):
            if problem := self._one(answer, case):
                if any(not replace(self, reference=other, also_right=()).problem(answer) for other in self.also_right):
                    return ""
                named = next((name for name, wrong in self.mistakes.items() if self._matches(answer, wrong)), None)
                return f"{named}\n{self._one(answer, case, guess=False)}" if named else problem
        return ""

    def _one(self, answer: Callable, case: tuple, *, guess: bool = True) -> str:
        """What is wrong in this case, '' if nothing; `guess`: with a line on what a wrong tensor looks like."""
        expected, given = self.reference(*_copied(case)), _copied(case)
        try:
            got = answer(*given)
        except Exception as error:
            message = str(error).strip().splitlines()[:1]
            return f"{_call(case)} raised {type(error).__name__}: {''.join(message)[:200]}"
        if got is None or got is Ellipsis:
            return f"{_call(case)} returned {got!r}: is the return missing?"
        if any(isinstance(a, Tensor) and not torch.equal(a, b) for a, b in zip(given, case, strict=True)):
            return "the function changes its input in place: work on a copy, e.g. X.clone()"
        return self._difference(case, expected, got, guess)

    def _difference(self, case: tuple, expected: Any, got: Any, guess: bool) -> str:
        facts = f"{_call(case)}\nexpected: {_show(expected)}\ngot:      {_show(got)}"
        if isinstance(expected, Tensor):
            if not isinstance(got, Tensor):
                return f"the answer must be a tensor\n{facts}"
            if got.dim() != expected.dim():
                return f"the result has {got.dim()} dimensions, not {expected.dim()}\n{facts}"
            if got.dtype != expected.dtype:
                return f"the result is {got.dtype}, the input is {expected.dtype}: make zeros with dtype=X.dtype\n{facts}"
        if _equal(got, expected):
            return ""
        return f"{_looks_like(got, expected) if guess else ''}{facts}"

    def _matches(self, answer: Callable, wrong: Callable) -> bool:
        """Whether the answer equals a known wrong function in every case, raising where it raises."""
        for case in self.cases(torch.Generator().manual_seed(0)):
            outcomes = []
            for function in (answer, wrong):
                try:
                    outcomes.append(function(*_copied(case)))
                except Exception:
                    outcomes.append(Exception)
            if not _equal(*outcomes):
                return False
        return True


@dataclass(frozen=True, kw_only=True)
class Choice(Exercise):
    """Settings to choose so that something happens: `test` runs them and says what is wrong, '' if nothing."""

    test: Callable[[Any], str]

    def problem(self, answer: Any) -> str:
        return self.test(answer)


def _looks_like(got: Any, expected: Any) -> str:
    """A line on what a wrong tensor has in common with the right one, where something catches the eye; else ''."""
    if not (isinstance(got, Tensor) and isinstance(expected, Tensor)):
        return ""
    if got.shape != expected.shape:
        if expected.dim() >= 2 and got.shape == expected.shape[:-2] + expected.shape[:-3:-1]:
            return "height and width are swapped\n"
        off = [a - b for a, b in zip(got.shape, expected.shape, strict=True)]
        if not any(off[:-2]) and set(off[-2:]) in ({1}, {-1}):
            return f"the shape is off by one: {tuple(got.shape)}, not {tuple(expected.shape)}\n"
        return f"the shape is {tuple(got.shape)}, not {tuple(expected.shape)}\n"
    offset = (got - expected).flatten(-2) if got.dim() >= 2 and got.shape[-2:].numel() > 1 else torch.tensor([0, 1])
    if torch.allclose(offset.double(), offset[..., :1].double().expand(offset.shape)):
        return "every element is off by the same amount: is a bias added?\n"
    return ""


def _copied(case: tuple) -> tuple:
    """A copy that an answer may change without harm: tensors, lists and networks too."""
    return copy.deepcopy(case)


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        return a.shape == b.shape and torch.allclose(a.double(), b.double(), rtol=1e-6, atol=1e-8)
    a, b = (_as_numbers(part, other) for part, other in ((a, b), (b, a)))
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(map(_equal, a, b))
    if isinstance(a, float) or isinstance(b, float):
        return isinstance(a, (int, float)) and isinstance(b, (int, float)) and abs(a - b) <= 1e-8 + 1e-6 * abs(b)
    return type(a) is type(b) and a == b


def _as_numbers(value: Any, other: Any) -> Any:
    """A tensor as the number or the list of numbers that it's compared with, where it has their form."""
    forms = {0: float, 1: (list, tuple)}
    return value.tolist() if isinstance(value, Tensor) and isinstance(other, forms.get(value.dim(), ())) else value


def _show(value: Any) -> str:
    if isinstance(value, Tensor):
        if value.numel() > LARGEST_SHOWN:
            return f"a tensor of shape {tuple(value.shape)}"
        numbers = torch.round(value.detach(), decimals=2) if value.is_floating_point() else value
        return f"{_short_numbers(numbers.tolist())}, shape {tuple(value.shape)}"
    if isinstance(value, torch.nn.Module):
        return f"a network ({type(value).__name__})"
    if isinstance(value, (list, tuple)) and _holds_tensors(value):
        return f"({'; '.join(map(_show, value))})"
    form = re.sub(r" (object )?at 0x[0-9a-fA-F]+", "", repr(_short_numbers(value)))
    return inspect.cleandoc(form)[:200]


def _holds_tensors(value: Any) -> bool:
    return isinstance(value, Tensor) or (isinstance(value, (list, tuple)) and any(map(_holds_tensors, value)))


def _short_numbers(value: Any) -> Any:
    """Floats with at most four decimals, in nested lists and tuples too."""
    if type(value) in (list, tuple):
        return type(value)(map(_short_numbers, value))
    return round(value, 4) if isinstance(value, float) else value


def _call(case: tuple) -> str:
    return "for " + "; ".join(_show(value) for value in case)
