//! Prometheus metrics.

use super::status::Status;
use crate::supervise::PartState;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

type Float = Gauge<f64, AtomicU64>;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    method: String,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CameraLabel {
    camera: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PartLabel {
    part: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Zone {
    zone: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Build {
    version: String,
    device: String,
}

/// What is counted while things happen, and what is read off a [`Status`] when somebody asks.
pub struct Metrics {
    labels_written: Counter,
    requests: Family<Request, Counter>,
    request_seconds: Family<Route, Histogram, fn() -> Histogram>,
    event_listeners: Gauge<u64, AtomicU64>,
    video_viewers: Gauge<u64, AtomicU64>,
    read: Read,
    /// Names and texts; locked because a scrape sets and reads the gauges as one step.
    registry: Mutex<Registry>,
}

/// Set from a [`Status`] at each scrape.
#[derive(Default)]
struct Read {
    build: Family<Build, Gauge>,
    uptime: Float,
    frames_kept: Counter,
    camera_fps: Family<CameraLabel, Float>,
    camera_live_fps: Family<CameraLabel, Float>,
    frames: Gauge<u64, AtomicU64>,
    frames_labelled: Gauge<u64, AtomicU64>,
    frames_dropped: Counter,
    store_bytes: Gauge<u64, AtomicU64>,
    store_budget: Gauge<u64, AtomicU64>,
    disk_free: Gauge<u64, AtomicU64>,
    training_running: Gauge,
    training_epoch: Gauge,
    training_progress: Float,
    live_fps: Float,
    live_seconds: Float,
    memory: Gauge<u64, AtomicU64>,
    temperature: Family<Zone, Float>,
    part_up: Family<PartLabel, Gauge>,
    part_restarts: Family<PartLabel, Counter>,
}

/// From a millisecond to half a minute, the time limit of a request.
fn request_histogram() -> Histogram {
    Histogram::new([0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0])
}

impl Default for Metrics {
    fn default() -> Self {
        let metrics = Self {
            labels_written: Counter::default(),
            requests: Family::default(),
            request_seconds: Family::new_with_constructor(request_histogram),
            event_listeners: Gauge::default(),
            video_viewers: Gauge::default(),
            read: Read::default(),
            registry: Mutex::new(Registry::with_prefix("fieldcoach")),
        };
        // A new mutex can't be poisoned.
        if let Ok(mut registry) = metrics.registry.lock() {
            metrics.register(&mut registry);
        }
        metrics
    }
}

impl Metrics {
    fn register(&self, registry: &mut Registry) {
        let read = &self.read;
        registry.register(
            "labels_written",
            "Frames whose labels were written since the start",
            self.labels_written.clone(),
        );
        registry.register("http_requests", "Requests answered", self.requests.clone());
        registry.register("http_request_seconds", "Time to the head of the answer", self.request_seconds.clone());
        registry.register("event_listeners", "Streams of events that are open", self.event_listeners.clone());
        registry.register("video_viewers", "Live videos that are open", self.video_viewers.clone());
        registry.register("build", "Version and device; always 1", read.build.clone());
        registry.register("uptime_seconds", "Since the daemon started", read.uptime.clone());
        registry.register("frames_kept", "Camera frames stored since the start", read.frames_kept.clone());
        registry.register("camera_fps", "Frames a second from a camera", read.camera_fps.clone());
        registry.register(
            "camera_live_fps",
            "Its frames a second the deployed model looks at",
            read.camera_live_fps.clone(),
        );
        registry.register("frames", "Frames in the store", read.frames.clone());
        registry.register("frames_labelled", "Labelled frames in the store", read.frames_labelled.clone());
        registry.register(
            "frames_dropped",
            "Frames dropped by retention since the store was made",
            read.frames_dropped.clone(),
        );
        registry.register("store_bytes", "Frame bytes on disk", read.store_bytes.clone());
        registry.register("store_budget_bytes", "Frame bytes allowed on disk", read.store_budget.clone());
        registry.register("disk_free_bytes", "Free on the file system of the store", read.disk_free.clone());
        registry.register("training_running", "1 while a training runs", read.training_running.clone());
        registry.register("training_epoch", "Epochs finished by the running training", read.training_epoch.clone());
        registry.register("training_progress", "Of the running training, 0 to 1", read.training_progress.clone());
        registry.register(
            "live_fps",
            "Camera frames a second the deployed model looks at, of all cameras",
            read.live_fps.clone(),
        );
        registry.register("live_seconds", "Time the deployed model takes for a frame", read.live_seconds.clone());
        registry.register("memory_bytes", "Resident memory of the daemon", read.memory.clone());
        registry.register("temperature_celsius", "Thermal zones of the device", read.temperature.clone());
        registry.register("part_up", "1 while a part of the daemon runs", read.part_up.clone());
        registry.register("part_restarts", "Restarts of a part of the daemon", read.part_restarts.clone());
    }

    /// Somebody labelled so many frames.
    pub fn labels_written(&self, frames: usize) {
        self.labels_written.inc_by(frames as u64);
    }

    /// A request was answered. `route`: as the router knows it, with `{id}` in place of values.
    pub fn request(&self, method: &str, route: &str, status: u16, took: Duration) {
        let request = Request { method: method.to_owned(), route: route.to_owned(), status };
        self.requests.get_or_create(&request).inc();
        self.request_seconds.get_or_create(&Route { route: route.to_owned() }).observe(took.as_secs_f64());
    }

    /// So many listen to the events, and watch the video, now.
    pub fn seats_taken(&self, listeners: usize, viewers: usize) {
        self.event_listeners.set(listeners as u64);
        self.video_viewers.set(viewers as u64);
    }

    /// Everything in the OpenMetrics text format.
    pub fn render(&self, status: &Status) -> Result<String, std::fmt::Error> {
        let registry = self.registry.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        self.read.set(status);
        let mut text = String::new();
        encode(&mut text, &registry)?;
        Ok(text)
    }
}

impl Read {
    fn set(&self, status: &Status) {
        let build = Build { version: status.version.clone(), device: status.device.clone() };
        self.build.get_or_create(&build).set(1);
        self.uptime.set(status.uptime_s as f64);
        store(&self.frames_kept, status.cameras.iter().map(|camera| camera.status.kept).sum());
        for camera in &status.cameras {
            let label = CameraLabel { camera: camera.id.to_string() };
            self.camera_fps.get_or_create(&label).set(camera.status.fps.into());
            self.camera_live_fps.get_or_create(&label).set(camera.live_fps.into());
        }
        self.frames.set(status.store.frames);
        self.frames_labelled.set(status.store.labelled);
        store(&self.frames_dropped, status.store.dropped);
        self.store_bytes.set(status.store.frame_bytes);
        self.store_budget.set(status.store.budget);
        self.disk_free.set(status.store.free);
        let training = status.training.as_ref();
        self.training_running.set(training.is_some().into());
        self.training_epoch.set(training.map_or(0, |t| t.epoch.into()));
        self.training_progress.set(training.map_or(0.0, |t| t.progress.into()));
        self.live_fps.set(status.live.fps.into());
        self.live_seconds.set(f64::from(status.live.milliseconds) / 1000.0);
        self.memory.set(status.memory.process);
        // What is gone must not be told on.
        self.temperature.clear();
        for temperature in &status.temperatures {
            self.temperature.get_or_create(&Zone { zone: temperature.zone.clone() }).set(temperature.celsius.into());
        }
        self.part_up.clear();
        for (name, part) in &status.parts {
            let label = PartLabel { part: name.clone() };
            self.part_up.get_or_create(&label).set((part.state == PartState::Running).into());
            store(&self.part_restarts.get_or_create(&label), part.restarts.into());
        }
    }
}

/// Takes over a count that is kept elsewhere.
fn store(counter: &Counter, value: u64) {
    counter.inner().store(value, Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::status::tests::sample;

    #[test]
    fn a_scrape_tells_counts_and_the_status() {
        let metrics = Metrics::default();
        metrics.labels_written(1);
        metrics.request("GET", "/api/v1/frames/{id}", 200, Duration::from_millis(2));
        let text = metrics.render(&sample()).unwrap();
        for line in [
            "fieldcoach_labels_written_total 1",
            "fieldcoach_frames_kept_total 7",
            "fieldcoach_camera_fps{camera=\"main\"} 15.0",
            "fieldcoach_training_epoch 3",
            "fieldcoach_part_up{part=\"camera\"} 1",
            "fieldcoach_temperature_celsius{zone=\"cpu\"} 41.5",
            "fieldcoach_http_requests_total{method=\"GET\",route=\"/api/v1/frames/{id}\",status=\"200\"} 1",
            "fieldcoach_http_request_seconds_bucket{le=\"0.003\",route=\"/api/v1/frames/{id}\"} 1",
        ] {
            assert!(text.lines().any(|l| l == line), "{line} is missing in\n{text}");
        }
        assert!(text.ends_with("# EOF\n"));
    }

    #[test]
    fn a_part_that_is_gone_is_not_told_on() {
        let metrics = Metrics::default();
        let mut status = sample();
        metrics.render(&status).unwrap();
        status.parts.clear();
        assert!(!metrics.render(&status).unwrap().contains("part=\"camera\"} 1"));
    }
}
