"""Decoder of weights on racetracks: words of four ones of eleven bits to bytes."""
# Ref: T. Cover, "Enumerative source coding", IEEE Trans. Information Theory 19, 1973: a word's number is a sum of
# binomial coefficients, one for each of its ones.

import math
from collections.abc import Sequence

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from racelet.golden.dwcpwc.config import WORD_BITS
from racelet.hw.racetrack.layouts import count_ones

ONES = 4
LOW = 6
"""Bits that are looked at first."""
NUMBERS = 256


def word_table() -> list[int]:
    """Words of the numbers 0..255, the smallest ones."""
    return [word for word in range(1 << WORD_BITS) if word.bit_count() == ONES][:NUMBERS]


def chosen(index: Value, values: Sequence[int]) -> Value:
    """One of so many constants as its index has values, as a tree."""
    width = max(values).bit_length()
    level: list[Value] = [Const(value, width) for value in values]
    for bit in index:
        level = [Mux(bit, high, low) for low, high in zip(level[::2], level[1::2], strict=True)]
    return level[0]


def _number(bits: int, first: int, ones: int) -> int:
    """What some bits of a word, from a place on, add to its number, with so many ones below."""
    total = 0
    for place in range(first, first + bits.bit_length()):
        if bits >> place - first & 1:
            ones += 1
            # A word with too many ones is wrong, whatever its number.
            total += math.comb(place, ones) if ones <= ONES else 0
    return total


class WeightDecoder(wiring.Component):
    """Decode a word per cycle; its byte comes two cycles later.

    Computes :func:`racelet.golden.dwcpwc.racetrack_weight_store.decode`.

    Members
    -------
    i : In(11)
        Word.
    o : Out(8)
        Byte; of a word without ones, and of a wrong one, zero.
    wrong : Out(1)
        The word has neither four ones nor none, or there is no byte for it.
    """

    i: Signal
    o: Signal
    wrong: Signal

    def __init__(self) -> None:
        super().__init__({"i": In(WORD_BITS), "o": Out(8), "wrong": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        high_bits = WORD_BITS - LOW
        low, high = self.i[:LOW], Signal(high_bits, reset_less=True)
        below_ones = Signal(range(LOW + 1), reset_less=True)
        first = [_number(bits, 0, 0) for bits in range(1 << LOW)]
        total = Signal(max(first).bit_length(), reset_less=True)
        m.d.sync += [high.eq(self.i[LOW:]), below_ones.eq(count_ones(low)), total.eq(chosen(low, first))]
        second = [_number(bits, LOW, ones) for ones in range(1 << len(below_ones)) for bits in range(1 << high_bits)]
        number = total + chosen(Cat(high, below_ones), second)
        ones = below_ones + count_ones(high)
        right = (ones == ONES) & (number < NUMBERS)
        m.d.sync += [self.o.eq(Mux(right, number[:8] ^ 0x80, 0)), self.wrong.eq((ones != 0) & ~right)]
        return m
