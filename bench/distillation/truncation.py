"""What truncated magnitudes cost: errors of dot products of floating-point numbers."""

import dataclasses
import math
import statistics
from typing import Literal

from racelet.bench.distillation.streams import stream
from racelet.bench.row import Row
from racelet.golden.bitlet.config import EXACT, BitletConfig
from racelet.golden.bitlet.dot_product import dot

COUNT, PRODUCTS = 400, 64
WIDTHS: dict[str, tuple[int | Literal["exact"], ...]] = {
    "fp32": (12, 16, 20, 24, 32, EXACT),
    "fp16": (8, 12, 16, EXACT),
    "bf16": (8, 12, EXACT),
}
"""Columns that are kept, by format."""


def truncation_rows(count: int = COUNT) -> list[Row]:
    """Relative errors against the exact sum, over dot products of gaussian numbers; "exact" is rounded once.

    Parameters
    ----------
    count : int
        Dot products.

    Returns
    -------
    list of Row
        ``<format>_width_<width>_median_error``, ``..._worst_error`` and, in percent, ``..._as_exact``: how many are the
        same number as the exact sum rounded once.
    """
    rows = []
    for form, widths in WIDTHS.items():
        jobs = stream(form, count, PRODUCTS)
        # Products of two such numbers have 48 bits at most; fsum rounds their sum once.
        sums = [math.fsum((job.weights * job.activations).tolist()) for job in jobs]
        exact = BitletConfig(formats=(form,), lanes=24)
        rounded = [dot(job.weights, job.activations, exact) for job in jobs]
        for width in widths:
            config = dataclasses.replace(exact, width=width)
            found = [dot(job.weights, job.activations, config) for job in jobs]
            errors = [abs(one - total) / abs(total) for one, total in zip(found, sums, strict=True)]
            same = sum(one == other for one, other in zip(found, rounded, strict=True))
            name = f"{form}_width_{width}"
            rows += [
                Row(f"{name}_median_error", statistics.median(errors)),
                Row(f"{name}_worst_error", max(errors)),
                Row(f"{name}_as_exact", 100 * same / count, "%"),
            ]
    return rows
