"""The column path with AXI ports, as an FPGA design takes it."""

from typing import Any

from amaranth.hdl import Cat, ClockDomain, ClockSignal, Module, Mux, ResetInserter, ResetSignal, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.data import StructLayout
from amaranth.lib.wiring import In, Out, flipped

from racelet.golden.adc.config import AdcConfig
from racelet.golden.lib.config import ShellConfig
from racelet.hw.adc.column_path import ColumnPath
from racelet.hw.adc.output_stage import OutputStage
from racelet.hw.adc.path_layouts import PATH_ERRORS
from racelet.hw.adc.registers import ShellError, register_map
from racelet.hw.adc.requests import ASKED, Requests
from racelet.hw.adc.sum_layouts import number_of
from racelet.hw.lib.axi_lite import AxiLiteRegisters, AxiLiteSignature
from racelet.hw.lib.axi_shell import connect_input, connect_interrupts
from racelet.hw.lib.axi_stream import AxiStreamGroup, AxiStreamSignature
from racelet.hw.lib.event_counter import EventCounter
from racelet.hw.lib.stream_queue import StreamQueue

SUMS = 16
"""Beats with sums that have gone into the path, and whose sums have not come out; a power of two."""


class AxiShell(wiring.Component):
    """Control, tables and calibrations by AXI4-Lite, beats, sums and activations by AXI4-Stream, one interrupt.

    Sums of a ``last`` beat come with its ``tlast``. Data are :func:`racelet.golden.adc.packets.input_bytes`,
    :func:`racelet.golden.adc.packets.output_bytes` and :func:`racelet.golden.adc.packets.activation_bytes`. A beat
    whose slot or row there is not is dropped; so are entries of tables, parameters and calibrations that there are not.
    No path leads from an input to an output. A beat that was offered is never taken back, but by ``aresetn``.

    Parameters
    ----------
    config : AdcConfig
    shell : ShellConfig
        Its buffer has as many beats as fit; there are no starts.

    Raises
    ------
    ValueError
        If no two beats fit.

    Members
    -------
    aclk : In(1)
        The clock.
    aresetn : In(1)
        Reset of everything but the memories; synchronous, active low.
    irq : Out(1)
        An enabled interrupt is pending.
    s_axi : In(AxiLiteSignature(registers.address_width))
        Registers, see :func:`racelet.hw.adc.registers.register_map`.
    s_axis : In(inputs)
        The stream ``i``: activations and weights.
    m_axis : Out(outputs)
        The stream ``o``: sums of all outputs in each beat; ``a``: activations.
    """

    aclk: Signal
    aresetn: Signal
    irq: Signal
    s_axi: Any
    s_axis: Any
    m_axis: Any

    def __init__(self, config: AdcConfig, shell: ShellConfig) -> None:
        self.config = config
        self.shell = shell
        self.registers = register_map(config, shell)
        self.path: Any = ColumnPath(config)
        self.input_widths = {"i": 8 * config.beat_bytes}
        self.output_widths = {"o": 8 * config.sum_bytes * config.output_lanes, "a": 8 * config.output_lanes}
        self.buffer_beats = shell.input_buffer_bytes // config.beat_bytes
        if self.buffer_beats < 2:
            raise ValueError(
                f"ShellConfig.input_buffer_bytes must be at least {2 * config.beat_bytes} (two beats), "
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
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.domains.sync = ClockDomain("sync")
        m.d.comb += [ClockSignal().eq(self.aclk), ResetSignal().eq(~self.aresetn)]
        m.submodules.registers = registers = AxiLiteRegisters(self.registers)
        wiring.connect(m, flipped(self.s_axi), registers.s_axi)
        control, status = registers.o, registers.i
        clear = Signal(name="clear")
        m.d.comb += clear.eq(control.control.clear | control.control.drain)
        path, ends = self.path, StreamQueue(1 + len(number_of(self.config.channel_rows)), SUMS)
        m.submodules.path, m.submodules.ends = ResetInserter(clear)(path), ResetInserter(clear)(ends)
        m.submodules.output = output = OutputStage(self.config)
        wrong = Signal(PATH_ERRORS.size + len(ASKED), name="wrong")
        dropped = wrong[PATH_ERRORS.size + ASKED.index(ShellError.SLOT)]
        level, running = self._beats(m, ends, clear, control.control.drain, dropped)
        made = self._sums(m, ends, output, clear)
        asked = Requests(m, self.config, control, clear, wrong[PATH_ERRORS.size :])
        asked.tables(path)
        asked.parameters(output)
        refused = asked.noise(path)
        errors = self._errors(m, status, control.control.acknowledge, clear, refused, wrong)
        calibrated = Signal(name="calibrated")
        was_calibrating = Signal(name="was_calibrating")
        m.d.sync += was_calibrating.eq(path.calibrating & ~clear)
        found: Any = Signal(status.calibration.shape(), name="found")
        with m.If(calibrated):
            m.d.sync += [found.offset.eq(path.offset), found.gain.eq(path.gain)]
        m.d.comb += [
            calibrated.eq(was_calibrating & ~path.calibrating),
            status.status.busy.eq(running | path.calibrating),
            status.status.running.eq(running),
            status.status.calibrating.eq(path.calibrating),
            status.status.output.eq(output.some),
            status.input_level.value.eq(level),
            status.steps.value.eq(path.steps),
            status.calibration.eq(found),
            status.interrupt_status.done.eq(made & ends.o.p[0]),
            status.interrupt_status.calibrated.eq(calibrated),
        ]
        cycles = Cat(status.cycles_low.value, status.cycles_high.value)
        counts = {
            "sums": (made, status.sums.value),
            "calibrations": (calibrated, status.calibrations.value),
            "cycles": (running, cycles),
        }
        for name, (event, shown) in counts.items():
            m.submodules[name] = counter = EventCounter(len(shown))
            m.d.comb += [counter.event.eq(event), counter.forget.eq(clear), shown.eq(counter.count)]
        connect_interrupts(m, registers, self.irq, errors.any())
        return m

    def _beats(self, m: Module, ends: StreamQueue, clear: Value, drain: Value, dropped: Value) -> tuple[Value, Value]:
        """From the port to the path, through the buffer; tells how many there are, and whether any go on."""
        config, path, width = self.config, self.path, self.input_widths["i"]
        beat: Any = stream.Signature(StructLayout({"data": width, "last": 1})).create()
        level = connect_input(m, self.s_axis.i, beat, clear, drain, width=width, depth=self.buffer_beats, last=True)
        data, coming, takes = beat.p.data, path.i.p, Signal(name="takes")
        rows = 8 * (2 + config.activation_bytes)
        row = data[2:8]
        m.d.comb += [
            dropped.eq(beat.valid & ((data[8:16] >= config.slots) | (row >= config.channel_rows))),
            coming.first.eq(data[0]),
            coming.last.eq(data[1]),
            coming.slot.eq(data[8:16]),
            coming.activations.as_value().eq(data[16:]),
            *(each.as_value().eq(data[rows + 8 * config.row_bytes * n :]) for n, each in enumerate(coming.weights)),
            path.i.valid.eq(beat.valid & ~dropped & ends.i.ready),
            takes.eq(path.i.valid & path.i.ready),
            beat.ready.eq(takes | dropped),
            ends.i.valid.eq(takes & coming.last),
            ends.i.p.eq(Cat(beat.p.last, row[: ends.width - 1])),
        ]
        # Conversions of beats that the path took, modulo as many as those that were made can be apart from them: a beat
        # is taken with its last step, when steps are in all stages of the macro, in the converters, and just counted.
        asked = Signal(range(config.steps + path.macro.latency + 2), name="asked")
        with m.If(clear):
            m.d.sync += asked.eq(0)
        with m.Elif(takes):
            m.d.sync += asked.eq(asked + config.steps)
        return level, path.i.valid | (asked != path.steps[: len(asked)]) | ends.o.valid

    def _sums(self, m: Module, ends: StreamQueue, output: OutputStage, clear: Value) -> Value:
        """From the path to the ports; tells that some are made."""
        path, size = self.path, self.config.sum_bytes
        made = Signal(name="made")
        m.d.comb += [
            output.i.p.sums.eq(path.o.p),
            Cat(output.i.p.last, output.i.p.row).eq(ends.o.p),
            output.i.valid.eq(path.o.valid),
            path.o.ready.eq(output.i.ready),
            output.drop.eq(clear),
            made.eq(path.o.valid & output.i.ready),
            ends.o.ready.eq(made),
        ]
        for port, given, name, width in (
            (self.m_axis.o, output.sums, "sums", 8 * size),
            (self.m_axis.a, output.activations, "activations", 8),
        ):
            m.d.comb += [
                *(port.tdata.word_select(n, width).eq(each) for n, each in enumerate(given.p[name])),
                port.tlast.eq(given.p.last),
                port.tvalid.eq(given.valid),
                given.ready.eq(port.tready),
            ]
        return made

    def _errors(self, m: Module, status: Any, acknowledge: Value, clear: Value, refused: Value, wrong: Signal) -> Value:
        """Errors of the path and of what is asked of the shell, until they are forgotten; tells the lowest number."""
        path, told = self.path, Signal(len(wrong), name="told")
        m.d.comb += path.forget.eq(acknowledge)
        start_busy = list(PATH_ERRORS.members).index("start_busy")
        m.d.comb += wrong[start_busy].eq(refused)
        m.d.sync += told.eq(Mux(clear, 0, Mux(acknowledge, 0, told) | wrong))
        shown = Signal(len(wrong), name="shown")
        m.d.comb += [shown.eq(told | path.errors.as_value()), status.errors.eq(shown)]
        for error in reversed(ShellError):
            if error != ShellError.NONE:
                with m.If(shown[error.value - 1]):
                    m.d.comb += status.status.error.eq(error)
        return shown
