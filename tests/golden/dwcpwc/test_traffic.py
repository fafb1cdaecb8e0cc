"""The bytes that cross the chip's edge, against the published numbers of two networks."""

from pathlib import Path

import pytest

from racelet.golden.dwcpwc.shape import LayerShape
from racelet.golden.dwcpwc.traffic import compulsory_bytes, unfused_bytes
from racelet.nn.layers import build_network
from racelet.nn.tflite import read_tflite

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
"""Networks that are not part of this repository, where a machine has them."""


@pytest.mark.parametrize(
    ("file", "compulsory", "unfused"),
    [("kws/kws_ref_model.tflite", 27_810, 163_874), ("vww/vww_96_int8.tflite", 260_404, 721_460)],
)
def test_networks_of_mlperf_tiny_move_the_published_bytes(file: str, compulsory: int, unfused: int) -> None:
    if not (DATA / file).is_file():
        pytest.skip(f"{file} is not on this machine; README.md says where it comes from")
    shapes = build_network(read_tflite(DATA / file)).shapes
    assert (compulsory_bytes(shapes), unfused_bytes(shapes)) == (compulsory, unfused)


def test_a_fused_layer_counts_as_its_two_operators() -> None:
    size = {"height": 12, "width": 10, "out_height": 6, "out_width": 5}
    window = {"kernel_rows": 3, "kernel_columns": 3, "stride": 2}
    fused = LayerShape(kind="fused", channels=8, out_channels=24, **size, **window)
    depthwise = LayerShape(kind="depthwise", channels=8, out_channels=8, **size, **window)
    pointwise = LayerShape(
        kind="convolution", height=6, width=5, channels=8, out_height=6, out_width=5, out_channels=24
    )
    assert unfused_bytes([fused]) == unfused_bytes([depthwise, pointwise])
    assert unfused_bytes([depthwise]) == 12 * 10 * 8 + 6 * 5 * 8 + 9 * 8 + 9 * 8


def test_a_pooling_is_not_counted() -> None:
    pooling = LayerShape(
        kind="average_pool",
        height=6,
        width=5,
        channels=8,
        out_height=1,
        out_width=1,
        out_channels=8,
        kernel_rows=6,
        kernel_columns=5,
    )
    assert unfused_bytes([pooling]) == 0
