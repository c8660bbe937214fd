"""The package builds; the wheel holds all of it and needs torch and lazy_loader; other parts say what to install."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tools.as_on_colab import NO_COURSE, environment

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """The folder with sdist and wheel, built in a copy: building leaves traces in the source."""
    copy = tmp_path_factory.mktemp("package") / "course"
    copy.mkdir()
    shutil.copytree(ROOT / "d2l_helpers", copy / "d2l_helpers", ignore=NO_COURSE)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(copy / "out"), str(copy)]
    done = subprocess.run(build, capture_output=True, text=True, env=environment())
    assert done.returncode == 0, done.stdout + done.stderr
    return copy / "out"


@pytest.fixture(scope="module")
def wheel(built) -> Path:
    (wheel,) = built.glob("*.whl")
    return wheel


def package_files() -> set[str]:
    paths = (ROOT / "d2l_helpers").rglob("*")
    return {path.relative_to(ROOT).as_posix() for path in paths if path.is_file() and path.suffix != ".pyc"}


def test_the_wheel_holds_the_whole_package_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    files = {name for name in names if ".dist-info/" not in name}
    assert files == package_files()
    wanted = {"__init__.pyi", "py.typed", "words.json", "data/lenet_runs.json", "stepper/stepper.js", "stepper/stepper.css"}
    assert {f"d2l_helpers/{name}" for name in wanted} <= files
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_sdist_holds_what_builds_the_wheel(built):
    (sdist,) = built.glob("*.tar.gz")
    names = {name.partition("/")[2] for name in tarfile.open(sdist).getnames()}
    assert names >= package_files() | {"pyproject.toml", "README.md", "LICENSE"}


def needs(name: str, known: set[str]) -> set[str]:
    """The distributions that one needs where it is installed here, itself among them."""
    if name in known:
        return known
    known = known | {name}
    for requirement in map(Requirement, distribution(name).requires or []):
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            known = needs(re.sub(r"[-_.]+", "-", requirement.name).lower(), known)
    return known


@pytest.fixture(scope="module")
def bare_python(tmp_path_factory, wheel) -> Path:
    """A Python with the wheel, installed by pip, with torch, lazy_loader and what these need, and nothing else."""
    folder = tmp_path_factory.mktemp("bare")
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    here = Path(sysconfig.get_path("purelib"))
    there = Path(sysconfig.get_path("purelib", "venv", {"base": str(folder)}))
    parts = {
        Path(file).parts[0] for name in needs("torch", needs("lazy-loader", set())) for file in distribution(name).files
    }
    try:
        for part in parts - {"..", "__pycache__"}:
            (there / part).symlink_to(here / part)
    except OSError as error:
        pytest.skip(f"links cannot be made here: {error}")
    python = Path(sysconfig.get_path("scripts", "venv", {"base": str(folder)})) / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index"]
    done = subprocess.run([*pip, str(wheel)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return python


def run(python: Path, code: str, folder: Path) -> subprocess.CompletedProcess:
    variables = environment() | {"D2L_HELPERS_DATA": str(folder)}
    return subprocess.run(
        [python, "-W", "error::ImportWarning", "-c", code], cwd=folder, env=variables, capture_output=True, text=True
    )


WORKS = """
import torch
import d2l_helpers
from d2l_helpers import check, conv_out_size, corr2d, lenet
from d2l_helpers.data import load_lenet_runs

assert "site-packages" in d2l_helpers.__file__
Y = corr2d(torch.arange(9.0).reshape(3, 3), torch.arange(4.0).reshape(2, 2))
assert Y.tolist() == [[19.0, 25.0], [37.0, 43.0]]
assert conv_out_size(28, 5, padding=2) == 28
assert lenet()(torch.zeros(1, 1, 28, 28)).shape == (1, 10)
assert check("1.1", (5, 8))
assert load_lenet_runs()["runs"]
print("works")
"""


def test_torch_and_lazy_loader_are_enough(bare_python, tmp_path):
    done = run(bare_python, WORKS, tmp_path)
    assert done.stdout == "works\n", done.stderr


@pytest.mark.parametrize(
    "code, package",
    [
        ("from d2l_helpers import Stepper", "anywidget"),
        ("from d2l_helpers import show_images", "matplotlib"),
        ("from d2l_helpers import Animator; Animator()", "matplotlib"),
        ("from d2l_helpers.data import load_photograph; load_photograph()", "matplotlib"),
        ("from d2l_helpers import load_data_fashion_mnist; load_data_fashion_mnist(256)", "torchvision"),
    ],
)
def test_optional_parts_say_what_to_install(bare_python, tmp_path, code, package):
    done = run(bare_python, code, tmp_path)
    last = done.stderr.strip().splitlines()[-1]
    assert done.returncode == 1 and last.startswith("ModuleNotFoundError: ")
    assert last.endswith(f" needs {package}: run `pip install {package}`, then restart the kernel")
