"""What the bench of bit distillation measures, and how."""
