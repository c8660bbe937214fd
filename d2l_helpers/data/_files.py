"""Fashion-MNIST's four files: found, verified, and downloaded by torchvision where one is missing."""

from __future__ import annotations

import hashlib
import os
import socket
import tempfile
from http.client import HTTPException
from pathlib import Path

from .._language import message

# SHA-256 of the four published files. torchvision compares the MD5, which stops accidents but not an attacker, and only
# when it downloads: a file that is already there it trusts by its name.
CHECKSUMS = {
    "train-images-idx3-ubyte.gz": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
    "train-labels-idx1-ubyte.gz": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
    "t10k-images-idx3-ubyte.gz": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
    "t10k-labels-idx1-ubyte.gz": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
}
COURSE = Path(__file__).resolve().parent.parent.parent
FOLDER = Path("FashionMNIST", "raw")
ROOT_VARIABLE = "D2L_HELPERS_DATA"
SILENCE = 30  # seconds after which a silent server is given up; torchvision itself waits forever


def find_folder(root: str | os.PathLike | None) -> Path:
    """The folder that holds the files, or that will hold them after a download."""
    if not isinstance(root, str | os.PathLike | None):
        raise TypeError(message("root must be a path, got {root!r}", root=root))
    if named := root or os.environ.get(ROOT_VARIABLE):
        return Path(named).expanduser() / FOLDER
    here = Path.cwd()
    folders = [above / "data" / FOLDER for above in (COURSE, here, *here.parents)]
    cache = Path("~/.cache/d2l_helpers").expanduser() / FOLDER
    return next((folder for folder in folders if os.path.isdir(folder)), cache)


def published_bytes(path: Path) -> bytes:
    """The content of one of the four files, downloaded if it is missing; OSError if it is not what was published."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        _download(path)
        content = path.read_bytes()
    except OSError as error:
        told = message(
            "{path} cannot be read ({problem}). {remedy}", path=path, problem=error.strerror, remedy=_remedy(path)
        )
        raise OSError(told) from error
    if hashlib.sha256(content).hexdigest() != CHECKSUMS[path.name]:
        told = message(
            "{path} is not the published file: {size:,} bytes with another checksum. {remedy}",
            path=path,
            size=len(content),
            remedy=_remedy(path),
        )
        raise OSError(told)
    return content


def _download(path: Path) -> None:
    """Let torchvision fetch the file into a folder beside it, and move it here when it is complete."""
    from torchvision.datasets import FashionMNIST
    from torchvision.datasets.utils import download_url

    silence = socket.getdefaulttimeout()
    socket.setdefaulttimeout(SILENCE)
    try:
        for mirror in FashionMNIST.mirrors:
            print(message("downloading {address}", address=mirror + path.name))
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                with tempfile.TemporaryDirectory(prefix=".download-", dir=path.parent) as folder:
                    download_url(mirror + path.name, folder, md5=dict(FashionMNIST.resources)[path.name])
                    os.replace(Path(folder, path.name), path)
                return
            except (OSError, RuntimeError, ValueError, HTTPException) as error:
                problem = f"{type(error).__name__}: {error}"
    finally:
        socket.setdefaulttimeout(silence)
    told = message(
        "{path} is missing and could not be downloaded ({problem}). {remedy}",
        path=path,
        problem=problem,
        remedy=_remedy(path),
    )
    raise OSError(told)


def _remedy(path: Path) -> str:
    return message(
        "In a clone of the course, `git checkout -- data` brings it back; elsewhere delete {file} and call again "
        "with a network, or set {variable} to a folder that holds {folder}.",
        file=path.name,
        variable=ROOT_VARIABLE,
        folder=FOLDER.as_posix(),
    )
