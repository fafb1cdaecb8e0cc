"""The accelerator with AXI ports, as an FPGA design takes it."""

from typing import Any

from amaranth.hdl import Cat, ClockDomain, ClockSignal, Const, Module, ResetInserter, ResetSignal, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.lib.config import ShellConfig
from racelet.hw.dwcpwc.accelerator import Accelerator
from racelet.hw.dwcpwc.layer_counters import LayerCounters
from racelet.hw.dwcpwc.layouts import ErrorCode
from racelet.hw.dwcpwc.registers import register_map
from racelet.hw.dwcpwc.track_lanes import LanesSignature
from racelet.hw.lib.axi_lite import AxiLiteRegisters, AxiLiteSignature
from racelet.hw.lib.axi_shell import connect_input, connect_interrupts, connect_output, connect_packets
from racelet.hw.lib.axi_stream import AxiStreamGroup, AxiStreamSignature, stream_widths
from racelet.hw.lib.start_queue import StartQueue


class AxiShell(wiring.Component):
    """Control by AXI4-Lite, data by AXI4-Stream, one interrupt.

    Every stream of :class:`Accelerator` but ``layer_cycles`` is an AXI4-Stream of its name; a buffer comes before ``i``
    and a :class:`StreamSlice` after every output. No path leads from an input to an output. Input, starts and a program
    may come while an inference runs; the next one begins in the cycle after its end. The cycles of each layer are those
    of the accelerator.

    ``o`` comes in packets, one for each run, the last byte with ``tlast``; a packet that an error or a clear cuts
    short ends with ``tlast`` too. A beat that was offered is never taken back, but by ``aresetn``.

    Parameters
    ----------
    config : DwcPwcConfig
    shell : ShellConfig

    Members
    -------
    aclk : In(1)
        The clock.
    aresetn : In(1)
        Reset of everything but the memories; synchronous, active low.
    irq : Out(1)
        An enabled interrupt is pending.
    s_axi : In(AxiLiteSignature(registers.address_width))
        Registers, see :func:`racelet.hw.dwcpwc.registers.register_map`.
    s_axis : In(inputs)
        One stream for each input stream of the accelerator; ``tlast`` is ignored.
    m_axis : Out(outputs)
        One stream for each output stream but ``layer_cycles``.
    tracks : Out(LanesSignature(config))
        Only with ``store`` "racetrack": the racetracks with the weights, straight from the accelerator.
    """

    BUFFERED = "i"
    PACKETS = "o"
    KEPT = "layer_cycles"

    aclk: Signal
    aresetn: Signal
    irq: Signal
    s_axi: Any
    s_axis: Any
    m_axis: Any
    tracks: Any

    def __init__(self, config: DwcPwcConfig, shell: ShellConfig) -> None:
        self.config = config
        self.shell = shell
        self.registers = register_map(config, shell)
        self.core: Any = Accelerator(config)
        self.input_widths = stream_widths(self.core.signature, In)
        self.output_widths = stream_widths(self.core.signature, Out, without=[self.KEPT])
        self.inputs = AxiStreamGroup({name: AxiStreamSignature(w, last=True) for name, w in self.input_widths.items()})
        self.outputs = AxiStreamGroup(
            {name: AxiStreamSignature(w, last=name == self.PACKETS) for name, w in self.output_widths.items()}
        )
        super().__init__(
            {
                "aclk": In(1),
                "aresetn": In(1),
                "irq": Out(1),
                "s_axi": In(AxiLiteSignature(self.registers.address_width)),
                "s_axis": In(self.inputs),
                "m_axis": Out(self.outputs),
                **({"tracks": Out(LanesSignature(config))} if config.store == "racetrack" else {}),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.domains.sync = ClockDomain("sync")
        m.d.comb += [ClockSignal().eq(self.aclk), ResetSignal().eq(~self.aresetn)]
        m.submodules.core = core = self.core
        m.submodules.registers = registers = AxiLiteRegisters(self.registers)
        wiring.connect(m, wiring.flipped(self.s_axi), registers.s_axi)
        if self.config.store == "racetrack":
            wiring.connect(m, core.tracks, wiring.flipped(self.tracks))
        control: Any = registers.o
        clear, drain, ended, failed = (Signal(name=name) for name in ("clear", "drain", "ended", "failed"))
        m.d.comb += [
            drain.eq(control.control.drain),
            clear.eq(control.control.clear | drain),
            core.clear.eq(clear),
            failed.eq(core.error != ErrorCode.NONE),
        ]
        running = Signal()
        m.d.sync += running.eq(core.running & ~clear)
        m.d.comb += ended.eq(running & ~core.running)

        waiting = {
            name: connect_input(
                m,
                getattr(self.s_axis, name),
                getattr(core, name),
                clear,
                drain,
                width=width,
                depth=self.shell.input_buffer_bytes if name == self.BUFFERED else 0,
            )
            for name, width in self.input_widths.items()
        }
        output: Value = Const(0)
        for name, width in self.output_widths.items():
            source, port = getattr(core, name), getattr(self.m_axis, name)
            if name == self.PACKETS:
                output = connect_packets(m, name, source, port, ended | clear, width=width)
            else:
                connect_output(m, name, source, port, width=width)
        # What waits behind a fence for a run to stream is not to be taken before that run.
        loading = waiting["program"] & ~core.fenced
        queue = self._starts(m, control.control.start, core.busy | failed | clear | loading, clear)
        self._counters(m, registers.i, control, clear, ended, ended & ~failed)
        status: Any = registers.i
        m.d.comb += [
            status.status.running.eq(core.running),
            status.status.busy.eq(core.busy | loading | (queue.pending != 0)),
            status.status.output.eq(output),
            status.status.start_refused.eq(queue.refused),
            status.status.starts.eq(queue.pending),
            status.status.error.eq(core.error),
            status.input_level.value.eq(waiting[self.BUFFERED]),
        ]
        connect_interrupts(m, registers, self.irq, failed | queue.refused)
        return m

    def _starts(self, m: Module, start: Value, blocked: Value, clear: Value) -> StartQueue:
        """Start the accelerator when nothing blocks it."""
        queue = StartQueue(self.shell.start_queue)
        m.submodules.queue = ResetInserter(clear)(queue)
        m.d.comb += [
            queue.start.eq(start),
            queue.ready.eq(~blocked),
            self.core.start.eq(queue.go),
        ]
        return queue

    def _counters(self, m: Module, status: Any, control: Any, clear: Value, ended: Value, done: Value) -> None:
        m.submodules.counters = counters = LayerCounters(self.config)
        kept = getattr(self.core, self.KEPT)
        inferences = Signal(32)
        m.d.comb += [
            counters.i.payload.eq(kept.payload),
            counters.i.valid.eq(kept.valid),
            kept.ready.eq(1),
            counters.end.eq(ended),
            counters.abandon.eq(clear),
            counters.index.eq(control.layer_index.value),
            status.layer_cycles.value.eq(counters.cycles),
            status.layer_count.value.eq(counters.layers),
            Cat(status.last_cycles_low.value, status.last_cycles_high.value).eq(counters.last),
            Cat(status.total_cycles_low.value, status.total_cycles_high.value).eq(counters.total),
            status.inferences.value.eq(inferences),
            status.interrupt_status.done.eq(done),
        ]
        m.d.sync += inferences.eq(inferences + done)
