"""Assistants behind the addresses and shapes of OpenAI's API, so that programs made for it need a base address and a key.

Source of the shapes: OpenAI API reference, Models and Chat Completions. *Model* here means an assistant of the key's
workspace: its instructions, documents and threshold stay its own, and what a caller says as `system` is left aside.
"""
