//! `bench films`: films of which it is known what is in them, for whoever labels them by hand.

use super::photographs::{Photograph, Photographs};
use anyhow::Context;
use clap::Args;
use fieldcoach::camera::Scene;
use fieldcoach::picture;
use fieldcoach::tracks::measure::{Moving, Shot, crossing};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Size of the films.
const SIZE: (u32, u32) = (640, 480);
/// Objects of a photograph that count, beside what crosses it.
const COUNTED: usize = 2;
/// Quality of the pictures.
const QUALITY: u8 = 95;

/// Films of three objects as pictures, with where these are: things that come, cross and go over the conveyor, and a photograph that a camera goes over
#[derive(Args)]
pub struct Films {
    /// Where to: a folder a film, with `000000.jpg` and so on, and `truth.json`
    folder: PathBuf,
    #[command(flatten)]
    photographs: Photographs,
    /// Seconds of each film
    #[arg(long, default_value_t = 60.0)]
    seconds: f64,
    /// Pictures a second
    #[arg(long, default_value_t = 10.0)]
    fps: f64,
}

impl Films {
    pub fn run(self) -> anyhow::Result<()> {
        let scene = Scene::new(Scene::SEED, SIZE.0, SIZE.1);
        let over = crossing(&|n| scene.render(60.0 * n as f64), self.seconds, self.fps);
        write(&self.folder.join("conveyor"), over.context("the scene has too little in it")?)?;
        for (n, photograph) in self.photographs.read()?.into_iter().enumerate() {
            write(&self.folder.join(format!("photograph-{}", n + 1)), self.pan(photograph))?;
        }
        Ok(())
    }

    /// The camera goes over the photograph and nearer, and away.
    fn pan(&self, (photograph, boxes): Photograph) -> Shot {
        let crossing = Some(picture::resize_part(&photograph, [20.0, 20.0, 90.0, 90.0], 90, 90));
        let way = |t: f32| (0.28 + 0.44 * t, 0.4 + 0.2 * t, 0.55 - 0.12 * (t * std::f32::consts::PI).sin());
        let mut shot = Moving { photograph, boxes, crossing, way }.shot(SIZE, self.seconds, self.fps);
        // Those that are seen longest and yet not always; and what crosses, which is the last.
        let crosses = shot.objects.pop();
        shot.objects.sort_by_key(|object| {
            let seen = object.boxes.iter().flatten().count();
            (seen == shot.times.len(), std::cmp::Reverse(seen))
        });
        shot.objects.truncate(COUNTED);
        shot.objects.extend(crosses);
        shot
    }
}

fn write(folder: &Path, mut shot: Shot) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)?;
    for at in 0..shot.times.len() {
        std::fs::write(folder.join(format!("{at:06}.jpg")), picture::encode_jpeg(&(shot.picture)(at), QUALITY))?;
    }
    let objects = shot
        .objects
        .iter()
        .map(|object| json!({"category": object.category, "boxes": object.boxes, "unclear": object.unclear}));
    let truth = json!({"size": shot.size, "times": shot.times, "objects": objects.collect::<Vec<_>>()});
    std::fs::write(folder.join("truth.json"), truth.to_string())?;
    println!("{}: {} pictures, {} objects", folder.display(), shot.times.len(), shot.objects.len());
    Ok(())
}
