"""Settings of base models: trials, kind by kind, in waves or on rungs."""
