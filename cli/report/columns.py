"""Pictures of ``racelet bench adc``: read margins, what a calibration saves, a network under noise and on cells."""

import math
from collections.abc import Mapping, Sequence

from racelet.bench.columns.networks import KINDS, SIGMAS
from racelet.bench.columns.networks import WAYS as CELLS
from racelet.bench.read_margin.calibrations import WAYS
from racelet.bench.row import Row
from racelet.cli.report.panels import Panel, bar, key, picture
from racelet.cli.report.read_margin import read_margin_picture
from racelet.cli.report.svg import WIDTH, legend, line, text, ticks
from racelet.golden.adc.calibration_study import SUMS

CURVES = {"numpy": "grey", "flash": "blue dashed", "sar": "orange", "sar_vote": "orange dashed"}
WORDS = {"numpy": "numpy", "flash": "flash", "sar": "SAR", "sar_vote": "SAR with vote"}
ROW, BAR = 26, 17
LEFT, TOP, FULL, BETWEEN, RIGHT = 64, 122, 240, 180, 64
HALF = 360


def column_pictures(rows: Sequence[Row]) -> dict[str, str]:
    """Draw the rows of ``racelet bench adc``.

    Parameters
    ----------
    rows : sequence of Row

    Returns
    -------
    dict of str to str
        SVG files for light and dark pages, by ``-read-margin``, ``-calibration`` and ``-network``.
    """
    values = {row.name: row.value for row in rows if row.value is not None}
    return {
        "-read-margin": read_margin_picture(rows),
        "-calibration": calibration_picture(values),
        "-network": network_picture(values),
    }


def calibration_picture(values: Mapping[str, float]) -> str:
    """Misread MAC values for every way to read them, and of what conversions they are the sum."""
    left, width, between = 148, 240, 126
    top = 110
    bottom = top + ROW * len(WAYS)
    entries = [("first", "MAC values misread"), ("second", "conversions misread, where a MAC value has several")]
    body = [text(20, 32, f"Calibration of {int(values['calibration_columns']):,} columns of 32 rows", "title")]
    body.append(legend(20, 60, entries))
    most = 10 * math.ceil(max(values[f"{sums}_{way}_misread_percent"] for sums in SUMS for way in WAYS) / 10)
    for number, sums in enumerate(SUMS):
        start = left + number * (width + between)
        body.append(text(start, top - 16, f"MAC values {'as often each' if sums == 'uniform' else sums}", "strong"))
        for tick in ticks(most, 6):
            x = start + width * tick / most
            body += [
                line(x, top - 6, x, bottom - 4, "grid"),
                text(x, bottom + 13, f"{tick} %", "quiet", anchor="middle"),
            ]
        for place, (way, how) in enumerate(WAYS.items()):
            y, name = top + ROW * place, f"{sums}_{way}"
            misread, part = (values[f"{name}_{what}_percent"] for what in ("misread", "conversion_misread"))
            cycles = int(values[f"{name}_cycles"])
            told = f"{sums}, {way.replace('_', ' ')}: {misread:.2f} % misread, {cycles} cycles"
            body.append(bar(start, y, width * misread / most, BAR, "first", told))
            if how.split > 1:
                body.append(bar(start, y + BAR - 6, width * part / most, 6, "second", f"{part:.2f} % of conversions"))
            end = start + width * misread / most + 6
            body.append(text(end, y + 13, f"{misread:.1f} %, {cycles} cycles", "quiet"))
    for place, way in enumerate(WAYS):
        body.append(text(left - 10, top + ROW * place + 13, _way(way), anchor="end"))
    told = ", ".join(f"{_way(way)} {values[f'uniform_{way}_misread_percent']:.1f} %" for way in WAYS)
    return picture("What a calibration saves", f"Misread, each MAC value as often: {told}", bottom + 30, body)


def _way(name: str) -> str:
    words = name.replace("split_", "in ").replace("_vote", ", vote")
    return words.replace("in 2", "2 x 16 rows").replace("in 4", "4 x 8 rows")


def network_picture(values: Mapping[str, float]) -> str:
    """Accuracy against noise, by ADC and in numpy; accuracy and misreads on cells that vary."""
    body = [text(20, 32, "The digits network on a column path", "title")]
    body += key(20, 66, 150, {colour: WORDS[name] for name, colour in CURVES.items()})
    shares = {
        name: [values[f"network_{name}_sigma{sigma:g}_percent"] for sigma in SIGMAS] for name in ("numpy", *KINDS)
    }
    least = max(10 * math.floor(min(min(each) for each in shares.values()) / 10), 0)
    panel = Panel(
        left=LEFT,
        top=TOP,
        width=HALF,
        height=FULL,
        places=SIGMAS,
        values=range(least, 101, 10),
        title="images that are told right",
        below="standard deviation of the noise, MAC units",
        unit=" %",
    )
    body += panel.axes()
    body += [panel.curve(shares[name], colour, WORDS[name]) for name, colour in CURVES.items()]
    body += _cells(values, LEFT + HALF + BETWEEN)
    gap = values["hardware_in_loop_accuracy_gap_points"]
    told = "; ".join(f"{WORDS[name]}: {shares[name][SIGMAS.index(1.0)]:.1f} %" for name in CURVES)
    description = f"At the noise of the training, {told}; at most {gap:.2f} points from numpy"
    return picture("A network on a column path", description, TOP + FULL + 56, body)


def _cells(values: Mapping[str, float], left: float) -> list[str]:
    """Misread conversions on cells, with the accuracy at their left."""
    width, step = WIDTH - RIGHT - left, 60
    body = [text(left - 130, TOP - 14, "conversions that are misread, on cells that vary", "quiet")]
    most = 10 * math.ceil(max(values[f"network_cells_{way}_misread_percent"] for way in CELLS) / 10)
    bottom = TOP + step * len(CELLS)
    for tick in ticks(most, 4):
        x = left + width * tick / most
        body += [line(x, TOP, x, bottom, "grid"), text(x, bottom + 18, f"{tick} %", "quiet", anchor="middle")]
    for number, way in enumerate(CELLS):
        y, misread = TOP + step * number + 16, values[f"network_cells_{way}_misread_percent"]
        right, length = values[f"network_cells_{way}_percent"], width * misread / most
        words = way.replace("_", ", ").replace("base", "as they are").replace("ideal", "without variation")
        body += [
            text(left - 10, y + 8, words, anchor="end"),
            text(left - 10, y + 26, f"{right:.1f} % of images right", "quiet", anchor="end"),
            bar(left, y, length, 26, "first", f"{words}: {misread:.2f} % misread, {right:.2f} % of images right"),
            text(left + length + 6, y + 18, f"{misread:.1f} %", "quiet"),
        ]
    return body
