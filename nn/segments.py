"""Segments: which layers run together, in bands of how many rows, and which tensors stay on the chip."""
# A tensor on the border of two segments stays in the buffer as a whole or goes out and comes back. Inside a segment
# nothing leaves the chip; rows that two bands share are computed twice. The choice with the lowest cost is found by
# dynamic programming over the borders.

import dataclasses
import functools
import itertools
from collections.abc import Sequence
from typing import Literal

from racelet.golden.dwcpwc.config import BANKS, DwcPwcConfig
from racelet.golden.dwcpwc.cycles import layer_cycles
from racelet.golden.dwcpwc.layer_config import LayerKind
from racelet.nn.bands import Item, band_rows, bands, held, pack, row_step
from racelet.nn.describe import Held, Memories, Span, describe, needs, whole
from racelet.nn.errors import ModelError
from racelet.nn.layers import Layer, Network
from racelet.nn.place import Placement, granularities, lifetimes, pixel_pitch

MAX_LAYERS = 12
"""Layers of the longest segment that is tried."""
MAX_BANDS = 48
"""Bands of a segment, beyond which only the smallest are tried."""

Home = Literal["outside", "low", "high"]
"""Where the tensor on a border is: outside, or in the buffer, at its lower or upper end."""
LARGEST = 9 << 20
"""Bytes of the largest activation buffer."""
HOMES: tuple[Home, ...] = ("outside", "low", "high")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Segment:
    """Layers that run band after band.

    Parameters
    ----------
    first, end : int
        Layers of the network.
    source_home, output_home : {"outside", "low", "high"}
        Of what it reads from before it, and of what its last layer makes.
    band : int
        Rows of the output in one band.
    """

    first: int
    end: int
    source_home: Home
    output_home: Home
    band: int


class SegmentPlanner:
    """Finds the segments of a network.

    Parameters
    ----------
    network : Network
    kinds : list of LayerKind
        How each layer runs.
    config : DwcPwcConfig
    outside : bool
        Keep every tensor outside, and run every layer by itself.
    """

    def __init__(self, network: Network, kinds: list[LayerKind], config: DwcPwcConfig, *, outside: bool) -> None:
        self.network, self.kinds, self.config, self.outside = network, kinds, config, outside
        self.live = lifetimes(network)
        self.sizes = granularities(network, kinds, config)
        self.cuts = self._cuts()
        self._items = functools.cache(self._band_items)
        self.cycles = [self._cycles(layer, kind) for layer, kind in zip(network.layers, kinds, strict=True)]

    def segments(self) -> list[Segment]:
        """The cheapest segments.

        Raises
        ------
        ModelError
            If not even one row of some layer fits.
        """
        if self.outside:
            return [self._alone(number) for number in range(len(self.network.layers))]
        best: list[dict[Home, tuple[float, Segment | None]]] = [{} for _ in self.cuts]
        best[0]["outside"] = (0.0, None)
        for number, (first, source) in enumerate(self.cuts[:-1]):
            for other, (end, output) in enumerate(self.cuts[number + 1 :], number + 1):
                if end - first > MAX_LAYERS and other > number + 1:
                    break
                homes = HOMES[:1] if end == len(self.network.layers) else HOMES
                for source_home, home in itertools.product(best[number], homes):
                    found = self._segment(first, end, source, output, source_home, home)
                    if found is None:
                        continue
                    total = best[number][source_home][0] + found[0]
                    if home not in best[other] or total < best[other][home][0]:
                        best[other][home] = (total, found[1])
        if not best[-1]:
            alone = itertools.pairwise(self.cuts)
            raise self._too_small(
                next(
                    first
                    for (first, source), (end, output) in alone
                    if self._segment(first, end, source, output, "outside", "outside") is None
                )
            )
        return self._trace(best)

    def _alone(self, number: int) -> Segment:
        """One layer, everything outside."""
        layer = self.network.layers[number]
        found = self._segment(number, number + 1, layer.source, layer.output, "outside", "outside")
        if found is None:
            raise self._too_small(number)
        return found[1]

    def pitch(self, tensor: int, home: Home | None) -> int:
        """Bytes of a pixel in the buffer; what comes from outside, or goes there, does so in whole words."""
        ends = (self.network.input, self.network.output)
        outside = home == "outside" and tensor not in ends
        size = self.config.input_lanes if outside else self.sizes[tensor]
        return pixel_pitch(self.network.planes[tensor][2], size, self.config)

    def resident(self, tensor: int, home: Home) -> Placement:
        """Place of a whole tensor at one end of the buffer."""
        placement = held(self.network, tensor, (0, self.network.planes[tensor][0]), self.pitch(tensor, home))
        if home == "low":
            return placement
        lanes = self.config.input_lanes
        return dataclasses.replace(placement, address=(self.config.bank_bytes - placement.bank_bytes) // lanes * lanes)

    def _cuts(self) -> list[tuple[int, int]]:
        """Positions between layers at which only one tensor is needed, and that tensor."""
        cuts = []
        for position in range(len(self.network.layers) + 1):
            needed = [index for index, (first, last) in self.live.items() if first < position <= last]
            if len(needed) == 1:
                cuts.append((position, needed[0]))
        return cuts

    def _trace(self, best: list[dict[Home, tuple[float, Segment | None]]]) -> list[Segment]:
        positions = {position: number for number, (position, _) in enumerate(self.cuts)}
        found: list[Segment] = []
        number = len(self.cuts) - 1
        home: Home = "outside"
        while (segment := best[number][home][1]) is not None:
            found.append(segment)
            number, home = positions[segment.first], segment.source_home
        return found[::-1]

    def _segment(
        self, first: int, end: int, source: int, output: int, source_home: Home, output_home: Home
    ) -> tuple[float, Segment] | None:
        """The largest bands that fit, and their cost."""
        fixed = []
        ends: list[tuple[int, Home]] = [(source, source_home), (output, output_home)]
        for tensor, home in ends:
            if home != "outside":
                placement = self.resident(tensor, home)
                fixed.append((placement.address, placement.bank_bytes))
        if any(address < 0 for address, _ in fixed) or (len(fixed) == 2 and self._overlap(fixed[0], fixed[1])):
            return None
        if sum(size for _, size in fixed) > self.config.bank_bytes:
            return None
        height = self.network.planes[output][0]
        step = 3 if output_home != "outside" else row_step(self.network.layers[first:end])
        for band in _band_sizes(height, step):
            shapes, cost = self._items(first, end, band, source_home, output_home)
            if all(pack(items, fixed, self.config) is not None for items in shapes):
                return cost, Segment(first=first, end=end, source_home=source_home, output_home=output_home, band=band)
        return None

    def _overlap(self, first: tuple[int, int], second: tuple[int, int]) -> bool:
        return first[0] < second[0] + second[1] and second[0] < first[0] + first[1]

    def _band_items(
        self, first: int, end: int, band: int, source_home: Home, output_home: Home
    ) -> tuple[set[tuple[Item, ...]], float]:
        """Tensors in the buffer during each band, as far as bands differ; and the segment's cost in cycles."""
        network, config = self.network, self.config
        layers = network.layers[first:end]
        output = layers[-1].output
        height = network.planes[output][0]
        shapes: set[tuple[Item, ...]] = set()
        moved = computed = 0.0
        all_bands = bands(height, band)
        for rows in all_bands:
            spans = band_rows(layers, rows)
            shapes.add(tuple(self._band_shape(layers, spans, source_home, output_home)))
            for number, layer in enumerate(layers, first):
                span = spans[layer.output]
                computed += self.cycles[number] * (span[1] - span[0]) / layer.shape.out_height
            for tensor, home in self.borders(layers, spans, source_home, output_home).items():
                if home == "outside":
                    moved += (spans[tensor][1] - spans[tensor][0]) * self.row_bytes(tensor)
        # Weights that do not fit come again for every band.
        again = 1 if self._fits_memories(first, end) else len(all_bands)
        moved += again * sum(self._program_bytes(number) for number in range(first, end))
        return shapes, moved / config.bandwidth + computed

    def borders(
        self, layers: Sequence[Layer], spans: dict[int, Span], source_home: Home, output_home: Home
    ) -> dict[int, Home]:
        """Tensors of a segment that are not inside it."""
        made = {layer.output for layer in layers}
        return {
            **{tensor: source_home for tensor in spans if tensor not in made},
            layers[-1].output: output_home,
        }

    def _band_shape(
        self, layers: Sequence[Layer], spans: dict[int, Span], source_home: Home, output_home: Home
    ) -> list[Item]:
        borders = self.borders(layers, spans, source_home, output_home)
        return [
            item_of(layers, tensor, held(self.network, tensor, span, self.pitch(tensor, borders.get(tensor))))
            for tensor, span in spans.items()
            if borders.get(tensor) not in ("low", "high")
        ]

    def row_bytes(self, tensor: int) -> int:
        """Bytes of a row on its way out or in."""
        _, width, channels = self.network.planes[tensor]
        if tensor in (self.network.input, self.network.output):
            return width * channels
        return width * -(-channels // self.config.bandwidth) * self.config.bandwidth

    def _needs(self, number: int) -> Memories:
        layer = self.network.layers[number]
        return needs(self.network.graph, layer, whole(layer), self.kinds[number], self.config)

    def _fits_memories(self, first: int, end: int) -> bool:
        """Whether weights and parameters of all layers fit at once."""
        return fits(_sum([self._needs(number) for number in range(first, end)]), self.config)

    def _program_bytes(self, number: int) -> int:
        found = self._needs(number)
        rows = found.parameters * self.config.requantizers
        depthwise = (found.depthwise + found.depthwise_parameters) * self.config.depthwise_lanes
        return found.weights + 9 * (rows + depthwise)

    def _cycles(self, layer: Layer, kind: LayerKind) -> int:
        """Cycles of a whole layer, wherever its tensors lie."""

        def anywhere(tensor: int) -> Held:
            height = self.network.planes[tensor][0]
            return Held(placement=held(self.network, tensor, (0, height), self.pitch(tensor, None)))

        sources = tuple(anywhere(tensor) for tensor in layer.sources)
        target = anywhere(layer.output)
        graph, config = self.network.graph, self.config
        return layer_cycles(describe(graph, layer, whole(layer), kind, sources, target, Memories(), config), config)

    def _too_small(self, first: int) -> ModelError:
        """The least buffer in which the smallest bands of what begins with a layer would fit, everything outside."""
        end = next((end for end, _ in self.cuts if end > first and not self.outside), first + 1)
        layers = self.network.layers[first:end]
        band = _band_sizes(self.network.planes[layers[-1].output][0], row_step(layers))[-1]
        step = BANKS * self.config.input_lanes
        roomy = dataclasses.replace(self.config, activation_bytes=LARGEST - LARGEST % step)
        needed = 0
        for items in self._items(first, end, band, "outside", "outside")[0]:
            addresses = pack(items, [], roomy)
            tops = [there + item.size for there, item in zip(addresses or [], items, strict=False)]
            needed = max(needed, *tops, 0) if addresses else LARGEST
        op = layers[0].window
        least = -(-needed * BANKS // step) * step
        return ModelError(
            f"activation_bytes must be at least {least} for operator {op.index} ({op.kind}), "
            f"not {self.config.activation_bytes}"
        )


def _band_sizes(height: int, step: int) -> list[int]:
    """Rows of a band that are tried, multiples of a step, largest first."""
    steps = -(-height // step)
    sizes = {-(-steps // count) for count in range(1, min(steps, MAX_BANDS) + 1)} | {1}
    return [min(size * step, height) if step == 1 else size * step for size in sorted(sizes, reverse=True)]


def item_of(layers: Sequence[Layer], tensor: int, placement: Placement) -> Item:
    """Room of a tensor of a segment in one band, and the layers during which it is taken."""
    made = [number for number, layer in enumerate(layers) if layer.output == tensor]
    used = [number for number, layer in enumerate(layers) if tensor in layer.sources]
    last = used[-1] if used and tensor != layers[-1].output else len(layers)
    return Item(size=placement.bank_bytes, first=made[0] if made else -1, last=last)


def fits(taken: Memories, config: DwcPwcConfig) -> bool:
    """Whether the memories have so much room.

    Examples
    --------
    >>> fits(Memories(weights=DwcPwcConfig().weight_bytes), DwcPwcConfig())
    True
    """
    return (
        taken.weights <= config.weight_bytes
        and taken.parameters * config.requantizers <= config.channels
        and max(taken.depthwise, taken.depthwise_parameters) * config.depthwise_lanes <= config.depthwise_channels
    )


def _sum(parts: list[Memories]) -> Memories:
    fields = [dataclasses.asdict(part) for part in parts]
    return Memories(**{name: sum(each[name] for each in fields) for name in fields[0]})
