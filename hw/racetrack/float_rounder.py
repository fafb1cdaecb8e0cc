"""Rounds a number to a floating-point one of 32 bits."""
# Ref: IEEE 754-2019, clause 4.3.1: round to nearest, ties to even; 7.4: overflow to infinity; 3.4: subnormals.

from amaranth.hdl import Cat, Const, Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

_KEPT = 25
"""Bits of a significand and the one behind it, which tells a half."""


class FloatRounder(wiring.Component):
    """Round a significand with an exponent to the nearest number, of two the even one.

    Computes :func:`racelet.golden.racetrack.float_multiply_add.rounded`, in the cycle after its number.

    Parameters
    ----------
    width : int
        Bits of a significand. At least 27.

    Members
    -------
    negative : In(1)
        Its sign.
    significand : In(width)
        Without its sign; its lowest bit may stand for any that are lost behind it.
    exponent : In(signed(10))
        Exponent field that the number has if its highest bit is one.
    o : Out(32)
        The number; infinity where it is too large, and with a sign where it is zero.
    """

    negative: Signal
    significand: Signal
    exponent: Signal
    o: Signal

    def __init__(self, width: int) -> None:
        self.width = width
        super().__init__({"negative": In(1), "significand": In(width), "exponent": In(signed(10)), "o": Out(32)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        moved, zeros = self.significand, Const(0)
        for step in (32, 16, 8, 4, 2, 1):
            if step >= self.width:
                continue
            ahead = ~moved[self.width - step :].any()
            moved = Mux(ahead, Cat(Const(0, step), moved[: self.width - step]), moved)
            zeros += ahead * step
        negative, normal, field = Signal(), Signal(self.width), Signal(signed(10))
        m.d.sync += [negative.eq(self.negative), normal.eq(moved), field.eq(self.exponent - zeros)]
        # Below the least normal number the last bit keeps its place.
        small, below = Signal(), Signal(signed(11))
        m.d.comb += [small.eq(field < 1), below.eq(1 - field)]
        behind = normal[: self.width - _KEPT].any()
        away = Mux(small, Mux(below > _KEPT, _KEPT + 1, below), 0)[:5]
        shifted = Cat(Const(0, _KEPT + 1), normal[self.width - _KEPT :]) >> away
        half, even = shifted[_KEPT + 1], ~shifted[_KEPT + 2]
        up = half & (~even | shifted[: _KEPT + 1].any() | behind)
        number = Signal(34)
        # A significand that is rounded up to the next power of two adds one to the exponent.
        m.d.comb += number.eq(shifted[_KEPT + 2 :] + (Mux(small | ~normal[-1], 0, field - 1)[:9] << 23) + up)
        m.d.comb += self.o.eq(Cat(Mux(number[23:] >= 0xFF, 0xFF << 23, number[:31]), negative))
        return m
