"""Layers for the bench of the window reader that take its counters and addresses to their ends."""

import dataclasses

from numpy.random import Generator

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import FIELDS, LayerConfig, LayerKind

READS = (
    "tiles",
    "tile_pixels",
    "last_tile_pixels",
    "width",
    "source_address",
    "source_row_pitch",
    "source_pixel_pitch",
    "source_height",
    "source_width",
    "source_channels",
    "source_row",
    "source_column",
    "pad_top",
    "pad_left",
    "stride_rows",
    "stride_columns",
    "kernel_rows",
    "kernel_columns",
    "second_offset",
)
"""Fields that the window reader looks at."""


def anywhere(layer: LayerConfig, rng: Generator) -> LayerConfig:
    """A layer whose input lies anywhere, with any pitches: the reader leaves it to others that they make sense."""
    names = ("source_address", "source_row_pitch", "source_pixel_pitch")
    found = {name: int(rng.integers(1 << FIELDS[name])) for name in names}
    return dataclasses.replace(layer, **found)


def far_layers(config: DwcPwcConfig, rng: Generator) -> list[LayerConfig]:
    """Long rows and columns, many channels, large kernels; each bit of a count alone where that ends a loop early.

    Parameters
    ----------
    config : DwcPwcConfig
    rng : Generator

    Returns
    -------
    list of LayerConfig
    """
    return [anywhere(layer, rng) for layer in [*_long(rng), *_deep(config, rng), *_wide_kernels(rng)]]


def _long(rng: Generator) -> list[LayerConfig]:
    """Rows and columns of up to 4095 pixels; beginnings of rows of a few pixels and a power of two."""
    width, height = (int(size) for size in rng.integers(0xFF0, 1 << 12, 2))
    found = [
        # The second row is counted anew.
        _layer(LayerKind.WORDS, rng, size=(3, width), width=width, pixels=2 * width + 2),
        _layer(LayerKind.DEPTHWISE, rng, size=(height, 2), kernel=(3, 3), stride=(3, 1), pad=1, pixels=-(-height // 3)),
    ]
    # The last window begins with the last row or column; no other of it lies inside.
    far = 3 * (((1 << 12) - 1) // 3 - 1) + 1
    steps = far // 3 + 1
    found += [
        _layer(LayerKind.DEPTHWISE, rng, size=(far, 1), kernel=(3, 3), stride=(3, 1), pixels=steps),
        _layer(LayerKind.DEPTHWISE, rng, size=(1, far), kernel=(3, 3), stride=(1, 3), width=steps, pixels=steps),
    ]
    for bit in range(2, 12):
        for more in range(1, 4):
            width = (1 << bit) + more
            found.append(_layer(LayerKind.WORDS, rng, size=(4, width), width=width, pixels=4))
    return found


def _deep(config: DwcPwcConfig, rng: Generator) -> list[LayerConfig]:
    """Pixels of many channels, as few kinds of steps as there are."""
    found = [_layer(LayerKind.WORDS, rng, channels=(1 << 15) + int(rng.integers(1, 256)))]
    for kind, most, more in (
        (LayerKind.WORDS, 1 << 12, 0),
        (LayerKind.ADD, 64 * config.input_lanes, 0),
        (LayerKind.FUSED, 256 * config.depthwise_lanes, 0),
        (LayerKind.GATHER, 256, 1),
        (LayerKind.OUTPUT, 256, 1),
    ):
        for bit in range(most.bit_length()):
            kernel = (6, 3) if kind == LayerKind.ADD else (1, 1)
            found.append(_layer(kind, rng, channels=(1 << bit) + more, kernel=kernel, pixels=2 if bit < 6 else 1))
    return found


def _wide_kernels(rng: Generator) -> list[LayerConfig]:
    """Kernels of up to 255 rows or columns that begin before the input, end behind it, or both."""
    found: list[LayerConfig] = []
    for kind in (LayerKind.DEPTHWISE, LayerKind.WORDS):
        for length in (*(1 << bit for bit in range(1, 8)), 255):
            for pad in (0, int(rng.integers(length)), length - 1):
                for kernel in ((length, 1), (1, length)):
                    size = (int(rng.integers(1, 4)), int(rng.integers(1, 4)))
                    found.append(_layer(kind, rng, size=size, kernel=kernel, pad=pad, width=size[1], pixels=2))
    return found


def _layer(
    kind: LayerKind,
    rng: Generator,
    *,
    size: tuple[int, int] = (1, 1),
    channels: int = 1,
    kernel: tuple[int, int] = (1, 1),
    stride: tuple[int, int] = (1, 1),
    pad: int = 0,
    width: int = 1,
    pixels: int = 1,
) -> LayerConfig:
    tile_pixels = int(rng.integers(1, min(127, pixels) + 1))
    tiles = -(-pixels // tile_pixels)
    second = {"second_offset": int(rng.integers(1 << 20))} if kind == LayerKind.ADD else {}
    return LayerConfig(
        kind=kind,
        **second,
        tiles=tiles,
        tile_pixels=tile_pixels,
        last_tile_pixels=pixels - (tiles - 1) * tile_pixels,
        width=width,
        source_height=size[0],
        source_width=size[1],
        source_channels=channels,
        source_row=int(rng.integers(3)),
        source_column=int(rng.integers(3)),
        pad_top=min(pad, kernel[0] - 1),
        pad_left=min(pad, kernel[1] - 1),
        stride_rows=stride[0],
        stride_columns=stride[1],
        kernel_rows=kernel[0],
        kernel_columns=kernel[1],
    )
