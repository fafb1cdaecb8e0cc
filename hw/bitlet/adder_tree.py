"""Adder tree: the columns' sums to one, each at its significance."""

from collections.abc import Sequence
from typing import NamedTuple

from amaranth.hdl import Const, Module, Mux, Signal, Value, signed
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from racelet.golden.bitlet.config import BitletConfig
from racelet.hw.bitlet.layouts import column_sums


class _Node(NamedTuple):
    """A sum in the tree: of some lanes, from the first of them on, whose least significance it is counted in."""

    value: Value
    lanes: range


class AdderTree(wiring.Component):
    """Add the sums of all columns, of windows side by side too.

    One set of sums per cycle; the total is there as many cycles later as the tree has levels, for one cycle. Computes
    :func:`racelet.golden.bitlet.adder_tree.total`.

    Parameters
    ----------
    config : BitletConfig

    Members
    -------
    i : In(stream.Signature(column_sums(config), always_ready=True))
        Sums, each in units of its column.
    o : Out(stream.Signature(signed(config.total_width), always_ready=True))
        Totals.
    """

    i: stream.Interface
    o: stream.Interface

    def __init__(self, config: BitletConfig) -> None:
        self.config = config
        self.latency = (config.used_lanes - 1).bit_length()
        super().__init__(
            {
                "i": In(stream.Signature(column_sums(config), always_ready=True)),
                "o": Out(stream.Signature(signed(config.total_width), always_ready=True)),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        valid = Signal(self.latency)
        m.d.sync += valid.eq((valid << 1) | self.i.valid)
        nodes = [_Node(self.i.p.sums[lane], range(lane, lane + 1)) for lane in range(self.config.used_lanes)]
        ring = self.i.p.ring
        for level in range(self.latency):
            later = Signal.like(ring, name=f"ring_{level}")
            m.d.sync += later.eq(ring)
            nodes = [self._join(m, ring, level, nodes[number : number + 2]) for number in range(0, len(nodes), 2)]
            ring = later
        m.d.comb += [self.o.p.eq(nodes[0].value), self.o.valid.eq(valid[-1])]
        return m

    def _join(self, m: Module, ring: Value, level: int, pair: Sequence[_Node]) -> _Node:
        """Two sums to one, or one to itself, a cycle later."""
        lanes = range(pair[0].lanes.start, pair[-1].lanes.stop)
        found = sum((self._shifted(ring, node, lanes) for node in pair), Const(0, signed(1)))
        value = Signal(signed(min(len(found), self.config.total_width)), name=f"sum_{level}_{lanes.start}")
        m.d.sync += value.eq(found)
        return _Node(value, lanes)

    def _shifted(self, ring: Value, node: _Node, lanes: range) -> Value:
        """A sum in units of the least significance of more lanes, whatever the rings are."""
        bits = 2 if self.config.digits == "csd4" else 1
        shifts = [bits * (_least(node.lanes, size) - _least(lanes, size)) for size in self.config.rings]
        found = node.value << shifts[0]
        for index, shift in enumerate(shifts[1:], 1):
            if shift != shifts[0]:
                found = Mux(ring == index, node.value << shift, found)
        return found


def _least(lanes: range, size: int) -> int:
    """Least significance of some lanes, in rings of this size."""
    return min(lane % size for lane in lanes)
