"""Images as the networks take them: scikit-learn's digits, and CIFAR-10 from a folder of the user's."""
# Ref: A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009 (CIFAR-10).

import dataclasses
import importlib
import io
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from racelet.train.adc.recipe import Dataset
from racelet.train.digits_data import LEVELS, load_data

JPEG_FILE = "cifar10_jpeg_subset.npz"
"""Images as JPEG: bytes one after the other, where each begins, and labels."""
BATCH_FILES = ("data_batch_*.bin", "test_batch.bin")
"""Those of the binary version that its makers publish: a byte of the label, then three planes of 32x32 bytes."""
_SIDE = 32
_RECORD = 1 + 3 * _SIDE * _SIDE
_CODES = 3
"""Largest code of a digit's pixel: two bits."""
_MIDDLE = 128


@dataclasses.dataclass(frozen=True, kw_only=True)
class Images:
    """A data set.

    Parameters
    ----------
    train, test : uint8, shape (n, channels, rows, columns)
        As they come: grey levels 0..16, or colours 0..255.
    train_labels, test_labels : int64, shape (n,)
    """

    train: NDArray[np.uint8]
    train_labels: NDArray[np.int64]
    test: NDArray[np.uint8]
    test_labels: NDArray[np.int64]

    def first(self, count: int | None) -> "Images":
        """The same with fewer training images; None for all."""
        return dataclasses.replace(self, train=self.train[:count], train_labels=self.train_labels[:count])


def load_images(dataset: Dataset, folder: Path | None) -> Images:
    """Read a data set.

    Parameters
    ----------
    dataset : {"digits", "cifar10"}
    folder : Path or None
        Where CIFAR-10 lies; digits come with scikit-learn.

    Raises
    ------
    ValueError
        If the folder does not have it.
    ModuleNotFoundError
        If scikit-learn, or Pillow for JPEG, is not installed.
    """
    if dataset == "digits":
        data = load_data()
        images = data.images[:, np.newaxis]
        return Images(
            train=images[data.train],
            train_labels=data.labels[data.train],
            test=images[data.test],
            test_labels=data.labels[data.test],
        )
    if folder is None or not folder.is_dir():
        raise ValueError(
            f"cifar10 needs --data DIR, a folder with {JPEG_FILE} or with {' and '.join(BATCH_FILES)} of the binary "
            f"version of CIFAR-10; {'none was given' if folder is None else f'{folder} is not there'}"
        )
    if (folder / JPEG_FILE).is_file():
        return _jpeg_images(folder / JPEG_FILE)
    train, test = (sorted(folder.glob(pattern)) for pattern in BATCH_FILES)
    if not train or not test:
        raise ValueError(f"--data {folder} must have {JPEG_FILE}, or {' and '.join(BATCH_FILES)}; it has neither")
    (train_images, train_labels), (test_images, test_labels) = _records(train), _records(test)
    return Images(train=train_images, train_labels=train_labels, test=test_images, test_labels=test_labels)


def input_codes(dataset: Dataset, images: Any) -> Any:
    """What the first layer gets: pixels in two bits, or colours of -128..127.

    Parameters
    ----------
    dataset : {"digits", "cifar10"}
    images : numpy.ndarray or torch.Tensor
        Of a signed or floating-point type. Grey levels 0..16, whole or not, or colours 0..255.

    Returns
    -------
    As ``images``
        Whole numbers.
    """
    if dataset == "digits":
        return (images * 2 * _CODES + LEVELS) // (2 * LEVELS)
    return images - _MIDDLE


def _records(files: list[Path]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    for file in files:
        if file.stat().st_size % _RECORD or not file.stat().st_size:
            raise ValueError(f"{file} must have a multiple of {_RECORD} bytes, not {file.stat().st_size}")
    rows = np.concatenate([np.fromfile(file, np.uint8).reshape(-1, _RECORD) for file in files])
    return rows[:, 1:].reshape(-1, 3, _SIDE, _SIDE), rows[:, 0].astype(np.int64)


def _jpeg_images(file: Path) -> Images:
    decode: Any = importlib.import_module("PIL.Image")
    found: dict[str, Any] = {}
    try:
        with np.load(file, allow_pickle=False) as arrays:
            for part in ("train", "test"):
                content, starts = arrays[f"{part}_jpeg"].tobytes(), arrays[f"{part}_offsets"]
                images = np.empty((len(starts) - 1, 3, _SIDE, _SIDE), np.uint8)
                for index in range(len(images)):
                    with decode.open(io.BytesIO(content[starts[index] : starts[index + 1]])) as image:
                        images[index] = np.asarray(image.convert("RGB")).transpose(2, 0, 1)
                found |= {part: images, f"{part}_labels": arrays[f"{part}_labels"].astype(np.int64)}
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"{file} is damaged or another file: {error}") from error
    return Images(**found)
