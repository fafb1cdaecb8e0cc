"""Packer of byte groups of any length into words of a fixed length."""

from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.data import ArrayLayout, StructLayout, View
from amaranth.lib.wiring import In, Out

from racelet.hw.lib.stream_slice import StreamSlice


def byte_run(size: int) -> StructLayout:
    """Up to ``size`` bytes; ``last`` ends a row."""
    return StructLayout({"data": ArrayLayout(8, size), "count": range(size + 1), "last": 1})


def byte_word(size: int) -> StructLayout:
    """A word of ``size`` bytes; ``last`` ends a row."""
    return StructLayout({"data": ArrayLayout(8, size), "last": 1})


def placed_run(capacity: int) -> StructLayout:
    """Bytes at their places in a word and those after it, which of them there are, and where they end."""
    return StructLayout(
        {"data": ArrayLayout(8, capacity), "present": capacity, "end": range(capacity + 1), "last": 1},
    )


class BytePacker(wiring.Component):
    """Concatenate groups of bytes and cut them into words.

    Takes a group and gives a word in every cycle as long as the bytes allow: a group is taken when less than one
    word is left over after this cycle's output. After a group marked ``last`` the rest goes out as one more word,
    filled up with zeros, and the next group starts a new word. A group's first byte can leave ``LATENCY`` cycles after
    it came. Computes :func:`racelet.golden.lib.byte_packer.pack`, in the cycles of
    :func:`racelet.golden.lib.byte_packer.schedule`.

    Where in a word a group begins does not depend on when words are taken. So it is brought there first, and waits,
    with one more, to be put behind the bytes that are left.

    Parameters
    ----------
    input_bytes : int
        Most bytes of a group. At least 1.
    output_bytes : int
        Bytes of a word. At least 1.

    Members
    -------
    i : In(stream.Signature(byte_run(input_bytes)))
        Groups: the first ``count`` bytes of ``data``; ``count`` at least 1.
    o : Out(stream.Signature(byte_word(output_bytes)))
        Words. ``last`` marks the word with the last byte of a ``last`` group.
    """

    LATENCY = 2

    i: stream.Interface
    o: stream.Interface

    def __init__(self, input_bytes: int, output_bytes: int) -> None:
        self.input_bytes = input_bytes
        self.output_bytes = output_bytes
        super().__init__(
            {"i": In(stream.Signature(byte_run(input_bytes))), "o": Out(stream.Signature(byte_word(output_bytes)))}
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        size = self.output_bytes
        capacity = size - 1 + self.input_bytes
        m.submodules.slice = waiting = StreamSlice(placed_run(capacity).size)
        m.d.comb += [waiting.i.valid.eq(self.i.valid), self.i.ready.eq(waiting.i.ready)]
        self._place(m, View(placed_run(capacity), waiting.i.p), self.i.valid & self.i.ready)
        group = View(placed_run(capacity), waiting.o.p)

        held = Signal(8 * capacity)
        fill = Signal(range(capacity + 1))
        flushing = Signal()
        # Whether a group fits behind what is left: if no word leaves, and if one does.
        fits = Signal(init=1)
        fits_after = Signal()
        pop = Signal()
        m.d.comb += [
            pop.eq(self.o.valid & self.o.ready),
            waiting.o.ready.eq(Mux(pop, fits_after, fits)),
            self.o.p.data.eq(held),
        ]
        coming = Cat(byte & present.replicate(8) for byte, present in zip(group.data, group.present, strict=True))

        def hold(count: Value, ends: Value) -> list[Any]:
            """Hold so many bytes, the last of which ends a row."""
            return [
                fill.eq(count),
                flushing.eq(ends),
                self.o.valid.eq(ends | (count >= size)),
                self.o.p.last.eq(ends & (count <= size)),
                fits.eq(~ends & (count < size)),
                fits_after.eq(Mux(ends, count <= size, count < 2 * size)),
            ]

        # Written out for either case, so that all but the choice between them is over when it is known.
        put, put_after = waiting.o.valid & fits, waiting.o.valid & fits_after
        with m.If(pop):
            more = fill > size
            m.d.sync += hold(Mux(more, fill - size, 0), flushing & more)
            m.d.sync += held.eq(held >> 8 * size)
            with m.If(put_after):
                m.d.sync += hold(group.end, group.last)
                m.d.sync += held.eq(held >> 8 * size | coming)
        with m.Elif(put):
            m.d.sync += hold(group.end, group.last)
            m.d.sync += held.eq(held | coming)
        return m

    def _place(self, m: Module, group: View, taken: Value) -> None:
        """Bring a group behind the one before it, at the beginning of a word if that ended a row."""
        size, bytes_ = self.output_bytes, self.i.p.data
        begin = Signal(range(size))
        end = Signal.like(group.end)
        m.d.comb += [
            end.eq(begin + self.i.p.count),
            group.data.as_value().eq(bytes_.as_value() << (begin << 3)),
            # The same shift for both: which bytes there are is known before where they go.
            group.present.eq(Cat(k < self.i.p.count for k in range(self.input_bytes)) << begin),
            group.end.eq(end),
            group.last.eq(self.i.p.last),
        ]
        with m.If(taken):
            m.d.sync += begin.eq(Mux(self.i.p.last, 0, end % size))
