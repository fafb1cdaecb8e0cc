"""Properties of a lane."""

from amaranth.hdl import Cat, Mux, Value

from racelet.hw.bitlet.lane import Lane
from racelet.synth.prove.harness import Harness
from racelet.synth.prove.subject import Subject

WINDOW = 4


def lane(harness: Harness, dut: Lane) -> None:
    """A digit that came is taken once, or left behind by a clear; the harness follows any one of them."""
    count = sum(dut.column[1:], dut.column[0])
    harness.assume("count: of the column's digits", dut.count == count)
    harness.assume("begin: only where nothing is left behind", ~dut.begin | dut.ends)
    harness.assume("take_first: only where there is one", ~dut.take_first | dut.some)
    harness.assume("take_last: only where there are several", ~dut.take_last | dut.several)
    digits, left = harness.inside["digits"], harness.inside["left"]
    here = sum(digits[1:], digits[0])
    harness.check("left: as many as there are", left == here)
    flags = Cat(dut.some == (here != 0), dut.several == (here > 1), harness.inside["two"] == (here == 2))
    harness.check("left: whether one is, two are, more are", flags.all())
    for name, taken in (("first", dut.first), ("last", dut.last)):
        ones = sum(taken[1:], taken[0])
        harness.check(f"{name}: one of the digits, if there is any", (ones == (here != 0)) & ((taken & ~digits) == 0))
    harness.check("first, last: two where there are several", ~dut.several | (dut.first != dut.last))
    which = harness.constant("which", (WINDOW - 1).bit_length())
    waits = harness.register("waits", 1)
    gone = _bit(dut.first & dut.take_first.replicate(WINDOW) | dut.last & dut.take_last.replicate(WINDOW), which)
    following = Mux(dut.begin, _bit(dut.column, which), waits & ~gone)
    harness.update(waits, ~harness.clear & following)
    harness.check("digits: those that came and were not taken", _bit(digits, which) == waits)
    rest = here - (dut.take_first + dut.take_last)
    harness.check("ends: where nothing is left", dut.ends == (rest == 0))


def _bit(word: Value, place: Value) -> Value:
    return word.bit_select(place, 1)


SUBJECTS = [
    Subject(block="bitlet", name="lane", make=lambda: Lane(WINDOW), describe=lane),
]
