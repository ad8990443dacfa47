use super::*;
use crate::store::Options;
use std::path::Path;

fn open(dir: &Path) -> Access {
    let options = Options { dir: dir.to_owned(), budget: 50_000_000, reserve: 0 };
    Access::open(Store::open(options).unwrap(), Events::new()).unwrap()
}

fn invitation(role: Role, name: Option<&str>) -> Invitation {
    Invitation { role, name: name.map(str::to_owned), minutes: 10 }
}

const STRANGER: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 9)));

#[test]
fn who_pairs_is_known_after_a_restart_and_the_disk_does_not_hold_the_secret() {
    let dir = tempfile::tempdir().unwrap();
    let access = open(dir.path());
    assert!(!access.have_admin());
    let invited = access.invite(invitation(Role::Admin, Some("Ana's phone")), &Who::console()).unwrap();
    let paired = access.pair(&invited.code, Some("Android phone".into()), STRANGER).unwrap();
    assert_eq!((&*paired.token.name, paired.token.role), ("Ana's phone", Role::Admin));
    assert!(matches!(access.pair(&invited.code, None, STRANGER), Err(AccessError::WrongCode)), "used");
    drop(access);
    let kept = std::fs::read(dir.path().join("access")).unwrap();
    assert!(!kept.windows(paired.secret.len()).any(|w| w == paired.secret.as_bytes()));
    let access = open(dir.path());
    assert!(access.have_admin());
    let known = access.recognise(&paired.secret, STRANGER).unwrap();
    assert_eq!((&*known.who.name, known.role, known.who.address), ("Ana's phone", Role::Admin, STRANGER));
    assert!(access.recognise("fct_0000", STRANGER).is_none());
    let said: Vec<_> = access.0.store.audit(None, 10).items.iter().map(AuditEntry::words).collect();
    assert_eq!(said, ["Ana's phone paired: admin", "console made a pairing code: admin Ana's phone"]);
}

#[test]
fn who_knows_the_secret_alone_names_the_token_by_what_stands_in_for_it() {
    let dir = tempfile::tempdir().unwrap();
    let access = open(dir.path());
    let paired = access.add_token("fleet".into(), Role::Labeller, &Who::local()).unwrap();
    let hash = crate::access::hash_of(&paired.secret);
    let stand_in = crate::access::stand_in(&hash);
    assert_ne!(stand_in, paired.token.id);
    for name in [paired.token.id, stand_in] {
        let (principal, known) = access.known(name).unwrap();
        assert_eq!((principal.who.token, principal.role, known), (Some(paired.token.id), Role::Labeller, hash));
    }
    access.used(stand_in);
    assert!(access.tokens()[0].seen.is_some());
    assert!(access.known(crate::access::stand_in(&crate::access::hash_of("fct_guess"))).is_none());
}

#[test]
fn what_is_revoked_ends_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let access = open(dir.path());
    let one = access.add_token("one".into(), Role::Viewer, &Who::local()).unwrap();
    let two = access.add_token("two".into(), Role::Viewer, &Who::local()).unwrap();
    let streams = [&one, &two].map(|paired| access.recognise(&paired.secret, None).unwrap().revoked);
    let one_of_them = Who { token: Some(one.token.id), ..Who::local() };
    let code = access.invite(invitation(Role::Admin, None), &one_of_them).unwrap().code;
    assert_eq!(access.invitations().len(), 1);
    access.remove_token(one.token.id, &Who::local()).unwrap();
    assert!(matches!(access.pair(&code, None, None), Err(AccessError::WrongCode)), "the codes that it made");
    let late = access.invite(invitation(Role::Admin, None), &one_of_them);
    assert!(matches!(late, Err(AccessError::Removed)), "a request that was let in before");
    assert!(matches!(access.add_token("late".into(), Role::Admin, &one_of_them), Err(AccessError::Removed)));
    assert!(streams[0].is_cancelled() && !streams[1].is_cancelled());
    assert!(access.recognise(&one.secret, None).is_none() && access.recognise(&two.secret, None).is_some());
    assert!(matches!(
        access.remove_token(one.token.id, &Who::local()),
        Err(AccessError::Store(StoreError::NotFound { .. }))
    ));
    drop(access);
    assert_eq!(open(dir.path()).tokens().len(), 1);
}

#[test]
fn wrong_codes_lock_their_address_and_nobody_else() {
    let dir = tempfile::tempdir().unwrap();
    let access = open(dir.path());
    let mut heard = access.0.events.subscribe();
    let invited = access.invite(invitation(Role::Viewer, None), &Who::local()).unwrap();
    for _ in 0..9 {
        assert!(matches!(access.pair("0000-0000", None, STRANGER), Err(AccessError::WrongCode)));
    }
    assert!(matches!(access.pair("0000-0000", None, STRANGER), Err(AccessError::Wait(_))));
    assert!(matches!(access.pair(&invited.code, None, STRANGER), Err(AccessError::Wait(_))), "even the right one");
    let told = std::iter::from_fn(|| heard.try_recv().ok())
        .any(|event| matches!(event, Event::Fleet(e) if e.kind == FleetEventKind::PairingLocked));
    assert!(told);
    for _ in 0..20 {
        assert!(matches!(access.pair("0000-0000", None, None), Err(AccessError::WrongCode)), "at the device itself");
    }
    assert_eq!(access.pair(&invited.code, None, None).unwrap().token.name, "a phone");
}

#[test]
fn a_token_that_no_phone_ever_used_goes_again() {
    let dir = tempfile::tempdir().unwrap();
    let access = open(dir.path());
    let pair = |name: &str| {
        let invited = access.invite(invitation(Role::Viewer, Some(name)), &Who::local()).unwrap();
        access.pair(&invited.code, None, None).unwrap()
    };
    let (lost, used) = (pair("lost"), pair("used"));
    let script = access.add_token("script".into(), Role::Viewer, &Who::local()).unwrap();
    access.recognise(&used.secret, None).unwrap();
    access.tidy(Instant::now()).unwrap();
    assert_eq!(access.tokens().len(), 3, "there is still time");
    access.tidy(Instant::now() + UNCLAIMED).unwrap();
    assert!(access.recognise(&lost.secret, None).is_none());
    assert!(access.recognise(&used.secret, None).is_some() && access.recognise(&script.secret, None).is_some());
}

#[test]
fn a_damaged_file_has_a_copy_and_without_it_lets_nobody_in() {
    let dir = tempfile::tempdir().unwrap();
    let access = open(dir.path());
    let paired = access.add_token("script".into(), Role::Admin, &Who::local()).unwrap();
    drop(access);
    let flip = |name: &str| {
        let mut bytes = std::fs::read(dir.path().join(name)).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        std::fs::write(dir.path().join(name), bytes).unwrap();
    };
    flip("access");
    let access = open(dir.path());
    assert!(access.recognise(&paired.secret, None).is_some() && access.have_admin());
    assert!(dir.path().join("access.damaged").exists());
    drop(access);
    flip("access");
    flip("access.copy");
    let access = open(dir.path());
    assert!(access.recognise(&paired.secret, None).is_none() && !access.have_admin());
}

#[test]
fn no_two_tokens_have_names_that_look_alike() {
    let dir = tempfile::tempdir().unwrap();
    let access = open(dir.path());
    let made = |called: &str| access.add_token(called.into(), Role::Viewer, &Who::local()).unwrap().token.name;
    assert_eq!(made("cafe\u{301}"), "café");
    assert_eq!((made("Café"), made("café"), made("x")), ("Café (2)".into(), "café (3)".into(), "x".into()));
    let long = "x".repeat(64);
    assert_eq!(made(&long), long);
    assert_eq!(made(&long), format!("{} (2)", "x".repeat(56)));
}

#[test]
fn names_and_times_are_checked() {
    let dir = tempfile::tempdir().unwrap();
    let access = open(dir.path());
    for bad in
        ["", "   ", "a\nb", "a\u{202e}b", "\u{200b}", "a  b", "a\u{ffff}", "Local", "a stranger", &"x".repeat(65)]
    {
        let made = access.add_token(bad.into(), Role::Viewer, &Who::local());
        assert!(matches!(made, Err(AccessError::Invalid(_))), "{bad:?}");
    }
    for minutes in [0, 61] {
        let invited = access.invite(Invitation { minutes, ..invitation(Role::Viewer, None) }, &Who::local());
        assert!(matches!(invited, Err(AccessError::Invalid(_))));
    }
}
