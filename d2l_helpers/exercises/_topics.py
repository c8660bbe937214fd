"""The exercises' references, wrong answers and hints: one module per notebook, named after its topic.

Each module holds `EXERCISES`, number → Exercise, e.g. "1.2" for the second exercise of notebook 01.
"""

from __future__ import annotations

from importlib import import_module

from .._check import shown
from ._kinds import Choice, Exercise, Function, Value

__all__ = ["Choice", "Exercise", "Function", "Value", "find"]

TOPICS = {
    1: "cross_correlation",
    2: "edge_kernel_learning",
    3: "padding_and_stride",
    4: "channels",
    5: "one_by_one_convolution",
    6: "conv2d_layer",
    7: "convolution_types",
    8: "pooling",
    9: "transposed_convolution",
    10: "upsampling",
    11: "lenet",
    12: "spot_the_bug",
}


def find(number: str) -> Exercise:
    """The exercise of that number, e.g. "1.2"; ValueError where there is none."""
    chapter = str(number).split(".")[0]
    topic = TOPICS.get(int(chapter)) if isinstance(number, str) and chapter.isdecimal() else None
    if topic is None:
        raise ValueError(f"exercise must be a number such as '1.2', got {shown(number)}")
    exercises = import_module(f".{topic}", __package__).EXERCISES
    if number not in exercises:
        raise ValueError(f"exercise must be one of {', '.join(exercises)}, got {number!r}")
    return exercises[number]
