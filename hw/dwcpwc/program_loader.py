"""Program loader: writes a program's blocks into the accelerator's memories."""

from amaranth.hdl import Cat, Module, Mux, Signal, Value
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
    without gaps, little-endian, filled up to a whole word at the block's end. Word records are written one per cycle as
    they come, weights up to ``weight_words`` where they lie so; nine-byte records as soon as they are complete. Words
    of zero between blocks are skipped. A header that names no target of this accelerator raises
    ``error``; from then on words are taken and dropped.

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
        Memory that the present write goes to.
    word : Out(stream.Signature(memory_write(32), always_ready=True))
        Writes of words of descriptors.
    record : Out(stream.Signature(memory_write(8 * PARAMETER_BYTES), always_ready=True))
        Writes of nine-byte records.
    busy : Out(1)
        A block has begun and is not yet written, or the next word is there already.
    fenced : Out(1)
        The loader waits at a fence for a run to stream.
    error : Out(ErrorCode)
        TARGET or FENCE. Stays until reset.
    weights : Out(stream.Signature(weight_write(config), always_ready=True))
        Only with ``store`` "bram": writes of words of weights.
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
        if config.store == "bram":
            members["weights"] = Out(stream.Signature(weight_write(config), always_ready=True))
        super().__init__(members)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        header = Signal(HEADER)
        m.submodules.packer = packer = BytePacker(4, PARAMETER_BYTES)
        m.submodules.words = words = BeatSplitter(32, self.config.program_words, self.config.weight_words)
        connect(m, flipped(self.i), words.i)
        word = words.o.p[0]
        m.d.comb += [
            words.wanted.eq(1),
            self.target.eq(header.target),
            self.word.p.data.eq(word),
            self.record.p.data.eq(packer.o.p.data),
            self.record.valid.eq(packer.o.valid),
            packer.o.ready.eq(1),
        ]
        bytes_left, passed = Signal(20), Signal()
        with m.FSM() as fsm:
            between, failed = fsm.ongoing("TARGET"), fsm.ongoing("FAILED")
            first_fence = fsm.ongoing("FENCE") & (header.address == 0)
            m.d.comb += self.busy.eq((~between | (words.left != 0)) & ~failed & ~first_fence)
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
                    m.d.sync += bytes_left.eq(header.rows * PARAMETER_BYTES)
                    m.next = "CHECK"
            with m.State("CHECK"):
                self._check(m, header)
            with m.State("FENCE"):
                self._fence(m, header, passed)
            with m.State("WORDS"):
                self._words(m, header, words)
            with m.State("RECORDS"):
                m.d.comb += [
                    packer.i.p.data.eq(word),
                    packer.i.p.last.eq(bytes_left <= 4),
                    packer.i.p.count.eq(Mux(packer.i.p.last, bytes_left, 4)),
                    packer.i.valid.eq(words.o.valid & (bytes_left != 0)),
                    words.o.ready.eq(packer.i.ready & (bytes_left != 0)),
                    self.record.p.address.eq(header.address),
                ]
                with m.If(words.o.valid & words.o.ready):
                    m.d.sync += bytes_left.eq(Mux(packer.i.p.last, 0, bytes_left - 4))
                with m.If(packer.o.valid):
                    m.d.sync += header.address.eq(header.address + 1)
                    with m.If(packer.o.p.last):
                        m.next = "TARGET"
            with m.State("FAILED"):
                m.d.comb += words.o.ready.eq(1)
        with m.If(~self.streaming):
            m.d.sync += [passed.eq(0), self.arrived.eq(0)]
        return m

    def _check(self, m: Module, header: View) -> None:
        """Go where a header says."""
        known = Signal()
        with m.If((header.rows != 0) & (header.groups != 0) & (header.row_records != 0)):
            for targets, state in self._states().items():
                with m.If(Cat(header.target == target for target in targets).any()):
                    m.d.comb += known.eq(1)
                    m.next = state
        with m.If(~known):
            m.d.sync += self.error.eq(ErrorCode.TARGET)
            m.next = "FAILED"

    def _fence(self, m: Module, header: View, passed: Signal) -> None:
        """Wait until enough descriptors have ended or, at a run's first fence, until it is streaming."""
        with m.If(header.address == 0):
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
        if self.config.store == "bram":
            words.append(ProgramTarget.WEIGHTS)
        records = (
            ProgramTarget.DEPTHWISE_WEIGHTS,
            ProgramTarget.PARAMETERS,
            ProgramTarget.DEPTHWISE_PARAMETERS,
        )
        return {tuple(words): "WORDS", records: "RECORDS", (ProgramTarget.FENCE,): "FENCE"}

    def _words(self, m: Module, header: View, words: BeatSplitter) -> None:
        """Write each word, or words of a row together, where three nested counts say."""
        record, row = Signal(5), Signal(16)
        row_address, rows_done = Signal(20), Signal(20)
        descriptors = header.target == ProgramTarget.DESCRIPTORS
        row_pitch = Mux(descriptors, DESCRIPTOR_PITCH, self.config.input_lanes // 4)
        left = header.row_records - record
        record_last = left <= words.wanted
        row_last = row == header.rows - 1
        address = Signal(20)
        m.d.comb += [
            address.eq(header.address + row_address + record),
            words.o.ready.eq(1),
            self.word.valid.eq(words.o.valid & descriptors),
            self.word.p.address.eq(address),
        ]
        if self.config.store == "bram":
            m.d.comb += self.weights.valid.eq(words.o.valid & ~descriptors)
            self._weights(m, header, words, address, left)
        with m.If(words.o.valid):
            m.d.sync += record.eq(Mux(record_last, 0, record + words.wanted))
            with m.If(record_last):
                m.d.sync += [row.eq(Mux(row_last, 0, row + 1))]
                m.d.sync += row_address.eq(Mux(row_last, 0, row_address + row_pitch))
                m.d.sync += rows_done.eq(rows_done + 1)
            with m.If(record_last & row_last):
                m.d.sync += [
                    header.groups.eq(header.groups - 1),
                    header.address.eq(header.address + header.group_stride),
                ]
                with m.If(header.groups == 1):
                    # A row of a descriptors' block is a descriptor; it counts when the whole block is written.
                    m.d.sync += rows_done.eq(0)
                    with m.If(descriptors):
                        m.d.sync += self.arrived.eq(self.arrived + rows_done + 1)
                    m.next = "TARGET"

    def _weights(self, m: Module, header: View, words: BeatSplitter, address: Value, left: Value) -> None:
        """Take as many words of weights at once as lie in one unit of the memory."""
        most = self.config.weight_words
        unit = most.bit_length() - 1
        write = self.weights.p
        m.d.comb += write.address.eq(address)
        if most == 1:
            m.d.comb += write.data.eq(words.o.p[0])
            return
        together = (header.target == ProgramTarget.WEIGHTS) & ~(header.address | header.group_stride)[:unit].any()
        m.d.comb += write.data.eq(words.o.p)
        with m.If(together):
            m.d.comb += words.wanted.eq(Mux(left < most, left, most))
            m.d.comb += write.mask.eq(Cat(left > number for number in range(most)))
        with m.Else():
            m.d.comb += write.data.eq(words.o.p[0].replicate(most))
            m.d.comb += write.mask.eq(1 << address[:unit])
