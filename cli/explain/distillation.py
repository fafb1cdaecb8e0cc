"""A window of a dot product, distilled step by step, as data and as text."""

import dataclasses
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from racelet.golden.bitlet.config import BitletConfig
from racelet.golden.bitlet.distiller import NONE, Distillation, distill
from racelet.golden.bitlet.dot_product import columns_of
from racelet.golden.bitlet.exponent_matcher import Columns
from racelet.golden.bitlet.number_format import Numbers, number_format, split
from racelet.golden.bitlet.preprocessor import Terms, preprocess


@dataclasses.dataclass(frozen=True, kw_only=True)
class Distilled:
    """The three steps, on some numbers.

    Parameters
    ----------
    weights, activations : tuple of float
    config : BitletConfig
        Of one format.
    parts : Numbers
        Of the weights.
    terms : Terms
    columns : Columns
    steps : Distillation
    """

    weights: tuple[float, ...]
    activations: tuple[float, ...]
    config: BitletConfig
    parts: Numbers
    terms: Terms
    columns: Columns
    steps: Distillation

    @property
    def total(self) -> Fraction:
        """Sum of all steps, without any rounding."""
        return self.steps.total * Fraction(2) ** self.steps.unit

    @property
    def exact(self) -> Fraction:
        """Sum of the products themselves."""
        pairs = zip(self.weights, self.activations, strict=True)
        return sum((Fraction(weight) * Fraction(activation) for weight, activation in pairs), Fraction(0))

    @property
    def sums(self) -> list[float]:
        """What every step adds."""
        return [total * 2.0**self.steps.unit for total in self.steps.sums]


def distilled(
    weights: Sequence[float], activations: Sequence[float], config: BitletConfig, activation_format: str
) -> Distilled:
    """Take the three steps.

    Parameters
    ----------
    weights, activations : sequence of float
        Finite.
    config : BitletConfig
        Its first format is that of the weights.
    activation_format : str

    Raises
    ------
    ValueError
        If a number is not one of its format, or not finite.
    """
    form, beside = number_format(config.formats[0]), number_format(activation_format)
    for each in (*weights, *activations):
        if not np.isfinite(each):
            raise ValueError(f"a number must be finite to be distilled, not {each}")
    left, right = np.array(weights, np.float64), np.array(activations, np.float64)
    terms = preprocess(left, right, form, beside)
    columns = columns_of(terms, form, config)
    return Distilled(
        weights=tuple(weights),
        activations=tuple(activations),
        config=config,
        parts=split(left, form),
        terms=terms,
        columns=columns,
        steps=distill(columns, terms.activation),
    )


def told(found: Distilled) -> dict[str, Any]:
    """The steps, for machines."""
    columns = found.columns
    return {
        "block": "bitlet",
        "format": found.config.formats[0],
        "weights": found.weights,
        "activations": found.activations,
        "magnitudes": found.parts.magnitude,
        "units": found.parts.unit,
        "powers": [columns.power(number) for number in range(len(columns.digits))],
        "digits": columns.digits.T,
        "ones": columns.counts,
        "steps": [
            {"chosen": [None if number == NONE else int(number) for number in row], "sum": total}
            for row, total in zip(found.steps.chosen, found.sums, strict=True)
        ],
        "total": float(found.total),
        "exact": float(found.exact),
    }


def spoken(found: Distilled) -> str:
    """The steps, as text for a terminal."""
    lines = ["1. Preprocess: sign, exponent and mantissa of every weight; its sign goes into the activation.", ""]
    form = number_format(found.config.formats[0])
    for number, weight in enumerate(found.weights):
        unit = int(found.parts.unit[number])
        mantissa = f"{int(found.parts.magnitude[number]):0{form.magnitude_width}b}"
        shown = (
            f"{mantissa[0]}.{mantissa[1:].rstrip('0') or '0'} x 2^{unit + form.fraction_width}"
            if form.is_float
            else mantissa
        )
        sign = "-" if found.parts.negative[number] else "+"
        before, after = found.activations[number], (-1) ** int(found.parts.negative[number]) * found.activations[number]
        lines.append(f"   w{number:<3} {weight:>12g} = {sign} {shown:<24} a{number} {before:g} -> {after:g}")
    columns, most = found.columns, len(str(len(found.weights) - 1)) + 1
    lines += ["", _matching(found), ""]
    for number in range(len(found.weights)):
        digits = "".join(_digit(each) for each in columns.digits[:, number].tolist())
        lines.append(f"   w{number:<{most}} {digits}")
    counts = columns.counts.tolist()
    powers = [columns.power(0), columns.power(len(counts) - 1)]
    lines.append(f"   {'':<{most}}  {' '.join(map(str, counts))} other than zero, from 2^{powers[0]} to 2^{powers[1]}")
    if columns.radix == 4:
        lines.append("   A digit of -1 is written as -, of -2 as =.")
    lines += ["", "3. Distillation: every column takes its next one, all columns at once.", ""]
    for step, (row, total) in enumerate(zip(found.steps.chosen.tolist(), found.sums, strict=True)):
        cells = " ".join(f"{'.' if number == NONE else f'a{number}':>{most}}" for number in row)
        lines.append(f"   step {step + 1}: {cells}   adds {total:.10g}")
    ends = ", exact." if found.total == found.exact else f"; exact is {float(found.exact):.12g}."
    steps = f"{len(found.sums)} steps in place of {len(found.weights)}"
    lines += ["", f"   {steps}: the sum is {float(found.total):.12g}{ends}"]
    return "\n".join(lines)


def _matching(found: Distilled) -> str:
    if not number_format(found.config.formats[0]).is_float:
        return "2. Columns: integers have no exponents to match; magnitudes stand as they are."
    kept = found.config.kept
    kept_text = "as many columns as it takes" if kept is None else f"{kept} columns are kept, the rest is cut off"
    return f"2. Exponent matching: every mantissa moves right by what its exponent lacks to the largest; {kept_text}."


def _digit(digit: int) -> str:
    return {-2: "=", -1: "-", 0: "0", 1: "1", 2: "2"}[digit]
