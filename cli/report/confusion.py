"""Which class was taken for which."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST_CLASSES = 32
"""Classes up to which the matrix can be read on a page."""


def confusion(predicted: NDArray[np.int64], truth: NDArray[np.int64], classes: int) -> dict[str, Any]:
    """Count every pair of true and predicted class.

    Parameters
    ----------
    predicted, truth : int64, shape (n,)
        Classes, from 0.
    classes : int
        Classes of the network. A label beyond them adds rows, which no prediction can meet.

    Returns
    -------
    dict
        ``classes``, and by true class ``inputs``, ``correct`` and ``matrix``: its rows are true classes, its columns
        predicted ones. The matrix is None above ``MOST_CLASSES`` classes.

    Examples
    --------
    >>> confusion(np.array([0, 1, 1]), np.array([0, 1, 0]), 2)
    {'classes': 2, 'inputs': [2, 1], 'correct': [1, 1], 'matrix': [[1, 1], [0, 1]]}
    """
    classes = max(classes, int(truth.max(initial=-1)) + 1)
    inputs = np.bincount(truth, minlength=classes)
    correct = np.bincount(truth[predicted == truth], minlength=classes)
    matrix = None
    if classes <= MOST_CLASSES:
        matrix = np.bincount(truth * classes + predicted, minlength=classes * classes).reshape(classes, classes)
    return {
        "classes": classes,
        "inputs": inputs.tolist(),
        "correct": correct.tolist(),
        "matrix": None if matrix is None else matrix.tolist(),
    }
