"""Processing element: when dot products are there."""

from collections import deque
from collections.abc import Iterable

from racelet.golden.bitlet import normalizer, wide_accumulator
from racelet.golden.bitlet.adder_tree import latency
from racelet.golden.bitlet.config import BitletConfig
from racelet.golden.bitlet.job import Job, Part, parts, window_columns, window_terms
from racelet.golden.bitlet.lane import Lanes
from racelet.golden.bitlet.number_format import NumberFormat, number_format
from racelet.golden.bitlet.passes import MatcherTimes, passes

RESULTS = 16
"""Dot products that can be on their way or wait to be taken."""
PASSES = 16
"""Passes over windows of floating-point numbers that can be on their way to the accumulator."""
DISTILLER_LATENCY = 5
"""Cycles from the last digit of a window to the sums of its columns."""
QUEUE_LATENCY = 1
"""Cycles that a sum or a result spends in a queue at least."""


class SumTimes:
    """When the accumulator takes the sums of passes, and the normaliser gives the numbers that they make.

    Parameters
    ----------
    config : BitletConfig
    """

    def __init__(self, config: BitletConfig) -> None:
        self._shape = config.accumulator
        self._begun = 0
        self._taken: deque[int] = deque()
        self._free = 0
        self._record = -1

    def free(self, cycle: int) -> bool:
        """Whether another pass may end on its way into the lanes in this cycle.

        Examples
        --------
        >>> SumTimes(BitletConfig(formats=("fp16",))).free(0)
        True
        """
        while self._taken and self._taken[0] < cycle:
            self._taken.popleft()
            self._begun -= 1
        return self._begun < PASSES

    def begin(self) -> None:
        """Let a pass be on its way."""
        self._begun += 1

    def add(self, offered: int, form: NumberFormat | None) -> int | None:
        """Take a pass that is offered in this cycle; gives the number's cycle, if it is the last one of this format.

        Examples
        --------
        >>> SumTimes(BitletConfig(formats=("fp16",))).add(0, number_format("fp16"))
        15
        """
        assert self._shape is not None
        taken = max(offered, self._free)
        self._taken.append(taken)
        self._free = taken + wide_accumulator.pass_cycles(self._shape)
        if form is None:
            return None
        begin = max(self._free, self._record) + 1
        self._free = begin + wide_accumulator.drain_words(form, self._shape) - 1
        self._record = self._free + wide_accumulator.LATENCY
        return self._record + normalizer.LATENCY + QUEUE_LATENCY


class PeTimes:
    """When the processing element does what, cycle by cycle, while nothing that it gives has to wait.

    Parameters
    ----------
    config : BitletConfig
    left : list of int, optional
        Cycles in which dot products are taken, where somebody else says so; else that in which each is given.

    Attributes
    ----------
    taken : list of int
        Cycle of every part.
    given : list of int
        Cycle of every dot product.
    """

    def __init__(self, config: BitletConfig, left: list[int] | None = None) -> None:
        self.config = config
        self.taken: list[int] = []
        self.given: list[int] = []
        self._left = self.given if left is None else left
        self._cycle = 0
        self._lanes, self._matcher, self._sums = Lanes(config, config.used_lanes), MatcherTimes(), SumTimes(config)
        # Parts and formats of what comes; those in the preprocessor's two stages and in the digit encoder.
        self._coming: deque[tuple[Part, NumberFormat]] = deque()
        self._stages: list[Part | None] = [None] * 3
        self._floats = any(form.is_float for form in config.forms)
        self._closed = 0
        # Of windows and passes in the lanes: the format of the dot product that they end.
        self._ends: deque[NumberFormat | None] = deque()
        self._kinds: deque[bool] = deque()
        self._ended = self._number = 0

    def feed(self, job: Job) -> None:
        """Say what the next dot product will be.

        Examples
        --------
        >>> import numpy as np
        >>> times = PeTimes(BitletConfig(window=4, load=4, lanes=8))
        >>> times.feed(Job(weights=np.array([1, 3]), activations=np.array([5, 7]), form="int8"))
        >>> times.run([0])
        >>> times.given
        [14]
        """
        form = number_format(job.form)
        cut = parts(len(job.weights), job.form, self.config, self._number)
        self._coming.extend((part, form) for part in cut)
        ring = self.config.digit_columns(form)
        windows: dict[int, list[Part]] = {}
        for part in cut:
            windows.setdefault(part.window, []).append(part)
        self._number += len(windows)
        for each in windows.values():
            if form.is_float:
                columns = [one.columns for one in passes(window_terms(job, each), form, self.config)]
                self._matcher.feed(len(each), len(columns))
            else:
                columns = [window_columns(job, each, self.config)]
            for one in columns:
                self._lanes.feed(one, ring, len(each))
            self._ends.extend([None] * (len(columns) - 1) + [form if each[-1].last else None])
            self._kinds.extend([form.is_float] * len(columns))

    def run(self, offered: Iterable[int]) -> None:
        """Let all that was fed pass; its parts are offered in these cycles at first, one for each.

        Raises
        ------
        ValueError
            If there are not as many cycles as parts.
        """
        cycles = deque(offered)
        if len(cycles) != len(self._coming):
            raise ValueError(f"{len(self._coming)} parts were fed, but {len(cycles)} are offered")
        while cycles or self._ends:
            if self.step(bool(cycles) and cycles[0] <= self._cycle):
                cycles.popleft()

    @property
    def ready(self) -> bool:
        """Whether the next part can be taken in this cycle."""
        if not self._coming:
            return False
        part, form = self._coming[0]
        # A place is known of in the cycle after a result has been taken.
        waiting = self._closed - sum(cycle < self._cycle for cycle in self._left)
        if (part.ends and part.last and waiting >= RESULTS) or (form.is_float != self._floats and waiting):
            return False
        return self._moves(0)

    def _moves(self, stage: int) -> bool:
        """Whether a stage takes what is before it: those of the preprocessor together."""
        if stage < 2:
            return self._stages[1] is None or self._moves(2)
        if self._floats:
            return self._matcher.ready
        return self._lanes.ready if stage == 3 else self._stages[2] is None or self._moves(3)

    def step(self, offered: bool) -> bool:
        """Let a cycle pass, in which the next part is offered or not; tells whether it is taken."""
        taken = offered and self.ready
        moves = [self._moves(stage) for stage in range(4)]
        if self._floats:
            ends = self._matcher.offered
            free = not ends or self._sums.free(self._cycle)
            self._matcher.step(self._stages[1] is not None, self._lanes.ready and free)
            if self._lanes.step(ends is not None and free) and ends:
                self._sums.begin()
            if moves[1]:
                self._stages[1] = self._stages[0]
        else:
            self._lanes.step(self._stages[2] is not None)
            for stage in (2, 1):
                if moves[stage]:
                    self._stages[stage] = self._stages[stage - 1]
        if moves[0]:
            self._stages[0] = None
        if taken:
            self._stages[0], form = self._coming.popleft()
            self.taken.append(self._cycle)
            self._closed += self._stages[0].ends and self._stages[0].last
            self._floats = form.is_float
        self._end()
        self._cycle += 1
        return taken

    def _end(self) -> None:
        """Tell of dot products that have ended."""
        way = DISTILLER_LATENCY + latency(self.config.used_lanes) + QUEUE_LATENCY
        while self._ended < len(self._lanes.ended):
            there, form = self._lanes.ended[self._ended] + way, self._ends.popleft()
            self._ended += 1
            result = self._sums.add(there, form) if self._kinds.popleft() else there if form else None
            if result is not None:
                self.given.append(result)
