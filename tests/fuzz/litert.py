"""LiteRT on hostile models, in a process of its own, which they may end."""

import multiprocessing
import signal
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
from numpy.typing import NDArray

PATIENCE_S = 20.0
"""Time for one model."""


class LiteRtProcess:
    """A process that runs models; a new one where a model has ended the last."""

    def __init__(self) -> None:
        self._process: Any = None
        self._pipe: Any = None

    def run(self, model: bytes, inputs: NDArray[np.int8]) -> str | list[dict[int, NDArray[np.int8]]]:
        """Run a model.

        Parameters
        ----------
        model : bytes
        inputs : int8, shape (n, ...)

        Returns
        -------
        str or list of dict
            Activations of each input; or why not, beginning with "refused", "ended" or "hung".
        """
        if self._process is None:
            context = multiprocessing.get_context("spawn")
            self._pipe, other = context.Pipe()
            self._process = context.Process(target=_serve, args=(other,), daemon=True)
            self._process.start()
            other.close()
        self._pipe.send((model, inputs))
        try:
            if self._pipe.poll(PATIENCE_S):
                return self._pipe.recv()
        except EOFError:
            pass
        self._process.join(0.5)
        code = self._process.exitcode
        self.close()
        return "hung" if code is None else f"ended: {signal.Signals(-code).name if code < 0 else code}"

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process = None


def _serve(pipe: Connection) -> None:
    # Imported by the child alone.
    from racelet.nn.reference_trial import try_litert

    while True:
        try:
            model, inputs = pipe.recv()
        except EOFError:
            return
        try:
            reference = try_litert(model)
            answer: Any = [reference.run(values) for values in inputs]
        except ValueError as error:
            answer = f"refused: {error}"
        pipe.send(answer)
