"""Images, feature maps and sampling points: what is drawn is what was given."""

import io
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.colors import to_hex
from PIL import Image

from d2l_helpers import show_images
from d2l_helpers.data.photograph import load_photograph
from d2l_helpers.plotting import show_maps, show_points, show_volumes
from d2l_helpers.plotting.style import NEGATIVE, ORANGE, POSITIVE


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
    colors = axes.images[0].get_cmap()
    assert [to_hex(colors(part)) for part in (0.0, 0.5, 1.0)] == ["#000000", "#828282", "#ffffff"]
    assert colors.name == "gray" and np.array_equal(axes.images[0].get_array(), image)


def limits(images) -> list[tuple]:
    axes = show_images(images, 1, len(images))
    return [ax.images[0].get_clim() for ax in axes]


def test_black_is_0_and_white_is_1_in_every_panel():
    assert limits([torch.full((2, 2), 0.5), torch.tensor([[0.2, 0.3]]), torch.ones(2, 2) > 0]) == [(0, 1)] * 3
    assert limits([torch.tensor([[0.5, float("nan")]])]) == [(0, 1)]


def test_compared_panels_share_a_range():
    photo, bright = torch.rand(2, 2), torch.full((2, 2), 3.0)
    edges, others = torch.tensor([[-2.0, 1.0]]), torch.full((2, 2), -3.0)
    assert limits([photo, bright]) == [(0, 1), (0, 3)]
    assert limits([bright, edges, photo, others]) == [(-3, 3), (-3, 3), (0, 1), (-3, 3)]
    assert limits([photo * (1 + 1e-7), photo - 1e-8]) == [(0, 1)] * 2
    assert limits([torch.rand(2, 2, 3), torch.full((2, 2), 255, dtype=torch.uint8)])[1] == (0, 255)


def widths() -> list[float]:
    """How many pixels wide the images of the last figure are."""
    figure = plt.gcf()
    figure.draw_without_rendering()
    return [ax.images[0].get_window_extent().width for ax in figure.axes if ax.images]


@pytest.mark.parametrize("columns", range(1, 6))
@pytest.mark.parametrize("shape", [(28, 28), (100, 84), (40, 60)])
def test_images_and_maps_are_at_least_200_pixels_wide(columns, shape):
    images, titles = torch.rand(columns, *shape), [f"image {i}" for i in range(columns)]
    show_images(images, 1, columns, titles)
    assert min(widths()) >= 200 and plt.gcf().get_size_inches()[0] <= 10
    show_images(images, 1, columns, scale=0.8)
    assert min(widths()) >= 200
    if columns < 5:
        show_maps(images, titles)
        assert min(widths()) >= 200 and plt.gcf().get_size_inches()[0] <= 10


def test_pixels_stay_squares_where_they_are_enlarged_and_a_stored_photograph_is_small():
    noise = torch.rand(4, 100, 84, 3, generator=torch.Generator().manual_seed(0))
    axes = show_images(noise, 1, 4)
    assert [ax.images[0].get_interpolation() for ax in axes] == ["nearest"] * 4
    drawn = io.BytesIO()
    plt.gcf().savefig(drawn, format="png")
    assert len(drawn.getvalue()) < 160_000, "of 100,000 bytes that cannot be compressed"
    (large,) = show_images(torch.rand(1, 200, 200), 1, 1)
    assert large.images[0].get_interpolation() != "nearest"


def test_a_photograph_in_gray_is_stored_small():
    show_images([load_photograph(200, grey=True)] * 3, 1, 3)
    drawn = io.BytesIO()
    plt.gcf().savefig(drawn, format="png")
    assert len(drawn.getvalue()) < 70_000
    pixels = np.asarray(Image.open(drawn))
    assert pixels.ndim == 2 and len(np.unique(pixels)) <= 64 + 2


def test_long_rows_stay_on_the_page_and_a_scale_above_the_least_holds():
    show_images(torch.rand(20, 8, 8), 2, 10, scale=0.8)
    assert plt.gcf().get_size_inches().tolist() == [10, 2]
    show_images(torch.rand(2, 8, 8), 1, 2, scale=3)
    assert plt.gcf().get_size_inches().tolist() == [6, 3]


def test_titles_of_different_images_stand_in_one_line():
    show_images([torch.rand(30, 25), torch.rand(20, 25), torch.rand(8, 25)], 1, 3, ["a", "b", "c"])
    plt.gcf().draw_without_rendering()
    lines = [ax.title.get_window_extent().y0 for ax in plt.gcf().axes]
    assert max(lines) - min(lines) < 1.5, lines


def test_titles_neither_wrap_nor_overlap():
    titles = ["learned, transposed and mirrored twice", "a", "[1, −0.5, −0.5] · WWWW\nsecond line"]
    for draw in (lambda: show_images(torch.rand(3, 8, 8), 1, 3, titles), lambda: show_maps(torch.rand(3, 8, 8), titles)):
        draw()
        figure = plt.gcf()
        figure.draw_without_rendering()
        axes = [ax for ax in figure.axes if ax.images]
        boxes = [ax.title.get_window_extent() for ax in axes]
        assert [ax.get_title() for ax in axes] == titles
        assert all(left.x1 <= right.x0 for left, right in pairwise(boxes))
        assert all(box.y0 >= ax.images[0].get_window_extent().y1 for box, ax in zip(boxes, axes, strict=True))
        assert all(box.x0 >= 0 and box.x1 <= figure.bbox.width and box.y1 <= figure.bbox.height for box in boxes)


def test_show_images_gives_flat_axes_with_titles_row_by_row():
    axes = show_images(torch.rand(3, 4, 4), 2, 2, ["a", "b"], scale=2)
    assert [ax.get_title() for ax in axes] == ["a", "b", "", ""] and [len(ax.images) for ax in axes] == [1, 1, 1, 0]
    assert plt.gcf().get_size_inches() == pytest.approx([4, 4.42])
    assert [ax.get_title() for ax in show_images(torch.rand(1, 4, 4), 1, 1)] == [""]
    axes = show_images(torch.rand(2, 4, 8), 1, 3)
    assert axes.shape == (3,) and plt.gcf().get_size_inches() == pytest.approx([3 * 1.95, 1.95 / 2 + 1 / 24])


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
    show_maps(maps, ["a", "b", "c"], columns=2, scale=2)
    *axes, _ = plt.gcf().axes
    assert [ax.get_title() for ax in axes] == ["a", "b", "c", ""] and [len(ax.images) for ax in axes] == [1, 1, 1, 0]
    assert plt.gcf().get_size_inches() == pytest.approx([4.8, 2 * (1.04 + 0.21)], abs=0.01)
    colors = [to_hex(axes[0].images[0].get_cmap()(value)) for value in (0.0, 0.5, 1.0)]
    assert colors == [NEGATIVE.lower(), "#ffffff", POSITIVE.lower()]


def test_maps_share_one_scale_and_its_bar():
    show_maps([torch.tensor([[1.0, -3.0]]), torch.tensor([[0.0, float("inf")]]), torch.zeros(1, 2)])
    *axes, bar = plt.gcf().axes
    assert [ax.images[0].get_clim() for ax in axes] == [(-3, 3)] * 3
    assert bar.get_ylim() == (-3, 3) and axes[-1].images[0].colorbar.ax is bar
    assert axes[0].images[0].get_cmap() == axes[1].images[0].get_cmap() == axes[2].images[0].colorbar.cmap
    show_maps(torch.zeros(2, 3, 3))
    assert plt.gcf().axes[0].images[0].get_clim() == (-1, 1)


def test_an_image_among_maps_is_gray_and_leaves_their_scale_alone():
    show_maps([torch.full((2, 2), 9.0), torch.tensor([[-0.25, 0.5]]), torch.rand(2, 2)], gray=(0, 2))
    photo, edges, other, bar = plt.gcf().axes
    assert [ax.images[0].get_cmap().name for ax in (photo, edges, other)] == ["gray", "signed", "gray"]
    assert [ax.images[0].get_clim() for ax in (photo, edges, other)] == [(0, 1), (-0.5, 0.5), (0, 1)]
    assert bar.get_ylim() == (-0.5, 0.5)
    show_maps(torch.rand(2, 4, 4), gray=range(2))
    assert len(plt.gcf().axes) == 2, "nothing is on the scale: no bar"


def test_few_maps_take_one_row():
    show_maps(torch.randn(2, 3, 3))
    assert plt.gcf().get_size_inches() == pytest.approx([2 * 1.95 + 0.8, 1.95]) and len(plt.gcf().axes) == 3
    show_maps(torch.randn(5, 3, 3))
    assert sum(bool(ax.images) for ax in plt.gcf().axes) == 5
    assert len({round(ax.get_position().y0, 3) for ax in plt.gcf().axes if ax.images}) == 2, "four in a row"


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
