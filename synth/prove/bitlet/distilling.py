"""Properties of the distiller: what its lanes are asked for, which windows they work on, when a sum is whole."""

from amaranth.hdl import Cat

from racelet.golden.bitlet.config import BitletConfig
from racelet.hw.bitlet.distiller import Distiller
from racelet.hw.bitlet.layouts import window_state
from racelet.synth.prove.harness import Harness
from racelet.synth.prove.order import Item, Queue
from racelet.synth.prove.subject import Subject

CONFIG = BitletConfig(formats=("int3",), window=4, lanes=3, load=2, terms=7)


def distiller(harness: Harness, dut: Distiller) -> None:
    """Lanes get what they need, no digit goes to two of them, and every dot product has its sums behind its end."""
    coming = harness.inside.view("coming", window_state(dut.config))
    many = ~dut.i.valid | (coming.part != dut.parts - 1) | dut.i.p.ends
    harness.assume("i: a window has no more parts than it can have", many)
    distilling(harness, dut.config)
    harness.check("i: taken where no window waits for lanes", dut.i.ready == ~coming.there)
    closes = dut.i.valid & dut.i.ready & dut.i.p.ends & dut.i.p.last
    *ends, (there, _) = dot_products(harness, dut.config)
    Queue(
        harness,
        "sums",
        entries=[(closes, coming.dot)],
        exits=[ends[0]],
        places=[*ends, (there, coming.dot)],
    )
    ended = harness.past(harness.inside["ends"][-1])
    harness.check("o: sums are there behind the end of a dot product", dut.o.valid == (ended & ~harness.cleared))


def distilling(harness: Harness, config: BitletConfig, path: str = "") -> None:
    """What holds of the lanes and of the two windows that they work on, of one ring.

    Parameters
    ----------
    harness : Harness
    config : BitletConfig
    path : str
        Names of the submodules in which the distiller is, each with a dot behind.
    """
    inside, count, load, layout = harness.inside, config.used_lanes, config.load, window_state(config)
    parts = config.window // load
    coming, before = (inside.view(f"{path}{name}", layout) for name in ("coming", "before"))
    ahead, ups, downs = (inside[f"{path}{name}"] for name in ("ahead", "ups", "downs"))
    unended = inside[f"{path}unended"]
    harness.check("coming: its next part is one of a window", coming.part < parts)
    harness.check("coming: no part is to come where it is there", ~coming.there | (coming.part == 0))
    harness.check("ahead: only where a window has come", coming.there | (ahead == 0))
    harness.check("ahead: never all lanes", ~ahead.all())
    harness.check("halves: of the window before and of the one that comes", ~unended | (coming.half != before.half))
    for number in range(count):
        lane = f"{path}lane_{number}."
        some, several, ends = (inside[f"{lane}{name}"] for name in ("some", "several", "ends"))
        begin, first, last = (inside.nth(f"{path}{name}", number) for name in ("begin", "take_first", "take_last"))
        column, digits = inside[f"{path}column_{number}"], inside.nth(f"{path}count", number)
        left = inside[f"{lane}left"]
        flags = Cat(some, several, inside[f"{lane}two"], inside[f"{lane}more"])
        harness.check(f"lane {number}: knows what is left", flags == Cat(left != 0, left > 1, left == 2, left > 2))
        harness.check(f"lane {number}: begins only where nothing is left", ~begin | (ends & (first == some)))
        harness.check(f"lane {number}: begins one window once", ~begin | (coming.there & ~ahead[number]))
        harness.check(f"lane {number}: its first digit is taken where there is one", ~first | some)
        harness.check(f"lane {number}: its last digit is taken where there are several", ~last | several)
        thieves = ups[(number - 1) % count], downs[(number + 1) % count]
        harness.check(f"lane {number}: no digit is taken by two", ~(thieves[0] & thieves[1]))
        harness.check(f"lane {number}: has none of a window that has ended", ahead[number] | unended | ~some)
        harness.check(f"lane {number}: as many digits come as are in its column", digits == sum(column[1:], column[0]))
        missing = [
            (coming.part == 0) | (coming.part > part) | (column.word_select(part, load) == 0) for part in range(parts)
        ]
        harness.check(f"lane {number}: parts that have not come have no digits", Cat(missing).all())
        kept = inside[f"{path}kept_{number}"]
        # What is kept of a lane's choice: whose digit, and behind it the halves of the memory and of the sums.
        reads, half = kept[:3].any(), kept[-2]
        unread = (coming.part == 0) | ~reads | (half != coming.half)
        harness.check(f"lane {number}: a partner is read before it is written over", unread)
        harness.cover(f"lane {number}: takes another's last digit", ups[number] | downs[number])


def dot_products(harness: Harness, config: BitletConfig, path: str = "") -> list[Item]:
    """Dot products whose last window is there, the oldest first, with the half of the sums that they have."""
    inside = harness.inside
    coming, before = (inside.view(f"{path}{name}", window_state(config)) for name in ("coming", "before"))
    ends, dots = inside[f"{path}ends"], inside[f"{path}dots"]
    return [
        *((ends[age], dots[age]) for age in reversed(range(4))),
        (inside[f"{path}unended"] & before.last, before.dot),
        (coming.there & coming.last, coming.dot),
    ]


SUBJECTS = [
    Subject(block="bitlet", name="distiller", make=lambda: Distiller(CONFIG), describe=distiller, reach=16),
]
