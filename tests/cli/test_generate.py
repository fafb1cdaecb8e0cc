import json
from pathlib import Path

import pytest
from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from racelet.cli.blocks import Block
from racelet.cli.main import main


class Inverter(wiring.Component):
    """Invert every bit."""

    i: Signal
    o: Signal

    def __init__(self, width: int) -> None:
        super().__init__({"i": In(width), "o": Out(width)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.d.comb += self.o.eq(~self.i)
        return m


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small component in place of the block's own: these tests are about the verb."""
    monkeypatch.setattr(Block, "component", lambda _, config: Inverter(config.input_lanes))


def test_the_config_asked_for_is_the_one_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('preset = "large"\nlayers = 7\n')
    out = tmp_path / "out"
    assert main(["generate", "dwcpwc", "--config", str(file), "--set", "channels=64", "-o", str(out)]) == 0
    config = json.loads((out / "manifest.json").read_text())["config"]
    assert (config["input_lanes"], config["layers"], config["channels"]) == (16, 7, 64)
    shown = capsys.readouterr().out
    assert all(path.name in shown for path in out.iterdir())


def test_json_is_the_manifest_and_the_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generate", "dwcpwc", "--preset", "tiny", "-o", str(tmp_path), "--json", "-"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["folder"] == str(tmp_path)
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest.items() <= printed.items()


def test_a_wrong_field_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert main(["generate", "dwcpwc", "--set", "input_lanes=5", "-o", str(out)]) == 2
    assert "DwcPwcConfig.input_lanes must be one of 4, 8, 16, 32, not 5" in capsys.readouterr().err
    assert not out.exists()


def test_a_file_of_someone_else_is_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "dwcpwc.v").write_text("mine")
    assert main(["generate", "dwcpwc", "-o", str(tmp_path)]) == 2
    assert "was not written by racelet" in capsys.readouterr().err
    assert (tmp_path / "dwcpwc.v").read_text() == "mine"
