//! `bench tracks`: how well labels are carried along a film, where the truth is known.

use super::photographs::{Photograph, Photographs};
use clap::Args;
use fieldcoach::camera::Scene;
use fieldcoach::picture;
use fieldcoach::tracks::measure::{Figures, Hand, Moving, Shot, Way, objects};

/// Size of the films.
const SIZE: (u32, u32) = (640, 480);

/// How well labels are carried along a film: the generated conveyor, and photographs that a camera goes over
#[derive(Args)]
pub struct Tracks {
    #[command(flatten)]
    photographs: Photographs,
    /// Seconds of each film
    #[arg(long, default_value_t = 30.0)]
    seconds: f64,
    /// Pictures a second
    #[arg(long, value_delimiter = ',', default_values_t = [2.0, 5.0, 15.0])]
    fps: Vec<f64>,
}

/// Ways over a photograph, by the share of the film that has passed.
const WAYS: [(&str, Way); 3] = [
    ("pan", |t| (0.3 + 0.4 * t, 0.35 + 0.3 * t, 0.55)),
    ("zoom", |t| (0.5, 0.5, 0.9 - 0.45 * t)),
    ("pan and zoom", |t| (0.35 + 0.3 * t, 0.6 - 0.2 * t, 0.5 + 0.3 * (t * std::f32::consts::PI).sin())),
];

impl Tracks {
    pub fn run(self) -> anyhow::Result<()> {
        println!(
            "| film | pictures a second | objects | boxes | touches an object | mean IoU | straight lines | missed | \
             wrong | too many | ms a box |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
        );
        for fps in &self.fps {
            self.tell("conveyor", *fps, || {
                let mut shot = conveyor(1000.0, self.seconds, *fps);
                shot.objects.retain(|object| object.boxes.iter().flatten().count() > 1);
                vec![shot]
            })?;
        }
        let photographs = self.photographs.read()?;
        for (name, way) in WAYS {
            for fps in &self.fps {
                let shot = |(photograph, boxes): &Photograph| {
                    let crossing = Some(picture::resize_part(photograph, [20.0, 20.0, 90.0, 90.0], 90, 90));
                    let moving = Moving { photograph: photograph.clone(), boxes: boxes.clone(), crossing, way };
                    moving.shot(SIZE, self.seconds, *fps)
                };
                self.tell(name, *fps, || photographs.iter().map(shot).collect())?;
            }
        }
        Ok(())
    }

    fn tell(&self, film: &str, fps: f64, shots: impl Fn() -> Vec<Shot>) -> anyhow::Result<()> {
        for (hand, called) in [(Hand::Ends, "where it comes and goes"), (Hand::Asked(4), "one, and what is asked")] {
            let figures: Vec<Figures> = shots().iter_mut().map(|shot| shot.figures(hand)).collect::<Result<_, _>>()?;
            let all = Figures::of_all(&figures);
            let part = |n: usize| 100.0 * n as f32 / all.boxes.max(1) as f32;
            println!(
                "| {film}, {called} | {fps} | {} | {} | {:.1} | {:.3} | {:.3} | {:.1} % | {:.1} % | {:.1} % | {:.1} |",
                all.objects,
                all.boxes,
                all.touches as f32 / all.objects.max(1) as f32,
                all.iou,
                all.straight,
                part(all.missed),
                part(all.wrong),
                part(all.extra),
                all.took.as_secs_f64() * 1e3 / all.given.max(1) as f64
            );
        }
        Ok(())
    }
}

/// The generated scene from this moment on: what travels on the belt, entering and leaving.
pub fn conveyor(from: f64, seconds: f64, fps: f64) -> Shot {
    let scene = Scene::new(Scene::SEED, SIZE.0, SIZE.1);
    let times: Vec<f64> = (0..(seconds * fps) as usize).map(|n| n as f64 / fps).collect();
    let truth: Vec<_> = times.iter().map(|time| scene.render(from + time).1).collect();
    let objects = objects(&truth);
    let started = times.clone();
    Shot { size: SIZE, times, objects, picture: Box::new(move |at| scene.render(from + started[at]).0) }
}
