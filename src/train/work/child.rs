//! The process that trains. It is the first that the kernel ends where memory runs out, and ends with the daemon.

use super::messages::{ALIVE_EVERY, Answer, Begin, Failure, Order, Question, Said};
use super::task::{Task, Work};
use super::wire::{self, Pieces};
use crate::domain::{Activity, FrameId, Model};
use crate::host;
use crate::runtime::Runtime;
use crate::supervise::panic_words;
use crate::train::error::TrainError;
use crate::train::export::Provenance;
use crate::train::population::Timings;
use crate::train::run::{EpochReport, Observer, Plan};
use bytes::Bytes;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::io::{self, BufReader};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};

/// The command by which the program becomes this process; nobody else calls it.
pub const COMMAND: &str = "train-child";

/// How much rather than another process the kernel ends this one, -1000 to 1000.
const OOM_SCORE: i32 = 900;

/// Trains as the daemon at the other end of stdin says, until that is gone.
pub fn serve() -> io::Result<()> {
    die_first();
    let _deaf = host::be_deaf()?;
    let socket = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    let read = BufReader::new(socket.try_clone()?);
    let line = Arc::new(Line { write: Mutex::new(socket), asked: Mutex::default(), number: AtomicU64::new(0) });
    let (give, orders) = mpsc::channel();
    let hearing = Arc::clone(&line);
    std::thread::Builder::new().name("daemon".into()).spawn(move || hearing.hear(read, &give))?;
    let living = Arc::clone(&line);
    std::thread::Builder::new().name("alive".into()).spawn(move || {
        loop {
            living.tell(&Said::Alive, &[]);
            std::thread::sleep(ALIVE_EVERY);
        }
    })?;
    obey(&line, &orders);
    Ok(())
}

/// Also raised before anything is in memory: a plain user may raise it.
fn die_first() {
    if let Err(error) = host::be_ended_first(OOM_SCORE) {
        tracing::warn!(%error, "where memory runs out, another process may be ended than the one that trains");
    }
    if let Err(error) = host::end_with_who_started_this() {
        tracing::warn!(%error, "the process that trains ends a little later than the daemon");
    }
}

fn obey(line: &Line, orders: &Receiver<(Order, Pieces)>) {
    let Ok((Order::Train(begin), pieces)) = orders.recv() else { return };
    // Owned by nobody else: what is heard of it ends the process.
    let failure = match catch_unwind(AssertUnwindSafe(|| carry_out(line, *begin, pieces, orders))) {
        Ok(Ok(())) => return,
        Ok(Err(error)) => error.into(),
        Err(panic) => Failure::Failed(format!(
            "the training broke off unexpectedly ({}); see the log",
            panic_words(panic.as_ref())
        )),
    };
    line.tell(&Said::Failed(failure), &[]);
}

/// Trains, then tests what it is told to.
fn carry_out(line: &Line, begin: Begin, pieces: Pieces, orders: &Receiver<(Order, Pieces)>) -> Result<(), TrainError> {
    let (device, threads) = (begin.device, begin.threads);
    let runtime = Runtime::open(&begin.library, device, threads)?;
    if runtime.device() != device {
        let why = runtime.describe().note.clone().unwrap_or_default();
        return Err(TrainError::Failed(format!("the {device} device can't be used for the training ({why})")));
    }
    let runtime = runtime.within(usize::try_from(begin.memory).unwrap_or(usize::MAX));
    let (plan, provenance): (Plan, Provenance) = begin.plan(pieces)?;
    let jpeg = |frame: FrameId| line.frame(frame);
    let cancel = AtomicBool::new(false);
    let task = Task { plan: &plan, provenance, runtime: &runtime, jpeg: &jpeg, cancel: &cancel };
    let (mut work, mut told) = (&task, Told(line));
    let trained = work.train(&mut told)?;
    line.tell(&Said::Trained(trained.evaluation), &[&trained.onnx]);
    drop(trained);
    while let Ok((Order::Test { model, path }, _)) = orders.recv() {
        test(line, work, &model, &path);
    }
    Ok(())
}

/// A model that can't be tested need not end the process: the next may be.
fn test(line: &Line, mut work: &Task, model: &Model, path: &Path) {
    match work.test(model, path, &mut Told(line)) {
        Ok(tested) => line.tell(&Said::Tested(Box::new(tested)), &[]),
        Err(error) => line.tell(&Said::Failed(error.into()), &[]),
    }
}

/// Who waits for an answer, by the number of the question.
type Asked = HashMap<u64, Sender<(Answer, Pieces)>>;

/// The line to the daemon.
struct Line {
    write: Mutex<UnixStream>,
    asked: Mutex<Asked>,
    number: AtomicU64,
}

impl Line {
    /// Without a daemon there is nobody to train for.
    fn gone(&self, why: &str) -> ! {
        tracing::info!(why, "the daemon is gone: its training ends");
        std::process::exit(0)
    }

    fn hear(&self, mut read: BufReader<UnixStream>, orders: &Sender<(Order, Pieces)>) {
        loop {
            match wire::receive(&mut read) {
                Ok(Some((Order::Answer(number, answer), pieces))) => {
                    if let Some(asked) = self.asked.lock().remove(&number) {
                        // Who asked may have ended on another error.
                        let _ = asked.send((answer, pieces));
                    }
                }
                Ok(Some(order)) => {
                    if orders.send(order).is_err() {
                        return;
                    }
                }
                Ok(None) => self.gone("it has ended"),
                Err(error) => self.gone(&error.to_string()),
            }
        }
    }

    fn tell(&self, said: &Said, pieces: &[&[u8]]) {
        if let Err(error) = wire::send(&mut *self.write.lock(), said, pieces) {
            self.gone(&error.to_string());
        }
    }

    fn ask(&self, question: Question, pieces: &[&[u8]]) -> Result<(Answer, Pieces), TrainError> {
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        let (answer, answered) = mpsc::channel();
        self.asked.lock().insert(number, answer);
        self.tell(&Said::Asks(number, question), pieces);
        match answered.recv() {
            Ok((Answer::Refused(words), _)) => Err(TrainError::Failed(words)),
            Ok(answer) => Ok(answer),
            Err(_) => self.gone("it does not answer"),
        }
    }

    fn frame(&self, frame: FrameId) -> Result<Bytes, TrainError> {
        let (_, mut pieces) = self.ask(Question::Frame(frame), &[])?;
        Ok(pieces.pop().unwrap_or_default().into())
    }
}

/// Tells the daemon what happens.
struct Told<'a>(&'a Line);

impl Observer for Told<'_> {
    fn activity(&mut self, activity: Activity, part: f32) {
        self.0.tell(&Said::Activity(activity, part), &[]);
    }

    fn epoch(&mut self, report: &EpochReport, next: Vec<u8>) -> Result<(), TrainError> {
        let bytes =
            rmp_serde::to_vec_named(report).map_err(TrainError::because("an epoch can't be told to the daemon"))?;
        self.0.ask(Question::Epoch, &[&bytes, &next]).map(drop)
    }

    fn begins_again(&mut self, why: &str) {
        self.0.tell(&Said::BeginsAgain(why.to_owned()), &[]);
    }

    fn timed(&mut self, timings: &Timings) {
        self.0.tell(&Said::Timed(timings.clone()), &[]);
    }

    fn wait(&mut self) -> Option<Activity> {
        match self.0.ask(Question::Wait, &[]) {
            Ok((Answer::Wait(why), _)) => why,
            _ => None,
        }
    }
}
