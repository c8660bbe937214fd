"""The trainings that `nox -s results` stored beside this module: what was measured in each."""

import json
from pathlib import Path


def load_lenet_runs() -> dict:
    """The stored trainings of LeNet: "about" (date, versions, machine) and "runs", each with recipe, seed and curves."""
    return _load("lenet_runs.json")


def load_kinds_runs() -> dict:
    """The stored trainings of small networks, one recipe for each kind of convolution and width; as `load_lenet_runs`."""
    return _load("kinds_runs.json")


def load_scenes_runs() -> dict:
    """The stored trainings of encoder–decoders: "about" and "runs", each with recipe, seed, and what its test scenes gave.

    A run has "parameters", "seconds", "loss" (one per epoch), "iou" (one per class), "miou", "pixel_acc", "edge_acc" and
    "inner_acc" (the pixel accuracy at edges between classes and elsewhere), and "ripple" (of its logits for a flat image).
    The seconds can't be compared: the computer was also doing other work.
    """
    return _load("scenes_runs.json")


def _load(name: str) -> dict:
    return json.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))
