"""What a class gets is what is handed out, and the files that set the class up agree; `nox -s hub_load` runs a class."""

import os
import runpy
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from traitlets.config import Config

ROOT = Path(__file__).resolve().parent.parent.parent
HUB = ROOT / "hub"
pytest.importorskip("pwd", reason="JupyterHub needs Linux or macOS")


def configuration() -> Config:
    """What jupyterhub_config.py sets, without JupyterHub."""
    config = Config()
    runpy.run_path(str(HUB / "jupyterhub_config.py"), init_globals={"get_config": lambda: config})
    return config


def handed_out(folder: Path, *withheld: str) -> list[str]:
    """The files of the learners' repository after handing out."""
    environment = {**os.environ, "CLASS_NOTEBOOKS": str(folder)}
    subprocess.run([sys.executable, HUB / "hand_out.py", *withheld], env=environment, check=True)
    listing = ["git", "--git-dir", folder / "course.git", "ls-tree", "-r", "--name-only", "main"]
    return subprocess.run(listing, check=True, capture_output=True, text=True).stdout.splitlines()


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="a copy without git has nothing committed to hand out")
def test_a_class_gets_the_notebooks_alone_and_the_solutions_when_the_teacher_says_so(tmp_path, monkeypatch):
    without = handed_out(tmp_path, "notebooks/solutions")
    assert all(name.startswith("notebooks/") for name in without) and "notebooks/01_cross_correlation.ipynb" in without
    assert not any(name.startswith("notebooks/solutions/") for name in without)
    assert "notebooks/solutions/01_cross_correlation.ipynb" in handed_out(tmp_path)

    monkeypatch.setenv("CLASS_NOTEBOOKS", str(tmp_path))
    config = configuration()
    pulled = parse_qs(urlsplit(config.Spawner.default_url).query)
    assert pulled["repo"] == [(tmp_path / "course.git").as_uri()]
    assert pulled["urlpath"][0].removeprefix("lab/tree/convolution/") in without
    assert str(tmp_path / "course.git") in Path(config.Spawner.environment["GIT_CONFIG_SYSTEM"]).read_text()


def test_a_teacher_changes_limits_without_editing_a_file(monkeypatch):
    monkeypatch.setenv("CLASS_MEMORY", "3G")
    monkeypatch.setenv("CLASS_TERMINALS", "yes")
    config = configuration()
    assert config.Spawner.mem_limit == "3G" and "--ServerApp.terminals_enabled=True" in config.Spawner.args


def test_unless_listed_nobody_from_outside_gets_in(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert configuration().Authenticator.allow_all is True  # the server's own accounts
    monkeypatch.setenv("CLASS_LOGIN", "google")
    assert "allow_all" not in configuration().Authenticator
    Path("learners.txt").write_text("ann\nbob\n")
    assert configuration().Authenticator.allowed_users == {"ann", "bob"}


def test_kubernetes_gives_a_learner_the_same(monkeypatch):
    learner, config = yaml.safe_load((HUB / "values.yaml").read_text())["singleuser"], configuration()
    assert learner["memory"]["limit"] == config.Spawner.mem_limit
    assert learner["extraEnv"]["OMP_NUM_THREADS"] == config.Spawner.environment["OMP_NUM_THREADS"]
    here, there = (parse_qs(urlsplit(url).query) for url in (config.Spawner.default_url, learner["defaultUrl"]))
    assert {**here, "repo": ["NOTEBOOKS"]} == there


def test_the_hub_asks_for_floors_and_for_a_jupyterlab_without_known_holes():
    lines = [line for line in (HUB / "requirements.txt").read_text().splitlines() if line and not line.startswith("#")]
    assert all(">=" in line for line in lines)
    (lab,) = [line for line in lines if line.startswith("jupyterlab>=")]
    assert lab in (ROOT / "requirements.txt").read_text().splitlines()
