//! `token`: who may come in.

use super::local::ask;
use clap::Subcommand;
use fieldcoach::config::Config;
use fieldcoach::domain::Role;
use serde_json::{Value, json};

/// Who may come in to the daemon that runs here
#[derive(Subcommand)]
pub enum Token {
    /// Make a token for a script; it is shown once
    Add {
        /// Whose it is
        name: String,
        /// What it may do: viewer, labeller, admin
        #[arg(long, default_value_t = Role::Viewer)]
        role: Role,
    },
    /// Everybody who may come in
    List,
    /// Revoke a token, at once
    Remove {
        /// Its id, or its name where only one has that
        token: String,
    },
}

impl Token {
    pub fn run(self, config: &Config) -> anyhow::Result<()> {
        match self {
            Self::Add { name, role } => {
                let made = ask(config, "POST", "tokens", Some(json!({"name": name, "role": role})))?;
                println!("{}", made["token"].as_str().unwrap_or_default());
                if let Some(called) = made["name"].as_str().filter(|called| *called != name) {
                    eprintln!("It is called `{called}`.");
                }
                eprintln!("Keep it: it is not shown again. Send it as `Authorization: Bearer …`.");
            }
            Self::List => {
                let all = all(config)?;
                if all.is_empty() {
                    println!("Nobody; `fieldcoach pair` lets a phone in.");
                }
                for token in all {
                    let text = |key: &str| token[key].as_str().unwrap_or("never").to_owned();
                    // To the minute.
                    let seen = text("seen").get(..16).map_or("never".to_owned(), |time| format!("{time}Z"));
                    println!("{}  {:<8}  last seen {}  {}", text("id"), text("role"), seen, text("name"));
                }
            }
            Self::Remove { token } => {
                let all = all(config)?;
                let ids = |key: &str| -> Vec<String> {
                    let same = all.iter().filter(|one| one[key] == token.as_str());
                    same.filter_map(|one| one["id"].as_str().map(str::to_owned)).collect()
                };
                let found = [ids("id"), ids("name")].concat();
                match found.as_slice() {
                    [id] => {
                        ask(config, "DELETE", &format!("tokens/{id}"), None)?;
                        println!("Removed: it lets nobody in any more.");
                    }
                    [] => anyhow::bail!("there is no token `{token}`; see `fieldcoach token list`"),
                    _ => anyhow::bail!("{} tokens are called `{token}`; give the id of one", found.len()),
                }
            }
        }
        Ok(())
    }
}

fn all(config: &Config) -> anyhow::Result<Vec<Value>> {
    Ok(ask(config, "GET", "tokens", None)?["items"].as_array().cloned().unwrap_or_default())
}
