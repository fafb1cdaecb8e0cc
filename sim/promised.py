"""A component with what its surroundings promise, as an output."""

from collections.abc import Callable
from typing import Any

from amaranth.hdl import Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import Out

from racelet.sim.mutants import PROMISED


class Promised(wiring.Component):
    """Tell beside a component's outputs whether its inputs keep to what its contract asks of them.

    The bench checks that they do; a proof that a mutant is equivalent looks only at runs in which they do.

    Parameters
    ----------
    inner : Component
    promise : callable
        Given a module for registers of its own, on which a proof's facts may depend, and the component; returns what
        holds in every cycle.

    Members
    -------
    promised : Out(1)
        It holds.
    """

    promised: Signal

    def __init__(self, inner: wiring.Component, promise: Callable[[Module, Any], Value]) -> None:
        self.inner: Any = inner
        self._promise = promise
        super().__init__({**dict(inner.signature.members), PROMISED: Out(1)})

    def elaborate(self, platform: object) -> Module:
        """Wire it up."""
        m = Module()
        m.submodules.inner = self.inner
        for name, member in self.inner.signature.members.items():
            inside, outside = getattr(self.inner, name), getattr(self, name)
            if member.is_signature:
                wiring.connect(m, wiring.flipped(outside), inside)
            else:
                inside, outside = Value.cast(inside), Value.cast(outside)
                m.d.comb += outside.eq(inside) if member.flow == Out else inside.eq(outside)
        m.submodules.promise = promise = Module()
        m.d.comb += self.promised.eq(self._promise(promise, self.inner))
        return m
