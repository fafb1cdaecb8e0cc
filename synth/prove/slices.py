"""What a register slice holds behind the beat that it offers."""

from amaranth.hdl import Mux, Value

from racelet.synth.prove.harness import Harness


def behind(harness: Harness, path: str = "", *, registered: bool = False) -> tuple[Value, Value]:
    """The second beat in a :class:`StreamSlice`; shows that its two places are used in turn.

    Parameters
    ----------
    harness : Harness
    path : str
        Where the slice is in the component, with a dot at its end; empty for the component itself.
    registered : bool
        See :class:`StreamSlice`.

    Returns
    -------
    (Value, Value)
        Whether there is a second beat, and the beat.
    """
    inside = harness.inside
    harness.check(f"{path}full: only behind a beat that is offered", ~inside[f"{path}full"] | inside[f"{path}o__valid"])
    if registered:
        return inside[f"{path}full"], inside[f"{path}waiting"]
    coming, offered, full, valid = (inside[f"{path}{name}"] for name in ("coming", "offered", "full", "o__valid"))
    harness.check(f"{path}places: used in turn", coming == (offered ^ (valid & ~full)))
    return full, Mux(offered, inside[f"{path}place_0"], inside[f"{path}place_1"])
