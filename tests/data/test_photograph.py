"""The photograph: what matplotlib ships, resized as torchvision resizes."""

import matplotlib.cbook
import pytest
import torch
from PIL import Image
from torchvision.transforms import functional as TF

from d2l_helpers.data import load_photograph


@pytest.mark.parametrize(("height", "width"), [(600, 512), (200, 171), (100, 85)])
def test_the_photograph_is_that_of_matplotlib(height, width):
    with matplotlib.cbook.get_sample_data("grace_hopper.jpg") as file:
        original = TF.to_tensor(Image.open(file))
    color, gray = load_photograph(height), load_photograph(height, grey=True)
    torch.testing.assert_close(color, TF.resize(original, [height, width], antialias=True).clamp(0, 1))
    assert color.shape == (3, height, width) and torch.equal(gray, color.mean(dim=0))
    assert 0 <= color.min() and color.max() <= 1


def test_unless_told_otherwise_it_is_300_pixels_high_and_in_color():
    assert load_photograph().shape == (3, 300, 256)


@pytest.mark.parametrize(
    ("height", "says"), [(601, "height must be at most 600, got 601"), (0, "at least 1"), (1.5, "height must be an int")]
)
def test_another_height_is_refused(height, says):
    with pytest.raises((TypeError, ValueError), match=says):
        load_photograph(height)
