"""What stands in the last figure."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.text import Text


def texts() -> list[str]:
    """Every text of the last figure that is not empty."""
    figure = plt.gcf()
    figure.draw_without_rendering()
    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]


def contrast(one, other) -> float:
    """How much two colors differ in lightness, by WCAG 2: from 4.5 on, a text is easy to read."""

    def luminance(color) -> float:
        parts = np.array(to_rgb(color))
        linear = np.where(parts <= 0.03928, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    dark, light = sorted(map(luminance, (one, other)))
    return (light + 0.05) / (dark + 0.05)
