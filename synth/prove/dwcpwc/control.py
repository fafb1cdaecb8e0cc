"""Properties of what runs the layers, and of the whole."""

from typing import Any

from amaranth.hdl import Cat, Mux, Value
from amaranth.lib.data import View

from racelet.golden.dwcpwc.layer_config import COUNTS, DOT_KINDS
from racelet.hw.dwcpwc.field_check import FieldCheck
from racelet.hw.dwcpwc.layer_sequencer import LayerSequencer
from racelet.hw.dwcpwc.layouts import LAYER, ErrorCode
from racelet.synth.prove.dwcpwc.layer import CONFIG
from racelet.synth.prove.dwcpwc.walk import READ
from racelet.synth.prove.harness import Harness
from racelet.synth.prove.subject import Subject


def field_check(harness: Harness, dut: FieldCheck) -> None:
    """What the other components may assume of a layer."""
    layer = View(LAYER, harness.past(dut.layer.as_value()))
    known = ~harness.cleared
    dot = known & ~dut.wrong & Cat(layer.kind == kind for kind in DOT_KINDS).any()
    groups = CONFIG.output_lanes // CONFIG.requantizers
    ranges = {
        "tile_pixels": CONFIG.tile_pixels,
        "last_tile_pixels": CONFIG.tile_pixels,
        "tail_groups": groups,
        "tail_lanes": CONFIG.input_lanes,
    }
    for name, most in ranges.items():
        harness.check(
            f"wrong: else {name} of a convolution is in 1..{most}", ~dot | ((layer[name] != 0) & (layer[name] <= most))
        )
    for name in ("tiles", "words", "passes"):
        harness.check(f"wrong: else {name} of a convolution is at least 1", ~dot | (layer[name] != 0))
    reads = Cat(layer.kind == kind for kind, names in COUNTS.items() if set(READ) <= set(names)).any()
    counts = Cat(layer[name] != 0 for name in READ).all()
    harness.check("wrong: else no count of a layer that is read is zero", ~known | dut.wrong | ~reads | counts)
    harness.cover("wrong: a descriptor is refused", dut.wrong)
    harness.cover("wrong: a convolution is let through", dot)


def layer_sequencer(harness: Harness, dut: LayerSequencer) -> None:
    """Descriptors that there are; layers that stay; errors that stay until a clear, and no longer."""
    inside = harness.inside
    places = (inside["index"] < CONFIG.layers) & (inside["ring"] < CONFIG.layers)
    harness.check("index: one of the descriptors that there are", places)
    failed = dut.error != ErrorCode.NONE
    layer, before = dut.layer.as_value(), harness.past(dut.layer.as_value())
    same = harness.cleared | (layer == before)
    harness.check("layer: steady while it runs", same | ~harness.past(dut.running) | ~dut.running)
    ran = harness.past(dut.running & ~harness.clear)
    kinds = (1 << dut.layer.kind)[:16]
    harness.check("kinds: that of the layer while it runs", ~dut.running | (dut.kinds == kinds))
    harness.check("start: in the first cycle of a layer", ~dut.start | dut.running & ~ran)
    harness.check("start: in every layer's first cycle", dut.start | ~dut.running | ran)
    fails(harness, dut, ~dut.busy)
    harness.check("go: what runs has not failed", ~dut.busy | ~failed)
    _counts(harness, dut)


def _counts(harness: Harness, dut: LayerSequencer) -> None:
    """Every layer that ends is told of once, with the cycles since the one before, but for one that a failure ends."""
    inside, told = harness.inside, dut.layer_cycles
    (machine,) = inside.machines()
    in_state = {name: machine.state == number for name, number in machine.encoding.items()}
    failed, report = inside["failed"], in_state["REPORT"]
    ended = in_state["RUN"] & dut.layer_done & ~inside["load"] & ~failed
    dropped = report & (dut.owed | failed)
    reported = report & ~dropped & (~told.valid | told.ready)
    untold, since, kept = harness.register("untold", 3), harness.register("since", 32), harness.register("kept", 32)
    left = told.valid & told.ready
    harness.update(untold, Mux(harness.clear, 0, untold + ended - left - dropped))
    harness.check("layer_cycles: one for each layer that ended", untold == (told.valid + report)[:3])
    harness.update(since, Mux(harness.clear, 0, Mux(in_state["IDLE"] | reported, 1, since + 1)))
    harness.update(kept, Mux(reported, since, kept))
    harness.check("count: cycles since the layer before", harness.inside["count"] == since)
    harness.check("layer_cycles: the cycles of the layer", ~told.valid | (told.p == kept))


def fails(harness: Harness, dut: Any, idle: Value) -> None:
    """An error stays, nothing goes on, and a clear ends it."""
    failed = dut.error != ErrorCode.NONE
    (machine,) = harness.inside.machines()
    in_failed = machine.state == machine.encoding["FAILED"]
    harness.check("error: told in the state FAILED, and in no other", failed == in_failed)
    error = Value.cast(dut.error)
    stays = harness.cleared | (error == harness.past(error)) | ~harness.past(failed)
    harness.check("error: stays until a clear", stays)
    harness.check("error: ends with a clear", ~harness.cleared | ~failed)
    harness.check("error: nothing goes on", ~failed | idle)
    ended = harness.register("ended", 1)
    harness.update(ended, ended | (failed & harness.clear))
    harness.cover("error: after one and a clear, work begins again", ended & dut.busy)


SUBJECTS = [
    Subject(block="dwcpwc", name="field_check", make=lambda: FieldCheck(CONFIG), describe=field_check),
    Subject(
        block="dwcpwc",
        name="layer_sequencer",
        make=lambda: LayerSequencer(CONFIG),
        describe=layer_sequencer,
        terminal={"FAILED"},
        reach=34,
        arrays=False,
    ),
]
