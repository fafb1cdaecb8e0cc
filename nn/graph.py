"""Layer graph of a quantised network, as read from a file: tensors, operators, their options."""

import dataclasses
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Padding = Literal["SAME", "VALID"]
Activation = Literal["NONE", "RELU", "RELU6"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Tensor:
    """One tensor of a graph.

    Parameters
    ----------
    name : str
        Name in the file, for messages only.
    shape : tuple of int
        Shape, batch first. Weights: CONV_2D (out, kh, kw, in); DEPTHWISE_CONV_2D (1, kh, kw, out);
        FULLY_CONNECTED (out, in).
    scales : float64, shape (1,) or (channels,)
        Real value of one step; empty where the tensor is not quantised (shape operands).
    zero_point : int
        Byte that stands for zero. Weights have 0.
    data : int8, int32 or int64 array of ``shape``, or None
        Value of a constant; None for activations.
    """

    name: str
    shape: tuple[int, ...]
    scales: NDArray[np.float64]
    zero_point: int = 0
    data: NDArray[np.integer] | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Operator:
    """One operator of a graph.

    Parameters
    ----------
    index : int
        Position in the file.
    kind : str
        Name in the TFLite schema, such as ``CONV_2D``.
    inputs : tuple of int
        Tensor indices: activations first (ADD has two), then constants where the kind has them: weights and bias
        (-1: no bias), the shape of RESHAPE, the axes of MEAN, the paddings of PAD.
    outputs : tuple of int
        Tensor indices.
    stride : (int, int)
        Rows, columns. (1, 1) where the kind has none.
    padding : {"SAME", "VALID"}
        Padding scheme. "VALID" where the kind has none.
    kernel : (int, int)
        Rows, columns of a convolution's or pooling's window. (1, 1) where the kind has none.
    activation : {"NONE", "RELU", "RELU6"}
        Fused activation.
    depth_multiplier : int
        Output channels per input channel of DEPTHWISE_CONV_2D; 1 for other kinds.
    beta : float
        Factor of SOFTMAX; 1.0 for other kinds.
    pads : ((int, int), (int, int))
        Rows above and below, columns left and right, that PAD adds; zero for other kinds.
    keep_dims : bool
        Whether the output of MEAN keeps one row and one column; False for other kinds.
    """

    index: int
    kind: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    stride: tuple[int, int] = (1, 1)
    padding: Padding = "VALID"
    kernel: tuple[int, int] = (1, 1)
    activation: Activation = "NONE"
    depth_multiplier: int = 1
    beta: float = 1.0
    pads: tuple[tuple[int, int], tuple[int, int]] = ((0, 0), (0, 0))
    keep_dims: bool = False

    @property
    def activations(self) -> tuple[int, ...]:
        """Those of the inputs that are activations: both of ADD, the first of other kinds."""
        return self.inputs[: 2 if self.kind == "ADD" else 1]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Graph:
    """A network: one int8 activation in, one out, operators in file order.

    Parameters
    ----------
    tensors : tuple of Tensor
    operators : tuple of Operator
        In an order in which every operator's inputs are there before it.
    input, output : int
        Tensor indices of the network's input and output.
    """

    tensors: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    input: int
    output: int
