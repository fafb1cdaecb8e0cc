"""Tracks behind a controller's pins, and the register that keeps its content without power."""

from collections.abc import Sequence
from typing import Any

from cocotb.triggers import FallingEdge, RisingEdge

from racelet.golden.racetrack.command import Journal
from racelet.golden.racetrack.config import RacetrackConfig
from racelet.golden.racetrack.device import HOME, Track
from racelet.golden.racetrack.operations import KINDS, Direction, Operation, Span
from racelet.hw.racetrack.layouts import journal
from racelet.sim.payload import pack, unpack

SPANS: tuple[Span, ...] = ("left", "right", "all")
DIRECTIONS: tuple[Direction, ...] = ("left", "right")


class Device:
    """What a controller works on: golden tracks, operation by operation.

    Parameters
    ----------
    dut : cocotb handle
        With the pins ``device`` and, if the config has one, ``journal``.
    config : RacetrackConfig
    tracks : sequence of Track, config.tracks
    name : str
        Of the pins.
    clock : cocotb handle, optional
        By default ``clk``.

    Attributes
    ----------
    done : list of (int, Operation)
        Track and operation of all that was done.
    stored : Journal or None
        What the journal holds.
    noted : list of (int, Journal or None)
        What was written into it, each after so many operations.
    quiet : bool
        Check that pins that mean nothing in a cycle are as a controller has them then.
    """

    def __init__(
        self, dut: Any, config: RacetrackConfig, tracks: Sequence[Track], name: str = "device", clock: Any = None
    ) -> None:
        self.config, self.tracks = config, tracks
        self.quiet = False
        self.done: list[tuple[int, Operation]] = []
        self.clock = dut.clk if clock is None else clock
        names = ("valid", "strobe", "kind", "home", "track", "port", "span", "direction")
        self._pins = {pin: getattr(dut, f"{name}__{pin}") for pin in names}
        self._bit, self._fault = getattr(dut, f"{name}__bit"), getattr(dut, f"{name}__fault")
        self._bits = getattr(dut, f"{name}__bits") if config.sweep else None
        self._journal = dut if config.journal else None
        self.stored: Journal | None = None
        self.noted: list[tuple[int, Journal | None]] = []

    async def run(self) -> None:
        """Answer in every cycle, and do what is strobed at its end."""
        while True:
            await FallingEdge(self.clock)
            self._answer()
            await RisingEdge(self.clock)
            if int(self._pins["strobe"].value):
                number, operation = self._held()
                self.done.append((number, operation))
                self.tracks[number].apply(operation)
            if self._journal is not None and int(self._journal.journal__write.value):
                self._note(unpack(journal(self.config), int(self._journal.journal__value.value)))

    def _note(self, fields: dict[str, int]) -> None:
        going, edge = fields.pop("going"), bool(fields.pop("edge"))
        self.stored = Journal(edge=edge, **fields) if going else None
        self.noted.append((len(self.done), self.stored))
        assert going or not (self.quiet and (edge or any(fields.values())))

    def _held(self) -> tuple[int, Operation]:
        pins = {name: int(handle.value) for name, handle in self._pins.items()}
        kind = KINDS[pins["kind"]]
        port = HOME if pins["home"] else pins["port"]
        if kind != "shift":
            return pins["track"], Operation(kind=kind, port=port)
        span, direction = SPANS[pins["span"]], DIRECTIONS[pins["direction"]]
        return pins["track"], Operation(kind=kind, port=port, span=span, direction=direction)

    def _check_quiet(self) -> None:
        """Pins that mean nothing in this cycle are as they always are then."""
        pins = {name: int(handle.value) for name, handle in self._pins.items()}
        if not pins["valid"]:
            assert not any(pins[name] for name in ("strobe", "kind", "home", "span", "direction")), pins
        elif KINDS[pins["kind"]] == "detect":
            assert (SPANS[pins["span"]], DIRECTIONS[pins["direction"]]) == ("all", "right"), pins
        if self._journal is not None and not pins["strobe"] and not int(self._journal.journal__write.value):
            assert not int(self._journal.journal__value.value)

    def _answer(self) -> None:
        if self._journal is not None:
            layout = journal(self.config)
            going = {} if self.stored is None else {"going": 1, **self.stored.__dict__}
            self._journal.journal__stored.value = pack(layout, unpack(layout, 0) | going)
        if self.quiet:
            self._check_quiet()
        if not int(self._pins["valid"].value):
            self._bit.value, self._fault.value = 0, 0
            return
        number, operation = self._held()
        outcome = self.tracks[number].peek(operation)
        self._bit.value, self._fault.value = int(outcome.bit), int(outcome.fault is not None)
        if self._bits is not None:
            self._bits.value = outcome.bits
