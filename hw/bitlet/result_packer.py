"""Result packer: the results of an array to rows of whole bytes."""

from amaranth.hdl import Array, Cat, Module, Mux, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from racelet.golden.bitlet.config import BitletConfig
from racelet.hw.bitlet.layouts import COUNT_WIDTH, array_results, result_row


class ResultPacker(wiring.Component):
    """Give the results of matrix products row by row.

    A row comes out in the cycle in which it is there; a product is taken with its last row. Computes
    :func:`racelet.golden.bitlet.packets.output_bytes`.

    Parameters
    ----------
    config : BitletConfig

    Members
    -------
    run : In(stream.Signature(COUNT_WIDTH))
        Of every run, its products. Taken with its last row.
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
                "run": In(stream.Signature(COUNT_WIDTH)),
                "i": In(stream.Signature(array_results(config))),
                "o": Out(stream.Signature(result_row(config))),
                "last": Out(1),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        rows, width = self.config.rows, self.config.result_width
        # Products that have not left of a run that has begun.
        left, begun = Signal(COUNT_WIDTH, name="left"), Signal(name="begun")
        remaining = Mux(begun, left, self.run.p)
        moves, whole = Signal(name="moves"), Signal(name="whole")
        shown = self._turn(m, moves, whole) if rows > 1 else self.i.p[0].as_value()
        if rows == 1:
            m.d.comb += whole.eq(1)
        m.d.comb += [
            self.o.valid.eq(self.i.valid & self.run.valid),
            moves.eq(self.o.valid & self.o.ready),
            self.last.eq(whole & (remaining == 1)),
            self.i.ready.eq(self.run.valid & self.o.ready & whole),
            self.run.ready.eq(self.i.valid & self.o.ready & self.last),
        ]
        for column in range(self.config.columns):
            result = shown.word_select(column, width)
            # Numbers of other formats have a zero there, or fill their bytes.
            m.d.comb += self.o.p[column].eq(Cat(result, result[-1].replicate(len(self.o.p[column]) - width)))
        with m.If(moves & whole):
            m.d.sync += [left.eq(remaining - 1), begun.eq(~self.last)]
        return m

    def _turn(self, m: Module, moves: Value, whole: Signal) -> Value:
        """Rows one after the other; tells when it is the last one's turn."""
        rows = self.config.rows
        row = Signal(range(rows), name="row")
        m.d.comb += whole.eq(row == rows - 1)
        with m.If(moves):
            m.d.sync += row.eq(Mux(whole, 0, row + 1))
        return Array(self.i.p[number].as_value() for number in range(rows))[row]
