"""The pages on AXI shells say what the hardware is."""

import dataclasses
import enum
import re
from pathlib import Path
from typing import Any

import pytest
from amaranth.lib.wiring import Component

from racelet.golden.adc import config as adc
from racelet.golden.bitlet import config as bitlet
from racelet.golden.dwcpwc.config import PRESETS
from racelet.golden.lib.config import ShellConfig
from racelet.golden.racetrack import config as racetrack
from racelet.hw.adc.axi_shell import AxiShell as AdcShell
from racelet.hw.adc.column_path import ColumnPath
from racelet.hw.adc.registers import ShellError
from racelet.hw.bitlet.array import Array
from racelet.hw.bitlet.axi_shell import AxiShell as BitletShell
from racelet.hw.bitlet.layouts import RunError
from racelet.hw.dwcpwc.accelerator import Accelerator
from racelet.hw.dwcpwc.axi_shell import AxiShell
from racelet.hw.racetrack.axi_shell import AxiShell as RacetrackShell
from racelet.hw.racetrack.controller import Controller
from racelet.hw.racetrack.layouts import Error
from racelet.synth.registers import c_header, table
from tests.netlist import stored_bits
from tests.synth.test_registers import compiled

DOCS = Path(__file__).resolve().parents[2] / "docs"
NAMES = ("axi", "bitlet-axi", "racetrack-axi", "adc-axi")
PAGES = {name: (DOCS / f"{name}.md").read_text(encoding="utf-8") for name in NAMES}

SMALL = PRESETS["small"]
ARRAY = bitlet.PRESETS["small"]
TRACKS = racetrack.PRESETS["medium"]
COLUMNS = adc.PRESETS["small"]
SHELLS: dict[str, tuple[Any, Component]] = {
    "axi": (AxiShell(SMALL, ShellConfig()), Accelerator(SMALL)),
    "bitlet-axi": (BitletShell(ARRAY, ShellConfig()), Array(ARRAY)),
    "racetrack-axi": (RacetrackShell(TRACKS, ShellConfig()), Controller(TRACKS)),
    "adc-axi": (AdcShell(COLUMNS, ShellConfig()), ColumnPath(COLUMNS)),
}


@pytest.mark.parametrize("page", PAGES)
def test_the_registers_are_those_of_the_description(page: str) -> None:
    shown = PAGES[page].partition("<!-- registers -->\n")[2].partition("<!-- end -->")[0]
    assert shown == f"\n{table(SHELLS[page][0].registers)}\n"


@pytest.mark.parametrize("page", PAGES)
def test_every_stream_is_listed(page: str) -> None:
    shell = SHELLS[page][0]
    if page == "axi":
        shell = AxiShell(dataclasses.replace(SMALL, store="stream"), ShellConfig())
    names = [f"s_axis_{name}" for name in shell.input_widths] + [f"m_axis_{name}" for name in shell.output_widths]
    assert sorted(re.findall(r"^\| `([sm]_axis_\w+)` \|", PAGES[page], re.MULTILINE)) == sorted(names)


@pytest.mark.parametrize("page", PAGES)
def test_the_example_compiles(page: str, tmp_path: Path) -> None:
    registers = SHELLS[page][0].registers
    (tmp_path / f"{registers.name}_registers.h").write_text(c_header(registers))
    (source,) = re.findall(r"```c\n(.*?)```", PAGES[page], re.DOTALL)
    done = compiled(source, tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", NAMES[1:])
def test_the_example_in_python_runs(page: str) -> None:
    (source,) = re.findall(r"```python\n(.*?)```", PAGES[page], re.DOTALL)
    exec(compile(source, f"docs/{page}.md", "exec"), {})


def test_the_defaults_of_the_shell_are_told() -> None:
    for field in dataclasses.fields(ShellConfig):
        assert f"| `{field.name}` | {getattr(ShellConfig(), field.name):,} |" in PAGES["axi"]


@pytest.mark.parametrize(
    ("page", "errors"), [("bitlet-axi", RunError), ("racetrack-axi", Error), ("adc-axi", ShellError)]
)
def test_the_errors_are_told(page: str, errors: type[enum.Enum]) -> None:
    told = re.findall(r"^\| (\d+) \| `([A-Z_]+)` \|", PAGES[page], re.MULTILINE)
    assert told == [(str(each.value), each.name) for each in errors if each.name != "NONE"]


@pytest.mark.parametrize("page", PAGES)
def test_what_the_shell_costs_is_told(page: str) -> None:
    with_shell, core = (stored_bits(each) for each in SHELLS[page])
    flipflops, memory = (more - without for more, without in zip(with_shell, core, strict=True))
    assert f"{flipflops} flip-flops and {memory:,} bits of memory" in PAGES[page]
