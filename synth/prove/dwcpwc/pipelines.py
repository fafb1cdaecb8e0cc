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
from racelet.hw.dwcpwc.window_buffer import WindowBuffer, alignment, cut_words, half_turned
from racelet.synth.prove.dwcpwc.layer import CONFIG, steady
from racelet.synth.prove.harness import Harness
from racelet.synth.prove.order import Item, Queue
from racelet.synth.prove.slices import behind
from racelet.synth.prove.subject import MULTIPLIERS, Subject, start

DATA_PATHS = ("top.dut*/t:$add r:A_SIGNED=1 %i", *(f"top.dut*/t:{kind}" for kind in ("$shiftx", "$shift", "$shr")))
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
    """Two places more, while the parameters are looked up."""
    Queue(
        harness,
        "groups",
        entries=[(dut.i.valid & dut.i.ready, dut.i.p.place.as_value())],
        exits=[(dut.o.valid & dut.o.ready, dut.o.p.place.as_value())],
        places=[*_requantizing(harness, "requantizer."), *_looked_up(harness, "")],
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
    """Windows marked last go through engine, grouper and requantisers to the slice at the end."""
    steady(harness, dut)
    inside = harness.inside
    full, second = behind(harness, "end.", registered=True)
    waiting = View(dut.o.p.shape(), second).place
    end = [
        (dut.o.valid, Cat(dut.o.p.place.advance, dut.o.p.place.final)),
        (full, Cat(waiting.advance, waiting.final)),
    ]
    looked_up, requantizing = (
        [(valid, Cat(tag[16], tag[19])) for valid, tag in items]
        for items in (_looked_up(harness, "requantize."), _requantizing(harness, "requantize.requantizer."))
    )
    sums = (inside["engine.o__valid"], Value.cast(inside["engine.o__payload"])[-2:])
    found, made = (~full & here for here, _ in (looked_up[0], sums))
    Queue(
        harness,
        "sums",
        entries=[(dut.i.valid & dut.i.ready & dut.i.p.last, Cat(dut.i.p.pixel_last, dut.i.p.layer_last))],
        exits=[(dut.o.valid & dut.o.ready, Cat(dut.o.p.place.advance, dut.o.p.place.final))],
        places=[
            *(*end, *requantizing),
            found,
            *looked_up,
            made,
            *(sums, *_depthwise_stages(harness, "engine.")),
        ],
    )


def dot_engine(harness: Harness, dut: ParallelDotEngine) -> None:
    """A beat marked last makes sums, no other does."""
    valid, last = harness.inside["valid"], harness.inside["last"]
    one = Const(1)
    Queue(
        harness,
        "sums",
        entries=[(dut.i.valid & dut.i.ready & dut.i.p.last, one)],
        exits=[(dut.o.valid & dut.o.ready, one)],
        places=[
            (dut.o.valid, one),
            (harness.inside["output.full"], one),
            *((valid[stage] & last[stage], one) for stage in reversed(range(dut.stages))),
        ],
    )


def window_buffer(harness: Harness, dut: WindowBuffer) -> None:
    """The marks of a request go with its window, and so does what a pooling is told of its place."""
    inside, layer = harness.inside, dut.layer.as_value()
    request, align = View(dut.i.p.shape(), inside["request"]), inside.view("align", alignment(CONFIG))
    near, cut = inside.view("align_near", alignment(CONFIG)), inside.view("cut", cut_words(CONFIG)).align
    half, given = inside.view("half", half_turned(CONFIG)), dut.o.p.shape()
    index = [
        ((each.lacking_rows << dut.layer.pool_shift)[:16] + each.lacking_columns)[:16] for each in (dut.i.p, request)
    ]
    marks = [Cat(each.first, each.last, each.pixel_last, each.layer_last) for each in (dut.i.p, request)]
    came, asked = (Cat(*each) for each in zip(marks, index, strict=True))
    full, second = behind(harness, "slice.")
    waiting = View(given, second)
    left, next_left = (
        Cat(each.first, each.last, each.pixel_last, each.layer_last, each.pool_index) for each in (dut.o.p, waiting)
    )
    queue = Queue(
        harness,
        "windows",
        entries=[(dut.i.valid & dut.i.ready, came)],
        exits=[(dut.o.valid & dut.o.ready, left)],
        places=[
            (dut.o.valid, left),
            (full, next_left),
            (inside["turned"], Cat(half.marks, half.pool_index)),
            (inside["parted"], Cat(cut.marks, (cut.pool_rows + cut.pool_columns)[:16])),
            (inside["near"], Cat(near.marks, (near.pool_rows + near.pool_columns)[:16])),
            (inside["kept"], Cat(align.marks, (align.pool_rows + align.pool_columns)[:16])),
            (inside["reading"], asked),
        ],
    )
    still = harness.cleared | (layer == harness.past(layer)) | (queue.inside == 0)
    harness.assume("layer: steady while windows pass", still)


def _requantizing(harness: Harness, path: str) -> list[Item]:
    """Groups in a requantiser, by what accompanies them."""
    valid = harness.inside[f"{path}valid"]
    return [(valid[k], Value.cast(harness.inside[f"{path}tag_{k}"])) for k in reversed(range(Requantizer.LATENCY))]


def _looked_up(harness: Harness, path: str) -> list[Item]:
    """Groups whose parameters are looked up, by their places."""
    valid = harness.inside[f"{path}valid"]
    return [(valid[k], Value.cast(harness.inside[f"{path}place_{k}"])) for k in (3, 2, 1, 0)]


def _depthwise_stages(harness: Harness, path: str) -> list[Item]:
    """Windows marked last in a depthwise engine, by the marks of their pixel and layer."""
    valid = harness.inside[f"{path}valid"]
    stages = DepthwiseEngine.LATENCY - 1
    flags = [harness.inside[f"{path}flags_{k}"] for k in range(stages)]
    return [(valid[k] & flags[k][1], flags[k][2:]) for k in reversed(range(stages))]


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
        reach=32,
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
        reach=20,
    ),
    Subject(
        block="dwcpwc",
        name="window_buffer",
        make=lambda: WindowBuffer(CONFIG),
        describe=window_buffer,
        abstract=DATA_PATHS,
    ),
]
