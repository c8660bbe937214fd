"""Checks of tensor arguments that several modules share."""

from __future__ import annotations

import math

import torch
from torch import Tensor

FLOATS = {torch.float16, torch.bfloat16, torch.float32, torch.float64}
INTEGERS = {torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64}
NUMBERS = FLOATS | INTEGERS | {torch.complex64, torch.complex128}  # what torch adds and multiplies everywhere
LARGEST = 10**8  # numbers in one result, 400 MB in float32


def require_shape(name: str, value: Tensor, *axes: str) -> None:
    """`value` must be a dense tensor with these axes, none of them empty; "..." in front stands for any others."""
    form = f"({', '.join(axes)})"
    if not isinstance(value, Tensor):
        raise TypeError(f"{name} must be a tensor of shape {form}, got {type(value).__name__}")
    if value.is_nested or value.layout != torch.strided:
        kind = "a nested tensor" if value.is_nested else value.layout
        raise TypeError(f"{name} must be a dense tensor of shape {form}, got {kind}")
    shape, named = tuple(value.shape), len(axes) - ("..." in axes)
    if len(shape) < named or (len(shape) > named and "..." not in axes):
        raise ValueError(f"{name} must have shape {form}, got {len(shape)} dimension(s): {shape}")
    if 0 in shape[-named:]:
        raise ValueError(f"{name} must not be empty, got shape {shape}")


def require_tensor(name: str, value: Tensor, *axes: str) -> None:
    """As `require_shape`, and it must hold numbers that can be added and multiplied; the error names the argument."""
    require_shape(name, value, *axes)
    if value.dtype not in NUMBERS:
        raise TypeError(f"{name} must hold numbers, got {value.dtype}: convert it, e.g. {name}.float()")


def require_alike(**tensors: Tensor) -> None:
    """Both tensors must have one dtype and one device; the error names both arguments."""
    (first, X), (second, K) = tensors.items()
    if X.dtype != K.dtype:
        raise TypeError(f"{first} and {second} must have one dtype, got {X.dtype} and {K.dtype}")
    if X.device != K.device:
        raise ValueError(f"{first} and {second} must be on one device, got {X.device} and {K.device}")


def require_room(settings: str, *shape: int) -> None:
    """A result of that shape must fit into memory; `settings` says which arguments make it so large."""
    if math.prod(shape) > LARGEST:
        size = "×".join(map(str, shape))
        raise ValueError(f"{settings} is too large: at most {LARGEST:,} numbers are allowed, got {size}")
