"""Random descriptors that are not refused."""

import dataclasses
from collections.abc import Container

from numpy.random import Generator

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import COUNTS, DOT_KINDS, SIGNED, LayerConfig, LayerKind, field_bits

COMPUTING = [kind for kind in LayerKind if kind != LayerKind.STREAM]
"""Kinds of layers."""


def random_descriptor(rng: Generator, config: DwcPwcConfig, kind: LayerKind, *, last: bool = False) -> LayerConfig:
    """A descriptor with something in every field, whether it makes sense or not.

    Parameters
    ----------
    rng : Generator
    config : DwcPwcConfig
    kind : LayerKind
    last : bool

    Returns
    -------
    LayerConfig

    Examples
    --------
    >>> import numpy as np
    >>> layer = random_descriptor(np.random.default_rng(1), DwcPwcConfig(), LayerKind.WORDS)
    >>> 1 <= layer.tile_pixels <= 8, layer.words > 0
    (True, True)
    """
    fields: dict[str, int] = {}
    most = {
        "tile_pixels": config.tile_pixels,
        "last_tile_pixels": config.tile_pixels,
        "tail_lanes": config.input_lanes,
        "tail_groups": config.output_lanes // config.requantizers,
    }
    for name, (_, width) in field_bits(kind).items():
        low = -(1 << width - 1) if name in SIGNED else int(name in COUNTS[kind])
        high = most[name] if name in most and kind in DOT_KINDS else (min(0, low)) + (1 << width) - 1
        fields[name] = int(rng.integers(low, high + 1))
    del fields["kind"]
    return LayerConfig(kind=kind, **fields | {"last": int(last)})


def with_noise(layer: LayerConfig, reads: Container[str], rng: Generator) -> LayerConfig:
    """A layer with something random in every field that a component does not read.

    Parameters
    ----------
    layer : LayerConfig
    reads : container of str
        Fields that stay; its kind always does.
    rng : Generator

    Returns
    -------
    LayerConfig

    Examples
    --------
    >>> import numpy as np
    >>> plain = LayerConfig(kind=LayerKind.ADD, tiles=3)
    >>> layer = with_noise(plain, ("tiles",), np.random.default_rng(1))
    >>> layer.kind == plain.kind, layer.tiles, layer.address > 0
    (True, 3, True)
    """
    noise: dict[str, int] = {}
    for name, (_, width) in field_bits(layer.kind).items():
        if name != "kind" and name not in reads:
            low = -(1 << width - 1) if name in SIGNED else 0
            noise[name] = low + int(rng.integers(1 << width))
    return dataclasses.replace(layer, **noise)
