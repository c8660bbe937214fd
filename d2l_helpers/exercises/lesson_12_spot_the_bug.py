"""Exercises of lesson 12: twelve programs to fix."""

import copy
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .._check import shown
from ..window import conv_out_size
from ._kinds import Choice, Exercise, Function

Cases = list[tuple]


def _normal(generator: torch.Generator, *shape: int) -> Tensor:
    return torch.randn(shape, generator=generator, dtype=torch.float64)


@contextmanager
def _own_random_numbers() -> Iterator[torch.Generator]:
    """A seed for what the answer draws, and a generator; the learner's stream of random numbers stays where it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield torch.Generator().manual_seed(0)


def _warm_up() -> None:
    """One step of an optimizer: a process's first one loads modules of PyTorch, which can take seconds."""
    parameter = torch.zeros(1, requires_grad=True)
    parameter.grad = torch.zeros(1)
    torch.optim.SGD([parameter], lr=0.1).step()


def _not_a_function(answer: Any) -> str:
    return "" if callable(answer) else f"give the function itself, check(…, fixed), not {shown(answer)}"


# 12.1: a photo (height, width, 3) becomes a batch of one


def _photos(generator: torch.Generator) -> Cases:
    """(photo, width, height), smallest first."""
    sizes = [((2, 1), 1, 2), ((4, 6), 5, 7), ((8, 5), 10, 4)]
    return [(_normal(generator, *size, 3), width, height) for size, width, height in sizes]


def _resized(batch: Tensor, width: int, height: int) -> Tensor:
    return F.interpolate(batch, size=(height, width))


def _in_mode(mode: str) -> Callable[[Tensor, int, int], Tensor]:
    return lambda photo, width, height: F.interpolate(photo.permute(2, 0, 1)[None], size=(height, width), mode=mode)


def _scrambled(photo: Tensor) -> Tensor:
    return photo.reshape(1, 3, *photo.shape[:2])


# 12.2: true convolution


def _images_and_kernels(generator: torch.Generator) -> Cases:
    return [(_normal(generator, 2, c_i, 4, 5), _normal(generator, c_o, c_i, 3, 2)) for c_o, c_i in ((1, 1), (3, 2), (2, 3))]


def _flipping(*axes: int) -> Callable[[Tensor, Tensor], Tensor]:
    return lambda X, K: F.conv2d(X, K.flip(axes) if axes else K)


# 12.3: the side of a map after some layers


def _conv(k: int, **settings: int) -> tuple[str, dict]:
    return "conv", {"kernel_size": k, **settings}


def _pool(k: int, **settings: int) -> tuple[str, dict]:
    return "pool", {"kernel_size": k, **settings}


def _stacks(_generator: torch.Generator) -> Cases:
    """(n, layers): first one layer at a time, then several."""
    return [
        (8, [_conv(3, stride=2)]),
        (10, [_conv(3, stride=2)]),  # 3.5 windows: rounding to the nearest integer isn't rounding down
        (8, [_conv(3, padding=1)]),
        (8, [_pool(2)]),
        (9, [_pool(3, stride=1)]),
        (28, [_conv(5, padding=2), _pool(3), _conv(3, stride=2), _pool(2)]),
        (30, [_pool(4), _conv(3, padding=1, stride=2), _pool(2, padding=1)]),
    ]


def _side(n: int, layers: list[tuple], *, rounded=math.floor, sides=2, default=lambda kind, k: k if kind == "pool" else 1):
    for kind, settings in layers:
        k = settings["kernel_size"]
        n = rounded((n + sides * settings.get("padding", 0) - k) / settings.get("stride", default(kind, k))) + 1
    return n


def _side_mistakes() -> dict[str, Callable]:
    """Each choice of the three bugs that may be left, and some new ones. One bug is named at a time."""
    bugs = {
        "a map with a fraction of a pixel comes out where a window doesn't fit": {"rounded": float},
        "the map is too small where there is padding": {"sides": 1},
        "a pooling layer that names no stride is treated as if it moved by 1": {"default": lambda kind, k: 1},
    }
    first, second, third = bugs
    left = {
        "all three bugs are left; the first one shows in a single layer": bugs,
        f"two of the three bugs are left; one of them: {first}": (first, second),
        f"two of the three bugs are left; one of them: {second}": (second, third),
        f"two of the three bugs are left; one of them: {third}": (first, third),
        **{f"one of the three bugs is left: {bug}": (bug,) for bug in bugs},
    }
    mistakes = {words: _with({k: v for bug in chosen for k, v in bugs[bug].items()}) for words, chosen in left.items()}
    mistakes["a window that doesn't fit is counted as if it did"] = _with({"rounded": math.ceil})
    mistakes["a window that doesn't fit is still counted in some cases"] = _with({"rounded": round})
    mistakes["now a convolution that names no stride moves by its window, too"] = _with({"default": lambda kind, k: k})
    return mistakes


def _with(changes: dict) -> Callable[[int, list], float]:
    return lambda n, layers: _side(n, layers, **changes)


def _by_window(n: int, layers: list[tuple]) -> int:
    for kind, settings in layers:
        k, p = settings["kernel_size"], settings.get("padding", 0)
        n = conv_out_size(n, k, padding=p, stride=settings.get("stride", k if kind == "pool" else 1))
    return n


# 12.4: a line through points


def _fits_a_line(answer: Any) -> str:
    if problem := _not_a_function(answer):
        return problem
    with _own_random_numbers() as generator:
        for slope, height, noise in ((-2.0, 0.5, 0.0), (3.0, 4.0, 0.1)):
            x = torch.linspace(-1, 1, 12, dtype=torch.float64)
            y = slope * x + height + noise * _normal(generator, 12)
            right = (x * (y - y.mean())).mean() / x.square().mean(), y.mean()
            try:
                got = tuple(float(part) for part in answer(x.clone(), y.clone()))
            except (TypeError, ValueError) as error:
                return f"it should return two numbers, the slope and the height; but {str(error).splitlines()[0][:200]}"
            if len(got) != 2:
                return f"it should return two numbers, the slope and the height, not {len(got)}"
            if problem := _off_the_line(got, tuple(map(float, right))):
                return problem
    return ""


def _off_the_line(got: tuple[float, ...], right: tuple[float, ...]) -> str:
    if all(abs(a - b) < 0.01 for a, b in zip(got, right, strict=True)):
        return ""
    found = f"slope {got[0]:.2f} and height {got[1]:.2f}; right would be {right[0]:.2f} and {right[1]:.2f}"
    if not all(map(math.isfinite, got)):
        return "the updates explode: slope and height aren't finite numbers anymore"
    if max(map(abs, got)) > 1000:
        return f"the updates explode, the steps are too large: slope {got[0]:.3g} and height {got[1]:.3g}"
    if abs(got[0]) < 0.05 and abs(got[1] - right[1]) < 0.05:
        return f"the line is still flat, at the mean of y: {found}"
    return f"this isn't the line that fits best: {found}"


# 12.5: learning a kernel


def _edges(generator: torch.Generator) -> Cases:
    """(X, Y, steps, lr) in float64."""
    cases = []
    for steps in (2, 12):
        X = _normal(generator, 1, 1, 4, 6)
        cases.append((X, F.conv2d(X, _normal(generator, 1, 1, 1, 2)), steps, 0.1))
    return cases


def _learned(
    X: Tensor, Y: Tensor, steps: int, lr: float, *, carried: float = 0.0, moves: bool = True, cleared: int = 0
) -> list[float]:
    """The loss before each step; `carried`: the share of the old gradient that is still there at the next step.

    `cleared`: after how many steps nothing of it is there anymore, 0 if never.
    """
    K, velocity, losses = X.new_zeros(1, 1, 1, 2).requires_grad_(), X.new_zeros(1, 1, 1, 2), []
    for step in range(steps):
        loss = (F.conv2d(X, K) - Y).square().mean()
        kept = 0.0 if cleared and step % cleared == 0 else carried
        velocity = kept * velocity + torch.autograd.grad(loss, K)[0]
        losses.append(loss.item())
        if moves:
            K = (K - lr * velocity).detach().requires_grad_()
    return losses


def _learned_by_adam(X: Tensor, Y: Tensor, steps: int, lr: float) -> list[float]:
    K, losses = X.new_zeros(1, 1, 1, 2).requires_grad_(), []
    optimizer = torch.optim.Adam([K], lr=lr)
    for _ in range(steps):
        optimizer.zero_grad()
        loss = (F.conv2d(X, K) - Y).square().mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# 12.6: all images in a new random order


def _delivers_at_random(answer: Any) -> str:
    if problem := _not_a_function(answer):
        return problem
    count, size = 83, 10  # the last batch is a smaller one
    numbers = torch.arange(count)
    images = numbers[:, None, None, None].expand(-1, 1, 2, 2).float()  # image i is filled with i
    labels = numbers * 10 // count
    with _own_random_numbers():
        epochs = []
        for _ in range(3):
            batches = [tuple(batch) for batch in answer(images.clone(), labels.clone(), size)]
            if not all(len(batch) == 2 and all(isinstance(part, Tensor) for part in batch) for batch in batches):
                return "an epoch should consist of pairs of tensors, (images, labels)"
            if problem := _not_an_epoch(batches, labels, size):
                return problem
            epochs.append([X[:, 0, 0, 0].long().tolist() for X, _ in batches])
    if all(epoch == epochs[0] for epoch in epochs):
        return "the order is the same in each epoch"
    classes = [len(set(labels[batch].tolist())) for batch in epochs[0]]
    if sum(classes) / len(classes) < 4:
        return (
            "most images still meet only their neighbors from the sorted data: "
            f"a batch of {size} contains {sum(classes) / len(classes):.1f} of the 10 classes on average"
        )
    if set(map(frozenset, epochs[0])) & set(map(frozenset, epochs[1])):
        return "the order of the batches is new in each epoch, but the same images come together each time"
    return ""


def _not_an_epoch(batches: list[tuple[Tensor, Tensor]], labels: Tensor, size: int) -> str:
    """What is wrong apart from the order: each image once, with its label, in batches of that size."""
    count = len(labels)
    if any(X.shape[:1] != y.shape or X.shape[1:] != (1, 2, 2) for X, y in batches):
        return "the shapes of images and labels don't fit: a batch should be (n, 1, height, width) and (n,)"
    came = torch.cat([X[:, 0, 0, 0].long() for X, _ in batches]) if batches else torch.zeros(0).long()
    if len(came.unique()) == len(came) == count - count % size and all(len(y) == size for _, y in batches):
        return f"{count} images should come; {len(came)} come: the last, smaller batch is missing"
    if len(came.unique()) != count or len(came) != count:
        return f"each of the {count} images should come once; {len(came)} come, {len(came.unique())} of them different"
    wrong = (torch.cat([y for _, y in batches]) != labels[came]).sum().item()
    if wrong:
        return f"{wrong} of {count} images don't come with their own label anymore"
    if sorted(len(y) for _, y in batches) != [count % size] + [size] * (count // size):
        return f"with batch_size={size}, the {count} images come in batches of {sorted({len(y) for _, y in batches})}"
    return ""


# 12.7: a score that depends on the network alone


def _scores(answer: Any) -> str:
    if problem := _not_a_function(answer):
        return problem
    for kind in ("batch normalization", "dropout"):
        with _own_random_numbers() as generator:
            layer = nn.BatchNorm1d(12) if kind == "batch normalization" else nn.Dropout(0.6)
            net = nn.Sequential(nn.Flatten(), nn.Linear(16, 12), layer, nn.ReLU(), nn.Linear(12, 5))
            images = torch.randn(60, 1, 4, 4, generator=generator) + torch.arange(60.0)[:, None, None, None] / 30
            with torch.no_grad():
                net(images), net(images)  # running statistics that aren't those of a new layer
                labels = net.eval()(images).argmax(dim=1)
            labels[:15] = (labels[:15] + 1) % 5
            if problem := _scores_one(answer, net, images, labels, kind):
                return problem
    return ""


def _scores_one(answer: Callable, net: nn.Module, images: Tensor, labels: Tensor, kind: str) -> str:
    for training in (True, False):
        got, problems = {}, []
        for batch_size in (60, 4, 7):
            given = copy.deepcopy(net).train(training)
            before = copy.deepcopy(given.state_dict())
            result = answer(given, images.clone(), labels.clone(), batch_size)
            if not isinstance(result, (int, float, Tensor)):
                return f"it should return the share of the images that are right, a number, not {shown(result)}"
            got[batch_size] = float(result)
            if any(not torch.equal(value, given.state_dict()[name]) for name, value in before.items()):
                problems.append(f"scoring changes a network with {kind}: its state_dict isn't the same afterward")
            if any(module.training != training for module in given.modules()):
                arrives, leaves = ("training", "evaluation")[:: 1 if training else -1]
                problems.append(f"the network arrives in {arrives} mode and leaves in {leaves} mode")
        problems = [_wrong_share(got, kind), *problems]
        if problem := next(filter(None, problems), ""):
            return problem
    return ""


def _wrong_share(got: dict[int, float], kind: str, right: float = 0.75) -> str:
    """Whether these scores, batch size → share, are what the labels of `_scores` are made for."""
    off = {size: share for size, share in got.items() if abs(share - right) > 1e-6}
    if not off:
        return ""
    part = (torch.arange(60) >= 15).float().split(7)
    if off.keys() == {7} and abs(off[7] - sum(one.mean().item() for one in part) / len(part)) < 1e-6:
        return "a small last batch counts as much as a full one: 60 images in batches of 7"
    wrong = "; ".join(f"{share:.3f} in batches of {size}" for size, share in got.items())
    return f"a network with {kind} should score {right:.3f} with every batch size; it scores {wrong}"


# 12.8: training and test images on one scale


def _train_and_test(generator: torch.Generator) -> Cases:
    cases = [
        (2 * _normal(generator, n, pixels) + 1, _normal(generator, m, pixels))
        for n, m, pixels in ((3, 2, 2), (6, 5, 4), (9, 2, 3))
    ]
    cases[1][0][:, 0] /= 1000  # a pixel that hardly varies: there the 0.01 counts
    return cases


def _scaled(images: Tensor, by: Tensor) -> Tensor:
    return (images - by.mean(dim=0)) / (by.std(dim=0) + 0.01)


def _scaled_with(deviation: Callable[[Tensor], Tensor]) -> Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]:
    def standardized(train: Tensor, test: Tensor) -> tuple[Tensor, Tensor]:
        mean, by = train.mean(dim=0), deviation(train)
        return (train - mean) / by, (test - mean) / by

    return standardized


# 12.9: a network that is saved as a whole


def _survives_saving(answer: Any) -> str:
    if not (isinstance(answer, type) and issubclass(answer, nn.Module)):
        return f"give the class itself, check(…, ConvNet), not {shown(answer)}"
    with _own_random_numbers():
        net, copied, X = answer(), answer(), torch.randn(3, 1, 28, 28)
        logits = net(X)
        if not isinstance(logits, Tensor) or logits.shape != (3, 10):
            got = tuple(logits.shape) if isinstance(logits, Tensor) else shown(logits)
            return f"for 3 images it should return logits of shape (3, 10), not {got}"
        copied.load_state_dict(net.state_dict())
        saved = {name: tuple(value.shape) for name, value in net.state_dict().items()}
        if not torch.allclose(copied(X), logits, atol=1e-5):
            return f"the second network still has other logits; this is all that was saved: {saved}"
    shapes = [(8, 1, 3, 3), (8,), (8, 8, 3, 3), (8,), (10, 392), (10,)]
    if sorted(saved.values()) != sorted(shapes):
        return f"what is saved is loaded, but the layers aren't the same as before: {saved}"
    if {tuple(parameter.shape) for parameter in net.parameters()} != set(shapes):
        return "all is saved, but an optimizer doesn't get all of it: some of it isn't in parameters()"
    if not all(parameter.requires_grad for parameter in net.parameters()):
        return "all layers are saved and loaded, but some are frozen now: training can't change them"
    return _computes_something_else(net, X, logits)


def _computes_something_else(net: nn.Module, X: Tensor, logits: Tensor) -> str:
    """Whether the network's layers, found by their shapes, give other logits when they are applied as before."""
    layers = [module for module in net.modules() if isinstance(module, (nn.Conv2d, nn.Linear))]
    layers.sort(key=lambda layer: (isinstance(layer, nn.Linear), layer.weight.shape[1]))
    if len(layers) != 3:
        return f"it should have two convolutions and a dense layer; {len(layers)} such layers are registered"
    for conv in layers[:2]:
        X = F.conv2d(X, conv.weight, conv.bias, stride=2, padding=1).relu()
    expected = layers[2](X.flatten(1))
    same = torch.allclose(expected, logits, atol=1e-5)
    return "" if same else "all layers are saved and loaded, but forward computes something else than before"


# 12.10: the mean loss of each epoch


def _epochs(generator: torch.Generator) -> Cases:
    """(net, batches, epochs, lr) in float64; the last batch is a smaller one."""
    cases = []
    for sizes, epochs in (((4,), 2), ((8, 8, 3), 3)):
        net = nn.Linear(30, 3, dtype=torch.float64)
        with torch.no_grad():
            net.weight.copy_(_normal(generator, 3, 30) / 5)
            net.bias.zero_()
        batches = [(_normal(generator, n, 30), torch.randint(3, (n,), generator=generator)) for n in sizes]
        cases.append((nn.Sequential(net), batches, epochs, 0.1))
    return cases


def _batch_losses(net: nn.Module, batches: list, epochs: int, lr: float) -> list[list[tuple[float, int]]]:
    """For each epoch the (loss, number of images) of each batch, before the step on it."""
    optimizer, measured = torch.optim.SGD(net.parameters(), lr=lr), []
    for _ in range(epochs):
        measured.append([])
        for X, y in batches:
            optimizer.zero_grad()
            loss = F.cross_entropy(net(X), y)
            loss.backward()
            optimizer.step()
            measured[-1].append((loss.item(), len(y)))
    return measured


def _mean_of_each(*arguments) -> list[float]:
    return [sum(loss * n for loss, n in epoch) / sum(n for _, n in epoch) for epoch in _batch_losses(*arguments)]


def _after_the_steps(net: nn.Module, batches: list, epochs: int, lr: float, *, at_the_end: bool = False) -> list[float]:
    """The mean losses, each batch's measured after the step on it, or after the epoch's last step."""
    optimizer, means, count = torch.optim.SGD(net.parameters(), lr=lr), [], sum(len(y) for _, y in batches)
    for _ in range(epochs):
        total = 0.0
        for X, y in batches:
            optimizer.zero_grad()
            F.cross_entropy(net(X), y).backward()
            optimizer.step()
            total += F.cross_entropy(net(X), y).item() * len(y)
        at_last = sum(F.cross_entropy(net(X), y).item() * len(y) for X, y in batches)
        means.append((at_last if at_the_end else total) / count)
    return means


def _running(*arguments, total_too: bool = False, count_too: bool = True) -> list[float]:
    """The mean losses where the total, the count, or both are never set back to 0."""
    total, count, means = 0.0, 0, []
    for epoch in _batch_losses(*arguments):
        total = (total if total_too else 0.0) + sum(loss * n for loss, n in epoch)
        count = (count if count_too else 0) + sum(n for _, n in epoch)
        means.append(total / count)
    return means


# 12.11: training and validation images


def _splits(answer: Any) -> str:
    """Images whose sums are all different, with a black border: a shifted copy is known by its sum."""
    if problem := _not_a_function(answer):
        return problem
    count = 40
    with _own_random_numbers() as generator:
        images = F.pad(torch.rand(count, 4, 4, generator=generator), (3, 3, 3, 3))
        images *= ((1 + torch.arange(count)) / images.sum(dim=(1, 2)))[:, None, None]  # the sums are 1 to 40
        labels = torch.arange(count) % 10
        parts = answer(images.clone(), labels.clone())
    if not isinstance(parts, (tuple, list)) or len(parts) != 4 or not all(isinstance(part, Tensor) for part in parts):
        return "it should return four tensors: training images, their labels, validation images, their labels"
    X, y, X_val, y_val = parts
    if any(part.shape[1:] != (10, 10) or len(part) != len(own) for part, own in ((X, y), (X_val, y_val))):
        return f"the shapes don't fit: {', '.join(str(tuple(part.shape)) for part in parts)}"
    if len(X_val) > len(X):
        return "the training images come first, then the validation images: are they exchanged?"
    from_, from_val = (part.sum(dim=(1, 2)).round().long() - 1 for part in (X, X_val))
    if not torch.equal(labels[from_], y.long()) or not torch.equal(labels[from_val], y_val.long()):
        return "some images don't come with their own label anymore"
    return _not_apart(images, X, from_, X_val, from_val)


def _not_apart(images: Tensor, X: Tensor, from_: Tensor, X_val: Tensor, from_val: Tensor) -> str:
    """What is wrong with images and the numbers of the originals that they were made from."""
    count = len(images)
    twins = sum(number in from_ for number in from_val)
    if twins:
        return f"{twins} of the {len(X_val)} validation images are also in the training set, as they are or shifted"
    if not torch.equal(X_val, images[from_val]):
        return "nothing of a validation image is in the training set now, but some validation images are shifted copies"
    if len(from_val.unique()) != len(from_val) or len(from_val) != count // 5:
        return f"a fifth of {count} images is {count // 5}; {len(from_val)} are in the validation set"
    if len(X) != 5 * (count - count // 5) or torch.bincount(from_, minlength=count).max() != 5:
        return f"{count - count // 5} images with four shifted copies each are {count * 4}; the training set has {len(X)}"
    if not all((image == X).all(dim=(1, 2)).any() for number, image in enumerate(images) if number not in from_val):
        return "the training set has shifted copies, but not all of the images themselves"
    if len(X.unique(dim=0)) != len(X):
        return "the four copies of an image should be shifted by different steps; some are the same"
    if from_val.max() - from_val.min() == len(from_val) - 1:
        return "the validation images are neighbors in the file; choose them at random"
    return ""


# 12.12: a script with three bugs


@dataclass
class _Pass:
    """What was seen of one call of the network: its input, the logits, their gradient, the mode."""

    X: Tensor
    logits: Tensor
    training: bool
    gradient: Tensor | None = None


def _script(answer: Any) -> str:
    if not isinstance(answer, (tuple, list)) or len(answer) != 2:
        return f"give the pair of class and function, check(…, (Net, train_and_test)), not {shown(answer)}"
    Net, train_and_test = answer
    if not (isinstance(Net, type) and issubclass(Net, nn.Module)) or not callable(train_and_test):
        return "the first of the pair should be the class Net, the second the function train_and_test"
    with _own_random_numbers() as generator:
        images = torch.randint(256, (40, 28, 28), generator=generator, dtype=torch.uint8)
        labels = torch.arange(40) % 10
        passes, result = _watched(Net(), train_and_test, images, labels)
        left = _left(passes, images, labels)
        if left:  # one at a time
            words = {1: "one of the three bugs is left:", 2: "two of the three bugs are left; the first:"}
            return f"{words.get(len(left), 'all three bugs are left; the first:')}\n· {left[0]}"
        return _new_bug(passes, result, images, labels) or _trains_badly(Net, train_and_test)


def _watched(net: nn.Module, train_and_test: Callable, images: Tensor, labels: Tensor) -> tuple[list[_Pass], Any]:
    """What happens in the network while it's trained on the images and tested on them; and what the function returns.

    Among the test images are darker ones, too, so that their own mean and deviation aren't those of the training images.
    """
    dense = [module for module in net.modules() if isinstance(module, nn.Linear)]
    if not dense:
        raise ValueError("Net has no dense layer anymore")
    passes: list[_Pass] = []

    def enter(_, inputs):
        passes.append(_Pass(inputs[0].detach().clone(), torch.empty(0), net.training))

    def leave(_, __, logits):
        seen = passes[-1]
        seen.logits = logits.detach().clone()
        if logits.requires_grad:
            logits.register_hook(lambda gradient: setattr(seen, "gradient", gradient.clone()))

    net.register_forward_pre_hook(enter)
    dense[-1].register_forward_hook(leave)
    test_images, test_labels = torch.cat([images, images // 4]), labels.repeat(2)
    return passes, train_and_test(net, images.clone(), labels.clone(), test_images, test_labels)


def _left(passes: list[_Pass], images: Tensor, labels: Tensor) -> list[str]:
    """Which of the three bugs are left, by what they do."""
    trained, tested = [one for one in passes if one.gradient is not None], [one for one in passes if one.gradient is None]
    if not trained or not tested:
        raise ValueError("the network should be trained, then tested on the test images")
    first, left = trained[0], []
    # The gradient of cross-entropy is (softmax(logits) − one-hot label)/n: its lowest value in each row shows the label.
    # Behind a ReLU, the label's own gradient can be blocked; then no value in the row is negative.
    given, own, known = first.gradient.argmin(dim=1), labels[_numbers(first.X, images)], (first.gradient < 0).any(dim=1)
    if (wrong := (given != own)[known].sum().item()) > 0:
        at_least = "" if known.all() else "at least "
        left.append(f"in training, {at_least}{wrong} of the first {len(own)} images come with a label that isn't theirs")
    error = first.logits.softmax(dim=1) - F.one_hot(given, first.logits.shape[1])
    if not known.all() and (first.gradient == 0).any():
        left.append("the loss gets stuck: some of the last dense layer's outputs get no gradient")
    elif not any(torch.allclose(scale * first.gradient, error, atol=1e-4) for scale in (1, len(own))):
        left.append("the loss stays far above 0 even where the network is sure and right")
    ranges = [max(one.X.abs().max().item() for one in some) for some in (trained, tested)]
    if not 0.8 < ranges[0] / max(ranges[1], 1e-9) < 1.25:
        left.append("the same image doesn't reach the network with the same values in training and in the test")
    return left


def _numbers(X: Tensor, images: Tensor) -> Tensor:
    """Which of the images each of X is, however it's scaled."""
    rows = [part.flatten(1).double() for part in (X, images)]
    rows = [F.normalize(part - part.mean(dim=1, keepdim=True)) for part in rows]
    return (rows[0] @ rows[1].T).argmax(dim=1)


def _new_bug(passes: list[_Pass], result: Any, images: Tensor, labels: Tensor) -> str:
    """What is wrong besides the three bugs, '' if nothing."""
    trained, tested = [one for one in passes if one.gradient is not None], [one for one in passes if one.gradient is None]
    orders = [_numbers(one.X, images).tolist() for one in trained]
    if sorted({number for order in orders for number in order}) != list(range(len(images))):
        return "the three bugs are gone, but some training images are never used now"
    if [number for order in orders for number in order][: len(images)] == list(range(len(images))):
        return "the three bugs are gone, but the training images aren't shuffled anymore"
    if _repeats([number for order in orders for number in order], len(images)):
        return "the three bugs are gone, but the order of the training images is the same in each epoch"
    if any(one.training for one in tested) or not all(one.training for one in trained):
        return "the three bugs are gone, but training and test don't run in their own modes now"
    predicted = torch.cat([one.logits for one in tested]).argmax(dim=1)
    right = (predicted[-2 * len(labels) :] == labels.repeat(2)).double().mean().item()
    try:
        returned = float(result[1])
    except (TypeError, IndexError, ValueError, RuntimeError):
        return (
            f"the three bugs are gone; now return two numbers as before, the mean loss and the share, not {shown(result)}"
        )
    return (
        ""
        if abs(returned - right) < 1e-4
        else "the three bugs are gone, but the second value isn't the share of right ones"
    )


def _repeats(order: list[int], count: int) -> bool:
    """Whether the second epoch has the order of the first."""
    return order[:count] == order[count : 2 * count]


def _trains_badly(Net: type, train_and_test: Callable) -> str:
    from ..data import load_data_fashion_mnist

    train, test = load_data_fashion_mnist(64)
    data = train.images[:6000], train.labels[:6000], test.images[:1000], test.labels[:1000]
    _, share = train_and_test(Net(), *(part.clone() for part in data))
    return (
        ""
        if share > 0.7
        else f"the three bugs are gone, but only {share:.0%} of the test images are right: is there a new one?"
    )


EXERCISES: dict[str, Exercise] = {
    "12.1": Function(
        reference=lambda photo, width, height: _resized(photo.permute(2, 0, 1)[None], width, height),
        cases=_photos,
        mistakes={
            "both bugs are left: the pixels are scrambled, and the size is wrong": lambda photo, width, height: _resized(
                _scrambled(photo), height, width
            ),
            "the size is right, but the photo is still in pieces: a pixel's three values don't stay together": (
                lambda photo, width, height: _resized(_scrambled(photo), width, height)
            ),
            "the photo is in one piece, but the size still isn't the one asked for": lambda photo, width, height: _resized(
                photo.permute(2, 0, 1)[None], height, width
            ),
            "the photo is in one piece and has the right size, but it's lying on its side": lambda photo, width, height: (
                _resized(photo.permute(2, 1, 0)[None], width, height)
            ),
            **{
                f"the photo is in one piece and has the right size, but mode {mode!r} isn't the default one": (
                    _in_mode(mode)
                )
                for mode in ("bilinear", "bicubic", "area", "nearest-exact")
            },
        },
        hints=[
            "The shape before the resizing is right. But is the value at [0, 0, 0, 1] the red of the second pixel?",
            "reshape keeps all values in their order and only groups them differently. Here the axes have to move.",
            "And the size: which comes first in PyTorch's pairs, the height or the width?",
        ],
        praise="permute moves the axes and reshape doesn't. Pairs are (height, width), in the order of the axes.",
    ),
    "12.2": Function(
        reference=_flipping(2, 3),
        cases=_images_and_kernels,
        mistakes={
            "the shadow is still on the wrong side; and with several channels, their order is reversed": _flipping(0, 1),
            "nothing is flipped now: this is cross-correlation": _flipping(),
            "the shadow is correct vertically, but not horizontally": _flipping(2),
            "the shadow is correct horizontally, but not vertically": _flipping(3),
            "the shadow is where it should be; but with several channels, their order is reversed": _flipping(0, 1, 2, 3),
            "the kernel is mirrored at its diagonal, which exchanges its sides": lambda X, K: F.conv2d(
                X, K.transpose(2, 3)
            ),
        },
        hints=[
            "Print K[None, None].flip(0, 1). What has changed?",
            "The kernel has four axes, (c_o, c_i, h, w). Which two are flipped, and which two should be?",
        ],
        praise="K.flip(0, 1) is right for a matrix. In a kernel with channels, height and width are axes 2 and 3.",
    ),
    "12.3": Function(
        reference=_by_window,
        cases=_stacks,
        mistakes=_side_mistakes(),
        hints=[
            "Compare with PyTorch after each layer, not only at the end. Where is the first difference?",
            "Is `padding` counted per side or in total? And what does nn.MaxPool2d do if you name no stride?",
            "Windows that don't fit are dropped: which kind of rounding is that?",
        ],
        praise="⌊(n + 2p − k)/s⌋ + 1, layer by layer, and a pooling layer's stride is its window unless you say otherwise.",
    ),
    "12.4": Choice(
        test=_fits_a_line,
        seconds=30.0,
        hints=[
            "Which value does the fit have everywhere? Compare it with y.mean().",
            "Print the shapes of y_hat and y, and then the shape of their difference.",
            "(n, 1) − (n,) broadcasts to (n, n): every prediction is compared with every target.",
        ],
        praise="Now each prediction meets its own target. When it met all of them, the best it could do was their mean.",
    ),
    "12.5": Function(
        reference=_learned,
        prepare=_warm_up,
        cases=_edges,
        mistakes={
            "the loss still swings": lambda X, Y, steps, lr: _learned(X, Y, steps, lr, carried=1.0),
            "with a smaller learning rate it swings more slowly; the cause is still there": lambda X, Y, steps, lr: (
                _learned(X, Y, steps, lr / 10, carried=1.0)
            ),
            "the swing is only damped: part of the old gradients is still in each step": lambda X, Y, steps, lr: _learned(
                X, Y, steps, lr, carried=0.9
            ),
            "in every other step, an old gradient is still there": lambda X, Y, steps, lr: _learned(
                X, Y, steps, lr, carried=1.0, cleared=2
            ),
            "these are the steps of Adam, not of gradient descent": _learned_by_adam,
            "the loss is the same at each step: the kernel doesn't move": lambda X, Y, steps, lr: _learned(
                X, Y, steps, lr, moves=False
            ),
            "this is the loss after each step; the loss before it is asked for": lambda X, Y, steps, lr: _learned(
                X, Y, steps + 1, lr
            )[1:],
        },
        hints=[
            "Where the loss is almost 0, the gradient is almost 0, too. Print K.grad there.",
            "backward() adds to what is already in K.grad. How often is that set to zero?",
        ],
        praise="Gradients that add up act like a ball without friction: it rolls through the valley and up the other side.",
    ),
    "12.6": Choice(
        test=_delivers_at_random,
        hints=[
            "Print the labels of the first three batches.",
            "Inside a batch, the order makes no difference to the gradient. What has to be mixed, then?",
            "Images and labels need the same new order.",
        ],
        praise="Shuffle images and labels together, before you divide them: then each batch resembles the whole data set.",
    ),
    "12.7": Choice(
        test=_scores,
        hints=[
            "Which layers of modern_lenet treat an image differently when its company changes?",
            "torch.no_grad() switches off gradients. It doesn't change what the layers compute.",
            "net.training tells you the mode that the network arrived in.",
        ],
        praise="In evaluation mode an image's company doesn't matter; and afterward the network is in its old mode again.",
    ),
    "12.8": Function(
        reference=lambda train, test: (_scaled(train, train), _scaled(test, train)),
        cases=_train_and_test,
        also_right=[
            _scaled_with(lambda train: train.std(dim=0, unbiased=False) + 0.01),
            _scaled_with(lambda train: train.std(dim=0).clamp(min=0.01)),
            _scaled_with(lambda train: (train.var(dim=0) + 0.01**2).sqrt()),
        ],
        mistakes={
            "the two sets are still on two scales: the same image looks different in each": lambda train, test: (
                _scaled(train, train),
                _scaled(test, test),
            ),
            "they are on one scale, but the training images depend on the test images now: a leak": lambda train, test: (
                _scaled(train, torch.cat([train, test])),
                _scaled(test, torch.cat([train, test])),
            ),
            "they are on one scale, but on that of the test images": lambda train, test: (
                _scaled(train, test),
                _scaled(test, test),
            ),
            "the test images haven't been brought to the scale of the training images at all": lambda train, test: (
                _scaled(train, train),
                test,
            ),
            "the deviation is the training images' own now; the mean still isn't the same for both": lambda train, test: (
                _scaled(train, train),
                (test - test.mean(dim=0)) / (train.std(dim=0) + 0.01),
            ),
            "the mean is the training images' own now; the deviation still isn't the same for both": lambda train, test: (
                _scaled(train, train),
                (test - train.mean(dim=0)) / (test.std(dim=0) + 0.01),
            ),
            "the scale is the training images' own, but there's one deviation for all pixels, not one each": _scaled_with(
                lambda train: train.std() + 0.01
            ),
            "the scale is the training images' own, but the 0.01 is missing from the deviation": _scaled_with(
                lambda train: train.std(dim=0)
            ),
        },
        hints=[
            "Take a sneaker that is in both test sets. Is it the same after `standardized`?",
            "If there are only sneakers, what is left of a sneaker after the mean of all sneakers is subtracted?",
            "The scale belongs to the training, like the weights. What does a test image have to do with it?",
        ],
        praise="The training images set the scale, and every later image is measured on it, alone or in company.",
    ),
    "12.9": Choice(
        test=_survives_saving,
        hints=[
            "Print the names in net.state_dict().",
            "A module registers modules that are its attributes. Does it look into a Python list?",
        ],
        praise="Layers in an nn.ModuleList (or as attributes) are saved, loaded, trained, and moved to the GPU.",
    ),
    "12.10": Function(
        reference=_mean_of_each,
        prepare=_warm_up,
        cases=_epochs,
        mistakes={
            "each value is still too small, by a factor that grows from epoch to epoch": _running,
            "now the values are too large, and the more so the later the epoch": lambda *arguments: _running(
                *arguments, total_too=True, count_too=False
            ),
            "this is the mean since the first epoch, not the mean of each epoch": lambda *arguments: _running(
                *arguments, total_too=True
            ),
            "a small batch counts as much as a large one": lambda *arguments: [
                sum(loss for loss, _ in epoch) / len(epoch) for epoch in _batch_losses(*arguments)
            ],
            "this is the loss after each epoch; the loss before each step is asked for": lambda *arguments: (
                _after_the_steps(*arguments, at_the_end=True)
            ),
            "this is the loss after each step; the loss before it is asked for": _after_the_steps,
            "these are sums over the images, not means": lambda *arguments: [
                sum(loss * n for loss, n in epoch) for epoch in _batch_losses(*arguments)
            ],
        },
        hints=[
            "Call it with lr=0. The network doesn't change. What do the means do?",
            "In the second epoch, how many images does the total come from, and by how many is it divided?",
        ],
        praise="Each epoch starts with an empty total and an empty count.",
    ),
    "12.11": Choice(
        test=_splits,
        hints=[
            "Take one validation image. What does its nearest neighbor in the training set look like?",
            "How many of an image's five versions are in the training set, and how many in the validation set?",
            "Which has to come first, making the copies or dividing the images?",
        ],
        praise="First divide, then copy: no version of a validation image is in the training set anymore.",
    ),
    "12.12": Choice(
        test=_script,
        seconds=120.0,
        hints=[
            "Look at a batch: draw the images of the first one with their labels as titles.",
            "Train on one batch only, with its own labels. Which value does the loss never fall below? See lesson 11.",
            "Test on the training images, and print the largest value of X there and in training.",
        ],
        praise="The batch, the loss, and the test: each of the three bugs hid the next, and each has its own test.",
    ),
}
