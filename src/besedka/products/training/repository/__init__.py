"""SQL of training."""
