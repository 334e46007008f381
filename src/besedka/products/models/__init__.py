"""Who answers: servers of models that hosts connect, how providers are, who may use which model, and people's own keys.

A *server* is a provider that a host connected. A *limit* says who may use a model. A *key* of a person pays for their own chats.
"""
