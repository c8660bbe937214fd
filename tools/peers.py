"""train6 beside other libraries' training loops: `nox -s peers` prints a table and writes it to benchmarks/results/.

Each trains LeNet for one epoch on the CPU, the way the library's documentation does: 60,000 images in batches of 256 (the
last is smaller), SGD at 0.9 without momentum, shuffling and loading included, then an evaluation on the 10,000 test images.
Each side runs in a process of its own, with its library's default threads, and sleeps while the other has its turn, so that
neither fastai's patches of PyTorch nor a second pool of threads can touch the other's time.
Peers can be chosen: `nox -s peers -- fastai keras`.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from d2l_helpers import lenet, load_data_fashion_mnist, train6
from tools.bench import RESULTS, ROOT, about, bare_loop, books_loaders, quiet, row, take_turns

BATCH, LR = 256, 0.9
Epoch = Callable[[], object]


def arrays() -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Training and test data in memory: float32 images (N, 28, 28) from 0 to 1, int64 labels (N,)."""
    for part in load_data_fashion_mnist(BATCH):
        yield part.images.numpy().astype(np.float32) / 255, part.labels.numpy()


def torchvision_loaders() -> tuple[DataLoader, DataLoader]:
    """PyTorch's loaders over torchvision's data sets, read from a copy: torchvision unpacks the files where they are."""
    from torchvision.datasets import FashionMNIST
    from torchvision.transforms import ToTensor

    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "data" / "FashionMNIST", Path(folder, "FashionMNIST"))
        train, test = (FashionMNIST(folder, train=part, download=True, transform=ToTensor()) for part in (True, False))
    return DataLoader(train, batch_size=BATCH, shuffle=True), DataLoader(test, batch_size=BATCH)


# Each of these prepares a loop and returns the function that runs one epoch of it.


def ours() -> Epoch:
    """train6 with the package's loaders."""
    loaders = load_data_fashion_mnist(BATCH)
    return lambda: train6(lenet(), *loaders, 1, LR, "cpu")


def bare() -> Epoch:
    """Forward, backward and SGD on batches that are ready, without loading and evaluation."""
    batches = list(load_data_fashion_mnist(BATCH)[0])
    return lambda: bare_loop(batches, LR, torch.device("cpu"))


def quickstart() -> Epoch:
    """PyTorch's quickstart tutorial."""
    train, test = torchvision_loaders()
    loss_fn = nn.CrossEntropyLoss()

    def epoch() -> None:
        model = lenet()
        optimizer = torch.optim.SGD(model.parameters(), lr=LR)
        model.train()
        for batch, (X, y) in enumerate(train):
            loss = loss_fn(model(X), y)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            if batch % 100 == 0:
                print(f"loss: {loss.item():>7f}  [{batch * BATCH + len(X):>5d}/{len(train.dataset):>5d}]")
        model.eval()
        test_loss, correct = 0.0, 0.0
        with torch.no_grad():
            for X, y in test:
                scores = model(X)
                test_loss += loss_fn(scores, y).item()
                correct += (scores.argmax(1) == y).type(torch.float).sum().item()
        print(f"accuracy {correct / len(test.dataset):.1%}, mean loss {test_loss / len(test):>8f}")

    return epoch


def fastai() -> Epoch:
    """A Learner on data sets of tensors."""
    from fastai.data.core import DataLoaders
    from fastai.learner import Learner
    from fastai.losses import CrossEntropyLossFlat
    from fastai.metrics import accuracy
    from fastai.optimizer import SGD

    train, test = (TensorDataset(torch.from_numpy(X)[:, None], torch.from_numpy(y)) for X, y in arrays())
    # fastai leaves out the last, smaller batch unless it is told not to.
    dls = DataLoaders.from_dsets(train, test, bs=BATCH, drop_last=False, num_workers=0, device=torch.device("cpu"))

    def epoch() -> None:
        learn = Learner(dls, lenet(), loss_func=CrossEntropyLossFlat(), opt_func=SGD, metrics=accuracy)
        learn.fit(1, LR)

    return epoch


def lightning() -> Epoch:
    """A LightningModule, its Trainer without logger, checkpoints and bars."""
    import lightning as L
    from torch.nn import functional as F

    class LeNet(L.LightningModule):
        def __init__(self):
            super().__init__()
            self.net = lenet()

        def training_step(self, batch, batch_idx):
            X, y = batch
            loss = F.cross_entropy(self.net(X), y)
            self.log("train_loss", loss)
            return loss

        def validation_step(self, batch, batch_idx):
            X, y = batch
            scores = self.net(X)
            self.log("val_loss", F.cross_entropy(scores, y))
            self.log("val_acc", (scores.argmax(dim=1) == y).float().mean())

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=LR)

    train, test = torchvision_loaders()
    off = dict.fromkeys(("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary"), False)

    def epoch() -> None:
        trainer = L.Trainer(accelerator="cpu", max_epochs=1, num_sanity_val_steps=0, **off)
        trainer.fit(LeNet(), train, test)

    return epoch


def d2l() -> Epoch:
    """The book's train_ch6 with the book's loaders."""
    import matplotlib

    matplotlib.use("agg")
    from d2l import torch as book

    with books_loaders(BATCH) as loaders:
        return lambda: book.train_ch6(lenet(), *loaders, 1, LR, torch.device("cpu"))


def flax() -> Epoch:
    """NNX with steps compiled by nnx.jit, on arrays; the same network goes on learning in every round."""
    import optax
    from flax import nnx

    class LeNet(nnx.Module):
        def __init__(self, rngs):
            self.conv1 = nnx.Conv(1, 6, kernel_size=(5, 5), padding="SAME", rngs=rngs)
            self.conv2 = nnx.Conv(6, 16, kernel_size=(5, 5), padding="VALID", rngs=rngs)
            self.linear1 = nnx.Linear(16 * 5 * 5, 120, rngs=rngs)
            self.linear2 = nnx.Linear(120, 84, rngs=rngs)
            self.linear3 = nnx.Linear(84, 10, rngs=rngs)

        def __call__(self, x):
            x = nnx.avg_pool(nnx.sigmoid(self.conv1(x)), window_shape=(2, 2), strides=(2, 2))
            x = nnx.avg_pool(nnx.sigmoid(self.conv2(x)), window_shape=(2, 2), strides=(2, 2))
            x = x.reshape(x.shape[0], -1)
            x = nnx.sigmoid(self.linear1(x))
            return self.linear3(nnx.sigmoid(self.linear2(x)))

    def loss_fn(model, X, y):
        logits = model(X)
        return optax.softmax_cross_entropy_with_integer_labels(logits, y).mean(), logits

    @nnx.jit
    def train_step(model, optimizer, metrics, X, y):
        (loss, logits), grads = nnx.value_and_grad(loss_fn, has_aux=True)(model, X, y)
        metrics.update(loss=loss, logits=logits, labels=y)
        optimizer.update(model, grads)

    @nnx.jit
    def eval_step(model, metrics, X, y):
        loss, logits = loss_fn(model, X, y)
        metrics.update(loss=loss, logits=logits, labels=y)

    (X, y), (X_test, y_test) = ((images[..., None], labels.astype(np.int32)) for images, labels in arrays())
    model = LeNet(nnx.Rngs(0))
    optimizer = nnx.Optimizer(model, optax.sgd(LR), wrt=nnx.Param)
    metrics = nnx.MultiMetric(accuracy=nnx.metrics.Accuracy(), loss=nnx.metrics.Average("loss"))
    rng = np.random.default_rng()

    def epoch() -> None:
        order = rng.permutation(len(X))
        for start in range(0, len(X), BATCH):
            chosen = order[start : start + BATCH]
            train_step(model, optimizer, metrics, X[chosen], y[chosen])
        print("train", {name: float(value) for name, value in metrics.compute().items()})
        metrics.reset()
        for start in range(0, len(X_test), BATCH):
            eval_step(model, metrics, X_test[start : start + BATCH], y_test[start : start + BATCH])
        print("test", {name: float(value) for name, value in metrics.compute().items()})
        metrics.reset()

    return epoch


def keras() -> Epoch:
    """Keras's fit on JAX, on arrays; the same network goes on learning in every round, because a new one compiles anew."""
    os.environ["KERAS_BACKEND"] = "jax"
    import keras
    from keras import layers

    (X, y), test = ((images[..., None], labels) for images, labels in arrays())
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(6, 5, padding="same", activation="sigmoid"),
            layers.AveragePooling2D(2),
            layers.Conv2D(16, 5, activation="sigmoid"),
            layers.AveragePooling2D(2),
            layers.Flatten(),
            layers.Dense(120, activation="sigmoid"),
            layers.Dense(84, activation="sigmoid"),
            layers.Dense(10),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=keras.optimizers.SGD(LR), loss=loss, metrics=["accuracy"])
    return lambda: model.fit(X, y, batch_size=BATCH, epochs=1, validation_data=test, verbose=0)


@dataclass
class Peer:
    """What the table says of a loop, and the function that prepares it."""

    what: str
    measures: str
    start: Callable[[], Epoch]
    packages: tuple[str, ...]


PEERS = {
    "quickstart": Peer(
        "PyTorch's quickstart tutorial, DataLoader over torchvision's FashionMNIST",
        "the loss of every 100th batch",
        quickstart,
        ("torchvision",),
    ),
    "fastai": Peer("fastai, Learner on tensors in memory", "a running mean of the loss", fastai, ("fastai",)),
    "lightning": Peer(
        "Lightning, Trainer with the quickstart's loaders", "the loss of each batch", lightning, ("lightning",)
    ),
    "d2l": Peer("d2l, train_ch6 with its loaders", "loss and accuracy", d2l, ("d2l",)),
    "flax": Peer("Flax NNX, compiled step on arrays in memory", "loss and accuracy", flax, ("flax", "optax", "jax")),
    "keras": Peer("Keras on JAX, fit on arrays in memory", "loss and accuracy", keras, ("keras", "jax")),
}
START = {"ours": ours, "bare": bare} | {name: peer.start for name, peer in PEERS.items()}


def serve(name: str, pipe: Connection, start_method: str) -> None:
    """Train an epoch for each message, until the other end closes."""
    # A spawned process would spawn its loaders' workers, too; they should start as they do in anybody's program.
    multiprocessing.set_start_method(start_method, force=True)
    with quiet(), contextlib.suppress(EOFError):
        epoch = START[name]()
        while pipe.recv():
            epoch()
            pipe.send("done")


@contextlib.contextmanager
def elsewhere(name: str) -> Iterator[Epoch]:
    """The function that has an epoch trained in a process of its own and waits for it."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=serve, args=(name, there, multiprocessing.get_start_method()))
    process.start()
    there.close()

    def epoch() -> None:
        here.send("go")
        here.recv()

    try:
        yield epoch
    finally:
        here.close()
        process.join()


def turns(first: str, second: str) -> tuple[list, list]:
    """Seconds of each, round by round; the first round, which compiles, does not count."""
    with elsewhere(first) as a, elsewhere(second) as b:
        return take_turns(a, b)


def median_and_range(values: list[float], form: str) -> str:
    """The median, and the least and the greatest in parentheses."""
    low, middle, high = (format(f(values), form) for f in (min, statistics.median, max))
    return f"{middle} ({low}–{high})"


HEAD = """| one epoch of LeNet | train6 | the other | ratio | spread of the rounds | measured in training |
| --- | --- | --- | --- | --- | --- |"""


def compare(name: str) -> str:
    """The line of the table for one peer."""
    peer = PEERS[name]
    found = row(peer.what, turns("ours", name), "")
    return f"| {found.what} | {found.ours} | {found.theirs} | {found.ratio} | {found.spread} | {peer.measures} |"


def floor() -> str:
    """What no loop can go below, unless the step itself gets faster, in one sentence each."""
    with_all, steps = turns("ours", "bare")
    shares = [1 - step / whole for whole, step in zip(with_all, steps, strict=True)]
    steps_alone, book = turns("bare", "d2l")
    bound = [b / step for step, b in zip(steps_alone, book, strict=True)]
    return "\n".join(
        [
            f"- bare loop: {median_and_range([60_000 / s for s in steps], ',.0f')} examples per second",
            f"- share of train6's epoch that is not in the bare loop: {median_and_range(shares, '.1%')}",
            f"- d2l's epoch, in times of the bare loop: {median_and_range(bound, '.2f')}",
        ]
    )


def versions(names: list[str]) -> str:
    """The releases that were compared."""
    packages = dict.fromkeys(package for name in names for package in PEERS[name].packages)
    return " · ".join(f"{package} {version(package)}" for package in packages)


def main(names: list[str]) -> None:
    """Compare with the peers named, or with all of them; only a run of all is written down."""
    chosen = names or list(PEERS)
    lines = [f"{about()} · {versions(chosen)}", "", *HEAD.splitlines()]
    print(*lines, sep="\n", flush=True)
    for name in chosen:
        lines.append(compare(name))
        print(lines[-1], flush=True)
    if set(chosen) == set(PEERS):
        lines += ["", floor()]
        print(*lines[-2:], sep="\n")
        (RESULTS / f"peers-cpu-{os.cpu_count()}-cores.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
