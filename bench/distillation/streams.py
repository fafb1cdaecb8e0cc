"""Streams of dot products with random numbers, the same in every run."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from racelet.golden.bitlet.job import Job
from racelet.golden.bitlet.number_format import nearest, number_format

PRODUCTS = 1024
"""Of a dot product."""
COUNT = 32
"""Dot products of a stream."""
SIGMA = 40.0
"""Standard deviation of int8 weights before they are clipped."""

Numbers = NDArray[np.int64] | NDArray[np.float64]
Draw = Callable[[Generator, tuple[int, int]], Numbers]


def _clipped(values: NDArray[np.float64], most: int) -> NDArray[np.int64]:
    return np.clip(np.rint(values), -most, most).astype(np.int64)


def _integers(width: int) -> Draw:
    most = 1 << (width - 1)
    return lambda rng, shape: rng.integers(-most, most, shape)


def _gaussian(width: int) -> Draw:
    most = (1 << (width - 1)) - 1
    return lambda rng, shape: _clipped(rng.normal(scale=SIGMA * most / 127, size=shape), most)


def _floats(form: str) -> Draw:
    return lambda rng, shape: nearest(rng.normal(size=shape), number_format(form))


def _laplace(rng: Generator, shape: tuple[int, int]) -> Numbers:
    return _clipped(rng.laplace(scale=SIGMA / np.sqrt(2), size=shape), 127)


def _half_zeros(rng: Generator, shape: tuple[int, int]) -> Numbers:
    return np.where(rng.random(shape) < 0.5, 0, rng.integers(-128, 128, shape))


STREAMS: Mapping[str, tuple[str, Draw, Draw]] = {
    "int8_uniform": ("int8", _integers(8), _integers(8)),
    "int8_gaussian": ("int8", _gaussian(8), _integers(8)),
    "int8_laplace": ("int8", _laplace, _integers(8)),
    "int8_sparse": ("int8", _gaussian(8), _half_zeros),
    "int16_gaussian": ("int16", _gaussian(16), _integers(16)),
    "fp16": ("fp16", _floats("fp16"), _floats("fp16")),
    "bf16": ("bf16", _floats("bf16"), _floats("bf16")),
    "fp32": ("fp32", _floats("fp32"), _floats("fp32")),
}
"""Format, weights and activations of each; of ``int8_sparse`` half of the activations are zero, the others are
uniform. Floating-point numbers are gaussian."""


def stream(name: str, count: int = COUNT, products: int = PRODUCTS) -> list[Job]:
    """Dot products of a stream.

    Parameters
    ----------
    name : str
        One of ``STREAMS``.
    count : int
        Dot products.
    products : int
        Of each.

    Examples
    --------
    >>> [len(job.weights) for job in stream("int8_laplace", count=2, products=70)]
    [70, 70]
    """
    form, weights, activations = STREAMS[name]
    rng = np.random.default_rng(1)
    left, right = (draw(rng, (count, products)) for draw in (weights, activations))
    return [Job(weights=row, activations=column, form=form) for row, column in zip(left, right, strict=True)]
