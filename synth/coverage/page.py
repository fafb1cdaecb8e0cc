"""The coverage that is kept, as docs/verification.md shows it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from racelet.synth.coverage.run import Exempt, Reached, exemptions, is_short
from racelet.synth.records import Record

_NUMBERS = ("line", "lines", "toggle", "toggles", "unread", "constant", "exempt")
_TOGGLE = re.compile(r"toggle: (.*?)(?:\[(\d+)\])?:(0->1|1->0)")


def kept(found: Reached) -> dict[str, Any]:
    """What is kept of a component: numbers, and what was not reached where it is short of a target."""
    numbers = {name: getattr(found, name) for name in _NUMBERS}
    return numbers | {"missing": in_words(found.missing) if found.short else []}


def in_words(missing: Iterable[str]) -> list[str]:
    """Points that were not reached, the bits of a signal together.

    Examples
    --------
    >>> changes = [f"toggle: reg [7:0] left; left[{bit}]:{change}" for bit in (3, 4, 6) for change in ("0->1", "1->0")]
    >>> in_words(["line: if (full) begin else", *changes, "toggle: wire ready; ready:1->0"])
    ['line: if (full) begin else', 'reg [7:0] left; left [3-4, 6]', 'wire ready; ready [0] 1->0']
    """
    found: list[str] = []
    changes: dict[str, dict[str, set[int]]] = {}
    for point in missing:
        if match := _TOGGLE.fullmatch(point):
            changes.setdefault(match[1], {}).setdefault(match[3], set()).add(int(match[2] or 0))
        else:
            found.append(point)
    for name, by_change in changes.items():
        up, down = by_change.get("0->1", set()), by_change.get("1->0", set())
        parts = ((up & down, ""), (up - down, " 0->1"), (down - up, " 1->0"))
        found += [f"{name} [{_ranges(bits)}]{change}" for bits, change in parts if bits]
    return found


def _ranges(numbers: Iterable[int]) -> str:
    found: list[list[int]] = []
    for number in sorted(numbers):
        if found and found[-1][-1] == number - 1:
            found[-1] = [found[-1][0], number]
        else:
            found.append([number])
    return ", ".join("-".join(map(str, each)) for each in found)


def text(records: Sequence[Record], exempt: Sequence[Exempt] | None = None) -> str:
    """Tables of records, with what components below a target lack, and the exemptions.

    Parameters
    ----------
    records : sequence of Record
        Of coverage.
    exempt : sequence of Exempt, optional
        By default those of ``exempt.toml``.

    Returns
    -------
    str
        Markdown, with an empty line at either end.
    """
    lines = [""]
    for record in records:
        options = " ".join(f"--{name} {value}" for name, value in record.settings.items())
        lines += [f"`racelet coverage {record.block} --preset {record.preset} {options}`", ""]
        lines += ["| component | lines | reached | changes | reached | unread | constant | excepted |"]
        lines += ["|---|---:|---:|---:|---:|---:|---:|---:|"]
        lines += [_row(name, each) for name, each in sorted(record.components.items())]
        lines.append("")
        below = {name: each for name, each in sorted(record.components.items()) if is_short(each)}
        if below:
            lines += ["What is not reached where a component is short:", ""]
            lines += [f"- `{name}`: `{one}`" for name, each in below.items() for one in each["missing"]]
            lines.append("")
    lines += ["What is excepted, and why:", "", "| component | what | why |", "|---|---|---|"]
    for each in exemptions() if exempt is None else exempt:
        component, what = (cell.replace("|", "\\|") for cell in (each.component, each.what))
        lines.append(f"| `{component}` | {each.kind} `{what}` | {each.reason} |")
    return "\n".join([*lines, "", ""])


def _row(name: str, each: Mapping[str, Any]) -> str:
    lines, changes = (_share(each[part], each[whole]) for part, whole in (("line", "lines"), ("toggle", "toggles")))
    left_out = (str(each[name]) for name in ("unread", "constant", "exempt"))
    return f"| {' | '.join([f'`{name}`', str(each['lines']), lines, str(each['toggles']), changes, *left_out])} |"


def _share(part: int, whole: int) -> str:
    # Rounded down, so that 100.0 % is all.
    return f"{1000 * part // whole / 10:.1f} %" if whole else "-"
