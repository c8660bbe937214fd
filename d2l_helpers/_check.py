"""Every check of an argument: one sentence that names the argument, what came and what was wanted.

Public functions call these first. Only slips that a learner makes are caught; whatever else is wrong, PyTorch says.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Collection, Iterable, Mapping
from reprlib import repr as shown
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from ._words import WORDS

if TYPE_CHECKING:  # torch alone is enough for the core of the package
    import numpy as np

Pair = tuple[int, int]
Size = int | Pair
FLOATS = {torch.float16, torch.bfloat16, torch.float32, torch.float64}
INTEGERS = {torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64}
REALS = FLOATS | INTEGERS
NUMBERS = REALS | {torch.complex64, torch.complex128}  # what PyTorch adds and multiplies everywhere
LARGEST_DRAWN = WORDS["limits"]["drawn"]  # cells along one side of a grid whose numbers are written out


# Numbers


def as_int(name: str, value: int, *, at_least: int = 1) -> int:
    """`value`, of Python, NumPy or PyTorch, as an int."""
    number = _integer(value)
    if number is None:
        raise TypeError(f"{name} must be an int, got {shown(value)}")
    if number < at_least:
        raise ValueError(f"{name} must be at least {at_least}, got {shown(value)}")
    return number


def as_pair(name: str, value: Size, *, at_least: int = 0) -> Pair:
    """`value`, an int or (height, width), as (height, width)."""
    pair = tuple(value) if isinstance(value, (tuple, list)) else (value, value)
    if len(pair) != 2:
        raise ValueError(f"{name} must be an int or a pair (height, width), got {shown(value)}")
    numbers = tuple(map(_integer, pair))
    if None in numbers:
        raise TypeError(f"{name} must be an int or a pair (height, width) of ints, got {shown(value)}")
    if min(numbers) < at_least:
        raise ValueError(f"{name} must be at least {at_least}, got {shown(value)}")
    return numbers


def as_number(name: str, value: float, *, finite: bool = True, at_least: float = -math.inf) -> float:
    """`value`, of Python, NumPy or PyTorch, as a float."""
    if isinstance(value, bool) or not hasattr(value, "__float__") or getattr(value, "ndim", 0):
        raise TypeError(f"{name} must be a number, got {shown(value)}")
    number = float(value)
    if finite and not math.isfinite(number):
        raise ValueError(f"{name} must be finite, got {number}")
    if number < at_least:
        raise ValueError(f"{name} must be at least {at_least}, got {number}")
    return number


def as_bool(name: str, value: bool) -> bool:
    """`value`, which must be True or False."""
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be True or False, got {shown(value)}")
    return value


def require_choice(name: str, value: str, choices: Collection[str]) -> None:
    """`value` must be one of these words."""
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}, got {shown(value)}")


def _integer(value) -> int | None:
    """An integer as an int, None for anything else; True and False are not integers here."""
    if isinstance(value, bool) or str(getattr(value, "dtype", "")).endswith("bool"):
        return None
    try:
        return operator.index(value)
    except (TypeError, ValueError, RuntimeError):
        return None


# Tensors


def require_tensor(name: str, value: Tensor, *axes: str, dtypes: Collection[torch.dtype] | None = NUMBERS) -> None:
    """`value` must be a tensor with these axes, none of them empty, of one of `dtypes`; "..." stands for any other axes."""
    form = f"({', '.join(axes)})"
    if not isinstance(value, Tensor):
        raise TypeError(f"{name} must be a tensor of shape {form}, got {type(value).__name__}")
    shape, named = tuple(value.shape), len(axes) - ("..." in axes)
    if len(shape) < named or (len(shape) > named and "..." not in axes):
        raise ValueError(f"{name} must have shape {form}, got {len(shape)} dimension(s): {shape}")
    if 0 in shape[-named:]:
        raise ValueError(f"{name} must not be empty, got shape {shape}")
    if dtypes is not None and value.dtype not in dtypes:
        kinds = ("floats", FLOATS, "float"), ("integers", INTEGERS, "long"), ("real numbers", REALS, "float")
        wanted, method = next(((kind, method) for kind, known, method in kinds if dtypes == known), ("numbers", "float"))
        raise TypeError(f"{name} must hold {wanted}, got {value.dtype}: convert it, e.g. {name}.{method}()")


def require_alike(*, dtypes: bool = True, **tensors: Tensor) -> None:
    """Both tensors must be on one device, and unless `dtypes` is False have one dtype."""
    (first, X), (second, K) = tensors.items()
    if dtypes and X.dtype != K.dtype:
        raise TypeError(f"{first} and {second} must have one dtype, got {X.dtype} and {K.dtype}")
    if X.device != K.device:
        raise ValueError(f"{first} and {second} must be on one device, got {X.device} and {K.device}")


def as_array(name: str, value, form: str, *dimensions: int) -> np.ndarray:
    """A tensor, array, image or nested list of real numbers with one of these numbers of dimensions, not empty."""
    import numpy as np

    if isinstance(value, Tensor):
        value = (value.float() if value.dtype == torch.bfloat16 else value).numpy(force=True)  # NumPy has no bfloat16
    array = np.asarray(value)
    if array.dtype.kind not in "buif":
        raise TypeError(f"{name} must hold real numbers, got {type(value).__name__} of {array.dtype}")
    if array.ndim not in dimensions or not array.size:
        raise ValueError(f"{name} must have shape {form} and not be empty, got {array.shape}")
    return array


def as_matrix(name: str, value, *, largest: int) -> Tensor:
    """A tensor, array or nested lists of finite numbers as a float32 tensor of its own, at most `largest` cells a side."""
    if not isinstance(value, (list, tuple)) and not hasattr(value, "__array__"):
        raise TypeError(f"{name} must be a tensor or nested lists of numbers, got {type(value).__name__}")
    try:
        tensor = torch.as_tensor(value).detach()
    except (TypeError, ValueError, RuntimeError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"{name} must be a matrix of numbers, its rows equally long, got {shown(value)}") from error
    require_tensor(name, tensor, *("HW" if name == "X" else "hw"), dtypes=REALS)
    require_small(name, tuple(tensor.shape), largest)
    tensor = tensor.to("cpu", torch.float32, copy=True)
    if not tensor.isfinite().all():
        raise ValueError(f"{name} must hold finite numbers, got {tensor.tolist()}")
    return tensor


def require_small(name: str, size: Pair, largest: int) -> None:
    """A matrix whose numbers are to be read must not be larger than that."""
    if max(size) > largest:
        got = f"{size[0]}×{size[1]}"
        raise ValueError(
            f"{name} must have at most {largest}×{largest} cells, got {got}: show larger ones with show_images"
        )


# Figures


def require_table(name: str, value: Mapping) -> None:
    """A mapping from titles to something, not empty."""
    if not isinstance(value, Mapping):
        raise TypeError(f"{name} must map titles to values, e.g. a dict, got {type(value).__name__}")
    if not value:
        raise ValueError(f"{name} must not be empty")
    if wrong := [title for title in value if not isinstance(title, str)]:
        raise TypeError(f"{name} must have strings as titles, got {shown(wrong[0])}")


def as_cell(name: str, value: Pair, grid: str = "", size: Pair = (math.inf, math.inf)) -> Pair:
    """`value` as (row, column) of a cell; of that grid, where one is named."""
    if not isinstance(value, (tuple, list)):
        raise TypeError(f"{name} must be a pair (row, column), got {shown(value)}")
    row, column = as_pair(name, value)
    if row >= size[0] or column >= size[1]:
        raise ValueError(f"{name} must be a cell of {grid}, which is {size[0]}×{size[1]}, got {shown(value)}")
    return row, column


def require_drawable(name: str, size: Pair) -> None:
    """A grid whose numbers are written out must not be larger than can be read."""
    if max(size) > LARGEST_DRAWN:
        raise ValueError(WORDS["reasons"]["large"].format(name=name, rows=size[0], columns=size[1], limit=LARGEST_DRAWN))


# Training


def as_device(device: torch.device | str) -> torch.device:
    """`device` as a torch.device that can hold tensors on this machine."""
    if not isinstance(device, (str, torch.device)):
        raise TypeError(f"device must be a string or a torch.device, got {shown(device)}")
    try:
        return torch.zeros(1, device=device).device
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise ValueError(f"device must be one that works here, see try_gpu(), got {str(device)!r}: {reason}") from error


def require_net(net: nn.Module, *, trainable: bool = False) -> None:
    """`net` must be a module; a trainable one has parameters that require a gradient."""
    if not isinstance(net, nn.Module):
        raise TypeError(f"net must be an nn.Module, got {type(net).__name__}: {shown(net)}")
    if trainable and not any(parameter.requires_grad for parameter in net.parameters()):
        raise ValueError("net must have parameters that require a gradient: here there is nothing to train")


def require_loader(name: str, loader: Iterable, *, every_epoch: bool = True) -> None:
    """A loader must give batches, and in every epoch: a list or a DataLoader, not a generator."""
    if not hasattr(loader, "__iter__") and not hasattr(loader, "__getitem__"):
        raise TypeError(f"{name} must give batches (X, y) when iterated over, got {type(loader).__name__}")
    if every_epoch and hasattr(loader, "__next__"):
        came = type(loader).__name__
        raise ValueError(f"{name} must give its batches again in every epoch: a list or a DataLoader, got {came}")


def require_batch(name: str, batch: tuple[Tensor, Tensor]) -> None:
    """A batch must be a pair of tensors, X (N, …) and y int64 (N,), N at least 1."""
    if not isinstance(batch, (tuple, list)) or len(batch) != 2 or not all(isinstance(part, Tensor) for part in batch):
        raise TypeError(f"{name} must give pairs (X, y) of tensors, got {type(batch).__name__}: {shown(batch)}")
    X, y = batch
    if y.dtype != torch.int64:
        raise TypeError(f"{name} must give labels y of dtype torch.int64, got {y.dtype}: convert them, e.g. y.long()")
    if y.dim() != 1 or not len(y) or X.shape[:1] != y.shape:
        raise ValueError(f"{name} must give X (N, …) with y (N,), N at least 1, got {tuple(X.shape)} and {tuple(y.shape)}")


def require_scores(y_hat: Tensor, y: Tensor) -> None:
    """The network's output for the batch with labels `y` must be (N, classes)."""
    if not isinstance(y_hat, Tensor) or y_hat.dim() != 2 or len(y_hat) != len(y):
        came = tuple(y_hat.shape) if isinstance(y_hat, Tensor) else type(y_hat).__name__
        raise ValueError(f"net must give scores (N, classes) for a batch of N = {len(y)}, got {came}")


def require_labels(name: str, y: Tensor, classes: int) -> None:
    """Labels must be indices of the network's outputs."""
    low, high = y.min().item(), y.max().item()
    if low < 0 or high >= classes:
        wanted = f"labels from 0 to {classes - 1}, as the net has {classes} outputs"
        raise ValueError(f"{name} must give {wanted}, got labels from {low} to {high}")


def require_predictions(y_hat: Tensor, y: Tensor) -> None:
    """Scores or predicted classes must be real numbers, the classes `y` integers, on one device."""
    for name, value, dtypes in (("y_hat", y_hat, REALS), ("y", y, INTEGERS)):
        if not isinstance(value, Tensor):
            raise TypeError(f"{name} must be a tensor, got {type(value).__name__}")
        if value.dtype not in dtypes:
            raise TypeError(f"{name} must hold {'real numbers' if dtypes is REALS else 'integers'}, got {value.dtype}")
    require_alike(y_hat=y_hat, y=y, dtypes=False)
