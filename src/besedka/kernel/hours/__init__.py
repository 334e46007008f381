"""Hours: when the people of a workspace work.

A *schedule* is a week table in a time zone with holidays; one of a workspace's schedules is its default. It is open at a
moment when a clock on its wall shows open hours, whatever was done to that clock in the night.
"""
