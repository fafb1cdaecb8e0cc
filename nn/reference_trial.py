"""One run of a model on LiteRT in a process of its own: ``python -m racelet.nn.reference_trial MODEL``.

LiteRT trusts a model where Racelet's reader does not, and some models end its process. Whether one does depends on its
shapes, scales and options and not on its inputs: no kernel that Racelet supports takes its path from the data.
"""

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from racelet.nn.errors import ModelError
from racelet.nn.tflite import parse_tflite

if TYPE_CHECKING:
    from racelet.nn.reference import LiteRtReference

REFUSED = 3
"""Exit status for a model that LiteRT refuses; the reason is on standard output."""


def check_litert(model: Path) -> None:
    """Try whether LiteRT can run a model.

    Parameters
    ----------
    model : Path
        A .tflite file.

    Raises
    ------
    ModelError
        If LiteRT refuses the model, or ends.
    """
    # -P: nothing in the folder where the command runs is imported.
    command = [sys.executable, "-P", "-m", __name__, str(model.resolve())]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", errors="replace", check=False
    )
    if done.returncode == REFUSED:
        raise ModelError(f"{model}: {' '.join(done.stdout.split())}")
    if done.returncode:
        raise ModelError(f"{model}: LiteRT, with which every byte is compared, ends on this model ({_end(done)})")


def _end(done: subprocess.CompletedProcess[str]) -> str:
    lines = done.stderr.strip().splitlines()
    if done.returncode > 0:
        return lines[-1] if lines else f"status {done.returncode}"
    return f"signal {-done.returncode}"


def try_litert(model: bytes) -> "LiteRtReference":
    """Run a model once, in this process.

    Parameters
    ----------
    model : bytes
        Content of a .tflite file.

    Returns
    -------
    LiteRtReference
        Ready for more.

    Raises
    ------
    ValueError
        If LiteRT refuses the model, or gives a tensor another shape than the file.
    """
    from racelet.nn.reference import LiteRtReference

    graph = parse_tflite(model)
    reference = LiteRtReference(model)
    for index, codes in reference.run(np.zeros(reference.size, np.int8)).items():
        # A RESHAPE can be told one shape by its operand and another by its output.
        if codes.shape != graph.tensors[index].shape:
            told = graph.tensors[index].shape
            raise ValueError(f"tensor {index} must have the shape that LiteRT gives it, {codes.shape}, not {told}")
    return reference


def main(model: str) -> int:
    """Run a model once; its exit status and output are for :func:`check_litert`."""
    try:
        try_litert(Path(model).read_bytes())
    except ValueError as error:
        print(error)
        return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
