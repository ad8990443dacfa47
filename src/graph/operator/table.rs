//! The table of operators: an entry each, which names the functions that know it. To add an operator, add an entry; the
//! module document of `gradient/` shows how a rule is written.

use super::dtype::OutputType::{Always, Like, Said, Second};
use super::record::{Operator, op};
use super::schema::Schema;
use super::{canonical, cost, dtype};
use crate::graph::copies;
use crate::graph::fold::arithmetic::{self, truth};
use crate::graph::fold::moves;
use crate::graph::fold::rule::Fold::{self, Each, Pair, Values, Whole};
use crate::graph::gradient;
use crate::graph::model::OPSET;
use crate::graph::node::Node;
use crate::graph::shape;
use crate::graph::shape::elementwise::{onto_first, same, same_twice, together};
use crate::graph::shape::inputs::Known;
use crate::graph::tensor::DType;
use crate::graph::upgrade::rewritten;
use crate::graph::upgrade::rule::Upgrade::{self, Inputs, Rewritten};

/// What is known of an operator, if it is in the table.
pub fn operator(name: &str) -> Option<&'static Operator> {
    OPERATORS.iter().find(|o| o.name == name)
}

/// The operators of the table, by their names.
pub fn operators() -> impl Iterator<Item = &'static Operator> {
    OPERATORS.iter()
}

/// The operators that have a gradient rule.
pub fn differentiable() -> impl Iterator<Item = &'static str> {
    operators().filter(|o| o.is_differentiable()).map(|o| o.name)
}

/// What an operator takes and gives.
pub fn schema(name: &str) -> &'static Schema {
    operator(name).map_or(&Schema::UNKNOWN, |o| &o.schema)
}

const AXES_BEFORE_13: Upgrade = Inputs(13, &[("axes", 1)]);
const AXES_BEFORE_18: Upgrade = Inputs(18, &[("axes", 1)]);

/// Before operator set 21 scale and bias held a number a group instead of one a channel.
fn group_normalization(node: &Node, inputs: &[Option<Known>]) -> i64 {
    let scales = inputs.get(1).and_then(|i| i.as_ref()?.shape).map(|s| s.iter().product::<usize>());
    if scales == Some(node.int("num_groups", 1) as usize) { OPSET } else { 21 }
}

static OPERATORS: &[Operator] = &[
    op("Abs")
        .shape(1, same)
        .fold(Each(f64::abs))
        .gradient(gradient::elementwise::abs)
        .copies(copies::elementwise::same),
    op("Acos").shape(1, same).gradient(gradient::trigonometry::acos),
    op("Acosh").shape(1, same).gradient(gradient::trigonometry::acosh),
    op("Add")
        .shape(2, together)
        .fold(Pair(|a, b| a + b))
        .gradient(gradient::elementwise::add)
        .copies(copies::elementwise::broadcast)
        .trains(&[0, 1]),
    op("And")
        .shape(2, together)
        .gives(Always(DType::Bool))
        .fold(Pair(|a, b| truth(a != 0.0 && b != 0.0)))
        .copies(copies::elementwise::broadcast),
    op("ArgMax").shape(1, shape::reduce::arg).gives(Always(DType::I64)),
    op("ArgMin").shape(1, shape::reduce::arg).gives(Always(DType::I64)),
    op("Asin").shape(1, same).gradient(gradient::trigonometry::asin),
    op("Asinh").shape(1, same).gradient(gradient::trigonometry::asinh),
    op("Atan").shape(1, same).gradient(gradient::trigonometry::atan),
    op("Atanh").shape(1, same).gradient(gradient::trigonometry::atanh),
    op("Attention").shape(3, shape::matrix::attention).since(23).gradient(gradient::attention::attention),
    op("AveragePool").shape(1, shape::window::pool).gradient(gradient::pooling::average).copies(copies::channels::pool),
    op("BatchNormalization")
        .shape(5, shape::normalization::batch)
        .upgrade(Rewritten(rewritten::batch_normalization))
        .gradient(gradient::normalization::batch)
        .copies(copies::elementwise::batch_normalization)
        .trains(&[1, 2]),
    op("Cast")
        .shape(1, same)
        .gives(Said(dtype::cast))
        .fold(Values(arithmetic::cast))
        .gradient(gradient::layout::cast)
        .copies(copies::elementwise::same),
    op("CastLike").canonical(canonical::cast_like),
    op("Ceil").shape(1, same).fold(Each(f64::ceil)).in_steps().copies(copies::elementwise::same),
    op("Celu").shape(1, same).gradient(gradient::activation::celu).copies(copies::elementwise::same),
    op("Clip")
        .shape(1, same)
        .upgrade(Inputs(11, &[("min", 1), ("max", 2)]))
        .fold(Values(arithmetic::clip))
        .gradient(gradient::activation::clip)
        .copies(copies::elementwise::same),
    op("Compress"),
    op("Concat")
        .shape(1, shape::layout::concat)
        .fold(Values(moves::concat))
        .gradient(gradient::layout::concat)
        .copies(copies::layout::concat),
    op("Constant"),
    op("ConstantOfShape").gives(Said(dtype::constant_of_shape)).fold(Whole(arithmetic::constant_of_shape)),
    op("Conv")
        .shape(2, shape::window::conv)
        .canonical(canonical::padded)
        .gradient(gradient::convolution::conv)
        .copies(copies::channels::convolution)
        .trains(&[1, 2])
        .costs(cost::conv),
    op("ConvTranspose")
        .shape(2, shape::window::conv_transpose)
        .canonical(canonical::padded)
        .gradient(gradient::convolution::conv_transpose)
        .copies(copies::channels::convolution)
        .trains(&[1, 2])
        .costs(cost::conv_transpose),
    op("Cos").shape(1, same).gradient(gradient::trigonometry::cos).copies(copies::elementwise::same),
    op("Cosh").shape(1, same).gradient(gradient::trigonometry::cosh),
    op("CumSum").shape(2, same).gradient(gradient::reduction::cumulated),
    op("DepthToSpace")
        .shape(1, shape::layout::depth_to_space)
        .gradient(gradient::layout::depth_to_space)
        .copies(copies::channels::by_picture),
    op("DequantizeLinear"),
    op("Div")
        .shape(2, together)
        .fold(Values(arithmetic::div))
        .gradient(gradient::elementwise::div)
        .copies(copies::elementwise::broadcast)
        .trains(&[0, 1]),
    op("Dropout")
        .shape(1, same_twice)
        .gives(Second(DType::Bool))
        .upgrade(Rewritten(rewritten::dropout))
        .gradient(gradient::layout::dropout)
        .copies(copies::elementwise::dropout),
    op("Einsum").shape(1, shape::matrix::einsum).gradient(gradient::matrix::einsum),
    op("Elu").shape(1, same).gradient(gradient::activation::elu).copies(copies::elementwise::same),
    op("Equal")
        .shape(2, together)
        .gives(Always(DType::Bool))
        .fold(Pair(|a, b| truth(a == b)))
        .copies(copies::elementwise::broadcast),
    op("Erf").shape(1, same).gradient(gradient::smooth::erf).copies(copies::elementwise::same),
    op("Exp").shape(1, same).gradient(gradient::elementwise::exp).copies(copies::elementwise::same),
    op("Expand")
        .shape(2, shape::layout::expand)
        .fold(Values(moves::expand))
        .gradient(gradient::layout::expand)
        .copies(copies::layout::expand),
    op("EyeLike"),
    op("Flatten")
        .shape(1, shape::layout::flatten)
        .fold(Values(moves::kept))
        .gradient(gradient::layout::reshape)
        .copies(copies::layout::flatten),
    op("Floor").shape(1, same).fold(Each(f64::floor)).in_steps().copies(copies::elementwise::same),
    op("Gather").shape(2, shape::layout::gather).fold(Values(moves::gather)).gradient(gradient::indexing::gather),
    op("GatherElements").shape(2, shape::layout::gather_elements).gradient(gradient::indexing::gather_elements),
    op("GatherND").shape(2, shape::layout::gather_nd).gradient(gradient::indexing::gather_nd),
    op("Gelu").shape(1, same).since(20).gradient(gradient::smooth::gelu).copies(copies::elementwise::same),
    op("Gemm")
        .shape(2, shape::matrix::gemm)
        .gradient(gradient::matrix::gemm)
        .copies(copies::matrix::gemm)
        .trains(&[1, 2])
        .costs(cost::gemm),
    op("GlobalAveragePool")
        .shape(1, shape::window::global)
        .gradient(gradient::pooling::global_average)
        .copies(copies::channels::pool),
    op("GlobalMaxPool")
        .shape(1, shape::window::global)
        .gradient(gradient::pooling::global_max)
        .copies(copies::channels::pool),
    op("Greater")
        .shape(2, together)
        .gives(Always(DType::Bool))
        .fold(Pair(|a, b| truth(a > b)))
        .copies(copies::elementwise::broadcast),
    op("GreaterOrEqual")
        .shape(2, together)
        .gives(Always(DType::Bool))
        .fold(Pair(|a, b| truth(a >= b)))
        .copies(copies::elementwise::broadcast),
    op("GridSample").shape(2, shape::layout::grid_sample),
    op("GroupNormalization")
        .shape(3, shape::normalization::group)
        .since_form(group_normalization)
        .gradient(gradient::normalization::group)
        .copies(copies::channels::normalization)
        .trains(&[1, 2]),
    op("GRU"),
    op("HardSigmoid").shape(1, same).gradient(gradient::activation::hard_sigmoid).copies(copies::elementwise::same),
    op("HardSwish").shape(1, same).gradient(gradient::activation::hard_swish).copies(copies::elementwise::same),
    op("Identity")
        .shape(1, same)
        .fold(Values(moves::kept))
        .gradient(gradient::layout::identity)
        .copies(copies::elementwise::same),
    op("InstanceNormalization")
        .shape(3, shape::normalization::per_channel)
        .gradient(gradient::normalization::instance)
        .copies(copies::channels::normalization)
        .trains(&[1, 2]),
    op("IsInf").shape(1, same).gives(Always(DType::Bool)),
    op("IsNaN").shape(1, same).gives(Always(DType::Bool)),
    op("LayerNormalization")
        .shape(2, shape::normalization::layer)
        .gradient(gradient::normalization::layer)
        .trains(&[1, 2]),
    op("LeakyRelu").shape(1, same).gradient(gradient::activation::leaky_relu).copies(copies::elementwise::same),
    op("Less")
        .shape(2, together)
        .gives(Always(DType::Bool))
        .fold(Pair(|a, b| truth(a < b)))
        .copies(copies::elementwise::broadcast),
    op("LessOrEqual")
        .shape(2, together)
        .gives(Always(DType::Bool))
        .fold(Pair(|a, b| truth(a <= b)))
        .copies(copies::elementwise::broadcast),
    op("Log").shape(1, same).gradient(gradient::elementwise::log).copies(copies::elementwise::same),
    op("LogSoftmax")
        .shape(1, same)
        .upgrade(Rewritten(rewritten::softmax))
        .gradient(gradient::smooth::log_softmax)
        .copies(copies::layout::along),
    op("LpNormalization").shape(1, same),
    op("LpPool").shape(1, shape::window::pool).copies(copies::channels::pool),
    op("LRN").shape(1, same).copies(copies::channels::by_picture),
    op("LSTM"),
    op("MatMul")
        .shape(2, shape::matrix::matmul)
        .gradient(gradient::matrix::matmul)
        .copies(copies::matrix::matmul)
        .trains(&[0, 1])
        .costs(cost::matmul),
    op("Max")
        .shape(1, together)
        .fold(Pair(f64::max))
        .gradient(gradient::elementwise::min_max)
        .copies(copies::elementwise::broadcast),
    op("MaxPool")
        .shape(1, shape::window::pool)
        .gives(Second(DType::I64))
        .gradient(gradient::pooling::max)
        .copies(copies::channels::pool),
    op("Mean").shape(1, together).gradient(gradient::elementwise::mean),
    op("Min")
        .shape(1, together)
        .fold(Pair(f64::min))
        .gradient(gradient::elementwise::min_max)
        .copies(copies::elementwise::broadcast),
    op("Mish").shape(1, same).since(18).gradient(gradient::smooth::mish).copies(copies::elementwise::same),
    op("Mod").shape(2, together).fold(Values(arithmetic::modulo)).gradient(gradient::elementwise::modulo),
    op("Mul")
        .shape(2, together)
        .fold(Pair(|a, b| a * b))
        .gradient(gradient::elementwise::mul)
        .copies(copies::elementwise::broadcast)
        .trains(&[0, 1]),
    op("Neg").shape(1, same).fold(Each(|v| -v)).gradient(gradient::elementwise::neg).copies(copies::elementwise::same),
    op("NonMaxSuppression").gives(Always(DType::I64)),
    op("NonZero").gives(Always(DType::I64)),
    op("Not").shape(1, same).gives(Always(DType::Bool)).fold(Each(arithmetic::not)).copies(copies::elementwise::same),
    op("OneHot").gives(Like(2)),
    op("Or")
        .shape(2, together)
        .gives(Always(DType::Bool))
        .fold(Pair(|a, b| truth(a != 0.0 || b != 0.0)))
        .copies(copies::elementwise::broadcast),
    op("Pad")
        .shape(2, shape::layout::pad)
        .upgrade(Inputs(11, &[("pads", 1), ("value", 2)]))
        .gradient(gradient::layout::pad)
        .copies(copies::layout::pad),
    op("Pow")
        .shape(2, together)
        .fold(Pair(f64::powf))
        .gradient(gradient::elementwise::pow)
        .copies(copies::elementwise::broadcast),
    op("PRelu")
        .shape(2, onto_first)
        .gradient(gradient::activation::prelu)
        .copies(copies::elementwise::prelu)
        .trains(&[1]),
    op("QuantizeLinear"),
    op("Range").fold(Whole(arithmetic::range)),
    op("Reciprocal").shape(1, same).gradient(gradient::elementwise::reciprocal).copies(copies::elementwise::same),
    op("ReduceL1").shape(1, shape::reduce::reduce).upgrade(AXES_BEFORE_18).gradient(gradient::reduction::l1),
    op("ReduceL2").shape(1, shape::reduce::reduce).upgrade(AXES_BEFORE_18).gradient(gradient::reduction::l2),
    op("ReduceLogSum").shape(1, shape::reduce::reduce).upgrade(AXES_BEFORE_18).gradient(gradient::reduction::log_sum),
    op("ReduceLogSumExp")
        .shape(1, shape::reduce::reduce)
        .upgrade(AXES_BEFORE_18)
        .gradient(gradient::reduction::log_sum_exp),
    op("ReduceMax")
        .shape(1, shape::reduce::reduce)
        .upgrade(AXES_BEFORE_18)
        .fold(Values(arithmetic::largest))
        .gradient(gradient::reduction::extreme)
        .copies(copies::layout::reduce),
    op("ReduceMean")
        .shape(1, shape::reduce::reduce)
        .upgrade(AXES_BEFORE_18)
        .gradient(gradient::reduction::mean)
        .copies(copies::layout::reduce),
    op("ReduceMin")
        .shape(1, shape::reduce::reduce)
        .upgrade(AXES_BEFORE_18)
        .fold(Values(arithmetic::smallest))
        .gradient(gradient::reduction::extreme)
        .copies(copies::layout::reduce),
    op("ReduceProd")
        .shape(1, shape::reduce::reduce)
        .upgrade(AXES_BEFORE_18)
        .fold(Values(arithmetic::product))
        .gradient(gradient::reduction::product),
    op("ReduceSum")
        .shape(1, shape::reduce::reduce)
        .upgrade(AXES_BEFORE_13)
        .fold(Values(arithmetic::sum))
        .gradient(gradient::reduction::sum)
        .copies(copies::layout::reduce),
    op("ReduceSumSquare")
        .shape(1, shape::reduce::reduce)
        .upgrade(AXES_BEFORE_18)
        .gradient(gradient::reduction::sum_square),
    op("Relu").shape(1, same).gradient(gradient::activation::relu).copies(copies::elementwise::same),
    op("Reshape")
        .shape(2, shape::layout::reshape)
        .fold(Values(moves::kept))
        .gradient(gradient::layout::reshape)
        .copies(copies::layout::reshape),
    op("Resize")
        .shape(1, shape::resize::resize)
        .upgrade(Rewritten(rewritten::resize))
        .gradient(gradient::resize::resize)
        .copies(copies::channels::resize),
    op("ReverseSequence"),
    op("RMSNormalization").shape(2, onto_first).since(23).gradient(gradient::normalization::rms).trains(&[1]),
    op("RNN"),
    op("Round").shape(1, same).fold(Each(f64::round_ties_even)).in_steps().copies(copies::elementwise::same),
    op("Scatter").upgrade(Rewritten(rewritten::scatter)),
    op("ScatterElements").shape(3, same).gradient(gradient::indexing::scatter_elements),
    op("ScatterND").shape(3, same).gradient(gradient::indexing::scatter_nd),
    op("Selu").shape(1, same).gradient(gradient::activation::selu).copies(copies::elementwise::same),
    op("Shape")
        .shape(1, shape::layout::shape)
        .gives(Always(DType::I64))
        .fold(Fold::Shape(arithmetic::shape))
        .copies(copies::layout::shape),
    op("Shrink").shape(1, same),
    op("Sigmoid").shape(1, same).gradient(gradient::smooth::sigmoid).copies(copies::elementwise::same),
    op("Sign").shape(1, same).fold(Each(arithmetic::sign)).in_steps().copies(copies::elementwise::same),
    op("Sin").shape(1, same).gradient(gradient::trigonometry::sin).copies(copies::elementwise::same),
    op("Sinh").shape(1, same).gradient(gradient::trigonometry::sinh),
    op("Size").shape(1, shape::layout::size).gives(Always(DType::I64)).fold(Fold::Shape(arithmetic::size)),
    op("Slice")
        .shape(3, shape::layout::slice)
        .upgrade(Inputs(10, &[("starts", 1), ("ends", 2), ("axes", 3)]))
        .fold(Values(moves::slice))
        .gradient(gradient::layout::slice)
        .copies(copies::layout::slice),
    op("Softmax")
        .shape(1, same)
        .upgrade(Rewritten(rewritten::softmax))
        .gradient(gradient::smooth::softmax)
        .copies(copies::layout::along),
    op("Softplus").shape(1, same).gradient(gradient::smooth::softplus).copies(copies::elementwise::same),
    op("Softsign").shape(1, same).gradient(gradient::smooth::softsign).copies(copies::elementwise::same),
    op("SpaceToDepth")
        .shape(1, shape::layout::space_to_depth)
        .gradient(gradient::layout::space_to_depth)
        .copies(copies::channels::by_picture),
    op("Split")
        .shape(1, shape::layout::split)
        .upgrade(Rewritten(rewritten::split))
        .fold(Values(moves::split))
        .gradient(gradient::layout::split)
        .copies(copies::layout::split),
    op("Sqrt")
        .shape(1, same)
        .fold(Each(f64::sqrt))
        .gradient(gradient::elementwise::sqrt)
        .copies(copies::elementwise::same),
    op("Squeeze")
        .shape(1, shape::layout::squeeze)
        .upgrade(AXES_BEFORE_13)
        .fold(Values(moves::kept))
        .gradient(gradient::layout::reshape)
        .copies(copies::layout::squeeze),
    op("Sub")
        .shape(2, together)
        .fold(Pair(|a, b| a - b))
        .gradient(gradient::elementwise::sub)
        .copies(copies::elementwise::broadcast)
        .trains(&[0, 1]),
    op("Sum")
        .shape(1, together)
        .fold(Pair(|a, b| a + b))
        .gradient(gradient::elementwise::sum)
        .copies(copies::elementwise::broadcast),
    op("Swish").shape(1, same).since(24).gradient(gradient::smooth::swish).copies(copies::elementwise::same),
    op("Tan").shape(1, same).gradient(gradient::trigonometry::tan),
    op("Tanh").shape(1, same).gradient(gradient::trigonometry::tanh).copies(copies::elementwise::same),
    op("ThresholdedRelu")
        .shape(1, same)
        .gradient(gradient::activation::thresholded_relu)
        .copies(copies::elementwise::same),
    op("Tile").shape(2, shape::layout::tile).fold(Values(moves::tile)).gradient(gradient::layout::tile),
    op("TopK")
        .shape(2, shape::reduce::top)
        .gives(Second(DType::I64))
        .upgrade(Rewritten(rewritten::top))
        .gradient(gradient::indexing::top),
    op("Transpose")
        .shape(1, shape::layout::transpose)
        .fold(Values(moves::transpose))
        .gradient(gradient::layout::transpose)
        .copies(copies::layout::transpose),
    op("Trilu").shape(1, same).gradient(gradient::layout::trilu),
    op("Unsqueeze")
        .shape(2, shape::layout::unsqueeze)
        .upgrade(AXES_BEFORE_13)
        .fold(Values(moves::kept))
        .gradient(gradient::layout::reshape)
        .copies(copies::layout::unsqueeze),
    op("Upsample").upgrade(Rewritten(rewritten::upsample)),
    op("Where")
        .shape(3, together)
        .gives(Like(1))
        .fold(Values(arithmetic::select))
        .gradient(gradient::elementwise::select)
        .copies(copies::elementwise::broadcast),
    op("Xor").shape(2, together).gives(Always(DType::Bool)),
];
