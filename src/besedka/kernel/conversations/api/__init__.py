"""`/chats` and `/messages` over HTTP."""
