"""Analytics: what happened in dialogs during a period, in the workspace's own days, beside the period before.

All figures are counted from rows that are kept anyway (rounds, replies, ratings, runs), when somebody looks.
"""
