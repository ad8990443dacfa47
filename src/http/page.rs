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
        "manifest.webmanifest",
        "sw.js",
        "style.css",
        "icon.svg",
        "icon-192.png",
        "icon-512.png",
        "icon-maskable.png",
        "apple-touch-icon.png",
        "access.js",
        "api.js",
        "app.js",
        "camera.js",
        "canvas.js",
        "categories.js",
        "certificate.js",
        "chips.js",
        "device.js",
        "drafts.js",
        "flipbook.js",
        "invite.js",
        "label.js",
        "newcategory.js",
        "pair.js",
        "plots.js",
        "queue.js",
        "saved.js",
        "sheet.js",
        "strip.js",
        "train.js",
        "turn.js",
        "wait.js",
    ]
});

/// What lies beside the page itself: the worker's reach ends at its own folder, and so does the manifest's.
const BESIDE: [&str; 2] = ["sw.js", "manifest.webmanifest"];

/// Nothing from elsewhere, nothing inline, and in nobody's frame. Pictures may come from memory (canvas, drawn previews, a
/// pairing's code).
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
                      connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

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

/// The page itself at `/`, with the worker and the manifest beside it; the others at `/page/NAME`.
fn find(path: &str) -> Option<&'static File> {
    let name = match path.strip_prefix('/')? {
        "" => "index.html",
        name if BESIDE.contains(&name) => name,
        name => name.strip_prefix("page/").filter(|name| *name != "index.html" && !BESIDE.contains(name))?,
    };
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

    fn text(path: &str) -> &'static str {
        std::str::from_utf8(find(path).unwrap_or_else(|| panic!("{path}")).bytes).unwrap()
    }

    /// What a file names of ours, as paths.
    fn asked(text: &str) -> Vec<String> {
        let names = text.split(['"', '\'']);
        let ours = names.filter(|name| name.starts_with("page/") || BESIDE.contains(name));
        ours.map(|name| format!("/{name}")).collect()
    }

    #[test]
    fn what_the_page_asks_for_is_there() {
        for (path, at_least) in [("/", 5), ("/manifest.webmanifest", 4)] {
            let asked = asked(text(path));
            assert!(asked.len() >= at_least, "{path}: {asked:?}");
            for path in asked {
                assert!(find(&path).is_some(), "{path}");
            }
        }
        for nowhere in ["/index.html", "/page/../page.rs", "/page/index.html", "/page/sw.js", "/style.css", "page/"] {
            assert!(find(nowhere).is_none(), "{nowhere}");
        }
    }

    #[test]
    fn the_worker_keeps_every_file() {
        let worker = text("/sw.js");
        let mut kept = asked(worker);
        let mut there: Vec<_> =
            FILES.iter().map(|file| file.name).filter(|n| !["index.html", "sw.js"].contains(n)).collect();
        there.sort_unstable();
        kept.sort();
        let paths = there.iter().map(|n| if BESIDE.contains(n) { format!("/{n}") } else { format!("/page/{n}") });
        let mut paths: Vec<_> = paths.collect();
        paths.sort();
        assert_eq!(kept, paths, "FILES in src/http/page/sw.js");
        assert!(worker.contains("'./'"));
        assert_eq!(find("/sw.js").unwrap().kind, "text/javascript; charset=utf-8");
        assert_eq!(find("/manifest.webmanifest").unwrap().kind, "application/manifest+json");
    }

    #[test]
    fn nothing_is_inline() {
        let index = text("/");
        let handler = |word: &str| word.starts_with("on") && word.contains("=\"");
        assert!(!index.split_whitespace().any(handler), "the policy forbids it");
        assert!(!index.contains("style=") && !index.contains("<style"), "the policy forbids it");
        assert_eq!(index.matches("<script").count(), index.matches("<script type=\"module\" src=").count());
        assert!(!POLICY.contains("unsafe"));
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
