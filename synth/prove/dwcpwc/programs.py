"""Properties of what writes a program into the memories."""

import dataclasses
from collections.abc import Sequence

from amaranth.hdl import Cat, Const, Mux, Value
from amaranth.lib.data import View

from racelet.golden.dwcpwc.layer_config import ProgramTarget
from racelet.hw.dwcpwc.layouts import PARAMETER_BYTES, ErrorCode
from racelet.hw.dwcpwc.program_loader import HEADER, ProgramLoader
from racelet.hw.lib.byte_packer import byte_run, byte_word, placed_run
from racelet.synth.prove.dwcpwc.blocks import BETWEEN, RECORDS, SECOND, WORDS, Blocks
from racelet.synth.prove.dwcpwc.control import fails
from racelet.synth.prove.dwcpwc.layer import CONFIG
from racelet.synth.prove.harness import Harness
from racelet.synth.prove.lib.streams import packing
from racelet.synth.prove.order import Item, Queue
from racelet.synth.prove.slices import behind
from racelet.synth.prove.subject import Subject

SHAPE = dataclasses.replace(CONFIG, input_lanes=8, weight_beat_bytes=8, bandwidth=8)
"""With two words in a beat of the program, and in a row of the memory of weights."""


def program_loader(harness: Harness, dut: ProgramLoader) -> None:
    """Blocks are written as their headers say, each word and record once, in order; errors stay until a clear."""
    inside = harness.inside
    (machine,) = inside.machines()
    state = {name: machine.state == number for name, number in machine.encoding.items()}
    soon = [state[name] for name in ("WORDS", "TARGET", "ADDRESS")]
    harness.check("taken: words of a block, before the next header is whole", ~inside["taken"] | Cat(soon[:2]).any())
    harness.check("word: written before the next header is whole", ~dut.word.valid | Cat(soon).any())
    fails(harness, dut, ~dut.busy & ~dut.word.valid & ~dut.record.valid)
    words, count = inside["words.o__payload"], inside.nth("wanted", 1)
    leaves = inside["words.o__valid"] & inside.nth("o__ready", 1)
    given = [(leaves & (number < count), words.word_select(number, 32)) for number in range(dut.config.weight_words)]
    _split(harness, dut, given)
    took = leaves & (dut.error == ErrorCode.NONE)
    blocks = Blocks(harness, dut.config, took, words[:32], count, dut.record.valid)
    _headers(harness, dut, blocks, state)
    of_block = took & (blocks.phase == WORDS)
    _walk(harness, dut, blocks, state["WORDS"])
    _addresses(harness, blocks, of_block, count, state["WORDS"])
    _writes(harness, dut, blocks, [(of_block & here, word) for here, word in given])
    _arrivals(harness, dut, blocks, of_block, state["WORDS"])
    _records(harness, dut, blocks, took & (blocks.phase == RECORDS), words[:32])


def _split(harness: Harness, dut: ProgramLoader, given: Sequence[Item]) -> None:
    """The words of the program leave their beats in order."""
    size = dut.config.program_words
    held, left = harness.inside["words.held"], harness.inside["words.left"]
    Queue(
        harness,
        "program",
        entries=[(dut.i.valid & dut.i.ready, dut.i.p.word_select(number, 32)) for number in range(size)],
        exits=given,
        places=[(size - 1 - number <= left, held.word_select(number, 32)) for number in range(size - 1)],
    )


def _headers(harness: Harness, dut: ProgramLoader, blocks: Blocks, state: dict[str, Value]) -> None:
    """The component is where the harness is, and has the same header."""
    phase, header = blocks.phase, blocks.header
    expected = Mux(state["CHECK"], blocks.names, BETWEEN)
    for name, number in (("ADDRESS", SECOND), ("WORDS", WORDS), ("RECORDS", RECORDS)):
        expected = Mux(state[name], number, expected)
    harness.check("block: begins and ends as its header says", phase == expected)
    harness.check("block: of words or records where its header says so", (phase < WORDS) | (phase == blocks.names))
    refused = dut.error == ErrorCode.TARGET
    found = harness.past(state["CHECK"] & blocks.wrong & ~harness.clear)
    harness.check("error: TARGET behind a wrong header, and no other", found == (refused & ~harness.past(refused)))
    kept = harness.inside.view("header", HEADER)
    address = (header.address + blocks.records)[: len(header.address)]
    same = Cat(kept[name] == header[name] for name in ("target", "row_records", "groups", "rows", "group_stride"))
    harness.check("header: kept as it came, but for the address", same.all())
    harness.check("header: the address, one further with every record", kept.address == address)
    harness.check("target: that of the block", dut.target == header.target)


def _walk(harness: Harness, dut: ProgramLoader, blocks: Blocks, going: Value) -> None:
    """What the component keeps of the next word is what the harness counts."""
    inside, header, most = harness.inside, blocks.header, dut.config.weight_words
    left, rows, groups = (inside.nth("$signal", number) for number in (3, 5, 7))
    inside_block = (blocks.record < header.row_records) & (blocks.row < header.rows) & (blocks.group < header.groups)
    harness.check("words: inside the block", ~going | inside_block)
    of_row = header.row_records - blocks.record
    counts = Cat(left == of_row, rows == header.rows - blocks.row, groups == header.groups - blocks.group)
    harness.check("words: those that the row, the group and the block have left", ~going | counts.all())
    aligned = ((header.address | header.group_stride) & (most - 1)) == 0
    together = (header.target == ProgramTarget.WEIGHTS) & aligned
    harness.check("words: taken together where they lie so", ~going | (inside.nth("together", 0) == together))
    several = Mux(of_row < most, of_row, most)
    harness.check(
        "words: several at once where there are, else one",
        inside.nth("wanted", 1) == Mux(going & together, several, 1),
    )
    even = ((blocks.address | blocks.row_address | blocks.group_address) & (most - 1)) == 0
    harness.check("words: taken together from such a place on", ~going | ~together | even)
    told = Cat(inside.nth("$signal", number) for number in (4, 6, 8))
    ends = Cat(blocks.row_last, blocks.group_last, blocks.block_last)
    harness.check("words: whether the row, the group and the block end", ~going | (told == ends))


def _addresses(harness: Harness, blocks: Blocks, taken: Value, count: Value, going: Value) -> None:
    """The component finds out a cycle late where the next word belongs."""
    inside, header = harness.inside, blocks.header
    late = inside["taken"]
    row, group = blocks.row_address + blocks.row_pitch, blocks.group_address + header.group_stride
    now = (blocks.address, row[:20], group[:20])
    before = [harness.register("before", 20) for _ in now]
    for register, value in zip(before, now, strict=True):
        harness.update(register, value)
    kept = (inside["address"], inside.nth("$signal", 10), inside["group"])
    same = Cat(have == Mux(late, there, here) for have, here, there in zip(kept, now, before, strict=True)).all()
    harness.check("taken: in the cycle after words were", late == harness.past(taken & ~harness.clear))
    harness.check("address: where the words belong, and the row and the group behind", ~(going | late) | same)
    ends = Cat(blocks.row_last, blocks.group_last, count)
    told = Cat(inside.nth("$signal", 9), inside["row_last"], inside.nth("wanted", 2))
    harness.check("address: what it goes on by", ~late | (told == harness.past(ends)))


def _writes(harness: Harness, dut: ProgramLoader, blocks: Blocks, words: Sequence[Item]) -> None:
    """Every word of a block is written once, in order, where it belongs: one by one, or two neighbours together."""
    inside, word, weights = harness.inside, dut.word, dut.weights
    of_weights = blocks.header.target == ProgramTarget.WEIGHTS
    belongs = [(blocks.address + number)[:20] for number in range(len(words))]
    entries = [(here, Cat(each, at, of_weights)) for (here, each), at in zip(words, belongs, strict=True)]
    address, data, mask, several = inside["address"], inside["$like"], inside["mask"], inside.nth("together", 1)
    passing = [
        (here, Cat(data.word_select(number, 32), (address + number)[:20], of_weights))
        for number, here in enumerate((inside["taken"], inside["taken"] & several & mask[1]))
    ]
    # Neighbours are an even one and the one behind it; of one alone the mask says which it is.
    lower, upper = (Cat(weights.p.data[number], Const(number, 1), weights.p.address[1:], 1) for number in range(2))
    first = Mux(word.valid, Cat(word.p.data, word.p.address, 0), Mux(weights.p.mask[0], lower, upper))
    written = [(word.valid | weights.valid, first), (weights.valid & weights.p.mask.all(), upper)]
    Queue(harness, "words", entries=entries, exits=written, places=[*written, *passing])
    harness.check("words: written to one memory at a time", ~(word.valid & weights.valid))
    harness.check("weights: one of two neighbours, or both", ~weights.valid | weights.p.mask.any())
    harness.cover("weights: two neighbours are written together", weights.valid & weights.p.mask.all())
    twice = (blocks.header.rows == 2) & (blocks.header.groups == 2) & (blocks.header.row_records == 2)
    harness.cover("words: a block of two groups of two rows is written", word.valid & twice & (blocks.phase < WORDS))


def _arrivals(harness: Harness, dut: ProgramLoader, blocks: Blocks, taken: Value, going: Value) -> None:
    """Rows of descriptors are counted when their block is taken."""
    rows = harness.inside["rows_done"]
    harness.check("rows: those of the block that are whole", rows == Mux(going, blocks.rows, 0))
    arrived = harness.register("arrived", 20)
    over = taken & blocks.row_last & blocks.group_last & blocks.block_last
    come = Mux(over & (blocks.header.target == ProgramTarget.DESCRIPTORS), blocks.rows + 1, 0)
    harness.update(arrived, Mux(harness.clear | ~dut.streaming, 0, arrived + come))
    harness.check("arrived: rows of the descriptors' blocks that were taken", dut.arrived == arrived)


def _records(harness: Harness, dut: ProgramLoader, blocks: Blocks, taken: Value, word: Value) -> None:
    """As many records are written as the header says, one behind the other, of the bytes as they came."""
    inside, header, owed, going = harness.inside, blocks.header, blocks.owed, blocks.phase == RECORDS
    run = View(byte_run(4), Cat(word, Mux(owed < 4, owed, 4)[:3], owed <= 4))
    made, given = View(byte_word(PARAMETER_BYTES), inside["packer.o__payload"]), dut.record
    queue = packing(harness, (taken, run), (inside["packer.o__valid"], given.valid, made), "packer.")
    packed = inside["packer.i__ready"] & inside.nth("i__valid", 1)
    harness.check("records: only bytes of the block are packed", packed == taken)
    harness.check("records: bytes are packed as they came", ~taken | (inside.nth("i__payload", 1) == run.as_value()))
    end, left, last = inside["words_end"], inside.nth("$signal", 1), inside.nth("$signal", 2)
    told = Cat(end == (owed == 0), end | (left == owed), end | (last == (owed <= 4))).all()
    harness.check("records: bytes that are not taken", ~going | told)
    there, layout = inside["packer.slice.o__valid"], placed_run(PARAMETER_BYTES - 1 + 4)
    full, second = behind(harness, "packer.slice.")
    first_ends, second_ends = (View(layout, each).last for each in (inside["packer.slice.o__payload"], second))
    newest = Mux(full, second_ends, Mux(there, first_ends, inside["packer.flushing"]))
    others = (full & first_ends) | (there & inside["packer.flushing"])
    harness.check("records: the last bytes are marked so, and no others", ~going | ((newest == end) & ~others))
    unwritten = (header.rows - blocks.records) * PARAMETER_BYTES
    in_packer = Mux(going, unwritten - owed, 0) == queue.inside
    harness.check("records: bytes are inside that were taken and are not written", in_packer)
    harness.check("records: no more than the header says", ~going | (blocks.records < header.rows))
    whole = inside["packer.o__valid"] & (inside["packer.fill"] >= PARAMETER_BYTES)
    harness.check("record: written when it is whole", given.valid == whole)
    address = (header.address + blocks.records)[: len(header.address)]
    same = (given.p.data == made.data.as_value()) & (given.p.address == address)
    harness.check("record: of its bytes, behind the one before", ~given.valid | same)
    harness.cover("record: the second of two is written", given.valid & (header.rows == 2) & (blocks.records == 1))


SUBJECTS = [
    Subject(
        block="dwcpwc",
        name="program_loader",
        make=lambda: ProgramLoader(SHAPE),
        describe=program_loader,
        terminal={"FAILED"},
        depth=2,
    ),
]
