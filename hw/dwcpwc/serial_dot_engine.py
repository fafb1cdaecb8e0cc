"""Bit-serial dot-product engine: the activations' bits one after the other."""
# Ref: P. Judd et al., "Stripes: bit-serial deep neural network computing", MICRO 2016. doi:10.1109/MICRO.2016.7783722

import itertools

from amaranth.hdl import Cat, Module, Mux, Signal, Value, signed
from amaranth.lib import stream, wiring
from amaranth.lib.data import StructLayout, View
from amaranth.lib.wiring import In, Out, connect, flipped

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.hw.dwcpwc.layouts import dot_beat, dot_sums
from racelet.hw.dwcpwc.partial_sums import PartialSums

BITS = 8
"""Of an activation."""


def marks(config: DwcPwcConfig) -> StructLayout:
    """What accompanies a bit of a beat: whether it is the first or the last one, and what is known of the beat."""
    slot = range(max(config.tile_pixels, 2))
    return StructLayout({"begins": 1, "ends": 1, "slot": slot, "first": 1, "last": 1})


class SerialDotEngine(wiring.Component):
    """Bit-serial engine: ``input_lanes * output_lanes`` ANDs of a weight with one bit of an activation.

    Keeps to :class:`~racelet.hw.dwcpwc.dot_engine.DotEngineSignature`.
    Works on a beat for eight cycles, from the activations' sign bits down, and accepts the next one in the last of
    them; sums follow ``latency`` cycles after the ``last`` beat is taken. Everything holds while a second sum waits
    behind one that is not taken. Adders: M trees of N, one adder between registers, M that shift and add the trees'
    sums, and M accumulators with ``tile_pixels`` slots.

    Parameters
    ----------
    config : DwcPwcConfig

    Members
    -------
    i : In(stream.Signature(dot_beat(config)))
        Beats.
    o : Out(stream.Signature(dot_sums(config)))
        Sums.
    """

    i: stream.Interface
    o: stream.Interface

    def __init__(self, config: DwcPwcConfig) -> None:
        self.config = config
        # Registers of a tree's levels.
        self.levels = config.input_lanes.bit_length() - 1
        self.latency = BITS + self.levels + 1 + PartialSums.LATENCY
        super().__init__(
            {"i": In(stream.Signature(dot_beat(config))), "o": Out(stream.Signature(dot_sums(config)))},
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        width, lanes = 2 * BITS + self.levels, range(self.config.input_lanes)
        m.submodules.sums = sums = PartialSums(self.config, width, every_cycle=False)
        connect(m, sums.o, flipped(self.o))
        step, begin = (Signal(name=name) for name in ("step", "begin"))
        # Which bits of the beat's activations are worked on.
        turn = Signal(BITS)
        free = ~turn[:-1].any()
        beat = Signal(dot_beat(self.config), reset_less=True)
        m.d.comb += [step.eq(sums.i.ready), self.i.ready.eq(step & free), begin.eq(self.i.valid & free)]
        with m.If(step):
            m.d.sync += turn.eq(Cat(begin, turn[:-1]))
            # The next bits come to the top.
            m.d.sync += [beat.activations[lane].eq(beat.activations[lane] << 1) for lane in lanes]
            with m.If(begin):
                m.d.sync += beat.eq(self.i.p)
        now = Signal(marks(self.config))
        m.d.comb += [
            now.begins.eq(turn[0]),
            now.ends.eq(turn[-1]),
            now.slot.eq(beat.slot),
            now.first.eq(beat.first),
            now.last.eq(beat.last),
        ]
        stages = [now, *(Signal(marks(self.config), name=f"marks_{level}") for level in range(self.levels + 1))]
        done = stages[-1]
        with m.If(step):
            m.d.sync += [after.eq(before) for before, after in itertools.pairwise(stages)]
        m.d.comb += [
            sums.i.valid.eq(done.ends),
            sums.i.p.slot.eq(done.slot),
            sums.i.p.first.eq(done.first),
            sums.i.p.last.eq(done.last),
        ]
        bits = Cat(beat.activations[lane][-1] for lane in lanes)
        for row in range(self.config.output_lanes):
            tree = self._tree(m, step, bits, beat.weights[row], row)
            total = Signal(signed(width), name=f"total_{row}", reset_less=True)
            m.d.comb += sums.i.p.terms[row].eq(total)
            with m.If(step):
                # The sign bit counts against the others.
                m.d.sync += total.eq(Mux(stages[-2].begins, -tree, (total << 1) + tree))
        return m

    def _tree(self, m: Module, step: Value, bits: Value, weights: View, row: int) -> Value:
        """Sum of one row's weights whose activations have a one: registers behind each level of the tree."""
        terms: list[Value] = [Mux(bit, weights[lane], 0) for lane, bit in enumerate(bits)]
        while len(terms) > 1:
            pairs = list(zip(terms[::2], terms[1::2], strict=True))
            shape, count = signed(len(terms[0]) + 1), len(pairs)
            sums = [Signal(shape, name=f"sum_{row}_{count}_{k}", reset_less=True) for k in range(count)]
            with m.If(step):
                m.d.sync += [term.eq(first + second) for term, (first, second) in zip(sums, pairs, strict=True)]
            terms = [*sums]
        return terms[0]
