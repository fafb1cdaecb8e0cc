"""Dot products as the processing element takes them: in windows, and these in parts."""

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from racelet.golden.bitlet.config import BitletConfig
from racelet.golden.bitlet.dot_product import columns_of
from racelet.golden.bitlet.number_format import number_format
from racelet.golden.bitlet.preprocessor import Terms, preprocess


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


def window_terms(job: Job, cut: Sequence[Part], windows: int = 1, which: int = 0) -> Terms:
    """Terms of a window; those that are not there have no magnitude.

    Parameters
    ----------
    job : Job
    cut : sequence of Part
        Of the window, or of several side by side.
    windows, which : int
        How many these are, and which one is meant.

    Examples
    --------
    >>> job = Job(weights=np.array([3, -2, 1]), activations=np.array([1, 1, 0]), form="int4")
    >>> config = BitletConfig(formats=("int4",), window=4, load=4, lanes=4)
    >>> terms = window_terms(job, parts(3, "int4", config))
    >>> terms.magnitude.tolist(), terms.activation.tolist()
    ([3, 2, 1, 0], [1, -1, 0, 0])
    """
    load = len(cut[0].numbers) // windows
    numbers = np.array([number for part in cut for number in part.numbers[which * load : (which + 1) * load]])
    there = numbers >= 0
    terms = preprocess(job.weights[numbers], job.activations[numbers], number_format(job.form))
    return dataclasses.replace(
        terms,
        magnitude=np.where(there, terms.magnitude, 0),
        activation=np.where(there, terms.activation, 0),
    )


def window_columns(job: Job, cut: Sequence[Part], config: BitletConfig) -> list[list[int]]:
    """Columns of a window of integers, or of several side by side, as the lanes have them.

    Parameters
    ----------
    job : Job
    cut : sequence of Part
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
        terms = window_terms(job, cut, config.windows(form), window)
        digits = columns_of(terms, form, config).digits != 0
        if config.skip_zeros:
            digits &= terms.activation != 0
        columns += [np.flatnonzero(row).tolist() for row in digits[::-1]]
    return columns
