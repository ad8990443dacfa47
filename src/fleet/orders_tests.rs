use super::*;

fn now() -> Timestamp {
    "2027-06-01T12:00:00Z".parse().unwrap()
}

fn at(seconds: i64) -> Timestamp {
    now().checked_add(SignedDuration::from_secs(seconds)).unwrap()
}

fn order(devices: usize, canary: usize, stop: usize) -> NewOrder {
    let devices = (0..devices).map(|at| format!("cam-{at}")).collect();
    let (command, body) = ("capture".to_owned(), Map::new());
    NewOrder { devices, command, body, canary, stop_after_failures: stop, expires_s: 600 }
}

fn begun(devices: usize, canary: usize, stop: usize) -> Running {
    order(devices, canary, stop).accept("ann", now()).unwrap()
}

/// Sends all that may be sent, and the broker has it.
fn send(running: &mut Running) -> Vec<String> {
    let sending = running.to_send(1000, now());
    assert!(running.to_send(1000, now()).is_empty(), "each is handed out once");
    sending.iter().for_each(|one| running.sent(one.part));
    sending.into_iter().map(|one| one.device).collect()
}

fn did(running: &mut Running, device: &str, ok: bool) {
    running.answered(device, &json!({"ok": ok, "result": {"frame": "f"}, "error": "no camera"}));
}

fn states(running: &Running) -> Vec<PartState> {
    running.parts().iter().map(|part| part.state).collect()
}

#[test]
fn a_few_try_it_and_the_rest_follows() {
    let mut running = begun(4, 1, 1);
    assert_eq!(running.told().state, OrderState::Canary);
    assert_eq!(send(&mut running), ["cam-0"]);
    assert!(send(&mut running).is_empty(), "the rest waits");
    did(&mut running, "cam-0", true);
    assert_eq!(running.told().state, OrderState::Running);
    assert_eq!(send(&mut running), ["cam-1", "cam-2", "cam-3"]);
    for device in ["cam-1", "cam-2", "cam-3"] {
        did(&mut running, device, true);
    }
    let told = running.told();
    assert_eq!((told.state, told.devices[1].words.as_str()), (OrderState::Done, r#"{"frame":"f"}"#));
    assert!(running.is_over());
}

#[test]
fn it_stops_where_those_that_try_it_or_too_many_fail() {
    let mut running = begun(4, 1, 3);
    send(&mut running);
    did(&mut running, "cam-0", false);
    let told = running.told();
    assert_eq!((told.state, told.devices[0].words.as_str()), (OrderState::Stopped, "no camera"));
    assert!(told.stopped.unwrap().contains("tried it first") && send(&mut running).is_empty() && running.is_over());
    let mut running = begun(200, 0, 2);
    let first = send(&mut running);
    assert_eq!(first.len(), AT_ONCE, "so many are on their way at once");
    did(&mut running, "cam-0", false);
    assert_eq!(send(&mut running).len(), 1);
    did(&mut running, "cam-1", false);
    assert_eq!(running.told().state, OrderState::Stopped);
    assert!(send(&mut running).is_empty() && !running.is_over(), "those that have it answer still");
    did(&mut running, "cam-2", true);
    assert_eq!(states(&running)[2], PartState::Done);
    let mut never = begun(3, 0, 0);
    send(&mut never);
    for device in ["cam-0", "cam-1", "cam-2"] {
        did(&mut never, device, false);
    }
    assert_eq!(never.told().state, OrderState::Done);
}

#[test]
fn a_command_has_one_id_however_often_it_is_sent() {
    let mut running = begun(2, 0, 1);
    let first = running.to_send(10, now());
    running.cut();
    let again = running.to_send(10, now());
    assert_eq!(first, again, "lost with the connection, and sent as it was");
    let body: Value = serde_json::from_slice(&again[0].payload).unwrap();
    assert_eq!(body["id"], json!(command_id(running.record.id, "cam-0")));
    assert_eq!(order_of(body["id"].as_str().unwrap()), Some(running.record.id));
    assert_eq!(body["expires"], json!(at(600)));
    running.sent(again[0].part);
    running.cut();
    // After a restart: as it was written.
    let (record, parts) = (running.record.clone(), running.parts().to_vec());
    let mut restarted = Running::of(record, parts);
    let left: Vec<String> = restarted.to_send(10, now()).into_iter().map(|one| one.device).collect();
    assert_eq!(left, ["cam-1"], "what the broker has is not sent again");
    assert_eq!((order_of("c-1"), order_of("x/cam-0")), (None, None));
}

#[test]
fn its_time_passes() {
    let mut running = begun(3, 0, 0);
    let sending = running.to_send(1, now());
    running.sent(sending[0].part);
    assert!(running.to_send(10, at(600)).is_empty());
    running.passed(at(599));
    assert!(!states(&running).contains(&PartState::Expired));
    running.passed(at(601));
    assert_eq!(states(&running), [PartState::Sent, PartState::Expired, PartState::Expired]);
    running.passed(at(661));
    assert_eq!((states(&running)[0], running.told().state), (PartState::Expired, OrderState::Done));
    // An answer that comes late tells what was done all the same.
    did(&mut running, "cam-0", true);
    assert_eq!(states(&running)[0], PartState::Done);
    let mut cancelled = begun(3, 1, 1);
    send(&mut cancelled);
    cancelled.cancel("bob");
    let told = cancelled.told();
    assert_eq!((told.state, told.stopped.as_deref()), (OrderState::Stopped, Some("bob stopped it")));
    cancelled.passed(at(700));
    assert_eq!(states(&cancelled), [PartState::Expired, PartState::Waiting, PartState::Waiting]);
    assert!(cancelled.is_over() && cancelled.is_unwritten());
}

#[test]
fn an_order_that_makes_no_sense_is_refused_in_words() {
    let cases: [(NewOrder, &str); 7] = [
        (order(0, 1, 1), "1 to 10000 devices"),
        (NewOrder { devices: vec!["a".into(), "a".into()], ..order(1, 1, 1) }, "twice"),
        (NewOrder { command: "dance".into(), ..order(1, 1, 1) }, "no command `dance`"),
        (NewOrder { command: "deploy".into(), ..order(1, 1, 1) }, "deploy: missing field `model`"),
        (NewOrder { expires_s: 1, ..order(1, 1, 1) }, "expires_s must be 10"),
        (NewOrder { body: Map::from_iter([("id".into(), json!(1))]), ..order(1, 1, 1) }, "given to the command"),
        (
            NewOrder {
                command: "set".into(),
                body: Map::from_iter([("a".into(), json!("x".repeat(2001)))]),
                ..order(1, 1, 1)
            },
            "more than 2000",
        ),
    ];
    for (order, words) in cases {
        let error = order.accept("ann", now()).unwrap_err();
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn answers_of_others_change_nothing() {
    let mut running = begun(1, 0, 1);
    send(&mut running);
    running.answered("cam-7", &json!({"ok": true}));
    assert_eq!(states(&running), [PartState::Sent]);
    running.answered("cam-0", &json!({"odd": 1}));
    assert_eq!(running.told().devices[0].words, "its answer can't be understood");
    did(&mut running, "cam-0", true);
    assert_eq!(states(&running), [PartState::Failed], "the first answer counts");
}
