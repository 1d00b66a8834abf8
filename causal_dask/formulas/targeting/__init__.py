"""Whom to treat first, with what, under which rule: arithmetic on scores and ranks."""
