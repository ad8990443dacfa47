//! Settings: what may be changed at a distance.

use super::admission::Known;
use super::door::Door;
use super::extract::{Body, blocking};
use super::problem::Result;
use crate::settings::{Changed, Held, SettingsError, TABLE};
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};

/// The settings: what holds, what was set over the configuration file, what waits for a restart.
#[utoipa::path(get, path = "/settings", tag = "device", responses((status = 200, body = Held)))]
pub async fn get(State(door): State<Door>) -> Result<Json<Held>> {
    // A change that is being written is waited for.
    Ok(Json(blocking(move || Ok::<_, SettingsError>(door.services.settings.held())).await?))
}

/// A part of `settings`, as RFC 7396 merges it: what is left out stays, null takes back to the configuration file.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub struct Part(Map<String, Value>);

impl utoipa::ToSchema for Part {
    fn name() -> std::borrow::Cow<'static, str> {
        "PartOfSettings".into()
    }
}

impl utoipa::PartialSchema for Part {
    /// The keys are those of the table; any of them may be missing or null.
    fn schema() -> RefOr<Schema> {
        let closed = || ObjectBuilder::new().additional_properties(Some(AdditionalProperties::FreeForm(false)));
        let any = || ObjectBuilder::new().schema_type(SchemaType::AnyValue);
        let sections = TABLE.chunk_by(|a, b| a.split().0 == b.split().0);
        let part = sections.fold(closed(), |part, section| {
            let fields = section.iter().fold(closed(), |fields, setting| fields.property(setting.split().1, any()));
            let or_null = SchemaType::from_iter([Type::Object, Type::Null]);
            part.property(section[0].split().0, fields.schema_type(or_null))
        });
        part.description(Some("A part of `settings`; null takes a key back to the configuration file.")).into()
    }
}

/// Changes settings: some hold at once, some after a restart. All or nothing; written before it is answered.
#[utoipa::path(patch, path = "/settings", tag = "device", request_body = Part,
    responses((status = 200, body = Changed)))]
pub async fn patch(
    State(door): State<Door>,
    Known(principal): Known,
    Body(Part(part)): Body<Part>,
) -> Result<Json<Changed>> {
    Ok(Json(blocking(move || door.services.change_settings(&principal.who, &part)).await?))
}
