"""Payloads of the floating-point path: passes, exact sums and what makes a result special."""

from collections.abc import Sequence

from amaranth.hdl import Const, Mux, Value, signed
from amaranth.lib.data import StructLayout

from racelet.golden.bitlet.config import WORD, AccumulatorConfig

SPECIAL = StructLayout({"nan": 1, "infinite": 1, "negative": 1})
"""A dot product that is no number, or else infinite; ``negative``: sign of an infinite one, and of a sum of zero."""


def column_pass(config: AccumulatorConfig) -> StructLayout:
    """What a pass adds to a dot product.

    ``total`` is worth ``total * 2 ** (place - guard)`` in units of the format's least product unit. ``form`` is an
    index into the config's formats, the same for all passes of a dot product; ``last`` ends it, and goes with
    ``special``.
    """
    return StructLayout(
        {
            "total": signed(config.total_width),
            "place": range(WORD * config.most_words),
            "form": range(len(config.formats)),
            "last": 1,
            "special": SPECIAL,
        }
    )


def exact_sum(config: AccumulatorConfig) -> StructLayout:
    """What is needed of a sum to round it: :class:`racelet.golden.bitlet.wide_accumulator.SumRecord` and its format."""
    return StructLayout(
        {
            "magnitude": 2 * WORD,
            "top": range(config.most_words),
            "sticky": 1,
            "negative": 1,
            "zero": 1,
            "form": range(len(config.formats)),
            "special": SPECIAL,
        }
    )


def by_form(form: Value, values: Sequence[int | Value]) -> Value:
    """The value of the format of an index."""
    chosen = Value.cast(values[0])
    for index, value in enumerate(values[1:], 1):
        chosen = Mux(form == index, Const(value) if isinstance(value, int) else value, chosen)
    return chosen
