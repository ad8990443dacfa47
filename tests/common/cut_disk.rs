//! A disk whose every write and flush is recorded in their order (QEMU's blklogwrites), and what of it a power cut would
//! have left. Needs root, loop devices, FUSE and qemu-storage-daemon.

use crate::loop_disk::{Mounted, run, text};
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Bytes of the disk.
const SIZE: u64 = 300 << 20;
/// The unit of the record; a sector is written whole or not at all.
const SECTOR: u64 = 512;

// Of the record's entries: see dm-log-writes in the kernel's documentation, whose format it is.
const FLUSH: u64 = 1;
const DISCARD: u64 = 4;

/// The disk while it is written to.
pub struct RecordedDisk {
    dir: PathBuf,
    mounted: Option<Mounted>,
}

impl RecordedDisk {
    /// Mounted in `dir`; the error says what this machine lacks.
    pub fn new(dir: &Path) -> Result<Self, String> {
        let at = |name: &str| dir.join(name);
        let start = at("start.img");
        let made = File::create(&start).and_then(|file| file.set_len(SIZE));
        made.map_err(|error| error.to_string())?;
        run("mkfs.ext4", &["-q", text(&start)])?;
        run("cp", &["--sparse=always", text(&start), text(&at("disk.img"))])?;
        for empty in ["record", "device"] {
            File::create(at(empty)).map_err(|error| error.to_string())?;
        }
        let file = |node: &str, path: &Path| format!("driver=file,node-name={node},filename={}", text(path));
        run(
            "qemu-storage-daemon",
            &[
                "--blockdev",
                &file("disk", &at("disk.img")),
                "--blockdev",
                &file("record", &at("record")),
                "--blockdev",
                &format!("driver=blklogwrites,node-name=both,file=disk,log=record,log-sector-size={SECTOR}"),
                "--export",
                &format!("type=fuse,id=out,node-name=both,writable=on,mountpoint={}", text(&at("device"))),
                "--pidfile",
                text(&at("pid")),
                "--daemonize",
            ],
        )?;
        let mut disk = Self { dir: dir.to_owned(), mounted: None };
        let begun = Instant::now();
        while std::fs::metadata(at("device")).map_or(0, |meta| meta.len()) != SIZE {
            if begun.elapsed() > Duration::from_secs(20) {
                return Err("qemu-storage-daemon shows no disk".into());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        disk.mounted = Some(Mounted::new(&at("device"), at("mounted"))?);
        Ok(disk)
    }

    /// Where its file system is.
    pub fn folder(&self) -> &Path {
        &self.mounted.as_ref().unwrap().at
    }

    /// How far the record has come: what is flushed now lies before.
    pub fn position(&self) -> u64 {
        std::fs::metadata(self.dir.join("record")).unwrap().len()
    }

    /// Unmounts it, and reads the record.
    pub fn end(mut self) -> Record {
        self.mounted = None;
        self.end_daemon();
        Record::read(&self.dir)
    }

    fn end_daemon(&self) {
        let Ok(pid) = std::fs::read_to_string(self.dir.join("pid")) else { return };
        let _ = run("kill", &[pid.trim()]);
        while Path::new(&format!("/proc/{}", pid.trim())).exists() {
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = std::fs::remove_file(self.dir.join("pid"));
    }
}

impl Drop for RecordedDisk {
    fn drop(&mut self) {
        self.mounted = None;
        self.end_daemon();
    }
}

/// A write, where its bytes lie in the record.
#[derive(Clone, Copy)]
struct Write {
    sector: u64,
    sectors: u64,
    at: u64,
}

/// What was written between two flushes, and where the flush after it ends in the record.
struct Stretch {
    writes: Vec<Write>,
    end: u64,
}

/// All that was written.
pub struct Record {
    dir: PathBuf,
    file: File,
    stretches: Vec<Stretch>,
    /// Stretches that the image holds whole.
    applied: usize,
    image: File,
}

impl Record {
    fn read(dir: &Path) -> Self {
        let file = File::open(dir.join("record")).unwrap();
        let words = |at: u64| {
            let mut bytes = [0; 32];
            file.read_exact_at(&mut bytes, at).unwrap();
            [0, 8, 16, 24].map(|from| u64::from_le_bytes(bytes[from..from + 8].try_into().unwrap()))
        };
        let entries = words(0)[2];
        let (mut at, mut stretches, mut writes) = (SECTOR, Vec::new(), Vec::new());
        for _ in 0..entries {
            let [sector, sectors, flags, _] = words(at);
            at += SECTOR;
            if flags & DISCARD == 0 && sectors > 0 {
                writes.push(Write { sector, sectors, at });
                at += sectors * SECTOR;
            }
            if flags & FLUSH != 0 {
                stretches.push(Stretch { writes: std::mem::take(&mut writes), end: at });
            }
        }
        let image = dir.join("state.img");
        run("cp", &["--sparse=always", text(&dir.join("start.img")), text(&image)]).unwrap();
        let image = File::options().read(true).write(true).open(image).unwrap();
        Self { dir: dir.to_owned(), file, stretches, applied: 0, image }
    }

    /// Flushes in it.
    pub fn flushes(&self) -> usize {
        self.stretches.len()
    }

    fn write(&self, image: &File, write: Write) {
        let mut bytes = vec![0; (write.sectors * SECTOR) as usize];
        self.file.read_exact_at(&mut bytes, write.at).unwrap();
        image.write_all_at(&bytes, write.sector * SECTOR).unwrap();
    }

    /// The disk as a power cut after that many flushes leaves it: of what was written since, any sectors, in any order.
    /// Mounted while `look` looks at it, which is told up to where in the record all is there. Flushes may not go back.
    pub fn cut(&mut self, flushes: usize, rng: &mut impl Rng, look: impl FnOnce(&Path, u64)) {
        while self.applied < flushes {
            self.stretches[self.applied].writes.iter().for_each(|write| self.write(&self.image, *write));
            self.applied += 1;
        }
        let end = flushes.checked_sub(1).map_or(0, |last| self.stretches[last].end);
        let tried = self.dir.join("tried.img");
        run("cp", &["--sparse=always", text(&self.dir.join("state.img")), text(&tried)]).unwrap();
        let image = File::options().write(true).open(&tried).unwrap();
        let since = self.stretches.get(flushes).map_or(&[][..], |stretch| &stretch.writes);
        // As far as the writes had come, all of them but for some; of every third, some sectors only.
        let begun = &since[..rng.random_range(0..=since.len())];
        let lost = *[0.0, 0.1, 0.5, 1.0].choose(rng).unwrap();
        for write in begun {
            if rng.random_bool(lost) {
                continue;
            }
            let torn = rng.random_range(0..3) == 0;
            let sectors = if torn { rng.random_range(0..=write.sectors) } else { write.sectors };
            self.write(&image, Write { sectors, ..*write });
        }
        drop(image);
        let mounted = Mounted::new(&tried, self.dir.join("after")).expect("the file system survives");
        look(&mounted.at, end);
    }
}
