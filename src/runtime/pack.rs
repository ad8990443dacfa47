//! All float inputs as one: every copy to a device has a price of its own, whatever its size.

use crate::graph::{DType, Model, Node, Tensor, ValueInfo};
use std::collections::BTreeMap;
use std::ops::Range;

/// Name of the one input.
pub const PACKED: &str = "packed";

/// Where a value lies in [`PACKED`], and of what shape it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackedPlace {
    pub range: Range<usize>,
    pub shape: Vec<usize>,
}

/// A model whose float inputs are one.
pub struct Packed {
    pub model: Model,
    /// By the name of the input that was.
    pub places: BTreeMap<String, PackedPlace>,
}

/// The model with one input `packed` `[values]` in place of those of its float inputs that `which` says, if their shapes
/// are known and hold anything. With none of them it stays as it is.
pub fn pack(model: &Model, which: impl Fn(&str) -> bool) -> Packed {
    let mut packed = model.clone();
    let mut places = BTreeMap::new();
    let (mut nodes, mut end) = (Vec::new(), 0);
    packed.inputs.retain(|input| {
        let shape: Option<Vec<usize>> = input.shape.as_ref().and_then(|shape| shape.iter().copied().collect());
        let (Some(DType::F32), Some(shape), true) = (input.dtype, shape, which(&input.name)) else { return true };
        let count = shape.iter().product::<usize>();
        if count == 0 {
            return true;
        }
        let place = PackedPlace { range: end..end + count, shape };
        end = place.range.end;
        nodes.extend(unpack(&mut packed.initializers, &input.name, &place));
        places.insert(input.name.clone(), place);
        false
    });
    if end > 0 {
        packed.inputs.push(ValueInfo::fixed(PACKED, DType::F32, &[end]));
        packed.nodes.splice(0..0, nodes);
    }
    Packed { model: packed, places }
}

/// Cuts a value out.
fn unpack(constants: &mut BTreeMap<String, Tensor>, name: &str, place: &PackedPlace) -> [Node; 2] {
    let flat = format!("{PACKED}/{name}");
    let mut constant = |what: &str, values: Vec<i64>| {
        let constant = format!("{flat}/{what}");
        constants.insert(constant.clone(), Tensor::i64([values.len()], values));
        constant
    };
    let start = constant("start", vec![place.range.start as i64]);
    let stop = constant("stop", vec![place.range.end as i64]);
    let axis = constant("axis", vec![0]);
    let dims = constant("shape", place.shape.iter().map(|d| *d as i64).collect());
    let node = |op: &str, inputs: Vec<String>, output: &str| Node {
        op: op.into(),
        name: format!("{flat}/{op}"),
        inputs,
        outputs: vec![output.into()],
        attributes: BTreeMap::new(),
    };
    [node("Slice", vec![PACKED.into(), start, stop, axis], &flat), node("Reshape", vec![flat.clone(), dims], name)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Builder;
    use crate::runtime::handle::for_tests;
    use crate::runtime::session::SessionOptions;

    #[test]
    fn a_packed_graph_computes_the_same() {
        let mut g = Builder::new();
        let [a, b] = [("a", [2, 3]), ("b", [2, 1])].map(|(name, shape)| g.input(name, DType::F32, &shape));
        let c = g.input("c", DType::F32, &[]);
        let pixels = g.input("pixels", DType::U8, &[3]);
        let pixels = g.cast(pixels, DType::F32);
        let sum = [b, c, pixels].into_iter().fold(a, |sum, v| g.add(sum, v));
        g.output("sum", sum);
        let Packed { model, places } = pack(&g.finish().unwrap(), |name| name != "b");
        let place = |range, shape: &[usize]| PackedPlace { range, shape: shape.into() };
        assert_eq!(places, [("a".to_owned(), place(0..6, &[2, 3])), ("c".to_owned(), place(6..7, &[]))].into());
        let inputs = [
            (PACKED, &Tensor::f32([7], vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 100.0])),
            ("b", &Tensor::f32([2, 1], vec![10.0, 20.0])),
            ("pixels", &Tensor::u8([3], vec![0, 0, 7])),
        ];
        let sum = for_tests().session(&model, SessionOptions::default()).unwrap().run(&inputs, &["sum"]).unwrap();
        assert_eq!(sum[0], Tensor::f32([2, 3], vec![111.0, 112.0, 120.0, 124.0, 125.0, 133.0]));
    }
}
