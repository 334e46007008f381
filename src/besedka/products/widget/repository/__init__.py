"""SQL of widgets and visitors."""
