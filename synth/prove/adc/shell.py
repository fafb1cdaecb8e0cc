"""Properties of the AXI shell: every beat goes into the path once, in its turn, and sums come out likewise."""

from amaranth.hdl import Cat, Value

from racelet.golden.adc.config import AdcConfig
from racelet.golden.lib.config import ShellConfig
from racelet.hw.adc.axi_shell import SUMS, AxiShell
from racelet.hw.adc.path_layouts import PATH_ERRORS
from racelet.synth.prove.harness import Harness
from racelet.synth.prove.order import Queue
from racelet.synth.prove.queues import buffered, queued
from racelet.synth.prove.slices import behind
from racelet.synth.prove.subject import Subject

CONFIG = AdcConfig(
    bits=2,
    input_lanes=2,
    word_lines=2,
    output_lanes=2,
    slots=2,
    accumulator_bits=8,
    input_bits=1,
    weight_bits=2,
    channel_rows=2,
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
    dropped = inside["wrong"][PATH_ERRORS.size]
    harness.check(
        "beats: one that leaves goes into the path, unless it names no slot or row", ~leaves | takes | dropped
    )
    harness.check("beats: none goes into the path that does not leave", ~takes | leaves)
    harness.assume("path: gives sums of beats that went in", ~path.o.valid | inside["ends.o__valid"])
    Queue(
        harness,
        "ends",
        entries=[(takes & path.i.p.last, Cat(inside["beat__payload"][-1], inside["beat__payload"][2]))],
        exits=[(made, inside["ends.o__payload"])],
        places=queued(harness, "ends.", SUMS),
        forgets=clear,
    )
    kept, requantizes = "output.kept_sums.", inside["registers.output_activations"]
    size, width = 8 * dut.config.sum_bytes, dut.config.accumulator_bits
    lanes = [sums.tdata.word_select(lane, size) for lane in range(dut.config.output_lanes)]
    Queue(
        harness,
        "sums",
        entries=[(made & ~requantizes, Cat(Value.cast(path.o.p), inside["ends.o__payload"][0]))],
        exits=[(sums.tvalid & sums.tready, Cat(*(lane[:width] for lane in lanes), sums.tlast))],
        places=[(inside[f"{kept}o__valid"], inside[f"{kept}o__payload"]), behind(harness, kept)],
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
