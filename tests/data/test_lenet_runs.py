"""The stored trainings: what the notebook on LeNet reads."""

from d2l_helpers.data import load_lenet_runs


def test_every_run_has_recipe_seed_and_curves():
    stored = load_lenet_runs()
    assert {"date", "versions", "machine"} <= stored["about"].keys()
    recipes = [(run["recipe"], run["seed"]) for run in stored["runs"]]
    assert len(set(recipes)) == len(recipes) >= 20
    for run in stored["runs"]:
        assert all(0 <= accuracy <= 1 for accuracy in run["test_acc"]), run
