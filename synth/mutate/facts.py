"""Candidates for the facts of a proof that a mutant is equivalent.

A fact is SMT-LIB text over registers of the unbroken component, ``|g@:name|``, and of the mutant, ``|m@:name|``, with
the place of the cycle, ``@``, left open; ``|one:name|`` is the value 1 in the sort of a one-bit register.
"""

import itertools
import re
from collections.abc import Iterable, Mapping

_MOST_CONDITIONS = 24
"""One-bit registers that a fact may depend on."""
_MOST_PAIRED = 12
"""One-bit registers whose pairs are looked at."""
_SHORT = 6
"""Width of the longest register whose values are looked at, one by one."""
_LONG = 64
"""Width of the longest register whose bits are looked at, one by one."""
_MOST_BITS_PAIRED = 16
"""Width of the longest register whose pairs of bits are looked at."""


def conditional(states: Mapping[str, str], lost: Iterable[str]) -> list[str]:
    """Facts of registers that are not always equal: where one-bit registers have a value, and bit by bit.

    Parameters
    ----------
    states : mapping of str to str
        Sorts of all registers.
    lost : iterable of str
    """
    names = list(lost)
    bits = [name for name, sort in states.items() if width_of(sort) == 1][:_MOST_CONDITIONS]
    found = [equal(name, bit, value) for name in names for bit in bits if bit != name for value in (0, 1)]
    return found + [fact for name in names for fact in _equal_bits(name, width_of(states[name]))]


def unreached(states: Mapping[str, str]) -> list[str]:
    """Facts of the unbroken component alone: values that short registers, and pairs of single bits, never have."""
    facts = [
        f"(not (= |g@:{name}| #b{value:0{width_of(sort)}b}))"
        for name, sort in states.items()
        if 1 < width_of(sort) <= _SHORT
        for value in range(1 << width_of(sort))
    ]
    bits = [name for name, sort in states.items() if width_of(sort) == 1][:_MOST_PAIRED]
    for first, second in itertools.combinations(bits, 2):
        for low, high in itertools.product((False, True), repeat=2):
            one, other = _is_one(first, low), _is_one(second, high)
            facts.append(f"(not (and {one} {other}))")
    return facts


def width_of(sort: str) -> int:
    """Bits of a sort; 0 of an array."""
    match = re.fullmatch(r"\(_ BitVec (\d+)\)", sort)
    return 1 if sort == "Bool" else int(match[1]) if match else 0


def _is_one(name: str, value: bool) -> str:
    text = f"(= |g@:{name}| |one:{name}|)"
    return text if value else f"(not {text})"


def equal(name: str, condition: str = "", value: int = 0) -> str:
    """The fact that a register is equal in both, always or where a one-bit register has a value."""
    same = f"(= |g@:{name}| |m@:{name}|)"
    return f"(=> {_is_one(condition, bool(value))} {same})" if condition else same


def _equal_bits(name: str, width: int) -> list[str]:
    """Facts of a register's bits: equal, or equal where another has a value; a count may differ where nobody looks."""
    if not 1 < width <= _LONG:
        return []
    bits = [f"(_ extract {bit} {bit})" for bit in range(width)]
    same = [f"(= ({bit} |g@:{name}|) ({bit} |m@:{name}|))" for bit in bits]
    pairs = itertools.permutations(range(width), 2) if width <= _MOST_BITS_PAIRED else ()
    where = [f"(=> (= ({bits[k]} |g@:{name}|) #b{value}) {same[j]})" for j, k in pairs for value in (0, 1)]
    return [*same, *where]
