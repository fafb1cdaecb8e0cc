"""Panels of pictures of benches: curves, bars side by side, on pages light and dark."""

import dataclasses
from collections.abc import Mapping, Sequence
from html import escape

from racelet.cli.report.svg import WIDTH, element, line, text, tip

STYLE = """
svg { --ink: #1b1f24; --quiet: #57606a; --paper: #ffffff; --grid: #e1e5ea;
      --blue: #0a66a8; --orange: #d9730d; --grey: #8a939c }
@media (prefers-color-scheme: dark) {
  svg { --ink: #e8eaed; --quiet: #a8b0b9; --paper: #15191e; --grid: #2f3740;
        --blue: #58a6e8; --orange: #f0a04b; --grey: #7d8791 }
}
text { font: 14px system-ui, -apple-system, 'Segoe UI', 'Liberation Sans', Arial, sans-serif; fill: var(--ink) }
.title { font-size: 16px; font-weight: 600 } .strong { font-weight: 600 } .quiet { fill: var(--quiet); font-size: 13px }
.paper { fill: var(--paper) } .grid { stroke: var(--grid) }
.first { fill: var(--blue) } .second { fill: var(--orange) } .third { fill: var(--grey) }
polyline, .key { fill: none; stroke-width: 2; stroke-linejoin: round }
.blue { stroke: var(--blue) } .orange { stroke: var(--orange) } .grey { stroke: var(--grey) }
.dashed { stroke-dasharray: 8 5 } .level { stroke: var(--grey); stroke-width: 2; stroke-dasharray: 2 4 }
"""


def picture(title: str, description: str, height: float, body: Sequence[str]) -> str:
    """A whole file.

    Parameters
    ----------
    title, description : str
        For who cannot see it.
    height : float
    body : sequence of str
        Elements.
    """
    head = element("title", escape(title)) + element("desc", escape(description)) + element("style", STYLE)
    paper = element("rect", width=WIDTH, height=height, rx=8, class_="paper")
    inside = "\n".join([head, paper, *body])
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">\n{inside}\n</svg>\n'


def key(x: float, y: float, step: float, curves: Mapping[str, str]) -> list[str]:
    """Which curve is which: class and words of each."""
    parts = []
    for class_, words in curves.items():
        parts += [line(x, y - 5, x + 36, y - 5, f"key {class_}"), text(x + 44, y, words)]
        x += step
    return parts


@dataclasses.dataclass(frozen=True, kw_only=True)
class Panel:
    """Where curves are drawn, and the range of what they show.

    Parameters
    ----------
    left, top, width, height : float
    places : sequence of float
        What curves have a value for.
    values : sequence of float
        Where there are lines across; the first and the last one are the ends.
    title, below : str
        What is shown, and for what.
    unit : str
        Behind the numbers at the lines.
    """

    left: float
    top: float
    width: float
    height: float
    places: Sequence[float]
    values: Sequence[float]
    title: str
    below: str
    unit: str = ""

    def x(self, place: float) -> float:
        """Where a place is."""
        return self.left + self.width * (place - self.places[0]) / (self.places[-1] - self.places[0])

    def y(self, value: float) -> float:
        """Where a value is; what is beyond the ends lies on them."""
        low, high = self.values[0], self.values[-1]
        return self.top + self.height * (high - min(max(value, low), high)) / (high - low)

    def axes(self) -> list[str]:
        """Lines across, numbers at both sides, words."""
        body = [text(self.left - 40, self.top - 14, self.title, "quiet")]
        right, bottom = self.left + self.width, self.top + self.height
        for value in self.values:
            y = self.y(value)
            body += [
                line(self.left, y, right, y, "grid"),
                text(self.left - 8, y + 5, f"{value:g}{self.unit}", "quiet", anchor="end"),
            ]
        for place in self.places[:: 1 if len(self.places) < 8 else 2]:
            body.append(text(self.x(place), bottom + 18, f"{place:g}", "quiet", anchor="middle"))
        return [*body, text(self.left + self.width / 2, bottom + 38, self.below, "quiet", anchor="middle")]

    def curve(self, heights: Sequence[float], class_: str, words: str) -> str:
        """A curve with what it is called."""
        points = " ".join(
            f"{self.x(place):.1f},{self.y(value):.1f}" for place, value in zip(self.places, heights, strict=True)
        )
        return element("g", tip(words) + element("polyline", points=points, class_=class_))

    def level(self, value: float, words: str) -> list[str]:
        """A line across at a value, with words above its right end."""
        y, right = self.y(value), self.left + self.width
        return [line(self.left, y, right, y, "level"), text(right, y - 6, words, "quiet", anchor="end")]


def bar(x: float, y: float, width: float, height: float, class_: str, words: str) -> str:
    """A bar that tells what it is."""
    rect = element("rect", x=x, y=y, width=max(width, 1.0), height=height, class_=class_)
    return element("g", tip(words) + rect)
