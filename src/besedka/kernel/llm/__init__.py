"""Language models: providers, requests, streamed answers, what they cost.

A *wire* is a provider's protocol. A *delta* is the next piece of an answer. *Usage* counts tokens.
"""
