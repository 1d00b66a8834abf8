"""The scikit-learn face: where a declaration, a compilation and a run meet."""
