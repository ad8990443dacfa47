//! Operators on maps that keep channels apart, or mix those of a group only: copies are further groups.

use super::copied::{Copied, swapped};
use super::node::{CopiedNode, Outputs};
use crate::graph::builder::{Builder, Value};
use crate::graph::node::Attribute;

fn ints(shape: &[usize]) -> Vec<i64> {
    shape.iter().map(|d| *d as i64).collect()
}

/// The first input as maps, if it has four dimensions.
fn maps(g: &mut Builder, s: &CopiedNode) -> Option<Value> {
    let x = s.input(0)?;
    (x.shape(g, s.copies).len() == 4).then(|| x.maps(g, s.copies))
}

/// `Conv` and `ConvTranspose`: a group for each copy, or if all see the same picture just more filters.
pub fn convolution(g: &mut Builder, s: &CopiedNode) -> Outputs {
    if s.shared_from(1) {
        return by_picture(g, s);
    }
    let (x, w) = (s.input(0)?, s.input(1)?);
    if x.shape(g, s.copies).len() != 4 {
        return None;
    }
    let mut group = s.node.int("group", 1);
    let w = w.stacked(g, s.copies);
    let shape = g.shape(w);
    let w = g.reshape(w, &ints(&[shape[0] * shape[1], shape[2], shape[3], shape[4]]));
    let bias = s.input(2).map(|b| flat(g, s, b));
    let x = match x {
        Copied::Shared(x) if group == 1 && s.node.op == "Conv" => x,
        x => {
            group *= s.copies as i64;
            x.maps(g, s.copies)
        }
    };
    let mut node = s.node.clone();
    node.attributes.insert("group".into(), Attribute::Int(group));
    let inputs: Vec<Option<Value>> = [Some(x), Some(w), bias].into_iter().take_while(Option::is_some).collect();
    Some(vec![Copied::Maps(g.place_node(&node, &inputs)[0])])
}

/// A vector of each copy, behind one another.
fn flat(g: &mut Builder, s: &CopiedNode, v: Copied) -> Value {
    let stacked = v.stacked(g, s.copies);
    g.reshape(stacked, &[-1])
}

/// Every channel by itself.
pub fn pool(g: &mut Builder, s: &CopiedNode) -> Outputs {
    let Some(x) = maps(g, s) else { return by_picture(g, s) };
    Some(s.place(g, &[Some(x)]).into_iter().map(Copied::Maps).collect())
}

/// `Resize` of height and width.
pub fn resize(g: &mut Builder, s: &CopiedNode) -> Outputs {
    if !s.shared_from(1) || s.node.ints("axes").is_some() {
        return None;
    }
    let x = maps(g, s)?;
    let mut inputs = s.with_first(x);
    if s.input(3).is_some() {
        let mut sizes = s.ints(g, 3)?;
        *sizes.get_mut(1)? *= s.copies as i64;
        inputs[3] = Some(g.ints(&sizes));
    }
    Some(s.place(g, &inputs).into_iter().map(Copied::Maps).collect())
}

/// Normalisation within a picture, over one channel or a group of them.
pub fn normalization(g: &mut Builder, s: &CopiedNode) -> Outputs {
    if s.shared_from(1) {
        return by_picture(g, s);
    }
    let x = maps(g, s)?;
    let (scale, bias) = (s.input(1)?, s.input(2)?);
    let [scale, bias] = [scale, bias].map(|v| flat(g, s, v));
    let mut node = s.node.clone();
    if let Some(Attribute::Int(groups)) = node.attributes.get_mut("num_groups") {
        *groups *= s.copies as i64;
    }
    Some(vec![Copied::Maps(g.place_node(&node, &[Some(x), Some(scale), Some(bias)])[0])])
}

/// Whatever treats each element of the first dimension by itself, and all of them alike: copies are further pictures.
pub fn by_picture(g: &mut Builder, s: &CopiedNode) -> Outputs {
    let x = s.input(0)?;
    let shape = x.shape(g, s.copies);
    if !s.shared_from(1) || shape.is_empty() {
        return None;
    }
    let mut all = shape.clone();
    all[0] *= s.copies;
    let folded = g.reshape(x.value(), &ints(&all));
    let inputs = s.with_first(folded);
    let placed = s.place(g, &inputs);
    let unfolded = placed.into_iter().map(|y| {
        let own = g.shape(y);
        let rest = own.get(1..)?;
        Some(match (x, rest) {
            (Copied::Maps(_), [c, h, w]) => Copied::Maps(g.reshape(y, &ints(&[shape[0], s.copies * c, *h, *w]))),
            (Copied::Maps(_), _) => {
                let apart = g.reshape(y, &ints(&[&[shape[0], s.copies], rest].concat()));
                Copied::Stacked(swapped(g, apart))
            }
            _ => Copied::Stacked(g.reshape(y, &ints(&[&[s.copies, shape[0]], rest].concat()))),
        })
    });
    unfolded.collect()
}
