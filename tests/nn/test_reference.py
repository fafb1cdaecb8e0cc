import dataclasses
from pathlib import Path

import numpy as np
import pytest

from racelet.nn.reference import LiteRtReference
from racelet.nn.tflite_writer import write_tflite
from tests.models import NetworkBuilder, random_inputs, random_network


def test_every_activation_is_kept_under_its_index() -> None:
    graph = random_network(5)
    activations = LiteRtReference(write_tflite(graph)).run(random_inputs(graph, 1, 5))
    assert set(activations) == {graph.input, *(op.outputs[0] for op in graph.operators)}
    for index, values in activations.items():
        assert values.shape == graph.tensors[index].shape
        assert values.dtype == np.int8


def test_runs_do_not_change_earlier_results() -> None:
    graph = random_network(5)
    reference = LiteRtReference(write_tflite(graph))
    first, second = random_inputs(graph, 2, 5)
    before = reference.run(first)
    copies = {index: values.copy() for index, values in before.items()}
    reference.run(second)
    for index, values in before.items():
        np.testing.assert_array_equal(values, copies[index])


def test_a_file_and_its_content_are_the_same_model(tmp_path: Path) -> None:
    graph = random_network(6)
    path = tmp_path / "net.tflite"
    path.write_bytes(write_tflite(graph))
    inputs = random_inputs(graph, 1, 6)
    a, b = LiteRtReference(path).run(inputs), LiteRtReference(path.read_bytes()).run(inputs)
    np.testing.assert_array_equal(a[graph.output], b[graph.output])


def test_nothing_is_logged(capfd: pytest.CaptureFixture[str]) -> None:
    graph = random_network(6)
    LiteRtReference(write_tflite(graph)).run(random_inputs(graph, 1, 6))
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("", "")


@pytest.mark.parametrize(
    ("model", "message"),
    [(b"nonsense", "not a valid Flatbuffer"), ("missing.tflite", "Could not open 'missing.tflite'")],
)
def test_what_litert_cannot_load_is_a_value_error(model: bytes | str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        LiteRtReference(model)


def test_what_litert_cannot_run_is_a_value_error() -> None:
    """LiteRT wants a bias in every CONV_2D."""
    builder = NetworkBuilder(1, (4, 4, 2))
    builder.conv(3)
    graph = builder.graph()
    op = dataclasses.replace(graph.operators[0], inputs=graph.operators[0].inputs[:2])
    with pytest.raises(ValueError, match=r"^LiteRT cannot run this model: .*has_bias"):
        LiteRtReference(write_tflite(dataclasses.replace(graph, operators=(op,))))
