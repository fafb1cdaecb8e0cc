"""Harness: a component with what is assumed of its surroundings and what is to be shown of it."""

import dataclasses
import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from amaranth.hdl import Assert, Assume, ClockDomain, ClockSignal, Const, Cover, Module, ResetInserter, Signal, Value
from amaranth.hdl._ir import PortDirection
from amaranth.lib import wiring

from racelet.hw.lib.rtlil import convert
from racelet.hw.lib.verilog import ports_with_values
from racelet.synth.prove.inside import Inside

Kind = Literal["assert", "assume", "cover"]

_CELL = re.compile(r'cell \$check \S+\n(\s+parameter \\FORMAT "(property_\d+)"\n)')
_MEMORY_CONTENTS = re.compile(r"\n *cell \$meminit.*?\n *end(?=\n)", re.DOTALL)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Property:
    """One statement about a component.

    Parameters
    ----------
    cell : str
        Its name in the netlist.
    name : str
        A sentence, or most of one.
    kind : {"assert", "assume", "cover"}
        "assert": holds in every cycle. "assume": what the surroundings keep to. "cover": can come to pass.
    """

    cell: str
    name: str
    kind: Kind


class Harness:
    """Take down properties of a component.

    The component's inputs, and those of :meth:`anything` and :meth:`constant`, may have any value in every cycle, as
    far as what is assumed allows it. Its memories begin with any contents. Its registers begin as after reset, and in
    each cycle in which ``clear`` is high all go back there.

    Parameters
    ----------
    component : Component

    Attributes
    ----------
    ports : Mapping[str, Value]
        Ports of the component, by the names that they have in Verilog.
    inside : Inside
        Its signals.
    clear : Value
        Reset of the component.
    cleared : Signal
        ``clear`` was high in the cycle before, or this is the first cycle.
    """

    def __init__(self, component: wiring.Component) -> None:
        self.component = component
        self.inside = Inside(component)
        self.properties: list[Property] = []
        self.ports: Mapping[str, Value] = {port.name: value for port, value in ports_with_values(component)}
        self._inputs = {port.name: value for port, value in ports_with_values(component) if port.direction == "in"}
        self._module = m = Module()
        self._count = 0
        if self.inside.has_clock:
            self.clear: Value = ~self.ports["aresetn"]
        else:
            m.domains.sync = ClockDomain("sync", reset_less=True)
            m.d.comb += ClockSignal().eq(self.anything("clk"))
            self.clear = self.anything("clear")
        self.cleared = Signal(init=1)
        m.d.sync += self.cleared.eq(self.clear)

    def assume(self, name: str, condition: Value) -> None:
        """Leave aside all runs in which the condition does not hold in every cycle."""
        self._add(name, "assume", Assume, condition)

    def check(self, name: str, condition: Value) -> None:
        """Show that the condition holds in every cycle."""
        self._add(name, "assert", Assert, condition)

    def cover(self, name: str, condition: Value) -> None:
        """Show that there is a run in which the condition holds in some cycle."""
        self._add(name, "cover", Cover, condition)

    def past(self, value: Value) -> Signal:
        """The value of one cycle earlier; zero in the first."""
        return self.state("past", len(value), value)

    def state(self, name: str, width: int, following: Value, init: int = 0) -> Signal:
        """A register of the harness, which ``clear`` leaves alone."""
        register = Signal(width, name=f"{name}_{self._number()}", init=init)
        self._module.d.sync += register.eq(following)
        return register

    def wire(self, name: str, width: int) -> Signal:
        """A signal of the harness, to be assigned with :meth:`assign`."""
        return Signal(width, name=f"{name}_{self._number()}")

    def register(self, name: str, width: int, init: int = 0) -> Signal:
        """A register of the harness that :meth:`update` drives."""
        return Signal(width, name=f"{name}_{self._number()}", init=init)

    def update(self, register: Signal, following: Value) -> None:
        """Say what a register holds in the next cycle."""
        self._module.d.sync += register.eq(following)

    def assign(self, wire: Signal, value: Value) -> None:
        """Say what a wire carries."""
        self._module.d.comb += wire.eq(value)

    def anything(self, name: str, width: int = 1) -> Signal:
        """An input of the harness: any value in any cycle."""
        # A port that has the name already must not be left without a driver.
        if name in self._inputs:
            name = f"{name}_{self._number()}"
        self._inputs[name] = value = Signal(width, name=name)
        return value

    def constant(self, name: str, width: int) -> Signal:
        """Any value, but the same in every cycle."""
        value = self.anything(name, width)
        first = self.state("first", 1, Const(0), init=1)
        self._assume_silently(first | (value == self.past(value)))
        return value

    def netlist(self) -> str:
        """Write component and properties as RTLIL, with a module ``top``.

        Returns
        -------
        str
            The cell of a property has its name.
        """
        fragment = self.inside.fragment
        self._module.submodules.dut = fragment if self.inside.has_clock else ResetInserter(self.clear)(fragment)
        ports = {name: (value, PortDirection.Input) for name, value in self._inputs.items()}
        text = convert(self._module, ports, "top")
        named = _CELL.sub(lambda cell: f"attribute \\keep 1\n  cell $check \\{cell[2]}\n{cell[1]}", text)
        return _MEMORY_CONTENTS.sub("", named)

    def of_kind(self, kind: Kind) -> Iterator[Property]:
        """Properties of one kind."""
        return (each for each in self.properties if each.kind == kind)

    def _add(self, name: str, kind: Kind, make: Any, condition: Value) -> None:
        if any(each.name == name for each in self.properties):
            raise AssertionError(f"two properties of {type(self.component).__name__} are called {name!r}")
        cell = f"property_{len(self.properties)}"
        self.properties.append(Property(cell=cell, name=name, kind=kind))
        self._module.d.comb += make(condition, cell)

    def _assume_silently(self, condition: Value) -> None:
        self._module.d.comb += Assume(condition, "")

    def _number(self) -> int:
        self._count += 1
        return self._count
