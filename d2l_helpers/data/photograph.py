"""A photograph for the lessons, at no extra download."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from .._check import as_int
from .._language import message


def load_photograph(height: int = 300, *, grey: bool = False) -> Tensor:
    """The portrait of Grace Hopper that matplotlib ships (public domain): float32 in [0, 1].

    (3, height, width), or (height, width) with `grey`, which averages the three channels. `height`: in pixels, at most the
    600 of the original; the width keeps the proportions. Raises TypeError or ValueError for any other height.
    """
    from matplotlib.cbook import get_sample_data
    from matplotlib.image import imread

    height = as_int("height", height)
    with get_sample_data("grace_hopper.jpg") as file:
        image = torch.from_numpy(imread(file, format="jpg").copy()).permute(2, 0, 1).float() / 255
    full_height, full_width = image.shape[1:]
    if height > full_height:
        raise ValueError(message("height must be at most {most}, got {value}", most=full_height, value=height))
    size = height, round(full_width * height / full_height)
    image = F.interpolate(image[None], size, mode="bilinear", antialias=True)[0].clamp(0, 1)
    return image.mean(dim=0) if grey else image
