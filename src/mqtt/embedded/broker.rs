//! The daemon's side: starts the process that is the broker, asks it, and ends it.

use super::{child, server};
use crate::supervise::Beat;
use anyhow::{Context, Error, Result, anyhow, bail};
use rumqttc::Outgoing;
use rumqttc::v5::mqttbytes::v5::Packet;
use rumqttc::v5::{AsyncClient, Event, MqttOptions};
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::{Child, ChildStdin, Command};
use tokio::time::{sleep, timeout};

/// How long it may take until it answers first.
const START: Duration = Duration::from_secs(30);
/// How often it is tried whether it answers by now.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// How often it is asked, and how long an answer may take: a device that trains or swaps answers late.
const ASK_EVERY: Duration = Duration::from_secs(5);
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// Who asks.
const CLIENT: &str = "fieldcoach-asks-whether-you-live";

/// A broker in a process of its own, which ends with this.
pub struct Broker {
    pub address: SocketAddr,
    process: Child,
    /// As long as it is open the process goes on.
    _daemon: ChildStdin,
}

impl Broker {
    /// The longest time without a sign of life.
    pub const SILENT_WITHIN: Duration = Duration::from_secs(60);

    /// Starts `program`, which is this one, as a broker at this address (port 0 takes a free one), and waits until it
    /// answers. Error: the address is taken, there is no room for a process, or it does not answer.
    pub async fn start(program: &Path, listen: SocketAddr) -> Result<Self> {
        let address = server::free(listen)?;
        let mut process = Command::new(program)
            .arg(child::COMMAND)
            .arg(address.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .env_remove("NOTIFY_SOCKET")
            .kill_on_drop(true)
            .spawn()
            .context("the process of the embedded MQTT broker can't be started")?;
        let daemon = process.stdin.take().context("the embedded MQTT broker has no line to the daemon")?;
        let mut broker = Self { address, process, _daemon: daemon };
        match timeout(START, broker.begun()).await {
            Ok(begun) => begun?,
            Err(_) => bail!("the embedded MQTT broker did not start on {address} within {} s", START.as_secs()),
        }
        Ok(broker)
    }

    async fn begun(&mut self) -> Result<()> {
        loop {
            tokio::select! {
                error = ended(&mut self.process) => return Err(error),
                answer = ask(self.address) => if answer.is_ok() { return Ok(()) },
            }
            sleep(LOOK_EVERY).await;
        }
    }

    /// Beats at each answer, until it gives none or has ended; the error says which.
    pub async fn watch(&mut self, beat: &Beat) -> Error {
        loop {
            beat.alive();
            tokio::select! {
                error = ended(&mut self.process) => return error,
                () = sleep(ASK_EVERY) => {}
            }
            match timeout(ANSWER_WITHIN, ask(self.address)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => return error.context("the embedded MQTT broker refused to answer"),
                Err(_) => {
                    return anyhow!("the embedded MQTT broker gave no answer within {} s", ANSWER_WITHIN.as_secs());
                }
            }
        }
    }

    /// Ends it; its address is free then.
    pub async fn end(mut self) {
        if let Err(error) = self.process.kill().await {
            tracing::warn!(%error, "the embedded MQTT broker can't be ended");
        }
    }
}

async fn ended(process: &mut Child) -> Error {
    match process.wait().await {
        Ok(status) => anyhow!("the process of the embedded MQTT broker ended ({status})"),
        Err(error) => Error::new(error).context("the process of the embedded MQTT broker is lost"),
    }
}

/// Connects as any client does: the answer comes from the router, which is what has been seen to die.
async fn ask(address: SocketAddr) -> Result<()> {
    let (client, mut events) = AsyncClient::new(MqttOptions::new(CLIENT, address.ip().to_string(), address.port()), 1);
    loop {
        match events.poll().await? {
            Event::Incoming(Packet::ConnAck(_)) => client.try_disconnect()?,
            Event::Outgoing(Outgoing::Disconnect) => return Ok(()),
            _ => {}
        }
    }
}
