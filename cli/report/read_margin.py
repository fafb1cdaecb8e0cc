"""Picture of ``racelet bench srmp``: currents of adjacent sums, and how often these are misread."""

import math
from collections.abc import Mapping, Sequence

from racelet.bench.read_margin.misreads import CASES, ROWS
from racelet.bench.row import Row
from racelet.cli.report.panels import Panel, key, picture
from racelet.cli.report.svg import WIDTH, element, line, text, tip

LEFT, RIGHT, TOP, HIGH, BETWEEN, LOW = 64, 24, 70, 130, 94, 220
SPREADS = {"low_5": "5", "low_10": "10"}
COLOURS: Sequence[str] = ("blue", "orange")
POINTS = 33


def read_margin_picture(rows: Sequence[Row]) -> str:
    """Draw the rows of ``racelet bench srmp``.

    Parameters
    ----------
    rows : sequence of Row

    Returns
    -------
    str
        An SVG file for light and dark pages.
    """
    values = {row.name: row.value for row in rows if row.value is not None}
    second = TOP + HIGH + BETWEEN + 42
    body = [text(20, 32, f"Columns of {ROWS} rows: the larger the sum, the closer its neighbours", "title")]
    body += _distributions(values)
    curves = {
        colour: f"{SPREADS[name]} %, closed form; dots: tried" for name, colour in zip(CASES, COLOURS, strict=True)
    }
    body += key(LEFT, second - 46, 330, curves)
    panel = Panel(
        left=LEFT,
        top=second,
        width=WIDTH - LEFT - RIGHT,
        height=LOW,
        places=range(ROWS + 1),
        values=range(0, 51, 10),
        title="sums that are misread",
        below="MAC value",
        unit=" %",
    )
    body += panel.axes()
    for name, colour, dots in zip(CASES, COLOURS, ("first", "second"), strict=True):
        tried, computed = (
            {ones: values[f"{name}_m{ones}_{what}_percent"] for ones in range(1, ROWS)}
            for what in ("monte_carlo", "closed_form")
        )
        points = " ".join(f"{panel.x(ones):.1f},{panel.y(value):.1f}" for ones, value in computed.items())
        body.append(element("polyline", points=points, class_=colour))
        for ones, value in tried.items():
            dot = element("circle", cx=panel.x(ones), cy=panel.y(value), r=3.5, class_=dots)
            body.append(element("g", tip(f"MAC value {ones}, {SPREADS[name]} %: {value:.2f} % misread") + dot))
    gap = values["srmp_closed_form_worst_gap_points"]
    told = ", ".join(
        f"{SPREADS[name]} %: from {values[f'{name}_m1_monte_carlo_percent']:.1f} to "
        f"{values[f'{name}_m{ROWS - 1}_monte_carlo_percent']:.1f} %"
        for name in CASES
    )
    description = f"Misread sums, cells varying by {told}; tried and computed differ by {gap:.2f} points at most"
    return picture("Read margin", description, second + LOW + 56, body)


def _distributions(values: Mapping[str, float]) -> list[str]:
    """Normal curves of what is read of every sum, of the macro that varies most."""
    name = tuple(CASES)[-1]
    width, bottom = WIDTH - LEFT - RIGHT, TOP + 22 + HIGH
    title = f"what is read of sums, cells varying by {SPREADS[name]} %: normal curves of mean and spread"
    body = [text(LEFT - 40, TOP, title, "quiet"), line(LEFT, bottom, LEFT + width, bottom, "grid")]
    narrowest = min(values[f"{name}_m{ones}_current_spread"] for ones in range(1, ROWS))
    for ones in range(1, ROWS):
        mean, spread = (values[f"{name}_m{ones}_current_{what}"] for what in ("mean", "spread"))
        points = []
        for number in range(POINTS):
            away = 6 * number / (POINTS - 1) - 3
            x = LEFT + width * min(max((mean + away * spread) / (ROWS + 1), 0), 1)
            points.append(f"{x:.1f},{bottom - HIGH * narrowest / spread * math.exp(-(away**2) / 2):.1f}")
        curve = element("polyline", points=" ".join(points), class_=COLOURS[ones % 2])
        body.append(element("g", tip(f"MAC value {ones}: {mean:.2f}, spread {spread:.3f}") + curve))
    for current in range(0, ROWS + 1, 4):
        x = LEFT + width * current / (ROWS + 1)
        body.append(text(x, bottom + 18, str(current), "quiet", anchor="middle"))
    return [*body, text(LEFT + width / 2, bottom + 36, "current, in cells that are on", "quiet", anchor="middle")]
