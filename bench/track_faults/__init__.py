"""What the bench of faults of tracks does, and how it counts."""
