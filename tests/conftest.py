"""Fixtures that every test may use."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of public models and inputs, which lies beside the repository and is no part of it."""
    folder = (Path(__file__).parents[1] / "../shared/data").resolve()
    if not folder.is_dir():
        pytest.skip("the public models and inputs (../shared/data) are not here")
    return folder


@pytest.fixture(scope="session")
def kws_model(shared_data: Path) -> Path:
    """MLPerf Tiny keyword spotting, a DS-CNN."""
    return shared_data / "kws/kws_ref_model.tflite"


@pytest.fixture(scope="session")
def kws_inputs(shared_data: Path) -> NDArray[np.int8]:
    """The twelve inputs of keyword spotting, int8, shape (12, 49, 10, 1), sorted by name."""
    files = sorted((shared_data / "kws/inputs").glob("*.dat"))
    return np.stack([np.fromfile(file, np.int8) for file in files]).reshape(-1, 49, 10, 1)


@pytest.fixture(scope="session")
def vww_model(shared_data: Path) -> Path:
    """MLPerf Tiny person detection, MobileNetV1 0.25."""
    return shared_data / "vww/vww_96_int8.tflite"


@pytest.fixture(scope="session")
def vww_inputs(shared_data: Path) -> NDArray[np.int8]:
    """The four inputs of person detection, int8, shape (4, 96, 96, 3), sorted by name."""
    files = sorted((shared_data / "vww/inputs").glob("*.dat"))
    return np.stack([np.fromfile(file, np.int8) for file in files]).reshape(-1, 96, 96, 3)
