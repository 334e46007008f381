"""Measurements: each prints its figures and, where there is one, a ratio to something bare."""
