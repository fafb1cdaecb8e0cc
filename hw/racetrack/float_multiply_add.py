"""Sum of products of floating-point numbers of 32 bits."""
# Ref: IEEE 754-2019, clauses 5.4.1, 6.1, 6.2, 6.3.

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from racelet.hw.racetrack.float_rounder import FloatRounder

_QUIET, _INFINITE = 0x7FC00000, 0x7F800000


class FloatMultiplyAdd(wiring.Component):
    """Multiply and add, each rounded to the nearest number, of two the even one.

    Accepts a product every three cycles; it is in the sum six cycles later. Computes
    :func:`racelet.golden.racetrack.float_multiply_add.multiply_add`.

    Members
    -------
    clear : In(1)
        The sum is zero in the next cycle, whatever is on its way.
    add : In(1)
        There is a product; none is in the next two cycles.
    left : In(32)
        A factor.
    right : In(32)
        The other one.
    sum : Out(32)
        Of all products since ``clear``. One that is no number is 0x7FC00000.
    """

    clear: Signal
    add: Signal
    left: Signal
    right: Signal
    sum: Signal

    def __init__(self) -> None:
        super().__init__({"clear": In(1), "add": In(1), "left": In(32), "right": In(32), "sum": Out(32)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        there = Signal(5)
        m.d.sync += there.eq(Mux(self.clear, 0, Cat(self.add, there[:-1])))
        product = self._multiply(m)
        added = self._add(m, product)
        with m.If(there[-1]):
            m.d.sync += self.sum.eq(added)
        with m.If(self.clear):
            m.d.sync += self.sum.eq(0)
        return m

    def _multiply(self, m: Module) -> Value:
        """The product of three cycles ago."""
        m.submodules.product_rounder = rounder = FloatRounder(48)
        left, right = _Number(self.left), _Number(self.right)
        special = Signal(32)
        with m.If(left.strange | right.strange):
            m.d.comb += special.eq(Mux(left.none | right.none | left.zero | right.zero, _QUIET, _INFINITE))
        negative = left.negative ^ right.negative
        wrong, kept = _kept(m, "product", special, negative)
        product = Signal(32)
        m.d.sync += [
            rounder.significand.eq(left.significand * right.significand),
            rounder.exponent.eq(left.exponent + right.exponent - 126),
            rounder.negative.eq(negative),
            product.eq(Mux(wrong, kept, rounder.o)),
        ]
        return product

    def _add(self, m: Module, product: Value) -> Value:
        """The sum of a product and the sum, two cycles later."""
        m.submodules.sum_rounder = rounder = FloatRounder(28)
        more = self.sum[:31] > product[:31]
        large, small = _Number(Mux(more, self.sum, product)), _Number(Mux(more, product, self.sum))
        apart = Signal(8)
        m.d.comb += apart.eq(large.exponent - small.exponent)
        # Two bits behind the last one are enough if a third stands for all behind them.
        moved = Cat(Const(0, 29), small.significand) >> Mux(apart > 26, 27, apart[:5])
        low = Cat(moved[:27].any(), moved[27:])
        opposite = large.negative ^ small.negative
        high = Cat(Const(0, 3), large.significand)
        special = Signal(32)
        with m.If(large.strange):
            nothing = large.none | (small.strange & opposite)
            m.d.comb += special.eq(Mux(nothing, _QUIET, _INFINITE))
        total = Mux(opposite, high - low, high + low)[:28]
        # What is zero is positive but where both are negative.
        negative = large.negative & ((total != 0) | small.negative)
        wrong, kept = _kept(m, "sum", special, negative)
        m.d.sync += [
            rounder.significand.eq(total),
            rounder.exponent.eq(large.exponent + 1),
            rounder.negative.eq(negative),
        ]
        return Mux(wrong, kept, rounder.o)


class _Number:
    """Parts of a floating-point number."""

    def __init__(self, code: Value) -> None:
        field, fraction = code[23:31], code[:23]
        self.negative = code[31]
        self.strange = field == 0xFF
        self.none = self.strange & (fraction != 0)
        self.zero = code[:31] == 0
        # Subnormal numbers have the exponent of the least normal ones.
        self.exponent = Mux(field == 0, 1, field)
        self.significand = Cat(fraction, field != 0)


def _kept(m: Module, name: str, special: Value, negative: Value) -> tuple[Value, Value]:
    """What is infinite or no number, two cycles later, beside its rounder."""
    first, second = Signal(32, name=f"{name}_special"), Signal(32, name=f"{name}_kept")
    infinite = special[:31] == _INFINITE
    m.d.sync += [first.eq(special | ((infinite & negative) << 31)), second.eq(first)]
    return second != 0, second
