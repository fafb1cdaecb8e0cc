"""The fused depthwise + pointwise accelerator."""
