"""Grading a folder of students' notebooks."""

import subprocess
import sys
from pathlib import Path

import nbformat

from d2l_helpers.exercises import exercises_of

ROOT = Path(__file__).resolve().parent.parent.parent


def write(path, *sources):
    path.parent.mkdir(parents=True, exist_ok=True)
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    claimed = nbformat.v4.new_output("execute_result", {"text/plain": "✔ 3.1 right: claimed"}, execution_count=1)
    cells[0].outputs = [claimed]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)


def grade(folder):
    command = [sys.executable, "-m", "tools.grade", *folder]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8")


def test_counts_what_the_checks_say_and_nothing_else(tmp_path):
    imports = "from d2l_helpers import check"
    write(tmp_path / "lan" / "01.ipynb", imports, "check('1.1', (5, 8))", "1 / 0", "check('1.2', ...)")
    write(tmp_path / "wei.ipynb", imports, "check('1.1', (7, 9))", "print('✔ 1.2 right: so I say')")
    done = grade([str(tmp_path)])
    lines = done.stdout.splitlines()
    others = ",".join(f"{number} ○" for number in exercises_of(1) if number not in ("1.1", "1.2"))
    total = len(exercises_of(1))
    expected = [f"lan/01.ipynb,1.1 ✔,1.2 ○,{others},1 of {total}", f"wei.ipynb,1.1 ✘,1.2 ○,{others},0 of {total}"]
    assert lines == expected, done.stderr


def test_chinese_notebooks_are_graded_too(tmp_path):
    imports = "from d2l_helpers import check, use_language\nuse_language('zh')"
    write(tmp_path / "wei.ipynb", imports, "check('1.1', (5, 8))", "check('1.2', 37)")
    assert grade([str(tmp_path)]).stdout.startswith("wei.ipynb,1.1 ✔,1.2 ✘,")


def test_what_cannot_be_run_is_a_line_and_the_others_are_graded(tmp_path):
    (tmp_path / "a.ipynb").write_text("no notebook", encoding="utf-8")
    write(tmp_path / "b.ipynb", "import os", "os._exit(1)")
    write(tmp_path / "c.ipynb", "from d2l_helpers import check", "check('1.1', (5, 8))")
    a, b, c = grade([str(tmp_path)]).stdout.splitlines()
    assert a == "a.ipynb,could not be run: NotJSONError" and b == "b.ipynb,could not be run: DeadKernelError"
    assert c.startswith("c.ipynb,1.1 ✔,1.2 ○,")


def test_says_what_is_missing(tmp_path):
    assert "there are no notebooks" in grade([str(tmp_path)]).stderr
    assert "nox -s grade -- folder" in grade([]).stderr
