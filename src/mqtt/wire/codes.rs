//! Codes with which brokers refuse connections and messages, and end connections: MQTT 5, section 2.4.

pub const VERSION: u8 = 0x84;
pub const CLIENT_ID: u8 = 0x85;
pub const LOGIN: u8 = 0x86;
pub const NOT_AUTHORIZED: u8 = 0x87;
pub const TAKEN_OVER: u8 = 0x8e;
pub const TOPIC: u8 = 0x90;
pub const TOO_LARGE: u8 = 0x95;
pub const QUOTA: u8 = 0x97;
pub const FORMAT: u8 = 0x99;
pub const RETAIN: u8 = 0x9a;
pub const QOS: u8 = 0x9b;
