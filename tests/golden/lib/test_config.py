import pytest

from racelet.golden.lib.config import ShellConfig


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("input_buffer_bytes", 8, "input_buffer_bytes must be a power of two in 16..1048576, not 8"),
        ("input_buffer_bytes", 4095, "not 4095"),
        ("input_buffer_bytes", 1 << 21, "not 2097152"),
        ("start_queue", 0, "start_queue must be in 1..15, not 0"),
        ("start_queue", 16, "not 16"),
    ],
)
def test_a_value_out_of_range_is_named(field: str, value: int, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        ShellConfig(**{field: value})


def test_another_kind_is_named() -> None:
    with pytest.raises(TypeError, match="start_queue must be int, not True"):
        ShellConfig(start_queue=True)
