"""Fashion-MNIST in memory: verified, shuffled anew each epoch, and with no network where the files are at hand."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from ._files import CHECKSUMS, find_folder, published_bytes
from .._environment import needed_for
from .._check import INTEGERS, Size, as_device, as_int, as_pair, shown

CLASSES = ("t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot")


class Batches:
    """Minibatches of images kept in memory as bytes; iterate as often as you like.

    Each batch is (X, y): X float32 (N, 1, H, W) in [0, 1], y int64 (N,); the last may be smaller.
    `images`: uint8 (N, H, W), `labels`: (N,). With `shuffle` each pass has a new order, drawn from `generator`, or from
    PyTorch's global one where that is None. Raises TypeError or ValueError where images and labels have another form.
    """

    def __init__(
        self,
        images: Tensor,
        labels: Tensor,
        batch_size: int,
        *,
        resize: Size | None = None,
        shuffle: bool = False,
        generator: torch.Generator | None = None,
    ):
        self.batch_size, self.resize = _checked(batch_size, resize)
        _require_images(images, labels)
        if not isinstance(shuffle, bool):
            raise TypeError(f"shuffle must be True or False, got {shown(shuffle)}")
        if not isinstance(generator, torch.Generator | None):
            raise TypeError(f"generator must be a torch.Generator, got {shown(generator)}")
        self.images, self.labels = images, labels.long()
        self.shuffle, self.generator = shuffle, generator

    def __len__(self) -> int:
        return -(-len(self.labels) // self.batch_size)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        count = len(self.labels)
        if self.shuffle:
            order = torch.randperm(count, generator=self.generator).to(self.labels.device)
        for start in range(0, count, self.batch_size):
            stop = start + self.batch_size
            chosen = order[start:stop] if self.shuffle else slice(start, stop)
            yield self._as_floats(self.images[chosen]), self.labels[chosen]

    def _as_floats(self, images: Tensor) -> Tensor:
        X = images[:, None].float().div_(255)
        if self.resize is None:
            return X
        return F.interpolate(X, self.resize, mode="bilinear", antialias=True).clamp_(0, 1)


def load_data_fashion_mnist(
    batch_size: int,
    resize: Size | None = None,
    *,
    root: str | os.PathLike | None = None,
    device: torch.device | str | None = None,
    seed: int | None = None,
) -> tuple[Batches, Batches]:
    """(train_iter, test_iter): 60,000 and 10,000 Fashion-MNIST images as `Batches`; only the first is shuffled.

    The files are sought below `root`, else below the folder named by the environment variable D2L_HELPERS_DATA, else in
    `data/` of the course and of the folders from here upwards. A missing file is downloaded from the addresses that
    torchvision names; a server that is silent for 30 seconds is given up. Each is compared with its SHA-256 before use.
    `device` is where the images are kept (the CPU if None); `seed` makes the order repeatable, independent of PyTorch's
    global random state.
    Raises OSError naming the file and the remedy where one is corrupt, unreadable, not to be had or not to be stored.
    Source: d2l, "The Image Classification Dataset"; data: Xiao, Rasul & Vollgraf 2017, arXiv:1708.07747.
    """
    _checked(batch_size, resize)  # before the files are read
    generator, device = _generator(seed), as_device("cpu" if device is None else device)
    folder = find_folder(root)
    train = [_read(folder, name).to(device) for name in CHECKSUMS if name.startswith("train")]
    test = [_read(folder, name).to(device) for name in CHECKSUMS if name.startswith("t10k")]
    return (
        Batches(*train, batch_size, resize=resize, shuffle=True, generator=generator),
        Batches(*test, batch_size, resize=resize),
    )


def get_fashion_mnist_labels(labels: Iterable[int]) -> list[str]:
    """The class names of numeric labels 0–9, e.g. [9, 0] → ['ankle boot', 't-shirt']; ValueError for any other number."""
    if not isinstance(labels, Iterable) or isinstance(labels, str) or (isinstance(labels, Tensor) and labels.dim() != 1):
        raise TypeError(f"labels must be a list or a tensor of one dimension, got {labels!r}")
    numbers = [as_int("labels", label, at_least=0) for label in labels]
    if wrong := [number for number in numbers if number >= len(CLASSES)]:
        raise ValueError(f"labels must lie between 0 and {len(CLASSES) - 1}, got {wrong[0]}")
    return [CLASSES[number] for number in numbers]


def load_photograph(height: int = 300, *, grey: bool = False) -> Tensor:
    """The portrait of Grace Hopper that matplotlib ships (public domain): float32 in [0, 1], (3, H, W), or (H, W) in grey.

    `height`: pixels, at most 600; the width follows. Raises TypeError or ValueError where the height does not fit.
    """
    with needed_for("load_photograph"):
        import matplotlib.pyplot as plt
        from matplotlib.cbook import get_sample_data

    height = as_int("height", height)
    with get_sample_data("grace_hopper.jpg") as file:
        picture = torch.from_numpy(plt.imread(file, format="jpg").copy()).permute(2, 0, 1).float() / 255
    if height > picture.shape[1]:
        raise ValueError(f"height must be at most {picture.shape[1]}, got {height}")
    width = round(picture.shape[2] * height / picture.shape[1])
    picture = F.interpolate(picture[None], (height, width), mode="bilinear", antialias=True)[0].clamp(0, 1)
    return picture.mean(dim=0) if grey else picture


def load_lenet_runs() -> dict:
    """The stored trainings of LeNet: "about" (date, versions, machine) and "runs", each with recipe, seed and curves.

    Written by `make results`. Raises OSError where the file is not at hand, or damaged.
    """
    path = Path(__file__).with_name("lenet_runs.json")
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise OSError(f"{path} cannot be read ({error}): `git checkout -- data` brings it back") from error


def _checked(batch_size: int, resize: Size | None) -> tuple[int, tuple[int, int] | None]:
    batch_size = as_int("batch_size", batch_size)
    if resize is None:
        return batch_size, None
    resize = as_pair("resize", resize, at_least=1)
    return batch_size, resize


def _generator(seed: int | None) -> torch.Generator | None:
    if seed is None:
        return None
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise TypeError(f"seed must be an int, got {seed!r}")
    if not -(2**63) <= seed < 2**64:
        raise ValueError(f"seed must fit into 64 bits, got {seed}")
    return torch.Generator().manual_seed(seed)


def _require_images(images: Tensor, labels: Tensor) -> None:
    for name, value in (("images", images), ("labels", labels)):
        if not isinstance(value, Tensor):
            raise TypeError(f"{name} must be a tensor, got {type(value).__name__}")
    if images.dtype != torch.uint8:
        raise TypeError(f"images must be uint8, from 0 to 255, got {images.dtype}")
    if labels.dtype not in INTEGERS:
        raise TypeError(f"labels must hold class numbers, got {labels.dtype}")
    if images.dim() != 3 or labels.shape != images.shape[:1]:
        raise ValueError(f"images must be (N, H, W) and labels (N,), got {tuple(images.shape)} and {tuple(labels.shape)}")


def _read(folder: Path, name: str) -> Tensor:
    """One verified file as uint8: images (N, 28, 28) or labels (N,)."""
    packed = published_bytes(folder / name)
    header, shape = (16, (-1, 28, 28)) if "images" in name else (8, (-1,))
    return torch.frombuffer(bytearray(gzip.decompress(packed)), dtype=torch.uint8, offset=header).reshape(shape)
