"""LeNet: as the book publishes it, and the same layers with today's parts."""

from __future__ import annotations

from torch import nn


def lenet() -> nn.Sequential:
    """LeNet with sigmoids and average pooling: (N, 1, 28, 28) → logits (N, 10); 61,706 parameters.

    Source: LeCun et al. 1998, "Gradient-based learning applied to document recognition", in the simplified form of d2l,
    "Convolutional Neural Networks (LeNet)".
    """
    return nn.Sequential(
        nn.Conv2d(1, 6, kernel_size=5, padding=2), nn.Sigmoid(),
        nn.AvgPool2d(kernel_size=2, stride=2),
        nn.Conv2d(6, 16, kernel_size=5), nn.Sigmoid(),
        nn.AvgPool2d(kernel_size=2, stride=2),
        nn.Flatten(),
        nn.Linear(16 * 5 * 5, 120), nn.Sigmoid(),
        nn.Linear(120, 84), nn.Sigmoid(),
        nn.Linear(84, 10),
    )  # fmt: skip


def modern_lenet() -> nn.Sequential:
    """LeNet's convolutions and dense layers with ReLU, max pooling and batch normalisation: (N, 1, 28, 28) → (N, 10).

    The normalisation learns no scale or shift of its own, so the parameters are LeNet's: 61,706.
    Source of the parts: Ioffe & Szegedy 2015 (batch normalisation), Krizhevsky et al. 2012 (ReLU).
    """
    return nn.Sequential(
        nn.Conv2d(1, 6, kernel_size=5, padding=2), nn.BatchNorm2d(6, affine=False), nn.ReLU(),
        nn.MaxPool2d(kernel_size=2, stride=2),
        nn.Conv2d(6, 16, kernel_size=5), nn.BatchNorm2d(16, affine=False), nn.ReLU(),
        nn.MaxPool2d(kernel_size=2, stride=2),
        nn.Flatten(),
        nn.Linear(16 * 5 * 5, 120), nn.BatchNorm1d(120, affine=False), nn.ReLU(),
        nn.Linear(120, 84), nn.BatchNorm1d(84, affine=False), nn.ReLU(),
        nn.Linear(84, 10),
    )  # fmt: skip
