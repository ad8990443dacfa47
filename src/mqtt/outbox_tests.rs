use super::super::payload::Stamp;
use super::super::topics::Topic;
use super::*;
use crate::store::Options;
use std::path::Path;
use std::time::Duration;

fn message(topic: Topic, text: &str) -> Message {
    Stamp::new("d").bare(topic, bytes::Bytes::copy_from_slice(text.as_bytes()), "text/plain", &[])
}

fn text(message: &Message) -> String {
    String::from_utf8(message.payload.to_vec()).unwrap()
}

fn take(outbox: &mut Outbox) -> Option<(Ticket, String)> {
    outbox.take().map(|(ticket, message)| (ticket, text(message)))
}

fn all(outbox: &mut Outbox) -> Vec<String> {
    std::iter::from_fn(|| take(outbox)).map(|(_, text)| text).collect()
}

#[test]
fn what_was_not_acknowledged_is_sent_again_in_order() {
    let mut outbox = Outbox::new(MEMORY);
    for text in ["a", "b", "c", "d"] {
        outbox.push(message(Topic::Events, text));
    }
    for packet in 1..=3 {
        let (ticket, _) = take(&mut outbox).unwrap();
        outbox.sent(ticket, packet);
    }
    outbox.acknowledged(2);
    assert_eq!(outbox.in_flight(), 2);
    outbox.disconnected();
    assert_eq!(all(&mut outbox), ["a", "c", "d"]);
}

#[test]
fn what_may_not_be_sent_waits_in_its_order_until_it_may() {
    let mut outbox = Outbox::new(MEMORY);
    for text in ["a", "b", "c", "d"] {
        outbox.push(message(Topic::Events, text));
    }
    outbox.push(message(Topic::Status, "s"));
    while let Some((ticket, text)) = take(&mut outbox) {
        let packet = match &*text {
            "a" => 1,
            "b" => 2,
            "c" => 3,
            "d" => 4,
            _ => 5,
        };
        outbox.sent(ticket, packet);
    }
    let topic = outbox.withheld(1).unwrap();
    assert_eq!(outbox.withheld(2).as_ref(), Some(&topic));
    assert_eq!((outbox.fill().waiting, outbox.due()), (5, 3));
    // One may have been let through before.
    outbox.acknowledged(4);
    outbox.disconnected();
    outbox.push(message(Topic::Events, "e"));
    assert_eq!(all(&mut outbox), ["s"]);
    assert_eq!(outbox.due(), 1);
    outbox.release(&topic);
    assert_eq!(all(&mut outbox), ["a", "b", "c", "e"]);
    assert_eq!(outbox.fill().dropped, 0);
}

#[test]
fn an_old_packet_identifier_acknowledges_nothing_after_a_reconnect() {
    let mut outbox = Outbox::new(MEMORY);
    outbox.push(message(Topic::Events, "a"));
    let (ticket, _) = take(&mut outbox).unwrap();
    outbox.sent(ticket, 1);
    outbox.disconnected();
    outbox.acknowledged(1);
    assert_eq!(outbox.fill().waiting, 1);
}

#[test]
fn of_a_state_only_the_newest_waits() {
    let mut outbox = Outbox::new(MEMORY);
    outbox.push(message(Topic::Status, "1"));
    outbox.push(message(Topic::Events, "e"));
    // Topics take turns; which is first does not matter.
    while let Some((ticket, _)) = take(&mut outbox) {
        outbox.sent(ticket, outbox.in_flight() as u16);
    }
    outbox.push(message(Topic::Status, "2"));
    outbox.push(message(Topic::Status, "3"));
    outbox.disconnected();
    let mut left = all(&mut outbox);
    left.sort();
    assert_eq!(left, ["3", "e"]);
}

#[test]
fn a_long_backlog_of_one_topic_does_not_hold_up_another() {
    let mut outbox = Outbox::new(MEMORY);
    for n in 0..100 {
        outbox.push(message(Topic::FlipbookPage, &format!("p{n}")));
    }
    outbox.push(message(Topic::Events, "e1"));
    outbox.push(message(Topic::Events, "e2"));
    outbox.push_first(message(Topic::Availability, "online"));
    let order = all(&mut outbox);
    assert_eq!(order[0], "online");
    let at = |text: &str| order.iter().position(|one| one == text).unwrap();
    assert!(at("e1") < at("e2") && at("e2") < 12, "{order:?}");
    let pages: Vec<_> = order.iter().filter(|text| text.starts_with('p')).cloned().collect();
    assert_eq!(pages, (0..100).map(|n| format!("p{n}")).collect::<Vec<_>>());
}

#[test]
fn over_the_budget_pages_go_first_then_epochs_and_are_counted() {
    let mut outbox = Outbox::new(10);
    let training = crate::domain::TrainingId::new();
    outbox.push(message(Topic::Status, "s"));
    for (topic, text) in [
        (Topic::Events, "e1"),
        (Topic::FlipbookPage, "p1"),
        (Topic::Epoch(training), "t1"),
        (Topic::FlipbookPage, "p2"),
        (Topic::Events, "e2"),
        (Topic::Events, "e3"),
        (Topic::Events, "e4"),
    ] {
        outbox.push(message(topic, text));
    }
    assert_eq!(outbox.fill(), Fill { waiting: 5, bytes: 9, dropped: 3 });
    let mut left = all(&mut outbox);
    left.sort();
    assert_eq!(left, ["e1", "e2", "e3", "e4", "s"]);
}

fn store(dir: &Path) -> Store {
    Store::open(Options { dir: dir.into(), budget: 1 << 28, reserve: 0 }).unwrap()
}

/// The next message, read from the disk if need be.
async fn next(outbox: &mut Outbox) -> (Ticket, String) {
    loop {
        if let Some(next) = take(outbox) {
            return next;
        }
        tokio::time::timeout(Duration::from_secs(60), outbox.changed()).await.expect("the disk has something to tell");
    }
}

#[tokio::test]
async fn what_waits_outlives_the_process_and_most_of_it_is_not_in_memory() {
    let dir = tempfile::tempdir().unwrap();
    let (count, long) = (300, "x".repeat(100_000));
    let told = Told { of: "log".into(), upto: "here".into() };
    {
        let mut outbox = Outbox::open(&store(dir.path()), 1 << 30).unwrap();
        for n in 0..count {
            outbox.push(message(Topic::FlipbookPage, &format!("{n:03} {long}")));
        }
        outbox.push(message(Topic::Status, "only the newest counts"));
        outbox.tell(told.clone());
        while outbox.in_memory > MEMORY {
            tokio::time::timeout(Duration::from_secs(60), outbox.changed()).await.expect("it is written");
        }
        // The first three are sent, and two of them acknowledged.
        for packet in 1..=4 {
            let (ticket, _) = next(&mut outbox).await;
            outbox.sent(ticket, packet);
        }
        outbox.acknowledged(1);
        outbox.acknowledged(2);
    }
    let mut outbox = Outbox::open(&store(dir.path()), 1 << 30).unwrap();
    assert_eq!(outbox.told().get(&told.of), Some(&told.upto));
    assert_eq!(outbox.in_memory, 0);
    // The status is told anew by whoever knows it.
    assert!(outbox.fill().waiting >= count - 2 && outbox.fill().waiting < count, "{:?}", outbox.fill());
    let mut last = None;
    while outbox.fill().waiting > 0 {
        let (ticket, text) = next(&mut outbox).await;
        let n: usize = text[..3].parse().unwrap();
        assert!(last.is_none_or(|last| n == last + 1), "{n} after {last:?}");
        last = Some(n);
        outbox.sent(ticket, 7);
        outbox.acknowledged(7);
        assert!(outbox.in_memory <= MEMORY);
    }
    assert_eq!(last, Some(count - 1));
    drop(outbox);
    assert_eq!(Outbox::open(&store(dir.path()), 1 << 30).unwrap().fill().waiting, 0, "what was acknowledged is gone");
}

#[tokio::test]
async fn a_full_outbox_drops_nothing_because_of_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let budget = 50 * 100;
    let before = {
        let mut outbox = Outbox::open(&store(dir.path()), budget).unwrap();
        for n in 0..60 {
            outbox.push(message(Topic::Events, &format!("{n:0100}")));
        }
        outbox.fill()
    };
    assert_eq!(before, Fill { waiting: 50, bytes: budget, dropped: 10 });
    for _ in 0..2 {
        let outbox = Outbox::open(&store(dir.path()), budget).unwrap();
        assert_eq!(outbox.fill(), before, "what was dropped before stays counted");
    }
}
