"""Errors of network import."""


class ModelError(ValueError):
    """A model that cannot be run, with one sentence that says where, what is supported and what was given.

    Examples
    --------
    >>> isinstance(ModelError("net.tflite: operator 3 (LSTM) is not supported"), ValueError)
    True
    """
