import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from racelet.cli.main import main
from racelet.golden.dwcpwc.config import PRESETS
from racelet.synth import baseline
from racelet.synth.flow import measure
from racelet.synth.flow.critical_path import Path as CriticalPath
from racelet.synth.flow.critical_path import Place
from racelet.synth.flow.devices import RESOURCES, Device
from racelet.synth.flow.measure import Fmax, Measurement

PATH = CriticalPath(
    start=Place(component="dot.engine", signal="partial"),
    end=Place(component="writer", signal="data"),
    through=(),
    logic_ns=3.0,
    routing_ns=7.0,
    levels=4,
)


class Bench:
    """Stands for the tools: what it says is set, and what it was asked is kept."""

    def __init__(self) -> None:
        self.used = dict.fromkeys(RESOURCES, 100)
        self.excess: dict[str, int] = {}
        self.median = 100.0
        self.seeds: list[int] = []

    def measure(
        self, block: str, config: object, component: object, device: Device, seeds: Sequence[int], *_: object
    ) -> Measurement:
        self.seeds = list(seeds)
        fmax = Fmax(median=self.median, min=90.0, max=110.0, seeds=(self.median,) * len(seeds))
        placed = bool(self.seeds) and not self.excess
        return Measurement(
            block=block,
            config=dataclasses.asdict(PRESETS["tiny"]),
            device=device.name,
            tool_versions={},
            used=dict(self.used),
            excess=self.excess,
            fmax_mhz=fmax if placed else None,
            critical_path=PATH if placed else None,
        )


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Bench:
    found = Bench()
    monkeypatch.setattr(measure, "measure", found.measure)
    monkeypatch.setattr(baseline, "FOLDER", tmp_path / "baselines")
    return found


def test_area_and_frequency_are_told(bench: Bench, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "r.json"
    assert main(["synth", "dwcpwc", "--preset", "tiny", "--json", str(file)]) == 0
    assert bench.seeds == [1, 2, 3, 4, 5]
    shown = capsys.readouterr().out
    assert "Fmax 100.0 MHz, 90.0 to 110.0 over 5 seeds" in shown
    assert "critical path: dot.engine.partial to writer.data, 4 levels, 3.00 ns in cells and 7.00 ns between" in shown
    found = json.loads(file.read_text())
    assert (found["block"], found["device"], found["lut4"]) == ("dwcpwc", "ecp5-85k", 100)
    assert found["fmax_mhz"]["median"] == 100.0


def test_what_does_not_fit_exits_with_1(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.excess = {"dsp": 1234}
    assert main(["synth", "dwcpwc", "--device", "up5k"]) == 1
    assert "dwcpwc does not fit on up5k (iCE40UP5K-SG48): it lacks 1,234 dsp" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("figure", "now", "status"),
    [
        ("lut4", 102, 0),
        ("lut4", 103, 1),
        ("dsp", 101, 1),
        ("dsp", 50, 0),
        ("median", 92.0, 0),
        ("median", 91.9, 1),
        ("median", 150.0, 0),
    ],
)
def test_a_check_fails_where_a_block_has_grown_or_slowed(
    bench: Bench, figure: str, now: float, status: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["synth", "dwcpwc", "--preset", "tiny", "--update"]) == 0
    if figure == "median":
        bench.median = now
    else:
        bench.used |= {name: int(now) for name in RESOURCES if name == figure}
    file = tmp_path / "r.json"
    assert main(["synth", "--check", "--json", str(file)]) == status
    assert ("missed" in capsys.readouterr().out) is bool(status)
    found = json.loads(file.read_text())
    assert found["passes"] is not bool(status)
    assert [each["figure"] for each in found["figures"] if not each["passes"]] == (
        [] if not status else ["fmax_mhz" if figure == "median" else figure]
    )


def test_what_does_not_fit_is_no_baseline(bench: Bench) -> None:
    bench.excess = {"dsp": 1}
    assert main(["synth", "dwcpwc", "--preset", "tiny", "--update"]) == 1
    assert not baseline.FOLDER.exists()


def test_an_update_keeps_tolerances_and_loses_no_frequency(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    update = ["synth", "dwcpwc", "--preset", "tiny", "--update"]
    assert main(update) == 0
    (kept,) = baseline.baselines()
    looser = dataclasses.replace(kept, tolerances={**kept.tolerances, "lut4": 0.5})
    kept.file.write_bytes(baseline.content(looser))
    assert main([*update, "--area"]) == 2
    assert "the baseline of dwcpwc tiny on ecp5-85k has a frequency" in capsys.readouterr().err
    bench.used["lut4"] = 140
    assert main(update) == 0
    (now,) = baseline.baselines()
    assert (now.measurement["lut4"], now.tolerances) == (140, looser.tolerances)


def test_a_check_of_the_area_places_nothing(bench: Bench) -> None:
    assert main(["synth", "dwcpwc", "--preset", "tiny", "--update"]) == 0
    assert main(["synth", "--check", "--area"]) == 0
    assert bench.seeds == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "name a BLOCK, or add --check"),
        (["dwcpwc", "--device", "virtex"], "--device must be one of ecp5-25k, "),
        (["dwcpwc", "--area", "--seeds", "3"], "leave out --area or --seeds"),
        (["dwcpwc", "--check", "--preset", "tiny"], "--check measures presets with a baseline"),
        (["dwcpwc", "--update", "--set", "layers=9"], "--update keeps baselines of presets"),
        (["--check"], "there is no baseline of any block"),
        (["dwcpwc", "--seeds", "0"], "--seeds"),
    ],
)
def test_impossible_requests_are_named(
    bench: Bench, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["synth", *arguments]) == 2
    assert message in capsys.readouterr().err
    assert bench.seeds == []
