import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from racelet.sim import cache, process
from racelet.sim.errors import ToolError
from racelet.synth.flow.devices import DEVICES, RESOURCES
from racelet.synth.flow.measure import measure
from racelet.synth.flow.netlist import count, synthesize
from racelet.synth.flow.place import Placed, place, read_report
from racelet.synth.flow.prepare import prepare, register_ports
from tests.synth.flow.samples import MultiplyAdd


@dataclasses.dataclass(frozen=True)
class Shape:
    copies: int = 1


def _steps(*_: object) -> None:
    pass


@pytest.mark.parametrize("name", ["ecp5-25k", "up5k", "hx8k", "gw1n-9c", "gw2a-18c"])
def test_a_component_is_measured_on_every_family(name: str) -> None:
    device = DEVICES[name]
    told: list[tuple[int, int]] = []
    found = measure("sum", Shape(), MultiplyAdd(), device, [1, 2], 2, lambda done, total, _: told.append((done, total)))
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert found.excess == {}
    assert found.used["ff"] > 0
    assert found.used["bram"] == 1
    assert bool(found.used["dsp"]) == bool(device.capacity["dsp"])
    assert found.fmax_mhz is not None
    assert len(found.fmax_mhz.seeds) == 2
    assert 10 < found.fmax_mhz.min <= found.fmax_mhz.median <= found.fmax_mhz.max < 2000
    assert found.critical_path is not None
    assert {place.signal for place in (found.critical_path.start, found.critical_path.end)} <= SIGNALS
    written = json.loads(json.dumps(found.as_json()))
    assert set(RESOURCES) | {"block", "config", "device", "tool_versions", "fmax_mhz"} <= set(written)
    assert set(written["fmax_mhz"]) == {"median", "min", "max", "seeds"}
    assert f"yowasp-{device.family.place}" in written["tool_versions"]


SIGNALS = {"rst", "a", "b", "o", "first", "product_0", "table", "table.table", "table.read"}


def test_what_does_not_fit_is_told_and_not_placed() -> None:
    found = measure("sum", Shape(), MultiplyAdd(60), DEVICES["ecp5-25k"], [1], 1, _steps)
    assert found.excess == {"dsp": 60 - 28}
    assert found.fmax_mhz is None


def test_the_second_measurement_comes_from_the_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> str:
        raise AssertionError("a tool was run again")

    device = DEVICES["ecp5-25k"]
    first = measure("sum", Shape(), MultiplyAdd(), device, [1, 2], 1, _steps)
    monkeypatch.setattr("racelet.synth.yowasp.run_tool", refuse)
    assert measure("sum", Shape(), MultiplyAdd(), device, [1, 2], 1, _steps) == first
    with pytest.raises(AssertionError, match="run again"):
        measure("sum", Shape(), MultiplyAdd(), device, [3], 1, _steps)


@pytest.mark.parametrize("jobs", [1, 2])
def test_no_seed_begins_after_one_has_failed(monkeypatch: pytest.MonkeyPatch, jobs: int) -> None:
    begun: list[int] = []

    def fail(*arguments: Any) -> Placed:
        begun.append(arguments[2])
        raise ToolError("there is no place")

    monkeypatch.setattr("racelet.synth.flow.measure.place", fail)
    with pytest.raises(ToolError, match="there is no place"):
        measure("sum", Shape(), MultiplyAdd(), DEVICES["ecp5-25k"], [1, 2, 3, 4, 5], jobs, _steps)
    assert begun in ([1], [1, 2], [2, 1])


def test_every_port_bit_gets_a_register() -> None:
    device = DEVICES["ecp5-25k"]
    design = json.loads(synthesize(MultiplyAdd(), device).file.read_text())
    module = design["modules"]["top"]
    before = len(module["cells"])
    assert register_ports(module, device.family) == 8 + 8 + 24 + 1
    assert len(module["cells"]) == before + 41
    assert list(module["ports"]) == ["clk"]


def test_unknown_cells_are_named() -> None:
    with pytest.raises(ValueError, match="ecp5-25k has cells of the unknown type SOMETHING"):
        count({"SOMETHING": 1}, DEVICES["ecp5-25k"])


def test_a_report_without_a_clock_is_refused() -> None:
    with pytest.raises(ToolError, match="reports no clock"):
        read_report({"critical_paths": [], "fmax": {}}, 1)


def test_a_failing_tool_leaves_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RACELET_CACHE", str(tmp_path))
    device = DEVICES["ecp5-25k"]
    netlist = synthesize(MultiplyAdd(), device)
    wrong = dataclasses.replace(device, options=("--nonsense",))
    with pytest.raises(ToolError, match="nextpnr-ecp5 failed"):
        place(prepare(netlist, device), wrong, 1, 100.0)
    kept = sorted(each.name.partition("-")[0] for each in (cache.root() / "builds").iterdir())
    assert kept == ["netlist", "prepared", "sites"]
    assert not process._running
