"""Data sets: the folders they come from, and what the first layer gets."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from racelet.train.adc.images import JPEG_FILE, input_codes, load_images


def write_records(folder: Path) -> np.ndarray:
    """CIFAR-10's binary version, two files of training images and one of test images."""
    rows = np.random.default_rng(1).integers(0, 256, (9, 3073)).astype(np.uint8)
    rows[:, 0] %= 10
    for name, part in (("data_batch_1", rows[:4]), ("data_batch_2", rows[4:6]), ("test_batch", rows[6:])):
        (folder / f"{name}.bin").write_bytes(part.tobytes())
    return rows


def test_the_binary_version_is_read(tmp_path: Path) -> None:
    rows = write_records(tmp_path)
    images = load_images("cifar10", tmp_path)
    assert images.train.shape == (6, 3, 32, 32)
    np.testing.assert_array_equal(images.train.reshape(6, -1), rows[:6, 1:])
    np.testing.assert_array_equal(images.test_labels, rows[6:, 0])
    assert images.first(2).train_labels.tolist() == rows[:2, 0].tolist()
    assert len(images.first(2).test) == 3


def test_jpeg_images_are_read(tmp_path: Path) -> None:
    module: Any = pytest.importorskip("PIL.Image", reason="Pillow is not installed: make setup EXTRAS=train")
    content, starts = b"", [0]
    for grey in (0, 128, 255):
        file = io.BytesIO()
        module.new("RGB", (32, 32), (grey, grey, grey)).save(file, "JPEG")
        content += file.getvalue()
        starts.append(len(content))
    parts = {"jpeg": np.frombuffer(content, np.uint8), "offsets": np.array(starts), "labels": np.arange(3)}
    arrays: dict[str, Any] = {f"{part}_{name}": value for part in ("train", "test") for name, value in parts.items()}
    np.savez(tmp_path / JPEG_FILE, **arrays)
    images = load_images("cifar10", tmp_path)
    assert images.test[:, :, 5, 7].tolist() == [[0] * 3, [128] * 3, [255] * 3]
    assert images.train_labels.tolist() == [0, 1, 2]
    np.savez(tmp_path / JPEG_FILE, train_jpeg=1)
    with pytest.raises(ValueError, match=f"{JPEG_FILE} is damaged or another file"):
        load_images("cifar10", tmp_path)


def test_the_public_subset_is_read(shared_data: Path) -> None:
    pytest.importorskip("PIL", reason="Pillow is not installed: make setup EXTRAS=train")
    folder = shared_data / "cifar10"
    if not folder.is_dir():
        pytest.skip("the CIFAR-10 subset (../shared/data/cifar10) is not here")
    images = load_images("cifar10", folder)
    assert (images.train.shape, images.test.shape) == ((10_000, 3, 32, 32), (2_000, 3, 32, 32))
    assert sorted(set(images.train_labels.tolist())) == list(range(10))


def test_what_is_missing_of_a_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"cifar10 needs --data DIR, .*; none was given"):
        load_images("cifar10", None)
    with pytest.raises(ValueError, match="nowhere is not there"):
        load_images("cifar10", tmp_path / "nowhere")
    with pytest.raises(ValueError, match=f"must have {JPEG_FILE}, or data_batch_"):
        load_images("cifar10", tmp_path)
    write_records(tmp_path)
    (tmp_path / "test_batch.bin").write_bytes(b"short")
    with pytest.raises(ValueError, match="must have a multiple of 3073 bytes, not 5"):
        load_images("cifar10", tmp_path)


def test_inputs_are_two_bits_of_grey_or_signed_colours() -> None:
    assert input_codes("digits", np.arange(17)).tolist() == [round(3 * grey / 16 + 1e-9) for grey in range(17)]
    assert input_codes("cifar10", np.array([0, 128, 255])).tolist() == [-128, 0, 127]


def test_digits_are_split_as_those_of_the_shipped_network() -> None:
    pytest.importorskip("sklearn", reason="scikit-learn is not installed: make setup EXTRAS=train")
    images = load_images("digits", None)
    assert (len(images.train), len(images.test)) == (1437, 360)
    assert np.bincount(images.test_labels).tolist() == [36] * 10
