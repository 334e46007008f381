"""Help for people who answer visitors: a summary, a suggested reply, other words, another language.

What visitors and documents say is data for a model, never an order to it, and what the model says is plain text that a
person reads before anything is sent. A *suggestion* is a draft for the composer; a *summary* is kept until it is made anew.
"""
