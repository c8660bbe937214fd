"""PNG files of figures are small, and photographs keep their colors."""

import io

import numpy as np
import pytest
from PIL import Image

from d2l_helpers.plotting.style import new_figure, plain, with_palette


def png(pixels: np.ndarray) -> io.BytesIO:
    target = io.BytesIO()
    Image.fromarray(pixels).save(target, "PNG")
    return target


def test_few_colors_get_a_palette_and_many_stay():
    few = np.zeros((50, 50, 3), np.uint8)
    few[:25] = 200
    assert with_palette(png(few)).mode == "P"
    many = np.random.default_rng(0).integers(0, 256, (200, 200, 3), np.uint8)
    assert with_palette(png(many)).mode == "RGB" and np.array_equal(np.asarray(with_palette(png(many))), many)


@pytest.mark.parametrize("to_file", [True, False])
def test_a_figure_saves_a_palette(tmp_path, to_file):
    figure, axes = new_figure(1, 2, 3, 2)
    assert axes.shape == (1, 2) and figure.get_size_inches().tolist() == [3, 2]
    target = tmp_path / "figure.png" if to_file else io.BytesIO()
    figure.savefig(target)
    assert Image.open(target).mode == "P"


def test_dollars_stay_dollars():
    assert plain("$5 to $7") == r"\$5 to \$7" and plain(None) == "" and plain(3) == "3"
