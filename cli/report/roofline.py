"""Roofline: how much is computed per byte that crosses the edge, and how quickly."""
# Ref: S. Williams, A. Waterman, D. Patterson, Roofline, CACM 52(4), 2009. doi:10.1145/1498765.1498785

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from racelet.cli.report.svg import LETTER, WIDTH, chart, element, line, log_ticks, text, tip
from racelet.golden.dwcpwc.config import DwcPwcConfig

LEFT, RIGHT, TOP, BOTTOM = 70, WIDTH - 16, 40, 400
OFFSETS = ((10, 4), (-10, 4), (0, -10), (0, 21), (10, -8), (10, 19), (-10, -8), (-10, 19))
"""Places for the number of a layer, the best first."""
ANCHORS = {-1: "end", 0: "middle", 1: "start"}
LEGEND = {
    "measured": "whole network, this program",
    "unfused": "whole network, unfused",
    "layer": "one layer, with its number",
}


Segment = tuple[float, float, float, float]
"""Both ends of a line: x, y, x, y."""
Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""


class Point(NamedTuple):
    """A point of the roofline: MAC per byte, MAC per cycle, and the words for it."""

    x: float
    y: float
    label: str
    told: str
    class_: str


def points(data: Mapping[str, Any]) -> list[Point]:
    """The whole network, fused and unfused, then every layer that computes and moves something."""
    macs, cycles = data["macs"], data["shown_cycles"]
    found = []
    if macs:
        for label, class_, moved in (
            ("this program", "measured", data["external_bytes"]["total"]),
            ("unfused", "unfused", data["edge_bytes"]["unfused"]),
        ):
            told = f"{label}: {macs / moved:.4g} MAC per byte, needs {moved / cycles:.3g} bytes per cycle"
            found.append(Point(macs / moved, macs / cycles, label, told, class_))
    for layer in data["layers"]:
        if layer["macs"] and layer["moved"]:
            x, y = layer["macs"] / layer["moved"], layer["macs"] / layer["shown_cycles"]
            told = f"layer {layer['index']}, {layer['op']}: {x:.4g} MAC per byte, {y:.4g} MAC per cycle"
            found.append(Point(x, y, str(layer["index"]), told, "layer"))
    return found


def roofs(config: Mapping[str, Any]) -> list[tuple[int, str]]:
    """Bytes per cycle of the ports, with their names; the fastest last."""
    rates = {"program": 4 * DwcPwcConfig(**config).program_words}
    if config["store"] == "stream":
        rates["weights"] = config["weight_beat_bytes"]
    found = [(rate, f"port {name}: {rate} bytes per cycle") for name, rate in rates.items()]
    return [(1, "ports i, o: 1 byte per cycle"), *sorted(found)]


def roofline_chart(data: Mapping[str, Any]) -> str:
    """Log-log chart with the peak of the engines and the ports' bandwidths as roofs."""
    found, peak = points(data), data["peak_macs"]
    bands = roofs(data["config"])
    if not found:
        return ""
    xs, ys = [point.x for point in found], [point.y for point in found]
    # The corners of all roofs are in sight.
    low_x, high_x = min(*xs, peak / bands[-1][0]) / 1.8, max(*xs, peak) * 2.2
    low_y, high_y = min(ys) / 2, peak * 1.9
    across = (RIGHT - LEFT) / math.log(high_x / low_x)
    up = (BOTTOM - TOP) / math.log(high_y / low_y)

    def at(x: float, y: float) -> tuple[float, float]:
        return LEFT + math.log(x / low_x) * across, BOTTOM - math.log(y / low_y) * up

    body = _legend(found)
    for value in log_ticks(low_x, high_x):
        x, _ = at(value, low_y)
        body += [line(x, TOP, x, BOTTOM, "grid"), text(x, BOTTOM + 18, f"{value:,.4g}", "quiet", anchor="middle")]
    for value in log_ticks(low_y, high_y):
        _, y = at(low_x, value)
        body += [line(LEFT, y, RIGHT, y, "grid"), text(LEFT - 8, y + 4, f"{value:,.4g}", "quiet", anchor="end")]
    middle = (TOP + BOTTOM) // 2
    body += [
        text((LEFT + RIGHT) / 2, BOTTOM + 40, "MAC per byte across the edge", "quiet", anchor="middle"),
        text(14, middle, "MAC per cycle", "quiet", anchor="middle", transform=f"rotate(-90 14 {middle})"),
    ]
    placed = [(*at(point.x, point.y), point) for point in found]
    drawn: list[Segment] = []
    names: list[Segment] = []
    for bandwidth, name in bands:
        begin = max(low_x, low_y / bandwidth)
        (x1, y1), (x2, y2) = at(begin, begin * bandwidth), at(peak / bandwidth, peak)
        drawn.append((x1, y1, x2, y2))
        if there := _room_along(drawn[-1], name, [(x, y) for x, y, _ in placed]):
            names.append(there)
            body.append(_along(there, name))
    _, y = at(low_x, peak)
    drawn.append((at(peak / bands[-1][0], peak)[0], y, RIGHT, y))
    body += [line(*segment, "roof") for segment in drawn]
    told = f"peak: {peak:,} " + ("multipliers" if data["config"]["engine"] == "parallel" else "MAC per cycle")
    body.append(text(RIGHT, y - 7, told, "strong halo", anchor="end"))
    kept_free = [
        *_boxes_along(drawn),
        *_boxes_along(names, 10),
        (RIGHT - 1.1 * LETTER * len(told), y - 20, RIGHT, y - 4),
    ]
    if found[0].class_ == "measured":
        link = (*at(*found[1][:2]), *at(*found[0][:2]))
        body.append(line(*link, "link"))
        kept_free += _boxes_along([link])
    body += _marks(placed, kept_free)
    described = "; ".join(point.told for point in found[:2])
    return chart("roofline", BOTTOM + 48, "Roofline of the network and its layers", f"Peak {peak}. {described}", body)


def _room_along(roof: Segment, words: str, spots: Sequence[tuple[float, float]]) -> Segment | None:
    """Middle line of words along a rising line, near its lower end but clear of points; None where there is no room."""
    x1, y1, x2, y2 = roof
    length, size = math.hypot(x2 - x1, y2 - y1), LETTER * len(words)
    if length < size + 20:
        return None
    along, above = ((x2 - x1) / length, (y2 - y1) / length), ((y2 - y1) / length, (x1 - x2) / length)
    # Of each point: how far up the line, and how far above it.
    found = [((x - x1) * along[0] + (y - y1) * along[1], (x - x1) * above[0] + (y - y1) * above[1]) for x, y in spots]
    for first in range(12, int(length - size), 6):
        if not any(first - 10 < far < first + size + 10 and -8 < high < 26 for far, high in found):
            break
    else:
        first = 12
    begin = (x1 + first * along[0] + 11 * above[0], y1 + first * along[1] + 11 * above[1])
    return (*begin, begin[0] + size * along[0], begin[1] + size * along[1])


def _along(middle: Segment, words: str) -> str:
    x1, y1, x2, y2 = middle
    angle = math.degrees(math.atan2(y2 - y1, x2 - x1))
    return text(0, 4, words, "quiet halo", transform=f"translate({x1:.2f} {y1:.2f}) rotate({angle:.2f})")


def _boxes_along(segments: Sequence[Segment], half: float = 2) -> list[Box]:
    """Small boxes that cover lines, for labels to keep clear of."""
    boxes = []
    for x1, y1, x2, y2 in segments:
        steps = int(math.hypot(x2 - x1, y2 - y1) / 5) + 1
        for k in range(steps + 1):
            x, y = x1 + (x2 - x1) * k / steps, y1 + (y2 - y1) * k / steps
            boxes.append((x - half, y - half, x + half, y + half))
    return boxes


def _legend(found: Sequence[Point]) -> list[str]:
    x, parts = LEFT, []
    for class_ in dict.fromkeys(point.class_ for point in found):
        words = LEGEND[class_]
        parts += [_mark(x + 8, 14, class_), text(x + 24, 18, words)]
        x += 24 + LETTER * len(words) + 20
    return parts


def _marks(placed: Sequence[tuple[float, float, Point]], lines: Sequence[Box]) -> list[str]:
    """Points, and numbers at the layers: those of one spot share a label, and one without a free place is left out."""
    groups: dict[tuple[int, int], list[tuple[float, float, Point]]] = {}
    for x, y, point in placed:
        spot = (-1, len(groups)) if point.class_ != "layer" else (round(x / 6), round(y / 6))
        groups.setdefault(spot, []).append((x, y, point))
    taken: list[Box] = [(x - 7, y - 7, x + 7, y + 7) for x, y, _ in placed]
    marks, labels = [], []
    for members in groups.values():
        x, y, point = members[0]
        marks.append(element("g", tip("\n".join(member.told for _, _, member in members)) + _mark(x, y, point.class_)))
        if point.class_ != "layer":
            continue
        words = _ranges([int(member.label) for _, _, member in members])
        # On a line a label can still be read, on a point or on another label it cannot.
        place = _free_place(x, y, words, [*taken, *lines]) or _free_place(x, y, words, taken)
        if place is not None:
            dx, dy, box = place
            taken.append(box)
            labels.append(text(x + dx, y + dy, words, "halo", anchor=ANCHORS[(dx > 0) - (dx < 0)]))
    # The network's points, which come first, lie above those of layers.
    return [*reversed(marks), *labels]


def _free_place(x: float, y: float, words: str, taken: Sequence[Box]) -> tuple[int, int, Box] | None:
    """The first of the offsets where a label meets nothing, with the label's box."""
    width = LETTER * len(words)
    for dx, dy in OFFSETS:
        left = x + dx - (width if dx < 0 else 0 if dx else width / 2)
        box = (left, y + dy - 11, left + width, y + dy + 3)
        if left > LEFT and box[2] < RIGHT and box[3] < BOTTOM and not any(_overlap(box, other) for other in taken):
            return dx, dy, box
    return None


def _mark(x: float, y: float, class_: str) -> str:
    if class_ == "layer":
        return element("circle", cx=x, cy=y, r=4.5, class_="layer")
    if class_ == "unfused":
        return element("path", d=f"M{x - 9:.2f} {y:.2f}l9 -9 9 9 -9 9z", class_="unfused hollow")
    return element("circle", cx=x, cy=y, r=8, class_="measured")


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _ranges(numbers: Sequence[int]) -> str:
    """Whole numbers in order, runs of three and more shortened.

    Examples
    --------
    >>> _ranges([1, 2, 3, 4, 7, 9, 10])
    '1–4, 7, 9, 10'
    """
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(
        f"{run[0]}–{run[-1]}" if len(run) > 2 else ", ".join(str(number) for number in run) for run in runs
    )
