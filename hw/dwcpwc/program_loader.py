"""Program loader: writes a program's blocks into the accelerator's memories."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.data import StructLayout, View
from amaranth.lib.wiring import In, Out

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import DESCRIPTOR_PITCH, HEADER_FIELDS, ProgramTarget
from racelet.hw.dwcpwc.layouts import PARAMETER_BYTES, memory_write
from racelet.hw.lib.byte_packer import BytePacker

HEADER = StructLayout(dict(HEADER_FIELDS))
"""The two words before each block."""


class ProgramLoader(wiring.Component):
    """Take a program and write its records.

    A program is a run of blocks: a header (:data:`racelet.golden.dwcpwc.layer_config.HEADER_FIELDS`), then the records
    without gaps, little-endian, filled up to a whole word at the block's end. Word records are written one per cycle as
    they come; nine-byte records as soon as they are complete. A header that names no target of this accelerator raises
    ``error``; from then on words are taken and dropped.

    Parameters
    ----------
    config : DwcPwcConfig

    Members
    -------
    i : In(stream.Signature(32))
        Program words.
    target : Out(4)
        Memory that the present write goes to.
    word : Out(stream.Signature(memory_write(32), always_ready=True))
        Writes of word records.
    record : Out(stream.Signature(memory_write(8 * PARAMETER_BYTES), always_ready=True))
        Writes of nine-byte records.
    busy : Out(1)
        A block has begun and is not yet written.
    error : Out(1)
        A header was wrong. Stays until reset.
    """

    i: stream.Interface
    target: Signal
    word: stream.Interface
    record: stream.Interface
    busy: Signal
    error: Signal

    def __init__(self, config: DwcPwcConfig) -> None:
        self.config = config
        super().__init__(
            {
                "i": In(stream.Signature(32)),
                "target": Out(4),
                "word": Out(stream.Signature(memory_write(32), always_ready=True)),
                "record": Out(stream.Signature(memory_write(8 * PARAMETER_BYTES), always_ready=True)),
                "busy": Out(1),
                "error": Out(1),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        header = Signal(HEADER)
        m.submodules.packer = packer = BytePacker(4, PARAMETER_BYTES)
        m.d.comb += [
            self.target.eq(header.target),
            self.word.p.data.eq(self.i.p),
            self.record.p.data.eq(packer.o.p.data),
            self.record.valid.eq(packer.o.valid),
            packer.o.ready.eq(1),
        ]
        bytes_left = Signal(20)
        with m.FSM() as fsm:
            m.d.comb += self.busy.eq(~fsm.ongoing("TARGET") & ~fsm.ongoing("FAILED"))
            with m.State("TARGET"):
                m.d.comb += self.i.ready.eq(1)
                with m.If(self.i.valid):
                    m.d.sync += header.as_value()[:32].eq(self.i.p)
                    m.next = "ADDRESS"
            with m.State("ADDRESS"):
                m.d.comb += self.i.ready.eq(1)
                with m.If(self.i.valid):
                    m.d.sync += header.as_value()[32:].eq(self.i.p)
                    m.d.sync += bytes_left.eq(header.rows * PARAMETER_BYTES)
                    m.next = "CHECK"
            with m.State("CHECK"):
                m.next = "FAILED"
                with m.If((header.rows != 0) & (header.groups != 0) & (header.row_records != 0)):
                    for targets, state in self._states().items():
                        with m.If(Cat(header.target == target for target in targets).any()):
                            m.next = state
            with m.State("WORDS"):
                self._words(m, header)
            with m.State("RECORDS"):
                m.d.comb += [
                    packer.i.p.data.eq(self.i.p),
                    packer.i.p.last.eq(bytes_left <= 4),
                    packer.i.p.count.eq(Mux(packer.i.p.last, bytes_left, 4)),
                    packer.i.valid.eq(self.i.valid & (bytes_left != 0)),
                    self.i.ready.eq(packer.i.ready & (bytes_left != 0)),
                    self.record.p.address.eq(header.address),
                ]
                with m.If(self.i.valid & self.i.ready):
                    m.d.sync += bytes_left.eq(Mux(packer.i.p.last, 0, bytes_left - 4))
                with m.If(packer.o.valid):
                    m.d.sync += header.address.eq(header.address + 1)
                    with m.If(packer.o.p.last):
                        m.next = "TARGET"
            with m.State("FAILED"):
                m.d.comb += [self.error.eq(1), self.i.ready.eq(1)]
        return m

    def _states(self) -> dict[tuple[ProgramTarget, ...], str]:
        words = [ProgramTarget.DESCRIPTORS]
        if self.config.store == "bram":
            words.append(ProgramTarget.WEIGHTS)
        records = (
            ProgramTarget.DEPTHWISE_WEIGHTS,
            ProgramTarget.PARAMETERS,
            ProgramTarget.DEPTHWISE_PARAMETERS,
        )
        return {tuple(words): "WORDS", records: "RECORDS"}

    def _words(self, m: Module, header: View) -> None:
        """Write each word where three nested counts say."""
        record, row = Signal(5), Signal(16)
        row_address = Signal(20)
        row_pitch = Mux(header.target == ProgramTarget.DESCRIPTORS, DESCRIPTOR_PITCH, self.config.input_lanes // 4)
        record_last = record == header.row_records - 1
        row_last = row == header.rows - 1
        m.d.comb += [
            self.i.ready.eq(1),
            self.word.valid.eq(self.i.valid),
            self.word.p.address.eq(header.address + row_address + record),
        ]
        with m.If(self.i.valid):
            m.d.sync += record.eq(Mux(record_last, 0, record + 1))
            with m.If(record_last):
                m.d.sync += [row.eq(Mux(row_last, 0, row + 1))]
                m.d.sync += row_address.eq(Mux(row_last, 0, row_address + row_pitch))
            with m.If(record_last & row_last):
                m.d.sync += [
                    header.groups.eq(header.groups - 1),
                    header.address.eq(header.address + header.group_stride),
                ]
                with m.If(header.groups == 1):
                    m.next = "TARGET"
