"""Programs for those who work on Besedka; nothing here runs in the product."""
