"""The stepper as a PNG, for pages where no widget can run."""

from __future__ import annotations

import io

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from ..plotting.grids import story_figure
from ..story import Story

DPI, MARGIN, COLORS = 110, 6, 64


def png(story: Story) -> bytes:
    """The story's figure without its empty margins, in few colors: a fifth of the bytes, drawn once instead of thrice."""
    figure = story_figure(story)
    figure.set(dpi=DPI, layout_engine="none")
    figure.axes[0].set_position((0, 0, 1, 1))
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())[..., :3]
    drawn = np.argwhere((pixels < 255).any(2))
    (top, left), (bottom, right) = np.maximum(drawn.min(0) - MARGIN, 0), drawn.max(0) + MARGIN + 1
    buffer = io.BytesIO()
    Image.fromarray(pixels[top:bottom, left:right]).quantize(COLORS).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
