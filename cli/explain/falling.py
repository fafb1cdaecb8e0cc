"""Picture of a distillation: the digits of every column fall together."""
# Ref: H. Lu et al., "Distilling bit-level sparsity parallelism for general purpose deep learning acceleration",
# MICRO 2021, figure 4.

from html import escape

from racelet.cli.explain.distillation import Distilled, spoken
from racelet.cli.report.svg import element, line, text
from racelet.golden.bitlet.distiller import NONE

CELL, ROW, LEFT, TOP, SUM = 26, 26, 170, 74, 130
STYLE = """
svg { --ink: #1b1f24; --quiet: #57606a; --paper: #ffffff; --grid: #e1e5ea; --blue: #0a66a8; --pale: #eef1f4 }
@media (prefers-color-scheme: dark) {
  svg { --ink: #e8eaed; --quiet: #a8b0b9; --paper: #15191e; --grid: #2f3740; --blue: #58a6e8; --pale: #20262d }
}
text { font: 13px system-ui, -apple-system, 'Segoe UI', 'Liberation Sans', Arial, sans-serif; fill: var(--ink) }
.title { font-size: 16px; font-weight: 600 } .quiet { fill: var(--quiet) } .small { font-size: 11px }
.paper { fill: var(--paper) } .grid { stroke: var(--grid) } .none { fill: var(--pale) } .one { fill: var(--blue) }
.on { fill: var(--paper); font-size: 11px }
.falls { animation: fall 6s ease-in-out infinite }
@keyframes fall { 0%, 20% { transform: translateY(var(--from)) } 50%, 100% { transform: none } }
@media (prefers-reduced-motion: reduce) { .falls { animation: none } }
"""


def picture(found: Distilled) -> str:
    """Draw it: above, weights by the significance of their digits; below, what every step takes.

    Returns
    -------
    str
        An SVG file for light and dark pages. In a browser the digits fall; elsewhere they have fallen.
    """
    count, columns = found.columns.digits.shape[1], len(found.columns.digits)
    width, steps = LEFT + columns * CELL + SUM, len(found.sums)
    below = TOP + count * ROW + 54
    height = below + steps * ROW + 46
    title = f"{count} weights, {steps} steps: {float(found.total):g}"
    head = element("title", escape(title)) + element("desc", escape(spoken(found))) + element("style", STYLE)
    body = [
        head,
        element("rect", width=width, height=height, rx=8, class_="paper"),
        text(16, 28, "Weights by significance, and what every column takes", "title"),
        *_weights(found),
        line(16, below - 34, width - 16, below - 34, "grid"),
        *_steps(found, below),
        text(16, height - 16, f"Sum: {float(found.total):.12g}, in {steps} steps in place of {count}.", "quiet"),
    ]
    inside = "\n".join(body)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">\n{inside}\n</svg>\n'


def page(found: Distilled) -> str:
    """The picture and the text, as a page of HTML."""
    return (
        '<!DOCTYPE html>\n<html lang="en"><meta charset="utf-8"><title>Bit distillation</title>\n'
        '<meta name="color-scheme" content="light dark">\n'
        "<style>body { max-width: 1100px; margin: 2em auto; padding: 0 1em } pre { overflow-x: auto }</style>\n"
        f"{picture(found)}<pre>{escape(spoken(found))}</pre>\n</html>\n"
    )


def _weights(found: Distilled) -> list[str]:
    digits = found.columns.digits
    marks = [
        text(LEFT + (column + 0.5) * CELL, TOP - 8, _power(found, column), "quiet small", anchor="middle")
        for column in range(len(digits))
    ]
    for number, weight in enumerate(found.weights):
        y = TOP + number * ROW
        marks.append(text(LEFT - 12, y + 17, f"w{number} = {weight:g}", anchor="end"))
        for column, digit in enumerate(digits[:, number].tolist()):
            x = LEFT + column * CELL
            marks.append(element("rect", x=x + 2, y=y + 2, width=CELL - 4, height=ROW - 4, rx=4, class_="none"))
            marks.append(text(x + CELL / 2, y + 17, str(digit), "quiet small" if digit == 0 else "", anchor="middle"))
    return marks


def _steps(found: Distilled, below: int) -> list[str]:
    marks = [
        text(16, below - 10, "step", "quiet"),
        text(LEFT + len(found.columns.digits) * CELL + 16, below - 10, "adds", "quiet"),
    ]
    for step, (row, total) in enumerate(zip(found.steps.chosen.tolist(), found.sums, strict=True)):
        y = below + step * ROW
        marks.append(text(24, y + 17, str(step + 1)))
        marks.append(text(LEFT + len(row) * CELL + 16, y + 17, f"{total:.10g}"))
        for column, number in enumerate(row):
            x = LEFT + column * CELL
            if number == NONE:
                marks.append(element("rect", x=x + 2, y=y + 2, width=CELL - 4, height=ROW - 4, rx=4, class_="none"))
                continue
            from_ = TOP + number * ROW - y
            cell = element("rect", x=x + 2, y=y + 2, width=CELL - 4, height=ROW - 4, rx=4, class_="one")
            cell += text(x + CELL / 2, y + 17, f"a{number}", "on", anchor="middle")
            marks.append(element("g", cell, class_="falls", style=f"--from: {from_}px"))
    return marks


def _power(found: Distilled, column: int) -> str:
    return str(found.columns.power(column))
