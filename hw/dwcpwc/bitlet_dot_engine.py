"""Bit-distilling dot-product engine: as many cycles as the weights have digits, without a multiplier."""
# Ref: H. Lu et al., "Distilling bit-level sparsity parallelism for general purpose deep learning acceleration",
# MICRO 2021.

import itertools

from amaranth.hdl import Cat, Module, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.data import StructLayout, View
from amaranth.lib.wiring import In, Out, connect, flipped

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.hw.dwcpwc.distillation_row import TERM_WIDTH, DistillationRow
from racelet.hw.dwcpwc.layouts import dot_beat, dot_sums
from racelet.hw.dwcpwc.partial_sums import PartialSums


def marks(config: DwcPwcConfig) -> StructLayout:
    """What is known of the beat that is worked on, if there is one; ``begins``: in its first cycle."""
    slot = range(max(config.tile_pixels, 2))
    return StructLayout({"there": 1, "begins": 1, "slot": slot, "first": 1, "last": 1})


class BitletDotEngine(wiring.Component):
    """Bit-distilling engine: ``output_lanes`` rows of four lanes, each of which takes a digit of a weight per cycle.

    Keeps to :class:`~racelet.hw.dwcpwc.dot_engine.DotEngineSignature`. Works on a beat as long as the row with most to
    do has digits left, one cycle at least, and accepts the next one in the last of these cycles: how many they are
    depends on the set of weights alone, :func:`racelet.golden.dwcpwc.engine_cycles.set_cycles`. Sums follow ``latency``
    cycles after the ``last`` beat is taken, if it takes one cycle; every further one adds one. Everything holds while a
    second sum waits behind one that is not taken. Adders: seven for each row, and M accumulators with ``tile_pixels``
    slots.

    Parameters
    ----------
    config : DwcPwcConfig
        With ``engine`` "bitlet".

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
        self.latency = 1 + DistillationRow.LATENCY + PartialSums.LATENCY
        super().__init__(
            {"i": In(stream.Signature(dot_beat(config))), "o": Out(stream.Signature(dot_sums(config)))},
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.sums = sums = PartialSums(self.config, TERM_WIDTH)
        connect(m, sums.o, flipped(self.o))
        step, begin, ends = (Signal(name=name) for name in ("step", "begin", "ends"))
        now = Signal(marks(self.config))
        # Of the beat on which the lanes work, and of the one whose digits they took in the cycle before.
        activations = [
            Signal(self.i.p.activations.shape(), name=f"activations_{stage}", reset_less=True) for stage in range(2)
        ]
        m.d.comb += [step.eq(sums.i.ready), self.i.ready.eq(step & ends), begin.eq(self.i.valid & ends)]
        with m.If(step):
            m.d.sync += [
                now.begins.eq(begin),
                now.there.eq(begin | (now.there & ~ends)),
                activations[1].eq(activations[0]),
            ]
            with m.If(begin):
                m.d.sync += [
                    now.slot.eq(self.i.p.slot),
                    now.first.eq(self.i.p.first),
                    now.last.eq(self.i.p.last),
                    activations[0].eq(self.i.p.activations),
                ]
        rows = [DistillationRow(self.config) for _ in range(self.config.output_lanes)]
        m.d.comb += ends.eq(Cat(row.ends for row in rows).all())
        for number, row in enumerate(rows):
            m.submodules[f"row_{number}"] = row
            m.d.comb += [
                row.step.eq(step),
                row.begin.eq(begin),
                row.weights.eq(self.i.p.weights[number]),
                row.activations.eq(activations[1]),
                sums.i.p.terms[number].eq(row.term),
            ]
        self._accompany(m, step, now, ends, sums)
        return m

    def _accompany(self, m: Module, step: Value, now: View, ends: Value, sums: PartialSums) -> None:
        """Send the terms of every cycle to the slot of its beat, with marks from the first and the last one."""
        taken = Signal(marks(self.config), name="taken")
        m.d.comb += [
            taken.there.eq(now.there),
            taken.slot.eq(now.slot),
            taken.first.eq(now.first & now.begins),
            taken.last.eq(now.last & ends),
        ]
        latency = range(DistillationRow.LATENCY)
        stages = [taken, *(Signal(marks(self.config), name=f"marks_{stage}") for stage in latency)]
        done = stages[-1]
        with m.If(step):
            m.d.sync += [after.eq(before) for before, after in itertools.pairwise(stages)]
        m.d.comb += [
            sums.i.valid.eq(done.there),
            sums.i.p.slot.eq(done.slot),
            sums.i.p.first.eq(done.first),
            sums.i.p.last.eq(done.last),
        ]
