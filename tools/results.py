"""Train networks many times and store the curves in d2l_helpers/data: `nox -s results`, an hour; -- kinds runs one study.

A study is a set of recipes whose runs a lesson compares: lesson 11 those of LeNet, lesson 07 those of kinds of convolution,
lesson 13 those of networks that segment scenes.
"""

from __future__ import annotations

import contextlib
import datetime
import io
import json
import math
import os
import platform
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import torch
import torchvision
from torch import nn

from d2l_helpers import lenet, load_data_fashion_mnist, modern_lenet, train6
from d2l_helpers.training import xavier_init
from tools import scenes

DATA = Path(__file__).resolve().parent.parent / "d2l_helpers" / "data"
BATCH_SIZE = 256


@dataclass(frozen=True)
class Recipe:
    """How to make one network, and the settings of train6 that differ from its study's."""

    make: Callable[[], nn.Module]
    settings: dict = field(default_factory=dict)
    seeds: range = range(3)


@dataclass(frozen=True)
class Study:
    """Recipes whose runs belong together; they are stored in {name}_runs.json."""

    recipes: dict[str, Recipe]
    epochs: int
    settings: dict
    about: str
    measure: Callable[[Study, Recipe, int], dict] | None = None  # one training; `classify` if None
    batch_size: int = BATCH_SIZE


def one_cycle(epochs: int) -> Callable[[torch.optim.Optimizer], torch.optim.lr_scheduler.OneCycleLR]:
    """A scheduler: one rise and fall of the learning rate over the whole training."""

    def schedule(optimizer: torch.optim.Optimizer) -> torch.optim.lr_scheduler.OneCycleLR:
        steps = epochs * math.ceil(60_000 / BATCH_SIZE)
        return torch.optim.lr_scheduler.OneCycleLR(optimizer, optimizer.param_groups[0]["lr"], total_steps=steps)

    return schedule


def adam(epochs: int) -> dict:
    """Settings of train6: Adam, with one cycle of the learning rate up to 0.01."""
    return {"lr": 0.01, "optimizer": torch.optim.Adam, "scheduler": one_cycle(epochs)}


# LeNet: the book's recipe, one change at a time


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


LENET = Study(
    {
        "the book": Recipe(lenet, seeds=range(10)),
        "default initialization": Recipe(lenet, {"init": None}),
        "lr 0.1": Recipe(lenet, {"lr": 0.1}),
        "lr 2": Recipe(lenet, {"lr": 2.0}),
        "max pooling": Recipe(lambda: max_pooled(lenet())),
        "ReLU": Recipe(relu_lenet),
        "batch norm": Recipe(lambda: with_batch_norm(lenet())),
        "Adam, one cycle": Recipe(lenet, adam(10)),
        "ReLU, lr 0.1": Recipe(relu_lenet, {"lr": 0.1}),
        "… and max pooling": Recipe(lambda: max_pooled(relu_lenet()), {"lr": 0.1}),
        "… and batch norm": Recipe(modern_lenet, {"lr": 0.1}),
        "… and Adam, one cycle": Recipe(modern_lenet, adam(10)),
    },
    epochs=10,
    settings={"lr": 0.9, "init": xavier_init},
    about="SGD with lr 0.9 where nothing else is said",
)


# Kinds of convolution: three middle layers of one kind


def normalized(c_i: int, c_o: int, size: int | tuple[int, int], **settings) -> list[nn.Module]:
    """A convolution without bias, batch normalization and ReLU."""
    return [nn.Conv2d(c_i, c_o, size, bias=False, **settings), nn.BatchNorm2d(c_o), nn.ReLU()]


def separable(c: int, *, one_relu: bool = False) -> list[nn.Module]:
    """A depthwise and a pointwise layer; `one_relu`: batch normalization and ReLU only after the second."""
    return normalized(c, c, 3, padding=1, groups=c)[: 1 if one_relu else None] + normalized(c, c, 1)


def in_two_directions(c: int, *, one_relu: bool = False) -> list[nn.Module]:
    """A 1×3 and a 3×1 layer; `one_relu` as above."""
    return normalized(c, c, (1, 3), padding=(0, 1))[: 1 if one_relu else None] + normalized(c, c, (3, 1), padding=(1, 0))


# name → (channels, which of the middle layers, from 0) → modules that keep the channels and the size
KINDS: dict[str, Callable[[int, int], list[nn.Module]]] = {
    "ordinary": lambda c, i: normalized(c, c, 3, padding=1),
    "dilated, d = 2": lambda c, i: normalized(c, c, 3, padding=2, dilation=2),
    "dilated, d = 1, 2, 3": lambda c, i: normalized(c, c, 3, padding=i + 1, dilation=i + 1),
    "grouped, g = 4": lambda c, i: normalized(c, c, 3, padding=1, groups=4),
    "grouped and shuffled": lambda c, i: [*normalized(c, c, 3, padding=1, groups=4), nn.ChannelShuffle(4)],
    "depthwise separable": lambda c, i: separable(c),
    "1×3 and 3×1": lambda c, i: in_two_directions(c),
    "separable, one ReLU": lambda c, i: separable(c, one_relu=True),
    "1×3 and 3×1, one ReLU": lambda c, i: in_two_directions(c, one_relu=True),
}

# Channels with which a whole network has about the parameters, and does about the multiply-adds, of the ordinary one
EQUAL_BUDGET = {
    "ordinary": 16, "dilated, d = 2": 16, "dilated, d = 1, 2, 3": 16,
    "grouped, g = 4": 32, "grouped and shuffled": 32, "depthwise separable": 42, "1×3 and 3×1": 19,
    "separable, one ReLU": 42, "1×3 and 3×1, one ReLU": 19,
}  # fmt: skip


def small_net(kind: str, channels: int) -> nn.Sequential:
    """28×28 images → 14×14 maps by an ordinary convolution → three middle layers of one kind → their means → 10 classes."""
    middle = [module for i in range(3) for module in KINDS[kind](channels, i)]
    ends = nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 10)
    return nn.Sequential(*normalized(1, channels, 3, stride=2, padding=1), *middle, *ends)


def kinds() -> dict[str, Recipe]:
    """Each kind at about the same budget, then the cheaper kinds with as many channels as the ordinary network."""
    cheaper = ("grouped, g = 4", "depthwise separable", "1×3 and 3×1")
    widths = [*EQUAL_BUDGET.items(), *((kind, EQUAL_BUDGET["ordinary"]) for kind in cheaper)]
    return {f"{kind}, {c} channels": Recipe(lambda kind=kind, c=c: small_net(kind, c)) for kind, c in widths}


# Scenes: ways to enlarge maps in a network that labels every pixel

UPSAMPLERS = {
    "transposed": scenes.transposed,
    "resize": scenes.resize,
    "pixel shuffle": scenes.shuffle,
    "unpooling": scenes.Unpooling,
}


def segmenters() -> dict[str, Recipe]:
    """Each upsampler without and with skip connections, then a wider network without: a control for the parameters."""
    made = {
        f"{name}, {'skips' if skips else 'no skips'}": Recipe(lambda up=up, skips=skips: scenes.EncoderDecoder(up, skips))
        for skips in (False, True)
        for name, up in UPSAMPLERS.items()
    }
    made["resize, no skips, wider"] = Recipe(lambda: scenes.EncoderDecoder(scenes.resize, False, (9, 18, 36)))
    return made


def segment(study: Study, recipe: Recipe, seed: int) -> dict:
    """One training on scenes: parameters, seconds, the mean loss of each epoch, and what the test scenes give."""
    batches, test_batches = load_data_fashion_mnist(BATCH_SIZE)
    X, Y = scenes.compose(batches.images, batches.labels, 2000, seed=0)
    X_test, Y_test = scenes.compose(test_batches.images, test_batches.labels, 500, seed=1)
    torch.manual_seed(seed)
    net = recipe.make()
    start = time.perf_counter()
    losses = torch.tensor(scenes.train(net, X, Y, study.epochs, batch_size=study.batch_size))
    seconds = time.perf_counter() - start
    predicted, edges = scenes.predict(net, X_test), scenes.at_edges(Y_test)
    right = (predicted == Y_test).double()
    ious = [scenes.iou(predicted, Y_test, c) for c in range(5)]
    measured = {
        "pixel_acc": right.mean().item(),
        "edge_acc": right[edges].mean().item(),
        "inner_acc": right[~edges].mean().item(),
        "miou": sum(ious) / len(ious),
        "ripple": scenes.ripple(net),
    }
    return {
        "parameters": sum(parameter.numel() for parameter in net.parameters()),
        "seconds": round(seconds, 1),
        "loss": [round(part.mean().item(), 4) for part in losses.chunk(study.epochs)],
        **{name: round(value, 4) for name, value in measured.items()},
        "iou": [round(value, 4) for value in ious],
    }


STUDIES = {
    "lenet": LENET,
    "kinds": Study(
        kinds(),
        epochs=4,
        settings={"init": None, **adam(4)},
        about="Adam, one cycle up to lr 0.01, PyTorch's initialization",
    ),
    "scenes": Study(
        segmenters(),
        epochs=4,
        settings={},
        about="2,000 scenes, Adam, one cycle up to lr 0.02, PyTorch's initialization; 500 test scenes",
        measure=segment,
        batch_size=8,
    ),
}


def classify(study: Study, recipe: Recipe, seed: int) -> dict:
    """One training of a classifier: its loss, train and test accuracy after each epoch."""
    loaders = load_data_fashion_mnist(study.batch_size)
    torch.manual_seed(seed)
    net = recipe.make()
    settings = {**study.settings, **recipe.settings}
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        history = train6(net, *loaders, study.epochs, device="cpu", **settings)
    curves = {"loss": history.loss, "train_acc": history.train_acc, "test_acc": history.test_acc}
    return {**{key: [round(value, 4) for value in values] for key, values in curves.items()}, "stopped": history.stopped}


def run(name: str, recipe: str, seed: int) -> dict:
    """One training of a study, on one thread."""
    torch.set_num_threads(1)
    study = STUDIES[name]
    measured = (study.measure or classify)(study, study.recipes[recipe], seed)
    return {"recipe": recipe, "seed": seed, **measured}


def conduct(name: str) -> None:
    """Run a study, as many trainings at once as there are cores, and write its file."""
    study, runs = STUDIES[name], []
    tasks = [(name, recipe, seed) for recipe in study.recipes for seed in study.recipes[recipe].seeds]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for done in pool.map(run, *zip(*tasks, strict=True)):
            score = done["miou"] if "miou" in done else done["test_acc"][-1]
            print(f"{done['recipe']:34} seed {done['seed']}  {score:.3f} {done.get('stopped', '')}", flush=True)
            runs.append(done)
    about = {
        "written by": "tools/results.py",
        "date": datetime.date.today().isoformat(),
        "versions": f"Python {platform.python_version()}, torch {torch.__version__}, torchvision {torchvision.__version__}",
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, no GPU used",
        "recipe": f"{study.epochs} epochs, batches of {study.batch_size}, {study.about}",
    }
    lines = ",\n".join(json.dumps(one, ensure_ascii=False) for one in runs)
    text = f'{{"about": {json.dumps(about)},\n"runs": [\n{lines}\n]}}\n'
    (DATA / f"{name}_runs.json").write_text(text, encoding="utf-8")


def main(names: list[str]) -> None:
    """Conduct the studies with these names, all if none is given."""
    if unknown := set(names) - STUDIES.keys():
        sys.exit(f"no study has the name {', '.join(sorted(unknown))}: there are {', '.join(STUDIES)}")
    for name in names or STUDIES:
        conduct(name)


if __name__ == "__main__":
    main(sys.argv[1:])
