"""AXI4-Stream: the interface, and the one that each stream of a component becomes at the edge of a shell."""
# Ref: Arm, "AMBA AXI-Stream Protocol Specification", IHI 0051.

from collections.abc import Collection

from amaranth.hdl import Shape
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out


class AxiStreamSignature(wiring.Signature):
    """AXI4-Stream as the transmitter sees it: ``tdata``, ``tvalid``, ``tready`` and, where asked for, ``tlast``.

    Parameters
    ----------
    width : int
        Bits of a beat; ``tdata`` has them rounded up to whole bytes.
    last : bool
        Whether there is a ``tlast``.
    """

    separator = "_"

    def __init__(self, width: int, *, last: bool) -> None:
        self.width = width
        self.last = last
        members = {"tdata": Out(-(-width // 8) * 8), "tvalid": Out(1), "tready": In(1)}
        super().__init__({**members, "tlast": Out(1)} if last else members)


class AxiStreamGroup(wiring.Signature):
    """Several AXI4-Streams, as their transmitter sees them: ``i`` of a group ``s_axis`` has ``s_axis_i_tdata``.

    Parameters
    ----------
    streams : mapping of str to AxiStreamSignature
    """

    separator = "_"

    def __init__(self, streams: dict[str, AxiStreamSignature]) -> None:
        super().__init__({name: Out(signature) for name, signature in streams.items()})


def stream_widths(signature: wiring.Signature, flow: wiring.Flow, without: Collection[str] = ()) -> dict[str, int]:
    """Bits of the payload of every stream of a component in one direction, by name.

    Parameters
    ----------
    signature : Signature
        Of the component.
    flow : In or Out
    without : collection of str
        Streams to leave out.

    Examples
    --------
    >>> streams = {"i": In(stream.Signature(8)), "go": In(1), "o": Out(stream.Signature(8))}
    >>> stream_widths(wiring.Signature(streams), In)
    {'i': 8}
    """
    return {
        name: Shape.cast(member.signature.members["payload"].shape).width
        for name, member in signature.members.items()
        if member.is_signature
        and isinstance(member.signature, stream.Signature)
        and member.flow is flow
        and name not in without
    }
