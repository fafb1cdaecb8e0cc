import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from racelet.golden.bitlet.normalizer import code, normalize
from racelet.golden.bitlet.number_format import decode, number_format

NAMES = st.sampled_from(["fp16", "bf16", "fp32"])


@given(total=st.integers(-(2**90), 2**90), unit=st.integers(-200, 60), name=NAMES)
def test_a_code_is_that_of_the_rounded_sum(total: int, unit: int, name: str) -> None:
    form = number_format(name)
    value = float(decode(np.array([code(total, unit, form)]), form)[0])
    assert value == normalize(total, unit, form)
    assert math.copysign(1, value) == (-1 if total < 0 else 1)


@given(total=st.integers(-(2**90), 2**90), name=NAMES)
def test_special_results_do_not_depend_on_the_sum(total: int, name: str) -> None:
    form = number_format(name)
    for negative in (False, True):
        sign = int(negative) << form.width - 1
        assert code(total, 0, form, nan=True, infinite=True, negative=negative) == form.quiet_nan
        assert code(total, 0, form, infinite=True, negative=negative) == sign | form.infinity
        assert code(0, 0, form, negative=negative) == sign
