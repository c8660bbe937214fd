"""Answers to the longer tasks of lesson 05, written from its page alone."""

import copy

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from tests.support.answers import right, wrong

# 5.6a: a dense layer becomes a convolution


@right("5.6a")
def _(dense, size):
    c, h, w = size
    conv = nn.Conv2d(c, dense.out_features, kernel_size=(h, w), bias=dense.bias is not None)
    with torch.no_grad():
        conv.weight.copy_(dense.weight.reshape(-1, c, h, w))
        if dense.bias is not None:
            conv.bias.copy_(dense.bias)
    return conv


@right("5.6a")
def _(layer, shape):
    state = {name: tensor.clone() for name, tensor in layer.state_dict().items()}
    state["weight"] = state["weight"].unflatten(1, shape)
    conv = nn.Conv2d(shape[0], len(state["weight"]), tuple(shape[1:]), bias="bias" in state, dtype=layer.weight.dtype)
    conv.load_state_dict(state)
    return conv


@right("5.6a")
def _(dense, size):
    conv = nn.LazyConv2d(dense.out_features, size[1:], bias=dense.bias is not None)
    conv(torch.zeros(1, *size))
    conv.weight = nn.Parameter(dense.weight.detach().clone().view(dense.out_features, *size))
    if conv.bias is not None:
        conv.bias = nn.Parameter(dense.bias.detach().clone())
    return conv


@right("5.6a")
def _(dense, size):
    # column n of the dense weight is the answer to the n-th unit input
    c, h, w = size
    conv = nn.Conv2d(c, dense.weight.shape[0], (h, w)).to(dense.weight.dtype)
    if dense.bias is None:
        conv.bias = None
    else:
        conv.bias.data = dense.bias.data.clone()
    for i in range(c):
        for j in range(h):
            for k in range(w):
                conv.weight.data[:, i, j, k] = dense.weight.data[:, (i * h + j) * w + k]
    return conv


@wrong("5.6a", "leaves the new layer's weight random")
def _(dense, size):
    conv = nn.Conv2d(size[0], dense.out_features, size[1:], bias=dense.bias is not None)
    if dense.bias is not None:
        conv.bias.data = dense.bias.data.clone()
    return conv


@wrong("5.6a", "copies the weight but not the bias")
def _(dense, size):
    conv = nn.Conv2d(size[0], dense.out_features, size[1:], bias=dense.bias is not None)
    with torch.no_grad():
        conv.weight.copy_(dense.weight.reshape(conv.weight.shape))
    return conv


@wrong("5.6a", "expects a bias, so it fails for a dense layer without one")
def _(dense, size):
    conv = nn.Conv2d(size[0], dense.out_features, size[1:])
    with torch.no_grad():
        conv.weight.copy_(dense.weight.reshape(conv.weight.shape))
        conv.bias.copy_(dense.bias)
    return conv


@wrong("5.6a", "keeps a random bias where the dense layer has none")
def _(dense, size):
    conv = nn.Conv2d(size[0], dense.out_features, size[1:])
    with torch.no_grad():
        conv.weight.copy_(dense.weight.reshape(conv.weight.shape))
        if dense.bias is not None:
            conv.bias.copy_(dense.bias)
    return conv


@wrong("5.6a", "takes the features as flattened with the channels last")
def _(dense, size):
    c, h, w = size
    conv = nn.Conv2d(c, dense.out_features, (h, w), bias=dense.bias is not None)
    with torch.no_grad():
        conv.weight.copy_(dense.weight.reshape(-1, h, w, c).permute(0, 3, 1, 2))
        if dense.bias is not None:
            conv.bias.copy_(dense.bias)
    return conv


@wrong("5.6a", "takes the kernel as width by height")
def _(dense, size):
    c, h, w = size
    conv = nn.Conv2d(c, dense.out_features, (w, h), bias=dense.bias is not None)
    with torch.no_grad():
        conv.weight.copy_(dense.weight.reshape(-1, c, w, h))
        if dense.bias is not None:
            conv.bias.copy_(dense.bias)
    return conv


@wrong("5.6a", "makes the kernel square, as high as the features")
def _(dense, size):
    c, h, _ = size
    conv = nn.Conv2d(c, dense.out_features, h, bias=dense.bias is not None)
    with torch.no_grad():
        conv.weight.copy_(dense.weight.reshape(-1, c, h, h))
        if dense.bias is not None:
            conv.bias.copy_(dense.bias)
    return conv


@wrong("5.6a", "flips the kernels, as a true convolution would need")
def _(dense, size):
    conv = nn.Conv2d(size[0], dense.out_features, size[1:], bias=dense.bias is not None)
    with torch.no_grad():
        conv.weight.copy_(dense.weight.reshape(conv.weight.shape).flip(2, 3))
        if dense.bias is not None:
            conv.bias.copy_(dense.bias)
    return conv


@wrong("5.6a", "makes a 1×1 layer with c·h·w input channels")
def _(dense, size):
    conv = nn.Conv2d(dense.in_features, dense.out_features, 1, bias=dense.bias is not None)
    with torch.no_grad():
        conv.weight.copy_(dense.weight[:, :, None, None])
        if dense.bias is not None:
            conv.bias.copy_(dense.bias)
    return conv


@wrong("5.6a", "pads, so the output keeps height and width")
def _(dense, size):
    conv = nn.Conv2d(size[0], dense.out_features, size[1:], padding="same", bias=dense.bias is not None)
    with torch.no_grad():
        conv.weight.copy_(dense.weight.reshape(conv.weight.shape))
        if dense.bias is not None:
            conv.bias.copy_(dense.bias)
    return conv


@wrong("5.6a", "reshapes the dense layer's own weight in place")
def _(dense, size):
    conv = nn.Conv2d(size[0], dense.out_features, size[1:], bias=dense.bias is not None)
    dense.weight.data = dense.weight.data.reshape(-1, *size)
    conv.load_state_dict(dense.state_dict())
    return conv


@wrong("5.6a", "reads the weight as (inputs, outputs)")
def _(dense, size):
    conv = nn.Conv2d(size[0], dense.out_features, size[1:], bias=dense.bias is not None)
    with torch.no_grad():
        conv.weight.copy_(dense.weight.T.reshape(conv.weight.shape))
        if dense.bias is not None:
            conv.bias.copy_(dense.bias)
    return conv


@wrong("5.6a", "returns the kernels and the bias, not a layer")
def _(dense, size):
    return dense.weight.detach().reshape(-1, *size), dense.bias


# 5.6b: slide the classifier over an image


@right("5.6b")
def _(net, crop, image):
    with torch.no_grad():
        body, dense = net[:-2], net[-1]
        size = body(torch.zeros(1, len(image), *crop)).shape[1:]
        K = dense.weight.reshape(-1, *size)
        return F.conv2d(body(image[None]), K, dense.bias)[0]


@right("5.6b")
def _(net, crop, image):
    features, example = image, image.new_zeros(len(image), *crop)
    for layer in list(net)[:-2]:
        features, example = layer(features[None])[0], layer(example[None])[0]
    _, h, w = example.shape
    windows = features.unfold(1, h, 1).unfold(2, w, 1)  # (c, H', W', h, w)
    return net[-1](windows.permute(1, 2, 0, 3, 4).flatten(2)).permute(2, 0, 1)


@right("5.6b")
def _(network, window, picture):
    *body, _, last = network
    body = nn.Sequential(*body)
    with torch.inference_mode():
        size = body(torch.rand(1, len(picture), window[0], window[1])).shape
        maps = body(picture[None])
        columns = F.unfold(maps, size[2:])[0]  # (c·h·w, positions)
        scores = last.weight @ columns
        if last.bias is not None:
            scores = scores + last.bias[:, None]
        return scores.reshape(-1, maps.shape[2] - size[2] + 1, maps.shape[3] - size[3] + 1).clone()


@right("5.6b")
def _(net, crop, image):
    with torch.no_grad():
        maps = net[:-2](image.unsqueeze(0))
        c, h, w = net[:-2](torch.empty(1, image.shape[0], crop[0], crop[1])).shape[1:]
        rows, columns = maps.shape[2] - h + 1, maps.shape[3] - w + 1
        W = net[-1].weight.view(-1, c, h, w)
        out = torch.zeros(len(W), rows, columns)
        for i in range(h):
            for j in range(w):
                out += torch.einsum("oc,chw->ohw", W[:, :, i, j], maps[0, :, i : i + rows, j : j + columns])
        if net[-1].bias is not None:
            out += net[-1].bias[:, None, None]
    return out


def _shape_after(body, crop, image):
    return body(torch.zeros(1, len(image), *crop)).shape[1:]


@wrong("5.6b", "cuts out every crop and classifies it")
def _(net, crop, image):
    h, w = crop
    rows = []
    with torch.no_grad():
        for i in range(image.shape[1] - h + 1):
            crops = [image[None, :, i : i + h, j : j + w] for j in range(image.shape[2] - w + 1)]
            rows.append(torch.stack([net(one)[0] for one in crops], dim=1))
    return torch.stack(rows, dim=1)


@wrong("5.6b", "takes kernels as large as the crop, not as its features")
def _(net, crop, image):
    maps = net[:-2](image[None])
    return F.conv2d(maps, net[-1].weight.reshape(-1, maps.shape[1], *crop), net[-1].bias)[0]


@wrong("5.6b", "takes kernels as large as the features of the whole image")
def _(net, crop, image):
    maps = net[:-2](image[None])
    return F.conv2d(maps, net[-1].weight.reshape(-1, *maps.shape[1:]), net[-1].bias)[0]


@wrong("5.6b", "forgets the dense layer's bias")
def _(net, crop, image):
    size = _shape_after(net[:-2], crop, image)
    return F.conv2d(net[:-2](image[None]), net[-1].weight.reshape(-1, *size))[0]


@wrong("5.6b", "leaves the batch axis in the map")
def _(net, crop, image):
    size = _shape_after(net[:-2], crop, image)
    return F.conv2d(net[:-2](image[None]), net[-1].weight.reshape(-1, *size), net[-1].bias)


@wrong("5.6b", "returns probabilities instead of scores")
def _(net, crop, image):
    size = _shape_after(net[:-2], crop, image)
    scores = F.conv2d(net[:-2](image[None]), net[-1].weight.reshape(-1, *size), net[-1].bias)[0]
    return scores.softmax(dim=0)


@wrong("5.6b", "reads crop as (width, height)")
def _(net, crop, image):
    size = _shape_after(net[:-2], crop[::-1], image)
    return F.conv2d(net[:-2](image[None]), net[-1].weight.reshape(-1, *size), net[-1].bias)[0]


@wrong("5.6b", "skips the layers before the dense one")
def _(net, crop, image):
    K = net[-1].weight.reshape(-1, len(image), *crop)
    return F.conv2d(image[None], K, net[-1].bias)[0]


@wrong("5.6b", "runs the convolutions only and drops ReLU and pooling")
def _(net, crop, image):
    body = nn.Sequential(*[layer for layer in net if isinstance(layer, nn.Conv2d)])
    size = _shape_after(body, crop, image)
    return F.conv2d(body(image[None]), net[-1].weight.reshape(-1, *size), net[-1].bias)[0]


@wrong("5.6b", "applies the step of 2 once more to the dense layer's kernels")
def _(net, crop, image):
    size = _shape_after(net[:-2], crop, image)
    return F.conv2d(net[:-2](image[None]), net[-1].weight.reshape(-1, *size), net[-1].bias, stride=2)[0]


@wrong("5.6b", "shrinks the image to one crop, which gives one place")
def _(net, crop, image):
    small = F.interpolate(image[None], size=tuple(crop))
    return net(small)[0][:, None, None]


@wrong("5.6b", "undoes Flatten with the channels last")
def _(net, crop, image):
    c, h, w = _shape_after(net[:-2], crop, image)
    K = net[-1].weight.reshape(-1, h, w, c).permute(0, 3, 1, 2)
    return F.conv2d(net[:-2](image[None]), K, net[-1].bias)[0]


@wrong("5.6b", "flips kernels because a convolution should flip")
def _(net, crop, image):
    size = _shape_after(net[:-2], crop, image)
    K = net[-1].weight.reshape(-1, *size).flip(2, 3)
    return F.conv2d(net[:-2](image[None]), K, net[-1].bias)[0]


# 5.6c: the crop in which the class is most probable


@right("5.6c")
def _(scores, label, crop, stride):
    p = scores.softmax(dim=0)[label]
    i, j = divmod(p.argmax().item(), p.shape[1])
    top, left = i * stride, j * stride
    return top, left, top + crop[0], left + crop[1]


@right("5.6c")
def _(scores, label, crop, stride):
    s = scores.detach().double().numpy()
    powers = np.exp(s - s.max(axis=0))
    p = powers[label] / powers.sum(axis=0)
    i, j = np.unravel_index(p.argmax(), p.shape)
    return [i * stride, j * stride, i * stride + crop[0], j * stride + crop[1]]


@right("5.6c")
def _(maps, which, size, step):
    # the largest log-probability is in the same place
    best, answer = -float("inf"), None
    for i in range(maps.shape[1]):
        for j in range(maps.shape[2]):
            p = float(maps[which, i, j] - torch.logsumexp(maps[:, i, j], dim=0))
            if p > best:
                best, answer = p, (step * i, step * j, step * i + size[0], step * j + size[1])
    return answer


@right("5.6c")
def _(scores, label, crop, stride):
    p = F.softmax(scores.flatten(1), dim=0)[label].reshape(scores.shape[1:])
    corner = (p == p.max()).nonzero()[0] * stride
    return torch.cat([corner, corner + torch.tensor(crop)])


@wrong("5.6c", "looks for the highest score and leaves out the softmax")
def _(scores, label, crop, stride):
    i, j = divmod(scores[label].argmax().item(), scores.shape[2])
    return i * stride, j * stride, i * stride + crop[0], j * stride + crop[1]


@wrong("5.6c", "takes the softmax over the places")
def _(scores, label, crop, stride):
    p = scores.flatten(1).softmax(dim=1)[label]
    i, j = divmod(p.argmax().item(), scores.shape[2])
    return i * stride, j * stride, i * stride + crop[0], j * stride + crop[1]


@wrong("5.6c", "takes the softmax over each row of the map")
def _(scores, label, crop, stride):
    p = scores.softmax(dim=-1)[label]
    i, j = divmod(p.argmax().item(), scores.shape[2])
    return i * stride, j * stride, i * stride + crop[0], j * stride + crop[1]


@wrong("5.6c", "ignores the stride")
def _(scores, label, crop, stride):
    i, j = divmod(scores.softmax(0)[label].argmax().item(), scores.shape[2])
    return i, j, i + crop[0], j + crop[1]


@wrong("5.6c", "divides the position by the map's height")
def _(scores, label, crop, stride):
    i, j = divmod(scores.softmax(0)[label].argmax().item(), scores.shape[1])
    return i * stride, j * stride, i * stride + crop[0], j * stride + crop[1]


@wrong("5.6c", "exchanges top and left")
def _(scores, label, crop, stride):
    i, j = divmod(scores.softmax(0)[label].argmax().item(), scores.shape[2])
    return j * stride, i * stride, j * stride + crop[0], i * stride + crop[1]


@wrong("5.6c", "takes crop as (width, height)")
def _(scores, label, crop, stride):
    i, j = divmod(scores.softmax(0)[label].argmax().item(), scores.shape[2])
    return i * stride, j * stride, i * stride + crop[1], j * stride + crop[0]


@wrong("5.6c", "gives the last row and column of the crop, one too few for a slice")
def _(scores, label, crop, stride):
    i, j = divmod(scores.softmax(0)[label].argmax().item(), scores.shape[2])
    return i * stride, j * stride, i * stride + crop[0] - 1, j * stride + crop[1] - 1


@wrong("5.6c", "multiplies the size of the crop by the stride")
def _(scores, label, crop, stride):
    i, j = divmod(scores.softmax(0)[label].argmax().item(), scores.shape[2])
    return tuple(stride * n for n in (i, j, i + crop[0], j + crop[1]))


@wrong("5.6c", "returns (top, bottom, left, right)")
def _(scores, label, crop, stride):
    i, j = divmod(scores.softmax(0)[label].argmax().item(), scores.shape[2])
    return i * stride, i * stride + crop[0], j * stride, j * stride + crop[1]


@wrong("5.6c", "returns height and width in place of bottom and right")
def _(scores, label, crop, stride):
    i, j = divmod(scores.softmax(0)[label].argmax().item(), scores.shape[2])
    return i * stride, j * stride, *crop


@wrong("5.6c", "looks for the most probable place of any class")
def _(scores, label, crop, stride):
    i, j = divmod(scores.softmax(0).amax(0).argmax().item(), scores.shape[2])
    return i * stride, j * stride, i * stride + crop[0], j * stride + crop[1]


@wrong("5.6c", "looks for the least probable place")
def _(scores, label, crop, stride):
    i, j = divmod(scores.softmax(0)[label].argmin().item(), scores.shape[2])
    return i * stride, j * stride, i * stride + crop[0], j * stride + crop[1]


@wrong("5.6c", "divides the scores themselves by their sum, without powers of e")
def _(scores, label, crop, stride):
    i, j = divmod((scores / scores.sum(0))[label].argmax().item(), scores.shape[2])
    return i * stride, j * stride, i * stride + crop[0], j * stride + crop[1]


# 5.7a: fit a 1×1 layer in one step


@right("5.7a")
def _(X, Y):
    A = torch.cat([X.flatten(1), torch.ones(1, X[0].numel())]).T
    S = torch.linalg.lstsq(A, Y.flatten(1).T).solution
    return S[:-1].T, S[-1]


@right("5.7a")
def _(before, after):
    x, y = before.flatten(1).T.double(), after.flatten(1).T.double()
    mean_x, mean_y = x.mean(0), y.mean(0)
    W = torch.linalg.lstsq(x - mean_x, y - mean_y).solution.T
    return W.to(before.dtype), (mean_y - W @ mean_x).to(before.dtype)


@right("5.7a")
def _(X, Y):
    A = np.moveaxis(X.numpy(), 0, -1).reshape(-1, len(X))
    A = np.hstack([np.ones((len(A), 1)), A])
    S, *_ = np.linalg.lstsq(A, np.moveaxis(Y.numpy(), 0, -1).reshape(-1, len(Y)), rcond=None)
    return [S[1:].T, S[0]]


@right("5.7a")
def _(X, Y):
    A = F.pad(X.permute(1, 2, 0), (0, 1), value=1.0).reshape(-1, len(X) + 1)
    W_and_b = Y.flatten(1) @ torch.linalg.pinv(A).T
    return W_and_b.split([len(X), 1], dim=1)[0], W_and_b[:, -1]


@right("5.7a")
def _(X, Y):
    # the normal equations, one output channel after another
    A = torch.vstack([X.reshape(len(X), -1), torch.ones(1, X[0].numel())]).double()
    rows = [torch.linalg.solve(A @ A.T, A @ channel.reshape(-1).double()) for channel in Y]
    return torch.stack([r[:-1] for r in rows]).float(), torch.tensor([float(r[-1]) for r in rows])


def _samples(X):
    return torch.cat([X.flatten(1), torch.ones(1, X[0].numel())]).T


@wrong("5.7a", "fits without a bias and returns zeros for it")
def _(X, Y):
    S = torch.linalg.lstsq(X.flatten(1).T, Y.flatten(1).T).solution
    return S.T, torch.zeros(len(Y))


@wrong("5.7a", "returns W transposed")
def _(X, Y):
    S = torch.linalg.lstsq(_samples(X), Y.flatten(1).T).solution
    return S[:-1], S[-1]


@wrong("5.7a", "reshapes to pixels without moving the channels")
def _(X, Y):
    A = torch.cat([X.reshape(-1, len(X)), torch.ones(X[0].numel(), 1)], dim=1)
    S = torch.linalg.lstsq(A, Y.reshape(-1, len(Y))).solution
    return S[:-1].T, S[-1]


@wrong("5.7a", "puts the ones first but reads the bias from the last row")
def _(X, Y):
    S = torch.linalg.lstsq(_samples(X).roll(1, dims=1), Y.flatten(1).T).solution
    return S[:-1].T, S[-1]


@wrong("5.7a", "returns (b, W)")
def _(X, Y):
    S = torch.linalg.lstsq(_samples(X), Y.flatten(1).T).solution
    return S[-1], S[:-1].T


@wrong("5.7a", "fits the way back, from Y to X")
def _(X, Y):
    S = torch.linalg.lstsq(_samples(Y), X.flatten(1).T).solution
    return S[:-1].T, S[-1]


@wrong("5.7a", "takes the mean of Y as the bias without centering X")
def _(X, Y):
    mean = Y.mean(dim=(1, 2))
    S = torch.linalg.lstsq(X.flatten(1).T, (Y - mean[:, None, None]).flatten(1).T).solution
    return S.T, mean


@wrong("5.7a", "fits every output channel to all inputs' mean only")
def _(X, Y):
    S = torch.linalg.lstsq(_samples(X.mean(0, keepdim=True)), Y.flatten(1).T).solution
    return S[:1].T.expand(-1, len(X)) / len(X), S[-1]


@wrong("5.7a", "adds 1 to the diagonal, which pulls the weights toward 0")
def _(X, Y):
    A = _samples(X)
    S = torch.linalg.solve(A.T @ A + torch.eye(len(X) + 1), A.T @ Y.flatten(1).T)
    return S[:-1].T, S[-1]


@wrong("5.7a", "shares one bias among the output channels")
def _(X, Y):
    S = torch.linalg.lstsq(_samples(X), Y.flatten(1).T).solution
    return S[:-1].T, S[-1].mean().repeat(len(Y))


@wrong("5.7a", "walks a few steps downhill instead of solving")
def _(X, Y):
    A, B = _samples(X), Y.flatten(1).T
    S = torch.zeros(A.shape[1], B.shape[1])
    for _ in range(20):
        S = S - 0.05 * A.T @ (A @ S - B) / len(A)
    return S[:-1].T, S[-1]


@wrong("5.7a", "returns the whole solution instead of a pair")
def _(X, Y):
    return torch.linalg.lstsq(_samples(X), Y.flatten(1).T).solution


@wrong("5.7a", "fits the first row of pixels only")
def _(X, Y):
    S = torch.linalg.lstsq(_samples(X[:, :1]), Y[:, :1].flatten(1).T).solution
    return S[:-1].T, S[-1]


# 5.7b: the same by gradient descent


@right("5.7b")
def _(X, Y, steps, lr):
    x, y = X.flatten(1), Y.flatten(1)
    W, b = torch.zeros(len(y), len(x)), torch.zeros(len(y))
    for _ in range(steps):
        error = W @ x + b[:, None] - y
        W, b = W - lr * 2 * error @ x.T / y.numel(), b - lr * 2 * error.sum(1) / y.numel()
    return W, b


@right("5.7b")
def _(X, Y, steps, lr):
    W = torch.zeros(Y.shape[0], X.shape[0], requires_grad=True)
    b = torch.zeros(Y.shape[0], requires_grad=True)
    for _ in range(steps):
        loss = F.mse_loss(torch.einsum("oc,chw->ohw", W, X) + b[:, None, None], Y)
        dW, db = torch.autograd.grad(loss, (W, b))
        with torch.no_grad():
            W -= lr * dW
            b -= lr * db
    return W.detach(), b.detach()


@right("5.7b")
def _(X, Y, steps, lr):
    conv = nn.Conv2d(len(X), len(Y), 1)
    nn.init.zeros_(conv.weight)
    nn.init.zeros_(conv.bias)
    optimizer = torch.optim.SGD(conv.parameters(), lr=lr)
    for _ in range(steps):
        optimizer.zero_grad()
        ((conv(X[None])[0] - Y) ** 2).mean().backward()
        optimizer.step()
    return conv.weight[:, :, 0, 0], conv.bias


@right("5.7b")
def _(inputs, targets, count, rate):
    x = inputs.double().numpy().reshape(len(inputs), -1)
    x = np.vstack([x, np.ones(x.shape[1])])
    y = targets.double().numpy().reshape(len(targets), -1)
    M = np.zeros((len(y), len(x)))
    for _ in range(count):
        M -= rate * 2 / y.size * (M @ x - y) @ x.T
    return M[:, :-1], M[:, -1]


def _descend(X, Y, steps, lr, factor=2.0, start=0.0, count=None):
    x, y = X.flatten(1), Y.flatten(1)
    W, b = torch.full((len(y), len(x)), start), torch.full((len(y),), start)
    count = y.numel() if count is None else count
    for _ in range(steps):
        error = W @ x + b[:, None] - y
        W, b = W - lr * factor * error @ x.T / count, b - lr * factor * error.sum(1) / count
    return W, b


@wrong("5.7b", "forgets the factor 2 of the squared error's derivative")
def _(X, Y, steps, lr):
    return _descend(X, Y, steps, lr, factor=1.0)


@wrong("5.7b", "takes the mean over the pixels and the sum over the output channels")
def _(X, Y, steps, lr):
    return _descend(X, Y, steps, lr, count=Y[0].numel())


@wrong("5.7b", "takes the sum of the squared errors")
def _(X, Y, steps, lr):
    return _descend(X, Y, steps, lr, count=1)


@wrong("5.7b", "goes up the gradient")
def _(X, Y, steps, lr):
    return _descend(X, Y, steps, -lr)


@wrong("5.7b", "takes one step too few")
def _(X, Y, steps, lr):
    return _descend(X, Y, steps - 1, lr)


@wrong("5.7b", "takes one step too many")
def _(X, Y, steps, lr):
    return _descend(X, Y, steps + 1, lr)


@wrong("5.7b", "starts from ones")
def _(X, Y, steps, lr):
    return _descend(X, Y, steps, lr, start=1.0)


@wrong("5.7b", "never zeroes the gradients, so they pile up")
def _(X, Y, steps, lr):
    W = torch.zeros(len(Y), len(X), requires_grad=True)
    b = torch.zeros(len(Y), requires_grad=True)
    for _ in range(steps):
        F.mse_loss(F.linear(X.movedim(0, -1), W, b), Y.movedim(0, -1)).backward()
        with torch.no_grad():
            W -= lr * W.grad
            b -= lr * b.grad
    return W.detach(), b.detach()


@wrong("5.7b", "keeps the random start of a new layer")
def _(X, Y, steps, lr):
    dense = nn.Linear(len(X), len(Y))
    optimizer = torch.optim.SGD(dense.parameters(), lr=lr)
    for _ in range(steps):
        optimizer.zero_grad()
        F.mse_loss(dense(X.movedim(0, -1)), Y.movedim(0, -1)).backward()
        optimizer.step()
    return dense.weight.detach(), dense.bias.detach()


@wrong("5.7b", "never moves the bias")
def _(X, Y, steps, lr):
    x, y = X.flatten(1), Y.flatten(1)
    W = torch.zeros(len(y), len(x))
    for _ in range(steps):
        W = W - lr * 2 * (W @ x - y) @ x.T / y.numel()
    return W, torch.zeros(len(y))


@wrong("5.7b", "computes the bias's gradient after W has already moved")
def _(X, Y, steps, lr):
    x, y = X.flatten(1), Y.flatten(1)
    W, b = torch.zeros(len(y), len(x)), torch.zeros(len(y))
    for _ in range(steps):
        W = W - lr * 2 * (W @ x + b[:, None] - y) @ x.T / y.numel()
        b = b - lr * 2 * (W @ x + b[:, None] - y).sum(1) / y.numel()
    return W, b


@wrong("5.7b", "uses one pixel per step")
def _(X, Y, steps, lr):
    x, y = X.flatten(1), Y.flatten(1)
    W, b = torch.zeros(len(y), len(x)), torch.zeros(len(y))
    for n in range(steps):
        error = W @ x[:, n % x.shape[1]] + b - y[:, n % x.shape[1]]
        W, b = W - lr * 2 / len(y) * torch.outer(error, x[:, n % x.shape[1]]), b - lr * 2 / len(y) * error
    return W, b


@wrong("5.7b", "returns the exact solution whatever the steps are")
def _(X, Y, steps, lr):
    S = torch.linalg.lstsq(_samples(X), Y.flatten(1).T).solution
    return S[:-1].T, S[-1]


@wrong("5.7b", "steps with Adam instead of plain gradient descent")
def _(X, Y, steps, lr):
    conv = nn.Conv2d(len(X), len(Y), 1)
    nn.init.zeros_(conv.weight)
    nn.init.zeros_(conv.bias)
    optimizer = torch.optim.Adam(conv.parameters(), lr=lr)
    for _ in range(steps):
        optimizer.zero_grad()
        F.mse_loss(conv(X[None])[0], Y).backward()
        optimizer.step()
    return conv.weight.detach().flatten(1), conv.bias.detach()


# 5.7c: the smallest error of a k×k kernel


def _best(A, B):
    """The mean squared error of the best fit with a column of ones."""
    A = torch.cat([A, torch.ones(len(A), 1)], dim=1).double()
    B = B.double()
    return ((A @ torch.linalg.lstsq(A, B).solution - B) ** 2).mean()


def _windows(X, k):
    return F.unfold(X[None], k, padding=k // 2)[0].T


@right("5.7c")
def _(X, Y, k):
    A = F.unfold(X[None], k, padding=k // 2)[0].T
    A = torch.cat([A, torch.ones(len(A), 1)], dim=1)
    B = Y.flatten(1).T
    S = torch.linalg.lstsq(A, B).solution
    return F.mse_loss(A @ S, B).item()


@right("5.7c")
def _(X, Y, k):
    # shifted copies of the padded image, in NumPy
    c, h, w = X.shape
    padded = np.pad(X.numpy().astype(float), ((0, 0), (k // 2, k // 2), (k // 2, k // 2)))
    columns = [padded[:, i : i + h, j : j + w].reshape(c, -1) for i in range(k) for j in range(k)]
    A = np.vstack([*columns, np.ones((1, h * w))]).T
    B = Y.numpy().reshape(len(Y), -1).T
    return np.mean((A @ np.linalg.lstsq(A, B, rcond=None)[0] - B) ** 2)


@right("5.7c")
def _(image, target, size):
    # what's left of the centered target outside the span of the centered windows
    A = F.unfold(image.unsqueeze(0).double(), size, padding=size // 2)[0].T
    B = target.flatten(1).T.double()
    A, B = A - A.mean(0), B - B.mean(0)
    U, s, _ = torch.linalg.svd(A, full_matrices=False)
    U = U[:, s > 1e-10 * s.max()]
    return (B - U @ (U.T @ B)).square().mean()


@right("5.7c")
def _(X, Y, k):
    # fit, build the layer, and measure what it outputs
    A = torch.cat([_windows(X, k), torch.ones(X[0].numel(), 1)], dim=1)
    S = torch.linalg.lstsq(A, Y.flatten(1).T).solution
    conv = nn.Conv2d(len(X), len(Y), k, padding=k // 2)
    conv.load_state_dict({"weight": S[:-1].T.reshape(len(Y), len(X), k, k), "bias": S[-1]})
    with torch.no_grad():
        return float((conv(X[None])[0] - Y).square().mean())


@right("5.7c")
def _(X, Y, k):
    A = torch.cat([_windows(X, k), torch.ones(X[0].numel(), 1)], dim=1).double()
    errors = []
    for channel in Y:
        y = channel.reshape(-1).double()
        errors.append(((A @ (torch.linalg.pinv(A) @ y) - y) ** 2).mean().item())
    return sum(errors) / len(errors)


@wrong("5.7c", "fits no bias")
def _(X, Y, k):
    A, B = _windows(X, k), Y.flatten(1).T
    return F.mse_loss(A @ torch.linalg.lstsq(A, B).solution, B).item()


@wrong("5.7c", "gives the sum of the squared errors")
def _(X, Y, k):
    return _best(_windows(X, k), Y.flatten(1).T).item() * Y.numel()


@wrong("5.7c", "gives the root of the mean squared error")
def _(X, Y, k):
    return _best(_windows(X, k), Y.flatten(1).T).sqrt().item()


@wrong("5.7c", "sums over the output channels")
def _(X, Y, k):
    return _best(_windows(X, k), Y.flatten(1).T).item() * len(Y)


@wrong("5.7c", "leaves out the padding and compares the interior only")
def _(X, Y, k):
    p = k // 2
    B = Y[:, p : Y.shape[1] - p, p : Y.shape[2] - p].flatten(1).T
    return _best(F.unfold(X[None], k)[0].T, B).item()


@wrong("5.7c", "pads with mirrored pixels instead of zeros")
def _(X, Y, k):
    padded = F.pad(X[None], (k // 2,) * 4, mode="reflect")
    return _best(F.unfold(padded, k)[0].T, Y.flatten(1).T).item()


@wrong("5.7c", "fits a 1×1 kernel whatever k is")
def _(X, Y, k):
    return _best(X.flatten(1).T, Y.flatten(1).T).item()


@wrong("5.7c", "reshapes the windows instead of transposing them")
def _(X, Y, k):
    columns = F.unfold(X[None], k, padding=k // 2)[0]
    return _best(columns.reshape(X[0].numel(), -1), Y.flatten(1).T).item()


@wrong("5.7c", "fits on the upper half and measures on the lower half")
def _(X, Y, k):
    A = torch.cat([_windows(X, k), torch.ones(X[0].numel(), 1)], dim=1)
    B, half = Y.flatten(1).T, X[0].numel() // 2
    S = torch.linalg.lstsq(A[:half], B[:half]).solution
    return F.mse_loss(A[half:] @ S, B[half:]).item()


@wrong("5.7c", "lets the kernel see only the mean of the input channels")
def _(X, Y, k):
    return _best(_windows(X.mean(0, keepdim=True), k), Y.flatten(1).T).item()


@wrong("5.7c", "gives the mean absolute error")
def _(X, Y, k):
    A = torch.cat([_windows(X, k), torch.ones(X[0].numel(), 1)], dim=1)
    B = Y.flatten(1).T
    return (A @ torch.linalg.lstsq(A, B).solution - B).abs().mean().item()


@wrong("5.7c", "trains a layer for five steps and calls that the smallest error")
def _(X, Y, k):
    conv = nn.Conv2d(len(X), len(Y), k, padding=k // 2)
    optimizer = torch.optim.SGD(conv.parameters(), lr=0.01)
    for _ in range(5):
        optimizer.zero_grad()
        loss = F.mse_loss(conv(X[None])[0], Y)
        loss.backward()
        optimizer.step()
    return loss.item()


@wrong("5.7c", "returns the fitted kernel, not its error")
def _(X, Y, k):
    return torch.linalg.lstsq(_windows(X, k), Y.flatten(1).T).solution.T.reshape(len(Y), len(X), k, k)


@wrong("5.7c", "gives the error of the difference between X and Y, without any fit")
def _(X, Y, k):
    return (X.mean(0) - Y).square().mean().item()


# 5.7d: the control


def _error(X, Y, k):
    return _best(_windows(X, k), Y.flatten(1).T).item()


@right("5.7d")
def _(X, Y, k, order):
    X2 = X.flatten(1)[:, order].reshape(X.shape)
    Y2 = Y.flatten(1)[:, order].reshape(Y.shape)
    return _error(X, Y, k), _error(X2, Y2, k)


@right("5.7d")
def _(X, Y, k, order):
    def error(A, B):
        padded = np.pad(A, ((0, 0), (k // 2, k // 2), (k // 2, k // 2)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, (k, k), axis=(1, 2))
        M = np.moveaxis(windows, 0, 2).reshape(A[0].size, -1)
        M = np.hstack([M, np.ones((len(M), 1))])
        B = B.reshape(len(B), -1).T
        return np.mean((M @ np.linalg.lstsq(M, B, rcond=None)[0] - B) ** 2)

    def moved(A):
        return A.reshape(len(A), -1)[:, np.asarray(order)].reshape(A.shape)

    x, y = X.double().numpy(), Y.double().numpy()
    return np.array([error(x, y), error(moved(x), moved(y))])


@right("5.7d")
def _(X, Y, k, order):
    both = torch.cat([X, Y]).flatten(1)
    moved = torch.empty_like(both)
    for n in range(both.shape[1]):
        moved[:, n] = both[:, int(order[n])]
    moved = moved.reshape(-1, *X.shape[1:])
    return [torch.tensor(_error(X, Y, k)), torch.tensor(_error(moved[: len(X)], moved[len(X) :], k))]


@right("5.7d")
def _(image, target, size, permutation):
    w = image.shape[2]
    rows, columns = permutation // w, permutation % w

    def shuffled(A):
        return A[:, rows, columns].unflatten(1, A.shape[1:])

    pairs = (image, target), (shuffled(image), shuffled(target))
    return tuple(_error(a, b, size) for a, b in pairs)


def _moved(A, order):
    return A.flatten(1)[:, order].reshape(A.shape)


@wrong("5.7d", "shuffles X only")
def _(X, Y, k, order):
    return _error(X, Y, k), _error(_moved(X, order), Y, k)


@wrong("5.7d", "shuffles Y only")
def _(X, Y, k, order):
    return _error(X, Y, k), _error(X, _moved(Y, order), k)


@wrong("5.7d", "moves pixel n to position order[n], the inverse permutation")
def _(X, Y, k, order):
    back = order.argsort()
    return _error(X, Y, k), _error(_moved(X, back), _moved(Y, back), k)


@wrong("5.7d", "shuffles X by the order and Y by its inverse")
def _(X, Y, k, order):
    return _error(X, Y, k), _error(_moved(X, order), _moved(Y, order.argsort()), k)


@wrong("5.7d", "returns the error after first")
def _(X, Y, k, order):
    return _error(_moved(X, order), _moved(Y, order), k), _error(X, Y, k)


@wrong("5.7d", "shuffles the finished windows, so every pixel keeps its neighbors")
def _(X, Y, k, order):
    return _error(X, Y, k), _best(_windows(X, k)[order], Y.flatten(1).T[order]).item()


@wrong("5.7d", "draws a permutation of its own")
def _(X, Y, k, order):
    generator = torch.Generator().manual_seed(7)
    own = torch.randperm(len(order), generator=generator)
    return _error(X, Y, k), _error(_moved(X, own), _moved(Y, own), k)


@wrong("5.7d", "counts the pixels column by column")
def _(X, Y, k, order):
    X2 = _moved(X.transpose(1, 2), order).transpose(1, 2)
    Y2 = _moved(Y.transpose(1, 2), order).transpose(1, 2)
    return _error(X, Y, k), _error(X2, Y2, k)


@wrong("5.7d", "always takes a 3×3 kernel")
def _(X, Y, k, order):
    return _error(X, Y, 3), _error(_moved(X, order), _moved(Y, order), 3)


@wrong("5.7d", "compares a 1×1 with a k×k kernel and shuffles nothing")
def _(X, Y, k, order):
    return _error(X, Y, 1), _error(X, Y, k)


@wrong("5.7d", "returns only the error after the shuffling")
def _(X, Y, k, order):
    return _error(_moved(X, order), _moved(Y, order), k)


@wrong("5.7d", "computes the shuffled images and then fits the old ones again")
def _(X, Y, k, order):
    X2, Y2 = _moved(X, order), _moved(Y, order)
    assert X2.shape == X.shape and Y2.shape == Y.shape
    return _error(X, Y, k), _error(X, Y, k)


@wrong("5.7d", "reshapes to (h·w, channels) without permute and shuffles these rows")
def _(X, Y, k, order):
    X2 = X.reshape(-1, len(X))[order].reshape(X.shape)
    Y2 = Y.reshape(-1, len(Y))[order].reshape(Y.shape)
    return _error(X, Y, k), _error(X2, Y2, k)


@wrong("5.7d", "keeps the kernel fitted before the shuffling and only measures it anew")
def _(X, Y, k, order):
    A = torch.cat([_windows(X, k), torch.ones(X[0].numel(), 1)], dim=1)
    S = torch.linalg.lstsq(A, Y.flatten(1).T).solution
    A2 = torch.cat([_windows(_moved(X, order), k), torch.ones(X[0].numel(), 1)], dim=1)
    return _error(X, Y, k), F.mse_loss(A2 @ S, _moved(Y, order).flatten(1).T).item()


@wrong("5.7d", "returns the ratios of the two errors, not the errors")
def _(X, Y, k, order):
    before, after = _error(X, Y, k), _error(_moved(X, order), _moved(Y, order), k)
    return after / before, before / after


@wrong("5.7d", "shuffles the images it was given in place")
def _(X, Y, k, order):
    before = _error(X, Y, k)
    X.copy_(_moved(X, order))
    Y.copy_(_moved(Y, order))
    return before, _error(X, Y, k)


@wrong("5.7a", "fits the weights of each channel to itself and leaves the others at 0")
def _(X, Y):
    W, b = torch.zeros(len(Y), len(X)), torch.zeros(len(Y))
    for o in range(min(len(X), len(Y))):
        S = torch.linalg.lstsq(_samples(X[o : o + 1]), Y[o].reshape(-1, 1)).solution[:, 0]
        W[o, o], b[o] = S[0], S[1]
    return W, b


@wrong("5.6b", "throws away the pooling layer and scores every crop in steps of 1")
def _(net, crop, image):
    body = nn.Sequential(*[copy.deepcopy(layer) for layer in net[:-2] if "Pool" not in type(layer).__name__])
    c, h, w = _shape_after(net[:-2], crop, image)
    return F.conv2d(body(image[None]), net[-1].weight.reshape(-1, c, h, w), net[-1].bias)[0]
