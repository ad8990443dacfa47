//! `bench open` and `bench labels`: how quick the store is on this machine's disk.

use anyhow::Context;
use clap::Args;
use fieldcoach::config::Config;
use fieldcoach::domain::{BBox, Category, FrameSource, Label, LabelKind, NewFrame, Phase};
use fieldcoach::store::{LabelWrite, Options, Store};
use jiff::Timestamp;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How long opening a store of many frames takes: after a clean end, after SIGKILL, without its index
#[derive(Args)]
pub struct Open {
    /// Frames in it; those that a store in the folder lacks are added first, which takes minutes
    #[arg(long, default_value_t = 1_000_000)]
    frames: u64,
    /// Bytes of each frame
    #[arg(long, default_value_t = 4096)]
    bytes: usize,
    /// Folder of the store, which stays; one for the moment if left out
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Times to open it after each kind of end
    #[arg(long, default_value_t = 3)]
    times: usize,
    /// Opens the store in the folder, says how long that took, and goes on adding frames: what the others are made of
    #[arg(long, hide = true)]
    once: bool,
}

/// How long labels take to be on disk, beside a bare fdatasync of as many bytes
#[derive(Args)]
pub struct Labels {
    /// Labels to write
    #[arg(long, default_value_t = 2000)]
    labels: usize,
}

fn frame(number: u64, bytes: usize) -> NewFrame {
    NewFrame {
        // Nobody looks at the picture.
        jpeg: vec![(number % 251) as u8; bytes].into(),
        taken: Timestamp::now(),
        width: 1920,
        height: 1080,
        source: FrameSource::Camera,
        camera: None,
        name: None,
        clip: None,
        kept: None,
        truth: None,
    }
}

fn options(dir: &Path) -> Options {
    Options { dir: dir.into(), budget: 1 << 42, reserve: 0 }
}

impl Open {
    pub fn run(self) -> anyhow::Result<()> {
        let temporary = tempfile::tempdir()?;
        let dir = self.dir.clone().unwrap_or_else(|| temporary.path().into());
        if self.once {
            return self.once(&dir);
        }
        let store = Store::open(options(&dir))?;
        let there = store.counts()?.total;
        let clock = Instant::now();
        for number in there..self.frames {
            store.add_frame(&frame(number, self.bytes))?;
        }
        println!(
            "{} frames, {} of them added in {:.0} s",
            self.frames,
            self.frames.saturating_sub(there),
            clock.elapsed().as_secs_f64()
        );
        drop(store);
        for killed in [false, true] {
            for _ in 0..self.times {
                let said = again(&dir, self.bytes, killed)?;
                println!(
                    "opened in {said}, then {}",
                    if killed { "killed in the middle of adding frames" } else { "ended" }
                );
            }
        }
        println!("opened in {}, then ended", again(&dir, self.bytes, false)?);
        std::fs::remove_dir_all(dir.join("index"))?;
        println!("opened in {}, its index made anew", again(&dir, self.bytes, false)?);
        Ok(())
    }

    /// In a process of its own, which says how long it took.
    fn once(&self, dir: &Path) -> anyhow::Result<()> {
        let clock = Instant::now();
        let store = Store::open(options(dir))?;
        let took = clock.elapsed();
        let mb = fieldcoach::host::memory().process / 1_000_000;
        println!("{:.2} s with {} frames and {mb} MB", took.as_secs_f64(), store.counts()?.total);
        // Until its input ends.
        let (ended, until) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
            let _ = ended.send(());
        });
        for number in 0.. {
            match until.recv_timeout(Duration::from_millis(1)) {
                Err(std::sync::mpsc::RecvTimeoutError::Timeout) => drop(store.add_frame(&frame(number, self.bytes))?),
                _ => break,
            }
        }
        Ok(())
    }
}

/// Opens it in a process of its own, which adds frames for a second; answers what that said.
fn again(dir: &Path, bytes: usize, kill: bool) -> anyhow::Result<String> {
    let mut child = Command::new(std::env::current_exe()?)
        .args(["bench", "open", "--once", "--bytes", &bytes.to_string(), "--dir"])
        .arg(dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut said = String::new();
    BufReader::new(child.stdout.take().context("its output")?).read_line(&mut said)?;
    std::thread::sleep(Duration::from_secs(1));
    match kill {
        true => child.kill()?,
        false => drop(child.stdin.take()),
    }
    let status = child.wait()?;
    anyhow::ensure!(kill || status.success(), "it ended with {status}");
    Ok(said.trim().to_owned())
}

impl Labels {
    pub fn run(self, config: &Config) -> anyhow::Result<()> {
        std::fs::create_dir_all(&config.data_dir)?;
        let dir = tempfile::Builder::new().prefix("bench-").tempdir_in(&config.data_dir)?;
        let store = Store::open(options(dir.path()))?;
        store.add_category(Category {
            name: "thing".into(),
            colour: String::new(),
            instructions: String::new(),
            kind: LabelKind::Box,
        })?;
        let ids = (0..100).map(|n| Ok(store.add_frame(&frame(n, 50_000))?.id)).collect::<anyhow::Result<Vec<_>>>()?;
        let mut bare = File::create(dir.path().join("bare"))?;
        let (mut labelled, mut synced) = (Vec::new(), Vec::new());
        let mut revisions = vec![0; ids.len()];
        for n in 0..self.labels {
            let at = n % ids.len();
            let labels = vec![Label::boxed("thing", BBox::new(n as f32 % 1000.0, 10.0, 50.0, 50.0))];
            let write = LabelWrite { revision: revisions[at], phase: Phase::Labelled, labels, ..LabelWrite::default() };
            let clock = Instant::now();
            revisions[at] = store.put_labels(ids[at], write)?.revision;
            labelled.push(clock.elapsed());
            // In turn with it, so that both meet the same disk.
            let clock = Instant::now();
            bare.write_all(&[7; 300])?;
            bare.sync_data()?;
            synced.push(clock.elapsed());
        }
        println!("a label:          {}", percentiles(labelled));
        println!("a bare fdatasync: {}", percentiles(synced));
        Ok(())
    }
}

fn percentiles(mut times: Vec<Duration>) -> String {
    times.sort();
    let at = |percent: usize| times[(times.len() * percent / 100).min(times.len() - 1)].as_secs_f64() * 1e3;
    format!("median {:.2} ms, p99 {:.2} ms, at most {:.1} ms", at(50), at(99), at(100))
}
