"""Weights of real networks: how many of their digits are zero, and what their layers take."""

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from racelet.bench.distillation.measured import measured
from racelet.bench.distillation.schemes import SCHEMES
from racelet.bench.fusion import DATA
from racelet.bench.row import Progress, Row
from racelet.golden.bitlet.digits import DIGIT_SETS
from racelet.golden.bitlet.job import Job
from racelet.nn.graph import Graph
from racelet.nn.tflite import read_tflite
from racelet.sim.bitlet.element import ElementSimulator

MODELS = {"kws": DATA / "kws/kws_ref_model.tflite", "vww": DATA / "vww/vww_96_int8.tflite"}
"""Public models, which lie beside the repository and are no part of it."""
WEIGHTED = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")
SHOWN = ("barrier", "stealing", "csd4")
"""Schemes on which layers run."""
DIGIT_COLUMNS = {"sign_magnitude": 8, "csd4": 4}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Layer:
    """Weights of a layer.

    Parameters
    ----------
    number : int
        Of the operator in the file.
    kind : str
    weights : int64, shape (channels, n)
        A dot product for each output channel, in the order in which a kernel has them.
    """

    number: int
    kind: str
    weights: NDArray[np.int64]


def layers(graph: Graph) -> list[Layer]:
    """Layers that have weights.

    Parameters
    ----------
    graph : Graph

    Returns
    -------
    list of Layer
    """
    found = []
    for operator in graph.operators:
        if operator.kind not in WEIGHTED:
            continue
        data = graph.tensors[operator.inputs[1]].data
        assert data is not None
        if operator.kind == "DEPTHWISE_CONV_2D":
            data = np.moveaxis(data, 3, 0)
        weights = data.reshape(len(data), -1).astype(np.int64)
        found.append(Layer(number=operator.index, kind=operator.kind, weights=weights))
    return found


def jobs_of(layer: Layer) -> list[Job]:
    """Dot products of a layer with random activations, on which no cycle depends where zeros are not skipped."""
    rng = np.random.default_rng(layer.number)
    return [Job(weights=row, activations=rng.integers(-128, 128, row.size), form="int8") for row in layer.weights]


def sparsity_rows(name: str, found: Sequence[Layer]) -> list[Row]:
    """Share of zeros at every significance, over all weights of a network.

    Parameters
    ----------
    name : str
        Of the network.
    found : sequence of Layer

    Returns
    -------
    list of Row
        ``<name>_<digit set>_zeros_<k>`` in percent, of the digit that stands for ``2 ** k`` or, of csd4, ``4 ** k``;
        ``..._digits``: digits other than zero of a weight, on average.

    Examples
    --------
    >>> layer = Layer(number=0, kind="CONV_2D", weights=np.array([[1, -3], [0, 7]]))
    >>> [row.value for row in sparsity_rows("small", [layer])][:4]
    [25.0, 50.0, 75.0, 100.0]
    """
    magnitudes = np.abs(np.concatenate([layer.weights.reshape(-1) for layer in found]))
    rows = []
    for digits, columns in DIGIT_COLUMNS.items():
        there = DIGIT_SETS[digits](magnitudes, columns)[::-1] != 0
        rows += [Row(f"{name}_{digits}_zeros_{k}", 100 - 100 * float(row.mean()), "%") for k, row in enumerate(there)]
        rows.append(Row(f"{name}_{digits}_digits", float(there.sum(axis=0).mean()), "digits/weight"))
    return rows


def layer_rows(progress: Progress, shown: Sequence[str] = SHOWN) -> list[Row]:
    """Rows of every layer of every model, on the RTL.

    Parameters
    ----------
    progress : Progress
    shown : sequence of str
        Schemes.

    Returns
    -------
    list of Row
        ``<model>_layer_<number>_<scheme>_cycles`` and what is told once of a layer and a model; a model that is not
        there has one row without a value.

    Raises
    ------
    BenchFailure
        If a result or a cycle differs.
    """
    rows: list[Row] = []
    there = {name: layers(read_tflite(file)) for name, file in MODELS.items() if file.exists()}
    rows += [Row(name, None, f"skipped: ../shared/data/{name} is not here") for name in MODELS if name not in there]
    total = len(shown) * sum(map(len, there.values()))
    done = 0
    for name, found in there.items():
        rows += sparsity_rows(name, found)
        for layer in found:
            prefix = f"{name}_layer_{layer.number:02}"
            rows.append(Row(f"{prefix}_weights", layer.weights.size, layer.kind))
            rows.append(Row(f"{prefix}_products", layer.weights.shape[1], "per dot product"))
        rows.append(Row(f"{name}_all_weights", sum(layer.weights.size for layer in found), "all layers"))
    for scheme in shown if there else ():
        simulator = ElementSimulator(SCHEMES[scheme])
        for name, found in there.items():
            cycles = 0
            for layer in found:
                progress(done, total, f"{name}, layer {layer.number} on {scheme}")
                done += 1
                each = measured(simulator, jobs_of(layer))
                rows.append(Row(f"{name}_layer_{layer.number:02}_{scheme}_cycles", each.cycles, "cycles"))
                cycles += each.cycles
            rows.append(Row(f"{name}_all_{scheme}_cycles", cycles, "cycles"))
    return rows
