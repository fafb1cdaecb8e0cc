"""A controller's device and the model of both, whose tracks begin, and go wrong, alike."""

from typing import Any

import numpy as np

from racelet.golden.racetrack.command import Command
from racelet.golden.racetrack.config import RacetrackConfig
from racelet.golden.racetrack.controller import Controller
from racelet.golden.racetrack.faults import WRONGS, FaultyTrack, Injection
from racelet.sim.racetrack.commands import Draw
from racelet.sim.racetrack.device import Device


class Pair:
    """Tracks behind the pins, and those of the model.

    Parameters
    ----------
    dut, clock : cocotb handle
        The top level, and its clock.
    rng : Generator
    config : RacetrackConfig
    wild : float
        Share of commands that make no sense.
    """

    def __init__(self, dut: Any, clock: Any, rng: np.random.Generator, config: RacetrackConfig, *, wild: float) -> None:
        self.dut, self.rng, self.config = dut, rng, config
        # With guards, a word of a single one is always the same.
        self.draw = Draw(rng, config, int(rng.integers(1 + config.guard, config.word_bits)), wild)
        self.model = Controller(config, self._tracks())
        self.device = Device(dut, config, self._tracks(), clock=clock)
        self.device.quiet = True
        for number in range(config.tracks):
            self.renew(number)

    def renew(self, number: int) -> None:
        """Store words anew on a track that is at home; nothing will go wrong with it."""
        sides = self.model.tracks[number], self.device.tracks[number]
        for track in sides:
            assert isinstance(track, FaultyTrack)
            track.sites[:], track.injections = False, []
            track.sites[0] = True
        for port in range(self.config.ports):
            for slot in range(self.config.words_per_port):
                word = self.draw.word()
                for track in sides:
                    track.store(port, slot, word)

    def _tracks(self) -> list[FaultyTrack]:
        return [FaultyTrack(self.config) for _ in range(self.config.tracks)]

    def compare_tracks(self, asked: Command) -> None:
        """Compare all sites and the journal, after a command."""
        for ours, theirs in zip(self.model.tracks, self.device.tracks, strict=True):
            np.testing.assert_array_equal(theirs.sites, ours.sites, err_msg=str(asked))
        assert self.device.stored == self.model.journal, asked

    def adopt(self) -> None:
        """Power was cut: the model goes on from what the device is left with."""
        for ours, theirs in zip(self.model.tracks, self.device.tracks, strict=True):
            ours.sites[:] = theirs.sites
            ours.trace[:] = theirs.trace
        self.model.done[:] = self.device.done
        self.model.noted[:] = self.device.noted
        self.model.journal = self.device.stored
        self.model.reset()

    def go_wrong(self) -> None:
        """Something soon goes wrong on a track, in the same way on both sides."""
        number = int(self.rng.integers(self.config.tracks))
        ours, theirs = self.model.tracks[number], self.device.tracks[number]
        assert isinstance(ours, FaultyTrack)
        assert isinstance(theirs, FaultyTrack)
        injection = Injection(
            wrong=WRONGS[self.rng.integers(WRONGS.index("cut"))],
            operation=len(ours.trace) + int(self.rng.integers(4 * self.config.segment)),
            site=int(self.rng.integers(self.config.sites)),
        )
        ours.injections.append(injection)
        theirs.injections.append(injection)
