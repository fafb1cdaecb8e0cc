"""Properties of pipelines, in which everything holds while the output stalls."""

from amaranth.hdl import Cat, Const, Value
from amaranth.lib.data import View

from racelet.hw.dwcpwc.depthwise_engine import DepthwiseEngine
from racelet.hw.dwcpwc.depthwise_grouper import DepthwiseGrouper
from racelet.hw.dwcpwc.depthwise_path import DepthwisePath
from racelet.hw.dwcpwc.dot_engine import ParallelDotEngine
from racelet.hw.dwcpwc.layouts import PLACE
from racelet.hw.dwcpwc.requantize_stage import RequantizeStage
from racelet.hw.dwcpwc.requantizer import Requantizer
from racelet.hw.dwcpwc.residual_adder import ResidualAdder
from racelet.hw.dwcpwc.window_buffer import WindowBuffer
from racelet.synth.prove.dwcpwc.layer import CONFIG, steady
from racelet.synth.prove.harness import Harness
from racelet.synth.prove.order import Item, Queue
from racelet.synth.prove.subject import MULTIPLIERS, Subject, start

DATA_PATHS = (MULTIPLIERS, *(f"top.dut*/t:{kind}" for kind in ("$add", "$shiftx", "$shift", "$shr")))
"""Selections of a component that only chooses and adds up what it does not look at."""


def requantizer(harness: Harness, dut: Requantizer) -> None:
    """What accompanies a group goes through with it."""
    Queue(
        harness,
        "groups",
        entries=[(dut.i.valid & dut.i.ready, dut.i.p.tag.as_value())],
        exits=[(dut.o.valid & dut.o.ready, dut.o.p.tag.as_value())],
        places=_requantizing(harness, ""),
    )


def requantize_stage(harness: Harness, dut: RequantizeStage) -> None:
    """One place more, while the parameters are looked up."""
    looked_up = (harness.inside["valid"], Value.cast(harness.inside["place"]))
    Queue(
        harness,
        "groups",
        entries=[(dut.i.valid & dut.i.ready, dut.i.p.place.as_value())],
        exits=[(dut.o.valid & dut.o.ready, dut.o.p.place.as_value())],
        places=[*_requantizing(harness, "requantizer."), looked_up],
    )


def depthwise_engine(harness: Harness, dut: DepthwiseEngine) -> None:
    """A window marked last makes sums, no other does; the marks of its pixel and layer go with them."""
    steady(harness, dut)
    stages = list(_depthwise_stages(harness, ""))
    left = Cat(dut.o.p.pixel_last, dut.o.p.layer_last)
    Queue(
        harness,
        "sums",
        entries=[(dut.i.valid & dut.i.ready & dut.i.p.last, Cat(dut.i.p.pixel_last, dut.i.p.layer_last))],
        exits=[(dut.o.valid & dut.o.ready, left)],
        places=[(dut.o.valid, left), *stages],
    )


def depthwise_grouper(harness: Harness, dut: DepthwiseGrouper) -> None:
    """Groups pass in the cycle in which they come."""
    steady(harness, dut)
    harness.check(
        "o: a group leaves in the cycle in which it comes", dut.o.valid & dut.o.ready == (dut.i.valid & dut.i.ready)
    )
    harness.check("o: a group leaves as it came", dut.o.p.sums.as_value() == dut.i.p.sums.as_value())
    place = dut.o.p.place
    harness.check(
        "o: its marks are those it came with",
        Cat(place.advance, place.final) == Cat(dut.i.p.pixel_last, dut.i.p.layer_last),
    )


def depthwise_path(harness: Harness, dut: DepthwisePath) -> None:
    """Windows marked last go through engine, grouper and requantisers."""
    steady(harness, dut)
    engine = harness.inside
    requantizing = [
        (valid, Cat(tag[16], tag[19]))
        for valid, tag in [
            *_requantizing(harness, "requantize.requantizer."),
            (harness.inside["requantize.valid"], Value.cast(harness.inside["requantize.place"])),
        ]
    ]
    sums = (engine["engine.o__valid"], Value.cast(engine["engine.o__payload"])[-2:])
    Queue(
        harness,
        "sums",
        entries=[(dut.i.valid & dut.i.ready & dut.i.p.last, Cat(dut.i.p.pixel_last, dut.i.p.layer_last))],
        exits=[(dut.o.valid & dut.o.ready, Cat(dut.o.p.place.advance, dut.o.p.place.final))],
        places=[*requantizing, sums, *_depthwise_stages(harness, "engine.")],
    )


def dot_engine(harness: Harness, dut: ParallelDotEngine) -> None:
    """A beat marked last makes sums, no other does."""
    valid, last = harness.inside.nth("$signal", 0), harness.inside["last"]
    one = Const(1)
    Queue(
        harness,
        "sums",
        entries=[(dut.i.valid & dut.i.ready & dut.i.p.last, one)],
        exits=[(dut.o.valid & dut.o.ready, one)],
        places=[(dut.o.valid, one), (valid[1] & last[1], one), (valid[0] & last[0], one)],
    )


def window_buffer(harness: Harness, dut: WindowBuffer) -> None:
    """The marks of a request go with its window."""
    names = ("first", "last", "pixel_last", "layer_last", "pool_index")
    request = View(dut.i.p.shape(), harness.inside["request"])
    came, kept, left = (Cat(each[name] for name in names) for each in (dut.i.p, request, dut.o.p))
    Queue(
        harness,
        "windows",
        entries=[(dut.i.valid & dut.i.ready, came)],
        exits=[(dut.o.valid & dut.o.ready, left)],
        places=[(dut.o.valid, left), (harness.inside["reading"], kept)],
    )


def _requantizing(harness: Harness, path: str) -> list[Item]:
    """Groups in a requantiser, by what accompanies them."""
    valid = harness.inside[f"{path}valid"]
    return [(valid[k], Value.cast(harness.inside[f"{path}tag_{k}"])) for k in reversed(range(Requantizer.LATENCY))]


def _depthwise_stages(harness: Harness, path: str) -> list[Item]:
    """Windows marked last in a depthwise engine, by the marks of their pixel and layer."""
    valid = harness.inside[f"{path}valid"]
    flags = [harness.inside[f"{path}flags_{k}"] for k in range(3)]
    return [(valid[k] & flags[k][1], flags[k][2:]) for k in (2, 1, 0)]


SUBJECTS = [
    Subject(
        block="dwcpwc",
        name="depthwise_engine",
        make=lambda: DepthwiseEngine(CONFIG),
        describe=depthwise_engine,
        forgets=start,
        abstract=(MULTIPLIERS,),
    ),
    Subject(
        block="dwcpwc",
        name="depthwise_grouper",
        make=lambda: DepthwiseGrouper(CONFIG),
        describe=depthwise_grouper,
        forgets=start,
    ),
    Subject(
        block="dwcpwc",
        name="depthwise_path",
        make=lambda: DepthwisePath(CONFIG),
        describe=depthwise_path,
        forgets=start,
        abstract=(MULTIPLIERS,),
        reach=16,
    ),
    Subject(
        block="dwcpwc",
        name="parallel_dot_engine",
        make=lambda: ParallelDotEngine(CONFIG),
        describe=dot_engine,
        abstract=(MULTIPLIERS,),
    ),
    Subject(
        block="dwcpwc",
        name="requantizer",
        make=lambda: Requantizer(2, PLACE),
        describe=requantizer,
        abstract=(MULTIPLIERS,),
    ),
    Subject(
        block="dwcpwc",
        name="requantize_stage",
        make=lambda: RequantizeStage(2, 16),
        describe=requantize_stage,
        abstract=(MULTIPLIERS,),
    ),
    Subject(
        block="dwcpwc",
        name="residual_adder",
        make=lambda: ResidualAdder(CONFIG),
        describe=steady,
        forgets=start,
        abstract=(MULTIPLIERS,),
    ),
    Subject(
        block="dwcpwc",
        name="window_buffer",
        make=lambda: WindowBuffer(CONFIG),
        describe=window_buffer,
        abstract=DATA_PATHS,
    ),
]
