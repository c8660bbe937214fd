"""A re-cut lesson has a short core, open predictions, proofs in words, and deeper sections that nothing else needs."""

import ast
import copy
import re
import symtable

import nbformat
import pytest

from d2l_helpers.stepper.widget import MIME
from tests.support.children import ROOT
from tools.anatomy import core, exercises, fold, is_recut, sections, state_times, tags, times

ORDER = ["The picture", "By hand", "From scratch", "With PyTorch", "Look at it", "In a network", "Summary", "Exercises"]
MOST_CELLS, MOST_MINUTES, FEWEST_PREDICTIONS = 60, 35, 3

LESSONS = {path.stem: nbformat.read(path, as_version=4) for path in sorted((ROOT / "notebooks").glob("*.ipynb"))}
RECUT = {name: lesson for name, lesson in LESSONS.items() if is_recut(lesson)}
every_recut = pytest.mark.parametrize("lesson", RECUT.values(), ids=RECUT)


def code(cells):
    return [cell for cell in cells if cell.cell_type == "code"]


def tagged(cells, tag):
    return [cell for cell in cells if tag in tags(cell)]


def numbers(text):
    return [float(number) for number in re.findall(r"\d+(?:\.\d+)?", text)]


def contains(numbers, part):
    return bool(part) and any(numbers[i : i + len(part)] == part for i in range(len(numbers)))


def printed(cell):
    return "\n".join(output.get("text") or output.get("data", {}).get("text/plain", "") for output in cell.outputs)


def shows_its_answer(lesson, cell):
    """Whether the numbers that a cell prints stand, in their order, in its source or in the question above it."""
    above = lesson.cells[lesson.cells.index(cell) - 1]
    answer = [] if any("image/png" in output.get("data", {}) for output in cell.outputs) else numbers(printed(cell))
    return contains(numbers(cell.source), answer) or contains(numbers(above.source), answer)


def bound(cells):
    """The names that the cells bind for the whole notebook: not those of functions and comprehensions."""
    return {symbol.get_name() for symbol in _scope(cells).get_symbols() if symbol.is_assigned()}


def read(cells):
    """The names that the cells look up in the notebook, also from inside a function or a comprehension."""
    top = _scope(cells)
    found, waiting = {symbol.get_name() for symbol in top.get_symbols() if symbol.is_referenced()}, top.get_children()
    while waiting:
        scope = waiting.pop()
        waiting += scope.get_children()
        found |= {symbol.get_name() for symbol in scope.get_symbols() if symbol.is_global()}
    return found


def _scope(cells):
    return symtable.symtable("\n".join(cell.source for cell in code(cells)), "cells", "exec")


def is_check(node):
    """An assert, or a call such as `torch.testing.assert_close`."""
    return isinstance(node, ast.Assert) or (isinstance(node, ast.Attribute) and node.attr.startswith("assert_"))


def test_the_models_are_recut():
    assert {name[:2] for name in RECUT} >= {"01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13"}


@every_recut
def test_sections_stand_in_their_order(lesson):
    titles = [section.title for section in sections(lesson)][1:]
    prose = "\n".join(cell.source for cell in lesson.cells if cell.cell_type == "markdown")
    assert re.findall(r"^## (.+)$", prose, flags=re.M) == titles, "a heading opens its cell"
    main = [title for title in titles if title in ORDER]
    deeper = [title for title in titles if title.startswith("Deeper: ")]
    deeper += [title for title in titles if title.startswith("Longer task: ")]
    errors = ["When it goes wrong"] * ("When it goes wrong" in titles)
    assert main == [title for title in ORDER if title in main] and main[-2:] == ORDER[-2:]
    assert titles == [*main, *deeper, *errors, "Next"]
    assert all(section.deeper == (section.title in {*deeper, *errors}) for section in sections(lesson))


@every_recut
def test_the_core_is_half_an_hour(lesson):
    assert len(core(lesson)) <= MOST_CELLS
    assert times(lesson)[0] <= MOST_MINUTES


@every_recut
def test_minutes_and_folding_are_derived(lesson):
    written = copy.deepcopy(lesson)
    fold(written)
    state_times(written)
    assert written == lesson, "run `nox -s notebook` again"
    for cell in tagged(lesson.cells, "deeper"):
        assert re.search(r"^\*\d+ minutes?\.\* (★+ )?\w", cell.source, flags=re.M)
    hidden = [cell for cell in lesson.cells if cell.metadata.get("jupyter", {}).get("outputs_hidden")]
    assert hidden == tagged(lesson.cells, "predict"), "a cell that is no prediction anymore opens again"


@every_recut
def test_predictions_are_open_when_they_are_asked(lesson):
    assert len(tagged(core(lesson), "predict")) >= FEWEST_PREDICTIONS
    for cell in tagged(lesson.cells, "predict"):
        assert "assert" not in cell.source and cell.outputs, cell.source
        assert lesson.cells[lesson.cells.index(cell) - 1].cell_type == "markdown", "the question stands above"
        assert not shows_its_answer(lesson, cell), cell.source


@every_recut
def test_a_stepper_that_asks_is_on_the_screen(lesson):
    for cell in code(lesson.cells):
        if "predict=True" in cell.source:
            assert lesson.cells[lesson.cells.index(cell) - 1].cell_type == "markdown", "the question stands above"
            assert "predict" not in tags(cell) and cell.outputs[0].data[MIME]["predict"], cell.source


@every_recut
def test_asserts_stand_in_proof_cells_that_say_what_they_check(lesson):
    for cell in code(lesson.cells):
        proves = any(is_check(node) for node in ast.walk(ast.parse(cell.source)))
        assert proves == ("proof" in tags(cell)), cell.source
        assert not proves or re.match(r"# Check: \w.+\n", cell.source), cell.source


@every_recut
def test_no_deeper_section_is_needed_elsewhere(lesson):
    parts = sections(lesson)
    for i, section in enumerate(parts):
        for later in parts[i + 1 :] if section.deeper else []:
            borrowed = bound(section.cells) & read(later.cells) - bound(later.cells)
            assert not borrowed, f"{section.title} binds {borrowed}, read in {later.title}"


@every_recut
def test_stored_replies_give_no_solution_away(lesson):
    for cells in (exercises(lesson), *(section.cells for section in sections(lesson) if section.longer)):
        checks = [cell for cell in code(cells) if "check(" in cell.source]
        assert checks and all(re.match(r"○ [\d.]+[a-z]? open", printed(cell)) for cell in checks)


@every_recut
def test_a_longer_task_is_numbered_checked_in_steps_and_takes_its_time(lesson):
    for section in (section for section in sections(lesson) if section.longer):
        (number,) = set(re.findall(r"^\*\*(\d+\.\d+)[a-z]\*\*", "\n".join(c.source for c in section.cells), flags=re.M))
        asked, checked = (
            re.findall(pattern, "\n".join(cell.source for cell in section.cells), flags=re.M)
            for pattern in (rf"^\*\*{re.escape(number)}([a-z])\*\*", rf'^check\("{re.escape(number)}([a-z])"')
        )
        assert len(asked) >= 2 and asked == checked == sorted(asked)
        assert 10 <= section.cells[0].metadata["minutes"] <= 40
        assert re.search(r"^\*\d+ minutes\.\* ★+", section.cells[0].source, flags=re.M)


@every_recut
def test_every_exercise_says_how_hard_it_is(lesson):
    text = "\n".join(cell.source for cell in lesson.cells if cell.cell_type == "markdown")
    asked = re.findall(r"^\*\*\d+\.\d+\*\*(.*)", text, flags=re.M)
    assert asked and all(re.match(r" ★{1,3} \*\w+\.\*", words) for words in asked)


def test_an_answer_on_the_screen_is_seen():
    cells = [nbformat.v4.new_markdown_cell("Which sum?"), nbformat.v4.new_code_cell("print(19 + 6)")]
    cells[1].outputs = [nbformat.v4.new_output("stream", text="25\n")]
    lesson = nbformat.v4.new_notebook(cells=cells)
    assert not shows_its_answer(lesson, cells[1])
    cells[0].source = "Is it 25?"
    assert shows_its_answer(lesson, cells[1])


def test_a_section_binds_and_reads_what_the_notebook_can_see():
    cell = nbformat.v4.new_code_cell(
        "def f(a):\n    b = a + i\n    return b\nc = [d for d in (1, 2)]\nfor e in c:\n    g, h = e, f(e)"
    )
    assert bound([cell]) == {"f", "c", "e", "g", "h"} and read([cell]) == {"c", "e", "f", "i"}
