//! ONNX graphs as values (stub).
