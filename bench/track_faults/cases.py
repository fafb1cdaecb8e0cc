"""Commands in which things go wrong, each with what went before it."""

import dataclasses
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from racelet.bench.track_faults.host import Host, Place
from racelet.golden.racetrack.command import Command, Journal
from racelet.golden.racetrack.config import CONSTANT_WEIGHT, ENGINES, Engine, RacetrackConfig
from racelet.golden.racetrack.device import Track
from racelet.golden.racetrack.faults import Injection

COMMANDS = ("home", "read", "sweep", *(f"write_{engine}" for engine in ENGINES), "recover")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Case:
    """A command.

    Parameters
    ----------
    name : str
        One of :data:`COMMANDS`.
    command : Command
    before : tuple of (Command, int or None)
        Commands before it, each with the operation at which power is cut.
    """

    name: str
    command: Command
    before: tuple[tuple[Command, int | None], ...] = ()


class Prepared:
    """A case whose first commands are done, and from which trials begin.

    Parameters
    ----------
    case : Case
    config : RacetrackConfig
    words : mapping
    ones : int

    Attributes
    ----------
    operations : list of Operation
        Of the command, when nothing goes wrong.
    states : bool, shape (operations, sites)
        The track before each of them.
    """

    def __init__(self, case: Case, config: RacetrackConfig, words: Mapping[Place, int], ones: int) -> None:
        self.case, self.config, self.ones = case, config, ones
        first = Host(config, words, ones)
        first.ask(Command(code="home"))
        for command, cut in case.before:
            if cut is not None:
                first.track.injections.append(Injection(wrong="cut", operation=len(first.track.trace) + cut))
            first.ask(command)
        self.words = dict(first.copies)
        self.sites = first.track.sites.copy()
        self.position: int | None = first.controller.positions[0]
        self.journal: Journal | None = first.journal
        probe = self.host()
        probe.ask(case.command)
        self.operations = probe.track.trace
        track, states = Track(config), []
        track.sites[:] = self.sites
        for operation in self.operations:
            states.append(track.sites.copy())
            track.apply(operation)
        self.states: NDArray[np.bool_] = np.array(states)

    def host(self) -> Host:
        """A host, a controller and a track as they are before the command."""
        host = Host(self.config, self.words, self.ones)
        host.track.sites[:] = self.sites
        host.controller.positions[0] = self.position
        host.controller.journal = self.journal
        return host


def words_of(rng: np.random.Generator, config: RacetrackConfig, ones: int, *, guard: bool = True) -> dict[Place, int]:
    """Words of a track, at random."""
    return {
        (port, slot): word_of(rng, config.word_bits, ones, guard=guard)
        for port in range(config.ports)
        for slot in range(config.words_per_port)
    }


def word_of(rng: np.random.Generator, width: int, ones: int, *, guard: bool = True) -> int:
    """A word of constant weight, with its guard or without."""
    fixed = int(guard)
    places = fixed + rng.choice(width - fixed, ones - fixed, replace=False)
    return sum(1 << int(place) for place in places) | fixed


def cases(
    rng: np.random.Generator, config: RacetrackConfig, words: Mapping[Place, int], ones: int, ports: int
) -> list[Case]:
    """Every command, at the words of some ports.

    Parameters
    ----------
    rng, config, words, ones
    ports : int
        How many, drawn at random; all if there are no more.
    """
    drawn = rng.permutation(config.ports)[:ports]
    found = [*_homings(config, ones), *_sweeps(config)]
    for port in sorted(int(each) for each in drawn):
        for slot in sorted({0, config.words_per_port - 1}):
            read = Command(code="read", port=port, slot=slot, ones=ones)
            old = words[port, slot]
            new = next(word for word in iter(lambda: word_of(rng, config.word_bits, ones), None) if word != old)
            write = dataclasses.replace(read, code="write", word=new, old=old)
            found.append(Case(name="read", command=read))
            writes = {engine: dataclasses.replace(write, engine=engine) for engine in config.engines}
            found += [Case(name=f"write_{engine}", command=command) for engine, command in writes.items()]
            found += _recoveries(config, write)
    return found


def _homings(config: RacetrackConfig, ones: int) -> list[Case]:
    """Home from where a read was when power went, and from where a sweep has ended."""
    read = Command(code="read", port=config.ports - 1, slot=config.words_per_port - 1, ones=ones)
    far = config.segment // 2
    home = Command(code="home")
    swept = [(Command(code="sweep", slots=config.words_per_port), None)]
    return [
        Case(name="home", command=home, before=((read, 4 + far),)),
        Case(name="home", command=home, before=tuple(swept)),
    ]


def _sweeps(config: RacetrackConfig) -> list[Case]:
    """Out from home, and in from the far end."""
    sweep = Command(code="sweep", slots=config.words_per_port)
    return [
        Case(name="sweep", command=sweep),
        Case(name="sweep", command=sweep, before=((sweep, None),)),
    ]


def _recoveries(config: RacetrackConfig, write: Command) -> list[Case]:
    """Recoveries of a write that was cut on the way out, and on the way back."""
    engine: Engine = next(each for each in config.engines if each in CONSTANT_WEIGHT)
    cut = dataclasses.replace(write, engine=engine)
    recover = dataclasses.replace(write, code="recover")
    out = 4 + (write.slot + 1) * config.word_bits
    return [Case(name="recover", command=recover, before=((cut, at),)) for at in (out, out + config.word_bits)]
