"""Recorded steps: on a GPU against steps as they are; without one, with a stand-in that records as CUDA graphs do."""

import contextlib

import pytest
import torch
from torch import nn

from d2l_helpers import lenet, train6
from d2l_helpers._cuda_graph import Recorded, recordable


class StandIn:
    """CUDA's recording on a CPU: what is recorded leaves no trace, and each replay reads and writes the same memory."""

    def __init__(self, net):
        self.net, self.replays, self.recording = net, 0, None

    def wait_stream(self, other):
        pass

    @contextlib.contextmanager
    def graph(self, graph):
        before = [parameter.detach().clone() for parameter in self.net.parameters()]
        yield
        with torch.no_grad():
            for parameter, value in zip(self.net.parameters(), before, strict=True):
                parameter.copy_(value)

    def replay(self):
        self.replays += 1
        self.recorded._answer.copy_(self.recorded._step(self.recorded._X, self.recorded._y))


@pytest.fixture
def stand_in(monkeypatch):
    """A function that puts the stand-in in CUDA's place for a network."""

    def replace(net):
        fake = StandIn(net)
        monkeypatch.setattr(torch.cuda, "Stream", lambda: fake)
        monkeypatch.setattr(torch.cuda, "current_stream", lambda: fake)
        monkeypatch.setattr(torch.cuda, "stream", lambda stream: contextlib.nullcontext())
        monkeypatch.setattr(torch.cuda, "CUDAGraph", lambda: fake)
        monkeypatch.setattr(torch.cuda, "graph", fake.graph)
        return fake

    return replace


def small_step(net):
    sgd = torch.optim.SGD(net.parameters(), lr=0.5)

    def step(X, y):
        sgd.zero_grad()
        loss = nn.functional.cross_entropy(net(X), y)
        loss.backward()
        sgd.step()
        return torch.stack((loss.detach(), y.sum()))

    return step


def batches(*sizes):
    generator = torch.Generator().manual_seed(0)
    return [(torch.randn(n, 4, generator=generator), torch.randint(3, (n,), generator=generator)) for n in sizes]


def small_net():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 3))


def test_recorded_steps_do_what_plain_steps_do(stand_in):
    plain, net = small_net(), small_net()
    fake = stand_in(net)
    recorded = fake.recorded = Recorded(small_step(net))
    data = batches(8, 8, 8, 8, 8, 5, 8, 3)
    expected = [small_step(plain)(X, y) for X, y in data]
    answers = [recorded(X, y) for X, y in data]
    for got, want in zip(answers, expected, strict=True):
        torch.testing.assert_close(got, want)
    torch.testing.assert_close(net[0].weight, plain[0].weight)
    assert fake.replays == 3  # three ran as they were, two had another size


def test_what_cannot_be_recorded_runs_as_it_is(stand_in, monkeypatch):
    plain, net = small_net(), small_net()
    stand_in(net)

    @contextlib.contextmanager
    def refuse(graph):
        raise RuntimeError("operation not permitted when stream is capturing")
        yield

    monkeypatch.setattr(torch.cuda, "graph", refuse)
    recorded, data = Recorded(small_step(net)), batches(8, 8, 8, 8, 8)
    for X, y in data:
        torch.testing.assert_close(recorded(X, y), small_step(plain)(X, y))
    torch.testing.assert_close(net[0].weight, plain[0].weight)


def test_only_steps_that_are_always_the_same_are_recorded():
    class Mine(nn.Module):
        def forward(self, X):
            return X

    cuda, net = torch.device("cuda"), lenet()
    sgd = torch.optim.SGD(net.parameters(), lr=0.9)
    assert recordable(net, sgd, cuda)
    assert not recordable(net, sgd, torch.device("cpu"))
    assert not recordable(net, torch.optim.Adam(net.parameters()), cuda)
    assert not recordable(nn.Sequential(net, Mine()), sgd, cuda)
    net[0].register_forward_hook(lambda *_: None)
    assert not recordable(net, sgd, cuda)


@pytest.mark.parametrize("device", ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"])
def test_lenet_trains_as_in_a_plain_loop(device, capsys):
    generator = torch.Generator().manual_seed(0)
    data = [
        (torch.rand(n, 1, 28, 28, generator=generator), torch.randint(10, (n,), generator=generator))
        for n in [32] * 9 + [7]
    ]
    torch.manual_seed(0)
    ours, plain = lenet(), lenet().to(device)
    plain.load_state_dict(ours.state_dict())
    history = train6(ours, data, data, 2, 0.5, device, init=None)
    step = small_step(plain)
    expected = [step(X.to(device), y.to(device))[0].item() for _ in range(2) for X, y in data]
    torch.testing.assert_close(history.batch_loss, expected, rtol=1e-4, atol=1e-4)
    for a, b in zip(ours.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-3, atol=1e-4)
