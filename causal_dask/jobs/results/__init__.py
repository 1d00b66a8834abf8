"""The folder of results that a job writes, and the report in it."""
