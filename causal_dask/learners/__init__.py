"""One paper, one file: the declarations. Nothing here loops, indexes or fits."""
