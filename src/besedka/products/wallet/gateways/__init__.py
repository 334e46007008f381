"""Payment providers behind one port. All of them speak plain HTTP through the guarded client."""
