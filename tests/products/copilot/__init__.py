"""Help for people who answer visitors."""
