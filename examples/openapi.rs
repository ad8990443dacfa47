//! Prints the OpenAPI document of the HTTP door, which the page's types are made from; `scripts/page-types` keeps it.

fn main() -> Result<(), serde_json::Error> {
    println!("{}", fieldcoach::http::openapi().to_pretty_json()?);
    Ok(())
}
