//! The way in to a device that knows no admin: it makes a code by itself, and shows it where only its owner looks. And
//! the upkeep of the tokens.

use crate::access::{Access, Invitation, Invited};
use crate::domain::{Role, Who};
use crate::http::Gate;
use crate::reach::{Reach, qr};
use crate::supervise::Beat;
use anyhow::Result;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How long such a code lets somebody in; then there is another one.
const MINUTES: u32 = 60;
/// How often it looks whether there is an admin by now.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// While nobody is an admin, a code for one is on the console and in the journal (stdout). A bystander's guess of it is
/// as good as of any other code. Forgets tokens that no phone ever used, and writes down what a full disk refused.
pub async fn keep_access(gate: Gate, beat: Beat, stop: CancellationToken) -> Result<()> {
    let Gate { access, reach, .. } = gate;
    let mut until: Option<Instant> = None;
    loop {
        beat.alive();
        let tidying = access.clone();
        // What is refused now is tried again; what goes wrong with the disk is told by others.
        if let Err(error) = tokio::task::spawn_blocking(move || tidying.tidy(std::time::Instant::now())).await? {
            tracing::debug!(%error, "the tokens could not be written");
        }
        let have = access.have_admin();
        if !have && until.is_none_or(|until| Instant::now() >= until) {
            until = Some(Instant::now() + Duration::from_secs(60 * u64::from(MINUTES)));
            let invited = invite(access.clone()).await?;
            println!("{}", words(&reach, &invited));
        }
        if have {
            until = None;
        }
        if tokio::time::timeout(LOOK_EVERY, stop.cancelled()).await.is_ok() {
            return Ok(());
        }
    }
}

async fn invite(access: Access) -> Result<Invited> {
    let invitation = Invitation { role: Role::Admin, name: None, minutes: MINUTES };
    Ok(tokio::task::spawn_blocking(move || access.invite(invitation, &Who::console())).await??)
}

fn words(reach: &Reach, invited: &Invited) -> String {
    let urls: Vec<String> = reach.pages().iter().map(|page| format!("{page}#/pair/{}", invited.code)).collect();
    let code = urls.first().and_then(|url| qr::text(url).ok()).unwrap_or_default();
    let mut lines = vec![
        "Nobody may change anything here yet. Open this on your phone, within the hour, to become its admin:"
            .to_owned(),
        code,
    ];
    lines.extend(urls.iter().map(|url| format!("  {url}")));
    lines.push(format!("  code: {}", invited.code));
    lines.extend(reach.fingerprint().map(|print| format!("  authority (SHA-256): {print}")));
    lines.join("\n")
}
