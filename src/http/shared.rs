//! What the doors of other servers are made of, too: letting people in, refusing, answering.

pub(crate) use super::admission::{Caller, Known, needs, note, require, unknown};
pub(crate) use super::around::{JSON_LIMIT, STRANGERS_LIMIT, TIME_LIMIT, bound, bounded, large_body, whole};
pub(crate) use super::deed::done;
pub(crate) use super::document::{declared, document};
pub(crate) use super::extract::{Binary, Body, Collection, blocking, limit, location};
pub(crate) use super::gate::{Document, Gate};
pub(crate) use super::guard;
pub(crate) use super::hanging;
pub(crate) use super::live::{AS_IT_COMES, BOUNDARY, part};
pub(crate) use super::page;
pub(crate) use super::pair::pair;
pub(crate) use super::people::{pairing, people, secrets};
pub(crate) use super::problem::Result;
pub(crate) use super::seat::{Gone, PATIENCE, Taker, seated};
pub(crate) use super::sent::{Sent, Wanted};
pub(crate) use super::system;
pub(crate) use super::table::{DEED, ROLE, Table};
pub(crate) use super::tokens::{Me, kept_in};
