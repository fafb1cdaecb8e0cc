"""Properties of what makes sums of windows: the pool and the residual adder."""

from collections.abc import Sequence

from amaranth.hdl import Cat, Mux, Value
from amaranth.lib.data import View

from racelet.golden.dwcpwc.layer_config import LayerKind
from racelet.hw.dwcpwc.layouts import LAYER
from racelet.hw.dwcpwc.pool import Pool, arrived_marks, pooled_word
from racelet.hw.dwcpwc.residual_adder import ResidualAdder
from racelet.synth.prove.dwcpwc.layer import CONFIG, steady
from racelet.synth.prove.harness import Harness
from racelet.synth.prove.order import Item, Queue
from racelet.synth.prove.slices import behind
from racelet.synth.prove.subject import MULTIPLIERS, Subject, start

LANES, OUTPUTS = CONFIG.input_lanes, CONFIG.requantizers
GROUPS = LANES // OUTPUTS
"""Groups of a whole word."""


def pool(harness: Harness, dut: Pool) -> None:
    """A word is the sum or the maximum of its windows, each once; its groups are given before the next word's."""
    steady(harness, dut)
    inside, came = harness.inside, dut.i.valid & dut.i.ready
    # What is inside in the cycle of a start is of the layer before.
    following = dut.layer.as_value()
    layer = View(LAYER, Mux(dut.start, harness.past(following), following))
    mode = layer.kind == LayerKind.MAX_POOL
    began = dut.start | harness.cleared
    begun = harness.register("begun", 1)
    harness.update(begun, ~harness.clear & (dut.start | begun))
    harness.assume("i: nothing before the first start", begun | ~dut.i.valid)
    harness.check("kind: known in the cycle after a start", began | (inside["maximum"] == mode))
    late = began | harness.past(began)
    harness.check("kind: known where words are before the first one comes", late | (inside["of_words"] == mode))
    open_ = harness.register("open", 1)
    harness.update(open_, ~(harness.clear | dut.start) & Mux(came, ~dut.i.p.last, open_))
    harness.assume("i: a word's first window, and no other, is marked first", ~dut.i.valid | (dut.i.p.first == ~open_))
    values = [Mux(mode, dut.i.p.gathered[lane].as_signed(), dut.i.p.sums[lane]) for lane in range(LANES)]
    so_far = [(harness.register("sum", 32), harness.register("largest", 8)) for _ in range(LANES)]
    after = [_pooled(dut.i.p.first, *each, value) for each, value in zip(so_far, values, strict=True)]
    for registers, following in zip(so_far, after, strict=True):
        for register, value in zip(registers, following, strict=True):
            harness.update(register, Mux(came, value, register))
    waiting, arrived = inside["waiting"], inside.view("arrived", arrived_marks())
    running = [
        (inside["running"].word_select(lane, 32), inside["largest"].word_select(lane, 8)) for lane in range(LANES)
    ]
    arrived_values = [inside["values"].word_select(lane, 12).as_signed() for lane in range(LANES)]
    next_ = [_pooled(arrived.first, *each, value) for each, value in zip(running, arrived_values, strict=True)]
    present = Mux(waiting, _words(next_), _words(running))
    harness.check("windows: each is added once", ~(open_ | waiting) | (present == _words(so_far)))
    index = Mux(mode, 0, dut.i.p.pool_index)
    row = (layer.parameter_address + index)[:16]
    arrived_row = (layer.parameter_address + arrived.index)[:16]
    _groups_of_words(harness, dut)
    full, second = behind(harness, "words.")
    Queue(
        harness,
        "words",
        entries=[(came & dut.i.p.last, _item(mode, after, row, dut.i.p.layer_last))],
        exits=[(dut.o.valid & dut.o.ready & inside["group_last"], inside["words.o__payload"])],
        places=[
            (inside["words.o__valid"], inside["words.o__payload"]),
            (full, second),
            (inside["complete"], _item(mode, running, inside["row"], inside["final"])),
            (waiting & arrived.last, _item(mode, next_, arrived_row, arrived.layer_last)),
        ],
        forgets=dut.start,
    )


def _pooled(first: Value, total: Value, largest: Value, value: Value) -> tuple[Value, Value]:
    """Sum and maximum, and one more value."""
    exceeds = first | (value[:8].as_signed() > largest.as_signed())
    return (Mux(first, 0, total.as_signed()) + value)[:32], Mux(exceeds, value[:8], largest)


def _words(lanes: Sequence[tuple[Value, Value]]) -> Value:
    return Cat(each for lane in lanes for each in lane)


def _item(mode: Value, lanes: Sequence[tuple[Value, Value]], row: Value, final: Value) -> Value:
    return Cat(*(Mux(mode, largest.as_signed(), total.as_signed())[:32] for total, largest in lanes), row, final)


def _groups_of_words(harness: Harness, dut: Pool) -> None:
    """Groups of the word that is offered, one after the other."""
    given = dut.o.valid & dut.o.ready
    inside = harness.inside
    number = harness.register("number", 4)
    following = Mux(inside["group_last"], 0, number + 1)
    harness.update(number, Mux(harness.clear | dut.start, 0, Mux(given, following, number)))
    harness.check("o: no more groups than a word has", number < GROUPS)
    ends = inside["rest"][-1] | (inside["index"] == GROUPS - 1)
    harness.check("o: whether a group is its word's last", ~dut.o.valid | (inside["group_last"] == ends))
    harness.check("o: the groups of a word are counted", inside["index"] == number)
    harness.check("o: none of them without a word", dut.o.valid | (number == 0))
    harness.check("o: a pixel's last group is its word's", ~given | ~dut.o.p.place.advance | inside["group_last"])
    word = View(pooled_word(CONFIG), inside["words.o__payload"])
    sums = word.sums.as_value().word_select(number, 32 * OUTPUTS)
    harness.check("o: the groups of a word follow each other", dut.o.p.sums.as_value() == sums)
    harness.check("o: all with the word's row of parameters", dut.o.p.parameter_row == word.row)
    final = dut.o.p.place.advance & word.final
    harness.check("o: final with the last group of the layer's last pixel", dut.o.p.place.final == final)


def residual_adder(harness: Harness, dut: ResidualAdder) -> None:
    """Windows are paired as they come; every group of a pair's pixels goes through, with its place."""
    steady(harness, dut)
    inside = harness.inside
    came, pixels = dut.i.valid & dut.i.ready, dut.i.p.pixels.as_value()
    choosing, half, step = (inside[name] for name in ("choosing", "half", "step"))
    first, second, waiting = (inside[name] for name in ("first", "second", "waiting"))
    chosen = choosing & step
    ends = chosen & inside["chosen_last"]
    Queue(
        harness,
        "windows",
        entries=[(came, pixels)],
        exits=[(ends, first), (ends, second)],
        places=[(choosing, first), (choosing, second), (half, waiting)],
        forgets=dut.start,
    )
    valid = inside["valid"]
    stages: list[Item] = [(valid[k], Value.cast(inside[f"place_{k}"])) for k in reversed(range(ResidualAdder.LATENCY))]
    Queue(
        harness,
        "groups",
        entries=[(chosen, Value.cast(inside["place"]))],
        exits=[(dut.o.valid & dut.o.ready, dut.o.p.place.as_value())],
        places=stages,
        forgets=dut.start,
    )
    _groups_of_pairs(harness, dut, came & half, chosen, step)


def _groups_of_pairs(harness: Harness, dut: ResidualAdder, paired: Value, chosen: Value, step: Value) -> None:
    """The pixels of a pair, and of each pixel its groups, one after the other."""
    inside = harness.inside
    harness.assume("i: one to three pixels", ~dut.i.valid | (dut.i.p.pixel_count != 0))
    pixels, pixel, number = (harness.register(name, 2) for name in ("pixels", "pixel", "number"))
    place = View(dut.o.p.place.shape(), inside["place"])
    ends, gone = chosen & inside["chosen_last"], harness.clear | dut.start
    harness.update(pixels, Mux(paired, dut.i.p.pixel_count, pixels))
    harness.update(pixel, Mux(gone | ends, 0, pixel + (chosen & place.advance)))
    harness.update(number, Mux(gone, 0, Mux(chosen, Mux(place.advance, 0, number + 1), number)))
    choosing = inside["choosing"]
    harness.check("pixels: as many as the second window says", ~choosing | (inside["pixels"] == pixels))
    harness.check("pixels: none before a pair", choosing | (Cat(pixel, number) == 0))
    harness.check("pixels: counted", Cat(inside["pixel"], inside["number"]) == Cat(pixel, number))
    last = inside["pixel_last"] == (pixel == (pixels - 1)[:2])
    harness.check("pixels: whether it is the pair's last", ~choosing | last)
    harness.check("pixels: one of the pair's", ~choosing | (pixel < pixels))
    harness.check("groups: no more than a word has", ~choosing | (number < GROUPS))
    whole = ~choosing | (number != GROUPS - 1) | place.advance
    harness.check("groups: a word's last one ends its pixel", whole)
    for name, word in (("first", inside["first"]), ("second", inside["second"])):
        bytes_ = word.word_select(pixel, 8 * LANES).word_select(number, 8 * OUTPUTS)
        for lane in range(OUTPUTS):
            kept = harness.register("byte", 8)
            harness.update(kept, Mux(step, bytes_.word_select(lane, 8), kept))
            byte = inside.nth(f"{name}_byte", lane)
            harness.check(f"bytes: lane {lane} of the {name} one", ~inside["valid"][0] | (byte == kept.as_signed()))


SUBJECTS = [
    Subject(block="dwcpwc", name="pool", make=lambda: Pool(CONFIG), describe=pool, forgets=start),
    Subject(
        block="dwcpwc",
        name="residual_adder",
        make=lambda: ResidualAdder(CONFIG),
        describe=residual_adder,
        forgets=start,
        abstract=(MULTIPLIERS,),
    ),
]
