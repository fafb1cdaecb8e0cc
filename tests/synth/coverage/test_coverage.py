import dataclasses
import json
from pathlib import Path

import pytest

from racelet.cli import verify
from racelet.cli.main import main
from racelet.sim.lib.tb_stream_slice import verify_width
from racelet.sim.runner import collected_requests
from racelet.synth.coverage.run import Exempt, Reached, exemptions, reach
from racelet.synth.mutate.run import Subject


def subject(testcase: str | None = None) -> Subject:
    with collected_requests() as requests:
        verify_width(4, seed=0)
    request = dataclasses.replace(requests[0], testcase=testcase)
    return Subject(name="stream_slice", file="hw/lib/stream_slice.py", requests=(request,), others=frozenset())


def reached(testcase: str | None = None, exempt: tuple[Exempt, ...] = ()) -> Reached:
    (found,) = reach([subject(testcase)], seed=1, exempt=exempt)
    return found


@pytest.mark.simulation
def test_all_of_a_small_component_is_reached() -> None:
    found = reached()
    assert (found.line, found.toggle, found.missing) == (found.lines, found.toggles, ())
    assert found.lines > 20
    assert found.toggles > 40
    assert not found.short


@pytest.mark.simulation
def test_a_bench_with_fewer_tests_reaches_less_and_a_reason_lets_off() -> None:
    few = "beats_come_out_as_they_went_in/idle=0.0/stall=0.0"
    found = reached(few)
    assert found.short
    assert any("full:0->1" in what for what in found.missing)
    exempt = Exempt(component="stream_slice", kind="toggle", what=r"(full|waiting.*):.*", reason="Nothing waits.")
    let_off = reached(few, (exempt,))
    assert let_off.exempt > 0
    assert let_off.toggles == found.toggles - let_off.exempt
    assert not any("full:" in what for what in let_off.missing)


def test_every_exemption_has_a_reason() -> None:
    assert [each for each in exemptions() if len(each.reason) < 20] == []


@pytest.mark.simulation
def test_the_verb_tells_the_shares(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(verify, "benches", lambda _: {"narrow": "tests.synth.mutate.narrow"})
    file = tmp_path / "c.json"
    assert main(["coverage", "dwcpwc", "--json", str(file)]) == 0
    (row,) = json.loads(file.read_text())["components"]
    assert row["component"] == "stream_slice"
    assert row["line"] == row["lines"] > 20
    assert "100.0%" in capsys.readouterr().out
