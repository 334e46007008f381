"""A pool of reused child processes for work on data that nobody trusts.

A *function* is named in an allow-list by whoever builds the pool; a child runs nothing else. A *task* is
one call of a function: plain JSON goes in, plain JSON comes out, under limits of memory, processor time
and wall time. The parent never unpickles anything.
"""
