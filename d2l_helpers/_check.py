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

from ._language import message
from ._words import WORDS, times

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
        raise TypeError(message("{name} must be an int, got {value}", name=name, value=shown(value)))
    if number < at_least:
        raise ValueError(
            message("{name} must be at least {least}, got {value}", name=name, least=at_least, value=shown(value))
        )
    return number


def as_pair(name: str, value: Size, *, at_least: int = 0) -> Pair:
    """`value`, an int or (height, width), as (height, width)."""
    pair = tuple(value) if isinstance(value, (tuple, list)) else (value, value)
    if len(pair) != 2:
        raise ValueError(
            message("{name} must be an int or a pair (height, width), got {value}", name=name, value=shown(value))
        )
    numbers = tuple(map(_integer, pair))
    if None in numbers:
        raise TypeError(
            message("{name} must be an int or a pair (height, width) of ints, got {value}", name=name, value=shown(value))
        )
    if min(numbers) < at_least:
        raise ValueError(
            message("{name} must be at least {least}, got {value}", name=name, least=at_least, value=shown(value))
        )
    return numbers


def as_number(name: str, value: float, *, finite: bool = True, at_least: float = -math.inf) -> float:
    """`value`, of Python, NumPy or PyTorch, as a float."""
    if isinstance(value, bool) or not hasattr(value, "__float__") or getattr(value, "ndim", 0):
        raise TypeError(message("{name} must be a number, got {value}", name=name, value=shown(value)))
    number = float(value)
    if finite and not math.isfinite(number):
        raise ValueError(message("{name} must be finite, got {value}", name=name, value=number))
    if number < at_least:
        raise ValueError(message("{name} must be at least {least}, got {value}", name=name, least=at_least, value=number))
    return number


def as_bool(name: str, value: bool) -> bool:
    """`value`, which must be True or False."""
    if not isinstance(value, bool):
        raise TypeError(message("{name} must be True or False, got {value}", name=name, value=shown(value)))
    return value


def require_choice(name: str, value: str, choices: Collection[str]) -> None:
    """`value` must be one of these words."""
    if not isinstance(value, str) or value not in choices:
        told = message(
            "{name} must be one of {choices}, got {value}", name=name, choices=", ".join(choices), value=shown(value)
        )
        raise ValueError(told)


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
        raise TypeError(
            message("{name} must be a tensor of shape {form}, got {came}", name=name, form=form, came=type(value).__name__)
        )
    shape, named = tuple(value.shape), len(axes) - ("..." in axes)
    if len(shape) < named or (len(shape) > named and "..." not in axes):
        told = message(
            "{name} must have shape {form}, got {count} dimension(s): {shape}",
            name=name,
            form=form,
            count=len(shape),
            shape=shape,
        )
        raise ValueError(told)
    if 0 in shape[-named:]:
        raise ValueError(message("{name} must not be empty, got shape {shape}", name=name, shape=shape))
    if dtypes is not None and value.dtype not in dtypes:
        raise TypeError(_wanted(dtypes, name=name, dtype=value.dtype))


def _wanted(dtypes: Collection[torch.dtype], **values) -> str:
    """The sentence that asks for a tensor of one of these dtypes."""
    if dtypes == FLOATS:
        return message("{name} must hold floats, got {dtype}: convert it, e.g. {name}.float()", **values)
    if dtypes == INTEGERS:
        return message("{name} must hold integers, got {dtype}: convert it, e.g. {name}.long()", **values)
    if dtypes == REALS:
        return message("{name} must hold real numbers, got {dtype}: convert it, e.g. {name}.float()", **values)
    return message("{name} must hold numbers, got {dtype}: convert it, e.g. {name}.float()", **values)


def require_alike(*, dtypes: bool = True, **tensors: Tensor) -> None:
    """Both tensors must be on one device, and unless `dtypes` is False have one dtype."""
    (first, X), (second, K) = tensors.items()
    if dtypes and X.dtype != K.dtype:
        told = message(
            "{first} and {second} must have one dtype, got {one} and {other}",
            first=first,
            second=second,
            one=X.dtype,
            other=K.dtype,
        )
        raise TypeError(told)
    if X.device != K.device:
        told = message(
            "{first} and {second} must be on one device, got {one} and {other}",
            first=first,
            second=second,
            one=X.device,
            other=K.device,
        )
        raise ValueError(told)


def as_array(name: str, value, form: str, *dimensions: int) -> np.ndarray:
    """A tensor, array, image or nested list of real numbers with one of these numbers of dimensions, not empty."""
    import numpy as np

    if isinstance(value, Tensor):
        value = (value.float() if value.dtype == torch.bfloat16 else value).numpy(force=True)  # NumPy has no bfloat16
    array = np.asarray(value)
    if array.dtype.kind not in "buif":
        told = message(
            "{name} must hold real numbers, got {came} of {dtype}", name=name, came=type(value).__name__, dtype=array.dtype
        )
        raise TypeError(told)
    if array.ndim not in dimensions or not array.size:
        told = message(
            "{name} must have shape {form} and not be empty, got {shape}", name=name, form=form, shape=array.shape
        )
        raise ValueError(told)
    return array


def as_matrix(name: str, value, *, largest: int) -> Tensor:
    """A tensor, array or nested lists of finite numbers as a float32 tensor of its own, at most `largest` cells a side."""
    if not isinstance(value, (list, tuple)) and not hasattr(value, "__array__"):
        told = message(
            "{name} must be a tensor or nested lists of numbers, got {came}", name=name, came=type(value).__name__
        )
        raise TypeError(told)
    try:
        tensor = torch.as_tensor(value).detach()
    except (TypeError, ValueError, RuntimeError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        told = message(
            "{name} must be a matrix of numbers, its rows equally long, got {value}", name=name, value=shown(value)
        )
        raise kind(told) from error
    require_tensor(name, tensor, *("HW" if name == "X" else "hw"), dtypes=REALS)
    require_small(name, tuple(tensor.shape), largest)
    tensor = tensor.to("cpu", torch.float32, copy=True)
    if not tensor.isfinite().all():
        raise ValueError(message("{name} must hold finite numbers, got {value}", name=name, value=tensor.tolist()))
    return tensor


def require_small(name: str, size: Pair, largest: int) -> None:
    """A matrix whose numbers are to be read must not be larger than that."""
    if max(size) > largest:
        told = message(
            "{name} must have at most {largest}×{largest} cells, got {size}: show larger ones with show_images",
            name=name,
            largest=largest,
            size=times(size),
        )
        raise ValueError(told)


# Figures


def require_table(name: str, value: Mapping) -> None:
    """A mapping from titles to something, not empty."""
    if not isinstance(value, Mapping):
        told = message("{name} must map titles to values, e.g. a dict, got {came}", name=name, came=type(value).__name__)
        raise TypeError(told)
    if not value:
        raise ValueError(message("{name} must not be empty", name=name))
    if wrong := [title for title in value if not isinstance(title, str)]:
        raise TypeError(message("{name} must have strings as titles, got {value}", name=name, value=shown(wrong[0])))


def as_cell(name: str, value: Pair, grid: str = "", size: Pair = (math.inf, math.inf)) -> Pair:
    """`value` as (row, column) of a cell; of that grid, where one is named."""
    if not isinstance(value, (tuple, list)):
        raise TypeError(message("{name} must be a pair (row, column), got {value}", name=name, value=shown(value)))
    row, column = as_pair(name, value)
    if row >= size[0] or column >= size[1]:
        told = message(
            "{name} must be a cell of {grid}, which is {size}, got {value}",
            name=name,
            grid=grid,
            size=times(size),
            value=shown(value),
        )
        raise ValueError(told)
    return row, column


def require_drawable(name: str, size: Pair) -> None:
    """A grid whose numbers are written out must not be larger than can be read."""
    if max(size) > LARGEST_DRAWN:
        raise ValueError(WORDS["reasons"]["large"].format(name=name, rows=size[0], columns=size[1], limit=LARGEST_DRAWN))


# Training


def as_device(device: torch.device | str) -> torch.device:
    """`device` as a torch.device that can hold tensors on this machine."""
    if not isinstance(device, (str, torch.device)):
        raise TypeError(message("device must be a string or a torch.device, got {value}", value=shown(device)))
    try:
        return torch.zeros(1, device=device).device
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        told = message(
            "device must be one that works here, see try_gpu(), got {device!r}: {reason}", device=str(device), reason=reason
        )
        raise ValueError(told) from error


def require_net(net: nn.Module, *, trainable: bool = False) -> None:
    """`net` must be a module; a trainable one has parameters that require a gradient."""
    if not isinstance(net, nn.Module):
        raise TypeError(message("net must be an nn.Module, got {came}: {value}", came=type(net).__name__, value=shown(net)))
    if trainable and not any(parameter.requires_grad for parameter in net.parameters()):
        raise ValueError(message("net must have parameters that require a gradient: here there is nothing to train"))


def require_loader(name: str, loader: Iterable, *, every_epoch: bool = True) -> None:
    """A loader must give batches, and in every epoch: a list or a DataLoader, not a generator."""
    if not hasattr(loader, "__iter__") and not hasattr(loader, "__getitem__"):
        told = message(
            "{name} must give batches (X, y) when iterated over, got {came}", name=name, came=type(loader).__name__
        )
        raise TypeError(told)
    if every_epoch and hasattr(loader, "__next__"):
        told = message(
            "{name} must give its batches again in every epoch: a list or a DataLoader, got {came}",
            name=name,
            came=type(loader).__name__,
        )
        raise ValueError(told)


def require_batch(name: str, batch: tuple[Tensor, Tensor]) -> None:
    """A batch must be a pair of tensors, X (N, …) and y int64 (N,), N at least 1."""
    if not isinstance(batch, (tuple, list)) or len(batch) != 2 or not all(isinstance(part, Tensor) for part in batch):
        told = message(
            "{name} must give pairs (X, y) of tensors, got {came}: {value}",
            name=name,
            came=type(batch).__name__,
            value=shown(batch),
        )
        raise TypeError(told)
    X, y = batch
    if y.dtype != torch.int64:
        told = message(
            "{name} must give labels y of dtype torch.int64, got {dtype}: convert them, e.g. y.long()",
            name=name,
            dtype=y.dtype,
        )
        raise TypeError(told)
    if y.dim() != 1 or not len(y) or X.shape[:1] != y.shape:
        told = message(
            "{name} must give X (N, …) with y (N,), N at least 1, got {X} and {y}",
            name=name,
            X=tuple(X.shape),
            y=tuple(y.shape),
        )
        raise ValueError(told)


def require_scores(y_hat: Tensor, y: Tensor) -> None:
    """The network's output for the batch with labels `y` must be (N, classes)."""
    if not isinstance(y_hat, Tensor) or y_hat.dim() != 2 or len(y_hat) != len(y):
        came = tuple(y_hat.shape) if isinstance(y_hat, Tensor) else type(y_hat).__name__
        raise ValueError(
            message("net must give scores (N, classes) for a batch of N = {N}, got {came}", N=len(y), came=came)
        )


def require_labels(name: str, y: Tensor, classes: int) -> None:
    """Labels must be indices of the network's outputs."""
    low, high = y.min().item(), y.max().item()
    if low < 0 or high >= classes:
        told = message(
            "{name} must give labels from 0 to {last}, as the net has {classes} outputs, got labels from {low} to {high}",
            name=name,
            last=classes - 1,
            classes=classes,
            low=low,
            high=high,
        )
        raise ValueError(told)


def require_predictions(y_hat: Tensor, y: Tensor) -> None:
    """Scores or predicted classes must be real numbers, the classes `y` integers, on one device."""
    for name, value, dtypes in (("y_hat", y_hat, REALS), ("y", y, INTEGERS)):
        if not isinstance(value, Tensor):
            raise TypeError(message("{name} must be a tensor, got {came}", name=name, came=type(value).__name__))
        if value.dtype not in dtypes:
            told = message(
                "{name} must hold real numbers, got {dtype}"
                if dtypes is REALS
                else "{name} must hold integers, got {dtype}",
                name=name,
                dtype=value.dtype,
            )
            raise TypeError(told)
    require_alike(y_hat=y_hat, y=y, dtypes=False)
