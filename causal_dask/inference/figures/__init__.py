"""Figures of groups, curves, rules and bounds."""
