"""Properties of the AXI shell, whatever the accelerator in it does."""

from typing import Any

from amaranth.hdl import Mux, Value

from racelet.golden.lib.config import ShellConfig
from racelet.hw.dwcpwc.axi_shell import AxiShell
from racelet.synth.prove.dwcpwc.layer import CONFIG
from racelet.synth.prove.harness import Harness
from racelet.synth.prove.order import Item, Queue
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
            _buffered(harness, name, came & ~drain, port.tdata, target, clear)
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


def _buffered(harness: Harness, name: str, came: Value, data: Value, target: Any, clear: Value) -> None:
    """Beats wait in a ring of places and, the oldest, in front of it."""
    inside, depth = harness.inside, SHELL.input_buffer_bytes - 1
    consume, level = inside["input_buffer.consume"], inside["input_buffer.inner_level"]
    kept: list[Item] = []
    for number in range(depth):
        place = consume + number
        wrapped = Mux(place >= depth, place - depth, place)[: len(consume)]
        kept.append((number < level, inside.peek("input_buffer.storage", wrapped)))
    harness.check(f"{name}: places that there are", (consume < depth) & (inside["input_buffer.produce"] < depth))
    ring = consume + level
    end = Mux(ring >= depth, ring - depth, ring)
    harness.check(f"{name}: from the oldest to the next place", inside["input_buffer.produce"] == end)
    harness.check(f"{name}: never more than there is room for", level <= depth)
    width = len(target.payload)
    Queue(
        harness,
        name,
        entries=[(came, data[:width])],
        exits=[(target.valid & target.ready, Value.cast(target.payload).as_unsigned())],
        places=[(inside["input_buffer.r_rdy"], inside["input_buffer.r_data"]), *kept],
        forgets=clear,
    )


SUBJECTS = [
    Subject(block="dwcpwc", name="axi_shell", make=lambda: AxiShell(CONFIG, SHELL), describe=axi_shell, apart=("core",))
]
