"""Checks of tensor arguments that several modules share."""

from __future__ import annotations

import torch
from torch import Tensor


def require_tensor(name: str, value: Tensor, *axes: str) -> None:
    """`value` must be a tensor with these axes, none of them empty; the error names the argument."""
    form = f"({', '.join(axes)})"
    if not isinstance(value, Tensor):
        raise TypeError(f"{name} must be a tensor of shape {form}, got {type(value).__name__}")
    if value.dtype == torch.bool:
        raise TypeError(f"{name} must hold numbers, got torch.bool: convert it, e.g. {name}.float()")
    if value.dim() != len(axes):
        raise ValueError(f"{name} must have shape {form}, got {value.dim()} dimension(s): {tuple(value.shape)}")
    if value.numel() == 0:
        raise ValueError(f"{name} must not be empty, got shape {tuple(value.shape)}")


def require_alike(**tensors: Tensor) -> None:
    """Both tensors must have one dtype and one device; the error names both arguments."""
    (first, X), (second, K) = tensors.items()
    if X.dtype != K.dtype:
        raise TypeError(f"{first} and {second} must have one dtype, got {X.dtype} and {K.dtype}")
    if X.device != K.device:
        raise ValueError(f"{first} and {second} must be on one device, got {X.device} and {K.device}")
