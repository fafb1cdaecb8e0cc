"""What holds for every memory: what is read is what was written last."""

from amaranth.hdl import Mux, Value

from racelet.synth.prove.harness import Harness


class Watched:
    """A place of a memory, any one, and what was written there last.

    Parameters
    ----------
    harness : Harness
    name : str
        Begins the names of the properties.
    written : Value
        The place is written in this cycle.
    value : Value
        With that.
    """

    def __init__(self, harness: Harness, name: str, written: Value, value: Value) -> None:
        self._harness = harness
        self._name = name
        self.known = harness.register("known", 1)
        self.value = harness.register("value", len(Value.cast(value)))
        harness.update(self.known, self.known | written)
        harness.update(self.value, Mux(written, Value.cast(value), self.value))

    def is_kept(self, content: Value) -> None:
        """Show that the memory holds it at its place."""
        self._harness.check(f"{self._name}: holds what was written last", ~self.known | (content == self.value))

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
        read, expected = harness.register("read", 1), harness.register("expected", len(self.value))
        harness.update(read, Mux(enable, self.known & here, read))
        harness.update(expected, Mux(enable, self.value, expected))
        harness.check(f"{self._name}: what is read was written last", ~read | (Value.cast(given) == expected))
        harness.cover(f"{self._name}: what was written is read", read)
