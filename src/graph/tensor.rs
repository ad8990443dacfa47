//! Dense tensors: element types and values.

/// Element types that occur here; the number is ONNX's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DType {
    F32 = 1,
    U8 = 2,
    I32 = 6,
    I64 = 7,
    Bool = 9,
    F16 = 10,
    F64 = 11,
}

impl DType {
    pub(in crate::graph) fn from_onnx(number: i32) -> Option<Self> {
        [Self::F32, Self::U8, Self::I32, Self::I64, Self::Bool, Self::F16, Self::F64]
            .into_iter()
            .find(|d| *d as i32 == number)
    }

    /// Whether numbers of this type can have a gradient.
    pub(in crate::graph) fn is_float(self) -> bool {
        matches!(self, Self::F32 | Self::F16 | Self::F64)
    }
}

/// A constant: shape, outermost first, and values in row-major order.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    pub shape: Vec<usize>,
    pub data: Data,
}

/// The values of a tensor.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Data {
    F32(Vec<f32>),
    I64(Vec<i64>),
    U8(Vec<u8>),
    /// Little-endian bytes of any other type, carried through unread.
    Raw(DType, Vec<u8>),
}

impl Tensor {
    pub fn f32(shape: impl Into<Vec<usize>>, data: Vec<f32>) -> Self {
        Self::new(shape.into(), Data::F32(data))
    }

    pub fn i64(shape: impl Into<Vec<usize>>, data: Vec<i64>) -> Self {
        Self::new(shape.into(), Data::I64(data))
    }

    pub fn u8(shape: impl Into<Vec<usize>>, data: Vec<u8>) -> Self {
        Self::new(shape.into(), Data::U8(data))
    }

    /// All elements the same.
    pub fn full(shape: impl Into<Vec<usize>>, value: f32) -> Self {
        let shape = shape.into();
        let count = shape.iter().product();
        Self::f32(shape, vec![value; count])
    }

    /// Panics if shape and number of values disagree: that is a bug of the caller.
    fn new(shape: Vec<usize>, data: Data) -> Self {
        let count = match &data {
            Data::F32(v) => v.len(),
            Data::I64(v) => v.len(),
            Data::U8(v) => v.len(),
            Data::Raw(..) => shape.iter().product(),
        };
        assert_eq!(shape.iter().product::<usize>(), count, "shape {shape:?} for {count} values");
        Self { shape, data }
    }

    pub fn dtype(&self) -> DType {
        match &self.data {
            Data::F32(_) => DType::F32,
            Data::I64(_) => DType::I64,
            Data::U8(_) => DType::U8,
            Data::Raw(dtype, _) => *dtype,
        }
    }

    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The values, if they are 32-bit floats.
    pub fn as_f32(&self) -> Option<&[f32]> {
        match &self.data {
            Data::F32(v) => Some(v),
            _ => None,
        }
    }

    /// The values, if they are 64-bit integers.
    pub fn as_i64(&self) -> Option<&[i64]> {
        match &self.data {
            Data::I64(v) => Some(v),
            _ => None,
        }
    }

    /// The values, if they are integers of 32 or 64 bits.
    pub fn to_ints(&self) -> Option<Vec<i64>> {
        match &self.data {
            Data::I64(v) => Some(v.clone()),
            Data::Raw(DType::I32, bytes) => {
                Some(bytes.chunks_exact(4).map(|b| i64::from(i32::from_le_bytes([b[0], b[1], b[2], b[3]]))).collect())
            }
            _ => None,
        }
    }

    /// Cuts the outermost dimension into `parts` of the same length, which must divide it.
    pub fn split(&self, parts: usize) -> Vec<Self> {
        let mut shape = self.shape.clone();
        shape[0] /= parts;
        let cut = |part: usize, of: usize| part * of / parts..(part + 1) * of / parts;
        let data = |part: usize| match &self.data {
            Data::F32(v) => Data::F32(v[cut(part, v.len())].to_vec()),
            Data::I64(v) => Data::I64(v[cut(part, v.len())].to_vec()),
            Data::U8(v) => Data::U8(v[cut(part, v.len())].to_vec()),
            Data::Raw(dtype, v) => Data::Raw(*dtype, v[cut(part, v.len())].to_vec()),
        };
        (0..parts).map(|part| Self { shape: shape.clone(), data: data(part) }).collect()
    }
}
