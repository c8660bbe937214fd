"""The files that set up the course say the same thing, and name nothing of anybody's machine."""

import os
import re
import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONDA_NAMES = {"pytorch-cpu": "torch", "matplotlib-base": "matplotlib"}
ONLY_CONDA = {"python", "pip", "setuptools"}
ONLY_TESTS = {
    "pytest",
    "pytest-xdist",
    "nbval",
    "hypothesis",
    "playwright",
    "ruff",
    "build",
    "setuptools",
    "jupyter-repo2docker",
}


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def requirements() -> dict[str, str]:
    lines = [line for line in read("requirements.txt").splitlines() if line and not line.startswith("#")]
    return dict(re.fullmatch(r"([\w-]+)(.*)", line).groups() for line in lines)


def conda() -> dict[str, str]:
    found = re.findall(r"^  - ([\w-]+)([^\s\w-].*)?$", read("environment.yml").split("dependencies:")[1], flags=re.M)
    return {CONDA_NAMES.get(name, name): floor for name, floor in found}


def test_requirements_are_floors_without_d2l_and_hosts():
    assert "d2l" not in requirements()
    assert all(floor.startswith(">=") for floor in requirements().values())
    assert "://" not in read("requirements.txt") and "==" not in read("requirements.txt")


def test_conda_and_pip_ask_for_the_same():
    course = {name: floor for name, floor in requirements().items() if name not in ONLY_TESTS}
    assert {name: floor for name, floor in conda().items() if name not in ONLY_CONDA} == course


def test_package_and_requirements_ask_for_the_same_torch():
    project = tomllib.loads(read("pyproject.toml"))["project"]
    assert project["dependencies"] == [f"torch{requirements()['torch']}"]
    for extra in project["optional-dependencies"].values():
        for requirement in extra:
            name, floor = re.fullmatch(r"([\w-]+)(.*)", requirement).groups()
            assert requirements()[name] == floor


def test_the_version_of_d2l_stands_in_one_place():
    (version,) = re.findall(r"^d2l==([\d.]+)$", read("requirements-d2l.txt"), flags=re.M)
    for path in tracked_files():
        if path.name != "requirements-d2l.txt" and path.suffix not in (".gz", ".ipynb", ".png"):
            assert f"d2l=={version}" not in path.read_text(encoding="utf-8"), path
    for user in ("Makefile", "postBuild", "README.md"):
        assert "requirements-d2l.txt" in read(user), user


def test_post_build_is_a_program_that_stops_at_errors():
    assert read("postBuild").startswith("#!/bin/bash\n") and "set -euo pipefail" in read("postBuild")
    assert os.access(ROOT / "postBuild", os.X_OK) or os.name == "nt"


def test_the_readme_names_the_two_commands_on_its_first_screen():
    first_screen = "\n".join(read("README.md").splitlines()[:40])
    assert "make lab" in first_screen and "make test" in first_screen
    assert "make test" in read(".ci/run")


def test_no_file_holds_a_path_a_registry_or_a_token():
    own = Path(__file__).name
    pattern = re.compile(
        r"(?<![\w:/.])/(root|home|tmp|work|Users)/\w|pypi\.org|pythonhosted|npmjs\.(org|com)|ghp_\w{20}|hf_\w{20}|AKIA[0-9A-Z]{16}"
    )
    for path in tracked_files():
        if path.suffix in (".gz", ".png") or path.name in (own, "test_notebooks.py"):
            continue
        text = re.sub(r'"image/png": "[^"]*"', "", path.read_text(encoding="utf-8"))
        assert not (found := pattern.search(text)), f"{path.relative_to(ROOT)}: {found[0]}"


def tracked_files() -> list[Path]:
    """Git's own list; in a copy without git, all files but the obvious ones."""
    listing = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    names = listing.stdout.splitlines() if listing.returncode == 0 else []
    return [ROOT / name for name in names if (ROOT / name).is_file()]
