//! What is asked for: a part of the settings, as RFC 7396 merges it.

use super::table::{Setting, TABLE, find};
use serde_json::{Map, Value};

/// A setting and what it is to be; `None` takes it back to what the configuration says.
pub type Change = (&'static Setting, Option<Value>);

/// The changes that `{"section": {"name": value}}` asks for. `null` takes back; in place of a section, all of it.
pub fn read(partial: &Map<String, Value>) -> Result<Vec<Change>, String> {
    let mut changes = vec![];
    for (section, fields) in partial {
        if section.contains('.') {
            return Err(format!("unknown key `{section}`; a section is an object: {{\"live\": {{\"fps\": 3}}}}"));
        }
        let mut own = TABLE.iter().filter(|setting| setting.split().0 == section).peekable();
        match fields {
            Value::Object(fields) if own.peek().is_some() || !fields.is_empty() => {
                for (name, value) in fields {
                    changes.push((find(&format!("{section}.{name}"))?, Some(value.clone()).filter(|v| !v.is_null())));
                }
            }
            _ if own.peek().is_none() => changes.push((find(section)?, None)),
            Value::Null => changes.extend(own.map(|setting| (setting, None))),
            _ => return Err(format!("{section}: must be an object of settings, such as {{}}")),
        }
    }
    Ok(changes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn asked(partial: Value) -> Result<Vec<(&'static str, Option<Value>)>, String> {
        let changes = read(partial.as_object().unwrap())?;
        Ok(changes.into_iter().map(|(setting, value)| (setting.key, value)).collect())
    }

    #[test]
    fn a_part_is_taken_key_by_key_and_null_takes_back() {
        assert_eq!(asked(json!({})).unwrap(), []);
        assert_eq!(asked(json!({"live": {}})).unwrap(), []);
        let changes = asked(json!({"live": {"fps": 3, "publish_hz": null}, "mqtt": null})).unwrap();
        let mut expected = vec![("live.fps", Some(json!(3))), ("live.publish_hz", None)];
        expected.extend([("mqtt.broker", None), ("mqtt.username", None)]);
        assert_eq!(changes, expected);
    }

    #[test]
    fn what_is_no_part_of_the_settings_is_refused_by_name() {
        for (partial, named) in [
            (json!({"live": 3}), "live: must be an object"),
            (json!({"live": {"fsp": 3}}), "`live.fps`"),
            (json!({"http": {"listen": "0.0.0.0:80"}}), "http.listen can't be changed"),
            (json!({"http": {}}), "http can't be changed"),
            (json!({"store": null}), "store can't be changed"),
            (json!({"data_dir": "/"}), "data_dir can't be changed"),
            (json!({"mqtt": {"password_file": null}}), "mqtt.password_file can't be changed"),
            (json!({"lives": 1}), "unknown key `lives`"),
            (json!({"live.fps": 3}), "unknown key `live.fps`"),
            (json!({"camera.source": "folder:/etc"}), "unknown key `camera.source`"),
        ] {
            let error = asked(partial).unwrap_err();
            assert!(error.contains(named), "{error}");
        }
    }
}
