"""Schedule of a network that does not fit on the chip: what is loaded, computed and stored, band after band."""

import dataclasses
from typing import Literal

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import LayerConfig, LayerKind
from racelet.nn.bands import band_rows, bands, item_of, pack
from racelet.nn.describe import Held, Memories, Part, Span, describe, layer_kind, needs, source_fields, target_fields
from racelet.nn.errors import ModelError
from racelet.nn.groups import fits
from racelet.nn.layers import Layer, Network
from racelet.nn.segments import Goal, Segment, SegmentPlanner


@dataclasses.dataclass(frozen=True, kw_only=True)
class Step:
    """One descriptor, but for where its weights and parameters are.

    Parameters
    ----------
    kind : LayerKind
    tensor : int
        What is loaded, stored or made.
    rows : (int, int)
        Of it.
    number : int
        Layer of the network; the next one that reads, or the last one that wrote, a tensor that is moved.
    target : Held
        Where the tensor's rows lie.
    part : Part or None
        What of the layer is computed; None where a tensor is moved.
    sources : tuple of Held
        Where the inputs' rows lie.
    group : int
        Steps of one group have their weights and parameters in the memories together.
    """

    kind: LayerKind
    tensor: int
    rows: Span
    number: int
    target: Held
    part: Part | None = None
    sources: tuple[Held, ...] = ()
    group: int = 0


@dataclasses.dataclass(frozen=True, kw_only=True)
class Schedule:
    """Steps in order.

    Parameters
    ----------
    network : Network
    config : DwcPwcConfig
    segments : tuple of Segment
    steps : tuple of Step
    addresses : dict of int to int
        Where the tensors that go out lie there, in beats of ``bandwidth`` bytes.
    outside_beats : int
        Beats that they take.
    """

    network: Network
    config: DwcPwcConfig
    segments: tuple[Segment, ...]
    steps: tuple[Step, ...]
    addresses: dict[int, int]
    outside_beats: int


Mode = Literal["fused", "unfused"]


def schedule(network: Network, config: DwcPwcConfig, mode: Mode = "fused", goal: Goal = "balance") -> Schedule:
    """Cut a network into segments and bands that fit.

    Parameters
    ----------
    network : Network
    config : DwcPwcConfig
    mode : {"fused", "unfused"}
        Unfused: every tensor goes out, and depthwise convolutions run on the dot-product engine.
    goal : {"balance", "cycles", "bytes"}
        What is made least.

    Returns
    -------
    Schedule

    Raises
    ------
    ModelError
        If some layer cannot be cut small enough.
    """
    return _Scheduler(network, config, mode, goal).schedule()


class _Scheduler:
    def __init__(self, network: Network, config: DwcPwcConfig, mode: Mode, goal: Goal) -> None:
        self.network, self.config, self.mode = network, config, mode
        self.kinds = [self._kind(layer) for layer in network.layers]
        self.planner = SegmentPlanner(network, self.kinds, config, outside=mode == "unfused", goal=goal)
        self.steps: list[Step] = []
        self.addresses: dict[int, int] = {}
        self.outside_beats = 0
        self.group = 0

    def schedule(self) -> Schedule:
        segments = self.planner.segments()
        for segment in segments:
            self._segment(segment)
        return Schedule(
            network=self.network,
            config=self.config,
            segments=tuple(segments),
            steps=tuple(self.steps),
            addresses=self.addresses,
            outside_beats=self.outside_beats,
        )

    def _kind(self, layer: Layer) -> LayerKind:
        kind = layer_kind(layer, self.config)
        return LayerKind.WORDS if kind == LayerKind.DEPTHWISE and self.mode == "unfused" else kind

    def _segment(self, segment: Segment) -> None:
        layers = self.network.layers[segment.first : segment.end]
        together = fits(self._together(segment), self.config)
        self.group += 1
        for rows in bands(self.network.planes[layers[-1].output][0], segment.band):
            spans = band_rows(layers, rows)
            places = self._places(segment, spans)
            for tensor, home in self.planner.borders(segment).items():
                if tensor != layers[-1].output and home == "outside":
                    self._move(segment.first, tensor, spans[tensor], places[tensor], inwards=True)
            if segment.group:
                self._grouped(segment, spans, places)
            else:
                for number, layer in enumerate(layers, segment.first):
                    self._layer(number, layer, spans, places, together=together)
            if segment.output_home == "outside":
                self._move(segment.end - 1, layers[-1].output, rows, places[layers[-1].output], inwards=False)

    def _grouped(self, segment: Segment, spans: dict[int, Span], places: dict[int, Held]) -> None:
        """Make some channels, and pool them, before the next ones."""
        making, pooling = self.network.layers[segment.first : segment.end]
        for span in bands(making.shape.out_channels, segment.group):
            inside = dataclasses.replace(places[making.output], channel=span[0])
            self.group += 1
            parts = {
                segment.first: Part(rows=spans[making.output], channels=span, inputs=(0, making.shape.channels)),
                segment.first + 1: Part(rows=spans[pooling.output], channels=span, inputs=span),
            }
            for number, part in parts.items():
                layer = self.network.layers[number]
                self.steps.append(
                    Step(
                        kind=self.kinds[number],
                        tensor=layer.output,
                        rows=part.rows,
                        number=number,
                        part=part,
                        sources=tuple(inside if layer is pooling else places[source] for source in layer.sources),
                        target=places[layer.output] if layer is pooling else inside,
                        group=self.group,
                    )
                )

    def _together(self, segment: Segment) -> Memories:
        """Room of all weights and parameters of a segment."""
        found = Memories()
        for number in range(segment.first, segment.end):
            for part in self._parts(number, (0, 1)):
                taken = self._needs(number, part)
                found = Memories(
                    **{name: value + getattr(taken, name) for name, value in dataclasses.asdict(found).items()}
                )
        return found

    def _places(self, segment: Segment, spans: dict[int, Span]) -> dict[int, Held]:
        """Where the rows of a band lie."""
        layers = self.network.layers[segment.first : segment.end]
        borders = self.planner.borders(segment)
        found = {
            tensor: Held(placement=self.planner.resident(tensor, home))
            for tensor, home in borders.items()
            if home != "outside"
        }
        free = [tensor for tensor in spans if tensor not in found]
        placements = [self.planner.held(tensor, spans[tensor], borders.get(tensor), segment.group) for tensor in free]
        grouped = segment.group > 0
        items = [item_of(layers, *each, grouped=grouped) for each in zip(free, placements, strict=True)]
        addresses = pack(items, self.planner.fixed(segment), self.config)
        assert addresses is not None
        for tensor, placement, address in zip(free, placements, addresses, strict=True):
            there = dataclasses.replace(placement, address=address)
            found[tensor] = Held(placement=there, first=spans[tensor][0])
        return found

    def _move(self, number: int, tensor: int, rows: Span, there: Held, *, inwards: bool) -> None:
        """Bring rows of a tensor in or out."""
        at_end = tensor == (self.network.input if inwards else self.network.output)
        kinds = (LayerKind.INPUT, LayerKind.LOAD) if inwards else (LayerKind.OUTPUT, LayerKind.STORE)
        if not at_end and tensor not in self.addresses:
            height, width, channels = self.network.planes[tensor]
            self.addresses[tensor] = self.outside_beats
            self.outside_beats += height * width * -(-channels // self.config.bandwidth)
        kind = kinds[0] if at_end else kinds[1]
        self.steps.append(Step(kind=kind, tensor=tensor, rows=rows, number=number, target=there))

    def _layer(
        self, number: int, layer: Layer, spans: dict[int, Span], places: dict[int, Held], *, together: bool
    ) -> None:
        rows = spans[layer.output]
        for part in self._parts(number, rows):
            if not together:
                self.group += 1
            self.steps.append(
                Step(
                    kind=self.kinds[number],
                    tensor=layer.output,
                    rows=rows,
                    number=number,
                    part=part,
                    sources=tuple(places[source] for source in layer.sources),
                    target=places[layer.output],
                    group=self.group,
                )
            )

    def _parts(self, number: int, rows: Span) -> list[Part]:
        """As few groups of output channels as the memories allow."""
        layer, config = self.network.layers[number], self.config
        shape, kind = layer.shape, self.kinds[number]
        if shape.kind == "depthwise" and kind == LayerKind.WORDS:
            # On the dot-product engine, one group of lanes at a time: all other weights are zero.
            lanes = min(config.input_lanes, config.output_lanes)
            spans = bands(shape.channels, lanes)
            return [Part(rows=rows, channels=span, inputs=span) for span in spans]
        step = config.depthwise_lanes if kind == LayerKind.DEPTHWISE else config.output_lanes
        most = -(-shape.out_channels // step)
        for count in range(1, most + 1):
            size = -(-most // count) * step
            parts = [
                Part(rows=rows, channels=span, inputs=span if kind == LayerKind.DEPTHWISE else (0, shape.channels))
                for span in bands(shape.out_channels, size)
            ]
            if fits(self._needs(number, parts[0]), config):
                return parts
            if not shape.has_dot_products and not shape.has_depthwise:
                break
        raise self._too_large(number)

    def _needs(self, number: int, part: Part) -> Memories:
        return needs(self.network.graph, self.network.layers[number], part, self.kinds[number], self.config)

    def _too_large(self, number: int) -> ModelError:
        layer, config = self.network.layers[number], self.config
        part = Part(rows=(0, 1), channels=(0, min(config.output_lanes, layer.shape.out_channels)), inputs=(0, 0))
        part = dataclasses.replace(part, inputs=(0, layer.shape.channels))
        taken = self._needs(number, part)
        least = {
            "weight_bytes": taken.weights,
            "channels": taken.parameters * config.requantizers,
            "depthwise_channels": taken.depthwise * config.depthwise_lanes,
        }
        name = next((name for name, value in least.items() if value > getattr(config, name)), "weight_bytes")
        op = layer.operators[-1]
        return ModelError(
            f"{name} must be at least {least[name]} for operator {op.index} ({op.kind}), not {getattr(config, name)}"
        )


def settings(schedule: Schedule, step: Step, places: Memories) -> LayerConfig:
    """Descriptor of a step.

    Parameters
    ----------
    schedule : Schedule
    step : Step
    places : Memories
        Where its weights and parameters are.

    Returns
    -------
    LayerConfig
    """
    network, config = schedule.network, schedule.config
    if step.part is not None:
        layer = network.layers[step.number]
        return describe(network.graph, layer, step.part, step.kind, step.sources, step.target, places, config)
    first, end = step.rows
    height, (_, width, channels) = end - first, step.target.placement.plane
    target = target_fields(step.target.placement) | {"tiles": height * width}
    outside = {}
    if step.kind in (LayerKind.LOAD, LayerKind.STORE):
        beats = -(-channels // config.bandwidth)
        address = schedule.addresses[step.tensor] + first * width * beats
        outside = {"outside_address": address, "outside_beats": height * width * beats}
    if step.kind in (LayerKind.INPUT, LayerKind.LOAD):
        return LayerConfig(kind=step.kind, **target, **outside)
    target["address"] = target["row_pitch"] = target["pixel_pitch"] = 0
    source = source_fields(step.target.placement, first - step.target.first, 0)
    return LayerConfig(kind=step.kind, **target, **source, **outside)
