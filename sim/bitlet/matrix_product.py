"""The array in the batch simulator: matrix products of any size, in tiles."""

import dataclasses

import numpy as np
from numpy.typing import NDArray

from racelet.golden.bitlet.config import BitletConfig
from racelet.golden.bitlet.number_format import number_format
from racelet.hw.bitlet.array import Array
from racelet.sim.batch import BatchSimulator
from racelet.sim.bitlet.beats import tile_beats, tile_results

MOST_CYCLES = 64
"""Per beat, after which a product is given up: no window of any format takes as many for each of its beats."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class MatrixProduct:
    """A matrix product and what it took.

    Parameters
    ----------
    result : float64 or int64, shape (m, n)
    cycles : int
        From the first beat that was offered to the last result.
    beats : int
        Of all tiles.
    """

    result: NDArray[np.float64] | NDArray[np.int64]
    cycles: int
    beats: int


class ArraySimulator:
    """One array that is fed with matrix products; beats are always offered, results always taken.

    A product is cut into tiles of as many rows and columns as there are. Elements share the marks of a beat, so what is
    missing in a tile at the edge is filled with zeros, and its results are dropped.

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
        self._batch = BatchSimulator(Array(config))

    def run(
        self,
        activations: NDArray[np.float64] | NDArray[np.int64],
        weights: NDArray[np.float64] | NDArray[np.int64],
        form: str,
        *,
        swapped: bool = False,
    ) -> MatrixProduct:
        """Make a product.

        Parameters
        ----------
        activations : float64 or int64, shape (m, k)
        weights : float64 or int64, shape (k, n)
            Numbers of the format; k in 1..config.terms.
        form : str
            One of ``config.formats``.
        swapped : bool
            Feed each from the other side, so that the bits of ``activations`` are distilled; the result is the same.

        Returns
        -------
        MatrixProduct
            Results are those of :func:`racelet.golden.bitlet.array.products`.

        Raises
        ------
        SimulationError
            If not all of it comes.
        ValueError
            If shapes or the format do not fit.
        """
        if swapped:
            turned = self.run(weights.T, activations.T, form)
            return dataclasses.replace(turned, result=turned.result.T)
        payloads = tile_beats(activations, weights, form, self.config)
        (m, _), (_, n) = activations.shape, weights.shape
        down, across = -(-m // self.config.rows), -(-n // self.config.columns)
        done = self._batch.run({"i": payloads}, {"o": down * across}, max_cycles=1000 + MOST_CYCLES * len(payloads))
        values = tile_results(done.outputs["o"], number_format(form), self.config)
        tiles = values.reshape(down, across, self.config.rows, self.config.columns)
        result = tiles.transpose(0, 2, 1, 3).reshape(down * self.config.rows, across * self.config.columns)
        return MatrixProduct(result=result[:m, :n], cycles=done.cycles, beats=len(payloads))
