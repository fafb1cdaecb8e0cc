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
        Given the module around it, for registers of its own, and the component; returns what holds in every cycle.

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
            inside, outside = Value.cast(getattr(self.inner, name)), Value.cast(getattr(self, name))
            m.d.comb += outside.eq(inside) if member.flow == Out else inside.eq(outside)
        m.d.comb += self.promised.eq(self._promise(m, self.inner))
        return m
