"""A fitted learner as one ONNX file, which is served without this package."""
