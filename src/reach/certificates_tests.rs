use super::*;
use crate::reach::authority::pem;
use crate::store::Options;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

fn store(dir: &Path) -> Store {
    Store::open(Options { dir: dir.to_owned(), budget: 50_000_000, reserve: 0 }).unwrap()
}

fn own(store: Store, device: &str) -> Certificates {
    Certificates::own(store, device, &[], "192.168.1.7:8080".parse().unwrap()).unwrap()
}

fn shown(certificates: &Certificates) -> Vec<u8> {
    certificates.current.load().cert[0].to_vec()
}

#[test]
fn a_restart_shows_the_same_certificate_and_keys_are_for_one_user() {
    let dir = tempfile::tempdir().unwrap();
    let first = own(store(dir.path()), "cam-7");
    let (shown_first, fingerprint) = (shown(&first), first.authority().unwrap().fingerprint());
    assert!(!first.renew().unwrap(), "nothing changed");
    drop(first);
    let again = own(store(dir.path()), "cam-7");
    assert_eq!((shown(&again), again.authority().unwrap().fingerprint()), (shown_first, fingerprint));
    for name in [AUTHORITY, SERVER] {
        let mode = std::fs::metadata(dir.path().join("keys").join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn a_torn_key_file_is_kept_aside_and_made_anew() {
    let dir = tempfile::tempdir().unwrap();
    let fingerprint = own(store(dir.path()), "cam-7").authority().unwrap().fingerprint();
    std::fs::write(dir.path().join("keys").join(SERVER), "-----BEGIN CERT").unwrap();
    assert_eq!(own(store(dir.path()), "cam-7").authority().unwrap().fingerprint(), fingerprint);
    std::fs::write(dir.path().join("keys").join(AUTHORITY), "").unwrap();
    assert_ne!(own(store(dir.path()), "cam-7").authority().unwrap().fingerprint(), fingerprint);
    assert!(dir.path().join("keys").join(format!("{AUTHORITY}.damaged")).exists());
}

/// A pair whose time is over.
fn expired() -> (String, String) {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::new(["old.example".to_owned()]).unwrap();
    (params.not_before, params.not_after) = (rcgen::date_time_ymd(2020, 1, 1), rcgen::date_time_ymd(2021, 1, 1));
    (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
}

#[test]
fn files_are_read_again_when_they_change_and_half_a_pair_is_not_taken() {
    let dir = tempfile::tempdir().unwrap();
    let made = |device: &str| {
        let folder = tempfile::tempdir().unwrap();
        let own = own(store(folder.path()), device);
        let leaf = Leaf::from_pem(&std::fs::read(folder.path().join("keys").join(SERVER)).unwrap()).unwrap();
        (pem("CERTIFICATE", &shown(&own)), pem("PRIVATE KEY", leaf.key.secret_der()))
    };
    let (one, two) = (made("cam-1"), made("cam-2"));
    let (cert, key) = (dir.path().join("c.pem"), dir.path().join("k.pem"));
    std::fs::write(&cert, &one.0).unwrap();
    std::fs::write(&key, &one.1).unwrap();
    let files = Certificates::files(cert.clone(), key.clone()).unwrap();
    let first = shown(&files);
    assert!(files.authority().is_none() && !files.renew().unwrap());
    std::fs::write(&cert, &two.0).unwrap();
    assert!(files.renew().unwrap_err().to_string().contains("do not go together"));
    assert_eq!(shown(&files), first, "the one before goes on");
    std::fs::write(&key, &two.1).unwrap();
    assert!(files.renew().unwrap());
    assert_ne!(shown(&files), first);
    let (old_cert, old_key) = expired();
    std::fs::write(&cert, &old_cert).unwrap();
    std::fs::write(&key, &old_key).unwrap();
    assert!(files.renew().unwrap_err().to_string().contains("expired"));
    let error = Certificates::files(dir.path().join("no.pem"), key).unwrap_err();
    assert!(error.to_string().contains("http.cert") && error.to_string().contains("no.pem"), "{error}");
}
