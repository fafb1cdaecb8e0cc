"""Power is cut at every operation of writes of constant weight, and of their recovery."""

import dataclasses
from collections import Counter
from collections.abc import Mapping

import numpy as np

from racelet.bench.row import Progress, Row
from racelet.bench.track_faults.cases import word_of, words_of
from racelet.bench.track_faults.host import Host, Place
from racelet.golden.racetrack.command import Command
from racelet.golden.racetrack.config import CONSTANT_WEIGHT, ENGINES, Engine, RacetrackConfig
from racelet.golden.racetrack.faults import Injection

SHAPES = {
    "8x2x2": (RacetrackConfig(word_bits=8, ports=2, words_per_port=2), 6),
    "32x4x1": (RacetrackConfig(ports=4), 4),
    "32x2x3": (RacetrackConfig(ports=2, words_per_port=3), 3),
    "64x2x2": (RacetrackConfig(word_bits=64, ports=2, words_per_port=2), 1),
}
"""Tracks, and writes by each engine; with guards and without in turn."""


def cut_rows(progress: Progress, shapes: Mapping[str, tuple[RacetrackConfig, int]] = SHAPES) -> list[Row]:
    """Cut writes everywhere, and finish them.

    Parameters
    ----------
    progress : Progress
    shapes : mapping of str to (RacetrackConfig, int)

    Returns
    -------
    list of Row
        ``cut_<engine>_points``: operations at which power was cut, each in a trial of its own. ``..._recovered``: times
        that the journal had to be followed. ``..._healed``: all words of the track as they should be, and no error.
        ``..._inserts``, ``..._removes``: what recoveries took.
    """
    counts = {engine: Counter[str]() for engine in CONSTANT_WEIGHT}
    for number, (shape, (config, writes)) in enumerate(shapes.items()):
        progress(number, len(shapes), f"cuts of {shape}")
        rng = np.random.default_rng(number)
        for engine in CONSTANT_WEIGHT:
            for turn in range(writes):
                guarded = dataclasses.replace(config, engines=ENGINES, journal=True, guard=turn % 2 == 0)
                counts[engine] += _cuts(rng, guarded, engine)
    names = ("points", "recovered", "healed", "inserts", "removes")
    return [Row(f"cut_{engine}_{name}", found[name]) for engine, found in counts.items() for name in names]


def _cuts(rng: np.random.Generator, config: RacetrackConfig, engine: Engine) -> Counter[str]:
    """One write, cut at each of its operations."""
    ones = int(rng.integers(2, config.word_bits - 1))
    words = words_of(rng, config, ones)
    places = list(words)
    place = places[rng.integers(len(places))]
    write = Command(
        code="write",
        port=place[0],
        slot=place[1],
        engine=engine,
        word=word_of(rng, config.word_bits, ones),
        old=words[place],
        ones=ones,
    )
    found: Counter[str] = Counter()
    operations = _length(config, words, write)
    for at in range(operations):
        found += _cut(config, words, write, at, int(rng.integers(2 * operations)))
    return found


def _length(config: RacetrackConfig, words: Mapping[Place, int], write: Command) -> int:
    host = Host(config, words, write.ones)
    host.ask(Command(code="home"))
    before = len(host.track.trace)
    host.ask(write)
    return len(host.track.trace) - before


def _cut(config: RacetrackConfig, words: Mapping[Place, int], write: Command, at: int, later: int) -> Counter[str]:
    """A write that is cut; its recovery is cut too if that lasts until ``later``, and then finished."""
    host = Host(config, words, write.ones)
    host.ask(Command(code="home"))
    host.track.injections.append(Injection(wrong="cut", operation=len(host.track.trace) + at))
    host.ask(write)
    recovered = host.journal is not None
    begun = len(host.track.trace)
    if recovered:
        host.track.injections.append(Injection(wrong="cut", operation=begun + later))
        recover = dataclasses.replace(write, code="recover")
        if host.ask(recover) is None and host.journal is not None:
            host.ask(recover)
        host.track.injections.clear()
    done = [operation.kind for operation in host.track.trace[begun:]]
    host.make_ready()
    if not recovered:
        host.ask(dataclasses.replace(write, engine="cw"))
    return Counter(
        points=1,
        recovered=recovered,
        healed=host.intact,
        inserts=done.count("insert"),
        removes=done.count("remove"),
    )
