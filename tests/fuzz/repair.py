"""Repair of a mutated model by the sentence that refuses it, so that the parts behind the reader are reached too."""

import contextlib
import math
import re

import numpy as np

from tests.fuzz.mutate import LARGEST_BUFFER, Model, packed, unpacked

_SHAPE = re.compile(r"operator (\d+) \(\w+\): (output|weights|bias|paddings|axes).* shape \(([-\d, ]*)\)")
_BUFFER = re.compile(r"tensor (\d+) of shape .* must have a buffer of (\d+) bytes")
_SCALE = re.compile(r"operator (\d+) \(\w+\): output must have the input's scale and zero point")
_SOFTMAX = re.compile(r"operator (\d+) \(\w+\): output must have scale 1/256")
_OPERANDS = {"weights": 1, "bias": 2, "paddings": 1, "axes": 1}


def repaired(data: bytes, sentence: str, rng: np.random.Generator) -> bytes | None:
    """What the sentence asks for, done.

    Parameters
    ----------
    data : bytes
    sentence : str
        The reader's.
    rng : numpy.random.Generator
        Makes new constants.

    Returns
    -------
    bytes or None
        None where it does not say what to do.
    """
    with contextlib.suppress(Exception):
        model = unpacked(data)
        if _apply(model, sentence, rng):
            return packed(model)
    return None


def _apply(model: Model, sentence: str, rng: np.random.Generator) -> bool:
    graph = model.subgraphs[0]
    if found := _BUFFER.search(sentence):
        size = int(found[2])
        if size > LARGEST_BUFFER:
            return False
        model.buffers[graph.tensors[int(found[1])].buffer].data = rng.integers(0, 256, size, np.uint8)
        return True
    if found := _SCALE.search(sentence):
        operator = graph.operators[int(found[1])]
        graph.tensors[operator.outputs[0]].quantization = graph.tensors[operator.inputs[0]].quantization
        return True
    if found := _SOFTMAX.search(sentence):
        quantization = graph.tensors[graph.operators[int(found[1])].outputs[0]].quantization
        quantization.scale, quantization.zeroPoint = [1 / 256], [-128]
        return True
    if found := _SHAPE.search(sentence):
        operator = graph.operators[int(found[1])]
        shape = [int(size) for size in found[3].split(",") if size.strip()]
        index = operator.outputs[0] if found[2] == "output" else operator.inputs[_OPERANDS[found[2]]]
        tensor = graph.tensors[index]
        tensor.shape = shape
        if found[2] in ("weights", "bias"):
            size = math.prod(shape) * (1 if found[2] == "weights" else 4)
            if not 0 < size <= LARGEST_BUFFER:
                return False
            model.buffers[tensor.buffer].data = rng.integers(0, 256, size, np.uint8)
        return True
    return False
