"""The wallet: what people do with a workspace's money, on pages and over the API. The books themselves are the ledger's.

A *payment* is money that somebody pays in through a *gateway*, a payment provider that sends them back and tells us; it becomes
one deposit, whatever is told how often. A *statement* is what happened to the balance during some days.
"""
