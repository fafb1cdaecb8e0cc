"""Planning of a network that fits on the chip as a whole: one descriptor per layer, everything in its place."""

import dataclasses

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import LayerConfig, LayerKind
from racelet.nn.describe import SHARED_KINDS, Held, Memories, describe, layer_kind, needs, source_fields, target_fields
from racelet.nn.describe import whole as whole_part
from racelet.nn.errors import DoesNotFit
from racelet.nn.layers import Layer, Network
from racelet.nn.place import Placement, place


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
    needed : dict of str to int
        By field of the config: how much of ``weight_bytes``, ``channels`` and ``depthwise_channels`` the network takes.
    """

    network: Network
    config: DwcPwcConfig
    layers: tuple[PlannedLayer, ...]
    placements: dict[int, Placement]
    needed: dict[str, int]

    def input_config(self) -> LayerConfig:
        """Descriptor that loads the input."""
        return LayerConfig(kind=LayerKind.INPUT, **target_fields(self.placements[self.network.input]))

    def output_config(self, tensor: int) -> LayerConfig:
        """Descriptor that gives out one tensor."""
        placement = self.placements[tensor]
        target = target_fields(placement)
        target["address"] = target["row_pitch"] = target["pixel_pitch"] = 0
        return LayerConfig(kind=LayerKind.OUTPUT, **target, **source_fields(placement, 0, 0))


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
    DoesNotFit
        If the network is larger than the chip; the sentence names the field and the least that would do.
    """
    kinds = [layer_kind(layer, config) for layer in network.layers]
    placements = place(network, kinds, config)
    places, needed = _places(network, kinds, config)
    planned = []
    for layer, kind, there in zip(network.layers, kinds, places, strict=True):
        sources = tuple(Held(placement=placements[index]) for index in layer.sources)
        target = Held(placement=placements[layer.output])
        descriptor = describe(network.graph, layer, whole_part(layer), kind, sources, target, there, config)
        planned.append(PlannedLayer(layer=layer, config=descriptor))
    return Plan(network=network, config=config, layers=tuple(planned), placements=placements, needed=needed)


def _places(network: Network, kinds: list[LayerKind], config: DwcPwcConfig) -> tuple[list[Memories], dict[str, int]]:
    """One behind the other in each memory; and what all take, by field of the config."""
    places: dict[int, Memories] = {}
    end = Memories()
    # Parameters for all channels lie sparsely in their rows: behind everything else they cost the program no gaps.
    for number in sorted(range(len(kinds)), key=lambda number: kinds[number] in SHARED_KINDS):
        places[number] = end
        end = _behind(end, _needs(network, network.layers[number], kinds[number], config))
    needed = {
        "weight_bytes": end.weights,
        "channels": end.parameters * config.requantizers,
        "depthwise_channels": end.depthwise * config.depthwise_lanes,
    }
    for name, value in needed.items():
        given = getattr(config, name)
        if value > given:
            raise DoesNotFit(f"{name} must be at least {value} for this network, not {given}")
    return [places[number] for number in range(len(kinds))], needed


def _needs(network: Network, layer: Layer, kind: LayerKind, config: DwcPwcConfig) -> Memories:
    return needs(network.graph, layer, whole_part(layer), kind, config)


def _behind(end: Memories, taken: Memories) -> Memories:
    return Memories(**{name: value + getattr(taken, name) for name, value in dataclasses.asdict(end).items()})
