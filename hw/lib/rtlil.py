"""RTLIL, the netlist format of Yosys, as Amaranth writes it."""

import contextlib
import gc
import importlib
from collections.abc import Generator, Mapping
from typing import Any

from amaranth.hdl import Elaboratable, Module, Value
from amaranth.hdl._ir import PortDirection


def convert(
    top: Elaboratable | Module, ports: Mapping[str, tuple[Value, PortDirection]], name: str, *, sources: bool = False
) -> str:
    """Write a module as RTLIL.

    Parameters
    ----------
    top : Elaboratable or Module
    ports : mapping of str to (Value, PortDirection)
    name : str
        Name of the top module.
    sources : bool
        With the places of the source, which have absolute paths.

    Returns
    -------
    str
    """
    # By name, because amaranth-stubs does not know the module. Left to itself, it stumbles over a constant ready.
    rtlil: Any = importlib.import_module("amaranth.back.rtlil")
    with _without_collection():
        return rtlil.convert(top, name=name, ports=dict(ports), emit_src=sources)


@contextlib.contextmanager
def _without_collection() -> Generator[None]:
    """Leave Python's collector of cycles off.

    A netlist is millions of objects that stay; to look at them again and again takes two fifths of the time.
    """
    collected = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collected:
            gc.enable()
