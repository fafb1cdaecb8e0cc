"""Pictures of ``racelet bench racetrack``: writes, the codec's error, networks against its ones, reads."""

import math
from collections.abc import Mapping, Sequence

from racelet.bench.row import Row
from racelet.bench.skyrmions.codecs import KS, RULES
from racelet.bench.skyrmions.reads import FFN1, schedules
from racelet.cli.report.panels import Panel, bar, key, picture
from racelet.cli.report.svg import WIDTH, legend, line, text, ticks
from racelet.golden.racetrack.config import ENGINES

WORDS = {
    "naive": "naive",
    "dcw": "DCW",
    "pw": "PW",
    "cw": "CW",
    "cw_early": "CW, early",
    "cw_known": "CW, known",
}
"""Engines as they are called."""
SHOWN = {"gaussian_fresh": "first", "gaussian_1e-3": "second"}
NETWORKS = {"digits": "blue", "kws": "orange"}
ROW, BAR = 44, 15
LEFT, TOP, FULL, BETWEEN, RIGHT = 64, 100, 240, 92, 24
HALF = (WIDTH - LEFT - RIGHT - BETWEEN) / 2


def racetrack_pictures(rows: Sequence[Row]) -> dict[str, str]:
    """Draw the rows of ``racelet bench racetrack``.

    Parameters
    ----------
    rows : sequence of Row
        Networks that were not measured are left out.

    Returns
    -------
    dict of str to str
        SVG files for light and dark pages, by ``-writes``, ``-codec``, ``-accuracy`` and ``-reads``.
    """
    values = {row.name: row.value for row in rows if row.value is not None}
    return {
        "-writes": writes_picture(values),
        "-codec": codec_picture(values),
        "-accuracy": accuracy_picture(values),
        "-reads": reads_picture(values),
    }


def writes_picture(values: Mapping[str, float]) -> str:
    """Latency and energy of every engine, for any new word and for an update."""
    left, right, width = 110, 60, 285
    bottom = TOP + ROW * len(ENGINES)
    entries = [("first", "another number"), ("second", "the same, larger or smaller by a thousandth")]
    body = [text(20, 32, "A write of fp32, gaussian weights", "title"), legend(20, 60, entries)]
    for what, unit, start in (("ns", "ns", left), ("fj", "fJ", left + width + right + 50)):
        most = max(values[f"{stream}_{engine}_{what}"] for stream in SHOWN for engine in ENGINES)
        for tick in ticks(most, 5):
            x = start + width * tick / most
            body += [
                line(x, TOP - 6, x, bottom - 4, "grid"),
                text(x, bottom + 13, f"{tick:,}", "quiet", anchor="middle"),
            ]
        body.append(text(start + width / 2, bottom + 34, f"{unit} per word", "quiet", anchor="middle"))
        for number, engine in enumerate(ENGINES):
            for place, (stream, class_) in enumerate(SHOWN.items()):
                value = values[f"{stream}_{engine}_{what}"]
                y = TOP + ROW * number + place * (BAR + 2)
                length = width * value / most
                body.append(bar(start, y, length, BAR, class_, f"{WORDS[engine]}, {stream}: {value:.4g} {unit}"))
                body.append(
                    text(start + length + 5, y + 12, f"{value:.1f}" if what == "ns" else f"{value:,.0f}", "quiet")
                )
    for number, engine in enumerate(ENGINES):
        body.append(text(left - 10, TOP + ROW * number + BAR + 5, WORDS[engine], anchor="end"))
    told = ", ".join(f"{WORDS[each]} {values[f'gaussian_1e-3_{each}_fj']:,.0f}" for each in ENGINES)
    return picture("Latency and energy of writes", f"fJ of an update by a thousandth: {told}", bottom + 50, body)


def codec_picture(values: Mapping[str, float]) -> str:
    """Error of numbers and of products against the number of ones."""
    titles = ("products of matrices: signal over error", "mean relative error of numbers, power of ten")
    most = 20 * math.ceil(max(values[f"codec_k{ones}_{rule}_sqnr_db"] for ones in KS for rule in RULES) / 20)
    panels = [
        Panel(left=left, top=TOP, width=HALF, height=FULL, places=KS, values=marks, title=title, below=below, unit=unit)
        for left, marks, title, below, unit in (
            (LEFT, range(0, most + 1, 20), titles[0], "ones of a word", " dB"),
            (LEFT + HALF + BETWEEN, range(-6, 0), titles[1], "ones of a word", ""),
        )
    ]
    curves = {"blue": "nearest word", "orange dashed": "greedy"}
    body = [text(20, 32, "fp32 as words of a fixed number of ones", "title"), *key(20, 60, 170, curves)]
    for panel, what in zip(panels, ("sqnr_db", "mean_error"), strict=True):
        body += panel.axes()
        for (class_, words), rule in zip(curves.items(), RULES, strict=True):
            heights = [values[f"codec_k{ones}_{rule}_{what}"] for ones in KS]
            body.append(panel.curve(heights if what == "sqnr_db" else _powers(heights), class_, words))
        half = values[f"codec_fp16_{what}"]
        body += panel.level(half if what == "sqnr_db" else _powers([half])[0], "fp16")
    told = ", ".join(f"{rule} {values[f'codec_k16_{rule}_sqnr_db']:.1f} dB" for rule in RULES)
    return picture("Error against the number of ones", f"With 16 ones: {told}", TOP + FULL + 56, body)


def _millions(count: float) -> str:
    return f"{count / 1e6:,.0f} million" if count >= 1e9 else f"{count / 1e6:.4g} million"


def _powers(heights: Sequence[float]) -> list[float]:
    return [math.log10(height) for height in heights]


def accuracy_picture(values: Mapping[str, float]) -> str:
    """Networks whose parameters were coded: what they tell right, and how far their outputs are off."""
    shown = {name: colour for name, colour in NETWORKS.items() if f"{name}_inputs" in values}
    every = [values[f"{name}_k{ones}_{rule}_accuracy"] for name in shown for ones in KS for rule in RULES]
    least = 2 * math.floor(min(every, default=90.0) / 2)
    panels = {
        "accuracy": Panel(
            left=LEFT,
            top=TOP,
            width=HALF,
            height=FULL,
            places=KS,
            values=range(least, 101, 2 if least >= 90 else 10),
            title="inputs that are told right",
            below="ones of a word",
            unit=" %",
        ),
        "logits_sqnr_db": Panel(
            left=LEFT + HALF + BETWEEN,
            top=TOP,
            width=HALF,
            height=FULL,
            places=KS,
            values=range(0, 101, 20),
            title="outputs before the softmax: signal over error",
            below="ones of a word",
            unit=" dB",
        ),
    }
    curves = {
        f"{colour}{'' if rule == 'nearest' else ' dashed'}": f"{name}, {rule}"
        for name, colour in shown.items()
        for rule in RULES
    }
    body = [text(20, 32, "Networks whose parameters were words of so many ones", "title"), *key(20, 60, 190, curves)]
    for what, panel in panels.items():
        body += panel.axes()
        for class_, words in curves.items():
            name, rule = words.split(", ")
            heights = [values[f"{name}_k{ones}_{rule}_{what}"] for ones in KS]
            body.append(panel.curve(heights, class_, words))
    told = ", ".join(f"{name} {values[f'{name}_k16_nearest_accuracy']:.2f} %" for name in shown)
    return picture("Accuracy against the number of ones", f"With 16 ones, nearest: {told}", TOP + FULL + 56, body)


def reads_picture(values: Mapping[str, float]) -> str:
    """Shifts of every way to read two matrices, on a logarithmic axis, with a mark at the least."""
    names, left, right, top, step = list(schedules(FFN1)), 190, 230, 66, 30
    shifts = {name: values[f"reads_{name}_shifts"] for name in names}
    low, high = math.floor(math.log10(min(shifts.values()))), math.ceil(math.log10(max(shifts.values())))
    scale = (WIDTH - left - right) / (high - low)
    bottom = top + step * len(names)
    body = [text(20, 32, f"Shifts of a {FFN1.rows}x{FFN1.terms}x{FFN1.columns} product of fp32 matrices", "title")]
    for power in range(low, high + 1):
        x = left + scale * (power - low)
        body += [
            line(x, top - 8, x, bottom - 6, "grid"),
            text(x, bottom + 12, f"1e{power}", "quiet", anchor="middle"),
        ]
    for number, (name, count) in enumerate(shifts.items()):
        y, length = top + step * number, scale * (math.log10(count) - low)
        class_ = "second" if name.startswith("serpentine") else "first"
        over = values[f"reads_{name}_over_bound_percent"]
        body += [
            text(left - 10, y + 13, name.replace("_", " "), anchor="end"),
            bar(left, y, length, BAR + 3, class_, f"{name}: {count:,} shifts, {over:.3g} % over the least"),
            text(left + length + 6, y + 13, f"{_millions(count)}, {over:.3g} % over the least", "quiet"),
        ]
    told = ", ".join(f"{name.replace('_', ' ')} {count:.4g}" for name, count in shifts.items())
    return picture("Shifts of a product of matrices", told, bottom + 30, body)
