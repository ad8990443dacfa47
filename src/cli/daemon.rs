//! `run` and `demo`.

use clap::Args;
use fieldcoach::config::Config;
use fieldcoach::{appliance, demo};

/// Run the daemon
#[derive(Args)]
pub struct Run {}

/// Run the demo
#[derive(Args)]
pub struct Demo {}

impl Run {
    pub fn run(self, config: Config) -> anyhow::Result<()> {
        tokio::runtime::Runtime::new()?.block_on(appliance::run(config))
    }
}

impl Demo {
    /// Unless a data folder was set, the demo keeps its data in one that goes away with it.
    pub fn run(self, config: Config) -> anyhow::Result<()> {
        let mut config = demo::configure(config);
        let temporary = tempfile::Builder::new().prefix("fieldcoach-demo-").tempdir()?;
        if config.data_dir == Config::default().data_dir {
            config.data_dir = temporary.path().to_owned();
        }
        tokio::runtime::Runtime::new()?.block_on(async {
            let running = demo::start(config).await?;
            let here = format!("http://{}/", running.http);
            let page = running.services.reach.pages().into_iter().next().unwrap_or(here);
            eprintln!("\n  The page:  {page}\n");
            if let Some(broker) = running.broker {
                eprintln!("  The fleet: mosquitto_sub -h {} -p {} -v -t 'fieldcoach/#'\n", broker.ip(), broker.port());
            }
            eprintln!("  Stop with Ctrl-C; its data goes away with it unless data_dir is set.\n");
            appliance::until_told(running).await
        })
    }
}
