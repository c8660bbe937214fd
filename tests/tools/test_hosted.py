"""The bootstrap cell and `set_up`, where the course is not at hand: a stand-in for Colab, and a clone for the release."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from tools.as_on_colab import TAG, environment, local_release, run_alone, said_first, stand_in

from d2l_helpers import _hosted

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed, and the bootstrap cell needs it")

SHOW = "\nimport d2l_helpers; print(d2l_helpers.__file__)"
COURSE = f"course-{TAG}"


@pytest.fixture(scope="module")
def release(tmp_path_factory) -> Path:
    return local_release(tmp_path_factory.mktemp("published") / "release")


@pytest.fixture(scope="module")
def colab(tmp_path_factory) -> Path:
    return stand_in(tmp_path_factory.mktemp("colab"))


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory) -> Path:
    """A Python without the course that is not Colab's."""
    return stand_in(tmp_path_factory.mktemp("elsewhere"), colab=False)


def bootstrap(course: Path) -> str:
    notebook = nbformat.read(course / "notebooks" / "00_start_here.ipynb", as_version=4)
    return next(cell.source for cell in notebook.cells if cell.cell_type == "code")


def run(python: Path, code: str, folder: Path, **variables: str) -> subprocess.CompletedProcess:
    command = [str(python), "-c", code]
    return subprocess.run(
        command, cwd=folder, env=environment() | variables, capture_output=True, text=True, encoding="utf-8"
    )


def last_line(done: subprocess.CompletedProcess) -> str:
    assert done.returncode == 1 and done.stdout == ""
    return done.stderr.strip().splitlines()[-1]


def unpublished(source: str) -> str:
    return "\n".join('ADDRESS = ""' if line.startswith("ADDRESS = ") else line for line in source.splitlines())


def test_at_home_it_does_nothing(tmp_path, release):
    done = run(Path(sys.executable), bootstrap(release), tmp_path, KAGGLE_KERNEL_RUN_TYPE="Interactive")
    assert (done.returncode, done.stdout, done.stderr, os.listdir(tmp_path)) == (0, "", "", [])


def test_elsewhere_it_says_what_is_missing(tmp_path, release, elsewhere):
    done = run(elsewhere, bootstrap(release), tmp_path)
    assert last_line(done) == "ModuleNotFoundError: d2l_helpers is missing: `make install` brings it"
    assert os.listdir(tmp_path) == []


def test_without_an_address_it_says_how_to_set_it(tmp_path, release, colab):
    done = run(colab, unpublished(bootstrap(release)), tmp_path)
    assert last_line(done) == "ValueError: no address: `make publish REPO=owner/name TAG=v1.0` sets it"
    assert os.listdir(tmp_path) == []


def test_a_whole_notebook_runs_alone_in_an_empty_folder(tmp_path, release, colab):
    notebook = nbformat.read(release / "notebooks" / "00_start_here.ipynb", as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(SHOW.strip()))
    run_alone(notebook, colab, tmp_path)
    assert said_first(notebook) == f"The course is in {tmp_path / COURSE}; installed beside it: nothing.\n"
    assert Path(notebook.cells[-1].outputs[0].text.strip()) == tmp_path / COURSE / "d2l_helpers" / "__init__.py"
    assert os.listdir(tmp_path) == [COURSE]


def test_kaggle_is_known_by_its_variable(tmp_path, release, elsewhere):
    done = run(elsewhere, bootstrap(release) + SHOW, tmp_path, KAGGLE_KERNEL_RUN_TYPE="Interactive")
    assert (done.returncode, done.stderr) == (0, "")
    said, place = done.stdout.splitlines()
    assert said == f"The course is in {tmp_path / COURSE}; installed beside it: nothing."
    assert place == str(tmp_path / COURSE / "d2l_helpers" / "__init__.py")


def test_a_second_run_fetches_nothing(tmp_path, release, colab):
    code = bootstrap(release)
    assert run(colab, f"{code}\n{code}", tmp_path).stdout.count("The course is in") == 1
    (tmp_path / COURSE / "mark").touch()
    gone = code.replace(release.as_uri(), (tmp_path / "nowhere").as_uri())
    again = run(colab, gone, tmp_path)  # as after a restart of the kernel
    assert again.returncode == 0 and again.stdout.startswith(f"The course is in {tmp_path / COURSE};")
    assert (tmp_path / COURSE / "mark").exists() and os.listdir(tmp_path) == [COURSE]


INTERRUPTED = """
import os

def half_a_clone(command):
    folder = command.split('"')[1]
    os.makedirs(os.path.join(folder, "d2l_helpers"))
    raise KeyboardInterrupt

os.system = half_a_clone
"""


def test_an_interrupted_clone_is_not_trusted(tmp_path, release, colab):
    assert run(colab, INTERRUPTED + bootstrap(release), tmp_path).returncode != 0
    (half,) = os.listdir(tmp_path)
    assert half != COURSE
    done = run(colab, bootstrap(release) + SHOW, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == str(tmp_path / COURSE / "d2l_helpers" / "__init__.py")


def test_where_nothing_can_be_fetched_it_says_so(tmp_path, release, colab):
    gone = bootstrap(release).replace(release.as_uri(), (tmp_path / "nowhere").as_uri())
    done = run(colab, gone, tmp_path)
    assert last_line(done) == "OSError: git could not fetch the course: is the network on?"
    assert os.listdir(tmp_path) == []


@pytest.fixture
def pip(monkeypatch) -> list:
    """What pip is told, in place of pip; `pip.answer` is its reply."""

    class Calls(list):
        answer = SimpleNamespace(returncode=0, stderr="")

    calls = Calls()
    monkeypatch.setattr(_hosted.subprocess, "run", lambda command, **_: calls.append(command) or calls.answer)
    return calls


def absent(*names: str):
    return lambda name: None if name in names else object()


def test_only_what_is_missing_is_installed_and_nothing_that_it_asks_for(monkeypatch, pip, capsys):
    monkeypatch.setattr(_hosted, "find_spec", absent("d2l"))
    _hosted.set_up()
    assert pip == [[sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "-rrequirements-d2l.txt"]]
    assert capsys.readouterr().out == f"The course is in {_hosted.COURSE}; installed beside it: d2l.\n"


def test_where_nothing_is_missing_pip_is_not_called(monkeypatch, pip, capsys):
    monkeypatch.setattr(_hosted, "find_spec", absent())
    _hosted.set_up()
    assert pip == []
    assert capsys.readouterr().out.endswith("installed beside it: nothing.\n")


def test_where_pip_fails_its_last_line_is_told(monkeypatch, pip):
    monkeypatch.setattr(_hosted, "find_spec", absent("d2l", "anywidget"))
    pip.answer = SimpleNamespace(returncode=1, stderr="much\nERROR: no network\n")
    with pytest.raises(OSError, match=r"^d2l, anywidget could not be installed: ERROR: no network$"):
        _hosted.set_up()
