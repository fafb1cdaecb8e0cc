"""The controller of tracks: commands, one after the other, each a row of operations."""

from collections.abc import Callable, Sequence

from racelet.golden.racetrack.access_port import AccessPort
from racelet.golden.racetrack.command import Command, Error, Journal, Response, refusal
from racelet.golden.racetrack.config import RacetrackConfig
from racelet.golden.racetrack.device import Outcome, Track
from racelet.golden.racetrack.operations import Counts, Operation, Span, counts, detect
from racelet.golden.racetrack.permutation import Permutation
from racelet.golden.racetrack.write_engines import IN_PLACE, take_out


class _Stopped(Exception):
    """Something happened after which the track cannot be worked on."""

    def __init__(self, error: Error) -> None:
        super().__init__(error)
        self.error: Error = error


class Controller:
    """Do commands on tracks.

    Parameters
    ----------
    config : RacetrackConfig
    tracks : sequence of Track, config.tracks

    Attributes
    ----------
    positions : list of int or None
        How far each track is from home; None where it is not known, as at first and after a fault.
    journal : Journal or None
        Stays when power is lost.
    done : list of (int, Operation)
        Track and operation of all that was done.
    noted : list of (int, Journal or None)
        What was written into the journal, each after so many operations; None that nothing is to be finished.

    Examples
    --------
    >>> config = RacetrackConfig(word_bits=8, ports=2)
    >>> controller = Controller(config, [Track(config)])
    >>> controller.run(Command(code="read", port=1)).error
    'NOT_HOMED'
    >>> controller.run(Command(code="home")).error, controller.counts
    ('NONE', Counts(detect=1, shift=0, remove=0, insert=0))
    >>> controller.run(Command(code="write", port=1, engine="pw", word=0x5A)).error
    'NONE'
    >>> controller.run(Command(code="read", port=1)).data
    90
    """

    def __init__(self, config: RacetrackConfig, tracks: Sequence[Track]) -> None:
        self.config, self.tracks = config, tracks
        self.positions: list[int | None] = [None] * len(tracks)
        self.journal: Journal | None = None
        self.done: list[tuple[int, Operation]] = []
        self.noted: list[tuple[int, Journal | None]] = []
        # Found on the way; all that follows is done nevertheless.
        self._found: Error = "NONE"

    @property
    def counts(self) -> Counts:
        """How many operations there were."""
        return counts(operation for _, operation in self.done)

    def reset(self) -> None:
        """Power comes back: tracks and journal are as they were left."""
        self.positions = [None] * len(self.tracks)

    def run(self, command: Command) -> Response:
        """Do a command.

        Parameters
        ----------
        command : Command

        Returns
        -------
        Response
        """
        position = self.positions[command.track] if command.track < len(self.tracks) else None
        refused = refusal(command, self.config, position, self.journal)
        if refused != "NONE":
            return Response(error=refused)
        self._found = "NONE"
        at = _ControlledPort(self, command.track, command.port)
        doing: dict[str, Callable[[_ControlledPort, Command], Response]] = {
            "home": self._home,
            "read": self._read,
            "sweep": self._sweep,
            "write": self._write,
            "recover": self._recover,
        }
        self.positions[command.track] = None
        try:
            return doing[command.code](at, command)
        except _Stopped as stopped:
            return Response(error=stopped.error, swept=tuple(at.swept))

    def _home(self, at: "_ControlledPort", command: Command) -> Response:
        """With guards, a marker that is not where it should be, or was not known where it is, has to be verified."""
        self._to_marker(at, "all", expected=at.position if self.config.guard else None)
        if self.config.guard and at.position is None and not command.blank:
            self._verify(at)
        return self._at_home(command)

    def _read(self, at: "_ControlledPort", command: Command) -> Response:
        self._check_place(at, command)
        at.shift("all", "right", command.slot * at.width)
        word = take_out(at)
        if command.ones and word.bit_count() != command.ones:
            self._found = "READ_COUNT"
        self._return(at, (command.slot + 1) * at.width)
        return self._at_home(command, data=word)

    def _write(self, at: "_ControlledPort", command: Command) -> Response:
        width, slot = at.width, command.slot
        permutation = Permutation(at, command.word, command.engine, ones=command.ones, old=command.old)
        in_place = command.engine in IN_PLACE
        if not in_place and permutation.needless:
            return self._at_home(command)
        self._check_place(at, command)
        at.shift("all", "right", slot * width)
        if in_place:
            self._return(at, IN_PLACE[command.engine](at, command.word) + slot * width)
            return self._at_home(command)
        edge = slot > 0 and at.detect()
        if command.engine != "pw":
            self._note(Journal(track=command.track, port=command.port, slot=slot, edge=edge))
        permutation.run(start=edge)
        self._settle(at, permutation, command, edge)
        if permutation.other_weight:
            self._found = "OLD_COUNT"
        return self._at_home(command)

    def _recover(self, at: "_ControlledPort", command: Command) -> Response:
        """What is left of the port goes home, where its marker is seen, and back to where the word is; then the word is
        permuted as if what is left of the old one were all of it.
        """
        assert self.journal is not None
        edge = self.journal.edge
        self._to_marker(at, "left")
        at.shift("left", "right", command.slot * at.width)
        permutation = Permutation(at, command.word, "cw", ones=command.ones, trust=True)
        permutation.run(start=at.detect())
        self._settle(at, permutation, command, edge)
        if self.config.guard:
            self._verify(at)
        return self._at_home(command)

    def _settle(self, at: "_ControlledPort", permutation: Permutation, command: Command, edge: bool) -> None:
        """The end of a permutation, and back home."""
        if self.config.guard and not command.slot:
            self._to_marker(at, "left", expected=1)
            permutation.clear()
        else:
            permutation.settle(finish=edge)
        self._note(None)
        self._return(at, command.slot * at.width)

    def _note(self, journal: Journal | None) -> None:
        if self.config.journal:
            self.journal = journal
            self.noted.append((len(self.done), journal))

    def _sweep(self, at: "_ControlledPort", command: Command) -> Response:
        position = at.position
        assert position is not None
        low, high = command.slot * at.width + 1, (command.slot + command.slots) * at.width
        outwards = 2 * position <= low + high
        first, last = (low, high) if outwards else (high, low)
        at.move(position, first)
        at.look()
        for _ in range(high - low):
            at.shift("all", "right" if outwards else "left")
            at.look()
        self.positions[command.track] = last
        return Response(swept=tuple(at.swept), error=self._found)

    def _check_place(self, at: "_ControlledPort", command: Command) -> None:
        """With guards, the track must be where it is thought to be."""
        if self.config.guard and not command.blank and not at.in_place():
            raise _Stopped("DISPLACED")

    def _verify(self, at: "_ControlledPort") -> None:
        """What was seen at the home port was the marker if the last port's guard is in its place: without a marker the
        first one of a word would be taken for it, and the track would be left of where it belongs, so that the site
        beside the last port, which is empty, came there.
        """
        last = _ControlledPort(self, at.number, self.config.ports - 1)
        if not last.in_place():
            raise _Stopped("NO_MARKER")

    def _return(self, at: "_ControlledPort", sites: int) -> None:
        """Move the track back; with guards, the last shift is one that the marker tells of."""
        if not self.config.guard or not sites:
            at.shift("all", "left", sites)
            return
        at.shift("all", "left", sites - 1)
        self._to_marker(at, "all", expected=1)

    def _to_marker(self, at: "_ControlledPort", span: Span, *, expected: int | None = None) -> None:
        """Move left until the marker is seen, after as many shifts as are expected."""
        moved = 0
        while not at.marker():
            if moved == self.config.segment + 2:
                raise _Stopped("NO_MARKER")
            at.shift(span, "left")
            moved += 1
        if expected not in (None, moved):
            raise _Stopped("DISPLACED")

    def _at_home(self, command: Command, *, data: int | None = None) -> Response:
        self.positions[command.track] = 0
        return Response(data=data, error=self._found)


class _ControlledPort(AccessPort):
    """A port whose operations are noted, and stop where the device tells a fault."""

    def __init__(self, controller: Controller, track: int, port: int) -> None:
        super().__init__(controller.tracks[track], port)
        self.controller, self.number = controller, track
        self.position = controller.positions[track]
        self.swept: list[int] = []

    def apply(self, operation: Operation, *, blind: bool = False) -> bool:
        """Do something; blind removals are no faults."""
        return self._do(operation, blind=blind).bit

    def _do(self, operation: Operation, *, blind: bool = False) -> Outcome:
        self.controller.done.append((self.number, operation))
        outcome = self.track.apply(operation)
        if outcome.fault is not None and not blind:
            raise _Stopped("DEVICE_FAULT")
        return outcome

    def in_place(self) -> bool:
        """Whether the port is empty, and a one beside it, where the track is brought back from."""
        if self.detect():
            return False
        self.shift("all", "right")
        if not self.detect():
            return False
        self.shift("all", "left")
        return True

    def move(self, position: int, wanted: int) -> None:
        """Bring the track from one position to another."""
        direction = "right" if wanted > position else "left"
        self.shift("all", direction, abs(wanted - position))

    def look(self) -> None:
        """Look at all ports at a time, which is one detection."""
        self.swept.append(self._do(detect(self.port)).bits)
