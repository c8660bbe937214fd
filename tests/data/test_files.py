"""Fashion-MNIST's files: found anywhere, and never a wrong image. Missing, damaged, unreadable, with a bad network."""

import hashlib
import os
import shutil
import socket
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torchvision
from torchvision.datasets import FashionMNIST

from d2l_helpers import load_data_fashion_mnist
from d2l_helpers.data import _files
from d2l_helpers.data._files import CHECKSUMS, FOLDER, ROOT_VARIABLE, find_folder, published_bytes
from tests.support import children

RAW = Path(__file__).resolve().parent.parent.parent / "data" / FOLDER
SMALL = "t10k-labels-idx1-ubyte.gz"
posix = pytest.mark.skipif(os.name == "nt", reason="permissions are those of POSIX")


def names_in(root: Path) -> set[str]:
    return set(os.listdir(root / FOLDER))


@contextmanager
def as_nobody():
    """An ordinary user; root, who may read everything, becomes one for a moment."""
    was_root = os.geteuid() == 0
    if was_root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if was_root:
            os.seteuid(0)


# The files in the repository


def test_checksums_are_of_the_files_that_torchvision_names():
    contents = {name: (RAW / name).read_bytes() for name in CHECKSUMS}
    assert {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()} == CHECKSUMS
    md5 = {name: hashlib.md5(content, usedforsecurity=False).hexdigest() for name, content in contents.items()}
    assert md5 == dict(FashionMNIST.resources)


def test_the_data_folder_names_both_checksums_of_each_file():
    rows = (RAW.parent.parent / "README.md").read_text(encoding="utf-8").splitlines()
    for name, md5 in FashionMNIST.resources:
        size = f"{(RAW / name).stat().st_size:,}"
        assert f"| {name} | {size} | {md5} | {CHECKSUMS[name]} |" in rows


# Where they are looked for


def test_the_folders_are_searched_in_the_documented_order(tmp_path, monkeypatch):
    home, below = tmp_path / "home", tmp_path / "project" / "lessons"
    below.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    monkeypatch.delenv(ROOT_VARIABLE, raising=False)
    monkeypatch.chdir(below)
    monkeypatch.setattr(_files, "COURSE", tmp_path / "course")
    assert find_folder(None) == home / ".cache" / "d2l_helpers" / FOLDER
    for folder in (tmp_path / "project" / "data", below / "data", tmp_path / "course" / "data"):
        (folder / FOLDER).mkdir(parents=True)
        assert find_folder(None) == folder / FOLDER
    monkeypatch.setenv(ROOT_VARIABLE, "~/elsewhere")
    assert find_folder(None) == home / "elsewhere" / FOLDER
    assert find_folder(tmp_path / "named") == tmp_path / "named" / FOLDER


@posix
def test_a_locked_folder_is_passed_over(monkeypatch):
    """A folder `data` above the learner's own that belongs to somebody else."""
    monkeypatch.delenv(ROOT_VARIABLE, raising=False)
    monkeypatch.setattr(_files, "COURSE", Path("/nowhere"))
    with children.open_folder() as above:
        (above / "data").mkdir(mode=0)
        monkeypatch.chdir(above)
        with as_nobody():
            assert ".cache" in find_folder(None).parts
        monkeypatch.undo()


# Files that are there and wrong


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def flip_one_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def replace(path: Path) -> None:
    names = list(CHECKSUMS)
    shutil.copy(RAW / names[names.index(path.name) - 1], path)


def make_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("damage", [truncate, empty, flip_one_bit, replace, make_a_folder])
@pytest.mark.parametrize("name", CHECKSUMS)
def test_a_damaged_file_is_named_and_never_used(tmp_path, damage, name):
    damage(Path(shutil.copy(RAW / name, tmp_path)))
    with pytest.raises(OSError, match=f"{name} (is not the published file|cannot be read)") as caught:
        published_bytes(tmp_path / name)
    sentence = str(caught.value)
    assert "git checkout" in sentence and ROOT_VARIABLE in sentence and "\n" not in sentence


@posix
def test_an_unreadable_file_is_named():
    with children.open_folder() as root:
        shutil.copytree(RAW, root / FOLDER)
        (root / FOLDER / SMALL).chmod(0)
        with as_nobody(), pytest.raises(OSError, match=rf"{SMALL} cannot be read \(Permission denied\)\. In a clone"):
            load_data_fashion_mnist(256, root=root)


# Files that are missing


@contextmanager
def server(respond):
    """The address of a web server on this machine; `respond(request)` is called for each GET."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            respond(self)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        running.handle_error = lambda *_: None  # torchvision hangs up after it has seen the headers
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}/"
        running.shutdown()


def send(request, content: bytes, promised: int | None = None) -> None:
    request.send_response(200)
    request.send_header("Content-Length", str(len(content) if promised is None else promised))
    request.end_headers()
    request.wfile.write(content)


def published(request) -> bytes:
    return (RAW / request.path.rsplit("/", 1)[-1]).read_bytes()


def gives_the_file(request):
    send(request, published(request))


def is_missing(request):
    request.send_error(404)


def wants_a_login(request):
    """The page of a hotel's network, with status 200."""
    send(request, b"<html><title>Welcome! Please log in</title></html>")


def stops_halfway(request):
    content = published(request)
    send(request, content[: len(content) // 2], promised=len(content))


def is_silent(request):
    time.sleep(2)


def falls_silent(request):
    stops_halfway(request)
    time.sleep(2)


def speaks_no_http(request):
    request.wfile.write(b"\0\0\0 hello\r\n\r\n")


BAD = {
    is_missing: "HTTPError: HTTP Error 404",
    wants_a_login: "RuntimeError: File not found or corrupted",
    stops_halfway: "RuntimeError: File not found or corrupted",
    is_silent: "timed out",
    falls_silent: "timed out",
    speaks_no_http: "BadStatusLine",
}


@pytest.mark.parametrize("respond", BAD)
def test_a_bad_server_gives_one_sentence_and_leaves_nothing(respond, tmp_path, monkeypatch):
    assert _files.SILENCE <= 30
    monkeypatch.setattr(_files, "SILENCE", 0.5)
    with server(respond) as address:
        monkeypatch.setattr(FashionMNIST, "mirrors", [address])
        with pytest.raises(OSError, match=f"{SMALL} is missing and could not be downloaded .*{BAD[respond]}") as caught:
            published_bytes(tmp_path / FOLDER / SMALL)
    assert ROOT_VARIABLE in str(caught.value) and "git checkout" in str(caught.value)
    assert names_in(tmp_path) == set()
    assert socket.getdefaulttimeout() is None


def test_without_a_network_one_sentence_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(FashionMNIST, "mirrors", ["http://127.0.0.1:9/"])
    with pytest.raises(OSError, match=f"train-images.* is missing .*Connection refused.* {ROOT_VARIABLE}"):
        load_data_fashion_mnist(256, root=tmp_path)


@pytest.mark.parametrize("name", CHECKSUMS)
def test_a_missing_file_is_downloaded_from_the_first_good_address_and_kept(name, tmp_path, monkeypatch, capsys):
    with server(is_missing) as bad, server(gives_the_file) as good:
        monkeypatch.setattr(FashionMNIST, "mirrors", [bad, good])
        content = published_bytes(tmp_path / FOLDER / name)
    assert content == (RAW / name).read_bytes() == (tmp_path / FOLDER / name).read_bytes()
    assert names_in(tmp_path) == {name}
    assert capsys.readouterr().out.splitlines() == [f"downloading {address}{name}" for address in (bad, good)]


def test_what_torchvision_accepts_is_verified_too(tmp_path, monkeypatch):
    """Content with the right MD5 only, which an attacker can make."""
    monkeypatch.setattr(torchvision.datasets.utils, "check_md5", lambda *_: True)
    with server(wants_a_login) as address:
        monkeypatch.setattr(FashionMNIST, "mirrors", [address])
        with pytest.raises(OSError, match=f"{SMALL} is not the published file: 50 bytes with another checksum"):
            published_bytes(tmp_path / FOLDER / SMALL)


def test_an_interrupted_download_leaves_nothing_and_starts_again(tmp_path, monkeypatch):
    def interrupted(url, folder, **_):
        Path(folder, SMALL).write_bytes(b"half")
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(torchvision.datasets.utils, "download_url", interrupted)
        published_bytes(tmp_path / FOLDER / SMALL)
    assert names_in(tmp_path) == set()
    with server(gives_the_file) as address:
        monkeypatch.setattr(FashionMNIST, "mirrors", [address])
        assert published_bytes(tmp_path / FOLDER / SMALL) == (RAW / SMALL).read_bytes()


@posix
def test_a_folder_without_permission_to_write_is_explained(monkeypatch):
    with children.open_folder() as root, server(gives_the_file) as address:
        monkeypatch.setattr(FashionMNIST, "mirrors", [address])
        (root / FOLDER).mkdir(parents=True)
        (root / FOLDER).chmod(0o555)
        with as_nobody(), pytest.raises(OSError, match=f"could not be downloaded .*Permission denied.* {ROOT_VARIABLE}"):
            published_bytes(root / FOLDER / SMALL)
