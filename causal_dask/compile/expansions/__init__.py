"""Other expansions of a declaration, and the plans of questions that need more fits."""
