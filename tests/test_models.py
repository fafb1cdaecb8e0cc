import numpy as np
import pytest

from racelet.nn.evaluate import evaluate
from racelet.nn.tflite_writer import write_tflite
from racelet.nn.validate import KINDS
from tests.models import random_inputs, random_network


def test_the_same_seed_gives_the_same_network() -> None:
    assert write_tflite(random_network(9)) == write_tflite(random_network(9))
    assert write_tflite(random_network(9)) != write_tflite(random_network(10))


def test_networks_hold_every_kind() -> None:
    networks = [random_network(seed, extended=True) for seed in range(20)]
    assert {op.kind for graph in networks for op in graph.operators} == set(KINDS)
    assert any(op.depth_multiplier == 8 for graph in networks for op in graph.operators)


def test_networks_that_are_not_extended_are_chains_of_the_first_kinds() -> None:
    for seed in range(20):
        operators = random_network(seed).operators
        assert not {op.kind for op in operators} & {"ADD", "MAX_POOL_2D", "MEAN", "PAD"}
        assert [op.inputs[0] for op in operators] == [0, *(op.outputs[0] for op in operators[:-1])]


@pytest.mark.parametrize("extended", [False, True])
def test_codes_are_spread_over_the_range(extended: bool) -> None:
    """A network whose codes all saturate would hide wrong ones."""
    saturated = []
    for seed in range(30):
        graph = random_network(seed, extended=extended)
        tensors = evaluate(graph, random_inputs(graph, 4, seed))
        saturated += [np.isin(tensors[op.outputs[0]], (-128, 127)).mean() for op in graph.operators]
    assert np.mean(saturated) < 0.4
