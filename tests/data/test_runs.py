"""The stored trainings: what the lessons on LeNet and on the kinds of convolution read."""

import pytest

from d2l_helpers.data import load_kinds_runs, load_lenet_runs


@pytest.mark.parametrize("load", [load_lenet_runs, load_kinds_runs])
def test_every_run_has_recipe_seed_and_curves(load):
    stored = load()
    assert {"date", "versions", "machine", "recipe"} <= stored["about"].keys()
    recipes = [(run["recipe"], run["seed"]) for run in stored["runs"]]
    assert len(set(recipes)) == len(recipes) >= 20
    for run in stored["runs"]:
        assert run["test_acc"] and all(0 <= accuracy <= 1 for accuracy in run["test_acc"]), run


def test_the_two_studies_are_not_mixed_up():
    recipes = [{run["recipe"] for run in load()["runs"]} for load in (load_lenet_runs, load_kinds_runs)]
    assert "the book" in recipes[0] and "ordinary, 16 channels" in recipes[1]
    assert not recipes[0] & recipes[1]
