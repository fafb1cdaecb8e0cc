"""What holds for every stream: a beat that was offered stays until it is taken."""

import dataclasses
from collections.abc import Mapping

from amaranth.hdl import Cat, Const, Value
from amaranth.lib import wiring

from racelet.hw.lib.verilog import Direction, ports_with_values
from racelet.synth.prove.harness import Harness


@dataclasses.dataclass(frozen=True, kw_only=True)
class Channel:
    """A stream of a component, or a channel of one of its AXI interfaces.

    Parameters
    ----------
    name : str
        Common part of the names of its ports.
    direction : {"in", "out"}
        Direction of the beats, as the component sees it.
    valid, ready : Value
        Constant one where there is no such port.
    payload : Value
        All that accompanies ``valid``.
    """

    name: str
    direction: Direction
    valid: Value
    ready: Value
    payload: Value

    @property
    def moves(self) -> Value:
        """A beat is taken."""
        return self.valid & self.ready

    @property
    def waits(self) -> Value:
        """A beat is offered and not taken."""
        return self.valid & ~self.ready


def channels(component: wiring.Component) -> tuple[Channel, ...]:
    """Every handshake of a component.

    Examples
    --------
    >>> from racelet.hw.lib.stream_slice import StreamSlice
    >>> [(channel.name, channel.direction) for channel in channels(StreamSlice(8))]
    [('i', 'in'), ('o', 'out')]
    """
    ports = {port.name: value for port, value in ports_with_values(component)}
    found: list[Channel] = []
    for port, valid in ports_with_values(component):
        name = port.name
        if name == "valid" or not name.endswith("valid"):
            continue
        prefix = name.removesuffix("valid")
        ready = ports.get(f"{prefix}ready", Const(1))
        payload = Cat(
            value
            for other, value in ports.items()
            if other.startswith(prefix) and other not in {name, f"{prefix}ready"}
        )
        found.append(
            Channel(name=prefix.rstrip("_"), direction=port.direction, valid=valid, ready=ready, payload=payload)
        )
    return tuple(found)


def hold(harness: Harness, forgets: Value, drops: Mapping[str, Value], meaning: Mapping[str, Value]) -> None:
    """Assume of every input, and show of every output, that a beat stays until it is taken; show that beats can move.

    Parameters
    ----------
    harness : Harness
    forgets : Value
        The component may take back what it offered, and its surroundings too, in this cycle and the next; so after a
        clear.
    drops : Mapping[str, Value]
        Likewise, of a stream, by its name.
    meaning : Mapping[str, Value]
        What of a stream's payload means something, where it is not all.
    """
    for channel in channels(harness.component):
        forgot = forgets | drops.get(channel.name, Const(0))
        excused = harness.cleared | forgot | harness.past(forgot)
        waited = harness.past(channel.waits)
        stays = ~waited | excused | channel.valid
        meant = meaning.get(channel.name, channel.payload)
        same = ~waited | excused | ~channel.valid | (meant == harness.past(meant))
        if channel.direction == "in":
            harness.assume(f"{channel.name}: a beat stays, unchanged, until it is taken", stays & same)
        else:
            harness.check(f"{channel.name}: valid stays until ready", stays)
            harness.check(f"{channel.name}: the payload stays until ready", same)
        harness.cover(f"{channel.name}: a beat moves", channel.moves)
