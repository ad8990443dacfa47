//! Captures from a camera as the daemon does, and says how it is, a line for each change: the program of
//! `scripts/test-v4l2`.
//!
//! `v4l2_capture SOURCE`: a source as `camera.source` has it; until it is killed. `v4l2_capture` alone lists the cameras.
//! Every line begins with the seconds since the machine was started.

use anyhow::Context;
use fieldcoach::camera::v4l2::node;
use fieldcoach::camera::{Called, Camera, CameraStatus};
use fieldcoach::config;
use fieldcoach::domain::{CameraId, Event};
use fieldcoach::events::Events;
use fieldcoach::picture::{Bounds, decode};
use fieldcoach::settings::Current;
use fieldcoach::store::{Options, Store};
use fieldcoach::supervise::Supervisor;
use serde_json::json;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// A status that lasts for less than this may be passed over.
const LOOK_EVERY: Duration = Duration::from_millis(10);

fn main() -> anyhow::Result<()> {
    let Some(source) = std::env::args().nth(1) else {
        for found in node::find() {
            match found {
                Ok(camera) => say(&format!("FOUND {} ({})", camera.path.display(), camera.identity.name))?,
                Err(error) => say(&format!("REFUSED {error}"))?,
            }
        }
        return Ok(());
    };
    let dir = tempfile::tempdir()?;
    let (events, supervisor) = (Events::new(), Supervisor::default());
    let store = Store::open(Options { dir: dir.path().into(), budget: 20 << 20, reserve: 0 })?;
    let source = serde_json::from_value(json!(source)).context("what follows the name is a camera.source")?;
    let config = config::Camera { source, fps: 10.0, keep_every: 1.0, keep_difference: 0.0, ..Default::default() };
    let mut told = events.subscribe();
    let camera = Camera::start(
        Called::only(CameraId::main()),
        Current::fixed(config),
        fieldcoach::children::Launcher::own(),
        store,
        events,
        &supervisor,
        &CancellationToken::new(),
    )?;
    let (mut last, mut latest, mut frames) = (String::new(), camera.latest.clone(), 0u64);
    loop {
        let status = words(&camera.status.borrow());
        if status != last {
            say(&format!("STATUS {status}"))?;
            last = status;
        }
        while let Ok(event) = told.try_recv() {
            if let Event::Fleet(event) = event {
                say(&format!("EVENT {}", serde_json::to_string(&event)?))?;
            }
        }
        if latest.has_changed()? {
            let frame = latest.borrow_and_update().clone().context("a frame is there once one was")?;
            let image = decode(&frame.jpeg, Bounds::default())?;
            anyhow::ensure!((frame.width, frame.height) == image.dimensions(), "a frame's size is wrong");
            frames += 1;
            if frames.is_multiple_of(10) {
                say(&format!("FRAMES {frames}"))?;
            }
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

/// What is asserted on; rates and times change all the while.
fn words(status: &CameraStatus) -> String {
    let CameraStatus { state, source, error, trouble, width, height, damaged, .. } = status;
    let kinds = json!({ "state": state, "trouble": trouble });
    format!(
        "{} {} {width}x{height} damaged {damaged}; {source}; {}",
        kinds["state"].as_str().unwrap_or("-"),
        kinds["trouble"].as_str().unwrap_or("-"),
        error.as_deref().unwrap_or("-")
    )
}

fn say(text: &str) -> anyhow::Result<()> {
    let uptime = std::fs::read_to_string("/proc/uptime")?;
    println!("{} {text}", uptime.split(' ').next().unwrap_or_default());
    Ok(())
}
