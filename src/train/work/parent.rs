//! The daemon's side: starts the process that trains, answers it, and notices its end.

use super::messages::{Answer, Begin, Epoch, Order, Question, Said};
use super::task::{Task, Trained, Work};
use super::wire::{self, Pieces};
use crate::domain::Model;
use crate::train::error::TrainError;
use crate::train::judge::Tested;
use crate::train::run::Observer;
use std::io::{self, BufReader, ErrorKind};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

/// Without a sign of life for so long the process hangs, and is ended. While a device swaps, seconds pass without one.
const SILENT_WITHIN: Duration = Duration::from_secs(60);
/// So long it may live without anything coming of it: see the trainer's own time.
const STUCK_WITHIN: Duration = Duration::from_secs(3600);
/// How often it is looked whether the training is to end.
const LOOK_EVERY: Duration = Duration::from_millis(50);
const SIGABRT: i32 = 6;
const SIGKILL: i32 = 9;

/// A training in a process of its own. It ends with this, however far it has come: nothing of it is lost that was told.
pub struct Parent<'a> {
    task: &'a Task<'a>,
    process: Process,
    read: BufReader<UnixStream>,
    write: UnixStream,
    /// What the daemon itself failed at: the other process only hears of it.
    failed: Option<TrainError>,
}

/// What ends an order.
type Last = (Said, Pieces);

struct Process(std::process::Child);

impl Drop for Process {
    fn drop(&mut self) {
        // One that has ended can't be killed.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl<'a> Parent<'a> {
    /// Starts `program`, which is this one.
    pub fn start(program: &Path, task: &'a Task<'a>) -> Result<Self, TrainError> {
        let start = || -> io::Result<_> {
            let (own, other) = UnixStream::pair()?;
            own.set_read_timeout(Some(SILENT_WITHIN))?;
            let process = Command::new(program)
                .arg(super::child::COMMAND)
                .stdin(OwnedFd::from(other))
                // What a library prints must not come between messages: it goes to the log.
                .stdout(Stdio::from(io::stderr().as_fd().try_clone_to_owned()?))
                .env("ORT_DISABLE_TELEMETRY", "1")
                .env_remove("NOTIFY_SOCKET")
                // For a daemon that rests; here all threads work.
                .env_remove("MALLOC_ARENA_MAX")
                .spawn()?;
            Ok((Process(process), BufReader::new(own.try_clone()?), own))
        };
        let (process, read, write) =
            start().map_err(TrainError::because("the process that trains can't be started"))?;
        Ok(Self { task, process, read, write, failed: None })
    }

    fn order(&mut self, order: &Order, pieces: &[&[u8]]) -> Result<(), TrainError> {
        match wire::send(&mut self.write, order, pieces) {
            // Its end says more.
            Err(error) if wire::gone(&error) => Ok(()),
            sent => sent.map_err(TrainError::because("the process that trains can't be told what to do")),
        }
    }

    /// Answers until there is something that ends the order.
    fn until_done(&mut self, observer: &mut dyn Observer) -> Result<Last, TrainError> {
        let (cancel, process) = (self.task.cancel, self.process.0.id());
        std::thread::scope(|scope| {
            // Gone with this closure, however it ends.
            let (_going, over) = mpsc::channel();
            scope.spawn(move || end_when_cancelled(process, cancel, &over));
            let mut heard = Instant::now();
            loop {
                match wire::receive(&mut self.read) {
                    Ok(Some((Said::Alive, _))) if heard.elapsed() < STUCK_WITHIN => {}
                    Ok(Some((Said::Alive, _))) => return Err(silent("nothing came of it", STUCK_WITHIN)),
                    Ok(Some((said, pieces))) => {
                        heard = Instant::now();
                        if let Some(last) = self.heard(said, pieces, observer)? {
                            return Ok(last);
                        }
                    }
                    Ok(None) => return Err(self.ended()),
                    Err(error) if wire::gone(&error) => return Err(self.ended()),
                    Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                        return Err(silent("its process gave no sign of life", SILENT_WITHIN));
                    }
                    Err(error) => {
                        return Err(TrainError::because("the process that trains can't be understood")(error));
                    }
                }
            }
        })
    }

    /// What ends an order is given back.
    fn heard(
        &mut self,
        said: Said,
        mut pieces: Pieces,
        observer: &mut dyn Observer,
    ) -> Result<Option<Last>, TrainError> {
        match said {
            Said::Alive => {}
            Said::Activity(activity, part) => observer.activity(activity, part),
            Said::BeginsAgain(why) => observer.begins_again(&why),
            Said::Timed(timings) => observer.timed(&timings),
            Said::Asks(number, question) => {
                let (answer, jpeg) = match question {
                    Question::Wait => (Answer::Wait(observer.wait()), None),
                    Question::Frame(frame) => match (self.task.jpeg)(frame) {
                        Ok(jpeg) => (Answer::Frame, Some(jpeg)),
                        Err(error) => (self.refused(error), None),
                    },
                    Question::Epoch => {
                        let next = pieces.pop().unwrap_or_default();
                        (self.done(epoch(&pieces, next, observer)), None)
                    }
                };
                self.order(&Order::Answer(number, answer), &jpeg.iter().map(AsRef::as_ref).collect::<Vec<_>>())?;
            }
            Said::Failed(failure) => return Err(self.failed.take().unwrap_or_else(|| failure.into())),
            last @ (Said::Trained(_) | Said::Tested(_)) => return Ok(Some((last, pieces))),
        }
        Ok(None)
    }

    fn done(&mut self, result: Result<(), TrainError>) -> Answer {
        result.map_or_else(|error| self.refused(error), |()| Answer::Done)
    }

    fn refused(&mut self, error: TrainError) -> Answer {
        let words = error.to_string();
        self.failed.get_or_insert(error);
        Answer::Refused(words)
    }

    /// Why it ended before it was done.
    fn ended(&mut self) -> TrainError {
        if self.task.cancel.load(Ordering::Relaxed) {
            return TrainError::Cancelled;
        }
        if let Some(error) = self.failed.take() {
            return error;
        }
        let status = match self.process.0.wait() {
            Ok(status) => status,
            Err(error) => return TrainError::because("the process that trains is lost")(error),
        };
        match status.signal() {
            Some(SIGKILL) => TrainError::Memory("its process was killed".into()),
            Some(SIGABRT) => TrainError::Memory("its process broke off".into()),
            _ => TrainError::Failed(format!("the training's process ended unexpectedly ({status}); see the log")),
        }
    }
}

fn silent(what: &str, within: Duration) -> TrainError {
    TrainError::Silent(format!("{what} for {} s", within.as_secs()))
}

/// Nothing that it does need be ended in order: what is durable is written here.
fn end_when_cancelled(process: u32, cancel: &AtomicBool, over: &Receiver<()>) {
    while over.recv_timeout(LOOK_EVERY) == Err(RecvTimeoutError::Timeout) {
        if cancel.load(Ordering::Relaxed) {
            // It is waited for after this thread has ended: the number is still its own.
            if let Some(process) = i32::try_from(process).ok().and_then(rustix::process::Pid::from_raw) {
                let _ = rustix::process::kill_process(process, rustix::process::Signal::KILL);
            }
            return;
        }
    }
}

fn epoch(pieces: &[Vec<u8>], next: Vec<u8>, observer: &mut dyn Observer) -> Result<(), TrainError> {
    let bytes = pieces.last().map_or(&[] as &[u8], Vec::as_slice);
    let epoch: Epoch = rmp_serde::from_slice(bytes)
        .map_err(TrainError::because("what the training told of an epoch can't be read"))?;
    observer.epoch(&epoch.report(), next)
}

impl Work for Parent<'_> {
    fn train(&mut self, observer: &mut dyn Observer) -> Result<Trained, TrainError> {
        let plan = self.task.plan;
        let base = plan.base.encode();
        let (begin, weights) = Begin::of(self.task);
        let mut pieces = vec![base.as_slice()];
        pieces.extend(plan.resume.as_deref());
        pieces.extend(weights.as_deref());
        self.order(&Order::Train(Box::new(begin)), &pieces)?;
        match self.until_done(observer)? {
            (Said::Trained(evaluation), mut pieces) => {
                Ok(Trained { onnx: pieces.pop().unwrap_or_default(), evaluation })
            }
            _ => Err(TrainError::Failed("the process that trains answered something else".into())),
        }
    }

    fn test(&mut self, model: &Model, path: &Path, observer: &mut dyn Observer) -> Result<Tested, TrainError> {
        self.order(&Order::Test { model: model.clone(), path: path.to_owned() }, &[])?;
        match self.until_done(observer)? {
            (Said::Tested(tested), _) => Ok(*tested),
            _ => Err(TrainError::Failed("the process that trains answered something else".into())),
        }
    }
}
