"""Train LeNet many times and store the curves in d2l_helpers/data/lenet_runs.json: `nox -s results`, half an hour.

Notebook 11 shows these runs beside the one that it trains itself.
"""

from __future__ import annotations

import contextlib
import datetime
import io
import json
import os
import platform
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import torch
import torchvision
from torch import nn

from d2l_helpers import lenet, load_data_fashion_mnist, modern_lenet, train6
from d2l_helpers.training import xavier_init

RESULTS = Path(__file__).resolve().parent.parent / "d2l_helpers" / "data" / "lenet_runs.json"
EPOCHS, BATCH_SIZE = 10, 256
BOOK_SEEDS, OTHER_SEEDS = range(10), range(3)


def swap(net: nn.Sequential, old: type, new: nn.Module) -> nn.Sequential:
    """The network with every module of type `old` replaced by `new`."""
    return nn.Sequential(*(new if isinstance(module, old) else module for module in net))


def with_batch_norm(net: nn.Sequential) -> nn.Sequential:
    """The network with a normalization without parameters after each hidden convolution and dense layer."""
    modules = []
    for module in net:
        modules.append(module)
        if isinstance(module, nn.Conv2d):
            modules.append(nn.BatchNorm2d(module.out_channels, affine=False))
        elif isinstance(module, nn.Linear) and module is not net[-1]:
            modules.append(nn.BatchNorm1d(module.out_features, affine=False))
    return nn.Sequential(*modules)


def relu_lenet() -> nn.Sequential:
    """LeNet with ReLU for the sigmoid."""
    return swap(lenet(), nn.Sigmoid, nn.ReLU())


def max_pooled(net: nn.Sequential) -> nn.Sequential:
    """The network with maximum for average pooling."""
    return swap(net, nn.AvgPool2d, nn.MaxPool2d(2))


def one_cycle(optimizer: torch.optim.Optimizer) -> torch.optim.lr_scheduler.OneCycleLR:
    """One rise and fall of the learning rate over the whole training."""
    steps = EPOCHS * -(-60_000 // BATCH_SIZE)
    return torch.optim.lr_scheduler.OneCycleLR(optimizer, optimizer.param_groups[0]["lr"], total_steps=steps)


ADAM = {"lr": 0.01, "optimizer": torch.optim.Adam, "scheduler": one_cycle}

# name → (network, settings of train6 that differ from the book's)
RECIPES = {
    "the book": (lenet, {}),
    "default initialization": (lenet, {"init": None}),
    "lr 0.1": (lenet, {"lr": 0.1}),
    "lr 2": (lenet, {"lr": 2.0}),
    "max pooling": (lambda: max_pooled(lenet()), {}),
    "ReLU": (relu_lenet, {}),
    "batch norm": (lambda: with_batch_norm(lenet()), {}),
    "Adam, one cycle": (lenet, ADAM),
    "ReLU, lr 0.1": (relu_lenet, {"lr": 0.1}),
    "… and max pooling": (lambda: max_pooled(relu_lenet()), {"lr": 0.1}),
    "… and batch norm": (modern_lenet, {"lr": 0.1}),
    "… and Adam, one cycle": (modern_lenet, ADAM),
}


def run(name: str, seed: int) -> dict:
    """One training: its loss, train and test accuracy after each epoch."""
    torch.set_num_threads(1)
    make, settings = RECIPES[name]
    loaders = load_data_fashion_mnist(BATCH_SIZE)
    torch.manual_seed(seed)
    net = make()
    recipe = {"lr": 0.9, "init": xavier_init, **settings}
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        history = train6(net, *loaders, EPOCHS, device="cpu", **recipe)
    curves = {"loss": history.loss, "train_acc": history.train_acc, "test_acc": history.test_acc}
    rounded = {key: [round(value, 4) for value in values] for key, values in curves.items()}
    return {"recipe": name, "seed": seed, **rounded, "stopped": history.stopped}


def main() -> None:
    """Run everything, as many trainings at once as there are cores, and write the file."""
    tasks = [(name, seed) for name in RECIPES for seed in (BOOK_SEEDS if name == "the book" else OTHER_SEEDS)]
    runs = []
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for done in pool.map(run, *zip(*tasks, strict=True)):
            print(
                f"{done['recipe']:24} seed {done['seed']}  test acc {done['test_acc'][-1]:.3f} {done['stopped']}",
                flush=True,
            )
            runs.append(done)
    about = {
        "written by": "tools/results.py",
        "date": datetime.date.today().isoformat(),
        "versions": f"Python {platform.python_version()}, torch {torch.__version__}, torchvision {torchvision.__version__}",
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, no GPU used",
        "recipe": f"{EPOCHS} epochs, batches of {BATCH_SIZE}, SGD with lr 0.9 where nothing else is said",
    }
    lines = ",\n".join(json.dumps(one, ensure_ascii=False) for one in runs)
    RESULTS.write_text(f'{{"about": {json.dumps(about)},\n"runs": [\n{lines}\n]}}\n', encoding="utf-8")


if __name__ == "__main__":
    main()
