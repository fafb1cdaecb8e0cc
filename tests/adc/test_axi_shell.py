import dataclasses

import numpy as np
import pytest

from racelet.golden.adc.config import PRESETS, AdcConfig
from racelet.golden.adc.packets import input_bytes
from racelet.golden.dwcpwc.dot_engine import DotBeat
from racelet.golden.lib.config import ShellConfig
from racelet.hw.adc.axi_shell import AxiShell
from racelet.hw.lib.verilog import ports
from racelet.sim.adc import tb_axi_shell_activations
from racelet.sim.adc.tb_axi_shell import verify_shells
from tests.netlist import paths

SEARCHING = AdcConfig(
    bits=3,
    vote=True,
    settle=1,
    dac_bits=6,
    signed=False,
    input_lanes=6,
    word_lines=2,
    output_lanes=1,
    adcs_per_table=2,
    group_tables=True,
    input_bits=3,
    signed_inputs=True,
    weight_bits=4,
    accumulator_bits=8,
    slots=3,
    calibration_reads=1,
    cells_seed=4,
)
"""Numbers of tables, groups and slots of which some bits name none."""
FLASH = dataclasses.replace(PRESETS["tiny"], noise=False, cells_seed=3, accumulator_bits=8)
CONFIGS = {
    "searching": (SEARCHING, ShellConfig(input_buffer_bytes=64)),
    "flash": (FLASH, ShellConfig(input_buffer_bytes=128)),
}


@pytest.mark.simulation
@pytest.mark.parametrize(("config", "shell"), CONFIGS.values(), ids=CONFIGS)
def test_sums_match_golden(config: AdcConfig, shell: ShellConfig) -> None:
    verify_shells({"": (config, shell)}, seed=1)


@pytest.mark.simulation
@pytest.mark.parametrize("name", ["wide", "searching"])
def test_activations_match_golden(name: str) -> None:
    wide = dataclasses.replace(FLASH, accumulator_bits=32, output_bits=3)
    config = wide if name == "wide" else dataclasses.replace(SEARCHING, requantize="multiplier", channel_rows=64)
    tb_axi_shell_activations.verify_shells({"": (config, ShellConfig())}, seed=1)


@pytest.mark.simulation
def test_activations_of_a_preset_match_golden() -> None:
    tb_axi_shell_activations.verify(PRESETS["tiny"], seed=1)


def test_no_path_leads_from_an_input_to_an_output() -> None:
    assert paths(AxiShell(FLASH, ShellConfig())) == set()
    assert paths(AxiShell(SEARCHING, ShellConfig())) == set()


def test_the_ports_are_those_that_tools_infer_interfaces_from() -> None:
    found = {port.name: (port.direction, port.width) for port in ports(AxiShell(SEARCHING, ShellConfig()))}
    # Flags, slot, six activations of 3 bits and six weights of 4 bits; a sum.
    assert found["s_axis_i_tdata"] == ("in", 8 * (2 + 3 + 3))
    assert found["m_axis_o_tdata"] == ("out", 8)
    assert found["m_axis_a_tdata"] == ("out", 8)
    assert {
        "aclk",
        "aresetn",
        "irq",
        "s_axi_awaddr",
        "s_axis_i_tlast",
        "m_axis_o_tlast",
        "m_axis_a_tlast",
    } <= found.keys()


def test_a_buffer_that_holds_no_two_beats_is_refused() -> None:
    with pytest.raises(ValueError, match=r"input_buffer_bytes must be at least 1092 \(two beats\), not 1024"):
        AxiShell(PRESETS["large"], ShellConfig(input_buffer_bytes=1024))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"slot": 3}, r"^slot must be in 0\.\.2, not \[3\]$"),
        ({"activations": np.array([0, 0, 4, 0, 0, 0])}, r"^activations must be in -4\.\.3, not \[0, 0, 4, 0, 0, 0\]$"),
        ({"weights": np.array([[0, 0, 0, 0, 0, -9]])}, r"^weights must be in -8\.\.7, not \[0, 0, 0, 0, 0, -9\]$"),
    ],
)
def test_numbers_that_do_not_fit_are_named(change: dict[str, object], message: str) -> None:
    beat = DotBeat(activations=np.zeros(6, np.int8), weights=np.zeros((1, 6), np.int8), slot=0, first=1, last=1)
    with pytest.raises(ValueError, match=message):
        input_bytes([dataclasses.replace(beat, **change)], SEARCHING)


def test_a_row_that_there_is_not_is_named() -> None:
    beat = DotBeat(activations=np.zeros(6, np.int8), weights=np.zeros((1, 6), np.int8), slot=0, first=1, last=1)
    with pytest.raises(ValueError, match=r"^row must be in 0\.\.3, not \[4\]$"):
        input_bytes([beat], SEARCHING, [4])


def test_sums_have_the_fewest_bytes_that_hold_them() -> None:
    sizes = [AdcConfig(accumulator_bits=bits).sum_bytes for bits in (8, 9, 16, 17, 24, 32)]
    assert sizes == [1, 2, 2, 4, 4, 4]
