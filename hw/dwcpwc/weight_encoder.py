"""Weight encoder: from int8 weights to columns of digits."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.data import ArrayLayout, View
from amaranth.lib.wiring import In, Out

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.hw.bitlet.canonical_digits import canonical_digits
from racelet.hw.dwcpwc.layouts import DIGITS, weight_row


def encoded_rows(config: DwcPwcConfig) -> ArrayLayout:
    """The rows of a beat of weights."""
    return ArrayLayout(weight_row(config), config.weight_beat_bytes // config.input_lanes)


class WeightEncoder(wiring.Component):
    """Write the weights of a beat in canonical signed digits, two to one of radix 4, and count them.

    Without a register. Per weight an adder of nine bits; per row four counts of ``input_lanes`` bits.

    Parameters
    ----------
    config : DwcPwcConfig
        With ``engine`` "bitlet".

    Members
    -------
    i : In(8 * config.weight_beat_bytes)
        A beat: whole rows of weights.
    o : Out(encoded_rows(config))
        The rows as columns of digits.
    """

    i: Signal
    o: View

    def __init__(self, config: DwcPwcConfig) -> None:
        self.config = config
        super().__init__({"i": In(8 * config.weight_beat_bytes), "o": Out(encoded_rows(config))})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        lanes = self.config.input_lanes
        for row in range(self.config.weight_beat_bytes // lanes):
            nonzero, negative = [], []
            for lane in range(lanes):
                weight = self.i.word_select(row * lanes + lane, 8).as_signed()
                there, below_zero = canonical_digits(m, weight, f"{row}_{lane}")
                nonzero.append(there)
                negative.append(below_zero)
            for place in range(DIGITS):
                column = self.o[row][place]
                m.d.comb += [
                    column.digits.eq(Cat(bits.word_select(place, 2).any() for bits in nonzero)),
                    column.negative.eq(Cat(bits.word_select(place, 2).any() for bits in negative)),
                    column.double.eq(Cat(bits[2 * place + 1] for bits in nonzero)),
                    column.count.eq(sum(column.digits[1:], column.digits[0])),
                ]
        return m
