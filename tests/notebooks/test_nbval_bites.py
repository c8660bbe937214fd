"""A stored number that is altered turns the run red: without this, comparing outputs would prove nothing."""

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from tests.support.children import ROOT

EXAMPLE = ROOT / "notebooks" / "01_cross_correlation.ipynb"


def nbval(notebook, folder: Path) -> subprocess.CompletedProcess:
    path = folder / "copy.ipynb"
    nbformat.write(notebook, path)
    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "-q", "-p", "no:cacheprovider", str(path)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


@pytest.fixture
def beginning():
    """The example up to its first printed tensor."""
    notebook = nbformat.read(EXAMPLE, as_version=4)
    shown = next(i for i, cell in enumerate(notebook.cells) if "19., 25." in str(cell.get("outputs")))
    notebook.cells = notebook.cells[: shown + 1]
    return notebook


def test_as_stored_it_is_green(beginning, tmp_path):
    done = nbval(beginning, tmp_path)
    assert done.returncode == 0, done.stdout


def test_with_one_number_altered_it_is_red(beginning, tmp_path):
    output = beginning.cells[-1].outputs[0]
    output.data["text/plain"] = output.data["text/plain"].replace("19.", "18.")
    done = nbval(beginning, tmp_path)
    assert done.returncode == 1 and "18." in done.stdout
