"""Planning: how each layer runs on one configuration of the accelerator, and where everything lies."""

import dataclasses

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.cycles import layer_cycles
from racelet.golden.dwcpwc.layer_config import FIELDS, LayerConfig, LayerKind
from racelet.golden.dwcpwc.operators import activation_range
from racelet.nn.errors import ModelError
from racelet.nn.graph import Graph, Operator
from racelet.nn.layers import Layer, Network
from racelet.nn.parameters import pool_rows, pool_shift
from racelet.nn.place import Placement, place

ADDRESS_BITS = FIELDS["source_address"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class PlannedLayer:
    """A layer with its descriptor.

    Parameters
    ----------
    layer : Layer
    config : LayerConfig
    """

    layer: Layer
    config: LayerConfig


@dataclasses.dataclass(frozen=True, kw_only=True)
class Plan:
    """A network, placed and tiled for one configuration.

    Parameters
    ----------
    network : Network
    config : DwcPwcConfig
    layers : tuple of PlannedLayer
    placements : dict of int to Placement
        By tensor index.
    """

    network: Network
    config: DwcPwcConfig
    layers: tuple[PlannedLayer, ...]
    placements: dict[int, Placement]

    def input_config(self) -> LayerConfig:
        """Descriptor that loads the input."""
        return LayerConfig(kind=LayerKind.INPUT, **_target(self.placements[self.network.input]))

    def output_config(self, tensor: int) -> LayerConfig:
        """Descriptor that gives out one tensor."""
        placement = self.placements[tensor]
        target = _target(placement)
        target["address"] = target["row_pitch"] = target["pixel_pitch"] = 0
        return LayerConfig(kind=LayerKind.OUTPUT, **target, **_source(placement, 0, 0))


def plan(network: Network, config: DwcPwcConfig) -> Plan:
    """Choose for every layer how it is gathered and tiled, by the cycle formula, and place its data.

    Parameters
    ----------
    network : Network
    config : DwcPwcConfig

    Returns
    -------
    Plan

    Raises
    ------
    ModelError
        If the network does not fit; the sentence names the field and the least that would do.
    """
    kinds = [_kind(layer, config) for layer in network.layers]
    placements = place(network, kinds, config)
    planned = []
    memory = _Memory(config)
    for layer, kind in zip(network.layers, kinds, strict=True):
        base = _describe(network.graph, layer, kind, placements, memory, config)
        planned.append(PlannedLayer(layer=layer, config=_tiled(layer, base, config)))
    # Reciprocals lie sparsely in their rows: behind everything else they cost the program no gaps.
    for number, item in enumerate(planned):
        if item.config.kind == LayerKind.AVERAGE_POOL:
            address = memory.parameters(pool_rows(item.layer, item.config))
            planned[number] = dataclasses.replace(
                item, config=dataclasses.replace(item.config, parameter_address=address)
            )
    memory.check()
    return Plan(network=network, config=config, layers=tuple(planned), placements=placements)


class _Memory:
    """Addresses given out so far in the weight and parameter memories."""

    def __init__(self, config: DwcPwcConfig) -> None:
        self.config = config
        self.weight_bytes = 0
        self.rows = 0
        self.depthwise_records = 0
        self.depthwise_rows = 0

    def weights(self, size: int) -> int:
        first = self.weight_bytes // self.config.weight_beat_bytes
        self.weight_bytes += size
        return first

    def parameters(self, rows: int) -> int:
        self.rows += rows
        return self.rows - rows

    def depthwise(self, groups: int, blocks: int) -> tuple[int, int]:
        first = self.depthwise_records, self.depthwise_rows
        self.depthwise_records += groups * blocks
        self.depthwise_rows += groups
        return first

    def check(self) -> None:
        """Refuse a network that needs more than there is."""
        lanes, depthwise_lanes = self.config.requantizers, self.config.depthwise_lanes
        needed = {
            "weight_bytes": self.weight_bytes,
            "channels": self.rows * lanes,
            "depthwise_channels": self.depthwise_records * depthwise_lanes,
        }
        for name, value in needed.items():
            given = getattr(self.config, name)
            if value > given:
                raise ModelError(f"{name} must be at least {value} for this network, not {given}")


def _kind(layer: Layer, config: DwcPwcConfig) -> LayerKind:
    shape = layer.shape
    if shape.kind == "fused":
        return LayerKind.FUSED
    if shape.kind == "depthwise":
        return LayerKind.DEPTHWISE
    if shape.kind == "average_pool":
        return LayerKind.AVERAGE_POOL
    # Windows to fetch for one pixel: nine taps of one channel, or one tap of as many channels as there are lanes.
    gather = shape.channels * -(-shape.kernel_rows // 3) * -(-shape.kernel_columns // 3)
    words = shape.taps * -(-shape.channels // config.input_lanes)
    return LayerKind.GATHER if gather < words else LayerKind.WORDS


def _describe(
    graph: Graph,
    layer: Layer,
    kind: LayerKind,
    placements: dict[int, Placement],
    memory: _Memory,
    config: DwcPwcConfig,
) -> LayerConfig:
    """Descriptor, with tiles of one pixel."""
    shape = layer.shape
    source, target = placements[layer.source], placements[layer.output]
    fields = {
        **_target(target),
        **_source(source, layer.pad_top, layer.pad_left),
        "kind": kind,
        "kernel_rows": shape.kernel_rows,
        "kernel_columns": shape.kernel_columns,
        "stride_rows": shape.stride if shape.out_height > 1 else 1,
        "stride_columns": layer.window.stride[1] if shape.out_width > 1 else 1,
        "pad_byte": graph.tensors[layer.window.inputs[0]].zero_point,
    }
    if shape.has_depthwise:
        groups = -(-shape.channels // config.depthwise_lanes)
        blocks = -(-shape.kernel_rows // 3) * -(-shape.kernel_columns // 3)
        fields["depthwise_address"], fields["depthwise_parameter_address"] = memory.depthwise(groups, blocks)
        zero_point, low, high = _codes(graph, layer.operators[0])
        fields |= {"depthwise_zero_point": zero_point, "depthwise_low": low, "depthwise_high": high}
    if shape.has_dot_products:
        words, passes = -(-shape.depth // config.input_lanes), -(-shape.out_channels // config.output_lanes)
        tail = shape.out_channels - (passes - 1) * config.output_lanes
        set_bytes = config.input_lanes * config.output_lanes
        fields |= {
            "words": words,
            "tail_lanes": shape.depth - (words - 1) * config.input_lanes,
            "passes": passes,
            "tail_groups": -(-tail // config.requantizers),
            "weight_address": memory.weights(words * passes * set_bytes),
            "weight_beats": words * passes * config.set_beats,
            "parameter_address": memory.parameters(-(-shape.out_channels // config.requantizers)),
            "round_once": int(shape.kind == "fully_connected"),
        }
        zero_point, low, high = _codes(graph, layer.operators[-1])
        fields |= {"zero_point": zero_point, "low": low, "high": high}
    if kind == LayerKind.AVERAGE_POOL:
        _, low, high = _codes(graph, layer.window)
        fields |= {"low": low, "high": high, "round_once": 1, "pool_shift": pool_shift(layer)}
    return LayerConfig(**fields)


def _tiled(layer: Layer, base: LayerConfig, config: DwcPwcConfig) -> LayerConfig:
    """The tiling that takes the fewest cycles."""
    if not layer.shape.has_dot_products:
        return base
    words = config.tile_bytes // config.input_lanes
    most = min(config.tile_pixels, words // base.words, layer.shape.pixels)
    if most == 0:
        needed = base.words * config.input_lanes
        raise ModelError(
            f"tile_bytes must be at least {needed} for operator {layer.operators[-1].index} "
            f"({layer.operators[-1].kind}), not {config.tile_bytes}"
        )
    candidates = []
    for pixels in range(1, most + 1):
        tiles = -(-layer.shape.pixels // pixels)
        last = layer.shape.pixels - (tiles - 1) * pixels
        candidates.append(dataclasses.replace(base, tiles=tiles, tile_pixels=pixels, last_tile_pixels=last))
    return min(candidates, key=lambda candidate: layer_cycles(candidate, config))


def _codes(graph: Graph, op: Operator) -> tuple[int, int, int]:
    output = graph.tensors[op.outputs[0]]
    return output.zero_point, *activation_range(op.activation, float(output.scales[0]), output.zero_point)


def _target(placement: Placement) -> dict[str, int]:
    height, width, channels = placement.plane
    return {
        "tiles": height * width,
        "width": width,
        "channels": channels,
        "address": placement.address,
        "row_pitch": placement.row_pitch,
        "pixel_pitch": placement.pixel_pitch,
    }


def _source(placement: Placement, pad_top: int, pad_left: int) -> dict[str, int]:
    height, width, channels = placement.plane
    row, column = -pad_top // 3, -pad_left // 3
    address = placement.address + row * placement.row_pitch + column * placement.pixel_pitch
    return {
        "source_address": address % (1 << ADDRESS_BITS),
        "source_row_pitch": placement.row_pitch,
        "source_pixel_pitch": placement.pixel_pitch,
        "source_height": height,
        "source_width": width,
        "source_channels": channels,
        "source_row": -pad_top % 3,
        "source_column": -pad_left % 3,
        "pad_top": pad_top,
        "pad_left": pad_left,
    }
