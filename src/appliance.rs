//! The daemon: starts, supervises and stops every service.

mod answering;
pub mod engine;
mod first;
mod reaching;
mod stopping;
mod systemd;
mod telling;

use crate::access::Access;
use crate::camera::cameras;
use crate::children::Launcher;
use crate::config::Config;
use crate::dataset::film;
use crate::events::Events;
use crate::host;
use crate::http::Gate;
use crate::live::{self, Live};
use crate::pool::{self, Pool};
use crate::reach::Reach;
use crate::runtime::Runtime;
use crate::services::Services;
use crate::settings::{Overlaid, Settings};
use crate::store::{self, Store};
use crate::supervise::{Faults, Supervisor, Watchdog};
use crate::telemetry::{Glance, Health, clock, disk, history, parts};
use crate::train::{Means, Trainer, Workplace};
use crate::turns::Turns;
use anyhow::Context;
use parking_lot::Mutex;
use std::future::Future;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use stopping::{Told, end_in_any_case};
use systemd::notify;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use engine::open_runtime;
pub(crate) use reaching::App;

/// How long parts may take to stop.
const STOP_WITHIN: Duration = Duration::from_secs(8);
/// How often the parts are looked at where no watchdog asks.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// Threads for work that blocks, at most: half of what the unit lets all processes of the service have (`TasksMax=`). What finds
/// none waits for one, where the system would refuse more.
pub const BLOCKING_THREADS: usize = 256;

/// A daemon that runs; `S` is what its doors reach.
pub struct Running<S = Services> {
    pub services: S,
    /// Where the page and the API are.
    pub http: SocketAddr,
    /// Where the embedded broker listens, if there is one.
    pub broker: Option<SocketAddr>,
    /// Cancelled where all is to be started anew.
    pub(crate) anew: CancellationToken,
    pub(crate) stop: CancellationToken,
    pub(crate) supervisor: Supervisor,
}

/// Opens the store and ONNX Runtime for this configuration, without starting anything.
pub fn open(config: &Config) -> anyhow::Result<(Store, Runtime)> {
    Ok((open_store(config)?, open_runtime(config)?))
}

/// Opens the store of this configuration.
pub fn open_store(config: &Config) -> anyhow::Result<Store> {
    open_store_supervised(config, &Supervisor::default())
}

/// Looks at the store of this configuration, and changes nothing.
pub fn check_store(config: &Config) -> anyhow::Result<store::CheckReport> {
    Ok(Store::look(&options(config))?)
}

/// Opens the store of this configuration and mends what is wrong with it; the notes say what, and what that cost.
pub fn repair_store(config: &Config) -> anyhow::Result<store::CheckReport> {
    Ok(Store::repair(options(config))?)
}

fn options(config: &Config) -> store::Options {
    store::Options {
        dir: config.data_dir.clone(),
        budget: config.store.budget.as_u64(),
        reserve: config.store.reserve.as_u64(),
    }
}

pub(crate) fn open_store_supervised(config: &Config, supervisor: &Supervisor) -> anyhow::Result<Store> {
    std::fs::create_dir_all(&config.data_dir).with_context(|| {
        format!("data_dir: {} can't be made; set data_dir or FIELDCOACH_DATA_DIR", config.data_dir.display())
    })?;
    Ok(Store::open_supervised(options(config), supervisor)?)
}

/// Starts everything. What can't work at all (address taken, data in use) is an error at once; what may come back or come
/// later (camera, broker, ONNX Runtime) is not. `program`: this one, for what runs in processes of its own.
pub async fn start(config: Config, program: PathBuf) -> anyhow::Result<Running> {
    config.validate()?;
    host::open_more_files();
    let overlaid = Overlaid::read(config);
    let config = Arc::new(overlaid.config.clone());
    let (listener, http) = listen(&config).await?;
    let supervisor = Supervisor::default().with_faults(Faults::asked());
    let stop = CancellationToken::new();
    let goes_on = systemd::starting(supervisor.progress());
    let started = services(overlaid, Workplace::Process(program.clone()), http, &supervisor, &stop).await;
    drop(goes_on);
    // What was started before the failure must not run on.
    let ending = stop.clone().drop_guard();
    let services = started?;
    let broker = telling::start(&services, program, &supervisor, &stop).await?;
    let (gate, door) = (Gate::of(&services), services.clone());
    let app: App = Arc::new(move |stop| crate::http::app(door.clone(), stop));
    serve(listener, http, &gate, &app, &supervisor, &stop);
    tracing::info!(%http, device = config.device.id, data = %config.data_dir.display(), "fieldcoach is up");
    if let Err(error) = film::check() {
        tracing::warn!("{error}; network cameras are read by it, too");
    }
    let (anew, stop) = (services.store.anew(), ending.disarm());
    Ok(Running { services, http, broker, anew, stop, supervisor })
}

/// Takes the address that the configuration says; which port that is.
pub(crate) async fn listen(config: &Config) -> anyhow::Result<(TcpListener, SocketAddr)> {
    let at = config.http.listen;
    let bound = TcpListener::bind(at).await.with_context(|| format!("http.listen: {at} can't be listened on"));
    let listener = bound?;
    let http = listener.local_addr()?;
    Ok((listener, http))
}

/// Serves a door: to the network, on the local socket, with all that letting people in takes.
pub(crate) fn serve(
    listener: TcpListener,
    http: SocketAddr,
    gate: &Gate,
    app: &App,
    supervisor: &Supervisor,
    stop: &CancellationToken,
) {
    serve_http(listener, http, gate, app, supervisor, stop);
    reaching::start(gate, app, supervisor, stop);
}

/// Opens what is on disk, and starts what runs on threads of its own.
async fn services(
    overlaid: Overlaid,
    place: Workplace,
    http: SocketAddr,
    supervisor: &Supervisor,
    stop: &CancellationToken,
) -> anyhow::Result<Services> {
    let config = Arc::new(overlaid.config.clone());
    let (opening, parts, events) = (Arc::clone(&config), supervisor.clone(), Events::new());
    let (told, program) = (events.clone(), place.program().map(Path::to_owned));
    let (store, access, reach, engine) = tokio::task::spawn_blocking(move || {
        let store = open_store_supervised(&opening, &parts)?;
        let access = Access::open(store.clone(), told)?;
        let reach = Reach::open(&opening, http, &store)?;
        let engine = engine::engine(&opening, program.as_deref());
        anyhow::Ok((store, access, reach, engine))
    })
    .await??;
    let pictures = Turns::at_pictures();
    let health = Health::new(supervisor.clone());
    let settings = Settings::new(overlaid, store.clone(), events.clone());
    history::keep(store.clone(), &events, supervisor, stop);
    disk::tell(&store, &events, supervisor, stop);
    clock::tell(&store, &events, supervisor, stop);
    parts::tell(&events, supervisor, stop);
    let launcher = place.program().map_or_else(Launcher::own, Launcher::at);
    let cameras = Arc::new(cameras::start(&settings, &launcher, &store, &events, supervisor, stop)?);
    let (eyes, bus) = (pictures.clone(), events.clone());
    let means = live::Means { engine: engine.clone(), store: store.clone(), events: bus, pictures: eyes };
    let live = Live::start(settings.live(), means, &cameras, supervisor, stop)?;
    let sections = (settings.train(), settings.live());
    let means = Means {
        engine: engine.clone(),
        place,
        memory: config.limits.memory.bytes().unwrap_or_else(host::memory_by_default),
        disk: config.store.trainings.as_u64(),
        pictures: pictures.clone(),
    };
    let trainer = Trainer::start(sections, means, live.deployment().clone(), supervisor, stop.clone())?;
    let own = pool::Means { store: store.clone(), events: events.clone(), pictures: pictures.clone() };
    let pool = Pool::new(&config.pool, &config.device.id, own, stop);
    pool::start(&pool, &events, supervisor, stop);
    let stored = Glance::default();
    Ok(Services {
        config,
        settings,
        store,
        events,
        access,
        reach,
        cameras,
        trainer,
        live,
        engine,
        health,
        pool,
        stored,
        pictures,
    })
}

/// The listener that is bound already serves first; after a failure the address is bound anew.
fn serve_http(
    listener: TcpListener,
    address: SocketAddr,
    gate: &Gate,
    app: &App,
    supervisor: &Supervisor,
    stop: &CancellationToken,
) {
    let (reach, app, halt) = (gate.reach.clone(), app.clone(), stop.clone());
    let first = Arc::new(Mutex::new(Some(listener)));
    supervisor.task("http", answering::SILENT_WITHIN, stop, move |beat| {
        let (reach, app, halt, first) = (reach.clone(), app(halt.clone()), halt.clone(), Arc::clone(&first));
        async move {
            let bound = first.lock().take();
            let listener = match bound {
                Some(listener) => listener,
                None => TcpListener::bind(address).await?,
            };
            let tls = reach.certificates().is_some();
            tokio::select! {
                served = crate::http::serve(listener, &reach, app?, halt) => served,
                never = answering::beat_while_answering(address, tls, &beat) => match never {},
            }
        }
    });
}

impl<S> Running<S> {
    /// Stops every part, and waits until they have stopped: then the store is closed and may be opened again.
    pub async fn stop(self) {
        let Self { services, stop, supervisor, .. } = self;
        stop.cancel();
        drop(services);
        let late = supervisor.joined(STOP_WITHIN).await;
        if !late.is_empty() {
            tracing::warn!(parts = late.join(", "), "some parts did not stop in time");
        }
    }
}

/// The daemon stopped, as somebody asked for, to be started again.
#[derive(Debug, thiserror::Error)]
#[error("stopped, to be started again")]
pub struct Restarting;

/// Runs the daemon until it is told to stop (SIGINT, SIGTERM, SIGHUP), and keeps systemd informed.
pub async fn run(config: Config) -> anyhow::Result<()> {
    until_told(|| start(config.clone(), host::own_program()), |_| {}).await
}

/// Starts the daemon, tells `up`, waits to be told to stop, and stops. One that is told while it starts stops right after. The
/// process ends within 10 s of being told, whatever hangs. Where a disk that could only be read can be written again, all is started anew.
pub async fn until_told<S, F: Future<Output = anyhow::Result<Running<S>>>>(
    mut start: impl FnMut() -> F,
    mut up: impl FnMut(&Running<S>),
) -> anyhow::Result<()> {
    // Before anything else: until then a signal kills.
    let mut told = Told::listen()?;
    while once(start(), &mut up, &mut told).await? {
        tracing::warn!("the disk can be written again: all is started anew");
    }
    Ok(())
}

/// Until it is told to stop, or is to start anew: then the answer is true.
async fn once<S>(
    starting: impl Future<Output = anyhow::Result<Running<S>>>,
    up: impl FnOnce(&Running<S>),
    told: &mut Told,
) -> anyhow::Result<bool> {
    let mut starting = pin!(starting);
    let running = tokio::select! {
        running = &mut starting => running?,
        () = told.heard() => {
            tracing::info!("told to stop while starting");
            end_in_any_case(|| vec!["start".into()])?;
            starting.await?.stop().await;
            return Ok(false);
        }
    };
    up(&running);
    notify(&[sd_notify::NotifyState::Ready]);
    let asked = sd_notify::watchdog_enabled();
    let feed = move || {
        if asked.is_some() {
            notify(&[sd_notify::NotifyState::Watchdog]);
        }
    };
    // Half the watchdog's time, as sd_watchdog_enabled(3) advises.
    let every = asked.map_or(LOOK_EVERY, |period| LOOK_EVERY.min(period / 2));
    let watching = Watchdog::new(running.supervisor.clone(), feed).start(every)?;
    let (anew, restart) = (running.anew.clone(), running.supervisor.restart().clone());
    let again = tokio::select! {
        () = told.heard() => false,
        () = restart.asked() => false,
        () = anew.cancelled() => true,
    };
    if !again {
        let supervisor = running.supervisor.clone();
        end_in_any_case(move || supervisor.unended())?;
        tracing::info!("stopping");
        notify(&[sd_notify::NotifyState::Stopping]);
    }
    drop(watching);
    running.stop().await;
    match restart.is_asked() {
        true => Err(Restarting.into()),
        false => Ok(again),
    }
}
