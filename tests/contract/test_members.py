"""The ``Members`` section of every component says what its signature says."""

import inspect
import re
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from amaranth import hdl
from amaranth.hdl import Shape, ShapeCastable, signed, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Member, Out

from tests.contract.components import FACTORIES, classes, instances, key

_NAMES: dict[str, Any] = {
    **{name: getattr(hdl, name) for name in hdl.__all__},
    **{name: getattr(data, name) for name in data.__all__},
    "data": data,
    "stream": stream,
    "wiring": wiring,
    "In": In,
    "Out": Out,
}


class Scope(Mapping[str, Any]):
    """Names that an expression in a Members section may use.

    The instance's attributes, its config's, those of the module that defines it, and Amaranth's.
    """

    def __init__(self, component: wiring.Component) -> None:
        self.component = component
        self.module = vars(inspect.getmodule(type(component)))

    def __getitem__(self, name: str) -> object:
        for source in (self.component, getattr(self.component, "config", None)):
            value = getattr(source, name, None)
            # A layout may have the name of a flag of the config.
            hidden = isinstance(value, bool) and name in self.module
            if value is not None and not hidden and name not in _ports(self.component):
                return value
        if name in self.module:
            return self.module[name]
        return _NAMES[name]

    def __iter__(self) -> Any:
        return iter(())

    def __len__(self) -> int:
        return 0


def _ports(component: wiring.Component) -> set[str]:
    return set(component.signature.members)


class Entry(NamedTuple):
    """One entry of a Members section: the expression after the colon and the description."""

    expression: str
    description: str


def documented(docstring: str) -> dict[str, Entry]:
    """Entries of the Members section, in order. A bracket left open joins the next line."""
    section = re.compile(r"^Members\n-+\n(.*?)(?=^\S[^\n]*\n-{3,}\n|\Z)", re.MULTILINE | re.DOTALL)
    match = section.search(inspect.cleandoc(docstring) + "\n")
    found: dict[str, Entry] = {}
    pending, names = "", [""]
    for line in match[1].splitlines() if match else []:
        if pending:
            pending += " " + line.strip()
        elif line and not line[0].isspace():
            pending = line
        elif found:
            last = found[names[-1]]
            found.update(dict.fromkeys(names, Entry(last.expression, f"{last.description} {line.strip()}".strip())))
        if pending and all(pending.count(a) == pending.count(b) for a, b in ("()", "[]", "{}")):
            names = pending.partition(" : ")[0].split(", ")
            for name in names:
                if name in found:
                    raise ValueError(f"{name} is documented twice")
                found[name] = Entry(pending.partition(" : ")[2], "")
            pending = ""
    if pending:
        raise ValueError(f"a bracket is never closed: {pending}")
    return found


def applies(entry: Entry, config: Any) -> bool:
    """Whether a member exists in this config: ``Only with ``field`` "value"`` at the start of its description.

    There may be more values, ``"value" or "value"``. Of a flag, the value is ``true``.
    """
    match = re.match(r'Only with ``(\w+)`` (?:("\w+"(?: or "\w+")*)|true)', entry.description)
    if match is None:
        return True
    return getattr(config, match[1]) in (re.findall(r'"(\w+)"', match[2]) if match[2] else [True])


def differences(component: wiring.Component) -> list[str]:
    """What the Members section says and the signature does not, or the other way round, as sentences."""
    members = component.signature.members
    config = getattr(component, "config", None)
    entries = documented(type(component).__doc__ or "")
    stated = {name: entry.expression for name, entry in entries.items() if applies(entry, config)}
    found = [f"{name} is a member and not documented" for name in members if name not in stated]
    found += [f"{name} is documented and no member" for name in stated if name not in members]
    if not found and list(stated) != list(members):
        found.append(f"documented in the order {list(stated)}, declared in the order {list(members)}")
    scope = Scope(component)
    for name, expression in stated.items():
        try:
            member = eval(expression, {"__builtins__": {"dict": dict, "range": range, "max": max, "min": min}}, scope)
        except (NameError, KeyError, TypeError, AttributeError, SyntaxError) as error:
            found.append(f"{name}: {expression!r} cannot be evaluated: {type(error).__name__}: {error}")
            continue
        if name in members and not _same(member, members[name]):
            found.append(f"{name} is documented as {member!r}, declared as {members[name]!r}")
    return found


def _same(a: Any, b: Any) -> bool:
    if not (isinstance(a, Member) and isinstance(b, Member)):
        return False
    if (a.flow, a.is_signature, tuple(a.dimensions)) != (b.flow, b.is_signature, tuple(b.dimensions)):
        return False
    if not a.is_signature:
        return _same_shape(a.shape, b.shape)
    first, second = a.signature, b.signature
    constants = ("always_valid", "always_ready")
    return (
        type(_unflipped(first)) is type(_unflipped(second))
        and all(getattr(first, name, None) == getattr(second, name, None) for name in constants)
        and list(first.members) == list(second.members)
        and all(_same(first.members[name], second.members[name]) for name in first.members)
    )


def _unflipped(signature: Any) -> wiring.Signature:
    return signature.flip() if isinstance(signature, wiring.FlippedSignature) else signature


def _same_shape(a: Any, b: Any) -> bool:
    if isinstance(a, ShapeCastable) or isinstance(b, ShapeCastable):
        return a == b
    return Shape.cast(a) == Shape.cast(b)


@pytest.mark.parametrize("kind", classes(), ids=key)
def test_the_members_section_is_the_signature(kind: type[wiring.Component]) -> None:
    made = instances(kind)
    assert made
    for component in made:
        found = differences(component)
        assert not found, "\n".join(found)


def test_every_factory_belongs_to_a_component() -> None:
    assert set(FACTORIES) <= {key(kind) for kind in classes()}


class Sample(wiring.Component):
    """For the tests below.

    Members
    -------
    i : In(stream.Signature(signed(sample_width)))
        Samples.
    flags : Out(
        unsigned(sample_width - 1)).array(2)
        Two.

    Examples
    --------
    None.
    """

    def __init__(self, members: dict[str, Member]) -> None:
        self.sample_width = 4
        super().__init__(members)


RIGHT = {"i": In(stream.Signature(signed(4))), "flags": Out(3).array(2)}


def test_equal_members_have_no_differences() -> None:
    assert differences(Sample(RIGHT)) == []


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"i": Out(stream.Signature(signed(4)))}, "i is documented"),
        ({"i": In(stream.Signature(unsigned(4)))}, "i is documented"),
        ({"i": In(stream.Signature(signed(4), always_ready=True))}, "i is documented"),
        ({"i": In(signed(4))}, "i is documented"),
        ({"flags": Out(3).array(3)}, "flags is documented"),
        ({"flags": Out(3)}, "flags is documented"),
        ({"flags": Out(4).array(2)}, "flags is documented"),
        ({"more": Out(1)}, "more is a member and not documented"),
    ],
)
def test_a_difference_is_found(change: dict[str, Member], named: str) -> None:
    (problem,) = differences(Sample({**RIGHT, **change}))
    assert problem.startswith(named)


def test_a_documented_name_that_is_no_member_is_found() -> None:
    assert differences(Sample({"i": RIGHT["i"]})) == ["flags is documented and no member"]


def test_another_order_is_found() -> None:
    (problem,) = differences(Sample(dict(reversed(RIGHT.items()))))
    assert "order" in problem


class Optional(wiring.Component):
    """For the test below.

    Members
    -------
    i : In(1)
        Always.
    weights : In(8)
        Only with ``store`` "stream": weights.
    """

    def __init__(self, store: str, members: dict[str, Member]) -> None:
        self.config = SimpleNamespace(store=store)
        super().__init__(members)


def test_a_member_of_one_choice_is_wanted_there_and_nowhere_else() -> None:
    both = {"i": In(1), "weights": In(8)}
    assert differences(Optional("stream", both)) == []
    assert differences(Optional("bram", {"i": In(1)})) == []
    assert differences(Optional("stream", {"i": In(1)})) == ["weights is documented and no member"]
    assert differences(Optional("bram", both)) == ["weights is a member and not documented"]
