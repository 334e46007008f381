"""Use cases of hiring."""
