"""The declarations of the learners, one paper per file. Nothing here loops, indexes or fits."""
