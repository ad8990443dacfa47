//! What a reverse proxy says of a request: who asked, and under which address the page is there. Believed of the
//! addresses in `http.trusted` only; nobody else is answered.

use super::listen::Arrival;
use super::problem::Problem;
use crate::config::Network;
use axum::http::{HeaderMap, StatusCode, header};
use std::net::IpAddr;

/// Under which address the page is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    pub host: String,
    /// `/cam7`, or nothing.
    pub prefix: String,
}

/// Who asked, and where the page is for them. Error: it is not the proxy that asks, or it does not say that the way to
/// it was encrypted.
pub fn look(arrival: &Arrival, trusted: &[Network], headers: &HeaderMap) -> Result<(Option<IpAddr>, Base), Problem> {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|network| network.contains(*address));
    if !arrival.peer.as_ref().is_some_and(is_trusted) {
        let detail = "fieldcoach answers to its reverse proxy only; open the proxy's address instead";
        return Err(Problem::new(StatusCode::FORBIDDEN, detail));
    }
    if last(headers, "x-forwarded-proto") != Some("https") {
        let detail = "the reverse proxy must say that the way to it was encrypted: let it speak HTTPS and set \
                      `X-Forwarded-Proto: https` (nginx: proxy_set_header X-Forwarded-Proto $scheme)";
        return Err(Problem::new(StatusCode::FORBIDDEN, detail));
    }
    // From the nearest to the farthest: the first that is no proxy of ours is who asked; beyond, anybody may lie.
    let hops = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let hops: Vec<IpAddr> = hops.flat_map(|value| value.split(',')).filter_map(|hop| hop.trim().parse().ok()).collect();
    let peer = hops.into_iter().rev().find(|hop| !is_trusted(hop)).or(arrival.peer);
    let host = last(headers, "x-forwarded-host").or_else(|| headers.get(header::HOST)?.to_str().ok());
    let prefix = last(headers, "x-forwarded-prefix").unwrap_or_default().trim_end_matches('/');
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~/".contains(c);
    let prefix = if prefix.starts_with('/') && prefix.chars().all(plain) { prefix } else { "" };
    Ok((peer, Base { host: host.unwrap_or_default().to_owned(), prefix: prefix.to_owned() }))
}

/// The last value of a header: the nearest proxy's.
fn last<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let value = headers.get_all(name).iter().next_back()?.to_str().ok()?;
    value.rsplit(',').next().map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::listen::Way;
    use axum::http::{HeaderName, HeaderValue};

    fn asked(from: &str, headers: &[(&'static str, &str)]) -> Result<(Option<IpAddr>, Base), u16> {
        let arrival =
            Arrival { way: Way::Plain, peer: Some(from.parse().unwrap()), connection: std::sync::Arc::default() };
        let pairs =
            headers.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()));
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            map.append(name, value);
        }
        look(&arrival, &["10.0.0.0/24".parse().unwrap()], &map).map_err(|problem| problem.status)
    }

    #[test]
    fn only_the_proxy_is_answered_and_only_what_it_says_is_believed() {
        let https = ("x-forwarded-proto", "https");
        assert_eq!(asked("10.0.1.1", &[https]), Err(403), "somebody else");
        assert_eq!(asked("10.0.0.1", &[]), Err(403), "the way to the proxy");
        assert_eq!(asked("10.0.0.1", &[("x-forwarded-proto", "http")]), Err(403));
        assert_eq!(asked("10.0.0.1", &[("x-forwarded-proto", "https, http")]), Err(403), "the nearest one counts");
        let (peer, base) = asked("10.0.0.1", &[https, ("host", "cams.example")]).unwrap();
        assert_eq!(
            (peer, base.host.as_str(), base.prefix.as_str()),
            (Some("10.0.0.1".parse().unwrap()), "cams.example", "")
        );
        let hops = ("x-forwarded-for", "1.1.1.1, 203.0.113.5, 10.0.0.7");
        let (peer, _) = asked("10.0.0.1", &[https, hops]).unwrap();
        assert_eq!(peer, Some("203.0.113.5".parse().unwrap()), "what the client itself claims does not count");
        let (_, base) = asked("10.0.0.1", &[https, ("x-forwarded-prefix", "/cam7/")]).unwrap();
        assert_eq!(base.prefix, "/cam7");
        let (_, base) = asked("10.0.0.1", &[https, ("x-forwarded-prefix", "//evil.example\\")]).unwrap();
        assert_eq!(base.prefix, "");
    }
}
