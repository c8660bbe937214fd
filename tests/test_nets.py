"""LeNet: its shapes, its parameters, and that it is the book's."""

import pytest
import torch
from d2l import torch as d2l
from torch import nn

from d2l_helpers import lenet, modern_lenet


@pytest.mark.parametrize("make", [lenet, modern_lenet])
def test_61706_parameters_and_ten_logits(make):
    net = make()
    assert sum(p.numel() for p in net.parameters()) == 61_706
    assert net(torch.rand(2, 1, 28, 28)).shape == (2, 10)


def test_shapes_layer_by_layer():
    X, shapes = torch.rand(1, 1, 28, 28), []
    for layer in lenet():
        X = layer(X)
        if not shapes or shapes[-1] != tuple(X.shape):
            shapes.append(tuple(X.shape))
    assert shapes == [(1, 6, 28, 28), (1, 6, 14, 14), (1, 16, 10, 10), (1, 16, 5, 5), (1, 400), (1, 120), (1, 84), (1, 10)]


def test_computes_what_the_books_does():
    X = torch.rand(3, 1, 28, 28)
    theirs = d2l.LeNet().net
    theirs(X)  # its layers take their shapes from the first input
    ours = lenet()
    ours.load_state_dict(theirs.state_dict())
    torch.testing.assert_close(ours(X), theirs(X))


def test_today_s_parts():
    block = [nn.Conv2d, nn.BatchNorm2d, nn.ReLU, nn.MaxPool2d]
    dense = [nn.Linear, nn.BatchNorm1d, nn.ReLU]
    assert [type(module) for module in modern_lenet()] == [*block, *block, nn.Flatten, *dense, *dense, nn.Linear]
