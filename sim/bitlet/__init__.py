"""Benches of the bit-distillation array."""
