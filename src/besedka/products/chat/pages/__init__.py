"""The pages of chats with models."""
