"""What child processes do with pictures and recordings, and what they hand back.

`child` is what they run; only it imports the libraries that decode, so the server itself never loads them.
"""
