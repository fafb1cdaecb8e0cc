"""Benches of the readout of a macro's columns."""
