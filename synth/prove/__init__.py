"""Formal proofs: what always holds in the hardware, for every input."""
