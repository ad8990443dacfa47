//! One attempt to connect: in MQTT 5, in 3.1.1 where the broker does not speak 5, and asking no more than it takes.

use super::codes;
use super::connection::{Connection, KEEP_ALIVE, Terms, WINDOW, Wire};
use super::dial::{Stream, reach, secure};
use super::look::look;
use super::packets::{Hello, MAX_PACKET, Version};
use super::refusals::Refusal;
use super::tls::Secured;
use super::trouble::{Speaks, Trouble};
use crate::causes::with_causes;
use crate::clock::EARLIEST;
use crate::domain::Concession;
use crate::mqtt::account::Account;
use crate::mqtt::payload::Message;
use jiff::Timestamp;
use rumqttc::v5::mqttbytes::QoS;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// How long it may take until the broker accepts.
const ANSWER_WITHIN: Duration = Duration::from_secs(8);
/// How long it is believed what else speaks there.
const LOOK_AGAIN: Duration = Duration::from_secs(60);
/// How long it is believed that a broker does not take something; it may be brought up to date.
const BELIEVED: Duration = Duration::from_secs(24 * 3600);
/// Every clock is put right a little now and then.
const SLACK: Duration = Duration::from_secs(60);
/// Bytes of a packet without which nothing can be told at all.
const SMALLEST: usize = 256;

/// How a broker is spoken to: what it would not take is not asked again.
#[derive(Clone, Debug)]
pub struct Manner {
    pub version: Version,
    pub retain: bool,
    pub acknowledges: bool,
    /// Bytes of a packet, where that was found out and not told.
    max_packet: usize,
    /// Ends without an answer to MQTT 5, in a row: a broker that is being started ends one, too.
    hung_up: u32,
    /// Until when something is not asked.
    until: Option<Instant>,
    /// When it was looked what else speaks there, and what does.
    looked: Option<(Instant, Option<Speaks>)>,
}

impl Default for Manner {
    fn default() -> Self {
        Self {
            version: Version::V5,
            retain: true,
            acknowledges: true,
            max_packet: MAX_PACKET as usize,
            hung_up: 0,
            until: None,
            looked: None,
        }
    }
}

impl Manner {
    /// When all is to be asked again.
    pub fn doubted_at(&self) -> Option<Instant> {
        self.until
    }

    /// As it was written down of this broker. What can't be, by the clock of now, is not believed: it may have been set,
    /// and asking costs an attempt.
    pub fn known(concession: &Concession) -> Self {
        let now = Timestamp::now();
        let left = Duration::try_from(concession.until.duration_since(now)).ok();
        // One that boots in 1970 each time would never come to the end of the day.
        match left.filter(|left| *left <= BELIEVED + SLACK && now.as_second() >= EARLIEST) {
            None => Self::anew(),
            Some(left) => Self {
                version: if concession.mqtt_5 { Version::V5 } else { Version::V311 },
                retain: concession.retain,
                acknowledges: concession.acknowledges,
                max_packet: concession.max_packet.clamp(SMALLEST, MAX_PACKET as usize),
                until: Some(Instant::now() + left),
                ..Self::default()
            },
        }
    }

    /// To be written down of this broker; `None`: it takes everything.
    pub fn concession(&self, broker: String) -> Option<Concession> {
        let left = self.until?.saturating_duration_since(Instant::now());
        Some(Concession {
            broker,
            mqtt_5: self.version == Version::V5,
            retain: self.retain,
            acknowledges: self.acknowledges,
            max_packet: self.max_packet,
            until: Timestamp::now().checked_add(left).unwrap_or(Timestamp::MAX),
        })
    }

    /// Whether a broker takes the same in both.
    pub fn is_like(&self, other: &Self) -> bool {
        let asked =
            |manner: &Self| (manner.version, manner.retain, manner.acknowledges, manner.max_packet, manner.until);
        asked(self) == asked(other)
    }

    /// Asks for all again. One end without an answer is enough to go back to MQTT 3.1.1.
    pub fn anew() -> Self {
        Self { hung_up: 1, ..Self::default() }
    }

    /// What is to be asked now.
    fn now(self) -> Self {
        match self.doubted_at() {
            Some(at) if at <= Instant::now() => Self::anew(),
            _ => self,
        }
    }

    fn without(mut self, give_up: impl FnOnce(&mut Self)) -> Self {
        give_up(&mut self);
        self.until.get_or_insert_with(|| Instant::now() + BELIEVED);
        self
    }

    /// What may go after this answer; `None` where that is its last word.
    fn after(&self, trouble: &Trouble) -> Option<Self> {
        let refusal = match trouble {
            Trouble::Refused(refusal) | Trouble::Goodbye(refusal) => Some(&**refusal),
            _ => None,
        };
        let code = refusal.map(|refusal| refusal.code);
        let old = refusal.is_some_and(|refusal| refusal.version == Version::V311 || refusal.code == codes::VERSION);
        let hung_up = matches!(trouble, Trouble::HungUp { .. });
        if self.version == Version::V5 && (old || (hung_up && self.hung_up > 0)) {
            return Some(self.clone().without(|manner| manner.version = Version::V311));
        }
        // A 3.1.1 broker without retained messages has no code for that, and may hang up on a will that is one.
        if self.version == Version::V311 && hung_up && self.retain {
            return Some(self.clone().without(|manner| manner.retain = false));
        }
        match code {
            Some(codes::RETAIN) if self.retain => Some(self.clone().without(|manner| manner.retain = false)),
            Some(codes::QOS) if self.acknowledges => Some(self.clone().without(|manner| manner.acknowledges = false)),
            _ => None,
        }
    }

    /// Where nothing that is MQTT is answered, it may be something else. Not looked for at each attempt: to who runs the
    /// broker each is one more stranger.
    async fn looked_at(&mut self, account: &Account, trouble: Trouble) -> Trouble {
        use Trouble::{Garbled, HungUp, NoTls, Silent};
        if !matches!(trouble, HungUp { .. } | NoTls { .. } | Silent { .. } | Garbled(_)) {
            self.looked = None;
            return trouble;
        }
        let speaks = match self.looked.filter(|(at, _)| at.elapsed() < LOOK_AGAIN) {
            Some((_, speaks)) => speaks,
            None => {
                let speaks = look(&account.address).await;
                self.looked = Some((Instant::now(), speaks));
                speaks
            }
        };
        let at = account.address.to_string();
        speaks.map_or(trouble, |speaks| Trouble::Other { at, speaks })
    }

    /// The broker takes no packets of this size, though it does not say so.
    pub fn shrink(&mut self, size: usize) {
        *self = self.clone().without(|manner| manner.max_packet = size / 2);
    }

    /// What a connection ended with says of how to speak the next time.
    pub fn learn(&mut self, trouble: &Trouble) {
        if let Trouble::Goodbye(_) = trouble
            && let Some(next) = self.after(trouble)
        {
            *self = next;
        }
    }
}

/// What became of an attempt, and how to speak the next time.
pub struct Attempted {
    pub outcome: Result<Connection, Trouble>,
    pub manner: Manner,
}

/// Connects as `client`, with this last will.
pub async fn connect(account: Account, client: String, will: Option<Message>, manner: Manner) -> Attempted {
    let mut manner = manner.now();
    let outcome = loop {
        let trouble = match once(&account, &client, will.as_ref(), &manner).await {
            Ok(connection) => {
                manner.hung_up = 0;
                break Ok(connection);
            }
            Err(trouble) => trouble,
        };
        if let Some(next) = manner.after(&trouble) {
            tracing::info!(%trouble, version = %next.version, retain = next.retain, "the broker is asked for less");
            manner = next;
            continue;
        }
        let hung_up = matches!(trouble, Trouble::HungUp { .. });
        match manner.version {
            Version::V5 => manner.hung_up = if hung_up { manner.hung_up + 1 } else { 0 },
            // In neither version is there an answer, so nothing was learned of it.
            Version::V311 if hung_up || refuses_version(&trouble) => {
                manner = Manner { hung_up: manner.hung_up, looked: manner.looked, ..Manner::default() };
            }
            Version::V311 => {}
        }
        break Err(manner.looked_at(&account, trouble).await);
    };
    Attempted { outcome, manner }
}

fn refuses_version(trouble: &Trouble) -> bool {
    matches!(trouble, Trouble::Refused(refusal) if refusal.code == codes::VERSION)
}

async fn once(account: &Account, client: &str, will: Option<&Message>, manner: &Manner) -> Result<Connection, Trouble> {
    let deadline = Instant::now() + ANSWER_WITHIN;
    let at = account.address.to_string();
    let settings = |error: anyhow::Error| Trouble::Settings(with_causes(&error));
    // Passwords and certificates are set right without a restart.
    let login = account.login().map_err(settings)?;
    let secured = Secured::of(account).map_err(settings)?;
    let stream = reach(&account.address, deadline).await?;
    let stream: Box<dyn Stream> = match &secured {
        Some(secured) => secure(stream, &account.address, secured, deadline).await?,
        None => Box::new(stream),
    };
    let hello = Hello {
        client,
        will,
        will_retain: manner.retain,
        will_qos: if manner.acknowledges { QoS::AtLeastOnce } else { QoS::AtMostOnce },
        login: login.as_ref().map(|(name, password)| (name.as_str(), password.as_str())),
        keep_alive: KEEP_ALIVE.as_secs() as u16,
    };
    let mut wire = Wire::new(stream);
    let answer = match timeout_at(deadline, wire.greet(&hello, manner.version, &at)).await {
        Ok(answer) => answer?,
        Err(_) => return Err(Trouble::Silent { at }),
    };
    let username = account.username.as_deref();
    // One that accepts MQTT 5 and answers in the form of 3.1.1 speaks 3.1.1.
    let other_form = answer.old && manner.version == Version::V5;
    if answer.code != 0 || other_form {
        return Err(Trouble::Refused(Box::new(Refusal {
            code: if answer.old { Refusal::modern(answer.code) } else { answer.code },
            version: if answer.old { Version::V311 } else { Version::V5 },
            says: answer.says,
            server: answer.server,
            client: client.to_owned(),
            username: username.map(str::to_owned),
        })));
    }
    let terms = Terms {
        version: manner.version,
        max_packet: answer.max_packet.map_or(manner.max_packet, |most| manner.max_packet.min(most as usize)),
        window: answer.receive_maximum.map_or(WINDOW, |most| usize::from(most.max(1)).min(WINDOW)),
        acknowledges: manner.acknowledges && answer.max_qos != Some(0),
        retains: manner.retain && answer.retain_available != Some(0),
    };
    Ok(Connection::new(wire, terms, answer.keep_alive, client, username))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;

    fn refused(code: u8, version: Version) -> Trouble {
        let (client, username) = ("c".to_owned(), None);
        Trouble::Refused(Box::new(Refusal { code, version, says: None, server: None, client, username }))
    }

    #[test]
    fn what_a_broker_does_not_take_is_not_asked_again_for_a_day() {
        let manner = Manner::default();
        let old = manner.after(&refused(codes::VERSION, Version::V5)).unwrap();
        assert_eq!((old.version, old.retain), (Version::V311, true));
        // Whatever a broker answers in the form of 3.1.1 to MQTT 5.
        assert_eq!(manner.after(&refused(0x87, Version::V311)).unwrap().version, Version::V311);
        assert!(old.after(&refused(0x87, Version::V311)).is_none());
        let plain = manner.after(&refused(codes::RETAIN, Version::V5)).unwrap();
        assert!(!plain.retain && plain.after(&refused(codes::RETAIN, Version::V5)).is_none());
        assert!(!plain.after(&refused(codes::QOS, Version::V5)).unwrap().acknowledges);
        assert!(manner.after(&refused(codes::LOGIN, Version::V5)).is_none());
        assert_eq!(Manner { until: Some(Instant::now()), ..old.clone() }.now().version, Version::V5);
        assert_eq!(old.now().version, Version::V311);
    }

    #[test]
    fn what_was_written_down_holds_for_the_rest_of_its_day_and_not_where_the_clock_was_set() {
        let old = Manner::default().after(&refused(codes::VERSION, Version::V5)).unwrap();
        let written = old.concession("b:1883".into()).unwrap();
        let known = Manner::known(&written);
        assert_eq!((known.version, known.retain, known.acknowledges), (Version::V311, true, true));
        assert!(known.doubted_at().unwrap() <= old.doubted_at().unwrap() + SLACK);
        let set = |hours: i64| written.until + SignedDuration::from_hours(hours);
        for (until, version) in [(set(-23), Version::V311), (set(-25), Version::V5), (set(48), Version::V5)] {
            assert_eq!(Manner::known(&Concession { until, ..written.clone() }).version, version, "{until}");
        }
        assert_eq!(Manner::default().concession("b:1883".into()), None);
        assert!(known.is_like(&known.clone()) && !known.is_like(&Manner::default()));
    }

    #[test]
    fn one_end_without_an_answer_says_nothing_of_the_version() {
        let hung_up = Trouble::HungUp { at: "h:1".into() };
        let manner = Manner::default();
        assert!(manner.after(&hung_up).is_none());
        let again = Manner { hung_up: 1, ..manner };
        assert_eq!(again.after(&hung_up).unwrap().version, Version::V311);
    }
}
