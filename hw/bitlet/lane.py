"""Lane: the digits of a column that have not been taken, and which of them are next."""
# Ref: H. Lu et al., "Distilling bit-level sparsity parallelism for general purpose deep learning acceleration",
# MICRO 2021, section 4.

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.data import StructLayout, View
from amaranth.lib.wiring import In, Out


def digit_place(window: int, load: int) -> StructLayout:
    """Which weight a digit is of: in which part of the window, and a one at its place there."""
    return StructLayout({"part": range(window // load), "place": load})


class Lane(wiring.Component):
    """Keep a column of a window, and offer its first digit and its last one.

    Both can be taken in one cycle: the first by the lane itself, the last by a neighbour. Both are registers, and so is
    what is known of how many are left, as whoever decides on them has no time to look for them: the ones behind them
    are found among the rest of the column meanwhile.

    Parameters
    ----------
    window : int
        N: weights of a window.
    load : int
        Weights of a part of it.

    Members
    -------
    begin : In(1)
        Go on to the next window's column. Only where nothing is left of this one behind this cycle.
    column : In(window)
        That column: its digits.
    count : In(range(window + 1))
        How many they are.
    take_first, take_last : In(1)
        The first digit is taken, or the last one. The latter only where there are ``several``.
    first, last : Out(digit_place(window, load))
        Where they are. Of the former only while there are ``some``, of the latter while there are ``several``.
    some, several : Out(1)
        One digit is left at least; two are.
    ends : Out(1)
        None is left behind this cycle, if the first digit is taken in it, or there is none.
    """

    begin: Signal
    column: Signal
    count: Signal
    take_first: Signal
    take_last: Signal
    first: View
    last: View
    some: Signal
    several: Signal
    ends: Signal

    def __init__(self, window: int, load: int) -> None:
        self.window = window
        self.load = load
        super().__init__(
            {
                "begin": In(1),
                "column": In(window),
                "count": In(range(window + 1)),
                "take_first": In(1),
                "take_last": In(1),
                "first": Out(digit_place(window, load)),
                "last": Out(digit_place(window, load)),
                "some": Out(1),
                "several": Out(1),
                "ends": Out(1),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        # Digits but for the first and the last one; how many there are with these.
        rest = Signal(self.window)
        left = Signal(range(self.window + 1))
        two, more = (Signal(name=name) for name in ("two", "more"))
        # While there is a rest, no column begins: so which of them is looked through is known early.
        digits, low, high = (Signal(self.window, name=name) for name in ("digits", "low", "high"))
        m.d.comb += [
            digits.eq(Mux(more, rest, self.column)),
            low.eq(lowest(digits)),
            high.eq(lowest(digits[::-1])[::-1]),
            self.ends.eq(~self.several | (two & self.take_last)),
        ]
        # What is taken is known late: all that may follow is worked out before.
        following = [left, (left - 1)[: len(left)], (left - 2)[: len(left)]]
        for register, of in (
            (left, lambda number: number),
            (self.some, lambda number: number != 0),
            (self.several, lambda number: number > 1),
            (two, lambda number: number == 2),
            (more, lambda number: number > 2),
        ):
            both, one, none = of(following[2]), of(following[1]), of(following[0])
            after = Mux(self.take_last, Mux(self.take_first, both, one), Mux(self.take_first, one, none))
            m.d.sync += register.eq(Mux(self.begin, of(self.count), after))
        with m.If(self.begin | self.take_first):
            m.d.sync += self.first.eq(Mux(two & ~self.begin, self.last, self._place(low)))
        with m.If(self.begin | self.take_last):
            m.d.sync += self.last.eq(self._place(high))
        with m.If(self.begin):
            m.d.sync += rest.eq(digits & ~low & ~high)
        with m.Elif(more):
            taken = low & self.take_first.replicate(self.window) | high & self.take_last.replicate(self.window)
            m.d.sync += rest.eq(digits & ~taken)
        return m

    def _place(self, digit: Value) -> Value:
        """Part and place of a one in a word."""
        parts = self.window // self.load
        bits = [
            Cat(digit.word_select(part, self.load) for part in range(parts) if part >> bit & 1).any()
            for bit in range((parts - 1).bit_length())
        ]
        places = (digit[place :: self.load].any() for place in range(self.load))
        return Cat(*bits, *places)


def lowest(digits: Value) -> Value:
    """The lowest one of a word, alone.

    Examples
    --------
    >>> from amaranth.hdl import Const
    >>> len(lowest(Const(12, 4)))
    4
    """
    return digits & (~digits + 1)[: len(digits)]
