import dataclasses
import json
from pathlib import Path

import pytest

from racelet.cli import verify
from racelet.cli.blocks import BLOCKS
from racelet.cli.main import main
from racelet.synth import records
from racelet.synth.mutate import page
from racelet.synth.mutate.run import TARGET
from racelet.synth.mutate.subjects import subjects
from racelet.synth.records import Record, merged, rewritten, shown

PAGE = records.PAGE.read_text(encoding="utf-8")
KEPT = records.records("mutation")
NEW = Record(
    kind="mutation",
    block="dwcpwc",
    preset="tiny",
    settings={"count": 8, "seed": 1},
    components={"pool": {"mutants": 8, "equivalent": 2, "killed": 3, "survivors": ["a.py:1: a", "a.py:2: b", "c"]}},
)
JOINED = {"depthwise_path"}
"""What only joins components: there is nothing in it to break."""
MARKED = "# A\n<!-- mutation -->\nold\n<!-- end -->\nZ\n"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "page.md").write_text(MARKED)
    monkeypatch.setattr(records, "FOLDER", tmp_path / "kept")
    monkeypatch.setattr(records, "PAGE", tmp_path / "page.md")
    monkeypatch.setattr(verify, "benches", lambda _: {"narrow": "tests.synth.mutate.narrow"})
    return tmp_path


def test_the_page_shows_what_is_kept() -> None:
    assert shown(PAGE, "mutation") == page.text(KEPT)


@pytest.mark.parametrize("kept", KEPT, ids=lambda kept: kept.block)
def test_every_component_with_a_bench_reaches_the_target(kept: Record) -> None:
    block = BLOCKS[kept.block]
    known = {each.name for each in subjects(verify.benches(block), block.presets()[kept.preset])}
    assert set(kept.components) == known
    for name, each in kept.components.items():
        assert bool(each["mutants"]) == (name not in JOINED)
        assert each["mutants"] == each["killed"] + each["equivalent"] + len(each["survivors"])
        assert page.share(each) >= TARGET, name


def test_every_block_has_its_scores() -> None:
    assert {kept.block for kept in KEPT} == set(BLOCKS)


def test_a_component_below_the_target_is_listed_with_its_survivors() -> None:
    text = page.text([NEW])
    assert "`racelet mutate dwcpwc --preset tiny --count 8 --seed 1`\n" in text
    assert "| `pool` | 8 | 3 | 2 | 3 | 50.0 % |\n" in text
    assert "\n- `pool`: a.py:1: a\n- `pool`: a.py:2: b\n- `pool`: c\n" in text


def test_components_are_merged_into_those_that_are_kept(place: Path) -> None:
    NEW.file.parent.mkdir()
    NEW.file.write_bytes(NEW.content())
    adder = {"mutants": 1, "equivalent": 1, "killed": 0, "survivors": []}
    again = merged(dataclasses.replace(NEW, components={"adder": adder}), place / "kept")
    assert list(json.loads(again.content())["components"]) == ["adder", "pool"]
    assert again.components == {"adder": adder, **NEW.components}


def test_other_settings_are_refused(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    NEW.file.parent.mkdir()
    NEW.file.write_bytes(NEW.content())
    assert main(["mutate", "dwcpwc", "--count", "9", "--update"]) == 2
    assert "--update: kept results have --count 8 --seed 1, not --count 9 --seed 1" in capsys.readouterr().err
    assert main(["mutate", "dwcpwc", "--count", "8", "--update", "--set", "lanes=2"]) == 2
    assert "--update keeps results of presets: leave out --set" in capsys.readouterr().err
    (place / "page.md").unlink()
    assert main(["mutate", "dwcpwc", "--count", "8", "--update"]) == 2
    assert "--update rewrites page.md of a checkout" in capsys.readouterr().err


def test_a_page_without_a_place_is_refused() -> None:
    with pytest.raises(ValueError, match="the page has no place for coverage"):
        rewritten(MARKED, "coverage", "x\n")


@pytest.mark.simulation
def test_the_verb_keeps_what_it_measured(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mutate", "dwcpwc", "--count", "4", "--jobs", "2", "--update"]) == 0
    assert "stream_slice" in capsys.readouterr().out
    (kept,) = records.records("mutation", place / "kept")
    assert (kept.block, kept.preset, kept.settings) == ("dwcpwc", "tiny", {"count": 4, "seed": 1})
    assert kept.components["stream_slice"]["mutants"] == 4
    now = (place / "page.md").read_text()
    assert shown(now, "mutation") == page.text([kept])
    assert now.startswith("# A\n<!-- mutation -->\n")
    assert now.endswith("<!-- end -->\nZ\n")
