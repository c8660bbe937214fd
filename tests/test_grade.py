"""Grading a folder of students' notebooks."""

import subprocess
import sys
from pathlib import Path

import nbformat

GRADE = Path(__file__).resolve().parent.parent / "tools" / "grade.py"


def write(path, *sources):
    path.parent.mkdir(parents=True, exist_ok=True)
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    claimed = nbformat.v4.new_output("execute_result", {"text/plain": "✔ 3.1 right: claimed"}, execution_count=1)
    cells[0].outputs = [claimed]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)


def grade(folder):
    return subprocess.run([sys.executable, GRADE, *folder], capture_output=True, text=True)


def test_counts_what_the_checks_say_and_nothing_else(tmp_path):
    imports = "from d2l_helpers import check"
    write(tmp_path / "lan" / "01.ipynb", imports, "check('1.1', (5, 8))", "1 / 0", "check('1.2', ...)")
    write(tmp_path / "wei.ipynb", imports, "check('1.1', (7, 9))", "print('✔ 1.2 right: so I say')")
    done = grade([str(tmp_path)])
    lines = done.stdout.splitlines()
    assert lines == ["lan/01.ipynb,1.1 ✔,1.2 ○,1 of 2", "wei.ipynb,1.1 ✘,0 of 1"], done.stderr


def test_says_what_is_missing(tmp_path):
    assert "there are no notebooks" in grade([str(tmp_path)]).stderr
    assert "make grade IN=folder" in grade([]).stderr
