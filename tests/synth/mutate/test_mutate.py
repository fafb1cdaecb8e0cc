import importlib
import inspect
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from amaranth.hdl import Const, Module, Value

from racelet.cli import verify
from racelet.cli.main import main
from racelet.golden.bitlet.config import BitletConfig
from racelet.golden.dwcpwc.config import PRESETS
from racelet.hw.dwcpwc.watchdog import Watchdog
from racelet.hw.lib.credits import Credits
from racelet.hw.lib.stream_slice import StreamSlice
from racelet.sim.dwcpwc import tb_field_check
from racelet.sim.errors import BenchFailure
from racelet.sim.lib import passing, tb_credits, tb_stream_slice
from racelet.sim.mutants import SELECT, run_mutants
from racelet.sim.promised import Promised
from racelet.sim.runner import Request, build_simulator, collected_requests
from racelet.synth.mutate.equivalence import Comparison, compare
from racelet.synth.mutate.miter import OUTPUT, miter
from racelet.synth.mutate.mutants import Mutated, elaborated_in, mutate, to_rtlil
from racelet.synth.mutate.run import cover, score
from racelet.synth.mutate.subjects import Subject, subjects
from tests.synth.mutate.around import Around
from tests.synth.mutate.factors import Factors
from tests.synth.mutate.late import Late
from tests.synth.mutate.ring import Ring
from tests.synth.mutate.toggle import Toggle
from tests.synth.mutate.unwatched import Unwatched

WIDTH, COUNT, SEED = 4, 40, 1
WEAK, WEAK_PASSING = "weak_stream_slice", "weak_passing"
ASSERTION = 'assert await get(dut, "o", len(beats), stall=stall) == beats'


@pytest.fixture(scope="module")
def mutated() -> Mutated:
    return mutate(to_rtlil(StreamSlice(WIDTH)), frozenset(), count=COUNT, seed=SEED)


def simulator(mutated: Mutated, component: StreamSlice) -> Path:
    return build_simulator(component, netlist=mutated.verilog, further=[SELECT])


def subject(bench: str) -> Subject:
    with collected_requests() as requests:
        importlib.import_module(bench).verify_width(WIDTH, seed=0)
    return Subject(name="stream_slice", file="hw/lib/stream_slice.py", requests=tuple(requests), others=frozenset())


@pytest.mark.simulation
def test_a_bench_with_an_assertion_less_scores_lower(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench, comparison = inspect.getsource(tb_stream_slice), inspect.getsource(passing)
    assert passing.__name__ in bench
    assert ASSERTION in comparison
    (tmp_path / f"{WEAK}.py").write_text(bench.replace(passing.__name__, WEAK_PASSING))
    (tmp_path / f"{WEAK_PASSING}.py").write_text(comparison.replace(ASSERTION, ASSERTION[7:-9]))
    monkeypatch.syspath_prepend(str(tmp_path))
    # With this seed there is an equivalent one among them.
    whole, weak = (cover(subject(bench), count=COUNT, seed=5, jobs=2) for bench in (tb_stream_slice.__name__, WEAK))
    for module in (WEAK, WEAK_PASSING):
        sys.modules.pop(module, None)
    for each in (whole, weak):
        assert each.mutants == COUNT == each.killed + each.equivalent + len(each.survivors)
        assert each.equivalent > 0
    assert weak.score < 0.95 <= whole.score
    assert all(survivor.mutant.source.startswith("hw/lib/stream_slice.py") for survivor in weak.survivors)


@pytest.mark.simulation
def test_what_a_bench_notices_is_never_proved_equivalent(mutated: Mutated) -> None:
    component = StreamSlice(WIDTH)
    request = Request(component=component, bench=tb_stream_slice.__name__, parameters={"width": WIDTH}, testcase=None)
    numbers = [mutant.number for mutant in mutated.mutants]
    verdicts = run_mutants(simulator(mutated, component), request, numbers, seed=SEED, jobs=2)
    killed = [verdict.mutant for verdict in verdicts if verdict.killed]
    assert len(killed) > COUNT / 2
    # Each is refuted as well, by a run.
    assert all((compare(mutated.formal, number).differs_after or 0) > 0 for number in killed[::3])
    assert any(verdict.test and verdict.message for verdict in verdicts)


@pytest.mark.simulation
def test_a_mutant_that_hangs_is_ended(mutated: Mutated) -> None:
    component = StreamSlice(WIDTH)
    request = Request(component=component, bench="tests.synth.mutate.impatient", parameters={}, testcase=None)
    numbers = [mutant.number for mutant in mutated.mutants]
    folder = simulator(mutated, component)
    endings = {verdict.ending for verdict in run_mutants(folder, request, numbers, seed=SEED, jobs=2, least_s=1)}
    assert endings == {"hung", "passed"}


@pytest.mark.simulation
def test_a_bench_that_fails_without_a_mutant_is_an_error(mutated: Mutated) -> None:
    component = StreamSlice(WIDTH)
    request = Request(component=component, bench=tb_stream_slice.__name__, parameters={"width": 5}, testcase=None)
    with pytest.raises(BenchFailure, match="fails on the component without a mutant"):
        run_mutants(simulator(mutated, component), request, [1], seed=SEED)


def test_what_nobody_looks_at_is_proved_equivalent() -> None:
    found = mutate(to_rtlil(Unwatched(WIDTH)), frozenset(), count=COUNT, seed=SEED)
    # Only what the payload is where there is no beat can be changed unseen.
    proved = [mutant for mutant in found.mutants if compare(found.formal, mutant.number).equivalent]
    assert proved
    assert len(proved) < COUNT / 2


def test_a_counter_that_counts_in_another_order_is_proved_equivalent() -> None:
    found = mutate(to_rtlil(Watchdog(PRESETS["tiny"])), frozenset(), count=COUNT, seed=SEED)
    inverted = [mutant for mutant in found.mutants if (mutant.port, mutant.kind) == ("A", "inverted") and mutant.bit]
    # A step from each value with a low bit inverted ends where a step from each value does.
    assert any(compare(found.formal, mutant.number).equivalent for mutant in inverted)


@pytest.mark.parametrize(("promise", "proved"), [(tb_credits.promise, True), (lambda *_: Const(1), False)])
def test_what_is_promised_of_inputs_is_used(promise: Callable[[Module, Any], Value], proved: bool) -> None:
    found = mutate(to_rtlil(Promised(Credits(1), promise)), frozenset(), count=COUNT, seed=SEED)
    assert {mutant.source.partition(":")[0] for mutant in found.mutants} == {"hw/lib/credits.py"}
    # With one credit, none is left after one that is taken; whoever takes more than there are sees a difference.
    mutants = [each for each in found.mutants if each.source == "hw/lib/credits.py:43" and each.kind == "stuck at 1"]
    assert mutants
    assert any(compare(found.formal, each.number).equivalent for each in mutants) == proved


def test_registers_inside_a_component_are_left_out_of_proofs_and_may_hold_anything() -> None:
    netlist, inside = to_rtlil(Around(WIDTH)), {"hw/lib/stream_slice.py"}
    found = mutate(netlist, inside, count=COUNT, seed=SEED)
    both = [{port.name for port in each.ports} - each.registers for each in found.formal]
    for port in ("inner.o__valid.d", "inner.o__valid.q"):
        assert [port in ports for ports in both] == [True, False]
    # Seen only where what is offered is taken back.
    stuck = [each.number for each in found.mutants if (each.port, each.kind) == ("Y", "stuck at 0")]
    assert stuck
    assert not any(compare(found.formal[:1], number).equivalent for number in stuck)
    # The slice never does.
    assert all(compare(found.formal, number).equivalent for number in stuck)


@pytest.mark.parametrize("words", [16, 64])
def test_a_memory_is_a_part_of_proofs_or_left_out(words: int) -> None:
    found = mutate(to_rtlil(Ring(words)), frozenset(), count=COUNT, seed=SEED)
    assert ("storage.RD_DATA" in {port.name for port in found.formal[0].ports}) == (words > 16)
    # Of each word that is read, the upper half is never looked at.
    bits = {each.number: each.wire for each in found.mutants if each.wire.startswith("read__data")}
    proved = {wire for number, wire in bits.items() if compare(found.formal, number).equivalent}
    assert proved == {wire for wire in bits.values() if wire > "read__data[3]"}
    assert proved != set(bits.values())


def test_no_path_of_the_machine_is_in_a_mutant(mutated: Mutated) -> None:
    assert {mutant.source.partition(":")[0] for mutant in mutated.mutants} == {"hw/lib/stream_slice.py"}
    assert str(Path(__file__).parents[3]) not in mutated.verilog


def test_the_same_seed_makes_the_same_mutants(mutated: Mutated) -> None:
    netlist = to_rtlil(StreamSlice(WIDTH))
    assert mutate(netlist, frozenset(), count=COUNT, seed=SEED) == mutated
    assert mutate(netlist, frozenset(), count=COUNT, seed=SEED + 1).mutants != mutated.mutants
    assert elaborated_in(netlist) == {"\\top": "hw/lib/stream_slice.py"}


def test_a_component_with_a_bench_of_its_own_is_left_alone() -> None:
    assert mutate(to_rtlil(StreamSlice(WIDTH)), {"hw/lib/stream_slice.py"}, count=9, seed=1).mutants == ()


def test_a_component_inside_another_is_broken_and_what_is_around_it_is_not() -> None:
    with collected_requests() as requests:
        tb_field_check.verify(PRESETS["tiny"])
    mutants = mutate(to_rtlil(requests[0].component), frozenset(), count=9, seed=1).mutants
    assert {mutant.source.partition(":")[0] for mutant in mutants} == {"hw/dwcpwc/field_check.py"}


def test_what_differs_while_nobody_looks_is_proved_equivalent() -> None:
    """A word that was kept before a start may be another one."""
    found = mutate(to_rtlil(Late()), frozenset(), count=400, seed=1)
    (formal,) = found.formal
    assert len(formal.registers) == 4
    text = miter(formal.ports, formal.registers, 1, hints=True).verilog
    assert text.index(OUTPUT) < text.index("hint:")
    assert "hint:" not in miter(formal.ports, formal.registers, 1, hints=False).verilog
    # What the two words of 32 bits begin with: one is seen, the other is not.
    words = {each.cell for each in found.mutants if each.port == "B" and each.bit and "procmux" in each.cell}
    beginnings = [m for m in found.mutants if m.port == "B" and m.cell in words and m.kind == "inverted"]
    told = {cell: {compare([formal], m.number).equivalent for m in beginnings if m.cell == cell} for cell in words}
    assert sorted(told.values(), key=str) == [{False}, {True}]


def test_a_run_that_shows_a_difference_is_told() -> None:
    """The output is the register: stuck before it, it differs in the second cycle."""
    found = mutate(to_rtlil(Toggle()), frozenset(), count=9, seed=1)
    (stuck,) = (each for each in found.mutants if (each.port, each.kind) == ("D", "stuck at 0"))
    assert compare(found.formal, stuck.number) == Comparison(equivalent=False, differs_after=2)
    assert compare(found.formal, 0) == Comparison(equivalent=True)


def test_where_the_time_is_not_enough_nothing_is_known() -> None:
    found = mutate(to_rtlil(Factors()), frozenset(), count=2000, seed=1)
    (never,) = (each for each in found.mutants if (each.cell, each.port, each.kind) == ("$5", "Y", "stuck at 0"))
    assert compare(found.formal, never.number, seconds=1) == Comparison(equivalent=False)


def test_a_bench_belongs_to_the_component_that_it_runs() -> None:
    (found,) = subjects({"narrow": "tests.synth.mutate.narrow"}, None)
    assert found.name == "stream_slice"


@pytest.mark.parametrize("formats", [("fp16",), ("int8",)])
def test_a_bench_without_a_component_on_the_config_is_left_out(formats: tuple[str, ...]) -> None:
    benches = {name: f"racelet.sim.bitlet.tb_{name}" for name in ("sum_path", "normalizer", "lane")}
    found = {each.name for each in subjects(benches, BitletConfig(formats=formats, lanes=12))}
    assert found == {"lane"} | ({"normalizer"} if formats == ("fp16",) else set())


def test_components_inside_are_those_of_any_block() -> None:
    (store,) = subjects({"racetrack_weight_store": "racelet.sim.dwcpwc.tb_racetrack_weight_store"}, PRESETS["tiny"])
    assert store.file == "hw/dwcpwc/racetrack_weight_store.py"
    assert {"hw/racetrack/controller.py", "hw/dwcpwc/weight_decoder.py", "hw/lib/stream_slice.py"} < store.others
    assert store.file not in store.others


@pytest.mark.simulation
def test_the_verb_tells_the_score(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(verify, "benches", lambda _: {"narrow": "tests.synth.mutate.narrow"})
    file = tmp_path / "m.json"
    assert main(["mutate", "dwcpwc", "--count", str(COUNT), "--jobs", "2", "--json", str(file)]) == 0
    result = json.loads(file.read_text())
    assert result["block"] == "dwcpwc"
    assert result["mutants"] == COUNT
    assert result["score"] == round(score(COUNT, result["equivalent"], result["killed"]), 4) >= 0.95
    assert [row["component"] for row in result["components"]] == ["stream_slice"]
    assert "stream_slice" in capsys.readouterr().out


def test_an_unknown_component_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(verify, "benches", lambda _: {"narrow": "tests.synth.mutate.narrow"})
    assert main(["mutate", "dwcpwc", "--component", "adder"]) == 2
    assert "--component must be one of stream_slice, not adder" in capsys.readouterr().err
