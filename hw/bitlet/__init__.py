"""Hardware of the bit-distillation array."""
