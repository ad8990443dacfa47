//! Who connects to which broker.

use std::path::PathBuf;

/// Where the broker is.
#[derive(Clone, Debug)]
pub struct Address {
    pub host: String,
    pub port: u16,
    pub tls: bool,
}

/// Who connects where.
#[derive(Clone, Debug)]
pub struct Account {
    pub address: Address,
    pub username: Option<String>,
    pub password_file: Option<PathBuf>,
    pub ca: Option<PathBuf>,
    pub cert: Option<PathBuf>,
    pub key: Option<PathBuf>,
}

impl Account {
    /// Nobody in particular, with the system's authorities where TLS is asked for.
    pub fn anonymous(address: Address) -> Self {
        Self { address, username: None, password_file: None, ca: None, cert: None, key: None }
    }
}
