"""Properties of the AXI shell, whatever the accelerator in it does."""

from amaranth.hdl import Value

from racelet.golden.lib.config import ShellConfig
from racelet.hw.dwcpwc.axi_shell import AxiShell
from racelet.synth.prove.dwcpwc.layer import CONFIG
from racelet.synth.prove.harness import Harness
from racelet.synth.prove.order import Item, Queue
from racelet.synth.prove.queues import buffered
from racelet.synth.prove.slices import behind
from racelet.synth.prove.subject import Subject

SHELL = ShellConfig(input_buffer_bytes=16)


def axi_shell(harness: Harness, dut: AxiShell) -> None:
    """Beats come to the accelerator and leave it in order, each once, but for what a clear or a drain takes away."""
    inside = harness.inside
    clear, drain = dut.core.clear, inside["drain"]
    for name in dut.input_widths:
        port, target = getattr(dut.s_axis, name), getattr(dut.core, name)
        came = port.tvalid & port.tready
        if name == dut.BUFFERED:
            width = len(target.payload)
            Queue(
                harness,
                name,
                entries=[(came & ~drain, port.tdata[:width])],
                exits=[(target.valid & target.ready, Value.cast(target.payload).as_unsigned())],
                places=buffered(harness, "input_buffer.", SHELL.input_buffer_bytes),
                forgets=clear,
            )
            continue
        passes = target.valid & target.ready & ~clear
        harness.check(f"{name}: a beat passes in the cycle in which it comes", passes == (came & ~clear))
        harness.check(
            f"{name}: a beat passes as it came", ~passes | (target.payload == port.tdata[: len(target.payload)])
        )
    for name, width in dut.output_widths.items():
        source, port = getattr(dut.core, name), getattr(dut.m_axis, name)
        full, waiting = behind(harness, f"output_{name}.")
        places: list[Item] = [
            (inside[f"output_{name}.o__valid"], inside[f"output_{name}.o__payload"][:width]),
            (full, waiting[:width]),
        ]
        if name == dut.PACKETS:
            places.append((inside["packets.open"], inside["packets.o__payload"][:width]))
        Queue(
            harness,
            name,
            entries=[(source.valid & source.ready, Value.cast(source.payload).as_unsigned())],
            exits=[(port.tvalid & port.tready, port.tdata[:width])],
            places=places,
        )


SUBJECTS = [
    Subject(block="dwcpwc", name="axi_shell", make=lambda: AxiShell(CONFIG, SHELL), describe=axi_shell, apart=("core",))
]
