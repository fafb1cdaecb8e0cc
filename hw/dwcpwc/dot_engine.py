"""Dot-product engines: one contract, and the bit-parallel one."""

import itertools

from amaranth.hdl import Cat, Module, Mux, Signal, Value, signed, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.data import View
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.hw.dwcpwc.layouts import dot_beat, dot_sums
from racelet.hw.lib.stream_slice import StreamSlice


class DotEngineSignature(wiring.Signature):
    """Contract of every dot-product engine.

    A beat has ``input_lanes`` int8 activations, ``output_lanes`` times as many int8 weights, and a ``slot``. The engine
    multiplies and adds to the slot's ``output_lanes`` partial sums, anew from ``first`` on; after ``last`` it gives
    them out as int32, wrapping. Sums come in the order of their ``last`` beats. Beats of ``tile_pixels`` slots may be
    interleaved. Latency may depend on the data; the handshakes carry it.

    Parameters
    ----------
    config : DwcPwcConfig
    """

    def __init__(self, config: DwcPwcConfig) -> None:
        super().__init__(
            {"i": In(stream.Signature(dot_beat(config))), "o": Out(stream.Signature(dot_sums(config)))},
        )


class ParallelDotEngine(wiring.Component):
    """Bit-parallel engine: ``input_lanes * output_lanes`` multipliers.

    Accepts one beat per cycle; sums follow ``latency`` cycles after the ``last`` beat. Everything holds while a second
    sum waits behind one that is not taken. Multipliers: N * M; adders: M trees of N, one adder between registers, and
    M accumulators with ``tile_pixels`` slots.

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
        # Registers of factors on their way and at the multipliers, of products, and of each level of the tree.
        self.stages = 2 + config.input_lanes.bit_length()
        self.latency = self.stages + 1
        super().__init__(DotEngineSignature(config))

    def elaborate(self, platform: object) -> Module:
        m = Module()
        stages = self.stages
        m.submodules.output = output = StreamSlice(dot_sums(self.config).size)
        step = Signal()
        shape = self.i.p.slot.shape()
        slots = [self.i.p.slot, *(Signal(shape, name=f"slot_{k}", reset_less=True) for k in range(stages))]
        valid = Signal(stages)
        first, last = Signal(stages), Signal(stages)
        # A beat before the last stage has the slot of the one that is in it.
        same = Signal()
        m.d.comb += [self.o.p.eq(output.o.p), self.o.valid.eq(output.o.valid), output.o.ready.eq(self.o.ready)]
        m.d.comb += [
            step.eq(output.i.ready),
            self.i.ready.eq(step),
            output.i.valid.eq(valid[-1] & last[-1]),
        ]
        with m.If(step):
            m.d.sync += [
                valid.eq(Cat(self.i.valid, valid)),
                first.eq(Cat(self.i.p.first, first)),
                last.eq(Cat(self.i.p.last, last)),
                same.eq(valid[-2] & (slots[-3] == slots[-2])),
            ]
            m.d.sync += [after.eq(before) for before, after in itertools.pairwise(slots)]
        activations = Signal.like(self.i.p.activations, name="activations", reset_less=True)
        coming = Signal.like(self.i.p.activations, name="coming_activations", reset_less=True)
        with m.If(step):
            m.d.sync += [coming.eq(self.i.p.activations), activations.eq(coming)]
        for row in range(self.config.output_lanes):
            total = self._total(m, step, activations, row)
            m.submodules[f"partial_{row}"] = partial = Memory(
                shape=unsigned(32), depth=max(self.config.tile_pixels, 2), init=[]
            )
            write, read = partial.write_port(), partial.read_port(domain="comb")
            before = Signal(32, name=f"before_{row}", reset_less=True)
            accumulated = Signal(32, name=f"accumulated_{row}")
            m.d.comb += [
                accumulated.eq(before + total),
                read.addr.eq(slots[-2]),
                write.addr.eq(slots[-1]),
                write.data.eq(accumulated),
                write.en.eq(step & valid[-1]),
                output.i.p.word_select(row, 32).eq(accumulated),
            ]
            with m.If(step):
                m.d.sync += before.eq(Mux(first[-2], 0, Mux(same, accumulated, read.data)))
        return m

    def _total(self, m: Module, step: Value, activations: View, row: int) -> Value:
        """Sum of one row's products: registers before and behind them, and behind each level of the tree."""
        lanes = self.config.input_lanes
        terms = [Signal(signed(16), name=f"product_{row}_{lane}", reset_less=True) for lane in range(lanes)]
        weights = Signal.like(self.i.p.weights[row], name=f"weights_{row}", reset_less=True)
        coming = Signal.like(self.i.p.weights[row], name=f"coming_weights_{row}", reset_less=True)
        with m.If(step):
            m.d.sync += [coming.eq(self.i.p.weights[row]), weights.eq(coming)]
            for lane, product in enumerate(terms):
                m.d.sync += product.eq(activations[lane] * weights[lane])
            while len(terms) > 1:
                pairs = list(zip(terms[::2], terms[1::2], strict=True))
                shape, names = signed(len(terms[0]) + 1), [f"sum_{row}_{len(pairs)}_{k}" for k in range(len(pairs))]
                terms = [Signal(shape, name=name, reset_less=True) for name in names]
                m.d.sync += [term.eq(first + second) for term, (first, second) in zip(terms, pairs, strict=True)]
        return terms[0]
