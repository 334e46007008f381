"""What an operator has at hand in a dialog: ready replies with variables, and macros.

A ready reply is a text under a short name, somebody's own or shared. A macro is a named list of steps that are taken on a
dialog one after the other.
"""
