"""Descriptors: every field of every kind comes back, and what a kind reads comes first."""

import numpy as np
import pytest

from racelet.golden.dwcpwc.layer_config import (
    DESCRIPTOR_WORDS,
    OTHER_FIELDS,
    SIGNED,
    LayerConfig,
    LayerKind,
    field_bits,
)
from racelet.golden.dwcpwc.memories import unpack_fields


def random_layer(kind: LayerKind, rng: np.random.Generator) -> LayerConfig:
    fields = {}
    for name, (_, width) in field_bits(kind).items():
        value = int(rng.integers(1 << width))
        fields[name] = value - (1 << width) * (name in SIGNED and value >= 1 << width - 1)
    return LayerConfig(**fields | {"kind": kind})


@pytest.mark.parametrize("kind", LayerKind)
def test_fields_that_are_not_overlaid_come_back(kind: LayerKind) -> None:
    layer = random_layer(kind, np.random.default_rng(kind))
    found = unpack_fields(layer.pack())
    bits = field_bits(kind)
    others = OTHER_FIELDS.get(kind, {})
    ends = [offset + width for name, (offset, width) in bits.items() if name in others]
    for name, (offset, _) in bits.items():
        if name in others or not others or offset < bits["words"][0] or offset >= max(ends):
            assert found[name] == getattr(layer, name), name


@pytest.mark.parametrize("kind", [LayerKind.LOAD, LayerKind.STORE])
def test_a_transfer_is_told_by_eleven_words(kind: LayerKind) -> None:
    layer = LayerConfig(kind=kind, outside_address=(1 << 32) - 1, outside_beats=(1 << 32) - 1)
    assert layer.words_read == 11 < DESCRIPTOR_WORDS
    words = [*layer.pack()[:11], *[0] * (DESCRIPTOR_WORDS - 11)]
    found = unpack_fields(words)
    assert found["outside_address"] == found["outside_beats"] == (1 << 32) - 1
    assert found["source_address"] == 0
    with pytest.raises(ValueError, match=r"LayerConfig\.outside_beats must be in 0..4294967295, not 4294967296"):
        LayerConfig(kind=kind, outside_beats=1 << 32)
