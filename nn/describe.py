"""Descriptors: how a layer, or a part of one, is told to the accelerator."""

import dataclasses
import functools

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.cycles import layer_cycles
from racelet.golden.dwcpwc.layer_config import FIELDS, LayerConfig, LayerKind
from racelet.golden.dwcpwc.operators import activation_range
from racelet.golden.dwcpwc.shape import ShapeKind
from racelet.nn.errors import ModelError
from racelet.nn.graph import Graph, Operator
from racelet.nn.layers import Layer
from racelet.nn.parameters import addition, pool_shift, shared_parameters
from racelet.nn.place import Placement

ADDRESS_BITS = FIELDS["source_address"]
SHARED_KINDS = (LayerKind.AVERAGE_POOL, LayerKind.MAX_POOL, LayerKind.ADD)
"""Kinds that requantise all channels of a pixel with the same parameters."""
WITHOUT_WEIGHTS: dict[ShapeKind, LayerKind] = {
    "average_pool": LayerKind.AVERAGE_POOL,
    "max_pool": LayerKind.MAX_POOL,
    # The maximum over a single tap is that tap; taps outside read the padding byte.
    "pad": LayerKind.MAX_POOL,
    "add": LayerKind.ADD,
}
Span = tuple[int, int]
"""First, and first behind the last."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Part:
    """What of a layer one descriptor computes.

    Parameters
    ----------
    rows, channels : (int, int)
        Of the output.
    inputs : (int, int)
        Input channels that are read.
    """

    rows: Span
    channels: Span
    inputs: Span


@dataclasses.dataclass(frozen=True, kw_only=True)
class Held:
    """Rows of a tensor in the activation buffer, with all channels or some.

    Parameters
    ----------
    placement : Placement
        Of these rows.
    first, channel : int
        The first row's and the first channel's number in the tensor.
    """

    placement: Placement
    first: int = 0
    channel: int = 0


@dataclasses.dataclass(frozen=True, kw_only=True)
class Memories:
    """Places in the accelerator's memories, or room in them.

    Parameters
    ----------
    weights : int
        Bytes of dot-product weights.
    parameters : int
        Rows of ``requantizers`` parameters.
    depthwise, depthwise_parameters : int
        Rows of ``depthwise_lanes`` depthwise kernel blocks, and of their parameters.
    """

    weights: int = 0
    parameters: int = 0
    depthwise: int = 0
    depthwise_parameters: int = 0


def whole(layer: Layer) -> Part:
    """The part that is all of a layer."""
    shape = layer.shape
    return Part(rows=(0, shape.out_height), channels=(0, shape.out_channels), inputs=(0, shape.channels))


def layer_kind(layer: Layer, config: DwcPwcConfig) -> LayerKind:
    """How the accelerator runs a layer.

    Parameters
    ----------
    layer : Layer
    config : DwcPwcConfig

    Returns
    -------
    LayerKind
    """
    shape = layer.shape
    if shape.kind == "fused":
        return LayerKind.FUSED
    if shape.kind == "depthwise":
        return LayerKind.DEPTHWISE
    if shape.kind in WITHOUT_WEIGHTS:
        return WITHOUT_WEIGHTS[shape.kind]
    # Windows to fetch for one pixel: nine taps of some channels, or one tap of as many channels as there are lanes.
    blocks = -(-shape.kernel_rows // 3) * -(-shape.kernel_columns // 3)
    gather = (shape.channels // config.gather_channels + shape.channels % config.gather_channels) * blocks
    words = shape.taps * -(-shape.channels // config.input_lanes)
    return LayerKind.GATHER if gather < words else LayerKind.WORDS


def needs(graph: Graph, layer: Layer, part: Part, kind: LayerKind, config: DwcPwcConfig) -> Memories:
    """Room that a part takes in the accelerator's memories.

    Parameters
    ----------
    graph : Graph
    layer : Layer
    part : Part
    kind : LayerKind
    config : DwcPwcConfig

    Returns
    -------
    Memories
    """
    if kind in SHARED_KINDS:
        return Memories(parameters=max(shared_parameters(graph, layer)) + 1)
    found = Memories()
    if kind in (LayerKind.FUSED, LayerKind.DEPTHWISE):
        shape = layer.shape
        groups = -(-shape.channels // config.depthwise_lanes)
        blocks = -(-shape.kernel_rows // 3) * -(-shape.kernel_columns // 3)
        found = Memories(depthwise=groups * blocks, depthwise_parameters=groups)
    if kind != LayerKind.DEPTHWISE:
        words, passes = _words(layer, part, kind, config)
        weights = words * passes * config.input_lanes * config.output_lanes
        rows = -(-(part.channels[1] - part.channels[0]) // config.requantizers)
        found = dataclasses.replace(found, weights=weights, parameters=rows)
    return found


def describe(
    graph: Graph,
    layer: Layer,
    part: Part,
    kind: LayerKind,
    sources: tuple[Held, ...],
    target: Held,
    places: Memories,
    config: DwcPwcConfig,
) -> LayerConfig:
    """Descriptor of a part of a layer, tiled so that it takes the fewest cycles.

    Parameters
    ----------
    graph : Graph
    layer : Layer
    part : Part
    kind : LayerKind
    sources : tuple of Held
        Where the rows are that the part reads.
    target : Held
        Where its rows go; the first of them lies a multiple of three rows behind the first that is held.
    places : Memories
        Where its weights and parameters are.
    config : DwcPwcConfig

    Returns
    -------
    LayerConfig

    Raises
    ------
    ModelError
        If one pixel does not fit into the tile, or a number into its field.
    """
    try:
        return _describe(graph, layer, part, kind, sources, target, places, config)
    except ModelError:
        raise
    except ValueError as error:
        # Larger than a descriptor can tell, and so larger than any memory for it.
        raise ModelError(f"operator {layer.operators[-1].index} ({layer.operators[-1].kind}): {error}") from error


def _describe(
    graph: Graph,
    layer: Layer,
    part: Part,
    kind: LayerKind,
    sources: tuple[Held, ...],
    target: Held,
    places: Memories,
    config: DwcPwcConfig,
) -> LayerConfig:
    shape = layer.shape
    fields = {
        **_part_target(target, part),
        **_part_source(sources[0], part.rows[0] * shape.stride - layer.pad_top, layer.pad_left, part.inputs),
        "kernel_rows": shape.kernel_rows,
        "kernel_columns": shape.kernel_columns,
        "stride_rows": shape.stride,
        "stride_columns": shape.column_stride,
        "pad_byte": graph.tensors[layer.window.inputs[0]].zero_point,
        "parameter_address": places.parameters,
    }
    if kind in (LayerKind.FUSED, LayerKind.DEPTHWISE):
        zero_point, low, high = _codes(graph, layer.window)
        fields |= {"depthwise_address": places.depthwise, "depthwise_parameter_address": places.depthwise_parameters}
        fields |= {"depthwise_zero_point": zero_point, "depthwise_low": low, "depthwise_high": high}
    if kind in SHARED_KINDS:
        return LayerConfig(kind=kind, **fields | _shared(graph, layer, part, sources))
    if kind == LayerKind.DEPTHWISE:
        return LayerConfig(kind=kind, **fields)
    words, passes = _words(layer, part, kind, config)
    tail = part.channels[1] - part.channels[0] - (passes - 1) * config.output_lanes
    zero_point, low, high = _codes(graph, layer.operators[-1])
    fields |= {
        "words": words,
        "tail_lanes": _depth(layer, part, kind) - (words - 1) * config.input_lanes,
        "passes": passes,
        "tail_groups": -(-tail // config.requantizers),
        "weight_address": places.weights // config.weight_beat_bytes,
        "weight_beats": words * passes * config.set_beats,
        "round_once": int(shape.kind == "fully_connected"),
        "zero_point": zero_point,
        "low": low,
        "high": high,
    }
    return _tiled(layer, LayerConfig(kind=kind, **fields), config)


def target_fields(placement: Placement) -> dict[str, int]:
    """Fields of a tensor that is written, or counted, pixel by pixel."""
    height, width, channels = placement.plane
    return {
        "tiles": height * width,
        "width": width,
        "channels": channels,
        "address": placement.address,
        "row_pitch": placement.row_pitch,
        "pixel_pitch": placement.pixel_pitch,
    }


def source_fields(placement: Placement, row: int, pad_left: int) -> dict[str, int]:
    """Fields of a tensor that is read from a row on, which lies before the tensor where it is negative."""
    height, width, channels = placement.plane
    column = -pad_left // 3
    address = placement.address + row // 3 * placement.row_pitch + column * placement.pixel_pitch
    return {
        "source_address": address % (1 << ADDRESS_BITS),
        "source_row_pitch": placement.row_pitch,
        "source_pixel_pitch": placement.pixel_pitch,
        "source_height": height - max(row, 0),
        "source_width": width,
        "source_channels": channels,
        "source_row": row % 3,
        "source_column": -pad_left % 3,
        "pad_top": max(-row, 0),
        "pad_left": pad_left,
    }


def _part_target(target: Held, part: Part) -> dict[str, int]:
    fields = target_fields(target.placement)
    rows, first = part.rows[1] - part.rows[0], part.rows[0] - target.first
    assert first % 3 == 0
    fields["address"] += first // 3 * fields["row_pitch"] + part.channels[0] - target.channel
    return fields | {"tiles": rows * fields["width"], "channels": part.channels[1] - part.channels[0]}


def _part_source(source: Held, row: int, pad_left: int, inputs: Span) -> dict[str, int]:
    fields = source_fields(source.placement, row - source.first, pad_left)
    address = (fields["source_address"] + inputs[0] - source.channel) % (1 << ADDRESS_BITS)
    return fields | {"source_address": address, "source_channels": inputs[1] - inputs[0]}


def _depth(layer: Layer, part: Part, kind: LayerKind) -> int:
    """Activations in one dot product."""
    inputs = part.inputs[1] - part.inputs[0]
    return inputs if kind == LayerKind.FUSED else inputs * layer.shape.taps


def _words(layer: Layer, part: Part, kind: LayerKind, config: DwcPwcConfig) -> tuple[int, int]:
    """Words of inputs, and passes over the output channels."""
    words = -(-_depth(layer, part, kind) // config.input_lanes)
    return words, -(-(part.channels[1] - part.channels[0]) // config.output_lanes)


def _shared(graph: Graph, layer: Layer, part: Part, sources: tuple[Held, ...]) -> dict[str, int]:
    """Fields of a layer without weights."""
    op = layer.window
    zero_point, low, high = _codes(graph, op)
    fields = {"low": low, "high": high}
    if op.kind == "AVERAGE_POOL_2D":
        return fields | {"round_once": 1, "pool_shift": pool_shift(layer)}
    if op.kind == "MEAN":
        return fields | {"zero_point": zero_point}
    if op.kind == "PAD":
        return fields | {"pad_byte": zero_point}
    if op.kind == "MAX_POOL_2D":
        return fields | {"pad_byte": -128}
    first, second = (source_fields(held.placement, part.rows[0] - held.first, 0)["source_address"] for held in sources)
    offsets = [(part.rows[0] - held.first) % 3 for held in sources]
    assert offsets[0] == offsets[1]
    scales = addition(graph, layer)
    triples = -(-layer.shape.width // 3)
    return fields | {
        "zero_point": zero_point,
        "tiles": (part.rows[1] - part.rows[0]) * triples,
        "width": triples,
        "stride_columns": 3,
        "kernel_rows": 6,
        "kernel_columns": 3,
        "pad_byte": graph.tensors[layer.addends[0]].zero_point,
        "second_offset": (second - first - sources[0].placement.row_pitch) % (1 << ADDRESS_BITS),
        "second_multiplier": scales.input_mults[1],
        "second_shift": -scales.input_shifts[1],
        "second_zero_point": graph.tensors[layer.addends[1]].zero_point,
    }


def _tiled(layer: Layer, base: LayerConfig, config: DwcPwcConfig) -> LayerConfig:
    """The tiling that takes the fewest cycles."""
    pixels = base.tiles
    most = min(config.tile_pixels, config.tile_bytes // config.input_lanes // base.words, pixels)
    if most == 0:
        needed = base.words * config.input_lanes
        raise ModelError(
            f"tile_bytes must be at least {needed} for operator {layer.operators[-1].index} "
            f"({layer.operators[-1].kind}), not {config.tile_bytes}"
        )
    # The time does not depend on addresses or codes.
    codes = dict.fromkeys(("zero_point", "depthwise_zero_point", "pad_byte"), 0)
    ends = {"low": -128, "high": 127, "depthwise_low": -128, "depthwise_high": 127}
    addresses = {name: 0 for name in FIELDS if name.endswith(("address", "pitch")) or name.startswith("source_")}
    kept = {"source_channels": base.source_channels, "source_width": base.source_width}
    anywhere = dataclasses.replace(base, **addresses | codes | ends | kept)
    best = _fastest(anywhere, most, config)
    return dataclasses.replace(base, **tiles_of(pixels, best))


def tiles_of(pixels: int, size: int) -> dict[str, int]:
    """Fields for so many pixels in tiles of a size.

    Examples
    --------
    >>> tiles_of(25, 8)
    {'tiles': 4, 'tile_pixels': 8, 'last_tile_pixels': 1}
    """
    tiles = -(-pixels // size)
    return {"tiles": tiles, "tile_pixels": size, "last_tile_pixels": pixels - (tiles - 1) * size}


@functools.lru_cache(maxsize=4096)
def _fastest(base: LayerConfig, most: int, config: DwcPwcConfig) -> int:
    def cycles(size: int) -> int:
        return layer_cycles(dataclasses.replace(base, **tiles_of(base.tiles, size)), config)

    return min(range(1, most + 1), key=cycles)


def _codes(graph: Graph, op: Operator) -> tuple[int, int, int]:
    output = graph.tensors[op.outputs[0]]
    return output.zero_point, *activation_range(op.activation, float(output.scales[0]), output.zero_point)
