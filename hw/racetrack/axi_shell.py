"""The controller with AXI ports, as an FPGA design takes it."""

from typing import Any

from amaranth.hdl import Cat, ClockDomain, ClockSignal, Const, Module, ResetInserter, ResetSignal, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.data import StructLayout
from amaranth.lib.wiring import In, Out, connect, flipped

from racelet.golden.lib.config import ShellConfig
from racelet.golden.racetrack.config import RacetrackConfig
from racelet.hw.lib.axi_lite import AxiLiteRegisters, AxiLiteSignature
from racelet.hw.lib.axi_shell import connect_input, connect_interrupts, connect_packets
from racelet.hw.lib.axi_stream import AxiStreamGroup, AxiStreamSignature
from racelet.hw.lib.stream_slice import StreamSlice
from racelet.hw.racetrack.command_reader import CommandReader, command_beat
from racelet.hw.racetrack.controller import Controller
from racelet.hw.racetrack.error_log import ErrorLog
from racelet.hw.racetrack.layouts import DeviceSignature, JournalSignature, response
from racelet.hw.racetrack.operation_counters import OperationCounters
from racelet.hw.racetrack.registers import COUNTERS, register_map


class AxiShell(wiring.Component):
    """Control by AXI4-Lite, commands and responses by AXI4-Stream, one interrupt; the tracks' pins as they are.

    Commands wait in a buffer; a response follows for each, in their order, with the ``tlast`` of its command. Bits of a
    sweep are a packet, which ends with ``tlast`` where an error or a clear cuts it short, too. Data are
    :func:`racelet.golden.racetrack.packets.command_bytes` and :func:`racelet.golden.racetrack.packets.response_bytes`.

    No path leads from an AXI input or to an AXI output without a register; what is written to the journal depends on
    what the device says in the same cycle. A clear stops what goes on as a loss of power does: the write that the
    journal tells of can be finished. A beat that was offered is never taken back, but by ``aresetn``.

    Parameters
    ----------
    config : RacetrackConfig
    shell : ShellConfig
        Its buffer has as many commands as fit; there are no starts.

    Raises
    ------
    ValueError
        If no two commands fit.

    Members
    -------
    aclk : In(1)
        The clock.
    aresetn : In(1)
        Reset of everything but the memories; synchronous, active low.
    irq : Out(1)
        An enabled interrupt is pending.
    s_axi : In(AxiLiteSignature(registers.address_width))
        Registers, see :func:`racelet.hw.racetrack.registers.register_map`.
    s_axis : In(inputs)
        The stream ``command``: a command in each beat.
    m_axis : Out(outputs)
        The stream ``response``, one in each beat; with ``sweep`` true also ``swept``: a bit of each port.
    device : Out(DeviceSignature(config))
        The tracks.
    journal : Out(JournalSignature(config))
        Only with ``journal`` true: what is remembered without power.
    """

    aclk: Signal
    aresetn: Signal
    irq: Signal
    s_axi: Any
    s_axis: Any
    m_axis: Any
    device: Any
    journal: Any

    def __init__(self, config: RacetrackConfig, shell: ShellConfig) -> None:
        self.config = config
        self.shell = shell
        self.registers = register_map(config, shell)
        self.controller: Any = Controller(config)
        self.reader: Any = CommandReader(config)
        self.input_widths = {"command": 8 * config.command_bytes}
        self.output_widths = {"response": 8 * config.response_bytes}
        if config.sweep:
            self.output_widths["swept"] = 8 * config.swept_bytes
        self.buffer_beats = shell.input_buffer_bytes // config.command_bytes
        if self.buffer_beats < 2:
            raise ValueError(
                f"ShellConfig.input_buffer_bytes must be at least {2 * config.command_bytes} (two commands), "
                f"not {shell.input_buffer_bytes}"
            )
        self.inputs, self.outputs = (
            AxiStreamGroup({name: AxiStreamSignature(width, last=True) for name, width in widths.items()})
            for widths in (self.input_widths, self.output_widths)
        )
        super().__init__(
            {
                "aclk": In(1),
                "aresetn": In(1),
                "irq": Out(1),
                "s_axi": In(AxiLiteSignature(self.registers.address_width)),
                "s_axis": In(self.inputs),
                "m_axis": Out(self.outputs),
                "device": Out(DeviceSignature(config)),
                **({"journal": Out(JournalSignature(config))} if config.journal else {}),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.domains.sync = ClockDomain("sync")
        m.d.comb += [ClockSignal().eq(self.aclk), ResetSignal().eq(~self.aresetn)]
        m.submodules.registers = registers = AxiLiteRegisters(self.registers)
        connect(m, flipped(self.s_axi), registers.s_axi)
        control: Any = registers.o.control
        clear, gives, last = (Signal(name=name) for name in ("clear", "gives", "last"))
        m.d.comb += clear.eq(control.clear | control.drain)
        controller, reader = self.controller, self.reader
        m.submodules.controller, m.submodules.reader = ResetInserter(clear)(controller), reader
        connect(m, reader.command, controller.command)
        connect(m, controller.response, reader.done)
        connect(m, flipped(self.device), controller.device)
        level = self._commands(m, last, clear, control.drain)
        outwards, waiting = self._swept(m, gives, clear)
        output = self._responses(m, gives, clear, last, outwards)
        m.submodules.log = log = ErrorLog(32)
        m.d.comb += [
            log.answered.eq(gives),
            log.answer.eq(reader.response.p.error),
            log.forget.eq(control.acknowledge | clear),
        ]
        status: Any = registers.i
        m.d.comb += [
            status.status.running.eq(reader.i.valid),
            status.status.busy.eq(level != 0),
            status.status.output.eq(output | waiting),
            status.status.error.eq(log.error),
            status.commands.value.eq(log.commands),
            status.error_command.value.eq(log.number),
            status.input_level.value.eq(level),
            status.interrupt_status.done.eq(gives & last),
        ]
        self._counters(m, status, control.recount)
        if self.config.journal:
            connect(m, flipped(self.journal), controller.journal)
            for name, _ in self.journal.stored.shape():
                m.d.comb += status.journal_content[name].eq(self.journal.stored[name])
        connect_interrupts(m, registers, self.irq, log.noted)
        return m

    def _commands(self, m: Module, last: Signal, clear: Value, drain: Value) -> Value:
        """From the port to the reader, through the buffer; tells how many there are."""
        width = self.input_widths["command"]
        reader, beat = self.reader, stream.Signature(StructLayout({"data": width, "last": 1})).create()
        m.d.comb += [
            reader.i.p.as_value().eq(beat.p.data),
            last.eq(beat.p.last),
            reader.i.valid.eq(beat.valid),
            beat.ready.eq(reader.i.ready),
        ]
        port, depth = self.s_axis.command, self.buffer_beats
        assert command_beat(self.config).size == width
        return connect_input(m, port, beat, clear, drain, width=width, depth=depth, last=True)

    def _responses(self, m: Module, gives: Signal, clear: Value, last: Value, outwards: Value) -> Value:
        """From the reader to the port; tells whether any waits."""
        reader, given, port = self.reader, response(self.config), self.m_axis.response
        m.submodules.output_response = buffer = StreamSlice(given.size + 2)
        kept = StructLayout({"given": given, "outwards": 1, "last": 1})(buffer.o.payload)
        half = 4 * self.config.response_bytes
        m.d.comb += [
            buffer.i.payload.eq(Cat(reader.response.p.as_value(), outwards, last)),
            # A command that is forgotten in this cycle is not answered.
            buffer.i.valid.eq(reader.response.valid & ~clear),
            reader.response.ready.eq(buffer.i.ready & ~clear),
            gives.eq(buffer.i.valid & buffer.i.ready),
            port.tdata[:8].eq(kept.given.error),
            port.tdata[8].eq(kept.outwards),
            port.tdata[half:].eq(kept.given.data),
            port.tvalid.eq(buffer.o.valid),
            port.tlast.eq(kept.last),
            buffer.o.ready.eq(port.tready),
        ]
        return buffer.o.valid

    def _swept(self, m: Module, gives: Value, clear: Value) -> tuple[Value, Value]:
        """From the controller to the port; tells in which direction the sweep that goes on is, and whether any wait."""
        if not self.config.sweep:
            return Const(0, 1), Const(0, 1)
        swept = self.controller.swept
        source: Any = stream.Signature(self.config.ports).create()
        m.d.comb += [
            source.payload.eq(swept.p.bits),
            source.valid.eq(swept.valid),
            swept.ready.eq(source.ready),
        ]
        moves, outwards = swept.valid & swept.ready, Signal(name="outwards")
        with m.If(moves):
            m.d.sync += outwards.eq(swept.p.outwards)
        with m.If(gives | clear):
            m.d.sync += outwards.eq(0)
        # A sweep that stops in between ends with its response, which may have to wait.
        end = (moves & swept.p.last) | self.controller.response.valid | clear
        waiting = connect_packets(m, "swept", source, self.m_axis.swept, end, width=self.config.ports)
        return outwards, waiting

    def _counters(self, m: Module, status: Any, recount: Value) -> None:
        m.submodules.counters = counters = OperationCounters(64)
        m.d.comb += [
            counters.done.eq(self.device.valid & self.device.strobe),
            counters.kind.eq(self.device.kind),
            counters.forget.eq(recount),
        ]
        for name in COUNTERS:
            words = Cat(status[f"{name}_low"].value, status[f"{name}_high"].value)
            m.d.comb += words.eq(getattr(counters, name.removesuffix("s")))
