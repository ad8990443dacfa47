//! The document, which needs no store.

use super::*;
use crate::domain::limits;
use serde_json::Value;

#[test]
fn every_route_is_in_the_document() {
    let (router, api) = routes(1).split_for_parts();
    let json: Value = serde_json::from_str(&document(api).to_json().unwrap()).unwrap();
    let documented: Vec<&String> = json["paths"].as_object().unwrap().keys().collect();
    // axum lists its routes nowhere else.
    let debug = format!("{router:?}");
    let start = debug.find("paths: {").unwrap();
    let listed = &debug[start..start + debug[start..].find('}').map_or(0, |_| debug[start..].find("} }").unwrap())];
    let routed: Vec<&str> = listed.split('"').filter(|piece| piece.starts_with('/')).collect();
    assert!(routed.len() > 20, "{listed}");
    for path in &routed {
        assert!(documented.iter().any(|d| d == path), "{path} is not in the document");
    }
    // What is documented and not routed shares the route of its record.
    let shared: Vec<_> = documented.iter().filter(|d| !routed.contains(&d.as_str())).collect();
    assert_eq!(shared.len(), 3, "{shared:?}");
    assert!(shared.iter().all(|path| path.ends_with(".jpg")));
}

#[test]
fn a_route_that_does_not_say_who_may_take_it_keeps_the_door_shut() {
    #[utoipa::path(get, path = "/forgotten", responses((status = 200)))]
    async fn forgotten() {}
    assert!(declared(routes(1).into_openapi()).is_ok());
    let with_another = routes(1).routes(routes!(forgotten)).into_openapi();
    assert!(declared(with_another).err().unwrap().to_string().contains("/forgotten"));
}

#[test]
fn the_document_holds_together() {
    let json: Value = serde_json::from_str(&document(routes(1).into_openapi()).to_json().unwrap()).unwrap();
    assert!(json["openapi"].as_str().unwrap().starts_with("3."));
    assert_eq!(json["info"]["title"], "Fieldcoach");
    for (path, methods) in [
        ("/api/v1/frames", vec!["get", "post"]),
        ("/api/v1/frames/{id}", vec!["get"]),
        ("/api/v1/frames/{id}.jpg", vec!["get"]),
        ("/api/v1/frames/{id}/labels", vec!["get", "put"]),
        ("/api/v1/queue", vec!["get"]),
        ("/api/v1/categories", vec!["get", "post"]),
        ("/api/v1/categories/{name}", vec!["patch", "delete"]),
        ("/api/v1/trainings", vec!["get", "post"]),
        ("/api/v1/trainings/{id}", vec!["get", "delete"]),
        ("/api/v1/trainings/{id}/flipbook", vec!["get"]),
        ("/api/v1/trainings/{id}/flipbook/{epoch}/{frame}", vec!["get"]),
        ("/api/v1/trainings/{id}/flipbook/{epoch}/{frame}.jpg", vec!["get"]),
        ("/api/v1/trainings/{id}/flipbook.gif", vec!["get"]),
        ("/api/v1/models", vec!["get"]),
        ("/api/v1/models/{id}", vec!["get"]),
        ("/api/v1/models/{id}/model.onnx", vec!["get"]),
        ("/api/v1/models/{id}/deploy", vec!["post"]),
        ("/api/v1/models/rollback", vec!["post"]),
        ("/api/v1/live.mjpeg", vec!["get"]),
        ("/api/v1/detections", vec!["get"]),
        ("/api/v1/detections/{id}", vec!["get"]),
        ("/api/v1/detections/{id}.jpg", vec!["get"]),
        ("/api/v1/detections/keep", vec!["post"]),
        ("/api/v1/log", vec!["get"]),
        ("/api/v1/timeline", vec!["get"]),
        ("/api/v1/watch", vec!["get", "put"]),
        ("/api/v1/events", vec!["get"]),
        ("/api/v1/dataset.zip", vec!["get"]),
        ("/api/v1/dataset", vec!["post"]),
        ("/api/v1/status", vec!["get"]),
        ("/healthz", vec!["get"]),
        ("/readyz", vec!["get"]),
        ("/metrics", vec!["get"]),
        ("/openapi.json", vec!["get"]),
        ("/", vec!["get"]),
    ] {
        for method in methods {
            let problem = &json["paths"][path][method]["responses"]["default"]["content"]["application/problem+json"];
            assert_eq!(problem["schema"]["$ref"], "#/components/schemas/Problem", "{method} {path}");
        }
    }
    let mut names = std::collections::BTreeSet::new();
    for (path, item) in json["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            assert!(names.insert(operation["operationId"].as_str().unwrap()), "{method} {path} has another's name");
            for response in operation["responses"].as_object().unwrap().values() {
                assert_ne!(response["description"].as_str().unwrap(), "", "{method} {path}");
            }
        }
    }
    // No reference leads nowhere.
    let text = json.to_string();
    for name in text.split("\"#/components/schemas/").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(json["components"]["schemas"].get(name).is_some(), "the schema {name} is missing");
    }
}

/// An answer of several kinds is of one of them: each kind that is an object has something that must be there, and that is in no
/// other kind.
#[test]
fn the_kinds_of_an_answer_are_told_apart() {
    let json: Value = serde_json::from_str(&document(routes(1).into_openapi()).to_json().unwrap()).unwrap();
    let schemas = json["components"]["schemas"].as_object().unwrap();
    let named = |kind: &Value| kind["$ref"].as_str().map(|name| &schemas[name.rsplit('/').next().unwrap()]);
    // What must be in it; its parts are joined by `allOf`.
    fn required(schema: &Value) -> Vec<&str> {
        let parts = schema["allOf"].as_array().into_iter().flatten();
        let own = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        own.chain(parts.flat_map(required)).collect()
    }
    fn has(schema: &Value, key: &str) -> bool {
        schema["properties"].get(key).is_some() || schema["allOf"].as_array().into_iter().flatten().any(|p| has(p, key))
    }
    let mut seen = 0;
    for (name, schema) in schemas {
        let kinds: Vec<&Value> = schema["oneOf"].as_array().into_iter().flatten().filter_map(named).collect();
        for (at, kind) in kinds.iter().enumerate().filter(|(_, kind)| kind["type"] != "string") {
            seen += 1;
            let others = kinds.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, other)| other);
            let own = |key: &&str| others.clone().all(|other| !has(other, key));
            assert!(required(kind).iter().any(own), "{name}: one kind may be taken for another: {kind}");
        }
    }
    assert!(seen > 1, "no answer of several kinds");
}

#[test]
fn the_document_says_which_bodies_may_be_left_out() {
    let json = serde_json::to_value(openapi()).unwrap();
    let mut may = vec![];
    for (path, item) in json["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if operation.get("requestBody").is_some_and(|body| body["required"] == false) {
                may.push(format!("{method} {path}"));
            }
        }
    }
    let all = [
        "patch /api/v1/categories/{name}",
        "post /api/v1/clips/record",
        "post /api/v1/clips/{id}/carry",
        "post /api/v1/pairings",
        "patch /api/v1/settings",
        "post /api/v1/trainings",
    ];
    assert_eq!(may, all);
}

#[test]
fn the_document_says_the_limits_that_hold() {
    let json: Value = serde_json::from_str(&document(routes(1).into_openapi()).to_json().unwrap()).unwrap();
    let schema = |name: &str, key: &str| json["components"]["schemas"][name]["properties"][key].clone();
    let range =
        |schema: &Value, least: &str, most: &str| (schema[least].as_f64().unwrap(), schema[most].as_f64().unwrap());
    let asked = |key: &str| range(&schema("TrainRequest", key), "minimum", "maximum");
    let ends = |least: u32, most: u32| (f64::from(least), f64::from(most));
    assert_eq!(asked("experiments"), ends(*limits::EXPERIMENTS.start(), *limits::EXPERIMENTS.end()));
    assert_eq!(asked("epochs"), ends(*limits::EPOCHS.start(), *limits::EPOCHS.end()));
    assert_eq!(asked("minutes"), (f64::from(*limits::MINUTES.start()), f64::from(*limits::MINUTES.end())));
    for of in ["Category", "NewCategory", "PatchCategory"] {
        let (least, most) = range(&schema(of, "name"), "minLength", "maxLength");
        assert_eq!((least as usize, most as usize), limits::CATEGORY_NAME.into_inner(), "{of}");
    }
    let (least, most) = range(&schema("Label", "by"), "minLength", "maxLength");
    assert_eq!((least as usize, most as usize), limits::LABEL_BY.into_inner());
    let (least, most) = range(&schema("Label", "score"), "minimum", "maximum");
    assert_eq!((least as f32, most as f32), limits::SCORE.into_inner());
    let letters =
        |schema: &Value, most: &usize| schema["pattern"].as_str().unwrap().ends_with(&format!("{{1,{most}}}$"));
    assert!(letters(&schema("Label", "track"), limits::TRACK.end()));
    assert!(letters(&json["components"]["schemas"]["CameraId"], limits::CAMERA_ID.end()));
    let corner = &json["components"]["schemas"]["Corner"];
    assert_eq!((corner["minItems"].as_u64(), corner["maxItems"].as_u64()), (Some(2), Some(2)));
    assert_eq!(schema("Label", "polygon")["items"]["$ref"], "#/components/schemas/Corner");
    let mut counted = [0; 2];
    for (path, item) in json["paths"].as_object().unwrap() {
        for parameter in item["get"]["parameters"].as_array().into_iter().flatten() {
            match parameter["name"].as_str().unwrap() {
                "limit" => {
                    let says = format!("{} unless said otherwise, at most {}", limits::SLICE, limits::DOOR_SLICE.end());
                    assert!(parameter["description"].as_str().unwrap().contains(&says), "{path}");
                    counted[0] += 1;
                }
                "width" => {
                    let (least, most) = range(&parameter["schema"], "minimum", "maximum");
                    assert_eq!((least as u32, most as u32), limits::PICTURE_WIDTH.into_inner(), "{path}");
                    counted[1] += 1;
                }
                _ => {}
            }
        }
    }
    assert_eq!(counted, [9, 3], "parameters called `limit` and `width`");
}
