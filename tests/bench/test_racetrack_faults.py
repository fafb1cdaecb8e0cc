"""The bench of faults: what it tries, how it judges, and that the page tells the same."""

import dataclasses
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from racelet.bench import racetrack_faults
from racelet.bench.racetrack_faults import summary_rows, tables
from racelet.bench.row import Row
from racelet.bench.track_faults import cases as cases_module
from racelet.bench.track_faults.cases import COMMANDS, Case, Prepared, cases, words_of
from racelet.bench.track_faults.counted import TRACKS, Tracks, counted_rows, pairs, total
from racelet.bench.track_faults.cuts import cut_rows
from racelet.bench.track_faults.displaced import displaced_rows
from racelet.bench.track_faults.host import Host, layout, swept_words
from racelet.bench.track_faults.tables import WORDS as WORDS_OF
from racelet.bench.track_faults.trials import KINDS, OUTCOMES, Kind, injections, outcomes, places, promised, trial
from racelet.cli.output import markdown
from racelet.cli.report.track_faults import SHOWN, faults_picture
from racelet.cli.report.track_faults import WORDS as PICTURE_WORDS
from racelet.golden.racetrack.command import Command
from racelet.golden.racetrack.config import ENGINES, RacetrackConfig
from racelet.golden.racetrack.controller import Controller
from racelet.golden.racetrack.faults import Injection
from racelet.hw.racetrack.layouts import Error
from racelet.synth.records import shown

PAGE = Path(__file__).resolve().parents[2] / "docs/racetrack-faults.md"
FEW = (
    Tracks(group="exhaustive", word_bits=8, ports=2, words_per_port=2, at_ports=1, most=5),
    Tracks(group="sampled", word_bits=16, ports=3, words_per_port=1, at_ports=1, most=2),
)
ONE = RacetrackConfig(word_bits=8, ports=2, words_per_port=2, engines=ENGINES, sweep=True, guard=True, journal=True)
WORDS = {(0, 0): 0b01011001, (0, 1): 0b10100011, (1, 0): 0b00101101, (1, 1): 0b10011001}


def quiet(done: int, total: int, label: str = "") -> None:
    assert 0 <= done <= total, label


def prepared(command: Command, config: RacetrackConfig = ONE) -> Prepared:
    return Prepared(Case(name=command.code, command=command), config, WORDS, 4)


@pytest.fixture(scope="module")
def made() -> list[Row]:
    """Rows of few faults."""
    patch = pytest.MonkeyPatch()
    patch.setattr(racetrack_faults, "counted_rows", lambda progress: counted_rows(progress, FEW))
    patch.setattr(racetrack_faults, "displaced_rows", lambda: displaced_rows(1))
    small = {"8x2x2": (RacetrackConfig(word_bits=8, ports=2, words_per_port=2), 2)}
    patch.setattr(racetrack_faults, "cut_rows", lambda progress: cut_rows(progress, small))
    rows = racetrack_faults.run(quiet)
    patch.undo()
    return rows


def test_no_fault_that_is_promised_to_be_found_stays_silent(made: list[Row]) -> None:
    values = {row.name: row.value for row in made}
    assert len(values) == len(made)
    assert values["faults_silent_promised"] == 0
    assert int(values["faults_promised"] or 0) > 500
    assert values["faults_silent_lost_gained_percent"]
    assert values["guard_displaced_1_least_percent"] == 100
    assert values["recover_healed"] == values["recover_cut_points"]
    assert values["recover_inserts"] == values["recover_removes"] == 0


def test_every_table_is_full_and_has_a_place_on_the_page(made: list[Row]) -> None:
    page = PAGE.read_text(encoding="utf-8")
    found = {table.title: table for table in tables(made)}
    assert len(found) == 7
    for title, table in found.items():
        assert table.lines
        assert {len(line) for line in table.lines} == {len(table.columns)}
        there = shown(page, title).splitlines()
        assert there[0] == markdown(table.columns, ()).splitlines()[0]
        assert [line.split(" | ")[0] for line in there[2:]] == [f"| {line[0]}" for line in table.lines]


def test_the_page_tells_what_comes_of_faults_on_the_way_home() -> None:
    small = [tracks for tracks in TRACKS if tracks.group == "exhaustive"]
    rows = counted_rows(quiet, small, ["home"])
    values = {row.name: row.value for row in rows}
    there = [pair for pair in pairs(is_promised=True) if pair[0] == "home"]
    counts = [total(values, [outcome], there, ["exhaustive"]) for outcome in (*OUTCOMES, "unnoticed")]
    line = markdown(["home"], [("home", sum(counts[:-1]), *counts)]).splitlines()[-1]
    assert line in shown(PAGE.read_text(encoding="utf-8"), "exhaustive: commands").splitlines()


def test_the_page_promises_nothing_that_it_does_not_show() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert "| faults_silent_promised | 0 | faults |" in shown(page, "faults")
    for title in ("exhaustive: commands", "sampled: commands"):
        cells = [line.strip("| ").split(" | ") for line in shown(page, title).splitlines()[2:]]
        assert len(cells) == len(COMMANDS)
        # The columns are: command, faults, outcomes, unnoticed.
        assert {line[2 + OUTCOMES.index("silent")] for line in cells} == {"0"}


def test_the_page_has_every_error() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for error in Error:
        assert f"`{error.name}`" in page
    for code in (Error.NONE, Error.JOURNAL, Error.NOT_HOMED, Error.DISPLACED, Error.DEVICE_FAULT):
        assert f"| {code.value} | `{code.name}` |" in page


def test_the_summary_is_that_of_the_rows(made: list[Row]) -> None:
    values = {row.name: row.value for row in made}
    again = {row.name: row.value for row in summary_rows(made)}
    assert again.items() <= values.items()
    every = total(values, OUTCOMES, pairs(), ["exhaustive", "sampled"])
    assert every == total(values, OUTCOMES, pairs(is_promised=True), ["exhaustive", "sampled"]) + total(
        values, OUTCOMES, pairs(is_promised=False), ["exhaustive", "sampled"]
    )
    shares = [again[f"faults_{outcome}_percent"] or 0.0 for outcome in ("healed", "restored", "detected")]
    assert sum(shares) == pytest.approx(100)


def test_the_picture_shows_every_fault(made: list[Row]) -> None:
    picture = faults_picture(made)
    values = {row.name: int(row.value or 0) for row in made if row.unit == "faults"}
    for kind, words in SHOWN.items():
        assert f">{words}</text>" in picture
        for name in COMMANDS:
            counts = [values[f"exhaustive_{name}_{kind}_{outcome}"] for outcome in OUTCOMES]
            for count in filter(None, counts):
                assert f"{name.replace('_', ' ', 1)}: {count} of {sum(counts)} " in picture


def test_the_picture_on_the_page_tells_its_numbers() -> None:
    picture = (PAGE.parent / "img/racetrack-faults.svg").read_text(encoding="utf-8")
    table = shown(PAGE.read_text(encoding="utf-8"), "exhaustive: kinds").splitlines()[2:]
    cells = {line[0]: line[2:] for line in (row.strip("| ").split(" | ") for row in table)}
    for kind in ("short", "long", "lost", "gained", "reversed"):
        # The cell before the counts is empty where silence is allowed.
        every, *counts = [int(cell.replace(",", "")) for cell in cells[WORDS_OF[kind]] if cell.strip()]
        shares = zip(OUTCOMES, counts, strict=False)
        told = ", ".join(f"{PICTURE_WORDS[outcome]} {100 * count / every:.0f} %" for outcome, count in shares)
        assert f"{SHOWN[kind]}: {told}" in picture


def test_cuts_are_promised_where_nothing_is_inserted() -> None:
    assert promised("write_cw", "cut")
    assert promised("read", "cut")
    assert not promised("write_pw", "cut")
    assert not promised("read", "reversed")


def test_every_place_is_tried_once() -> None:
    each = prepared(Command(code="read", port=1, ones=4))
    assert len(each.operations) == 30
    sites = len(each.operations) * ONE.sites
    kinds: tuple[Kind, ...] = ("lost", "gained", "false_marker")
    assert sum(len(places(each, kind)) for kind in kinds) == sites
    for kind in kinds:
        assert len({tuple(place) for place in places(each, kind).tolist()}) == len(places(each, kind))
    # Eight looks at the word, two before, two at the end.
    assert len(places(each, "short")) == len(places(each, "two_long")) + 1 == 30 - 12
    assert len(places(each, "cut")) == 30


def test_two_shifts_in_a_row_go_wrong_together() -> None:
    each = prepared(Command(code="read", ones=4))
    first, second = injections(each, "two_long", 1, 0)
    assert (first.operation, second.operation) == (1, 3)
    assert first.wrong == second.wrong == "long"


def test_a_host_heals_what_can_be_healed() -> None:
    read = prepared(Command(code="read", ones=4))
    assert trial(read, [Injection(wrong="short", operation=6)]) == ("healed", False)
    # A bit of a word: its count is told, and the copy written.
    where = ONE.port_sites[1] - 3
    assert trial(read, [Injection(wrong="lost", operation=0, site=where)]) == ("healed", False)
    assert trial(read, [Injection(wrong="cut", operation=9)]) == ("healed", False)
    # The marker.
    assert trial(read, [Injection(wrong="lost", operation=0, site=0)]) == ("detected", False)
    # Beyond all words.
    assert trial(read, []) == ("harmless", False)


def test_a_word_that_changes_and_keeps_its_count_is_silent() -> None:
    read = prepared(Command(code="read", ones=4))
    where = ONE.port_sites[0] - 5
    changed = [Injection(wrong="lost", operation=0, site=where), Injection(wrong="gained", operation=0, site=where - 1)]
    assert layout(ONE, WORDS)[where - 1 : where + 1].tolist() == [False, True]
    assert trial(read, changed).outcome == "silent"


def test_words_beside_one_that_was_written_wrongly_are_in_doubt() -> None:
    """Two bits of the word before change places: each write tells, no read does, and a copy helps."""
    write = Command(code="write", engine="cw", slot=1, word=0b10100101, ones=4)
    assert trial(prepared(write), [Injection(wrong="short", operation=15)]) == ("restored", True)


def test_without_guards_the_bench_sees_silent_faults() -> None:
    read = Command(code="read", ones=4)
    without = prepared(read, dataclasses.replace(ONE, guard=False))
    found = outcomes(without, "short", np.random.default_rng(0), None)
    assert sum(count for verdict, count in found.items() if verdict.outcome == "silent") > 2
    guarded = outcomes(prepared(read), "short", np.random.default_rng(0), None)
    assert {verdict.outcome for verdict in guarded} <= {"harmless", "healed"}


def test_a_controller_that_does_not_verify_its_marker_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Controller, "_verify", lambda *_: None)
    rng = np.random.default_rng(1)
    config = dataclasses.replace(ONE, words_per_port=1)
    words = words_of(rng, config, 4)
    read = Prepared(Case(name="read", command=Command(code="read", ones=4)), config, words, 4)
    found = Counter(verdict.outcome for verdict in outcomes(read, "lost", rng, None).elements())
    assert found["silent"]


def test_a_sweep_gives_words_in_both_directions() -> None:
    host = Host(ONE, WORDS, 4)
    host.ask(Command(code="home"))
    sweep = Command(code="sweep", slots=2)
    for outwards in (True, False):
        response = host.ask(sweep)
        assert response is not None
        assert swept_words(response.swept, sweep, ONE, outwards=outwards) == WORDS


def test_cases_are_of_every_command() -> None:
    rng = np.random.default_rng(1)
    found = cases(rng, ONE, WORDS, 4, ports=1)
    assert {case.name for case in found} == set(COMMANDS)
    assert all(case.command.word != case.command.old for case in found if case.command.code == "write")
    for case in found:
        ready = Prepared(case, ONE, WORDS, 4)
        assert (ready.journal is not None) == (case.name == "recover")
        assert ready.operations


def test_kinds_do_something() -> None:
    write = prepared(Command(code="write", engine="cw_known", word=0b11011000 | 1, old=WORDS[0, 0], ones=5))
    assert not write.operations
    write = prepared(Command(code="write", engine="cw", word=0b11011, ones=4))
    for kind in KINDS:
        assert len(places(write, kind)) or kind == "false_marker"


def test_draws_keep_the_guard_and_the_count() -> None:
    rng: Any = np.random.default_rng(2)
    for _ in range(50):
        word = cases_module.word_of(rng, 12, 5)
        assert word & 1
        assert word.bit_count() == 5
