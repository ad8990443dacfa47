//! Captures from a V4L2 camera and says what happens, one line each: the program of `scripts/test-v4l2`.
//!
//! `v4l2_capture DEVICE FRAMES`: reads that many frames, opening the camera anew whenever it fails, until it is
//! unplugged. `v4l2_capture` alone lists the cameras.

use fieldcoach::camera::Source;
use fieldcoach::camera::v4l2::again::Again;
use fieldcoach::camera::v4l2::{V4l2, node};
use fieldcoach::config;
use fieldcoach::domain::CameraTrouble;
use fieldcoach::picture::{Bounds, decode};
use std::path::PathBuf;
use std::time::{Duration, Instant};

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let Some(device) = arguments.next().map(PathBuf::from) else {
        for camera in node::find().into_iter().flatten() {
            println!("FOUND {} ({})", camera.path.display(), camera.identity.name);
        }
        return Ok(());
    };
    let wanted: u32 = arguments.next().map_or(Ok(10), |n| n.parse())?;
    let config = config::Camera { fps: 10.0, ..config::Camera::default() };
    let mut again = Again::new(device);
    let (mut frames, mut stalled, started) = (0u32, false, Instant::now());
    while frames < wanted {
        anyhow::ensure!(
            started.elapsed() < Duration::from_secs(120),
            "only {frames} of {wanted} frames in two minutes"
        );
        let mut camera = match V4l2::open(&mut again, &config) {
            Ok(camera) => camera,
            Err(error) => {
                println!("UNAVAILABLE {error}");
                std::thread::sleep(Duration::from_millis(500));
                continue;
            }
        };
        println!("OPEN {}", camera.describe());
        let error = loop {
            match camera.next() {
                Ok(frame) => {
                    let image = decode(&frame.jpeg, Bounds::default())?;
                    anyhow::ensure!((frame.width, frame.height) == image.dimensions(), "a frame's size is wrong");
                    frames += 1;
                    let mean = image.as_raw().iter().map(|v| u64::from(*v)).sum::<u64>() / image.as_raw().len() as u64;
                    println!("FRAME {frames} {}x{} {} bytes, mean {mean}", frame.width, frame.height, frame.jpeg.len());
                    if stalled {
                        println!("RESUMED");
                        stalled = false;
                    }
                    if frames >= wanted {
                        println!("DONE {frames}");
                        return Ok(());
                    }
                }
                Err(error) => break error,
            }
        };
        if error.trouble != CameraTrouble::Stalled {
            println!("LOST {error}");
            return Ok(());
        }
        println!("STALLED {error}");
        stalled = true;
    }
    Ok(())
}
