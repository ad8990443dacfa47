//! The demo: the generated scene, its last hour back-filled with frames that the scene labels itself, and one training.

use crate::appliance::{self, Running};
use crate::camera::Scene;
use crate::config::{Broker, CameraSource, Config};
use crate::domain::Phase;
use crate::host;
use crate::store::LabelWrite;
use crate::train::TrainRequest;
use jiff::{SignedDuration, Timestamp};

/// Frames of the back-filled hour; a minute apart, so that each is a capture group of its own.
const FRAMES: i64 = 60;
/// Enough for the scene, and for whoever waits.
const MINUTES: f32 = 1.0;

/// The configuration of the demo: what the user set stays, the rest becomes scene and embedded broker.
pub fn configure(mut config: Config) -> Config {
    for (_, camera) in config.cameras.iter_mut() {
        if camera.source == CameraSource::Auto {
            camera.source = CameraSource::Scene;
        }
        // The scene is drawn by the processor that also trains.
        camera.fps = camera.fps.min(8.0);
    }
    if config.mqtt.broker == Broker::Off {
        config.mqtt.broker = Broker::Embedded;
        // The standard port may be taken by a broker of the machine's own.
        if std::net::TcpListener::bind(config.mqtt.listen).is_err() {
            config.mqtt.listen.set_port(0);
        }
    }
    config
}

/// Starts the daemon; on a store without labels, back-fills the hour and starts a training.
pub async fn start(config: Config) -> anyhow::Result<Running> {
    let running = appliance::start(config, host::own_program()).await?;
    let services = running.services.clone();
    tokio::task::spawn_blocking(move || -> anyhow::Result<()> {
        if services.store.usage()?.labelled > 0 {
            return Ok(());
        }
        let camera = services.config.cameras.first();
        let (width, height) = camera.size();
        let scene = Scene::new(Scene::SEED, width, height);
        let have = services.store.categories()?;
        for category in Scene::categories() {
            if have.iter().all(|c| c.name != category.name) {
                services.add_category(category)?;
            }
        }
        let (now, taken_by) = (Timestamp::now(), services.cameras.first().id().clone());
        for minute in (1..=FRAMES).rev() {
            let mut new = scene.frame(now - SignedDuration::from_mins(minute));
            new.camera = Some(taken_by.clone());
            let labels = new.truth.clone().unwrap_or_default();
            let frame = services.add_frame(&new)?;
            services.put_labels(frame.id, LabelWrite { phase: Phase::Labelled, labels, ..LabelWrite::default() })?;
        }
        let training = services.trainer.submit(TrainRequest { minutes: Some(MINUTES), ..Default::default() })?;
        tracing::info!(training = %training.id, frames = FRAMES, "the scene has labelled its last hour; training starts");
        Ok(())
    })
    .await??;
    Ok(running)
}
