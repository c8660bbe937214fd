"""The public names, their arguments and defaults are frozen; importing the package stays light."""

import ast
import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import d2l_helpers

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "d2l_helpers"

# As the design freezes them; what stands after "*" may grow.
FROZEN = {
    "try_gpu": "i=0",
    "try_all_gpus": "",
    "conv_out_size": "size, kernel, *, padding=0, stride=1, dilation=1",
    "pool_out_size": "size, kernel, *, padding=0, stride=None, dilation=1, ceil_mode=False",
    "transposed_out_size": "size, kernel, *, padding=0, stride=1, dilation=1, output_padding=0",
    "same_padding": "kernel, *, dilation=1",
    "corr2d": "X, K, *, padding=0, stride=1, dilation=1",
    "conv2d": "X, K, *, padding=0, stride=1, dilation=1",
    "corr2d_multi_in": "X, K, *, padding=0, stride=1, dilation=1",
    "corr2d_multi_in_out": "X, K, *, padding=0, stride=1, dilation=1, groups=1",
    "corr2d_multi_in_out_1x1": "X, K",
    "comp_conv2d": "conv2d, X",
    "Conv2D": "kernel_size",
    "pool2d": "X, pool_size, mode='max', *, padding=0, stride=1",
    "max_unpool2d": "Y, indices, output_size",
    "trans_conv": "X, K, *, padding=0, stride=1, dilation=1, output_padding=0",
    "kernel2matrix": "K, input_size=(3, 3), *, padding=0, stride=1",
    "bilinear_kernel": "in_channels, out_channels, kernel_size",
    "upsample_nearest": "X, scale_factor",
    "upsample_bilinear": "X, scale_factor, *, align_corners=False",
    "upsample_trilinear": "X, scale_factor, *, align_corners=False",
    "pixel_shuffle": "X, r",
    "pixel_unshuffle": "X, r",
    "lenet": "",
    "modern_lenet": "",
    "load_data_fashion_mnist": "batch_size, resize=None, *, root=None, device=None, seed=None",
    "get_fashion_mnist_labels": "labels",
    "train6": "net, train_iter, test_iter, num_epochs, lr, device=None, *, …",
    "train_ch6": "net, train_iter, test_iter, num_epochs, lr, device=None, *, …",
    "evaluate_accuracy_gpu": "net, data_iter, device=None",
    "accuracy": "y_hat, y",
    "Accumulator": "n",
    "Timer": "",
    "Animator": (
        "xlabel=None, ylabel=None, legend=None, xlim=None, ylim=None, xscale='linear', yscale='linear', "
        "fmts=('-', 'm--', 'g-.', 'r:'), nrows=1, ncols=1, figsize=(3.5, 2.5)"
    ),
    "show_images": "imgs, num_rows, num_cols, titles=None, scale=1.5",
    "Stepper": "X, K=None, *, op='corr', …",
    "check": "exercise, answer",
}


def signature(function) -> str:
    parameters = inspect.signature(function).parameters.values()
    return str(inspect.Signature([p.replace(annotation=inspect.Parameter.empty) for p in parameters]))[1:-1]


@pytest.mark.parametrize("name", FROZEN)
def test_names_arguments_and_defaults_are_frozen(name):
    frozen, found = FROZEN[name], signature(getattr(d2l_helpers, name))
    if frozen.endswith("…"):
        assert found.startswith(frozen.removesuffix("…").removesuffix(", ")), found
    else:
        assert found == frozen


def test_all_holds_every_frozen_name_once():
    assert len(set(d2l_helpers.__all__)) == len(d2l_helpers.__all__)
    assert set(FROZEN) <= set(d2l_helpers.__all__)


def test_stub_and_package_export_the_same():
    stub = ast.parse((PACKAGE / "__init__.pyi").read_text(encoding="utf-8"))
    names = {alias.asname for node in stub.body for alias in node.names}
    assert names == set(d2l_helpers.__all__)


def test_every_public_name_has_a_docstring():
    for name in d2l_helpers.__all__:
        assert inspect.getdoc(getattr(d2l_helpers, name)), name


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no_such_name"):
        d2l_helpers.no_such_name  # noqa: B018


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_importing_the_package_brings_nothing_heavy():
    heavy = "matplotlib IPython torchvision pandas ipywidgets anywidget d2l".split()
    assert run(f"import sys, d2l_helpers; print([name for name in {heavy} if name in sys.modules])") == "[]"


def test_no_module_hides_a_public_function():
    """Importing a module binds its name in the package: one called `lenet` would hide the function `lenet`."""
    modules = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or path.is_dir()}
    assert modules.isdisjoint(d2l_helpers.__all__)


@pytest.mark.parametrize("name", ["data", "exercises", "plotting", "stepper", "training"])
def test_a_folder_exports_what_it_names(name):
    folder = importlib.import_module(f"d2l_helpers.{name}")
    assert folder.__all__ and all(hasattr(folder, exported) for exported in folder.__all__)
