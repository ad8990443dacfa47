//! A broker that comes with the daemon (rumqttd), for `mqtt.broker = "embedded"`: nothing to install for a first look.
//! There is no access control; it listens on loopback only.
//!
//! What a client sends has been seen to end rumqttd's router, with the listener still up; and rumqttd can't be stopped. So
//! it has a process of its own, which is asked now and then, and replaced when it gives no answer.
//!
//! | file | what it is for |
//! | --- | --- |
//! | `version` | MQTT 3.1.1 and MQTT 5 on one port; what no client may send |
//! | `server` | the broker, in this process |
//! | `child` | the process that is the broker |
//! | `broker` | starts that process, asks it, and ends it |

mod broker;
pub mod child;
mod server;
mod version;

pub use broker::Broker;
