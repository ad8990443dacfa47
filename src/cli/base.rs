//! `base import`, `base list`, `base show`.

use clap::{Args, Subcommand};
use fieldcoach::appliance;
use fieldcoach::config::Config;
use fieldcoach::train::base::Base as Network;
use fieldcoach::train::import_base::{self, ImportOptions};
use fieldcoach::train::inspect::inspect;
use std::path::PathBuf;

#[derive(Subcommand)]
pub enum Base {
    /// Make a base of an ONNX network
    Import(Import),
    /// Names of the bases there are
    List,
    /// What a base is made of
    Show {
        /// `default`, or the name of an imported base
        name: String,
    },
}

#[derive(Args)]
pub struct Import {
    /// The network: an ONNX file with one picture as its input
    file: PathBuf,
    /// Name of the base; the file's name if left out
    #[arg(long)]
    name: Option<String>,
    /// Pixels of the input, where the file leaves them open
    #[arg(long, value_name = "WIDTHxHEIGHT", value_parser = size)]
    size: Option<(usize, usize)>,
    /// Subtracted from every pixel value (0 to 255); one number or three
    #[arg(long, value_delimiter = ',', default_value = "127")]
    mean: Vec<f32>,
    /// Then divided by; one number or three
    #[arg(long, value_delimiter = ',', default_value = "128")]
    scale: Vec<f32>,
    /// A feature map to stand on, by its name in the file; found by themselves if left out
    #[arg(long = "tap", value_name = "NAME")]
    taps: Vec<String>,
}

fn size(text: &str) -> Result<(usize, usize), String> {
    let parse = |t: &str| t.parse::<usize>().ok().filter(|n| (32..=4096).contains(n));
    text.split_once('x')
        .and_then(|(w, h)| Some((parse(w)?, parse(h)?)))
        .ok_or_else(|| format!("`{text}` is not WIDTHxHEIGHT with 32 to 4096 each"))
}

/// One number for all three colours, or three.
fn colours(name: &str, values: &[f32]) -> anyhow::Result<[f32; 3]> {
    match values {
        [one] => Ok([*one; 3]),
        [r, g, b] => Ok([*r, *g, *b]),
        _ => anyhow::bail!("--{name} takes one number or three, not {}", values.len()),
    }
}

impl Base {
    pub fn run(self, config: &Config) -> anyhow::Result<()> {
        let store = appliance::open_store(config)?;
        let folder = store.bases_dir();
        match self {
            Self::List => Network::list(&folder).iter().for_each(|name| println!("{name}")),
            Self::Show { name } => show(&Network::open(&folder, &name)?)?,
            Self::Import(import) => {
                let options = ImportOptions {
                    name: import.name,
                    size: import.size,
                    mean: colours("mean", &import.mean)?,
                    scale: colours("scale", &import.scale)?,
                    taps: import.taps,
                };
                anyhow::ensure!(options.scale.iter().all(|s| *s != 0.0), "--scale must not be 0");
                let base = import_base::import(&import.file, &options, &appliance::open_runtime(config)?)?;
                store.put_base(&base.info.name, &base.encode())?;
                show(&base)?;
                println!("train with it: set train.base = \"{}\"", base.info.name);
            }
        }
        Ok(())
    }
}

fn show(base: &Network) -> anyhow::Result<()> {
    let (info, seen) = (&base.info, inspect(base)?);
    println!(
        "{}: {}×{} pixels, (value − {:?}) / {:?}, {} parameters, {} million products a picture",
        info.name,
        info.width,
        info.height,
        info.mean,
        info.scale,
        seen.parameters,
        seen.products / 1_000_000
    );
    for tap in &info.taps {
        println!(
            "  tap `{}`: stride {}, {} channels, {}×{} cells",
            tap.name, tap.stride, tap.channels, tap.width, tap.height
        );
    }
    for above in &seen.forks {
        println!(
            "  fork at {}: {} parameters are trained, {} million products a picture above it",
            above.fork.place,
            above.parameters,
            above.products / 1_000_000
        );
    }
    let operators: Vec<String> = seen.operators.iter().map(|(op, count)| format!("{op} {count}")).collect();
    println!("  operators: {}", operators.join(", "));
    seen.frozen.iter().for_each(|why| println!("  frozen: {why}"));
    Ok(())
}
