"""A stream on the RTL, and what it could take at best."""

import dataclasses
from collections.abc import Iterator, Sequence

from racelet.golden.bitlet.config import BitletConfig
from racelet.golden.bitlet.job import Job, Part, parts, window_columns, window_terms
from racelet.golden.bitlet.lane import Lanes
from racelet.golden.bitlet.number_format import number_format
from racelet.golden.bitlet.passes import passes
from racelet.golden.bitlet.pe import PeTimes
from racelet.sim.bitlet.element import ElementSimulator

Columns = list[list[int]]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Measured:
    """Clock cycles of a stream.

    Parameters
    ----------
    weights : int
        Of all dot products.
    cycles : int
        From the first part, offered in cycle 0, to the last result, on the RTL.
    ideal : int
        That the lanes take if every window is there in one cycle, by the same schedule.
    densest : int
        Digits of the densest column of every window, added up: what windows one by one take without stealing.
    """

    weights: int
    cycles: int
    ideal: int
    densest: int

    @property
    def per_weight(self) -> float:
        """Cycles per weight."""
        return self.cycles / self.weights

    @property
    def macs(self) -> float:
        """Products per cycle."""
        return self.weights / self.cycles

    @property
    def over_ideal(self) -> float:
        """By how much, in percent, the stream takes longer than the lanes alone."""
        return 100 * (self.cycles / self.ideal - 1)


def measured(simulator: ElementSimulator, jobs: Sequence[Job]) -> Measured:
    """Run a stream.

    Parameters
    ----------
    simulator : ElementSimulator
    jobs : sequence of Job

    Returns
    -------
    Measured

    Raises
    ------
    BenchFailure
        If a result differs from the golden model's, or its cycle from the schedule's.
    """
    return _told(jobs, simulator.config, int(simulator.checked(jobs).cycles[-1]))


def scheduled(config: BitletConfig, jobs: Sequence[Job]) -> Measured:
    """The same by the schedule alone, which the RTL keeps to in every cycle.

    Parameters
    ----------
    config : BitletConfig
    jobs : sequence of Job

    Examples
    --------
    >>> import numpy as np
    >>> job = Job(weights=np.array([1, 3]), activations=np.array([5, 7]), form="int8")
    >>> scheduled(BitletConfig(window=4, load=4, lanes=8), [job])
    Measured(weights=2, cycles=15, ideal=3, densest=2)
    """
    times = PeTimes(config)
    for job in jobs:
        times.feed(job)
    times.run([0] * sum(len(parts(len(job.weights), job.form, config)) for job in jobs))
    return _told(jobs, config, times.given[-1])


def _told(jobs: Sequence[Job], config: BitletConfig, last: int) -> Measured:
    windows = list(lane_windows(jobs, config))
    return Measured(
        weights=sum(len(job.weights) for job in jobs),
        cycles=last + 1,
        ideal=_ideal(windows, config),
        densest=sum(max(1, *map(len, columns)) for columns, _ in windows),
    )


def lane_windows(jobs: Sequence[Job], config: BitletConfig) -> Iterator[tuple[Columns, int]]:
    """Columns of every window, or pass over one, and lanes of its ring.

    Parameters
    ----------
    jobs : sequence of Job
    config : BitletConfig

    Examples
    --------
    >>> import numpy as np
    >>> config = BitletConfig(formats=("int2",), window=4, load=2, lanes=4)
    >>> job = Job(weights=np.array([1, -2, 1, -2]), activations=np.ones(4, np.int64), form="int2")
    >>> list(lane_windows([job], config))
    [([[0], [1], [0], [1]], 2)]
    """
    for job in jobs:
        form = number_format(job.form)
        cut: dict[int, list[Part]] = {}
        for part in parts(len(job.weights), job.form, config):
            cut.setdefault(part.window, []).append(part)
        for window in cut.values():
            if form.is_float:
                found = [each.columns for each in passes(window_terms(job, window), form, config)]
            else:
                found = [window_columns(job, window, config)]
            for columns in found:
                yield columns, config.digit_columns(form)


def _ideal(windows: Sequence[tuple[Columns, int]], config: BitletConfig) -> int:
    lanes = Lanes(config, config.used_lanes)
    for columns, ring in windows:
        lanes.feed(columns, ring, 1)
    cycles = 0
    while len(lanes.ended) < len(windows):
        lanes.step(True)
        cycles += 1
    return cycles
