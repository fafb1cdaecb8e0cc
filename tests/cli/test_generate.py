import dataclasses
import json
from pathlib import Path

import pytest
from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from racelet.cli.blocks import BLOCKS, Block
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
    monkeypatch.setattr(Block, "shell", lambda *arguments: Inverter(arguments[-1].start_queue))


def test_the_config_asked_for_is_the_one_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('preset = "large"\nlayers = 7\n')
    out = tmp_path / "out"
    assert main(["generate", "dwcpwc", "--config", str(file), "--set", "channels=64", "-o", str(out)]) == 0
    config = json.loads((out / "manifest.json").read_text())["config"]
    assert (config["input_lanes"], config["layers"], config["channels"]) == (16, 7, 64)
    shown = capsys.readouterr().out
    assert all(path.name in shown for path in out.iterdir())


def test_the_shell_is_written_unless_the_core_is_asked_for(tmp_path: Path) -> None:
    assert main(["generate", "dwcpwc", "-o", str(tmp_path / "axi")]) == 0
    assert main(["generate", "dwcpwc", "--bare", "-o", str(tmp_path / "bare")]) == 0
    assert (tmp_path / "axi" / "dwcpwc_axi.v").exists()
    assert (tmp_path / "bare" / "dwcpwc.v").exists()
    manifests = [json.loads((tmp_path / name / "manifest.json").read_text()) for name in ("axi", "bare")]
    assert [manifest["block"] for manifest in manifests] == ["dwcpwc_axi", "dwcpwc"]
    assert "shell" not in manifests[1]


def test_the_shell_is_set_in_the_file_and_on_the_command_line(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("layers = 7\n[shell]\nstart_queue = 2\ninput_buffer_bytes = 64\n")
    out = tmp_path / "out"
    settings = ["--set", "shell.start_queue=3", "--set", "channels=64"]
    assert main(["generate", "dwcpwc", "--config", str(file), *settings, "-o", str(out)]) == 0
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["shell"] == {"input_buffer_bytes": 64, "start_queue": 3}
    assert (manifest["config"]["layers"], manifest["config"]["channels"]) == (7, 64)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--set", "shell.start_queue=0"], "ShellConfig.start_queue must be in 1..15, not 0"),
        (
            ["--set", "shell.queue=1"],
            "a field of ShellConfig must be one of input_buffer_bytes, start_queue, not queue",
        ),
        (["--bare", "--set", "shell.start_queue=1"], "--bare writes no shell"),
    ],
)
def test_a_wrong_shell_is_named(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["generate", "dwcpwc", *arguments, "-o", str(tmp_path / "out")]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_block_without_a_shell_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(BLOCKS, "dwcpwc", dataclasses.replace(BLOCKS["dwcpwc"], shell_class=""))
    assert main(["generate", "dwcpwc", "-o", str(tmp_path / "out")]) == 2
    assert "dwcpwc has no AXI shell yet: add --bare" in capsys.readouterr().err


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
    (tmp_path / "dwcpwc_axi.v").write_text("mine")
    assert main(["generate", "dwcpwc", "-o", str(tmp_path)]) == 2
    assert "was not written by racelet" in capsys.readouterr().err
    assert (tmp_path / "dwcpwc_axi.v").read_text() == "mine"
