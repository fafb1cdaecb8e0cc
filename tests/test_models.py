import numpy as np

from racelet.nn.evaluate import evaluate
from racelet.nn.tflite_writer import write_tflite
from racelet.nn.validate import KINDS
from tests.models import random_inputs, random_network


def test_the_same_seed_gives_the_same_network() -> None:
    assert write_tflite(random_network(9)) == write_tflite(random_network(9))
    assert write_tflite(random_network(9)) != write_tflite(random_network(10))


def test_networks_hold_every_kind() -> None:
    assert {op.kind for seed in range(10) for op in random_network(seed).operators} == set(KINDS)


def test_codes_are_spread_over_the_range() -> None:
    """A network whose codes all saturate would hide wrong ones."""
    saturated = []
    for seed in range(30):
        graph = random_network(seed)
        tensors = evaluate(graph, random_inputs(graph, 4, seed))
        saturated += [np.isin(tensors[op.outputs[0]], (-128, 127)).mean() for op in graph.operators]
    assert np.mean(saturated) < 0.4
