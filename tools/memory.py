"""The most memory that each notebook's kernel holds: `nox -s memory` prints it and writes it into docs/installation.md.

Linux only: the kernel keeps the peak of a process in /proc. Python, torch and its libraries are included.
"""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

COURSE = Path(__file__).resolve().parent.parent


def peak_megabytes(path: Path) -> int:
    """Run the notebook in a fresh kernel; the peak of the kernel's memory, in MiB."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(notebook, timeout=1800, resources={"metadata": {"path": str(path.parent)}})
    with client.setup_kernel():
        for number, cell in enumerate(notebook.cells):
            client.execute_cell(cell, number)
        status = Path(f"/proc/{client.km.provisioner.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) // 1024


def write_down(peaks: dict[str, int]) -> None:
    """Put each figure, rounded to 0.01 GiB, into its notebook's row of docs/installation.md."""
    page = COURSE / "docs" / "installation.md"
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
            start = time.perf_counter()
            peaks[path.name] = peak_megabytes(path)
            print(f"{path.name}: {peaks[path.name]:,} MiB, {time.perf_counter() - start:.0f} s", flush=True)
    write_down({name: peak for name, peak in peaks.items() if name[:2] != "00"})


if __name__ == "__main__":
    main(sys.argv[1:])
