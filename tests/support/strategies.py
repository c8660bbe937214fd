"""Random inputs for property tests: shapes and settings that fit together, numbers in float64."""

from __future__ import annotations

import os

import torch
from hypothesis import Phase, assume, settings
from hypothesis import strategies as st

# Seeded, so that a red run is red again; no deadline, because the machines are slow and noisy.
settings.register_profile("course", derandomize=True, deadline=None, max_examples=220)
settings.register_profile("mutants", settings.get_profile("course"), phases=[Phase.generate])  # red is enough: no shrinking
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "course"))

seeds = st.integers(0, 2**32 - 1)


def pair(low: int, high: int) -> st.SearchStrategy:
    """An int, or (height, width), each between low and high."""
    number = st.integers(low, high)
    return st.one_of(number, st.tuples(number, number))


def as_two(value) -> tuple[int, int]:
    return value if isinstance(value, tuple) else (value, value)


def random_tensor(seed: int, *shape: int) -> torch.Tensor:
    """Normal numbers in float64, the same for the same seed."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@st.composite
def convolution_settings(draw, channels: bool = False) -> dict:
    """n, k (pairs), padding, stride, dilation, with c_i, c_o, groups where wanted, so that the kernel fits."""
    size = draw(st.tuples(st.integers(1, 9), st.integers(1, 9)))
    kernel = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    chosen = {"padding": draw(pair(0, 2)), "stride": draw(pair(1, 3)), "dilation": draw(pair(1, 3))}
    p, d = as_two(chosen["padding"]), as_two(chosen["dilation"])
    assume(all(size[i] + 2 * p[i] > d[i] * (kernel[i] - 1) for i in (0, 1)))
    found = {"size": size, "kernel": kernel, "settings": chosen, "seed": draw(seeds)}
    if channels:
        groups = draw(st.integers(1, 3))
        found |= {"c_i": groups * draw(st.integers(1, 3)), "c_o": groups * draw(st.integers(1, 3)), "groups": groups}
    return found
