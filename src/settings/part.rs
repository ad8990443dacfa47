//! What the doors are asked to change of the settings: one shape for both.

use super::table::TABLE;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};

/// A part of `settings`, as RFC 7396 merges it: what is left out stays, null takes back to the configuration file.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub struct Part(pub Map<String, Value>);

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
