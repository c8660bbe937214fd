"""Images, feature maps and sampling points: what is drawn is what was given."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.colors import to_hex
from PIL import Image

from d2l_helpers import show_images
from d2l_helpers.plotting import show_maps, show_points, show_volumes
from d2l_helpers.plotting.style import ORANGE


@pytest.mark.parametrize(
    "image",
    [
        torch.rand(4, 5),
        torch.rand(1, 4, 5),
        torch.rand(3, 4, 5),
        torch.rand(4, 5, 3),
        torch.rand(4, 5, 1),
        torch.rand(4, 5).bfloat16(),
        torch.rand(4, 5).numpy(),
        Image.new("RGB", (5, 4)),
    ],
)
def test_show_images_takes_what_learners_have(image):
    (axes,) = show_images([image], 1, 1)
    assert axes.images[0].get_array().shape[:2] == (4, 5) and not axes.axison


def test_channels_first_and_last_give_the_same_image():
    image = torch.rand(3, 4, 5)
    first, last = show_images([image, image.permute(1, 2, 0)], 1, 2)
    assert np.array_equal(first.images[0].get_array(), image.permute(1, 2, 0))
    assert np.array_equal(first.images[0].get_array(), last.images[0].get_array())


def test_grayscale_is_gray_and_keeps_its_values():
    image = torch.rand(4, 5)
    (axes,) = show_images([image], 1, 1)
    assert axes.images[0].get_cmap().name == "gray" and np.array_equal(axes.images[0].get_array(), image)


def test_show_images_gives_flat_axes_with_titles_row_by_row():
    axes = show_images(torch.rand(3, 4, 4), 2, 2, ["a", "b"], scale=2)
    assert [ax.get_title() for ax in axes] == ["a", "b", "", ""] and [len(ax.images) for ax in axes] == [1, 1, 1, 0]
    assert plt.gcf().get_size_inches().tolist() == [4, 4]
    assert [ax.get_title() for ax in show_images(torch.rand(1, 4, 4), 1, 1)] == [""]
    axes = show_images(torch.rand(2, 4, 4), 1, 3)
    assert axes.shape == (3,) and plt.gcf().get_size_inches().tolist() == [4.5, 1.5]


@pytest.mark.parametrize(
    ("error", "message", "call"),
    [
        (ValueError, "imgs holds 3 images, but 1 × 2 places", lambda: show_images(torch.rand(3, 4, 4), 1, 2)),
        (ValueError, "imgs must hold at least one image", lambda: show_images([], 1, 1)),
        (TypeError, "imgs must be a sequence of images, got int", lambda: show_images(3, 1, 1)),
        (TypeError, "imgs must be a sequence of images, got Tensor", lambda: show_images(torch.tensor(3.0), 1, 1)),
        (TypeError, "imgs must be a sequence of images, got str", lambda: show_images("a.png", 1, 1)),
        (
            ValueError,
            r"imgs\[1\] must have shape \(H, W\), .*got \(2,\)",
            lambda: show_images([torch.ones(2, 2), [1, 2]], 1, 2),
        ),
        (ValueError, r"imgs\[0\] must have 1 or 3 channels", lambda: show_images([torch.rand(4, 5, 2)], 1, 1)),
        (TypeError, r"imgs\[0\] must hold real numbers", lambda: show_images([torch.ones(2, 2, dtype=torch.cfloat)], 1, 1)),
        (ValueError, "num_rows must be at least 1, got 0", lambda: show_images([torch.ones(2, 2)], 0, 1)),
        (TypeError, "num_cols must be an int, got 1.5", lambda: show_images([torch.ones(2, 2)], 1, 1.5)),
        (ValueError, r"maps must have shape \(H, W\) each, got \(4, 5, 3\)", lambda: show_maps([torch.rand(3, 4, 5)])),
        (TypeError, "columns must be an int", lambda: show_maps([torch.ones(2, 2)], columns="2")),
        (ValueError, r"points must have shape \(P, 2\)", lambda: show_points(torch.ones(2, 2), {"a": torch.ones(2, 3)})),
        (TypeError, "points must map titles to values", lambda: show_points(torch.ones(2, 2), torch.ones(2, 2))),
        (
            ValueError,
            "start must have one point for each of points, got 2",
            lambda: show_points(torch.ones(2, 2), {"a": torch.ones(3, 2)}, torch.ones(2, 2)),
        ),
    ],
)
def test_bad_arguments_are_named(error, message, call):
    with pytest.raises(error, match=message):
        call()


def test_maps_have_zero_in_the_middle_of_their_colors():
    maps = [torch.tensor([[1.0, -3.0]]), torch.tensor([[0.0, float("inf")]]), torch.zeros(1, 2)]
    show_maps(maps, ["a", "b", "c"], columns=2, scale=1)
    axes = plt.gcf().axes
    assert [ax.get_title() for ax in axes] == ["a", "b", "c", ""] and [len(ax.images) for ax in axes] == [1, 1, 1, 0]
    assert [ax.images[0].get_clim() for ax in axes[:3]] == [(-3, 3), (-1, 1), (-1, 1)]
    assert plt.gcf().get_size_inches() == pytest.approx([2, 2.2])
    assert [to_hex(axes[0].images[0].get_cmap()(value)) for value in (0.0, 0.5, 1.0)] == ["#2d004b", "#f7f7f6", "#7f3b08"]


def test_few_maps_take_one_row():
    show_maps(torch.randn(2, 3, 3))
    assert plt.gcf().get_size_inches() == pytest.approx([3.2, 1.76]) and len(plt.gcf().axes) == 2


def test_points_are_rows_and_columns():
    points, start = torch.tensor([[0.5, 2.0], [1.0, 0.0]]), torch.tensor([[0.0, 1.0], [1.0, 1.0]])
    show_points(torch.rand(3, 4), {"a": points, "b": points + 1}, start)
    first, second = plt.gcf().axes
    *paths, crosses, dots = first.lines
    assert dots.get_color() == ORANGE and dots.get_marker() == "o" and crosses.get_marker() == "x"
    assert np.array_equal(dots.get_xdata(), points[:, 1]) and np.array_equal(dots.get_ydata(), points[:, 0])
    assert np.array_equal(crosses.get_xdata(), start[:, 1]) and np.array_equal(crosses.get_ydata(), start[:, 0])
    assert [list(path.get_xdata()) for path in paths] == [[1, 2], [1, 0]]
    assert [list(path.get_ydata()) for path in paths] == [[0, 0.5], [1, 1]]
    assert np.array_equal(second.lines[-1].get_xdata(), points[:, 1] + 1) and second.get_title() == "b"
    show_points(torch.rand(3, 4, 5), {"a": points}, scale=3)
    assert len(plt.gca().lines) == 1 and plt.gcf().get_size_inches() == pytest.approx([3, 3.3])


def test_volumes_are_drawn_to_scale_channel_by_channel():
    volume, flat = torch.rand(3, 4, 5), torch.rand(7)
    show_volumes({"maps": volume, "flat": flat})
    drawn = plt.gca().images
    assert len(drawn) == 4  # the rearmost channel first, so that channel 0 is in front
    for image, plane in zip(drawn, reversed(volume), strict=False):
        left, right, bottom, top = image.get_extent()
        assert (right - left, top - bottom) == (5, 4) and np.allclose(image.get_array(), plane)
    columns = drawn[3].get_array()
    assert columns.shape == (4, 2) and np.allclose(columns.filled(np.nan).T.flatten()[:7], flat)
    assert [text.get_text() for text in plt.gca().texts] == ["maps", "flat"]
