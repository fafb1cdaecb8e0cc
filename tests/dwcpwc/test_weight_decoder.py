import numpy as np
import pytest

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.racetrack_weight_store import decode
from racelet.golden.racetrack.enumerative_code import CODES
from racelet.hw.dwcpwc.weight_decoder import word_table
from racelet.sim.dwcpwc.tb_weight_decoder import verify


@pytest.mark.simulation
def test_every_word_has_its_byte() -> None:
    verify(DwcPwcConfig(), seed=1)


def test_every_weight_comes_back_from_its_word() -> None:
    every = np.arange(-128, 128)
    words = CODES["int8"].encode(every)
    weights, wrong = decode(words)
    assert weights.tolist() == every.tolist()
    assert not wrong.any()
    # The store writes a byte's word by its number.
    assert words.tolist() == word_table()


def test_any_other_word_is_wrong_but_that_of_blank_tracks() -> None:
    every = np.arange(1 << 11)
    _, wrong = decode(every)
    assert set(every[~wrong].tolist()) == {0, *word_table()}
