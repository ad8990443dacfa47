//! `pair`: lets somebody in.

use super::local::ask;
use clap::Args;
use fieldcoach::config::Config;
use fieldcoach::domain::Role;
use fieldcoach::reach::qr;
use serde_json::{Value, json};

/// Show a code by which a phone pairs with the daemon that runs here
#[derive(Args)]
pub struct Pair {
    /// What the phone may do: viewer (look), labeller (label, train), admin (all)
    #[arg(long, default_value_t = Role::Labeller)]
    role: Role,
    /// Whose phone it is; without, it says itself what it is
    #[arg(long)]
    name: Option<String>,
    /// How long the code lets somebody in
    #[arg(long, default_value_t = 10)]
    minutes: u32,
    /// Print what the daemon answers, for programs
    #[arg(long)]
    json: bool,
}

impl Pair {
    pub fn run(self, config: &Config) -> anyhow::Result<()> {
        let body = json!({"role": self.role, "name": self.name, "minutes": self.minutes});
        let pairing = ask(config, "POST", "pairings", Some(body))?;
        if self.json {
            println!("{pairing}");
            return Ok(());
        }
        let text = |key: &str| pairing[key].as_str().unwrap_or_default().to_owned();
        println!("\nOpen this with the phone's camera, within {} minutes:\n", self.minutes);
        println!("{}\n", qr::text(&text("url"))?);
        for url in pairing["urls"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            println!("  {url}");
        }
        println!("  code: {}  (role: {}, once)", text("code"), text("role"));
        if let Some(fingerprint) = pairing["fingerprint"].as_str() {
            println!("  authority (SHA-256): {fingerprint}");
        }
        println!();
        Ok(())
    }
}
