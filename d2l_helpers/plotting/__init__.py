"""Figures. The functions draw and return nothing, except `show_images`, which returns its axes as the book's does."""

from .course_map import show_course_map
from .curves import plot_bars, plot_contours, plot_dots, plot_lines, show_confusion, show_flow
from .fields import show_positions, show_reads, show_receptive_field
from .grids import show_channels, show_grids, show_pooling, show_stamp, show_window
from .images import show_images, show_maps, show_points, show_volumes
from .live import Animator

__all__ = [
    "Animator", "plot_bars", "plot_contours", "plot_dots", "plot_lines", "show_channels", "show_confusion",
    "show_course_map", "show_flow", "show_grids", "show_images", "show_maps", "show_points", "show_pooling",
    "show_positions", "show_reads", "show_receptive_field", "show_stamp", "show_volumes", "show_window",
]  # fmt: skip
