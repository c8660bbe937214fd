"""Small networks and batches, and the plain loop that train6 must agree with."""

import torch
from torch import nn
from torch.nn import functional as F


def batches(*sizes, seed=0, classes=3):
    generator = torch.Generator().manual_seed(seed)
    return [(torch.randn(n, 4, generator=generator), torch.randint(classes, (n,), generator=generator)) for n in sizes]


def small_net():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))


def plain_loop(net, train_iter, num_epochs, lr):
    """What train6 must do, without anything around it: the loss of each minibatch."""
    losses = []
    optimizer = torch.optim.SGD(net.parameters(), lr=lr)
    for _ in range(num_epochs):
        for X, y in train_iter:
            optimizer.zero_grad()
            loss = F.cross_entropy(net(X), y)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return losses


class Watching(nn.Linear):
    """A layer that notes whether it was in training mode, and whether gradients were kept."""

    def __init__(self):
        super().__init__(4, 3)
        self.seen = []

    def forward(self, X):
        self.seen.append((self.training, torch.is_grad_enabled()))
        return super().forward(X)
