"""Of register slices: their two places are used in turn, and what the second one holds."""

from collections.abc import Collection

from amaranth.hdl import Cat, Mux, Value

from racelet.synth.prove.harness import Harness


def in_turn(harness: Harness, without: Collection[str] = ()) -> None:
    """Show of every :class:`StreamSlice` in a component that its places are used in turn; what it offers stays so.

    Parameters
    ----------
    harness : Harness
    without : collection of str
        Submodules that are left out.
    """
    inside = harness.inside
    for path in inside.paths("coming", "offered", "place_0", "place_1"):
        if path.partition(".")[0] not in without:
            coming, offered, full, valid = (
                inside[f"{path}{name}"] for name in ("coming", "offered", "full", "o__valid")
            )
            harness.check(f"{path}places: used in turn", coming == (offered ^ (valid & ~full)))
            harness.check(f"{path}places: the second only behind the first", ~full | valid)
            written = Mux(full, 0, Cat(~coming, coming))
            harness.check(f"{path}places: written where the next beat belongs", inside[f"{path}writing"] == written)


def behind(harness: Harness, path: str = "", *, registered: bool = False) -> tuple[Value, Value]:
    """The second beat in a :class:`StreamSlice`.

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
    full = inside[f"{path}full"]
    if registered:
        harness.check(f"{path}full: only behind a beat that is offered", ~full | inside[f"{path}o__valid"])
        return full, inside[f"{path}waiting"]
    return full, Mux(inside[f"{path}offered"], inside[f"{path}place_0"], inside[f"{path}place_1"])
