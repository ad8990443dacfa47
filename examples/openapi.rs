//! Prints the OpenAPI document of the HTTP door, which the page's types are made from; `scripts/page-types` keeps it. With the
//! argument `fleet` that of a fleet's server, which is docs/fleet-openapi.json.

fn main() -> Result<(), serde_json::Error> {
    let fleet = std::env::args().nth(1).is_some_and(|which| which == "fleet");
    let document = if fleet { fieldcoach::fleet_server::openapi() } else { fieldcoach::http::openapi() };
    println!("{}", document.to_pretty_json()?);
    Ok(())
}
