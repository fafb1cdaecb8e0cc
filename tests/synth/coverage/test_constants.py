from amaranth.hdl import Const, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.data import StructLayout, View
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from racelet.synth.coverage.constants import constant_bits
from racelet.synth.coverage.unread import unread_bits
from racelet.synth.mutate.mutants import to_rtlil

FIELDS = StructLayout({"low": 2, "high": 2, "other": 4})


class Doubler(wiring.Component):
    """Reads one field of a layout."""

    fields: View
    o: Signal

    def __init__(self) -> None:
        super().__init__({"fields": In(FIELDS), "o": Out(3)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        doubled = Signal(3)
        m.d.comb += doubled.eq(self.fields.low << 1)
        m.d.sync += self.o.eq(doubled)
        return m


class Bits(wiring.Component):
    """Counts to five and around, keeps a bit of the input, remembers bytes; some of it is for nothing."""

    i: Signal
    fields: View
    o: Signal

    def __init__(self) -> None:
        super().__init__({"i": In(4), "fields": In(FIELDS), "o": Out(16)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        count = Signal(3)
        following = Signal(4)
        kept = Signal(4)
        unused = Signal(4)
        pinned = Signal(2, init=2)
        m.d.comb += following.eq(count + 1)
        m.d.sync += [count.eq(following), kept.eq(self.i), unused.eq(self.i), pinned.eq(Const(2, 2))]
        with m.If(count == 4):
            m.d.sync += count.eq(0)
        m.submodules.memory = memory = Memory(shape=4, depth=4, init=[])
        m.submodules.doubler = doubler = Doubler()
        read, write = memory.read_port(), memory.write_port()
        m.d.comb += [
            doubler.fields.eq(self.fields),
            read.addr.eq(kept),
            write.addr.eq(kept),
            write.en.eq(1),
            self.o.eq(following + kept + pinned + read.data + (doubler.o << 4)),
        ]
        return m


NETLIST = to_rtlil(Bits())


def constant(*wanted: tuple[str, int], still: tuple[tuple[str, int], ...] = ()) -> set[tuple[str, int]]:
    return constant_bits(NETLIST, "top", wanted, still=still)


def test_a_bit_that_no_state_that_is_ever_reached_sets_is_constant() -> None:
    assert constant(("following", 3), ("following", 2), ("count", 2), ("o", 7)) == {("following", 3)}


def test_a_register_that_keeps_its_one_is_constant() -> None:
    assert constant(("pinned", 0), ("pinned", 1)) == {("pinned", 0), ("pinned", 1)}


def test_what_a_memory_or_another_module_gives_is_not_constant() -> None:
    assert constant(("read_data", 3), ("doubler__o", 2), ("memory__r_data", 3)) == set()


def test_what_follows_from_an_input_that_stays_is_constant() -> None:
    assert constant(("kept", 3), ("i", 3)) == set()
    assert constant(("kept", 3), ("kept", 2), still=(("i", 3),)) == {("kept", 3)}


def test_from_what_cannot_stay_zero_nothing_follows() -> None:
    assert constant(("following", 3), still=(("pinned", 1),)) == set()


def test_a_proof_that_takes_too_long_proves_nothing() -> None:
    assert constant_bits(NETLIST, "top", [("following", 3)], still=(), seconds=0.0) == set()


def test_bits_that_nothing_depends_on_are_found_through_registers_and_modules() -> None:
    unread = unread_bits(NETLIST)
    assert {("unused", bit) for bit in range(4)} <= unread["top"]
    assert ("fields.high", 0) in unread["top"]
    assert ("fields.other", 3) in unread["top"]
    named = {name for name, _ in unread["top"]}
    assert named.isdisjoint({"kept", "count", "pinned", "fields.low", "o", "i"})
    assert ("fields.high", 1) in unread["top.doubler"]
    assert ("fields.low", 1) not in unread["top.doubler"]
