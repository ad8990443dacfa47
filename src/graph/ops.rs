//! Short names for the operators that formulas use.

use crate::graph::builder::{Builder, Value};
use crate::graph::node::Attribute;
use crate::graph::tensor::DType;

macro_rules! unary {
    ($($method:ident => $op:literal),* $(,)?) => {
        impl Builder {
            $(#[doc = concat!("`", $op, "`, element by element.")]
            pub fn $method(&mut self, x: Value) -> Value {
                self.node($op, &[x], &[])
            })*
        }
    };
}

macro_rules! binary {
    ($($method:ident => $op:literal),* $(,)?) => {
        impl Builder {
            $(#[doc = concat!("`", $op, "`, with broadcasting.")]
            pub fn $method(&mut self, a: Value, b: Value) -> Value {
                self.node($op, &[a, b], &[])
            })*
        }
    };
}

unary! {
    neg => "Neg", abs => "Abs", sqrt => "Sqrt", exp => "Exp", log => "Log", relu => "Relu", sigmoid => "Sigmoid",
    tanh => "Tanh", softplus => "Softplus",
}

binary! {
    add => "Add", sub => "Sub", mul => "Mul", div => "Div", pow => "Pow", min => "Min", max => "Max",
}

impl Builder {
    /// k·x
    pub fn scale(&mut self, x: Value, k: f32) -> Value {
        let k = self.scalar(k);
        self.mul(x, k)
    }

    /// x + k
    pub fn plus(&mut self, x: Value, k: f32) -> Value {
        let k = self.scalar(k);
        self.add(x, k)
    }

    /// 1 − x
    pub fn one_minus(&mut self, x: Value) -> Value {
        let one = self.scalar(1.0);
        self.sub(one, x)
    }

    /// x²
    pub fn square(&mut self, x: Value) -> Value {
        self.mul(x, x)
    }

    /// `a` where `condition` holds, else `b`.
    pub fn select(&mut self, condition: Value, a: Value, b: Value) -> Value {
        self.node("Where", &[condition, a, b], &[])
    }

    /// The same values as another element type.
    pub fn cast(&mut self, x: Value, to: DType) -> Value {
        if self.dtype(x) == to {
            return x;
        }
        self.node("Cast", &[x], &[("to", Attribute::Int(to as i64))])
    }

    /// Product of matrices; leading dimensions broadcast.
    pub fn matmul(&mut self, a: Value, b: Value) -> Value {
        self.node("MatMul", &[a, b], &[])
    }

    /// `-1` fills what is left.
    pub fn reshape(&mut self, x: Value, shape: &[i64]) -> Value {
        if self.shape(x).iter().map(|d| *d as i64).eq(shape.iter().copied()) {
            return x;
        }
        let shape = self.ints(shape);
        self.node("Reshape", &[x, shape], &[])
    }

    pub fn transpose(&mut self, x: Value, perm: &[i64]) -> Value {
        self.node("Transpose", &[x], &[("perm", Attribute::Ints(perm.to_vec()))])
    }

    /// Swaps the last two dimensions.
    pub fn transpose_last(&mut self, x: Value) -> Value {
        let rank = self.shape(x).len() as i64;
        let mut perm: Vec<i64> = (0..rank).collect();
        if rank >= 2 {
            perm.swap(rank as usize - 1, rank as usize - 2);
        }
        self.transpose(x, &perm)
    }

    pub fn concat(&mut self, parts: &[Value], axis: i64) -> Value {
        self.node("Concat", parts, &[("axis", Attribute::Int(axis))])
    }

    /// Cuts out `(axis, start, end, step)` of each axis named.
    pub fn slice(&mut self, x: Value, cuts: &[(i64, i64, i64, i64)]) -> Value {
        let shape = self.shape(x);
        if cuts.iter().all(|(d, start, end, step)| {
            (*start, *step) == (0, 1) && shape.get(*d as usize).is_some_and(|n| *n as i64 == *end)
        }) {
            return x;
        }
        let column = |f: fn(&(i64, i64, i64, i64)) -> i64| cuts.iter().map(f).collect::<Vec<_>>();
        let starts = self.ints(&column(|c| c.1));
        let ends = self.ints(&column(|c| c.2));
        let axes = self.ints(&column(|c| c.0));
        let steps = self.ints(&column(|c| c.3));
        self.node("Slice", &[x, starts, ends, axes, steps], &[])
    }

    /// Zeros around: begin of every axis, then end of every axis. Negative values cut.
    pub fn pad(&mut self, x: Value, pads: &[i64]) -> Value {
        if pads.iter().all(|p| *p == 0) {
            return x;
        }
        let pads = self.ints(pads);
        self.node("Pad", &[x, pads], &[])
    }

    pub fn expand(&mut self, x: Value, shape: &[usize]) -> Value {
        if self.shape(x) == shape {
            return x;
        }
        let shape = self.ints(&shape.iter().map(|d| *d as i64).collect::<Vec<_>>());
        self.node("Expand", &[x, shape], &[])
    }

    pub fn reduce_sum(&mut self, x: Value, axes: &[i64], keep: bool) -> Value {
        let axes = self.ints(axes);
        self.node("ReduceSum", &[x, axes], &[("keepdims", Attribute::Int(i64::from(keep)))])
    }

    pub fn reduce_mean(&mut self, x: Value, axes: &[i64], keep: bool) -> Value {
        let axes = self.ints(axes);
        self.node("ReduceMean", &[x, axes], &[("keepdims", Attribute::Int(i64::from(keep)))])
    }

    /// Limits to `low..=high`.
    pub fn clip(&mut self, x: Value, low: f32, high: f32) -> Value {
        let (low, high) = (self.scalar(low), self.scalar(high));
        self.node("Clip", &[x, low, high], &[])
    }

    /// Two-dimensional convolution with the same pads on all sides.
    pub fn conv(&mut self, x: Value, w: Value, bias: Option<Value>, stride: i64, pad: i64, group: i64) -> Value {
        let mut inputs = vec![Some(x), Some(w)];
        inputs.extend(bias.map(Some));
        self.place(
            "Conv",
            &inputs,
            &[
                ("strides", Attribute::Ints(vec![stride; 2])),
                ("pads", Attribute::Ints(vec![pad; 4])),
                ("group", Attribute::Int(group)),
            ],
            1,
        )[0]
    }
}
