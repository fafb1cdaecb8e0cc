"""Products of matrices as beats of a column path: in which order, where their sums belong, and how long they take."""

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from racelet.golden.adc import column_path
from racelet.golden.adc.cells import Cells
from racelet.golden.adc.column_path import Beat
from racelet.golden.adc.config import AdcConfig
from racelet.golden.adc.conversion import beat_interval
from racelet.golden.dwcpwc.dot_engine import DotBeat, parallel_latency


class Engine(Protocol):
    """What makes sums of beats: :class:`racelet.golden.adc.column_path.ColumnPath`, or hardware that is asked so."""

    def dot_products(self, beats: Sequence[Beat], /) -> NDArray[np.int32]:
        """Sums of beats, shape (sums, output_lanes): a row for each ``last`` one, in order."""
        ...


@dataclasses.dataclass(frozen=True, kw_only=True)
class ProductBeats:
    """Beats that have their weights in common, one after the other, each with a slot of its own.

    Parameters
    ----------
    activations : int8, shape (count, input_lanes)
        Beat n has slot n.
    weights : int8, shape (output_lanes, input_lanes)
    first, last : bool
        Whether they begin their sums, and whether they give them out.
    rows, columns : slice
        What of the product their sums are; there are more lanes where columns are fewer.
    """

    activations: NDArray[np.int8]
    weights: NDArray[np.int8]
    first: bool
    last: bool
    rows: slice
    columns: slice

    def beats(self) -> list[DotBeat]:
        """The beats."""
        first, last = int(self.first), int(self.last)
        return [
            DotBeat(activations=each, weights=self.weights, slot=slot, first=first, last=last)
            for slot, each in enumerate(self.activations)
        ]


def product_beats(
    activations: NDArray[np.int64], weights: NDArray[np.int64], config: AdcConfig
) -> Iterator[ProductBeats]:
    """Beats of ``activations @ weights.T``.

    Weights stay while there are slots for more rows of activations. Then those of the same outputs come that are next
    in depth, then the next outputs, then the next rows of activations. Lanes beyond depth and outputs are zero.

    Parameters
    ----------
    activations : int64, shape (rows, depth)
    weights : int64, shape (columns, depth)
    config : AdcConfig

    Yields
    ------
    ProductBeats

    Examples
    --------
    >>> config = AdcConfig(slots=2, input_lanes=2, word_lines=2, output_lanes=2)
    >>> for each in product_beats(np.ones((3, 4), np.int64), np.ones((2, 4), np.int64), config):
    ...     print(len(each.activations), each.first, each.last, each.rows.start)
    2 True False 0
    2 False True 0
    1 True False 2
    1 False True 2
    """
    lanes, outputs = config.input_lanes, config.output_lanes
    left, right = _padded(activations, 1, lanes), _padded(weights, outputs, lanes)
    depths = range(0, left.shape[1], lanes)
    for row in range(0, len(activations), config.slots):
        rows = slice(row, min(row + config.slots, len(activations)))
        for output in range(0, len(weights), outputs):
            for depth in depths:
                part = slice(depth, depth + lanes)
                yield ProductBeats(
                    activations=left[rows, part],
                    weights=right[output : output + outputs, part],
                    first=depth == 0,
                    last=depth == depths[-1],
                    rows=rows,
                    columns=slice(output, min(output + outputs, len(weights))),
                )


def product(
    engine: Engine, activations: NDArray[np.int64], weights: NDArray[np.int64], config: AdcConfig
) -> NDArray[np.int64]:
    """The product, as an engine makes it of all beats.

    Parameters
    ----------
    engine : Engine
        Asked once.
    activations, weights, config
        As of :func:`product_beats`.

    Returns
    -------
    int64, shape (rows, columns)

    Examples
    --------
    >>> from racelet.golden.adc.cell_sampling import sample_cells
    >>> from racelet.golden.adc.column_path import ColumnPath
    >>> from racelet.golden.adc.macro_config import IDEAL
    >>> config = AdcConfig(slots=2, input_lanes=2, word_lines=2, output_lanes=2, noise=False)
    >>> path = ColumnPath(config, sample_cells(config, IDEAL, 1))
    >>> product(path, np.array([[3, 0, 1], [1, 2, 3]]), np.array([[1, -2, 1]]), config).tolist()
    [[4], [0]]
    """
    parts = list(product_beats(activations, weights, config))
    sums = engine.dot_products([beat for part in parts for beat in part.beats()])
    found = np.zeros((len(activations), len(weights)), np.int64)
    done = 0
    for part in parts:
        if part.last:
            count, outputs = len(part.activations), part.columns.stop - part.columns.start
            found[part.rows, part.columns] = sums[done : done + count, :outputs]
            done += count
    return found


def beat_count(rows: int, columns: int, depth: int, config: AdcConfig) -> int:
    """Beats of a product.

    Parameters
    ----------
    rows, columns, depth : int
        Of the product, and of what is added up.
    config : AdcConfig

    Examples
    --------
    >>> beat_count(3, 2, 4, AdcConfig(input_lanes=2, word_lines=2, output_lanes=2))
    6
    """
    return rows * -(-columns // config.output_lanes) * -(-depth // config.input_lanes)


def path_cycles(beats: int, cells: Cells, config: AdcConfig) -> int:
    """Cycles of a column path, from its first beat to its last sums, if nothing waits.

    Parameters
    ----------
    beats : int
        At least 1.
    cells : Cells
    config : AdcConfig

    Examples
    --------
    >>> from racelet.golden.adc.cell_sampling import sample_cells
    >>> from racelet.golden.adc.macro_config import IDEAL
    >>> [path_cycles(beats, sample_cells(AdcConfig(), IDEAL, 1), AdcConfig()) for beats in (1, 2, 100)]
    [19, 31, 1207]
    """
    return (beats - 1) * beat_interval(config) + column_path.latency(cells, config)


def parallel_cycles(beats: int, config: AdcConfig) -> int:
    """Cycles of the parallel dot-product engine for the same beats.

    Parameters
    ----------
    beats : int
        At least 1.
    config : AdcConfig

    Examples
    --------
    >>> [parallel_cycles(beats, AdcConfig()) for beats in (1, 2, 100)]
    [7, 8, 106]
    """
    return beats - 1 + parallel_latency(config.input_lanes)


def _padded(matrix: NDArray[np.int64], rows: int, columns: int) -> NDArray[np.int8]:
    """A matrix with zeros behind, so that its sides are multiples."""
    height, width = matrix.shape
    return np.pad(matrix, ((0, -height % rows), (0, -width % columns))).astype(np.int8)
