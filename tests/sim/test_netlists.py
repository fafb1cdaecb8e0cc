import dataclasses
from pathlib import Path

import pytest

from racelet.golden.adc.cell_sampling import sample_cells
from racelet.golden.adc.config import AdcConfig
from racelet.golden.adc.macro_config import MacroConfig
from racelet.golden.dwcpwc.config import PRESETS
from racelet.hw.adc.imc_macro import ImcMacro
from racelet.hw.dwcpwc.watchdog import Watchdog
from racelet.hw.lib.credits import Credits
from racelet.hw.lib.verilog import to_verilog
from racelet.sim import cache, netlists
from racelet.sim.errors import ToolError
from racelet.synth.mutate.sources import closure

TINY = PRESETS["tiny"]


@pytest.fixture
def empty(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A cache of this test alone."""
    monkeypatch.setenv("RACELET_CACHE", str(tmp_path / "cache"))


def written(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Components that are written from now on."""
    found: list[object] = []

    def note(component: Watchdog) -> str:
        found.append(component)
        return to_verilog(component)

    monkeypatch.setattr(netlists, "to_verilog", note)
    return found


@pytest.mark.usefixtures("empty")
def test_a_component_is_written_once_for_each_config_and_text(monkeypatch: pytest.MonkeyPatch) -> None:
    found = written(monkeypatch)
    for preset, count in (("tiny", 1), ("tiny", 1), ("large", 2), ("tiny", 2)):
        component = Watchdog(PRESETS[preset])
        assert netlists.verilog(component) == to_verilog(Watchdog(PRESETS[preset]))
        assert len(found) == count
    monkeypatch.setattr(netlists, "_TEXTS", "edited")
    netlists.verilog(Watchdog(TINY))
    assert len(found) == 3


@pytest.mark.usefixtures("empty")
def test_a_macro_is_written_once_for_all_that_is_in_its_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    found = written(monkeypatch)
    config = AdcConfig(input_lanes=64, word_lines=2, output_lanes=1)
    cells = sample_cells(config, MacroConfig(low_spread=0.1), 1)
    other = dataclasses.replace(cells, low=cells.low.copy())
    # In the middle of what is too long to be shown in full.
    other.low[31, 1, 0] += 1
    for each, count in ((cells, 1), (cells, 1), (other, 2), (cells, 2)):
        netlists.verilog(ImcMacro(config, each))
        assert len(found) == count


@pytest.mark.usefixtures("empty")
def test_a_component_that_is_not_of_the_hardware_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    found = written(monkeypatch)

    class Broken(Watchdog):
        pass

    for component in (Broken(TINY), Broken(TINY), Credits(3)):
        netlists.verilog(component)
    assert len(found) == 3
    assert not cache.root().exists()


def test_a_cache_that_cannot_be_written_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("RACELET_CACHE", str(tmp_path / "file"))
    with pytest.raises(ToolError, match=r"^The build cache .*file cannot be used: "):
        netlists.verilog(Watchdog(TINY))


def test_hardware_is_made_from_what_is_watched() -> None:
    imported = set(closure("racelet.hw.dwcpwc.accelerator")) | set(closure("racelet.hw.dwcpwc.axi_shell"))
    for name in imported - {"racelet", "racelet.hw", "racelet.golden"}:
        assert name.startswith(("racelet.hw.", "racelet.golden.")), name
