"""The array with AXI ports, as an FPGA design takes it."""

from typing import Any

from amaranth.hdl import Cat, ClockDomain, ClockSignal, Module, ResetInserter, ResetSignal, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from racelet.golden.bitlet.config import BitletConfig
from racelet.golden.lib.config import ShellConfig
from racelet.hw.bitlet.array import Array
from racelet.hw.bitlet.layouts import COUNT_WIDTH, RunError
from racelet.hw.bitlet.registers import register_map
from racelet.hw.bitlet.result_packer import ResultPacker
from racelet.hw.bitlet.run_counters import RunCounters
from racelet.hw.bitlet.run_queue import RunQueue
from racelet.hw.bitlet.window_marker import WindowMarker
from racelet.hw.lib.axi_lite import AxiLiteRegisters, AxiLiteSignature
from racelet.hw.lib.axi_shell import connect_input, connect_interrupts, connect_packets
from racelet.hw.lib.axi_stream import AxiStreamGroup, AxiStreamSignature, stream_widths
from racelet.hw.lib.stream_queue import StreamQueue

RUNS = 16
"""Runs whose numbers have come and whose results have not been taken."""


class AxiShell(wiring.Component):
    """Control by AXI4-Lite, data by AXI4-Stream, one interrupt.

    A run is some matrix products of one format and length. Numbers of the next run may come while one goes on; then not
    a cycle passes between them. No path leads from an input to an output. Data are
    :func:`racelet.golden.bitlet.packets.input_bytes` and :func:`racelet.golden.bitlet.packets.output_bytes`.

    ``o`` comes in packets, one for each run, the last beat with ``tlast``; a packet that a clear cuts short ends with
    ``tlast`` too. A beat that was offered is never taken back, but by ``aresetn``.

    Parameters
    ----------
    config : BitletConfig
    shell : ShellConfig
        Its buffer has as many beats as fit.

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
        Registers, see :func:`racelet.hw.bitlet.registers.register_map`.
    s_axis : In(inputs)
        The stream ``i``: numbers; ``tlast`` is ignored.
    m_axis : Out(outputs)
        The stream ``o``: a row of results in each beat.
    """

    aclk: Signal
    aresetn: Signal
    irq: Signal
    s_axi: Any
    s_axis: Any
    m_axis: Any

    def __init__(self, config: BitletConfig, shell: ShellConfig) -> None:
        self.config = config
        self.shell = shell
        self.registers = register_map(config, shell)
        self.marker: Any = WindowMarker(config)
        self.packer: Any = ResultPacker(config)
        self.input_widths = {"i": stream_widths(self.marker.signature, In)["i"]}
        self.output_widths = stream_widths(self.packer.signature, Out)
        beat = self.input_widths["i"] // 8
        self.buffer_beats = shell.input_buffer_bytes // beat
        if self.buffer_beats < 2:
            raise ValueError(
                f"ShellConfig.input_buffer_bytes must be at least {2 * beat} (two beats of input), "
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
        wiring.connect(m, wiring.flipped(self.s_axi), registers.s_axi)
        control: Any = registers.o
        clear, drain, ended = (Signal(name=name) for name in ("clear", "drain", "ended"))
        m.d.comb += [drain.eq(control.control.drain), clear.eq(control.control.clear | drain)]
        queue, going = self._core(m, clear)
        (width,) = self.input_widths.values()
        level = connect_input(m, self.s_axis.i, self.marker.i, clear, drain, width=width, depth=self.buffer_beats)
        row: Any = self.packer.o
        m.d.comb += ended.eq(row.valid & row.ready & self.packer.last & ~clear)
        (width,) = self.output_widths.values()
        output = connect_packets(m, "o", row, self.m_axis.o, ended | clear, width=width)
        status: Any = registers.i
        m.d.comb += [
            queue.start.eq(control.control.start),
            queue.wanted.form.eq(control.run_format.value),
            queue.wanted.terms.eq(control.run_terms.value),
            queue.wanted.products.eq(control.run_products.value),
            status.status.running.eq(going),
            status.status.busy.eq(going | queue.o.valid),
            status.status.output.eq(output),
            status.status.start_refused.eq(queue.refused),
            status.status.starts.eq(queue.pending),
            status.status.error.eq(queue.error),
            status.input_level.value.eq(level),
            status.interrupt_status.done.eq(ended),
        ]
        m.submodules.counters = counters = RunCounters(32, 64)
        m.d.comb += [
            counters.going.eq(going),
            counters.ended.eq(ended),
            counters.forget.eq(clear),
            status.runs.value.eq(counters.runs),
            Cat(status.last_cycles_low.value, status.last_cycles_high.value).eq(counters.last),
        ]
        connect_interrupts(m, registers, self.irq, queue.refused | (queue.error != RunError.NONE))
        return m

    def _core(self, m: Module, clear: Value) -> tuple[RunQueue, Value]:
        """From runs and numbers to rows; also tells whether a run goes on."""
        queue, array = RunQueue(self.config, self.shell.start_queue), Array(self.config)
        runs = StreamQueue(COUNT_WIDTH, RUNS)
        parts = {"queue": queue, "marker": self.marker, "array": array, "runs": runs, "packer": self.packer}
        for name, part in parts.items():
            m.submodules[name] = ResetInserter(clear)(part)
        wiring.connect(m, queue.o, self.marker.run)
        wiring.connect(m, self.marker.o, array.i)
        wiring.connect(m, array.o, self.packer.i)
        wiring.connect(m, self.marker.begun, runs.i)
        wiring.connect(m, runs.o, self.packer.run)
        return queue, runs.o.valid
