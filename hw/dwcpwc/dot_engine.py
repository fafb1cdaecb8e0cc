"""Dot-product engines: one contract, one class per kind."""

from amaranth.hdl import Cat, Module, Mux, Signal, signed, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.data import ArrayLayout
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.hw.dwcpwc.layouts import dot_beat, dot_sums


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

    Accepts one beat per cycle; sums follow ``LATENCY`` cycles after the ``last`` beat. Everything holds while the
    output stalls. Multipliers: N * M; adders: M trees of N and M accumulators with ``tile_pixels`` slots.

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

    LATENCY = 3

    i: stream.Interface
    o: stream.Interface

    def __init__(self, config: DwcPwcConfig) -> None:
        self.config = config
        super().__init__(DotEngineSignature(config))

    def elaborate(self, platform: object) -> Module:
        m = Module()
        lanes, outputs = self.config.input_lanes, self.config.output_lanes
        step = Signal()
        valid, first, last = Signal(2), Signal(2), Signal(2)
        slots = [Signal(self.i.p.slot.shape(), name=f"slot_{k}") for k in range(2)]
        m.d.comb += [step.eq(~self.o.valid | self.o.ready), self.i.ready.eq(step)]
        with m.If(step):
            m.d.sync += [
                valid.eq(Cat(self.i.valid, valid[0])),
                first.eq(Cat(self.i.p.first, first[0])),
                last.eq(Cat(self.i.p.last, last[0])),
                slots[0].eq(self.i.p.slot),
                slots[1].eq(slots[0]),
                self.o.valid.eq(valid[1] & last[1]),
            ]
        for output in range(outputs):
            products = Signal(ArrayLayout(signed(16), lanes), name=f"products_{output}")
            total = Signal(signed(16 + (lanes - 1).bit_length()), name=f"total_{output}")
            m.submodules[f"partial_{output}"] = partial = Memory(
                shape=unsigned(32), depth=max(self.config.tile_pixels, 2), init=[]
            )
            write, read = partial.write_port(), partial.read_port(domain="comb")
            accumulated = Mux(first[1], 0, read.data.as_signed()) + total
            m.d.comb += [
                read.addr.eq(slots[1]),
                write.addr.eq(slots[1]),
                write.data.eq(accumulated),
                write.en.eq(step & valid[1]),
            ]
            with m.If(step):
                for lane in range(lanes):
                    m.d.sync += products[lane].eq(self.i.p.activations[lane] * self.i.p.weights[output][lane])
                m.d.sync += [total.eq(sum(products[lane] for lane in range(lanes))), self.o.p[output].eq(accumulated)]
        return m


ENGINES = {"parallel": ParallelDotEngine}
"""Kinds of dot-product engine, by ``config.engine``."""
