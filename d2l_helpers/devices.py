"""Where tensors live: the first usable accelerator, else the CPU."""

from __future__ import annotations

import torch


def try_gpu(i: int = 0) -> torch.device:
    """CUDA device `i` if there is one; else, for i = 0, Apple's `mps` if there is one; else the CPU.

    Raises TypeError or ValueError where `i` is not an int ≥ 0. Source: d2l, section "GPUs" (which knows no mps).
    """
    if isinstance(i, bool) or not isinstance(i, int):
        raise TypeError(f"i must be an int, got {i!r}")
    if i < 0:
        raise ValueError(f"i must be at least 0, got {i}")
    if i < torch.cuda.device_count():
        return torch.device(f"cuda:{i}")
    if i == 0 and torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def try_all_gpus() -> list[torch.device]:
    """All CUDA devices, else what `try_gpu()` finds: never empty."""
    return [torch.device(f"cuda:{i}") for i in range(torch.cuda.device_count())] or [try_gpu()]


def as_device(device: torch.device | str | None) -> torch.device:
    """`device` as torch names it, seen to hold numbers; `try_gpu()` where it is None.

    Raises TypeError where it is neither a string nor a torch.device, ValueError where this machine has no such device.
    """
    if device is None:
        return try_gpu()
    if not isinstance(device, (str, torch.device)):
        raise TypeError(f"device must be a string or a torch.device, got {device!r}")
    try:
        torch.zeros((), device=device).item()
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise ValueError(
            f"device must be one that works here, as try_gpu() finds it, got {str(device)!r}: {reason}"
        ) from error
    return torch.device(device)
