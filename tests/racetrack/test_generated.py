from pathlib import Path

import pytest

from racelet.cli.blocks import BLOCKS
from racelet.golden.lib.config import ShellConfig
from racelet.golden.racetrack.config import PRESETS
from racelet.synth.verilog import generate
from tests.synth.test_verilog import lint

BLOCK = BLOCKS["racetrack"]


@pytest.mark.simulation
@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("bare", [True, False], ids=["bare", "axi"])
def test_verilator_lint_finds_nothing_beyond_the_waivers(preset: str, bare: bool, tmp_path: Path) -> None:
    config, shell = PRESETS[preset], ShellConfig()
    name = BLOCK.name if bare else BLOCK.shell_name
    component = BLOCK.component(config) if bare else BLOCK.shell(config, shell)
    files = generate(name, component, config, tmp_path / "out", None if bare else shell).sizes
    assert ("registers.md" in files) == ("racetrack_registers.h" in files) == (not bare)
    done = lint(tmp_path / "out", name)
    assert (done.returncode, done.stderr) == (0, "")
