//! Small constants, as numbers to compute with.

use crate::graph::tensor::{DType, Data, Tensor};

/// Tensors with more elements are left to the runtime.
pub const LIMIT: usize = 1 << 22;

/// A small constant.
#[derive(Clone, Debug)]
pub struct Small {
    pub dtype: DType,
    pub shape: Vec<usize>,
    pub values: Vec<f64>,
}

impl Small {
    pub fn of(tensor: &Tensor) -> Option<Self> {
        let values = match &tensor.data {
            _ if tensor.len() > LIMIT => return None,
            Data::F32(v) => v.iter().map(|x| f64::from(*x)).collect(),
            Data::I64(v) => v.iter().map(|x| *x as f64).collect(),
            Data::U8(v) => v.iter().map(|x| f64::from(*x)).collect(),
            Data::Raw(DType::Bool, b) => b.iter().map(|x| f64::from(*x)).collect(),
            Data::Raw(DType::I32, _) => tensor.to_ints()?.iter().map(|x| *x as f64).collect(),
            Data::Raw(DType::F64, b) => b
                .chunks_exact(8)
                .map(|b| f64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]))
                .collect(),
            Data::Raw(DType::F16, b) => {
                b.chunks_exact(2).map(|b| half::f16::from_le_bytes([b[0], b[1]]).to_f64()).collect()
            }
            Data::Raw(..) => return None,
        };
        Some(Self { dtype: tensor.dtype(), shape: tensor.shape.clone(), values })
    }

    pub fn tensor(self) -> Option<Tensor> {
        let values = self.values.iter();
        let data = match self.dtype {
            DType::F32 => Data::F32(values.map(|v| *v as f32).collect()),
            DType::I64 => Data::I64(values.map(|v| *v as i64).collect()),
            DType::U8 => Data::U8(values.map(|v| *v as u8).collect()),
            DType::Bool => Data::Raw(DType::Bool, values.map(|v| u8::from(*v != 0.0)).collect()),
            DType::I32 => Data::Raw(DType::I32, values.flat_map(|v| (*v as i32).to_le_bytes()).collect()),
            DType::F64 => Data::Raw(DType::F64, values.flat_map(|v| v.to_le_bytes()).collect()),
            DType::F16 => Data::Raw(DType::F16, values.flat_map(|v| half::f16::from_f64(*v).to_le_bytes()).collect()),
        };
        (self.shape.iter().product::<usize>() == self.values.len()).then_some(Tensor { shape: self.shape, data })
    }

    /// Which value a broadcast result of this shape takes at a place.
    pub fn at(&self, shape: &[usize], mut place: usize) -> f64 {
        let (mut index, mut step) = (0, 1);
        let lead = shape.len() - self.shape.len();
        for d in (lead..shape.len()).rev() {
            let n = self.shape[d - lead];
            index += if n == 1 { 0 } else { place % shape[d] } * step;
            (place, step) = (place / shape[d], step * n);
        }
        self.values.get(index).copied().unwrap_or_default()
    }
}
