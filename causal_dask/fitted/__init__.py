"""What a fit leaves behind, and how questions are put to it."""
