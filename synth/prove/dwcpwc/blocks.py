"""The blocks of a program, as the harness reads them."""

from amaranth.hdl import Cat, Mux, Signal, Value
from amaranth.lib.data import View

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import DESCRIPTOR_PITCH, ProgramTarget
from racelet.hw.dwcpwc.layouts import PARAMETER_BYTES
from racelet.hw.dwcpwc.program_loader import HEADER
from racelet.synth.prove.harness import Harness

BETWEEN, SECOND, WORDS, RECORDS = range(4)
"""What the next word is: one of zero or a header's first, a header's second, a block's word, bytes of its records."""

WORD_TARGETS = (ProgramTarget.DESCRIPTORS, ProgramTarget.WEIGHTS)
"""Memories of words."""
RECORD_TARGETS = (ProgramTarget.DEPTHWISE_WEIGHTS, ProgramTarget.PARAMETERS, ProgramTarget.DEPTHWISE_PARAMETERS)
"""Memories of nine-byte records."""


class Blocks:
    """Headers, and how much of a block has been taken; everything is counted from 0 up.

    Parameters
    ----------
    harness : Harness
    config : DwcPwcConfig
    took : Value
        A word is taken, or several of a row, and not dropped.
    word : Value
        The first of them.
    count : Value
        How many.
    written : Value
        A nine-byte record is written.

    Attributes
    ----------
    phase : Signal
        What the next word is: BETWEEN, SECOND, WORDS or RECORDS.
    header : View
        That of the block.
    record, row, group : Signal
        Place of the next word: in its row, in its group, in the block.
    row_address, group_address : Signal
        Where its row and its group begin in the memory.
    rows : Signal
        Rows that are whole.
    owed, records : Signal
        Bytes of records that are not taken; records that are written.
    row_last, group_last, block_last : Value
        Where the next words are taken, a row ends; where it does, a group; where that does, the block.
    """

    def __init__(
        self, harness: Harness, config: DwcPwcConfig, took: Value, word: Value, count: Value, written: Value
    ) -> None:
        self._harness = harness
        self.phase, self._bits = harness.register("phase", 2), harness.register("header", HEADER.size)
        self.header = header = View(HEADER, self._bits)
        sizes = {"record": 5, "row": 16, "group": 8, "row_address": 20, "group_address": 20, "rows": 20}
        self.record, self.row, self.group, self.row_address, self.group_address, self.rows = (
            harness.register(name, size) for name, size in sizes.items()
        )
        self.owed, self.records = harness.register("owed", 20), harness.register("records", 16)
        self.row_last = self.record + count >= header.row_records
        self.group_last = self.row + 1 == header.rows
        self.block_last = self.group + 1 == header.groups
        descriptors = header.target == ProgramTarget.DESCRIPTORS
        self.row_pitch = Mux(descriptors, DESCRIPTOR_PITCH, config.input_lanes // 4)
        first = took & (self.phase == BETWEEN) & (word != 0)
        second = took & (self.phase == SECOND)
        self._keep(self._bits, Cat(Mux(first, word, self._bits[:32]), Mux(second, word, self._bits[32:])))
        taken, ends = took & (self.phase == WORDS), self.row_last & self.group_last & self.block_last
        all_written = written & (self.records + 1 == header.rows)
        over = Mux(self.phase == WORDS, taken & ends, (self.phase == RECORDS) & all_written)
        self._keep(self.phase, Mux(first, SECOND, Mux(second, self.names, Mux(over, BETWEEN, self.phase))))
        self._count_words(taken, second, count, View(HEADER, Cat(self._bits[:32], word)).address)
        bytes_taken = Mux(took & (self.phase == RECORDS), Mux(self.owed < 4, self.owed, 4), 0)
        self._keep(self.owed, Mux(second, header.rows * PARAMETER_BYTES, self.owed - bytes_taken))
        self._keep(self.records, Mux(second, 0, self.records + written))

    @property
    def names(self) -> Value:
        """What the header says to come: WORDS, RECORDS, or BETWEEN where it has nothing or names no memory."""
        return Mux(self._is_of(WORD_TARGETS), WORDS, Mux(self._is_of(RECORD_TARGETS), RECORDS, BETWEEN))

    @property
    def wrong(self) -> Value:
        """The header has nothing or names no memory, and is no fence."""
        return ~self._is_of((*WORD_TARGETS, *RECORD_TARGETS, ProgramTarget.FENCE))

    @property
    def address(self) -> Value:
        """Where the next word belongs."""
        return (self.row_address + self.record)[:20]

    def _is_of(self, targets: tuple[ProgramTarget, ...]) -> Value:
        header = self.header
        counts = (header.rows != 0) & (header.groups != 0) & (header.row_records != 0)
        return counts & Cat(header.target == target for target in targets).any()

    def _count_words(self, taken: Value, begins: Value, count: Value, address: Value) -> None:
        row_ends = taken & self.row_last
        group_ends = row_ends & self.group_last
        loops = (
            (self.record, self.record + count, taken, self.row_last),
            (self.row, self.row + 1, row_ends, self.group_last),
        )
        for counter, further, moves, last in loops:
            self._keep(counter, Mux(begins, 0, Mux(moves, Mux(last, 0, further), counter)))
        self._keep(self.group, Mux(begins, 0, self.group + group_ends))
        self._keep(self.rows, Mux(begins, 0, self.rows + row_ends))
        following = self.group_address + self.header.group_stride
        self._keep(self.group_address, Mux(begins, address, Mux(group_ends, following, self.group_address)))
        further = Mux(row_ends, self.row_address + self.row_pitch, self.row_address)
        self._keep(self.row_address, Mux(begins, address, Mux(group_ends, following, further)))

    def _keep(self, register: Signal, following: Value) -> None:
        self._harness.update(register, Mux(self._harness.clear, 0, following))
