"""What a notebook's cells are for, how they fold, how many minutes they take: `nox -s notebook` writes it after execution.

Tags say what a cell is for; the metadata by which the editors fold it is derived from them:

    predict   its output is folded until the reader has predicted it
    proof     its code, which only asserts, is folded to a first line that says in words what is checked
    deeper    a heading whose section is folded: not needed by the core

A longer task is such a section, too; its heading's metadata "minutes" estimates the work in it, beside the reading.

JupyterLab honors all three, Colab `cellView` and its list of collapsed sections. VS Code keeps the metadata and shows
everything (github.com/microsoft/vscode, extensions/ipynb/src/deserializers.ts), as nbconvert's HTML and GitHub do; 00 says
what to do there. Minutes are derived, too: see RATES.
"""

from __future__ import annotations

import math
import re
import sys
from pathlib import Path
from typing import NamedTuple

import nbformat
from nbformat import NotebookNode

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
TABLES = (NOTEBOOKS / "00_start_here.ipynb", NOTEBOOKS.parent / "README.md")
# Seconds for one of each: an assumption, not a measurement, for a first reader who thinks along (150 words a minute).
RATES = {"word": 0.4, "line of code": 4, "figure": 20, "prediction": 40}
EXERCISE = 240  # seconds; the exercises of a lesson are counted apart from its core
WAIT = 5  # a cell that runs longer than this (in seconds) keeps its time, rounded to a multiple of it
STATED = re.compile(r"The core takes \d+ minutes?,.* the deeper sections \d+ minutes?(, the longer tasks \d+ minutes?)?\.")
PAGE_STATED = re.compile(r"This page takes \d+ minutes?\.")
SECTION_STATED = re.compile(r"^\*\d+ minutes?\.\*", flags=re.M)


class Section(NamedTuple):
    """A heading of the second level and the cells up to the next one; the first section is the lesson's opening."""

    title: str
    cells: list[NotebookNode]

    @property
    def deeper(self) -> bool:
        return "deeper" in tags(self.cells[0])

    @property
    def longer(self) -> bool:
        return self.title.startswith("Longer task: ")


def tags(cell: NotebookNode) -> list[str]:
    """The cell's tags, if it has any."""
    return cell.metadata.get("tags", [])


def sections(notebook: NotebookNode) -> list[Section]:
    """The notebook cut at its `## ` headings, each of which opens a cell."""
    found = [Section("", [])]
    for cell in notebook.cells:
        title = re.match(r"## (.+)", cell.source) if cell.cell_type == "markdown" else None
        if title:
            found.append(Section(title[1], []))
        found[-1].cells.append(cell)
    return found


def is_recut(notebook: NotebookNode) -> bool:
    """Whether the lesson has the new anatomy: a core, and deeper sections."""
    return STATED.search(notebook.cells[1].source) is not None


def core(notebook: NotebookNode) -> list[NotebookNode]:
    """The cells before the first deeper section, exercises included."""
    found = []
    for section in sections(notebook):
        if section.deeper or section.title == "Next":
            return found
        found += section.cells
    return found


def fold(notebook: NotebookNode) -> None:
    """Write the metadata that folds each tagged cell, for every editor that honors some."""
    collapsed = []
    for cell in notebook.cells:
        if "predict" in tags(cell):
            cell.metadata.jupyter = {"outputs_hidden": True}
        elif "proof" in tags(cell):
            cell.metadata.jupyter = {"source_hidden": True}
            cell.metadata.cellView = "form"
        elif "deeper" in tags(cell):
            cell.metadata["jp-MarkdownHeadingCollapsed"] = True
            collapsed.append(cell.id)
    if collapsed:
        notebook.metadata.setdefault("colab", {})["collapsed_sections"] = collapsed


def keep_waiting_time(notebook: NotebookNode) -> None:
    """Replace nbconvert's time stamps by the seconds that a slow cell took."""
    for cell in notebook.cells:
        times = cell.metadata.pop("execution", None)
        if times:
            start, end = (_seconds(times[f"iopub.{name}"]) for name in ("execute_input", "status.idle"))
            cell.metadata.pop("seconds", None)
            if (end - start) % 86_400 >= WAIT:
                cell.metadata.seconds = WAIT * round((end - start) % 86_400 / WAIT)


def _seconds(stamp: str) -> float:
    hours, minutes, seconds = re.search(r"T(\d+):(\d+):([\d.]+)", stamp).groups()
    return 3600 * int(hours) + 60 * int(minutes) + float(seconds)


def minutes(cells: list[NotebookNode]) -> int:
    """Reading, looking, predicting and waiting, rounded up to whole minutes; exercises are not in it."""
    total = 0.0
    for cell in cells:
        if cell.cell_type == "markdown":
            total += 60 * cell.metadata.get("minutes", 0)
            total += RATES["word"] * len(
                re.findall(r"\w[\w'’-]*", re.sub(r"\(\S+\)|\$+.*?\$+", " ", cell.source, flags=re.S))
            )
            continue
        figures = sum("image/png" in output.get("data", {}) for output in cell.outputs)
        lines = 0 if "source_hidden" in cell.metadata.get("jupyter", {}) else len(cell.source.splitlines())
        total += RATES["line of code"] * lines + RATES["figure"] * figures
        asks = "predict" in tags(cell) or "predict=True" in cell.source  # the stepper asks, too
        total += RATES["prediction"] * asks + cell.metadata.get("seconds", 0)
    return math.ceil(total / 60)


def times(notebook: NotebookNode) -> tuple[int, ...]:
    """Minutes for the core without its exercises, the exercises, the deeper sections, and the longer tasks, if any."""
    parts = sections(notebook)
    reading = [cell for cell in core(notebook) if cell not in exercises(notebook)]
    asked = sum(len(re.findall(r"^\*\*\d+\.\d+\*\*", cell.source, flags=re.M)) for cell in exercises(notebook))
    deeper = sum(minutes(section.cells) for section in parts if section.deeper and not section.longer)
    longer = [minutes(section.cells) for section in parts if section.longer]
    return minutes(reading), asked * EXERCISE // 60, deeper, *([sum(longer)] if longer else [])


def exercises(notebook: NotebookNode) -> list[NotebookNode]:
    """The cells of the section Exercises."""
    return next((section.cells for section in sections(notebook) if section.title == "Exercises"), [])


def state_times(notebook: NotebookNode) -> None:
    """Write the derived minutes where the lesson states them: under its title, and under each deeper heading."""
    for section in sections(notebook):
        if section.deeper:
            section.cells[0].source = SECTION_STATED.sub(
                f"*{_minutes(minutes(section.cells))}.*", section.cells[0].source, count=1
            )
    if not is_recut(notebook):
        page = _minutes(minutes(notebook.cells))
        notebook.cells[1].source = PAGE_STATED.sub(f"This page takes {page}.", notebook.cells[1].source)
        return
    inside, practice, deeper, *longer = map(_minutes, times(notebook))
    tasks = "".join(f", the longer tasks {time}" for time in longer)
    sentence = f"The core takes {inside}, its exercises {practice}, the deeper sections {deeper}{tasks}."
    notebook.cells[1].source = STATED.sub(sentence, notebook.cells[1].source)


def _minutes(number: int) -> str:
    return f"{number} minute" + "s" * (number != 1)


def stated(notebook: NotebookNode) -> tuple[int, ...]:
    """The minutes that a notebook states, as `times` has them; one number where it isn't re-cut."""
    sentence = STATED.search(notebook.cells[1].source)
    found = re.findall(r"(\d+) minutes?", sentence[0] if sentence else notebook.cells[1].source)
    return tuple(map(int, found if sentence else found[-1:]))


def in_tables(row: tuple[int, ...]) -> str:
    """How the tables of 00 and of the README print them: "30 + 20 + 25 + 50"."""
    return " + ".join(map(str, row))


def total_hours() -> int:
    """All lessons of the course with everything in them, in whole hours."""
    lessons = [nbformat.read(path, as_version=4) for path in sorted(NOTEBOOKS.glob("*.ipynb"))]
    return round(sum(sum(stated(lesson)) for lesson in lessons) / 60)


def fill_tables() -> None:
    """Write each lesson's minutes, and their sum, into notebook 00; its rows into the README, whose badges stay."""
    start, readme = (table.read_text(encoding="utf-8") for table in TABLES)
    for path in sorted(NOTEBOOKS.glob("[0-9]*.ipynb"))[1:]:
        row = in_tables(stated(nbformat.read(path, as_version=4)))
        start = re.sub(rf"({path.name}\) \| [^|]+ \| [^|]+ \| )[\d +]+( \|)", rf"\g<1>{row}\2", start)
        cells = re.search(rf"\({path.name}\)(( \|[^|\n]*){{4}} \|)", start)[1]
        readme = re.sub(rf"(notebooks/{path.name}\))( \|[^|\n]*){{4}} \|", lambda old, cells=cells: old[1] + cells, readme)
    for table, text in zip(TABLES, (start, readme), strict=True):
        text = re.sub(r"about \d+ hours in all", f"about {total_hours()} hours in all", text)
        table.write_text(text, encoding="utf-8")


def main(paths: list[str]) -> None:
    """Do all of this to the notebooks at these paths, then fill in the tables."""
    for path in paths:
        notebook = nbformat.read(path, as_version=4)
        keep_waiting_time(notebook)
        fold(notebook)
        state_times(notebook)
        nbformat.write(notebook, path)
    fill_tables()


if __name__ == "__main__":
    main(sys.argv[1:])
