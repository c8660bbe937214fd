"""Answers to the longer tasks of lesson 12 and the exercises of lesson 13."""

import copy
import math
from itertools import combinations

import torch
from torch import nn
from torch.nn import functional as F

from tests.support.answers import right, wrong

# 12.13a


@right("12.13a")
def _(train_names, test_names):
    numbers = {name: number for number, name in enumerate(sorted(set(train_names)))}
    return [numbers[name] for name in train_names], [numbers.get(name, -1) for name in test_names]


@right("12.13a")
def _(train_names, test_names):
    known = []
    for name in train_names:
        if name not in known:
            known.append(name)
    known.sort()

    def number(name):
        try:
            return known.index(name)
        except ValueError:
            return -1

    return list(map(number, train_names)), list(map(number, test_names))


@wrong("12.13a", "numbers the names of both sets together, so an unknown test name gets a number of its own")
def _(train_names, test_names):
    names = sorted(set(train_names) | set(test_names))
    numbers = {name: number for number, name in enumerate(names)}
    return [numbers[name] for name in train_names], [numbers[name] for name in test_names]


@wrong("12.13a", "numbers the training names in the order of their first appearance, not alphabetically")
def _(train_names, test_names):
    numbers = {name: number for number, name in enumerate(dict.fromkeys(train_names))}
    return [numbers[name] for name in train_names], [numbers.get(name, -1) for name in test_names]


@wrong("12.13a", "sorts the training names without removing repeated ones, so the numbers have gaps")
def _(train_names, test_names):
    numbers = {name: number for number, name in enumerate(sorted(train_names))}
    return [numbers[name] for name in train_names], [numbers.get(name, -1) for name in test_names]


@wrong("12.13a", "leaves out the test names that aren't among the training names")
def _(train_names, test_names):
    numbers = {name: number for number, name in enumerate(sorted(set(train_names)))}
    return [numbers[name] for name in train_names], [numbers[name] for name in test_names if name in numbers]


# 12.13b


@right("12.13b")
def _(net, parts, optimizer):
    n = sum(len(y) for _, y in parts)
    optimizer.zero_grad()
    total = 0.0
    for X, y in parts:
        loss = F.cross_entropy(net(X), y) * len(y) / n
        loss.backward()
        total += loss.item()
    optimizer.step()
    return total


@right("12.13b")
def _(net, parts, optimizer):
    optimizer.zero_grad()
    count, total = 0, 0
    for X, y in parts:
        loss = F.cross_entropy(net(X), y, reduction="sum")
        loss.backward()
        total = total + loss.detach()
        count += y.numel()
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            if parameter.grad is not None:
                parameter.grad /= count
    optimizer.step()
    return total / count


@wrong("12.13b", "adds up the gradients of the parts' mean losses without any weight")
def _(net, parts, optimizer):
    optimizer.zero_grad()
    total, n = 0.0, 0
    for X, y in parts:
        loss = F.cross_entropy(net(X), y)
        loss.backward()
        total += loss.item() * len(y)
        n += len(y)
    optimizer.step()
    return total / n


@wrong("12.13b", "divides each part's loss by the number of parts, as if all parts had the same size")
def _(net, parts, optimizer):
    optimizer.zero_grad()
    total = 0.0
    for X, y in parts:
        loss = F.cross_entropy(net(X), y) / len(parts)
        loss.backward()
        total += loss.item()
    optimizer.step()
    return total


@wrong("12.13b", "takes the right step but returns the unweighted mean of the parts' losses")
def _(net, parts, optimizer):
    n = sum(len(X) for X, _ in parts)
    losses = []
    optimizer.zero_grad()
    for X, y in parts:
        loss = F.cross_entropy(net(X), y)
        (loss * len(X) / n).backward()
        losses.append(loss.item())
    optimizer.step()
    return sum(losses) / len(losses)


@wrong("12.13b", "clears the gradients only after the step, so earlier ones are added to the first step")
def _(net, parts, optimizer):
    n = sum(len(X) for X, _ in parts)
    total = 0.0
    for X, y in parts:
        loss = F.cross_entropy(net(X), y, reduction="sum") / n
        loss.backward()
        total += loss.item()
    optimizer.step()
    optimizer.zero_grad()
    return total


# 12.13c


@right("12.13c")
def _(net, epochs, train_epoch, validate):
    best, state = -1.0, None
    for _ in range(epochs):
        train_epoch(net)
        accuracy = validate(net)
        if accuracy > best:
            best, state = accuracy, copy.deepcopy(net.state_dict())
    return state


@right("12.13c")
def _(net, epochs, train_epoch, validate):
    history = []
    for _ in range(epochs):
        train_epoch(net)
        score = float(validate(net))
        history.append((score, {key: value.detach().clone() for key, value in net.state_dict().items()}))
    return max(history, key=lambda pair: pair[0])[1]


@wrong("12.13c", "copies only the dictionary, whose tensors are still the network's own")
def _(net, epochs, train_epoch, validate):
    best = -1.0
    for _ in range(epochs):
        train_epoch(net)
        accuracy = validate(net)
        if accuracy > best:
            best, state = accuracy, net.state_dict().copy()
    return state


@wrong("12.13c", "keeps the last of several equally good epochs, with >= in place of >")
def _(net, epochs, train_epoch, validate):
    best = -1.0
    for _ in range(epochs):
        train_epoch(net)
        accuracy = validate(net)
        if accuracy >= best:
            best, state = accuracy, copy.deepcopy(net.state_dict())
    return state


@wrong("12.13c", "starts at a best accuracy of 0, so it returns None if the accuracy is always 0")
def _(net, epochs, train_epoch, validate):
    best, state = 0.0, None
    for _ in range(epochs):
        train_epoch(net)
        accuracy = validate(net)
        if accuracy > best:
            best, state = accuracy, copy.deepcopy(net.state_dict())
    return state


@wrong("12.13c", "trains a new copy of the initial network in each epoch")
def _(net, epochs, train_epoch, validate):
    best = -1.0
    for _ in range(epochs):
        trial = copy.deepcopy(net)
        train_epoch(trial)
        accuracy = validate(trial)
        if accuracy > best:
            best, state = accuracy, trial.state_dict()
    return state


# 12.13d


@right("12.13d")
def _(net, images):
    sides = torch.tensor([image.shape[1] for image in images])
    order = sides.argsort(stable=True)
    predicted = []
    with torch.no_grad():
        for side in sides.unique():
            same_size = torch.stack([images[i] for i in order if sides[i] == side])
            predicted.append(net(same_size).argmax(dim=1))
    return torch.cat(predicted)[order.argsort()]


@right("12.13d")
@torch.no_grad()
def _(net, images):
    return [net(image[None]).argmax(dim=1).item() for image in images]


@wrong("12.13d", "returns the classes in the order of the sizes")
def _(net, images):
    predicted = []
    with torch.no_grad():
        for side in sorted({image.shape[1] for image in images}):
            same_size = torch.stack([image for image in images if image.shape[1] == side])
            predicted.append(net(same_size).argmax(dim=1))
    return torch.cat(predicted)


@wrong("12.13d", "takes the reversed order for the inverse order")
def _(net, images):
    sides = torch.tensor([image.shape[1] for image in images])
    order = sides.argsort(stable=True)
    predicted = []
    with torch.no_grad():
        for side in sides.unique():
            same_size = torch.stack([images[i] for i in order if sides[i] == side])
            predicted.append(net(same_size).argmax(dim=1))
    return torch.cat(predicted)[order.flip(0)]


@wrong("12.13d", "pads all images with zeros to the largest size, to have a single batch")
def _(net, images):
    largest = max(image.shape[1] for image in images)
    padded = [F.pad(image, (0, largest - image.shape[2], 0, largest - image.shape[1])) for image in images]
    with torch.no_grad():
        return net(torch.stack(padded)).argmax(dim=1)


@wrong("12.13d", "returns the largest logit of each image in place of its class")
def _(net, images):
    with torch.no_grad():
        return [net(image[None]).max(dim=1)[0].item() for image in images]


# 12.14a


@right("12.14a")
def _(top_k):
    generator = torch.Generator().manual_seed(12)
    for n, classes in (7, 4), (3, 10), (5, 5), (1, 3), (40, 6):
        for shift in (0, -20, 200):
            logits = 3 * torch.randn(n, classes, generator=generator) + shift
            y = torch.randint(classes, (n,), generator=generator)
            for k in range(1, classes + 1):
                hits = 0
                for row, label in zip(logits.tolist(), y.tolist(), strict=True):
                    best = sorted(range(classes), key=lambda c, row=row: row[c], reverse=True)
                    hits += label in best[:k]
                passed_logits, passed_y = logits.clone(), y.clone()
                try:
                    share = float(top_k(passed_logits, passed_y, k))
                except Exception:
                    return False
                if not abs(share - hits / n) < 1e-5:
                    return False
                if not (torch.equal(passed_logits, logits) and torch.equal(passed_y, y)):
                    return False
    return True


@right("12.14a")
def _(top_k):
    logits = torch.tensor([
        [-1.0, -4.0, -2.0, -9.0],  # from the largest: 0, 2, 1, 3
        [0.5, 3.0, -7.0, 1.0],  # 1, 3, 0, 2
        [2.0, -1.0, 4.0, 6.0],  # 3, 2, 0, 1
        [-3.0, -2.5, -8.0, -5.0],  # 1, 0, 3, 2
        [9.0, 1.0, 2.0, 3.0],  # 0, 3, 2, 1
        [1.0, 5.0, 7.0, -6.0],  # 2, 1, 0, 3
        [0.1, 0.3, 0.2, 0.4],  # 3, 1, 2, 0
    ])  # fmt: skip
    y = torch.tensor([2, 1, 0, 3, 1, 2, 3])  # places 2, 1, 3, 3, 4, 1, 1
    before = logits.clone(), y.clone()
    for k, hits in ((1, 3), (2, 4), (3, 6), (4, 7)):
        assert abs(float(top_k(logits, y, k)) - hits / 7) < 1e-5
        assert torch.equal(logits, before[0]), "logits have changed"
        assert torch.equal(y, before[1]), "labels have changed"
    two, labels = torch.tensor([[-2.0, -1.0, -5.0], [4.0, 6.0, 5.0]]), torch.tensor([0, 0])  # places 2 and 3
    for k, share in ((1, 0), (2, 0.5), (3, 1)):
        assert abs(float(top_k(two, labels, k)) - share) < 1e-5
    single = torch.tensor([[0.3, -0.2, 0.1, 0.9, -3.0, 0.7]])  # 3, 5, 0, 2, 1, 4
    for label, place in ((2, 4), (5, 2), (4, 6)):
        for k in range(1, 7):
            for shift in (-30, 0, 200):
                assert float(top_k(single + shift, torch.tensor([label]), k)) == (k >= place)


@wrong("12.14a", "tries only k = 1, so anything that computes the usual accuracy passes")
def _(top_k):
    torch.manual_seed(0)
    for n, classes in (7, 4), (3, 10), (12, 5):
        logits, y = torch.randn(n, classes), torch.randint(classes, (n,))
        before = logits.clone(), y.clone()
        accuracy = (logits.argmax(dim=1) == y).float().mean().item()
        if abs(float(top_k(logits, y, 1)) - accuracy) > 1e-5:
            return False
        if not torch.equal(logits, before[0]) or not torch.equal(y, before[1]):
            return False
    return True


@wrong("12.14a", "insists on a Python float, though a tensor with one element is allowed")
def _(top_k):
    torch.manual_seed(0)
    for n, classes in (7, 4), (3, 10), (12, 5):
        logits, y = torch.randn(n, classes), torch.randint(classes, (n,))
        before = logits.clone(), y.clone()
        for k in range(1, classes + 1):
            share = top_k(logits, y, k)
            expected = (logits.topk(k, dim=1).indices == y[:, None]).any(dim=1).float().mean().item()
            if not isinstance(share, float) or abs(share - expected) > 1e-5:
                return False
            if not torch.equal(logits, before[0]) or not torch.equal(y, before[1]):
                return False
    return True


@wrong("12.14a", "keeps no copy of the arguments but a second name, so a changed argument equals itself")
def _(top_k):
    torch.manual_seed(0)
    for n, classes in (7, 4), (3, 10), (12, 5):
        for k in range(1, classes + 1):
            logits, y = torch.randn(n, classes), torch.randint(classes, (n,))
            old_logits, old_y = logits, y
            expected = (logits.topk(k, dim=1).indices == y[:, None]).any(dim=1).float().mean().item()
            if abs(float(top_k(logits, y, k)) - expected) > 1e-5:
                return False
            if not (torch.equal(logits, old_logits) and torch.equal(y, old_y)):
                return False
    return True


@wrong("12.14a", "demands that of two equal logits only one is counted, though equal logits don't occur")
def _(top_k):
    tie = torch.tensor([[2.0, 2.0, -1.0], [2.0, 2.0, -1.0]])
    if abs(float(top_k(tie, torch.tensor([0, 1]), 1)) - 0.5) > 1e-5:
        return False
    torch.manual_seed(0)
    for n, classes in (7, 4), (3, 10), (12, 5):
        logits, y = torch.randn(n, classes), torch.randint(classes, (n,))
        before = logits.clone(), y.clone()
        for k in range(1, classes + 1):
            expected = (before[0].topk(k, dim=1).indices == y[:, None]).any(dim=1).float().mean().item()
            if abs(float(top_k(logits, y, k)) - expected) > 1e-5:
                return False
            if not torch.equal(logits, before[0]) or not torch.equal(y, before[1]):
                return False
    return True


# 12.14b


@right("12.14b")
def _(train_step):
    def with_norm():
        return nn.Sequential(nn.Linear(5, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 3))

    def sgd(net):
        return torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)

    def adam(net):
        return torch.optim.Adam(net.parameters(), lr=0.02)

    torch.manual_seed(3)
    for build in (with_norm, lambda: nn.Linear(5, 3)):
        for make in (sgd, adam):
            for training in (True, False):
                net = build()
                twin = copy.deepcopy(net)
                optimizer, twin_optimizer = make(net), make(twin)
                net.train(training)
                twin.train()
                for p in net.parameters():
                    p.grad = torch.randn_like(p)
                for n in (7, 4):
                    X, y = 5 * torch.randn(n, 5) + 1, torch.randint(3, (n,))
                    loss = F.cross_entropy(twin(X), y)
                    twin_optimizer.zero_grad()
                    loss.backward()
                    twin_optimizer.step()
                    try:
                        returned = train_step(net, X.clone(), y.clone(), optimizer)
                        returned = torch.as_tensor(returned).detach().item()
                    except Exception:
                        return False
                    if not abs(returned - loss.item()) < 1e-4:
                        return False
                    for p, q in zip(net.parameters(), twin.parameters(), strict=True):
                        if not torch.allclose(p, q, rtol=1e-3, atol=1e-4):
                            return False
                    net.train(training)
    return True


class _Mode(nn.Module):
    """Doubles its input, but only in training mode."""

    def forward(self, X):
        return 2 * X if self.training else X


@wrong("12.14b", "tests a network with a single layer that learns, so earlier layers may stand still")
def _(train_step):
    W, b = torch.tensor([[1.0, -1.0], [0.5, 2.0], [-1.5, 0.0]]), torch.tensor([0.1, 0.0, -0.3])
    layer = nn.Linear(2, 3)
    with torch.no_grad():
        layer.weight.copy_(W)
        layer.bias.copy_(b)
    net = nn.Sequential(_Mode(), layer)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.25, momentum=0.5)
    X = torch.tensor([[1.0, 2.0], [-3.0, 0.5], [0.0, -1.0], [2.0, 2.0], [1.5, -2.5]])
    y = torch.tensor([0, 1, 2, 2, 0])
    layer.weight.grad, layer.bias.grad = torch.ones(3, 2), torch.full((3,), -2.0)  # from before
    velocity_W, velocity_b = torch.zeros(3, 2), torch.zeros(3)
    for chosen in (slice(0, 5), slice(1, 4), slice(2, 5)):
        net.eval()
        inputs, labels = 2 * X[chosen], y[chosen]
        probabilities = (inputs @ W.T + b).softmax(dim=1)
        expected = -probabilities[range(len(labels)), labels].log().mean().item()
        errors = (probabilities - torch.eye(3)[labels]) / len(labels)
        velocity_W = 0.5 * velocity_W + errors.T @ inputs
        velocity_b = 0.5 * velocity_b + errors.sum(dim=0)
        W, b = W - 0.25 * velocity_W, b - 0.25 * velocity_b
        loss = train_step(net, X[chosen].clone(), labels.clone(), optimizer)
        loss = loss.item() if isinstance(loss, torch.Tensor) else loss
        assert abs(loss - expected) < 1e-4, "the loss is wrong"
        assert torch.allclose(layer.weight, W, atol=1e-4), "the weights are wrong"
        assert torch.allclose(layer.bias, b, atol=1e-4), "the bias is wrong"


@wrong("12.14b", "only looks whether the loss has fallen after twenty steps")
def _(train_step):
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 3))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    X, y = torch.randn(12, 5), torch.randint(3, (12,))
    losses = [torch.as_tensor(train_step(net, X, y, optimizer)).item() for _ in range(20)]
    return losses[-1] < losses[0]


def _agrees(train_step, layers, old_gradients, cleared=False):
    """Compare two steps of train_step with two steps of a copy of the network."""
    torch.manual_seed(0)
    net = nn.Sequential(*layers())
    twin = copy.deepcopy(net)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    twin_optimizer = torch.optim.SGD(twin.parameters(), lr=0.1, momentum=0.9)
    for n in (9, 6):
        X, y = 3 * torch.randn(n, 5), torch.randint(3, (n,))
        net.eval()
        if old_gradients:
            for p in net.parameters():
                p.grad = torch.ones_like(p)
        else:
            optimizer.zero_grad()
        twin_optimizer.zero_grad()
        loss = F.cross_entropy(twin(X), y)
        loss.backward()
        twin_optimizer.step()
        if abs(torch.as_tensor(train_step(net, X, y, optimizer)).item() - loss.item()) > 1e-4:
            return False
        for p, q in zip(net.parameters(), twin.parameters(), strict=True):
            if not torch.allclose(p, q, rtol=1e-3, atol=1e-4):
                return False
            if cleared and p.grad is not None and p.grad.any():
                return False
    return True


def _norm():
    return nn.Linear(5, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 3)


def _plain():
    return nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 3)


@wrong("12.14b", "clears the gradients before every call, so a step that adds to old ones passes")
def _(train_step):
    return _agrees(train_step, _norm, old_gradients=False)


@wrong("12.14b", "demands that the gradients are cleared after the step")
def _(train_step):
    return _agrees(train_step, _norm, old_gradients=True, cleared=True)


@wrong("12.14b", "tries no layer that depends on the mode, so a step in evaluation mode passes")
def _(train_step):
    return _agrees(train_step, _plain, old_gradients=True)


# 12.14c


@right("12.14c")
def _(split):
    def sets(count, share, seed):
        train, val = split(count, share, seed)
        return [int(i) for i in train], [int(i) for i in val]

    try:
        torch.manual_seed(99)
        for count, share in (10, 0.25), (7, 0.5), (3, 0.2), (100, 0.29), (50, 0.0), (8, 1.0), (33, 0.9), (1, 0.5):
            for seed in (0, 1, 42):
                state = torch.get_rng_state()
                train, val = sets(count, share, seed)
                if not torch.equal(state, torch.get_rng_state()):
                    return False
                if len(val) != int(count * share) or sorted(train + val) != list(range(count)):
                    return False
                torch.rand(5)
                again = sets(count, share, seed)
                if set(again[0]) != set(train) or set(again[1]) != set(val):
                    return False
        if len({frozenset(sets(200, 0.3, seed)[1]) for seed in range(100)}) < 100:
            return False
        seen = {tuple(sorted(sets(5, 0.4, seed)[1])) for seed in range(400)}
        if seen != set(combinations(range(5), 2)):
            return False
        pairs = set()
        for seed in range(400):
            pairs.update(combinations(sorted(sets(20, 0.3, seed)[1]), 2))
        return pairs == set(combinations(range(20), 2))
    except Exception:
        return False


@right("12.14c")
def _(split):
    def as_sets(*arguments):
        train, val = (torch.as_tensor(part, dtype=torch.long) for part in split(*arguments))
        assert len(train) == len(train.unique()), "a number twice in the training set"
        assert len(val) == len(val.unique()), "a number twice in the validation set"
        return set(train.tolist()), set(val.tolist())

    for count, share in ((60, 0.2), (9, 0.4), (11, 0.6), (4, 0.1), (30, 0), (6, 1)):
        train, val = as_sets(count, share, 5)
        assert len(val) == int(count * share)
        assert not train & val
        assert train | val == set(range(count))

    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    first = as_sets(60, 0.2, 7)
    assert torch.equal(torch.rand(3), expected), "the global generator was used"
    torch.manual_seed(2)
    assert as_sets(60, 0.2, 7) == first

    results = [as_sets(60, 0.2, seed)[1] for seed in range(60)]
    assert all(a != b for a, b in combinations(results, 2)), "two seeds, one result"
    found = {frozenset(as_sets(6, 0.5, seed)[1]) for seed in range(500)}
    assert len(found) == math.comb(6, 3), "some numbers never come together"


def _numbers(part):
    return [int(i) for i in part]


@wrong("12.14c", "never looks at which numbers come together, so a block from a random place passes")
def _(split):
    for count, share in (10, 0.25), (7, 0.5), (3, 0.2), (200, 0.3), (50, 0.0), (8, 1.0):
        state = torch.get_rng_state()
        train, val = map(_numbers, split(count, share, 1))
        if not torch.equal(state, torch.get_rng_state()):
            return False
        if len(val) != int(count * share) or sorted(train + val) != list(range(count)):
            return False
        torch.rand(3)
        if set(val) != set(_numbers(split(count, share, 1)[1])):
            return False
    return set(_numbers(split(200, 0.3, 1)[1])) != set(_numbers(split(200, 0.3, 2)[1]))


@wrong("12.14c", "joins the two sets with +, which works for lists but not for tensors")
def _(split):
    for count, share in (10, 0.25), (7, 0.5), (3, 0.2), (50, 0.0):
        state = torch.get_rng_state()
        train, val = split(count, share, 1)
        assert torch.equal(state, torch.get_rng_state())
        assert len(val) == int(count * share)
        assert sorted(train + val) == list(range(count))
        torch.rand(3)
        assert sorted(split(count, share, 1)[1]) == sorted(val)
    assert len({tuple(sorted(split(200, 0.3, seed)[1])) for seed in range(20)}) == 20
    assert len({tuple(sorted(split(5, 0.4, seed)[1])) for seed in range(400)}) == 10


@wrong("12.14c", "doesn't check that PyTorch's global generator is left alone")
def _(split):
    for count, share in (10, 0.25), (7, 0.5), (3, 0.2), (50, 0.0), (8, 1.0):
        train, val = map(_numbers, split(count, share, 1))
        assert len(val) == int(count * share)
        assert sorted(train + val) == list(range(count))
        assert set(val) == set(_numbers(split(count, share, 1)[1]))
    assert len({frozenset(_numbers(split(200, 0.3, seed)[1])) for seed in range(20)}) == 20
    assert len({frozenset(_numbers(split(5, 0.4, seed)[1])) for seed in range(400)}) == 10


@wrong("12.14c", "demands a different result for each of ten seeds even if there are only four numbers")
def _(split):
    for count, share in (10, 0.25), (7, 0.5), (3, 0.2), (50, 0.0), (8, 1.0):
        state = torch.get_rng_state()
        train, val = map(_numbers, split(count, share, 1))
        assert torch.equal(state, torch.get_rng_state())
        assert len(val) == int(count * share)
        assert sorted(train + val) == list(range(count))
        assert set(val) == set(_numbers(split(count, share, 1)[1]))
    assert len({frozenset(_numbers(split(5, 0.4, seed)[1])) for seed in range(400)}) == 10
    assert len({frozenset(_numbers(split(4, 0.25, seed)[1])) for seed in range(10)}) == 10


# 13.1

right("13.1", (96, 144))
right("13.1", torch.Size([100 // 8 * 8, 150 // 8 * 8]))
wrong("13.1", "takes the mask to be as large as the image, as if pooling dropped nothing", (100, 150))
wrong("13.1", "gives (columns, rows)", (144, 96))
wrong("13.1", "rounds up when a size is halved", (104, 152))
wrong("13.1", "gives the size at the bottleneck", (12, 18))

# 13.2

right("13.2", 68)
right("13.2", 1 + 2 * (2 * 1 + 2 * 2 + 2 * 4) + (1 + 2 + 4) + 2 * 2 * 8.0)
wrong("13.2", "gives the field of the lesson's encoder, with one convolution before each pooling layer", 54)
wrong("13.2", "stops after the last pooling layer and leaves out the bottleneck", 36)
wrong("13.2", "counts the strides of the pooling layers but not their windows", 61)
wrong("13.2", "adds up what the layers add but doesn't start with 1", 67)

# 13.3


@right("13.3")
def _(predicted, true, classes, ignore=255):
    counts = true != ignore
    ious = []
    for c in range(classes):
        both = ((predicted == c) & (true == c) & counts).sum().item()
        either = (((predicted == c) | (true == c)) & counts).sum().item()
        if either:
            ious.append(both / either)
    return sum(ious) / len(ious) if ious else math.nan


@right("13.3")
def _(predicted, true, classes, ignore=255):
    valid = true != ignore
    p, t = predicted[valid].long(), true[valid].long()
    table = torch.bincount(classes * t + p, minlength=classes**2).reshape(classes, classes).double()
    both = table.diagonal()
    either = table.sum(dim=0) + table.sum(dim=1) - both
    return (both / either)[either > 0].mean()


@wrong("13.3", "averages only over the classes of the true mask, not over those that are only predicted")
def _(predicted, true, classes, ignore=255):
    valid = true != ignore
    p, t = predicted[valid], true[valid]
    ious = []
    for c in range(classes):
        if (t == c).any():
            ious.append((((p == c) & (t == c)).sum() / ((p == c) | (t == c)).sum()).item())
    return sum(ious) / len(ious) if ious else math.nan


@wrong("13.3", "scores each image of a batch by itself and averages the scores")
def _(predicted, true, classes, ignore=255):
    if predicted.dim() == 2:
        predicted, true = predicted[None], true[None]
    scores = []
    for p, t in zip(predicted, true, strict=True):
        valid = t != ignore
        ious = []
        for c in range(classes):
            both = ((p == c) & (t == c) & valid).sum().item()
            either = (((p == c) | (t == c)) & valid).sum().item()
            if either:
                ious.append(both / either)
        if ious:
            scores.append(sum(ious) / len(ious))
    return sum(scores) / len(scores) if scores else math.nan


@wrong("13.3", "lets what's predicted at ignored pixels count in the union")
def _(predicted, true, classes, ignore=255):
    ious = []
    for c in range(classes):
        if c == ignore:
            continue
        both = ((predicted == c) & (true == c)).sum().item()
        either = ((predicted == c) | (true == c)).sum().item()
        if either:
            ious.append(both / either)
    return sum(ious) / len(ious) if ious else math.nan


@wrong("13.3", "writes -1 into both masks that were passed in, at the ignored pixels")
def _(predicted, true, classes, ignore=255):
    ignored = true == ignore
    predicted[ignored] = -1
    true[ignored] = -1
    ious = []
    for c in range(classes):
        both = ((predicted == c) & (true == c)).sum().item()
        either = ((predicted == c) | (true == c)).sum().item()
        if either:
            ious.append(both / either)
    return sum(ious) / len(ious) if ious else math.nan


# 13.4


@right("13.4")
def _(X, maps):
    return torch.cat([F.interpolate(X, size=maps.shape[2:]), maps], dim=1)


@right("13.4")
def _(X, maps):
    (h, w), (H, W) = X.shape[-2:], maps.shape[-2:]
    rows, columns = torch.arange(H) * h // H, torch.arange(W) * w // W
    larger = X[:, :, rows][:, :, :, columns]
    return torch.cat((larger, maps), 1)


@wrong("13.4", "puts the encoder's maps first")
def _(X, maps):
    X = F.interpolate(X, size=maps.shape[-2:])
    return torch.cat([maps, X], dim=1)


@wrong("13.4", "doubles X and cuts off the last row and column of the encoder's maps")
def _(X, maps):
    X = F.interpolate(X, scale_factor=2)
    return torch.cat([X, maps[:, :, : X.shape[2], : X.shape[3]]], dim=1)


@wrong("13.4", "doubles X and repeats its last row and column for odd sizes")
def _(X, maps):
    X = F.interpolate(X, scale_factor=2)
    X = F.pad(X, (0, maps.shape[3] - X.shape[3], 0, maps.shape[2] - X.shape[2]), mode="replicate")
    return torch.cat([X, maps], dim=1)


@wrong("13.4", "enlarges by bilinear interpolation")
def _(X, maps):
    X = F.interpolate(X, size=maps.shape[2:], mode="bilinear")
    return torch.cat([X, maps], dim=1)


# 13.5

right("13.5", (6, 1, 0))
right("13.5", (9, 3, 1))
wrong("13.5", "reaches 64 by output padding alone, so the last row and column get no stamp", (3, 0, 1))
wrong("13.5", "the size fits, but a kernel of 4 isn't a multiple of the stride, so stamps overlap unevenly", (4, 0, 0))
wrong("13.5", "inverts the pooling layer's settings and gets only 63 pixels", (3, 0, 0))
wrong("13.5", "gives the output padding before the padding", (6, 0, 1))

# 13.6


@right("13.6")
def _(net, X):
    H, W = X.shape[2:]
    logits = net(F.pad(X, (0, -W % 8, 0, -H % 8)))
    return logits.argmax(dim=1)[:, :H, :W]


@right("13.6")
def _(net, X):
    height, width = X.shape[-2:]
    masks = []
    with torch.no_grad():
        for image in X:
            larger = torch.zeros(1, 1, math.ceil(height / 8) * 8, math.ceil(width / 8) * 8)
            larger[0, 0, :height, :width] = image[0]
            masks.append(torch.argmax(net(larger)[0, :, :height, :width], dim=0))
    return torch.stack(masks)


@wrong("13.6", "pads by eight more if a side is already a multiple of 8")
def _(net, X):
    H, W = X.shape[2:]
    logits = net(F.pad(X, (0, 8 - W % 8, 0, 8 - H % 8)))
    return logits.argmax(dim=1)[:, :H, :W]


@wrong("13.6", "gives F.pad the rows first, so the padding of the two axes is exchanged")
def _(net, X):
    H, W = X.shape[2:]
    logits = net(F.pad(X, (0, -H % 8, 0, -W % 8)))
    return logits.argmax(dim=1)[:, :H, :W]


@wrong("13.6", "returns the classes of the padded pixels, too")
def _(net, X):
    H, W = X.shape[2:]
    return net(F.pad(X, (0, -W % 8, 0, -H % 8))).argmax(dim=1)


@wrong("13.6", "divides the padding between both sides and cuts the middle out again")
def _(net, X):
    H, W = X.shape[2:]
    top, left = -H % 8 // 2, -W % 8 // 2
    logits = net(F.pad(X, (left, -W % 8 - left, top, -H % 8 - top)))
    return logits.argmax(dim=1)[:, top : top + H, left : left + W]
