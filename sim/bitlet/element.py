"""The processing element in the batch simulator: long streams of dot products through it."""

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from racelet.golden.bitlet.config import BitletConfig
from racelet.golden.bitlet.job import Job
from racelet.golden.bitlet.pe import PeTimes
from racelet.hw.bitlet.pe import Pe
from racelet.sim.batch import BatchSimulator
from racelet.sim.bitlet.beats import beats, result_code, results
from racelet.sim.errors import BenchFailure

MOST_CYCLES = 1024
"""Per part, after which a stream is given up: far more than a pass for each of a window's numbers takes."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class DotProducts:
    """Results of a run.

    Parameters
    ----------
    codes : unsigned integers, shape (n,)
        Payloads as they came.
    results : list of int or float
        What they stand for.
    cycles : int64, shape (n,)
        Cycle of each; parts are offered from cycle 0, one behind the other.
    parts : int
        Parts that went in.
    """

    codes: NDArray[np.unsignedinteger]
    results: list[int | float]
    cycles: NDArray[np.int64]
    parts: int


class ElementSimulator:
    """One processing element that is fed with dot products.

    Parameters
    ----------
    config : BitletConfig

    Raises
    ------
    ToolError
        If a tool is missing.
    """

    def __init__(self, config: BitletConfig) -> None:
        self.config = config
        self._batch = BatchSimulator(Pe(config))

    def run(self, jobs: Sequence[Job]) -> DotProducts:
        """Reset, then make dot products; a part is always offered, and what is there is always taken.

        Parameters
        ----------
        jobs : sequence of Job

        Returns
        -------
        DotProducts

        Raises
        ------
        SimulationError
            If not all of them come.
        """
        payloads = np.concatenate([beats(job, self.config) for job in jobs])
        self._batch.reset()
        done = self._batch.run({"i": payloads}, {"o": len(jobs)}, max_cycles=1000 + MOST_CYCLES * len(payloads))
        codes = done.outputs["o"]
        return DotProducts(
            codes=codes,
            results=results(codes, [job.form for job in jobs], self.config),
            cycles=done.beat_cycles["o"],
            parts=len(payloads),
        )

    def checked(self, jobs: Sequence[Job]) -> DotProducts:
        """As :meth:`run`, each result compared with the golden model's and each cycle with the schedule's.

        Raises
        ------
        BenchFailure
            If one differs.
        """
        done = self.run(jobs)
        times = PeTimes(self.config)
        for job in jobs:
            times.feed(job)
        times.run([0] * done.parts)
        for number, job in enumerate(jobs):
            if done.codes[number] != result_code(job, self.config):
                raise BenchFailure(
                    f"dot product {number} ({job.form}): {int(done.codes[number]):#x}, "
                    f"the golden model says {result_code(job, self.config):#x}"
                )
            if done.cycles[number] != times.given[number]:
                raise BenchFailure(
                    f"dot product {number} ({job.form}): in cycle {done.cycles[number]}, "
                    f"by the schedule in {times.given[number]}"
                )
        return done
