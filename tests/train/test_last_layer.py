"""Training of the last layer: the network's own inputs, the recipe, and gradients."""

import csv

import numpy as np
import pytest
from numpy.typing import NDArray

from racelet.golden.bitlet.number_format import nearest, number_format
from racelet.nn.models import digits
from racelet.nn.reference import LiteRtReference
from racelet.nn.tflite import read_tflite
from racelet.train.last_layer import (
    KINDS,
    Arithmetic,
    Kind,
    LayerData,
    LayerRecipe,
    accuracy,
    cross_entropy,
    layer_inputs,
    train_layer,
)

EXACT = Arithmetic(form=None, product=lambda _, left, right: left @ right)


@pytest.fixture(scope="module")
def data() -> LayerData:
    """The images that ship."""
    files = digits()
    with files.labels.open(encoding="utf-8") as file:
        labels = np.array([int(row["label"]) for row in csv.DictReader(file)])
    images = np.arange(len(labels))
    return LayerData(inputs=layer_inputs(np.load(files.inputs)), labels=labels, train=images[:300], test=images[300:])


def test_inputs_are_what_the_shipped_layer_gets(data: LayerData) -> None:
    graph, reference = read_tflite(digits().model), LiteRtReference(digits().model)
    (dense,) = (operator for operator in graph.operators if operator.kind == "FULLY_CONNECTED")
    weights, bias = (graph.tensors[index] for index in dense.inputs[1:3])
    assert weights.data is not None
    assert bias.data is not None
    real = data.inputs @ (weights.data.T * weights.scales) + bias.data * bias.scales
    output = graph.tensors[dense.outputs[0]]
    codes = [reference.run(image)[dense.outputs[0]].reshape(-1) for image in np.load(digits().inputs)[:20]]
    found = (np.array(codes, np.float64) - output.zero_point) * output.scales
    # Half a step of the output, but where it saturates.
    np.testing.assert_allclose(real[:20], found, atol=0.51 * output.scales[0])


def test_an_epoch_takes_every_image_once_and_learns(data: LayerData) -> None:
    epochs = list(train_layer(data, EXACT, LayerRecipe(batch=16)))
    assert [len(epoch.losses) for epoch in epochs] == list(range(1, 20))
    assert epochs[-1].losses[-1] < epochs[-1].losses[0] / 2
    assert accuracy(data, data.test, epochs[-1].parameters, EXACT) > 0.8


def test_operands_have_the_format_and_every_kind_its_shape(data: LayerData) -> None:
    seen: list[tuple[Kind, tuple[int, ...], tuple[int, ...]]] = []

    def product(kind: Kind, left: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
        seen.append((kind, left.shape, right.shape))
        for operand in (left, right):
            np.testing.assert_array_equal(operand, nearest(operand, number_format("bf16")))
        return nearest(left @ right, number_format("bf16"))

    (epoch,) = train_layer(data, Arithmetic(form=number_format("bf16"), product=product), LayerRecipe(), 1)
    assert [kind for kind, _, _ in seen] == list(KINDS)
    assert [shapes for _, *shapes in seen] == [[(32, 33), (33, 10)], [(32, 10), (10, 32)], [(33, 32), (32, 10)]]
    # Parameters are kept in fp32.
    np.testing.assert_array_equal(epoch.parameters, epoch.parameters.astype(np.float32))
    assert (epoch.parameters != nearest(epoch.parameters, number_format("bf16"))).any()


def test_the_gradient_is_that_of_the_loss() -> None:
    rng = np.random.default_rng(1)
    outputs, labels = rng.normal(size=(4, 5)), np.array([0, 4, 2, 2])
    loss, slope = cross_entropy(outputs, labels)
    assert loss == pytest.approx(-np.log((np.exp(outputs).T / np.exp(outputs).sum(axis=1)).T[range(4), labels]).mean())
    step = 1e-5
    for place in np.ndindex(outputs.shape):
        moved = [outputs.copy(), outputs.copy()]
        moved[0][place] += step
        moved[1][place] -= step
        ends = [cross_entropy(each, labels)[0] for each in moved]
        assert slope[place] == pytest.approx((ends[0] - ends[1]) / (2 * step), abs=1e-9)
    large = cross_entropy(np.array([[1e4, 0.0]]), np.array([1]))[0]
    assert large == pytest.approx(1e4)
