"""What holds for everything between two streams: nothing is lost, repeated or put out of order."""
# Ref: Wolper, "Expressing interesting properties of programs in propositional temporal logic", POPL 1986: for a
# component that does not look at its data, one marked item, chosen by nobody, stands for all.

from collections.abc import Iterable, Sequence

from amaranth.hdl import Cat, Const, Mux, Value

from racelet.synth.prove.harness import Harness

Item = tuple[Value, Value]
"""Whether there is an item, and the item."""

Gate = Value
"""Between two places: whether an item passes from those behind it to those ahead of it in this cycle."""

COUNT = 8
"""Bits of the count of items inside."""


class Queue:
    """Whatever takes in items and gives them out in the same order, some at a time.

    The harness counts the items inside, and marks any one of them as it comes: what is marked must leave when all that
    came before it have left, and as it was.

    Parameters
    ----------
    harness : Harness
    name : str
        Begins the names of the properties.
    entries, exits : sequence of Item
        Items that come and go in this cycle, the first one first: if there is one, there are all before it.
    places : sequence of Item or Gate
        Where items are kept, the oldest first; places may be empty in between. Items that pass a gate are counted there
        too, and so the places from gate to gate by themselves: a solver is slow to see that a long sum stays the same
        when all its terms move on.
    forgets : Value
        All items inside are forgotten in this cycle, those that come too; so by a clear.

    Attributes
    ----------
    inside : Value
        Items inside, as the harness counts them.
    """

    def __init__(
        self,
        harness: Harness,
        name: str,
        entries: Sequence[Item],
        exits: Sequence[Item],
        places: Sequence[Item | Gate],
        forgets: Value | None = None,
    ) -> None:
        self._harness = harness
        gone = harness.clear if forgets is None else harness.clear | forgets
        self.inside = inside = harness.register("inside", COUNT)
        come, left = _count(here for here, _ in entries), _count(here for here, _ in exits)
        harness.update(inside, Mux(gone, 0, inside + come - left))
        placed, counted = self._placed(places, gone, left)
        harness.check(f"{name}: as many are inside as came and did not leave", counted)
        harness.check(f"{name}: none leaves that did not come", left <= inside + come)
        self._follow(name, entries, exits, placed, gone, left)

    def _placed(
        self, places: Sequence[Item | Gate], gone: Value, left: Value
    ) -> tuple[list[tuple[Value, Item]], Value]:
        """How many items are ahead of each place; whether there are as many in all of them as inside."""
        before: Value = Const(0, COUNT)
        placed: list[tuple[Value, Item]] = []
        same: list[Value] = []
        for each in places:
            if isinstance(each, Value):
                ahead = self._harness.register("passed", COUNT)
                self._harness.update(ahead, Mux(gone, 0, ahead + each - left))
                same.append(before == ahead)
                before = ahead
            else:
                placed.append((before, each))
                before = (before + each[0])[:COUNT]
        return placed, Cat(*same, before == self.inside).all()

    def _follow(
        self,
        name: str,
        entries: Sequence[Item],
        exits: Sequence[Item],
        placed: Sequence[tuple[Value, Item]],
        gone: Value,
        left: Value,
    ) -> None:
        harness = self._harness
        which = harness.anything(f"mark_{name}", (len(entries)).bit_length())
        followed, ahead = harness.register("followed", 1), harness.register("ahead", COUNT)
        item = harness.register("item", max(len(value) for _, value in entries))
        marks: Value = Const(0)
        place: Value = ahead
        value: Value = item
        for number, (here, each) in enumerate(entries):
            now = here & (which == number) & ~followed
            marks |= now
            place = Mux(now, self.inside + number, place)
            value = Mux(now, each, value)
        active = followed | marks
        leaves = active & (place < left)
        harness.update(followed, active & ~leaves & ~gone)
        harness.update(ahead, place - left)
        harness.update(item, value)
        same = Cat(~here | (place != number) | (each == value) for number, (here, each) in enumerate(exits)).all()
        harness.check(f"{name}: each leaves in its turn and as it came", ~active | same)
        harness.check(f"{name}: what has not left is inside", ~followed | (ahead < self.inside))
        there = Cat(~here | (before != ahead) | (each == item) for before, (here, each) in placed).all()
        harness.check(f"{name}: what has not left is in its place", ~followed | there)
        harness.cover(f"{name}: one leaves", leaves)


def _count(bits: Iterable[Value]) -> Value:
    total: Value = Const(0, COUNT)
    for bit in bits:
        total = (total + bit)[:COUNT]
    return total
