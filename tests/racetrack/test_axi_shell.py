import dataclasses

import pytest

from racelet.golden.lib.config import ShellConfig
from racelet.golden.racetrack.config import PRESETS, RacetrackConfig
from racelet.hw.lib.verilog import ports
from racelet.hw.racetrack.axi_shell import AxiShell
from racelet.sim.racetrack.tb_axi_shell import verify_shell
from tests.netlist import paths

PLAIN = RacetrackConfig(word_bits=9, ports=3, engines=("naive", "cw"), clock_ghz=4)
SEVERAL = RacetrackConfig(
    word_bits=8,
    ports=9,
    words_per_port=3,
    tracks=3,
    engines=("cw", "dcw", "cw_known", "pw"),
    sweep=True,
    journal=True,
)
CONFIGS = {
    "plain": (PLAIN, ShellConfig(input_buffer_bytes=32)),
    "several": (SEVERAL, ShellConfig(input_buffer_bytes=128)),
    "tiny": (PRESETS["tiny"], ShellConfig()),
    "small": (PRESETS["small"], ShellConfig()),
}


@pytest.mark.simulation
@pytest.mark.parametrize(("config", "shell"), CONFIGS.values(), ids=CONFIGS)
def test_commands_match_golden(config: RacetrackConfig, shell: ShellConfig) -> None:
    verify_shell(config, shell, seed=1)


def test_no_path_leads_from_an_input_to_an_output_but_to_the_journal() -> None:
    assert paths(AxiShell(PLAIN, ShellConfig())) == set()
    assert paths(AxiShell(SEVERAL, ShellConfig())) == {
        ("device__bit", "journal__value"),
        ("device__fault", "journal__write"),
        ("journal__stored", "journal__value"),
        ("journal__stored", "journal__write"),
    }


def test_the_ports_are_those_that_tools_infer_interfaces_from() -> None:
    found = {port.name: (port.direction, port.width) for port in ports(AxiShell(SEVERAL, ShellConfig()))}
    assert found["s_axis_command_tdata"] == ("in", 128)
    assert found["m_axis_response_tdata"] == ("out", 32)
    assert found["m_axis_swept_tdata"] == ("out", 16)
    assert {"aclk", "aresetn", "irq", "s_axi_awaddr", "s_axis_command_tlast", "m_axis_swept_tlast"} <= found.keys()
    assert {"device__strobe", "device__bits", "journal__stored"} <= found.keys()


def test_a_beat_has_a_power_of_two_of_bytes() -> None:
    known = dataclasses.replace(PLAIN, word_bits=64, engines=("cw_known",))
    assert (known.command_bytes, known.response_bytes, known.swept_bytes) == (32, 16, 1)
    for config in PRESETS.values():
        assert config.command_bytes == 16 or config.word_bytes == 8
        assert config.swept_bytes * 8 >= config.ports


def test_a_buffer_that_holds_no_two_commands_is_refused() -> None:
    with pytest.raises(ValueError, match=r"input_buffer_bytes must be at least 64 \(two commands\), not 32"):
        AxiShell(PRESETS["large"], ShellConfig(input_buffer_bytes=32))
