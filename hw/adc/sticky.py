"""Errors that stay until they are forgotten."""

from amaranth.hdl import Module, Value


def keep_error(m: Module, error: Value, wrong: Value, forget: Value) -> None:
    """Tell an error from the cycle after something was wrong, until it is forgotten.

    One that comes to pass in the cycle in which those before are forgotten, stays.

    Parameters
    ----------
    m : Module
    error : Value
        What tells it.
    wrong : Value
        Whether something is wrong in this cycle.
    forget : Value
    """
    m.d.sync += error.eq((error & ~forget) | wrong)
