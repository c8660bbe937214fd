"""What torch accepts and has a meaning works and agrees with torch, large input too, for every helper that takes tensors.

Decided here, function by function: which dtypes are taken, and that NaN and infinity pass through as torch lets them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

import d2l_helpers as h
from tests.support.bad_input_rows import ROWS

FLOATS = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
INTEGERS = (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64)
NUMBERS = (*FLOATS, *INTEGERS, torch.complex64, torch.complex128)
ANY = (*NUMBERS, torch.bool)


@dataclass
class Case:
    """Ours, torch's, the tensors by name, the settings, and the dtypes that are taken."""

    ours: Callable
    torchs: Callable
    tensors: dict[str, Tensor]
    settings: dict
    dtypes: tuple[torch.dtype, ...] = NUMBERS

    def answer(self, function: Callable, **changed: Tensor) -> Tensor:
        return function(**self.tensors | changed, **self.settings)


def case(name: str, torchs: Callable, dtypes=NUMBERS, **settings) -> Case:
    """The good call of that row, with small whole numbers, which every dtype holds exactly."""
    good = ROWS[name].good | settings
    tensors = {key: value for key, value in good.items() if isinstance(value, Tensor)}
    tensors = {key: value.mul(2).round() if value.is_floating_point() else value for key, value in tensors.items()}
    settings = {key: value for key, value in good.items() if key not in tensors}
    return Case(getattr(h, name), torchs, tensors, settings, dtypes)


def correlated(X, K, **settings):
    return F.conv2d(X[None, None], K[None, None], **settings)[0, 0]


def unpooled(Y, indices, output_size):
    flat = Y.new_zeros(output_size[0] * output_size[1])
    return flat.scatter(0, indices.flatten(), Y.flatten()).reshape(output_size)


def convolution_matrix(K, input_size, **settings):
    """Column by column: what the convolution makes of each picture with a single 1."""
    pictures = torch.eye(input_size[0] * input_size[1], dtype=K.dtype).reshape(-1, 1, *input_size)
    return F.conv2d(pictures, K[None, None], **settings).flatten(1).T


def interpolated(mode):
    def torchs(X, scale_factor, **corners):
        if X.is_complex():  # torch has none of these
            return torch.complex(torchs(X.real, scale_factor), torchs(X.imag, scale_factor))
        return F.interpolate(X[None], scale_factor=scale_factor, mode=mode, **corners)[0]

    return torchs


CASES = {
    "corr2d": case("corr2d", correlated, padding=(1, 2), stride=2),
    "conv2d": case("conv2d", lambda X, K, **s: correlated(X, K.flip(0, 1), **s), dilation=(2, 1)),
    "corr2d_multi_in": case("corr2d_multi_in", lambda X, K, **s: F.conv2d(X[None], K[None], **s)[0, 0], padding=1),
    "corr2d_multi_in_out": case("corr2d_multi_in_out", lambda X, K, **s: F.conv2d(X[None], K, **s)[0], stride=(2, 1)),
    "corr2d_multi_in_out_1x1": case("corr2d_multi_in_out_1x1", lambda X, K: F.conv2d(X[None], K)[0]),
    "pool2d max": case(
        "pool2d", lambda X, pool_size, mode, **s: F.max_pool2d(X[None], pool_size, **s)[0], (*FLOATS, *INTEGERS)
    ),
    "pool2d avg": case(
        "pool2d", lambda X, pool_size, mode, **s: F.avg_pool2d(X[None], pool_size, **s)[0], FLOATS, mode="avg"
    ),
    "max_unpool2d": case("max_unpool2d", unpooled),
    "trans_conv": case(
        "trans_conv",
        lambda X, K, **s: F.conv_transpose2d(X[None, None], K[None, None], **s)[0, 0],
        padding=1,
        stride=(2, 3),
        output_padding=(1, 2),
    ),
    "kernel2matrix": case("kernel2matrix", convolution_matrix, padding=(1, 0), stride=2),
    "upsample_nearest": case("upsample_nearest", interpolated("nearest"), ANY),
    "upsample_bilinear": case("upsample_bilinear", interpolated("bilinear"), FLOATS),
    "upsample_trilinear": case("upsample_trilinear", interpolated("trilinear"), FLOATS),
    "pixel_shuffle": case("pixel_shuffle", lambda X, r: F.pixel_shuffle(X, r), ANY),
    "pixel_unshuffle": case("pixel_unshuffle", lambda X, r: F.pixel_unshuffle(X, r), ANY),
}
each = pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in CASES.items()])


def floats_of(case: Case) -> dict[str, Tensor]:
    return {name: value for name, value in case.tensors.items() if value.is_floating_point()}


def test_every_helper_that_takes_tensors_has_a_case():
    taking = {name for name, row in ROWS.items() if name.islower() and row.good.get("X", row.good.get("K")) is not None}
    assert taking | {"max_unpool2d"} == {name.split()[0] for name in CASES} | {"comp_conv2d"}


@pytest.mark.parametrize(
    ("case", "dtype"),
    [pytest.param(case, dtype, id=f"{name} {dtype}") for name, case in CASES.items() for dtype in case.dtypes],
)
def test_the_dtype_stays_and_the_numbers_are_torchs(case, dtype):
    given = {name: value.abs().to(dtype) for name, value in floats_of(case).items()}  # no negatives: some dtypes have none
    wide = {name: value.to(torch.complex128 if dtype.is_complex else torch.float64) for name, value in given.items()}
    Y, expected = case.answer(case.ours, **given), case.answer(case.torchs, **wide)
    assert Y.dtype == dtype
    rounding = 4 * torch.finfo(dtype).eps if dtype in FLOATS else 0
    torch.testing.assert_close(Y.to(expected.dtype), expected, rtol=rounding, atol=rounding)


def strided(X: Tensor) -> Tensor:
    return torch.stack([X, X + 1], dim=-1)[..., 0]


def turned(X: Tensor) -> Tensor:
    return X.transpose(0, -1).contiguous().transpose(0, -1)


def offset(X: Tensor) -> Tensor:
    return torch.cat([X.flatten()[:1], X.flatten()])[1:].view(X.shape)


def channels_last(X: Tensor) -> Tensor:
    return X.to(memory_format=torch.channels_last) if X.dim() == 4 else turned(X)


@each
@pytest.mark.parametrize("view", [strided, turned, offset, channels_last])
def test_views_give_what_copies_give(case, view):
    views = {name: view(value) for name, value in case.tensors.items()}
    torch.testing.assert_close(case.answer(case.ours, **views), case.answer(case.ours), rtol=0, atol=1e-14)


@each
def test_a_row_repeated_without_memory_is_a_row_repeated(case):
    repeated = {name: value[:1].expand(value.shape) for name, value in floats_of(case).items()}
    copies = {name: value.contiguous() for name, value in repeated.items()}
    torch.testing.assert_close(case.answer(case.ours, **repeated), case.answer(case.ours, **copies), rtol=0, atol=1e-14)


@each
def test_gradients_are_torchs(case):
    given = {name: value.clone().requires_grad_() for name, value in floats_of(case).items()}
    ours, torchs = (case.answer(function, **given) for function in (case.ours, case.torchs))
    upstream = torch.randn(ours.shape, generator=torch.Generator().manual_seed(0), dtype=ours.dtype)
    gradients = [torch.autograd.grad(Y, list(given.values()), upstream) for Y in (ours, torchs)]
    torch.testing.assert_close(*gradients)


@each
def test_no_gradient_is_kept_where_none_is_wanted(case):
    given = {name: value.clone().requires_grad_() for name, value in floats_of(case).items()}
    with torch.no_grad():
        assert not case.answer(case.ours, **given).requires_grad
    with torch.inference_mode():
        torch.testing.assert_close(case.answer(case.ours), case.answer(case.torchs))


@each
@pytest.mark.parametrize("strange", [float("nan"), float("inf"), -float("inf")])
def test_nan_and_infinity_pass_through(case, strange):
    """As torch lets them; beside an infinite pixel interpolation gives NaN, where torch gives infinity or NaN."""
    for name, value in floats_of(case).items():
        flat = value.flatten().clone()
        flat[len(flat) // 2] = strange
        changed = {name: flat.reshape(value.shape)}
        Y, expected = case.answer(case.ours, **changed), case.answer(case.torchs, **changed)
        if case.ours is h.kernel2matrix:  # torch has none: the number stands where its kernel cell stands
            changed[name] = value.masked_fill(changed[name] == value, 0).masked_fill(changed[name] != value, 1)
            assert torch.equal(Y.isfinite(), case.answer(case.torchs, **changed) == 0)
            continue
        assert torch.equal(Y.isfinite(), expected.isfinite())
        torch.testing.assert_close(Y[Y.isfinite()], expected[Y.isfinite()])
        if case.ours not in (h.upsample_bilinear, h.upsample_trilinear):
            torch.testing.assert_close(Y, expected, equal_nan=True)


@each
@pytest.mark.parametrize("whole", [np.int64, torch.tensor], ids=["numpy", "torch"])
def test_whole_numbers_of_other_libraries_are_taken(case, whole):
    def converted(value):
        if isinstance(value, tuple):
            return [whole(number) for number in value]  # a list is a pair too
        return whole(value) if type(value) is int else value

    settings = {name: converted(value) for name, value in case.settings.items()}
    assert torch.equal(case.ours(**case.tensors, **settings), case.answer(case.ours))


@pytest.mark.parametrize(
    "name", ["upsample_nearest", "upsample_bilinear", "upsample_trilinear", "pixel_shuffle", "pixel_unshuffle"]
)
@pytest.mark.parametrize("front", [(0,), (0, 3), (2, 0)])
def test_a_batch_of_none_stays_one(name, front):
    case = CASES[name]
    X = case.tensors["X"]
    shape = X.shape[-3:] if name != "upsample_bilinear" else X.shape[-2:]
    Y = case.answer(case.ours, X=X.new_zeros(*front, *shape))
    whole = case.answer(case.ours, X=X.new_zeros(1, *shape))
    assert Y.shape == (*front, *whole.shape[1:]) and Y.dtype == X.dtype


def test_a_layer_moves_to_any_float():
    layer, X = h.Conv2D((2, 3)), torch.randn(5, 6, dtype=torch.float64)
    for dtype in FLOATS:
        Y = layer.to(dtype)(X.to(dtype))
        assert Y.dtype == dtype and Y.requires_grad
    Y.sum().backward()
    assert layer.weight.grad.shape == (2, 3) and layer.bias.grad.item() == Y.numel()


def test_a_single_cell_is_a_picture():
    X = torch.tensor([[3.0]])
    assert h.corr2d(X, X).tolist() == h.trans_conv(X, X).tolist() == h.kernel2matrix(X, 1).mul(3).tolist() == [[9]]
    assert h.pool2d(X, 1).tolist() == h.max_unpool2d(X, torch.tensor([[0]]), 1).tolist() == [[3]]


# Large input is no error. What does not fit into memory, PyTorch says.


def test_an_enlargement_may_have_more_than_100_million_pixels():
    X = torch.rand(1, 1, 5008, 5008, dtype=torch.bfloat16)
    Y = h.upsample_bilinear(X, 2)
    assert Y.shape == (1, 1, 10_016, 10_016)
    expected = F.interpolate(X[..., -9:, -9:].double(), scale_factor=2, mode="bilinear")[..., 2:, 2:]
    torch.testing.assert_close(Y[..., -16:, -16:].double(), expected, rtol=0.02, atol=0.02)


def test_padding_dilation_and_stride_may_be_far_larger_than_the_input():
    X, K = torch.ones(2, 2), torch.ones(1, 1)
    Y = h.corr2d(X, K, padding=2000)
    assert Y.shape == (4002, 4002) and Y.sum() == Y[2000:2002, 2000:2002].sum() == 4
    assert h.trans_conv(X, X, stride=2000, dilation=1500).nonzero()[1].tolist() == [0, 1500]
    for stride in (9, 2**31 - 1):
        assert h.corr2d(X, X, stride=stride).tolist() == [[4]] and h.pool2d(X, 1, stride=stride).tolist() == [[1]]


def test_a_pooling_window_may_be_large():
    X = torch.arange(1600.0).reshape(40, 40)
    assert h.pool2d(X, 40).tolist() == [[1599]]
    assert h.pool2d(X, (2, 60), padding=(0, 30)).shape == (39, 41)


def test_a_convolution_matrix_may_be_large():
    M = h.kernel2matrix(torch.ones(3, 3), (70, 80), padding=1)
    assert M.shape == (5600, 5600) and M[40].sum() == 6 and M[2840].sum() == 9
