"""The package builds, the wheel holds all of it, asks for what it imports, and works away from the course."""

import ast
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
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
    wanted = {
        "__init__.pyi",
        "py.typed",
        "words.json",
        "data/lenet_runs.json",
        "data/kinds_runs.json",
        "data/scenes_runs.json",
        "stepper/stepper.js",
        "stepper/predict.js",
        "stepper/stepper.css",
    }
    assert {f"d2l_helpers/{name}" for name in wanted} <= files
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_sdist_holds_what_builds_the_wheel(built):
    (sdist,) = built.glob("*.tar.gz")
    names = {name.partition("/")[2] for name in tarfile.open(sdist).getnames()}
    assert names >= package_files() | {"pyproject.toml", "README.md", "LICENSE"}


def test_the_package_asks_for_what_it_imports():
    """Installed by itself, the wheel brings what every lesson's helpers need, and nothing else."""
    names = {"PIL": "pillow", "IPython": "ipython", "traitlets": "anywidget"}  # module → the package that brings it
    imported = set()
    for path in (ROOT / "d2l_helpers").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            modules += [node.module] if isinstance(node, ast.ImportFrom) and not node.level else []
            imported |= {module.split(".")[0] for module in modules}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {names.get(module, module) for module in imported - sys.stdlib_module_names}
    assert {Requirement(line).name for line in project["dependencies"]} == wanted


WORKS = """
import d2l_helpers
from d2l_helpers import Stepper, check, lenet, show_images
from d2l_helpers.data import load_lenet_runs, load_photograph

assert d2l_helpers.__file__.startswith(PLACE)
assert check("1.1", (5, 8))
assert load_lenet_runs()["runs"]
assert Stepper([[1, 2]], [[1]]).Y.tolist() == [[1, 2]]
show_images([load_photograph()], 1, 1)
print("works")
"""


def test_the_wheel_works_away_from_the_course(wheel, tmp_path):
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(tmp_path / "site")]
    subprocess.run([*pip, str(wheel)], check=True, capture_output=True)
    code = f"PLACE = {str(tmp_path)!r}\n{WORKS}"
    variables = environment() | {"PYTHONPATH": str(tmp_path / "site"), "MPLBACKEND": "agg"}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=variables, capture_output=True, text=True)
    assert done.stdout == "works\n", done.stderr
