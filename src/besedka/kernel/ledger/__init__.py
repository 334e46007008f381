"""Money: integer micro-units of one currency, booked twice and never rewritten.

A *transaction* says what happened and why; its *entries* move money between accounts and sum to zero. Each workspace has a
ledger of its own: one *wallet*, from which it pays, and three system accounts on the other side (*revenue*, *deposits*, *grants*),
so that nothing is shared between workspaces, neither rows nor locks. One wallet is enough for "who pays": a personal workspace is
its user's own, so its wallet is the user's account; a company pays from the company's.

A *hold* sets money aside before it is known what something costs; it is *captured* for what it came to, or *released*. *Available*
is the balance without what is held, and is never negative. A *grant* is money that expires: what expires first is spent first,
what remains is taken back, except what a hold stands on. A *charge* is a usage transaction that a refund names.
"""
