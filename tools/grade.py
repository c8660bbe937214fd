"""Run a folder of students' notebooks and write grades.csv into it: `nox -s grade -- folder`.

One row per notebook, one column per exercise of the lessons: 1 right, 0 wrong, empty where it is open; then how many are
right, and a note where the notebook didn't run to its end. What counts is what our own `check` says in a fresh kernel,
not the stored outputs, nor what a notebook prints; but the notebooks are the students' code, run with your rights.
"""

from __future__ import annotations

import csv
import inspect
import os
import re
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import DEVNULL

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError

from d2l_helpers.exercises import exercises_of

SECONDS = 600  # for one cell
KERNELS = min(4, os.cpu_count() or 1)  # at the same time
CHECKED = re.compile(r"""check\(\s*["'](\d+)\.""")
POINTS = {"right": 1, "wrong": 0, "open": ""}


def record(path: str) -> None:
    """In a student's kernel: let `check` add each verdict to that file, whether the notebook displays it or not."""
    import functools

    import d2l_helpers.exercises

    check = d2l_helpers.exercises.check

    @functools.wraps(check)
    def recorded(*answer, **named):
        verdict = check(*answer, **named)
        with open(path, "a") as file:
            print(verdict.exercise, verdict.state, file=file)
        return verdict

    d2l_helpers.check = d2l_helpers.exercises.check = recorded


def lessons_in(path: Path) -> set[int]:
    """The lessons whose exercises the notebook checks; none where it can't be read, which `graded` reports."""
    try:
        cells = nbformat.read(path, as_version=4).cells
    except Exception:
        return set()
    return {int(lesson) for cell in cells if cell.cell_type == "code" for lesson in CHECKED.findall(cell.source)}


def graded(path: Path) -> tuple[dict[str, int | str], str]:
    """Run one notebook, past its errors: exercise → points for the last verdict; and a note where something stopped it."""
    points, note = {}, ""
    try:
        notebook = nbformat.read(path, as_version=4)
        with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as desk:
            verdicts = Path(desk, "verdicts")
            verdicts.touch()
            first = f"{inspect.getsource(record)}\nrecord({str(verdicts)!r})\ndel record"
            notebook.cells.insert(0, nbformat.v4.new_code_cell(first))
            client = NotebookClient(
                notebook,
                timeout=SECONDS,
                allow_errors=True,
                kernel_name="python3",
                resources={"metadata": {"path": folder}},
            )
            try:
                client.execute(stdout=DEVNULL, stderr=DEVNULL)
            except (CellTimeoutError, DeadKernelError) as error:
                late = isinstance(error, CellTimeoutError)
                why = f"it ran for more than {SECONDS} seconds" if late else "the kernel died"
                note = f"stopped in code cell {client.code_cells_executed - 1}: {why}"
            for line in verdicts.read_text().splitlines():
                exercise, state = line.split()
                points[exercise] = POINTS[state]
    except Exception as error:  # one student's odd notebook must not cost the others' grades
        note = f"could not be run: {type(error).__name__}"
    return points, note


def main(folder: Path) -> None:
    """Grade every notebook below the folder, in the order of their names."""
    paths = sorted(path for path in folder.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts)
    if not paths:
        raise ValueError(f"there are no notebooks in {folder}")
    lessons = sorted({lesson for path in paths for lesson in lessons_in(path)})
    exercises = [exercise for lesson in lessons for exercise in exercises_of(lesson)]
    sys.stdout.reconfigure(encoding="utf-8")
    # utf-8-sig: without the mark Excel misreads Chinese names. "exercise 12.10": as a number it would be 12.1.
    with (folder / "grades.csv").open("w", encoding="utf-8-sig", newline="") as file, ThreadPoolExecutor(KERNELS) as pool:
        sheet = csv.writer(file)
        sheet.writerow(["notebook", *(f"exercise {exercise}" for exercise in exercises), "right", "note"])
        for path, (points, note) in zip(paths, pool.map(graded, paths), strict=True):
            name, row = path.relative_to(folder).as_posix(), [points.get(exercise, "") for exercise in exercises]
            sheet.writerow([name, *row, row.count(1), note])
            file.flush()
            print(f"{name}: {row.count(1)} right" + (f", {note}" if note else ""), flush=True)
    print(f"The table is in {folder / 'grades.csv'}.")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Say which folder: nox -s grade -- folder")
    try:
        main(Path(sys.argv[1]))
    except (OSError, ValueError) as error:
        sys.exit(str(error))
