"""Canonical signed digits of a number."""
# Ref: Prodinger, "On binary representations of integers with digits -1, 0, 1", Integers 0, 2000, A08: x / 2 subtracted
# from 3 * x / 2, digit by digit, is the canonical form of x.

from amaranth.hdl import Module, Shape, Signal, Value


def canonical_digits(m: Module, value: Value, name: str) -> tuple[Value, Value]:
    """Where a number has digits other than zero, and where these are negative; as many bits as it has itself.

    Takes one adder. Of a magnitude of ``n`` bits, ``2 ** (n - 1)`` at most, no digit lies above.

    Examples
    --------
    >>> nonzero, negative = canonical_digits(Module(), Signal(8), "weight")
    >>> len(nonzero), len(negative)
    (8, 8)
    """
    width, is_signed = len(value), value.shape().signed
    half = Signal(Shape(width, is_signed), name=f"half_{name}")
    sum_ = Signal(Shape(width + 1, is_signed), name=f"sum_{name}")
    m.d.comb += [half.eq(value >> 1), sum_.eq(value + half)]
    return (half ^ sum_)[:width], (half & ~sum_)[:width]
