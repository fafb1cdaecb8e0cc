"""Digit encoder: weights that are integers to the digits of their columns."""

from amaranth.hdl import Cat, Const, Module, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.data import View
from amaranth.lib.wiring import In, Out

from racelet.golden.bitlet.config import BitletConfig
from racelet.hw.bitlet.canonical_digits import canonical_digits
from racelet.hw.bitlet.layouts import digit_beat, term_beat


class DigitEncoder(wiring.Component):
    """Write magnitudes in the config's digits, as :data:`racelet.golden.bitlet.digits.DIGIT_SETS` has them.

    Takes a beat per cycle; it is there one cycle later.

    Parameters
    ----------
    config : BitletConfig

    Members
    -------
    i : In(stream.Signature(term_beat(config)))
        Terms of a format of integers; those that are not live have no magnitude, or an activation of zero.
    o : Out(stream.Signature(digit_beat(config)))
        Parts of windows. Held while ``o.valid`` is high and ``o.ready`` is low.
    """

    i: stream.Interface
    o: stream.Interface

    def __init__(self, config: BitletConfig) -> None:
        self.config = config
        super().__init__(
            {"i": In(stream.Signature(term_beat(config))), "o": Out(stream.Signature(digit_beat(config)))},
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        beat = Signal.like(self.o.p, name="beat")
        m.d.comb += [self.i.ready.eq(~self.o.valid | self.o.ready), beat.ends.eq(self.i.p.ends)]
        m.d.comb += beat.last.eq(self.i.p.last)
        written = [self._write(m, number, beat) for number in range(self.config.beat_numbers)]
        with m.Switch(self.i.p.form):
            for index, form in enumerate(self.config.forms):
                if form.is_float:
                    continue
                columns = self.config.digit_columns(form)
                with m.Case(index):
                    m.d.comb += beat.ring.eq(self.config.rings.index(columns))
                    m.d.comb += [
                        beat.digits[window * columns + column][place].eq(
                            written[window * self.config.load + place][column]
                        )
                        for window in range(self.config.windows(form))
                        for column in range(columns)
                        for place in range(self.config.load)
                    ]
        with m.If(self.i.ready):
            m.d.sync += [self.o.valid.eq(self.i.valid), self.o.p.eq(beat)]
        return m

    def _write(self, m: Module, number: int, beat: View) -> Value:
        """Where a weight has digits, the least significant first; their signs and sizes go to its partner."""
        term = self.i.p.terms[number]
        partner = beat.elements[number // self.config.load][number % self.config.load]
        m.d.comb += partner.activation.eq(term.activation)
        digits = term.magnitude
        if self.config.digits == "csd4":
            columns = self.config.most_columns
            # An odd width has one more place in its last column.
            magnitude = Cat(term.magnitude, Const(0, 2 * columns - len(term.magnitude)))
            there, negative = canonical_digits(m, magnitude, str(number))
            pairs = [slice(2 * column, 2 * column + 2) for column in range(columns)]
            m.d.comb += [
                partner.negative.eq(Cat(negative[pair].any() for pair in pairs)),
                partner.double.eq(Cat(there[pair][1] for pair in pairs)),
            ]
            digits = Cat(there[pair].any() for pair in pairs)
        return digits & term.live.replicate(len(digits)) if self.config.skip_zeros else digits
