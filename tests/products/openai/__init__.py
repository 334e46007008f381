"""The endpoint that OpenAI's clients speak to."""
