"""One look for all figures: white background, Okabe–Ito colors, lines that also differ by style."""

from __future__ import annotations

import contextlib
import functools
import io
from collections.abc import Iterator

import matplotlib.pyplot as plt
import numpy as np
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from PIL import Image

from .._language import _, language

BLUE, ORANGE, GREEN, PURPLE, SKY, RED, YELLOW = OKABE_ITO = (
    "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442",
)  # fmt: skip
# Values with a sign: ColorBrewer's purple and orange, whose lightness differs too, with white at zero. stepper.css has the
# same. A cell with a number in it uses the half of the scale around zero, on which black is easy to read.
NEGATIVE, POSITIVE = "#5E3C99", "#E66101"
SIGNED = LinearSegmentedColormap.from_list("signed", [NEGATIVE, "white", POSITIVE], N=65)  # odd: zero is white itself
IN_CELLS = 0.5
GRAY = plt.get_cmap("gray", 64)  # finer steps are hard to see and take a third more bytes in a stored photograph
LETTER = 0.075  # inches a letter of a title is wide

STYLE = {
    "figure.dpi": 110,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.prop_cycle": plt.cycler(color=OKABE_ITO, linestyle=["-", "--", "-.", ":", "-", "--", "-."]),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
}

# The best first. Of a file with several fonts, older releases of matplotlib know the first alone: a Japanese one or HK.
CHINESE = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "PingFang SC", "Microsoft YaHei",
    "Hiragino Sans GB", "Heiti SC", "STHeiti", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "SimHei", "DengXian", "SimSun",
    "Noto Sans CJK JP", "Noto Sans CJK HK", "Heiti TC", "Droid Sans Fallback", "Arial Unicode MS",
)  # fmt: skip

# Loading a notebook's backend turns interactive drawing on. Left until the first figure, that would happen inside
# `rc_context`, be undone at its end, and no second figure would be shown.
plt.switch_backend(plt.get_backend())


@contextlib.contextmanager
def styled() -> Iterator[None]:
    """The look of all figures; while the course speaks Chinese, a Chinese font draws what the usual one lacks."""
    families = [*plt.rcParams["font.family"], *_fonts()]
    with plt.rc_context(STYLE | ({"font.family": families} if _fonts() else {})):
        yield


def label(text: str) -> str:
    """The label in the present language, or in English where there is no font for it."""
    return _(text) if language() == "en" or _fonts() else text


def _fonts() -> tuple[str, ...]:
    """An installed font with the letters of the present language, if matplotlib's own lacks them and there is one."""
    return _chinese() if language() == "zh" else ()


@functools.cache
def _chinese() -> tuple[str, ...]:
    """The best of the installed fonts with Chinese letters, if there is one."""
    installed = {font.name for font in font_manager.fontManager.ttflist}
    return tuple(name for name in CHINESE if name in installed)[:1]


def new_figure(rows: int, columns: int, width: float, height: float) -> tuple[Figure, np.ndarray]:
    """A figure of that size in inches, which saves small PNGs, and its axes, (rows, columns)."""
    fig, axes = plt.subplots(rows, columns, figsize=(width, height), squeeze=False, layout="constrained")
    if write := getattr(fig.canvas, "print_png", None):

        def print_png(target, *, metadata=None, pil_kwargs=None, **_):  # the rest means nothing for a PNG
            png = io.BytesIO()
            write(png, metadata=metadata, pil_kwargs=pil_kwargs)
            with_palette(png).save(target, "PNG", optimize=True)

        fig.canvas.print_png = print_png
    return fig, axes


def cell_color(part: float) -> tuple:
    """The color behind a number, by its part of the largest one: −1 to 1."""
    return SIGNED(0.5 + 0.5 * IN_CELLS * part)


def black_or_white(color: tuple) -> str:
    """The text color that is easier to read on that one, (red, green, blue, …) from 0 to 1."""
    return "black" if _luminance(color) > 0.18 else "white"


def _luminance(color: tuple) -> float:
    """The relative luminance of WCAG 2, between 0 and 1; a text is easy to read from a contrast of 4.5 on."""
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in color[:3]]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))


def with_palette(png: io.BytesIO) -> Image.Image:
    """The image in gray where it is gray, else in the 256 colors that suit it best: a third of the bytes, the same look."""
    image = Image.open(png).convert("RGB")
    colors = image.getcolors(256) or [(0, (0, 1, 2))]
    is_gray = all(red == green == blue for _, (red, green, blue) in colors)
    return image.convert("L") if is_gray else image.quantize(256)


def plain(text: object | None) -> str:
    """Words for matplotlib as they are: it would read what is between two `$` as a formula, and refuse most of it."""
    return "" if text is None else str(text).replace("$", r"\$")


def bare(ax: Axes, xlim: tuple[float, float], ylim: tuple[float, float]) -> None:
    """Limits, square units and no axis lines: for drawings."""
    ax.set(xlim=xlim, ylim=ylim, aspect="equal")
    ax.set_axis_off()
