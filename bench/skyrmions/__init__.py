"""What the bench of racetracks measures, and how."""
