"""Training of assistants: what they could not answer, and tests of what they say.

A *gap* is a group of alike questions that an assistant did not know the answer to. It ends with an answer that becomes
a question–answer pair, or is dismissed. A *case* is a question with what is expected of its answer; a *test run* asks
all of them, of the settings in use or of a draft.
"""
