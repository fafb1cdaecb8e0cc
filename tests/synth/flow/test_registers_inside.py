"""Registers that multipliers and block memories take in: factors and words. Products: test_multipliers."""

import copy
import json
from typing import Any

import pytest

from racelet.synth.flow.block_memories import MEMORY, absorb_words
from racelet.synth.flow.devices import DEVICES
from racelet.synth.flow.multipliers import MULTIPLIER, absorb_factors
from racelet.synth.flow.netlist import synthesize
from racelet.synth.flow.users import REGISTER
from tests.synth.flow.samples import ReadMultiply

Module = dict[str, Any]


@pytest.fixture(scope="module")
def synthesised() -> Module:
    netlist = synthesize(ReadMultiply(), DEVICES["ecp5-25k"])
    return json.loads(netlist.file.read_text(encoding="utf-8"))["modules"]["top"]


@pytest.fixture
def module(synthesised: Module) -> Module:
    return copy.deepcopy(synthesised)


def of_type(module: Module, kind: str) -> list[Any]:
    return [cell for cell in module["cells"].values() if cell["type"] == kind]


def registers(module: Module, signal: str) -> list[Any]:
    return [cell for name, cell in module["cells"].items() if cell["type"] == REGISTER and name.startswith(signal)]


def words(module: Module) -> list[Any]:
    """The registers behind the memory's bits."""
    (memory,) = of_type(module, MEMORY)
    read = {wires[0] for port, wires in memory["connections"].items() if port.startswith("DO")}
    return [cell for cell in of_type(module, REGISTER) if cell["connections"]["DI"][0] in read]


def bits(cells: list[Any], port: str) -> set[int]:
    return {cell["connections"][port][0] for cell in cells}


def inputs(multiplier: Any, side: str) -> set[Any]:
    return {wires[0] for port, wires in multiplier["connections"].items() if port[0] == side and port[1:].isdigit()}


def test_factors_go_into_the_multipliers_a_shared_one_into_both(module: Module) -> None:
    multipliers = of_type(module, MULTIPLIER)
    factor, weights = registers(module, "factor"), registers(module, "weights")
    before = bits([*factor, *weights], "DI")
    assert len(multipliers) == 2
    assert absorb_factors(module) == len(factor) + len(weights) == 24
    assert not registers(module, "factor")
    for multiplier in multipliers:
        sides = [{bit for bit in inputs(multiplier, side) if isinstance(bit, int)} for side in "AB"]
        assert bits(factor, "DI") in sides
        assert sides[0] | sides[1] <= before
        for number, side in enumerate("AB", start=1):
            assert multiplier["parameters"][f"REG_INPUT{side}_CLK"] == "CLK0"
            assert multiplier["parameters"][f"REG_INPUT{side}_CE"] == f"CE{number}"
            assert multiplier["connections"][f"CE{number}"] == ["1"]
            assert multiplier["connections"]["CLK0"] == factor[0]["connections"]["CLK"]
    assert absorb_factors(module) == 0


def test_factors_that_go_elsewhere_too_stay_with_all_that_share_them(module: Module) -> None:
    module["ports"]["more"] = {"direction": "output", "bits": registers(module, "factor")[0]["connections"]["Q"]}
    assert absorb_factors(module) == 0


@pytest.mark.parametrize("pin", ["CE", "LSR", "CLK"])
def test_factors_that_differ_stay(module: Module, pin: str) -> None:
    cell = registers(module, "factor")[2]
    cell["parameters"] |= {"CEMUX": "CE", "LSRMUX": "LSR"}
    cell["connections"][pin] = [99999]
    cell["port_directions"][pin] = "input"
    assert absorb_factors(module) == 0


def test_words_go_into_the_memory(module: Module) -> None:
    kept = words(module)
    (memory,) = of_type(module, MEMORY)
    assert absorb_words(module) == len(kept) == 16
    assert not bits(kept, "Q") & bits(of_type(module, REGISTER), "Q")
    assert [memory["parameters"][f"REGMODE_{side}"] for side in "AB"].count("OUTREG") == 1
    side = "AB"[memory["parameters"]["REGMODE_B"] == "OUTREG"]
    assert bits(kept, "Q") <= {wires[0] for port, wires in memory["connections"].items() if port[:3] == f"DO{side}"}
    assert memory["connections"][f"OCE{side}"] == ["1"]
    assert absorb_words(module) == 0


def test_the_enable_of_words_becomes_that_of_the_memory_s_register(module: Module) -> None:
    for cell in words(module):
        cell["parameters"]["CEMUX"] = "CE"
        cell["connections"]["CE"] = [77777]
        cell["port_directions"]["CE"] = "input"
    assert absorb_words(module) == 16
    (memory,) = of_type(module, MEMORY)
    assert [77777] in [memory["connections"]["OCEA"], memory["connections"]["OCEB"]]


@pytest.mark.parametrize("change", [{"LSR": [99999]}, {"CLK": [99999]}])
def test_words_with_a_reset_or_another_clock_stay(module: Module, change: dict[str, list[int]]) -> None:
    for cell in words(module):
        cell["parameters"]["LSRMUX"] = "LSR"
        cell["connections"] |= change
        cell["port_directions"] |= dict.fromkeys(change, "input")
    assert absorb_words(module) == 0
