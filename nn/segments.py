"""Segments: which layers run together, in bands of how many rows, and which tensors stay on the chip."""
# A tensor on the border of two segments stays in the buffer as a whole or goes out and comes back. Inside a segment
# nothing leaves the chip; rows that two bands share are computed twice. A border is where one or two tensors are
# needed, so a residual block can be cut inside. The choice with the lowest cost is found by dynamic programming over
# the borders and over where their tensors are.

import dataclasses
import functools
import itertools
from collections.abc import Sequence
from typing import Literal

from racelet.golden.dwcpwc.config import BANKS, DwcPwcConfig
from racelet.golden.dwcpwc.cycles import layer_cycles
from racelet.golden.dwcpwc.layer_config import LayerKind
from racelet.nn.bands import Item, band_rows, band_sizes, bands, held, item_of, pack, row_step
from racelet.nn.describe import Held, Memories, Part, Span, describe, needs, whole
from racelet.nn.errors import ModelError
from racelet.nn.groups import can_group, fits, group_sizes, grouped
from racelet.nn.layers import Layer, Network
from racelet.nn.place import Placement, granularities, lifetimes, pixel_pitch

MAX_LAYERS = 12
"""Layers of the longest segment that is tried."""

Home = Literal["outside", "low", "high"]
"""Where a tensor on a border is: outside, or in the buffer, at its lower or upper end."""
Goal = Literal["balance", "cycles", "bytes"]
"""What is made least: cycles; bytes across the edge, cycles where those are equal; or, in balance, cycles where each
byte counts EDGE_WEIGHT times the time that it takes, as it costs energy, too."""
EDGE_WEIGHT = 4
Cost = tuple[float, float]
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
    homes : dict of int to {"outside", "low", "high"}
        By tensor, of all that are there before it; they stay where they are.
    output_home : {"outside", "low", "high"}
        Of what its last layer makes.
    band : int
        Rows of the output in one band.
    group : int
        Channels of what its first layer makes that are there at one time; 0: all.
    """

    first: int
    end: int
    homes: dict[int, Home]
    output_home: Home
    band: int
    group: int = 0


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
    goal : {"balance", "cycles", "bytes"}
        What is made least.
    """

    def __init__(
        self,
        network: Network,
        kinds: list[LayerKind],
        config: DwcPwcConfig,
        *,
        outside: bool = False,
        goal: Goal = "balance",
    ) -> None:
        self.network, self.kinds, self.config, self.outside, self.goal = network, kinds, config, outside, goal
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
        best: list[dict[tuple[Home, ...], _Choice]] = [{} for _ in self.cuts]
        best[0]["outside",] = _Choice()
        for number, (first, before) in enumerate(self.cuts[:-1]):
            for other in self._ends(number):
                end, after = self.cuts[other]
                made = self.network.layers[end - 1].output
                homes = HOMES[:1] if end == len(self.network.layers) else HOMES
                for there, home in itertools.product(list(best[number]), homes):
                    known = dict(zip(before, there, strict=True))
                    found = self._segment(first, end, known, home)
                    if found is None:
                        continue
                    choice = best[number][there].then(*found, there, number)
                    left: tuple[Home, ...] = tuple(home if tensor == made else known[tensor] for tensor in after)
                    if left not in best[other] or choice.cost < best[other][left].cost:
                        best[other][left] = choice
        if not best[-1]:
            raise self._too_small()
        return self._trace(best)

    def _ends(self, number: int) -> list[int]:
        """Cuts at which a segment may end that begins at one: its last layer makes what is new there."""
        found: list[int] = []
        first, before = self.cuts[number]
        single = False
        for other, (end, after) in enumerate(self.cuts[number + 1 :], number + 1):
            # The next cut with a single tensor can be reached however far it is.
            if end - first > MAX_LAYERS and (single or len(after) > 1):
                if single:
                    break
                continue
            single = single or len(after) == 1
            if set(after) <= {self.network.layers[end - 1].output, *before}:
                found.append(other)
        return found

    def _banded(self, first: int, end: int) -> tuple[Cost, Segment] | None:
        """A segment with everything outside."""
        layers = self.network.layers[first:end]
        made = {layer.output for layer in layers}
        sources = {source for layer in layers for source in layer.sources} - made
        return self._segment(first, end, dict.fromkeys(sorted(sources), "outside"), "outside")

    def _alone(self, number: int) -> Segment:
        """One layer, everything outside."""
        found = self._banded(number, number + 1)
        if found is None:
            raise self._named(number, self._least(number, number + 1))
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

    def _cuts(self) -> list[tuple[int, tuple[int, ...]]]:
        """Positions between layers at which one or two tensors are needed, and those."""
        cuts = []
        for position in range(len(self.network.layers) + 1):
            needed = tuple(index for index, (first, last) in self.live.items() if first < position <= last)
            if len(needed) <= 2:
                cuts.append((position, needed))
        return cuts

    def _trace(self, best: "list[dict[tuple[Home, ...], _Choice]]") -> list[Segment]:
        found: list[Segment] = []
        choice = best[-1]["outside",]
        while choice.segment is not None:
            found.append(choice.segment)
            choice = best[choice.cut][choice.homes]
        return found[::-1]

    def _segment(self, first: int, end: int, homes: dict[int, Home], output_home: Home) -> tuple[Cost, Segment] | None:
        """The largest bands that fit, and their cost."""
        layers = self.network.layers[first:end]
        output = layers[-1].output
        fixed = self.fixed(Segment(first=first, end=end, homes=homes, output_home=output_home, band=1))
        if any(address < 0 for address, _ in fixed) or sum(size for _, size in fixed) > self.config.bank_bytes:
            return None
        if any(self._overlap(*pair) for pair in itertools.combinations(fixed, 2)):
            return None
        read = {source for layer in layers for source in layer.sources}
        inside = tuple(sorted((tensor, home != "outside") for tensor, home in homes.items() if tensor in read))
        height = self.network.planes[output][0]
        step = 3 if output_home != "outside" else row_step(layers)
        for band in band_sizes(height, step):
            shapes, cost = self._items(first, end, band, inside, output_home != "outside")
            if all(pack(items, fixed, self.config) is not None for items in shapes):
                return cost, Segment(first=first, end=end, homes=homes, output_home=output_home, band=band)
        for group in self._groups(first, end):
            shapes, cost = self._items(first, end, height, inside, output_home != "outside", group)
            if all(pack(items, fixed, self.config) is not None for items in shapes):
                homes_there = {"homes": homes, "output_home": output_home}
                return cost, Segment(first=first, end=end, **homes_there, band=height, group=group)
        return None

    def _groups(self, first: int, end: int) -> list[int]:
        """Channels of a group, as far as their weights fit; none where the segment has no groups."""
        layers = self.network.layers[first:end]
        if self.outside or not can_group(layers, self.kinds[first:end]):
            return []
        shape, kind = layers[0].shape, self.kinds[first]
        found = []
        for size in group_sizes(shape.out_channels, self.config):
            part = Part(rows=(0, shape.out_height), channels=(0, size), inputs=(0, shape.channels))
            making = needs(self.network.graph, layers[0], part, kind, self.config)
            if fits(_sum([making, self._needs(end - 1)]), self.config):
                found.append(size)
        return found

    def fixed(self, segment: Segment) -> list[tuple[int, int]]:
        """Address and size of what is in the buffer during a whole segment."""
        output = self.network.layers[segment.end - 1].output
        there: list[tuple[int, Home]] = [pair for pair in segment.homes.items() if pair[1] != "outside"]
        if segment.output_home != "outside" and not self._in_place(segment):
            there.append((output, segment.output_home))
        placements = [self.resident(tensor, home) for tensor, home in there]
        return [(placement.address, placement.bank_bytes) for placement in placements]

    def _in_place(self, segment: Segment) -> bool:
        """Whether the output takes the place of an operand of the addition that makes it, row by row."""
        *before, last = self.network.layers[segment.first : segment.end]
        for tensor in last.sources:
            if (
                last.shape.kind == "add"
                and segment.homes.get(tensor) == segment.output_home
                and self.live[tensor][1] == segment.end - 1
                and not any(tensor in layer.sources for layer in before)
            ):
                places = [self.resident(each, segment.output_home) for each in (tensor, last.output)]
                return places[0] == places[1]
        return False

    def _overlap(self, first: tuple[int, int], second: tuple[int, int]) -> bool:
        return first[0] < second[0] + second[1] and second[0] < first[0] + first[1]

    def _band_items(
        self, first: int, end: int, band: int, inside: tuple[tuple[int, bool], ...], output_inside: bool, group: int = 0
    ) -> tuple[set[tuple[Item, ...]], Cost]:
        """Tensors in the buffer during each band, as far as bands differ; and the segment's cost.

        Of what it reads and of its output only whether they are in the buffer as a whole matters.
        """
        network, config = self.network, self.config
        layers = network.layers[first:end]
        height = network.planes[layers[-1].output][0]
        whole_inside = {tensor for tensor, there in (*inside, (layers[-1].output, output_inside)) if there}
        moving = {tensor for tensor, _ in inside} | {layers[-1].output}
        shapes: set[tuple[Item, ...]] = set()
        moved = computed = 0.0
        all_bands = bands(height, band)
        for rows in all_bands:
            spans = band_rows(layers, rows)
            shapes.add(tuple(self._band_shape(layers, spans, moving, whole_inside, group)))
            for number, layer in enumerate(layers, first):
                span = spans[layer.output]
                computed += self.cycles[number] * (span[1] - span[0]) / layer.shape.out_height
            for tensor in moving - whole_inside:
                moved += (spans[tensor][1] - spans[tensor][0]) * self.row_bytes(tensor)
        # Weights that do not fit come again for every band.
        again = 1 if self._fits_memories(first, end) else len(all_bands)
        moved += again * sum(self._program_bytes(number) for number in range(first, end))
        weight = EDGE_WEIGHT if self.goal == "balance" else 1
        cycles = weight * moved / config.bandwidth + computed
        return shapes, (moved, cycles) if self.goal == "bytes" else (cycles, moved)

    def borders(self, segment: Segment) -> dict[int, Home]:
        """Tensors that a segment reads from before it, and its output."""
        layers = self.network.layers[segment.first : segment.end]
        read = {source for layer in layers for source in layer.sources}
        homes: dict[int, Home] = {tensor: home for tensor, home in segment.homes.items() if tensor in read}
        homes[layers[-1].output] = segment.output_home
        return homes

    def _band_shape(
        self, layers: Sequence[Layer], spans: dict[int, Span], moving: set[int], inside: set[int], group: int
    ) -> list[Item]:
        placements = {
            tensor: self.held(tensor, span, "outside" if tensor in moving else None, group)
            for tensor, span in spans.items()
            if tensor not in inside
        }
        return [item_of(layers, *each, grouped=group > 0) for each in placements.items()]

    def held(self, tensor: int, span: Span, home: Home | None, group: int = 0) -> Placement:
        """Room of some rows of a tensor, and of some channels of one that is inside a segment."""
        placement = held(self.network, tensor, span, self.pitch(tensor, home))
        return grouped(placement, group) if group and home is None else placement

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

    def _too_small(self) -> ModelError:
        """The least buffer in which some bands of every segment would fit, everything outside."""
        # From each cut on: bytes, and the first layer of the segment that needs them.
        needed: dict[int, tuple[int, int]] = {len(self.cuts) - 1: (0, 0)}
        for number in range(len(self.cuts) - 2, -1, -1):
            first = self.cuts[number][0]
            ways = [
                max((self._least(first, self.cuts[other][0]), first), needed[other]) for other in self._ends(number)
            ]
            needed[number] = min(ways, default=(LARGEST, first))
        return self._named(needed[0][1], needed[0][0])

    def _least(self, first: int, end: int) -> int:
        """Bytes of the least buffer in which the smallest bands of a segment fit, everything outside."""
        layers = self.network.layers[first:end]
        band = band_sizes(self.network.planes[layers[-1].output][0], row_step(layers))[-1]
        step = BANKS * self.config.input_lanes
        roomy = dataclasses.replace(self.config, activation_bytes=LARGEST - LARGEST % step)
        sources = {source for layer in layers for source in layer.sources} - {layer.output for layer in layers}
        outside = tuple((tensor, False) for tensor in sorted(sources))
        group = min(self._groups(first, end), default=0)
        needed = 0
        for items in self._items(first, end, band, outside, False, group)[0]:
            addresses = pack(items, [], roomy)
            tops = [there + item.size for there, item in zip(addresses or [], items, strict=False)]
            needed = max(needed, *tops, 0) if addresses else LARGEST
        return -(-needed * BANKS // step) * step

    def _named(self, first: int, least: int) -> ModelError:
        op = self.network.layers[first].window
        return ModelError(
            f"activation_bytes must be at least {least} for operator {op.index} ({op.kind}), "
            f"not {self.config.activation_bytes}"
        )


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Choice:
    """The cheapest way to a cut, with its tensors in certain homes."""

    cost: Cost = (0.0, 0.0)
    segment: Segment | None = None
    homes: tuple[Home, ...] = ()
    cut: int = 0

    def then(self, cost: Cost, segment: Segment, homes: tuple[Home, ...], cut: int) -> "_Choice":
        """The way that goes on with a segment."""
        total = (self.cost[0] + cost[0], self.cost[1] + cost[1])
        return _Choice(cost=total, segment=segment, homes=homes, cut=cut)


def _sum(parts: list[Memories]) -> Memories:
    fields = [dataclasses.asdict(part) for part in parts]
    return Memories(**{name: sum(each[name] for each in fields) for name in fields[0]})
