//! `base import`, `base list`, `base show`.

use clap::{Args, Subcommand, ValueEnum};
use fieldcoach::appliance;
use fieldcoach::config::Config;
use fieldcoach::train::base::Base as Network;
use fieldcoach::train::base::Normalization;
use fieldcoach::train::base::import::{Candidate, ImportOptions, SIZES};
use fieldcoach::train::base::inspect::inspect;
use std::io::IsTerminal;
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
    /// What the network expects of its pixels, where the file does not say it: imagenet (torchvision, timm), unit (0 to
    /// 1: YOLO), symmetric (-1 to 1), raw (0 to 255)
    #[arg(long, value_name = "KIND", conflicts_with_all = ["mean", "scale"])]
    normalization: Option<Kind>,
    /// The same in numbers: subtracted from every pixel value (0 to 255); one or three
    #[arg(long, value_delimiter = ',', requires = "scale")]
    mean: Vec<f32>,
    /// Then divided by; one number or three
    #[arg(long, value_delimiter = ',', requires = "mean")]
    scale: Vec<f32>,
    /// A feature map to stand on, by its name in the file; found by themselves if left out
    #[arg(long = "tap", value_name = "NAME")]
    taps: Vec<String>,
}

/// Usual normalisations.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Kind {
    Imagenet,
    Unit,
    Symmetric,
    Raw,
}

impl From<Kind> for Normalization {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Imagenet => Self::IMAGENET,
            Kind::Unit => Self::UNIT,
            Kind::Symmetric => Self::SYMMETRIC,
            Kind::Raw => Self::RAW,
        }
    }
}

fn size(text: &str) -> Result<(usize, usize), String> {
    let parse = |t: &str| t.parse::<usize>().ok().filter(|n| SIZES.contains(n));
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
                let network = Candidate::read(&import.file)?;
                let options = ImportOptions {
                    size: import.size(&network)?,
                    normalization: import.normalization(&network)?,
                    name: import.name,
                    taps: import.taps,
                };
                let base = network.import(&options, &appliance::open_runtime(config)?)?;
                if Network::list(&folder).contains(&base.info.name) {
                    println!("replaces the base `{}` that there was", base.info.name);
                }
                store.put_base(&base.info.name, &base.encode())?;
                show(&base)?;
                println!("train with it: set train.base = \"{}\"", base.info.name);
            }
        }
        Ok(())
    }
}

impl Import {
    /// As given, as the file says, or as answered.
    fn size(&self, network: &Candidate) -> anyhow::Result<(usize, usize)> {
        if let Some(size) = self.size.or(network.size) {
            return Ok(size);
        }
        // The shape of most cameras, and small enough for a small machine.
        ask("The file leaves open how large its pictures are: WIDTHxHEIGHT", "320x240", "--size", size)
    }

    /// As given, as the file says, or as answered.
    fn normalization(&self, network: &Candidate) -> anyhow::Result<Normalization> {
        if let Some(kind) = self.normalization {
            return Ok(kind.into());
        }
        if !self.mean.is_empty() {
            let normalization =
                Normalization { mean: colours("mean", &self.mean)?, scale: colours("scale", &self.scale)? };
            anyhow::ensure!(normalization.scale.iter().all(|s| *s != 0.0), "--scale must not be 0");
            return Ok(normalization);
        }
        if let Some((said, place)) = &network.normalization {
            println!("pixels: {said}, by {place}");
            return Ok(*said);
        }
        let question = "The file does not say what it expects of its pixels: imagenet, unit, symmetric or raw";
        Ok(ask(question, "symmetric", "--normalization", |text| Kind::from_str(text, true))?.into())
    }
}

/// Asks on a terminal until the answer can be read; elsewhere takes `usual`, and says so.
fn ask<T>(question: &str, usual: &str, option: &str, read: impl Fn(&str) -> Result<T, String>) -> anyhow::Result<T> {
    if !std::io::stdin().is_terminal() {
        eprintln!("{question}. Taken: {usual}; if that is wrong, import it again with {option}");
        return read(usual).map_err(anyhow::Error::msg);
    }
    loop {
        eprint!("{question} [{usual}]: ");
        let mut line = String::new();
        anyhow::ensure!(std::io::stdin().read_line(&mut line)? > 0, "no answer; give it with {option}");
        match read(Some(line.trim()).filter(|l| !l.is_empty()).unwrap_or(usual)) {
            Ok(answer) => return Ok(answer),
            Err(why) => eprintln!("{why}"),
        }
    }
}

fn show(base: &Network) -> anyhow::Result<()> {
    let (info, seen) = (&base.info, inspect(base)?);
    println!(
        "{}: {}×{} pixels, {}, {} parameters, {} million products a picture",
        info.name,
        info.width,
        info.height,
        info.normalization,
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
