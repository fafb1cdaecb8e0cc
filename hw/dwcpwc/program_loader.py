"""Program loader: writes a program's blocks into the accelerator's memories."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.data import StructLayout, View
from amaranth.lib.wiring import In, Out, connect, flipped

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import DESCRIPTOR_PITCH, HEADER_FIELDS, ProgramTarget
from racelet.hw.dwcpwc.layouts import PARAMETER_BYTES, ErrorCode, memory_write, weight_write
from racelet.hw.lib.beat_splitter import BeatSplitter
from racelet.hw.lib.byte_packer import BytePacker

HEADER = StructLayout(dict(HEADER_FIELDS))
"""The two words before each block."""


class ProgramLoader(wiring.Component):
    """Take a program and write its records.

    A program is a run of blocks: a header (:data:`racelet.golden.dwcpwc.layer_config.HEADER_FIELDS`), then the records
    without gaps, little-endian, filled up to a whole word at the block's end. Word records are written one per cycle,
    two cycles after they come, weights up to ``weight_words`` where they lie so; nine-byte records as soon as they are
    complete. With ``store`` "racetrack" words of weights are taken only when the store has those before. Words of zero
    between blocks are skipped. A header that names no target of this accelerator raises ``error``; from then on words
    are taken and dropped.

    A FENCE is a header alone. With ``address`` n > 0 no further word is taken until ``ended`` is at least n; if that
    can never be, as the run waits for a descriptor or none is streaming, it is an error. With ``address`` 0 none is
    taken until a run is streaming, another one for each such fence; meanwhile the loader is not busy.

    Parameters
    ----------
    config : DwcPwcConfig

    Members
    -------
    i : In(stream.Signature(32 * config.program_words))
        Program words, the first one lowest.
    streaming : In(1)
        A run takes descriptors as they arrive.
    ended : In(20)
        Descriptors that have ended since ``streaming`` began.
    starved : In(1)
        The run waits for a descriptor to arrive.
    arrived : Out(20)
        Descriptors in the blocks that were written since ``streaming`` began, modulo 2**20.
    target : Out(4)
        Memory that the present write of a nine-byte record goes to.
    word : Out(stream.Signature(memory_write(32), always_ready=True))
        Writes of words of descriptors.
    record : Out(stream.Signature(memory_write(8 * PARAMETER_BYTES), always_ready=True))
        Writes of nine-byte records.
    busy : Out(1)
        A block has begun and is not yet taken, or the next word is there already, or a word of weights is not written.
    fenced : Out(1)
        The loader waits at a fence for a run to stream.
    error : Out(ErrorCode)
        TARGET or FENCE. Stays until reset.
    weights : Out(stream.Signature(weight_write(config), always_ready=config.store == "bram"))
        Only with ``store`` "bram" or "racetrack": writes of words of weights.
    """

    i: stream.Interface
    streaming: Signal
    ended: Signal
    starved: Signal
    arrived: Signal
    target: Signal
    word: stream.Interface
    record: stream.Interface
    busy: Signal
    fenced: Signal
    error: Signal
    weights: stream.Interface

    def __init__(self, config: DwcPwcConfig) -> None:
        self.config = config
        members = {
            "i": In(stream.Signature(32 * config.program_words)),
            "streaming": In(1),
            "ended": In(20),
            "starved": In(1),
            "arrived": Out(20),
            "target": Out(4),
            "word": Out(stream.Signature(memory_write(32), always_ready=True)),
            "record": Out(stream.Signature(memory_write(8 * PARAMETER_BYTES), always_ready=True)),
            "busy": Out(1),
            "fenced": Out(1),
            "error": Out(ErrorCode),
        }
        if config.store != "stream":
            members["weights"] = Out(stream.Signature(weight_write(config), always_ready=config.store == "bram"))
        super().__init__(members)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        header = Signal(HEADER)
        m.submodules.packer = packer = BytePacker(4, PARAMETER_BYTES)
        m.submodules.words = words = BeatSplitter(32, self.config.program_words, self.config.weight_words)
        connect(m, flipped(self.i), words.i)
        word = words.o.p[0]
        walk = _WordWalk(header, self.config)
        held = self._held(walk)
        bytes_left, word_last, words_end = Signal(20), Signal(), Signal()
        m.d.comb += [
            words.wanted.eq(walk.wanted),
            self.target.eq(header.target),
            self.record.p.data.eq(packer.o.p.data),
            packer.o.ready.eq(1),
            packer.i.p.data.eq(word),
            packer.i.p.last.eq(word_last),
            packer.i.p.count.eq(Mux(word_last, bytes_left, 4)),
        ]
        numbered, passed = Signal(), Signal()
        m.d.sync += numbered.eq(header.address != 0)
        with m.FSM() as fsm:
            between, failed = fsm.ongoing("TARGET"), fsm.ongoing("FAILED")
            first_fence = fsm.ongoing("FENCE") & ~numbered
            m.d.comb += self.busy.eq(((~between | (words.left != 0)) & ~failed & ~first_fence) | held)
            m.d.comb += self.fenced.eq(first_fence)
            with m.State("TARGET"):
                m.d.comb += words.o.ready.eq(1)
                with m.If(words.o.valid & (word != 0)):
                    m.d.sync += header.as_value()[:32].eq(word)
                    m.next = "ADDRESS"
            with m.State("ADDRESS"):
                m.d.comb += words.o.ready.eq(1)
                with m.If(words.o.valid):
                    m.d.sync += header.as_value()[32:].eq(word)
                    m.d.sync += [bytes_left.eq((header.rows << 3) + header.rows), word_last.eq(0), words_end.eq(0)]
                    m.next = "CHECK"
            with m.State("CHECK"):
                walk.begin(m)
                self._check(m, header, walk)
            with m.State("FENCE"):
                self._fence(m, header, numbered, passed)
            with m.State("WORDS"):
                m.d.comb += words.o.ready.eq(~held)
                with m.If(words.o.valid & ~held):
                    self._word(m, header, walk)
            with m.State("RECORDS"):
                m.d.comb += [
                    packer.i.valid.eq(words.o.valid & ~words_end),
                    words.o.ready.eq(packer.i.ready & ~words_end),
                    self.record.p.address.eq(header.address),
                    self.record.valid.eq(packer.o.valid),
                ]
                with m.If(words.o.valid & words.o.ready):
                    m.d.sync += [bytes_left.eq(bytes_left - 4), word_last.eq(bytes_left <= 8), words_end.eq(word_last)]
                with m.If(packer.o.valid):
                    m.d.sync += header.address.eq(header.address + 1)
                    with m.If(packer.o.p.last):
                        m.next = "TARGET"
            with m.State("FAILED"):
                m.d.comb += words.o.ready.eq(1)
        walk.follow(m, fsm.ongoing("CHECK"), fsm.ongoing("WORDS") & words.o.valid & ~held)
        self._write(m, header, words, walk)
        with m.If(~self.streaming):
            m.d.sync += [passed.eq(0), self.arrived.eq(0)]
        return m

    def _held(self, walk: "_WordWalk") -> Value:
        """A word of weights is on its way that the store has not taken."""
        if self.config.store != "racetrack":
            return Const(0)
        return (walk.taken & (walk.header.target == ProgramTarget.WEIGHTS)) | self.weights.valid

    def _check(self, m: Module, header: View, walk: "_WordWalk") -> None:
        """Go where a header says."""
        known = Signal()
        with m.If((header.rows != 0) & (header.groups != 0) & (header.row_records != 0)):
            for targets, state in self._states().items():
                with m.If(Cat(header.target == target for target in targets).any()):
                    m.d.comb += known.eq(1)
                    m.next = state
                    if state == "WORDS":
                        walk.want_first(m)
        with m.If(~known):
            m.d.sync += self.error.eq(ErrorCode.TARGET)
            m.next = "FAILED"

    def _fence(self, m: Module, header: View, numbered: Value, passed: Signal) -> None:
        """Wait until enough descriptors have ended or, at a run's first fence, until it is streaming."""
        with m.If(~numbered):
            with m.If(self.streaming & ~passed):
                m.d.sync += passed.eq(1)
                m.next = "TARGET"
            with m.Elif(self.starved):
                m.d.sync += self.error.eq(ErrorCode.FENCE)
                m.next = "FAILED"
        with m.Elif(self.ended >= header.address):
            m.next = "TARGET"
        with m.Elif(self.starved | ~self.streaming):
            m.d.sync += self.error.eq(ErrorCode.FENCE)
            m.next = "FAILED"

    def _states(self) -> dict[tuple[ProgramTarget, ...], str]:
        words = [ProgramTarget.DESCRIPTORS]
        if self.config.store != "stream":
            words.append(ProgramTarget.WEIGHTS)
        records = (
            ProgramTarget.DEPTHWISE_WEIGHTS,
            ProgramTarget.PARAMETERS,
            ProgramTarget.DEPTHWISE_PARAMETERS,
        )
        return {tuple(words): "WORDS", records: "RECORDS", (ProgramTarget.FENCE,): "FENCE"}

    def _word(self, m: Module, header: View, walk: "_WordWalk") -> None:
        """Count a word, or words of a row together."""
        rows_done = Signal(20)
        descriptors = header.target == ProgramTarget.DESCRIPTORS
        walk.next(m)
        with m.If(walk.record_last):
            m.d.sync += rows_done.eq(rows_done + 1)
        with m.If(walk.last):
            # A row of a descriptors' block is a descriptor; it counts when the whole block is taken.
            m.d.sync += rows_done.eq(0)
            with m.If(descriptors):
                m.d.sync += self.arrived.eq(self.arrived + rows_done + 1)
            m.next = "TARGET"

    def _write(self, m: Module, header: View, words: BeatSplitter, walk: "_WordWalk") -> None:
        """Write what was taken, two cycles later."""
        descriptors = header.target == ProgramTarget.DESCRIPTORS
        data, mask = Signal.like(words.o.p.as_value()), Signal(walk.most)
        together = Signal()
        m.d.sync += [
            data.eq(words.o.p.as_value()),
            mask.eq(Cat(walk.left > number for number in range(walk.most))),
            together.eq(walk.together),
            self.word.valid.eq(walk.taken & descriptors),
            self.word.p.address.eq(walk.address),
            self.word.p.data.eq(data[:32]),
        ]
        if self.config.store == "stream":
            return
        write, comes = self.weights.p, walk.taken & ~descriptors
        with m.If(comes if self.config.store == "racetrack" else Const(1)):
            m.d.sync += write.address.eq(walk.address)
            if walk.most == 1:
                m.d.sync += write.data.eq(data)
            else:
                place = walk.address[: walk.most.bit_length() - 1]
                m.d.sync += write.data.eq(Mux(together, data, data[:32].replicate(walk.most)))
                m.d.sync += write.mask.eq(Mux(together, mask, 1 << place))
        m.d.sync += self.weights.valid.eq(comes)
        if self.config.store == "racetrack":
            with m.If(self.weights.valid & ~self.weights.ready):
                m.d.sync += self.weights.valid.eq(1)


class _WordWalk:
    """Three nested counts, records of a row, rows of a group, groups; and the address that they led to.

    Parameters
    ----------
    header : View
        Of the block.
    config : DwcPwcConfig
    """

    def __init__(self, header: View, config: DwcPwcConfig) -> None:
        self.header = header
        self.most = config.weight_words if config.store != "stream" else 1
        self.row_pitches = (config.input_lanes // 4, DESCRIPTOR_PITCH)
        # Words of the row, rows of the group and groups that are left, the present ones with them.
        self.left, self.rows, self.groups = Signal(5), Signal(16), Signal(8)
        self.record_last, self.row_last, self.group_last = Signal(), Signal(), Signal()
        # Words that are taken at once, and whether these may be several.
        self.wanted = Signal(range(self.most + 1), init=1)
        self.together = Signal()
        # Of the words that were taken in the cycle before, if any were.
        self.taken = Signal()
        self.address = Signal(20)

    @property
    def last(self) -> Value:
        """Whether the block ends here."""
        return self.record_last & self.row_last & self.group_last

    def begin(self, m: Module) -> None:
        """Go to a block's first word."""
        header = self.header
        m.d.sync += [
            self.together.eq(self._fits),
            self.left.eq(header.row_records),
            self.record_last.eq(header.row_records <= Mux(self._fits, self.most, 1)),
            self.rows.eq(header.rows),
            self.row_last.eq(header.rows == 1),
            self.groups.eq(header.groups),
            self.group_last.eq(header.groups == 1),
        ]

    def want_first(self, m: Module) -> None:
        """Want a block's first words, once it is known that it has some."""
        m.d.sync += self.wanted.eq(self._together(self.header.row_records, self._fits))

    def next(self, m: Module) -> None:
        """Go on by what was wanted."""
        header = self.header
        left = Mux(self.record_last, header.row_records, self.left - self.wanted)
        m.d.sync += [
            self.left.eq(left),
            self.record_last.eq(left <= Mux(self.together, self.most, 1)),
            self.wanted.eq(self._together(left, self.together)),
        ]
        with m.If(self.record_last):
            m.d.sync += [self.rows.eq(self.rows - 1), self.row_last.eq(self.rows == 2)]
            with m.If(self.row_last):
                m.d.sync += [self.rows.eq(header.rows), self.row_last.eq(header.rows == 1)]
                m.d.sync += [self.groups.eq(self.groups - 1), self.group_last.eq(self.groups == 2)]
        with m.If(self.last):
            m.d.sync += self.wanted.eq(1)

    def follow(self, m: Module, begins: Value, takes: Value) -> None:
        """Move the address, one cycle behind the counts."""
        header = self.header
        row, group = Signal(20), Signal(20)
        row_pitch = Mux(header.target == ProgramTarget.DESCRIPTORS, self.row_pitches[1], self.row_pitches[0])
        wanted = Signal.like(self.wanted)
        record_last, row_last = Signal(), Signal()
        m.d.sync += [self.taken.eq(takes), wanted.eq(self.wanted)]
        m.d.sync += [record_last.eq(self.record_last), row_last.eq(self.row_last)]
        with m.If(self.taken):
            m.d.sync += self.address.eq(self.address + wanted)
            with m.If(record_last):
                m.d.sync += [self.address.eq(row), row.eq(row + row_pitch)]
                with m.If(row_last):
                    m.d.sync += [self.address.eq(group), row.eq(group + row_pitch)]
                    m.d.sync += group.eq(group + header.group_stride)
        with m.If(begins):
            m.d.sync += [
                self.address.eq(header.address),
                row.eq(header.address + row_pitch),
                group.eq(header.address + header.group_stride),
            ]

    @property
    def _fits(self) -> Value:
        """The block's rows lie so in the memory of weights that words of a row can be written together."""
        if self.most == 1:
            return Const(0)
        header, units = self.header, self.most.bit_length() - 1
        return (header.target == ProgramTarget.WEIGHTS) & ~(header.address | header.group_stride)[:units].any()

    def _together(self, left: Value, together: Value) -> Value:
        """Words that are taken at once where so many are left in the row."""
        return Mux(together & (left > 1), Mux(left < self.most, left, self.most), 1)
