"""Helpers of the course *Convolution, window by window*; each public name loads its module when first used."""

from importlib import import_module

from .lenet import lenet  # at once: the function, not the module of the same name, is `d2l_helpers.lenet`

_HOMES = {
    "devices": ("try_gpu", "try_all_gpus"),
    "shapes": ("conv_out_size", "pool_out_size", "transposed_out_size", "same_padding"),
    "convolution": (
        "corr2d",
        "conv2d",
        "corr2d_multi_in",
        "corr2d_multi_in_out",
        "corr2d_multi_in_out_1x1",
        "comp_conv2d",
        "Conv2D",
    ),
    "pooling": ("pool2d", "max_unpool2d"),
    "transposed": ("trans_conv", "kernel2matrix", "bilinear_kernel"),
    "resampling": (
        "upsample_nearest",
        "upsample_bilinear",
        "upsample_trilinear",
        "pixel_shuffle",
        "pixel_unshuffle",
    ),
    "lenet": ("modern_lenet",),
    "data": ("load_data_fashion_mnist", "get_fashion_mnist_labels"),
    "training": (
        "train6",
        "train_ch6",
        "History",
        "evaluate_accuracy_gpu",
        "accuracy",
        "Accumulator",
        "Timer",
        "Animator",
    ),
    "plotting": ("show_images",),
    "stepper": ("Stepper",),
    "checks": ("check", "hint"),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}
__all__ = ["lenet", *_HOME]


def __getattr__(name: str):
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f".{_HOME[name]}", __name__), name)
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
