"""Properties of what stands between two streams."""

from amaranth.hdl import Cat, Mux

from racelet.hw.lib.beat_splitter import BeatSplitter
from racelet.hw.lib.byte_packer import BytePacker
from racelet.hw.lib.packet_end import PacketEnd
from racelet.hw.lib.stream_slice import StreamSlice
from racelet.synth.prove.harness import Harness
from racelet.synth.prove.order import Queue
from racelet.synth.prove.subject import Subject


def stream_slice(harness: Harness, dut: StreamSlice) -> None:
    """Two places: the beat that is offered, and the one that came behind it."""
    waiting, full = harness.inside["waiting"], harness.inside["full"]
    Queue(
        harness,
        "beats",
        entries=[(dut.i.valid & dut.i.ready, dut.i.p)],
        exits=[(dut.o.valid & dut.o.ready, dut.o.p)],
        places=[(dut.o.valid, dut.o.p), (full, waiting)],
    )


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
    """Bytes lie in a register from its lower end on."""
    size, fill, held = dut.output_bytes, harness.inside["fill"], harness.inside["held"]
    flushing = harness.inside["flushing"]
    harness.assume(
        "i: from one byte to as many as there can be", (dut.i.p.count != 0) & (dut.i.p.count <= dut.input_bytes)
    )
    came, left = dut.i.valid & dut.i.ready, dut.o.valid & dut.o.ready
    capacity = size - 1 + dut.input_bytes
    queue = Queue(
        harness,
        "bytes",
        entries=[(came & (number < dut.i.p.count), dut.i.p.data[number]) for number in range(dut.input_bytes)],
        exits=[(left & (number < fill), dut.o.p.data[number]) for number in range(size)],
        places=[(number < fill, held.word_select(number, 8)) for number in range(capacity)],
    )
    harness.check("bytes: never more than there is room for", (queue.inside <= capacity) & (fill <= capacity))
    padding = Cat((number < fill) | (dut.o.p.data[number] == 0) for number in range(size)).all()
    harness.check("o: a word that is not full is filled up with zeros", padding)
    unused = Cat((number < fill) | (held.word_select(number, 8) == 0) for number in range(capacity)).all()
    harness.check("bytes: where none is, there is zero", unused)
    harness.check("o: only a row's end makes a word that is not full", ~dut.o.valid | (fill >= size) | dut.o.p.last)
    harness.check("o: last goes with a row's last byte", ~(dut.o.valid & dut.o.p.last) | (flushing & (fill <= size)))
    harness.check("bytes: a row's end waits only while bytes do", ~flushing | (fill != 0))


SUBJECTS = [
    Subject(block="lib", name="stream_slice", make=lambda: StreamSlice(4), describe=stream_slice),
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
