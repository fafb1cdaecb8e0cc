"""Training of the digits network's last layer alone, in any arithmetic of matrix products."""

import dataclasses
import itertools
from collections.abc import Callable, Iterator
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from racelet.golden.bitlet.linear import Product, forward, input_gradient, parameter_gradient, updated
from racelet.golden.bitlet.number_format import NumberFormat, nearest, number_format
from racelet.nn.models import digits
from racelet.nn.reference import LiteRtReference
from racelet.nn.tflite import read_tflite
from racelet.train.digits_data import CLASSES, load_data, quantize_images

Kind = Literal["forward", "input_gradient", "parameter_gradient"]
KINDS: tuple[Kind, ...] = ("forward", "input_gradient", "parameter_gradient")


@dataclasses.dataclass(frozen=True, kw_only=True)
class LayerData:
    """What the last layer gets and shall give.

    Parameters
    ----------
    inputs : float64, shape (n, features)
        Real values, numbers of fp32.
    labels : int64, shape (n,)
    train, test : int64
        Positions of images.
    """

    inputs: NDArray[np.float64]
    labels: NDArray[np.int64]
    train: NDArray[np.int64]
    test: NDArray[np.int64]


@dataclasses.dataclass(frozen=True, kw_only=True)
class LayerRecipe:
    """How the layer is trained: stochastic gradient descent on the cross entropy of the softmax.

    Parameters
    ----------
    seed : int
        Of the first weights and the order of the images.
    batch : int
        Images per step.
    rate : float
        A power of two, so that steps are exact until they are taken.
    """

    seed: int = 0
    batch: int = 32
    rate: float = 0.25


@dataclasses.dataclass(frozen=True, kw_only=True)
class Arithmetic:
    """In what the layer is trained.

    Parameters
    ----------
    form : NumberFormat or None
        To which operands of products are rounded; parameters are kept in fp32. None: nothing is rounded.
    product : callable
        Makes the matrix product of each kind.
    """

    form: NumberFormat | None
    product: Callable[[Kind, NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]

    def rounded(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Operands of a product."""
        return values if self.form is None else nearest(values, self.form)

    def of(self, kind: Kind) -> Product:
        """The product of a kind."""
        return lambda left, right: self.product(kind, left, right)

    def step(self, parameters: NDArray[np.float64], gradient: NDArray[np.float64], rate: float) -> NDArray[np.float64]:
        """Parameters after a step."""
        return parameters - rate * gradient if self.form is None else updated(parameters, gradient, rate)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Epoch:
    """What an epoch made.

    Parameters
    ----------
    losses : list of float
        Mean cross entropy of every batch, before its step.
    parameters : float64, shape (features + 1, classes)
        Weights, and the bias as the last row.
    """

    losses: list[float]
    parameters: NDArray[np.float64]


def load_layer() -> LayerData:
    """Run the other layers of the shipped network on all images, as they are shipped: in int8.

    Raises
    ------
    ModuleNotFoundError
        If scikit-learn is not installed.
    """
    data = load_data()
    return LayerData(
        inputs=layer_inputs(quantize_images(data.images)), labels=data.labels, train=data.train, test=data.test
    )


def layer_inputs(images: NDArray[np.int8]) -> NDArray[np.float64]:
    """Real values that the last layer of the shipped network gets.

    Parameters
    ----------
    images : int8, shape (n, 8, 8, 1)
        Codes of the input.

    Returns
    -------
    float64, shape (n, features)
        Numbers of fp32: of codes less their zero point, times the scale.
    """
    files = digits()
    graph, reference = read_tflite(files.model), LiteRtReference(files.model)
    (index,) = (operator.inputs[0] for operator in graph.operators if operator.kind == "FULLY_CONNECTED")
    tensor = graph.tensors[index]
    codes = np.array([reference.run(image)[index].reshape(-1) for image in images], np.float64)
    return nearest((codes - tensor.zero_point) * tensor.scales[0], number_format("fp32"))


def train_layer(
    data: LayerData, arithmetic: Arithmetic, recipe: LayerRecipe, steps: int | None = None
) -> Iterator[Epoch]:
    """Train the layer from random weights for one epoch; gives what there is after every step.

    The input gradient is made as it would have to be for the layers before, which stay as they are.

    Parameters
    ----------
    data : LayerData
    arithmetic : Arithmetic
    recipe : LayerRecipe
    steps : int, optional
        Only the first ones.

    Yields
    ------
    Epoch
    """
    rng = np.random.default_rng(recipe.seed)
    features = data.inputs.shape[1]
    weights = rng.normal(size=(features, CLASSES)) / np.sqrt(features)
    parameters = nearest(np.vstack([weights, np.zeros(CLASSES)]), number_format("fp32"))
    order = rng.permutation(data.train)
    losses: list[float] = []
    starts = range(0, len(order), recipe.batch)
    for start in itertools.islice(starts, steps):
        chosen = order[start : start + recipe.batch]
        inputs, operands = arithmetic.rounded(data.inputs[chosen]), arithmetic.rounded(parameters)
        outputs = forward(inputs, operands, arithmetic.of("forward"))
        loss, slope = cross_entropy(outputs, data.labels[chosen])
        losses.append(loss)
        slope = arithmetic.rounded(slope)
        input_gradient(slope, operands, arithmetic.of("input_gradient"))
        gradient = parameter_gradient(inputs, slope, arithmetic.of("parameter_gradient"))
        parameters = arithmetic.step(parameters, gradient, recipe.rate)
        yield Epoch(losses=list(losses), parameters=parameters)


def cross_entropy(outputs: NDArray[np.float64], labels: NDArray[np.int64]) -> tuple[float, NDArray[np.float64]]:
    """Mean cross entropy of the softmax, and its gradient by the outputs; in float64.

    Parameters
    ----------
    outputs : float64, shape (n, classes)
    labels : int64, shape (n,)

    Examples
    --------
    >>> loss, slope = cross_entropy(np.zeros((1, 2)), np.array([1]))
    >>> round(loss, 4), slope.tolist()
    (0.6931, [[0.5, -0.5]])
    """
    shifted = outputs - outputs.max(axis=1, keepdims=True)
    sums = np.exp(shifted).sum(axis=1, keepdims=True)
    right = (np.arange(len(labels)), labels)
    slope = np.exp(shifted) / sums
    slope[right] -= 1
    return float((np.log(sums[:, 0]) - shifted[right]).mean()), slope / len(labels)


def accuracy(
    data: LayerData, positions: NDArray[np.int64], parameters: NDArray[np.float64], arithmetic: Arithmetic
) -> float:
    """Share of images that the layer gets right, 0..1."""
    inputs, operands = arithmetic.rounded(data.inputs[positions]), arithmetic.rounded(parameters)
    outputs = forward(inputs, operands, arithmetic.of("forward"))
    return float(np.mean(outputs.argmax(axis=1) == data.labels[positions]))
