//! By which way a request came, and from where.

use super::connections::Connection;
use std::net::IpAddr;
use std::sync::Arc;

/// By which way a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// A listener that only this machine reaches.
    Loopback,
    /// The local socket, which only root and the daemon's user may open.
    Local,
    /// TLS that ends here.
    Tls,
    /// A plain connection, which must be that of the reverse proxy.
    Plain,
}

/// What is known of a request before it is read; every request carries it.
#[derive(Clone, Debug)]
pub struct Arrival {
    pub way: Way,
    /// The other end, where that is a machine.
    pub peer: Option<IpAddr>,
    pub connection: Arc<Connection>,
}
