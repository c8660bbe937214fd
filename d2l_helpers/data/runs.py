"""The trainings that `nox -s results` stored beside this module: their loss and accuracies after each epoch."""

import json
from pathlib import Path


def load_lenet_runs() -> dict:
    """The stored trainings of LeNet: "about" (date, versions, machine) and "runs", each with recipe, seed and curves."""
    return _load("lenet_runs.json")


def load_kinds_runs() -> dict:
    """The stored trainings of small networks, one recipe for each kind of convolution and width; as `load_lenet_runs`."""
    return _load("kinds_runs.json")


def _load(name: str) -> dict:
    return json.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))
