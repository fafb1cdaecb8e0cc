"""What holds for every memory: what is read is what was written last."""

from amaranth.hdl import Cat, Mux, Value

from racelet.synth.prove.harness import Harness


class Watched:
    """A place of a memory, any one, and what was written there last.

    Parameters
    ----------
    harness : Harness
    name : str
        Begins the names of the properties.
    written : Value
        Which parts of the place are written in this cycle, one bit for each.
    value : Value
        With that; all parts of one width.
    """

    def __init__(self, harness: Harness, name: str, written: Value, value: Value) -> None:
        self._harness = harness
        self._name = name
        self._part = len(value) // len(written)
        self.known = harness.register("known", len(written))
        self.value = harness.register("value", len(value))
        harness.update(self.known, self.known | written)
        mask = self._mask(written)
        harness.update(self.value, (self.value & ~mask) | (value & mask))

    def is_kept(self, content: Value) -> None:
        """Show that the memory holds it at its place."""
        same = ((content ^ self.value) & self._mask(self.known)) == 0
        self._harness.check(f"{self._name}: holds what was written last", same)

    def is_read(self, enable: Value, here: Value, given: Value) -> None:
        """Show that it is given a cycle after it was asked for, and until something else is.

        Parameters
        ----------
        enable, here : Value
            Something is asked for in this cycle, and it is this place.
        given : Value
            What the memory gives out.
        """
        harness = self._harness
        read, expected = harness.register("read", len(self.known)), harness.register("expected", len(self.value))
        harness.update(read, Mux(enable, Mux(here, self.known, 0), read))
        harness.update(expected, Mux(enable, self.value, expected))
        same = ((given ^ expected) & self._mask(read)) == 0
        harness.check(f"{self._name}: what is read was written last", same)
        harness.cover(f"{self._name}: what was written is read", read.any())

    def _mask(self, parts: Value) -> Value:
        return Cat(part.replicate(self._part) for part in parts)
