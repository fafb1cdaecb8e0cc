"""Picture of the conversions of a dot product: currents that add up, thresholds, and how a code is found."""

from html import escape

from racelet.cli.explain.conversion_text import ending, spoken
from racelet.cli.explain.memory_product import Conversion, DotProduct
from racelet.cli.report.svg import element, line, text, tip

WIDTH, SIDE, TOP, BAR, LOOK, BETWEEN = 880, 24, 84, 14, 13, 22
STYLE = """
svg { --ink: #1b1f24; --quiet: #57606a; --paper: #ffffff; --grid: #e1e5ea; --blue: #0a66a8; --pale: #9cc4e4;
      --orange: #d9730d; --sand: #f3c89a; --green: #1a7f37 }
@media (prefers-color-scheme: dark) {
  svg { --ink: #e8eaed; --quiet: #a8b0b9; --paper: #15191e; --grid: #2f3740; --blue: #58a6e8; --pale: #27567d;
        --orange: #f0a04b; --sand: #7d5323; --green: #4cc26a }
}
text { font: 13px system-ui, -apple-system, 'Segoe UI', 'Liberation Sans', Arial, sans-serif; fill: var(--ink) }
.title { font-size: 16px; font-weight: 600 } .strong { font-weight: 600 }
.quiet { fill: var(--quiet) } .small { font-size: 11px }
.paper { fill: var(--paper) } .grid { stroke: var(--grid) } .edge { stroke: var(--quiet); stroke-dasharray: 2 3 }
.plus0 { fill: var(--blue) } .plus1 { fill: var(--pale) } .minus0 { fill: var(--orange) } .minus1 { fill: var(--sand) }
.current { stroke: var(--ink); stroke-width: 2 } .range { stroke: var(--quiet); stroke-width: 1.5 }
.yes { fill: var(--green) } .no { fill: var(--orange) } .found { fill: var(--green); opacity: 0.22 }
.wrong { fill: var(--orange); opacity: 0.3 } .offset { fill: var(--quiet) }
"""


def picture(found: DotProduct) -> str:
    """Draw it, conversion below conversion.

    Returns
    -------
    str
        An SVG file for light and dark pages. Cells of the first column go to the right, those of the second one back
        from there; below them is every look at a comparator, with the levels that are left.
    """
    axis, y = _Axis(found), float(TOP)
    body = [text(16, 28, "Currents of cells add up, and an ADC finds the level next to the sum", "title"), *_key()]
    for number, each in enumerate(found.conversions, 1):
        parts, height = _conversion(number, each, found, axis, y)
        body += parts
        y += height + BETWEEN
    body += [text(16, y + 8 + 20 * place, words, "quiet") for place, words in enumerate(ending(found))]
    height = y + 8 + 20 * len(ending(found))
    head = [
        element("title", escape(f"A dot product in memory: {found.found * found.alpha:g}")),
        element("desc", escape(spoken(found))),
        element("style", STYLE),
        element("rect", width=WIDTH, height=height, rx=8, class_="paper"),
    ]
    inside = "\n".join([*head, *body])
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" role="img">\n{inside}\n</svg>\n'


def page(found: DotProduct) -> str:
    """The picture and the text, as a page of HTML."""
    return (
        '<!DOCTYPE html>\n<html lang="en"><meta charset="utf-8"><title>A dot product in memory</title>\n'
        '<meta name="color-scheme" content="light dark">\n'
        "<style>body { max-width: 1100px; margin: 2em auto; padding: 0 1em } pre { overflow-x: auto }</style>\n"
        f"{picture(found)}<pre>{escape(spoken(found))}</pre>\n</html>\n"
    )


class _Axis:
    """MAC values across: all levels, and all sums of columns."""

    def __init__(self, found: DotProduct) -> None:
        lowest, levels = found.config.lowest, found.config.levels
        sums = [float(each.flows[:, 0].sum()) for each in found.conversions]
        currents = [each.current for each in found.conversions]
        self.low = min((lowest - 0.5) * found.alpha, *currents)
        self.high = max((lowest + levels - 0.5) * found.alpha, *sums, *currents)
        self._scale = (WIDTH - 2 * SIDE) / (self.high - self.low)

    def x(self, value: float) -> float:
        """Where a value is; what is beyond the ends lies on them."""
        return SIDE + (min(max(value, self.low), self.high) - self.low) * self._scale


def _key() -> list[str]:
    entries = {"plus0": "positive weights", "minus0": "negative ones", "offset": "offset", "found": "level found"}
    parts, x = [], 16
    for class_, words in entries.items():
        parts += [element("rect", x=x, y=44, width=12, height=12, class_=class_), text(x + 18, 54, words)]
        x += 42 + 8 * len(words)
    for class_, words in (("yes", "threshold reached"), ("no", "not reached")):
        parts += [element("circle", cx=x + 6, cy=50, r=4, class_=class_), text(x + 18, 54, words)]
        x += 42 + 8 * len(words)
    return parts


def _conversion(number: int, each: Conversion, found: DotProduct, axis: _Axis, y: float) -> tuple[list[str], float]:
    """A conversion's elements, and how high they are."""
    level, wanted = found.level(each.code), found.level(each.wanted)
    words = f"{number}. Bit {each.input_bit}, slice {each.weight_bit}, worth {each.worth}: MAC value {each.mac}"
    words += f", current {each.current:.2f}, level {level}" + ("" if level == wanted else "; misread")
    bars, looks = y + 10, y + 10 + 2 * BAR + 16
    rows = 1 if found.config.kind == "flash" else len(each.looks)
    bottom = looks + LOOK * rows
    edges = _edges(each, found, axis)
    class_ = "found" if level == wanted else "wrong"
    code = each.code
    body = [
        text(16, y, words, "strong"),
        element(
            "rect", x=edges[code], y=bars, width=edges[code + 1] - edges[code], height=bottom - bars, class_=class_
        ),
        *(line(x, bars, x, bottom, "edge") for x in edges[1:-1]),
        *_columns(each, axis, bars),
        *(_search(each, edges, axis, looks) if found.config.kind == "sar" else _comparators(each, axis, looks)),
        line(axis.x(each.current), bars + 2 * BAR, axis.x(each.current), bottom, "current"),
    ]
    apart = max(1, -(-24 * found.config.levels // (WIDTH - 2 * SIDE)))
    for place in range(0, found.config.levels, apart):
        middle = axis.x(found.level(place) * found.alpha)
        body.append(text(middle, bottom + 14, str(found.level(place)), "quiet small", anchor="middle"))
    return body, bottom + 20 - y


def _edges(each: Conversion, found: DotProduct, axis: _Axis) -> list[float]:
    """Where levels begin and end: thresholds of this ADC, and the axis's ends."""
    places = found.places[each.weight_bit].tolist()
    return [axis.x(axis.low), *(axis.x(place) for place in places), axis.x(axis.high)]


def _columns(each: Conversion, axis: _Axis, y: float) -> list[str]:
    """Cells of both columns, one after the other."""
    body, place = [], 0.0
    for column, (name, step) in enumerate((("plus", 1.0), ("minus", -1.0))):
        cells = [(row, flow) for row, flow in enumerate(each.flows[:, column].tolist()) if each.rows[row]]
        for shade, (row, flow) in enumerate(cells):
            ends = sorted((axis.x(place), axis.x(place + step * flow)))
            bar = element(
                "rect",
                x=ends[0],
                y=y + BAR * column,
                width=ends[1] - ends[0],
                height=BAR - 2,
                class_=f"{name}{shade % 2}",
            )
            body.append(element("g", tip(f"row {row}: {flow:.3f}, a cell of {int(each.cells[row, column])}") + bar))
            place += step * flow
    ends = sorted((axis.x(place), axis.x(each.current)))
    if ends[1] > ends[0]:
        bar = element("rect", x=ends[0], y=y + 2 * BAR, width=ends[1] - ends[0], height=4, class_="offset")
        body.append(element("g", tip(f"the ADC's offset: {each.current - place:+.3f}") + bar))
    return body


def _search(each: Conversion, edges: list[float], axis: _Axis, y: float) -> list[str]:
    """Levels that are left before every look, and what it says."""
    body, low, high = [], 0, len(edges) - 1
    for number, look in enumerate(each.looks):
        middle = y + LOOK * number + LOOK / 2
        body.append(line(edges[low], middle, edges[high], middle, "range"))
        words = f"level from {look.threshold:.2f} on; seen {look.seen:.2f}: {'yes' if look.said else 'no'}"
        dot = element("circle", cx=axis.x(look.threshold), cy=middle, r=4.5, class_="yes" if look.said else "no")
        body.append(element("g", tip(words) + dot))
        is_last = number + 1 == len(each.looks) or each.looks[number + 1].code == look.code
        if not is_last:
            low, high = (look.code, high) if look.said else (low, look.code)
    return body


def _comparators(each: Conversion, axis: _Axis, y: float) -> list[str]:
    """All comparators of a flash."""
    return [
        element(
            "g",
            tip(f"from {look.threshold:.2f} on; seen {look.seen:.2f}: {'yes' if look.said else 'no'}")
            + element("circle", cx=axis.x(look.threshold), cy=y + LOOK / 2, r=4.5, class_="yes" if look.said else "no"),
        )
        for look in each.looks
    ]
