//! What a reverse proxy says of a request: who asked, and under which address the page is there. Believed of the
//! addresses in `http.trusted` only; nobody else is answered.
//!
//! Proxies say it in several ways: as `X-Forwarded-…`, as `Forwarded` (RFC 7239), or by passing on `Host` alone.

use super::listen::{Arrival, Way};
use super::problem::Problem;
use crate::config::{Front, Network};
use axum::extract::{Request, State};
use axum::http::uri::{Authority, PathAndQuery, Uri};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use rfc7239::{Forwarded, NodeName};
use std::net::IpAddr;

/// Who asked a proxy, and where the page is for them; what came through it carries this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    pub peer: Option<IpAddr>,
    pub base: Base,
}

/// Under which address the page is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    pub host: String,
    /// `/cam7`, or nothing.
    pub prefix: String,
}

/// Middleware: behind a proxy, a request names the host that the browser asked for, which the proxy passed on.
pub async fn as_asked(State(front): State<Front>, mut request: Request, next: Next) -> Response {
    let arrival = request.extensions().get::<Arrival>().filter(|arrival| arrival.way == Way::Plain);
    // Supervisors ask past the proxy.
    let (Front::Proxy(trusted), Some(arrival), false) = (&front, arrival, request.uri().path() == "/healthz") else {
        return next.run(request).await;
    };
    let said = match look(arrival, trusted, request.headers()) {
        Ok(said) => said,
        Err(problem) => return problem.into_response(),
    };
    if let Ok(host) = HeaderValue::try_from(&said.base.host) {
        request.headers_mut().insert(header::HOST, host);
        // HTTP/2 names it in the target, too.
        let target = request.uri().path_and_query().cloned();
        *request.uri_mut() = Uri::from(target.unwrap_or_else(|| PathAndQuery::from_static("/")));
    }
    request.extensions_mut().insert(said);
    next.run(request).await
}

/// Who asked, and where the page is for them. Error: it is not the proxy that asks, or it does not say that the way to
/// it was encrypted.
fn look(arrival: &Arrival, trusted: &[Network], headers: &HeaderMap) -> Result<Said, Problem> {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|network| network.contains(*address));
    if !arrival.peer.as_ref().is_some_and(is_trusted) {
        let who = arrival.peer.map_or_else(|| "somebody else".to_owned(), |peer| format!("`{peer}`"));
        let detail = format!(
            "fieldcoach answers to its reverse proxy only, and this came from {who}; open the proxy's address instead, or, if \
             that is the proxy, add it to http.trusted"
        );
        return Err(Problem::new(StatusCode::FORBIDDEN, detail));
    }
    let standard = standard(headers);
    let nearest = standard.last();
    let scheme = last(headers, "x-forwarded-proto").or_else(|| nearest?.protocol.map(bare));
    if !scheme.as_deref().is_some_and(|scheme| scheme.eq_ignore_ascii_case("https")) {
        let detail = "the reverse proxy must say that the way to it was encrypted: let it speak HTTPS and set \
                      `X-Forwarded-Proto: https` (nginx: proxy_set_header X-Forwarded-Proto $scheme) or `Forwarded: \
                      proto=https`";
        return Err(Problem::new(StatusCode::FORBIDDEN, detail));
    }
    // From the nearest to the farthest: the first that is no proxy of ours is who asked; beyond, anybody may lie.
    let peer = hops(headers).into_iter().rev().find(|hop| !is_trusted(hop)).or(arrival.peer);
    let own = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let passed = [last(headers, "x-forwarded-host"), nearest.and_then(|n| n.host).map(bare)];
    let hosts: Vec<String> = passed.into_iter().flatten().chain(own.map(str::to_owned)).collect();
    let prefix = last(headers, "x-forwarded-prefix").unwrap_or_default();
    let prefix = prefix.trim_end_matches('/');
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~/".contains(c);
    let prefix = if prefix.starts_with('/') && prefix.chars().all(plain) { prefix } else { "" };
    let host = host(&hosts, last(headers, "x-forwarded-port").as_deref(), headers.get(header::ORIGIN));
    Ok(Said { peer, base: Base { host, prefix: prefix.to_owned() } })
}

/// Every machine that a request came by, as proxies say; the nearest one last. What a proxy that says nothing passes on is
/// what the client claims: good for refusing somebody, and no more.
pub fn hops(headers: &HeaderMap) -> Vec<IpAddr> {
    let usual = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let usual: Vec<IpAddr> = usual.flat_map(|value| value.split(',')).filter_map(address).collect();
    if !usual.is_empty() {
        return usual;
    }
    let named = |forwarded: &Forwarded| match forwarded.forwarded_for.as_ref()?.name {
        NodeName::Ip(address) => Some(address),
        _ => None,
    };
    standard(headers).iter().filter_map(named).collect()
}

/// What of a request says that it was passed on from another machine, or by something that says no more than that it did.
pub fn passed_on(headers: &HeaderMap) -> Option<String> {
    const SAID: [&str; 11] = [
        "forwarded",
        "x-forwarded-for",
        "x-original-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-server",
        "x-real-ip",
        "x-client-ip",
        "x-cluster-client-ip",
        "true-client-ip",
        "cf-connecting-ip",
        "via",
    ];
    let here = |text: &str| {
        let name =
            text.rsplit_once(':').map_or(text, |(name, port)| if port.parse::<u16>().is_ok() { name } else { text });
        name.eq_ignore_ascii_case("localhost") || address(text).is_some_and(|ip| ip.to_canonical().is_loopback())
    };
    let all_here = |name: &str, value: &str| match name {
        "forwarded" => {
            let hops = rfc7239::parse(value).collect::<Result<Vec<_>, _>>().unwrap_or_default();
            let ours = |hop: &Forwarded| {
                let from = hop.forwarded_for.as_ref().map(|node| match node.name {
                    NodeName::Ip(address) => address.to_canonical().is_loopback(),
                    _ => false,
                });
                from.is_none_or(|from| from) && hop.host.is_none_or(|host| here(&bare(host)))
            };
            !hops.is_empty() && hops.iter().all(ours)
        }
        "via" => false,
        _ => value.split(',').map(str::trim).all(here),
    };
    let each = SAID.iter().flat_map(|name| headers.get_all(*name).iter().map(move |value| (*name, value)));
    let mut foreign = each.filter(|(name, value)| !value.to_str().is_ok_and(|value| all_here(name, value)));
    foreign.next().map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())))
}

/// An address, as proxies write it: some add the port.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.trim_start_matches('[').trim_end_matches(']').parse().ok();
    bare.or_else(|| Some(text.parse::<std::net::SocketAddr>().ok()?.ip()))
}

/// What stands in `Forwarded`; the nearest proxy last. One that can't be read says nothing.
fn standard(headers: &HeaderMap) -> Vec<Forwarded<'_>> {
    let values = headers.get_all(header::FORWARDED).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(rfc7239::parse).collect::<Result<_, _>>().unwrap_or_default()
}

/// A value without the quotes that a port needs.
fn bare(value: &str) -> String {
    value.trim_matches('"').to_owned()
}

/// The host that the browser asked for, of those that were passed on. Some proxies lose its port and say it apart, some
/// tell their own one: where the browser says from which page it asks, that decides between these, and no other.
fn host(passed: &[String], port: Option<&str>, origin: Option<&HeaderValue>) -> String {
    let with_port = |host: &String| match host.parse::<Authority>() {
        Ok(authority) if authority.port().is_none() => port.map(|port| format!("{host}:{port}")),
        _ => None,
    };
    let all = passed.iter().flat_map(|host| [Some(host.clone()), with_port(host)]).flatten();
    let mut all = all.map(|host| canonical(&host)).peekable();
    let first = all.peek().cloned().unwrap_or_default();
    let page = origin.and_then(|origin| origin.to_str().ok()?.strip_prefix("https://"));
    all.find(|host| Some(host.as_str()) == page).unwrap_or(first)
}

/// As browsers write it in `Origin`: in small letters, without the port that HTTPS has anyway.
fn canonical(host: &str) -> String {
    let host = host.to_ascii_lowercase();
    host.strip_suffix(":443").unwrap_or(&host).to_owned()
}

/// The last value of a header: the nearest proxy's.
fn last(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get_all(name).iter().next_back()?.to_str().ok()?;
    value.rsplit(',').next().map(|last| last.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderName;

    fn asked(from: &str, headers: &[(&'static str, &str)]) -> Result<(Option<IpAddr>, Base), u16> {
        let arrival =
            Arrival { way: Way::Plain, peer: Some(from.parse().unwrap()), connection: std::sync::Arc::default() };
        let pairs =
            headers.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()));
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            map.append(name, value);
        }
        let said = look(&arrival, &["10.0.0.0/24".parse().unwrap()], &map);
        said.map(|said| (said.peer, said.base)).map_err(|problem| problem.status)
    }

    #[test]
    fn only_the_proxy_is_answered_and_only_what_it_says_is_believed() {
        let https = ("x-forwarded-proto", "https");
        assert_eq!(asked("10.0.1.1", &[https]), Err(403), "somebody else");
        assert_eq!(asked("10.0.0.1", &[]), Err(403), "the way to the proxy");
        assert_eq!(asked("10.0.0.1", &[("x-forwarded-proto", "http")]), Err(403));
        assert_eq!(asked("10.0.0.1", &[("x-forwarded-proto", "https, http")]), Err(403), "the nearest one counts");
        assert_eq!(asked("10.0.0.1", &[("x-forwarded-proto", "http"), ("forwarded", "proto=https")]), Err(403));
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

    #[test]
    fn the_standard_header_says_the_same() {
        let said = "for=1.1.1.1, for=\"[2001:db8::5]:4711\";proto=https;host=\"Cams.example:8443\"";
        let (peer, base) = asked("10.0.0.1", &[("forwarded", said), ("host", "10.0.0.7:8080")]).unwrap();
        assert_eq!(peer, Some("2001:db8::5".parse().unwrap()));
        assert_eq!(base.host, "cams.example:8443");
        assert_eq!(asked("10.0.0.1", &[("forwarded", "proto=http;host=cams.example")]), Err(403));
        assert_eq!(asked("10.0.0.1", &[("forwarded", "proto=;;=https")]), Err(403));
    }

    #[test]
    fn the_page_decides_between_what_was_passed_on_and_brings_nothing_of_its_own() {
        let host = |origin: &str, more: &[(&'static str, &str)]| {
            let all = [&[("x-forwarded-proto", "https"), ("origin", origin)], more].concat();
            asked("10.0.0.1", &all).unwrap().1.host
        };
        let passed = ("x-forwarded-host", "cams.example");
        assert_eq!(host("https://cams.example", &[passed, ("host", "10.0.0.7:8080")]), "cams.example");
        assert_eq!(host("https://cams.example", &[("host", "CAMS.example:443")]), "cams.example");
        // nginx with `$host`, and a port of its own.
        let port = ("x-forwarded-port", "8443");
        assert_eq!(host("https://cams.example:8443", &[port, ("host", "cams.example")]), "cams.example:8443");
        // A port inside that nobody outside knows.
        assert_eq!(host("https://cams.example", &[port, ("host", "cams.example")]), "cams.example");
        assert_eq!(host("https://evil.example", &[port, passed, ("host", "10.0.0.7:8080")]), "cams.example");
        assert_eq!(host("http://cams.example:8443", &[port, passed]), "cams.example");
        assert_eq!(host("https://[fd00::7]:8443", &[port, ("host", "[fd00::7]")]), "[fd00::7]:8443");
    }
}
