"""Processing element: dot products, and when they are there."""

import dataclasses
from collections import deque
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from racelet.golden.bitlet.adder_tree import latency
from racelet.golden.bitlet.config import BitletConfig
from racelet.golden.bitlet.dot_product import columns_of
from racelet.golden.bitlet.lane import Lanes
from racelet.golden.bitlet.number_format import number_format
from racelet.golden.bitlet.preprocessor import preprocess

RESULTS = 16
"""Dot products that can be on their way or wait to be taken."""
LATENCY = 5
"""Cycles from the last digit of a dot product to its sum, but for the adder tree: four in the distiller, one in the
queue of results."""
STAGES = 3
"""Registers between what is taken and the distiller: two of the preprocessor, one of the digit encoder."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Job:
    """A dot product to be made.

    Parameters
    ----------
    weights, activations : float64 or int64, shape (n,)
        Numbers of the format.
    form : str
        One of the config's formats.
    """

    weights: NDArray[np.float64] | NDArray[np.int64]
    activations: NDArray[np.float64] | NDArray[np.int64]
    form: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Part:
    """What goes in at a time: some numbers of a job, those of windows side by side one behind the other.

    Parameters
    ----------
    numbers : tuple of int
        Which ones; -1 where there is none.
    window : int
        Number of the window, or of those side by side, among all of a run.
    ends, last : bool
        It is the window's last part; the window is its job's last.
    """

    numbers: tuple[int, ...]
    window: int
    ends: bool
    last: bool


def parts(count: int, form: str, config: BitletConfig, first: int = 0) -> list[Part]:
    """Cut a dot product into windows, and these into parts.

    Windows side by side are filled in turn, so that they end together.

    Parameters
    ----------
    count : int
        Products.
    form : str
    config : BitletConfig
    first : int
        Number of the first window.

    Examples
    --------
    >>> config = BitletConfig(formats=("int4",), window=4, load=2, lanes=8)
    >>> [(part.numbers, part.ends, part.last) for part in parts(7, "int4", config)]
    [((0, 1, 2, 3), False, True), ((4, 5, 6, -1), True, True)]
    """
    width = config.load * config.windows(number_format(form))
    rows = [tuple(k if k < count else -1 for k in range(low, low + width)) for low in range(0, count, width)]
    each = config.window // config.load
    windows = -(-len(rows) // each)
    return [
        Part(
            numbers=numbers,
            window=first + number // each,
            ends=number % each == each - 1 or number == len(rows) - 1,
            last=number // each == windows - 1,
        )
        for number, numbers in enumerate(rows)
    ]


def window_columns(job: Job, parts_: Sequence[Part], config: BitletConfig) -> list[list[int]]:
    """Columns of a window of integers, or of several side by side, as the lanes have them.

    Parameters
    ----------
    job : Job
    parts_ : sequence of Part
        Of the window.
    config : BitletConfig

    Returns
    -------
    list of list of int
        For every lane the numbers of the weights with a digit there: the place in its own window.

    Examples
    --------
    >>> config = BitletConfig(formats=("int2",), window=4, load=2, lanes=4)
    >>> job = Job(weights=np.array([1, -2, 1, -2]), activations=np.ones(4, np.int64), form="int2")
    >>> window_columns(job, parts(4, "int2", config), config)
    [[0], [1], [0], [1]]
    """
    form = number_format(job.form)
    columns: list[list[int]] = []
    for window in range(config.windows(form)):
        places = slice(window * config.load, (window + 1) * config.load)
        numbers = np.array([number for part in parts_ for number in part.numbers[places]])
        terms = preprocess(job.weights[numbers], job.activations[numbers], form)
        digits = columns_of(terms, form, config).digits != 0
        digits &= numbers >= 0
        if config.skip_zeros:
            digits &= terms.activation != 0
        columns += [np.flatnonzero(row).tolist() for row in digits[::-1]]
    return columns


class PeTimes:
    """When the processing element does what, cycle by cycle, while nothing that it gives has to wait.

    Parameters
    ----------
    config : BitletConfig

    Attributes
    ----------
    taken : list of int
        Cycle of every part.
    given : list of int
        Cycle of every dot product.
    """

    def __init__(self, config: BitletConfig) -> None:
        self.config = config
        self.taken: list[int] = []
        self.given: list[int] = []
        self._cycle = 0
        self._lanes = Lanes(config, config.used_lanes)
        self._coming: deque[Part] = deque()
        self._stages: list[Part | None] = [None] * STAGES
        # Windows that end a dot product.
        self._last: list[bool] = []
        self._ended = 0
        self._closed = 0

    def feed(self, job: Job) -> None:
        """Say what the next dot product will be.

        Examples
        --------
        >>> times = PeTimes(BitletConfig(window=4, load=4, lanes=8))
        >>> times.feed(Job(weights=np.array([1, 3]), activations=np.array([5, 7]), form="int8"))
        >>> times.run([0])
        >>> times.given
        [13]
        """
        cut = parts(len(job.weights), job.form, self.config, len(self._last))
        self._coming.extend(cut)
        ring = self.config.digit_columns(number_format(job.form))
        windows: dict[int, list[Part]] = {}
        for part in cut:
            windows.setdefault(part.window, []).append(part)
        for each in windows.values():
            self._lanes.feed(window_columns(job, each, self.config), ring, len(each))
            self._last.append(each[-1].last)

    def run(self, offered: Iterable[int]) -> None:
        """Let all that was fed pass; its parts are offered in these cycles at first."""
        cycles = deque(offered)
        while cycles or len(self.given) < sum(self._last):
            if self.step(bool(cycles) and cycles[0] <= self._cycle):
                cycles.popleft()

    @property
    def ready(self) -> bool:
        """Whether the next part can be taken in this cycle."""
        if not self._coming:
            return False
        closes = self._coming[0].ends and self._coming[0].last
        # A place is known of in the cycle after a result has been taken.
        waiting = self._closed - sum(cycle < self._cycle for cycle in self.given)
        return self._moves(0) and not (closes and waiting >= RESULTS)

    def _moves(self, stage: int) -> bool:
        """Whether a stage takes what is before it: those of the preprocessor together."""
        if stage == STAGES:
            return self._lanes.ready
        end = max(stage, STAGES - 2)
        return self._stages[end] is None or self._moves(end + 1)

    def step(self, offered: bool) -> bool:
        """Let a cycle pass, in which the next part is offered or not; tells whether it is taken."""
        taken = offered and self.ready
        moves = [self._moves(stage) for stage in range(STAGES + 1)]
        self._lanes.step(self._stages[-1] is not None)
        for stage in range(STAGES - 1, -1, -1):
            if moves[stage]:
                self._stages[stage] = self._stages[stage - 1] if stage else None
        if taken:
            part = self._coming.popleft()
            self._stages[0] = part
            self.taken.append(self._cycle)
            self._closed += part.ends and part.last
        for window, end in enumerate(self._lanes.ended[self._ended :], self._ended):
            if self._last[window]:
                self.given.append(end + LATENCY + latency(self.config.used_lanes))
        self._ended = len(self._lanes.ended)
        self._cycle += 1
        return taken
