//! `fleet`: the server of a fleet, and who may come in to it.

use super::daemon::to_its_end;
use super::owner::keeping_the_owner;
use super::{pair, token};
use clap::{Args, Subcommand};
use fieldcoach::config::{Broker, Config};
use fieldcoach::fleet_server;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// One page for all devices of a broker
///
/// Serves the fleet's page, and the way to each device, through the broker. Takes the sections [http] and [mqtt] of a
/// configuration file, data_dir and device.id, which is what this server is called; what is said here goes before them.
#[derive(Args)]
pub struct Fleet {
    /// The broker that the devices are at: mqtt://HOST:1883 or mqtts://HOST:8883, of a cluster all nodes with commas between them (user, password and certificates as [mqtt] says)
    #[arg(long, value_name = "URL")]
    broker: Option<Broker>,
    /// Where the page is; off loopback with TLS and tokens, always [default: 127.0.0.1:8090]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Where the server keeps what it knows [default: /var/lib/fieldcoach-fleet]
    #[arg(long, global = true, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Show a code by which a phone pairs with the server that runs here
    Pair(pair::Pair),
    /// Who may come in to the server that runs here
    #[command(subcommand)]
    Token(token::Token),
}

impl Fleet {
    pub fn run(self, file: Option<&Path>) -> anyhow::Result<()> {
        let mut config = Config::load_over(&fleet_server::defaults(), file)?;
        if let Some(folder) = self.data_dir {
            config.data_dir = folder;
        }
        match self.command {
            Some(Command::Pair(command)) => keeping_the_owner(&config.data_dir, || command.run(&config)),
            Some(Command::Token(command)) => keeping_the_owner(&config.data_dir, || command.run(&config)),
            None => {
                config.mqtt.broker = self.broker.unwrap_or(config.mqtt.broker);
                config.http.listen = self.listen.unwrap_or(config.http.listen);
                to_its_end(fleet_server::run(config))
            }
        }
    }
}
