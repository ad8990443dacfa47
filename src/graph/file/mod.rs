//! The ONNX file format: to a [`Model`](super::Model) and back.

mod inline;
mod proto;
mod read;
mod sequence;
mod tensors;
mod write;
