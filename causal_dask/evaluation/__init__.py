"""Tables and figures of fitted learners. Estimates nothing itself."""
