//! Who may come in: tokens, the codes by which phones pair, and what is told of both.
//!
//! # What holds
//!
//! 1. **A secret is known to nobody but its holder**: the device keeps its SHA-256 (`tokens`). 256 random bits need no
//!    salt and no slow hash. Who asks through a broker proves with that hash that they have it (`remote`): whoever
//!    reads a card may ask that very device as its tokens may, which holds all that they could learn there.
//! 2. **A token is stored before it is told**: after a power cut in between, there is one that nobody has, which goes
//!    again ([`UNCLAIMED`]); never one that only the phone has.
//! 3. **A code lets one in, once, for minutes** (`codes`); it lives in memory only, and is compared in constant time.
//! 4. **Wrong codes are slowed for each address by itself** (`guesses`): a stranger can't keep others out.
//! 5. **What is revoked ends at once**: a [`Principal`] carries a token that is cancelled then, open streams included, and
//!    the codes that it made go too.
//!
//! | file | what it is for |
//! | --- | --- |
//! | `secret` | random secrets and codes, and how they are compared |
//! | `codes` | invitations that wait for somebody |
//! | `guesses` | wrong codes of each address |
//! | `tokens` | who may come in |
//! | `pace` | how much of each at a time |
//! | `service` | all of it, as the doors reach it |

mod codes;
mod guesses;
mod pace;
mod secret;
mod service;
mod tokens;

pub use codes::{Invitation, Invited, OpenInvitation};
pub use pace::{Payer, network};
pub use secret::{hash_of, stand_in};
pub use service::{Access, AccessError, Paired, Principal, UNCLAIMED};
