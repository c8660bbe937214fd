"""What came out of training LeNet many times, stored beside this module."""

import json
from pathlib import Path

LENET_RUNS = Path(__file__).with_suffix(".json")


def load_lenet_runs() -> dict:
    """The stored trainings of LeNet: "about" (date, versions, machine) and "runs", each with recipe, seed and curves."""
    return json.loads(LENET_RUNS.read_text(encoding="utf-8"))
