"""What is inside a component: its registers and its state machines, by name."""

import dataclasses
import importlib
from collections.abc import Iterator, Mapping
from typing import Any

from amaranth.hdl import Const, Elaboratable, Shape, Signal, Value
from amaranth.lib.data import Layout, View

# By name, because amaranth-stubs does not know these.
_fragment: Any = importlib.import_module("amaranth.hdl._ir").Fragment
_mask_collector: Any = importlib.import_module("amaranth.hdl._xfrm").LHSMaskCollector


@dataclasses.dataclass(frozen=True, kw_only=True)
class Register:
    """Bits of a signal that a clock drives.

    Parameters
    ----------
    name : str
        Its submodules' names and its own, joined by dots.
    value : Value
        The bits.
    init : Value
        What they hold after reset.
    reset_less : bool
        They hold what they held: another register tells whether that is anything.
    """

    name: str
    value: Value
    init: Value
    reset_less: bool


@dataclasses.dataclass(frozen=True, kw_only=True)
class Machine:
    """A finite state machine.

    Parameters
    ----------
    name : str
        Its submodules' names and its own, joined by dots.
    state : Signal
    encoding : Mapping[str, int]
        Number of each state, by its name.
    """

    name: str
    state: Signal
    encoding: Mapping[str, int]


class Inside:
    """An elaborated component.

    Parameters
    ----------
    component : Elaboratable

    Examples
    --------
    >>> from racelet.hw.lib.stream_slice import StreamSlice
    >>> inside = Inside(StreamSlice(8))
    >>> sorted(register.name for register in inside.registers())
    ['coming', 'full', 'o__valid', 'offered', 'place_0', 'place_1', 'writing']
    >>> inside["full"]
    (sig full)
    """

    def __init__(self, component: Elaboratable) -> None:
        self.fragment: Any = _fragment.get(component, None)
        self._signals: dict[str, list[Signal]] = {}
        for path, fragment in self._fragments():
            for statements in fragment.statements.values():
                for signal, *_ in _masks(statements):
                    found = self._signals.setdefault(".".join([*path, signal.name]), [])
                    found += [signal] if all(signal is not other for other in found) else []

    def __getitem__(self, name: str) -> Any:
        """The signal of a name such as ``counter.left``.

        Raises
        ------
        LookupError
            If there is none, or more than one.
        """
        found = self._signals.get(name, [])
        if len(found) != 1:
            known = ", ".join(sorted(self._signals))
            raise LookupError(f"{len(found)} signals are called {name}; there are {known}")
        return found[0]

    def paths(self, *names: str) -> list[str]:
        """Prefixes, each with a dot at its end or empty, before which there are signals of all these names."""
        ends = [(name, f".{name}") for name in names]
        found = [
            {path[: -len(end[0])] for path in self._signals if path == end[0] or path.endswith(end[1])} for end in ends
        ]
        return sorted(set.intersection(*found))

    def nth(self, name: str, number: int) -> Any:
        """One of several signals of a name, in the order in which they are first assigned.

        Amaranth calls the first one of ``a, b = Signal(), Signal()``, and whatever else it finds no name for,
        ``$signal``. A property about the wrong one would not hold.
        """
        return self._signals[name][number]

    def view(self, name: str, layout: Layout) -> View:
        """The signal of a name, as what its bits mean."""
        return View(layout, self[name])

    def peek(self, path: str, address: Value) -> Signal:
        """The word that a memory holds at an address in this cycle.

        Parameters
        ----------
        path : str
            Names of the submodules, joined by dots, the memory's last.
        address : Value
        """
        (memory,) = (fragment for names, fragment in self._fragments() if ".".join(names) == path)
        word = Signal(Shape.cast(memory._data.shape).width, name="peeked")
        trimmed = address[: (memory._data.depth - 1).bit_length()]
        memory.read_port(domain="comb", addr=trimmed, data=word, en=Const(1), transparent_for=())
        return word

    @property
    def has_clock(self) -> bool:
        """Whether the component makes its clock domain itself."""
        return "sync" in self.fragment.domains

    def registers(self) -> Iterator[Register]:
        """All registers but those inside memories."""
        for path, fragment in self._fragments():
            for signal, start, stop in _masks(fragment.statements.get("sync", [])):
                place = slice(start, stop)
                name = ".".join([*path, signal.name])
                init = Const(signal.init, len(signal))
                value = Value.cast(signal).as_unsigned()[place]
                yield Register(name=name, value=value, init=init[place], reset_less=signal.reset_less)

    def machines(self) -> Iterator[Machine]:
        """All state machines written with ``m.FSM``."""
        for path, fragment in self._fragments():
            for name, machine in fragment.generated.items():
                yield Machine(
                    name=".".join([*path, name]), state=machine._data["signal"], encoding=dict(machine.encoding)
                )

    def _fragments(self) -> Iterator[tuple[list[str], Any]]:
        waiting: list[tuple[list[str], Any]] = [([], self.fragment)]
        while waiting:
            path, fragment = waiting.pop()
            yield path, fragment
            waiting += [([*path, name or f"U${k}"], inner) for k, (inner, name, *_) in enumerate(fragment.subfragments)]


def _masks(statements: Any) -> Iterator[tuple[Any, int, int | None]]:
    """Signals that statements assign, and which of their bits."""
    collector = _mask_collector()
    collector.visit_stmt(statements)
    for signal, start, stop in collector.chunks():
        if isinstance(signal, Signal):
            yield signal, start, stop
