"""Jobs: work that is put off in the caller's transaction and done later, by this process or another.

A *job* is a row: queued, running, then done, dead or cancelled. A *worker* claims due jobs, holds each under a
*lease* that it renews, and settles them. An *attempt* is counted when a job is claimed, so that one which kills its
process is counted too. *Dead* is a job that nobody will try again by itself. A *periodic* job has a row in the
schedule, and whichever worker sees it due first queues it.
"""
