"""The ideal bound and the compulsory bytes, against the published table for KWS."""

import dataclasses

import pytest

from racelet.golden.dwcpwc.config import PRESETS
from racelet.golden.dwcpwc.ideal import ideal_cycles, peak_macs
from racelet.golden.dwcpwc.shape import LayerShape
from racelet.golden.dwcpwc.traffic import compulsory_bytes

SEPARABLE = LayerShape(
    kind="fused",
    height=25,
    width=5,
    channels=64,
    out_height=25,
    out_width=5,
    out_channels=64,
    kernel_rows=3,
    kernel_columns=3,
)
KWS = [
    LayerShape(
        kind="convolution",
        height=49,
        width=10,
        channels=1,
        out_height=25,
        out_width=5,
        out_channels=64,
        kernel_rows=10,
        kernel_columns=4,
        stride=2,
    ),
    *[SEPARABLE] * 4,
    LayerShape(
        kind="average_pool",
        height=25,
        width=5,
        channels=64,
        out_height=1,
        out_width=1,
        out_channels=64,
        kernel_rows=25,
        kernel_columns=5,
    ),
    LayerShape(kind="fully_connected", height=1, width=1, channels=64, out_height=1, out_width=1, out_channels=12),
]


@pytest.mark.parametrize(
    ("preset", "cycles", "multipliers"),
    [("tiny", 148_640, 25), ("small", 37_384, 73), ("medium", 37_384, 82), ("large", 9_760, 328)],
)
def test_kws_has_the_ideal_cycles_of_the_table(preset: str, cycles: int, multipliers: int) -> None:
    assert sum(ideal_cycles(shape, PRESETS[preset]) for shape in KWS) == cycles
    assert PRESETS[preset].multipliers == multipliers


def test_stride_two_fills_two_rows() -> None:
    shape = LayerShape(
        kind="fused",
        height=48,
        width=48,
        channels=16,
        out_height=24,
        out_width=24,
        out_channels=32,
        kernel_rows=3,
        kernel_columns=3,
        stride=2,
    )
    assert ideal_cycles(shape, PRESETS["small"]) == 24 * 24 * 16 + (2 * 48 + 3) * 2 + 24


def test_the_peak_of_columns_is_a_beat_in_as_many_cycles_as_bits_of_activations_and_weights() -> None:
    config = dataclasses.replace(PRESETS["large"], engine="imc")
    assert peak_macs(config) - config.multipliers == 16 * 16 // (8 * 8)


def test_a_slow_engine_asks_for_its_cycles_of_every_beat() -> None:
    beats = 25 * 5 * 8 * 8
    rest = ideal_cycles(SEPARABLE, PRESETS["small"]) - beats
    serial, bitlet = (dataclasses.replace(PRESETS["small"], engine=engine) for engine in ("serial", "bitlet"))
    assert ideal_cycles(SEPARABLE, serial) == 8 * beats + rest
    assert ideal_cycles(SEPARABLE, bitlet) == 6 * beats + rest
    assert ideal_cycles(SEPARABLE, bitlet, 5.5) == 5.5 * beats + rest


@pytest.mark.parametrize("preset", PRESETS)
def test_the_peak_is_one_mac_for_each_multiplier_or_for_eight_ands(preset: str) -> None:
    config = PRESETS[preset]
    serial = dataclasses.replace(config, engine="serial")
    assert peak_macs(config) == config.multipliers
    assert peak_macs(serial) - serial.multipliers == (config.multipliers - serial.multipliers) / 8


def test_kws_has_the_compulsory_bytes_of_the_table() -> None:
    assert compulsory_bytes(KWS) == 27_810


def test_kws_has_its_multiplications() -> None:
    # MLPerf Tiny: 2.66 million, of which the four depthwise layers do 11 %.
    assert sum(shape.macs for shape in KWS) == 320_000 + 4 * (72_000 + 512_000) + 768
