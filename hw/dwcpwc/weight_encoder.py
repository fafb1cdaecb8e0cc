"""Weight encoder: from int8 weights to columns of digits."""
# Ref: Prodinger, "On binary representations of integers with digits -1, 0, 1", Integers 0, 2000, A08: x / 2 subtracted
# from 3 * x / 2, digit by digit, is the canonical form of x.

from amaranth.hdl import Cat, Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.data import ArrayLayout, View
from amaranth.lib.wiring import In, Out

from racelet.golden.dwcpwc.config import DwcPwcConfig
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
                half, sum_ = Signal(signed(8), name=f"half_{row}_{lane}"), Signal(signed(9), name=f"sum_{row}_{lane}")
                m.d.comb += [half.eq(weight >> 1), sum_.eq(weight + half)]
                nonzero.append((half ^ sum_)[:8])
                negative.append((half & ~sum_)[:8])
            for place in range(DIGITS):
                column = self.o[row][place]
                m.d.comb += [
                    column.digits.eq(Cat(bits.word_select(place, 2).any() for bits in nonzero)),
                    column.negative.eq(Cat(bits.word_select(place, 2).any() for bits in negative)),
                    column.double.eq(Cat(bits[2 * place + 1] for bits in nonzero)),
                    column.count.eq(sum(column.digits[1:], column.digits[0])),
                ]
        return m
