"""SQL of ready replies and macros."""
