//! `bench fleet`: devices with the real MQTT code and nothing behind it, in a process of their own, and the fleet in this one.

use super::thin_devices::{self, PICTURE};
use anyhow::{Context, Result, bail, ensure};
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use clap::Args;
use fieldcoach::config::{self, Broker, Servers};
use fieldcoach::fleet::orders::{OrderState, PartState};
use fieldcoach::fleet::{DeviceState, Fleet};
use fieldcoach::mqtt::{Address, embedded};
use fieldcoach::supervise::Supervisor;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio_util::sync::CancellationToken;

/// Longer than all devices take to be there.
const THERE: Duration = Duration::from_secs(300);
/// Times that it is.
const PRESSES: usize = 200;
const DAY: f64 = 86_400.0;

/// A fleet of devices that do nothing but tell how they are: bytes of each, CPU of the server, time to a picture
#[derive(Args)]
pub struct Herd {
    /// Devices
    #[arg(long, default_value_t = 300)]
    devices: usize,
    /// Seconds to measure, once all are there
    #[arg(long, default_value_t = 120)]
    seconds: u64,
    /// mqtt://HOST:PORT, of a cluster all nodes with commas between them; the embedded one, for the moment, if left out
    #[arg(long)]
    broker: Option<Broker>,
    /// A process to be killed once it was measured with it: a node of the broker
    #[arg(long, value_name = "PID")]
    kill: Option<i32>,
    /// Is the devices, until its input ends
    #[arg(long, hide = true)]
    only_devices: bool,
}

impl Herd {
    pub fn run(self) -> Result<()> {
        let runtime = tokio::runtime::Runtime::new()?;
        fieldcoach::host::open_more_files();
        runtime.block_on(async {
            match &self.broker {
                Some(Broker::Remote(servers)) => match self.only_devices {
                    true => thin_devices::serve(servers, self.devices).await,
                    false => self.measure(servers).await,
                },
                Some(_) => bail!("--broker: say mqtt://HOST:PORT"),
                None => {
                    let at = ([127, 0, 0, 1], 0).into();
                    let broker = embedded::Broker::start(&std::env::current_exe()?, at).await?;
                    let address = Address { host: at.ip().to_string(), port: broker.address.port(), tls: false };
                    self.measure(&address.into()).await
                }
            }
        })
    }

    async fn measure(&self, servers: &Servers) -> Result<()> {
        let url = servers.to_string();
        let mut herd = tokio::process::Command::new(std::env::current_exe()?)
            .args(["bench", "fleet", "--only-devices", "--devices", &self.devices.to_string(), "--broker", &url])
            // Each of them would say that it is connected, and what the broker does not take.
            .env("FIELDCOACH_LOG", "error")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("the process of the devices can't be started")?;
        let mut says = BufReader::new(herd.stdout.take().context("the devices have no line to this")?);
        let mut secret = String::new();
        says.read_line(&mut secret).await?;
        let folder = tempfile::tempdir()?;
        let (supervisor, stop) = (Supervisor::default(), CancellationToken::new());
        let settings = config::Mqtt { broker: Broker::Remote(servers.clone()), ..config::Mqtt::default() };
        let fleet = Fleet::start(&settings, folder.path(), &supervisor, &stop).await?;
        let begun = Instant::now();
        while online(&fleet) < self.devices {
            let there = online(&fleet);
            ensure!(
                begun.elapsed() < THERE,
                "only {there} of {} devices came: {:?}",
                self.devices,
                fleet.devices(None).broker
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        println!("{} devices are there after {:.1} s", self.devices, begun.elapsed().as_secs_f64());
        let mut asks = herd.stdin.take().context("the devices have no line to this")?;
        asks.write_all(b"count\n").await?;
        let (clock, cpu, before) = (Instant::now(), cpu()?, fleet.devices(None).revision);
        tokio::time::sleep(Duration::from_secs(self.seconds)).await;
        let seconds = clock.elapsed().as_secs_f64();
        let used = self::cpu()? - cpu;
        let changes = fleet.devices(None).revision - before;
        asks.write_all(format!("{}\n", thin_devices::ENOUGH).as_bytes()).await?;
        println!(
            "the server: {:.2} % of a core, {} MB of memory, {:.1} changes a second",
            100.0 * used / seconds,
            memory()? / 1024,
            changes as f64 / seconds
        );
        ensure!(online(&fleet) == self.devices, "{} of {} devices are there at the end", online(&fleet), self.devices);
        press(&fleet, secret.trim()).await?;
        if let Some(process) = self.kill {
            outlive(&fleet, process, self.devices).await?;
            press(&fleet, secret.trim()).await?;
        }
        drop(asks);
        let mut told = String::new();
        says.read_to_string(&mut told).await?;
        tell(&serde_json::from_str(&told).with_context(|| told.clone())?, self.devices)?;
        stop.cancel();
        supervisor.joined(Duration::from_secs(10)).await;
        Ok(())
    }
}

/// Kills a node, and orders all devices at that moment to capture: what of that is lost, or comes twice, is told.
async fn outlive(fleet: &Fleet, process: i32, devices: usize) -> Result<()> {
    let process = Pid::from_raw(process).context("--kill: there is no such process")?;
    let ids: Vec<String> = (0..devices).map(|at| format!("herd-{at}")).collect();
    let order = json!({"devices": ids, "command": "capture", "canary": 0, "stop_after_failures": 0, "expires_s": 240});
    kill_process(process, Signal::KILL).context("--kill: the process can't be killed")?;
    let clock = Instant::now();
    let order = fleet.order_of(serde_json::from_value(order)?, "bench").await?;
    let over = loop {
        let now = fleet.order(order.id).context("the order is gone")?;
        if now.state == OrderState::Done {
            break now;
        }
        ensure!(clock.elapsed() < THERE, "the order is not over: {:?}", fleet.devices(None).broker);
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let done = over.devices.iter().filter(|part| part.state == PartState::Done).count();
    println!(
        "a node was killed: {done} of {devices} did what was ordered at that moment, all within {:.1} s; {} are there",
        clock.elapsed().as_secs_f64(),
        online(fleet)
    );
    ensure!(done == devices, "{} did not: {:?}", devices - done, over.devices);
    Ok(())
}

fn online(fleet: &Fleet) -> usize {
    fleet
        .devices(None)
        .devices
        .iter()
        .filter(|device| device.state == DeviceState::Online && device.frames.is_some())
        .count()
}

/// Seconds of CPU that this process has used: Linux counts them in hundredths.
fn cpu() -> Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|ticks| ticks.parse::<f64>().ok()).context("/proc/self/stat");
    Ok((ticks(11)? + ticks(12)?) / 100.0)
}

/// Kilobytes that this process holds.
fn memory() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("/proc/self/status")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

/// From the question to the whole picture.
async fn press(fleet: &Fleet, secret: &str) -> Result<()> {
    fleet.set_token("herd-0", secret).await?;
    let mut times = Vec::new();
    for _ in 0..PRESSES {
        let clock = Instant::now();
        let answer = fleet.ask("herd-0", Request::get("/api/v1/picture").body(Body::empty())?).await?;
        let status = answer.status();
        let body = to_bytes(answer.into_body(), usize::MAX).await?;
        ensure!(status == StatusCode::OK && body.len() == PICTURE, "{status}, {} bytes", body.len());
        times.push(clock.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    let (median, most) = (times[PRESSES / 2], times[PRESSES * 95 / 100]);
    println!(
        "a picture of {} kB through the broker: {median:.1} ms (median of {PRESSES}), {most:.1} ms (95 %)",
        PICTURE / 1000
    );
    Ok(())
}

/// What devices sent, by what it is.
fn tell(said: &Value, devices: usize) -> Result<()> {
    let seconds = said["seconds"].as_f64().context("no time")?;
    let kinds: BTreeMap<String, (u64, u64)> = serde_json::from_value(said["kinds"].clone())?;
    let a_day = |bytes: u64| bytes as f64 / devices as f64 * DAY / seconds / 1e6;
    let all: u64 = kinds.iter().filter(|(kind, _)| *kind != "http").map(|(_, (_, bytes))| bytes).sum();
    println!("a device sends {:.2} MB a day, without pictures and requests:", a_day(all));
    println!("  they carried out {} commands", said["carried_out"]);
    for (kind, (messages, bytes)) in kinds {
        println!("  {kind}: {messages} messages of {} bytes", bytes / messages.max(1));
    }
    Ok(())
}
