"""Exercises: every one has a check, hints and known mistakes; right answers pass, each mistake gets its own diagnosis."""

import dataclasses
import re
import time
from decimal import Decimal
from fractions import Fraction

import nbformat
import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

import d2l_helpers
from d2l_helpers.exercises import (
    Choice,
    Function,
    Value,
    _checking,
    _comparing,
    check,
    exercises_of,
    expect_error,
    find,
    hint,
)
from tests.support.children import ROOT

LESSONS = {int(path.name[:2]): path for path in (ROOT / "notebooks").glob("*.ipynb") if not path.name.startswith("00")}
EXERCISES = {number: exercise for lesson in LESSONS for number, exercise in exercises_of(lesson).items()}
each = pytest.mark.parametrize("number", EXERCISES)


def mistakes():
    for number, exercise in EXERCISES.items():
        if not isinstance(exercise, Choice):
            for diagnosis, wrong in exercise.mistakes.items():
                yield pytest.param(number, diagnosis, wrong, id=f"{number}: {diagnosis[:50]}")


@each
def test_has_hints_praise_and_known_mistakes(number):
    exercise = find(number)
    assert 2 <= len(exercise.hints) <= 4 and all(exercise.hints) and exercise.praise
    if not isinstance(exercise, Choice):
        assert len(exercise.mistakes) >= 3


@each
def test_not_attempted_is_neutral(number):
    def untouched(X, K): ...

    for nothing in (..., None, untouched):
        verdict = check(number, nothing)
        assert verdict.state == "open" and not verdict


@pytest.mark.parametrize(("number", "diagnosis", "wrong"), list(mistakes()))
def test_a_mistake_is_rejected_with_its_diagnosis(number, diagnosis, wrong):
    answer = wrong() if isinstance(find(number), Value) else wrong
    verdict = check(number, answer)
    assert verdict.state == "wrong" and diagnosis in verdict.message, verdict


NONSENSE = ["nonsense", "x" * 10**5, b"", object(), int, 1j, float("nan"), [], {}, [None], [[1, 2], [3]], torch.zeros(0)]
NONSENSE += [nn.ReLU, lambda *args: "nonsense", lambda: 1 / 0, lambda *args: exit()]


@each
def test_nonsense_gets_a_short_reply_without_an_exception(number):
    for nonsense in NONSENSE:
        verdict = check(number, nonsense)
        assert verdict.state == "wrong" and len(repr(verdict)) < 2000, f"{nonsense!r:.50}"


@each
def test_every_notebook_exercise_is_solved_in_its_solutions(number):
    chapter = int(number.split(".")[0])
    solutions = ROOT / "notebooks" / "solutions"
    if not solutions.exists():
        pytest.skip("a copy for students, without solutions")
    (path,) = solutions.glob(f"{chapter:02d}_*.ipynb")
    notebook = nbformat.read(path, as_version=4)
    sources = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    assert any(re.search(rf'check\("{re.escape(number)}"', source) for source in sources)
    shown = str([cell.get("outputs") for cell in notebook.cells])
    assert f"{number} right" in shown


def test_notebooks_and_definitions_hold_the_same_exercises():
    for lesson, path in LESSONS.items():
        asked = set(re.findall(r'check\(\\"([\d.]+[a-z]?)\\"', path.read_text(encoding="utf-8")))
        assert asked == set(exercises_of(lesson)) != set()


def test_hints_come_one_after_another(monkeypatch):
    monkeypatch.setattr(_checking, "_given", {})
    first, second, again = hint("1.1"), hint("1.1"), hint("1.1")
    assert first.startswith("1.1, hint 1 of 2") and second.startswith("1.1, hint 2 of 2")
    assert again == f"that was the last hint; from the start: {first}"


@pytest.mark.parametrize("number", ["1.99", "99.1", "1", "1.", "²", "-1.1", "one", "", 1.2, None])
def test_an_unknown_exercise_is_named(number):
    with pytest.raises(ValueError, match="exercise must be"):
        check(number, 1)


def test_an_endless_loop_is_stopped(monkeypatch):
    monkeypatch.setattr(_checking, "find", lambda number: dataclasses.replace(find(number), seconds=0.3))

    def endless(X, K):
        while True:
            pass

    verdict = check("1.3", endless)
    assert verdict.state == "wrong" and "stopped" in verdict.message


def test_what_is_prepared_takes_no_time_from_the_answer(monkeypatch):
    """A process's first optimizer loads modules for seconds; that isn't the answer's fault."""
    assert find("12.5").prepare and find("12.10").prepare
    calls = []
    slow = dataclasses.replace(find("1.3"), seconds=0.3, prepare=lambda: calls.append(time.sleep(0.5)))
    monkeypatch.setattr(_checking, "find", lambda number: slow)
    assert check("1.3", slow.reference) and len(calls) == 1


@pytest.mark.parametrize(
    ("got", "line"),
    [
        (lambda right: right + 1.5, "same amount"),
        (lambda right: right + torch.arange(2.0).reshape(2, 1, 1), "same amount"),
        (lambda right: F.pad(right, (0, 1, 0, 1)), "too long by 1"),
        (lambda right: right[..., 1:, 1:], "too short by 1"),
        (lambda right: right.transpose(1, 2), "height and width are swapped"),
        (lambda right: -right, "the sign is wrong"),
        (lambda right: 2 * right, "twice"),
        (lambda right: right / 2, "half"),
        (lambda right: right.trunc(), "cut off"),
        (lambda right: right.round(), "rounded"),
        (lambda right: right.relu(), "have become 0"),
        (lambda right: right.abs(), "have become positive"),
        (lambda right: right.flip(1, 2), "opposite order"),
        (lambda right: 0 * right, "every value is 0"),
        (lambda right: right / 0, "NaN"),
        (lambda right: right[None], "axis of size 1"),
        (lambda right: F.pad(right[:, 1:-1, 1:-1], (1, 1, 1, 1)), "outermost"),
        (lambda right: right.sin(), ""),
        (lambda right: right[:1], ""),
        (lambda right: [[2.0]] * 7, ""),
        (lambda right: "text", ""),
    ],
)
def test_a_line_says_what_wrong_tensors_look_like(got, line):
    right = [3 * torch.randn(2, *size, generator=torch.Generator().manual_seed(4)) for size in ((3, 4), (4, 3), (5, 4))]
    right[0][0, 0, 0] = 0
    said = _comparing.looks_like([(got(X), X) for X in right])
    assert line in said if line else said == ""


def test_a_line_must_be_true_of_every_wrong_result():
    X = torch.randn(3, 4, generator=torch.Generator().manual_seed(0))
    assert "sign" in _comparing.looks_like([(-X, X), (-X, X)])
    assert _comparing.looks_like([(-X, X), (X.exp(), X)]) == ""


def test_a_single_value_shows_no_pattern():
    assert _comparing.looks_like([(torch.rand(3, 1, 1), torch.ones(3, 1, 1))]) == ""
    assert _comparing.looks_like([(2.0, 1.0)]) == ""


def test_a_recognized_mistake_is_not_guessed_at_besides():
    verdict = check("6.4", find("6.4").mistakes["the bias is missing"])
    assert "the bias is missing" in verdict.message and "is a bias added?" not in verdict.message


def test_a_function_that_changes_its_input_is_told_so():
    def changes(X, K):
        X[0, 0] = 0
        return X

    assert "in place" in check("1.3", changes).message


def test_who_only_raises_is_not_told_of_a_mistake_that_raises_too():
    mistakes = {"the mistake": lambda x: x[9], "raises once": lambda x: x[9] if x == [2] else x}
    task = Function(
        hints=["", ""], praise="", reference=lambda x: [2 * x[0]], cases=lambda g: [([1],), ([2],)], mistakes=mistakes
    )
    assert "the mistake" not in task.problem(lambda x: 1 // 0)
    assert "raises once" in task.problem(mistakes["raises once"])


def test_an_exception_is_shown_short():
    def broken(X, K):
        raise RuntimeError("first line\nsecond line")

    message = check("1.3", broken).message
    assert "RuntimeError: first line" in message and "second line" not in message


def test_settings_that_a_layer_refuses_are_told_with_its_reason():
    assert check("9.5", {"kernel_size": 8, "stride": 0}).message.startswith("it raised RuntimeError: non-positive stride")


def test_any_form_of_the_right_values_is_right():
    correct = find("1.3").reference
    for form in (Tensor.float, Tensor.numpy, Tensor.tolist, lambda Y: Y.float().numpy(), lambda Y: list(Y.unbind())):
        assert check("1.3", lambda X, K, form=form: form(correct(X, K))), form
    for form in (lambda Y: Y.int(), lambda Y: Y + 0j, str, lambda Y: Y.tolist()[1:]):
        assert not check("1.3", lambda X, K, form=form: form(correct(X, K))), form


@pytest.mark.parametrize(
    "answer", [23, 23.0, [23], np.int64(23), np.array([[23.0]]), torch.tensor(23), Fraction(23), Decimal(23)]
)
def test_any_form_of_the_right_number_is_right(answer):
    assert check("1.2", answer)


@pytest.mark.parametrize("answer", ["23", "(5, 8)", True, float("nan"), float("inf"), 23 + 0j, lambda: 23, {23}, [23, 23]])
def test_a_value_in_another_form_is_told_the_form(answer):
    assert "the answer is one number" in check("1.2", answer).message or answer == float("inf")


def test_rounding_is_told_from_a_mistake():
    third = Value(hints=["", ""], praise="", reference=lambda: 1 / 3)
    assert not third.problem(0.333) and not third.problem(Fraction(1, 3))
    assert "rounded" in third.problem(0.33) and "rounded" not in third.problem(0.3)


def test_what_reads_the_same_is_told_apart():
    correct = find("1.3").reference
    message = check("1.3", lambda X, K: correct(X, K) + torch.full_like(correct(X, K), 1e-4).cumsum(0)).message
    assert "expected: " not in message and "at [0, 0]: expected" in message


def test_a_right_result_in_a_forbidden_way_is_refused(monkeypatch):
    strict = dataclasses.replace(find("1.3"), without=("conv2d",))
    monkeypatch.setattr(_checking, "find", lambda number: strict)

    def by_loops(X, K):
        Y = torch.zeros(X.shape[0] - K.shape[0] + 1, X.shape[1] - K.shape[1] + 1, dtype=X.dtype)
        for i, j in np.ndindex(*Y.shape):
            Y[i, j] = (X[i : i + K.shape[0], j : j + K.shape[1]] * K.flip(0, 1)).sum()
        return Y

    assert check("1.3", by_loops)
    for forbidden in (lambda X, K: F.conv2d(X[None, None], K.flip(0, 1)[None, None])[0, 0], d2l_helpers.conv2d):
        message = check("1.3", forbidden).message
        assert message == "the result is right, but the exercise asks you to do it without conv2d"


def test_a_wrong_number_of_axes_is_told():
    correct = find("1.3").reference
    assert "axis of size 1" in check("1.3", lambda X, K: correct(X, K)[None]).message
    assert "1 axes, not 2" in check("1.3", lambda X, K: correct(X, K).flatten()).message


def test_cases_that_hold_tensors_and_networks_are_shown_short():
    batches = check("11.4", lambda batches: 0.0).message
    assert "shape" in batches and "tensor([" not in batches
    network = check("12.10", lambda net, batches, epochs, lr: []).message
    assert "a network (Sequential)" in network and "in_features" not in network


@pytest.mark.parametrize("answer", [len, lambda: 5, object(), (5, object()), [8, lambda: 5]], ids=range(5))
def test_no_address_in_memory_is_shown(answer):
    message = check("1.1", answer).message
    assert re.search(r"<(built-in )?(function|object)|a function", message) and " at 0x" not in message


def test_learners_text_is_shown_as_text():
    html = check("1.1", "<img src=x onerror=alert(1)>")._repr_html_()
    assert "<img" not in html and "&lt;img" in html


def test_a_verdict_speaks_without_color():
    for answer, word in ((..., "open"), ((5, 8), "right"), ((8, 5), "wrong")):
        verdict = check("1.1", answer)
        assert word in repr(verdict) and word in verdict._repr_html_()


class Unspeakable(ValueError):
    def __str__(self):
        raise RuntimeError


def test_expect_error_prints_and_insists(capsys):
    with expect_error(ValueError):
        raise Unspeakable
    assert capsys.readouterr().out == "Unspeakable: its message cannot be shown\n"
    with expect_error(ValueError):
        raise ValueError("the message")
    assert capsys.readouterr().out == "ValueError: the message\n"
    with pytest.raises(AssertionError, match="was expected"), expect_error(ValueError):
        pass
