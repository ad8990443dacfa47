//! The daemon: starts, supervises and stops every service.

use crate::backoff::Backoff;
use crate::camera::Camera;
use crate::config::{Broker, Config, TrainDevice};
use crate::events::Events;
use crate::live::Live;
use crate::mqtt;
use crate::runtime::{Device, Runtime, RuntimeError, find_library};
use crate::services::Services;
use crate::store::{self, Store};
use crate::telemetry::{Health, Part, PartState};
use crate::train::Trainer;
use anyhow::{Context, anyhow};
use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Pauses before a part that failed is started again.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// How long parts may take to stop.
const STOP_WITHIN: Duration = Duration::from_secs(10);

/// Where ONNX Runtime lies, seen from the folder of the executable: as installed, and where `make build` puts it in a
/// checkout (the executable is `target/release/fieldcoach`).
const LIBRARY_FOLDERS: [&str; 2] = ["../lib/fieldcoach", "../../.deps/onnxruntime"];

/// A daemon that runs.
pub struct Running {
    pub services: Services,
    /// Where the page and the API are.
    pub http: SocketAddr,
    /// Where the embedded broker listens, if there is one.
    pub broker: Option<SocketAddr>,
    stop: CancellationToken,
    parts: JoinSet<()>,
}

/// Opens the store and ONNX Runtime for this configuration, without starting anything.
pub fn open(config: &Config) -> anyhow::Result<(Store, Runtime)> {
    Ok((open_store(config)?, open_runtime(config)?))
}

/// Opens the store of this configuration.
pub fn open_store(config: &Config) -> anyhow::Result<Store> {
    std::fs::create_dir_all(&config.data_dir).with_context(|| {
        format!("data_dir: {} can't be made; set data_dir or FIELDCOACH_DATA_DIR", config.data_dir.display())
    })?;
    Ok(Store::open(store::Options {
        dir: config.data_dir.clone(),
        budget: config.store.budget.as_u64(),
        reserve: config.store.reserve.as_u64(),
    })?)
}

/// Loads ONNX Runtime and settles on a device as the configuration says.
pub fn open_runtime(config: &Config) -> anyhow::Result<Runtime> {
    let device = match config.train.device {
        TrainDevice::Auto => Device::Auto,
        TrainDevice::Cpu => Device::Cpu,
        TrainDevice::Cuda => Device::Cuda,
        TrainDevice::Tensorrt => Device::TensorRt,
    };
    Ok(Runtime::open(&find_onnxruntime(config)?, device, config.train.threads)?)
}

/// Where the library of ONNX Runtime lies: where the configuration says, else in one of the usual places.
fn find_onnxruntime(config: &Config) -> anyhow::Result<PathBuf> {
    let wanted = Some(config.onnxruntime.library.as_path()).filter(|p| !p.as_os_str().is_empty());
    find_library(wanted, &LIBRARY_FOLDERS).map_err(|error| match error {
        RuntimeError::NoFile(_) => anyhow!("onnxruntime.library: {error}"),
        RuntimeError::NotFound(_) => anyhow!("{error}. Run `make build`, or set onnxruntime.library to its path"),
        error => error.into(),
    })
}

/// Starts everything. What can't work at all (address taken, data in use, no ONNX Runtime) is an error at once; what
/// may come back (camera, broker) is not.
pub async fn start(config: Config) -> anyhow::Result<Running> {
    config.validate()?;
    let config = Arc::new(config);
    let listener = TcpListener::bind(config.http.listen)
        .await
        .with_context(|| format!("http.listen: {} can't be listened on", config.http.listen))?;
    let http = listener.local_addr()?;
    let opening = Arc::clone(&config);
    let (store, runtime) = tokio::task::spawn_blocking(move || open(&opening)).await??;
    let (events, health, stop) = (Events::new(), Health::default(), CancellationToken::new());
    let camera = Camera::start(&config.camera, store.clone(), events.clone(), stop.clone());
    let live = Live::start(&config.live, runtime.clone(), store.clone(), camera.clone(), events.clone(), stop.clone());
    let trainer = Trainer::start(&config.train, runtime.clone(), store.clone(), events.clone(), stop.clone())?;
    let services =
        Services { config: Arc::clone(&config), store, events, camera, trainer, live, runtime, health: health.clone() };

    let mut parts = JoinSet::new();
    // The listener that is bound already serves first; after a failure the address is bound anew.
    let first = Arc::new(std::sync::Mutex::new(Some(listener)));
    let (door, halt) = (services.clone(), stop.clone());
    parts.spawn(supervise("http", health.clone(), stop.clone(), move || {
        let (door, halt, first) = (door.clone(), halt.clone(), Arc::clone(&first));
        async move {
            let bound = first.lock().unwrap_or_else(|e| e.into_inner()).take();
            let listener = match bound {
                Some(listener) => listener,
                None => TcpListener::bind(http).await?,
            };
            crate::http::serve(listener, door, halt).await
        }
    }));
    let (broker, address) = match &config.mqtt.broker {
        Broker::Off => (None, None),
        Broker::Embedded => {
            let at = mqtt::embedded::start(config.mqtt.listen)?;
            (Some(at), Some(mqtt::Address { host: at.ip().to_string(), port: at.port(), tls: false }))
        }
        Broker::Remote { host, port, tls } => {
            (None, Some(mqtt::Address { host: host.clone(), port: *port, tls: *tls }))
        }
    };
    match address {
        None => health.set("mqtt", Part::new(PartState::Off)),
        Some(address) => {
            let (door, halt) = (services.clone(), stop.clone());
            parts.spawn(supervise("mqtt", health, stop.clone(), move || {
                mqtt::run(door.clone(), address.clone(), halt.clone())
            }));
        }
    }
    tracing::info!(%http, device = config.device.id, data = %config.data_dir.display(), "fieldcoach is up");
    Ok(Running { services, http, broker, stop, parts })
}

impl Running {
    /// Stops every part, and waits until they have stopped: then the store is closed and may be opened again.
    pub async fn stop(self) {
        let Self { services, stop, mut parts, .. } = self;
        let dir = services.config.data_dir.clone();
        stop.cancel();
        drop(services);
        let all = async {
            while parts.join_next().await.is_some() {}
            // Camera, live detection and training run on threads of their own, which hold the store until they end.
            while Store::is_open(&dir) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        if tokio::time::timeout(STOP_WITHIN, all).await.is_err() {
            tracing::warn!("some parts did not stop in time");
        }
    }
}

/// Runs the daemon until it is told to stop (SIGINT, SIGTERM), and keeps systemd informed.
pub async fn run(config: Config) -> anyhow::Result<()> {
    let running = start(config).await?;
    until_told(running).await
}

/// Waits for SIGINT or SIGTERM, then stops.
pub async fn until_told(running: Running) -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    notify(&[sd_notify::NotifyState::Ready]);
    // Half the watchdog's time, as sd_watchdog_enabled(3) advises.
    let watchdog = sd_notify::watchdog_enabled().map(|period| period / 2);
    let mut beat = tokio::time::interval(watchdog.unwrap_or(Duration::from_secs(3600)));
    loop {
        tokio::select! {
            _ = interrupt.recv() => break,
            _ = terminate.recv() => break,
            _ = beat.tick() => if watchdog.is_some() { notify(&[sd_notify::NotifyState::Watchdog]) },
        }
    }
    tracing::info!("stopping");
    notify(&[sd_notify::NotifyState::Stopping]);
    running.stop().await;
    Ok(())
}

fn notify(state: &[sd_notify::NotifyState]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::warn!(%error, "systemd can't be told");
    }
}

/// Runs a part; when it fails, starts it again after a pause that grows up to a minute.
async fn supervise<F, W>(name: &'static str, health: Health, stop: CancellationToken, part: F)
where
    F: Fn() -> W + Send + 'static,
    W: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    let mut restarts = 0u32;
    let mut last: Option<String> = None;
    let mut pauses = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
    loop {
        health.set(name, Part { state: PartState::Running, restarts, error: last.clone() });
        let started = std::time::Instant::now();
        // A task of its own, so that a panic is a failure of this part alone.
        let error = match tokio::spawn(part()).await {
            Ok(Ok(())) if stop.is_cancelled() => return,
            Ok(Ok(())) => "it ended by itself".to_owned(),
            Ok(Err(error)) => format!("{error:#}"),
            Err(panic) => panic.to_string(),
        };
        if stop.is_cancelled() {
            return;
        }
        if started.elapsed() > LONGEST_PAUSE {
            restarts = 0;
            pauses.reset();
        }
        restarts += 1;
        let pause = pauses.pause();
        tracing::error!(part = name, error, pause_s = pause.as_secs_f32(), "a part failed; it is started again");
        health.set(name, Part { state: PartState::Restarting, restarts, error: Some(error.clone()) });
        last = Some(error);
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = stop.cancelled() => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[tokio::test]
    async fn a_part_that_fails_or_panics_is_started_again() {
        let (health, stop, runs) = (Health::default(), CancellationToken::new(), Arc::new(AtomicU32::new(0)));
        let (count, halt) = (Arc::clone(&runs), stop.clone());
        supervise("part", health.clone(), stop, move || {
            let (count, halt) = (Arc::clone(&count), halt.clone());
            async move {
                match count.fetch_add(1, Ordering::SeqCst) {
                    0 => anyhow::bail!("first"),
                    1 => panic!("second"),
                    _ => {
                        halt.cancel();
                        Ok(())
                    }
                }
            }
        })
        .await;
        assert_eq!(runs.load(Ordering::SeqCst), 3);
        assert_eq!(health.parts()["part"].restarts, 2);
    }
}
