"""Comparison of two runs of a network, layer by layer."""

import dataclasses
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from racelet.nn.layers import Network


@dataclasses.dataclass(frozen=True, kw_only=True)
class Difference:
    """The first place where two runs differ.

    Parameters
    ----------
    input : int
        Number of the input.
    layer : int
        Number of the layer.
    operator : int
        Index, in the file, of the operator whose output differs.
    name : str
        Kinds of the layer's operators.
    position : tuple of int
        Row, column, channel.
    expected, got : int
        Values there.
    count : int
        Bytes of the layer's output that differ.
    """

    input: int
    layer: int
    operator: int
    name: str
    position: tuple[int, ...]
    expected: int
    got: int
    count: int

    def __str__(self) -> str:
        return (
            f"input {self.input}: layer {self.layer} (operator {self.operator}, {self.name}) differs first at "
            f"(row, column, channel) {self.position}: expected {self.expected}, got {self.got}; "
            f"{self.count} bytes of the layer differ"
        )


def first_difference(
    network: Network,
    expected: Mapping[int, NDArray[np.int8]],
    got: Mapping[int, NDArray[np.int8]],
    number: int,
    channels: Mapping[int, NDArray[np.int64]] | None = None,
) -> Difference | None:
    """Find the first layer in which two runs of one input differ, and the first place in it.

    Parameters
    ----------
    network : Network
    expected, got : mapping of int to int8 array
        Activations by tensor index, in any shape. Layers whose output is not in both are passed over.
    number : int
        Number of the input, for the message.
    channels : mapping of int to int64 array (channels,), or None
        What to call the channels, by tensor index, where they are some of those in the file.

    Returns
    -------
    Difference or None
    """
    for index, layer in enumerate(network.layers):
        if layer.output not in expected or layer.output not in got:
            continue
        plane = network.planes[layer.output]
        want, have = expected[layer.output].reshape(plane), got[layer.output].reshape(plane)
        wrong = np.argwhere(want != have)
        if len(wrong):
            position = row, column, channel = tuple(int(axis) for axis in wrong[0])
            names = np.arange(plane[2]) if channels is None else channels[layer.output]
            return Difference(
                input=number,
                layer=index,
                operator=layer.operators[-1].index,
                name=layer.name,
                position=(row, column, int(names[channel % names.size])),
                expected=int(want[position]),
                got=int(have[position]),
                count=len(wrong),
            )
    return None
