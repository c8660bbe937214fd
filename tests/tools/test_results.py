"""What `nox -s results` trains, and where it stores the runs."""

import ast

import nbformat
import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from d2l_helpers.data import load_kinds_runs, load_lenet_runs, load_scenes_runs
from tests.support.children import ROOT
from tools import results, scenes

STORED = {"lenet": load_lenet_runs, "kinds": load_kinds_runs, "scenes": load_scenes_runs}


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
    assert {len(run["loss"]) for run in stored["runs"] if not run.get("stopped")} == {results.STUDIES[name].epochs}


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


def definitions(source):
    """Name → what it is bound to, for each function, class, and constant, without its docstring."""
    found = {}
    for node in ast.parse(source).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            node.body = node.body[ast.get_docstring(node) is not None :]
            found[node.name] = ast.dump(node)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found[node.targets[0].id] = ast.dump(node)
    return found


def test_the_scenes_and_networks_of_the_study_are_those_of_the_lesson():
    lesson = nbformat.read(ROOT / "notebooks" / "13_from_image_to_image.ipynb", as_version=4)
    source = "\n".join(cell.source for cell in lesson.cells if cell.cell_type == "code")
    taught = definitions(source)
    studied = definitions((ROOT / "tools" / "scenes.py").read_text(encoding="utf-8"))
    assert len(studied) >= 12
    for name, meaning in studied.items():
        assert taught.get(name) == meaning, name


def test_a_changed_definition_is_noticed():
    assert definitions("def f(x):\n    return x") != definitions("def f(x):\n    return -x")
    assert definitions('def f(x):\n    """Say it."""\n    return x') == definitions("def f(x):\n    return x")
    assert definitions("A = 1") == definitions("A = 1  # the same") != definitions("A = 2")


def test_scenes_are_repeatable_and_their_masks_fit():
    images, labels = torch.full((40, 28, 28), 255, dtype=torch.uint8), torch.arange(40) % 10
    images[:, :2] = 0
    X, Y = scenes.compose(images, labels, 3, seed=5)
    again, other = (scenes.compose(images, labels, 3, seed=seed) for seed in (5, 6))
    assert X.shape == (3, 1, 64, 64) and Y.shape == (3, 64, 64)
    assert torch.equal(X, again[0]) and torch.equal(Y, again[1]) and not torch.equal(Y, other[1])
    assert ((Y > 0) == (X[:, 0] == 1)).all() and 26 * 28 <= (Y > 0).sum(dim=(1, 2)).min()
    assert X[Y[:, None] == 0].max() < 0.51 and set(Y.unique().tolist()) <= set(range(5))


@pytest.mark.parametrize("recipe", results.STUDIES["scenes"].recipes)
def test_a_segmenter_keeps_the_size(recipe):
    net = results.STUDIES["scenes"].recipes[recipe].make()
    assert net(torch.rand(2, 1, 16, 24)).shape == (2, 5, 16, 24)


def test_the_networks_of_the_scenes_differ_only_in_their_upsampling_and_skips():
    made = {name: recipe.make() for name, recipe in results.STUDIES["scenes"].recipes.items()}
    sizes = {name: sum(p.numel() for p in net.parameters()) for name, net in made.items()}
    for name in results.UPSAMPLERS:
        assert sizes[f"{name}, skips"] - sizes[f"{name}, no skips"] == 9 * (32 * 16 + 16 * 8 + 8 * 8)
    assert sizes["resize, skips"] == sizes["unpooling, skips"] < sizes["resize, no skips, wider"]
    encoders = {sum(p.numel() for p in net.encoder.parameters()) for name, net in made.items() if "wider" not in name}
    assert len(encoders) == 1
    assert {run["recipe"]: run["parameters"] for run in load_scenes_runs()["runs"]} == sizes


def test_edges_are_where_a_neighbor_differs():
    Y = torch.zeros(1, 5, 5, dtype=torch.long)
    Y[0, 2, 2] = 3
    expected = torch.zeros(1, 5, 5, dtype=torch.bool)
    expected[0, 1:4, 1:4] = True
    assert torch.equal(scenes.at_edges(Y), expected) and not scenes.at_edges(torch.full((1, 4, 4), 2)).any()


def test_only_resize_convolution_has_no_ripple():
    for name, upsampler in results.UPSAMPLERS.items():
        torch.manual_seed(0)
        ripple = scenes.ripple(scenes.EncoderDecoder(upsampler, False).eval())
        assert ripple < 1e-5 if name == "resize" else ripple > 1e-3, name


def test_a_segmentation_is_measured(monkeypatch):
    """On a few scenes: one run of the study takes half a minute."""
    composed = scenes.compose

    def few(images, labels, number, seed):
        return composed(images, labels, 8, seed)

    monkeypatch.setattr(results.scenes, "compose", few)
    threads = torch.get_num_threads()
    runs = [results.run("scenes", "unpooling, skips", seed) for seed in (0, 0, 1)]
    torch.set_num_threads(threads)
    for run in runs:
        assert run.pop("seconds") >= 0 and len(run["loss"]) == 4 and len(run["iou"]) == 5
        assert run["miou"] == pytest.approx(sum(run["iou"]) / 5, abs=1e-3)
    assert runs[0] == runs[1] != {**runs[2], "seed": 0}


def test_a_study_that_does_not_exist_is_refused(monkeypatch):
    monkeypatch.setattr(results, "conduct", lambda name: pytest.fail("it was started"))
    with pytest.raises(SystemExit, match="no study has the name lenets: there are lenet, kinds, scenes"):
        results.main(["kinds", "lenets"])


def test_without_a_name_all_studies_are_conducted(monkeypatch):
    conducted = []
    monkeypatch.setattr(results, "conduct", conducted.append)
    results.main([])
    results.main(["kinds"])
    assert conducted == ["lenet", "kinds", "scenes", "kinds"]
