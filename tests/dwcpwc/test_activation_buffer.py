import numpy as np
import pytest

from racelet.golden.dwcpwc.activation_buffer import empty, place, take, words, write
from racelet.golden.dwcpwc.config import PRESETS
from racelet.sim.dwcpwc.tb_activation_buffer import verify


@pytest.mark.simulation
@pytest.mark.parametrize("preset", ["tiny", "large"])
def test_words_match_golden(preset: str) -> None:
    verify(PRESETS[preset], seed=1, waves=None)


@pytest.mark.parametrize("size", [(1, 1, 3), (7, 5, 8), (4, 9, 2), (3, 3, 16)])
def test_a_tensor_is_taken_back_as_it_was_placed(size: tuple[int, int, int]) -> None:
    rng = np.random.default_rng(1)
    tensor = rng.integers(-128, 128, size).astype(np.int8)
    where = (40, -(-size[1] // 3) * size[2], size[2])
    np.testing.assert_array_equal(take(place(empty(PRESETS["tiny"]), tensor, *where), size, *where), tensor)


def test_any_three_by_three_pixels_lie_in_nine_banks() -> None:
    pixels = np.arange(1, 82, dtype=np.int8).reshape(9, 9, 1)
    banks = place(empty(PRESETS["tiny"]), pixels, 0, 3, 1)
    bank_of = {int(pixel): bank for bank, row in enumerate(banks) for pixel in row if pixel}
    for y, x in np.ndindex(7, 7):
        assert len({bank_of[int(pixel)] for pixel in pixels[y : y + 3, x : x + 3].ravel()}) == 9


def test_a_tensor_takes_as_many_bytes_of_a_bank_as_its_pitches_say() -> None:
    tensor = np.ones((4, 5, 3), np.int8)
    used = np.flatnonzero(place(empty(PRESETS["tiny"]), tensor, 8, 8, 4).any(axis=0))
    assert (used.min(), used.max()) == (8, 8 + 8 + 4 + 2)


def test_a_write_touches_the_bytes_of_its_mask_and_no_other() -> None:
    config = PRESETS["small"]
    rng = np.random.default_rng(1)
    banks = rng.integers(-128, 128, empty(config).shape).astype(np.int8)
    data = (~banks[4, 16:24]).tolist()
    written = write(banks, 4, 19, data, 0b10010001, config)
    assert [(int(bank), int(address)) for bank, address in np.argwhere(written != banks)] == [(4, 16), (4, 20), (4, 23)]
    assert words(written, [16] * 9, config)[4, [0, 4, 7]].tolist() == [data[0], data[4], data[7]]
