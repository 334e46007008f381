"""Tests of the language model wires."""
