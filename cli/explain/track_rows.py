"""Picture of the steps of a track: the track after every operation, one below the other."""

from html import escape

import numpy as np
from numpy.typing import NDArray

from racelet.cli.explain.recorder import MARKER, NONE, Step
from racelet.cli.explain.track_table import IDEAS, ending, spoken
from racelet.cli.explain.walk import Walk
from racelet.cli.report.svg import element, line, text, tip
from racelet.golden.racetrack.operations import KINDS, Kind

LEFT, TOP, ROW, COUNT = 282, 132, 38, 58
MOST = 72
"""Sites that are shown."""
STYLE = """
svg { --ink: #1b1f24; --quiet: #57606a; --paper: #ffffff; --grid: #e1e5ea; --pale: #c3cad2; --band: #eef1f4;
      --blue: #0a66a8; --grey: #8a939c; --orange: #b85c00 }
@media (prefers-color-scheme: dark) {
  svg { --ink: #e8eaed; --quiet: #a8b0b9; --paper: #15191e; --grid: #2f3740; --pale: #4a545f; --band: #20262d;
        --blue: #58a6e8; --grey: #7d8791; --orange: #f0a04b }
}
text { font: 13px system-ui, -apple-system, 'Segoe UI', 'Liberation Sans', Arial, sans-serif; fill: var(--ink) }
.title { font-size: 16px; font-weight: 600 } .quiet { fill: var(--quiet) } .small { font-size: 11px }
.paper { fill: var(--paper) } .grid { stroke: var(--grid) } .band { fill: var(--band) } .empty { fill: var(--pale) }
.word { fill: var(--blue) } .other { fill: var(--grey) } .made { fill: var(--orange) }
.marker { fill: none; stroke: var(--ink); stroke-width: 2.5 }
.port { stroke: var(--quiet); stroke-width: 1.5 }
.moved, .looked { stroke: var(--orange); stroke-width: 2; fill: none }
"""


def picture(walk: Walk) -> str:
    """Draw the steps: a row for each, with the track after it.

    Returns
    -------
    str
        An SVG file for light and dark pages.
    """
    rows = _Rows(walk)
    height = TOP + (len(walk.steps) + 1) * ROW + 70
    body = [
        element("title", escape(walk.title)) + element("desc", escape(spoken(walk))) + element("style", STYLE),
        element("rect", width=rows.width, height=height, rx=8, class_="paper"),
        text(16, 28, walk.title, "title"),
        text(16, 48, IDEAS[walk.engine], "quiet"),
        *rows.key(74),
        *rows.heading(height - 70),
        rows.row(0, walk.start, None),
        *(rows.row(number, step.skyrmions, step) for number, step in enumerate(walk.steps, 1)),
        line(16, height - 60, rows.width - 16, height - 60, "grid"),
        *(text(16, height - 36 + 20 * number, words) for number, words in enumerate(ending(walk))),
    ]
    inside = "\n".join(body)
    # With a size of its own, so that a browser does not shrink a high picture to its window.
    size = f'viewBox="0 0 {rows.width} {height}" width="{rows.width}" height="{height}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">\n{inside}\n</svg>\n'


def kind_of(number: int, walk: Walk) -> str:
    """Class of a skyrmion: "marker", "word", "other" or "made"."""
    if number == MARKER:
        return "marker"
    at_first = np.flatnonzero(walk.start == number)
    return "made" if not at_first.size else "word" if int(at_first[0]) in walk.word else "other"


def key_of(walk: Walk) -> list[tuple[str, str]]:
    """Classes of the signs in a picture, and their words."""
    made = [("made", "made by an insert")] if walk.counts.insert else []
    several = walk.config.ports * walk.config.words_per_port > 1
    others = [("other", "of other words")] if several else []
    return [("word", "of the word"), *others, *made, ("marker", "marker"), ("empty", "no skyrmion")]


class _Rows:
    """What every row shares: where sites and counts are."""

    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        self.sites = walk.visible(MOST)
        self.cell = 18 if len(self.sites) <= 36 else 12
        self.kinds: list[Kind] = [kind for kind in KINDS if walk.counts.of(kind)]
        self.right = LEFT + len(self.sites) * self.cell
        self.width = max(self.right + 12 + COUNT * len(self.kinds) + 16, 760)
        self.classes = {
            int(number): kind_of(int(number), walk)
            for skyrmions in (walk.start, *(step.skyrmions for step in walk.steps if step.operation.kind == "insert"))
            for number in skyrmions
            if number != NONE
        }

    def left_of(self, site: int) -> float:
        """Where a site begins; at an edge of what is shown for one beyond it."""
        return LEFT + (max(self.sites.start, min(self.sites.stop, site)) - self.sites.start) * self.cell

    def key(self, y: float) -> list[str]:
        marks, x = [], 22.0
        for class_, words in key_of(self.walk):
            marks += [self._dot(class_, x, y - 4), text(x + 12, y, words, "quiet small")]
            x += 34 + 6.2 * len(words)
        marks.append(text(x, y, "an arrow is below what was shifted", "quiet small"))
        if len(self.sites) < self.walk.config.sites:
            shown = f"sites {self.sites.start} to {self.sites.stop - 1} of 0 to {self.walk.config.sites - 1} are shown"
            marks.append(text(self.right, TOP - 34, shown, "quiet small", anchor="end"))
        return marks

    def heading(self, bottom: float) -> list[str]:
        """Names of what is where while the track is at home, and a line at every port."""
        config, marks = self.walk.config, []
        for port, site in enumerate(config.port_sites):
            if site in self.sites:
                middle = self.left_of(site) + self.cell / 2
                marks += self._port(site, TOP - 10, bottom)
                marks.append(text(middle, TOP - 16, f"port {port}", "small", anchor="middle"))
            for slot in range(config.words_per_port):
                place = self.walk.place(port, slot)
                mine = (port, slot) == (self.walk.port, self.walk.slot)
                marks += self._named(place, "the word" if mine else "another word")
        marks += self._named(range(config.port_sites[-1] + 1, config.sites), "overhead")
        marks += [
            text(self.right + 12 + COUNT * (number + 1), TOP - 16, f"{kind}s", "quiet small", anchor="end")
            for number, kind in enumerate(self.kinds)
        ]
        return marks

    def _named(self, place: range, words: str) -> list[str]:
        low, high = self.left_of(place.start) + 3, self.left_of(place.stop) - 3
        if high - low < 6.5 * len(words):
            return []
        # Words stand above the lines of the ports beside them, so nothing is hidden.
        return [text((low + high) / 2, TOP - 16, words, "quiet small", anchor="middle")]

    def row(self, number: int, skyrmions: NDArray[np.int64], step: Step | None) -> str:
        """The track after a step, or at first."""
        y = TOP + number * ROW + 12
        marks = []
        if number % 2:
            marks.append(element("rect", x=8, y=y - 15, width=self.width - 16, height=ROW, class_="band"))
            for site in self.walk.config.port_sites:
                if site in self.sites:
                    marks += self._port(site, y - 15, y + ROW - 15)
        if step is None:
            marks.append(text(46, y + 4, "at first"))
        else:
            marks.append(text(36, y + 1, str(number), "quiet", anchor="end"))
            marks += [text(46, y + 1, step.words), text(46, y + 15, step.effect, "quiet small")]
            marks += [
                text(self.right + 12 + COUNT * (place + 1), y + 4, str(step.counts.of(kind)), anchor="end")
                for place, kind in enumerate(self.kinds)
            ]
        for site in self.sites:
            there = int(skyrmions[site])
            x = self.left_of(site) + self.cell / 2
            marks.append(self._dot("empty" if there == NONE else self.classes[there], x, y))
        if step is not None:
            marks.append(self._moved(step, y))
        return element("g", (tip(f"{number}: {step.words}") if step else "") + "".join(marks))

    def _port(self, site: int, top: float, bottom: float) -> list[str]:
        return [line(x, top, x, bottom, "port") for x in (self.left_of(site), self.left_of(site + 1))]

    def _dot(self, class_: str, x: float, y: float) -> str:
        radius = {"empty": 1.6, "marker": self.cell * 0.26}.get(class_, self.cell * 0.34)
        return element("circle", cx=x, cy=y, r=float(radius), class_=class_)

    def _moved(self, step: Step, y: float) -> str:
        """An arrow below what was shifted, or a ring around what was looked at or changed."""
        low, high = (self.left_of(site) for site in step.span)
        if step.operation.kind != "shift":
            return element("rect", x=low + 0.5, y=y - 11, width=self.cell - 1, height=22, rx=4, class_="looked")
        low, high, below = low + 2, high - 2, y + 15
        point, back = (high, -5) if step.operation.direction == "right" else (low, 5)
        head = f"M{point + back:g} {below - 4:g} L{point:g} {below:g} L{point + back:g} {below + 4:g}"
        return element("path", d=f"M{low:g} {below:g} H{high:g} {head}", class_="moved")
