"""Fashion-MNIST: the right images, found anywhere, and never a wrong one."""

import gzip
import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch
import torchvision
from torchvision.transforms import functional as TF

from d2l_helpers import data, get_fashion_mnist_labels, load_data_fashion_mnist
from d2l_helpers.data import CHECKSUMS, CLASSES, FOLDER, ROOT_VARIABLE, Batches, load_photograph

RAW = Path(__file__).resolve().parent.parent / "data" / FOLDER
SMALL = "t10k-labels-idx1-ubyte.gz"


@pytest.fixture(scope="module")
def loaders():
    return load_data_fashion_mnist(256, seed=0)


@pytest.fixture
def copied_root(tmp_path):
    shutil.copytree(RAW, tmp_path / FOLDER)
    return tmp_path


def test_checksums_are_those_of_torchvision():
    assert dict(torchvision.datasets.FashionMNIST.resources) == CHECKSUMS


def test_numbers_of_images_and_batches(loaders):
    train_iter, test_iter = loaders
    assert (len(train_iter.labels), len(test_iter.labels)) == (60_000, 10_000)
    assert (len(train_iter), len(test_iter)) == (235, 40)
    assert sum(len(y) for _, y in test_iter) == 10_000


def test_batches_have_the_promised_form(loaders):
    for batches in loaders:
        X, y = next(iter(batches))
        assert X.shape == (256, 1, 28, 28) and X.dtype == torch.float32 and 0 <= X.min() and X.max() <= 1
        assert y.shape == (256,) and y.dtype == torch.int64


def test_images_are_those_of_torchvision(loaders, tmp_path):
    for name in CHECKSUMS:
        target = tmp_path / FOLDER / name.removesuffix(".gz")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(gzip.decompress((RAW / name).read_bytes()))
    theirs = torchvision.datasets.FashionMNIST(tmp_path, train=False)
    X, y = next(iter(loaders[1]))
    for i in (0, 1, 255):
        assert torch.equal(X[i], TF.to_tensor(theirs[i][0])) and y[i] == theirs[i][1]


def test_each_image_once_per_epoch_in_a_new_order(loaders):
    train_iter, _ = loaders
    small = Batches(train_iter.images[:100], torch.arange(100), 32, shuffle=True)
    first, second = (torch.cat([y for _, y in small]) for _ in range(2))
    assert not torch.equal(first, second)
    assert torch.equal(first.sort().values, torch.arange(100))
    assert torch.equal(second.sort().values, torch.arange(100))


def test_images_keep_their_labels_when_shuffled():
    images = torch.arange(50, dtype=torch.uint8).reshape(50, 1, 1).expand(50, 28, 28)
    for X, y in Batches(images, torch.arange(50), 7, shuffle=True):
        assert torch.equal((X[:, 0, 0, 0] * 255).round().long(), y)


def test_a_seed_repeats_the_order_and_leaves_the_global_state_alone():
    state = torch.get_rng_state()
    first, again = (next(iter(load_data_fashion_mnist(64, seed=3)[0]))[1] for _ in range(2))
    assert torch.equal(first, again)
    assert torch.equal(torch.get_rng_state(), state)


def test_without_a_seed_the_order_follows_the_global_one(loaders):
    unseeded = Batches(loaders[0].images[:50], torch.arange(50), 50, shuffle=True)
    orders = []
    for seed in (0, 0, 1):
        torch.manual_seed(seed)
        orders.append(next(iter(unseeded))[1])
    assert torch.equal(orders[0], orders[1]) and not torch.equal(orders[0], orders[2])


@pytest.mark.parametrize(("resize", "shape"), [(32, (32, 32)), ((14, 20), (14, 20)), (96, (96, 96))])
def test_resize_is_that_of_torchvision(resize, shape):
    _, test_iter = load_data_fashion_mnist(4, resize)
    X, _ = next(iter(test_iter))
    assert X.shape == (4, 1, *shape)
    expected = torch.stack([TF.resize(image[None].float() / 255, shape, antialias=True) for image in test_iter.images[:4]])
    torch.testing.assert_close(X, expected.clamp(0, 1))


@pytest.mark.parametrize("wrong", [0, -1, 1.5, "256", True, None])
def test_a_bad_batch_size_is_named_before_anything_is_read(wrong, monkeypatch):
    monkeypatch.setattr(data, "_read", None)
    with pytest.raises((TypeError, ValueError), match="batch_size must be"):
        load_data_fashion_mnist(wrong)


@pytest.mark.parametrize("wrong", [0, (28,), "big", 28.0])
def test_a_bad_resize_is_named_before_anything_is_read(wrong, monkeypatch):
    monkeypatch.setattr(data, "_read", None)
    with pytest.raises((TypeError, ValueError), match="resize must be"):
        load_data_fashion_mnist(8, wrong)


def test_found_from_any_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(ROOT_VARIABLE, raising=False)
    assert len(load_data_fashion_mnist(10)[1]) == 1000


def test_root_and_environment_override(copied_root, monkeypatch, tmp_path_factory):
    seen = []
    monkeypatch.setattr(
        data, "_read", lambda folder, name: seen.append(folder) or torch.zeros(1, 28, 28, dtype=torch.uint8)
    )
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    monkeypatch.setenv(ROOT_VARIABLE, str(elsewhere))
    load_data_fashion_mnist(1)
    load_data_fashion_mnist(1, root=copied_root)
    assert set(seen) == {elsewhere / FOLDER, copied_root / FOLDER}


def damage_truncate(path):
    path.write_bytes(path.read_bytes()[:-1])


def damage_one_bit(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def damage_replace(path):
    path.write_bytes((RAW / "t10k-labels-idx1-ubyte.gz").read_bytes() if "train" in path.name else b"")


def damage_directory(path):
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("name", CHECKSUMS)
@pytest.mark.parametrize("damage", [damage_truncate, damage_one_bit, damage_replace, damage_directory])
def test_a_damaged_file_is_named_and_never_used(copied_root, damage, name):
    damage(copied_root / FOLDER / name)
    with pytest.raises(OSError, match=name) as caught:
        load_data_fashion_mnist(256, root=copied_root)
    assert "git checkout" in str(caught.value)


def test_an_unreadable_file_is_named(monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(OSError, match=r"train-images-idx3-ubyte\.gz cannot be read \(Permission denied\)"):
        load_data_fashion_mnist(256)


@pytest.fixture
def mirror(tmp_path, monkeypatch):
    """A web server on this machine in place of the published address; files are put into the folder it serves."""
    folder = tmp_path / "mirror"
    folder.mkdir()
    handler = partial(SimpleHTTPRequestHandler, directory=folder)
    monkeypatch.setattr(SimpleHTTPRequestHandler, "log_message", lambda *_: None)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setattr(torchvision.datasets.FashionMNIST, "mirrors", [f"http://127.0.0.1:{server.server_port}/"])
        yield folder
        server.shutdown()


def test_a_missing_file_is_downloaded_and_verified(copied_root, mirror):
    (copied_root / FOLDER / SMALL).rename(mirror / SMALL)
    load_data_fashion_mnist(256, root=copied_root)
    assert (copied_root / FOLDER / SMALL).read_bytes() == (RAW / SMALL).read_bytes()
    assert len(list((copied_root / FOLDER).iterdir())) == 4


def test_a_wrong_download_is_not_kept(copied_root, mirror):
    (copied_root / FOLDER / SMALL).unlink()
    (mirror / SMALL).write_bytes(b"something else")
    with pytest.raises(OSError, match=f"{SMALL} is missing and could not be downloaded"):
        load_data_fashion_mnist(256, root=copied_root)
    assert not (copied_root / FOLDER / SMALL).exists()


def test_without_network_the_message_names_file_and_remedy(copied_root, mirror):
    (copied_root / FOLDER / SMALL).unlink()
    with pytest.raises(OSError, match=f"{SMALL} is missing .* {ROOT_VARIABLE}"):
        load_data_fashion_mnist(256, root=copied_root)


def test_labels_have_names():
    assert get_fashion_mnist_labels([9, 0]) == ["ankle boot", "t-shirt"]
    assert get_fashion_mnist_labels(torch.arange(10)) == list(CLASSES)
    for wrong in (-1, 10):
        with pytest.raises(ValueError, match=f"labels must lie between 0 and 9, got {wrong}"):
            get_fashion_mnist_labels([0, wrong])


def test_the_photograph_has_the_promised_form():
    colour, grey = load_photograph(100), load_photograph(100, grey=True)
    assert colour.shape == (3, 100, 85) and grey.shape == (100, 85)
    assert 0 <= colour.min() and colour.max() <= 1
    with pytest.raises(ValueError, match="height must be at most 600"):
        load_photograph(601)
