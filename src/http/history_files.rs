//! What happened, as files for what people already run: a line of JSON each, or a table. The oldest first.

use super::cameras::known;
use super::door::Door;
use super::extract::blocking;
use super::problem::{Problem, Result};
use crate::domain::{CameraId, FleetEvent, FleetEventKind, Sighting};
use crate::store::{Slice, StoreError};
use axum::extract::{Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderName};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Entries of a slice that is read.
const SLICE: usize = 500;
/// Columns of the tables.
const OF_EVENTS: [&str; 10] =
    ["time", "clock", "kind", "camera", "category", "track", "score", "zone", "model", "message"];
const OF_OBJECTS: [&str; 8] = ["appeared", "left", "clock", "camera", "category", "track", "score", "zone"];

/// Which events.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct EventsQuery {
    /// Only those of this kind.
    kind: Option<FleetEventKind>,
    /// Only those about this camera.
    camera: Option<CameraId>,
}

/// Which objects.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ObjectsQuery {
    /// Only those of this category.
    category: Option<String>,
    /// Only those that this camera saw.
    camera: Option<CameraId>,
}

type File = ([(HeaderName, &'static str); 2], String);

/// All that `GET /log` has, as JSON Lines.
#[utoipa::path(get, path = "/log.jsonl", tag = "device", params(EventsQuery),
    responses((status = 200, body = String, content_type = "application/jsonl")))]
pub async fn log_jsonl(State(door): State<Door>, Query(query): Query<EventsQuery>) -> Result<File> {
    Ok(file("application/jsonl", "attachment; filename=\"log.jsonl\"", lines(&events(door, query).await?)?))
}

/// All that `GET /log` has, as a table: CSV as RFC 4180 has it, in UTF-8.
#[utoipa::path(get, path = "/log.csv", tag = "device", params(EventsQuery),
    responses((status = 200, body = String, content_type = "text/csv")))]
pub async fn log_csv(State(door): State<Door>, Query(query): Query<EventsQuery>) -> Result<File> {
    let table = table(&OF_EVENTS, &events(door, query).await?)?;
    Ok(file("text/csv; charset=utf-8", "attachment; filename=\"log.csv\"", table))
}

/// All that `GET /timeline` has, as JSON Lines.
#[utoipa::path(get, path = "/timeline.jsonl", tag = "live", params(ObjectsQuery),
    responses((status = 200, body = String, content_type = "application/jsonl")))]
pub async fn timeline_jsonl(State(door): State<Door>, Query(query): Query<ObjectsQuery>) -> Result<File> {
    Ok(file("application/jsonl", "attachment; filename=\"timeline.jsonl\"", lines(&objects(door, query).await?)?))
}

/// All that `GET /timeline` has, as a table: CSV as RFC 4180 has it, in UTF-8.
#[utoipa::path(get, path = "/timeline.csv", tag = "live", params(ObjectsQuery),
    responses((status = 200, body = String, content_type = "text/csv")))]
pub async fn timeline_csv(State(door): State<Door>, Query(query): Query<ObjectsQuery>) -> Result<File> {
    let table = table(&OF_OBJECTS, &objects(door, query).await?)?;
    Ok(file("text/csv; charset=utf-8", "attachment; filename=\"timeline.csv\"", table))
}

fn file(kind: &'static str, name: &'static str, text: String) -> File {
    ([(CONTENT_TYPE, kind), (CONTENT_DISPOSITION, name)], text)
}

async fn events(door: Door, EventsQuery { kind, camera }: EventsQuery) -> Result<Vec<FleetEvent>> {
    let (store, of) = (door.services.store.clone(), camera.clone());
    let all = blocking(move || all(|before| store.log(kind, of.as_ref(), before, SLICE))).await?;
    if all.is_empty() {
        known(&door, camera.as_ref())?;
    }
    Ok(all)
}

async fn objects(door: Door, ObjectsQuery { category, camera }: ObjectsQuery) -> Result<Vec<Sighting>> {
    let (store, of) = (door.services.store.clone(), camera.clone());
    let category = category.map(|name| store.spelled(&name));
    let all = blocking(move || all(|before| store.timeline(category.as_deref(), of.as_ref(), before, SLICE))).await?;
    if all.is_empty() {
        known(&door, camera.as_ref())?;
    }
    Ok(all)
}

/// All slices, the oldest first.
fn all<T>(
    read: impl Fn(Option<&str>) -> std::result::Result<Slice<T>, StoreError>,
) -> std::result::Result<Vec<T>, StoreError> {
    let (mut all, mut before) = (Vec::new(), None);
    loop {
        let slice = read(before.as_deref())?;
        all.extend(slice.items);
        before = slice.next;
        if before.is_none() {
            all.reverse();
            return Ok(all);
        }
    }
}

fn unwritable(error: serde_json::Error) -> Problem {
    Problem::internal(format!("it can't be written as JSON: {error}"))
}

fn lines(items: &[impl Serialize]) -> Result<String> {
    let mut text = String::new();
    for item in items {
        text.push_str(&serde_json::to_string(item).map_err(unwritable)?);
        text.push('\n');
    }
    Ok(text)
}

fn table(columns: &[&str], items: &[impl Serialize]) -> Result<String> {
    let mut text = columns.join(",") + "\r\n";
    for item in items {
        // Through text, so that a 32-bit number keeps its few digits.
        let line = serde_json::to_string(item).and_then(|json| serde_json::from_str::<Value>(&json));
        let line = line.map_err(unwritable)?;
        let cells: Vec<String> = columns.iter().map(|column| cell(&line[*column])).collect();
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    }
    Ok(text)
}

fn cell(value: &Value) -> String {
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) => guarded(text),
        other => other.to_string(),
    };
    match text.contains([',', '"', '\r', '\n']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text,
    }
}

/// Spreadsheets compute what begins like a formula, and names are anybody's.
fn guarded(text: &str) -> String {
    match text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => format!("'{text}"),
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn cells_are_quoted_where_they_must_be_and_no_formula_is_computed() {
        let items = [
            json!({"a": "plain", "b": 0.5, "c": null}),
            json!({"a": "one, \"two\"\nthree", "b": -1, "c": "=HYPERLINK(\"x\")"}),
        ];
        let table = table(&["a", "b", "c"], &items).unwrap();
        assert_eq!(table, "a,b,c\r\nplain,0.5,\r\n\"one, \"\"two\"\"\nthree\",-1,\"'=HYPERLINK(\"\"x\"\")\"\r\n");
        assert_eq!(lines(&items[..1]).unwrap(), "{\"a\":\"plain\",\"b\":0.5,\"c\":null}\n");
    }

    #[test]
    fn all_slices_are_read_and_the_oldest_comes_first() {
        let read = |before: Option<&str>| {
            let end = before.map_or(7, |before| before.parse::<usize>().unwrap());
            let items: Vec<usize> = (0..end).rev().take(3).collect();
            let next = items.last().filter(|last| **last > 0).map(ToString::to_string);
            Ok(Slice { items, next })
        };
        assert_eq!(all(read).unwrap(), (0..7).collect::<Vec<_>>());
    }
}
