//! The OpenAPI document of a door.

use super::gate::Document;
use super::table;
use axum::body::Bytes;
use std::collections::HashSet;
use utoipa::openapi::schema::{SchemaType, Type};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{Components, Content, ContentBuilder, OpenApi, Ref, RefOr, Required, ResponseBuilder, Schema};

/// The document of a door that says of each of its routes who may take it; the error names one that does not: such a door stays
/// shut.
pub fn declared(mut api: OpenApi) -> anyhow::Result<Document> {
    all_declared(&mut api)?;
    Ok(Document(Bytes::from(document(api).to_json()?)))
}

/// The OpenAPI document: every operation gets a name of its own, descriptions where the format wants them, and may also
/// answer with a problem.
pub fn document(mut api: OpenApi) -> OpenApi {
    let content = ContentBuilder::new().schema(Some(RefOr::Ref(Ref::from_schema_name("Problem")))).build();
    let problem =
        ResponseBuilder::new().description("What went wrong").content("application/problem+json", content).build();
    let components = api.components.get_or_insert_default();
    components.add_security_scheme(table::BEARER, SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    let cookie = ApiKeyValue::with_description("__Host-fieldcoach-{device}", "set by `POST /api/v1/pair`");
    components.add_security_scheme(table::COOKIE, SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    let lenient = nothing_needed(components);
    for (path, item) in &mut api.paths.paths {
        let operations = [
            ("get", &mut item.get),
            ("put", &mut item.put),
            ("post", &mut item.post),
            ("patch", &mut item.patch),
            ("delete", &mut item.delete),
        ];
        for (method, operation) in operations {
            let Some(operation) = operation else { continue };
            operation.operation_id = Some(operation_id(method, path));
            for response in operation.responses.responses.values_mut() {
                if let RefOr::T(response) = response
                    && response.description.is_empty()
                {
                    response.description = operation.summary.clone().unwrap_or_default();
                }
            }
            operation.responses.responses.insert("default".into(), problem.clone().into());
            if let Some(RefOr::T(body)) = &mut operation.request_body
                && body.content.values().any(|content| may_be_empty(content, &lenient))
            {
                body.required = Some(Required::False);
            }
        }
    }
    api
}

/// The schemas that `{}` fits, by how they are referred to.
fn nothing_needed(components: &Components) -> HashSet<String> {
    let lenient = components.schemas.iter().filter(|(_, schema)| match schema {
        RefOr::T(Schema::Object(object)) => {
            object.schema_type == SchemaType::Type(Type::Object) && object.required.is_empty()
        }
        _ => false,
    });
    lenient.map(|(name, _)| Ref::from_schema_name(name).ref_location).collect()
}

/// Whether a body of this kind may be left out: an empty one counts as `{}`.
fn may_be_empty(content: &RefOr<Content>, lenient: &HashSet<String>) -> bool {
    match content {
        RefOr::T(Content { schema: Some(RefOr::Ref(kind)), .. }) => lenient.contains(&kind.ref_location),
        _ => false,
    }
}

/// Every operation was declared in the table of routes, or the door stays shut.
fn all_declared(api: &mut OpenApi) -> anyhow::Result<()> {
    for (path, item) in &mut api.paths.paths {
        anyhow::ensure!(table::operations(item).all(|o| o.security.is_some()), "{path}: who may do this is not said");
    }
    Ok(())
}

/// `get_frames_id_labels` for `GET /api/v1/frames/{id}/labels`.
fn operation_id(method: &str, path: &str) -> String {
    let path = path.strip_prefix("/api/v1").unwrap_or(path);
    let words = path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    [method].into_iter().chain(words).collect::<Vec<_>>().join("_")
}
