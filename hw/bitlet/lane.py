"""Lane: the digits of a column that have not been taken, and which of them are next."""
# Ref: H. Lu et al., "Distilling bit-level sparsity parallelism for general purpose deep learning acceleration",
# MICRO 2021, section 4.

from amaranth.hdl import Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out


class Lane(wiring.Component):
    """Keep a column of a window, and offer its first digit and its last one.

    Both can be taken in one cycle: the first by the lane itself, the last by a neighbour. How many digits are left is
    counted, so that whoever decides need not look at them.

    Parameters
    ----------
    window : int
        N: weights of a window.

    Members
    -------
    begin : In(1)
        Go on to the next window's column, in place of what is left.
    column : In(window)
        That column: its digits.
    count : In(range(window + 1))
        How many they are.
    take_first, take_last : In(1)
        The first digit is taken, or the last one. The latter only where there are ``several``.
    first, last : Out(window)
        A one at their place; zero where there is no digit.
    some, several : Out(1)
        One digit is left at least; two are.
    ends : Out(1)
        None is left behind what is taken in this cycle.
    """

    begin: Signal
    column: Signal
    count: Signal
    take_first: Signal
    take_last: Signal
    first: Signal
    last: Signal
    some: Signal
    several: Signal
    ends: Signal

    def __init__(self, window: int) -> None:
        self.window = window
        super().__init__(
            {
                "begin": In(1),
                "column": In(window),
                "count": In(range(window + 1)),
                "take_first": In(1),
                "take_last": In(1),
                "first": Out(window),
                "last": Out(window),
                "some": Out(1),
                "several": Out(1),
                "ends": Out(1),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        digits = Signal(self.window)
        left = Signal(range(self.window + 1))
        following = Signal(range(self.window + 1))
        two = Signal()
        taken = [self.first & self.take_first.replicate(self.window), self.last & self.take_last.replicate(self.window)]
        m.d.comb += [
            self.first.eq(lowest(digits)),
            self.last.eq(lowest(digits[::-1])[::-1]),
            following.eq(Mux(self.begin, self.count, left - (self.take_first + self.take_last))),
            self.ends.eq(~self.some | (self.take_first & (~self.several | (two & self.take_last)))),
        ]
        m.d.sync += [
            digits.eq(Mux(self.begin, self.column, digits & ~taken[0] & ~taken[1])),
            left.eq(following),
            # Known in the cycle in which they are used.
            self.some.eq(following != 0),
            self.several.eq(following > 1),
            two.eq(following == 2),
        ]
        return m


def lowest(digits: Value) -> Value:
    """The lowest one of a word, alone.

    Examples
    --------
    >>> from amaranth.hdl import Const
    >>> len(lowest(Const(12, 4)))
    4
    """
    return digits & (~digits + 1)[: len(digits)]
