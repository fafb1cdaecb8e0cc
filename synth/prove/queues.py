"""Of queues inside components: what waits in them, and that their counts are right."""

from collections.abc import Sequence

from amaranth.hdl import Mux, Value

from racelet.synth.prove.harness import Harness
from racelet.synth.prove.order import Item


def queued(harness: Harness, path: str, depth: int) -> list[Item]:
    """Beats in a :class:`StreamQueue`, the oldest first, after a check of what it knows of them.

    Parameters
    ----------
    harness : Harness
    path : str
        Where the queue is in the component, with a dot at its end; empty for the component itself.
    depth : int
    """
    inside, width = harness.inside, (depth - 1).bit_length()
    level, consume, produce = (inside[f"{path}{name}"] for name in ("level", "consume", "produce"))
    valid, offered = inside[f"{path}o__valid"], inside[f"{path}o__payload"]
    harness.check(f"{path}level: from the oldest to the next place", level[:width] == (produce - consume)[:width])
    harness.check(f"{path}level: never more than there is room for", level <= depth)
    flags = (inside[f"{path}some"] == (level != 0)) & (inside[f"{path}full"] == (level == depth))
    harness.check(f"{path}level: whether some wait, and whether as many as can", flags)
    harness.check(f"{path}level: none waits where none is offered", valid | (level == 0))
    kept = [(number < level, inside.peek(f"{path}memory", (consume + number)[:width])) for number in range(depth)]
    return [(valid, offered), *kept]


def buffered(harness: Harness, path: str, depth: int) -> Sequence[Item]:
    """The same of a ``SyncFIFOBuffered`` of some beats, which wait in a ring of places and, the oldest, in front of it.

    Parameters
    ----------
    harness, path, depth
        As above.
    """
    inside, places = harness.inside, depth - 1
    consume, produce, level = (inside[f"{path}{name}"] for name in ("consume", "produce", "inner_level"))
    kept = [
        (number < level, inside.peek(f"{path}storage", _wrapped(consume + number, places, len(consume))))
        for number in range(places)
    ]
    harness.check(f"{path}places: those that there are", (consume < places) & (produce < places))
    ring = consume + level
    harness.check(f"{path}level: from the oldest to the next place", produce == _wrapped(ring, places, len(ring)))
    harness.check(f"{path}level: never more than there is room for", level <= places)
    return [(inside[f"{path}r_rdy"], inside[f"{path}r_data"]), *kept]


def _wrapped(place: Value, places: int, width: int) -> Value:
    return Mux(place >= places, place - places, place)[:width]
