"""Properties of queues of starts, chains of resets, memories and registers behind AXI4-Lite."""

from amaranth.hdl import Mux

from racelet.golden.lib.config import ShellConfig
from racelet.hw.dwcpwc.registers import register_map
from racelet.hw.lib.axi_lite import AxiLiteRegisters
from racelet.hw.lib.event_counter import EventCounter
from racelet.hw.lib.record_memory import RecordMemory
from racelet.hw.lib.reset_chain import ResetChain
from racelet.hw.lib.start_queue import StartQueue
from racelet.synth.prove.dwcpwc.layer import CONFIG
from racelet.synth.prove.harness import Harness
from racelet.synth.prove.memory import Watched
from racelet.synth.prove.subject import Subject


def start_queue(harness: Harness, dut: StartQueue) -> None:
    """Starts come and go; one too many is told of, not counted."""
    waiting = harness.register("waiting", 8)
    full = (waiting == dut.depth) & ~dut.go
    harness.update(waiting, Mux(harness.clear, 0, waiting + (dut.start & ~full) - dut.go))
    harness.check("pending: starts that came and were not given", dut.pending == waiting)
    harness.check("pending: never more than there is room for", dut.pending <= dut.depth)
    harness.check("go: only when a start waits and would be taken", ~dut.go | (dut.ready & (waiting != 0)))
    harness.check("go: whenever a start waits and would be taken", dut.go | ~dut.ready | (waiting == 0))
    refused = harness.register("refused", 1)
    harness.update(refused, ~harness.clear & (refused | (dut.start & full)))
    harness.check("refused: there was no room for a start", dut.refused == refused)
    harness.cover("refused: a start is refused", dut.refused)


def reset_chain(harness: Harness, dut: ResetChain) -> None:
    """After a clear all parts are reset at once before any of them is let go for good."""
    owed = harness.register("owed", 1, init=1)
    together = dut.resets.all()
    harness.update(owed, harness.clear | dut.clear | (owed & ~together))
    harness.check("busy: while any part is reset", dut.busy | ~dut.resets.any())
    harness.check("busy: until all parts were reset at once after the last clear", dut.busy | ~owed)
    harness.check(
        "coming: whether it is busy in the next cycle", harness.cleared | (harness.past(dut.coming) == dut.busy)
    )
    harness.cover("resets: all at once", together)
    harness.cover("busy: it ends", ~dut.busy)


def record_memory(harness: Harness, dut: RecordMemory) -> None:
    """A record that is watched, one of each lane, is the one last written at its number."""
    number = dut.write.p.address
    harness.assume("row: one that there is", dut.row < dut.depth)
    harness.assume("write: a number that there is", number < dut.depth * dut.lanes)
    harness.assume("write: a multiple of what is written together", number % dut.together == 0)
    row = harness.constant("watched", (dut.depth - 1).bit_length())
    for lane in range(dut.lanes):
        unit, place = divmod(lane, dut.together)
        hit = dut.write.valid & (number == row * dut.lanes + unit * dut.together) & dut.write.p.mask[place]
        record = Watched(harness, f"lane {lane}", hit, dut.write.p.data[place])
        record.is_kept(harness.inside.peek(f"lane_{lane}", row))
        record.is_read(dut.enable, dut.row == row, dut.records[lane])


def axi_lite(harness: Harness, dut: AxiLiteRegisters) -> None:
    """Every transfer is answered once, and nothing is answered that was not asked."""
    bus = dut.s_axi
    for name, valid, ready in (("address", bus.awvalid, bus.awready), ("data", bus.wvalid, bus.wready)):
        unanswered = harness.register("open", 8)
        answered = bus.bvalid & bus.bready
        harness.update(unanswered, Mux(harness.clear, 0, unanswered + (valid & ready) - answered))
        harness.check(f"write: every {name} is answered once", unanswered == ~ready + bus.bvalid)
    reads = harness.register("reads", 8)
    harness.update(reads, Mux(harness.clear, 0, reads + (bus.arvalid & bus.arready) - (bus.rvalid & bus.rready)))
    harness.check("read: every address is answered once", reads == bus.rvalid)


def event_counter(harness: Harness, dut: EventCounter) -> None:
    """Every event counts once."""
    events = harness.register("events", len(dut.count))
    harness.update(events, Mux(harness.clear | dut.forget, 0, events + dut.event))
    harness.check("count: events since they were forgotten", dut.count == events)
    harness.cover("count: is full", dut.count.all())


SUBJECTS = [
    Subject(block="lib", name="event_counter", make=lambda: EventCounter(3), describe=event_counter),
    Subject(block="lib", name="start_queue", make=lambda: StartQueue(3), describe=start_queue),
    Subject(block="lib", name="reset_chain", make=lambda: ResetChain(3), describe=reset_chain),
    Subject(block="lib", name="record_memory", make=lambda: RecordMemory(4, 4, 16, 2), describe=record_memory),
    Subject(
        block="lib",
        name="axi_lite_registers",
        make=lambda: AxiLiteRegisters(register_map(CONFIG, ShellConfig())),
        describe=axi_lite,
    ),
]
