"""Passes over a window of floating-point numbers: as many columns at a time as there are lanes."""
# Ref: H. Lu et al., "Distilling bit-level sparsity parallelism for general purpose deep learning acceleration",
# MICRO 2021, section 4, "dynamic exponent matching".

import dataclasses
from collections import deque

import numpy as np

from racelet.golden.bitlet.config import BitletConfig
from racelet.golden.bitlet.number_format import NumberFormat
from racelet.golden.bitlet.preprocessor import Terms


@dataclasses.dataclass(frozen=True, kw_only=True)
class Pass:
    """Columns that are distilled together.

    Parameters
    ----------
    columns : list of list of int
        For every lane, the least significant first, the numbers of the weights with a digit there.
    place : int
        Power of two of the sum's last bit, counted from ``config.lanes`` below that of the least product.
    last : bool
        Nothing is left of the window.
    """

    columns: list[list[int]]
    place: int
    last: bool


def passes(terms: Terms, form: NumberFormat, config: BitletConfig) -> list[Pass]:
    """Cut the columns of a window into passes.

    Each begins at the first column that has not been in one and in which there may be a digit, by the exponents alone;
    the first one at that of the largest exponent.

    Parameters
    ----------
    terms : Terms
    form : NumberFormat
        A floating-point one.
    config : BitletConfig

    Examples
    --------
    >>> from racelet.golden.bitlet.number_format import number_format
    >>> from racelet.golden.bitlet.preprocessor import preprocess
    >>> form, config = number_format("fp16"), BitletConfig(formats=("fp16",), lanes=12)
    >>> terms = preprocess(np.array([1.5, 2.0**-14]), np.array([1.0, 1.0]), form)
    >>> [(each.columns[-2:], each.place, each.last) for each in passes(terms, form, config)]
    [([[0], [0]], 39, False), ([[], [1]], 25, True)]
    """
    lanes, width, least = config.lanes, form.magnitude_width, 2 * form.least_unit
    live = np.flatnonzero((terms.magnitude != 0) & (terms.activation != 0)).tolist()
    units = {number: int(terms.unit[number]) for number in live}
    # A unit stands for the column of its magnitude's first bit.
    first = max(units.values(), default=least - 2)
    end = None if config.kept is None else first - config.kept

    def is_kept(unit: int) -> bool:
        return end is None or unit > end

    found: list[Pass] = []
    start = first
    while not found or not found[-1].last:
        columns: list[list[int]] = [[] for _ in range(lanes)]
        for number, unit in units.items():
            for bit in range(width):
                lane = lanes - width + bit + unit - start
                if terms.magnitude[number] >> bit & 1 and 0 <= lane < lanes and is_kept(start - lanes + 1 + lane):
                    columns[lane].append(number)
        following = start - lanes
        left = [min(unit, following) for unit in units.values() if unit - width < following]
        left = [unit for unit in left if is_kept(unit)]
        found.append(Pass(columns=columns, place=start - least + width, last=not left))
        start = max(left, default=start)
    return found


class MatcherTimes:
    """When the exponent matcher does what, cycle by cycle.

    A window's largest exponent is known two cycles after its last part has come. A pass has a part per cycle, each
    there two cycles after it was begun; what it leaves is known in the cycle in which its last part is there.
    """

    def __init__(self) -> None:
        self._cycle = 0
        # Parts and passes of windows, in the order in which they are loaded, and in which they are given.
        self._coming: deque[int] = deque()
        self._counts: deque[list[int]] = deque()
        self._loaded = 0
        self._full = 0
        self._known: deque[int] = deque()
        # What is read, and what was: whether it is a pass's last part.
        self._reads: int | None = None
        self._stages: list[bool | None] = [None, None]
        self._busy = self._decided = False

    def feed(self, parts: int, count: int) -> None:
        """Say how many parts the next window will have, and how many passes."""
        self._coming.append(parts)
        self._counts.append([parts, count])

    @property
    def ready(self) -> bool:
        """Whether a part of a window is taken in this cycle, if one is offered."""
        return self._full < 2

    @property
    def offered(self) -> bool | None:
        """Whether the part of a pass that is offered in this cycle is the last one; None: none is."""
        return self._stages[1]

    def step(self, offered: bool, taken: bool) -> None:
        """Let a cycle pass, in which a part of a window is offered or not, and that of a pass taken or not."""
        moves = self._stages[1] is None or taken
        begins = not self._busy and bool(self._known) and self._known[0] <= self._cycle
        if self._decided:
            self._counts[0][1] -= 1
            begins = self._counts[0][1] > 0
        releases = self._decided and not begins
        accepts = offered and self.ready
        self._decided = False
        if moves:
            self._decided = bool(self._stages[0])
            ends = None if self._reads is None else self._reads == self._counts[0][0] - 1
            self._stages = [ends, self._stages[0]]
            self._reads = None if ends is None or ends else (self._reads or 0) + 1
        if begins:
            self._busy, self._reads = True, 0
        if releases:
            self._busy = False
            self._full -= 1
            self._known.popleft()
            self._counts.popleft()
        if accepts:
            self._loaded += 1
            if self._loaded == self._coming[0]:
                self._coming.popleft()
                self._loaded = 0
                self._full += 1
                self._known.append(self._cycle + 2)
        self._cycle += 1
