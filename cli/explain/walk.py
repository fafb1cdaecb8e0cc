"""A word that is written into a track, or read from it: every operation, with the track after it, as data."""

import dataclasses
import itertools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from racelet.cli.explain.recorder import NONE, Recorder, Step
from racelet.golden.racetrack.config import CONSTANT_WEIGHT, Engine, RacetrackConfig
from racelet.golden.racetrack.operations import KINDS, Counts
from racelet.golden.racetrack.write_counts import read_counts, write_counts
from racelet.golden.racetrack.write_engines import read, write


@dataclasses.dataclass(frozen=True, kw_only=True)
class Walk:
    """All steps of a command.

    Parameters
    ----------
    config : RacetrackConfig
    engine : str or None
        None of a reading.
    port, slot : int
    old : int
        The word that is there.
    new : int
        The one that is written; of a reading, the same.
    found : int
        The word that is there in the end; of a reading, what was read.
    unharmed : bool
        Whether all other words are as they were, and the marker is at home.
    start : int64, shape (sites,)
        As the skyrmions of a step.
    steps : tuple of Step
    formula : Counts
        Operations as they are told from the words alone.
    """

    config: RacetrackConfig
    engine: Engine | None
    port: int
    slot: int
    old: int
    new: int
    found: int
    unharmed: bool
    start: NDArray[np.int64]
    steps: tuple[Step, ...]
    formula: Counts

    @property
    def counts(self) -> Counts:
        """Operations that were done."""
        return self.steps[-1].counts if self.steps else Counts()

    @property
    def right(self) -> bool:
        """Whether the word is what it should be, nothing else is changed, and the formula tells what was done."""
        return self.found == self.new and self.unharmed and self.counts == self.formula

    @property
    def word(self) -> range:
        """Sites of the word while the track is at home."""
        return self.place(self.port, self.slot)

    def place(self, port: int, slot: int) -> range:
        """Sites of any word while the track is at home."""
        end = self.config.port_sites[port] - slot * self.config.word_bits
        return range(end - self.config.word_bits, end)

    @property
    def title(self) -> str:
        """What is done, in words."""
        at = f"port {self.port}" + (f", slot {self.slot}" if self.config.words_per_port > 1 else "")
        if self.engine is None:
            return f"{self.shown(self.old)} is read at {at}"
        return f"{self.shown(self.old)} becomes {self.shown(self.new)} at {at}, by {self.engine}"

    def shown(self, word: int) -> str:
        """A word, with all its bits; in hexadecimal where they are too many to be read."""
        bits = self.config.word_bits
        return f"0b{word:0{bits}b}" if bits <= 16 else f"0x{word:0{-(-bits // 4)}x}"

    def visible(self, most: int) -> range:
        """Sites that are shown where there is room for so many: all, or those around the port."""
        sites = self.config.sites
        low = max(0, min(self.config.port_sites[self.port] - most // 2, sites - most))
        return range(low, min(sites, low + most))


def write_walk(
    config: RacetrackConfig, engine: Engine, old: int, new: int, *, port: int, slot: int, fill: list[int]
) -> Walk:
    """Write a word, and keep every step.

    Parameters
    ----------
    config : RacetrackConfig
    engine : str
    old, new : int
        Words; of engines of constant weight, of as many ones.
    port, slot : int
        Where.
    fill : list of int
        The other words, from port 0 on, the one beside the port first; again from the beginning when they are used up.
    """
    track, words = _filled(config, old, port, slot, fill)
    start = track.begin()
    ones = new.bit_count() if engine in CONSTANT_WEIGHT else None
    write(track, port, new, engine, slot=slot, ones=ones, old=old if engine == "cw_known" else None)
    edge = slot > 0 and bool(words[port, slot - 1] >> config.word_bits - 1)
    return Walk(
        config=config,
        engine=engine,
        port=port,
        slot=slot,
        old=old,
        new=new,
        found=track.load(port, slot),
        unharmed=_unharmed(track, words, (port, slot)),
        start=start,
        steps=tuple(track.steps),
        formula=write_counts(old, new, engine, config, slot=slot, edge=edge),
    )


def read_walk(config: RacetrackConfig, old: int, *, port: int, slot: int, fill: list[int]) -> Walk:
    """Read a word, and keep every step; parameters as of :func:`write_walk`."""
    track, words = _filled(config, old, port, slot, fill)
    start = track.begin()
    found = read(track, port, slot=slot)
    return Walk(
        config=config,
        engine=None,
        port=port,
        slot=slot,
        old=old,
        new=old,
        found=found,
        unharmed=_unharmed(track, words, (port, slot)) and track.load(port, slot) == old,
        start=start,
        steps=tuple(track.steps),
        formula=read_counts(config, slot=slot),
    )


def told(walk: Walk) -> dict[str, Any]:
    """The steps, for machines."""
    config = walk.config
    return {
        "block": "racetrack",
        "command": "read" if walk.engine is None else "write",
        "engine": walk.engine,
        "word_bits": config.word_bits,
        "ports": config.ports,
        "words_per_port": config.words_per_port,
        "port": walk.port,
        "slot": walk.slot,
        "old": walk.old,
        "new": None if walk.engine is None else walk.new,
        "found": walk.found,
        "unharmed": walk.unharmed,
        "port_sites": config.port_sites,
        "word_sites": [walk.word.start, walk.word.stop],
        "sites": _bits(walk.start),
        "steps": [
            {
                "kind": step.operation.kind,
                "span": step.operation.span if step.operation.kind == "shift" else None,
                "direction": step.operation.direction if step.operation.kind == "shift" else None,
                "words": step.words,
                "effect": step.effect,
                "bit": int(step.bit) if step.operation.kind == "detect" else None,
                "fault": step.fault,
                "span_sites": step.span,
                "sites": _bits(step.skyrmions),
                "counts": step.counts,
            }
            for step in walk.steps
        ],
        "totals": {**_each(walk.counts), "ns": round(walk.counts.latency_ns, 6), "fj": walk.counts.energy_fj},
        "formula": _each(walk.formula),
        "equal": walk.counts == walk.formula,
    }


def _filled(
    config: RacetrackConfig, old: int, port: int, slot: int, fill: list[int]
) -> tuple[Recorder, dict[tuple[int, int], int]]:
    track, others = Recorder(config), 0
    words: dict[tuple[int, int], int] = {}
    for place in itertools.product(range(config.ports), range(config.words_per_port)):
        if place == (port, slot):
            words[place] = old
        else:
            words[place] = fill[others % len(fill)]
            others += 1
        track.store(*place, words[place])
    return track, words


def _unharmed(track: Recorder, words: dict[tuple[int, int], int], place: tuple[int, int]) -> bool:
    others = all(track.load(*each) == word for each, word in words.items() if each != place)
    empty = not any(track.sites[site] for site in track.config.port_sites)
    return others and empty and bool(track.sites[0]) and not track.sites[track.config.port_sites[-1] :].any()


def _bits(skyrmions: NDArray[np.int64]) -> str:
    return "".join("01"[int(number != NONE)] for number in skyrmions)


def _each(found: Counts) -> dict[str, int]:
    return {kind: found.of(kind) for kind in KINDS}
