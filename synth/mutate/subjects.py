"""The components whose benches are judged, each with the benches that are for it."""

import contextlib
import dataclasses
import functools
import importlib
import importlib.util
import pkgutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import racelet.sim
from racelet.sim.runner import Request, collected_requests


@dataclasses.dataclass(frozen=True, kw_only=True)
class Subject:
    """A component with the benches that look for its mutants.

    Parameters
    ----------
    name : str
    file : str
        Of its class, relative to the package.
    requests : tuple of Request
        What its benches run, in their order.
    others : frozenset of str
        Files of the other components that have benches, of any block; their modules in this one are not broken.
    """

    name: str
    file: str
    requests: tuple[Request, ...]
    others: frozenset[str]


def subjects(benches: Mapping[str, str], config: Any) -> list[Subject]:
    """The components that benches are for.

    A bench ``tb_<name>`` is for the component ``<name>``; one of another name is for the component that it runs. Left
    out is one that runs nothing on this config, and one of something that only benches are made of.

    Parameters
    ----------
    benches : mapping of str to str
        Module of each bench by its name.
    config : object
        Of the block.
    """
    found: dict[str, list[Request]] = {}
    files: dict[str, str] = {}
    for name, module in benches.items():
        with collected_requests() as requests:
            importlib.import_module(module).verify(config, seed=0, waves=None)
        if not requests:
            continue
        file = _file_of(name, module, requests)
        if file.startswith("sim/"):
            continue
        component = Path(file).stem
        files[component] = file
        found.setdefault(component, []).extend(requests)
    others = frozenset(files.values()) | components_with_benches()
    return [
        Subject(
            name=name,
            file=files[name],
            requests=tuple(requests),
            others=others - {files[name]},
        )
        for name, requests in found.items()
    ]


@functools.cache
def components_with_benches() -> frozenset[str]:
    """Files of all components after which a bench is named, of all blocks and of the lib, relative to the package.

    Examples
    --------
    >>> "hw/bitlet/adder_tree.py" in components_with_benches()
    True
    """
    folders = [each.name for each in pkgutil.iter_modules(racelet.sim.__path__) if each.ispkg]
    named = (
        (folder, module.name.removeprefix("tb_"))
        for folder in folders
        for module in pkgutil.iter_modules(importlib.import_module(f"racelet.sim.{folder}").__path__)
        if module.name.startswith("tb_")
    )
    return frozenset(file for folder, name in named if (file := _component(folder, name)))


def _component(folder: str, name: str) -> str:
    """File of a component; empty if there is none."""
    with contextlib.suppress(ModuleNotFoundError):
        if importlib.util.find_spec(f"racelet.hw.{folder}.{name}") is not None:
            return f"hw/{folder}/{name}.py"
    return ""


def _file_of(name: str, module: str, requests: Sequence[Request]) -> str:
    """File of the component that a bench is for, relative to the package."""
    owner = type(requests[0].component).__module__
    return _component(module.split(".")[-2], name) or owner.removeprefix("racelet.").replace(".", "/") + ".py"
