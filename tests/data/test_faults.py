"""Fashion-MNIST under faults: damaged files, bad servers, full disks, killed processes. Never a wrong image."""

import os
import shutil
import signal
import sys
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.support import children
import pytest
import torchvision

from d2l_helpers import _files, load_data_fashion_mnist
from d2l_helpers.data._files import CHECKSUMS, FOLDER, ROOT_VARIABLE
from d2l_helpers.data import load_lenet_runs

RAW = Path(__file__).resolve().parent.parent.parent / "data" / FOLDER
LARGE, SMALL = "train-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"

# What another kernel does: it reads all four files, and prints "all verified" or the sentence that the learner reads.
# torchvision's addresses are those of the command line. Root becomes an ordinary user where it is asked to, but only after
# the imports: others may not read the Python that root has installed for itself. Without torch it starts at once.
HELPERS = f"""
import encodings.idna  # which a download imports
import os, sys, types
sys.modules["d2l_helpers"] = types.ModuleType("d2l_helpers")
sys.modules["d2l_helpers"].__path__ = [{str(children.ROOT / "d2l_helpers")!r}]
from d2l_helpers import _files, _missing
"""
LOAD = f"""{HELPERS}
sys.modules["torchvision.datasets"] = types.SimpleNamespace(FashionMNIST=types.SimpleNamespace(mirrors=sys.argv[2:]))
if os.environ.get("AS_NOBODY") and os.geteuid() == 0:
    os.setgroups([]), os.setgid(65534), os.setuid(65534)
try:
    for name in _files.CHECKSUMS:
        _files.published_bytes(_files.find_folder(sys.argv[1]) / name)
    print("all verified")
except OSError as error:
    print(error)
"""
AS_NOBODY = {"AS_NOBODY": "1"}


@pytest.fixture
def root(tmp_path):
    shutil.copytree(RAW, tmp_path / FOLDER)
    return tmp_path


def names_in(root: Path) -> set[str]:
    return {path.name for path in (root / FOLDER).iterdir()}


# Files that are there and wrong


def damage_truncate(path):
    path.write_bytes(path.read_bytes()[:-1])


def damage_half(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def damage_empty(path):
    path.write_bytes(b"")


def damage_one_bit(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def damage_replace(path):
    names = list(CHECKSUMS)
    path.write_bytes((RAW / names[names.index(path.name) - 1]).read_bytes())


def damage_directory(path):
    path.unlink()
    path.mkdir()


def damage_loop(path):
    path.unlink()
    path.symlink_to(path)


DAMAGES = [damage_truncate, damage_half, damage_empty, damage_one_bit, damage_replace, damage_directory, damage_loop]


@pytest.mark.parametrize("name", CHECKSUMS)
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_named_and_never_used(root, damage, name):
    damage(root / FOLDER / name)
    with pytest.raises(OSError, match=name) as caught:
        load_data_fashion_mnist(256, root=root)
    assert "git checkout" in str(caught.value) and "\n" not in str(caught.value)


def test_a_file_in_place_of_the_folder_is_named(tmp_path):
    (tmp_path / FOLDER.parent).mkdir()
    (tmp_path / FOLDER).write_text("")
    with pytest.raises(OSError, match=f"{LARGE} cannot be read .Not a directory"):
        load_data_fashion_mnist(256, root=tmp_path)


posix = pytest.mark.skipif(os.name == "nt", reason="rights and signals are those of POSIX")


@posix
@pytest.mark.parametrize("name", CHECKSUMS)
def test_an_unreadable_file_is_named(name):
    with children.open_folder() as root:
        shutil.copytree(RAW, root / FOLDER)
        assert children.run(LOAD, root, env=AS_NOBODY) == "all verified\n"
        (root / FOLDER / name).chmod(0)
        assert f"{name} cannot be read (Permission denied). In a clone" in children.run(LOAD, root, env=AS_NOBODY)


@posix
def test_a_locked_folder_is_passed_over():
    """A folder `data` above the learner's own that is none of our business."""
    with children.open_folder() as above:
        (above / "data").mkdir(mode=0)
        code = f"{HELPERS}from pathlib import Path; os.chdir({str(above)!r})\n"
        code += "if os.geteuid() == 0: os.setuid(65534)\n"
        code += "_files.COURSE = Path('/nowhere'); print(_files.find_folder(None))"
        found = children.run(code, env={"HOME": "/somewhere", ROOT_VARIABLE: ""})
    assert found == f"/somewhere/.cache/d2l_helpers/{FOLDER}\n"


def test_without_a_home_one_sentence_says_what_to_set(monkeypatch):
    def homeless():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv(ROOT_VARIABLE, raising=False)
    monkeypatch.setattr(_files, "_roots", lambda: [])
    monkeypatch.setattr(Path, "home", homeless)
    with pytest.raises(OSError, match=f"there is no home folder for it: set {ROOT_VARIABLE}"):
        load_data_fashion_mnist(256)


@pytest.mark.parametrize("content", [None, b"", b'{"about": ', b"\xff\xfe"])
def test_stored_runs_that_are_damaged_are_named(content, tmp_path, monkeypatch):
    from d2l_helpers import data

    monkeypatch.setattr(data, "COURSE", tmp_path)
    if content is not None:
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "lenet_runs.json").write_bytes(content)
    with pytest.raises(OSError, match=r"lenet_runs\.json cannot be read .*git checkout"):
        load_lenet_runs()


# Servers


@contextmanager
def server(answer):
    """The address of a web server on this machine; `answer(request)` is called for each GET."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            answer(self)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
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


def breaks(request):
    request.send_error(500)


def wants_a_login(request):
    """The page of a hotel's network, with status 200."""
    send(request, b"<html><title>Welcome! Please log in</title></html>")


def leads_to_a_login(request):
    if request.path == "/login":
        return wants_a_login(request)
    request.send_response(302)
    request.send_header("Location", "/login")
    request.end_headers()


def leads_round_and_round(request):
    request.send_response(302)
    request.send_header("Location", request.path)
    request.end_headers()


def leads_to_a_file(request):
    request.send_response(302)
    request.send_header("Location", f"file://{RAW / SMALL}")
    request.end_headers()


def stops_halfway(request):
    content = published(request)
    send(request, content[: len(content) // 2], promised=len(content))


def stops_halfway_in_chunks(request):
    request.send_response(200)
    request.send_header("Transfer-Encoding", "chunked")
    request.end_headers()
    request.wfile.write(b"100\r\n" + published(request)[:16])


def gives_another_file(request):
    send(request, (RAW / "train-labels-idx1-ubyte.gz").read_bytes())


def gives_nothing(request):
    send(request, b"")


def speaks_no_http(request):
    request.wfile.write(b"\0\0\0 hello\r\n\r\n")


def hangs(request):
    time.sleep(3)


def hangs_halfway(request):
    stops_halfway(request)
    time.sleep(3)


def never_ends(request):
    request.send_response(200)
    request.end_headers()
    for _ in range(1000):
        request.wfile.write(bytes(1000))


def drips(request):
    request.send_response(200)
    request.end_headers()
    for _ in range(100):
        request.wfile.write(b".")
        time.sleep(0.05)


BAD = {
    is_missing: "HTTP Error 404",
    breaks: "HTTP Error 500",
    wants_a_login: "sent 50 bytes of something else",
    leads_to_a_login: "sent 50 bytes of something else",
    leads_round_and_round: "infinite loop",
    leads_to_a_file: "is not allowed",
    stops_halfway: "sent 2,574 bytes of something else",
    stops_halfway_in_chunks: "IncompleteRead",
    gives_another_file: "sent 29,515 bytes of something else",
    gives_nothing: "sent 0 bytes",
    speaks_no_http: "BadStatusLine|not HTTP|hello",
    hangs: "timed out",
    hangs_halfway: "timed out",
    never_ends: "more than 100,000 bytes came",
    drips: "only .* bytes came in 1 seconds",
}


@pytest.fixture
def impatient(monkeypatch):
    """The limits, smaller."""
    assert _files.SILENCE <= 30 and _files.PATIENCE <= 1800 and max(map(size_of, CHECKSUMS)) < _files.LARGEST <= 30_000_000
    for name, value in {"SILENCE": 0.5, "PATIENCE": 1, "LARGEST": 100_000}.items():
        monkeypatch.setattr(_files, name, value)


def size_of(name: str) -> int:
    return (RAW / name).stat().st_size


@pytest.mark.parametrize("answer", BAD)
def test_a_bad_server_gives_one_sentence_and_leaves_nothing(answer, root, impatient, monkeypatch):
    (root / FOLDER / SMALL).unlink()
    before = time.monotonic()
    with server(answer) as address:
        monkeypatch.setattr(torchvision.datasets.FashionMNIST, "mirrors", [address])
        with pytest.raises(OSError, match=f"{SMALL} is missing and could not be downloaded .*({BAD[answer]})") as caught:
            load_data_fashion_mnist(256, root=root)
    assert time.monotonic() - before < 5
    assert ROOT_VARIABLE in str(caught.value) and "git checkout" in str(caught.value)
    assert names_in(root) == CHECKSUMS.keys() - {SMALL}


def test_where_nobody_listens_one_sentence_says_so(root, monkeypatch):
    (root / FOLDER / SMALL).unlink()
    monkeypatch.setattr(torchvision.datasets.FashionMNIST, "mirrors", ["http://127.0.0.1:9/"])
    with pytest.raises(OSError, match=f"{SMALL} is missing .*Connection refused.* {ROOT_VARIABLE}"):
        load_data_fashion_mnist(256, root=root)


@pytest.mark.parametrize("name", CHECKSUMS)
def test_a_missing_file_is_downloaded_verified_and_kept(name, root, monkeypatch, capsys):
    (root / FOLDER / name).unlink()
    with server(is_missing) as bad, server(gives_the_file) as good:
        monkeypatch.setattr(torchvision.datasets.FashionMNIST, "mirrors", [bad, good])
        load_data_fashion_mnist(256, root=root)
    assert (root / FOLDER / name).read_bytes() == (RAW / name).read_bytes()
    assert names_in(root) == set(CHECKSUMS)
    assert capsys.readouterr().out.splitlines() == [f"downloading {address}{name}" for address in (bad, good)]


def test_addresses_are_those_of_torchvision(root, monkeypatch):
    asked = []

    def note(url):
        asked.append(url)
        raise OSError("no network")

    monkeypatch.setattr(_files, "_fetch", note)
    (root / FOLDER / SMALL).unlink()
    with pytest.raises(OSError, match="no network"):
        load_data_fashion_mnist(256, root=root)
    assert asked == [mirror + SMALL for mirror in torchvision.datasets.FashionMNIST.mirrors]


PROXIES = {
    "http://127.0.0.1:9": "Connection refused",
    "http://127.0.0.1:port": "InvalidURL",
    "socks9://127.0.0.1:9": "unknown url type",
    "%": "URLError",
    "://": "InvalidURL",
}


@pytest.mark.parametrize("proxy", PROXIES)
def test_a_proxy_that_does_not_work_gives_one_sentence(proxy, root, monkeypatch):
    (root / FOLDER / SMALL).unlink()
    monkeypatch.setenv("http_proxy", proxy)
    monkeypatch.setattr(torchvision.datasets.FashionMNIST, "mirrors", ["http://fashion.invalid/"])
    with pytest.raises(OSError, match=f"{SMALL} is missing and could not be downloaded .*({PROXIES[proxy]})"):
        load_data_fashion_mnist(256, root=root)


def test_a_proxy_is_used(root, monkeypatch):
    (root / FOLDER / SMALL).unlink()
    asked = []

    def pass_on(request):
        asked.append(request.path)
        gives_the_file(request)

    with server(pass_on) as address:
        monkeypatch.setenv("http_proxy", address)
        monkeypatch.setattr(torchvision.datasets.FashionMNIST, "mirrors", ["http://fashion.invalid/"])
        load_data_fashion_mnist(256, root=root)
    assert asked == [f"http://fashion.invalid/{SMALL}"] and names_in(root) == set(CHECKSUMS)


def test_without_torchvision_one_sentence_says_what_to_install(root, monkeypatch):
    (root / FOLDER / SMALL).unlink()
    monkeypatch.setitem(sys.modules, "torchvision.datasets", None)
    with pytest.raises(ImportError, match=f"{SMALL} is missing, and its download needs torchvision: run `pip install"):
        load_data_fashion_mnist(256, root=root)


# Disks


@posix
def test_a_folder_without_leave_to_write_is_read_and_a_missing_file_explained():
    with children.open_folder() as root, server(gives_the_file) as address:
        shutil.copytree(RAW, root / FOLDER)
        (root / FOLDER).chmod(0o555)
        assert children.run(LOAD, root, env=AS_NOBODY) == "all verified\n"
        (root / FOLDER).chmod(0o755)
        (root / FOLDER / SMALL).unlink()
        (root / FOLDER).chmod(0o555)
        printed = children.run(LOAD, root, address, env=AS_NOBODY)
        (root / FOLDER).chmod(0o755)
        assert f"{SMALL} was downloaded and could not be stored (Permission denied): make room there" in printed
        assert names_in(root) == CHECKSUMS.keys() - {SMALL}


@posix
def test_files_that_may_not_grow(root):
    """A limit on the size of files, which every user may set, stands for a full disk."""
    (root / FOLDER / LARGE).unlink()
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, resource.RLIM_INFINITY))\n"
    with server(gives_the_file) as address:
        printed = children.run(limit + LOAD, root, address)
        assert f"{LARGE} was downloaded and could not be stored (File too large): make room there, 26,421,880" in printed
        assert names_in(root) == CHECKSUMS.keys() - {LARGE}
        assert children.run(LOAD, root, address).endswith("all verified\n")


def test_a_full_disk():
    """A real one: a file system of one megabyte in memory, seen by the child alone."""
    mounts = children.unshared("mount")
    if mounts is None:
        pytest.skip("no file system may be mounted here; test_files_that_may_not_grow stands in for a full disk")
    with children.open_folder() as root, server(gives_the_file) as address:
        before = [*mounts, "sh", "-c", f'mount -t tmpfs -o size=1m none {root} && exec "$@"', "sh"]
        look = f"print(os.listdir({str(root / FOLDER)!r}))"
        printed = children.run(LOAD + look, root, address, before=before)
    assert f"{LARGE} was downloaded and could not be stored (No space left on device): make room" in printed
    assert printed.endswith("\n[]\n")


# Kernels


def test_two_kernels_at_once_on_an_empty_folder(tmp_path):
    both = threading.Barrier(2, timeout=60)

    def gives_both_at_once(request):
        both.wait()
        gives_the_file(request)

    with server(gives_both_at_once) as address:
        for child in [children.start(LOAD, tmp_path, address) for _ in range(2)]:
            printed, complaints = child.communicate(timeout=120)
            assert printed.endswith("all verified\n"), complaints
            assert printed.count("downloading") == 4
    assert names_in(tmp_path) == set(CHECKSUMS)


@posix
def test_killed_while_downloading_and_started_again(tmp_path):
    halfway = threading.Event()

    def gives_half_of_the_second(request):
        if not request.path.endswith("train-labels-idx1-ubyte.gz"):
            return gives_the_file(request)
        stops_halfway(request)
        halfway.set()
        time.sleep(60)

    with server(gives_half_of_the_second) as address, children.start(LOAD, tmp_path, address) as child:
        assert halfway.wait(60)
        child.send_signal(signal.SIGKILL)
    assert names_in(tmp_path) == {LARGE}
    with server(gives_the_file) as address:
        assert children.run(LOAD, tmp_path, address).count("downloading") == 3
    assert names_in(tmp_path) == set(CHECKSUMS)


@posix
def test_killed_while_storing_and_started_again(tmp_path):
    """What a killed process leaves is never read, and goes with the next download that comes an hour later."""
    stops = "import os, time\nos.replace = lambda *_: (print('storing', flush=True), time.sleep(60))\n"
    with server(gives_the_file) as address:
        for _ in range(2):
            with children.start(stops + LOAD, tmp_path, address) as child:
                while "storing" not in child.stdout.readline():
                    assert child.poll() is None
                child.send_signal(signal.SIGKILL)
        left = names_in(tmp_path)
        assert len(left) == 2 and all(name.startswith(_files.TEMPORARY) for name in left)
        long_ago = time.time() - 2 * _files.STALE
        for name in left:
            os.utime(tmp_path / FOLDER / name, (long_ago, long_ago))
        assert children.run(LOAD, tmp_path, address).endswith("all verified\n")
    assert names_in(tmp_path) == set(CHECKSUMS)
    load_data_fashion_mnist(256, root=tmp_path)
