"""try_gpu and try_all_gpus, with and without accelerators (pretended: most machines have none)."""

import pytest
import torch
from d2l import torch as d2l

from d2l_helpers import try_all_gpus, try_gpu


@pytest.fixture
def machine(monkeypatch):
    def pretend(gpus: int, mps: bool):
        monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)

    return pretend


def test_on_this_machine_a_tensor_can_be_made_there():
    assert torch.zeros(1, device=try_gpu()).device.type == try_gpu().type
    assert try_all_gpus()


@pytest.mark.parametrize(
    ("gpus", "mps", "i", "expected"),
    [
        (0, False, 0, "cpu"),
        (2, False, 0, "cuda:0"),
        (2, False, 1, "cuda:1"),
        (2, False, 2, "cpu"),
        (0, True, 0, "mps"),
        (0, True, 1, "cpu"),
    ],
)
def test_finds_the_first_usable_device(machine, gpus, mps, i, expected):
    machine(gpus, mps)
    assert try_gpu(i) == torch.device(expected)


@pytest.mark.parametrize(
    ("gpus", "mps", "expected"), [(0, False, ["cpu"]), (0, True, ["mps"]), (2, True, ["cuda:0", "cuda:1"])]
)
def test_the_list_is_never_empty(machine, gpus, mps, expected):
    machine(gpus, mps)
    assert try_all_gpus() == [torch.device(name) for name in expected]


def test_agrees_with_the_books_on_a_cpu(machine):
    machine(0, False)
    assert try_gpu() == d2l.try_gpu()


@pytest.mark.parametrize(
    ("i", "error"), [(-1, ValueError), (1.0, TypeError), ("0", TypeError), (True, TypeError), (None, TypeError)]
)
def test_bad_numbers_are_named(i, error):
    with pytest.raises(error, match="i must be"):
        try_gpu(i)
