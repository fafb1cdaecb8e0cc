"""Random dot products and matrix products, with what is rare in numbers."""

import dataclasses
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from racelet.golden.bitlet.array import products
from racelet.golden.bitlet.config import BitletConfig
from racelet.golden.bitlet.job import Job
from racelet.golden.bitlet.number_format import NumberFormat, nearest, number_format
from racelet.golden.bitlet.packets import Values
from racelet.golden.bitlet.run_queue import Run
from racelet.sim.bitlet.beats import tile_beats


def random_job(rng: Generator, config: BitletConfig, most: int | None = None, name: str = "") -> Job:
    """Of any length, or up to one, and any format, or one, with small numbers, any, or the extremes; some are zeros."""
    name = name or str(rng.choice(config.formats))
    form = number_format(name)
    lengths = [1, 3, config.window, 2 * config.window + 1, 200]
    count = min(int(rng.choice(lengths)), config.terms, most or config.terms)
    weights, activations = (random_numbers(rng, form, count) for _ in range(2))
    activations[rng.random(count) < rng.choice([0.0, 0.5])] = 0
    return Job(weights=weights, activations=activations, form=name)


@dataclasses.dataclass(frozen=True, kw_only=True)
class MatrixRun:
    """Matrix products of one format and length, as large as the array.

    Parameters
    ----------
    activations : float64 or int64, shape (products, rows, terms)
    weights : float64 or int64, shape (products, terms, columns)
    form : str
    config : BitletConfig
        Of the array.
    """

    activations: Values
    weights: Values
    form: str
    config: BitletConfig

    @property
    def run(self) -> Run:
        """What software asks for."""
        count, terms, _ = self.weights.shape
        return Run(form=self.config.formats.index(self.form), terms=terms, products=count)

    def beats(self) -> list[int]:
        """Payloads of the array's input."""
        pairs = zip(self.activations, self.weights, strict=True)
        return [
            int.from_bytes(beat.tobytes(), "little")
            for left, right in pairs
            for beat in tile_beats(left, right, self.form, self.config)
        ]

    def results(self) -> NDArray[Any]:
        """What the golden model makes of it, shape (products, rows, columns)."""
        pairs = zip(self.activations, self.weights, strict=True)
        return np.stack([products(left, right, self.config, self.form) for left, right in pairs])


def random_run(
    rng: Generator,
    config: BitletConfig,
    most: int = 3,
    *,
    form: str | None = None,
    terms: int | None = None,
    count: int | None = None,
) -> MatrixRun:
    """Up to some products, or so many, of any format and length, or of one."""
    name = form or str(rng.choice(config.formats))
    kind, count = number_format(name), count or int(rng.integers(1, most + 1))
    numbers = config.load * config.windows(kind)
    each = numbers * config.window // config.load
    lengths = [1, numbers, numbers + 1, each - 1, each, each + 1, int(rng.integers(1, 3 * each))]
    terms = terms or min(int(rng.choice(lengths)), config.terms)
    sides = [(count, config.rows, terms), (count, terms, config.columns)]
    left, right = (random_numbers(rng, kind, int(np.prod(shape))).reshape(shape) for shape in sides)
    return MatrixRun(activations=left, weights=right, form=name, config=config)


def random_numbers(rng: Generator, form: NumberFormat, count: int) -> Values:
    """Small numbers, any, or the extremes, shape (n,)."""
    return (_random_floats if form.is_float else _random_integers)(rng, form, count)


def _random_integers(rng: Generator, form: NumberFormat, count: int) -> Values:
    most = 1 << (form.width - 1)
    kinds = [
        lambda: rng.integers(-most, most, count),
        lambda: np.clip(np.rint(rng.normal(scale=most / 3, size=count)), -most, most - 1).astype(np.int64),
        lambda: rng.choice([-most, most - 1, 0, -1, 1], count),
        lambda: np.zeros(count, np.int64),
    ]
    return kinds[rng.choice(4, p=[0.3, 0.4, 0.2, 0.1])]()


def _random_floats(rng: Generator, form: NumberFormat, count: int) -> Values:
    largest = np.ldexp(2.0**form.magnitude_width - 1, form.greatest_unit)
    least = 2.0**form.least_unit
    special = [np.inf, -np.inf, np.nan, 0.0, -0.0, largest, -largest, least, -least, 1.0, -1.0]
    kinds = [
        lambda: rng.normal(size=count),
        # Of any exponent, subnormal ones too.
        lambda: rng.normal(size=count) * 2.0 ** rng.integers(form.least_unit, 1 - form.least_unit, count),
        lambda: rng.choice(special, count, p=[0.01, 0.01, 0.01, *[0.97 / 8] * 8]),
        lambda: -np.zeros(count),
        lambda: np.repeat([1.0, -1.0], count)[:count] * rng.normal(),
    ]
    return nearest(kinds[rng.choice(5, p=[0.4, 0.3, 0.1, 0.1, 0.1])](), form)
