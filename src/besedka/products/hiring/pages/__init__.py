"""Pages of hiring."""
