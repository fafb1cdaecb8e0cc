"""The column path with AXI ports, as an FPGA design takes it."""

from typing import Any

from amaranth.hdl import Cat, ClockDomain, ClockSignal, Module, Mux, ResetInserter, ResetSignal, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.data import StructLayout
from amaranth.lib.wiring import In, Out, flipped

from racelet.golden.adc.config import AdcConfig
from racelet.golden.lib.config import ShellConfig
from racelet.hw.adc.column_path import ColumnPath
from racelet.hw.adc.path_layouts import PATH_ERRORS
from racelet.hw.adc.registers import ShellError, register_map
from racelet.hw.lib.axi_lite import AxiLiteRegisters, AxiLiteSignature
from racelet.hw.lib.axi_shell import connect_input, connect_interrupts
from racelet.hw.lib.axi_stream import AxiStreamGroup, AxiStreamSignature
from racelet.hw.lib.event_counter import EventCounter
from racelet.hw.lib.stream_queue import StreamQueue
from racelet.hw.lib.stream_slice import StreamSlice

SUMS = 16
"""Beats with sums that have gone into the path, and whose sums have not come out; a power of two."""


class AxiShell(wiring.Component):
    """Control, tables and calibrations by AXI4-Lite, beats and sums by AXI4-Stream, one interrupt.

    Sums of a ``last`` beat come with its ``tlast``. Data are :func:`racelet.golden.adc.packets.input_bytes` and
    :func:`racelet.golden.adc.packets.output_bytes`. A beat whose slot there is not is dropped; so are entries of tables
    and calibrations that there are not. No path leads from an input to an output. A beat that was offered is never
    taken back, but by ``aresetn``.

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
        The stream ``o``: sums of all outputs in each beat.
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
        self.output_widths = {"o": 8 * config.sum_bytes * config.output_lanes}
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
        path, ends = self.path, StreamQueue(1, SUMS)
        m.submodules.path, m.submodules.ends = ResetInserter(clear)(path), ResetInserter(clear)(ends)
        wrong = Signal(PATH_ERRORS.size + 3, name="wrong")
        level, running = self._beats(m, ends, clear, control.control.drain, wrong[-3])
        made, output = self._sums(m, ends)
        refused = self._tables(m, control, clear, wrong)
        self._noise(m, control, clear, refused)
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
            status.status.output.eq(output),
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
        m.d.comb += [
            dropped.eq(beat.valid & (data[8:16] >= config.slots)),
            coming.first.eq(data[0]),
            coming.last.eq(data[1]),
            coming.slot.eq(data[8:16]),
            coming.activations.as_value().eq(data[16:]),
            *(row.as_value().eq(data[rows + 8 * config.row_bytes * n :]) for n, row in enumerate(coming.weights)),
            path.i.valid.eq(beat.valid & ~dropped & ends.i.ready),
            takes.eq(path.i.valid & path.i.ready),
            beat.ready.eq(takes | dropped),
            ends.i.valid.eq(takes & coming.last),
            ends.i.p.eq(beat.p.last),
        ]
        # Conversions of beats that the path took, modulo as many as those that were made can be apart from them: a beat
        # is taken with its last step, when steps are in all stages of the macro, in the converters, and just counted.
        asked = Signal(range(config.steps + path.macro.latency + 2), name="asked")
        with m.If(clear):
            m.d.sync += asked.eq(0)
        with m.Elif(takes):
            m.d.sync += asked.eq(asked + config.steps)
        return level, path.i.valid | (asked != path.steps[: len(asked)]) | ends.o.valid

    def _sums(self, m: Module, ends: StreamQueue) -> tuple[Value, Value]:
        """From the path to the port; tells that some are made, and whether any wait."""
        path, port, size = self.path, self.m_axis.o, self.config.sum_bytes
        sums = path.o.p.shape()
        m.submodules.output_o = buffer = StreamSlice(sums.size + 1)
        kept: Any = StructLayout({"sums": sums, "last": 1})(buffer.o.payload)
        made = Signal(name="made")
        m.d.comb += [
            buffer.i.payload.eq(Cat(path.o.p.as_value(), ends.o.p)),
            buffer.i.valid.eq(path.o.valid),
            path.o.ready.eq(buffer.i.ready),
            made.eq(buffer.i.valid & buffer.i.ready),
            ends.o.ready.eq(made),
            *(port.tdata.word_select(n, 8 * size).eq(each) for n, each in enumerate(kept.sums)),
            port.tlast.eq(kept.last),
            port.tvalid.eq(buffer.o.valid),
            buffer.o.ready.eq(port.tready),
        ]
        return made, buffer.o.valid

    def _tables(self, m: Module, control: Any, clear: Value, wrong: Value) -> Signal:
        """Entries and calibrations that there are; returns the starts that are refused, for others to add to."""
        config, path, entry, table = self.config, self.path, control.entry, control.table
        is_table, is_entry, is_span = (Signal(name=name) for name in ("is_table", "is_entry", "is_span"))
        refused = Signal(name="refused")
        span = control.span.value
        m.d.comb += [
            is_table.eq((table.number < config.tables) & (table.group < config.table_groups)),
            is_entry.eq((entry.number < config.thresholds) & (entry.code < config.dac_codes)),
            is_span.eq((span != 0) & (span < config.dac_codes)),
            path.write.valid.eq(entry.write & is_entry & is_table & ~clear),
            path.nominal.valid.eq(entry.nominal & is_entry & ~clear),
            path.start.eq(control.control.start & is_table & is_span),
            path.job.span.eq(span),
            wrong[-2].eq((entry.write & ~(is_entry & is_table)) | (entry.nominal & ~is_entry)),
            wrong[-1].eq(control.control.start & ~(is_table & is_span)),
        ]
        for place in (path.write.p, path.job):
            m.d.comb += [place.table.eq(table.number), place.group.eq(table.group)]
        for place in (path.write.p, path.nominal.p):
            m.d.comb += [place.entry.eq(entry.number), place.code.eq(entry.code)]
        return refused

    def _noise(self, m: Module, control: Any, clear: Value, refused: Value) -> None:
        """A seed that is asked for waits until it is taken."""
        if not self.config.noise:
            return
        path = self.path
        waits, seed = Signal(name="seed_waits"), Signal(32, name="seed")
        m.d.comb += [
            path.scale.eq(control.noise_scale.value),
            path.seed.valid.eq(waits),
            path.seed.p.eq(seed),
            refused.eq(control.control.seed & waits),
        ]
        with m.If(path.seed.ready | clear):
            m.d.sync += waits.eq(0)
        with m.If(control.control.seed & ~waits & ~clear):
            m.d.sync += [waits.eq(1), seed.eq(control.noise_seed.value)]

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
