"""Layers for the benches that read or write whole tensors: consistent descriptors, placed and tiled at random."""

import dataclasses
from collections.abc import Iterable

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from racelet.golden.dwcpwc.activation_buffer import empty, place
from racelet.golden.dwcpwc.activation_writer import group_bytes
from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import FIELDS, LayerConfig, LayerKind
from racelet.golden.dwcpwc.padding import Padding, window_padding
from racelet.golden.dwcpwc.window_reader import TAP_KINDS, channel_step

GATHER, WORDS, FUSED = LayerKind.GATHER, LayerKind.WORDS, LayerKind.FUSED
DEPTHWISE, POOL, OUTPUT = LayerKind.DEPTHWISE, LayerKind.AVERAGE_POOL, LayerKind.OUTPUT
MAX_POOL, ADD, STORE = LayerKind.MAX_POOL, LayerKind.ADD, LayerKind.STORE


@dataclasses.dataclass(frozen=True, kw_only=True)
class Reading:
    """What a layer reads.

    Parameters
    ----------
    kind : LayerKind
    size, kernel, stride : (int, int)
        Rows, columns.
    channels : int
    padding : {"SAME", "VALID"}
    pixel_pitch : int
        Least bytes from a pixel to the next; the layer's kind may need more.
    corner : (int, int)
        Row and column, 0..2, of a larger tensor of which the input is the rest.
    """

    kind: LayerKind
    size: tuple[int, int]
    channels: int = 1
    kernel: tuple[int, int] = (1, 1)
    stride: tuple[int, int] = (1, 1)
    padding: Padding = "SAME"
    pixel_pitch: int = 1
    corner: tuple[int, int] = (0, 0)


def readings(config: DwcPwcConfig) -> list[Reading]:
    """Layers of all kinds: kernels of 1 to 5 and 10x4, strides of 1 to 3, both paddings, pixels below a word and above.

    Examples
    --------
    >>> len({reading.kind for reading in readings(DwcPwcConfig())})
    9
    """
    n, d = config.input_lanes, config.depthwise_lanes
    found = [
        Reading(kind=GATHER, size=(9, 5), kernel=(10, 4), stride=(2, 2)),
        Reading(kind=GATHER, size=(7, 6), channels=3, kernel=(3, 3), stride=(2, 2)),
        Reading(kind=GATHER, size=(4, 5), channels=2, kernel=(2, 2), pixel_pitch=4),
        Reading(kind=GATHER, size=(5, 6), channels=1, kernel=(4, 5), padding="VALID"),
        Reading(kind=GATHER, size=(7, 7), channels=1, kernel=(1, 2), stride=(3, 3), padding="VALID"),
        Reading(kind=WORDS, size=(3, 4), channels=n, kernel=(1, 1)),
        Reading(kind=WORDS, size=(4, 4), channels=2 * n + 3, kernel=(3, 3), stride=(2, 2)),
        Reading(kind=WORDS, size=(4, 3), channels=3, kernel=(2, 5)),
        Reading(kind=WORDS, size=(1, 1), channels=3 * n + 1),
        Reading(kind=FUSED, size=(6, 5), channels=3 * d, kernel=(3, 3)),
        Reading(kind=FUSED, size=(6, 6), channels=n + d, kernel=(3, 3), stride=(2, 2)),
        Reading(kind=FUSED, size=(8, 5), channels=d, kernel=(10, 4), stride=(2, 1), pixel_pitch=2),
        Reading(kind=DEPTHWISE, size=(5, 7), channels=2 * d + 1, kernel=(4, 2)),
        Reading(kind=DEPTHWISE, size=(5, 5), channels=1, kernel=(5, 5), stride=(3, 2), padding="VALID"),
        Reading(kind=DEPTHWISE, size=(3, 3), channels=d, kernel=(1, 1), stride=(1, 3)),
        Reading(kind=POOL, size=(5, 5), channels=n, kernel=(5, 5), padding="VALID"),
        Reading(kind=POOL, size=(7, 5), channels=n + 1, kernel=(4, 3), stride=(3, 2)),
        Reading(kind=POOL, size=(5, 8), channels=3, kernel=(7, 2), stride=(2, 3)),
        Reading(kind=POOL, size=(4, 2), channels=n, kernel=(2, 5), stride=(2, 2)),
        Reading(kind=MAX_POOL, size=(5, 4), channels=n, kernel=(2, 2), stride=(2, 2), padding="VALID"),
        Reading(kind=MAX_POOL, size=(5, 5), channels=n + 3, kernel=(3, 3), stride=(2, 2)),
        Reading(kind=MAX_POOL, size=(4, 6), channels=1, kernel=(1, 5)),
        _addition((4, 3), n),
        _addition((3, 7), 2 * n + 1),
        _addition((1, 1), 1),
        _addition((2, 2), 3),
        Reading(kind=WORDS, size=(4, 3), channels=n, kernel=(3, 3), corner=(1, 2)),
        Reading(kind=DEPTHWISE, size=(5, 4), channels=d, kernel=(3, 4), stride=(2, 1), corner=(2, 1)),
        Reading(kind=OUTPUT, size=(4, 5), channels=3),
        Reading(kind=OUTPUT, size=(1, 1), channels=n + 2),
        Reading(kind=STORE, size=(5, 4), channels=n + 1),
        Reading(kind=STORE, size=(2, 7), channels=2 * n, corner=(2, 0)),
        Reading(kind=STORE, size=(3, 3), channels=1),
    ]
    return [reading for reading in found if _fits(reading, config)]


def _addition(size: tuple[int, int], channels: int) -> Reading:
    """Two tensors, three columns of each at a time; the second is met as if it were three rows further."""
    return Reading(kind=ADD, size=size, channels=channels, kernel=(6, 3), stride=(1, 3))


def random_readings(count: int, config: DwcPwcConfig, rng: Generator) -> list[Reading]:
    """Layers of random kinds and shapes, of at most some hundred windows each."""
    found: list[Reading] = []
    while len(found) < count:
        reading = Reading(
            kind=(GATHER, WORDS, FUSED, DEPTHWISE, POOL, MAX_POOL)[int(rng.integers(6))],
            size=(int(rng.integers(3, 8)), int(rng.integers(3, 8))),
            channels=int(rng.integers(1, 2 * config.input_lanes + 1)),
            kernel=(int(rng.integers(1, 6)), int(rng.integers(1, 6))),
            stride=(int(rng.integers(1, 4)), int(rng.integers(1, 4))),
            padding=("SAME", "VALID")[int(rng.integers(2))],
            pixel_pitch=1 << int(rng.integers(3)),
        )
        if rng.random() < 0.1:
            reading = _addition(reading.size, reading.channels)
        inside = reading.kind == ADD or all(
            kernel <= size for kernel, size in zip(reading.kernel, reading.size, strict=True)
        )
        if inside and _fits(reading, config) and _windows(reading, config) < 500:
            found.append(reading)
    return found


def reading_layer(reading: Reading, config: DwcPwcConfig, rng: Generator) -> LayerConfig:
    """Descriptor of a layer that reads so.

    The fields of depthwise are set too; ``width`` is that of the output.
    """
    (height, width), (kernel_rows, kernel_columns), stride = reading.size, reading.kernel, reading.stride
    out_rows, top, _ = window_padding(height, kernel_rows, stride[0], reading.padding)
    out_columns, left, _ = window_padding(width, kernel_columns, stride[1], reading.padding)
    if reading.kind == ADD:
        top = left = 0
    pitch = _pitch(reading, config)
    row_pitch = -(-(width + reading.corner[1]) // 3) * pitch
    first_row, first_column = (reading.corner[0] - top) // 3, (reading.corner[1] - left) // 3
    address = _room(_read_bytes(reading, config), config, rng) + first_row * row_pitch + first_column * pitch
    second = {"second_offset": int(rng.integers(1 << 20))} if reading.kind == ADD else {}
    return LayerConfig(
        kind=reading.kind,
        **second,
        **_tiles(out_rows * out_columns, rng),
        width=out_columns,
        channels=reading.channels,
        source_address=address % (1 << 20),
        source_row_pitch=row_pitch,
        source_pixel_pitch=pitch,
        source_height=height,
        source_width=width,
        source_channels=reading.channels,
        source_row=(reading.corner[0] - top) % 3,
        source_column=(reading.corner[1] - left) % 3,
        pad_top=top,
        pad_left=left,
        pad_byte=int(rng.integers(-128, 128)),
        stride_rows=stride[0],
        stride_columns=stride[1],
        kernel_rows=kernel_rows,
        kernel_columns=kernel_columns,
        depthwise_address=int(rng.integers(max(_spare_rows(reading, config), 0) + 1)),
        depthwise_parameter_address=int(rng.integers(max(_spare_rows(reading, config), 0) + 1)),
        depthwise_zero_point=int(rng.integers(-128, 128)),
        depthwise_low=int(rng.integers(-128, 0)),
        depthwise_high=int(rng.integers(128)),
        pool_shift=(kernel_columns - 1).bit_length(),
    )


def image_in_buffer(
    layer: LayerConfig, config: DwcPwcConfig, rng: Generator
) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """The image and the buffer of :func:`images_in_buffer`, for a layer with one input."""
    _, image, _, banks = images_in_buffer(layer, config, rng)
    return image, banks


def images_in_buffer(
    layer: LayerConfig, config: DwcPwcConfig, rng: Generator
) -> tuple[LayerConfig, NDArray[np.int8], NDArray[np.int8] | None, NDArray[np.int8]]:
    """Random inputs of a layer, and a buffer with them among random bytes.

    Parameters
    ----------
    layer : LayerConfig
        Of :func:`reading_layer`.
    config : DwcPwcConfig
    rng : Generator

    Returns
    -------
    layer : LayerConfig
        Where the second input of an ADD now lies, too.
    image, second : int8, shape (source_height, source_width, source_pixel_pitch)
        With the bytes behind each pixel's last channel; the second only for an ADD.
    banks : int8, shape (9, bank_bytes)
    """
    shape = (layer.source_height, layer.source_width, layer.source_pixel_pitch)
    image = rng.integers(-128, 128, shape).astype(np.int8)
    banks = rng.integers(-128, 128, empty(config).shape).astype(np.int8)
    row, column = (layer.source_row + layer.pad_top) % 3, (layer.source_column + layer.pad_left) % 3
    first_row, first_column = (row - layer.pad_top) // 3, (column - layer.pad_left) // 3
    offset = first_row * layer.source_row_pitch + first_column * layer.source_pixel_pitch
    origin = (layer.source_address - offset) % (1 << 20)
    whole = np.pad(image, ((row, 0), (column, 0), (0, 0)))
    banks = place(banks, whole, origin, layer.source_row_pitch, layer.source_pixel_pitch)
    if layer.kind != ADD:
        return layer, image, None, banks
    # Where there is no room for another tensor, the first is added to itself.
    size = -(-layer.source_height // 3) * layer.source_row_pitch
    size = -(-size // config.input_lanes) * config.input_lanes
    places = [there for there in (origin - size, origin + size) if 0 <= there <= config.bank_bytes - size]
    there = places[0] if places else origin
    second = rng.integers(-128, 128, shape).astype(np.int8) if places else image
    banks = place(banks, second, there, layer.source_row_pitch, layer.source_pixel_pitch)
    offset = (there - origin - layer.source_row_pitch) % (1 << 20)
    return dataclasses.replace(layer, second_offset=offset), image, second, banks


def writing_layers(
    kinds: Iterable[LayerKind], sizes: Iterable[tuple[int, int, int]], config: DwcPwcConfig, rng: Generator
) -> list[LayerConfig]:
    """Descriptors of layers that write outputs of these sizes (rows, columns, channels), where they fit.

    The fields of writing are set, and ``passes`` and ``tail_groups``.
    """
    found: list[LayerConfig] = []
    for kind, (height, width, channels) in zip(kinds, sizes, strict=True):
        pitch = _least_pitch(channels, group_bytes(kind, config), config)
        row_pitch = -(-width // 3) * pitch
        size = -(-height // 3) * row_pitch
        passes = -(-channels // config.output_lanes)
        if size <= config.bank_bytes:
            triples = -(-width // 3)
            shape = {**_tiles(height * width, rng), "width": width}
            if kind == ADD:
                shape = {"tiles": height * triples, "width": triples, "source_width": width}
            layer = LayerConfig(
                kind=kind,
                **shape,
                channels=channels,
                address=_room(size, config, rng),
                row_pitch=row_pitch,
                pixel_pitch=pitch,
                passes=passes,
                tail_groups=-(-(channels - (passes - 1) * config.output_lanes) // config.requantizers),
            )
            found.append(layer)
    return found


def scattered(layer: LayerConfig, config: DwcPwcConfig, rng: Generator) -> LayerConfig:
    """A layer of :func:`writing_layers` whose rows and pixels lie far apart, so that all bits of an address are met."""
    group = group_bytes(layer.kind, config)
    pixels = (layer.tiles - 1) * layer.tile_pixels + layer.last_tile_pixels
    columns = layer.width if layer.kind == ADD else -(-layer.width // 3)
    rows = -(-(pixels // layer.width) // 3)
    spare = (config.bank_bytes - -(-layer.channels // group) * group) // group
    found: dict[str, int] = {}
    for name, steps in (("row_pitch", rows - 1), ("pixel_pitch", columns - 1), ("address", 1)):
        most = min(spare // max(steps, 1), ((1 << FIELDS[name]) - 1) // group)
        # The upper half: the highest bits of a pitch are set in some layer.
        drawn = int(rng.integers(most // 2, most + 1))
        found[name] = group * drawn
        spare -= steps * drawn
    return dataclasses.replace(layer, **found)


def _pitch(reading: Reading, config: DwcPwcConfig) -> int:
    return max(_least_pitch(reading.channels, channel_step(reading.kind, config), config), reading.pixel_pitch)


def _least_pitch(channels: int, group: int, config: DwcPwcConfig) -> int:
    """Bytes of a pixel: whole words, or a power of two below one and not below a group."""
    if channels >= config.input_lanes:
        return -(-channels // config.input_lanes) * config.input_lanes
    return max(1 << (channels - 1).bit_length(), group)


def _read_bytes(reading: Reading, config: DwcPwcConfig) -> int:
    height, width = (size + corner for size, corner in zip(reading.size, reading.corner, strict=True))
    return -(-height // 3) * -(-width // 3) * _pitch(reading, config)


def _spare_rows(reading: Reading, config: DwcPwcConfig) -> int:
    """Rows of depthwise weights that a layer leaves free; what it needs of parameters is less."""
    lanes = config.depthwise_lanes
    blocks = -(-reading.kernel[0] // 3) * -(-reading.kernel[1] // 3)
    return -(-config.depthwise_channels // lanes) - blocks * -(-reading.channels // lanes)


def _fits(reading: Reading, config: DwcPwcConfig) -> bool:
    weights = reading.kind not in (FUSED, DEPTHWISE) or _spare_rows(reading, config) >= 0
    return weights and _read_bytes(reading, config) <= config.bank_bytes


def _windows(reading: Reading, config: DwcPwcConfig) -> int:
    taps = 1 if reading.kind in TAP_KINDS else 3
    blocks = -(-reading.kernel[0] // taps) * -(-reading.kernel[1] // taps)
    pixels = -(-reading.size[0] // reading.stride[0]) * -(-reading.size[1] // reading.stride[1])
    return pixels * blocks * -(-reading.channels // channel_step(reading.kind, config))


def _room(size: int, config: DwcPwcConfig, rng: Generator) -> int:
    """Address of a whole word with so much behind it."""
    lanes = config.input_lanes
    return lanes * int(rng.integers(0, (config.bank_bytes - size) // lanes + 1))


def _tiles(pixels: int, rng: Generator) -> dict[str, int]:
    tile_pixels = int(rng.integers(1, min(8, pixels) + 1))
    tiles = -(-pixels // tile_pixels)
    return {"tiles": tiles, "tile_pixels": tile_pixels, "last_tile_pixels": pixels - (tiles - 1) * tile_pixels}
