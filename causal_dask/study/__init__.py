"""The door: arguments and tables come in, are checked, and go on as one frozen record."""
