"""The stored trainings: what the lessons on LeNet, on the kinds of convolution, and on segmentation read."""

import pytest

from d2l_helpers.data import load_kinds_runs, load_lenet_runs, load_scenes_runs

SCORES = {load_lenet_runs: "test_acc", load_kinds_runs: "test_acc", load_scenes_runs: "iou"}


@pytest.mark.parametrize("load", SCORES)
def test_every_run_has_recipe_seed_and_curves(load):
    stored = load()
    assert {"date", "versions", "machine", "recipe"} <= stored["about"].keys()
    recipes = [(run["recipe"], run["seed"]) for run in stored["runs"]]
    assert len(set(recipes)) == len(recipes) >= 20
    for run in stored["runs"]:
        assert run[SCORES[load]] and all(0 <= score <= 1 for score in run[SCORES[load]]), run


def test_the_studies_are_not_mixed_up():
    recipes = [{run["recipe"] for run in load()["runs"]} for load in SCORES]
    assert "the book" in recipes[0] and "ordinary, 16 channels" in recipes[1] and "resize, skips" in recipes[2]
    assert not recipes[0] & recipes[1] and not (recipes[0] | recipes[1]) & recipes[2]
