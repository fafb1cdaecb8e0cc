"""What moves between the parts of a processing element."""

from collections.abc import Sequence

from amaranth.hdl import Const, Mux, ShapeLike, Value, signed
from amaranth.lib import enum
from amaranth.lib.data import ArrayLayout, StructLayout

from racelet.golden.bitlet.config import WORD, AccumulatorConfig, BitletConfig

COUNT_WIDTH = 32
"""Bits of a number that software writes."""


def number_beat(config: BitletConfig) -> StructLayout:
    """A part of a window, or of several side by side: weights and activations, as many as there are of the format.

    Number k begins at bit ``k * width``; the first ``load`` are the first window's, the next ones that of the window
    beside it. Those that ``keep`` does not mark are left out. ``form`` is one of ``config.formats``, the same for a
    whole dot product. ``ends`` marks a window's last part, ``last`` a dot product's last window, in each of its parts.
    """
    return StructLayout({"weights": config.beat_width, "activations": config.beat_width, **_marks(config)})


def array_beat(config: BitletConfig) -> StructLayout:
    """The same for an array: weights of every column, activations of every row."""
    weights, activations = (ArrayLayout(config.beat_width, count) for count in (config.columns, config.rows))
    return StructLayout({"weights": weights, "activations": activations, **_marks(config)})


def _marks(config: BitletConfig) -> dict[str, ShapeLike]:
    return {"keep": config.beat_numbers, "form": range(max(len(config.formats), 2)), "ends": 1, "last": 1}


def vectors(config: BitletConfig) -> StructLayout:
    """What comes of it from outside: numbers only, those of each column and row in whole bytes."""
    weights, activations = (ArrayLayout(8 * config.vector_bytes, count) for count in (config.columns, config.rows))
    return StructLayout({"weights": weights, "activations": activations})


class RunError(enum.Enum, shape=8):
    """Why a run was refused."""

    NONE = 0
    FORMAT = 1
    """The array has no such format."""
    TERMS = 2
    """A dot product of no products, or of more than the array adds up."""
    PRODUCTS = 3
    """No matrix products."""


RUN = StructLayout({"form": COUNT_WIDTH, "terms": COUNT_WIDTH, "products": COUNT_WIDTH})
"""What software asks for: matrix products, with so many terms in each dot product, and the format of all numbers."""


def run(config: BitletConfig) -> StructLayout:
    """The same, with as many bits as are needed."""
    form, terms = range(max(len(config.formats), 2)), range(config.terms + 1)
    return StructLayout({"form": form, "terms": terms, "products": COUNT_WIDTH})


def result_row(config: BitletConfig) -> ArrayLayout:
    """Results of a row, each in whole bytes."""
    return ArrayLayout(8 * config.result_bytes, config.columns)


def array_results(config: BitletConfig) -> ArrayLayout:
    """Dot products of every row, and in a row those of every column."""
    return ArrayLayout(ArrayLayout(config.result_width, config.columns), config.rows)


SPECIAL = StructLayout({"nan": 1, "infinite": 1, "negative": 1})
"""A dot product that is no number, or else infinite; ``negative``: sign of an infinite one, and of a sum of zero."""


def term(config: BitletConfig) -> StructLayout:
    """A product that has not been made: the weight's magnitude, the activation with both signs, the exponents' sum.

    The hidden bit of a weight is its magnitude's highest, whatever the format; an integer's magnitude ends at the
    lowest bit. What is not ``live`` adds nothing.
    """
    return StructLayout(
        {
            "magnitude": config.magnitude_width,
            "activation": signed(config.magnitude_width + 1),
            "exponent": config.exponent_width,
            "live": 1,
        }
    )


def term_beat(config: BitletConfig) -> StructLayout:
    """A part of a window in terms, and what they are that are no numbers."""
    return StructLayout(
        {
            "terms": ArrayLayout(term(config), config.beat_numbers),
            "special": SPECIAL,
            "form": range(max(len(config.formats), 2)),
            "ends": 1,
            "last": 1,
        }
    )


def element(config: BitletConfig) -> StructLayout:
    """A weight's partner: the activation with both signs, and of every digit of the weight its sign and size."""
    columns = config.most_columns if config.digits == "csd4" else 0
    return StructLayout({"activation": signed(config.magnitude_width + 1), "negative": columns, "double": columns})


def digit_beat(config: BitletConfig) -> StructLayout:
    """A part of a window: of every lane which weights have a digit there, and the weights' partners.

    ``ring`` tells which of the config's rings the lanes make. ``ends`` marks the window's last part, ``last`` that of a
    dot product's last window.
    """
    return StructLayout(
        {
            "digits": ArrayLayout(config.load, config.used_lanes),
            "elements": ArrayLayout(ArrayLayout(element(config), config.load), config.most_windows),
            "ring": range(max(len(config.rings), 2)),
            "ends": 1,
            "last": 1,
        },
    )


def window_state(config: BitletConfig) -> StructLayout:
    """What the distiller knows of a window.

    It is all ``there``; its next ``part``, its ``ring``, its ``half`` of the memory, its ``dot`` product, of two in
    turn, and whether it is the ``last`` one there.
    """
    part, ring = range(max(config.window // config.load, 2)), range(max(len(config.rings), 2))
    return StructLayout({"there": 1, "part": part, "ring": ring, "half": 1, "dot": 1, "last": 1})


def matched_beat(config: BitletConfig) -> StructLayout:
    """A part of a pass over a window, and with its end what the pass is."""
    assert config.accumulator is not None
    return StructLayout({"beat": digit_beat(config), "record": pass_record(config.accumulator)})


def pass_record(config: AccumulatorConfig) -> StructLayout:
    """What a pass is: its place in the accumulator, its format, and what it ends.

    ``form`` is an index into the accumulator's formats, the same for all passes of a dot product; ``last`` ends it, and
    goes with ``special``.
    """
    return StructLayout(
        {
            "place": range(WORD * config.most_words),
            "form": range(len(config.formats)),
            "last": 1,
            "special": SPECIAL,
        }
    )


def column_sums(config: BitletConfig) -> StructLayout:
    """Of every lane what its digits add up to, in units of its significance."""
    return StructLayout(
        {
            "sums": ArrayLayout(signed(config.column_sum_width), config.used_lanes),
            "ring": range(max(len(config.rings), 2)),
        }
    )


def column_pass(config: AccumulatorConfig) -> StructLayout:
    """What a pass adds to a dot product.

    ``total`` is worth ``total * 2 ** (place - guard)`` in units of the format's least product unit.
    """
    return StructLayout({"total": signed(config.total_width), **pass_record(config).members})


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
