"""An output that never rises, which is hard to prove."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

PRIME = (1 << 61) - 1


class Factors(wiring.Component):
    """Tells whether two numbers are factors of a prime.

    Members
    -------
    a, b : In(31)
        Both less than the prime.
    found : Out(1)
    """

    a: Signal
    b: Signal
    found: Signal

    def __init__(self) -> None:
        super().__init__({"a": In(31), "b": In(31), "found": Out(1)})

    def elaborate(self, platform: object) -> Module:
        """Multiply."""
        m = Module()
        m.d.sync += self.found.eq(self.a * self.b == PRIME)
        return m
