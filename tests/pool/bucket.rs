//! A bucket of a real server: two devices share it, and it is killed in the middle of uploads.

use crate::common::provide_tls;
use crate::device::{Device, pictures, spoken_of};
use crate::weed::Weed;
use fieldcoach::domain::LabelKind;
use fieldcoach::pool::{PoolError, Pushed};
use parking_lot::Mutex;
use rand::RngExt;
use std::ops::ControlFlow;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// Kills of the server, or as many as `FIELDCOACH_HARM_POOL` says.
const KILLS: usize = 3;

#[test]
fn one_device_learns_of_the_others_labels_through_a_bucket() {
    provide_tls();
    let Some(weed) = Weed::start() else { return };
    let (a, b) = (Device::new("cam-a", &weed.pool()), Device::new("cam-b", &weed.pool()));
    a.category("cup", LabelKind::Box);
    let frames = a.labelled(0..5);
    assert_eq!(a.push().frames, 5);
    assert!(a.push().is_nothing());
    assert_eq!(b.pull().frames, 5);
    a.label(frames[2], "cup", 20.0);
    assert_eq!((a.push().pictures, b.pull().relabelled), (0, 1));
    for frame in &frames {
        assert_eq!(b.theirs()[frame].1.labels, a.store.labels(*frame).unwrap().labels);
    }
    assert_eq!(pictures(&weed.files()), 5);
}

#[test]
fn what_a_server_refuses_is_told_in_words() {
    provide_tls();
    let Some(weed) = Weed::start() else { return };
    let says = |change: &dyn Fn(&mut fieldcoach::config::Pool)| {
        let mut config = weed.pool();
        change(&mut config);
        let device = Device::new("cam-a", &config);
        device.category("cup", LabelKind::Box);
        device.labelled(0..1);
        let error = device.pool.push(&mut Pushed::default(), &mut |_, _| ControlFlow::Continue(())).unwrap_err();
        let error = error.to_string();
        assert!(!error.contains("secret"), "{error}");
        error
    };
    let file = tempfile::NamedTempFile::new().unwrap();
    let credentials = |text: &str| {
        std::fs::write(file.path(), text).unwrap();
        says(&|config| config.credentials_file = Some(file.path().into()))
    };
    let wrong = credentials("AWS_ACCESS_KEY_ID=key\nAWS_SECRET_ACCESS_KEY=secret2\n");
    assert!(wrong.contains("does not know these credentials"), "{wrong}");
    assert!(
        credentials("AWS_SECRET_KEY=secret\n").contains("`AWS_SECRET_KEY` is nothing that this kind of pool knows")
    );
    assert!(credentials("AWS_ACCESS_KEY_ID=key\nsecret\n").contains("line 2: write NAME=value"));
    let nowhere = says(&|config| config.url = "s3://nowhere/x".parse().unwrap());
    assert!(nowhere.contains("make its bucket"), "{nowhere}");
    let nobody = says(&|config| config.endpoint = Some("http://127.0.0.1:9".into()));
    assert!(nobody.contains("does not answer as it should"), "{nobody}");
}

#[test]
fn a_server_that_is_killed_in_the_middle_of_uploads_loses_nothing_and_has_nothing_twice() {
    provide_tls();
    let Some(weed) = Weed::start() else { return };
    let config = weed.pool();
    let weed = Mutex::new(weed);
    let kills = std::env::var("FIELDCOACH_HARM_POOL").map_or(KILLS, |kills| kills.parse().unwrap());
    let (mut a, b) = (Device::new("cam-a", &config), Device::new("cam-b", &config));
    a.category("cup", LabelKind::Box);
    let mut frames = Vec::new();
    let mut rng = rand::rng();
    for kill in 0..kills {
        let first = 10 * (kill % 25) as u8;
        frames.extend(a.labelled(first..first + 10));
        let at = rng.random_range(0..10);
        let (now, killed) = mpsc::channel();
        thread::scope(|scope| {
            let (weed, after) = (&weed, Duration::from_micros(rng.random_range(0..20_000)));
            scope.spawn(move || {
                if killed.recv().is_ok() {
                    thread::sleep(after);
                    weed.lock().kill();
                }
            });
            let pushed = a.pool.push(&mut Pushed::default(), &mut |done, _| {
                if done == at {
                    now.send(()).unwrap();
                }
                ControlFlow::Continue(())
            });
            drop(now);
            assert!(!matches!(pushed, Err(PoolError::Store(_) | PoolError::Refused(_))), "{pushed:?}");
        });
        // Labels go on meanwhile.
        frames.extend(a.labelled([250]));
        weed.lock().up();
        // Sometimes the device goes too, with what it knew of the pool or without.
        a = a.again(None, kill % 3 == 2);
        a.push();
        b.pull();
    }
    assert!(a.push().is_nothing() && b.pull() == Default::default());
    let files = weed.lock().files();
    let often = spoken_of(&files, "cam-a");
    assert!(often.len() == frames.len() && often.values().all(|often| *often == 1), "{often:?}");
    let theirs = b.theirs();
    assert_eq!(theirs.len(), frames.len());
    for frame in &frames {
        assert_eq!(theirs[frame].1.labels, a.store.labels(*frame).unwrap().labels);
        assert_eq!(b.store.jpeg(theirs[frame].0.id).unwrap(), a.store.jpeg(*frame).unwrap());
    }
}
