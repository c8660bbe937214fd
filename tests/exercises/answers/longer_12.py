"""Answers to the longer tasks of lesson 12, written from its page alone after its replies."""

import bisect
import copy
import io
import random

import numpy as np
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
    classes = sorted({*train_names})

    def place(name):
        return classes.index(name) if name in classes else -1

    return [list(map(place, names)) for names in (train_names, test_names)]


@right("12.13a")
def _(train, test):
    classes, train_numbers = np.unique(np.array(train), return_inverse=True)
    found = [np.flatnonzero(classes == name) for name in test]
    return train_numbers.tolist(), [int(where[0]) if len(where) else -1 for where in found]


@right("12.13a")
def _(train_names, test_names):
    alphabet = []
    for name in train_names:
        i = bisect.bisect_left(alphabet, name)
        if alphabet[i : i + 1] != [name]:
            alphabet.insert(i, name)
    results = [], []
    for names, result in zip((train_names, test_names), results, strict=True):
        for name in names:
            try:
                result.append(alphabet.index(name))
            except ValueError:
                result.append(-1)
    return results


def numbered(names, classes, missing=-1):
    return [classes.index(name) if name in classes else missing for name in names]


@wrong("12.13a", "numbers by the names of both sets")
def _(train_names, test_names):
    classes = sorted({*train_names, *test_names})
    return numbered(train_names, classes), numbered(test_names, classes)


@wrong("12.13a", "an unknown name raises a KeyError")
def _(train_names, test_names):
    numbers = {name: number for number, name in enumerate(sorted(set(train_names)))}
    return [numbers[name] for name in train_names], [numbers[name] for name in test_names]


@wrong("12.13a", "an unknown name gets 0")
def _(train_names, test_names):
    classes = sorted(set(train_names))
    return numbered(train_names, classes), numbered(test_names, classes, 0)


@wrong("12.13a", "unknown names get the next number after the last")
def _(train_names, test_names):
    classes = sorted(set(train_names))
    return numbered(train_names, classes), numbered(test_names, classes, len(classes))


@wrong("12.13a", "the order of the first appearance instead of the alphabet")
def _(train_names, test_names):
    classes = list(dict.fromkeys(train_names))
    return numbered(train_names, classes), numbered(test_names, classes)


@wrong("12.13a", "counts from 1")
def _(train_names, test_names):
    numbers = {name: number for number, name in enumerate(sorted(set(train_names)), 1)}
    return [numbers[name] for name in train_names], [numbers.get(name, -1) for name in test_names]


@wrong("12.13a", "leaves unknown names out")
def _(train_names, test_names):
    classes = sorted(set(train_names))
    return numbered(train_names, classes), [classes.index(name) for name in test_names if name in classes]


@wrong("12.13a", "numbers in the sorted list without removing repetitions")
def _(train_names, test_names):
    classes = sorted(train_names)
    return numbered(train_names, classes), numbered(test_names, classes)


@wrong("12.13a", "numbers by the names of the test set")
def _(train_names, test_names):
    classes = sorted(set(test_names))
    return numbered(train_names, classes), numbered(test_names, classes)


@wrong("12.13a", "the alphabet backward")
def _(train_names, test_names):
    classes = sorted(set(train_names), reverse=True)
    return numbered(train_names, classes), numbered(test_names, classes)


@wrong("12.13a", "the test names keep numbers of their own, and only strangers get −1")
def _(train_names, test_names):
    known, own = set(train_names), sorted(set(test_names))
    return numbered(train_names, sorted(known)), [own.index(n) if n in known else -1 for n in test_names]


@wrong("12.13a", "None for an unknown name")
def _(train_names, test_names):
    classes = {name: number for number, name in enumerate(sorted(set(train_names)))}
    return list(map(classes.get, train_names)), list(map(classes.get, test_names))


# 12.13b
@right("12.13b")
def _(net, parts, optimizer):
    count = sum(len(y) for _, y in parts)
    optimizer.zero_grad()
    total = 0.0
    for X, y in parts:
        loss = F.cross_entropy(net(X), y) * (len(y) / count)
        loss.backward()
        total += loss.item()
    optimizer.step()
    return total


@right("12.13b")
def _(net, parts, optimizer):
    optimizer.zero_grad()
    total, seen = 0.0, 0
    for X, y in parts:
        loss = F.cross_entropy(net(X), y, reduction="sum")
        loss.backward()
        total, seen = total + loss.item(), seen + y.numel()
    for p in net.parameters():
        if p.grad is not None:
            p.grad /= seen
    optimizer.step()
    optimizer.zero_grad()
    return total / seen


@right("12.13b")
def _(net, parts, optimizer):
    parameters = [p for p in net.parameters() if p.requires_grad]
    sums, losses = [torch.zeros_like(p) for p in parameters], []
    for X, y in parts:
        each = F.cross_entropy(net(X), y, reduction="none")
        for s, g in zip(sums, torch.autograd.grad(each.sum(), parameters), strict=True):
            s += g
        losses.append(each.detach())
    losses = torch.cat(losses)
    for p, s in zip(parameters, sums, strict=True):
        p.grad = s / len(losses)
    optimizer.step()
    return losses.mean()


@right("12.13b")
def _(net, parts, optimizer):
    sizes = np.array([len(y) for _, y in parts])
    shares = sizes / sizes.sum()
    losses = []
    for p in net.parameters():
        p.grad = None
    for (X, y), share in zip(parts, shares, strict=True):
        loss = F.nll_loss(net(X).log_softmax(dim=1), y)
        (loss * float(share)).backward()
        losses.append(loss.item())
    optimizer.step()
    return np.dot(shares, losses)


@wrong("12.13b", "zero_grad moved before the loop, the gradients of the means summed")
def _(net, parts, optimizer):
    optimizer.zero_grad()
    total = 0.0
    for X, y in parts:
        loss = F.cross_entropy(net(X), y)
        loss.backward()
        total += loss.item() * len(y)
    optimizer.step()
    return total / sum(len(y) for _, y in parts)


@wrong("12.13b", "each part counts the same, whatever its size")
def _(net, parts, optimizer):
    optimizer.zero_grad()
    losses = []
    for X, y in parts:
        loss = F.cross_entropy(net(X), y)
        (loss / len(parts)).backward()
        losses.append(loss.item())
    optimizer.step()
    return sum(losses) / len(losses)


@wrong("12.13b", "the gradient is right, but the loss is the mean of the parts' means")
def _(net, parts, optimizer):
    optimizer.zero_grad()
    count, losses = sum(len(y) for _, y in parts), []
    for X, y in parts:
        loss = F.cross_entropy(net(X), y)
        (loss * len(y) / count).backward()
        losses.append(loss.item())
    optimizer.step()
    return sum(losses) / len(losses)


@wrong("12.13b", "the loss is right, but in the step each part counts the same")
def _(net, parts, optimizer):
    optimizer.zero_grad()
    total = 0.0
    for X, y in parts:
        loss = F.cross_entropy(net(X), y)
        (loss / len(parts)).backward()
        total += loss.item() * len(y)
    optimizer.step()
    return total / sum(len(y) for _, y in parts)


@wrong("12.13b", "no zero_grad at all, so earlier gradients stay in")
def _(net, parts, optimizer):
    count, total = sum(len(y) for _, y in parts), 0.0
    for X, y in parts:
        loss = F.cross_entropy(net(X), y) * (len(y) / count)
        loss.backward()
        total += loss.item()
    optimizer.step()
    return total


@wrong("12.13b", "zero_grad only after the step")
def _(net, parts, optimizer):
    count, total = sum(len(y) for _, y in parts), 0.0
    for X, y in parts:
        loss = F.cross_entropy(net(X), y, reduction="sum") / count
        loss.backward()
        total += loss.item()
    optimizer.step()
    optimizer.zero_grad()
    return total


@wrong("12.13b", "one step for each part")
def _(net, parts, optimizer):
    total = 0.0
    for X, y in parts:
        optimizer.zero_grad()
        loss = F.cross_entropy(net(X), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
    return total / sum(len(y) for _, y in parts)


@wrong("12.13b", "concatenates the parts, which isn't allowed")
def _(net, parts, optimizer):
    X, y = (torch.cat(values) for values in zip(*parts, strict=True))
    optimizer.zero_grad()
    loss = F.cross_entropy(net(X), y)
    loss.backward()
    optimizer.step()
    return loss.item()


@wrong("12.13b", "sums over the images and never divides")
def _(net, parts, optimizer):
    optimizer.zero_grad()
    total = 0.0
    for X, y in parts:
        loss = F.cross_entropy(net(X), y, reduction="sum")
        loss.backward()
        total += loss.item()
    optimizer.step()
    return total / sum(len(y) for _, y in parts)


@wrong("12.13b", "all parts are taken to be as large as the first")
def _(net, parts, optimizer):
    optimizer.zero_grad()
    count, total = len(parts) * len(parts[0][1]), 0.0
    for X, y in parts:
        loss = F.cross_entropy(net(X), y, reduction="sum") / count
        loss.backward()
        total += loss.item()
    optimizer.step()
    return total


@wrong("12.13b", "measures the loss after the step")
def _(net, parts, optimizer):
    optimizer.zero_grad()
    count = sum(len(y) for _, y in parts)
    for X, y in parts:
        (F.cross_entropy(net(X), y, reduction="sum") / count).backward()
    optimizer.step()
    with torch.no_grad():
        return sum(F.cross_entropy(net(X), y, reduction="sum").item() for X, y in parts) / count


@wrong("12.13b", "forgets the step")
def _(net, parts, optimizer):
    optimizer.zero_grad()
    count, total = sum(len(y) for _, y in parts), 0.0
    for X, y in parts:
        loss = F.cross_entropy(net(X), y, reduction="sum") / count
        loss.backward()
        total += loss.item()
    return total


@wrong("12.13b", "returns nothing")
def _(net, parts, optimizer):
    optimizer.zero_grad()
    count = sum(len(y) for _, y in parts)
    for X, y in parts:
        (F.cross_entropy(net(X), y, reduction="sum") / count).backward()
    optimizer.step()


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
    states, accuracies = [], []
    for _ in range(epochs):
        train_epoch(net)
        accuracies.append(float(validate(net)))
        states.append({name: value.detach().clone() for name, value in net.state_dict().items()})
    return states[accuracies.index(max(accuracies))]


@right("12.13c")
def _(net, epochs, train_epoch, validate):
    best, file = float("-inf"), None
    for _ in range(epochs):
        train_epoch(net)
        accuracy = validate(net)
        if accuracy > best:
            best, file = accuracy, io.BytesIO()
            torch.save(net.state_dict(), file)
    file.seek(0)
    return torch.load(file, weights_only=True)


@right("12.13c")
def _(network, n, train, evaluate):
    def epochs():
        for number in range(n):
            train(network)
            yield evaluate(network), -number, copy.deepcopy(network)

    return max(epochs(), key=lambda epoch: epoch[:2])[2].state_dict()


@wrong("12.13c", "a shallow copy, which shares the tensors")
def _(net, epochs, train_epoch, validate):
    best = -1.0
    for _ in range(epochs):
        train_epoch(net)
        accuracy = validate(net)
        if accuracy > best:
            best, state = accuracy, net.state_dict().copy()
    return state


@wrong("12.13c", "detach without clone")
def _(net, epochs, train_epoch, validate):
    best = -1.0
    for _ in range(epochs):
        train_epoch(net)
        accuracy = validate(net)
        if accuracy > best:
            best, state = accuracy, {k: v.detach() for k, v in net.state_dict().items()}
    return state


@wrong("12.13c", "copies only when it returns, at the end")
def _(net, epochs, train_epoch, validate):
    best = -1.0
    for _ in range(epochs):
        train_epoch(net)
        accuracy = validate(net)
        if accuracy > best:
            best, state = accuracy, net.state_dict()
    return copy.deepcopy(state)


@wrong("12.13c", "of several equal epochs, the last")
def _(net, epochs, train_epoch, validate):
    best = -1.0
    for _ in range(epochs):
        train_epoch(net)
        accuracy = validate(net)
        if accuracy >= best:
            best, state = accuracy, copy.deepcopy(net.state_dict())
    return state


@wrong("12.13c", "the state before the best epoch")
def _(net, epochs, train_epoch, validate):
    best = -1.0
    for _ in range(epochs):
        before = copy.deepcopy(net.state_dict())
        train_epoch(net)
        accuracy = validate(net)
        if accuracy > best:
            best, state = accuracy, before
    return state


@wrong("12.13c", "copies the parameters only, without the buffers")
def _(net, epochs, train_epoch, validate):
    best = -1.0
    for _ in range(epochs):
        train_epoch(net)
        accuracy = validate(net)
        if accuracy > best:
            best, state = accuracy, {k: p.detach().clone() for k, p in net.named_parameters()}
    return state


@wrong("12.13c", "stops at the first epoch that's no better")
def _(net, epochs, train_epoch, validate):
    best = -1.0
    for _ in range(epochs):
        train_epoch(net)
        accuracy = validate(net)
        if accuracy <= best:
            break
        best, state = accuracy, copy.deepcopy(net.state_dict())
    return state


@wrong("12.13c", "compares with the epoch before instead of the best")
def _(net, epochs, train_epoch, validate):
    last = -1.0
    for _ in range(epochs):
        train_epoch(net)
        accuracy = validate(net)
        if accuracy > last:
            state = copy.deepcopy(net.state_dict())
        last = accuracy
    return state


@wrong("12.13c", "the epoch with the lowest accuracy")
def _(net, epochs, train_epoch, validate):
    best = 2.0
    for _ in range(epochs):
        train_epoch(net)
        accuracy = validate(net)
        if accuracy < best:
            best, state = accuracy, copy.deepcopy(net.state_dict())
    return state


@wrong("12.13c", "a copy of the last state")
def _(net, epochs, train_epoch, validate):
    for _ in range(epochs):
        train_epoch(net)
        validate(net)
    return copy.deepcopy(net.state_dict())


@wrong("12.13c", "returns the accuracy along with the state")
def _(net, epochs, train_epoch, validate):
    best = -1.0
    for _ in range(epochs):
        train_epoch(net)
        accuracy = validate(net)
        if accuracy > best:
            best, state = accuracy, copy.deepcopy(net.state_dict())
    return best, state


@wrong("12.13c", "trains a fresh copy of the network in each epoch")
def _(net, epochs, train_epoch, validate):
    best = -1.0
    for _ in range(epochs):
        twin = copy.deepcopy(net)
        train_epoch(twin)
        accuracy = validate(twin)
        if accuracy > best:
            best, state = accuracy, twin.state_dict()
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
    return torch.tensor([net(image[None]).argmax().item() for image in images])


@right("12.13d")
def _(network, pictures):
    groups = {}
    for i, picture in enumerate(pictures):
        groups.setdefault(picture.shape[-1], []).append(i)
    classes = torch.empty(len(pictures), dtype=torch.long)
    for where in groups.values():
        with torch.no_grad():
            classes[where] = network(torch.stack([pictures[i] for i in where])).argmax(dim=1)
    return classes


@right("12.13d")
def _(net, images):
    order = np.argsort([image.shape[1] for image in images], kind="stable")
    sides = np.array([images[i].shape[1] for i in order])
    parts = np.split(order, np.flatnonzero(np.diff(sides)) + 1)
    found = [net(torch.stack([images[i] for i in part])).max(dim=1).indices for part in parts]
    result = np.zeros(len(images), dtype=np.int64)
    result[order] = torch.cat(found).numpy()
    return torch.from_numpy(result)


def by_side(net, images):
    sides = torch.tensor([image.shape[1] for image in images])
    with torch.no_grad():
        logits = [
            net(torch.stack([image for image in images if image.shape[1] == side])) for side in sides.unique().tolist()
        ]
    return sides.argsort(stable=True), logits


@wrong("12.13d", "leaves the predictions in the order of the sizes")
def _(net, images):
    _, logits = by_side(net, images)
    return torch.cat(logits).argmax(dim=1)


@wrong("12.13d", "turns the order around instead of inverting it")
def _(net, images):
    order, logits = by_side(net, images)
    return torch.cat(logits).argmax(dim=1)[order.flip(0)]


@wrong("12.13d", "applies the order twice")
def _(net, images):
    order, logits = by_side(net, images)
    return torch.cat(logits).argmax(dim=1)[order][order]


@wrong("12.13d", "sorts the predictions by class with an argsort of their own")
def _(net, images):
    _, logits = by_side(net, images)
    predicted = torch.cat(logits).argmax(dim=1)
    return predicted[predicted.argsort(stable=True)]


@wrong("12.13d", "returns the logits")
def _(net, images):
    order, logits = by_side(net, images)
    return torch.cat(logits)[order.argsort()]


@wrong("12.13d", "takes the maximum over the images instead of the classes")
def _(net, images):
    order, logits = by_side(net, images)
    return torch.cat([each.argmax(dim=0) for each in logits])


@wrong("12.13d", "pads all images to the largest size with zeros")
def _(net, images):
    side = max(image.shape[1] for image in images)
    padded = [F.pad(image, (0, side - image.shape[2], 0, side - image.shape[1])) for image in images]
    with torch.no_grad():
        return net(torch.stack(padded)).argmax(dim=1)


@wrong("12.13d", "resizes all images to the size of the first")
def _(net, images):
    size = images[0].shape[1:]
    with torch.no_grad():
        return net(torch.cat([F.interpolate(image[None], size) for image in images])).argmax(dim=1)


@wrong("12.13d", "crops all images to the smallest size")
def _(net, images):
    side = min(image.shape[1] for image in images)
    with torch.no_grad():
        return net(torch.stack([image[:, :side, :side] for image in images])).argmax(dim=1)


@wrong("12.13d", "returns the largest logits instead of their classes")
def _(net, images):
    order, logits = by_side(net, images)
    return torch.cat(logits).amax(dim=1)[order.argsort()]


@wrong("12.13d", "classifies only the images of the first one's size")
def _(net, images):
    same = [image for image in images if image.shape == images[0].shape]
    with torch.no_grad():
        return net(torch.stack(same)).argmax(dim=1)


@wrong("12.13d", "returns the order along with the predictions")
def _(net, images):
    order, logits = by_side(net, images)
    return torch.cat(logits).argmax(dim=1)[order.argsort()], order


# 12.14a
def drawn(n, classes, seed=0):
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(n, classes, generator=generator)
    return logits, torch.randint(classes, (n,), generator=generator)


@right("12.14a")
def _(top_k):
    for n, classes in ((7, 4), (1, 6), (30, 10), (5, 13)):
        logits, y = drawn(n, classes)
        for k in range(1, classes + 1):
            larger = [sum(v > row[label] for v in row) for row, label in zip(logits, y, strict=True)]
            expected = sum(place < k for place in larger) / n
            a, b = logits.clone(), y.clone()
            if not abs(float(top_k(a, b, k)) - expected) < 1e-5:
                return False
            if not (torch.equal(a, logits) and torch.equal(b, y)):
                return False
    return True


@right("12.14a")
def _(top_k):
    logits = torch.tensor(
        [[-1.0, -3.5, -2.0, -9.0], [4.0, 0.5, 3.0, 1.0], [-0.5, 2.5, -4.0, 0.0], [7.0, 8.0, 9.0, -6.0], [1, 5, 2, 3]]
    )
    y = torch.tensor([0, 3, 2, 1, 2])  # the places of the labels: 1, 3, 4, 2, 3
    a, b = logits.clone(), y.clone()
    for k, count in {1: 1, 2: 2, 3: 4, 4: 5}.items():
        share = float(top_k(a, b, k))
        assert abs(share - count / 5) < 1e-4, f"k = {k}: {share}"
    assert torch.equal(a, logits), "changes the logits"
    assert torch.equal(b, y), "changes the labels"
    wide = torch.tensor([[3.0, -1, 2, 0, 1, -2, 5], [0, 1, 2, 3, 4, 5, 6]])
    assert [float(top_k(wide, torch.tensor([4, 1]), k)) for k in range(1, 8)] == [0, 0, 0, 0.5, 0.5, 1, 1]


@right("12.14a")
def _(top_k):
    def by_sorting(logits, y, k):
        places = np.argsort(-logits.numpy(), axis=1)[:, :k]
        return np.mean([label in row for label, row in zip(y.numpy(), places, strict=True)])

    good = True
    for seed in range(20):
        rng = random.Random(seed)
        n, classes = rng.randint(1, 12), rng.randint(2, 9)
        logits, y = drawn(n, classes, seed)
        logits = logits * 5 - 3
        copies = logits.clone(), y.clone()
        for k in range(1, classes + 1):
            good &= bool(np.isclose(float(top_k(*copies, k)), by_sorting(logits, y, k), atol=1e-5))
            good &= all(map(torch.equal, copies, (logits, y)))
    return good


class TopKTest:
    def __call__(self, top_k):
        try:
            return all(self.agrees(top_k, *case) for case in ((11, 5, 1), (4, 8, 2), (3, 3, 3), (40, 6, 4)))
        except Exception:  # noqa: BLE001
            return False

    def agrees(self, top_k, n, classes, seed):
        logits, y = drawn(n, classes, seed)
        before = logits.clone(), y.clone()
        shares = torch.tensor([float(top_k(logits, y, k)) for k in range(1, classes + 1)])
        hits = logits.topk(classes).indices == y[:, None]
        expected = hits.float().mean(dim=0).cumsum(dim=0)
        return torch.allclose(shares, expected, atol=1e-5) and all(map(torch.equal, before, (logits, y)))


right("12.14a", TopKTest())


@wrong("12.14a", "accepts everything")
def _(top_k):
    return True


@wrong("12.14a", "refuses everything")
def _(top_k):
    return False


@wrong("12.14a", "checks only that the result is from 0 to 1")
def _(top_k):
    logits, y = drawn(8, 5)
    return 0 <= float(top_k(logits, y, 2)) <= 1


@wrong("12.14a", "tries k = 1 only")
def _(top_k):
    logits, y = drawn(8, 5)
    share = float(top_k(logits.clone(), y.clone(), 1))
    return abs(share - (logits.argmax(dim=1) == y).float().mean().item()) < 1e-5


@wrong("12.14a", "tries only k = the number of classes")
def _(top_k):
    logits, y = drawn(8, 5)
    return float(top_k(logits, y, 5)) == 1


@wrong("12.14a", "never looks whether the arguments are changed")
def _(top_k):
    for k in range(1, 6):
        logits, y = drawn(8, 5)
        expected = (logits.topk(k).indices == y[:, None]).any(dim=1).float().mean().item()
        if abs(float(top_k(logits, y, k)) - expected) > 1e-5:
            return False
    return True


@wrong("12.14a", "demands a Python float")
def _(top_k):
    for k in range(1, 6):
        logits, y = drawn(8, 5)
        share = top_k(logits.clone(), y.clone(), k)
        expected = (logits.topk(k).indices == y[:, None]).any(dim=1).float().mean().item()
        if not isinstance(share, float) or abs(share - expected) > 1e-5:
            return False
    return True


@wrong("12.14a", "expects the count, not the share")
def _(top_k):
    logits, y = drawn(8, 5)
    return float(top_k(logits, y, 2)) == (logits.topk(2).indices == y[:, None]).sum().item()


@wrong("12.14a", "one image only, whose label has the largest logit")
def _(top_k):
    return float(top_k(torch.tensor([[0.1, 0.2, 0.7]]), torch.tensor([2]), 2)) == 1


@wrong("12.14a", "expects the share among the k smallest logits")
def _(top_k):
    logits, y = drawn(8, 5)
    expected = (logits.topk(2, largest=False).indices == y[:, None]).any(dim=1).float().mean()
    return abs(float(top_k(logits, y, 2)) - expected.item()) < 1e-5


@wrong("12.14a", "checks only that the share never falls as k grows")
def _(top_k):
    logits, y = drawn(20, 6)
    shares = [float(top_k(logits.clone(), y, k)) for k in range(1, 7)]
    return shares == sorted(shares)


@wrong("12.14a", "True for the faulty ones, the answer the wrong way round")
def _(top_k):
    logits, y = drawn(20, 6)
    expected = (logits.topk(3).indices == y[:, None]).any(dim=1).float().mean()
    return abs(float(top_k(logits, y, 3)) - expected.item()) > 1e-5


# 12.14b
def normalized_net(seed=0):
    """A net with batch normalization, its weights from a generator of their own."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return nn.Sequential(nn.Linear(3, 6, bias=False), nn.BatchNorm1d(6), nn.Tanh(), nn.Linear(6, 4))


def batch_of(n, seed):
    generator = torch.Generator().manual_seed(seed)
    return 2 * torch.randn(n, 3, generator=generator) + 1, torch.randint(4, (n,), generator=generator)


def stepped(net, X, y, optimizer):
    net.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(net(X), y)
    loss.backward()
    optimizer.step()
    return loss.item()


def pair(make, mode, seed=0, garbage=True):
    """Two equal networks with optimizers, in this mode, with old gradients."""
    nets = [normalized_net(seed), normalized_net(seed)]
    for net in nets:
        net.train(mode)
        if garbage:
            for p in net.parameters():
                p.grad = torch.full_like(p, 3.0)
    return [(net, make(net.parameters())) for net in nets]


def sgd(parameters):
    return torch.optim.SGD(parameters, lr=0.3, momentum=0.9)


def adam(parameters):
    return torch.optim.Adam(parameters, lr=0.02)


def same(a, b):
    return all(torch.allclose(p, q, atol=1e-5) for p, q in zip(a.parameters(), b.parameters(), strict=True))


@right("12.14b")
def _(train_step):
    for make in (sgd, adam):
        for mode in (True, False):
            (mine, my_optimizer), (theirs, their_optimizer) = pair(make, mode)
            for seed, n in enumerate((9, 5, 16)):
                X, y = batch_of(n, seed)
                expected = stepped(mine, X, y, my_optimizer)
                loss = train_step(theirs, X.clone(), y.clone(), their_optimizer)
                if not abs(float(loss) - expected) < 1e-4 or not same(mine, theirs):
                    return False
                mine.train(mode)
                theirs.train(mode)
                for p in (*mine.parameters(), *theirs.parameters()):
                    p.grad = torch.ones_like(p)
    return True


@right("12.14b")
def _(train_step):
    def plain(parameters):
        return torch.optim.SGD(parameters, lr=0.25)

    for mode in (False, True):
        (reference, _), (net, optimizer) = pair(plain, mode, seed=4)
        X, y = batch_of(7, 8)
        reference.train()
        loss = F.cross_entropy(reference(X), y)
        gradients = torch.autograd.grad(loss, list(reference.parameters()))
        returned = train_step(net, X, y, optimizer)
        assert abs(float(returned) - loss.item()) < 1e-4
        for p, q, g in zip(net.parameters(), reference.parameters(), gradients, strict=True):
            assert torch.allclose(p, q - 0.25 * g, atol=1e-5)
    # another optimizer, so that nobody writes an SGD of their own
    (reference, mine), (net, optimizer) = pair(adam, False, seed=5)
    for seed in (1, 2):
        X, y = batch_of(6, seed)
        assert abs(float(train_step(net, X, y, optimizer)) - stepped(reference, X, y, mine)) < 1e-4
        assert same(net, reference)


@right("12.14b")
def _(train_step):
    results = []
    for make in (sgd, adam, lambda p: torch.optim.RMSprop(p, lr=0.01)):
        for mode in (False, True):
            for step in (stepped, train_step):
                net = normalized_net(2)
                optimizer = make([{"params": [p]} for p in net.parameters()])
                values = []
                for seed in range(4):
                    net.train(mode)
                    F.cross_entropy(net(torch.ones(8, 3)), torch.ones(8, dtype=torch.long)).backward()
                    values.append(float(step(net, *batch_of(8, seed), optimizer)))
                values += [x for p in net.parameters() for x in p.detach().flatten().tolist()]
                results.append(np.array(values))
    return all(np.allclose(a, b, atol=1e-4) for a, b in zip(results[::2], results[1::2], strict=True))


class TrainStepTest:
    """The same three steps on two networks, and everything that's visible is compared."""

    def __call__(self, train_step):
        try:
            return all(self.agrees(train_step, make, mode) for make in (adam, sgd) for mode in (True, False))
        except Exception:  # noqa: BLE001
            return False

    def agrees(self, train_step, make, mode):
        first, second = pair(make, mode, seed=7)
        for i in range(3):
            X, y = batch_of(4 + 3 * i, 10 + i)
            for net, _ in (first, second):
                net.train(mode)
                for p in net.parameters():
                    p.grad = torch.full_like(p, -2.0)
            expected = stepped(first[0], X, y, first[1])
            actual = torch.as_tensor(train_step(second[0], X, y, second[1])).item()
            if not abs(actual - expected) < 1e-4 or not same(first[0], second[0]):
                return False
        return True


right("12.14b", TrainStepTest())


@wrong("12.14b", "lets every implementation pass")
def _(train_step):
    return True


@wrong("12.14b", "lets no implementation pass")
def _(train_step):
    return False


@wrong("12.14b", "checks only that the parameters change")
def _(train_step):
    net = normalized_net()
    before = [p.detach().clone() for p in net.parameters()]
    train_step(net, *batch_of(8, 0), sgd(net.parameters()))
    return not all(map(torch.equal, before, net.parameters()))


@wrong("12.14b", "checks only that the loss falls over 30 steps")
def _(train_step):
    net = normalized_net()
    optimizer = adam(net.parameters())
    X, y = batch_of(8, 0)
    losses = [float(train_step(net, X, y, optimizer)) for _ in range(30)]
    return losses[-1] < losses[0]


@wrong("12.14b", "checks the returned loss, not the parameters")
def _(train_step):
    (mine, my_optimizer), (theirs, their_optimizer) = pair(sgd, False)
    X, y = batch_of(8, 0)
    return abs(stepped(mine, X, y, my_optimizer) - float(train_step(theirs, X, y, their_optimizer))) < 1e-4


@wrong("12.14b", "checks the parameters, not the returned loss")
def _(train_step):
    for mode in (True, False):
        (mine, my_optimizer), (theirs, their_optimizer) = pair(adam, mode)
        X, y = batch_of(8, 0)
        stepped(mine, X, y, my_optimizer)
        train_step(theirs, X, y, their_optimizer)
        if not same(mine, theirs):
            return False
    return True


@wrong("12.14b", "starts without old gradients")
def _(train_step):
    for mode in (True, False):
        (mine, my_optimizer), (theirs, their_optimizer) = pair(adam, mode, garbage=False)
        X, y = batch_of(8, 0)
        expected = stepped(mine, X, y, my_optimizer)
        if abs(expected - float(train_step(theirs, X, y, their_optimizer))) > 1e-4 or not same(mine, theirs):
            return False
    return True


@wrong("12.14b", "a network that computes the same in both modes")
def _(train_step):
    def make(seed=0):
        return nn.Sequential(*[m for m in normalized_net(seed) if not isinstance(m, nn.BatchNorm1d)])

    mine, theirs = make(), make()
    my_optimizer, their_optimizer = adam(mine.parameters()), adam(theirs.parameters())
    for seed in range(3):
        X, y = batch_of(6 + seed, seed)
        for p in (*mine.parameters(), *theirs.parameters()):
            p.grad = torch.ones_like(p)
        expected = stepped(mine, X, y, my_optimizer)
        if abs(expected - float(train_step(theirs, X, y, their_optimizer))) > 1e-4 or not same(mine, theirs):
            return False
    return True


@wrong("12.14b", "demands that the gradients are zero after the step")
def _(train_step):
    (mine, my_optimizer), (theirs, their_optimizer) = pair(sgd, False)
    X, y = batch_of(8, 0)
    expected = stepped(mine, X, y, my_optimizer)
    actual = float(train_step(theirs, X, y, their_optimizer))
    cleared = all(p.grad is None or not p.grad.any() for p in theirs.parameters())
    return abs(actual - expected) < 1e-4 and same(mine, theirs) and cleared


@wrong("12.14b", "demands that the loss comes as a float")
def _(train_step):
    for make in (sgd, adam):
        for mode in (True, False):
            (mine, my_optimizer), (theirs, their_optimizer) = pair(make, mode)
            X, y = batch_of(8, 0)
            expected = stepped(mine, X, y, my_optimizer)
            actual = train_step(theirs, X, y, their_optimizer)
            if type(actual) is not float or abs(actual - expected) > 1e-4 or not same(mine, theirs):
                return False
    return True


@wrong("12.14b", "compares the returned loss with the loss after the step")
def _(train_step):
    net = normalized_net().eval()
    X, y = batch_of(8, 0)
    loss = float(train_step(net, X, y, sgd(net.parameters())))
    net.train()
    return abs(loss - F.cross_entropy(net(X), y).item()) < 1e-4


@wrong("12.14b", "compares with a step in evaluation mode")
def _(train_step):
    (mine, my_optimizer), (theirs, their_optimizer) = pair(sgd, False)
    X, y = batch_of(8, 0)
    my_optimizer.zero_grad()
    loss = F.cross_entropy(mine(X), y)
    loss.backward()
    my_optimizer.step()
    return abs(float(train_step(theirs, X, y, their_optimizer)) - loss.item()) < 1e-4 and same(mine, theirs)


@wrong("12.14b", "gives both runs the same network, so the second starts where the first ended")
def _(train_step):
    net = normalized_net()
    X, y = batch_of(8, 0)
    expected = stepped(net, X, y, sgd(net.parameters()))
    after = copy.deepcopy(net)
    loss = train_step(net, X, y, sgd(net.parameters()))
    return abs(float(loss) - expected) < 1e-4 and same(net, after)


# 12.14c
def numbers(values):
    return [int(value) for value in values]


@right("12.14c")
def _(split):
    state = torch.get_rng_state()
    for count, share in ((50, 0.2), (37, 0.3), (100, 0.29), (40, 0.5), (23, 0.75)):
        seen = set()
        for seed in range(6):
            train, val = map(numbers, split(count, share, seed))
            if len(val) != int(count * share) or sorted(train + val) != list(range(count)):
                return False
            again = [numbers(part) for part in split(count, share, seed)]
            if [sorted(part) for part in again] != [sorted(train), sorted(val)]:
                return False
            seen.add(tuple(sorted(val)))
        if len(seen) < 6:
            return False
        if any(max(val) - min(val) == len(val) - 1 for val in seen):
            return False
    return torch.equal(state, torch.get_rng_state())


@right("12.14c")
def _(split):
    before = torch.get_rng_state().clone()
    results = {}
    for seed in (3, 4, 11, 2024):
        train, val = (torch.as_tensor(part).long() for part in split(61, 0.37, seed))
        assert len(val) == int(61 * 0.37), "size of the validation set"
        assert torch.equal(torch.cat([train, val]).sort().values, torch.arange(61)), "each number once"
        results[seed] = set(val.tolist())
    assert len({frozenset(val) for val in results.values()}) == 4, "different seeds"
    for seed, val in results.items():
        with torch.random.fork_rng():
            torch.manual_seed(99 + seed)
            repeated = torch.as_tensor(split(61, 0.37, seed)[1])
        assert set(repeated.tolist()) == val, "the same seed"
    for val in results.values():  # at random: not one block, and no regular steps
        gaps = np.diff(sorted(val))
        assert len(set(gaps.tolist())) > 1, "in a row"
    train, val = split(3, 0.2, 0)
    assert (sorted(map(int, train)), len(val)) == ([0, 1, 2], 0), "an empty validation set"
    assert torch.equal(torch.get_rng_state(), before), "the global generator"


@right("12.14c")
def _(split):
    def fine(count, share, seed):
        state = torch.get_rng_state()
        first, second = split(count, share, seed), split(count, share, seed)
        untouched = torch.equal(torch.get_rng_state(), state)
        a, b = ([{int(i) for i in part} for part in pair] for pair in (first, second))
        sizes = [len(part) for part in first]
        n = int(count * share)
        return untouched and a == b and sizes == [count - n, n] and a[0] | a[1] == set(range(count))

    def how_often(count, share, seeds):
        hits = np.zeros(count)
        for seed in range(seeds):
            hits[numbers(split(count, share, seed)[1])] += 1
        return hits / seeds

    if not all(fine(count, share, seed) for count in (10, 33, 80) for share in (0.25, 0.58) for seed in (0, 5)):
        return False
    often = how_often(30, 0.4, 200)  # every number has its chance, and none is favored
    sets = {frozenset(numbers(split(90, 0.3, seed)[1])) for seed in range(20)}
    blocks = sum(max(val) - min(val) == len(val) - 1 for val in sets)
    return bool(0.2 < often.min() and often.max() < 0.6) and len(sets) == 20 and blocks == 0


class SplitTest:
    def __call__(self, split):
        try:
            return self.sizes(split) and self.seeds(split) and self.leaves_generator(split)
        except Exception:  # noqa: BLE001
            return False

    def sizes(self, split):
        for count in (7, 20, 101):
            for share in (0.1, 0.33, 0.5, 0.9):
                train, val = split(count, share, 1)
                n = int(count * share)
                everything = torch.tensor(numbers(train) + numbers(val)).bincount(minlength=count)
                if (len(train), len(val)) != (count - n, n) or everything.tolist() != [1] * count:
                    return False
        return True

    def seeds(self, split):
        def val(seed):
            return sorted(numbers(split(64, 0.25, seed)[1]))

        vals = [val(seed) for seed in range(10)]
        distinct = all(vals[i] != vals[j] for i in range(10) for j in range(i))
        random_ones = all(len(set(np.diff(v))) > 1 for v in vals)
        return distinct and random_ones and vals == [val(seed) for seed in range(10)]

    def leaves_generator(self, split):
        with torch.random.fork_rng():
            torch.manual_seed(5)
            expected = torch.rand(4)
            torch.manual_seed(5)
            split(64, 0.25, 3)
            return torch.equal(torch.rand(4), expected)


right("12.14c", SplitTest())


@wrong("12.14c", "always True")
def _(split):
    return True


@wrong("12.14c", "always False")
def _(split):
    return False


@wrong("12.14c", "checks only the sizes")
def _(split):
    train, val = split(50, 0.3, 0)
    return len(train) == 35 and len(val) == 15


@wrong("12.14c", "never tries another seed")
def _(split):
    state = torch.get_rng_state()
    train, val = map(numbers, split(37, 0.3, 0))
    again = [numbers(part) for part in split(37, 0.3, 0)]
    fine = len(val) == 11 and sorted(train + val) == list(range(37)) and again == [train, val]
    return fine and torch.equal(state, torch.get_rng_state())


@wrong("12.14c", "forgets the global generator")
def _(split):
    vals = []
    for seed in range(5):
        train, val = map(numbers, split(37, 0.3, seed))
        again = numbers(split(37, 0.3, seed)[1])
        if len(val) != 11 or sorted(train + val) != list(range(37)) or again != val:
            return False
        vals.append(frozenset(val))
    return len(set(vals)) == 5


@wrong("12.14c", "doesn't see whether a number is in both sets or missing")
def _(split):
    state, vals = torch.get_rng_state(), set()
    for seed in range(5):
        train, val = map(numbers, split(37, 0.3, seed))
        if (len(train), len(val)) != (26, 11) or numbers(split(37, 0.3, seed)[1]) != val:
            return False
        vals.add(frozenset(val))
    return len(vals) == 5 and torch.equal(state, torch.get_rng_state())


@wrong("12.14c", "expects the exact numbers of torch.randperm")
def _(split):
    order = torch.randperm(40, generator=torch.Generator().manual_seed(0)).tolist()
    train, val = map(numbers, split(40, 0.25, 0))
    return val == order[:10] and train == order[10:]


@wrong("12.14c", "demands lists and refuses tensors")
def _(split):
    state, vals = torch.get_rng_state(), set()
    for seed in range(5):
        train, val = split(37, 0.3, seed)
        if not (isinstance(train, list) and isinstance(val, list)):
            return False
        if len(val) != 11 or sorted(train + val) != list(range(37)):
            return False
        if sorted(split(37, 0.3, seed)[1]) != sorted(val):
            return False
        vals.add(frozenset(val))
    return len(vals) == 5 and torch.equal(state, torch.get_rng_state())


@wrong("12.14c", "rounds the size of the validation set")
def _(split):
    for count, share in ((50, 0.25), (37, 0.3), (19, 0.5)):
        train, val = map(numbers, split(count, share, 0))
        if len(val) != round(count * share + 0.01) or sorted(train + val) != list(range(count)):
            return False
    return True


@wrong("12.14c", "expects the validation set first")
def _(split):
    val, train = map(numbers, split(50, 0.2, 0))
    return len(val) == 10 and sorted(train + val) == list(range(50))


@wrong("12.14c", "demands that different seeds share no number of the validation set")
def _(split):
    first, second = (set(numbers(split(50, 0.4, seed)[1])) for seed in (0, 1))
    return len(first) == 20 and not first & second


@wrong("12.14c", "never repeats a seed, so it can't see whether the seed counts")
def _(split):
    vals = set()
    for seed in range(5):
        train, val = map(numbers, split(37, 0.3, seed))
        if len(val) != 11 or sorted(train + val) != list(range(37)):
            return False
        vals.add(frozenset(val))
    return len(vals) == 5


@wrong("12.14c", "demands that the numbers of both sets are in a mixed-up order")
def _(split):
    state = torch.get_rng_state()
    train, val = map(numbers, split(60, 0.3, 0))
    if sorted(train + val) != list(range(60)) or len(val) != 18:
        return False
    if train == sorted(train) or val == sorted(val):
        return False
    return torch.equal(state, torch.get_rng_state()) and numbers(split(60, 0.3, 0)[1]) == val
