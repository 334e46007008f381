"""SQL of the ledger: one statement each, right by itself and inside a transaction.

Locks: a hold's row, then the wallet's, then grants in the order in which they expire. Whatever moves money passes the
wallet's row, so the transactions of one workspace follow each other, and those of others are not waited for. What a statement
read before it got the wallet may be old by then: it relies on locked rows, on unique keys and on the wallet's checks alone.
"""
