"""In-memory-computing dot-product engine: currents of memory cells, added on bit lines and read by ADCs."""
# Ref: W.-H. Chen et al., "CMOS-integrated memristive non-volatile computing-in-memory for AI edge processors", Nature
# Electronics 2:420, 2019. doi:10.1038/s41928-019-0288-0

from amaranth.hdl import EnableInserter, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.data import StructLayout
from amaranth.lib.wiring import In, Out, connect, flipped

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.hw.adc.column_path import ColumnPath
from racelet.hw.adc.imc_macro import ImcMacro
from racelet.hw.adc.slice_accumulator import SliceAccumulator
from racelet.hw.dwcpwc.layouts import dot_beat, dot_sums
from racelet.hw.dwcpwc.partial_sums import PartialSums


def marks(config: DwcPwcConfig) -> StructLayout:
    """What is known of a beat."""
    return StructLayout({"slot": range(max(config.tile_pixels, 2)), "first": 1, "last": 1})


class ImcDotEngine(wiring.Component):
    """In-memory-computing engine: a column path of ``8 * output_lanes`` ADCs, whose macro holds the beat's weights.

    Keeps to :class:`~racelet.hw.dwcpwc.dot_engine.DotEngineSignature`.
    A bit of all activations switches rows of the macro on, from the sign bits down; ADCs search the sums of every bit
    of weights, which are shifted and added one after the other. So the engine works on a beat for ``cycles``, and
    accepts the next one in the cycle that follows; sums follow ``latency`` cycles after the ``last`` beat is taken.
    Everything holds while a second sum waits behind one that is not taken. Cells are all alike, there is no noise, and
    a level for every sum of a bit of activations and one of weights: sums are exact. Comparators: ``8 * output_lanes``;
    adders: M accumulators for the sums of a beat, and M with ``tile_pixels`` slots.

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
        columns = config.imc_columns
        # An ADC searches a bit in a cycle and gives its code in the next one, no later than the last slice is added.
        self.cycles = columns.input_bits * columns.weight_bits
        macro = ImcMacro(columns, config.imc_cells).latency
        last_step = columns.bits + 1 + columns.weight_bits - 1 + SliceAccumulator.LATENCY
        path = macro + self.cycles - columns.weight_bits + last_step
        self.latency = 1 + path + PartialSums.LATENCY
        super().__init__(
            {"i": In(stream.Signature(dot_beat(config))), "o": Out(stream.Signature(dot_sums(config)))},
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        columns = self.config.imc_columns
        m.submodules.sums = sums = PartialSums(self.config, columns.accumulator_bits, every_cycle=False)
        connect(m, sums.o, flipped(self.o))
        step, begin, offered = (Signal(name=name) for name in ("step", "begin", "offered"))
        path = ColumnPath(columns, self.config.imc_cells, self.config.imc_table)
        m.submodules.path = EnableInserter(step)(path)
        # Cycles for which the beat is still worked on; what is known of it, and of the one whose sums come next.
        left = Signal(range(self.cycles))
        beat = Signal(dot_beat(self.config), reset_less=True)
        kept = Signal(marks(self.config), name="kept_marks", reset_less=True)
        m.d.comb += [
            step.eq(sums.i.ready),
            begin.eq(self.i.valid & (left == 0)),
            self.i.ready.eq(step & (left == 0)),
        ]
        with m.If(step):
            m.d.sync += [left.eq(Mux(begin, self.cycles - 1, left - (left != 0))), offered.eq(offered & ~path.i.ready)]
            with m.If(begin):
                m.d.sync += [beat.eq(self.i.p), offered.eq(1)]
            with m.If(left == 0):
                # Its sums come later, and those of the next beat later still.
                m.d.sync += [kept.slot.eq(beat.slot), kept.first.eq(beat.first), kept.last.eq(beat.last)]
        m.d.comb += [
            path.i.valid.eq(offered),
            path.i.p.activations.eq(beat.activations),
            path.i.p.weights.eq(beat.weights),
            # The sums of every beat are given out, to be added to those of its slot.
            path.i.p.first.eq(1),
            path.i.p.last.eq(1),
            path.o.ready.eq(1),
            sums.i.valid.eq(path.o.valid),
            sums.i.p.slot.eq(kept.slot),
            sums.i.p.first.eq(kept.first),
            sums.i.p.last.eq(kept.last),
            *(sums.i.p.terms[row].eq(path.o.p[row]) for row in range(self.config.output_lanes)),
        ]
        return m
