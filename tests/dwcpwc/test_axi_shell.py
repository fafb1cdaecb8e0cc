import dataclasses

import pytest

from racelet.golden.dwcpwc.config import PRESETS, DwcPwcConfig
from racelet.golden.lib.config import ShellConfig
from racelet.hw.dwcpwc.axi_shell import AxiShell
from racelet.hw.lib.verilog import ports
from racelet.sim.dwcpwc.tb_axi_shell import verify_shell
from racelet.sim.dwcpwc.tb_axi_shell_limits import verify
from tests.netlist import paths

OUTSIDE = dataclasses.replace(PRESETS["tiny"], store="stream")
LITTLE = ShellConfig(input_buffer_bytes=16, start_queue=1)


@pytest.mark.simulation
@pytest.mark.parametrize(
    ("config", "shell"),
    [(PRESETS["tiny"], ShellConfig()), (OUTSIDE, ShellConfig()), (PRESETS["small"], LITTLE)],
    ids=["tiny", "tiny with weights outside", "small with the least of everything"],
)
def test_programs_match_golden_through_axi(config: DwcPwcConfig, shell: ShellConfig) -> None:
    verify_shell(config, shell, seed=1)


@pytest.mark.simulation
def test_nothing_is_lost_where_a_buffer_or_a_count_ends() -> None:
    verify(PRESETS["tiny"], seed=1)


@pytest.mark.parametrize("config", [*PRESETS.values(), OUTSIDE], ids=[*PRESETS, "weights outside"])
def test_no_path_leads_from_an_input_to_an_output(config: DwcPwcConfig) -> None:
    assert paths(AxiShell(config, ShellConfig())) == set()


def test_the_ports_have_the_names_that_tools_know() -> None:
    found = {port.name: (port.direction, port.width) for port in ports(AxiShell(OUTSIDE, ShellConfig()))}
    assert found["s_axi_awaddr"] == ("in", 12)
    assert found["s_axi_rresp"] == ("out", 2)
    assert found["s_axis_program_tdata"] == ("in", 32)
    assert found["m_axis_o_tlast"] == ("out", 1)
    assert found["m_axis_weight_request_tdata"] == ("out", 40)
    assert found["s_axis_weights_tready"] == ("out", 1)
    assert not any("__" in name or "layer_cycles" in name for name in found)
