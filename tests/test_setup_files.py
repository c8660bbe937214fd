"""The files that set up the course agree, name only programs that exist, and name nothing of anybody's machine."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
CONDA_NAMES = {"pytorch-cpu": "torch", "matplotlib-base": "matplotlib"}
ONLY_CONDA = {"python", "pip", "setuptools"}
FOR_TESTS = "# tests and tools\n"
BINARY = {".gif", ".gz", ".mo", ".png", ".woff2"}


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def tracked_files() -> list[Path]:
    """Git's own list; in a copy without git, none."""
    listing = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    names = listing.stdout.splitlines() if listing.returncode == 0 else []
    return [ROOT / name for name in names if (ROOT / name).is_file()]


# Requirements


def floors(text: str) -> dict[str, str]:
    """name → floor of the lines that are no comments."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return dict(re.fullmatch(r"([\w-]+)(.*)", line).groups() for line in lines)


def requirements() -> dict[str, str]:
    return floors(read("requirements.txt"))


def conda() -> dict[str, str]:
    found = re.findall(r"^  - ([\w-]+)([^\s\w-].*)?$", read("environment.yml").split("dependencies:")[1], flags=re.M)
    return {CONDA_NAMES.get(name, name): floor for name, floor in found}


def test_requirements_are_floors_without_d2l_and_hosts():
    assert "d2l" not in requirements()
    assert all(floor.startswith(">=") for floor in requirements().values())
    assert "://" not in read("requirements.txt") and "==" not in read("requirements.txt")


def test_what_is_only_measured_against_is_no_part_of_the_course():
    text = read("benchmarks/requirements.txt")
    peers = floors(text)
    assert peers and all(floor.startswith(">=") for floor in peers.values()) and "://" not in text
    assert not peers.keys() & requirements().keys()


def test_conda_and_pip_ask_for_the_same():
    course = floors(read("requirements.txt").split(FOR_TESTS)[0])
    assert len(course) > 10
    assert {name: floor for name, floor in conda().items() if name not in ONLY_CONDA} == course


def test_package_and_requirements_ask_for_the_same_releases():
    project = tomllib.loads(read("pyproject.toml"))["project"]
    for requirement in project["dependencies"]:
        name, floor = re.fullmatch(r"([\w-]+)(.*)", requirement).groups()
        assert requirements()[name] == floor, requirement


def test_the_citation_and_the_package_name_the_same_release():
    project = tomllib.loads(read("pyproject.toml"))["project"]
    citation = yaml.safe_load(read("CITATION.cff"))
    assert {"cff-version", "message", "title", "authors"} <= set(citation)  # what the format requires
    assert (citation["version"], citation["license"]) == (project["version"], project["license"])


def test_the_version_of_d2l_is_written_in_one_place():
    (version,) = re.findall(r"^d2l==([\d.]+)$", read("requirements-d2l.txt"), flags=re.M)
    for path in tracked_files():
        if path.name != "requirements-d2l.txt" and path.suffix not in {*BINARY, ".ipynb"}:
            assert f"d2l=={version}" not in path.read_text(encoding="utf-8"), path
    for user in ("Makefile", "noxfile.py", "postBuild", "docs/installation.md"):
        assert "requirements-d2l.txt" in read(user), user


def test_post_build_is_a_program_that_stops_at_errors():
    assert read("postBuild").startswith("#!/bin/bash\n") and "set -euo pipefail" in read("postBuild")
    assert os.access(ROOT / "postBuild", os.X_OK) or os.name == "nt"


# Programs and files that texts name


@pytest.fixture(scope="module")
def sessions() -> dict[str, str]:
    """What `make dev` prints: each session of nox with its one line."""
    done = subprocess.run([sys.executable, "-m", "nox", "--list"], cwd=ROOT, capture_output=True, text=True, check=True)
    return dict(re.findall(r"^[-*] (\w+)\S* -> (.+)$", done.stdout, flags=re.M))


def targets() -> set[str]:
    """What `make` can make."""
    return set(re.findall(r"^([\w./-]+):(?!=)", read("Makefile"), flags=re.M))


def texts() -> list[Path]:
    """Every file that people read for commands and names of files; the notebooks and this test not."""
    kinds = {".md", ".py", ".pyi", ".toml", ".txt", ".yml", ".json", ""} - {".png"}
    paths = [path for path in tracked_files() if path.suffix in kinds and path.name != Path(__file__).name]
    return [path for path in paths if not path.name.endswith("_runs.json")]


@pytest.mark.parametrize("path", texts(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_command_and_file_that_is_named_exists(path, sessions):
    text = path.read_text(encoding="utf-8")
    assert set(re.findall(r"(?:^|[`\"]|run: |&& )make (?!PYTHON)([.\w/-]+)", text, flags=re.M)) <= targets()
    assert set(re.findall(r"nox -s ([a-z]\w*)", text)) <= sessions.keys()
    programs = re.findall(r"-m\"?,? \"?(tools\.\w+)", text)
    files = re.findall(r"(?<![\w/.}-])(?:tools|tests|benchmarks|docs|d2l_helpers)/[\w/-]+\.(?:py|md|png|json)\b", text)
    named = {name.replace(".", "/") + ".py" for name in programs} | set(files)
    assert not [name for name in named if "NN" not in name and not (ROOT / name).is_file()]


def test_every_program_in_tools_is_run_by_a_session():
    programs = {path.stem for path in (ROOT / "tools").glob("*.py") if "__main__" in path.read_text(encoding="utf-8")}
    assert programs and programs == set(re.findall(r'"tools\.(\w+)"', read("noxfile.py")))


def test_make_dev_lists_every_session(sessions):
    assert sessions.keys() == set(re.findall(r"^def (\w+)\(session\)", read("noxfile.py"), flags=re.M))


def test_the_readme_names_the_two_commands():
    text = read("README.md")
    assert "git clone" in text and "make lab" in text and "`make test`" in text
    assert "make test" in read(".ci/run")


# Nothing of anybody's machine


def test_no_file_holds_a_path_a_registry_or_a_token():
    own = Path(__file__).name
    pattern = re.compile(
        r"(?<![\w:/.])/(root|home|tmp|work|Users)/\w|pypi\.org|pythonhosted|npmjs\.(org|com)|ghp_\w{20}|hf_\w{20}|AKIA[0-9A-Z]{16}"
    )
    for path in tracked_files():
        if path.suffix in BINARY or path.name in (own, "test_notebooks.py"):
            continue
        text = re.sub(r'"image/png": "[^"]*"', "", path.read_text(encoding="utf-8"))
        assert not (found := pattern.search(text)), f"{path.relative_to(ROOT)}: {found[0]}"
