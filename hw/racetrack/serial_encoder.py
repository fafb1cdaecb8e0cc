"""Serial encoder: values to bits of words of a fixed number of ones, as the left phase of a write needs them."""
# Ref: T. Cover, "Enumerative source coding", IEEE Trans. Information Theory 19, 1973.

from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal, Value, signed, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from racelet.golden.racetrack.config import CodecConfig
from racelet.hw.racetrack.codec_layouts import chosen, coefficients, coefficients_left, number_width, word_beat

TOP = 30
"""Place of the first bit of a magnitude of 32 bits."""
LARGEST = 0x7F7FFFFF
"""Magnitude of the largest finite number."""
FAR = 3
"""Distance in units of the present place from which on bits below cannot make up for it."""


class SerialEncoder(wiring.Component):
    """Encode a value to bits, the most significant first.

    A bit per cycle; the first one is offered ``config.encoder_latency`` cycles after its value was taken, and the next
    value is taken with the last bit. A word has its ones whatever the value; of what is not a number, every bit is
    marked. Computes :func:`racelet.golden.racetrack.codec.encode`.

    The number of a value is compared with a coefficient at each bit, and that subtracted where there is a one. Of 32
    bits, the nearest words below and above differ from the magnitude from one place on: a first walk over its bits
    finds both places and which word is nearer, a second one gives the bits out. The report's rule needs no search.

    Parameters
    ----------
    config : CodecConfig
        A ``serial`` one.

    Members
    -------
    i : In(stream.Signature(unsigned(config.value_width)))
        Values.
    o : Out(stream.Signature(word_beat(config)))
        Bits. Held while ``o.valid`` is high and ``o.ready`` is low.
    """

    i: stream.Interface
    o: stream.Interface

    def __init__(self, config: CodecConfig) -> None:
        self.config = config
        super().__init__(
            {
                "i": In(stream.Signature(unsigned(config.value_width))),
                "o": Out(stream.Signature(word_beat(config))),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        length, weight = self.config.word_width, self.config.weight
        place = Signal(range(length))
        left = Signal(range(length + 1))
        busy = Signal()
        take = Signal()
        move = Signal()
        last = place == 0
        m.d.comb += [
            self.i.ready.eq(~busy | (move & last)),
            take.eq(self.i.valid & self.i.ready),
            move.eq(self.o.valid & self.o.ready),
        ]
        with m.If(take):
            m.d.sync += [busy.eq(1), place.eq(length - 1), left.eq(weight)]
        with m.Elif(move):
            m.d.sync += [busy.eq(~last), place.eq(place - 1), left.eq(left - self.o.p.word)]
        if self.config.table is not None:
            m.d.comb += [self.o.valid.eq(busy), self.o.p.word.eq(self._numbered(m, take, move, place, left))]
        else:
            self._float(m, take, move, busy, place, left)
        return m

    def _numbered(self, m: Module, take: Value, move: Value, place: Value, left: Value) -> Value:
        """Whether what is left of a number is no less than how many words have a zero here."""
        config, table = self.config, self.config.table
        assert table is not None
        value = self.i.p if table.least == 0 else self.i.p.as_signed()
        if config.numbers < 1 << config.value_width:
            value = Mux(value < table.least, table.least, Mux(value > table.most, table.most, value))
        rest = Signal(config.value_width)
        coefficient = Signal(number_width(table.length, config))
        below = chosen(
            place, [chosen(left, coefficients_left(each, max(each - 1, 0), config)) for each in range(table.length)]
        )
        one = rest >= coefficient
        with m.If(take):
            m.d.sync += [rest.eq(value - table.least), coefficient.eq(coefficients(table.length - 1, config)[-1])]
        with m.Elif(move):
            # Words with a one here and those with a zero: all of the place above, in Pascal's triangle.
            m.d.sync += [
                rest.eq(Mux(one, rest - coefficient, rest)),
                coefficient.eq(Mux(one, coefficient - below, below)),
            ]
        return one

    def _float(self, m: Module, take: Value, move: Value, busy: Value, place: Signal, left: Signal) -> None:
        """Follow the bits of a magnitude, which go round, up to where the word differs from it."""
        word = Signal(self.config.word_width)
        error = Signal()
        value, sign = self.i.p, place == TOP + 1
        special, nan = value[23:31].all(), Signal(name="nan")
        m.d.comb += [nan.eq(special & value[:23].any()), self.o.p.error.eq(error)]
        bits = _Bits(take=take, give=move & ~sign, bit=word[TOP], place=place, left=left)
        if self.config.greedy:
            m.d.comb += self.o.valid.eq(busy)
            one, walk = bits.some & (bits.bit | bits.all), bits.give
        else:
            one, walk = self._nearest(m, bits, busy)
        m.d.comb += self.o.p.word.eq(Mux(sign, word[TOP + 1], one))
        with m.If(walk):
            m.d.sync += word[: TOP + 1].eq(Cat(bits.bit, word[:TOP]))
        # With the last bit the next value comes.
        with m.If(take):
            finite = Mux(special, Mux(nan, 0, LARGEST), value[: TOP + 1])
            m.d.sync += [word.eq(Cat(finite, value[TOP + 1])), error.eq(nan)]

    def _nearest(self, m: Module, bits: "_Bits", busy: Value) -> tuple[Value, Value]:
        """A bit of the nearest word, and whether one of the magnitude has been looked at."""
        weight, place, left = self.config.ones, bits.place, bits.left
        searching = Signal()
        turns = Signal()
        turned = Signal()
        up = Signal()
        turn, exact = self._search(m, bits, searching)
        m.d.comb += [self.o.valid.eq(busy & ~searching), turns.eq(~exact & ~turned & (place == turn))]
        with m.If(searching):
            m.d.sync += [place.eq(place - 1), left.eq(left - bits.bit)]
            with m.If(place == 0):
                m.d.sync += [searching.eq(0), place.eq(TOP + 1), left.eq(weight)]
        with m.If(bits.give & turns):
            m.d.sync += [turned.eq(1), up.eq(~bits.bit)]
        with m.If(bits.take):
            negative = self.i.p[TOP + 1]
            m.d.sync += [searching.eq(1), turned.eq(0), place.eq(TOP), left.eq(Mux(negative, weight - 1, weight))]
        # Behind the turn to a smaller word ones come first, behind that to a larger one they come last.
        return Mux(turned, Mux(up, bits.all, bits.some), bits.bit ^ turns), searching | bits.give

    def _search(self, m: Module, bits: "_Bits", searching: Value) -> tuple[Value, Value]:
        """Where the nearer word differs first; and whether the magnitude is a word itself.

        A word below differs first where the magnitude has a one and what is left of ones fits behind it; one above
        where it has a zero, and one less fits. The last such places are those of the nearest. Their distances are known
        in units of the present place, and are far from there on.
        """
        bit, place, left = bits.bit, bits.place, bits.left
        solid = Signal()
        exact = Signal()
        below, above = _Neighbour("below"), _Neighbour("above")
        difference = Signal(signed(3))
        # Where more ones have come than a word has, what is left is wrapped around, and nothing fits any more.
        lower = bit & (left <= place)
        # Behind ones alone it would be no finite number.
        upper = ~bit & bits.some & (left <= place + 1) & ~(solid & (place == 23))
        low, high = below.left != 0, above.left > place
        down, up = (below.distance << 1) + bit - low, (above.distance << 1) + high - bit
        both = (difference << 1) + low + high - (bit << 1)
        down, up = Mux(down > FAR, FAR, down)[:2], Mux(up > FAR, FAR, up)[:2]
        with m.If(bits.take):
            m.d.sync += [solid.eq(1), difference.eq(0)]
            m.d.sync += [each.distance.eq(FAR) for each in (below, above)]
        with m.If(searching):
            m.d.sync += [
                solid.eq(solid & bit),
                exact.eq(left == bit),
                below.distance.eq(down),
                below.left.eq(below.left - low),
                above.distance.eq(up),
                difference.eq(Mux(both > 2, 2, Mux(both < -2, -2, both))),
            ]
            with m.If(lower):
                m.d.sync += [*below.begin(place, left), difference.eq(up - 1)]
            with m.If(upper):
                m.d.sync += [*above.begin(place, left - 1), difference.eq(1 - down)]
        return Mux(difference < 0, above.place, below.place), exact


class _Bits:
    """The bits of a magnitude, one after the other: the present one, its place, and how many ones are left to come.

    ``some``: at least one is left. ``all``: there is no place left for a zero.
    """

    def __init__(self, *, take: Value, give: Value, bit: Value, place: Signal, left: Signal) -> None:
        self.take = take
        self.give = give
        self.bit = bit
        self.place = place
        self.left = left
        self.some = left != 0
        self.all = left > place


class _Neighbour:
    """A word next to a magnitude: where it differs first, ones left for behind that, and how far it is."""

    def __init__(self, name: str) -> None:
        self.place = Signal(range(TOP + 1), name=f"{name}_place")
        self.left = Signal(range(TOP + 1), name=f"{name}_left")
        self.distance = Signal(2, name=f"{name}_distance")

    def begin(self, place: Value, left: Value) -> list[Any]:
        """It differs here, after all."""
        return [self.place.eq(place), self.left.eq(left), self.distance.eq(1)]
