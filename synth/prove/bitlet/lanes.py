"""Properties of a lane."""

from amaranth.hdl import Cat, Mux, Value
from amaranth.lib.data import View

from racelet.hw.bitlet.lane import Lane
from racelet.synth.prove.harness import Harness
from racelet.synth.prove.subject import Subject

WINDOW, LOAD = 4, 2


def lane(harness: Harness, dut: Lane) -> None:
    """A digit that came is taken once, or left behind by a clear; the harness follows any one of them."""
    count = sum(dut.column[1:], dut.column[0])
    harness.assume("count: of the column's digits", dut.count == count)
    harness.assume("begin: only where nothing is left behind", ~dut.begin | (dut.ends & (dut.take_first == dut.some)))
    harness.assume("take_first: only where there is one", ~dut.take_first | dut.some)
    harness.assume("take_last: only where there are several", ~dut.take_last | dut.several)
    inside = harness.inside
    rest, left = inside["rest"], inside["left"]
    first, last = (Mux(there, _ones(place), 0) for there, place in ((dut.some, dut.first), (dut.several, dut.last)))
    digits = rest | first | last
    here = sum(digits[1:], digits[0])
    harness.check("left: as many as there are", left == here)
    counts = Cat(dut.some == (here != 0), dut.several == (here > 1))
    flags = Cat(inside["two"] == (here == 2), inside["more"] == (here > 2))
    harness.check("left: whether one is, two are, more are", counts.all() & flags.all())
    for name, there, place in (("first", dut.some, dut.first.place), ("last", dut.several, dut.last.place)):
        harness.check(f"{name}: one digit", ~there | (sum(place[1:], place[0]) == 1))
    harness.check("first, last, rest: no digit twice", ((first & last) | (rest & (first | last))) == 0)
    harness.check("first: none is before it", ~dut.some | (((first - 1) & digits) == 0))
    harness.check("last: none is behind it", ~dut.several | (digits < (last << 1)))
    which = harness.constant("which", (WINDOW - 1).bit_length())
    waits = harness.register("waits", 1)
    gone = _bit(first & dut.take_first.replicate(WINDOW) | last & dut.take_last.replicate(WINDOW), which)
    following = Mux(dut.begin, _bit(dut.column, which), waits & ~gone)
    harness.update(waits, ~harness.clear & following)
    harness.check("digits: those that came and were not taken", _bit(digits, which) == waits)
    harness.check("ends: where nothing is left", dut.ends == (here <= dut.some + dut.take_last))


def _ones(place: View) -> Value:
    """A one in a window, where a place is."""
    return Cat(place.place & (place.part == part).replicate(LOAD) for part in range(WINDOW // LOAD))


def _bit(word: Value, place: Value) -> Value:
    return word.bit_select(place, 1)


SUBJECTS = [
    Subject(block="bitlet", name="lane", make=lambda: Lane(WINDOW, LOAD), describe=lane),
]
