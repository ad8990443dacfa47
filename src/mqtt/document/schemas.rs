//! The schemas: of the types that are written and read, as the OpenAPI document has them.

use crate::domain::{Detections, FleetEvent};
use crate::mqtt::command::{CancelRequest, CaptureRequest, DeployRequest, RebootRequest, RollbackRequest};
use crate::mqtt::told::{
    CaptureResult, CountsBody, EpochBody, ModelResult, PageBody, RebootResult, StampBody, StatusBody, TrainingBody,
    TrainingResult,
};
use crate::settings::{Changed, Part};
use crate::telemetry::Status;
use crate::train::TrainRequest;
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use utoipa::ToSchema;

/// Every schema, by its name, with all that it refers to.
pub fn all() -> serde_json::Result<Map<String, Value>> {
    let mut all = Vec::new();
    add::<StampBody>(&mut all);
    add::<Status>(&mut all);
    add::<StatusBody>(&mut all);
    add::<TrainingBody>(&mut all);
    add::<EpochBody>(&mut all);
    add::<PageBody>(&mut all);
    add::<Detections>(&mut all);
    add::<FleetEvent>(&mut all);
    add::<CountsBody>(&mut all);
    add::<TrainRequest>(&mut all);
    add::<CancelRequest>(&mut all);
    add::<DeployRequest>(&mut all);
    add::<RollbackRequest>(&mut all);
    add::<CaptureRequest>(&mut all);
    add::<RebootRequest>(&mut all);
    add::<Part>(&mut all);
    add::<TrainingResult>(&mut all);
    add::<ModelResult>(&mut all);
    add::<CaptureResult>(&mut all);
    add::<RebootResult>(&mut all);
    add::<Changed>(&mut all);
    let mut schemas = Map::new();
    for (name, schema) in all {
        schemas.insert(name, as_json_schema(serde_json::to_value(schema)?));
    }
    schemas.sort_keys();
    Ok(schemas)
}

/// How a schema is referred to.
pub fn refer<T: ToSchema>() -> Value {
    json!({ "$ref": format!("#/components/schemas/{}", T::name()) })
}

/// What a schema is called.
pub fn name<T: ToSchema>() -> Cow<'static, str> {
    T::name()
}

fn add<T: ToSchema>(all: &mut Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::Schema>)>) {
    all.push((T::name().into_owned(), T::schema()));
    T::schemas(all);
}

/// OpenAPI has `example` where JSON Schema has a list of them.
fn as_json_schema(schema: Value) -> Value {
    match schema {
        Value::Object(entries) => {
            let inside = entries.into_iter().map(|(key, value)| match key.as_str() {
                "example" if !value.is_object() => ("examples".to_owned(), json!([value])),
                _ => (key, as_json_schema(value)),
            });
            Value::Object(inside.collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(as_json_schema).collect()),
        other => other,
    }
}
