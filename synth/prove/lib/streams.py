"""Properties of what stands between two streams."""

from amaranth.hdl import Cat, Mux, Value
from amaranth.lib.data import View

from racelet.hw.lib.beat_splitter import BeatSplitter
from racelet.hw.lib.byte_packer import BytePacker, placed_run
from racelet.hw.lib.credits import Credits
from racelet.hw.lib.packet_end import PacketEnd
from racelet.hw.lib.stream_queue import StreamQueue
from racelet.hw.lib.stream_slice import StreamSlice
from racelet.synth.prove.harness import Harness
from racelet.synth.prove.order import Queue
from racelet.synth.prove.queues import queued
from racelet.synth.prove.slices import behind
from racelet.synth.prove.subject import Subject


def stream_slice(harness: Harness, dut: StreamSlice) -> None:
    """Two places: the beat that is offered, and the one that came behind it."""
    Queue(
        harness,
        "beats",
        entries=[(dut.i.valid & dut.i.ready, dut.i.p)],
        exits=[(dut.o.valid & dut.o.ready, dut.o.p)],
        places=[(dut.o.valid, dut.o.p), behind(harness, registered=dut.registered)],
    )


def stream_queue(harness: Harness, dut: StreamQueue) -> None:
    """The beat that is offered, and behind it those in the memory, the oldest at its reading place."""
    Queue(
        harness,
        "beats",
        entries=[(dut.i.valid & dut.i.ready, dut.i.p)],
        exits=[(dut.o.valid & dut.o.ready, dut.o.p)],
        places=queued(harness, "", dut.depth),
    )


def credits_(harness: Harness, dut: Credits) -> None:
    """What is not out is left."""
    out = harness.register("out", 8)
    harness.assume("take: only where there is one", ~dut.take | dut.some)
    harness.assume("give: only what was taken", ~dut.give | (out != 0))
    harness.update(out, Mux(harness.clear, 0, out + dut.take - dut.give))
    harness.check("left: what is not out", harness.inside["left"] + out == dut.count)
    harness.check("some: while not all are out", dut.some == (out != dut.count))


def packet_end(harness: Harness, dut: PacketEnd) -> None:
    """One place; a packet's end comes before the next packet's first beat leaves."""
    held = dut.open
    came, left = dut.i.valid & dut.i.ready, dut.o.valid & dut.o.ready
    Queue(harness, "beats", entries=[(came, dut.i.p)], exits=[(left, dut.o.p.data)], places=[(held, dut.o.p.data)])
    # The packet of the beat that is held has ended: with it, or since.
    over = harness.register("over", 1)
    harness.update(over, ~harness.clear & Mux(came, dut.end, held & ~left & (over | dut.end)))
    harness.check("o: last marks the beat after which the packet has ended", ~held | (dut.o.p.last == over))
    harness.check("o: the last beat of a packet is offered until it is taken", ~(held & over) | dut.o.valid)


def beat_splitter(harness: Harness, dut: BeatSplitter) -> None:
    """The words of the last beat that have not left lie at the upper end of a register."""
    width, size = dut.width, dut.beat_words
    harness.assume("wanted: from one word to as many as there can be", (dut.wanted != 0) & (dut.wanted <= dut.most))
    waited = ~harness.cleared & harness.past(dut.o.valid & ~dut.o.ready)
    harness.assume("wanted: steady while a group waits", ~waited | (dut.wanted == harness.past(dut.wanted)))
    came, left = dut.i.valid & dut.i.ready, dut.o.valid & dut.o.ready
    held = harness.inside["held"]
    Queue(
        harness,
        "words",
        entries=[(came, dut.i.p.word_select(number, width)) for number in range(size)],
        exits=[(left & (number < dut.wanted), dut.o.p[number]) for number in range(dut.most)],
        places=[(size - 1 - number <= dut.left, held.word_select(number, width)) for number in range(size - 1)],
    )


def byte_packer(harness: Harness, dut: BytePacker) -> None:
    """Bytes leave in the order in which they came, in whole words but for a row's last."""
    harness.assume(
        "i: from one byte to as many as there can be", (dut.i.p.count != 0) & (dut.i.p.count <= dut.input_bytes)
    )
    packing(harness, (dut.i.valid & dut.i.ready, dut.i.p), (dut.o.valid, dut.o.ready, dut.o.p))


def packing(harness: Harness, run: tuple[Value, View], word: tuple[Value, Value, View], path: str = "") -> Queue:
    """Show of a :class:`BytePacker` that bytes leave in the order in which they came.

    Bytes lie in a register from its lower end on; behind them, at their places already, those of two groups.

    Parameters
    ----------
    harness : Harness
    run : (Value, View)
        Whether a group is taken, and the group.
    word : (Value, Value, View)
        Whether a word is offered, whether it would be taken, and the word.
    path : str
        Where the packer is in the component, with a dot at its end; empty for the component itself.

    Returns
    -------
    Queue
        Of the bytes.
    """
    inside, (came, coming), (valid, ready, given) = harness.inside, run, word
    size, most = (len(each.data.as_value()) // 8 for each in (given, coming))
    fill, held, flushing = inside[f"{path}fill"], inside[f"{path}held"], inside[f"{path}flushing"]
    capacity = size - 1 + most
    layout = placed_run(capacity)
    full, second = behind(harness, f"{path}slice.")
    first = (inside[f"{path}slice.o__valid"], View(layout, inside[f"{path}slice.o__payload"]))
    groups = [first, (full, View(layout, second))]
    queue = Queue(
        harness,
        f"{path}bytes",
        entries=[(came & (number < coming.count), coming.data[number]) for number in range(most)],
        exits=[(valid & ready & (number < fill), given.data[number]) for number in range(size)],
        places=[
            *((number < fill, held.word_select(number, 8)) for number in range(capacity)),
            *((there & group.present[k], group.data[k]) for there, group in groups for k in range(capacity)),
        ],
    )
    begin = Mux(flushing, 0, fill % size)
    for name, (there, group) in zip(("next", "behind"), groups, strict=True):
        present = Cat((number >= begin) & (number < group.end) for number in range(capacity))
        harness.check(f"{path}{name}: its bytes are at their places", ~there | (group.present == present))
        sound = (group.end > begin) & (group.end <= begin + most)
        harness.check(f"{path}{name}: it has a byte, and no more than there can be", ~there | sound)
        begin = Mux(there, Mux(group.last, 0, group.end % size), begin)
    begins = inside[f"{path}begin"] == begin
    harness.check(f"{path}i: the next group begins where the one before ends", begins)
    harness.check(f"{path}bytes: never more than there is room for", fill <= capacity)
    harness.check(f"{path}bytes: no more than there can be", queue.inside <= capacity + 2 * most)
    padding = Cat((number < fill) | (given.data[number] == 0) for number in range(size)).all()
    harness.check(f"{path}o: a word that is not full is filled up with zeros", padding)
    unused = Cat((number < fill) | (held.word_select(number, 8) == 0) for number in range(capacity)).all()
    harness.check(f"{path}bytes: where none is, there is zero", unused)
    harness.check(f"{path}o: there is a word when it is full or ends a row", valid == (flushing | (fill >= size)))
    harness.check(f"{path}o: last goes with a row's last byte", given.last == (flushing & (fill <= size)))
    harness.check(f"{path}bytes: a row's end waits only while bytes do", ~flushing | (fill != 0))
    rest = Mux(fill > size, fill - size, 0)
    fits, after = (~(flushing & (bytes_ != 0)) & (bytes_ < size) for bytes_ in (fill, rest))
    harness.check(f"{path}fits: a group does when less than a word is left", inside[f"{path}fits"] == fits)
    harness.check(f"{path}fits: also when a word leaves", ~valid | (inside[f"{path}fits_after"] == after))
    return queue


SUBJECTS = [
    Subject(block="lib", name="credits", make=lambda: Credits(5), describe=credits_),
    Subject(block="lib", name="stream_queue", make=lambda: StreamQueue(4, 4), describe=stream_queue),
    Subject(block="lib", name="stream_slice", make=lambda: StreamSlice(4), describe=stream_slice),
    Subject(
        block="lib",
        name="registered_stream_slice",
        make=lambda: StreamSlice(4, registered=True),
        describe=stream_slice,
    ),
    Subject(
        block="lib", name="packet_end", make=lambda: PacketEnd(4), describe=packet_end, forgets=lambda dut: dut.end
    ),
    Subject(
        block="lib",
        name="beat_splitter",
        make=lambda: BeatSplitter(4, 4, 2),
        describe=beat_splitter,
        meaning={"o": lambda dut: Cat(Mux(k < dut.wanted, dut.o.p[k], 0) for k in range(dut.most))},
    ),
    Subject(block="lib", name="byte_packer", make=lambda: BytePacker(3, 2), describe=byte_packer),
]
