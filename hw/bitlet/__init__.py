"""The bit-distillation array."""
