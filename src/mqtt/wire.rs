//! The translation to and from rumqttc: what a session is made of, a message as a publish, an error in words.

use super::account::{Account, Address};
use super::outbox::Ticket;
use super::payload::Message;
use super::tls;
use anyhow::{Context, Result};
use futures::stream::{self, BoxStream, StreamExt};
use rumqttc::v5::mqttbytes::v5::{ConnectProperties, LastWill, Packet, Publish, PublishProperties};
use rumqttc::v5::{AsyncClient, ConnectionError, Event, MqttOptions};
use rumqttc::{NetworkOptions, Transport};
use std::collections::VecDeque;
use std::time::Duration;
use tokio::time::Instant;

/// Bytes of one packet, both ways.
const MAX_PACKET: u32 = 256 * 1024;
const KEEP_ALIVE: Duration = Duration::from_secs(20);
/// How long the broker keeps the session, and with it commands sent meanwhile.
const SESSION_SECONDS: u32 = 24 * 3600;
/// Requests that fit rumqttc's channel: the window, as many QoS 0 messages, the subscription and the goodbye.
const REQUESTS: usize = 2 * WINDOW + 2;
/// Messages on the wire at once.
pub const WINDOW: usize = 16;

/// What arrives and what was written; an error ends it, with what was read beside it.
type Packets = BoxStream<'static, Result<Event, (ConnectionError, Vec<Publish>)>>;

pub struct Connection {
    pub client: AsyncClient,
    pub packets: Packets,
    /// What was handed to rumqttc and is not on the wire yet; `None` is a QoS 0 message.
    pub handed: VecDeque<Option<Ticket>>,
    /// When the broker accepted us.
    pub since: Option<Instant>,
    /// When it last gave a sign of life.
    pub heard: Instant,
    /// The broker's limit on a packet.
    pub max_packet: usize,
}

/// A connection that is being made.
pub fn connect(options: MqttOptions) -> Connection {
    let (client, events) = AsyncClient::new(options, REQUESTS);
    // As a stream, polling is never cut short: rumqttc's `poll` may not be dropped half way.
    let packets = stream::unfold(Some(events), |events| async move {
        let mut events = events?;
        match events.poll().await {
            Ok(event) => Some((Ok(event), Some(events))),
            Err(error) => {
                // Read together with the end of the connection, and acknowledged.
                let rest = events.state.events.drain(..).filter_map(|event| match event {
                    Event::Incoming(Packet::Publish(publish)) => Some(publish),
                    _ => None,
                });
                Some((Err((error, rest.collect())), None))
            }
        }
    })
    .boxed();
    Connection {
        client,
        packets,
        handed: VecDeque::new(),
        since: None,
        heard: Instant::now(),
        max_packet: MAX_PACKET as usize,
    }
}

/// Whether the event loop took it.
pub fn publish(client: &AsyncClient, message: &Message) -> bool {
    let properties = PublishProperties {
        content_type: Some(message.content_type.to_owned()),
        correlation_data: message.correlation.clone(),
        user_properties: message.properties.clone(),
        ..PublishProperties::default()
    };
    let (qos, retain) = (message.delivery.qos, message.delivery.retain);
    let payload = message.payload.clone();
    client.try_publish_with_properties(message.topic.clone(), qos, retain, payload, properties).is_ok()
}

/// An upper bound on the size of the packet, in bytes.
pub fn size(message: &Message) -> usize {
    let properties: usize = message.properties.iter().map(|(key, value)| key.len() + value.len() + 5).sum();
    let correlation = message.correlation.as_ref().map_or(0, |data| data.len() + 3);
    32 + message.topic.len() + message.content_type.len() + properties + correlation + message.payload.len()
}

pub fn options(account: &Account, device: &str, will: &Message) -> Result<MqttOptions> {
    let Address { host, port, tls } = &account.address;
    let mut options = MqttOptions::new(format!("fieldcoach-{device}"), host.as_str(), *port);
    options.set_keep_alive(KEEP_ALIVE).set_clean_start(false).set_connection_timeout(8);
    options.set_connect_properties(ConnectProperties {
        session_expiry_interval: Some(SESSION_SECONDS),
        max_packet_size: Some(MAX_PACKET),
        receive_maximum: Some(32),
        ..ConnectProperties::new()
    });
    // Packet identifiers run up to this; more than the window, so that none comes round while in use.
    options.set_outgoing_inflight_upper_limit(1000);
    options.set_last_will(LastWill::new(&will.topic, will.payload.to_vec(), will.delivery.qos, true, None));
    let mut network = NetworkOptions::new();
    network.set_tcp_nodelay(true);
    options.set_network_options(network);
    if let Some(username) = &account.username {
        let password = match &account.password_file {
            Some(path) => std::fs::read_to_string(path)
                .with_context(|| format!("mqtt.password_file: can't read {}", path.display()))?,
            None => String::new(),
        };
        options.set_credentials(username.as_str(), password.trim_end_matches(['\r', '\n']));
    }
    if *tls {
        let config = tls::client_config(account.ca.as_deref(), account.cert.as_deref(), account.key.as_deref())?;
        options.set_transport(Transport::tls_with_config(config.into()));
    }
    Ok(options)
}

/// The error in words that help.
pub fn explain(error: &ConnectionError) -> String {
    match error {
        ConnectionError::ConnectionRefused(code) => {
            format!("the broker refused the connection ({code:?}); look at mqtt.username and mqtt.password_file")
        }
        ConnectionError::NotConnAck(_) => "the broker did not answer as an MQTT 5 broker does".to_owned(),
        ConnectionError::Timeout(_) => "the broker did not answer in time".to_owned(),
        error => error.to_string(),
    }
}
