"""Grading a folder of students' notebooks."""

import csv
import functools
import runpy
import sys

import nbformat
import pytest

from d2l_helpers.exercises import exercises_of
from tools import grade

IMPORTS = "from d2l_helpers import check"


def write(path, *sources):
    path.parent.mkdir(parents=True, exist_ok=True)
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    claimed = nbformat.v4.new_output("execute_result", {"text/plain": "✔ 1.3 right: claimed"}, execution_count=1)
    cells[0].outputs = [claimed]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)


def table(folder):
    """The rows of grades.csv, each without its empty values."""
    with (folder / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        return [{key: value for key, value in row.items() if value} for row in csv.DictReader(file)]


def test_counts_what_the_checks_say_and_nothing_else(tmp_path, capfd):
    write(tmp_path / "lan" / "01.ipynb", IMPORTS, "check('1.1', (5, 8))", "1 / 0", "check('1.2', ...)")
    claims = "from d2l_helpers.exercises import Verdict\nVerdict('1.2', 'right', 'so I say')"
    write(tmp_path / "mei.ipynb", IMPORTS, "check('1.1', (7, 9))", "print('✔ 1.2 right: so I say')", claims)
    write(tmp_path / "nan.ipynb", "import os\nos.system('echo nan: 9 right')", "check = lambda *_: True\ncheck('4.1', 0)")
    again = "check('1.1', (1, 1))\nprint(check('1.1', (5, 8)))"
    write(tmp_path / "王.ipynb", f"{IMPORTS}, use_language\nuse_language('zh')", again, "assert not check('1.2', -1)")
    grade.main(tmp_path)
    header = (tmp_path / "grades.csv").read_text(encoding="utf-8-sig").splitlines()[0]
    exercises = ",".join(f"exercise {number}" for number in [*exercises_of(1), *exercises_of(4)])
    assert header == f"notebook,{exercises},right,note"
    assert table(tmp_path) == [
        {"notebook": "lan/01.ipynb", "exercise 1.1": "1", "right": "1"},
        {"notebook": "mei.ipynb", "exercise 1.1": "0", "right": "0"},
        {"notebook": "nan.ipynb", "right": "0"},
        {"notebook": "王.ipynb", "exercise 1.1": "1", "exercise 1.2": "0", "right": "1"},
    ]
    rows = ["lan/01.ipynb: 1 right", "mei.ipynb: 0 right", "nan.ipynb: 0 right", "王.ipynb: 1 right"]
    assert capfd.readouterr().out.splitlines() == [*rows, f"The table is in {tmp_path / 'grades.csv'}."]


def test_what_stops_a_notebook_is_noted_and_the_others_are_graded(tmp_path, monkeypatch):
    (tmp_path / "a.ipynb").write_text("no notebook", encoding="utf-8")
    (tmp_path / "b.ipynb").write_text("{}", encoding="utf-8")
    checked = (IMPORTS, "check('1.1', (5, 8))")
    write(tmp_path / "c.ipynb", *checked, "import os\nos._exit(1)", "check('1.2', -1)")
    write(tmp_path / "d.ipynb", *checked, "while True: pass", "check('1.2', -1)")
    write(tmp_path / "e.ipynb", *checked)
    client = functools.partial(grade.NotebookClient, timeout_func=lambda cell: 1 if "while" in cell.source else 600)
    monkeypatch.setattr(grade, "NotebookClient", client)
    grade.main(tmp_path)
    right = {"exercise 1.1": "1", "right": "1"}
    assert table(tmp_path) == [
        {"notebook": "a.ipynb", "right": "0", "note": "could not be run: NotJSONError"},
        {"notebook": "b.ipynb", "right": "0", "note": "could not be run: ValidationError"},
        {"notebook": "c.ipynb", **right, "note": "stopped in code cell 3: the kernel died"},
        {"notebook": "d.ipynb", **right, "note": "stopped in code cell 3: it ran for more than 600 seconds"},
        {"notebook": "e.ipynb", **right},
    ]


@pytest.mark.filterwarnings("ignore:'tools.grade' found in sys.modules")
def test_says_what_is_missing(tmp_path, monkeypatch):
    for arguments, said in ([], "nox -s grade -- folder"), ([str(tmp_path)], "there are no notebooks"):
        monkeypatch.setattr(sys, "argv", ["grade", *arguments])
        with pytest.raises(SystemExit, match=said):
            runpy.run_module("tools.grade", run_name="__main__")
