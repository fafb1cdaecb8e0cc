"""Training of a linear layer through the array: its three products on the RTL, each result compared, for an epoch."""

import dataclasses
import importlib.util
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from racelet.bench.row import Progress, Row, Table
from racelet.golden.bitlet.config import BitletConfig
from racelet.golden.bitlet.linear import error_bound, rounded_product
from racelet.golden.bitlet.number_format import NumberFormat, number_format
from racelet.sim.bitlet.matrix_product import ArraySimulator
from racelet.sim.errors import BenchFailure, ToolError
from racelet.train.last_layer import KINDS, Arithmetic, Kind, LayerData, LayerRecipe, accuracy, load_layer, train_layer

DESCRIPTION = "the digits network's last layer trained for an epoch on the RTL array, in fp32 and bf16 (bitlet)"

FORMATS = ("fp32", "bf16")
RUNS = ("fp32", "bf16", "numpy", "float64")
"""The array's arithmetic in both formats, numpy's float32, and float64 as what they are compared with."""
CONFIG = BitletConfig(formats=FORMATS, window=16, lanes=12, load=4, terms=64, rows=2, columns=2)
RECIPE = LayerRecipe()
SIDES = ("", "swapped_")
"""Which matrix's bits are distilled: the right one of a product, and then the left one."""


@dataclasses.dataclass(kw_only=True)
class Tally:
    """What the products of one kind took.

    Parameters
    ----------
    macs, results : int
        Multiplications, without those of what fills tiles up; elements of products.
    cycles, swapped_cycles : int
        On the array, each product from its first beat to its last result.
    worst : float
        Largest error against float64, in units of its bound.
    """

    macs: int = 0
    results: int = 0
    cycles: int = 0
    swapped_cycles: int = 0
    worst: float = 0.0

    def add(self, left: NDArray[np.float64], right: NDArray[np.float64], found: NDArray[np.float64], form: str) -> None:
        """Count a product and its errors."""
        self.macs += found.size * left.shape[1]
        self.results += found.size
        errors = np.abs(found - left @ right) / error_bound(left, right, number_format(form))
        self.worst = max(self.worst, float(errors.max()))

    def rows(self, name: str) -> list[Row]:
        """What is told."""
        found = [Row(f"{name}_results", self.results), Row(f"{name}_macs", self.macs)]
        for side, cycles in zip(SIDES, (self.cycles, self.swapped_cycles), strict=True):
            if cycles:
                found.append(Row(f"{name}_{side}cycles", cycles, "cycles"))
                found.append(Row(f"{name}_{side}mac_per_cycle", self.macs / cycles, "MAC/cycle"))
        return [*found, Row(f"{name}_worst_error", self.worst, "bounds")]


class ArrayArithmetic:
    """Products on the array, fed from both sides, each result compared with the golden model's.

    Parameters
    ----------
    simulator : ArraySimulator
    form : str
    """

    def __init__(self, simulator: ArraySimulator, form: str) -> None:
        self.tallies: dict[Kind, Tally] = {kind: Tally() for kind in KINDS}
        self._simulator, self._name, self._form = simulator, form, number_format(form)

    def product(self, kind: Kind, left: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
        """Make a product.

        Raises
        ------
        BenchFailure
            If a result differs, or is farther from float64 than its bound.
        """
        expected = rounded_product(left, right, self._form)
        ways = [self._simulator.run(left, right, self._name, swapped=swapped) for swapped in (False, True)]
        for way, side in zip(ways, SIDES, strict=True):
            wrong = (way.result != expected) | (np.signbit(way.result) != np.signbit(expected))
            if wrong.any():
                row, column = (int(each[0]) for each in np.nonzero(wrong))
                raise BenchFailure(
                    f"{self._name} {side}{kind}, element {row}, {column}: {float(way.result[row, column])!r}, "
                    f"the golden model says {float(expected[row, column])!r}"
                )
        tally = self.tallies[kind]
        tally.cycles += ways[0].cycles
        tally.swapped_cycles += ways[1].cycles
        tally.add(left, right, expected, self._name)
        if not tally.worst <= 1:
            raise BenchFailure(f"{self._name} {kind}: an error against float64 is {tally.worst:.6g} times its bound")
        return np.asarray(ways[0].result, np.float64)


def run(progress: Progress) -> list[Row]:
    """Measure.

    Parameters
    ----------
    progress : Progress

    Returns
    -------
    list of Row
        Those of :func:`training_rows`.

    Raises
    ------
    BenchFailure
        If a result of the array differs from the golden model's, or is farther from float64 than its bound.
    ToolError
        If scikit-learn, which has the images, is not installed.
    """
    if importlib.util.find_spec("sklearn") is None:
        raise ToolError("the images are scikit-learn's, which is not installed: make setup EXTRAS=train")
    progress(0, 1, "building")
    return training_rows(progress, load_layer(), ArraySimulator(CONFIG))


def training_rows(
    progress: Progress, data: LayerData, simulator: ArraySimulator, recipe: LayerRecipe = RECIPE
) -> list[Row]:
    """Train in every arithmetic, from the same weights on the same batches.

    Parameters
    ----------
    progress : Progress
    data : LayerData
    simulator : ArraySimulator
        Of an array that has both formats.
    recipe : LayerRecipe

    Returns
    -------
    list of Row
        For each run ``train_accuracy`` and ``test_accuracy``, the mean ``last_loss`` of five batches, the largest
        ``loss_distance`` from float64's, and every ``loss_N``. For each format and kind of product what
        :meth:`Tally.rows` tells; of numpy only errors, in units of the array's bound.
    """
    steps = -(-len(data.train) // recipe.batch)
    arrays = {form: ArrayArithmetic(simulator, form) for form in FORMATS}
    numpy_tallies: dict[Kind, Tally] = {kind: Tally() for kind in KINDS}

    def numpy_product(kind: Kind, left: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
        found = (left.astype(np.float32) @ right.astype(np.float32)).astype(np.float64)
        numpy_tallies[kind].add(left, right, found, "fp32")
        return found

    arithmetics = {form: Arithmetic(form=number_format(form), product=arrays[form].product) for form in FORMATS}
    arithmetics["numpy"] = Arithmetic(form=number_format("fp32"), product=numpy_product)
    arithmetics["float64"] = Arithmetic(form=None, product=lambda _, left, right: left @ right)
    losses: dict[str, list[float]] = {}
    rows = [Row("steps", steps), Row("batch", recipe.batch), Row("images", len(data.train))]
    for number, (name, arithmetic) in enumerate(arithmetics.items()):
        progress(number * steps, len(RUNS) * steps, name)
        parameters = np.empty(0)
        for epoch in train_layer(data, arithmetic, recipe):
            losses[name], parameters = epoch.losses, epoch.parameters
            progress(number * steps + len(epoch.losses), len(RUNS) * steps, name)
        told = _quick(arithmetic.form)
        for part, positions in (("train", data.train), ("test", data.test)):
            rows.append(Row(f"{name}_{part}_accuracy", 100 * accuracy(data, positions, parameters, told), "%"))
    for name in RUNS:
        distances = np.abs(np.subtract(losses[name], losses["float64"]))
        rows += [
            Row(f"{name}_last_loss", float(np.mean(losses[name][-5:]))),
            Row(f"{name}_loss_distance", float(distances.max())),
        ]
        rows += [Row(f"{name}_loss_{step}", loss) for step, loss in enumerate(losses[name])]
    for form in FORMATS:
        rows += [row for kind in KINDS for row in arrays[form].tallies[kind].rows(f"{form}_{kind}")]
    rows += [Row(f"numpy_{kind}_worst_error", numpy_tallies[kind].worst, "bounds") for kind in KINDS]
    return rows


def _quick(form: NumberFormat | None) -> Arithmetic:
    """The same arithmetic without the array; to tell how many images are right, that of numpy is as good."""

    def product(_: Kind, left: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
        return left @ right if form is None else rounded_product(left, right, form)

    return Arithmetic(form=form, product=product)


def tables(rows: Sequence[Row]) -> list[Table]:
    """Rows put together.

    Parameters
    ----------
    rows : sequence of Row
        As :func:`run` gives them.

    Returns
    -------
    list of Table
        Of the runs, and of the products.
    """
    values = {row.name: row.value for row in rows}
    runs = [
        (
            name,
            *(values[f"{name}_{what}"] for what in ("last_loss", "loss_distance", "train_accuracy", "test_accuracy")),
        )
        for name in RUNS
    ]
    told = ("results", "macs", "cycles", "mac_per_cycle", "swapped_cycles", "swapped_mac_per_cycle", "worst_error")
    products = [
        (form, kind.replace("_", " "), *(values[f"{form}_{kind}_{what}"] for what in told))
        for form in FORMATS
        for kind in KINDS
    ]
    products += [
        ("numpy", kind.replace("_", " "), *([None] * (len(told) - 1)), values[f"numpy_{kind}_worst_error"])
        for kind in KINDS
    ]
    return [
        Table(("run", "last loss", "farthest from float64", "train %", "test %"), runs),
        Table(
            (
                *("run", "product", "results", "MACs", "cycles", "MAC/cycle", "cycles, swapped", "MAC/cycle, swapped"),
                "worst error / bound",
            ),
            products,
        ),
    ]
