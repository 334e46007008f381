"""Besedka: assistants, conversations, hiring and sales for a company."""
