"""The conversions of a dot product, as text for a terminal."""

from racelet.cli.explain.memory_product import Conversion, DotProduct, Look
from racelet.golden.adc.config import GAIN_ONE

SHOWN = 9
"""Comparators of a flash that are shown: those around the current."""


def spoken(found: DotProduct) -> str:
    """The conversions, as text for a terminal."""
    config = found.config
    levels = f"{config.lowest} to {config.lowest + config.levels - 1}"
    lines = [
        f"   activations  {_numbers(found.activations)}",
        f"   weights      {_numbers(found.weights)}",
        "",
        "A bit of each activation switches its row on; bits of weights are in cells, each in a slice of two columns.",
        "Currents of rows that are on add on their column, and an ADC reads the difference of both. In MAC values:",
        f"levels {levels}, {found.alpha:g} apart, thresholds in the middle between them.",
        *_corrections(found),
    ]
    for number, each in enumerate(found.conversions, 1):
        lines += ["", *_conversion(number, each, found)]
    return "\n".join([*lines, "", *ending(found)])


def ending(found: DotProduct) -> list[str]:
    """The sum, and what was misread."""
    parts = " ".join(
        f"{'-' if (level := found.level(each.code)) < 0 else '+'} {each.worth} x {abs(level)}"
        for each in found.conversions
    )
    times = f", times {found.alpha:g}" if found.alpha != 1 else ""
    lines = [f"Sum of the levels by their worth: {parts.removeprefix('+ ')} = {found.found}{times}."]
    total, wanted = found.found * found.alpha, found.wanted * found.alpha
    misread = f"{found.misreads} of {len(found.conversions)} conversions misread"
    rounding = "" if wanted == found.exact else f", {wanted:g} with levels of {found.alpha:g} and these ends"
    lines.append(f"{misread}: {total:g}, and the dot product is {found.exact}{rounding}.")
    return lines


def _corrections(found: DotProduct) -> list[str]:
    if found.calibrations:
        parts = [
            f"slice {number}: offset {each.offset:+d} DAC codes, gain {each.gain / GAIN_ONE:.3f}"
            for number, each in enumerate(found.calibrations)
        ]
        return ["", f"Calibrated, thresholds are where these ADCs need them: {'; '.join(parts)}."]
    if any(found.offsets):
        parts = [f"slice {number} {offset:+.2f}" for number, offset in enumerate(found.offsets)]
        return ["", f"Not calibrated; ADCs have offsets: {', '.join(parts)}."]
    return []


def _conversion(number: int, each: Conversion, found: DotProduct) -> list[str]:
    on = each.rows == 1
    held = ["".join(_cell(bit, is_on) for bit, is_on in zip(each.cells[:, c], on, strict=True)) for c in (0, 1)]
    sums = each.flows.sum(axis=0)
    offset = found.offsets[each.weight_bit]
    shift = f" {'-' if offset < 0 else '+'} {abs(offset):.2f}" if offset else ""
    level, wanted = found.level(each.code), found.level(each.wanted)
    verdict = "" if level == wanted else f": MISREAD, the level next to it is {wanted}"
    return [
        f"{number}. bit {each.input_bit} of activations, slice {each.weight_bit} of weights, worth {each.worth}",
        f"   rows      {''.join('1' if is_on else '.' for is_on in on)}",
        f"   + column  {held[0]}  {sums[0]:6.2f}",
        f"   - column  {held[1]}  {sums[1]:6.2f}   difference{shift} = {each.current:.2f}, the MAC value is {each.mac}",
        *_search(each.looks, found),
        f"   code {each.code}, level {level}{verdict}",
    ]


def _search(looks: tuple[Look, ...], found: DotProduct) -> list[str]:
    if found.config.kind == "sar":
        return [f"   level {found.level(look.code):>3d}?  {_told(look)}" for look in looks]
    ones = sum(look.said for look in looks)
    low = max(0, min(ones - SHOWN // 2, len(looks) - SHOWN))
    part = looks[low : low + SHOWN]
    rows = {
        "level": [str(found.level(look.code)) for look in part],
        "from": [f"{look.threshold:.2f}" for look in part],
        "reached": ["yes" if look.said else "no" for look in part],
    }
    before, after = ("... " if low else ""), (" ..." if low + SHOWN < len(looks) else "")
    lines = [f"   {name:<9} {before}{' '.join(f'{each:>6}' for each in row)}{after}" for name, row in rows.items()]
    return [f"   seen      {looks[0].seen:.2f}", *lines]


def _told(look: Look) -> str:
    said = "yes" if look.said else "no"
    return f"from {look.threshold:6.2f} on (DAC {look.dac}); seen {look.seen:6.2f}: {said}"


def _cell(bit: int, is_on: bool) -> str:
    """A cell of a row that is on; what is in others does not matter."""
    return ("1" if bit else "0") if is_on else "."


def _numbers(values: tuple[int, ...]) -> str:
    return " ".join(f"{value:>2d}" for value in values)
