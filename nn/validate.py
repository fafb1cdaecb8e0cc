"""Checks that a graph is a network the operators are defined for."""

import math

from racelet.nn.errors import ModelError
from racelet.nn.graph import Graph, Tensor
from racelet.nn.operator_checks import ABSENT, CHECKS, OPERANDS, positive

MAX_ELEMENTS = 1 << 24
"""Elements of one activation: more than any configuration's activation buffer holds."""

KINDS = tuple(CHECKS)
"""Supported operator kinds."""

MIN_SCALE = 2.0**-100
"""Least scale of an activation: below, six of RELU6 over the scale is not a float32 any more."""


def validate(graph: Graph) -> None:
    """Check order, types, shapes and scales of a graph.

    Parameters
    ----------
    graph : Graph
        As read from a file, or made.

    Raises
    ------
    ModelError
        Naming the first operator that is wrong, its kind, and what is supported.

    Examples
    --------
    >>> import numpy as np
    >>> from racelet.nn.graph import Operator
    >>> x = Tensor(name="x", shape=(1, 4), scales=np.array([0.5]))
    >>> y = Tensor(name="y", shape=(1, 5), scales=np.array([0.5]))
    >>> reshape = Operator(index=0, kind="RESHAPE", inputs=(0,), outputs=(1,))
    >>> validate(Graph(tensors=(x, y), operators=(reshape,), input=0, output=1))
    Traceback (most recent call last):
    ...
    racelet.nn.errors.ModelError: operator 0 (RESHAPE): output shape must keep the input's 4 elements, not (1, 5)
    """
    if not graph.operators:
        raise ModelError("the network has no operators")
    _activation(graph.tensors[graph.input], f"input (tensor {graph.input})")
    ready = {graph.input}
    for op in graph.operators:
        where = f"operator {op.index} ({op.kind})"
        if op.kind not in CHECKS:
            raise ModelError(f"{where} is not supported; supported are {', '.join(KINDS)}")
        inputs, optional = OPERANDS[op.kind]
        if not inputs - optional <= len(op.inputs) <= inputs or len(op.outputs) != 1:
            given = f"{len(op.inputs)} inputs and {len(op.outputs)} outputs"
            raise ModelError(f"{where} must have {inputs - optional}..{inputs} inputs and 1 output, not {given}")
        if ABSENT in (*op.inputs[:2], *op.outputs):
            raise ModelError(f"{where}: only a bias may be left out")
        for index in op.activations:
            if graph.tensors[index].data is not None:
                raise ModelError(f"{where}: input (tensor {index}) must be an activation, not a constant")
            if index not in ready:
                raise ModelError(f"{where}: input (tensor {index}) must be made by an earlier operator")
        if op.outputs[0] in ready or graph.tensors[op.outputs[0]].data is not None:
            raise ModelError(f"{where}: output (tensor {op.outputs[0]}) must be made by no other operator")
        ready.add(op.outputs[0])
        _activation(graph.tensors[op.outputs[0]], f"{where}: output (tensor {op.outputs[0]})")
        CHECKS[op.kind](graph, op, where)
    if graph.output not in ready:
        raise ModelError(f"output (tensor {graph.output}) must be made by an operator")


def _activation(tensor: Tensor, where: str) -> None:
    if tensor.data is not None:
        raise ModelError(f"{where} must be an activation, not a constant")
    if not tensor.shape or min(tensor.shape) < 1 or math.prod(tensor.shape) > MAX_ELEMENTS:
        raise ModelError(f"{where} must have 1..{MAX_ELEMENTS} elements, not shape {tensor.shape}")
    if tensor.shape[0] != 1:
        raise ModelError(f"{where} must have batch size 1, not {tensor.shape[0]}")
    if tensor.scales.shape != (1,):
        raise ModelError(
            f"{where} must have one scale, not {tensor.scales.size}; a network quantised to INT8 is supported"
        )
    positive(tensor, where)
    if tensor.scales[0] < MIN_SCALE:
        raise ModelError(f"{where} must have a scale of at least 2**-100, not {tensor.scales[0]}")
    if not -128 <= tensor.zero_point <= 127:
        raise ModelError(f"{where} must have a zero point in -128..127, not {tensor.zero_point}")
