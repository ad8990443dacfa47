//! A network camera with an outage every minute (`make streams`): it is back soon each time, and nothing is left behind.

use crate::server::{Server, has_server};
use crate::{daemon, lost, streams};
use fieldcoach::domain::CameraTrouble;
use std::time::{Duration, Instant};

const MINUTES: &str = "FIELDCOACH_STREAM_MINUTES";
/// From the moment on that its port is open again. The server needs some time of its own.
const BACK_WITHIN: Duration = Duration::from_secs(5);

/// Open files of this process, and processes that it has started and that have not been waited for.
fn held() -> (usize, usize) {
    let parent = format!("PPid:\t{}\n", std::process::id());
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let own = processes.filter_map(|entry| std::fs::read_to_string(entry.path().join("status")).ok());
    (std::fs::read_dir("/proc/self/fd").unwrap().count(), own.filter(|status| status.contains(&parent)).count())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_every_minute_leaves_nothing_behind() {
    let Some(minutes) = std::env::var(MINUTES).ok().and_then(|minutes| minutes.parse::<u32>().ok()) else {
        eprintln!("skipped: {MINUTES} is not set (make streams)");
        return;
    };
    if !has_server() {
        return;
    }
    let password = "geheim1";
    let mut server = Server::start(0, "h264", password);
    let port = server.port;
    let dir = tempfile::tempdir().unwrap();
    let daemon = daemon(&dir, &format!("rtsp://cam:{password}@127.0.0.1:{port}/cam")).await;
    streams(&daemon).await;
    let mut first = None;
    let mut slowest = Duration::ZERO;
    for minute in 1..=minutes {
        let begun = Instant::now();
        if minute % 2 == 0 {
            server.signal("STOP");
            lost(&daemon, CameraTrouble::Stalled).await;
            drop(server);
        } else {
            drop(server);
        }
        lost(&daemon, CameraTrouble::Unreachable).await;
        // As long as a camera restarts, and pauses have grown.
        tokio::time::sleep(Duration::from_secs(u64::from(5 + minute % 20))).await;
        server = Server::start(port, if minute % 3 == 0 { "h265" } else { "h264" }, password);
        let open = Instant::now();
        streams(&daemon).await;
        slowest = slowest.max(open.elapsed());
        println!("minute {minute}: back after {:.1} s, {:?}", open.elapsed().as_secs_f32(), held());
        assert!(open.elapsed() < BACK_WITHIN, "it took {:?}", open.elapsed());
        tokio::time::sleep(Duration::from_secs(60).saturating_sub(begun.elapsed())).await;
        let held = held();
        let (files, processes) = *first.get_or_insert(held);
        assert!(
            held.0 <= files + 4 && held.1 <= processes,
            "it held {files} files and {processes} processes, now {held:?}"
        );
    }
    println!("{minutes} outages; back after {:.1} s at most", slowest.as_secs_f32());
    daemon.stop().await;
}
