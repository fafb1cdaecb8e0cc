"""Resets that pass from part to part, so that none reaches across a device."""

from typing import Any

from amaranth.hdl import Cat, Module, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out


class ResetChain(wiring.Component):
    """Reset parts one after the other, and let go of them one after the other.

    In between all are reset at once for a cycle at least, so that nothing of the time before is left anywhere. The same
    happens after the reset of this component. Computes :func:`racelet.golden.lib.reset_chain.resets`.

    Parameters
    ----------
    parts : int
        How many there are.

    Members
    -------
    clear : In(1)
        Reset them.
    resets : Out(parts)
        Synchronous resets of the parts, each one cycle after the one before; registers.
    busy : Out(1)
        From the cycle after ``clear`` until ``resets`` are low, which takes
        :func:`racelet.golden.lib.reset_chain.cycles`; a register.
    coming : Out(1)
        ``busy`` will be high in the next cycle. For registers elsewhere that say the same, each where it is used.
    """

    clear: Signal
    resets: Signal
    busy: Signal
    coming: Signal

    def __init__(self, parts: int) -> None:
        self.parts = parts
        super().__init__({"clear": In(1), "resets": Out(parts), "busy": Out(1), "coming": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        clearing, busy = Signal(init=1), Signal(init=1)
        resets = Signal(self.parts, init=-1)
        m.d.comb += [
            self.resets.eq(resets),
            self.busy.eq(busy),
            self.coming.eq(self.clear | clearing | resets[:-1].any()),
        ]
        with m.If(self.clear):
            m.d.sync += clearing.eq(1)
        with m.Elif(resets.all()):
            m.d.sync += clearing.eq(0)
        m.d.sync += [resets.eq(Cat(clearing, resets)), busy.eq(self.coming)]
        return m


def gated(m: Module, outer: stream.Interface, flow: wiring.Flow, shut: Value) -> stream.Interface:
    """The stream inside a component that goes with one of its members, and moves only while the gate is open.

    Parameters
    ----------
    m : Module
        Gets the gate.
    outer : stream.Interface
        The member.
    flow : Flow
        Its direction, as the component's signature has it.
    shut : Value
        Nothing is offered or taken, on either side.

    Returns
    -------
    stream.Interface
        For the component to use in the member's place.
    """
    signature: Any = stream.Signature(outer.signature.members["payload"].shape)
    inner = (signature if flow == In else signature.flip()).create()
    source, target = (outer, inner) if flow == In else (inner, outer)
    m.d.comb += [
        target.p.eq(source.p),
        target.valid.eq(source.valid & ~shut),
        source.ready.eq(target.ready & ~shut),
    ]
    return inner
