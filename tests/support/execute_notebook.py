"""Run one notebook in a fresh kernel, and say where it fails: python execute_notebook.py NOTEBOOK FOLDER runs cells

FOLDER is where the kernel starts; the whole is run `runs` times, each cell `cells` times in a row.
"""

import copy
import sys

import nbformat
from nbclient import NotebookClient


def execute(path: str, folder: str, cells: int) -> None:
    notebook = nbformat.read(path, as_version=4)
    notebook.cells = [copy.deepcopy(cell) for cell in notebook.cells for _ in range(cells)]
    for cell in notebook.cells:
        cell.pop("id", None)
    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": folder}}).execute()
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.get("name") == "stderr":
                raise SystemExit(f"this cell wrote to stderr:\n{cell.source}\n{output.text}")


if __name__ == "__main__":
    for _ in range(int(sys.argv[3])):
        execute(sys.argv[1], sys.argv[2], int(sys.argv[4]))
