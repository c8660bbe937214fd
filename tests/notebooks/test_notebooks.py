"""Rules that every notebook keeps: its anatomy, its cells, its outputs. nbval, in the same run, compares the outputs."""

import json
import re
from functools import cache
from pathlib import Path

import nbformat
import pytest

from tests.support.children import ROOT
from tools.anatomy import in_tables, stated, total_hours

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SOLUTIONS = sorted((ROOT / "notebooks" / "solutions").glob("*.ipynb"))
TOPICS = [path for path in NOTEBOOKS if path.name[:2] not in ("00", "12")]
LONGEST_CELL, LONGEST_LINE, LARGEST_FILE = 20, 88, 400_000

every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
every_topic = pytest.mark.parametrize("path", TOPICS, ids=lambda path: path.stem)


@cache
def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def code_cells(path: Path) -> list:
    return [cell for cell in read(path).cells if cell.cell_type == "code"]


def prose(path: Path) -> str:
    return "\n\n".join(cell.source for cell in read(path).cells if cell.cell_type == "markdown")


def without_code(source: str) -> str:
    return re.sub(r"`[^`]*`", "", source)


def outputs(path: Path) -> list:
    return [output for cell in code_cells(path) for output in cell.outputs]


def test_there_are_notebooks():
    assert NOTEBOOKS[0].stem == "00_start_here"


@every_notebook
def test_is_valid(path):
    nbformat.validate(json.loads(path.read_text(encoding="utf-8")))
    assert read(path).metadata.kernelspec.name == "python3"


@every_notebook
def test_opens_with_title_promise_and_aims(path):
    cells = read(path).cells
    assert re.fullmatch(r"# .+ · .*[\u4e00-\u9fff].*\n\n.+", cells[0].source), "title · 中文, then one paragraph of promise"
    aims = cells[1].source
    assert aims.startswith("**You will**") and 3 <= aims.count("\n- ") <= 5
    assert re.search(r"\*\*You need\*\* .*\d+ minutes", aims, flags=re.S)


@every_topic
def test_has_at_least_three_exercises_each_with_its_check(path):
    number = str(int(path.name[:2]))
    asked = re.findall(r"^\*\*(\d+\.\d+)\*\*", prose(path), flags=re.M)
    checked = [found for cell in code_cells(path) for found in re.findall(r'check\("([\d.]+)"', cell.source)]
    assert len(asked) >= 3 and asked == checked == [f"{number}.{i}" for i in range(1, len(asked) + 1)]


@every_topic
def test_summary_has_at_most_five_bullets(path):
    summary = prose(path).split("## Summary")[1].split("## Exercises")[0]
    assert 2 <= summary.count("\n- ") <= 5


@pytest.mark.parametrize("table", ["README.md", "notebooks/00_start_here.ipynb"])
def test_tables_list_every_notebook_with_its_title_and_minutes(table):
    rows = (ROOT / table).read_text(encoding="utf-8")
    for path in NOTEBOOKS[1:]:
        title, chinese = read(path).cells[0].source.split("\n")[0].removeprefix("# ").split(" · ")
        minutes = in_tables(stated(read(path)))
        row = next(line for line in rows.splitlines() if f"{path.name})" in line and chinese in line)
        assert f"[{path.name[:2]} {title}]" in row and f"| {minutes} |" in row
    assert f"about {total_hours()} hours in all" in rows


@pytest.mark.parametrize("path", [*NOTEBOOKS, *SOLUTIONS], ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_bootstrap_is_the_same_everywhere(path):
    bootstrap = code_cells(path)[0]
    assert bootstrap.source == code_cells(NOTEBOOKS[0])[0].source
    assert len(bootstrap.source.splitlines()) <= 4 and bootstrap.outputs == []
    assert bootstrap.metadata.jupyter == {"source_hidden": True}  # folded: no learner needs it


@every_notebook
def test_imports_are_explicit_and_in_one_cell_but_for_what_loads_slowly(path):
    """d2l, torchvision and scipy take longer than the rest together: they wait until they are needed."""
    slow = r"^(import|from) (d2l|torchvision|scipy)\b"
    assert not re.search(slow, code_cells(path)[1].source, flags=re.M)
    for cell in code_cells(path)[2:]:
        others = re.sub(slow, "", cell.source, flags=re.M)
        assert not re.search(r"^(import|from) ", others, flags=re.M), f"import below the import cell:\n{cell.source}"
    assert "import *" not in "".join(cell.source for cell in code_cells(path))


@pytest.mark.parametrize("path", [*NOTEBOOKS, *SOLUTIONS], ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_cells_are_short(path):
    for cell in code_cells(path)[1:]:  # the bootstrap ends with an address, which cannot be wrapped
        lines = cell.source.splitlines()
        assert len([line for line in lines if line.strip()]) <= LONGEST_CELL, cell.source
        assert max(map(len, lines)) <= LONGEST_LINE, max(lines, key=len)


@every_notebook
def test_at_most_three_code_cells_without_prose(path):
    kinds = "".join("c" if cell.cell_type == "code" else " " for cell in read(path).cells)
    assert "cccc" not in kinds


@every_notebook
def test_was_executed_top_to_bottom(path):
    cells = code_cells(path)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))


@every_notebook
def test_outputs_are_clean(path):
    for output in outputs(path):
        assert output.output_type != "error", output.get("evalue")
        assert output.get("name") != "stderr", output.get("text")
        assert "image/svg+xml" not in output.get("data", {})
    text = json.dumps([cell.source for cell in read(path).cells]) + json.dumps(
        [output.get("text") or {k: v for k, v in output.data.items() if k.startswith("text/")} for output in outputs(path)]
    )
    assert not re.search(r"(?<![\w:/])/(root|tmp|home|Users|usr|work|content|opt)/", text), "a path of somebody's machine"
    assert not re.search(r"0x[0-9a-f]{6,}", text), "an address in memory differs from run to run"


@every_notebook
def test_is_small(path):
    assert path.stat().st_size <= LARGEST_FILE


@every_notebook
def test_headings_carry_no_numbers(path):
    assert not re.search(r"^#+ \d", prose(path), flags=re.M)


@every_notebook
def test_prose_keeps_the_voice(path):
    assert not re.search(r"\b(simply|note that|obviously|of course)\b", without_code(prose(path)), flags=re.I)
