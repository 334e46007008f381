"""Long attacks, run by `make torture`."""
