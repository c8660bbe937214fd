"""Where learners are: what Binder, Codespaces and GitHub's machines are told is what this project has."""

import json
import os
import re
import shlex
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


# Binder


def binders_python() -> str:
    (python,) = re.findall(r"^  - python=(3\.\d+)$", read("environment.yml"), flags=re.M)
    return python


@pytest.mark.skipif(os.name == "nt", reason="repo2docker does not run on Windows")
def test_binder_takes_environment_yml_its_python_and_post_build(tmp_path):
    course = tmp_path / "course"
    shutil.copytree(ROOT, course, ignore=lambda folder, names: [*NO_COURSE(folder, names), "data", "tests"])
    offline = os.environ | {"DOCKER_HOST": "tcp://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9"}
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", "."]
    done = subprocess.run(command, cwd=course, env=offline, capture_output=True, text=True, timeout=120)
    shown = done.stdout + done.stderr
    assert done.returncode == 0, shown
    assert f"Building conda environment for python={binders_python()}" in shown
    assert 'env update -p ${NB_PYTHON_PREFIX} --file "environment.yml"' in shown
    assert "requirements.txt" not in shown
    assert re.search(r"^RUN \./postBuild$", shown, flags=re.M)


# Codespaces and other devcontainers


def devcontainer() -> dict:
    return json.loads(read(".devcontainer/devcontainer.json"))


def containers_python() -> str:
    return re.fullmatch(r"mcr\.microsoft\.com/devcontainers/python:\d+-(3\.\d+)-[a-z]+", devcontainer()["image"])[1]


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")
def test_the_devcontainer_installs_the_course_where_it_looks_for_python(tmp_path):
    """Make says what it would run in a fresh copy."""
    for name in ("Makefile", "pyproject.toml", "requirements.txt", "requirements-d2l.txt"):
        shutil.copy(ROOT / name, tmp_path)
    command = [*shlex.split(devcontainer()["postCreateCommand"]), "--dry-run"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    interpreter = devcontainer()["customizations"]["vscode"]["settings"]["python.defaultInterpreterPath"]
    python = interpreter.removeprefix("${containerWorkspaceFolder}/")
    installed = re.findall(
        r"(\S+) -m pip install .*(-r requirements\.txt|-r requirements-d2l\.txt|--editable \.)", done.stdout
    )
    assert done.returncode == 0, done.stderr
    assert installed == [(python, "-r requirements.txt"), (python, "-r requirements-d2l.txt"), (python, "--editable .")]


def test_the_devcontainer_opens_a_notebook_that_exists():
    opened = devcontainer()["customizations"]["codespaces"]["openFiles"]
    assert opened and all((ROOT / name).is_file() for name in opened)


# GitHub


WORKFLOWS = sorted(path.stem for path in (ROOT / ".github" / "workflows").glob("*.yml"))


def workflow(name: str = "test") -> dict:
    return yaml.safe_load(read(f".github/workflows/{name}.yml"))


def test_the_workflow_tests_every_python_that_a_learner_may_have_on_every_system():
    matrix = workflow()["jobs"]["test"]["strategy"]["matrix"]
    oldest = re.search(r'requires-python = ">=(3\.\d+)"', read("pyproject.toml"))[1]
    colabs = re.search(r'nox\.session\(python="(3\.\d+)".*\)\ndef colab', read("noxfile.py"))[1]
    assert {oldest, colabs, binders_python(), containers_python()} <= set(matrix["python"])
    assert {system.split("-")[0] for system in matrix["os"]} == {"ubuntu", "macos", "windows"}
    assert "exclude" not in matrix


def test_the_workflow_runs_at_every_change_and_every_week():
    on = workflow()[True]  # YAML 1.1 reads the key `on` so
    assert {"push", "pull_request"} <= set(on)
    _, _, day, month, weekday = on["schedule"][0]["cron"].split()
    assert (day, month) == ("*", "*") and weekday in "0123456"


def test_there_are_workflows():
    assert WORKFLOWS == ["site", "test"]


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_may_read_only_and_pins_its_actions(name):
    jobs = workflow(name)["jobs"]
    assert workflow(name)["permissions"] == {"contents": "read"}
    rights = {job: settings["permissions"] for job, settings in jobs.items() if "permissions" in settings}
    assert rights == ({"publish": {"pages": "write", "id-token": "write"}} if name == "site" else {})
    assert all(job["timeout-minutes"] <= 60 for job in jobs.values())
    uses = [step["uses"] for job in jobs.values() for step in job["steps"] if "uses" in step]
    assert uses and all(re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40}", use) for use in uses), uses


def test_the_site_is_published_from_main_alone():
    build, publish = workflow("site")["jobs"]["build"], workflow("site")["jobs"]["publish"]
    assert publish["if"] == "github.ref == 'refs/heads/main'" and publish["needs"] == "build"
    assert "make site PYTHON=python" in [step.get("run") for step in build["steps"]]
    assert build["steps"][-1]["with"]["path"] == re.search(r"(site/_build/\w+)\n", read("Makefile"))[1]


def test_the_workflow_runs_what_learners_are_told():
    commands = "\n".join(step["run"] for step in workflow()["jobs"]["test"]["steps"] if "run" in step)
    assert "make test" in commands
    lines = re.findall(r"^python -m .*$", read("docs/installation.md"), flags=re.M)
    assert len(lines) >= 4 and set(lines) <= set(commands.splitlines())
