"""A re-cut lesson has a short core, open predictions, proofs in words, and deeper sections that nothing else needs."""

import ast
import copy
import re

import nbformat
import pytest

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


def names(cells, context):
    """The names that the cells' top level binds (ast.Store), or that they read anywhere (ast.Load)."""
    trees = [ast.parse(cell.source) for cell in code(cells)]
    nodes = [node for tree in trees for node in (ast.walk(tree) if context is ast.Load else _outside_functions(tree))]
    found = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, context)}
    if context is ast.Store:
        found |= {node.name for tree in trees for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    return found


def _outside_functions(tree):
    """Every node whose names belong to the notebook: not what functions, classes and comprehensions bind for themselves."""
    own = (ast.FunctionDef, ast.ClassDef, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += [child for child in ast.iter_child_nodes(node) if not isinstance(child, own)]


def test_the_models_are_recut():
    assert {name[:2] for name in RECUT} >= {"11"}


@every_recut
def test_sections_stand_in_their_order(lesson):
    titles = [section.title for section in sections(lesson)][1:]
    main = [title for title in titles if title in ORDER]
    deeper = [title for title in titles if title.startswith("Deeper: ")]
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
    assert all(re.search(r"^\*\d+ minutes?\.\* \w", cell.source, flags=re.M) for cell in tagged(lesson.cells, "deeper"))


@every_recut
def test_predictions_are_open_when_they_are_asked(lesson):
    assert len(tagged(core(lesson), "predict")) >= FEWEST_PREDICTIONS
    for cell in tagged(lesson.cells, "predict"):
        assert "assert" not in cell.source and cell.outputs, cell.source
        assert lesson.cells[lesson.cells.index(cell) - 1].cell_type == "markdown", "the question stands above"
        assert not shows_its_answer(lesson, cell), cell.source


@every_recut
def test_asserts_stand_in_proof_cells_that_say_what_they_check(lesson):
    for cell in code(lesson.cells):
        proves = any(isinstance(node, ast.Assert) for node in ast.walk(ast.parse(cell.source)))
        assert proves == ("proof" in tags(cell)), cell.source
        assert not proves or re.match(r"# Check: \w.+\n", cell.source), cell.source


@every_recut
def test_no_deeper_section_is_needed_elsewhere(lesson):
    parts = sections(lesson)
    for i, section in enumerate(parts):
        for later in parts[i + 1 :] if section.deeper else []:
            borrowed = names(section.cells, ast.Store) & names(later.cells, ast.Load) - names(later.cells, ast.Store)
            assert not borrowed, f"{section.title} binds {borrowed}, read in {later.title}"


@every_recut
def test_stored_replies_give_no_solution_away(lesson):
    checks = [cell for cell in code(exercises(lesson)) if "check(" in cell.source]
    assert checks and all(re.match(r"○ [\d.]+ open", printed(cell)) for cell in checks)


def test_an_answer_on_the_screen_is_seen():
    cells = [nbformat.v4.new_markdown_cell("Which sum?"), nbformat.v4.new_code_cell("print(19 + 6)")]
    cells[1].outputs = [nbformat.v4.new_output("stream", text="25\n")]
    lesson = nbformat.v4.new_notebook(cells=cells)
    assert not shows_its_answer(lesson, cells[1])
    cells[0].source = "Is it 25?"
    assert shows_its_answer(lesson, cells[1])


def test_a_section_binds_what_the_notebook_can_see():
    cell = nbformat.v4.new_code_cell(
        "def f(a):\n    b = a\n    return b\nc = [d for d in (1, 2)]\nfor e in c:\n    g, h = e, f(e)"
    )
    assert names([cell], ast.Store) == {"f", "c", "e", "g", "h"}
