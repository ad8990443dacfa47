//! ONNX Runtime: finding the library, choosing the device, running graphs. Knows only [`crate::graph`].
//!
//! [`Runtime`] is the loaded library with its device, [`Engine`] one that may come later; [`Session`] runs a graph once; [`StateLoop`] runs one again and
//! again and feeds its outputs back as inputs, with all state staying on the device.
//!
//! A network of one layer learns to double, by gradient descent:
//!
//! ```
//! use fieldcoach::graph::{Builder, DType, Sgd, Tensor, differentiate, sgd};
//! use fieldcoach::runtime::{Device, Runtime, RuntimeError, SessionOptions, find_library};
//!
//! let mut g = Builder::new();
//! let [x, wanted] = ["x", "wanted"].map(|name| g.input(name, DType::F32, &[4, 1]));
//! let [weight, direction] = ["weight", "direction"].map(|name| g.input(name, DType::F32, &[1, 1]));
//! let found = g.matmul(x, weight);
//! let error = g.sub(found, wanted);
//! let squared = g.square(error);
//! let loss = g.reduce_mean(squared, &[0, 1], false);
//! let gradient = differentiate(&mut g, loss, &[weight])?[0];
//! let (rate, first) = (g.scalar(0.1), g.scalar(1.0));
//! let next = sgd(&mut g, Sgd::default(), weight, gradient, direction, rate, None, first);
//! g.output("next", next.weight);
//! let step = g.finish()?;
//!
//! let library = match find_library(None, &[]) {
//!     Ok(library) => library,
//!     // A machine without ONNX Runtime can build the step, and not take it.
//!     Err(RuntimeError::NotFound(_)) => return Ok(()),
//!     Err(error) => return Err(error),
//! };
//! let runtime = Runtime::open(&library, Device::Cpu, 1)?;
//! let mut session = runtime.session(&step, SessionOptions::default())?;
//! let x = Tensor::f32([4, 1], vec![-1.0, 0.5, 1.0, 1.5]);
//! let wanted = Tensor::f32([4, 1], vec![-2.0, 1.0, 2.0, 3.0]);
//! let (mut weight, zero) = (Tensor::full([1, 1], 0.0), Tensor::full([1, 1], 0.0));
//! for _ in 0..50 {
//!     let inputs = [("x", &x), ("wanted", &wanted), ("weight", &weight), ("direction", &zero)];
//!     weight = session.run(&inputs, &["next"])?.remove(0);
//! }
//! let learned = weight.as_f32().map(|w| w[0]);
//! assert!(learned.is_some_and(|w| (w - 2.0).abs() < 1e-3), "{learned:?}");
//! # Ok::<(), RuntimeError>(())
//! ```

mod device;
mod engine;
mod error;
mod feeder;
mod handle;
mod library;
mod pack;
mod probe;
mod provider;
mod recording;
mod session;
mod state_loop;
mod value;

pub use crate::graph::{Data, Tensor};
pub use device::Device;
pub use engine::Engine;
pub use error::RuntimeError;
pub use feeder::Input;
#[cfg(test)]
pub(crate) use handle::for_tests;
pub use handle::{Runtime, RuntimeStatus};
pub use library::find as find_library;
pub use session::{Session, SessionOptions};
pub use state_loop::{State, StateLoop, Step};
