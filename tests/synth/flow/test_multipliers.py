import copy
import json
from typing import Any

import pytest

from racelet.synth.flow.devices import DEVICES
from racelet.synth.flow.multipliers import MULTIPLIER, absorb_products
from racelet.synth.flow.netlist import synthesize
from racelet.synth.flow.users import REGISTER
from tests.synth.flow.samples import MultiplyAdd

Module = dict[str, Any]


@pytest.fixture(scope="module")
def synthesised() -> Module:
    netlist = synthesize(MultiplyAdd(), DEVICES["ecp5-25k"])
    return json.loads(netlist.file.read_text(encoding="utf-8"))["modules"]["top"]


@pytest.fixture
def module(synthesised: Module) -> Module:
    return copy.deepcopy(synthesised)


def of_type(module: Module, kind: str) -> list[Any]:
    return [cell for cell in module["cells"].values() if cell["type"] == kind]


def product(module: Module) -> list[Any]:
    """The registers behind the multiplier's bits."""
    (multiplier,) = of_type(module, MULTIPLIER)
    bits = {bits[0] for port, bits in multiplier["connections"].items() if port.startswith("P")}
    return [cell for cell in of_type(module, REGISTER) if cell["connections"]["DI"][0] in bits]


def test_a_product_goes_into_the_multiplier(module: Module) -> None:
    before, registers = len(of_type(module, REGISTER)), product(module)
    outputs = {cell["connections"]["Q"][0] for cell in registers}
    clock = registers[0]["connections"]["CLK"]
    assert len(registers) == 16
    assert absorb_products(module) == len(registers)
    assert len(of_type(module, REGISTER)) == before - len(registers)
    (multiplier,) = of_type(module, MULTIPLIER)
    pins = multiplier["connections"]
    assert outputs <= {bits[0] for port, bits in pins.items() if port.startswith("P")}
    assert multiplier["parameters"]["REG_OUTPUT_CLK"] == "CLK0"
    assert pins["CLK0"] == clock
    assert absorb_products(module) == 0


@pytest.mark.parametrize("pin", ["CE", "LSR", "CLK"])
def test_registers_that_differ_stay(module: Module, pin: str) -> None:
    cell = product(module)[3]
    cell["parameters"] |= {"CEMUX": "CE", "LSRMUX": "LSR"}
    cell["connections"][pin] = [99999]
    cell["port_directions"][pin] = "input"
    assert absorb_products(module) == 0


def test_registers_that_are_set_to_one_stay(module: Module) -> None:
    for cell in product(module):
        cell["parameters"]["REGSET"] = "SET"
    assert absorb_products(module) == 0


def test_a_product_that_goes_elsewhere_too_stays(module: Module) -> None:
    bit = product(module)[0]["connections"]["DI"]
    module["ports"]["more"] = {"direction": "output", "bits": bit}
    assert absorb_products(module) == 0
