//! All that is known of an operator.

use super::dtype::OutputType;
use super::schema::{Canonical, Schema, Since};
use crate::graph::copies::node::CopyRule;
use crate::graph::fold::rule::Fold;
use crate::graph::gradient::activation::flat;
use crate::graph::gradient::node::GradientRule;
use crate::graph::node::Node;
use crate::graph::shape::inputs::{Known, ShapeRule};
use crate::graph::upgrade::rule::Upgrade;

/// How many multiplications (each with an addition) a node makes, from the shapes of its inputs and its first output.
pub type Products = fn(&Node, &[Vec<usize>], &[usize]) -> u64;

/// All that is known of an operator. An entry of the table says what is special about it; without more, nothing is known
/// but the name, and that its meaning has not changed since operator set 9.
#[derive(Clone, Copy, Debug)]
pub struct Operator {
    pub(in crate::graph) name: &'static str,
    pub(in crate::graph) schema: Schema,
    pub(in crate::graph) gradient: Option<GradientRule>,
    pub(in crate::graph) steps: bool,
    pub(in crate::graph) copies: Option<CopyRule>,
    weights: &'static [usize],
    products: Option<Products>,
}

impl Operator {
    /// As ONNX calls it.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Whether the shapes of its outputs can be told before it runs.
    pub fn has_shape(&self) -> bool {
        self.schema.shape.is_some()
    }

    /// Whether a gradient passes through it.
    pub fn is_differentiable(&self) -> bool {
        self.gradient.is_some()
    }

    /// Whether [`replicate`](crate::graph::replicate()) places it for all copies at once, in most of its forms.
    pub fn is_replicated(&self) -> bool {
        self.copies.is_some()
    }

    /// Which of its inputs are weights. Others that may be floats (limits, scales, running statistics) are settings.
    pub fn weights(&self) -> &'static [usize] {
        self.weights
    }

    /// Multiplications (each with an addition) that a node of it makes, from the shapes of its inputs and its first output;
    /// 0 for what is not a product.
    pub fn products(&self, node: &Node, inputs: &[Vec<usize>], output: &[usize]) -> u64 {
        self.products.map_or(0, |products| products(node, inputs, output))
    }
}

/// An entry of the table.
pub const fn op(name: &'static str) -> Operator {
    let schema = Schema { upgrade: Some(Upgrade::Unchanged), ..Schema::UNKNOWN };
    Operator { name, schema, gradient: None, steps: false, copies: None, weights: &[], products: None }
}

impl Operator {
    /// The inputs that it can't do without, and the shapes of its outputs.
    pub const fn shape(mut self, required: usize, rule: ShapeRule) -> Self {
        self.schema.shape = Some((required, rule));
        self
    }

    /// The element types of its outputs, if they are not its first input's.
    pub const fn gives(mut self, output_type: OutputType) -> Self {
        self.schema.output_type = output_type;
        self
    }

    /// It came up in this operator set, ours or a newer one: no older model has it.
    pub const fn since(mut self, set: i64) -> Self {
        self.schema.since = Since::Set(set);
        self.schema.upgrade = None;
        self
    }

    /// The same, where it depends on the form of the node.
    pub const fn since_form(mut self, set: fn(&Node, &[Option<Known>]) -> i64) -> Self {
        self.schema.since = Since::Form(set);
        self.schema.upgrade = None;
        self
    }

    /// What brings nodes of older operator sets over, if they were written otherwise.
    pub const fn upgrade(mut self, upgrade: Upgrade) -> Self {
        self.schema.upgrade = Some(upgrade);
        self
    }

    /// What makes other forms the one that the rules know.
    pub const fn canonical(mut self, canonical: Canonical) -> Self {
        self.schema.canonical = Some(canonical);
        self
    }

    /// How it is computed at build time.
    pub const fn fold(mut self, fold: Fold) -> Self {
        self.schema.fold = Some(fold);
        self
    }

    /// How a gradient passes through it.
    pub const fn gradient(mut self, rule: GradientRule) -> Self {
        self.gradient = Some(rule);
        self
    }

    /// What it gives changes in steps: the gradient is 0 wherever there is one, and nobody need wait for it.
    pub const fn in_steps(mut self) -> Self {
        self.steps = true;
        self.gradient(flat)
    }

    /// How it is placed for all copies at once.
    pub const fn copies(mut self, rule: CopyRule) -> Self {
        self.copies = Some(rule);
        self
    }

    /// Which of its inputs are weights.
    pub const fn trains(mut self, inputs: &'static [usize]) -> Self {
        self.weights = inputs;
        self
    }

    /// What it costs.
    pub const fn costs(mut self, products: Products) -> Self {
        self.products = Some(products);
        self
    }
}
