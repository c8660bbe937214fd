"""The map of the course names every lesson, and each arrow leads from a lesson to one that needs it."""

import re

import matplotlib.pyplot as plt
from matplotlib.patches import FancyArrowPatch

from d2l_helpers.plotting import show_course_map
from d2l_helpers.plotting.course_map import ARROWS, PLACES
from tests.support.children import ROOT


def test_every_lesson_is_on_the_map_and_can_be_reached():
    lessons = {path.name[:2] for path in (ROOT / "notebooks").glob("*.ipynb")} - {"00"}
    arrows = [tuple(arrow.split()) for arrow in ARROWS]
    assert {label[:2] for label in PLACES} == lessons
    assert {end for _, end in arrows} == lessons - {"01"} and all(start < end for start, end in arrows)


def test_it_is_drawn():
    show_course_map()
    ax = plt.gca()
    assert {text.get_text() for text in ax.texts} == set(PLACES)
    assert sum(isinstance(patch, FancyArrowPatch) for patch in ax.patches) == len(ARROWS)
    assert all(re.match(r"\d\d ", text.get_text()) for text in ax.texts)
