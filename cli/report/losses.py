"""Picture of ``racelet bench training``: loss curves, and how far they are from training in float64."""

import math
from collections.abc import Mapping, Sequence
from html import escape

from racelet.bench.row import Row
from racelet.bench.training import RUNS
from racelet.cli.report.svg import WIDTH, element, line, text, ticks, tip

WORDS = {
    "fp32": "array, fp32",
    "bf16": "array, bf16",
    "numpy": "numpy, float32",
    "float64": "numpy, float64",
}
LEFT, RIGHT, TOP, FULL, BETWEEN = 64, 24, 100, 220, 92
STYLE = """
svg { --ink: #1b1f24; --quiet: #57606a; --paper: #ffffff; --grid: #e1e5ea;
      --blue: #0a66a8; --orange: #d9730d; --grey: #8a939c }
@media (prefers-color-scheme: dark) {
  svg { --ink: #e8eaed; --quiet: #a8b0b9; --paper: #15191e; --grid: #2f3740;
        --blue: #58a6e8; --orange: #f0a04b; --grey: #7d8791 }
}
text { font: 14px system-ui, -apple-system, 'Segoe UI', 'Liberation Sans', Arial, sans-serif; fill: var(--ink) }
.title { font-size: 16px; font-weight: 600 } .quiet { fill: var(--quiet); font-size: 13px }
.paper { fill: var(--paper) } .grid { stroke: var(--grid) }
polyline, .key { fill: none; stroke-linejoin: round }
.fp32 { stroke: var(--blue); stroke-width: 2 }
.bf16 { stroke: var(--orange); stroke-width: 2; stroke-dasharray: 8 5 }
.numpy { stroke: var(--grey); stroke-width: 5 }
"""
ORDER = ("numpy", "fp32", "bf16")
"""As they are drawn: what lies below is broader, so that all are seen where they are the same."""


def losses_picture(rows: Sequence[Row]) -> str:
    """Draw the rows of ``racelet bench training``.

    Parameters
    ----------
    rows : sequence of Row

    Returns
    -------
    str
        An SVG file for light and dark pages. Curves differ in width and dashes too.
    """
    values = {row.name: row.value for row in rows if row.value is not None}
    steps = int(values["steps"])
    losses = {name: [values[f"{name}_loss_{step}"] for step in range(steps)] for name in RUNS}
    width = (WIDTH - LEFT - RIGHT - BETWEEN) // 2
    second = LEFT + width + BETWEEN
    body = [
        text(20, 32, f"The digits network's last layer, one epoch: {steps} steps", "title"),
        *_key(20, 60),
        *_axis(LEFT, width, steps),
        *_axis(second, width, steps),
        *_curves(losses, LEFT, width),
        *_distances(losses, second, width),
    ]
    height = TOP + FULL + 56
    description = ". ".join(
        f"{WORDS[name]}: from {losses[name][0]:.3f} to {values[f'{name}_last_loss']:.3f}, "
        f"at most {values[f'{name}_loss_distance']:.1e} from float64"
        for name in ORDER
    )
    head = element("title", escape("Loss of every batch")) + element("desc", escape(description))
    paper = element("rect", width=WIDTH, height=height, rx=8, class_="paper")
    inside = "\n".join([head, element("style", STYLE), paper, *body])
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">\n{inside}\n</svg>\n'


def _key(x: float, y: float) -> list[str]:
    parts = []
    for name in ORDER:
        parts += [line(x, y - 5, x + 36, y - 5, f"key {name}"), text(x + 44, y, WORDS[name])]
        x += 190
    return parts


def _axis(left: int, width: int, steps: int) -> list[str]:
    bottom = TOP + FULL
    marks = [
        text(left + width * step / (steps - 1), bottom + 18, str(step), "quiet", anchor="middle")
        for step in ticks(steps - 1, 5)
    ]
    return [*marks, text(left + width / 2, bottom + 38, "step", "quiet", anchor="middle")]


def _curves(losses: Mapping[str, Sequence[float]], left: int, width: int) -> list[str]:
    most = math.ceil(max(max(losses[name]) for name in ORDER))
    body = [text(left - 40, TOP - 14, "cross entropy of each batch", "quiet")]
    for value in range(most + 1):
        y = TOP + FULL * (1 - value / most)
        body += [line(left, y, left + width, y, "grid"), text(left - 8, y + 5, str(value), "quiet", anchor="end")]
    for name in ORDER:
        heights = [TOP + FULL * (1 - loss / most) for loss in losses[name]]
        body.append(_curve(heights, left, width, name))
    return body


def _distances(losses: Mapping[str, Sequence[float]], left: int, width: int) -> list[str]:
    """On a logarithmic axis; what is closer than its end lies on it."""
    distances = {
        name: [abs(loss - exact) for loss, exact in zip(losses[name], losses["float64"], strict=True)] for name in ORDER
    }
    above = [value for each in distances.values() for value in each if value > 0] or [1.0]
    # Two formats lie decades apart; a point far below all others would leave them no room.
    high = math.ceil(math.log10(max(above)))
    low = max(math.floor(math.log10(min(above))), high - 9)
    low = min(low, high - 1)
    body = [text(left - 40, TOP - 14, "distance from training in float64", "quiet")]

    def place(value: float) -> float:
        power = max(math.log10(value), low) if value > 0 else low
        return TOP + FULL * (high - power) / (high - low)

    for power in range(low, high + 1):
        y = place(10.0**power)
        body += [
            line(left, y, left + width, y, "grid"),
            text(left - 8, y + 5, f"1e{power}", "quiet", anchor="end"),
        ]
    for name in ORDER:
        body.append(_curve([place(value) for value in distances[name]], left, width, name))
    return body


def _curve(heights: Sequence[float], left: int, width: int, name: str) -> str:
    step = width / (len(heights) - 1)
    points = " ".join(f"{left + number * step:.1f},{height:.1f}" for number, height in enumerate(heights))
    return element("g", tip(WORDS[name]) + element("polyline", points=points, class_=name))
