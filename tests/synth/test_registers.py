import re
import subprocess
from pathlib import Path

import pytest

from racelet.golden.adc import config as adc
from racelet.golden.bitlet import config as bitlet
from racelet.golden.dwcpwc.config import PRESETS
from racelet.golden.lib.config import ShellConfig
from racelet.golden.racetrack import config as racetrack
from racelet.hw.adc.registers import register_map as adc_registers
from racelet.hw.bitlet.registers import register_map as bitlet_registers
from racelet.hw.dwcpwc.registers import register_map
from racelet.hw.lib.registers import RegisterMap
from racelet.hw.racetrack.registers import register_map as racetrack_registers
from racelet.sim.lib.tb_axi_lite import MAP
from racelet.synth.registers import c_header, page, table

DWCPWC = register_map(PRESETS["small"], ShellConfig())
BITLET = bitlet_registers(bitlet.PRESETS["medium"], ShellConfig())
RACETRACK = racetrack_registers(racetrack.PRESETS["medium"], ShellConfig())
ADC = adc_registers(adc.PRESETS["small"], ShellConfig())
MAPS = {"sample": MAP, "dwcpwc": DWCPWC, "bitlet": BITLET, "racetrack": RACETRACK, "adc": ADC}


def compiled(source: str, folder: Path) -> subprocess.CompletedProcess[str]:
    (folder / "main.c").write_text(source)
    command = ["g++", "-x", "c", "-std=c99", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "main.c"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("registers", MAPS.values(), ids=MAPS)
def test_the_header_says_to_a_c_compiler_what_the_map_says(registers: RegisterMap, tmp_path: Path) -> None:
    name = f"{registers.name}_registers.h"
    (tmp_path / name).write_text(c_header(registers))
    lines = [f'#include "{name}"', f'#include "{name}"']
    for register in registers.registers:
        prefix = f"{registers.name}_{register.name}".upper()
        claims = [f"{prefix}_OFFSET == {register.offset}"]
        for field in register.fields:
            macro = f"{prefix}_{field.name.upper()}"
            claims += [f"{macro}_MASK == {field.mask}u", f"{macro}_SHIFT == {field.shift}"]
            claims += [f"{macro}_CONSTANT == {field.reset}u"] if field.constant else []
        lines += [f"typedef char {prefix}_{n}[({claim}) ? 1 : -1];" for n, claim in enumerate(claims)]
    done = compiled("\n".join(lines) + "\n", tmp_path)
    assert done.returncode == 0, done.stderr


def test_a_wrong_claim_would_be_noticed(tmp_path: Path) -> None:
    (tmp_path / "sample_registers.h").write_text(c_header(MAP))
    claim = '#include "sample_registers.h"\ntypedef char claim[(SAMPLE_HELD_OFFSET == 12) ? 1 : -1];\n'
    assert compiled(claim, tmp_path).returncode


def test_the_page_has_every_field_once() -> None:
    rows = [re.split(r" ?\| ?", line)[1:-1] for line in table(DWCPWC).splitlines()[2:]]
    assert len(rows) == sum(len(register.fields) for register in DWCPWC.registers)
    assert [int(row[0], 16) for row in rows if row[0].strip()] == [each.offset for each in DWCPWC.registers]
    assert table(DWCPWC) in page(DWCPWC)
