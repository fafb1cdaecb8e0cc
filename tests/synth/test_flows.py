import json
import subprocess
from pathlib import Path

import pytest

pytest.importorskip("tkinter", reason="this Python has no Tcl, in which the scripts are; on Debian: python3-tk")

from racelet.synth.flows import vivado_script
from racelet.synth.verilog import generate
from tests.synth import tools
from tests.synth.test_verilog import TINY, Adder, Shape, lint, written


def fusesoc(folder: Path, target: str, block: str) -> subprocess.CompletedProcess[str]:
    """Build a generated block with FuseSoC; the results are in ``folder / "build"``."""
    environment = tools.environment(folder / "bin")
    command = [str(tools.SCRIPTS / "fusesoc"), "--cores-root", "out", "run", "--target", target, "--work-root", "build"]
    return subprocess.run([*command, block], cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.simulation
@pytest.mark.parametrize("bare", [True, False], ids=["bare", "axi"])
def test_fusesoc_lints_the_accelerator(bare: bool, tmp_path: Path) -> None:
    block = written(tmp_path / "out", TINY, bare=bare)
    done = fusesoc(tmp_path, "lint", block)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "%Warning" not in done.stdout + done.stderr


@pytest.mark.simulation
def test_fusesoc_refuses_what_the_lint_finds(tmp_path: Path) -> None:
    generate("adder", Adder(Shape()), Shape(), tmp_path / "out")
    text = (tmp_path / "out/adder.v").read_text()
    (tmp_path / "out/adder.v").write_text(text.replace("endmodule", "  wire [7:0] word = nothing;\nendmodule"))
    done = fusesoc(tmp_path, "lint", "adder")
    assert done.returncode == 1
    assert "nothing" in done.stdout + done.stderr


def test_fusesoc_builds_for_ecp5(tmp_path: Path) -> None:
    generate("adder", Adder(Shape()), Shape(), tmp_path / "out")
    done = fusesoc(tmp_path, "ecp5", "adder")
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    report = json.loads((tmp_path / "build/report.json").read_text())
    # Nine registers of the adder, eleven inputs with the reset, ten outputs, and one per pin: none is lost.
    assert report["utilization"]["TRELLIS_FF"]["used"] == 9 + (11 + 1) + (10 + 1)
    assert [clock["achieved"] > 100 for clock in report["fmax"].values()] == [True]
    assert list((tmp_path / "build").glob("*.bit"))


@pytest.mark.simulation
def test_the_block_behind_four_pins_passes_the_lint(tmp_path: Path) -> None:
    generate("adder", Adder(Shape()), Shape(), tmp_path)
    done = lint(tmp_path, "adder_pins", "-Wno-UNUSEDSIGNAL", "adder.v")
    assert (done.returncode, done.stderr) == (0, "")


def test_vivado_gets_its_commands_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    generate("adder", Adder(Shape()), Shape(), tmp_path / "out")
    monkeypatch.chdir(tmp_path)
    found = tools.commands(tmp_path / "out/adder.tcl")
    assert found == [
        ("create_project", "-in_memory", "-part", "xc7a100tcsg324-1"),
        ("read_verilog", str(tmp_path / "out/adder.v")),
        ("read_xdc", "-mode", "out_of_context", "adder_ooc.xdc"),
        ("synth_design", "-top", "adder", "-part", "xc7a100tcsg324-1", "-mode", "out_of_context"),
        ("write_checkpoint", "-force", "adder_synth.dcp"),
        ("report_utilization", "-hierarchical", "-file", "adder_utilization.rpt"),
        ("report_timing_summary", "-file", "adder_timing.rpt"),
    ]
    constraints = tools.commands(tmp_path / "adder_ooc.xdc")
    assert constraints == [("get_ports", "clk"), ("create_clock", "-name", "clk", "-period", "10.0", "")]


def test_vivado_takes_part_and_period(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "core.tcl").write_text(vivado_script("core", "aclk"))
    found = tools.commands("core.tcl", ["xczu7ev-ffvc1156-2-e", "4"])
    assert found[0] == ("create_project", "-in_memory", "-part", "xczu7ev-ffvc1156-2-e")
    assert (tmp_path / "core_ooc.xdc").read_text() == "create_clock -name aclk -period 4 [get_ports aclk]\n"
    with pytest.raises(Exception, match="PERIOD_NS must be a number above 0, not fast"):
        tools.commands("core.tcl", ["xc7a35tcpg236-1", "fast"])


def test_vivado_gets_no_clock_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gates.tcl").write_text(vivado_script("gates", None))
    assert [words[0] for words in tools.commands("gates.tcl")][1:3] == ["read_verilog", "synth_design"]
    assert not (tmp_path / "gates_ooc.xdc").exists()
