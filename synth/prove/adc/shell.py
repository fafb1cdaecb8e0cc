"""Properties of the AXI shell: every beat goes into the path once, in its turn, and sums come out likewise."""

from amaranth.hdl import Cat, Value

from racelet.golden.adc.config import AdcConfig
from racelet.golden.lib.config import ShellConfig
from racelet.hw.adc.axi_shell import SUMS, AxiShell
from racelet.synth.prove.harness import Harness
from racelet.synth.prove.order import Queue
from racelet.synth.prove.queues import buffered, queued
from racelet.synth.prove.slices import behind
from racelet.synth.prove.subject import Subject

CONFIG = AdcConfig(
    bits=2, input_lanes=2, word_lines=2, output_lanes=2, slots=2, accumulator_bits=8, input_bits=1, weight_bits=2
)
SHELL = ShellConfig(input_buffer_bytes=64)


def axi_shell(harness: Harness, dut: AxiShell) -> None:
    """Beats and sums keep their order, each once, but for what a clear or a drain takes away; errors stay."""
    inside, path = harness.inside, dut.path
    clear, drain = inside["clear"], inside["registers.control_drain"]
    beats, sums = dut.s_axis.i, dut.m_axis.o
    leaves, takes, made = inside["beat__valid"] & inside["beat__ready"], inside["takes"], inside["made"]
    Queue(
        harness,
        "beats",
        entries=[(beats.tvalid & beats.tready & ~drain, Cat(beats.tdata, beats.tlast))],
        exits=[(leaves, inside["beat__payload"])],
        places=buffered(harness, "input_buffer.", dut.buffer_beats),
        forgets=clear,
    )
    harness.check(
        "beats: one that leaves goes into the path, unless it names no slot", ~leaves | takes | inside["wrong"][-3]
    )
    harness.check("beats: none goes into the path that does not leave", ~takes | leaves)
    harness.assume("path: gives sums of beats that went in", ~path.o.valid | inside["ends.o__valid"])
    Queue(
        harness,
        "ends",
        entries=[(takes & path.i.p.last, inside["beat__payload"][-1])],
        exits=[(made, inside["ends.o__payload"])],
        places=queued(harness, "ends.", SUMS),
        forgets=clear,
    )
    full, waiting = behind(harness, "output_o.")
    size, width = 8 * dut.config.sum_bytes, dut.config.accumulator_bits
    lanes = [sums.tdata.word_select(lane, size) for lane in range(dut.config.output_lanes)]
    Queue(
        harness,
        "sums",
        entries=[(made, Cat(Value.cast(path.o.p), inside["ends.o__payload"]))],
        exits=[(sums.tvalid & sums.tready, Cat(*(lane[:width] for lane in lanes), sums.tlast))],
        places=[(inside["output_o.o__valid"], inside["output_o.o__payload"]), (full, waiting)],
    )
    told, acknowledge = inside["told"], inside["registers.control_acknowledge"]
    before = harness.past(told)
    gone = harness.cleared | harness.past(clear) | harness.past(acknowledge)
    harness.check("errors: stay until they are acknowledged", gone | ((told & before) == before))
    harness.cover("errors: one", told.any())


SUBJECTS = [
    Subject(
        block="adc", name="adc_axi_shell", make=lambda: AxiShell(CONFIG, SHELL), describe=axi_shell, apart=("path",)
    )
]
