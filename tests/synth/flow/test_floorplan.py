import itertools
import json
import random
from typing import Any

import numpy as np
import pytest

from racelet.synth.flow import floorplan as flow
from racelet.synth.flow.devices import DEVICES
from racelet.synth.flow.floorplan import floorplan
from racelet.synth.flow.netlist import TOP, synthesize
from racelet.synth.flow.place import place
from racelet.synth.flow.prepare import FILE, prepare
from racelet.synth.flow.sites import Site, sites
from tests.synth.flow.samples import MultiplyAdd

ECP5 = [name for name in DEVICES if name.startswith("ecp5")]
MEMORY, MULTIPLIER = "DP16KD", "MULT18X18D"
LINE = {MEMORY: [Site(x=4 * k, y=0, name=f"M{k}") for k in range(6)]}


def _module(links: list[tuple[str, ...]], kinds: dict[str, str]) -> dict[str, Any]:
    """A netlist with a net for each tuple of cells; those without a kind are look-up tables."""
    cells: dict[str, Any] = {}
    for bit, ends in enumerate(links, 2):
        for number, name in enumerate(ends):
            cell = cells.setdefault(name, {"type": kinds.get(name, "LUT4"), "connections": {}})
            cell["connections"][f"{bit}.{number}"] = [bit]
    return {"cells": cells}


def _random_module(rng: random.Random, memories: int, tables: int, nets: int) -> dict[str, Any]:
    names = [f"m{k}" for k in range(memories)] + [f"t{k}" for k in range(tables)]
    links = [tuple(rng.sample(names, rng.choice((2, 2, 3, 4, 9)))) for _ in range(nets)]
    # A ring, so that all hang together.
    links += list(zip(names, [*names[1:], names[0]], strict=True))
    return _module(links, dict.fromkeys(names[:memories], MEMORY))


def _energy(module: dict[str, Any], places: dict[str, int]) -> float:
    """Least sum of squared lengths along a line, every net as wires between all its pins, by dense algebra."""
    names = list(module["cells"])
    form = np.zeros((len(names), len(names)))
    nets: dict[int, set[int]] = {}
    for number, name in enumerate(names):
        for (bit,) in module["cells"][name]["connections"].values():
            nets.setdefault(bit, set()).add(number)
    for ends in nets.values():
        for a, b in itertools.combinations(sorted(ends), 2):
            weight = 1 / (len(ends) - 1)
            form[[a, b], [a, b]] += weight
            form[[a, b], [b, a]] -= weight
    fixed = [names.index(name) for name in places]
    free = [k for k in range(len(names)) if k not in fixed]
    at = np.zeros(len(names))
    at[fixed] = list(places.values())
    at[free] = np.linalg.solve(form[np.ix_(free, free)], -form[np.ix_(free, fixed)] @ at[fixed])
    return float(at @ form @ at)


@pytest.mark.parametrize("seed", range(4))
def test_no_other_choice_of_sites_is_better(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    monkeypatch.setattr(flow, "ROUNDS", 1)
    module = _random_module(random.Random(seed), memories=5, tables=12, nets=20)
    found = floorplan(module, LINE)
    choices = itertools.permutations(LINE[MEMORY], 5)
    best = min(_energy(module, {f"m{k}": site.x for k, site in enumerate(choice)}) for choice in choices)
    assert _energy(module, {name: site.x for name, site in found.items()}) == pytest.approx(best, rel=1e-4)


def test_wires_count_by_their_length_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    # Three wires to the left, two to the right: by squares the middle is weighted, by lengths the left end is best.
    sites = {"LEFT": [Site(x=0, y=0, name="left")], "RIGHT": [Site(x=60, y=0, name="right")]}
    sites["MIDDLE"] = [Site(x=x, y=0, name=f"M{x}") for x in range(4, 60, 4)]
    links = [("left", "middle")] * 3 + [("right", "middle")] * 2
    module = _module(links, {"left": "LEFT", "right": "RIGHT", "middle": "MIDDLE"})
    assert floorplan(module, sites)["middle"].x < 16
    monkeypatch.setattr(flow, "ROUNDS", 1)
    assert floorplan(module, sites)["middle"].x == 24


def test_the_same_netlist_has_the_same_sites_again() -> None:
    module = _random_module(random.Random(7), memories=6, tables=30, nets=60)
    assert floorplan(module, LINE) == floorplan(module, LINE)
    assert len(set(floorplan(module, LINE).values())) == 6


def test_a_netlist_without_such_cells_needs_no_sites() -> None:
    assert floorplan(_module([("a", "b")], {}), LINE) == {}


def test_cells_with_nothing_between_them_lie_side_by_side() -> None:
    found = floorplan(_module([("m0", "m1")], {"m0": MEMORY, "m1": MEMORY}), LINE)
    assert abs(found["m0"].x - found["m1"].x) == 4


def test_more_cells_than_sites_are_refused() -> None:
    names = [f"m{k}" for k in range(7)]
    module = _module([tuple(names)], dict.fromkeys(names, MEMORY))
    with pytest.raises(ValueError, match="7 cells for 6 sites of kind DP16KD"):
        floorplan(module, LINE)


@pytest.mark.parametrize("name", ECP5)
def test_the_tool_tells_as_many_sites_as_the_device_has(name: str) -> None:
    device = DEVICES[name]
    found = sites(device)
    assert {kind: len(set(each)) for kind, each in found.items()} == {
        MEMORY: device.capacity["bram"],
        MULTIPLIER: device.capacity["dsp"],
    }


def test_the_tool_takes_the_sites_that_were_chosen() -> None:
    device = DEVICES["ecp5-25k"]
    prepared = prepare(synthesize(MultiplyAdd(copies=3), device), device)
    cells = json.loads((prepared / FILE).read_text(encoding="utf-8"))["modules"][TOP]["cells"]
    chosen = {name: cell["attributes"]["BEL"] for name, cell in cells.items() if "BEL" in cell["attributes"]}
    assert sorted(name.split("/")[-1].rstrip("0123456789") for name in chosen.values()) == ["EBR", *["MULT18_"] * 3]
    assert place(prepared, device, 1, 100.0).fmax_mhz > 0
