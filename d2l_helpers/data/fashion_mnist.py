"""Fashion-MNIST in memory: verified, shuffled anew in each epoch, with no network if the files are at hand."""

from __future__ import annotations

import gzip
import math
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from .._check import INTEGERS, Pair, Size, as_bool, as_device, as_int, as_pair, require_tensor
from .._language import message
from ._files import CHECKSUMS, find_folder, published_bytes

CLASSES = ("t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot")


class Batches:
    """Minibatches of images kept in memory as bytes; iterate as often as you like.

    Each batch is (X, y): X float32 (N, 1, H, W) in [0, 1], y int64 (N,); the last may be smaller.
    `images`: uint8 (N, H, W), `labels`: (N,). With `shuffle` each pass has a new order, drawn from `generator`, or from
    PyTorch's global one if that is None. Raises TypeError or ValueError for images and labels of another form.
    """

    def __init__(
        self, images: Tensor, labels: Tensor, batch_size: int, *, resize: Size | None = None, shuffle: bool = False,
        generator: torch.Generator | None = None,
    ):  # fmt: skip
        self.batch_size, self.resize = as_int("batch_size", batch_size), _as_resize(resize)
        self.shuffle, self.generator = as_bool("shuffle", shuffle), generator
        require_tensor("images", images, "N", "H", "W", dtypes=None)
        require_tensor("labels", labels, "N", dtypes=INTEGERS)
        if images.dtype != torch.uint8 or len(images) != len(labels):
            told = message(
                "images must be uint8, from 0 to 255, (N, H, W), with one of labels (N,) for each, "
                "got {dtype} {images} and {labels}",
                dtype=images.dtype,
                images=tuple(images.shape),
                labels=tuple(labels.shape),
            )
            raise ValueError(told)
        self.images, self.labels = images, labels.long()

    def __len__(self) -> int:
        return math.ceil(len(self.labels) / self.batch_size)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        count = len(self.labels)
        order = torch.randperm(count, generator=self.generator) if self.shuffle else torch.arange(count)
        for chosen in order.to(self.labels.device).split(self.batch_size):
            yield self._as_floats(self.images[chosen]), self.labels[chosen]

    def _as_floats(self, images: Tensor) -> Tensor:
        X = images[:, None].float().div_(255)
        if self.resize is None:
            return X
        return F.interpolate(X, self.resize, mode="bilinear", antialias=True).clamp_(0, 1)


def load_data_fashion_mnist(
    batch_size: int, resize: Size | None = None, *, root: str | os.PathLike | None = None,
    device: torch.device | str | None = None, seed: int | None = None,
) -> tuple[Batches, Batches]:  # fmt: skip
    """(train_iter, test_iter): 60,000 and 10,000 Fashion-MNIST images as `Batches`; only the first is shuffled.

    The files are looked for below `root`, else below the folder named by the environment variable D2L_HELPERS_DATA, else
    in `data/` of the course, of the current folder and of those above it, else in ~/.cache/d2l_helpers. torchvision
    downloads a missing file. Each is compared with its SHA-256 before use.
    `device` is where the images are kept (the CPU if None); `seed` makes the order repeatable, independent of PyTorch's
    global random state.
    Raises OSError that names the file and the remedy if one is damaged, unreadable or cannot be downloaded.
    Source: d2l, "The Image Classification Dataset"; data: Xiao, Rasul & Vollgraf 2017, arXiv:1708.07747.
    """
    batch_size, resize = as_int("batch_size", batch_size), _as_resize(resize)  # before the files are read
    generator = None if seed is None else torch.Generator().manual_seed(as_int("seed", seed, at_least=-(2**63)))
    device = as_device("cpu" if device is None else device)
    folder = find_folder(root)
    train_images, train_labels, test_images, test_labels = [_read(folder / name).to(device) for name in CHECKSUMS]
    return (
        Batches(train_images, train_labels, batch_size, resize=resize, shuffle=True, generator=generator),
        Batches(test_images, test_labels, batch_size, resize=resize),
    )


def get_fashion_mnist_labels(labels: Iterable[int]) -> list[str]:
    """The class names of labels 0–9, e.g. [9, 0] → ['ankle boot', 't-shirt']; ValueError for any other number."""
    if not isinstance(labels, Iterable) or isinstance(labels, str) or (isinstance(labels, Tensor) and labels.dim() != 1):
        raise TypeError(message("labels must be a list or a tensor of one dimension, got {labels!r}", labels=labels))
    numbers = [as_int("labels", label, at_least=0) for label in labels]
    if wrong := [number for number in numbers if number >= len(CLASSES)]:
        raise ValueError(message("labels must be between 0 and {last}, got {value}", last=len(CLASSES) - 1, value=wrong[0]))
    return [CLASSES[number] for number in numbers]


def _as_resize(resize: Size | None) -> Pair | None:
    return None if resize is None else as_pair("resize", resize, at_least=1)


def _read(path: Path) -> Tensor:
    """One verified file as uint8: images (N, 28, 28) or labels (N,)."""
    content = bytearray(gzip.decompress(published_bytes(path)))
    header, shape = (16, (-1, 28, 28)) if "images" in path.name else (8, (-1,))
    return torch.frombuffer(content, dtype=torch.uint8, offset=header).reshape(shape)
