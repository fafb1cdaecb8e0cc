import itertools

import numpy as np
import pytest

from racelet.golden.bitlet.digits import DIGIT_SETS, csd4, sign_magnitude


@pytest.mark.parametrize("width", range(2, 13))
def test_digits_of_every_magnitude_make_it_again(width: int) -> None:
    magnitudes = np.arange((1 << (width - 1)) + 1, dtype=np.int64)
    for name, radix, columns in (("sign_magnitude", 2, width), ("csd4", 4, -(-width // 2))):
        digits = DIGIT_SETS[name](magnitudes, columns).astype(np.int64)
        powers = radix ** np.arange(columns - 1, -1, -1)
        np.testing.assert_array_equal(powers @ digits, magnitudes)


def test_csd4_has_as_few_digits_as_there_can_be() -> None:
    least = dict.fromkeys(range(-512, 513), 99)
    for digits in itertools.product((-2, -1, 0, 1, 2), repeat=4):
        value = sum(digit * 4**place for place, digit in enumerate(digits))
        least[value] = min(least[value], sum(digit != 0 for digit in digits))
    magnitudes = np.arange(129, dtype=np.int64)
    found = np.count_nonzero(csd4(magnitudes, 4), axis=0)
    assert found.tolist() == [least[value] for value in range(129)]


def test_csd4_has_no_digits_but_shifts() -> None:
    digits = csd4(np.arange(1 << 11, dtype=np.int64), 6)
    assert set(np.unique(digits)) == {-2, -1, 0, 1, 2}
    assert set(np.unique(sign_magnitude(np.arange(64), 6))) == {0, 1}
