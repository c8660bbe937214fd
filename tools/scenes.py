"""The scenes, networks, and training of lesson 13, defined as in the lesson: the study "scenes" runs them.

`tests/tools/test_results.py` compares every definition here with the lesson's.
"""

import math
from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional as F

GROUPS = torch.tensor([1, 2, 1, 1, 1, 3, 1, 3, 4, 3])


def ground(number, generator):
    """Clouds and stripes, (number, 64, 64), from 0 to 0.5."""
    clouds = torch.rand(number, 1, 8, 8, generator=generator)
    clouds = F.interpolate(clouds, size=(64, 64), mode="bilinear")[:, 0]
    angle = torch.pi * torch.rand(number, 1, 1, generator=generator)
    period = 4 + 8 * torch.rand(number, 1, 1, generator=generator)
    pixel = torch.arange(64.0)
    along = torch.cos(angle) * pixel[:, None] + torch.sin(angle) * pixel
    stripes = torch.cos(2 * torch.pi * along / period)
    return 0.1 + 0.3 * clouds + 0.1 * stripes


def compose(images, labels, number, seed):
    """Scenes, (number, 1, 64, 64), and their masks, (number, 64, 64), of these images from Fashion-MNIST."""
    generator = torch.Generator().manual_seed(seed)
    members = [torch.nonzero(GROUPS[labels] == c)[:, 0] for c in range(5)]
    X = ground(number, generator)
    Y = torch.zeros(number, 64, 64, dtype=torch.long)
    for scene, mask in zip(X, Y, strict=True):
        for c in torch.randint(1, 5, (4,), generator=generator).tolist():
            choice = torch.randint(len(members[c]), (1,), generator=generator).item()
            garment = images[members[c][choice]] / 255
            top, left = torch.randint(37, (2,), generator=generator).tolist()
            window = slice(top, top + 28), slice(left, left + 28)
            bright = garment > 0.2
            scene[window][bright] = garment[bright]
            mask[window][bright] = c
    return X[:, None], Y


def block(c_i, c_o):
    """A 3×3 convolution, batch normalization, and ReLU."""
    conv = nn.Conv2d(c_i, c_o, 3, padding=1, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(c_o), nn.ReLU())


class Unpooling(nn.Module):
    """Max unpooling and a 3×3 convolution."""

    def __init__(self, c):
        super().__init__()
        self.conv = nn.Conv2d(c, c, 3, padding=1)

    def forward(self, X, indices):
        return self.conv(F.max_unpool2d(X, indices, 2))


def transposed(c):
    """A 4×4 transposed convolution that doubles the size."""
    return nn.ConvTranspose2d(c, c, 4, stride=2, padding=1)


def resize(c):
    """Nearest-neighbor upsampling and a 3×3 convolution."""
    return nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(c, c, 3, padding=1))


def shuffle(c):
    """A 3×3 convolution and a pixel shuffle."""
    return nn.Sequential(nn.Conv2d(c, 4 * c, 3, padding=1), nn.PixelShuffle(2))


class Encoder(nn.Module):
    """Three stages down and a bottleneck: its maps, and those before each pooling with the indices of their maxima."""

    def __init__(self, channels):
        super().__init__()
        steps, last = pairwise((1, *channels)), channels[-1]
        self.stages = nn.ModuleList(block(a, b) for a, b in steps)
        self.bottleneck = nn.Sequential(block(last, last), block(last, last))

    def forward(self, X):
        kept = []
        for stage in self.stages:
            maps = stage(X)
            X, indices = F.max_pool2d(maps, 2, return_indices=True)
            kept.append((maps, indices))
        return self.bottleneck(X), kept


class EncoderDecoder(nn.Module):
    """Scenes → logits of five classes for every pixel."""

    def __init__(self, upsampler, skips, channels=(8, 16, 32)):
        super().__init__()
        self.encoder, self.skips = Encoder(channels), skips
        up = channels[::-1]
        self.upsamplers = nn.ModuleList(upsampler(c) for c in up)
        steps = pairwise((*up, up[-1]))
        self.decoder = nn.ModuleList(block(2 * a if skips else a, b) for a, b in steps)
        self.classify = nn.Conv2d(channels[0], 5, 1)

    def forward(self, X):
        X, kept = self.encoder(X)
        for enlarge, stage in zip(self.upsamplers, self.decoder, strict=True):
            maps, indices = kept.pop()
            X = enlarge(X, indices) if isinstance(enlarge, Unpooling) else enlarge(X)
            X = stage(torch.cat([X, maps], dim=1) if self.skips else X)
        return self.classify(X)


def train(net, X, Y, epochs=4, lr=0.02, batch_size=8):
    """Train with Adam and one cycle of the learning rate; the loss of every batch."""
    optimizer = torch.optim.Adam(net.parameters(), lr=lr)
    steps = epochs * math.ceil(len(X) / batch_size)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, total_steps=steps)
    net.train()
    losses = []
    for _ in range(epochs):
        for chosen in torch.randperm(len(X)).split(batch_size):
            loss = F.cross_entropy(net(X[chosen]), Y[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
    net.eval()
    return losses


@torch.no_grad()
def predict(net, X):
    """The most probable class of every pixel, (N, H, W)."""
    return torch.cat([net(part).argmax(dim=1) for part in X.split(50)])


def iou(predicted, true, c):
    """Intersection over union of class c, nan if it is in neither mask."""
    both = ((predicted == c) & (true == c)).sum().item()
    either = ((predicted == c) | (true == c)).sum().item()
    return both / either if either else math.nan


def at_edges(Y):
    """Which pixels have one of another class among their eight neighbors."""
    largest = F.max_pool2d(Y[:, None].float(), 3, stride=1, padding=1)
    smallest = -F.max_pool2d(-Y[:, None].float(), 3, stride=1, padding=1)
    return (largest != smallest)[:, 0]


@torch.no_grad()
def ripple(net):
    """How much the logits of a flat image vary away from its border, averaged over the classes."""
    logits = net(torch.full((1, 1, 160, 160), 0.25))[0, :, 72:88, 72:88]
    return (logits.amax(dim=(1, 2)) - logits.amin(dim=(1, 2))).mean().item()
