"""One scale for signs, text that can be read on it; PNG files of figures are small, and photographs keep their look."""

import io
import re
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgb
from PIL import Image

from d2l_helpers.data.photograph import load_photograph
from d2l_helpers.plotting import style
from d2l_helpers.plotting.style import (
    IN_CELLS,
    NEGATIVE,
    POSITIVE,
    SIGNED,
    black_or_white,
    cell_color,
    new_figure,
    plain,
    with_palette,
)
from tests.support.figures import contrast


def png(pixels: np.ndarray) -> io.BytesIO:
    target = io.BytesIO()
    Image.fromarray(pixels).save(target, "PNG")
    return target


def test_grays_and_few_colors_stay_and_a_photograph_looks_the_same_with_256():
    few = np.zeros((50, 50, 3), np.uint8)
    few[:25] = 200
    few[7, 7] = (1, 2, 3)
    assert with_palette(png(few)).mode == "P" and np.array_equal(with_palette(png(few)).convert("RGB"), few)
    gray = np.repeat(np.arange(256, dtype=np.uint8).reshape(16, 16, 1), 3, axis=2)
    assert with_palette(png(gray)).mode == "L" and np.array_equal(with_palette(png(gray)).convert("RGB"), gray)
    photograph = (255 * load_photograph(200).permute(1, 2, 0)).byte().numpy()
    small = with_palette(png(photograph))
    off = np.abs(np.asarray(small.convert("RGB")).astype(int) - photograph)
    assert small.mode == "P" and off.mean() < 4 and np.quantile(off, 0.99) < 24


@pytest.mark.parametrize("to_file", [True, False])
def test_a_figure_saves_a_palette(tmp_path, to_file):
    figure, axes = new_figure(1, 2, 3, 2)
    axes[0, 0].plot([1, 2])
    assert axes.shape == (1, 2) and figure.get_size_inches().tolist() == [3, 2]
    target = tmp_path / "figure.png" if to_file else io.BytesIO()
    figure.savefig(target)
    assert Image.open(target).mode == "P"


def test_one_scale_for_signs_purple_white_and_orange():
    assert [to_hex(SIGNED(value)) for value in (0.0, 0.5, 1.0)] == [NEGATIVE.lower(), "#ffffff", POSITIVE.lower()]
    for color, (red, green, blue) in ((NEGATIVE, to_rgb(NEGATIVE)), (POSITIVE, to_rgb(POSITIVE))):
        assert (blue > red > green) if color is NEGATIVE else (red > green > blue)
    assert contrast(NEGATIVE, POSITIVE) > 2, "readers who see no hues tell the two by their lightness"
    for part in (-1, -0.3, 0, 0.3, 1):
        assert contrast("black", cell_color(part)) >= 4.5
        assert cell_color(part) == SIGNED(0.5 + part * IN_CELLS / 2)


def test_the_stepper_has_the_same_scale():
    css = (Path(style.__file__).parent.parent / "stepper/stepper.css").read_text(encoding="utf-8")
    for name, color in (("plus", POSITIVE), ("minus", NEGATIVE)):
        red, green, blue = (round(255 * part) for part in to_rgb(color))
        assert f".d2l-{name} {{ background-color: rgb({red} {green} {blue} / var(--shade)); }}" in css
    steps = {int(step): float(shade) for step, shade in re.findall(r"\.d2l-shade(\d) \{ --shade: ([\d.]+); \}", css)}
    assert steps == {step: IN_CELLS * step / len(steps) for step in range(1, len(steps) + 1)}
    page = (Path(style.__file__).parent.parent / "stepper/stepper.js").read_text(encoding="utf-8")
    assert f"const SHADES = {len(steps)};" in page


@pytest.mark.parametrize("gray", [0.0, 0.2, 0.44, 0.47, 0.6, 1.0])
def test_text_on_a_color_is_readable(gray):
    assert contrast(black_or_white((gray, gray, gray, 1)), (gray, gray, gray)) >= 4.5


def test_dollars_stay_dollars():
    assert plain("$5 to $7") == r"\$5 to \$7" and plain(None) == "" and plain(3) == "3"
