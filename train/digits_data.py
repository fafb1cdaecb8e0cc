"""Handwritten digits of scikit-learn: the images, the split and the input quantisation."""
# Ref: E. Alpaydin, C. Kaynak, Optical Recognition of Handwritten Digits, UCI ML repository, 1998. doi:10.24432/C50P49

import dataclasses
import hashlib
import importlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

CLASSES = 10
LEVELS = 16
"""Grey levels run from 0 to this one."""

CODES_PER_LEVEL = 15
"""Steps of the int8 input per grey level: the most that fit, so that all 17 levels are exact."""

INPUT_SCALE = 1 / (LEVELS * CODES_PER_LEVEL)
"""Real value of one step of the input, where the darkest level is 1."""

INPUT_ZERO_POINT = -128

TEST_PER_CLASS = 36
VALIDATION_PER_CLASS = 29


@dataclasses.dataclass(frozen=True, kw_only=True)
class DigitsData:
    """The data set and the part of it that is never trained on.

    Parameters
    ----------
    images : uint8, shape (n, 8, 8)
        Grey levels 0..16.
    labels : int64, shape (n,)
        Digits 0..9.
    train, test : int64, shape (1437,) and (360,)
        Positions in the data set, rising. Test: 36 of every class.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    train: NDArray[np.int64]
    test: NDArray[np.int64]


def load_data() -> DigitsData:
    """Load scikit-learn's digits and split them, always in the same way.

    Returns
    -------
    DigitsData
        1,797 images.

    Raises
    ------
    ModuleNotFoundError
        If scikit-learn is not installed.

    Examples
    --------
    >>> len(load_data().test)  # doctest: +SKIP
    360
    """
    datasets: Any = importlib.import_module("sklearn.datasets")
    data = datasets.load_digits()
    images, labels = data.images.astype(np.uint8), data.target.astype(np.int64)
    train, test = hold_out(np.arange(len(labels)), labels, TEST_PER_CLASS, "test")
    return DigitsData(images=images, labels=labels, train=train, test=test)


def hold_out(
    positions: NDArray[np.int64], labels: NDArray[np.int64], per_class: int, name: str
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Set the same number of images of every class aside, chosen by a hash of their positions.

    A hash, and no random generator, as generators change between versions and the split must not.

    Parameters
    ----------
    positions : int64, shape (n,)
        Positions in the data set to choose from.
    labels : int64, shape (m,)
        Labels of the whole data set.
    per_class : int
        Images of every class to set aside.
    name : str
        Name of the split; another name makes another choice.

    Returns
    -------
    kept, held : int64, shapes (n - 10 * per_class,) and (10 * per_class,)
        Positions in the data set, rising.

    Examples
    --------
    >>> kept, held = hold_out(np.arange(40), np.arange(40) % 10, 1, "test")
    >>> len(kept), sorted((held % 10).tolist())
    (30, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    """
    held: list[int] = []
    for digit in range(CLASSES):
        members = [int(position) for position in positions if labels[position] == digit]
        members.sort(key=lambda position: hashlib.sha256(f"{name}:{position}".encode()).digest())
        held += members[:per_class]
    chosen = np.array(sorted(held), np.int64)
    return np.setdiff1d(positions, chosen), chosen


def quantize_images(images: NDArray[np.uint8]) -> NDArray[np.int8]:
    """Codes of the network's input; every grey level has one of its own.

    Parameters
    ----------
    images : uint8, shape (n, 8, 8)
        Grey levels 0..16.

    Returns
    -------
    int8, shape (n, 8, 8, 1)
        ``15 * level - 128``.

    Examples
    --------
    >>> quantize_images(np.array([[[0, 1, 16]]], np.uint8)).ravel().tolist()
    [-128, -113, 112]
    """
    return (images.astype(np.int64) * CODES_PER_LEVEL + INPUT_ZERO_POINT).astype(np.int8)[..., np.newaxis]


def grey_levels(inputs: NDArray[np.int8]) -> NDArray[np.int64]:
    """Grey levels of the network's input: :func:`quantize_images` back again.

    Parameters
    ----------
    inputs : int8, shape (n, 8, 8, 1)

    Returns
    -------
    int64, shape (n, 8, 8)
        0..16.

    Examples
    --------
    >>> grey_levels(np.array([[[[-128], [-113], [112]]]], np.int8)).ravel().tolist()
    [0, 1, 16]
    """
    return (inputs[..., 0].astype(np.int64) - INPUT_ZERO_POINT) // CODES_PER_LEVEL


def real_images(images: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Real values of the network's input.

    Parameters
    ----------
    images : uint8, shape (n, 8, 8)
        Grey levels 0..16.

    Returns
    -------
    float64, shape (n, 8, 8, 1)
        0..1.

    Examples
    --------
    >>> real_images(np.array([[[0, 4, 16]]], np.uint8)).ravel().tolist()
    [0.0, 0.25, 1.0]
    """
    return (images / LEVELS)[..., np.newaxis]
