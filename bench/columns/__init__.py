"""What the bench of the block adc measures of networks."""
