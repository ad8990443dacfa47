//! Programs of others as processes of their own: how they are run, and that none is left behind.

use fieldcoach::children::{Child, Ended, Launcher, Program};
use std::io::{BufRead, BufReader, ErrorKind};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const DEADLINE: Duration = Duration::from_secs(60);

fn launcher() -> Launcher {
    Launcher::at(env!("CARGO_BIN_EXE_fieldcoach"))
}

fn shell(script: &str) -> Program {
    Program::new("/bin/sh").args(["-c", script])
}

fn start(program: &Program) -> Child {
    Child::start(&launcher(), program).unwrap()
}

/// All that it writes, and how it ended.
fn output(program: &Program) -> (String, Ended) {
    let mut child = start(program);
    let (mut all, mut piece) = (Vec::new(), [0; 1000]);
    loop {
        match child.read(&mut piece, Instant::now() + DEADLINE).unwrap() {
            0 => break,
            read => all.extend_from_slice(&piece[..read]),
        }
    }
    assert!(child.wait(DEADLINE));
    (String::from_utf8(all).unwrap(), child.finish())
}

/// The next number that it writes.
fn number(child: &mut Child) -> u32 {
    let mut piece = [0; 100];
    let read = child.read(&mut piece, Instant::now() + DEADLINE).unwrap();
    String::from_utf8_lossy(&piece[..read]).trim().parse().unwrap()
}

/// Processes of a group, but those that have ended and wait to be asked.
fn group(id: u32) -> Vec<String> {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let stats = processes.filter_map(|entry| std::fs::read_to_string(entry.path().join("stat")).ok());
    stats
        .filter(|stat| {
            let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
            fields.len() > 2 && fields[0] != "Z" && fields[2] == id.to_string()
        })
        .collect()
}

fn is_gone(id: u32) {
    let begun = Instant::now();
    while !group(id).is_empty() {
        assert!(begun.elapsed() < DEADLINE, "{:?}", group(id));
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_program_is_given_its_arguments_and_input_and_none_of_our_settings() {
    let script = "cat; printf '%s|' \"$@\"; env | grep -c '^FIELDCOACH_\\|^ORT_'; exit 3";
    let program = shell(script).args(["0", "a b", "", "ü"]).input("given\n");
    let (text, ended) = output(&program);
    assert_eq!(text, "given\na b||ü|0\n");
    assert_eq!(ended.to_string(), "it ended with status 3");
    let (text, _) = output(&shell("wc -c"));
    assert_eq!(text.trim(), "0", "without input there is none");
}

#[test]
fn last_words_are_kept_without_passwords() {
    let script = "echo 'opening rtsp://admin:geheim@cam/1?pwd=geheim' >&2; echo 'wrong: geheim' >&2; kill -s TERM $$";
    let (_, ended) = output(&shell(script).secret("geheim"));
    assert_eq!(ended.words, ["opening rtsp://…@cam/1?pwd=…", "wrong: …"]);
    assert_eq!(ended.to_string(), "it was ended by signal 15");
}

#[test]
fn what_is_not_there_is_told_before_anything_is_started() {
    let error = Child::start(&launcher(), &Program::new("no-such-program")).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.into_temp_path();
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    std::fs::write(&path, "#!/no/such/interpreter\n").unwrap();
    let (_, ended) = output(&Program::new(path.as_os_str()));
    assert!(ended.words.concat().contains("can't be run"), "{ended:?}");
}

#[test]
fn a_silent_program_is_noticed_and_killed_with_all_that_it_started() {
    let mut child = start(&shell("sleep 1000 & sleep 1000 | cat & echo $$; wait"));
    let id = number(&mut child);
    assert_eq!(id, child.id());
    let error = child.read(&mut [0; 10], Instant::now() + Duration::from_millis(50)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert!(group(id).len() >= 4, "{:?}", group(id));
    assert_eq!(child.finish().to_string(), "it was ended by signal 9");
    is_gone(id);
}

/// Processes with this argument, but those that have ended.
fn with_argument(argument: &str) -> usize {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let lines = processes.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
    lines.filter(|line| line.split(|byte| *byte == 0).any(|one| one == argument.as_bytes())).count()
}

fn until(what: impl Fn() -> bool) {
    let begun = Instant::now();
    while !what() {
        assert!(begun.elapsed() < DEADLINE);
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn what_leaves_the_group_is_killed_also_where_the_program_has_ended() {
    let seconds = format!("1000.{}", std::process::id());
    for rest in ["exec sleep 1000", "exit 0"] {
        let script = format!("(setsid sleep {seconds} >/dev/null 2>&1 &); echo $$; {rest}");
        let mut child = start(&shell(&script));
        number(&mut child);
        until(|| with_argument(&seconds) == 1);
        child.finish();
        until(|| with_argument(&seconds) == 0);
    }
}

#[test]
fn what_a_program_leaves_behind_is_killed_though_it_has_ended_itself() {
    let mut child = start(&shell("sleep 1000 >/dev/null 2>&1 & echo $$"));
    let id = number(&mut child);
    assert!(child.wait(DEADLINE));
    assert!(!group(id).is_empty());
    assert_eq!(child.finish().to_string(), "it ended with status 0");
    is_gone(id);
}

#[test]
fn memory_and_processor_have_limits() {
    let (text, ended) = output(
        &shell("ulimit -v; ulimit -t; ulimit -c; nice; while :; do :; done")
            .memory(1 << 30)
            .processor(Duration::from_secs(1))
            .nice(7),
    );
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[..3], ["1048576", "1", "0"]);
    assert!(lines[3].parse::<i32>().unwrap() >= 7);
    assert_eq!(ended.status.unwrap().signal(), Some(24), "SIGXCPU: {ended}");
}

#[test]
fn who_ended_a_program_is_told() {
    for (script, by) in [
        ("kill -KILL $$", Some("by signal 9")),
        ("kill -TERM $$", Some("by signal 15")),
        ("kill -SEGV $$", None),
        ("exit 3", None),
    ] {
        // Another process may have run out of memory meanwhile.
        let told =
            output(&shell(script)).1.by_others().map(|told| told.replace("the kernel, as memory ran out", "signal 9"));
        assert_eq!(told.as_deref(), by, "{script}");
    }
    let child = start(&shell("exec sleep 1000"));
    let ended = child.finish();
    assert!(ended.by_us && ended.by_others().is_none(), "{ended:?}");
}

#[test]
fn a_program_outlives_the_thread_that_asked_for_it() {
    let mut child = std::thread::spawn(|| start(&shell("read -r _; echo $$; sleep 1000"))).join().unwrap();
    let id = number(&mut child);
    assert!(!child.wait(Duration::from_millis(50)));
    drop(child);
    is_gone(id);
}

/// Says who is in its process group, and is killed: see below.
#[test]
#[ignore = "a part of the next test"]
fn the_daemon_that_is_killed() {
    let mut child = start(&shell("trap '' TERM HUP INT PIPE; (sleep 1000 | sleep 1000) & echo $$; sleep 1000"));
    let seconds = format!("2000.{}", std::process::id());
    let mut away = start(&shell(&format!("(setsid sleep {seconds} &); echo $$; sleep 1000")));
    number(&mut away);
    until(|| with_argument(&seconds) == 1);
    println!("away {seconds}");
    println!("group {}", number(&mut child));
    std::thread::sleep(DEADLINE * 10);
}

#[test]
fn nothing_is_left_when_the_daemon_is_killed() {
    let mut daemon = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "the_daemon_that_is_killed", "--nocapture"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(daemon.stdout.take().unwrap()).lines().map_while(Result::ok);
    let away = lines.find_map(|line| line.split_once("away ").map(|(_, seconds)| seconds.to_owned())).unwrap();
    let id = lines.find_map(|line| line.split_once("group ").map(|(_, id)| id.parse::<u32>().unwrap())).unwrap();
    assert!(!group(id).is_empty());
    daemon.kill().unwrap();
    daemon.wait().unwrap();
    is_gone(id);
    until(|| with_argument(&away) == 0);
}
