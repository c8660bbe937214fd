"""Every notebook under hard conditions: cut off, alone, as somebody else, abroad, each cell twice.

`nox -s hard` runs all of them; `make test` the SAMPLE below. Each run has a copy of the repository of its own, which
must be the same afterwards, and no screen; asserts in the cells count, and so does a warning.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support import children
from tests.support.tally import tally

NOTEBOOKS = sorted(path.stem for path in (children.ROOT / "notebooks").glob("*.ipynb"))
SOLUTIONS = sorted(f"solutions/{path.stem}" for path in (children.ROOT / "notebooks" / "solutions").glob("*.ipynb"))
NOBODY = 65534
OWN = ("JUPYTER", "IPYTHON", "MPL", "LANG", "DISPLAY", "WAYLAND")  # variables of a user's settings and screen
EXECUTE = children.ROOT / "tests" / "support" / "execute_notebook.py"
pytestmark = pytest.mark.skipif(os.name == "nt", reason="the conditions are made with POSIX's means")


@contextmanager
def copied_course(*only: str) -> Iterator[Path]:
    """A folder that every user may read, with a copy of the tracked files; of the notebooks only those that are named."""
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=children.ROOT, capture_output=True, text=True, check=True)
    with children.open_folder() as folder:
        for name in filter(None, listing.stdout.split("\0")):
            is_other = only and name.endswith(".ipynb") and Path(name).stem not in only
            if not is_other and (children.ROOT / name).is_file():
                (folder / "course" / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(children.ROOT / name, folder / "course" / name)
        for name in ("home", "elsewhere"):
            (folder / name).mkdir()
        yield folder


def content(course: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in course.rglob("*") if path.is_file()}


def execute(folder: Path, name: str, *, start: str = "", runs: int = 1, cells: int = 1, before=(), env=()) -> None:
    """Run the notebook in the copy, in a process of its own with that environment; what it writes there is a fault."""
    course = folder / "course"
    stored = content(course)
    path = course / "notebooks" / f"{name}.ipynb"
    environment = {key: value for key, value in os.environ.items() if not key.startswith(OWN)}
    environment |= {"PYTHONPATH": str(course), "PYTHONDONTWRITEBYTECODE": "1", "HOME": str(folder / "home"), **dict(env)}
    arguments = [path, start or path.parent, runs, cells]
    command = [*before, sys.executable, str(EXECUTE), *map(str, arguments)]
    done = subprocess.run(command, cwd="/", env=environment, capture_output=True, text=True, errors="replace")
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    assert content(course) == stored, "the notebook changed the course"
    tally["runs of a notebook under hard conditions"] += runs


def offline(name: str) -> None:
    """Alone in a fresh copy of the repository, the network cut, restarted and run twice in the same folder."""
    unshare = children.unshared("net")
    before = [*unshare, "sh", "-c", 'ip link set lo up && exec "$@"', "sh"] if unshare else []
    closed = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
    with copied_course(name) as folder:
        execute(folder, name, runs=2, before=before, env={} if unshare else closed)


def doubled(name: str) -> None:
    """Every cell twice in a row."""
    with copied_course() as folder:
        execute(folder, name, cells=2)


def nobody(name: str) -> None:
    """An ordinary user who may read the repository and not write to it; the kernel starts in another folder."""
    with copied_course() as folder:
        course = folder / "course"
        for path in (course, *course.rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)
        before = as_nobody(folder / "home", folder / "elsewhere")
        assert not children.can(*before, "touch", str(course / "notebooks" / "new"))
        assert children.can(*before, "touch", str(folder / "home" / "new"))
        try:
            execute(folder, name, start=str(folder / "elsewhere"), before=before)
        finally:
            for path in (course, *course.rglob("*")):
                path.chmod(0o755)


def as_nobody(*own: Path) -> list[str]:
    """The command that takes root's rights away, but for reading: the Python may stand in root's home. Others have none."""
    if os.geteuid() != 0:
        return []
    for folder in own:
        os.chown(folder, NOBODY, NOBODY)
    reading = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
    command = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *reading]
    if not children.can(*command, sys.executable, "-c", "import ipykernel"):
        pytest.skip("setpriv cannot make an ordinary user of root here: run this as an ordinary user")
    return command


def abroad(name: str) -> None:
    """One thread, a Chinese locale that is not UTF-8, another time zone, and a terminal that can do nothing."""
    with copied_course() as folder:
        there = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "TZ": "Asia/Shanghai", "TERM": "dumb"}
        execute(folder, name, env=there | chinese(folder / "home"))


def chinese(folder: Path) -> dict[str, str]:
    """zh_CN.GBK, made for this run; where that cannot be, plain C, whose encoding is ASCII. Neither can read UTF-8."""
    if children.can("localedef", "-i", "zh_CN", "-f", "GBK", str(folder / "zh_CN.GBK")):
        return {"LOCPATH": str(folder), "LC_ALL": "zh_CN.GBK"}
    return {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


CONDITIONS = (offline, doubled, nobody, abroad)
SAMPLE = {
    "offline-02_edge_kernel_learning",
    "doubled-05_1x1_convolution",
    "nobody-01_cross_correlation",
    "abroad-00_start_here",
}


RUNS = [(condition, name) for name in NOTEBOOKS for condition in CONDITIONS] + [(nobody, name) for name in SOLUTIONS]


def case(condition, name: str):
    label = f"{condition.__name__}-{name}"
    return pytest.param(condition, name, id=label, marks=() if label in SAMPLE else pytest.mark.hard)


@pytest.mark.parametrize(("condition", "name"), [case(*run) for run in RUNS])
def test_runs(condition, name):
    condition(name)


def test_the_sample_names_runs_that_there_are():
    assert {case(*run).id for run in RUNS} >= SAMPLE


def test_the_chinese_locale_cannot_read_utf_8(tmp_path):
    code = "import locale; print(locale.getpreferredencoding(False))"
    assert children.run(code, env=chinese(tmp_path) | {"LANG": ""}).strip() in ("GBK", "gbk", "ANSI_X3.4-1968", "ascii")


@pytest.mark.hard
@pytest.mark.parametrize("place", ["course", "course/notebooks", "elsewhere"])
def test_nbconvert_runs_the_whole_course_from_any_folder(place):
    with copied_course() as folder:
        paths = sorted((folder / "course" / "notebooks").rglob("[0-9]*.ipynb"))
        command = [sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", "--output-dir", folder / "home"]
        environment = os.environ | {"PYTHONPATH": str(folder / "course"), "PYTHONDONTWRITEBYTECODE": "1"}
        relative = [os.path.relpath(path, folder / place) for path in paths]
        done = subprocess.run([*command, *relative], cwd=folder / place, env=environment, capture_output=True, text=True)
        assert done.returncode == 0 and done.stderr.count("] Writing ") == len(paths) > 20, done.stderr[-4000:]
        tally["runs of a notebook under hard conditions"] += len(paths)
