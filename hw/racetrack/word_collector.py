"""Makes words of bits that are swept."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.data import View
from amaranth.lib.wiring import In, Out

from racelet.golden.racetrack.matrix_config import MatrixConfig
from racelet.hw.racetrack.matrix_layouts import bits, words


class WordCollector(wiring.Component):
    """Put the bits of each port together, those of outward sweeps from the lowest on, of inward ones from the highest.

    Accepts a beat per cycle, and gives one for each ``word_bits`` of them, in the cycle in which the last comes.

    Parameters
    ----------
    config : MatrixConfig

    Members
    -------
    clear : In(1)
        The next bits are the first ones of words; a word that is offered may be taken back.
    i : In(stream.Signature(bits(config)))
        Bits. The last one of each word waits for ``o.ready``.
    o : Out(stream.Signature(words(config)))
        Words, with what is told of their last bits.
    """

    clear: Signal
    i: stream.Interface
    o: stream.Interface

    def __init__(self, config: MatrixConfig) -> None:
        self.config = config
        super().__init__(
            {
                "clear": In(1),
                "i": In(stream.Signature(bits(config))),
                "o": Out(stream.Signature(words(config))),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        bit, word = View(bits(config), self.i.p.as_value()), View(words(config), self.o.p.as_value())
        count = Signal(range(config.word_bits))
        complete = Signal()
        m.d.comb += [
            complete.eq(count == config.word_bits - 1),
            self.o.valid.eq(self.i.valid & complete),
            self.i.ready.eq(self.o.ready | ~complete),
            *(word[name].eq(bit[name]) for name in ("port", "rows_outwards", "columns_outwards", "ends", "last")),
        ]
        for side, outwards in (("rows", bit.rows_outwards), ("columns", bit.columns_outwards)):
            for line in range(config.tile):
                for port in range(config.ports):
                    kept = Signal(config.word_bits, name=f"word_{side}_{line}_{port}", reset_less=True)
                    seen = bit[side][line][port]
                    after = Mux(outwards, Cat(kept[1:], seen), Cat(seen, kept[:-1]))
                    m.d.comb += word[side][line][port].eq(after)
                    with m.If(self.i.valid & self.i.ready):
                        m.d.sync += kept.eq(after)
        with m.If(self.clear):
            m.d.sync += count.eq(0)
        with m.Elif(self.i.valid & self.i.ready):
            m.d.sync += count.eq(Mux(complete, 0, count + 1))
        return m
