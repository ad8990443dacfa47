//! Prints the AsyncAPI document of the MQTT door; `scripts/asyncapi` keeps it.

fn main() -> Result<(), serde_json::Error> {
    println!("{}", serde_json::to_string_pretty(&fieldcoach::mqtt::document()?)?);
    Ok(())
}
