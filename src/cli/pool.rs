//! `pool`: labels and models that a fleet shares.

use super::incomplete::incomplete;
use super::local;
use super::progress::Progress;
use anyhow::{Context, bail, ensure};
use clap::{Args, Subcommand};
use fieldcoach::appliance;
use fieldcoach::config::{Config, PoolUrl};
use fieldcoach::domain::{CameraId, ModelId};
use fieldcoach::events::Events;
use fieldcoach::live::Deployment;
use fieldcoach::pool::{Judging, Listing, Means, Pool, Pulled, Pushed, Taken};
use fieldcoach::store::Store;
use fieldcoach::turns::Turns;
use serde_json::Value;
use std::ops::ControlFlow;
use std::thread;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often the daemon is asked how far it is.
const ASK_EVERY: Duration = Duration::from_millis(200);

/// Labels and models that a fleet shares, in a folder or a bucket; by the daemon where it runs
#[derive(Args)]
pub struct Command {
    /// The pool, where no daemon runs: s3://BUCKET/PREFIX, gs://…, az://…, file:///FOLDER [default: pool.url]
    #[arg(long, global = true, value_name = "URL")]
    pool: Option<PoolUrl>,
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Bring what was labelled here, and the models made here, to the pool; status 3 where not all of it could be read
    Push,
    /// Bring what other devices labelled here; status 3 where not all of it could be taken
    Pull,
    /// The models that are in the pool
    List,
    /// Judge a model of the pool on this device's own frames, and put it on the live camera if it is better
    Deploy {
        model: ModelId,
        /// On this camera alone
        #[arg(long)]
        camera: Option<CameraId>,
    },
    /// The key by which this device vouches for its models: for pool.trusted of the others
    Key,
}

impl Command {
    pub fn run(self, config: &Config) -> anyhow::Result<()> {
        if local::is_running(config) {
            ensure!(self.pool.is_none(), "a daemon runs here, and has a pool of its own: set pool.url, or stop it");
            return by_daemon(config, &self.what);
        }
        let mut config = config.clone();
        config.pool.url = self.pool.unwrap_or(config.pool.url);
        let store = appliance::open_store(&config)?;
        let pool = of(&store, &config);
        match self.what {
            What::Push => push(&pool),
            What::Pull => pull(&pool),
            What::List => list(&pool),
            What::Deploy { model, camera } => deploy(&pool, (&store, &config), model, camera.as_ref()),
            What::Key => {
                println!("{}", pool.key()?);
                Ok(())
            }
        }
    }
}

/// The pool of this configuration, for a store that no daemon has open.
pub fn of(store: &Store, config: &Config) -> Pool {
    let means = Means { store: store.clone(), events: Events::new(), pictures: Turns::at_pictures() };
    Pool::new(&config.pool, &config.device.id, means, &CancellationToken::new())
}

/// Shows how far something is, and lets it go on.
fn going<'a>(progress: &'a mut Progress, text: &'a str) -> impl FnMut(u64, u64) -> ControlFlow<()> + 'a {
    move |done, of| {
        progress.set(done as f32 / of.max(1) as f32, text);
        ControlFlow::Continue(())
    }
}

pub fn push(pool: &Pool) -> anyhow::Result<()> {
    let (mut progress, mut told) = (Progress::new(), Pushed::default());
    let pushed = pool.push(&mut told, &mut going(&mut progress, "pushing"));
    progress.done();
    let told = tell_pushed(&told, &pool.url());
    pushed?;
    told
}

pub fn pull(pool: &Pool) -> anyhow::Result<()> {
    let (mut progress, mut told) = (Progress::new(), Pulled::default());
    let pulled = pool.pull(&mut told, &mut going(&mut progress, "pulling"));
    progress.done();
    let told = tell_pulled(&told, &pool.url());
    pulled?;
    told
}

fn deploy(
    pool: &Pool,
    (store, config): (&Store, &Config),
    model: ModelId,
    camera: Option<&CameraId>,
) -> anyhow::Result<()> {
    let runtime = appliance::open_runtime(config)?;
    let deployment = Deployment::new(store.clone(), Events::new(), &config.cameras);
    let judging = Judging { runtime: &runtime, deployment: &deployment, floor: config.live.floor, camera };
    let mut progress = Progress::new();
    let taken = pool.take(model, &judging, &mut going(&mut progress, "judging"));
    progress.done();
    tell_taken(&taken?);
    Ok(())
}

fn list(pool: &Pool) -> anyhow::Result<()> {
    let Listing { models, unclear } = pool.models()?;
    for listed in &models {
        let mut model = serde_json::to_value(&listed.facts)?;
        model["signed_by"] = listed.signed_by.to_string().into();
        tell_model(&model);
    }
    println!("{} models in {}", models.len(), pool.url());
    let unclear: Vec<String> = unclear.iter().map(|(id, why)| format!("model {id}: {why}")).collect();
    incomplete("can't be taken", &unclear)
}

fn by_daemon(config: &Config, what: &What) -> anyhow::Result<()> {
    let status = local::ask(config, "GET", "pool", None)?;
    let url = status["url"].as_str().unwrap_or_default();
    match what {
        What::Key => println!("{}", status["key"].as_str().unwrap_or_default()),
        What::List => {
            let models = local::ask(config, "GET", "pool/models", None)?;
            let models = models["items"].as_array().cloned().unwrap_or_default();
            models.iter().for_each(tell_model);
            println!("{} models in {url}", models.len());
        }
        What::Push => {
            let done = job(config, "pool/push", "pushing")?;
            let told = tell_pushed(&read(&done["pushed"])?, url);
            failed(&done)?;
            return told;
        }
        What::Pull => {
            let done = job(config, "pool/pull", "pulling")?;
            let told = tell_pulled(&read(&done["pulled"])?, url);
            failed(&done)?;
            return told;
        }
        What::Deploy { model, camera } => {
            let at = camera.as_ref().map(|camera| format!("?camera={camera}")).unwrap_or_default();
            let done = job(config, &format!("pool/models/{model}/deploy{at}"), "judging")?;
            failed(&done)?;
            tell_taken(&serde_json::from_value(done["taken"].clone())?);
        }
    }
    Ok(())
}

/// Has the daemon do something, and waits until it is over; what it tells of it then.
fn job(config: &Config, path: &str, text: &str) -> anyhow::Result<Value> {
    let mut job = local::ask(config, "POST", path, None)?;
    let id = job["id"].as_str().context("the daemon does not say what it began")?.to_owned();
    let mut progress = Progress::new();
    while job["state"] == "running" {
        let number = |key: &str| job[key].as_u64().unwrap_or_default() as f32;
        progress.set(number("done") / number("of").max(1.0), text);
        thread::sleep(ASK_EVERY);
        job = local::ask(config, "GET", &format!("pool/jobs/{id}"), None)?;
    }
    progress.done();
    Ok(job)
}

/// What was done; nothing where it ended before.
fn read<T: Default + serde::de::DeserializeOwned>(told: &Value) -> anyhow::Result<T> {
    Ok(serde_json::from_value::<Option<T>>(told.clone())?.unwrap_or_default())
}

fn failed(job: &Value) -> anyhow::Result<()> {
    match job["error"].as_str() {
        Some(error) => bail!("{error}"),
        None => Ok(()),
    }
}

fn tell_pushed(told: &Pushed, url: &str) -> anyhow::Result<()> {
    let Pushed { frames, pictures, bytes, withdrawn, models, left_out } = told;
    println!("{frames} frames ({pictures} new pictures, {} kB), {models} models to {url}", bytes / 1000);
    if *withdrawn > 0 {
        println!("{withdrawn} frames withdrawn, as they are labelled here no more");
    }
    incomplete("left out", left_out)
}

fn tell_pulled(told: &Pulled, url: &str) -> anyhow::Result<()> {
    let Pulled { frames, relabelled, withdrawn, kept, categories, left_out } = told;
    println!("{frames} frames, {categories} categories from {url}");
    for (count, what) in [
        (relabelled, "frames that were here have other labels now"),
        (withdrawn, "frames went, as their device withdrew them"),
        (kept, "frames stay as they are, as somebody labelled or deleted them here"),
    ] {
        if *count > 0 {
            println!("{count} {what}");
        }
    }
    incomplete("left out", left_out)
}

fn tell_taken(Taken { model, device, outcome }: &Taken) {
    println!("model {model} of {device}: {}", outcome.text);
}

/// As it lies in the pool, with who signed it.
fn tell_model(model: &Value) {
    let text = |key: &str| model[key].as_str().unwrap_or_default();
    let categories = model["categories"].as_array().into_iter().flatten().filter_map(|c| c["name"].as_str());
    let categories = categories.collect::<Vec<_>>().join(", ");
    let ap50 = model["metrics"]["ap50"].as_f64().unwrap_or_default();
    let frames = |side: &str| model["frames"][side].as_u64().unwrap_or_default();
    println!("{}  {}  AP50 {ap50:.3}  {categories}", text("id"), text("device"));
    println!("    {} + {} frames, signed by {}", frames("training"), frames("validation"), text("signed_by"));
}
