//! Matrix products.

use super::broadcast::broadcast;
use super::inputs::{Inputs, Shapes};

pub fn matmul(inputs: &Inputs) -> Shapes {
    let (a, b) = (inputs.shape(0), inputs.shape(1));
    if a.is_empty() || b.is_empty() {
        return Err("a scalar".into());
    }
    // A vector on the left is a row, one on the right a column; the product loses that dimension again.
    let left = if a.len() == 1 { vec![1, a[0]] } else { a.to_vec() };
    let right = if b.len() == 1 { vec![b[0], 1] } else { b.to_vec() };
    let (ra, rb) = (left.len(), right.len());
    if left[ra - 1] != right[rb - 2] {
        return Err(format!("{} columns do not meet {} rows", left[ra - 1], right[rb - 2]));
    }
    let mut shape = broadcast(&left[..ra - 2], &right[..rb - 2])?;
    shape.extend((a.len() > 1).then(|| left[ra - 2]));
    shape.extend((b.len() > 1).then(|| right[rb - 1]));
    Ok(vec![shape])
}

pub fn gemm(inputs: &Inputs) -> Shapes {
    let turned = |index: usize, attribute: &str| match inputs.shape(index) {
        [m, n] if inputs.node.int(attribute, 0) != 0 => Ok([*n, *m]),
        [m, n] => Ok([*m, *n]),
        _ => Err("both need two dimensions".to_owned()),
    };
    let (a, b) = (turned(0, "transA")?, turned(1, "transB")?);
    if a[1] != b[0] {
        return Err(format!("{} columns do not meet {} rows", a[1], b[0]));
    }
    let shape = vec![a[0], b[1]];
    if broadcast(&shape, inputs.shape(2))? != shape {
        return Err("the third input is larger than the product".into());
    }
    Ok(vec![shape])
}

/// The letters of each input and of the output of an `Einsum` equation without an ellipsis.
pub fn einsum_terms(equation: &str) -> Option<(Vec<Vec<char>>, Vec<char>)> {
    let tight: String = equation.chars().filter(|c| !c.is_whitespace()).collect();
    let (left, right) = tight.split_once("->")?;
    let terms: Vec<Vec<char>> = left.split(',').map(|t| t.chars().collect()).collect();
    tight.chars().all(|c| c.is_ascii_alphabetic() || ",->".contains(c)).then(|| (terms, right.chars().collect()))
}

/// The result; keys and values with those of the past; the scores. Three dimensions hold the heads in the channels.
pub fn attention(inputs: &Inputs) -> Shapes {
    let heads = |name: &str| usize::try_from(inputs.node.int(name, 0)).ok().filter(|n| *n > 0).ok_or("no heads");
    let split = |i: usize, name: &str| match *inputs.shape(i) {
        [batch, heads, places, channels] => Ok([batch, heads, places, channels]),
        [batch, places, channels] => Ok([batch, heads(name)?, places, channels / heads(name)?]),
        _ => Err("queries, keys and values need three or four dimensions"),
    };
    let [q, k, v] = [split(0, "q_num_heads")?, split(1, "kv_num_heads")?, split(2, "kv_num_heads")?];
    if q[3] != k[3] || k[2] != v[2] || k[1] == 0 || !q[1].is_multiple_of(k[1]) {
        return Err("queries, keys and values do not fit".into());
    }
    let past = inputs.shape(4).get(2).copied().unwrap_or(0);
    let y = match inputs.shape(0).len() {
        4 => vec![q[0], q[1], q[2], v[3]],
        _ => vec![q[0], q[2], q[1] * v[3]],
    };
    let longer = |[batch, heads, places, channels]: [usize; 4]| vec![batch, heads, past + places, channels];
    Ok(vec![y, longer(k), longer(v), vec![q[0], q[1], q[2], past + k[2]]])
}

pub fn einsum(inputs: &Inputs) -> Shapes {
    let equation = inputs.node.text("equation").ok_or("the equation is missing")?;
    let (terms, out) = einsum_terms(equation).ok_or_else(|| format!("the equation `{equation}` is not supported"))?;
    let size = |letter: &char| {
        terms.iter().zip(inputs.shapes()).find_map(|(term, shape)| {
            let at = term.iter().position(|l| l == letter)?;
            shape.get(at).copied().filter(|n| *n != 1)
        })
    };
    if terms.len() != inputs.node.inputs.len().max(inputs.shapes().count())
        || terms.len() != inputs.shapes().count()
        || terms.iter().zip(inputs.shapes()).any(|(t, s)| t.len() != s.len())
    {
        return Err(format!("the equation `{equation}` does not fit"));
    }
    Ok(vec![out.iter().map(|l| size(l).unwrap_or(1)).collect()])
}
