"""What holds for every component with registers: its reset reaches all, and its state machines lead on."""

import fnmatch
from collections.abc import Collection

from amaranth.hdl import Cat

from racelet.synth.prove.harness import Harness

DATA = (
    # Beats, words, windows and what is worked out of them.
    *(
        "place_*",
        "waiting",
        "set_*",
        "request",
        "align",
        "align_near",
        "words",
        "words_near",
        "cut",
        "half",
        "data",
        "beat",
    ),
    *("taps_*", "here", "between", "near", "product*", "three_*", "total", "total_there", "activations"),
    *("coming_*", "weights_*", "before_*", "slot_*", "sum_*", "sums_*", "tag_*", "row", "row_*", "records", "chosen"),
    *("multiplier", "multiplier_there", "inner", "outer", "none_low", "exact", "shift_*", "whole", "coarse", "fine"),
    *("rounded_*", "below_*", "above_*", "first", "second", "first_byte*", "second_byte*", "there_*", "beside"),
    *("factor", "low", "high", "behind_*", "word_*"),
    *("term_*", "total_*", "amount_*", "column_*", "pair_*", "activations_*"),
    # Passes and sums on their way to a rounded number.
    *("held", "before", "addend", "digit", "number", "*_found", "*_top", "*_sticky", "counted", "placed"),
    # Sizes that a layer's descriptor says, and its kind.
    *("*_single", "*_last_but_one", "during_*"),
    # Writes on their way to a memory, which a clear does not take back.
    *("write_*", "writing_*", "kept_*", "keeping_*", "record_*"),
    # Levels of a line outside, which a clear does not change.
    "stage[01]",
)
"""Registers that may have no reset, by the last part of their names: another register tells whether they hold anything.

One that has no reset and another name, or is called so and has one, must be as it began.
"""


def is_data(name: str) -> bool:
    """Whether a register may be without a reset, by its name.

    Examples
    --------
    >>> is_data("slice.place_0"), is_data("slice.full")
    (True, False)
    """
    last = name.rpartition(".")[2]
    return any(fnmatch.fnmatchcase(last, pattern) for pattern in DATA)


def resets(harness: Harness, without: Collection[str] = ()) -> None:
    """Show that a clear brings every register but those of data back to where it began, whatever came before.

    Parameters
    ----------
    harness : Harness
    without : collection of str
        Submodules that are left out.
    """
    registers = [
        each
        for each in harness.inside.registers()
        if each.name.partition(".")[0] not in without and not (each.reset_less and is_data(each.name))
    ]
    if registers:
        back = Cat(register.value == register.init for register in registers).all()
        harness.check("clear: every register is as it began in the cycle after", ~harness.cleared | back)


def lead_on(harness: Harness, terminal: Collection[str] = (), without: Collection[str] = ()) -> None:
    """Show of every state machine that its states can be reached and left, and that it has no others.

    Parameters
    ----------
    harness : Harness
    terminal : collection of str
        States that only a clear ends.
    without : collection of str
        Submodules that are left out.
    """
    for machine in harness.inside.machines():
        if machine.name.partition(".")[0] in without:
            continue
        states = machine.encoding.items()
        before = harness.past(machine.state)
        known = Cat(machine.state == number for _, number in states).any()
        harness.check(f"{machine.name}: the state is one of {len(states)}", known)
        for name, number in states:
            harness.cover(f"{machine.name}: {name} is reached", machine.state == number)
            left = ~harness.cleared & (before == number) & (machine.state != number)
            if name in terminal:
                harness.check(f"{machine.name}: only a clear ends {name}", ~left)
                ended = harness.cleared & (before == number)
                harness.cover(f"{machine.name}: a clear ends {name}", ended & (machine.state != number))
            else:
                harness.cover(f"{machine.name}: {name} is left", left)
