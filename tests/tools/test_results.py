"""What `nox -s results` trains, and where it stores the runs."""

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from d2l_helpers.data import load_kinds_runs, load_lenet_runs
from tools import results

STORED = {"lenet": load_lenet_runs, "kinds": load_kinds_runs}


def budget(net: nn.Module) -> tuple[int, int]:
    """(parameters, multiply-adds for one image)."""
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        net(torch.zeros(1, 1, 28, 28))
    return sum(parameter.numel() for parameter in net.parameters()), counter.get_total_flops() // 2


@pytest.mark.parametrize("name", results.STUDIES)
def test_the_stored_runs_are_those_of_the_study(name):
    recipes, stored = results.STUDIES[name].recipes, STORED[name]()
    wanted = [(recipe, seed) for recipe in recipes for seed in recipes[recipe].seeds]
    assert [(run["recipe"], run["seed"]) for run in stored["runs"]] == wanted
    assert {len(run["test_acc"]) for run in stored["runs"] if not run["stopped"]} == {results.STUDIES[name].epochs}


@pytest.mark.parametrize("kind", results.KINDS)
def test_a_middle_layer_keeps_channels_and_size(kind):
    for i in range(3):
        assert nn.Sequential(*results.KINDS[kind](16, i))(torch.zeros(2, 16, 14, 14)).shape == (2, 16, 14, 14)


def test_the_kinds_are_compared_at_one_budget_or_at_one_width():
    base = budget(results.small_net("ordinary", results.EQUAL_BUDGET["ordinary"]))
    for kind, channels in results.EQUAL_BUDGET.items():
        for spent, allowed in zip(budget(results.small_net(kind, channels)), base, strict=True):
            assert abs(spent / allowed - 1) < 0.07, kind
    widths = [name.rpartition(", ")[2] for name in results.STUDIES["kinds"].recipes]
    assert widths[-3:] == ["16 channels"] * 3


def test_a_run_is_repeatable(monkeypatch):
    """On a few images: the training itself takes half an hour."""
    images, labels = torch.rand(32, 1, 28, 28), torch.arange(32) % 10
    loaders = ([(images, labels)] * 2, [(images, labels)])
    monkeypatch.setattr(results, "load_data_fashion_mnist", lambda batch_size: loaders)
    threads = torch.get_num_threads()
    runs = [results.run("kinds", "depthwise separable, 16 channels", seed) for seed in (0, 0, 1)]
    torch.set_num_threads(threads)
    assert runs[0] == runs[1] != {**runs[2], "seed": 0}
    assert len(runs[0]["loss"]) == 4 and runs[0]["stopped"] == ""


def test_a_study_that_does_not_exist_is_refused(monkeypatch):
    monkeypatch.setattr(results, "conduct", lambda name: pytest.fail("it was started"))
    with pytest.raises(SystemExit, match="no study has the name lenets: there are lenet, kinds"):
        results.main(["kinds", "lenets"])


def test_without_a_name_all_studies_are_conducted(monkeypatch):
    conducted = []
    monkeypatch.setattr(results, "conduct", conducted.append)
    results.main([])
    results.main(["kinds"])
    assert conducted == ["lenet", "kinds", "kinds"]
