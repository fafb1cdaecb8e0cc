"""Splitter of beats into words."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.data import ArrayLayout
from amaranth.lib.wiring import In, Out, connect, flipped


class BeatSplitter(wiring.Component):
    """Give the words of beats, as many at a time as are wanted.

    A group of words may lie in two beats. Passes up to one group and one beat per cycle, with no cycle between: a beat
    is taken in the cycle in which its first word is. Computes :class:`racelet.golden.lib.beat_splitter.BeatSplitter`.

    Parameters
    ----------
    width : int
        Bits of a word.
    beat_words : int
        Words of a beat. A power of two.
    most : int
        Words of the largest group. At most ``beat_words``.

    Members
    -------
    i : In(stream.Signature(width * beat_words))
        Beats, the first word lowest.
    wanted : In(range(most + 1))
        Words of the group, at least 1.
    o : Out(stream.Signature(ArrayLayout(width, most)))
        The next words; as many as are wanted are there while ``o.valid`` is high, and leave when ``o.ready`` is, too.
        Depends on ``wanted`` and ``i`` in the same cycle.
    left : Out(range(max(beat_words, 2)))
        Words of the last beat that have not left.
    """

    i: stream.Interface
    wanted: Signal
    o: stream.Interface
    left: Signal

    def __init__(self, width: int, beat_words: int, most: int) -> None:
        self.width = width
        self.beat_words = beat_words
        self.most = most
        super().__init__(
            {
                "i": In(stream.Signature(width * beat_words)),
                "wanted": In(range(most + 1)),
                "o": Out(stream.Signature(ArrayLayout(width, most))),
                "left": Out(range(max(beat_words, 2))),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        size = self.beat_words
        if size == 1:
            connect(m, flipped(self.i), flipped(self.o))
            return m
        # A beat is taken with a word of it at least, so all but its first are held at most.
        held = Signal(self.width * (size - 1))
        words = Cat(held, self.i.p)
        more = Signal()
        m.d.comb += [
            more.eq(self.wanted > self.left),
            self.o.valid.eq(self.i.valid | ~more),
            self.i.ready.eq(self.o.ready & more),
        ]
        first = ~self.left  # That is size - 1 - left.
        m.d.comb += [self.o.p[number].eq(words.word_select(first + number, self.width)) for number in range(self.most)]
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += held.eq(self.i.p >> self.width)
        with m.If(self.o.valid & self.o.ready):
            m.d.sync += self.left.eq(self.left + Mux(more, size, 0) - self.wanted)
        return m
