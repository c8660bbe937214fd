"""The bootstrap cell where the course is not installed: a stand-in for Colab, and an archive for the release."""

import json
import os
from pathlib import Path

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError

from tools.as_on_colab import ON_COLAB, ROOT, local_release, run_alone, said_first, stand_in
from tools.publish import AT_HOME

# pip builds the wheel with the setuptools at hand and asks no index: whatever it installed besides would be missing.
OFFLINE = {"PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "0", "D2L_HELPERS_DATA": str(ROOT / "data")}
RUNS = "from d2l_helpers.data import load_lenet_runs\n\nprint(len(load_lenet_runs()['runs']))"


@pytest.fixture(scope="module")
def release(tmp_path_factory) -> Path:
    return local_release(tmp_path_factory.mktemp("published"))


@pytest.fixture
def python(tmp_path) -> Path:
    return stand_in(tmp_path / "python")


@pytest.fixture
def empty(tmp_path) -> Path:
    (tmp_path / "empty").mkdir()
    return tmp_path / "empty"


def lesson(release: Path) -> nbformat.NotebookNode:
    return nbformat.read(release / "notebooks" / "12_spot_the_bug.ipynb", as_version=4)


def only_bootstrap(release: Path, *more: str) -> nbformat.NotebookNode:
    """A notebook of the published bootstrap cell, then cells of that code."""
    bootstrap = next(cell.source for cell in lesson(release).cells if cell.cell_type == "code")
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code) for code in (bootstrap, *more)])


def installed(python: Path) -> set[str]:
    """What lies in the packages' folder of that Python."""
    (folder,) = python.parent.parent.glob("**/site-packages")
    return set(os.listdir(folder))


def test_at_home_nothing_happens(release, python, empty):
    before, notebook = installed(python), only_bootstrap(release)
    with pytest.raises(CellExecutionError, match="No module named 'd2l_helpers'"):
        run_alone(notebook, python, empty, **OFFLINE)
    assert notebook.cells[0].outputs == [] and installed(python) == before and not os.listdir(empty)


def test_before_publication_the_traceback_names_the_readme(python, empty):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(AT_HOME)])
    with pytest.raises(CellExecutionError) as caught:
        run_alone(notebook, python, empty, **ON_COLAB, **OFFLINE)
    assert caught.value.ename == "ModuleNotFoundError"
    assert "README.md says how to install the course" in str(caught.value)


@pytest.mark.parametrize("host", [ON_COLAB, {"KAGGLE_KERNEL_RUN_TYPE": "Interactive"}], ids=["colab", "kaggle"])
def test_a_host_gets_the_release_and_nothing_that_it_has(release, python, empty, host):
    before, notebook = installed(python), only_bootstrap(release, RUNS)
    found = Path(run_alone(notebook, python, empty, **host, **OFFLINE))
    assert python.parent.parent in found.parents
    new = {name.split("-")[0] for name in installed(python) - before}
    assert new == {"d2l_helpers"}
    stored = json.loads((ROOT / "d2l_helpers" / "data" / "lenet_runs.json").read_text(encoding="utf-8"))
    assert int(notebook.cells[-1].outputs[0].text) == len(stored["runs"])
    assert not os.listdir(empty)


def test_a_whole_notebook_runs_alone_in_an_empty_folder(release, python, empty):
    found = Path(run_alone(lesson(release), python, empty, **ON_COLAB, **OFFLINE))
    assert python.parent.parent in found.parents and not os.listdir(empty)


def test_where_nothing_can_be_fetched_pip_says_so(release, python, empty):
    notebook = only_bootstrap(release)
    notebook.cells[0].source = notebook.cells[0].source.replace("v0-local.tar.gz", "nowhere.tar.gz")
    with pytest.raises(CellExecutionError, match="No module named 'd2l_helpers'"):
        run_alone(notebook, python, empty, **ON_COLAB, **OFFLINE)
    assert "nowhere.tar.gz" in said_first(notebook)
