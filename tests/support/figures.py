"""What stands in the last figure."""

import matplotlib.pyplot as plt
from matplotlib.text import Text


def texts() -> list[str]:
    """Every text of the last figure that is not empty."""
    figure = plt.gcf()
    figure.draw_without_rendering()
    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]
