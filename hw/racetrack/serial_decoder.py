"""Serial decoder: bits of words of a fixed number of ones to values, as they are read beside a track."""
# Ref: T. Cover, "Enumerative source coding", IEEE Trans. Information Theory 19, 1973.

from amaranth.hdl import Cat, Module, Mux, Signal, Value, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from racelet.golden.racetrack.config import CodecConfig, EnumerativeCode
from racelet.hw.racetrack.codec_layouts import chosen, coefficients, number_width, value_beat


class SerialDecoder(wiring.Component):
    """Decode a word bit by bit, the least significant first, as reads give them.

    Takes a bit per cycle; the value is there a cycle after the last bit of its word, and the next word's first bit is
    taken when the value is. A word that is none of an encoder's is marked, and its value is zero. Computes
    :func:`racelet.golden.racetrack.codec.decode`.

    For each one a coefficient is added, which is looked up a bit ahead; of 32 bits, the word is the number, and the one
    whose ones come all first is zero.

    Parameters
    ----------
    config : CodecConfig
        A ``serial`` one.

    Members
    -------
    i : In(stream.Signature(unsigned(1)))
        Bits.
    o : Out(stream.Signature(value_beat(config)))
        Values. Held while ``o.valid`` is high and ``o.ready`` is low.
    """

    i: stream.Interface
    o: stream.Interface

    def __init__(self, config: CodecConfig) -> None:
        self.config = config
        super().__init__({"i": In(stream.Signature(unsigned(1))), "o": Out(stream.Signature(value_beat(config)))})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        length = self.config.word_width
        place = Signal(range(length))
        following = Signal(range(length))
        ones = Signal(range(length + 1))
        ones_next = Signal(range(length + 1))
        take = Signal()
        first = place == 0
        m.d.comb += [
            self.i.ready.eq(~self.o.valid | self.o.ready),
            take.eq(self.i.valid & self.i.ready),
            # Of 32 places the last one is followed by the first one by itself.
            following.eq(place + 1 if length & (length - 1) == 0 else Mux(place == length - 1, 0, place + 1)),
            ones_next.eq(Mux(first, 0, ones) + self.i.p),
        ]
        with m.If(self.i.ready):
            m.d.sync += self.o.valid.eq(self.i.valid & (place == length - 1))
        with m.If(take):
            m.d.sync += [place.eq(following), ones.eq(ones_next)]
        error = Signal()
        if self.config.table is None:
            value, right = self._float(m, first, take & (place != length - 1), take)
        else:
            with m.If(take):
                addend = self._addend(m, self.config.table, following, ones_next)
                number = Signal(addend.shape(), name="number")
                m.d.sync += number.eq(Mux(first, 0, number + Mux(self.i.p, addend, 0)))
            value, right = number + self.config.table.least, number < self.config.numbers
        m.d.comb += [
            error.eq((ones != self.config.weight) | ~right),
            self.o.p.value.eq(Mux(error, 0, value)),
            self.o.p.error.eq(error),
        ]
        return m

    def _float(self, m: Module, first: Value, magnitude: Value, take: Value) -> tuple[Value, Value]:
        """The number that the word is; and whether it is finite."""
        word = Signal(self.config.word_width)
        # A zero has come; a one came behind it.
        ended = Signal()
        mixed = Signal()
        with m.If(take):
            m.d.sync += word.eq(Cat(word[1:], self.i.p))
        with m.If(magnitude):
            m.d.sync += [ended.eq((~first & ended) | ~self.i.p), mixed.eq(~first & (mixed | (ended & self.i.p)))]
        return Cat(word[:31] & mixed.replicate(31), word[31]), ~word[23:31].all()

    def _addend(self, m: Module, table: EnumerativeCode, place: Value, ones: Value) -> Signal:
        """What a one at the next bit's place stands for, by the ones up to the present one."""
        addend = Signal(number_width(table.length, self.config))
        values = [chosen(ones, [*coefficients(each, self.config)[1:], 0]) for each in range(table.length)]
        m.d.sync += addend.eq(chosen(place, values))
        return addend
