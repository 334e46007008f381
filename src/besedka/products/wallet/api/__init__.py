"""Routes of the wallet."""
