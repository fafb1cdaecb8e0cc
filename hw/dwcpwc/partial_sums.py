"""Partial sums of a dot-product engine, one for each slot and row."""

from amaranth.hdl import Const, Module, Mux, Signal, Value, signed, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.data import ArrayLayout, StructLayout
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.hw.dwcpwc.layouts import dot_sums
from racelet.hw.lib.stream_slice import StreamSlice


def row_terms(config: DwcPwcConfig, width: int) -> StructLayout:
    """A term of ``width`` bits for each row; the slot that they are added to, whose sums they may begin and end."""
    return StructLayout(
        {
            "terms": ArrayLayout(signed(width), config.output_lanes),
            "slot": range(max(config.tile_pixels, 2)),
            "first": 1,
            "last": 1,
        },
    )


class PartialSums(wiring.Component):
    """Add terms to the partial sums of their slots.

    Accepts one term of every row per cycle, or one in two cycles; sums follow two cycles after the ``last`` one, as
    int32, wrapping. Everything holds while a second sum waits behind one that is not taken.

    Parameters
    ----------
    config : DwcPwcConfig
    width : int
        Bits of a term.
    every_cycle : bool
        Terms can come in the cycle after one that was taken.

    Members
    -------
    i : In(stream.Signature(row_terms(config, width)))
        Terms.
    o : Out(stream.Signature(dot_sums(config)))
        Sums, in the order of their ``last`` terms.
    """

    LATENCY = 2

    i: stream.Interface
    o: stream.Interface

    def __init__(self, config: DwcPwcConfig, width: int, *, every_cycle: bool = True) -> None:
        self.config = config
        self.width = width
        self.every_cycle = every_cycle
        super().__init__(
            {
                "i": In(stream.Signature(row_terms(config, width))),
                "o": Out(stream.Signature(dot_sums(config))),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.output = output = StreamSlice(dot_sums(self.config).size)
        step, valid, last = (Signal(name=name) for name in ("step", "valid", "last"))
        slot = Signal(self.i.p.slot.shape())
        m.d.comb += [
            step.eq(output.i.ready),
            self.i.ready.eq(step),
            output.i.valid.eq(valid & last),
            self.o.p.eq(output.o.p),
            self.o.valid.eq(output.o.valid),
            output.o.ready.eq(self.o.ready),
        ]
        # A term that none can follow at once never has to wait behind two sums.
        moves = step if self.every_cycle else Const(1)
        with m.If(moves):
            m.d.sync += [valid.eq(self.i.valid & step), last.eq(self.i.p.last), slot.eq(self.i.p.slot)]
        for row in range(self.config.output_lanes):
            m.submodules[f"partial_{row}"] = partial = Memory(
                shape=unsigned(32), depth=max(self.config.tile_pixels, 2), init=[]
            )
            write, read = partial.write_port(), partial.read_port(domain="comb")
            before = Signal(32, name=f"before_{row}", reset_less=True)
            term = Signal(signed(self.width), name=f"term_{row}", reset_less=True)
            accumulated = Signal(32, name=f"accumulated_{row}")
            known: Value = read.data
            if self.every_cycle:
                # A slot is read before what is added to it in this cycle is written.
                known = Mux(valid & (slot == self.i.p.slot), accumulated, known)
            m.d.comb += [
                accumulated.eq(before + term),
                read.addr.eq(self.i.p.slot),
                write.addr.eq(slot),
                write.data.eq(accumulated),
                write.en.eq(moves & valid),
                output.i.p.word_select(row, 32).eq(accumulated),
            ]
            with m.If(moves):
                m.d.sync += [term.eq(self.i.p.terms[row]), before.eq(Mux(self.i.p.first, 0, known))]
        return m
