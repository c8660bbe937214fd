"""Where tensors live: the first usable accelerator, else the CPU."""

from __future__ import annotations

import torch

from ._check import as_int


def try_gpu(i: int = 0) -> torch.device:
    """CUDA device `i` if there is one; else, for i = 0, Apple's `mps` if there is one; else the CPU.

    Raises TypeError or ValueError where `i` is not an int ≥ 0. Source: d2l, section "GPUs" (which knows no mps).
    """
    i = as_int("i", i, at_least=0)
    if i < torch.cuda.device_count():
        return torch.device(f"cuda:{i}")
    if i == 0 and torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def try_all_gpus() -> list[torch.device]:
    """All CUDA devices, else what `try_gpu()` finds: never empty."""
    return [torch.device(f"cuda:{i}") for i in range(torch.cuda.device_count())] or [try_gpu()]
