//! A real server that speaks S3 (SeaweedFS), which can be killed and comes back with what it had.

use crate::common::folder;
use fieldcoach::config;
use object_store::aws::AmazonS3Builder;
use object_store::{ObjectStore, ObjectStoreExt};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Longer than it takes to come up on a slow machine.
const DEADLINE: Duration = Duration::from_secs(90);
const BUCKET: &str = "barns";
const ACCOUNTS: &str = r#"{"identities": [{"name": "fleet", "actions": ["Admin"],
    "credentials": [{"accessKey": "key", "secretKey": "secret"}]}]}"#;

pub struct Weed {
    program: PathBuf,
    dir: TempDir,
    /// Master, volume, filer and S3, each with a port of its own for gRPC.
    ports: [u16; 8],
    child: Option<Child>,
}

impl Weed {
    /// Starts one with an empty bucket; `None` where there is none on this machine, which is said.
    pub fn start() -> Option<Self> {
        let fetched = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(".deps/seaweedfs/weed");
        let program = [fetched, "weed".into()].into_iter().find(|program| {
            Command::new(program).arg("version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
        });
        let Some(program) = program else {
            eprintln!("skipped: there is no SeaweedFS (scripts/test-deps fetches it)");
            return None;
        };
        let dir = folder();
        std::fs::write(dir.path().join("accounts.json"), ACCOUNTS).unwrap();
        std::fs::create_dir(dir.path().join("data")).unwrap();
        std::fs::write(
            dir.path().join("credentials"),
            "# of the fleet\nAWS_ACCESS_KEY_ID=key\nAWS_SECRET_ACCESS_KEY = secret\n",
        )
        .unwrap();
        let free = [(); 8].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
        let ports = free.each_ref().map(|listener| listener.local_addr().unwrap().port());
        drop(free);
        let mut weed = Self { program, dir, ports, child: None };
        weed.up();
        // A bucket is a folder of its filer.
        assert!(weed.ask(weed.ports[4], &format!("POST /buckets/{BUCKET}/")).contains(" 201 "));
        Some(weed)
    }

    /// Starts it on what is there, and waits until it answers.
    pub fn up(&mut self) {
        let log = File::options().create(true).append(true).open(self.dir.path().join("log")).unwrap();
        let mut command = Command::new(&self.program);
        command.arg("server").args(["-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer", "-s3", "-master.telemetry=false"]);
        command.args([
            "-s3.port.iceberg=0",
            "-s3.port.lance=0",
            "-master.volumeSizeLimitMB=64",
            "-volume.max=20",
            "-volume.minFreeSpace=0",
        ]);
        for (part, port) in [("master", 0), ("volume", 2), ("filer", 4), ("s3", 6)] {
            command.arg(format!("-{part}.port={}", self.ports[port]));
            command.arg(format!("-{part}.port.grpc={}", self.ports[port + 1]));
        }
        command.arg(format!("-dir={}", self.dir.path().join("data").display()));
        command.arg(format!("-s3.config={}", self.dir.path().join("accounts.json").display()));
        let child = command.current_dir(self.dir.path()).stdout(log.try_clone().unwrap()).stderr(log).spawn();
        self.child = Some(child.unwrap());
        let begun = Instant::now();
        // Its filer finds its master, and its master its volumes, some time after they answer: what is written lies there.
        while !self.writes() {
            assert!(begun.elapsed() < DEADLINE, "it does not come up: {}", self.log());
            let ended = self.child.as_mut().map(|child| child.try_wait().unwrap());
            assert!(ended == Some(None), "it ended: {}", self.log());
            thread::sleep(Duration::from_millis(100));
        }
    }

    fn writes(&self) -> bool {
        self.ask(self.ports[6], "GET /").contains(" 403 ")
            && self.ask(self.ports[0], "GET /dir/assign").contains("\"fid\"")
            && self.ask(self.ports[4], "GET /buckets/").starts_with("HTTP/1.1 ")
    }

    /// The answer, head and body; empty where there is none.
    fn ask(&self, port: u16, what: &str) -> String {
        let mut answer = Vec::new();
        let asked = TcpStream::connect(("127.0.0.1", port)).and_then(|mut stream| {
            stream.set_read_timeout(Some(Duration::from_secs(5)))?;
            let head = format!("{what} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            stream.write_all(head.as_bytes())?;
            stream.read_to_end(&mut answer)
        });
        asked.map(|_| String::from_utf8_lossy(&answer).into_owned()).unwrap_or_default()
    }

    /// Ends it at once, whatever it does.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    fn log(&self) -> String {
        let text = std::fs::read_to_string(self.dir.path().join("log")).unwrap_or_default();
        let lines: Vec<&str> = text.lines().rev().take(20).collect();
        lines.join("\n")
    }

    fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports[6])
    }

    pub fn pool(&self) -> config::Pool {
        config::Pool {
            url: format!("s3://{BUCKET}/cows").parse().unwrap(),
            endpoint: Some(self.endpoint()),
            region: Some("us-east-1".into()),
            credentials_file: Some(self.dir.path().join("credentials")),
            ..config::Pool::default()
        }
    }

    /// All that lies there, by its name below the prefix.
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let builder =
            AmazonS3Builder::new().with_bucket_name(BUCKET).with_endpoint(self.endpoint()).with_allow_http(true);
        let store = builder
            .with_access_key_id("key")
            .with_secret_access_key("secret")
            .with_region("us-east-1")
            .build()
            .unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            use futures::TryStreamExt;
            let listed: Vec<_> = store.list(None).try_collect().await.unwrap();
            let mut found = BTreeMap::new();
            for meta in listed {
                let bytes = store.get(&meta.location).await.unwrap().bytes().await.unwrap();
                let name = meta.location.as_ref().strip_prefix("cows/").unwrap().to_owned();
                found.insert(name, bytes.to_vec());
            }
            found
        })
    }
}

impl Drop for Weed {
    fn drop(&mut self) {
        self.kill();
    }
}
