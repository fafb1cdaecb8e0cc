"""What writes take: by the counts of words, and some of each stream made on tracks to check these."""

from collections.abc import Callable, Mapping

import numpy as np

from racelet.bench.row import Progress, Row
from racelet.bench.skyrmions.words import Stream, Words
from racelet.golden.racetrack.config import CONSTANT_WEIGHT, ENGINES, Engine, RacetrackConfig
from racelet.golden.racetrack.device import Track
from racelet.golden.racetrack.operations import ENERGY_FJ, KINDS, LATENCY_NS, Counts
from racelet.golden.racetrack.write_counts import write_counts
from racelet.golden.racetrack.write_engines import write
from racelet.sim.errors import BenchFailure

MADE = 100
"""Writes of each stream and engine that are made on tracks."""
WAYS: Mapping[str, tuple[Engine, bool]] = {
    **{engine: (engine, engine in CONSTANT_WEIGHT) for engine in ENGINES},
    "pw_coded": ("pw", True),
}
"""Engines, and whether words of constant weight are written; pw can write these too."""
TOLD = ("shifts", "detects", "removes", "inserts", "ns", "fj")
NEIGHBOUR = 1


def write_rows(
    progress: Progress, streams: Mapping[str, Callable[[], Stream]], made: int = MADE
) -> tuple[list[Row], Counts]:
    """Means of all streams written in all ways.

    Parameters
    ----------
    progress : Progress
    streams : mapping of str to callable
    made : int
        How many writes of each are made on tracks.

    Returns
    -------
    rows : list of Row
        ``<stream>_<way>_shifts`` and so on, of a word, by ``WAYS``; ``tracks_writes``: how many were made.
    constant_weight : Counts
        Of all writes on tracks by engines of constant weight together.

    Raises
    ------
    BenchFailure
        If a write on a track does anything but what it should.
    """
    rows: list[Row] = []
    total, constant_weight = 0, Counts()
    for number, (name, make) in enumerate(streams.items()):
        stream = make()
        for place, (way, (engine, coded)) in enumerate(WAYS.items()):
            progress(number * len(WAYS) + place, len(streams) * len(WAYS), f"{name}, {way.replace('_', ' ')}")
            used = stream.coded if coded else stream.plain
            rows += mean_rows(f"{name}_{way}", used, engine)
            done = make_writes(used, engine, stream.ones, made)
            total += min(made, len(used.old))
            if engine in CONSTANT_WEIGHT:
                constant_weight += done
    return [*rows, Row("tracks_writes", total, "writes")], constant_weight


def mean_rows(name: str, used: Words, engine: Engine) -> list[Row]:
    """Means over the words of a stream.

    Parameters
    ----------
    name : str
    used : Words
    engine : str

    Examples
    --------
    >>> rows = mean_rows("x", Words(width=8, old=[0b0110, 0b0110], new=[0b0101, 0b0110]), "cw_known")
    >>> [(row.name, row.value) for row in rows if row.value]
    [('x_shifts', 2.5), ('x_ns', 1.25), ('x_fj', 50.0)]
    """
    config = RacetrackConfig(word_bits=used.width, ports=1)
    sums = dict.fromkeys(KINDS, 0)
    for old, new in zip(used.old, used.new, strict=True):
        counts = write_counts(old, new, engine, config)
        for kind in KINDS:
            sums[kind] += counts.of(kind)
    means = {kind: sums[kind] / len(used.old) for kind in KINDS}
    latency = sum(means[kind] * LATENCY_NS[kind] for kind in KINDS)
    energy = sum(means[kind] * ENERGY_FJ[kind] for kind in KINDS)
    values = (means["shift"], means["detect"], means["remove"], means["insert"], latency, energy)
    units = (*["per word"] * 4, "ns", "fJ")
    return [Row(f"{name}_{what}", value, unit) for what, value, unit in zip(TOLD, values, units, strict=True)]


def make_writes(used: Words, engine: Engine, ones: int, made: int) -> Counts:
    """Make the first writes of a stream, each on a track with a word beside it.

    Parameters
    ----------
    used : Words
    engine : str
    ones : int
        Of words of constant weight.
    made : int

    Returns
    -------
    Counts
        Of all of them.

    Raises
    ------
    BenchFailure
        If the word is not the new one afterwards, something else changed, there was a fault, or there were other
        operations than :func:`racelet.golden.racetrack.write_counts.write_counts` says.
    """
    config = RacetrackConfig(word_bits=used.width, ports=2)
    beside = np.random.default_rng(7).integers(0, 1 << used.width, made, np.uint64, endpoint=False)
    total = Counts()
    for old, new, other in zip(used.old[:made], used.new[:made], beside, strict=False):
        track, expected = Track(config), Track(config)
        for each, word in ((track, old), (expected, new)):
            each.store(0, 0, word)
            each.store(NEIGHBOUR, 0, int(other))
        write(track, 0, new, engine, ones=ones, old=old)
        counted = write_counts(old, new, engine, config)
        # Whoever clears without looking removes what is not there.
        faults = [fault for _, fault in track.faults if engine != "naive" or fault != "REMOVE_ON_ZERO"]
        if faults or track.counts != counted or not np.array_equal(track.sites, expected.sites):
            raise BenchFailure(f"{engine} of {new:#x} over {old:#x}: {track.counts}, not {counted}; faults: {faults}")
        total += track.counts
    return total
