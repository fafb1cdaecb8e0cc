"""A track that is not where its controller believes it to be: what finds that."""

import dataclasses
from typing import Literal, get_args

import numpy as np

from racelet.bench.row import Row
from racelet.bench.track_faults.cases import words_of
from racelet.golden.racetrack.command import Command
from racelet.golden.racetrack.config import RacetrackConfig
from racelet.golden.racetrack.controller import Controller
from racelet.golden.racetrack.device import Track
from racelet.golden.racetrack.operations import shift
from racelet.golden.racetrack.write_engines import read

Finder = Literal["guard", "count", "read"]
FINDERS: tuple[Finder, ...] = get_args(Finder)
GUARDED = 3
"""Operations up to the second look of the guard."""

DISPLACEMENTS = (-2, -1, 1, 2)
SHAPES = {
    "32x16x1": RacetrackConfig(),
    "32x4x4": RacetrackConfig(ports=4, words_per_port=4),
    "64x8x1": RacetrackConfig(word_bits=64, ports=8),
}
"""Tracks that are tried; words have as many ones as zeros."""


def displaced_rows(count: int = 25) -> list[Row]:
    """How many reads find that the track was shifted before.

    Parameters
    ----------
    count : int
        Tracks of each shape, each with words of its own, and read at every port.

    Returns
    -------
    list of Row
        ``displaced_<shape>_<sites>_<finder>_percent``. "guard": the look at the port and at the site beside it.
        "count": that of the ones of a word that has no guard. "read": all that a read does, with the marker at its end.
    """
    rows = []
    for shape, config in SHAPES.items():
        for sites in DISPLACEMENTS:
            for finder in FINDERS:
                rng = np.random.default_rng(7)
                found = [each for _ in range(count) for each in _found(rng, config, sites, finder)]
                name = f"displaced_{shape}_{sites:+d}_{finder}_percent"
                rows.append(Row(name, 100 * sum(found) / len(found), "%"))
    return rows


def _found(rng: np.random.Generator, config: RacetrackConfig, sites: int, finder: Finder) -> list[bool]:
    """Whether it is found at each port."""
    ones = config.word_bits // 2
    words = words_of(rng, config, ones, guard=finder != "count")
    found = []
    for port in range(config.ports):
        track = Track(config)
        for place, word in words.items():
            track.store(*place, word)
        for _ in range(abs(sites)):
            track.apply(shift(0, "all", "right" if sites > 0 else "left"))
        slot = int(rng.integers(config.words_per_port))
        if finder == "count":
            found.append(read(track, port, slot=slot).bit_count() != ones)
            continue
        controller = Controller(dataclasses.replace(config, guard=True), [track])
        controller.positions[0] = 0
        error = controller.run(Command(code="read", port=port, slot=slot, ones=ones)).error
        by_guard = len(controller.done) <= GUARDED
        found.append(error != "NONE" and (finder == "read" or by_guard))
    return found
