"""Errors of network import."""


class ModelError(ValueError):
    """A model that cannot be run, with one sentence that says where, what is supported and what was given.

    Examples
    --------
    >>> isinstance(ModelError("net.tflite: operator 3 (LSTM) is not supported"), ValueError)
    True
    """


class DoesNotFit(ModelError):
    """A network that is larger than the chip, with the field of the config and the least that would do.

    Examples
    --------
    >>> isinstance(DoesNotFit("layers must be at least 70 for this network, not 64"), ModelError)
    True
    """
