"""Result packer: the results of an array to rows of whole bytes."""

from amaranth.hdl import Array, Cat, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from racelet.golden.bitlet.config import BitletConfig
from racelet.hw.bitlet.layouts import RESULT_RUN, array_results, result_row


class ResultPacker(wiring.Component):
    """Give the results of matrix products row by row.

    A row comes out in the cycle in which it is there; a product is taken with its last row. Computes
    :func:`racelet.golden.bitlet.packets.output_bytes`.

    Parameters
    ----------
    config : BitletConfig

    Members
    -------
    run : In(stream.Signature(RESULT_RUN))
        Of every run, what its results are. Taken with its last row.
    i : In(stream.Signature(array_results(config)))
        Matrix products.
    o : Out(stream.Signature(result_row(config)))
        Their rows, the first one first: integers with their signs, other numbers with zeros above. ``valid`` and the
        payload depend on ``i`` and ``run`` in the same cycle.
    last : Out(1)
        The row is the last one of its run.
    """

    run: stream.Interface
    i: stream.Interface
    o: stream.Interface
    last: Signal

    def __init__(self, config: BitletConfig) -> None:
        self.config = config
        super().__init__(
            {
                "run": In(stream.Signature(RESULT_RUN)),
                "i": In(stream.Signature(array_results(config))),
                "o": Out(stream.Signature(result_row(config))),
                "last": Out(1),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        rows = self.config.rows
        row, made = Signal(range(max(rows, 2)), name="row"), Signal(32, name="made")
        moves, whole = Signal(name="moves"), Signal(name="whole")
        shown = Array(self.i.p[number].as_value() for number in range(rows))[row]
        m.d.comb += [
            self.o.valid.eq(self.i.valid & self.run.valid),
            moves.eq(self.o.valid & self.o.ready),
            whole.eq(row == rows - 1),
            self.last.eq(whole & (made == self.run.p.products - 1)),
            self.i.ready.eq(self.run.valid & self.o.ready & whole),
            self.run.ready.eq(self.i.valid & self.o.ready & self.last),
        ]
        width = self.config.result_width
        for column in range(self.config.columns):
            result = shown.word_select(column, width)
            above = len(self.o.p[column]) - width
            sign = result[-1] & ~self.run.p.floats
            m.d.comb += self.o.p[column].eq(Cat(result, sign.replicate(above)))
        with m.If(moves):
            m.d.sync += row.eq(Mux(whole, 0, row + 1))
            with m.If(whole):
                m.d.sync += made.eq(Mux(self.last, 0, made + 1))
        return m
