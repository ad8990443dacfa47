//! The command line: one file a command.

mod backup;
mod base;
mod bench;
mod carried;
mod check;
mod daemon;
mod exchange;
mod film;
mod fleet;
mod herd;
mod images;
mod incomplete;
mod local;
mod manual;
mod owner;
mod paces;
mod pair;
mod photographs;
mod pool;
mod pretrain;
mod progress;
mod queue;
mod shots;
mod thin_devices;
mod token;
mod tracks;
mod train;
mod trials;

use clap::{CommandFactory, Parser, Subcommand};
use fieldcoach::appliance::engine;
use fieldcoach::children;
use fieldcoach::config::Config;
use fieldcoach::mqtt::embedded;
use fieldcoach::settings::Overlaid;
use fieldcoach::telemetry::{self, LogFormat};
use fieldcoach::train::work;
pub use incomplete::{Incomplete, STATUS as INCOMPLETE};
use owner::keeping_the_owner;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Teaches a camera in the field: captures, is labelled from a phone, trains on the device, watches.
#[derive(Parser)]
#[command(version, arg_required_else_help = true, max_term_width = 100)]
pub struct Arguments {
    /// Configuration file (TOML); FIELDCOACH_SECTION__KEY variables override it
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the daemon
    Run(daemon::Run),
    Fleet(fleet::Fleet),
    /// Run the daemon on a generated scene that labels itself, with a broker and one training
    Demo(daemon::Demo),
    /// Train on a COCO file and its images, or on all that a fleet labelled, with no daemon
    Train(train::Train),
    /// Bring a data set into the store
    Import(exchange::Import),
    /// Write the labelled frames as a data set
    Export(exchange::Export),
    Pool(pool::Command),
    /// Networks that trainings stand on
    #[command(subcommand)]
    Base(base::Base),
    Pretrain(pretrain::Pretrain),
    /// Show a code by which a phone pairs with the daemon that runs here
    Pair(pair::Pair),
    /// Who may come in to the daemon that runs here
    #[command(subcommand)]
    Token(token::Token),
    Check(check::Check),
    Backup(backup::Backup),
    Restore(backup::Restore),
    Manual(manual::Manual),
    /// Measure this machine
    #[command(subcommand)]
    Bench(bench::Bench),
    /// Train for the daemon that started this
    #[command(name = work::child::COMMAND, hide = true)]
    TrainChild,
    /// Be the broker of the daemon that started this
    #[command(name = embedded::child::COMMAND, hide = true)]
    BrokerChild {
        listen: SocketAddr,
    },
    /// Become a program of others, for the daemon that started this
    #[command(name = children::COMMAND, hide = true)]
    OtherChild,
    /// Say what ONNX Runtime is to the daemon that started this
    #[command(name = engine::COMMAND, hide = true)]
    RuntimeChild,
}

impl Arguments {
    /// Does what was asked.
    pub fn run(self) -> anyhow::Result<()> {
        // What they have to say is all that they write.
        match self.command {
            Command::RuntimeChild => return engine::tell(),
            Command::OtherChild => return Ok(children::serve()?),
            _ => {}
        }
        let _writing = telemetry::init(LogFormat::Text)?;
        // They are told everything by the daemon.
        match self.command {
            Command::TrainChild => return Ok(work::child::serve()?),
            Command::BrokerChild { listen } => return embedded::child::serve(listen),
            _ => {}
        }
        // The TLS of MQTT asks for a default; without one its first use panics.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let command = match self.command {
            Command::Fleet(command) => return command.run(self.config.as_deref()),
            command => command,
        };
        let config = Config::load(self.config.as_deref())?;
        // What was set at a distance lies over it; the daemon reads that by itself.
        let over = || Overlaid::read(config.clone()).config;
        match command {
            Command::Run(command) => return command.run(config),
            Command::Demo(command) => return command.run(config),
            _ => {}
        }
        keeping_the_owner(&config.data_dir, || match command {
            Command::Train(command) => command.run(&over()),
            Command::Import(command) => command.run(&over()),
            Command::Export(command) => command.run(&over()),
            Command::Pool(command) => command.run(&over()),
            Command::Base(command) => command.run(&over()),
            Command::Pretrain(command) => command.run(&over()),
            Command::Pair(command) => command.run(&config),
            Command::Token(command) => command.run(&config),
            Command::Check(command) => command.run(&over()),
            Command::Backup(command) => command.run(&over()),
            Command::Restore(command) => command.run(&config),
            Command::Manual(command) => command.run(Self::command()),
            Command::Bench(command) => command.run(&over()),
            Command::TrainChild
            | Command::RuntimeChild
            | Command::BrokerChild { .. }
            | Command::OtherChild
            | Command::Run(_)
            | Command::Fleet(_)
            | Command::Demo(_) => Ok(()),
        })
    }
}
