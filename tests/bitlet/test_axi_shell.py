import pytest

from racelet.golden.bitlet.config import PRESETS, BitletConfig
from racelet.golden.lib.config import ShellConfig
from racelet.hw.bitlet.axi_shell import AxiShell
from racelet.hw.lib.verilog import ports
from racelet.sim.bitlet.tb_axi_shell import verify_shell
from tests.netlist import paths

TALL = BitletConfig(formats=("int3",), window=8, load=4, lanes=4, rows=3, columns=2, terms=40)
MIXED = BitletConfig(formats=("int4", "bf16"), window=8, load=4, lanes=8, columns=2, terms=300)
CONFIGS = {
    "tall": (TALL, ShellConfig(input_buffer_bytes=64, start_queue=1)),
    "mixed": (MIXED, ShellConfig(input_buffer_bytes=1024, start_queue=3)),
    "small": (PRESETS["small"], ShellConfig()),
}


@pytest.mark.simulation
@pytest.mark.parametrize(("config", "shell"), CONFIGS.values(), ids=CONFIGS)
def test_runs_match_golden(config: BitletConfig, shell: ShellConfig) -> None:
    verify_shell(config, shell, seed=1)


def test_no_path_leads_from_an_input_to_an_output() -> None:
    assert paths(AxiShell(TALL, ShellConfig())) == set()


def test_the_ports_are_those_that_tools_infer_interfaces_from() -> None:
    found = {port.name: (port.direction, port.width) for port in ports(AxiShell(TALL, ShellConfig()))}
    # Two bytes of weights for each of two columns, of activations for each of three rows; results of two columns.
    assert found["s_axis_i_tdata"] == ("in", 8 * 2 * 5)
    assert found["m_axis_o_tdata"] == ("out", 16 * 2)
    assert {"aclk", "aresetn", "irq", "s_axi_awaddr", "s_axis_i_tlast", "m_axis_o_tlast"} <= found.keys()


def test_a_buffer_that_holds_no_two_beats_is_refused() -> None:
    wide = BitletConfig(rows=4, columns=4)
    with pytest.raises(ValueError, match=r"input_buffer_bytes must be at least 128 \(two beats of input\), not 64"):
        AxiShell(wide, ShellConfig(input_buffer_bytes=64))
