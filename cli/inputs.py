"""Inputs and labels of ``racelet run``."""

import csv
import dataclasses
import math
import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from racelet.cli.config import ConfigError, brief

MAX_BYTES = 1 << 30
"""Bytes of all inputs of a run."""
MAX_LABELS = 1 << 26
"""Bytes of a file of labels."""
MAX_LABEL = 65535
"""Largest class: the channels that an accelerator's output can have, less one."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Inputs:
    """Inputs of a run.

    Parameters
    ----------
    names : list of str
        File names, or row numbers of an array.
    data : int8, shape (n, height, width, channels)
    """

    names: list[str]
    data: NDArray[np.int8]


def read_inputs(path: Path, shape: tuple[int, ...], count: int | None) -> Inputs:
    """Read a folder of raw int8 files (by name), one ``.npy`` array, or one raw file.

    Parameters
    ----------
    path : Path
    shape : tuple of int
        Shape of one input.
    count : int or None
        Read only the first ones.

    Returns
    -------
    Inputs

    Raises
    ------
    ConfigError
        If there are none, or one is of the wrong size or type.
    """
    size = math.prod(shape)
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.is_file() and not file.name.startswith("."))[:count]
        if not files:
            raise ConfigError(f"--inputs {path}: the folder has no files")
        _check_total(path, len(files), size)
        data = np.stack([_raw(file, size) for file in files])
        return Inputs(names=[file.name for file in files], data=data.reshape(-1, *shape))
    if not path.exists():
        raise ConfigError(f"--inputs {path}: no such file or folder")
    if not path.is_file():
        raise ConfigError(f"--inputs {path}: must be a file or a folder, not a pipe or a device")
    if path.suffix != ".npy":
        return Inputs(names=[path.name], data=_raw(path, size).reshape(1, *shape))
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except OSError:
        raise
    except Exception as error:
        # A damaged header is read by Python's own parsers, and a damaged archive by zipfile: each has its errors.
        reason = " ".join(str(error).split())[:200]
        raise ConfigError(f"--inputs {path}: not an .npy array of int8: {reason}") from error
    if not isinstance(array, np.ndarray) or array.dtype != np.int8:
        raise ConfigError(f"--inputs {path}: the array must be int8, not {getattr(array, 'dtype', 'an archive')}")
    if array.size == 0 or array.size % size or (array.ndim and array.size != size and array.size // len(array) != size):
        raise ConfigError(f"--inputs {path}: the array must have shape (n, {_text(shape)}), not {array.shape}")
    _check_total(path, min(array.size // size, count or array.size), size)
    data = np.array(array.reshape(-1, *shape)[:count])
    return Inputs(names=[str(number) for number in range(len(data))], data=data)


def random_inputs(shape: tuple[int, ...], count: int, seed: int) -> Inputs:
    """Random bytes, for a model that comes without inputs.

    Parameters
    ----------
    shape : tuple of int
        Shape of one input.
    count : int
    seed : int

    Returns
    -------
    Inputs
    """
    _check_total("random", count, math.prod(shape))
    data = np.random.default_rng(seed).integers(-128, 128, (count, *shape), np.int8)
    return Inputs(names=[f"random {number}" for number in range(count)], data=data)


def read_labels(source: str, inputs: Inputs) -> NDArray[np.int64]:
    """Class of every input.

    Parameters
    ----------
    source : str
        ``from-name``: the number before the extension of each input's name; else a CSV file of ``name,classes,label``,
        matched by name, or row by row where the inputs are rows of an array.
    inputs : Inputs

    Returns
    -------
    int64, shape (n,)

    Raises
    ------
    ConfigError
        If an input has none.
    """
    if source == "from-name":
        return np.array([_label_in(name) for name in inputs.names])
    path = Path(source)
    with path.open("rb") as stream:
        content = stream.read(MAX_LABELS + 1)
    if len(content) > MAX_LABELS:
        raise ConfigError(f"--labels {path}: must be at most {MAX_LABELS} bytes, and has more")
    try:
        text = content.decode()
        rows = [[cell.strip() for cell in row] for row in csv.reader(text.splitlines()) if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"--labels {path}: not a CSV file of name,classes,label") from error
    if rows and rows[0][-1:] == ["label"]:
        del rows[0]
    for number, row in enumerate(rows, 1):
        if len(row) != 3 or not row[2].isdecimal():
            raise ConfigError(f"--labels {path}: row {number} must be name,classes,label, not {brief(','.join(row))}")
    labels = [_label(f"--labels {path}: row {number}", row[2]) for number, row in enumerate(rows, 1)]
    if all(name.isdecimal() for name in inputs.names):
        if len(labels) < len(inputs.names):
            raise ConfigError(f"--labels {path}: {len(labels)} labels for {len(inputs.names)} inputs")
        return np.array(labels[: len(inputs.names)])
    by_name = {row[0]: label for row, label in zip(rows, labels, strict=True)}
    missing = [name for name in inputs.names if name not in by_name and Path(name).stem not in by_name]
    if missing:
        raise ConfigError(f"--labels {path}: no label for {missing[0]}")
    return np.array([by_name.get(name, by_name.get(Path(name).stem, 0)) for name in inputs.names])


def _raw(file: Path, size: int) -> NDArray[np.int8]:
    given = file.stat().st_size
    if given != size:
        raise ConfigError(f"--inputs {file}: an input must have {size} bytes (int8), not {given}")
    return np.fromfile(file, np.int8)


def _label_in(name: str) -> int:
    found = re.search(r"(\d+)(?:\.[^.]*)?$", name)
    if found is None:
        raise ConfigError(f"--labels from-name: the name must end in a number before its extension, not {name}")
    return _label(f"--labels from-name: {name}", found[1])


def _label(where: str, digits: str) -> int:
    # int() refuses thousands of digits with words of its own.
    if len(digits) > 9 or int(digits) > MAX_LABEL:
        raise ConfigError(f"{where}: the label must be in 0..{MAX_LABEL}, not {brief(digits)}")
    return int(digits)


def _check_total(path: Path | str, count: int, size: int) -> None:
    most = max(MAX_BYTES // size, 1)
    if count > most:
        raise ConfigError(
            f"--inputs {path}: up to {most} inputs of {size} bytes are supported, not {count}: see --count"
        )


def _text(shape: tuple[int, ...]) -> str:
    return ", ".join(str(size) for size in shape)
