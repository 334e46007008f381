"""SQL of hiring."""
