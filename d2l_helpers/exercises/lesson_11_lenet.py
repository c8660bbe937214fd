"""Exercises of notebook 11, LeNet."""

import math
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from .._check import shown
from .._language import say
from ..nets import modern_lenet
from ._comparing import as_tensor, plain, show
from ._kinds import Choice, Function, Outcome, Value
from ._slips import apart, of_slips, values_apart, where


def _features(channels: int, size: int, layers: list[tuple]) -> int:
    """Flatten's length, from the real layers."""
    modules, c_i = [], channels
    for kind, *numbers in layers:
        if kind == "conv":
            c_o, kernel, padding = numbers
            modules.append(nn.Conv2d(c_i, c_o, kernel, padding=padding))
            c_i = c_o
        else:
            modules.append(nn.MaxPool2d(*numbers))
    return nn.Sequential(*modules, nn.Flatten()).to("meta")(torch.empty(1, channels, size, size, device="meta")).shape[1]


def _along(channels: int, size: int, layers: list[tuple], conv, pool, count) -> Any:
    """The same by formulas that a mistake may have changed."""
    first = channels
    for kind, *numbers in layers:
        if kind == "conv":
            channels, size = numbers[0], conv(size, *numbers[1:])
        else:
            size = pool(size, *numbers)
    return count(channels, size, first)


def _mistaken(*, conv=lambda n, k, p: n + 2 * p - k + 1, pool=lambda n, k: n // k, count=lambda c, n, first: c * n * n):
    return lambda channels, size, layers: _along(channels, size, layers, conv, pool, count)


_SLIPS = {
    "conv": {
        "a kernel of size k fits in n − k + 1 places, not in n − k": lambda n, k, p: n + 2 * p - k,
        "padding counts on both sides, and you count it once": lambda n, k, p: n + p - k + 1,
        "the padding is left out": lambda n, k, p: n - k + 1,
        "the padding is counted four times, but a side has only two ends": lambda n, k, p: n + 4 * p - k + 1,
        "the kernel size and the padding are exchanged": lambda n, k, p: n + 2 * k - p + 1,
        "padding doesn't always keep the size: that depends on the kernel": lambda n, k, p: n if p else n - k + 1,
        "a convolution changes the side, too, unless its padding makes up for it": lambda n, k, p: n,
        "the convolutions have stride 1, and you divide by the kernel size": lambda n, k, p: (n + 2 * p) // k,
    },
    "pool": {
        "a pooling window that doesn't fit is dropped, not counted: round down": lambda n, k: -(-n // k),
        "the side isn't rounded down where a pooling window doesn't fit": lambda n, k: n / k,
        "a side is rounded to the nearest integer; a window that doesn't fit is dropped, however much of it fits": (
            lambda n, k: round(n / k)
        ),
        "a pooling of 3 divides by 3, not by 2": lambda n, k: n // 2,
        "a pooling layer's stride is its window, not 1": lambda n, k: n - k + 1,
        "after the pooling, the last window is missing: (n − k) // k needs a + 1": lambda n, k: (n - k) // k,
        "pooling shrinks the map, and you leave it as it is": lambda n, k: n,
        "pooling divides the side, and you subtract from it": lambda n, k: n - k,
    },
    "count": {
        "the result has height and width: channels · n · n": lambda c, n, first: c * n,
        "this is the side of the map; flatten delivers all channels of it": lambda c, n, first: n,
        "this is one channel of the map; flatten delivers all of them": lambda c, n, first: n * n,
        "this is the number of channels; flatten delivers all values of each": lambda c, n, first: c,
        "this is the shape of the maps; flatten's length is one number": lambda c, n, first: (c, n, n),
        "the channels are those of the last convolution, not the input's": lambda c, n, first: first * n * n,
    },
}


def _with_channels(combined: Callable[[int, int], int], start: Callable[[int], int] = lambda c: c) -> Callable:
    """The channels after each convolution from those before it and its own."""

    def features(channels: int, size: int, layers: list[tuple]) -> int:
        channels = start(channels)
        for kind, *numbers in layers:
            if kind == "conv":
                channels = combined(channels, numbers[0])
        return channels * _mistaken(count=lambda c, n, first: n * n)(1, size, layers)

    return features


def _sum_of_all(channels: int, size: int, layers: list[tuple]) -> int:
    return sum(_features(channels, size, layers[: i + 1]) for i in range(len(layers)))


_FEATURES = {
    **of_slips(_mistaken, _SLIPS),
    "a convolution's output channels replace the ones before it; you multiply them": _with_channels(
        lambda before, own: before * own
    ),
    "a convolution's output channels replace the ones before it; you add them up": _with_channels(
        lambda before, own: before + own
    ),
    "a list without a convolution keeps the input's channels": _with_channels(lambda before, own: own, lambda c: 1),
    "flatten sees only what the last layer outputs; you add up the values of all layers": _sum_of_all,
    "only the first layer counts: is the return inside the loop?": lambda c, n, layers: _features(c, n, layers[:1]),
    "only the last layer counts: does each layer start from the input's size again?": (
        lambda c, n, layers: _features(c if layers[-1][0] == "conv" else _channels(c, layers), n, layers[-1:])
    ),
    "the last layer is left out": lambda c, n, layers: _features(c, n, layers[:-1]),
    "this is always LeNet's number; the function should follow the list": lambda c, n, layers: 400,
    "this follows LeNet's layers, not those in the list": (
        lambda c, n, layers: 16 * (((n + 4 - 5 + 1) // 2 - 4) // 2) ** 2
    ),
    "this is the size of the input; the layers change it": lambda c, n, layers: c * n * n,
}


def _channels(channels: int, layers: list[tuple]) -> int:
    return [channels, *(layer[1] for layer in layers if layer[0] == "conv")][-1]


def _networks(_generator: torch.Generator) -> list[tuple]:
    return [
        (1, 4, [("conv", 2, 3, 0)]),
        (3, 9, [("pool", 2)]),
        (2, 11, [("pool", 2)]),  # 5.5 windows: rounding to the nearest integer isn't rounding down
        (1, 6, [("conv", 3, 4, 1)]),  # padding that doesn't keep the size
        (1, 28, [("conv", 6, 5, 2), ("pool", 2), ("conv", 16, 5, 0), ("pool", 2)]),
        (3, 33, [("conv", 8, 3, 1), ("pool", 3), ("conv", 12, 4, 1), ("pool", 2)]),
        (2, 17, [("conv", 5, 2, 2), ("conv", 3, 1, 1), ("pool", 4)]),
    ]


def _scored_batches(generator: torch.Generator) -> list[tuple]:
    def batches(*sizes):
        return [(torch.randn(n, 3, generator=generator), torch.randint(3, (n,), generator=generator)) for n in sizes]

    return [(batches(4),), (batches(7),), (batches(8, 8, 1),), (batches(16, 3),), (batches(5, 2, 9),)]


Batch = tuple[torch.Tensor, torch.Tensor]


def _mean_accuracy(batches: list[Batch]) -> float:
    y_hat, y = (torch.cat(parts) for parts in zip(*batches, strict=True))
    return (y_hat.argmax(dim=1) == y).double().mean().item()


def _count(batches: list[Batch]) -> float:
    return _mean_accuracy(batches) * _examples(batches)


def _examples(batches: list[Batch]) -> int:
    return sum(len(y) for _, y in batches)


def _means(batches: list[Batch]) -> torch.Tensor:
    return torch.tensor([_mean_accuracy([batch]) for batch in batches], dtype=torch.float64)


def _kept(which: Callable[[list[Batch]], list[Batch]]) -> Callable[[list[Batch]], float]:
    return lambda batches: _mean_accuracy(which(batches))


_ACCURACIES = {
    "this is still the mean of the batches' means: a small batch counts as much as a large one": (
        lambda batches: _means(batches).mean().item()
    ),
    "this is a count: divide by the number of examples": _count,
    "you divide the count by the number of batches, not by the number of examples": lambda batches: (
        _count(batches) / len(batches)
    ),
    "you divide as if every batch were as large as the first": lambda batches: (
        _count(batches) / (len(batches) * len(batches[0][1]))
    ),
    "you divide as if every batch were as large as the last, which is what's left in y after the loop": lambda batches: (
        _count(batches) / (len(batches) * len(batches[-1][1]))
    ),
    "you divide by the size of the last batch only": lambda batches: _count(batches) / len(batches[-1][1]),
    "you divide by the size of the first batch only": lambda batches: _count(batches) / len(batches[0][1]),
    "the last batch is dropped; its examples count, too": _kept(lambda batches: batches[:-1] or batches),
    "batches that are smaller than the first are dropped; their examples count, too": _kept(
        lambda batches: [batch for batch in batches if len(batch[1]) >= len(batches[0][1])]
    ),
    "batches of another size than the first are dropped; their examples count, too": _kept(
        lambda batches: [batch for batch in batches if len(batch[1]) == len(batches[0][1])]
    ),
    "only the last batch counts: are the sums set back to 0 inside the loop?": _kept(lambda batches: batches[-1:]),
    "only the first batch counts: is the return inside the loop?": _kept(lambda batches: batches[:1]),
    "the division // drops the decimals": lambda batches: _count(batches) // _examples(batches),
    "you divide by the number of logits; each example has several": lambda batches: (
        _count(batches) / sum(y_hat.numel() for y_hat, _ in batches)
    ),
    "you divide twice: the batches' means are shares already": lambda batches: (
        _means(batches).sum().item() / _examples(batches)
    ),
    "this is the sum of the batches' means": lambda batches: _means(batches).sum().item(),
    "this is the accuracy in percent; it should be a share of 1": lambda batches: 100 * _mean_accuracy(batches),
    "this is the share of the wrong ones: 1 − accuracy": lambda batches: 1 - _mean_accuracy(batches),
    "this is the share of the wrong ones, and averaged over the batches": lambda batches: 1 - _means(batches).mean().item(),
    "the median of the batches' means isn't the accuracy over all examples": lambda batches: (
        _means(batches).quantile(0.5).item()
    ),
    "this is the lower middle one of the batches' means, not the accuracy over all examples": (
        lambda batches: _means(batches).median().item()
    ),
    "this is the best batch's accuracy": lambda batches: _means(batches).max().item(),
    "this is the worst batch's accuracy": lambda batches: _means(batches).min().item(),
    "the batches' means are weighted, but the weights don't add up to 1": lambda batches: (
        _count(batches) / max(len(y) for _, y in batches)
    ),
    "a list of the batches' accuracies isn't one number for all examples": lambda batches: _means(batches).tolist(),
    "the shares of the batches are rounded before they're averaged": lambda batches: _means(batches).round().mean().item(),
}


def _flattened(**changed: Any) -> int:
    """Flatten's length for a side of 32, where a mistake may have changed a number."""
    numbers = {"side": 32, "pad_1": 4, "pad_2": 0, "pool_1": 2, "pool_2": 2, "ends": 1, "channels": 16} | changed
    n = numbers["side"] + numbers["pad_1"] - 5 + numbers["ends"]
    n = (n // numbers["pool_1"] + numbers["pad_2"] - 5 + numbers["ends"]) // numbers["pool_2"]
    return numbers["channels"] * n * n


_FLATTENED = values_apart(
    {
        "the side of the maps is 5 here, as for a 28×28 input; a 32×32 one leaves more, if conv 1's padding counts on both "
        "sides and each kernel fits in n − k + 1 places": 16 * 5 * 5,
        "one channel's cells; there are 16 channels": 6 * 6,
        "this is the side of the maps; flatten delivers height and width of all channels": 6,
        "this is one channel, and of a map whose side is too small: is conv 1's padding missing?": 25,
        "you multiply by the side once; a map has height and width": 16 * 6,
        "the 6 channels are those of the first convolution; what reaches flatten has more": 6 * 6 * 6,
        "the input has 32·32 = 1,024 pixels; or the second convolution is padded in your calculation, and it isn't": 32
        * 32,
        "the first pooling is missing": _flattened(pool_1=1),
        "pooling halves: 12 becomes 6": _flattened(pool_2=1),
        "both poolings are missing": _flattened(pool_1=1, pool_2=1),
        "flatten comes after the second convolution and its pooling, not after the first": 6 * 16 * 16,
        "this is conv 1's output, before the pooling; flatten comes much later": 6 * 32 * 32,
        "the second convolution is padded in your calculation, and the last pooling is missing": 16 * 16 * 16,
        "the + 1 of n − k + 1 is missing in the second convolution, and the side isn't an integer": 16 * 5.5**2,
        "a side can't have a fraction of a pixel: windows that don't fit are dropped": 16 * 5.25**2,
        "the 4 more pixels don't arrive at the end: two poolings shrink them, too": 16 * (5 + 4) ** 2,
        "the number of values doesn't grow in proportion to the pixels, because each kernel loses the same at the edge: "
        "follow one side, layer by layer": 400 * (32 / 28) ** 2,
        "a side doesn't grow in proportion, because each kernel loses the same at the edge: follow it layer by layer": (
            400 * 32 / 28
        ),
        "this is what the first dense layer outputs; flatten comes before it": 120,
        "this is what the second dense layer outputs; flatten comes before it": 84,
        "these are the logits; flatten comes before the dense layers": 10,
        "28·28 is the number of pixels of a smaller input, and 16·7·7 that of maps with a side of 7: check each side": 28
        * 28,
        "the channels of both convolutions are multiplied; a convolution's own channels replace those before it": (
            6 * 16 * 6 * 6
        ),
        "the channels of both convolutions are added; a convolution's own channels replace those before it": 22 * 6 * 6,
        "these are the parameters of the network; the values that flatten outputs are asked for": 61_706,
        "the input has 32·32 pixels, but the maps also have channels, and the layers shrink them": 32,
    },
    right=16 * 6 * 6,
)


def _parameters(
    *, conv_1=6 * (9 + 1), conv_2=16 * (6 * 9 + 1), dense_1=120 * 577, dense_2=84 * 121, dense_3=10 * 85
) -> int:
    return conv_1 + conv_2 + dense_1 + dense_2 + dense_3


_PARAMETERS = {
    "this is the network with 5×5 kernels": 61_706,
    "the biases are missing": _parameters() - (6 + 16 + 120 + 84 + 10),
    "the biases of the two convolutions are missing": _parameters() - (6 + 16),
    "the biases of the three dense layers are missing": _parameters() - (120 + 84 + 10),
    "these are the two convolutions; the dense layers have parameters, too": 940,
    "these are the dense layers; the convolutions have parameters, too": _parameters() - 940,
    "this is the first dense layer alone": 120 * 577,
    "this is how many values flatten outputs; the parameters are asked for": 576,
    "the exact number is asked for, not thousands": 81.194,
    "the exact number is asked for: this is rounded to hundreds": 81_200,
    "the exact number is asked for: this is rounded to thousands": 81_000,
    "these are the multiplications for one dense layer's weights; count weights and biases of all five layers": 120 * 576,
    **of_slips(
        _parameters,
        {
            "conv_1": {
                "the first convolution's biases are missing": 54,
                "the first convolution's kernels still have 5×5 weights": 156,
                "a 3×3 kernel has 9 weights, not 3": 6 * 4,
                "the first convolution is missing": 0,
            },
            "conv_2": {
                "the second convolution's biases are missing": 864,
                "the second convolution's kernels have 6 channels, one for each input channel": 16 * 10,
                "there's one bias for each output channel, not one for each channel of a kernel": 16 * 6 * 10,
                "the second convolution's kernels still have 5×5 weights": 16 * 151,
                "a 3×3 kernel has 9 weights, not 3": 16 * (6 * 3 + 1),
                "the second convolution is missing": 0,
            },
            "dense_1": {
                "the first dense layer still has 400 inputs; 16·6·6 arrive now": 120 * 401,
                "the first dense layer's biases are missing": 120 * 576,
                "the second convolution isn't padded: maps of 6×6 arrive at the first dense layer, not of 7×7": 120 * 785,
                "the last pooling is missing, so too many values arrive at the first dense layer": 120 * (16 * 144 + 1),
                "all 16 channels arrive at the first dense layer": 120 * 37,
                "maps with height and width arrive at the first dense layer": 120 * 97,
                "the first dense layer is missing": 0,
            },
            "dense_2": {
                "the second dense layer's biases are missing": 84 * 120,
                "the second dense layer is missing": 0,
            },
            "dense_3": {
                "the last dense layer's biases are missing": 840,
                "the last dense layer is missing": 0,
            },
        },
    ),
}


def _reaches_80(settings: Any) -> str:
    if problem := _not_settings(settings):
        return problem
    lr, optimizer = settings["lr"], settings.get("optimizer", torch.optim.SGD)
    if problem := _not_an_optimizer(optimizer):
        return problem
    try:
        losses, score = _one_short_epoch(lr, optimizer)
    except Exception as error:
        return say("train6 can't use this optimizer, {0}: {1}", type(error).__name__, str(error)[:150])
    if score >= 0.795:  # 80%, rounded
        return ""
    seen = say("test accuracy {0:.3f}, and the loss went from {1:.2f} to {2:.2f}", score, losses[0], losses[-1])
    lower, higher = (_one_short_epoch(lr * factor, optimizer)[1] for factor in (1 / 30, 30))
    if not math.isfinite(losses[-1]) or (lower > score and lower >= higher):
        return say("{0}: lr {1:g} is too large here (a thirtieth of it gets further)", seen, lr)
    if higher > score:
        return say("{0}: lr {1:g} is too small here (thirty times as much gets further)", seen, lr)
    return say(
        ("{0}: a thirtieth of lr {1:g} and thirty times as much do no better; try one nearby, or another optimizer"),
        seen,
        lr,
    )


def _not_settings(settings: Any) -> str:
    """What is wrong with the form, '' if nothing."""
    if not isinstance(settings, dict):
        return say("give a dict with lr, e.g. {{'lr': 0.9}}, not {0}", shown(settings))
    if "lr" not in settings:
        return say(
            "the dict needs the key lr, e.g. {{'lr': 0.9}}; yours has {0}", ", ".join(map(str, settings)) or say("none")
        )
    if unknown := set(settings) - {"lr", "optimizer"}:
        return say("only lr and optimizer may be chosen, not {0}", ", ".join(sorted(map(str, unknown))))
    lr = settings["lr"]
    if isinstance(lr, bool) or not isinstance(lr, (int, float)):
        return say(
            "lr should be a number, not {0} in quotation marks"
            if isinstance(lr, str)
            else "lr should be a number, not {0}",
            shown(lr),
        )
    if lr == 0:
        return "with lr 0, no step changes anything: the network learns nothing"
    if lr < 0:
        return say("lr should be positive, not {0:g}: with a negative rate, each step would go uphill", lr)
    if not lr < math.inf:
        return say("lr should be a finite number, not {0}", lr)
    return ""


def _not_an_optimizer(optimizer: Any) -> str:
    if isinstance(optimizer, str):
        return say(
            "optimizer should be the class itself, without quotation marks, e.g. torch.optim.SGD, not {0}", shown(optimizer)
        )
    if isinstance(optimizer, torch.optim.Optimizer):
        return say(
            "give the class torch.optim.{0}, not an optimizer made from it: train6 makes its own", type(optimizer).__name__
        )
    if isinstance(optimizer, ModuleType):
        return say("{0} is a module; optimizer should be one of the classes in torch.optim", optimizer.__name__)
    try:
        made = optimizer([torch.zeros(1, requires_grad=True)], lr=0.1)
    except Exception:
        made = None
    if isinstance(made, torch.optim.Optimizer):
        return ""
    return say("{0} isn't an optimizer from torch.optim", getattr(optimizer, "__name__", shown(optimizer)))


def _one_short_epoch(lr: float, optimizer: Callable) -> tuple[list[float], float]:
    """The losses and the test accuracy that train6 measures in the exercise's epoch; what it shows isn't shown."""
    from IPython.utils.capture import capture_output

    from ..data import Batches, load_data_fashion_mnist
    from ..training import train6

    train_set, test_set = load_data_fashion_mnist(256)
    batches = Batches(train_set.images[:6000], train_set.labels[:6000], 32)
    with torch.random.fork_rng(devices=[]), capture_output():
        torch.manual_seed(0)
        history = train6(modern_lenet(), batches, test_set, 1, lr, "cpu", optimizer=optimizer)
    return history.batch_loss, history.test_acc[-1] if history.test_acc else 0.0


def _other_flattened(got: torch.Tensor) -> str:
    """Sixteen square maps: what the answer has to do with them."""
    count = plain(got) if got % 1 else int(got.item())
    side = math.sqrt(count / 16) if count > 0 else math.nan
    if math.isnan(side) or count % 16:
        return say(
            "{0} isn't a multiple of 16, and 16 channels of equal size reach flatten, with nothing added", show(count)
        )
    if side % 1:
        return say(
            "a 16th of {0} isn't a square number, and the maps are square: follow their side, layer by layer", show(count)
        )
    return say("{0} would be 16 maps with a side of {1:g}: follow the side from 32 on, layer by layer", show(count), side)


def _other_parameters(got: torch.Tensor) -> str:
    more = "more" if got > _parameters() else "fewer"
    return say(
        (
            "{0:,.10g} are {1} than the network has: write down five numbers, one for each layer, its "
            "weights and its biases, and check the number of inputs of each"
        ),
        got.item(),
        more,
    )


def _other_loss(got: torch.Tensor) -> str:
    probability = math.exp(-got.item())
    if probability > 1:
        return say("a loss of {0} would mean a probability above 1", show(got.item()))
    return say(
        "a loss of {0} means that the right class gets {1:.3g}; what do 100 equal logits give it?",
        show(got.item()),
        probability,
    )


def _other_features(wrong: Sequence[Outcome], cases: Sequence[tuple]) -> str:
    if any(outcome.fault for outcome in wrong):
        return ""
    place = where(
        {
            "a layer is a pooling": lambda case: any(layer[0] == "pool" for layer in case[2]),
            "a convolution is padded": lambda case: any(layer[0] == "conv" and layer[3] for layer in case[2]),
            "there are several layers": lambda case: len(case[2]) > 1,
            "there's a convolution": lambda case: any(layer[0] == "conv" for layer in case[2]),
            "a pooling's window doesn't fit": lambda case: _mistaken(pool=lambda n, k: n / k)(*case) != _features(*case),
        },
        [outcome.case for outcome in wrong],
        cases,
    )
    if place:
        return say("it goes wrong exactly where {0}", place)
    if all(isinstance(outcome.got, (int, float)) and outcome.got % 1 for outcome in wrong):
        return "a number of values can't have a fraction"
    return "walk through the first case below by hand: channels and side after each layer, then channels · side · side"


def _other_accuracy(wrong: Sequence[Outcome], cases: Sequence[tuple]) -> str:
    if any(outcome.fault for outcome in wrong):
        return ""
    values = as_tensor(wrong[0].got)
    if values is None or values.numel() != 1:
        return "one number is asked for, the share of the right ones among all examples"
    if any(float(outcome.got) > 1 for outcome in wrong):
        return "a share of examples can't be above 1: what is added up, and what is it divided by?"
    if where({"several": lambda case: len(case[0]) > 1}, [outcome.case for outcome in wrong], cases):
        return "a single batch is right; with several, not every example counts alike"
    return (
        "not even a single batch is right: count the examples whose largest logit is at the label's place, "
        "and divide by the number of examples"
    )


EXERCISES = {
    "11.1": Value(
        reference=lambda: _features(1, 32, [("conv", 6, 5, 2), ("pool", 2), ("conv", 16, 5, 0), ("pool", 2)]),
        mistakes=_FLATTENED,
        otherwise=_other_flattened,
        hints=[
            "Follow one side: it starts at 32. What is it after each layer?",
            "Conv 1's padding keeps the side, each pooling halves it, and conv 2 takes 4 away.",
            "Flatten lines up every value: height, width, and all the channels that conv 2 made.",
        ],
        praise="32 → 32 → 16 → 12 → 6, so 16·6·6.",
    ),
    "11.2": Value(
        reference=_parameters,
        mistakes=values_apart(_PARAMETERS, _parameters()),
        otherwise=_other_parameters,
        hints=[
            "First the shapes: what does a 3×3 kernel take from a side, with padding 1 and without?",
            "The sides are 28 → 28 → 14 → 12 → 6. How many inputs does the first dense layer have, then?",
            "Add up five layers, each with its biases; a kernel of the second convolution has six channels.",
        ],
        praise="Smaller kernels, yet more parameters: the dense layer behind them grew from 400 to 576 inputs.",
    ),
    "11.3": Function(
        reference=_features,
        cases=_networks,
        otherwise=_other_features,
        mistakes=apart(_FEATURES, _features, _networks(torch.Generator())),
        hints=[
            "Walk through the list with two variables, channels and size.",
            "A convolution replaces the channels, and its side follows the formula under By hand. Pooling keeps them.",
            "Windows that don't fit are dropped, so a pooled side is rounded down.",
        ],
        praise="Channels × height × width of what arrives: this is the number that other people look up.",
    ),
    "11.4": Function(
        reference=_mean_accuracy,
        cases=_scored_batches,
        errors={
            "must match the size of tensor": "logits and labels aren't paired image by image: is the largest logit "
            "taken along axis 1, the classes?"
        },
        otherwise=_other_accuracy,
        mistakes=apart(_ACCURACIES, _mean_accuracy, _scored_batches(torch.Generator().manual_seed(0))),
        hints=[
            "Add up two numbers over the batches, and divide once.",
            "accuracy gives a count for each batch. Which two sums does the quotient need?",
        ],
        praise="Sums first, one division at the end.",
    ),
    "11.5": Value(
        reference=lambda: F.cross_entropy(torch.zeros(1, 100), torch.tensor([0])).item(),
        tolerance=0.006,
        otherwise=_other_loss,
        mistakes={
            "this is the loss of ten equal logits": lambda: math.log(10),
            "a loss of 0 would take a network that is sure of the right class; this one gives it 1/100": lambda: 0,
            "this is the probability 1/100 itself, or the loss of one that is 99/100; the loss is −ln of the right class's "
            "probability": lambda: 1 / 100,
            "this is the probability of all the other classes together; the loss looks at the right class's only": lambda: (
                0.99
            ),
            "natural logarithms: this is the one to base 10": lambda: math.log10(100),
            "natural logarithms: this is the one to base 2": lambda: math.log2(100),
            "natural logarithms: this is the one to base 10; and the loss is −ln p, and so positive": lambda: -2,
            "the loss is −ln p, and so positive": lambda: -math.log(100),
            "ten times as many classes add ln 10 to the loss; they don't multiply it by ten": lambda: 10 * math.log(10),
            "cross-entropy doesn't add over the classes: only the right class's logarithm counts": lambda: (
                100 * math.log(100)
            ),
            "cross-entropy doesn't average over the classes: only the right class's logarithm counts": (
                lambda: math.log(100) / 100
            ),
            "100 is the number of classes, or 1/p; the loss is a logarithm": lambda: 100,
            "this is the lowest loss behind two softmaxes; here there's one, and the logits are equal": lambda: 1.46,
            "the logits are equal, so no probability is 0, and the loss is finite": lambda: math.inf,
            "equal logits give the right class the probability 1/100, whatever they are; the loss is −ln of that": (
                lambda: 1
            ),
            "one of 100 classes has the probability 1/100, not 1/99": lambda: math.log(99),
            "one of 100 classes has the probability 1/100, not 1/101": lambda: math.log(101),
            "this is the logarithm of half of the classes": lambda: math.log(50),
        },
        hints=[
            "Softmax makes the same probability of each. Which?",
            "For one image, cross-entropy is the negative logarithm of one probability. Of which one?",
        ],
        praise="ln 100 = 4.61. A loss that starts there and stays has learned nothing yet.",
    ),
    "11.6": Choice(
        test=_reaches_80,
        seconds=120.0,
        hints=[
            "188 steps are all there is. How does the accuracy change if you divide or multiply the rate by 3?",
            "Plain SGD comes close. Which optimizer that you know from this page adapts its step to each parameter?",
            "Adaptive optimizers need far smaller rates than SGD, somewhere between 0.0001 and 0.1.",
        ],
        praise="With normalized layers, the first hundred steps do most of the work.",
    ),
}
