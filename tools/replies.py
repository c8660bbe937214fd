"""Everything that the exercises say and compute, in two files: `nox -s replies` writes them, tests compare with them.

A changed hint, case or known mistake so shows up as a change of tests/exercises/replies.json, and what is told to the wrong
answers in tests/exercises/answers/ as a change of told.json there: to be read and committed.
"""

from __future__ import annotations

import contextlib
import copy
import io
import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from d2l_helpers.exercises import Choice, Exercise, Function, Verdict, check, exercises_of
from tests.support.answers import FOLDER, Answer, kept

TOLD = FOLDER / "told.json"
STABLE = {
    r"((raised |, )\w*(Error|Exception)|raises an error).*": r"\1",
    r"-?\d+\.\d+(e[+-]\d+)?": "…",
    r"\{[^{}]*\}": "{…}",
    r"\d+ more": "… more",
}
FILE = Path(__file__).resolve().parent.parent / "tests" / "exercises" / "replies.json"
# A choice has no known mistakes: these answers show what it says of a wrong one.
ANSWERS = [0, 3, (1, 1), [1, 3, 9], {}, {"kernel_size": 3, "padding": 0, "stride": 4}, torch.zeros(3, 3), torch.ones(1, 2)]


def summary(value: Any) -> Any:
    """A value in a form that JSON keeps; a tensor as its shape, its mean and a mean that depends on the order."""
    if isinstance(value, Tensor):
        numbers = value.detach().double().flatten()
        order = torch.arange(1.0, len(numbers) + 1, dtype=torch.float64)
        means = [_short(mean.item()) for mean in (numbers.mean(), (numbers * order.cos()).mean())]
        return f"{tuple(value.shape)} {str(value.dtype).removeprefix('torch.')}: {', '.join(means)}"
    if isinstance(value, nn.Module):
        return [type(value).__name__, *(summary(parameter) for parameter in value.parameters())]
    if isinstance(value, (list, tuple)):
        return [type(value).__name__, *map(summary, value)]
    if isinstance(value, float):
        return _short(value)
    return value if isinstance(value, (int, str)) or value is None else type(value).__name__


def _short(value: float) -> str:
    return f"{round(value, 6) + 0.0:.4g}"  # what rounding leaves where terms cancel differs between machines


def outcome(function: Callable, arguments: Iterable = ()) -> Any:
    """What the function gives, or which error it raises; random numbers are the same each time."""
    torch.manual_seed(0)
    try:
        return summary(function(*copy.deepcopy(tuple(arguments))))
    except Exception as error:
        return f"raised {type(error).__name__}"


def reply(number: str, answer: Any) -> str:
    """What `check` says, without PyTorch's own words, which differ from release to release."""
    return re.sub(r"(raised \w+).*", r"\1", check(number, answer).message, flags=re.S)


def told(number: str, exercise: Exercise) -> dict[str, Any]:
    """The texts of one exercise, and what its reference and each known mistake give."""
    texts = {"hints": list(exercise.hints), "praise": exercise.praise}
    if isinstance(exercise, Choice):
        return texts | {"replies": [reply(number, answer) for answer in ANSWERS]}
    known = {"reference": exercise.reference} | dict(exercise.mistakes)
    if not isinstance(exercise, Function):
        return texts | {"gives": {name: outcome(function) for name, function in known.items()}}
    cases = exercise.cases(torch.Generator().manual_seed(0))
    gives = {name: [outcome(function, case) for case in cases] for name, function in known.items()}
    return texts | {"cases": summary(cases), "gives": gives}


def replies() -> dict[str, dict]:
    """All exercises, number → what it says and computes."""
    lessons = [exercises_of(lesson) for lesson in range(1, 100)]
    return {number: told(number, exercise) for lesson in lessons for number, exercise in lesson.items()}


def first_line(verdict: Verdict) -> str:
    """The first line of a reply, without what differs between machines, releases of PyTorch, or runs.

    That's measured numbers, PyTorch's own words, the order of a set, and counts that depend on random numbers.
    """
    line = verdict.message.splitlines()[0]
    for pattern, instead in STABLE.items():
        line = re.sub(pattern, instead, line)
    return line


def told_to_answers() -> dict[str, dict[str, list[str]]]:
    """What wrong answers are told: exercise → what their authors did wrong → the first lines of the replies."""
    lines: dict[str, dict[str, list[str]]] = {}
    for answer in kept():
        if answer.slip:
            said = lines.setdefault(answer.exercise, {}).setdefault(answer.slip, [])
            said += [line for line in [first_line(verdict_on(answer))] if line not in said]
    return lines


def verdict_on(answer: Answer) -> Verdict:
    """What `check` says of a kept answer, which may print."""
    with contextlib.redirect_stdout(io.StringIO()):
        return check(answer.exercise, answer.value)


if __name__ == "__main__":
    for file, content in ((FILE, replies()), (TOLD, told_to_answers())):
        file.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        print(f"{file.name} is written: read its diff")
