"""Fashion-MNIST's four files: found, verified, downloaded where they are missing."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path

from .._environment import needed_for

# SHA-256 of the four published files. The MD5 that torchvision knows of them stops accidents, not somebody's intent.
CHECKSUMS = {
    "train-images-idx3-ubyte.gz": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
    "train-labels-idx1-ubyte.gz": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
    "t10k-images-idx3-ubyte.gz": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
    "t10k-labels-idx1-ubyte.gz": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
}
COURSE = Path(__file__).resolve().parent.parent.parent
FOLDER = Path("FashionMNIST", "raw")
ROOT_VARIABLE = "D2L_HELPERS_DATA"

# A download is given up after so many seconds of silence, so many seconds in all, or more bytes than any of the files has.
SILENCE, PATIENCE, LARGEST = 30, 1800, 30_000_000
TEMPORARY, STALE = ".download-", 3600  # folders of that name, older than so many seconds, were left by a killed process


def find_folder(root: str | os.PathLike | None) -> Path:
    """The folder that holds the files or will hold them after a download."""
    if not isinstance(root, str | os.PathLike | None):
        raise TypeError(f"root must be a path, got {root!r}")
    if named := root or os.environ.get(ROOT_VARIABLE):
        return Path(named).expanduser() / FOLDER
    folders = (root / FOLDER for root in _roots())
    return next((folder for folder in folders if os.path.isdir(folder)), None) or _cache()


def _roots() -> Iterator[Path]:
    yield COURSE / "data"
    here = Path.cwd()
    yield from (folder / "data" for folder in (here, *here.parents))


def _cache() -> Path:
    try:
        return Path.home() / ".cache" / "d2l_helpers" / FOLDER
    except RuntimeError as error:
        raise OSError(f"Fashion-MNIST is missing, and there is no home folder for it: set {ROOT_VARIABLE}") from error


def published_bytes(path: Path) -> bytes:
    """The file's bytes, verified; downloaded where it is missing."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return _download(path)
    except OSError as error:
        raise OSError(f"{path} cannot be read ({error.strerror}). {_remedy(path)}") from error
    if not _is_published(path.name, content):
        raise OSError(f"{path} is not the published file: {len(content):,} bytes with another checksum. {_remedy(path)}")
    return content


def _is_published(name: str, content: bytes) -> bool:
    return hashlib.sha256(content).hexdigest() == CHECKSUMS[name]


def _download(path: Path) -> bytes:
    """The file from the first of torchvision's addresses that gives it; stored once it is verified."""
    with needed_for(f"{path} is missing, and its download"):
        from torchvision.datasets import FashionMNIST

    for mirror in FashionMNIST.mirrors:
        url = mirror + path.name
        print("downloading", url)
        try:
            content = _fetch(url)
        except (OSError, HTTPException, ValueError) as error:  # ValueError: a proxy variable that holds no address
            problem = f"{type(error).__name__}: {error}"
            continue
        if _is_published(path.name, content):
            _store(path, content)
            return content
        problem = f"the server, or somebody in between, sent {len(content):,} bytes of something else"
    raise OSError(f"{path} is missing and could not be downloaded ({problem}). {_remedy(path)}")


def _fetch(url: str) -> bytes:
    """What the address gives, kept in memory; OSError where it is silent, slow or endless."""
    end = time.monotonic() + PATIENCE
    content = bytearray()
    opener = urllib.request.build_opener()  # a new one knows the proxy variables of this moment
    with opener.open(url, timeout=SILENCE) as response:
        while chunk := response.read1(1 << 16):
            content += chunk
            if len(content) > LARGEST:
                raise OSError(f"more than {LARGEST:,} bytes came")
            if time.monotonic() > end:
                raise TimeoutError(f"only {len(content):,} bytes came in {PATIENCE} seconds")
    return bytes(content)


def _store(path: Path, content: bytes) -> None:
    """Put a verified file into its place in one step: whoever looks, or is killed, finds all of it or none."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _clear_leftovers(path.parent)
        with tempfile.TemporaryDirectory(prefix=TEMPORARY, dir=path.parent) as folder:
            Path(folder, path.name).write_bytes(content)
            os.replace(Path(folder, path.name), path)
    except OSError as error:
        raise OSError(
            f"{path} was downloaded and could not be stored ({error.strerror}): make room there, {len(content):,} bytes, "
            f"or set {ROOT_VARIABLE} to a folder with room that you may write to."
        ) from error


def _clear_leftovers(folder: Path) -> None:
    for left in folder.glob(f"{TEMPORARY}*"):
        with suppress(FileNotFoundError):  # another kernel was faster
            if time.time() - left.stat().st_mtime > STALE:
                shutil.rmtree(left, ignore_errors=True)


def _remedy(path: Path) -> str:
    return (
        f"In a clone of the course, `git checkout -- data` brings it back; elsewhere delete {path.name} and call again "
        f"with a network, or set {ROOT_VARIABLE} to a folder that holds {FOLDER.as_posix()}."
    )
