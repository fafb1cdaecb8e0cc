"""Networks that ship with the package, each in a folder with its inputs, labels and licence."""

import dataclasses
import importlib.resources
from pathlib import Path


@dataclasses.dataclass(frozen=True, kw_only=True)
class ModelFiles:
    """Where the files of a shipped network are.

    Parameters
    ----------
    model : Path
        The .tflite file.
    inputs : Path
        An .npy file: int8, shape (n, rows, columns, channels), quantised as the model expects.
    labels : Path
        A CSV file with the header ``name,classes,label`` and one row per input, in the same order.
    """

    model: Path
    inputs: Path
    labels: Path


def digits() -> ModelFiles:
    """Find the network for handwritten digits and its 360 test images.

    Returns
    -------
    ModelFiles
        Inputs: shape (360, 8, 8, 1). Labels: the digits, 0..9.

    Examples
    --------
    >>> digits().model.name
    'digits.tflite'
    """
    folder = Path(str(importlib.resources.files(__name__))) / "digits"
    return ModelFiles(
        model=folder / "digits.tflite",
        inputs=folder / "inputs.npy",
        labels=folder / "labels.csv",
    )
