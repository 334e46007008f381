"""Stand-ins for the servers of others: real ones, on loopback."""
