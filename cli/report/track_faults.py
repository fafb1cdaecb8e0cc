"""Picture of ``racelet bench racetrack-faults``: what comes of faults of every kind in every command."""

from collections.abc import Mapping, Sequence
from html import escape

from racelet.bench.row import Row
from racelet.bench.track_faults.cases import COMMANDS
from racelet.bench.track_faults.trials import OUTCOMES, Kind
from racelet.cli.report.svg import WIDTH, element, line, text, tip

SHOWN: Mapping[Kind, str] = {
    "short": "a shift moves nothing",
    "long": "a shift moves two sites",
    "lost": "a skyrmion vanishes",
    "gained": "a skyrmion appears",
    "cut": "power is cut",
    "reversed": "a shift goes the other way",
}
WORDS = {
    "harmless": "nothing happens",
    "healed": "healed",
    "restored": "restored from a copy",
    "detected": "detected",
    "silent": "silent",
}
LEFT, TOP, STEP, BAR, FULL, COLUMN = 124, 120, 19, 13, 280, 430
PANEL = 44 + STEP * len(COMMANDS)
STYLE = """
svg { --ink: #1b1f24; --quiet: #57606a; --paper: #ffffff; --grid: #e1e5ea;
      --grey: #c3c9d0; --blue: #0a66a8; --pale: #7db8e0; --orange: #d9730d; --red: #c0182b }
@media (prefers-color-scheme: dark) {
  svg { --ink: #e8eaed; --quiet: #a8b0b9; --paper: #15191e; --grid: #2f3740;
        --grey: #4a525c; --blue: #58a6e8; --pale: #2f6da3; --orange: #f0a04b; --red: #ff5c6c }
}
text { font: 14px system-ui, -apple-system, 'Segoe UI', 'Liberation Sans', Arial, sans-serif; fill: var(--ink) }
.title { font-size: 16px; font-weight: 600 } .strong { font-weight: 600 } .quiet { fill: var(--quiet); font-size: 13px }
.paper { fill: var(--paper) } .grid { stroke: var(--grid) }
.harmless { fill: var(--grey) } .healed { fill: var(--blue) } .restored { fill: var(--pale) }
.detected { fill: var(--orange) } .silent { fill: var(--red) }
"""


def faults_picture(rows: Sequence[Row]) -> str:
    """Draw the rows of ``racelet bench racetrack-faults``.

    Parameters
    ----------
    rows : sequence of Row

    Returns
    -------
    str
        An SVG file for light and dark pages: for each kind a bar of each command, of all faults on small tracks.
    """
    values = {row.name: row.value or 0.0 for row in rows}
    title = "Faults at every operation of every command, tracks of two ports and words of 8 bits"
    body = [text(20, 32, title, "title"), *_key(20, 62)]
    told = []
    for number, kind in enumerate(SHOWN):
        left, top = LEFT + number % 2 * COLUMN, TOP + number // 2 * PANEL
        body += _panel(kind, left, top, values)
        shares = ", ".join(f"{WORDS[outcome]} {_share(kind, outcome, values):.0f} %" for outcome in OUTCOMES)
        told.append(f"{SHOWN[kind]}: {shares}")
    height = TOP + PANEL * ((len(SHOWN) + 1) // 2)
    head = element("title", escape(title)) + element("desc", escape("; ".join(told))) + element("style", STYLE)
    paper = element("rect", width=WIDTH, height=height, rx=8, class_="paper")
    inside = "\n".join([head, paper, *body])
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">\n{inside}\n</svg>\n'


def _key(x: float, y: float) -> list[str]:
    parts = []
    for outcome in OUTCOMES:
        parts += [
            element("rect", x=x, y=y - 11, width=14, height=BAR, class_=outcome),
            text(x + 20, y, WORDS[outcome]),
        ]
        x += 40 + 8 * len(WORDS[outcome])
    return parts


def _counts(kind: Kind, name: str, values: Mapping[str, float]) -> dict[str, float]:
    return {outcome: values.get(f"exhaustive_{name}_{kind}_{outcome}", 0.0) for outcome in OUTCOMES}


def _share(kind: Kind, outcome: str, values: Mapping[str, float]) -> float:
    every = [_counts(kind, name, values) for name in COMMANDS]
    return 100 * sum(counts[outcome] for counts in every) / max(sum(sum(counts.values()) for counts in every), 1)


def _panel(kind: Kind, left: float, top: float, values: Mapping[str, float]) -> list[str]:
    body = [text(left, top - 12, SHOWN[kind], "strong")]
    bottom = top + STEP * len(COMMANDS) - (STEP - BAR)
    body += [line(left + FULL * share, top - 4, left + FULL * share, bottom + 4, "grid") for share in (0, 0.5, 1)]
    for number, name in enumerate(COMMANDS):
        y, x = top + STEP * number, left
        words = name.replace("_", " ", 1)
        counts = _counts(kind, name, values)
        every = sum(counts.values())
        body.append(text(left - 8, y + BAR - 1, words, "quiet", anchor="end"))
        for outcome, count in counts.items():
            if count:
                width = FULL * count / every
                rect = element("rect", x=x, y=y, width=width, height=BAR, class_=outcome)
                body.append(element("g", tip(f"{words}: {count:.0f} of {every:.0f} {WORDS[outcome]}") + rect))
                x += width
    return body
