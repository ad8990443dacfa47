//! Dense tensors: element types and values.

use super::GraphError;
use super::proto::TensorProto;

/// Element types that occur here; the number is ONNX's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    pub(super) fn from_onnx(number: i32) -> Option<Self> {
        [Self::F32, Self::U8, Self::I32, Self::I64, Self::Bool, Self::F16, Self::F64]
            .into_iter()
            .find(|d| *d as i32 == number)
    }

    /// Whether numbers of this type can have a gradient.
    pub(super) fn is_float(self) -> bool {
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

    pub(super) fn from_proto(proto: TensorProto) -> Result<Self, GraphError> {
        let name = proto.name.unwrap_or_default();
        let refuse = |why: &str| GraphError::Invalid(format!("tensor `{name}`: {why}"));
        if proto.data_location == Some(1) {
            return Err(refuse("its values lie in another file; export the model as a single file"));
        }
        let shape = proto
            .dims
            .iter()
            .map(|d| usize::try_from(*d))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| refuse("a negative dimension"))?;
        let count =
            shape.iter().try_fold(1usize, |n, d| n.checked_mul(*d)).ok_or_else(|| refuse("too many elements"))?;
        let number = proto.data_type.unwrap_or_default();
        let dtype =
            DType::from_onnx(number).ok_or_else(|| refuse(&format!("element type {number} is not supported")))?;
        let raw = proto.raw_data;
        let words = |size: usize| raw.as_ref().map(|bytes| (bytes.len() == count * size).then_some(bytes));
        let length = || refuse("its values do not fill its shape");
        let data = match dtype {
            DType::F32 => Data::F32(match words(4) {
                Some(bytes) => bytes
                    .ok_or_else(length)?
                    .chunks_exact(4)
                    .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
                    .collect(),
                None => proto.float_data,
            }),
            DType::I64 => Data::I64(match words(8) {
                Some(bytes) => bytes
                    .ok_or_else(length)?
                    .chunks_exact(8)
                    .map(|b| i64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]))
                    .collect(),
                None => proto.int64_data,
            }),
            DType::U8 => Data::U8(match words(1) {
                Some(bytes) => bytes.ok_or_else(length)?.clone(),
                None => proto.int32_data.iter().map(|v| *v as u8).collect(),
            }),
            DType::I32 => Data::Raw(
                dtype,
                match words(4) {
                    Some(bytes) => bytes.ok_or_else(length)?.clone(),
                    None => proto.int32_data.iter().flat_map(|v| v.to_le_bytes()).collect(),
                },
            ),
            DType::Bool => Data::Raw(
                dtype,
                match words(1) {
                    Some(bytes) => bytes.ok_or_else(length)?.clone(),
                    None => proto.int32_data.iter().map(|v| u8::from(*v != 0)).collect(),
                },
            ),
            DType::F16 => Data::Raw(
                dtype,
                match words(2) {
                    Some(bytes) => bytes.ok_or_else(length)?.clone(),
                    None => proto.int32_data.iter().flat_map(|v| (*v as u16).to_le_bytes()).collect(),
                },
            ),
            DType::F64 => Data::Raw(
                dtype,
                match words(8) {
                    Some(bytes) => bytes.ok_or_else(length)?.clone(),
                    None => proto.double_data.iter().flat_map(|v| v.to_le_bytes()).collect(),
                },
            ),
        };
        let found = match &data {
            Data::F32(v) => v.len(),
            Data::I64(v) => v.len(),
            Data::U8(v) => v.len(),
            Data::Raw(DType::I32, v) => v.len() / 4,
            Data::Raw(DType::F16, v) => v.len() / 2,
            Data::Raw(DType::F64, v) => v.len() / 8,
            Data::Raw(_, v) => v.len(),
        };
        if found != count {
            return Err(length());
        }
        Ok(Self { shape, data })
    }

    pub(super) fn to_proto(&self, name: &str) -> TensorProto {
        let raw = match &self.data {
            Data::F32(v) => v.iter().flat_map(|x| x.to_le_bytes()).collect(),
            Data::I64(v) => v.iter().flat_map(|x| x.to_le_bytes()).collect(),
            Data::U8(v) => v.clone(),
            Data::Raw(_, bytes) => bytes.clone(),
        };
        TensorProto {
            dims: self.shape.iter().map(|d| *d as i64).collect(),
            data_type: Some(self.dtype() as i32),
            name: Some(name.to_owned()),
            raw_data: Some(raw),
            ..Default::default()
        }
    }
}
