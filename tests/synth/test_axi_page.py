"""The page docs/axi.md says what the hardware is."""

import dataclasses
import re
from pathlib import Path

from racelet.golden.dwcpwc.config import PRESETS
from racelet.golden.lib.config import ShellConfig
from racelet.hw.dwcpwc.accelerator import Accelerator
from racelet.hw.dwcpwc.axi_shell import AxiShell
from racelet.hw.dwcpwc.registers import register_map
from racelet.synth.registers import c_header, table
from tests.netlist import stored_bits
from tests.synth.test_registers import compiled

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "axi.md").read_text(encoding="utf-8")

SMALL = PRESETS["small"]


def test_the_registers_are_those_of_the_description() -> None:
    shown = PAGE.partition("<!-- registers -->\n")[2].partition("<!-- end -->")[0]
    assert shown == f"\n{table(register_map(SMALL, ShellConfig()))}\n"


def test_every_stream_is_listed() -> None:
    shell = AxiShell(dataclasses.replace(SMALL, store="stream"), ShellConfig())
    names = [f"s_axis_{name}" for name in shell.input_widths] + [f"m_axis_{name}" for name in shell.output_widths]
    assert sorted(re.findall(r"^\| `([sm]_axis_\w+)` \|", PAGE, re.MULTILINE)) == sorted(names)


def test_the_example_compiles(tmp_path: Path) -> None:
    header = c_header(register_map(SMALL, ShellConfig()))
    (tmp_path / "dwcpwc_registers.h").write_text(header)
    (source,) = re.findall(r"```c\n(.*?)```", PAGE, re.DOTALL)
    done = compiled(source, tmp_path)
    assert done.returncode == 0, done.stderr


def test_the_defaults_of_the_shell_are_told() -> None:
    for field in dataclasses.fields(ShellConfig):
        assert f"| `{field.name}` | {getattr(ShellConfig(), field.name):,} |" in PAGE


def test_what_the_shell_costs_is_told() -> None:
    core, shell = (stored_bits(each) for each in (Accelerator(SMALL), AxiShell(SMALL, ShellConfig())))
    flipflops, memory = (with_shell - without for with_shell, without in zip(shell, core, strict=True))
    assert f"{flipflops} flip-flops and {memory:,} bits of memory" in PAGE
