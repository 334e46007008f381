"""What a person tells about themselves, so that answers suit them: a *profile* of their own in each workspace.

A *fact* is a value, a belief, an interest, a skill, a desire or an intention, with a weight that *fades* with time. An
*analysis* of a message makes *proposals*, facts that wait for the person's yes; its *reader* is a model, or rules where
there is none. Nobody else reads a profile, whatever their role: no query here goes without the person's own actor.
"""
