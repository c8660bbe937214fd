"""Run a folder of students' notebooks and list which exercises are solved: `nox -s grade -- folder`.

Prints one line of CSV per notebook: its path, then each exercise of the chapters that it checks as ✔ right, ✘ wrong or
○ not attempted, then how many are right; or why it could not be run. The notebooks run in fresh kernels with this course's
own `check`, so what stands in their stored outputs does not count; but they are the students' code, run with your rights.
"""

from __future__ import annotations

import csv
import re
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError

from d2l_helpers.exercises import exercises_of

VERDICT = re.compile(r"([✔✘○]) (\d+\.\d+[a-z]?) \w+[:：]")  # its word and colon in any language
CHECKED = re.compile(r"""check\(\s*["'](\d+)\.""")


def verdicts(path: Path) -> dict[str, str]:
    """Run one notebook, past its errors; exercise → the sign of its last verdict, ○ where there is none."""
    notebook = nbformat.read(path, as_version=4)
    sources = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    with tempfile.TemporaryDirectory() as folder:
        NotebookClient(
            notebook, timeout=600, allow_errors=True, kernel_name="python3", resources={"metadata": {"path": folder}}
        ).execute()
    chapters = sorted({int(number) for source in sources for number in CHECKED.findall(source)})
    found = dict.fromkeys((number for chapter in chapters for number in exercises_of(chapter)), "○")
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            text = output.get("data", {}).get("text/plain", "")
            if match := VERDICT.match(text):
                found[match[2]] = match[1]
    return found


def row(path: Path) -> list[str]:
    """The exercises with their signs, and how many are right; of a notebook that does not run, why."""
    try:
        found = verdicts(path)
    except (CellTimeoutError, DeadKernelError, OSError, ValueError) as error:
        return [f"could not be run: {type(error).__name__}"]
    right = sum(sign == "✔" for sign in found.values())
    return [*(f"{exercise} {sign}" for exercise, sign in found.items()), f"{right} of {len(found)}"]


def main(folder: Path) -> None:
    """Grade every notebook below the folder, in the order of their names."""
    paths = sorted(path for path in folder.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts)
    if not paths:
        raise ValueError(f"there are no notebooks in {folder}")
    sys.stdout.reconfigure(encoding="utf-8", newline="")
    sheet = csv.writer(sys.stdout, lineterminator="\n")
    for path in paths:
        sheet.writerow([path.relative_to(folder).as_posix(), *row(path)])
        sys.stdout.flush()


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]))
    except (IndexError, ValueError) as error:
        sys.exit("Say which folder: nox -s grade -- folder" if isinstance(error, IndexError) else str(error))
