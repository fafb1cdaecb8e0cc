"""What Verilator writes about coverage: points in the Verilog text, and how often each was reached."""
# Ref: Verilator manual, "Coverage Data Format": fields between the characters 1 and 2, one point a line.

import dataclasses
import re
from collections.abc import Mapping
from typing import Literal

Kind = Literal["line", "toggle"]
Bit = tuple[str, int]
"""Name of a signal in its module, and the number of the bit."""
_FIELD = re.compile("\x01([^\x02]*)\x02([^\x01']*)")


@dataclasses.dataclass(frozen=True, kw_only=True, order=True)
class Point:
    """Something that can be reached.

    Parameters
    ----------
    module : str
        Of the Verilog.
    kind : {"line", "toggle"}
        A line (a branch included), or a bit that changes.
    line : int
        Of the Verilog text.
    what : str
        The bit and the direction of its change, or the branch.
    """

    module: str
    kind: Kind
    line: int
    what: str

    @property
    def bit(self) -> Bit:
        """The bit whose change a point of kind "toggle" is.

        Examples
        --------
        >>> Point(module="top", kind="toggle", line=1, what="i___05Fpayload[7]:0->1").bit
        ('i__payload', 7)
        """
        name, _, _ = self.what.rpartition(":")
        match = re.fullmatch(r"(.*?)(?:\[(\d+)\])?", name)
        coded, number = (match[1], match[2]) if match else (name, None)
        # Verilator writes characters that C++ names cannot have, and two underscores, by their codes.
        return re.sub("__0([0-9A-Fa-f]{2})", lambda code: chr(int(code[1], 16)), coded), int(number or 0)


def read(text: str) -> dict[Point, int]:
    r"""Points of a ``coverage.dat`` with their counts; several instances of a module are one.

    Examples
    --------
    >>> line = "C '\x01f\x02top.v\x01l\x027\x01t\x02toggle\x01page\x02v_toggle/top\x01o\x02full[0]:0->1\x01h\x02top' 3"
    >>> read(line)
    {Point(module='top', kind='toggle', line=7, what='full[0]:0->1'): 3}
    """
    found: dict[Point, int] = {}
    for line in text.splitlines():
        if not line.startswith("C '"):
            continue
        description, _, count = line.rpartition(" ")
        fields = dict(_FIELD.findall(description))
        page, _, module = fields["page"].partition("/")
        kind: Kind = "toggle" if page.startswith("v_toggle") else "line"
        point = Point(module=module, kind=kind, line=int(fields["l"]), what=fields.get("o", ""))
        found[point] = found.get(point, 0) + int(count)
    return found


def share(points: Mapping[Point, int], kind: Kind) -> tuple[int, int]:
    """How many points of a kind were reached, and how many there are.

    Examples
    --------
    >>> share({Point(module="top", kind="line", line=1, what=""): 2}, "line")
    (1, 1)
    """
    counts = [count for point, count in points.items() if point.kind == kind]
    return sum(count > 0 for count in counts), len(counts)
