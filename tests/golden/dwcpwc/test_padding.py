import numpy as np
import pytest

from racelet.golden.dwcpwc.padding import frame, pad, same_padding, window_padding


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "expected"),
    [(49, 10, 2, (25, 4, 5)), (10, 4, 2, (5, 1, 1)), (8, 3, 2, (4, 0, 1)), (7, 3, 2, (4, 1, 1)), (5, 1, 2, (3, 0, 0))],
)
def test_same_padding_is_that_of_known_layers(size: int, kernel: int, stride: int, expected: tuple) -> None:
    assert same_padding(size, kernel, stride) == expected


def test_same_windows_cover_every_input_they_can() -> None:
    for size in range(1, 12):
        for kernel in range(1, 12):
            for stride in (1, 2, 3):
                out, before, after = same_padding(size, kernel, stride)
                assert out == len(range(0, size, stride))
                assert 0 <= after - before <= 1
                assert before + size + after >= (out - 1) * stride + kernel
                if before + after:
                    assert before + size + after == (out - 1) * stride + kernel


def test_valid_windows_lie_inside() -> None:
    for size in range(1, 12):
        for kernel in range(1, 12):
            for stride in (1, 2, 3):
                starts = [start for start in range(0, size, stride) if start + kernel <= size]
                assert window_padding(size, kernel, stride, "VALID") == (len(starts), 0, 0)


def test_padded_taps_read_the_value_given() -> None:
    padded, size = pad(np.ones((2, 4, 3, 5), np.int8), (3, 2), (2, 1), "SAME", -7)
    assert size == (2, 3)
    assert padded.shape == (2, 5, 4, 5)
    assert (padded[:, 4] == -7).all()
    assert (padded[:, :, 3] == -7).all()
    assert (padded[:, :4, :3] == 1).all()


def test_a_frame_has_its_own_width_at_every_side() -> None:
    x = np.arange(24, dtype=np.int8).reshape(2, 2, 3, 2)
    framed = frame(x, ((1, 0), (2, 3)), -7)
    assert framed.shape == (2, 3, 8, 2)
    np.testing.assert_array_equal(framed[:, 1:, 2:5], x)
    framed[:, 1:, 2:5] = -7
    assert (framed == -7).all()
