"""Exercises: every one has a check, hints and known mistakes; right answers pass, each mistake gets its own diagnosis."""

import dataclasses
import re
import time

import nbformat
import pytest
import torch
from torch import nn

from d2l_helpers.exercises import Choice, Value, _checking, _kinds, check, exercises_of, expect_error, find, hint
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
        asked = set(re.findall(r'check\(\\"([\d.]+)\\"', path.read_text(encoding="utf-8")))
        assert asked == set(exercises_of(lesson)) != set()


def test_hints_come_one_after_another(monkeypatch):
    monkeypatch.setattr(_checking, "_given", {})
    first, second = hint("1.1"), hint("1.1")
    assert "hint 1 of" in first and "hint 2 of" in second and first != second


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
        (torch.full((2, 2, 3), 1.5), "same amount"),
        (torch.rand(2, 3, 4), "off by one: (2, 3, 4), not (2, 2, 3)"),
        (torch.rand(3, 2, 3), "the shape is (3, 2, 3), not (2, 2, 3)"),
        (torch.rand(2, 1, 4), "the shape is (2, 1, 4), not (2, 2, 3)"),
        (torch.rand(2, 3, 2), "swapped"),
        (torch.rand(2, 2, 3), None),
    ],
)
def test_a_line_says_what_a_wrong_tensor_looks_like(got, line):
    said = _kinds._looks_like(got, torch.ones(2, 2, 3))
    assert line in said if line else said == ""


def test_a_single_value_for_each_map_is_no_bias():
    assert _kinds._looks_like(torch.rand(3, 1, 1), torch.ones(3, 1, 1)) == ""


def test_a_recognized_mistake_is_not_guessed_at_besides():
    verdict = check("6.4", find("6.4").mistakes["the bias is missing"])
    assert "the bias is missing" in verdict.message and "is a bias added?" not in verdict.message


def test_a_function_that_changes_its_input_is_told_so():
    def changes(X, K):
        X[0, 0] = 0
        return X

    assert "in place" in check("1.3", changes).message


def test_an_exception_is_shown_short():
    def broken(X, K):
        raise RuntimeError("first line\nsecond line")

    message = check("1.3", broken).message
    assert "RuntimeError: first line" in message and "second line" not in message


def test_settings_that_a_layer_refuses_are_told_with_its_reason():
    assert check("9.5", {"kernel_size": 8, "stride": 0}).message.startswith("it raised RuntimeError: non-positive stride")


def test_a_wrong_dtype_and_a_wrong_number_of_dimensions_are_told():
    correct = find("1.3").reference
    assert "dtype" in check("1.3", lambda X, K: correct(X, K).float()).message
    assert "dimensions" in check("1.3", lambda X, K: correct(X, K)[None]).message


def test_cases_that_hold_tensors_and_networks_are_shown_short():
    batches = check("11.4", lambda batches: 0.0).message
    assert "shape" in batches and "tensor([" not in batches
    network = check("12.10", lambda net, batches, epochs, lr: []).message
    assert "a network (Sequential)" in network and "in_features" not in network


@pytest.mark.parametrize("answer", [len, lambda: 5, object(), (5, object()), [8, lambda: 5]], ids=range(5))
def test_no_address_in_memory_is_shown(answer):
    message = check("1.1", answer).message
    assert re.search(r"<(built-in )?(function|object)", message) and " at 0x" not in message


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
