//! `run` and `demo`.

use clap::Args;
use fieldcoach::config::Config;
use fieldcoach::{appliance, demo};
use std::future::Future;
use std::time::Duration;
use tokio::runtime::Builder;

/// Work on threads that block, once all parts have stopped: what is still at it then is left behind.
const REST: Duration = Duration::from_millis(500);

/// Run the daemon
#[derive(Args)]
pub struct Run {}

/// Run the demo
#[derive(Args)]
pub struct Demo {}

impl Run {
    pub fn run(self, config: Config) -> anyhow::Result<()> {
        to_its_end(appliance::run(config))
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
        let up = |running: &appliance::Running| {
            let here = format!("http://{}/", running.http);
            let page = running.services.reach.pages().into_iter().next().unwrap_or(here);
            eprintln!("\n  The page:  {page}\n");
            if let Some(broker) = running.broker {
                eprintln!("  The fleet: mosquitto_sub -h {} -p {} -v -t 'fieldcoach/#'\n", broker.ip(), broker.port());
            }
            eprintln!("  Stop with Ctrl-C; its data goes away with it unless data_dir is set.\n");
        };
        to_its_end(appliance::until_told(|| demo::start(config.clone()), up))
    }
}

/// Dropping a runtime waits for work that blocks, however long it takes; this does not.
pub fn to_its_end(daemon: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    let runtime = Builder::new_multi_thread().enable_all().max_blocking_threads(appliance::BLOCKING_THREADS).build()?;
    let ended = runtime.block_on(daemon);
    runtime.shutdown_timeout(REST);
    ended
}
