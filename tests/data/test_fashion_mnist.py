"""Fashion-MNIST: the right images with the right labels, shuffled, resized, on the device that was asked for."""

import gzip
from pathlib import Path

import pytest
import torch
import torchvision
from torchvision.transforms import functional as TF

from d2l_helpers import get_fashion_mnist_labels, load_data_fashion_mnist
from d2l_helpers.data import CLASSES, Batches, fashion_mnist
from d2l_helpers.data._files import CHECKSUMS, FOLDER

RAW = Path(__file__).resolve().parent.parent.parent / "data" / FOLDER


@pytest.fixture(scope="module")
def loaders():
    return load_data_fashion_mnist(256, seed=0)


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


def test_training_images_are_shuffled_and_test_images_are_not(loaders):
    train_iter, test_iter = loaders
    assert not torch.equal(next(iter(train_iter))[1], train_iter.labels[:256])
    assert torch.equal(next(iter(test_iter))[1], test_iter.labels[:256])


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


@pytest.fixture
def nothing_is_read(monkeypatch):
    monkeypatch.setattr(fashion_mnist, "_read", None)


@pytest.mark.usefixtures("nothing_is_read")
@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"batch_size": 0}, "batch_size must be at least 1, got 0"),
        ({"batch_size": "256"}, "batch_size must be an int, got '256'"),
        ({"resize": (28,)}, r"resize must be an int or a pair \(height, width\), got \(28,\)"),
        ({"resize": 0}, "resize must be at least 1, got 0"),
        ({"resize": 28.0}, r"resize must be an int or a pair \(height, width\) of ints, got 28\.0"),
        ({"seed": 1.5}, "seed must be an int, got 1.5"),
        ({"seed": True}, "seed must be an int, got True"),
        ({"device": "banana"}, "device must be one that works here, .* got 'banana'"),
        ({"device": []}, r"device must be a string or a torch.device, got \[\]"),
        ({"root": 5}, "root must be a path, got 5"),
    ],
)
def test_a_bad_argument_is_named_before_anything_is_read(wrong, says):
    with pytest.raises((TypeError, ValueError), match=says):
        load_data_fashion_mnist(**{"batch_size": 8} | wrong)


def test_the_images_go_to_the_device():
    batches = load_data_fashion_mnist(256, device="meta")
    assert {X.device.type for part in batches for X in (part.images, part.labels)} == {"meta"}


def test_resized_white_is_not_brighter_than_white():
    """Rounding makes it 1.0000001 before it is clamped."""
    white = torch.full((1, 28, 28), 255, dtype=torch.uint8)
    ((X, _),) = Batches(white, torch.zeros(1).long(), 1, resize=(7, 2))
    assert X.max() == 1


IMAGES, LABELS = torch.zeros(4, 28, 28, dtype=torch.uint8), torch.arange(4)


@pytest.mark.parametrize(
    ("images", "labels", "says"),
    [
        (IMAGES.float(), LABELS, "images must be uint8"),
        (IMAGES.numpy(), LABELS, r"images must be a tensor of shape \(N, H, W\), got ndarray"),
        (IMAGES, [0, 1, 2, 3], r"labels must be a tensor of shape \(N\), got list"),
        (IMAGES, LABELS / 2, r"labels must hold integers, got torch.float32: convert it, e.g. labels.long\(\)"),
        (IMAGES[:, None], LABELS, r"images must have shape \(N, H, W\)"),
        (IMAGES, LABELS[:3], r"got torch.uint8 \(4, 28, 28\) and \(3,\)"),
    ],
)
def test_batches_refuse_what_does_not_fit(images, labels, says):
    with pytest.raises((TypeError, ValueError), match=says):
        Batches(images, labels, 2)


def test_labels_have_names():
    assert get_fashion_mnist_labels([9, 0]) == ["ankle boot", "t-shirt"]
    assert get_fashion_mnist_labels(torch.arange(10)) == list(CLASSES)
    for wrong, says in ((-1, "labels must be at least 0, got -1"), (10, "labels must be between 0 and 9, got 10")):
        with pytest.raises(ValueError, match=says):
            get_fashion_mnist_labels([0, wrong])


@pytest.mark.parametrize("wrong", [5, "90", torch.tensor(3), torch.zeros(2, 2), ["9"], [None], [float("nan")]])
def test_labels_that_are_no_numbers_are_refused(wrong):
    with pytest.raises((TypeError, ValueError), match="labels must"):
        get_fashion_mnist_labels(wrong)
    with pytest.raises(TypeError, match=r"labels must be an int, got 1\.5"):
        get_fashion_mnist_labels([1.5])


def test_both_loaders_are_resized():
    for loader in load_data_fashion_mnist(2, resize=(32, 30)):
        assert next(iter(loader))[0].shape == (2, 1, 32, 30)


def test_the_classes_are_the_books():
    text = "t-shirt trouser pullover dress coat sandal shirt sneaker bag".split()
    assert get_fashion_mnist_labels(range(10)) == [*text, "ankle boot"]
