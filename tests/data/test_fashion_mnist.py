"""Fashion-MNIST: the right images, found anywhere."""

import gzip
import hashlib
import shutil
from pathlib import Path

import pytest
import torch
import torchvision
from torchvision.transforms import functional as TF

from d2l_helpers import data, get_fashion_mnist_labels, load_data_fashion_mnist
from d2l_helpers.data._files import CHECKSUMS, FOLDER, ROOT_VARIABLE
from d2l_helpers.data import CLASSES, Batches, load_photograph

RAW = Path(__file__).resolve().parent.parent.parent / "data" / FOLDER


@pytest.fixture(scope="module")
def loaders():
    return load_data_fashion_mnist(256, seed=0)


@pytest.fixture
def copied_root(tmp_path):
    shutil.copytree(RAW, tmp_path / FOLDER)
    return tmp_path


def test_checksums_are_of_the_files_that_torchvision_names():
    contents = {name: (RAW / name).read_bytes() for name in CHECKSUMS}
    assert {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()} == CHECKSUMS
    theirs = dict(torchvision.datasets.FashionMNIST.resources)
    assert {name: hashlib.md5(content, usedforsecurity=False).hexdigest() for name, content in contents.items()} == theirs


def test_the_data_folder_names_both_checksums_of_each_file():
    rows = (RAW.parent.parent / "README.md").read_text(encoding="utf-8").splitlines()
    for name, md5 in torchvision.datasets.FashionMNIST.resources:
        size = f"{(RAW / name).stat().st_size:,}"
        assert f"| {name} | {size} | {md5} | {CHECKSUMS[name]} |" in rows


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
    forms = {"images": torch.zeros(1, 28, 28, dtype=torch.uint8), "labels": torch.zeros(1).long()}
    monkeypatch.setattr(data, "_read", lambda folder, name: seen.append(folder) or forms[name.split("-")[1]])
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    monkeypatch.setenv(ROOT_VARIABLE, str(elsewhere))
    load_data_fashion_mnist(1)
    load_data_fashion_mnist(1, root=copied_root)
    assert set(seen) == {elsewhere / FOLDER, copied_root / FOLDER}


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"seed": 1.5}, "seed must be an int, got 1.5"),
        ({"seed": True}, "seed must be an int, got True"),
        ({"seed": 2**64}, "seed must fit into 64 bits"),
        ({"device": "banana"}, "device must be one that works here, .* got 'banana'"),
        ({"device": []}, r"device must be a string or a torch.device, got \[\]"),
        ({"root": 5}, "root must be a path, got 5"),
    ],
)
def test_other_bad_arguments_are_named_before_anything_is_read(wrong, says, monkeypatch):
    monkeypatch.setattr(data, "_read", None)
    with pytest.raises((TypeError, ValueError), match=says):
        load_data_fashion_mnist(8, **wrong)


IMAGES, LABELS = torch.zeros(4, 28, 28, dtype=torch.uint8), torch.arange(4)


@pytest.mark.parametrize(
    ("images", "labels", "says"),
    [
        (IMAGES.float(), LABELS, "images must be uint8"),
        (IMAGES.numpy(), LABELS, "images must be a tensor, got ndarray"),
        (IMAGES, [0, 1, 2, 3], "labels must be a tensor, got list"),
        (IMAGES[:, None], LABELS, r"images must be \(N, H, W\)"),
        (IMAGES, LABELS[:3], r"got \(4, 28, 28\) and \(3,\)"),
    ],
)
def test_batches_refuse_what_does_not_fit(images, labels, says):
    with pytest.raises((TypeError, ValueError), match=says):
        Batches(images, labels, 2)


def test_labels_have_names():
    assert get_fashion_mnist_labels([9, 0]) == ["ankle boot", "t-shirt"]
    assert get_fashion_mnist_labels(torch.arange(10)) == list(CLASSES)
    for wrong, says in ((-1, "labels must be at least 0, got -1"), (10, "labels must lie between 0 and 9, got 10")):
        with pytest.raises(ValueError, match=says):
            get_fashion_mnist_labels([0, wrong])


@pytest.mark.parametrize(
    "wrong", [5, "90", torch.tensor(3), torch.zeros(2, 2), ["9"], [None], [float("nan")], [float("inf")]]
)
def test_labels_that_are_no_numbers_are_refused(wrong):
    with pytest.raises((TypeError, ValueError), match="labels must"):
        get_fashion_mnist_labels(wrong)
    with pytest.raises(TypeError, match=r"labels must be an int, got 1\.5"):
        get_fashion_mnist_labels([1.5])


def test_the_photograph_has_the_promised_form():
    colour, grey = load_photograph(100), load_photograph(100, grey=True)
    assert colour.shape == (3, 100, 85) and grey.shape == (100, 85)
    assert 0 <= colour.min() and colour.max() <= 1
    with pytest.raises(ValueError, match="height must be at most 600"):
        load_photograph(601)
