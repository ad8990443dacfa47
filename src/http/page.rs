//! The phone page: the files under `page/`, compiled in.

use super::admission::{Caller, unknown};
use super::problem::Problem;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

struct File {
    name: &'static str,
    kind: &'static str,
    bytes: &'static [u8],
    tag: HeaderValue,
}

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        vec![$(File::new($name, include_bytes!(concat!("page/", $name)))),*]
    };
}

/// Every file under `page/`; a test holds this list to the folder.
static FILES: LazyLock<Vec<File>> = LazyLock::new(|| {
    files![
        "index.html",
        "style.css",
        "icon.svg",
        "api.js",
        "app.js",
        "camera.js",
        "canvas.js",
        "categories.js",
        "drafts.js",
        "flipbook.js",
        "label.js",
        "plots.js",
        "train.js",
    ]
});

/// Nothing from elsewhere, and in nobody's frame. Pictures may come from memory (canvas, drawn previews).
const POLICY: &str = "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; \
                      form-action 'self'; frame-ancestors 'none'";

impl File {
    fn new(name: &'static str, bytes: &'static [u8]) -> Self {
        let kind = match name.rsplit('.').next() {
            Some("html") => "text/html; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            Some("js") => "text/javascript; charset=utf-8",
            Some("svg") => "image/svg+xml",
            Some("png") => "image/png",
            Some("json" | "webmanifest") => "application/manifest+json",
            _ => "application/octet-stream",
        };
        let tag = format!("\"{}\"", &hex::encode(Sha256::digest(bytes))[..32]);
        // Hex digits in quotes are a header value.
        let tag = HeaderValue::try_from(tag).unwrap_or_else(|_| HeaderValue::from_static("\"\""));
        Self { name, kind, bytes, tag }
    }

    fn answer(&self, headers: &HeaderMap) -> Response {
        let known = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|v| v.to_str().ok());
        let fresh = known.flat_map(|v| v.split(',')).any(|tag| {
            let tag = tag.trim();
            tag == "*" || tag.trim_start_matches("W/").as_bytes() == self.tag.as_bytes()
        });
        let common = [
            (header::ETAG, self.tag.clone()),
            // Asked for again each time, answered with 304: an update shows at once.
            (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
            (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
            (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        ];
        if fresh {
            return (StatusCode::NOT_MODIFIED, common).into_response();
        }
        (common, [(header::CONTENT_TYPE, HeaderValue::from_static(self.kind))], self.bytes).into_response()
    }
}

/// The phone page.
#[utoipa::path(get, path = "/", tag = "system",
    responses((status = 200, body = String, content_type = "text/html")))]
pub async fn index(headers: HeaderMap) -> Response {
    find("/").map_or_else(|| nothing("/"), |file| file.answer(&headers))
}

/// What no route takes: a file of the page, or nothing; whoever is not known learns no difference to what there is.
pub async fn fallback(request: Request) -> Response {
    let file = match *request.method() {
        Method::GET | Method::HEAD => find(request.uri().path()),
        _ => None,
    };
    match (file, request.extensions().get::<Caller>()) {
        (Some(file), _) => file.answer(request.headers()),
        (None, Some(Caller { principal: None, .. })) => unknown(),
        (None, _) => nothing(request.uri().path()),
    }
}

/// The page itself at `/`, the others at `/page/NAME`.
fn find(path: &str) -> Option<&'static File> {
    let name = if path == "/" { "index.html" } else { path.strip_prefix("/page/")? };
    FILES.iter().find(|file| file.name == name)
}

fn nothing(path: &str) -> Response {
    Problem::not_found(format!("there is nothing at {path}; /openapi.json lists what there is")).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn every_file_of_the_folder_is_served() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http/page");
        let mut there: Vec<String> = Vec::new();
        let mut folders = vec![folder.clone()];
        while let Some(next) = folders.pop() {
            for entry in std::fs::read_dir(next).unwrap() {
                let path = entry.unwrap().path();
                match path.is_dir() {
                    true => folders.push(path),
                    false => there.push(path.strip_prefix(&folder).unwrap().to_str().unwrap().to_owned()),
                }
            }
        }
        let mut served: Vec<_> = FILES.iter().map(|f| f.name.to_owned()).collect();
        served.sort();
        there.sort();
        assert_eq!(served, there, "add the file to FILES in src/http/page.rs");
    }

    #[test]
    fn what_the_page_asks_for_is_there() {
        let index = std::str::from_utf8(find("/").unwrap().bytes).unwrap();
        let asked = index.split(['"', '\'']).filter(|text| text.starts_with("page/"));
        let asked: Vec<_> = asked.map(|path| format!("/{path}")).collect();
        assert!(!asked.is_empty());
        for path in asked {
            assert!(find(&path).is_some(), "{path}");
        }
        assert!(find("/index.html").is_none() && find("/page/../page.rs").is_none());
    }

    #[test]
    fn the_page_names_no_other_host() {
        for file in FILES.iter().filter(|f| f.kind.contains("charset")) {
            let text = std::str::from_utf8(file.bytes).unwrap();
            for line in text.lines().filter(|line| line.contains("http://") || line.contains("https://")) {
                // The name space of SVG is a name, not an address.
                assert!(line.contains("http://www.w3.org/"), "{}: {line}", file.name);
            }
        }
    }

    #[test]
    fn a_known_file_is_not_sent_again() {
        let file = &FILES[0];
        let mut headers = HeaderMap::new();
        assert_eq!(file.answer(&headers).status(), StatusCode::OK);
        headers.insert(header::IF_NONE_MATCH, file.tag.clone());
        let answer = file.answer(&headers);
        assert_eq!(answer.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(answer.headers()[header::ETAG], file.tag);
        headers.insert(header::IF_NONE_MATCH, HeaderValue::from_static("\"other\""));
        assert_eq!(file.answer(&headers).status(), StatusCode::OK);
    }
}
