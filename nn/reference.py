"""LiteRT's reference kernels as an independent check."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from numpy.typing import NDArray


class LiteRtReference:
    """A model on LiteRT with the reference kernels (``BUILTIN_REF``), every intermediate tensor kept.

    LiteRT's default kernels round differently in 0.1-0.8 % of the bytes; only the reference kernels define the result.

    Parameters
    ----------
    model : str, Path or bytes
        A .tflite file or its content.

    Attributes
    ----------
    size : int
        Elements of the input.

    Raises
    ------
    ValueError
        If LiteRT does not take the model.

    Examples
    --------
    >>> from racelet.nn.graph import Graph, Operator, Tensor
    >>> from racelet.nn.tflite_writer import write_tflite
    >>> scale = np.array([0.5])
    >>> x = Tensor(name="x", shape=(1, 4), scales=scale, zero_point=3)
    >>> y = Tensor(name="y", shape=(1, 2, 2, 1), scales=scale, zero_point=3)
    >>> reshape = Operator(index=0, kind="RESHAPE", inputs=(0,), outputs=(1,))
    >>> model = write_tflite(Graph(tensors=(x, y), operators=(reshape,), input=0, output=1))
    >>> LiteRtReference(model).run(np.array([1, 2, 3, 4], np.int8))[1].tolist()
    [[[[1], [2]], [[3], [4]]]]
    """

    def __init__(self, model: str | Path | bytes) -> None:
        with _quiet(), _refusals():
            self._interpreter = Interpreter(
                model_path=None if isinstance(model, bytes) else str(model),
                model_content=model if isinstance(model, bytes) else None,
                experimental_op_resolver_type=OpResolverType.BUILTIN_REF,
                experimental_preserve_all_tensors=True,
            )
            self._interpreter.allocate_tensors()
            # Names are decoded here, and one can be no text.
            self._input = self._interpreter.get_input_details()[0]
            indices = {int(self._input["index"])}
            for op in self._interpreter._get_ops_details():
                indices.update(int(index) for index in op["outputs"])
        self._activations = sorted(indices)
        self.size = int(np.prod(self._input["shape"]))

    def run(self, values: NDArray[np.int8]) -> dict[int, NDArray[np.int8]]:
        """Run one input.

        Parameters
        ----------
        values : int8
            As many elements as the model's input, in any shape.

        Returns
        -------
        dict of int to int8 array
            Every activation by its tensor index in the file, in the file's shape (batch axis 1 included).
        """
        with _refusals():
            self._interpreter.set_tensor(self._input["index"], np.reshape(values, self._input["shape"]))
            self._interpreter.invoke()
            return {index: self._interpreter.get_tensor(index) for index in self._activations}


@contextmanager
def _refusals() -> Generator[None]:
    """Make a sentence of what LiteRT raises."""
    try:
        yield
    except (RuntimeError, ValueError) as error:
        raise ValueError(f"LiteRT cannot run this model: {' '.join(str(error).split())}") from error


@contextmanager
def _quiet() -> Generator[None]:
    """Send file descriptor 2 to nowhere: LiteRT logs from C++, past sys.stderr."""
    saved = os.dup(2)
    null = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(null, 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(null)
