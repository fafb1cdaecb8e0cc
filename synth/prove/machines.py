"""What holds for every component with registers: its reset reaches all, and its state machines lead on."""

from collections.abc import Collection

from amaranth.hdl import Cat

from racelet.synth.prove.harness import Harness


def resets(harness: Harness, without: Collection[str] = ()) -> None:
    """Show that a clear brings every register that has a reset back to where it began, whatever came before.

    Parameters
    ----------
    harness : Harness
    without : collection of str
        Submodules that are left out.
    """
    registers = [
        each
        for each in harness.inside.registers()
        if not each.reset_less and each.name.partition(".")[0] not in without
    ]
    if registers:
        back = Cat(register.value == register.init for register in registers).all()
        harness.check("clear: every register with a reset is as it began in the cycle after", ~harness.cleared | back)


def lead_on(harness: Harness, terminal: Collection[str] = ()) -> None:
    """Show of every state machine that its states can be reached and left, and that it has no others.

    Parameters
    ----------
    harness : Harness
    terminal : collection of str
        States that only a clear ends.
    """
    for machine in harness.inside.machines():
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
