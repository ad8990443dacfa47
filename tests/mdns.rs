//! The device is found by name in its network.

mod common;

use common::{Daemon, folder};
use mdns_sd::{ResolvedService, ServiceDaemon, ServiceEvent, ServiceInfo};
use std::time::Duration;

/// What answers to this instance of this service, if anything does in time.
async fn found(service: &str, instance: &str, within: Duration) -> Option<Box<ResolvedService>> {
    let daemon = ServiceDaemon::new().ok()?;
    let heard = daemon.browse(service).ok()?;
    let looking = async {
        loop {
            match heard.recv_async().await {
                Ok(ServiceEvent::ServiceResolved(info)) if info.get_fullname().starts_with(instance) => return info,
                Ok(_) => {}
                Err(_) => std::future::pending::<()>().await,
            }
        }
    };
    let info = tokio::time::timeout(within, looking).await.ok();
    drop(daemon.shutdown());
    info
}

/// Whether multicast works here at all: containers often have none.
async fn multicast() -> bool {
    let Ok(daemon) = ServiceDaemon::new() else { return false };
    let own = "_fieldcoach-test._tcp.local.";
    let info = ServiceInfo::new(own, "probe", "probe-fieldcoach.local.", "", 9, None).unwrap().enable_addr_auto();
    daemon.register(info).unwrap();
    let there = found(own, "probe", Duration::from_secs(10)).await.is_some();
    drop(daemon.shutdown());
    there
}

#[tokio::test(flavor = "multi_thread")]
async fn the_device_is_announced_with_its_name_and_port() {
    if !multicast().await {
        eprintln!("skipped: there is no multicast here");
        return;
    }
    let dir = folder();
    let daemon = Daemon::start_with(dir.path(), |config| {
        config.device.id = "Barn_7".into();
        config.http.listen = ([0, 0, 0, 0], 0).into();
        config.http.mdns = true;
    })
    .await;
    let info = found("_fieldcoach._tcp.local.", "Barn_7", common::DEADLINE).await.expect("nobody answers");
    assert_eq!((info.get_hostname(), info.get_port()), ("barn-7.local.", daemon.running.http.port()));
    assert_eq!(info.get_properties().iter().map(|p| p.key().to_owned()).collect::<Vec<_>>(), ["path"], "and no more");
    let page = daemon.running.services.reach.pages().remove(0);
    assert_eq!(page, format!("https://barn-7.local:{}/", daemon.running.http.port()));
    daemon.stop().await;
}
