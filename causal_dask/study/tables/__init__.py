"""Tables as users pass them: recognised, checked, and made of the kinds that fit saw."""
