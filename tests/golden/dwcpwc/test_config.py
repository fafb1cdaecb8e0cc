"""Every field of the config is checked, and every sentence names field, range and value."""

import dataclasses
import re
from typing import Any

import pytest

from racelet.golden.dwcpwc.config import PRESETS, DwcPwcConfig, Reads


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("input_lanes", 6, "DwcPwcConfig.input_lanes must be one of 4, 8, 16, 32, not 6"),
        ("output_lanes", 64, "DwcPwcConfig.output_lanes must be one of 4, 8, 16, 32, not 64"),
        ("depthwise_lanes", 16, "DwcPwcConfig.depthwise_lanes must be one of 1, 2, 4, 8 (input_lanes=8), not 16"),
        (
            "requantizers",
            3,
            "DwcPwcConfig.requantizers must be one of 1, 2, 4, 8 (input_lanes=8, output_lanes=8), not 3",
        ),
        ("tile_pixels", 0, "DwcPwcConfig.tile_pixels must be in 1..64, not 0"),
        ("tile_bytes", 4090, "DwcPwcConfig.tile_bytes must be in 64..65536 and a multiple of 8, not 4090"),
        (
            "weight_beat_bytes",
            2,
            "DwcPwcConfig.weight_beat_bytes must be one of 4, 8, 16, 32, 64 (input_lanes=8, output_lanes=8), not 2",
        ),
        ("weight_bytes", 1000, "DwcPwcConfig.weight_bytes must be in 256..4194304 and a multiple of 64, not 1000"),
        (
            "activation_bytes",
            5000,
            "DwcPwcConfig.activation_bytes must be in 576..9437184 and a multiple of 72, not 5000",
        ),
        ("channels", 8, "DwcPwcConfig.channels must be in 16..65536, not 8"),
        ("depthwise_channels", 70_000, "DwcPwcConfig.depthwise_channels must be in 16..65536, not 70000"),
        ("layers", 257, "DwcPwcConfig.layers must be in 1..256, not 257"),
        ("bandwidth", 16, "DwcPwcConfig.bandwidth must be one of 1, 2, 4, 8 (input_lanes=8), not 16"),
        ("bandwidth", 3, "DwcPwcConfig.bandwidth must be one of 1, 2, 4, 8 (input_lanes=8), not 3"),
        ("engine", "analog", "DwcPwcConfig.engine must be one of parallel, serial, bitlet, imc, not analog"),
        ("store", "disk", "DwcPwcConfig.store must be one of bram, stream, racetrack, not disk"),
        ("store_ports", 12, "DwcPwcConfig.store_ports must be one of 1, 2, 4, 8, 16, 32, not 12"),
        ("store_words_per_port", 16, "DwcPwcConfig.store_words_per_port must be one of 1, 2, 4, 8, not 16"),
        ("store_reads", "random", "DwcPwcConfig.store_reads must be one of naive, buffer, serpentine, not random"),
    ],
)
def test_a_value_out_of_range_is_named(field: str, value: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        DwcPwcConfig(**{field: value})


def test_a_beat_of_weights_holds_whole_rows_for_bitlet() -> None:
    sentence = (
        "DwcPwcConfig.weight_beat_bytes must be at least input_lanes=8 for engine=bitlet (the digits of a row of "
        "weights are counted when it is loaded), not 4"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        DwcPwcConfig(engine="bitlet", weight_beat_bytes=4)


def test_weights_for_which_there_are_too_few_tracks_are_named() -> None:
    sentence = (
        "DwcPwcConfig.weight_bytes must be at most 131072 for store=racetrack (256 tracks for each of "
        "weight_beat_bytes=16, with store_ports=32 * store_words_per_port=1 weights), not 229376"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        DwcPwcConfig(store="racetrack", store_words_per_port=1)
    DwcPwcConfig(store="racetrack", store_words_per_port=1, weight_bytes=131072)
    DwcPwcConfig(store_words_per_port=1)


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("reads", ["naive", "buffer", "serpentine"])
def test_every_preset_can_have_its_weights_on_tracks(preset: str, reads: Reads) -> None:
    words = {"store_words_per_port": 8} if preset == "tiny" else {}
    config = dataclasses.replace(PRESETS[preset], store="racetrack", store_reads=reads, **words)
    tracks = config.store_tracks
    beats = tracks.tracks * tracks.ports * tracks.words_per_port
    assert beats * config.weight_beat_bytes >= config.weight_bytes
    assert config.store_row_beats == (tracks.ports if reads == "serpentine" else 1)


@pytest.mark.parametrize("value", [8.0, "8", True, None])
def test_a_value_of_the_wrong_kind_is_named(value: Any) -> None:
    with pytest.raises(TypeError, match=r"DwcPwcConfig\.input_lanes must be int, not"):
        DwcPwcConfig(input_lanes=value)


def test_presets_keep_a_set_of_weights_for_no_longer_than_a_tile() -> None:
    assert all(config.set_beats <= config.tile_pixels for config in PRESETS.values())
