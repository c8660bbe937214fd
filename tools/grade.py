"""Run a folder of students' notebooks and list which exercises are solved: `make grade IN=folder`.

Prints one line of CSV per notebook: its path, then each exercise as ✔ right, ✘ wrong or ○ not attempted, then how many are
right. The notebooks run in fresh kernels with this course's own `check`, so what stands in their stored outputs does not
count; but they are the students' code, and run with your rights.
"""

from __future__ import annotations

import csv
import re
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

VERDICT = re.compile(r"([✔✘○]) (\d+\.\d+) (right|wrong|open): ")


def verdicts(path: Path) -> dict[str, str]:
    """Run one notebook, past its errors; exercise → the sign of its last verdict."""
    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        NotebookClient(
            notebook, timeout=600, allow_errors=True, kernel_name="python3", resources={"metadata": {"path": folder}}
        ).execute()
    found = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            text = output.get("data", {}).get("text/plain", "")
            if match := VERDICT.match(text):
                found[match[2]] = match[1]
    return found


def main(folder: Path) -> None:
    """Grade every notebook below the folder, in the order of their names."""
    paths = sorted(path for path in folder.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts)
    if not paths:
        raise ValueError(f"there are no notebooks in {folder}")
    sheet = csv.writer(sys.stdout)
    for path in paths:
        found = verdicts(path)
        marks = [f"{exercise} {sign}" for exercise, sign in found.items()]
        right = sum(sign == "✔" for sign in found.values())
        sheet.writerow([path.relative_to(folder).as_posix(), *marks, f"{right} of {len(found)}"])
        sys.stdout.flush()


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]))
    except (IndexError, ValueError) as error:
        sys.exit("Say which folder: make grade IN=folder" if isinstance(error, IndexError) else str(error))
