"""A fault of each kind makes the properties about it fail, and leaves the others alone."""

import dataclasses
from collections.abc import Callable

import pytest
from amaranth.lib import wiring

from racelet.hw.lib.stream_slice import StreamSlice
from racelet.hw.racetrack.word_collector import WordCollector
from racelet.synth.prove.attempt import Attempt, Prover
from racelet.synth.prove.dwcpwc.layer import CONFIG
from racelet.synth.prove.dwcpwc.programs import SHAPE
from racelet.synth.prove.harness import Harness
from racelet.synth.prove.order import Queue
from racelet.synth.prove.slices import behind
from racelet.synth.prove.subject import Subject, subjects
from racelet.synth.prove.verdict import Judge, Verdict
from tests.synth.prove.broken import (
    EarlyReader,
    FaultySlice,
    HastyTransmitter,
    Machine,
    MisplacingMemory,
    OverflowingQueue,
    SwappingLoader,
)

IN_ITS_TURN = "beats: each leaves in its turn and as it came"
AS_MANY = "beats: as many are inside as came and did not leave"


def subject(name: str) -> Subject:
    return next(each for each in subjects() if each.name == name)


def verdicts(broken: Subject) -> dict[str, Verdict]:
    return {verdict.name: verdict for verdict in Judge(Prover(), 100).verdicts(broken)}


def fails(name: str, make: Callable[[], wiring.Component]) -> set[str]:
    found = verdicts(dataclasses.replace(subject(name), make=make, depth=2, bound=8, reach=6))
    return {name for name, verdict in found.items() if verdict.result in {"failed", "unreached"}}


def contradicted(name: str, make: Callable[[], wiring.Component], claims: set[str], cycles: int) -> set[str]:
    """Of these claims, those that do not hold in the first cycle in which one does not."""
    harness = dataclasses.replace(subject(name), make=make).harness()
    names = {each.cell: each.name for each in harness.properties if each.kind != "assume"}
    cells = {cell for cell, name in names.items() if name in claims}
    outcome = Prover().run(
        Attempt(
            netlist=harness.netlist(),
            mode="bmc",
            depth=cycles,
            cells=cells,
            without=set(names) - cells,
            abstract=(),
            arrays=True,
            limit_s=100,
        )
    )
    return {names[event.cell] for event in outcome.events if event.status == "FAIL"}


@pytest.mark.parametrize(
    ("fault", "failing", "holding"),
    [
        ("withdraws", {"o: valid stays until ready"}, {"o: the payload stays until ready"}),
        ("changes", {"o: the payload stays until ready"}, {"o: valid stays until ready", AS_MANY}),
        ("loses", {AS_MANY}, {"o: valid stays until ready", "o: the payload stays until ready"}),
        ("repeats", {AS_MANY}, {"o: valid stays until ready", "o: the payload stays until ready"}),
        ("swaps", {IN_ITS_TURN}, {"o: valid stays until ready", AS_MANY}),
        (
            "remembers",
            {"clear: every register is as it began in the cycle after"},
            {"o: valid stays until ready"},
        ),
    ],
)
def test_a_fault_of_a_stream_is_found(fault: str, failing: set[str], holding: set[str]) -> None:
    found = fails("stream_slice", lambda: FaultySlice(fault))
    assert failing <= found
    assert not holding & found


@pytest.mark.parametrize(("counts", "number", "order"), [(True, "proved", "proved"), (False, "failed", "bounded")])
def test_a_beat_that_passes_a_gate_uncounted_is_found(counts: bool, number: str, order: str) -> None:
    def describe(harness: Harness, dut: StreamSlice) -> None:
        full, waiting = behind(harness, registered=True)
        passes = (full | dut.i.valid) & (dut.o.ready | ~dut.o.valid)
        Queue(
            harness,
            "beats",
            entries=[(dut.i.valid & dut.i.ready, dut.i.p)],
            exits=[(dut.o.valid & dut.o.ready, dut.o.p)],
            places=[(dut.o.valid, dut.o.p), passes & counts, (full, waiting)],
        )

    found = verdicts(dataclasses.replace(subject("registered_stream_slice"), describe=describe, depth=2, bound=8))
    assert found[AS_MANY].result == number
    assert found[IN_ITS_TURN].result == order


def test_a_queue_that_overflows_is_found() -> None:
    found = fails("start_queue", lambda: OverflowingQueue(2))
    assert "pending: never more than there is room for" in found
    assert "clear: every register is as it began in the cycle after" not in found


def test_a_line_whose_bits_are_too_short_is_found() -> None:
    found = fails("uart_transmitter", lambda: HastyTransmitter(3))
    assert "bits: each takes as many cycles as the divisor says" in found
    assert "bits: no more than a byte has" not in found


def test_a_layer_that_ends_early_is_found() -> None:
    ends = "walk: from a start to the layer's last request"
    claims = {ends, "walk: inside the layer", "requests: none leaves that did not come"}
    assert contradicted("window_reader", lambda: EarlyReader(CONFIG), claims, 5) == {ends}


def test_words_in_each_others_places_are_found() -> None:
    turn = "words: each leaves in its turn and as it came"
    claims = {turn, "words: none leaves that did not come", "program: each leaves in its turn and as it came"}
    assert contradicted("program_loader", lambda: SwappingLoader(SHAPE), claims, 6) == {turn}


def test_a_memory_that_writes_elsewhere_is_found() -> None:
    found = fails("record_memory", lambda: MisplacingMemory(4, 4, 16, 2))
    assert (
        found
        == {f"lane {lane}: {what} written last" for lane in range(4) for what in ("holds what was", "what is read was")}
        | {f"lane {lane}: what was written is read" for lane in range(4)} & found
    )


def test_a_port_that_is_called_as_an_input_of_the_harness_has_any_value() -> None:
    def describe(harness: Harness, dut: WordCollector) -> None:
        harness.cover("clear: of the component alone", dut.clear & ~harness.clear)

    found = verdicts(dataclasses.replace(subject("word_collector"), describe=describe, reach=2))
    assert found["clear: of the component alone"].result == "covered"


def _machine(fault: str) -> Subject:
    def describe(harness: Harness, dut: Machine) -> None:
        harness.check("place: one of ten", dut.place < 10)

    return Subject(block="lib", name="machine", make=lambda: Machine(fault), describe=describe)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("", {}),
        ("unreachable", {"fsm: REST is reached": "unreached", "fsm: REST is left": "unreached"}),
        ("dead", {"fsm: WORK is left": "unreached"}),
        ("far", {"place: one of ten": "failed"}),
    ],
)
def test_a_fault_of_a_state_machine_is_found(fault: str, expected: dict[str, str]) -> None:
    found = verdicts(_machine(fault))
    bad = {name: verdict.result for name, verdict in found.items() if verdict.result not in {"proved", "covered"}}
    assert bad == expected


def test_a_fault_has_a_run_that_shows_it() -> None:
    found = verdicts(_machine("far"))["place: one of ten"]
    assert found.depth == 11
    assert found.trace is not None
    assert "place" in found.trace.read_text()
