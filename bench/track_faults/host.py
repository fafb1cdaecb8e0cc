"""Who gives commands to a controller, and does after errors what the page of faults says."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from racelet.golden.racetrack.command import Command, Error, Journal, Response
from racelet.golden.racetrack.config import Engine, RacetrackConfig
from racelet.golden.racetrack.controller import Controller
from racelet.golden.racetrack.device import Track
from racelet.golden.racetrack.faults import FaultyTrack, PowerCut

Place = tuple[int, int]
"""Port and slot of a word."""

DONE: tuple[Error, ...] = ("NONE", "OLD_COUNT")
LOST: tuple[Error, ...] = ("DISPLACED", "NO_MARKER", "DEVICE_FAULT")
"""Errors after which it is not known where the track is; told by a write, every word of it is in doubt."""

ATTEMPTS = 2


class Host:
    """A user of one track, who has a copy of every word.

    Parameters
    ----------
    config : RacetrackConfig
        With all that finds faults.
    words : mapping of (int, int) to int
        What the track holds at first.
    ones : int
        Of every word.

    Attributes
    ----------
    copies : dict
        What every word should be.
    doubted : set
        Words that may be wrong, as a write told of a fault.
    told : bool
        Some error was told, or power was cut.
    silent : bool
        A wrong word was given that is not in doubt, and no error with it.
    unnoticed : bool
        The same of one in doubt.
    """

    def __init__(self, config: RacetrackConfig, words: Mapping[Place, int], ones: int) -> None:
        self.config, self.ones = config, ones
        self.copies = dict(words)
        self.track = FaultyTrack(config)
        for place, word in words.items():
            self.track.store(*place, word)
        self.controller = Controller(config, [self.track])
        self.doubted: set[Place] = set()
        self.told = self.silent = self.unnoticed = False
        self.engine: Engine = "cw" if "cw" in config.engines else config.engines[0]

    @property
    def journal(self) -> Journal | None:
        """What the controller remembers."""
        return self.controller.journal

    def ask(self, command: Command) -> Response | None:
        """Give a command, and judge what it is answered with; None if power was cut."""
        place = (command.port, command.slot)
        writes = command.code in ("write", "recover")
        if writes:
            self.copies[place] = command.word
        try:
            response = self.controller.run(command)
        except PowerCut:
            self.track.injections.clear()
            self.controller.reset()
            self.told = True
            return None
        self.told |= response.error != "NONE"
        if writes and response.error in LOST:
            self.doubted |= set(self.copies)
        elif writes and response.error in DONE:
            self.doubted.discard(place)
        if command.code == "read" and response.error == "NONE" and response.data != self.copies[place]:
            self._wrong(place)
        return response

    def _wrong(self, place: Place) -> None:
        if place in self.doubted:
            self.unnoticed = True
        else:
            self.silent = True

    def insist(self, command: Command) -> bool:
        """Give a command; after an error, all that has to be done, and the command again."""
        for attempt in range(ATTEMPTS):
            if attempt:
                self.make_ready()
                if command.code == "home":
                    return self.controller.positions[0] == 0
                if command.code in ("write", "recover"):
                    command = self.write(command.port, command.slot, command.word)
            response = self.ask(command)
            if response is not None and response.error in DONE:
                return True
        self.make_ready()
        if command.code == "write":
            self.doubted.add((command.port, command.slot))
        return False

    def make_ready(self) -> None:
        """Finish what the journal tells of, and go to the marker: twice, as a marker where it was not expected has to
        be looked for again.
        """
        for _ in range(ATTEMPTS):
            if (journal := self.journal) is not None:
                word = self.copies[journal.port, journal.slot]
                self.ask(
                    Command(code="recover", port=journal.port, slot=journal.slot, word=word, ones=word.bit_count())
                )
            if self.journal is None and self.controller.positions[0] != 0:
                self.ask(Command(code="home"))

    def write(self, port: int, slot: int, word: int) -> Command:
        """The command that writes a word, whatever is there."""
        return Command(code="write", engine=self.engine, port=port, slot=slot, word=word, ones=word.bit_count())

    def read(self, port: int, slot: int) -> Command:
        """The command that reads a word with its count."""
        return Command(code="read", port=port, slot=slot, ones=self.ones)

    def sweep(self, command: Command) -> None:
        """Read words of all ports; they are right where their guards and counts are, and the way home is."""
        response = self.ask(command)
        if response is None or response.error != "NONE":
            return
        end = (command.slot + command.slots) * self.config.word_bits
        outwards = self.controller.positions[0] == end
        words = swept_words(response.swept, command, self.config, outwards=outwards)
        back = self.ask(Command(code="home"))
        for place, word in words.items():
            right = bool(word & 1) and word.bit_count() == self.ones
            self.told |= not right
            if right and word != self.copies[place] and back is not None and back.error == "NONE":
                self._wrong(place)

    def check(self) -> bool:
        """Read every word, write again the one whose count is wrong; tells whether all are right in the end."""
        self.make_ready()
        if self.intact:
            return True
        return not [place for place in self.copies if not self._check(place)]

    def restore(self) -> bool:
        """Write every word again, and check."""
        for place, word in self.copies.items():
            self.insist(self.write(*place, word))
        return self.check()

    def _check(self, place: Place) -> bool:
        response = self.ask(self.read(*place))
        if (
            response is not None
            and response.error == "READ_COUNT"
            and self.insist(self.write(*place, self.copies[place]))
        ):
            response = self.ask(self.read(*place))
        if response is not None and response.error in LOST:
            self.make_ready()
        return response is not None and response.error == "NONE" and response.data == self.copies[place]

    @property
    def intact(self) -> bool:
        """Whether the track is as it should be, in every site, and the controller ready."""
        ready = self.journal is None and self.controller.positions[0] == 0
        return ready and bool(np.array_equal(self.track.sites, layout(self.config, self.copies)))


def layout(config: RacetrackConfig, words: Mapping[Place, int]) -> NDArray[np.bool_]:
    """Sites of a track at home that holds these words."""
    track = Track(config)
    for place, word in words.items():
        track.store(*place, word)
    return track.sites


def swept_words(
    swept: tuple[int, ...], command: Command, config: RacetrackConfig, *, outwards: bool
) -> dict[Place, int]:
    """Words of all ports, from what a sweep saw."""
    steps = swept if outwards else swept[::-1]
    found = {}
    for slot in range(command.slots):
        bits = steps[slot * config.word_bits : (slot + 1) * config.word_bits]
        for port in range(config.ports):
            found[port, command.slot + slot] = sum((step >> port & 1) << place for place, step in enumerate(bits))
    return found
