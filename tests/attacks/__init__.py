"""What attackers do: foreign ids, hostile markup, private addresses, forged pages, junk."""
