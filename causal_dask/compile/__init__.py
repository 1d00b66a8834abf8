"""Turns a declaration and a study into nodes."""
