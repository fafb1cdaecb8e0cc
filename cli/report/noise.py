"""Picture of ``racelet train adc``: accuracy against injected noise, each method with its spread over seeds."""

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from racelet.cli.report.svg import WIDTH, element, line, text, tip
from racelet.train.adc.results import Summary

WORDS = {
    "ste": "straight through, without noise",
    "noise": "straight through, noise injected",
    "concrete": "Concrete, annealed",
    "concrete-st": "Concrete, one-hot",
}
LEFT, RIGHT, TOP, FULL = 64, 24, 118, 320
STYLE = """
svg { --ink: #1b1f24; --quiet: #57606a; --paper: #ffffff; --grid: #e1e5ea;
      --blue: #0a66a8; --orange: #b85a00; --green: #1a7f37; --grey: #6e7781 }
@media (prefers-color-scheme: dark) {
  svg { --ink: #e8eaed; --quiet: #a8b0b9; --paper: #15191e; --grid: #2f3740;
        --blue: #58a6e8; --orange: #f0a04b; --green: #4cc26a; --grey: #9aa4ae }
}
text { font: 14px system-ui, -apple-system, 'Segoe UI', 'Liberation Sans', Arial, sans-serif; fill: var(--ink) }
.title { font-size: 16px; font-weight: 600 } .quiet { fill: var(--quiet); font-size: 13px }
.paper { fill: var(--paper) } .grid { stroke: var(--grid) } .trained { stroke: var(--quiet); stroke-dasharray: 3 4 }
polyline, .key { fill: none; stroke-linejoin: round; stroke-width: 2 } .band { opacity: 0.18; stroke: none }
polyline.ste, .key.ste { stroke: var(--grey); stroke-dasharray: 2 4 } .band.ste, circle.ste { fill: var(--grey) }
polyline.noise, .key.noise { stroke: var(--blue) } .band.noise, circle.noise { fill: var(--blue) }
polyline.concrete, .key.concrete { stroke: var(--orange); stroke-dasharray: 10 4 }
.band.concrete, circle.concrete { fill: var(--orange) }
polyline.concrete-st, .key.concrete-st { stroke: var(--green); stroke-dasharray: 10 4 2 4 }
.band.concrete-st, circle.concrete-st { fill: var(--green) }
"""


def noise_picture(found: Sequence[Summary], run: Mapping[str, Any]) -> str:
    """Draw accuracies.

    Parameters
    ----------
    found : sequence of Summary
        By method and then by noise.
    run : mapping
        One of the runs, for what they have in common.

    Returns
    -------
    str
        An SVG file for light and dark pages. A band is a standard deviation to both sides; curves differ in dashes too.
    """
    recipe = run["recipe"]
    curves: dict[str, list[Summary]] = {}
    for each in found:
        curves.setdefault(each.method, []).append(each)
    most = max(each.sigma for each in found) or 1.0
    low = 10 * math.floor(min(each.mean - (each.deviation or 0) for each in found) / 10)
    low = max(min(low, 90), 0)

    def place(each: Summary, shift: float = 0.0) -> tuple[float, float]:
        height = FULL * (each.mean + shift - low) / (100 - low)
        return LEFT + (WIDTH - LEFT - RIGHT) * each.sigma / most, TOP + FULL - min(max(height, 0.0), float(FULL))

    title = f"{recipe['dataset']}: accuracy under noise, trained for {recipe['sigma']:g} MAC units"
    body = [text(20, 32, title, "title"), *_key(list(curves)), *_axes(found, low, most)]
    x = LEFT + (WIDTH - LEFT - RIGHT) * recipe["sigma"] / most
    body.append(line(x, TOP, x, TOP + FULL, "trained"))
    body += [
        _band(name, [(place(e, e.deviation), place(e, -e.deviation)) for e in curve if e.deviation is not None])
        for name, curve in curves.items()
    ]
    body += [_curve(name, curve, [place(each) for each in curve]) for name, curve in curves.items()]
    height = TOP + FULL + 56
    told = "; ".join(
        f"{WORDS[name]}: " + ", ".join(f"{each.mean:.1f} % at {each.sigma:g}" for each in curve)
        for name, curve in curves.items()
    )
    head = element("title", escape(title)) + element("desc", escape(told)) + element("style", STYLE)
    paper = element("rect", width=WIDTH, height=height, rx=8, class_="paper")
    inside = "\n".join([head, paper, *body])
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">\n{inside}\n</svg>\n'


def _key(names: Sequence[str]) -> list[str]:
    parts = []
    for number, name in enumerate(names):
        x, y = 20 + number % 2 * 400, 60 + number // 2 * 22
        parts += [line(x, y - 5, x + 36, y - 5, f"key {name}"), text(x + 44, y, WORDS[name])]
    return parts


def _axes(found: Sequence[Summary], low: int, most: float) -> list[str]:
    right, bottom = WIDTH - RIGHT, TOP + FULL
    body = [text(LEFT - 40, TOP - 12, "accuracy, %", "quiet")]
    for value in range(low, 101, 10):
        y = bottom - FULL * (value - low) / (100 - low)
        body += [line(LEFT, y, right, y, "grid"), text(LEFT - 8, y + 5, str(value), "quiet", anchor="end")]
    for sigma in sorted({each.sigma for each in found}):
        x = LEFT + (right - LEFT) * sigma / most
        body.append(text(x, bottom + 18, f"{sigma:g}", "quiet", anchor="middle"))
    words = "standard deviation of the noise, MAC units"
    return [*body, text((LEFT + right) / 2, bottom + 40, words, "quiet", anchor="middle")]


def _band(name: str, ends: Sequence[tuple[tuple[float, float], tuple[float, float]]]) -> str:
    if len(ends) < 2:
        return ""
    outline = [*(upper for upper, _ in ends), *(lower for _, lower in reversed(ends))]
    return element("polygon", points=_points(outline), class_=f"band {name}")


def _curve(name: str, curve: Sequence[Summary], places: Sequence[tuple[float, float]]) -> str:
    dots = [
        element("circle", tip(f"{WORDS[name]}: {each.mean:.1f} % at {each.sigma:g}"), cx=x, cy=y, r=3.5, class_=name)
        for each, (x, y) in zip(curve, places, strict=True)
    ]
    return element("g", element("polyline", points=_points(places), class_=name) + "".join(dots))


def _points(places: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
