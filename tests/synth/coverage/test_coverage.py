import dataclasses
import json
import re
from pathlib import Path

import pytest

from racelet.cli import verify
from racelet.cli.blocks import BLOCKS
from racelet.cli.main import main
from racelet.sim.lib.tb_stream_slice import verify_width
from racelet.sim.runner import collected_requests
from racelet.synth import records
from racelet.synth.coverage import page
from racelet.synth.coverage.run import Exempt, Reached, exemptions, is_short, reach
from racelet.synth.mutate.subjects import Subject, subjects
from racelet.synth.records import Record, shown

KEPT = records.records("coverage")
GOOD = {
    "line": 98,
    "lines": 100,
    "toggle": 950,
    "toggles": 1000,
    "unread": 1,
    "constant": 2,
    "exempt": 3,
    "missing": [],
}
SHORT = GOOD | {"toggle": 949, "missing": ["wire [3:0] left; left [2-3]"]}
NEW = Record(
    kind="coverage", block="dwcpwc", preset="tiny", settings={"seed": 1}, components={"pool": GOOD, "uart": SHORT}
)


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
    exempt = Exempt(
        component="stream_slice", kind="toggle", what=r"(full|waiting.*)\[\d+\]:.*", reason="Nothing waits."
    )
    let_off = reached(few, (exempt,))
    assert let_off.exempt > 0
    assert let_off.toggles == found.toggles - let_off.exempt
    assert not any("full:" in what for what in let_off.missing)


def test_every_exemption_has_a_reason_and_a_component() -> None:
    assert [each for each in exemptions() if len(each.reason) < 20] == []
    names = {name for kept in KEPT for name in kept.components}
    assert [each for each in exemptions() if not any(re.fullmatch(each.component, name) for name in names)] == []


def test_the_page_shows_what_is_kept() -> None:
    assert shown(records.PAGE.read_text(encoding="utf-8"), "coverage") == page.text(KEPT)


def test_every_block_has_its_shares() -> None:
    assert {kept.block for kept in KEPT} == set(BLOCKS)


@pytest.mark.parametrize("kept", KEPT, ids=lambda kept: kept.block)
def test_every_component_with_a_bench_reaches_both_targets_or_what_it_lacks_is_listed(kept: Record) -> None:
    block = BLOCKS[kept.block]
    known = {subject.name for subject in subjects(verify.benches(block), block.presets()[kept.preset])}
    assert set(kept.components) == known
    for each in kept.components.values():
        assert each["line"] <= each["lines"]
        assert each["toggle"] <= each["toggles"]
        assert bool(each["missing"]) == is_short(each)


def test_a_component_that_is_short_is_listed_with_what_it_lacks() -> None:
    exempt = Exempt(component="pool|uart", kind="toggle", what=r"left\[[23]\]:.*", reason="Nobody is left.")
    text = page.text([NEW], [exempt])
    assert "`racelet coverage dwcpwc --preset tiny --seed 1`\n" in text
    assert "| `pool` | 100 | 98.0 % | 1000 | 95.0 % | 1 | 2 | 3 |\n" in text
    assert "| `uart` | 100 | 98.0 % | 1000 | 94.9 % | 1 | 2 | 3 |\n" in text
    assert "\n- `uart`: `wire [3:0] left; left [2-3]`\n" in text
    assert "- `pool`" not in text
    assert "| `pool\\|uart` | toggle `left\\[[23]\\]:.*` | Nobody is left. |\n" in text


@pytest.mark.simulation
def test_the_verb_tells_the_shares(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(verify, "benches", lambda _: {"narrow": "tests.synth.mutate.narrow"})
    (tmp_path / "page.md").write_text("# A\n<!-- coverage -->\nold\n<!-- end -->\nZ\n")
    monkeypatch.setattr(records, "FOLDER", tmp_path / "kept")
    monkeypatch.setattr(records, "PAGE", tmp_path / "page.md")
    file = tmp_path / "c.json"
    assert main(["coverage", "dwcpwc", "--json", str(file), "--update"]) == 0
    (kept,) = records.records("coverage", tmp_path / "kept")
    assert (kept.preset, kept.settings, list(kept.components)) == ("tiny", {"seed": 1}, ["stream_slice"])
    assert shown((tmp_path / "page.md").read_text(), "coverage") == page.text([kept])
    (row,) = json.loads(file.read_text())["components"]
    assert row["component"] == "stream_slice"
    assert row["line"] == row["lines"] > 20
    assert "100.0%" in capsys.readouterr().out
