"""The most memory that each notebook's kernel holds: `nox -s memory` prints it and writes it into docs/installation.md.

It also prints what of it the kernel has written to and shares with no other process when the notebook has run, which is
what each further learner takes on a server, and the seconds from the first cell to the first figure. Linux only: the
numbers are from /proc. Python, torch and its libraries are included.
"""

from __future__ import annotations

import math
import re
import sys
import time
from pathlib import Path
from typing import NamedTuple

import nbformat
from nbclient import NotebookClient

COURSE = Path(__file__).resolve().parent.parent


class Measured(NamedTuple):
    """In a fresh kernel: MiB at the peak, MiB of its own at the end, seconds to the first figure."""

    peak: int
    private: int
    first_figure: float


def measure(path: Path) -> Measured:
    """Run the notebook."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(notebook, timeout=1800, resources={"metadata": {"path": str(path.parent)}})
    with client.setup_kernel():
        start, first_figure = time.perf_counter(), math.nan
        for number, cell in enumerate(notebook.cells):
            client.execute_cell(cell, number)
            is_figure = any("image/png" in output.get("data", {}) for output in cell.get("outputs", []))
            if math.isnan(first_figure) and is_figure:
                first_figure = time.perf_counter() - start
        process = Path(f"/proc/{client.km.provisioner.pid}")
        peak = re.findall(r"VmHWM:\s+(\d+) kB", (process / "status").read_text())
        private = re.findall(r"Private_Dirty:\s+(\d+) kB", (process / "smaps_rollup").read_text())
    return Measured(*(sum(map(int, kilobytes)) // 1024 for kilobytes in (peak, private)), first_figure)


def write_down(peaks: dict[str, int]) -> None:
    """Put each peak, rounded to 0.01 GiB, into its notebook's row of docs/installation.md, and of the page in Chinese."""
    for page in (COURSE / "docs" / "installation.md", COURSE / "docs" / "zh" / "installation.md"):
        text = page.read_text(encoding="utf-8")
        for name, peak in peaks.items():
            text, count = re.subn(rf"({re.escape(name)}\) \| )[\d.]+", rf"\g<1>{peak / 1024:.2f}", text)
            assert count == 1, f"the table has no row for {name}"
        page.write_text(text, encoding="utf-8")


def main(chosen: list[str]) -> None:
    """Measure the notebooks whose numbers are given, or all."""
    peaks = {}
    for path in sorted((COURSE / "notebooks").glob("[0-9]*.ipynb")):
        if not chosen or path.name[:2] in chosen:
            found = measure(path)
            peaks[path.name] = found.peak
            print(
                f"{path.name}: {found.peak:,} MiB, {found.private:,} MiB of its own, {found.first_figure:.1f} s", flush=True
            )
    write_down({name: peak for name, peak in peaks.items() if name[:2] != "00"})


if __name__ == "__main__":
    main(sys.argv[1:])
