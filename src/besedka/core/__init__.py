"""Core: what every module needs and no module owns. It contains no business words."""
