//! A command's way from the broker to its answer: known where it comes again, written down before it is carried out, and with
//! its answer before that is told.

use super::command::Command;
use super::door::{Ask, Door, blocking};
use super::inbox::{Asked, Doubt, Inbox, Verdict};
use super::ledger::Ledger;
use super::payload::{Message, Stamp};
use super::wire::Incoming;
use crate::causes::with_causes;
use crate::domain::Commanded;
use anyhow::Result;
use futures::future::BoxFuture;
use serde_json::Value;
use std::sync::Arc;
use tokio::task::spawn_blocking;

/// Commands that are carried out.
pub struct Commanding {
    inbox: Inbox,
    ledger: Arc<Ledger>,
    execute: Ask<Command, Executed>,
}

/// The result of a command, or why there is none.
type Executed = std::result::Result<Value, String>;

/// Work beside the loop.
pub type Work = BoxFuture<'static, Worked>;

/// What that has come to.
pub enum Worked {
    /// A command was carried out, or not.
    Executed(Asked, Executed),
    /// It is written down that it is answered so; after this one the daemon is to end.
    Noted { replies: Vec<Message>, ends: bool },
}

/// What follows.
pub enum Next {
    Send(Vec<Message>),
    /// The daemon ends after these.
    SendAndEnd(Vec<Message>),
    Work(Work),
}

impl Commanding {
    /// Knows the commands of before; what was interrupted then is answered by the work that comes with it.
    pub fn open(door: &Door) -> impl Future<Output = (Self, Vec<Work>)> + Send + use<> {
        let (commands, put, doubt) =
            (Arc::clone(&door.commands), Arc::clone(&door.put_commands), Arc::clone(&door.doubt));
        Self::opened(commands, put, Arc::clone(&door.execute), (door.stamp.clone(), doubt))
    }

    async fn opened(
        commands: Ask<(), Result<Vec<Commanded>>>,
        put: Ask<Vec<Commanded>, Result<()>>,
        execute: Ask<Command, Executed>,
        (stamp, doubt): (Stamp, Doubt),
    ) -> (Self, Vec<Work>) {
        let known = blocking(move || commands(())).await.unwrap_or_else(|error| {
            let error = with_causes(&error);
            tracing::warn!(
                error,
                "which commands came before can't be read: one that comes again is carried out again"
            );
            Vec::new()
        });
        let ledger = Arc::new(Ledger::new(known.clone(), put));
        let (inbox, interrupted) = Inbox::new(stamp, doubt, known);
        let this = Self { inbox, ledger, execute };
        let work = interrupted.into_iter().map(|(asked, reply)| this.note(&asked, vec![reply], false)).collect();
        (this, work)
    }

    /// The broker is there again.
    pub fn connected(&mut self) {
        self.inbox.connected();
    }

    /// Whether any is being carried out.
    pub fn is_busy(&self) -> bool {
        self.inbox.is_busy()
    }

    /// A command came.
    pub fn received(&mut self, name: &str, message: &Incoming) -> Next {
        match self.inbox.receive(name, message) {
            Verdict::Reply(message) => Next::Send(vec![message]),
            Verdict::Ignore => Next::Send(Vec::new()),
            Verdict::Execute(asked, command) => {
                let (execute, ledger) = (Arc::clone(&self.execute), Arc::clone(&self.ledger));
                let named = asked.named();
                Next::Work(Box::pin(async move {
                    let result = spawn_blocking(move || {
                        named.map_or(Ok(()), |(name, id)| ledger.begin(&name, &id)).map_err(|error| unkept(&error))?;
                        execute(command)
                    });
                    let result = result.await.unwrap_or_else(|_| Err("the command failed inside".to_owned()));
                    Worked::Executed(asked, result)
                }))
            }
        }
    }

    /// Work has come to something.
    pub fn worked(&mut self, worked: Worked) -> Next {
        match worked {
            Worked::Executed(asked, result) => {
                let ends = asked.ends() && result.is_ok();
                let replies = self.inbox.finish(&asked, result);
                Next::Work(self.note(&asked, replies, ends))
            }
            Worked::Noted { replies, ends: false } => Next::Send(replies),
            Worked::Noted { replies, ends: true } => Next::SendAndEnd(replies),
        }
    }

    /// Writes down how a command with an id is answered.
    fn note(&self, asked: &Asked, replies: Vec<Message>, ends: bool) -> Work {
        let (ledger, named) = (Arc::clone(&self.ledger), asked.named());
        let answer = replies.first().map(|reply| reply.payload.clone());
        Box::pin(async move {
            if let (Some((name, id)), Some(answer)) = (named, answer)
                && let Err(error) = blocking(move || ledger.end(&name, &id, &answer)).await
            {
                tracing::warn!(error = with_causes(&error), "how a command was answered can't be written down");
            }
            Worked::Noted { replies, ends }
        })
    }
}

/// Of a command that can't be written down before it is carried out.
fn unkept(error: &anyhow::Error) -> String {
    let why = with_causes(error);
    format!("it can't be kept in mind, so it might be carried out twice, and is not ({why}); without an `id` it is")
}
