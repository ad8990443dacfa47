//! What is passed on through a broker, which can read what passes.

use axum::http::{HeaderName, header};

/// Where requests go: the page comes from the requester.
pub const ROOT: &str = "/api/v1/";

/// Whether what lies there is reached through a broker at all; routes that are not say so themselves (`http::guard`).
pub fn is_reached(path: &str) -> bool {
    path.starts_with(ROOT)
}

/// Headers of a request that are passed on; others are of the way, or would say who asks.
pub fn is_asked(name: &HeaderName) -> bool {
    const ALL: [HeaderName; 11] = [
        header::ACCEPT,
        header::ACCEPT_ENCODING,
        header::ACCEPT_LANGUAGE,
        header::CONTENT_TYPE,
        header::IF_MATCH,
        header::IF_MODIFIED_SINCE,
        header::IF_NONE_MATCH,
        header::IF_RANGE,
        header::IF_UNMODIFIED_SINCE,
        header::RANGE,
        HeaderName::from_static("prefer"),
    ];
    ALL.contains(name)
}

/// Headers of an answer that are passed on: all that say something of what is answered.
pub fn is_answered(name: &HeaderName) -> bool {
    const NOT: [HeaderName; 5] = [
        header::CONNECTION,
        header::SET_COOKIE,
        header::STRICT_TRANSPORT_SECURITY,
        header::TRANSFER_ENCODING,
        header::WWW_AUTHENTICATE,
    ];
    !NOT.contains(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_who_asks_nor_what_lets_in_is_passed_on() {
        assert!(
            is_reached("/api/v1/status") && !is_reached("/") && !is_reached("/metrics") && !is_reached("/api/v2/x")
        );
        assert!(!is_asked(&header::AUTHORIZATION) && !is_asked(&header::COOKIE) && !is_asked(&header::HOST));
        assert!(!is_answered(&header::SET_COOKIE) && is_answered(&header::ETAG));
    }
}
