"""Real networks whose parameters have been words of a fixed number of ones: are they still right?"""

import functools
import itertools
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from racelet.bench.row import Progress, Row
from racelet.bench.skyrmions.codecs import KS, RULES, Rounding, coded, half, sqnr
from racelet.bench.skyrmions.networks import Network, files, labelled_digits, labelled_kws, logits, parameters
from racelet.nn.evaluate import evaluate

NETWORKS: Mapping[str, Callable[[], Network]] = {
    "digits": labelled_digits,
    "kws": lambda: labelled_kws(files()["kws"]),
}


def there(networks: Mapping[str, Callable[[], Network]] = NETWORKS) -> dict[str, Callable[[], Network]]:
    """Those networks whose files are here."""
    return {name: make for name, make in networks.items() if files()[name].exists()}


def accuracy_rows(
    progress: Progress, networks: Mapping[str, Callable[[], Network]] | None = None, ks: Sequence[int] = KS
) -> list[Row]:
    """How many inputs are told right, with all parameters through the codec of 32 bits.

    Parameters
    ----------
    progress : Progress
    networks : mapping of str to callable or None
        None: those that are here.
    ks : sequence of int

    Returns
    -------
    list of Row
        ``<network>_k<K>_<rule>_accuracy`` in percent, and ``..._logits_sqnr_db`` of what goes into the softmax against
        the same network with its parameters as they are. ``<network>_fp32_accuracy`` of that, ``<network>_int8_...`` of
        the quantised network itself, ``<network>_fp16_...`` with parameters rounded to fp16. ``<network>_inputs``.
    """
    rows = []
    found = there() if networks is None else networks
    total = len(found) * len(ks) * len(RULES)
    for number, (name, make) in enumerate(found.items()):
        network = make()
        judge = Judge(network)
        codes = evaluate(network.graph, network.inputs)[network.graph.output]
        rows += [
            Row(f"{name}_inputs", len(network.labels), "inputs"),
            Row(f"{name}_int8_accuracy", accuracy(codes, network.labels), "%"),
            Row(f"{name}_fp32_accuracy", accuracy(judge.exact, network.labels), "%"),
            *judge.rows(f"{name}_fp16", half),
        ]
        for place, (ones, rule) in enumerate(itertools.product(ks, RULES)):
            progress(number * len(ks) * len(RULES) + place, total, f"{name}, {ones} ones, {rule}")
            rounded = functools.partial(coded, ones=ones, greedy=RULES[rule])
            rows += judge.rows(f"{name}_k{ones}_{rule}", rounded)
    return rows


class Judge:
    """Tells what becomes of a network if its parameters are rounded.

    Parameters
    ----------
    network : Network

    Attributes
    ----------
    exact : float64, shape (n, classes)
        Outputs with parameters as they are.
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        self._real = parameters(network.graph)
        self.exact = logits(network.graph, network.inputs, self._real)

    def rows(self, name: str, rounded: Rounding) -> list[Row]:
        """Accuracy, and how far outputs are off."""
        less = {index: rounded(values).astype(np.float32) for index, values in self._real.items()}
        given = logits(self._network.graph, self._network.inputs, less)
        return [
            Row(f"{name}_accuracy", accuracy(given, self._network.labels), "%"),
            Row(f"{name}_logits_sqnr_db", sqnr(self.exact, given), "dB"),
        ]


def accuracy(outputs: NDArray[np.floating] | NDArray[np.int8], labels: NDArray[np.int64]) -> float:
    """Share of inputs whose largest output is that of their class, in percent.

    Examples
    --------
    >>> accuracy(np.array([[0.1, 0.9], [0.8, 0.2]]), np.array([1, 1]))
    50.0
    """
    return 100 * float(np.mean(outputs.reshape(len(labels), -1).argmax(axis=1) == labels))
