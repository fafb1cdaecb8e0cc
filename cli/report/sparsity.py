"""Pictures of ``racelet bench bitlet``: how many digits of a network's weights are zero, by significance."""

from collections.abc import Sequence
from html import escape

from racelet.bench.row import Row
from racelet.cli.report.svg import WIDTH, element, line, text, tip

TITLES = {"kws": "keyword spotting (MLPerf Tiny, DS-CNN)", "vww": "person detection (MLPerf Tiny, MobileNetV1 0.25)"}
PANELS = {"sign_magnitude": ("bits of magnitudes", 2, 8), "csd4": ("compact signed digits, radix 4", 4, 4)}
"""Digit sets, the words for them, the base of their powers, and how many of these an int8 weight has."""
BAR, STEP, TOP, FULL, LEFT, BETWEEN = 36, 54, 110, 200, 64, 60
STYLE = """
svg { --ink: #1b1f24; --quiet: #57606a; --paper: #ffffff; --grid: #e1e5ea; --blue: #0a66a8 }
@media (prefers-color-scheme: dark) {
  svg { --ink: #e8eaed; --quiet: #a8b0b9; --paper: #15191e; --grid: #2f3740; --blue: #58a6e8 }
}
text { font: 14px system-ui, -apple-system, 'Segoe UI', 'Liberation Sans', Arial, sans-serif; fill: var(--ink) }
.title { font-size: 16px; font-weight: 600 } .strong { font-weight: 600 } .quiet { fill: var(--quiet); font-size: 13px }
.paper { fill: var(--paper) } .grid { stroke: var(--grid) } .zeros { fill: var(--blue) }
"""


def sparsity_pictures(rows: Sequence[Row]) -> dict[str, str]:
    """Draw the zeros of every model.

    Parameters
    ----------
    rows : sequence of Row
        Models that were not there are left out.

    Returns
    -------
    dict of str to str
        SVG files for light and dark pages, by ``-<model>``.
    """
    values = {row.name: row.value for row in rows if row.value is not None}
    return {f"-{name}": _picture(name, values) for name in TITLES if f"{name}_csd4_digits" in values}


def _picture(name: str, values: dict[str, float]) -> str:
    title = f"Zeros in the int8 weights of {TITLES[name]}"
    averages = [f"{PANELS[digits][0]}: {values[f'{name}_{digits}_digits']:.2f} digits per weight" for digits in PANELS]
    body, left = [text(20, 32, title, "title")], LEFT
    for digits in PANELS:
        body += _panel(name, digits, left, values)
        left += STEP * PANELS[digits][2] + BETWEEN
    height = TOP + FULL + 58
    head = element("title", escape(title)) + element("desc", escape("; ".join(averages))) + element("style", STYLE)
    paper = element("rect", width=WIDTH, height=height, rx=8, class_="paper")
    inside = "\n".join([head, paper, *body])
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">\n{inside}\n</svg>\n'


def _panel(name: str, digits: str, left: float, values: dict[str, float]) -> list[str]:
    words, base, columns = PANELS[digits]
    bottom = TOP + FULL
    average = values[f"{name}_{digits}_digits"]
    body = [text(left, 62, words, "strong"), text(left, 80, f"{average:.2f} other than zero per weight", "quiet")]
    for percent in (0, 50, 100):
        y = bottom - FULL * percent / 100
        body += [
            line(left - 6, y, left + STEP * columns, y, "grid"),
            text(left - 10, y + 5, f"{percent} %", "quiet", anchor="end"),
        ]
    for k in reversed(range(columns)):
        share = values[f"{name}_{digits}_zeros_{k}"]
        x, size = left + STEP * (columns - 1 - k) + (STEP - BAR) / 2, FULL * share / 100
        power = f"{base}^{k}"
        bar = element("rect", x=x, y=bottom - size, width=BAR, height=size, class_="zeros")
        body += [
            element("g", tip(f"{power}: {share:.1f} % zeros") + bar),
            text(x + BAR / 2, bottom - size - 5, f"{share:.0f}", "quiet", anchor="middle"),
            text(x + BAR / 2, bottom + 20, f"{base**k}", "quiet", anchor="middle"),
        ]
    body.append(text(left, bottom + 42, "significance", "quiet"))
    return body
