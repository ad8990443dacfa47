//! Fieldcoach teaches a camera in the field: it captures frames, is labelled from a phone, trains on the device,
//! shows how it learns, and watches with what it learned.
//!
//! Data runs in one direction; a module uses only those above it:
//!
//! | module | what it is for |
//! | --- | --- |
//! | [`domain`] | the records everything speaks of |
//! | [`config`], [`events`], [`files`], [`host`], [`json`], [`children`], [`backoff`], [`causes`], [`clock`], [`moment`], [`supervise`], [`turns`] | the configuration; the bus that tells what happened; files of people, opened in one way, and written in one; what Linux tells of the machine; JSON of others, read in one way; programs of others as processes of their own; pauses between attempts; errors in words; whether the clock can be believed; moments that no setting of the clock moves; what keeps the parts of the daemon going; turns at what takes much memory |
//! | [`graph`], [`runtime`] | ONNX graphs as values and their gradients; ONNX Runtime sessions. Know nothing of the rest |
//! | [`picture`] | bounded decoding, resizing, drawing |
//! | [`tracks`] | labels carried along a film: pictures and boxes in, boxes out |
//! | [`store`] | frames, labels, trainings, pages, models: every durable write |
//! | [`access`] | who may come in: tokens, the codes by which phones pair |
//! | [`reach`] | names, addresses and certificates of the device; how it is found |
//! | [`settings`] | what may be changed at a distance: its file over the configuration, and what holds now |
//! | [`camera`] | frame sources and capture into the store |
//! | [`dataset`] | from labelled frames to training data and back to files |
//! | [`flipbook`] | drawn pages and animations |
//! | [`live`] | the deployed model on the camera |
//! | [`train`] | base, forks, head, search, evaluation, the run itself |
//! | [`pool`] | what a fleet shares: labels and models, in a folder or a bucket |
//! | [`pretrain`] | the default base: procedural scenes, and a network that learns to see in them |
//! | [`telemetry`], [`services`] | logs, metrics, health, what happened; the handles the doors reach |
//! | [`http`], [`mqtt`] | two doors to the same services |
//! | [`remote`] | the HTTP door, reached through the broker |
//! | [`fleet`] | all devices of a broker, as they are heard there |
//! | [`appliance`], [`demo`] | start, supervise and stop it all; the same on a scene that labels itself |
//! | [`fleet_server`] | the server of a fleet: its door, and what starts and stops it |

#![forbid(unsafe_code)]

pub mod access;
pub mod appliance;
pub mod backoff;
pub mod camera;
pub mod causes;
pub mod children;
pub mod clock;
pub mod config;
pub mod dataset;
pub mod demo;
pub mod domain;
pub mod events;
pub mod files;
pub mod fleet;
pub mod fleet_server;
pub mod flipbook;
pub mod graph;
pub mod host;
pub mod http;
pub mod json;
pub mod live;
pub mod moment;
pub mod mqtt;
pub mod picture;
pub mod pool;
pub mod pretrain;
pub mod reach;
pub mod remote;
pub mod runtime;
pub mod services;
pub mod settings;
pub mod store;
pub mod supervise;
pub mod telemetry;
pub mod tracks;
pub mod train;
pub mod turns;
