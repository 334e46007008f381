"""Operations: what a host looks at and sets while the installation runs.

The *level* is the least that every process logs. One that was set while running holds for a time, then each process returns
to that of its own settings by itself.
"""
