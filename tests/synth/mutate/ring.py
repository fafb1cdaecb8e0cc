"""A memory of which half of each word is read."""

from amaranth.hdl import Module, Signal
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out


class Ring(wiring.Component):
    """``o`` is what ``i`` was, ``words`` cycles and two before.

    Parameters
    ----------
    words : int
        A power of two.

    Members
    -------
    i : In(8)
    o : Out(4)
    """

    i: Signal
    o: Signal

    def __init__(self, words: int) -> None:
        self.words = words
        super().__init__({"i": In(8), "o": Out(4)})

    def elaborate(self, platform: object) -> Module:
        """Write and read the same word in each cycle."""
        m = Module()
        m.submodules.storage = storage = memory.Memory(shape=8, depth=self.words, init=[])
        write, read = storage.write_port(), storage.read_port()
        place, kept = Signal(range(self.words)), Signal(8)
        m.d.comb += [write.addr.eq(place), read.addr.eq(place), write.en.eq(1), read.en.eq(1)]
        m.d.comb += [write.data.eq(self.i), self.o.eq(kept)]
        m.d.sync += [place.eq(place + 1), kept.eq(read.data)]
        return m
