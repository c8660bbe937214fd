"""Where learners are: what Binder, Codespaces and GitHub's machines are told is what this project has."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from tools.as_on_colab import NO_COURSE

ROOT = Path(__file__).resolve().parent.parent


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.skipif(os.name == "nt", reason="repo2docker does not run on Windows")
def test_binder_takes_environment_yml_its_python_and_post_build(tmp_path):
    course = tmp_path / "course"
    shutil.copytree(ROOT, course, ignore=lambda folder, names: [*NO_COURSE(folder, names), "data", "tests"])
    offline = os.environ | {"DOCKER_HOST": "tcp://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9"}
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", "."]
    done = subprocess.run(command, cwd=course, env=offline, capture_output=True, text=True, timeout=120)
    shown = done.stdout + done.stderr
    assert done.returncode == 0, shown
    (python,) = re.findall(r"^  - python=(3\.\d+)$", read("environment.yml"), flags=re.M)
    assert python == "3.12" and f"Building conda environment for python={python}" in shown
    assert 'env update -p ${NB_PYTHON_PREFIX} --file "environment.yml"' in shown
    assert "requirements.txt" not in shown
    assert re.search(r"^RUN \./postBuild$", shown, flags=re.M)


def test_the_devcontainer_uses_what_everybody_uses():
    settings = json.loads(read(".devcontainer/devcontainer.json"))
    python = re.fullmatch(r"mcr\.microsoft\.com/devcontainers/python:\d+-(3\.\d+)-[a-z]+", settings["image"])[1]
    assert python in matrix()["python"]
    assert settings["postCreateCommand"] == "make install PYTHON=python3"
    assert re.search(r"^install: ", read("Makefile"), flags=re.M)
    customizations = settings["customizations"]
    assert all((ROOT / name).is_file() for name in customizations["codespaces"]["openFiles"])
    interpreter = customizations["vscode"]["settings"]["python.defaultInterpreterPath"]
    assert interpreter == "${containerWorkspaceFolder}/.venv/bin/python" and "VENV  := .venv\n" in read("Makefile")


def workflow() -> dict:
    return yaml.safe_load(read(".github/workflows/test.yml"))


def matrix() -> dict:
    return workflow()["jobs"]["test"]["strategy"]["matrix"]


def test_the_workflow_covers_systems_pythons_and_time():
    assert matrix() == {
        "os": ["ubuntu-latest", "macos-latest", "windows-latest"],
        "python": ["3.11", "3.12", "3.13", "3.14"],
    }
    oldest = re.search(r'requires-python = ">=(3\.\d+)"', read("pyproject.toml"))[1]
    assert matrix()["python"][0] == oldest
    on = workflow()[True]  # YAML 1.1 reads the key `on` so
    assert set(on) == {"push", "pull_request", "schedule"}
    assert re.fullmatch(r"\d+ \d+ \* \* \d", on["schedule"][0]["cron"])


def test_the_workflow_may_read_only_and_pins_its_actions():
    assert workflow()["permissions"] == {"contents": "read"}
    assert all("permissions" not in job and job["timeout-minutes"] <= 60 for job in workflow()["jobs"].values())
    uses = re.findall(r"uses: (.*)", read(".github/workflows/test.yml"))
    assert len(uses) == 2
    for use in uses:
        assert re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", use), use


def test_the_workflow_runs_what_the_readme_tells_learners():
    commands = "\n".join(step["run"] for step in workflow()["jobs"]["test"]["steps"] if "run" in step)
    assert "make test PYTHON=python" in commands
    for line in re.findall(r"^python -m .*$", read("README.md"), flags=re.M):
        assert line in commands.splitlines(), line
