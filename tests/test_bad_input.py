"""Every public name with what a learner may give it by mistake: one clear sentence each, and nothing changed.

bad_input_rows.py holds a good call of each name and the kinds of bad values that each argument must refuse. A new public
name without a row fails.
"""

from __future__ import annotations

import copy
import inspect
import re
import warnings

import pytest
import torch
from torch import Tensor, nn

import d2l_helpers as h
from d2l_helpers import plotting
from tests.support.bad_input_rows import FIGURES, NOTHING_TO_REFUSE, OTHERS, ROWS, X56, Row, numbers
from tests.support.tally import tally

LONGEST = 700  # letters of a message
ALL = ROWS | FIGURES | OTHERS
ARGUMENTS = [pytest.param(row, name, id=f"{title}: {name}") for title, row in ALL.items() for name in row.bad]
GOOD = [pytest.param(row, id=title) for title, row in ALL.items()]


def refusal(call) -> str:
    """The message of the TypeError or ValueError that `call` raises; anything else is an AssertionError."""
    tally["bad inputs refused"] += 1
    try:
        with warnings.catch_warnings(action="ignore"):
            call()
    except (TypeError, ValueError) as error:
        message = str(error)
    except BaseException as error:
        raise AssertionError(f"{type(error).__name__}: {error}") from error
    else:
        raise AssertionError("it was accepted")
    assert len(message) < LONGEST and "\n" not in message, f"too long: {message}"
    return message


def complaint(row: Row, name: str, value) -> str:
    """What is wrong with how a bad value is refused, '' if nothing."""
    try:
        message = refusal(lambda: row.call(**row.good | {name: value}))
    except AssertionError as error:
        return str(error)
    named = re.search(rf"\b({name}|{row.instead.get(name, name)})\b", message)
    return "" if named else f"the message does not name {name}: {message}"


@pytest.mark.parametrize(("row", "name"), ARGUMENTS)
def test_a_bad_value_is_named(row, name, capsys):
    kinds = row.bad[name] if isinstance(row.bad[name], tuple) else (row.bad[name],)
    tried = [(value, complaint(row, name, value)) for kind in kinds for value in kind(row.good.get(name))]
    problems = [f"{name}={value!r:.120}: {problem:.300}" for value, problem in tried if problem]
    assert tried and not problems, "\n".join(problems)


def test_every_public_name_has_a_row():
    rows = {title.split(".")[0] for title in ALL} | NOTHING_TO_REFUSE
    assert set(h.__all__) - {"train_ch6"} <= rows
    assert {f"plotting.{name}" for name in plotting.__all__} - {"plotting.Animator", "plotting.show_course_map"} <= set(ALL)


@pytest.mark.parametrize("title", [title for title in ALL if title in h.__all__])
def test_every_tensor_and_size_is_tried(title):
    """An argument may go untried where anything will do: a title, a color, a loader's seed."""
    free = {"device", "root", "seed", "init", "optimizer", "scheduler", "answer", "align_corners", "titles", "scale"}
    free |= {"output_padding", "scale_factor"} if title == "Stepper" else set()
    free |= set(inspect.signature(h.Animator).parameters) if title == "Animator" else set()
    assert set(inspect.signature(ALL[title].call).parameters) - free <= set(ALL[title].bad)


def tensors(value) -> list[Tensor]:
    """Every tensor inside, those of a layer's parameters too."""
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, nn.Module):
        return list(value.parameters())
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ()
    return [tensor for part in inside for tensor in tensors(part)]


@pytest.mark.parametrize("row", [one for one in GOOD if one.id != "train6"])  # train6 is there to change its net
def test_good_arguments_are_accepted_and_stay_as_they_are(row):
    given = tensors(row.good)
    before, versions = copy.deepcopy(given), [tensor._version for tensor in given]
    row.call(**row.good)
    assert all(torch.equal(tensor, old) for tensor, old in zip(given, before, strict=True))
    assert [tensor._version for tensor in given] == versions


# Arguments of a figure that do not fit together; those of an operation are tested beside it.
MISFITS = [
    ("curves.'a'. must have at most 2 values", lambda: plotting.plot_lines([1, 2], {"a": [1, 2, 3]})),
    ("counts must have shape", lambda: plotting.show_confusion(torch.ones(3, 3), ["a", "b"])),
    ("start must have one point for each", lambda: plotting.show_points(X56, {"a": numbers(3, 2)}, numbers(2, 2))),
    ("at must be a cell of Y, which is 4×4", lambda: plotting.show_window(X56, numbers(2, 3), at=(4, 0))),
    ("at must be a cell of X, which is 5×6", lambda: plotting.show_stamp(X56, numbers(2, 3), at=(0, 6))),
    ("at must be at least 0", lambda: plotting.show_pooling(X56, 2, at=(-1, 0))),
    ("would be 45×46, at most 40×40 cells can be drawn", lambda: plotting.show_window(X56, numbers(2, 3), padding=20)),
]


@pytest.mark.parametrize(("message", "call"), MISFITS, ids=[message for message, _ in MISFITS])
def test_what_does_not_fit_together_is_named(message, call):
    assert re.search(message, refusal(call))
