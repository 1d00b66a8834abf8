"""What a fitted learner's effects depend on: importances, SHAP values, curves."""
