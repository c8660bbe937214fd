"""What training asks of a network and its loaders, in one sentence where it does not get it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import torch
from torch import Tensor, nn

from .._check import FLOATS, INTEGERS
from .._check import as_int, as_number, shown


def require_settings(num_epochs: int, lr: float) -> None:
    """`num_epochs` must be an int ≥ 1, `lr` a finite number ≥ 0."""
    as_int("num_epochs", num_epochs)
    if as_number("lr", lr) < 0:
        raise ValueError(f"lr must be at least 0, got {lr}")


def require_net(net: nn.Module) -> None:
    """`net` must be a module."""
    if not isinstance(net, nn.Module):
        raise TypeError(f"net must be an nn.Module, got {type(net).__name__}: {shown(net)}")


def require_loaders(**loaders: Iterable) -> None:
    """Each must be something to iterate over, and more than once: not a generator."""
    for name, loader in loaders.items():
        came = type(loader).__name__
        _require_iterable(name, loader)
        if hasattr(loader, "__next__"):
            raise ValueError(f"{name} must give its batches again in every epoch: a list or a DataLoader, got {came}")


def checked(name: str, loader: Iterable, classes: int | None = None) -> Iterator[tuple[Tensor, Tensor]]:
    """The batches of `loader`, each looked at before it is used; ValueError where there is none.

    Labels on a GPU are compared with `classes` in the first batch alone: each look makes the host wait.
    """
    _require_iterable(name, loader)
    number = 0
    for number, batch in enumerate(loader, start=1):
        _require_batch(name, batch)
        if classes is not None and (number == 1 or batch[1].is_cpu):
            _require_labels(name, batch[1], classes)
        yield batch
    if not number:
        raise ValueError(f"{name} gave no examples: a loader must give at least one (X, y), again in every epoch")


@torch.no_grad()
def count_classes(net: nn.Module, test_iter: Iterable, device: torch.device) -> int:
    """Try the network on the first test batch, and say how many scores it gives per example.

    Weights, statistics and PyTorch's random state stay; the network is left in evaluation mode.
    """
    net.eval()
    with torch.random.fork_rng(devices=[]):
        X, y = next(checked("test_iter", test_iter))
    y_hat = net(X.to(device))
    require_scores(y_hat, y)
    if not any(parameter.requires_grad for parameter in net.parameters()):
        raise ValueError("net must have parameters that require a gradient: here there is nothing to train")
    _require_labels("test_iter", y, y_hat.shape[1])
    return y_hat.shape[1]


def require_scores(y_hat: Tensor, y: Tensor) -> None:
    """The network's answer to the batch with labels `y` must be (N, classes)."""
    if not isinstance(y_hat, Tensor) or y_hat.dim() != 2 or len(y_hat) != len(y):
        came = tuple(y_hat.shape) if isinstance(y_hat, Tensor) else type(y_hat).__name__
        raise ValueError(f"net must give scores (N, classes) for a batch of N = {len(y)}, got {came}")


def require_comparable(y_hat: Tensor, y: Tensor) -> None:
    """Scores or classes, and classes: tensors of numbers on one device; the classes whole."""
    for name, value in (("y_hat", y_hat), ("y", y)):
        if not isinstance(value, Tensor):
            raise TypeError(f"{name} must be a tensor, got {type(value).__name__}")
        if value.is_meta or value.layout != torch.strided or 0 in value.shape[1:]:
            raise ValueError(
                f"{name} must hold numbers, got {value.layout} of shape {tuple(value.shape)} on {value.device}"
            )
    if y_hat.dtype not in FLOATS | INTEGERS:
        raise TypeError(f"y_hat must hold real numbers, got {y_hat.dtype}")
    if y.dtype not in INTEGERS:
        raise TypeError(f"y must hold class numbers, got {y.dtype}: convert it, e.g. y.long()")
    if y_hat.device != y.device:
        raise ValueError(f"y_hat and y must be on one device, got {y_hat.device} and {y.device}")


def _require_iterable(name: str, loader: Iterable) -> None:
    if not hasattr(loader, "__iter__") and not hasattr(loader, "__getitem__"):
        raise TypeError(f"{name} must give batches (X, y) when iterated over, got {type(loader).__name__}")


def _require_batch(name: str, batch: tuple[Tensor, Tensor]) -> None:
    """A pair of tensors: X (N, …) and y int64 (N,), N at least 1."""
    if not isinstance(batch, (tuple, list)) or len(batch) != 2 or not all(isinstance(part, Tensor) for part in batch):
        raise TypeError(f"{name} must give pairs (X, y) of tensors, got {type(batch).__name__}: {shown(batch)}")
    X, y = batch
    if y.dtype != torch.int64:
        raise TypeError(f"{name} must give labels y of dtype torch.int64, got {y.dtype}: convert them, e.g. y.long()")
    if y.dim() != 1 or not len(y) or X.shape[:1] != y.shape:
        raise ValueError(f"{name} must give X (N, …) with y (N,), N at least 1, got {tuple(X.shape)} and {tuple(y.shape)}")


def _require_labels(name: str, y: Tensor, classes: int) -> None:
    """Labels must be numbers of the network's outputs."""
    low, high = y.min().item(), y.max().item()
    if low < 0 or high >= classes:
        wanted = f"labels from 0 to {classes - 1}, as the net has {classes} outputs"
        raise ValueError(f"{name} must give {wanted}, got labels from {low} to {high}")
