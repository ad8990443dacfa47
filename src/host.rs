//! What Linux tells of the machine. Where a file is missing (containers, other kernels) the value is left out.

use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// One thermal zone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Temperature {
    /// As the kernel names it: `CPU-therm`, `x86_pkg_temp`, …
    pub zone: String,
    /// Degrees.
    pub celsius: f32,
}

/// Bytes of memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Memory {
    pub total: u64,
    /// What programs can still take without swapping.
    pub available: u64,
    /// Resident memory of this process.
    pub process: u64,
}

/// This program, also after its file was replaced by another version's.
pub fn own_program() -> PathBuf {
    "/proc/self/exe".into()
}

/// Lets this process have as many files open as it may: connections are files too, and 1,024 are soon used up. Where
/// that is refused, it goes on with what it has.
pub fn open_more_files() {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    let most = rustix::process::Rlimit { current: limit.maximum, maximum: limit.maximum };
    let _ = rustix::process::setrlimit(rustix::process::Resource::Nofile, most);
}

/// This process ends when the thread ends that started it, however that comes about. What it becomes by `exec` does, too.
pub fn end_with_who_started_this() -> io::Result<()> {
    Ok(rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?)
}

/// As long as it is held, what tells programs to stop or that their terminal is gone (Ctrl-C, systemd, a terminal that is closed)
/// does nothing to this process: for those that the daemon ends, to whom it is sent as well.
pub struct Deaf {
    _heard: [Signal; 3],
    _by: Runtime,
}

/// Makes this process deaf. Error: the system takes no handlers.
pub fn be_deaf() -> io::Result<Deaf> {
    let by = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let heard = {
        let _inside = by.enter();
        [signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?, signal(SignalKind::hangup())?]
    };
    Ok(Deaf { _heard: heard, _by: by })
}

/// How much rather than another process the kernel ends this one where memory runs out, -1000 to 1000. A plain user may
/// raise it.
pub fn be_ended_first(score: i32) -> io::Result<()> {
    fs::write("/proc/self/oom_score_adj", score.to_string())
}

/// Processes that the kernel ended since the boot because memory ran out, of the machine or of a group of processes; 0 where it
/// does not say.
pub fn ended_for_memory() -> u64 {
    let counted = fs::read_to_string("/proc/vmstat").unwrap_or_default();
    counted.lines().find_map(|line| line.strip_prefix("oom_kill ")?.trim().parse().ok()).unwrap_or(0)
}

/// All thermal zones that can be read, in the kernel's order.
pub fn temperatures() -> Vec<Temperature> {
    temperatures_in(Path::new("/sys/class/thermal"))
}

fn temperatures_in(root: &Path) -> Vec<Temperature> {
    let Ok(entries) = fs::read_dir(root) else { return Vec::new() };
    let mut zones: Vec<(u32, Temperature)> = entries
        .flatten()
        .filter_map(|entry| {
            let number = entry.file_name().to_str()?.strip_prefix("thermal_zone")?.parse().ok()?;
            let zone = fs::read_to_string(entry.path().join("type")).ok()?.trim().to_owned();
            let milli: f32 = fs::read_to_string(entry.path().join("temp")).ok()?.trim().parse().ok()?;
            Some((number, Temperature { zone, celsius: milli / 1000.0 }))
        })
        .collect();
    zones.sort_by_key(|(number, _)| *number);
    zones.into_iter().map(|(_, zone)| zone).collect()
}

pub fn memory() -> Memory {
    let info = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let own = fs::read_to_string("/proc/self/status").unwrap_or_default();
    Memory {
        total: kilobytes(&info, "MemTotal:"),
        available: kilobytes(&info, "MemAvailable:"),
        process: kilobytes(&own, "VmRSS:"),
    }
}

/// Bytes that this program takes at most where nobody says: half of the machine's, or nine tenths of what its cgroup has,
/// which is nobody else's. 0 where the machine does not tell what it has.
pub fn memory_by_default() -> u64 {
    by_default(memory().total, memory_of_cgroup())
}

fn by_default(total: u64, cgroup: Option<u64>) -> u64 {
    (total / 2).min(cgroup.map_or(u64::MAX, |limit| limit / 10 * 9))
}

/// Bytes that the cgroup of this process may take, the least of it and those above it; `None` where there is no limit.
fn memory_of_cgroup() -> Option<u64> {
    memory_of_cgroup_in(Path::new("/sys/fs/cgroup"), &fs::read_to_string("/proc/self/cgroup").unwrap_or_default())
}

fn memory_of_cgroup_in(root: &Path, groups: &str) -> Option<u64> {
    let each = groups.lines().filter_map(|line| {
        let (_, rest) = line.split_once(':')?;
        let (controllers, path) = rest.split_once(':')?;
        let (root, file) = match controllers {
            "" => (root.to_owned(), "memory.max"),
            "memory" => (root.join("memory"), "memory.limit_in_bytes"),
            _ => return None,
        };
        let path = Path::new(path.trim_start_matches('/'));
        let limit = |folder: &Path| fs::read_to_string(root.join(folder).join(file)).ok()?.trim().parse::<u64>().ok();
        path.ancestors().filter_map(limit).min()
    });
    // Version 1 writes the largest number there is where there is none.
    each.min().filter(|limit| *limit < 1 << 62)
}

/// The bytes on a line like `MemTotal:  16309320 kB`; 0 where there is no such line.
fn kilobytes(text: &str, key: &str) -> u64 {
    text.lines()
        .find_map(|line| line.strip_prefix(key)?.split_whitespace().next()?.parse::<u64>().ok())
        .unwrap_or(0)
        .saturating_mul(1024)
}

/// Bytes of the file system that this folder is on; 0 where it can't be told.
pub fn disk_size(folder: &Path) -> u64 {
    rustix::fs::statvfs(folder).map_or(0, |stat| stat.f_blocks.saturating_mul(stat.f_frsize))
}

/// The kernel's release: `6.8.0-tegra`.
pub fn kernel() -> Option<String> {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").ok()?;
    Some(release.trim().to_owned()).filter(|release| !release.is_empty())
}

/// Load averages over 1, 5 and 15 minutes.
pub fn load() -> [f32; 3] {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let mut numbers = text.split_whitespace().map(|number| number.parse().unwrap_or(0.0));
    std::array::from_fn(|_| numbers.next().unwrap_or(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_come_in_the_kernels_order_and_unreadable_ones_are_left_out() {
        let dir = tempfile::tempdir().unwrap();
        for (name, zone, temp) in
            [("thermal_zone10", "gpu", "41500"), ("thermal_zone2", "cpu", "39000\n"), ("cooling_device0", "fan", "1")]
        {
            fs::create_dir(dir.path().join(name)).unwrap();
            fs::write(dir.path().join(name).join("type"), format!("{zone}\n")).unwrap();
            fs::write(dir.path().join(name).join("temp"), temp).unwrap();
        }
        fs::create_dir(dir.path().join("thermal_zone3")).unwrap();
        let zones: Vec<_> = temperatures_in(dir.path()).into_iter().map(|t| (t.zone, t.celsius)).collect();
        assert_eq!(zones, [("cpu".to_owned(), 39.0), ("gpu".to_owned(), 41.5)]);
    }

    #[test]
    fn by_default_it_is_half_of_the_machine_s_or_what_a_cgroup_leaves() {
        assert_eq!(by_default(4000, None), 2000);
        assert_eq!(by_default(4000, Some(1000)), 900);
        assert_eq!(by_default(4000, Some(8000)), 2000);
    }

    #[test]
    fn the_least_limit_of_a_cgroup_and_those_above_it_counts() {
        let dir = tempfile::tempdir().unwrap();
        let write = |file: &str, text: &str| {
            let path = dir.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("system.slice/memory.max", "1000\n");
        write("system.slice/fieldcoach.service/memory.max", "max\n");
        let of = |groups: &str| memory_of_cgroup_in(dir.path(), groups);
        assert_eq!(of("0::/system.slice/fieldcoach.service\n"), Some(1000));
        assert_eq!(of("0::/\n"), None);
        write("memory/memory.limit_in_bytes", "9223372036854771712\n");
        write("memory/group/memory.limit_in_bytes", "700\n");
        assert_eq!(of("9:cpu:/group\n4:memory:/group\n"), Some(700));
        assert_eq!(of("4:memory:/\n"), None);
    }

    #[test]
    fn kilobytes_are_read_from_their_line() {
        assert_eq!(kilobytes("MemFree: 1 kB\nMemTotal:   2048 kB\n", "MemTotal:"), 2048 * 1024);
        assert_eq!(kilobytes("", "MemTotal:"), 0);
    }
}
