"""Right and wrong answers to the exercises of lesson 12 that are checked by running them: a program in several styles."""

import copy
import random

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

# 12.4: a line through points


def least_squares(x, y):
    A = torch.stack([x, torch.ones_like(x)], dim=1)
    return tuple(torch.linalg.lstsq(A, y[:, None]).solution[:, 0].tolist())


def fitted(loss):
    """Gradient descent on that loss of (n, 1) and (n,)."""

    def fit(x, y):
        line = nn.Linear(1, 1, dtype=x.dtype)
        optimizer = torch.optim.SGD(line.parameters(), lr=0.1)
        for _ in range(300):
            optimizer.zero_grad()
            loss(line(x[:, None]), y).backward()
            optimizer.step()
        return line.weight.item(), line.bias.item()

    return fit


# 12.6: an epoch in random order


def by_permutation(images, labels, size):
    order = torch.randperm(len(labels))
    return zip(images[order].split(size), labels[order].split(size), strict=True)


def by_loader(images, labels, size):
    return DataLoader(TensorDataset(images, labels), size, shuffle=True)


def by_pairs(images, labels, size):
    pairs = list(zip(images, labels, strict=True))
    random.shuffle(pairs)
    for start in range(0, len(pairs), size):
        X, y = zip(*pairs[start : start + size], strict=True)
        yield torch.stack(X), torch.stack(y)


def only_within_batches(images, labels, size):
    for X, y in zip(images.split(size), labels.split(size), strict=True):
        order = torch.randperm(len(y))
        yield X[order], y[order]


def only_whole_batches(images, labels, size):
    batches = list(zip(images.split(size), labels.split(size), strict=True))
    random.shuffle(batches)
    return batches


def separately(images, labels, size):
    images, labels = images[torch.randperm(len(images))], labels[torch.randperm(len(labels))]
    return zip(images.split(size), labels.split(size), strict=True)


def always_alike(images, labels, size):
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(0))
    return zip(images[order].split(size), labels[order].split(size), strict=True)


def with_replacement(images, labels, size):
    order = torch.randint(len(labels), (len(labels),))
    return zip(images[order].split(size), labels[order].split(size), strict=True)


def with_the_last_dropped(images, labels, size):
    return DataLoader(TensorDataset(images, labels), size, shuffle=True, drop_last=True)


def always_the_same_mates(images, labels, size):
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(0))
    batches = list(zip(images[order].split(size), labels[order].split(size), strict=True))
    random.shuffle(batches)
    return batches


# 12.7: a score that depends on the network alone


def share(net, images, labels, size):
    right = 0
    for start in range(0, len(labels), size):
        right += (net(images[start : start + size]).argmax(dim=1) == labels[start : start + size]).sum().item()
    return right / len(labels)


def scored_by_a_copy(net, *data):
    with torch.no_grad():
        return share(copy.deepcopy(net).eval(), *data)


def scored_and_put_back(net, images, labels, size):
    mode = net.training
    net.train(False)
    try:
        with torch.inference_mode():
            return torch.tensor(share(net, images, labels, size))
    finally:
        net.train(mode)


def scored_in_evaluation_mode(net, *data):
    net.eval()
    return share(net, *data)


def scored_and_always_trained_on(net, *data):
    net.eval()
    result = share(net, *data)
    net.train()
    return result


def scored_all_at_once(net, images, labels, size):
    return share(net, images, labels, len(labels))


def scored_by_batches(net, images, labels, size):
    net = copy.deepcopy(net).eval()
    parts = list(zip(images.split(size), labels.split(size), strict=True))
    return sum(share(net, X, y, size) for X, y in parts) / len(parts)


# 12.9: two convolutions and a dense layer


class Listed(nn.Module):
    """The network of the exercise; the classes below change how it holds its layers."""

    def __init__(self):
        super().__init__()
        self.hold([nn.Conv2d(c_i, 8, 3, stride=2, padding=1) for c_i in (1, 8)])
        self.dense = nn.Linear(8 * 7 * 7, 10)

    def hold(self, convs):
        self.convs = convs

    def forward(self, X):
        for conv in self.convs:
            X = conv(X).relu()
        return self.dense(X.flatten(1))


class Registered(Listed):
    def hold(self, convs):
        self.convs = nn.ModuleList(convs)


class Named(Listed):
    def hold(self, convs):
        self.first, self.second = convs
        self.convs = convs


class Chained(nn.Sequential):
    def __init__(self):
        convs = [nn.Conv2d(c_i, 8, 3, stride=2, padding=1) for c_i in (1, 8)]
        super().__init__(convs[0], nn.ReLU(), convs[1], nn.ReLU(), nn.Flatten(), nn.Linear(392, 10))


class InATuple(Listed):
    def hold(self, convs):
        self.convs = tuple(convs)


class HalfRegistered(Listed):
    def hold(self, convs):
        self.first, self.convs = convs[0], convs


class Copied(Listed):
    def hold(self, convs):
        self.convs, self.registered = convs, nn.ModuleList(copy.deepcopy(convs))


class WithoutReLU(Registered):
    def forward(self, X):
        for conv in self.convs:
            X = conv(X)
        return self.dense(X.flatten(1))


class Frozen(Registered):
    def hold(self, convs):
        self.convs = nn.ModuleList(convs).requires_grad_(False)


class Larger(Registered):
    def __init__(self):
        super().__init__()
        self.extra = nn.Linear(10, 10)


# 12.11: training and validation images


def with_copies(images):
    return torch.cat([images, *(images.roll(step, axis) for axis in (1, 2) for step in (1, -1))])


def divided(count, seed, order=True):
    numbers = torch.randperm(count, generator=torch.Generator().manual_seed(seed)) if order else torch.arange(count)
    return numbers[count // 5 :], numbers[: count // 5]


def first_divided(images, labels, seed=0):
    train, val = divided(len(labels), seed)
    return with_copies(images[train]), labels[train].repeat(5), images[val], labels[val]


def copied_one_by_one(images, labels, seed=1):
    train, val = divided(len(labels), seed)
    X = torch.cat([with_copies(image[None]) for image in images[train]])
    return [X, labels[train].repeat_interleave(5), images[val], labels[val]]


def first_copied(images, labels, seed=0):
    images, labels = with_copies(images), labels.repeat(5)
    train, val = divided(len(labels), seed)
    return images[train], labels[train], images[val], labels[val]


def originals_for_validation(images, labels, seed=0):
    _, val = divided(len(labels), seed)
    X, y = with_copies(images), labels.repeat(5)
    kept = torch.ones(len(y), dtype=torch.bool)
    kept[val] = False
    return X[kept], y[kept], images[val], labels[val]


def copies_on_both_sides(images, labels, seed=0):
    X, y, X_val, y_val = first_divided(images, labels, seed)
    return X, y, with_copies(X_val), y_val.repeat(5)


def interleaved_labels(images, labels, seed=0):
    X, y, *val = first_divided(images, labels, seed)
    return X, y[: len(y) // 5].repeat_interleave(5), *val


def validation_first(images, labels, seed=0):
    X, y, X_val, y_val = first_divided(images, labels, seed)
    return X_val, y_val, X, y


def no_copies(images, labels, seed=0):
    X, y, *val = first_divided(images, labels, seed)
    return X[: len(X) // 5], y[: len(y) // 5], *val


def not_at_random(images, labels, seed=0):
    train, val = divided(len(labels), seed, order=False)
    return with_copies(images[train]), labels[train].repeat(5), images[val], labels[val]


# 12.12: a script with three bugs


def network(*end):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.Sequential(
                nn.Conv2d(1, 8, 5, stride=2), nn.BatchNorm2d(8), nn.ReLU(),
                nn.Conv2d(8, 16, 3, stride=2), nn.BatchNorm2d(16), nn.ReLU(),
                nn.Flatten(), nn.Linear(16 * 5 * 5, 10), *end,
            )  # fmt: skip

        def forward(self, X):
            return self.layers(X)

    return Net


def script(
    *,
    in_pairs=True,
    shuffled=True,
    test_scale=255.0,
    loss=F.cross_entropy,
    evaluates=True,
    result=lambda share: share,
    reseeds=False,
):
    def train_and_test(net, images, labels, test_images, test_labels):
        X, optimizer = images[:, None] / 255, torch.optim.Adam(net.parameters(), lr=0.003)
        for _ in range(2):
            if reseeds:
                torch.manual_seed(0)
            order = torch.randperm(len(X)) if shuffled else torch.arange(len(X))
            other = order if in_pairs else torch.randperm(len(X))
            for chosen, given in zip(order.split(64), other.split(64), strict=True):
                optimizer.zero_grad()
                value = loss(net(X[chosen]), labels[given])
                value.backward()
                optimizer.step()
        net.train(not evaluates)
        with torch.no_grad():
            predicted = net(test_images[:, None] / test_scale).argmax(dim=1)
        return value.item(), result((predicted == test_labels).float().mean().item())

    return train_and_test


def through_a_loader(net, images, labels, test_images, test_labels):
    """Another right one: standardized images, a DataLoader, a loss that is a sum."""
    mean, std = images.float().mean(), images.float().std()
    data, tests = TensorDataset((images[:, None] - mean) / std, labels), (test_images[:, None] - mean) / std
    optimizer = torch.optim.Adam(net.parameters(), lr=0.003)
    for _ in range(2):
        for X, y in DataLoader(data, 64, shuffle=True):
            net.zero_grad()
            F.nll_loss(F.log_softmax(net(X), dim=1), y, reduction="sum").backward()
            optimizer.step()
    net.eval()
    right = sum((net(X).argmax(dim=1) == y).sum() for X, y in zip(tests.split(50), test_labels.split(50), strict=True))
    return 0.0, right / len(test_labels)


def each_by_its_own(net, images, labels, test_images, test_labels):
    """Training and test images on two scales."""
    X, tests = ((part[:, None] - part.float().mean()) / part.float().std() for part in (images, test_images))
    optimizer = torch.optim.Adam(net.parameters(), lr=0.003)
    for _ in range(2):
        for chosen in torch.randperm(len(X)).split(64):
            optimizer.zero_grad()
            F.cross_entropy(net(X[chosen]), labels[chosen]).backward()
            optimizer.step()
    net.eval()
    return 0.0, (net(tests).argmax(dim=1) == test_labels).float().mean().item()


def log_loss(probabilities, y):
    return F.nll_loss(probabilities.log(), y)


# exercise → (right answers, wrong answers with a part of the diagnosis meant for each)
SPOT_THE_BUG = {
    "12.4": (
        [
            least_squares,
            fitted(lambda y_hat, y: (y_hat[:, 0] - y).square().mean()),
            fitted(lambda y_hat, y: F.mse_loss(y_hat, y.reshape(-1, 1))),
            fitted(lambda y_hat, y: ((y_hat.squeeze() - y) ** 2).sum() / 12),
        ],
        [
            (fitted(lambda y_hat, y: (y_hat - y).square().mean()), "still flat"),
            (fitted(lambda y_hat, y: (y_hat - y).square().sum()), "explode"),
            (fitted(lambda y_hat, y: 2 * (y_hat[:, 0] - y).square().sum()), "explode"),
            (fitted(lambda y_hat, y: (y_hat[:, 0] - 3 * y).square().mean()), "isn't the line that fits best"),
            (lambda x, y: 2.0, "two numbers"),
            ((1.0, 2.0), "the function itself"),
        ],
    ),
    "12.6": (
        [by_permutation, by_loader, by_pairs],
        [
            (only_within_batches, "only their neighbors"),
            (only_whole_batches, "only their neighbors"),
            (separately, "their own label"),
            (always_alike, "the same in each epoch"),
            (with_the_last_dropped, "83 images should come; 80 come: the last, smaller batch is missing"),
            (always_the_same_mates, "the same images come together"),
            (with_replacement, "should come once"),
            (lambda images, labels, size: by_permutation(images, labels, 1), "batches of [1]"),
            (lambda images, labels, size: zip(images, labels, strict=True), "shapes of images and labels"),
            (lambda images, labels, size: [images], "pairs of tensors"),
        ],
    ),
    "12.7": (
        [scored_by_a_copy, scored_and_put_back],
        [
            (share, "should score 0.750"),
            (scored_all_at_once, "should score 0.750"),
            (scored_in_evaluation_mode, "arrives in training mode and leaves in evaluation mode"),
            (scored_and_always_trained_on, "arrives in evaluation mode and leaves in training mode"),
            (lambda *data: 100 * scored_by_a_copy(*data), "should score 0.750"),
            (scored_by_batches, "a small last batch counts as much as a full one"),
            (lambda net, *data: "fine", "a number, not 'fine'"),
        ],
    ),
    "12.9": (
        [Registered, Named, Chained],
        [
            (Listed, "all that was saved: {'dense.weight'"),
            (InATuple, "all that was saved: {'dense.weight'"),
            (HalfRegistered, "still has other logits"),
            (Copied, "still has other logits"),
            (WithoutReLU, "forward computes something else"),
            (Frozen, "some are frozen"),
            (Larger, "aren't the same as before"),
            (nn.Flatten, "logits of shape (3, 10), not (3, 784)"),
            (Registered(), "the class itself"),
        ],
    ),
    "12.11": (
        [first_divided, copied_one_by_one],
        [
            (first_copied, "are also in the training set"),
            (originals_for_validation, "are also in the training set"),
            (copies_on_both_sides, "some validation images are shifted copies"),
            (interleaved_labels, "their own label"),
            (validation_first, "the training images come first"),
            (no_copies, "the training set has 32"),
            (not_at_random, "choose them at random"),
            (lambda images, labels: (images, labels), "four tensors"),
        ],
    ),
    "12.12": (
        [(network(), script()), (network(nn.Softmax(dim=1)), script(loss=log_loss)), (network(), through_a_loader)],
        [
            (
                (network(nn.Softmax(dim=1)), script(in_pairs=False, test_scale=1.0)),
                "all three bugs are left; the first:\n· in",
            ),
            ((network(), script(in_pairs=False)), "one of the three bugs is left:\n· in training,"),
            ((network(nn.Softmax(dim=1)), script()), "one of the three bugs is left:\n· the loss stays"),
            ((network(), script(test_scale=1.0)), "one of the three bugs is left:\n· the same image "),
            ((network(), script(in_pairs=False, test_scale=1.0)), "two of the three bugs are left"),
            ((network(nn.ReLU()), script()), "one of the three bugs is left:\n· the loss gets stuck"),
            ((network(nn.ReLU()), script(in_pairs=False)), "two of the three bugs are left; the first:\n· in training, at"),
            ((network(), each_by_its_own), "one of the three bugs is left:\n· the same image "),
            ((network(), script(reseeds=True)), "the same in each epoch"),
            ((network(), script(loss=F.nll_loss)), "· the loss gets lower without end"),
            ((network(), script(shuffled=False)), "aren't shuffled anymore"),
            ((network(), script(evaluates=False)), "in their own modes"),
            ((network(), script(result=lambda share: 100 * share)), "isn't the share"),
            ((network(), script(result=lambda share: None)), "return two numbers"),
            (network(), "the pair"),
            ((network()(), script()), "should be the class Net"),
        ],
    ),
}
