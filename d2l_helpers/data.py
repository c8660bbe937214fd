"""Fashion-MNIST in memory: verified, shuffled anew each epoch, and with no network where the files are at hand."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from .shapes import Size, as_pair

CLASSES = ("t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot")

# MD5 of the four published files, as torchvision expects them.
CHECKSUMS = {
    "train-images-idx3-ubyte.gz": "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
    "train-labels-idx1-ubyte.gz": "25c81989df183df01b3e8a0aad5dffbe",
    "t10k-images-idx3-ubyte.gz": "bef4ecab320f06d8554ea6380940ec79",
    "t10k-labels-idx1-ubyte.gz": "bb300cfdad3c16e7a12a480ee83cd310",
}
COURSE = Path(__file__).resolve().parent.parent
FOLDER = Path("FashionMNIST", "raw")
ROOT_VARIABLE = "D2L_HELPERS_DATA"


class Batches:
    """Minibatches of images kept in memory as bytes; iterate as often as you like.

    Each batch is (X, y): X float32 (N, 1, H, W) in [0, 1], y int64 (N,); the last may be smaller.
    `images`: uint8 (N, H, W), `labels`: (N,). With `shuffle` each pass has a new order, drawn from `generator`, or from
    PyTorch's global one where that is None.
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
    `data/` of the course and of the folders from here upwards. A missing file is downloaded through torchvision.
    Each is compared with its published checksum before use. `device` is where the images are kept (the CPU if None);
    `seed` makes the order repeatable, independent of PyTorch's global random state.
    Raises OSError naming the file and the remedy where one is corrupt, unreadable or not to be had.
    Source: d2l, "The Image Classification Dataset"; data: Xiao, Rasul & Vollgraf 2017, arXiv:1708.07747.
    """
    _checked(batch_size, resize)  # before the files are read
    generator = None if seed is None else torch.Generator().manual_seed(seed)
    folder = _find_folder(root)
    train = [_read(folder, name).to(device or "cpu") for name in CHECKSUMS if name.startswith("train")]
    test = [_read(folder, name).to(device or "cpu") for name in CHECKSUMS if name.startswith("t10k")]
    return (
        Batches(*train, batch_size, resize=resize, shuffle=True, generator=generator),
        Batches(*test, batch_size, resize=resize),
    )


def get_fashion_mnist_labels(labels: Iterable[int]) -> list[str]:
    """The class names of numeric labels 0–9, e.g. [9, 0] → ['ankle boot', 't-shirt']; ValueError for any other number."""
    numbers = [int(label) for label in labels]
    if wrong := [number for number in numbers if not 0 <= number < len(CLASSES)]:
        raise ValueError(f"labels must lie between 0 and {len(CLASSES) - 1}, got {wrong[0]}")
    return [CLASSES[number] for number in numbers]


def load_photograph(height: int = 300, *, grey: bool = False) -> Tensor:
    """The portrait of Grace Hopper that matplotlib ships (public domain): float32 in [0, 1], (3, H, W), or (H, W) in grey.

    `height`: pixels, at most 600; the width follows. Raises TypeError or ValueError where the height does not fit.
    """
    import matplotlib.pyplot as plt
    from matplotlib.cbook import get_sample_data

    as_pair("height", height, at_least=1)
    with get_sample_data("grace_hopper.jpg") as file:
        picture = torch.from_numpy(plt.imread(file, format="jpg").copy()).permute(2, 0, 1).float() / 255
    if height > picture.shape[1]:
        raise ValueError(f"height must be at most {picture.shape[1]}, got {height}")
    width = round(picture.shape[2] * height / picture.shape[1])
    picture = F.interpolate(picture[None], (height, width), mode="bilinear", antialias=True)[0].clamp(0, 1)
    return picture.mean(dim=0) if grey else picture


def load_lenet_runs() -> dict:
    """The stored trainings of LeNet: "about" (date, versions, machine) and "runs", each with recipe, seed and curves.

    Written by `make results`. Raises OSError where the file is not at hand.
    """
    path = COURSE / "data" / "lenet_runs.json"
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise OSError(f"{path} cannot be read ({error.strerror}): `git checkout -- data` brings it back") from error


def _checked(batch_size: int, resize: Size | None) -> tuple[int, tuple[int, int] | None]:
    if isinstance(batch_size, bool) or not isinstance(batch_size, int):
        raise TypeError(f"batch_size must be an int, got {batch_size!r}")
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, got {batch_size}")
    return batch_size, None if resize is None else as_pair("resize", resize, at_least=1)


def _find_folder(root: str | os.PathLike | None) -> Path:
    """The folder that holds the files or will hold them after a download."""
    if named := root or os.environ.get(ROOT_VARIABLE):
        return Path(named).expanduser() / FOLDER
    here = Path.cwd()
    roots = [folder / "data" for folder in (COURSE, here, *here.parents)]
    cache = Path.home() / ".cache" / "d2l_helpers"
    return next((root / FOLDER for root in roots if (root / FOLDER).is_dir()), cache / FOLDER)


def _read(folder: Path, name: str) -> Tensor:
    """One verified file as uint8: images (N, 28, 28) or labels (N,)."""
    path = folder / name
    if not path.exists():
        _download(path)
    try:
        packed = path.read_bytes()
    except OSError as error:
        raise OSError(f"{path} cannot be read ({error.strerror}). {_remedy(path)}") from error
    if hashlib.md5(packed, usedforsecurity=False).hexdigest() != CHECKSUMS[name]:
        raise OSError(f"{path} is not the published file: {len(packed):,} bytes with another checksum. {_remedy(path)}")
    header, shape = (16, (-1, 28, 28)) if "images" in name else (8, (-1,))
    return torch.frombuffer(bytearray(gzip.decompress(packed)), dtype=torch.uint8, offset=header).reshape(shape)


def _download(path: Path) -> None:
    """Fetch one file through torchvision; it takes its place only when it is whole and verified."""
    from torchvision.datasets import FashionMNIST
    from torchvision.datasets.utils import download_url

    problem = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".download-", dir=path.parent) as folder:
            for mirror in FashionMNIST.mirrors:
                try:
                    download_url(mirror + path.name, folder, md5=CHECKSUMS[path.name])
                    return os.replace(Path(folder, path.name), path)
                except (OSError, RuntimeError) as error:
                    problem = error
    except OSError as error:
        problem = error
    raise OSError(f"{path} is missing and could not be downloaded ({problem}). {_remedy(path)}") from problem


def _remedy(path: Path) -> str:
    return (
        f"In a clone of the course, `git checkout -- data` brings it back; elsewhere delete {path.name} and call again "
        f"with a network, or set {ROOT_VARIABLE} to a folder that holds {FOLDER.as_posix()}."
    )
