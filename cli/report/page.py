"""From the data of a report to one page of HTML that needs nothing else."""

import importlib.resources
from collections.abc import Mapping
from typing import Any

from racelet.cli.report.charts import MEMORIES, byte_chart, cycle_charts, memory_chart
from racelet.cli.report.confusion import MOST_CLASSES
from racelet.cli.report.occupancy import occupancy_chart, peak
from racelet.cli.report.roofline import roofline_chart
from racelet.cli.templates import environment
from racelet.golden.dwcpwc.config import BANKS

PACKAGE = "racelet.cli.report"
SHADES = 9
"""Steps of the colour scale of the confusion matrix, as in style.css; 0 is blank."""


def page(data: Mapping[str, Any]) -> str:
    """Write the page.

    Parameters
    ----------
    data : mapping
        As :func:`racelet.cli.report.data.report_data` gives it.

    Returns
    -------
    str
        The same for the same data.
    """
    templates = environment(PACKAGE)
    templates.filters |= {"number": _number, "ratio": _ratio, "percent": _percent, "shape": _shape}
    return templates.get_template("page.html.j2").render(
        data=data,
        style=(importlib.resources.files(PACKAGE) / "style.css").read_text(encoding="utf-8"),
        preset=f"{data['preset'] or 'as configured'}{', changed' if data['changed'] else ''}",
        verdicts=verdicts(data),
        memories=MEMORIES,
        peak=peak(data),
        banks=BANKS,
        cycle_charts=cycle_charts(data),
        roofline_chart=roofline_chart(data),
        byte_chart=byte_chart(data),
        occupancy_chart=occupancy_chart(data),
        memory_chart=memory_chart(data),
        matrix=_matrix(data.get("confusion")),
        most_classes=MOST_CLASSES,
    )


def verdicts(data: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What the run has shown, as (class, sentence): "good", "bad" or "open"."""
    if "inputs" not in data:
        return [("open", "Planned, not simulated: no byte was compared, and all cycles are those of the formula.")]
    inputs, given = data["inputs"], data["inputs_given"]
    found = []
    if data["interrupted"]:
        found.append(("open", f"Interrupted: {inputs:,} of {given:,} inputs are finished, and only they are shown."))
    if not inputs:
        return [*found, ("open", "No input is finished: all cycles are those of the formula.")]
    deep = min(data["layerwise"], given)
    how = f"{inputs:,} inputs at the output" + (f", the first {deep:,} after every layer" if deep else "")
    if data["bit_exact"]:
        found.append(("good", f"Every byte equals LiteRT's reference kernels: {how}."))
    else:
        found.append(("bad", f"Not equal to LiteRT's reference kernels: {how}."))
    if data["cycles_exact"]:
        found.append(("good", "Every cycle equals the formula: each layer of each input."))
    else:
        found.append(("bad", "The cycles differ from the formula."))
    if data["first_difference"]:
        found.append(("bad", f"First difference: {data['first_difference']}."))
    return found


def _matrix(confusion: Mapping[str, Any] | None) -> list[list[tuple[int, int]]]:
    """Rows of (count, shade)."""
    if confusion is None or confusion["matrix"] is None:
        return []
    most = max(max(row) for row in confusion["matrix"]) or 1
    # Rounded up, so that a single mistake among hundreds is not blank.
    return [[(count, -(-count * SHADES // most)) for count in row] for row in confusion["matrix"]]


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:,}"


def _ratio(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _percent(value: float | None, digits: int = 1) -> str:
    return "–" if value is None else f"{100 * value:.{digits}f} %"


def _shape(sizes: list[int]) -> str:
    return "×".join(str(size) for size in sizes)
