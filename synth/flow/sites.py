"""Where on a device cells of some types can lie, as its place-and-route tool says."""

import dataclasses
import json
import re
from pathlib import Path

from racelet.sim import cache
from racelet.sim.errors import ToolError
from racelet.synth import yowasp
from racelet.synth.flow.devices import Device
from racelet.synth.flow.netlist import TOP, new_cell

_PLACE = re.compile(r"X(\d+)/Y(\d+)/\w+")


@dataclasses.dataclass(frozen=True, kw_only=True, order=True)
class Site:
    """A place for one cell.

    Parameters
    ----------
    x, y : int
        Column and row of the device.
    name : str
        As the tool calls it.
    """

    x: int
    y: int
    name: str


def sites(device: Device) -> dict[str, list[Site]]:
    """All sites of the types in ``device.family.placed_first``: where the tool puts as many cells as there are sites.

    Parameters
    ----------
    device : Device

    Returns
    -------
    dict of str to list of Site
        By cell type, in order. From the cache, if the tool was asked before.

    Raises
    ------
    ToolError
        If the tool fails, or names a site otherwise than by its column and row.
    """
    family = device.family
    numbers = {kind: device.capacity[resource] for kind, resource in family.placed_first.items()}
    package = f"yowasp-{family.place}"
    name = "sites-" + cache.digest(*device.options, json.dumps(numbers), yowasp.version(package))

    def build(folder: Path) -> None:
        cells = {f"{kind}_{k}": new_cell(kind) for kind, number in numbers.items() for k in range(number)}
        module = {"attributes": {"top": "1"}, "ports": {}, "cells": cells, "netnames": {}}
        (folder / "full.json").write_text(json.dumps({"creator": "", "modules": {TOP: module}}), encoding="utf-8")
        options = ["-q", *device.options, "--no-route", "--json", "full.json", "--write", "placed.json"]
        yowasp.run(family.place, options, folder)

    placed = json.loads((cache.obtain(name, build) / "placed.json").read_text(encoding="utf-8"))
    found: dict[str, list[Site]] = {kind: [] for kind in numbers}
    for cell in placed["modules"][TOP]["cells"].values():
        if cell["type"] in found:
            found[cell["type"]].append(_site(cell["attributes"]["NEXTPNR_BEL"]))
    return {kind: sorted(each) for kind, each in found.items()}


def _site(name: str) -> Site:
    found = _PLACE.fullmatch(name)
    if not found:
        raise ToolError(f"nextpnr tells a site without column and row: {name}")
    return Site(x=int(found[1]), y=int(found[2]), name=name)
