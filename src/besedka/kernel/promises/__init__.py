"""Promises: what a dialog's visitor may expect of people, and what became of it.

A *round* of a dialog goes from its beginning, or from being opened again, to its resolution. A *policy* promises times:
to the first reply of a person, to every later one, and to the resolution. While a promise is owed its *clock* runs towards
a due moment; one that is missed is a *breach*. After a resolution the visitor may give a *rating*.
"""
