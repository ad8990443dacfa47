//! The phone page, and the fleet's: what was made of the files under `page/`, compiled in.

use super::admission::{Caller, unknown};
use super::problem::Problem;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

/// Names and bytes of what `scripts/build-page` made; nothing where it was not run.
static MADE: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/page.rs"));

/// Shown where the program was built without its page.
const UNMADE: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Fieldcoach</title>\
    <p>This program was built without its page: run <code>make build</code>, then start it again.</p></html>";

/// Which page this is; it changes with every change of the page. `None` without one.
pub static VERSION: LazyLock<Option<&str>> = LazyLock::new(|| about("version"));

fn about(what: &str) -> Option<&'static str> {
    let (_, text) = MADE.iter().find(|(name, _)| *name == what)?;
    std::str::from_utf8(text).ok()
}

struct File {
    name: &'static str,
    kind: &'static str,
    bytes: &'static [u8],
    /// The same by gzip, packed as tightly as it goes when the page was built.
    packed: Option<&'static [u8]>,
    tag: HeaderValue,
}

static FILES: LazyLock<Vec<File>> = LazyLock::new(|| {
    let served = MADE.iter().filter(|(name, _)| !ABOUT.contains(name) && !name.ends_with(PACKED));
    match MADE.is_empty() {
        true => Page::ALL.iter().map(|page| File::new(page.document(), UNMADE.as_bytes())).collect(),
        false => served.map(|(name, bytes)| File::new(name, bytes)).collect(),
    }
});

/// How the name of a file's packed twin ends.
const PACKED: &str = ".gz";

/// A page of this program. What is in it names its files as they lie from there: a page may be at `/`, or in any folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// A device's own.
    Phone,
    /// That of the fleet server.
    Fleet,
    /// That of a device, as the fleet server has it at `/devices/{id}/`: the phone page, which knows that a fleet is two folders up.
    Device,
}

impl Page {
    const ALL: [Self; 3] = [Self::Phone, Self::Fleet, Self::Device];

    const fn document(self) -> &'static str {
        match self {
            Self::Phone => "index.html",
            Self::Fleet => "fleet.html",
            Self::Device => "device.html",
        }
    }

    /// What lies beside the page itself: the worker's reach ends at its own folder, and so does the manifest's. The fleet's
    /// page has no worker, which would take the devices' pages for its own.
    const fn beside(self) -> &'static [&'static str] {
        match self {
            Self::Phone | Self::Device => &["sw.js", "manifest.webmanifest"],
            Self::Fleet => &["manifest.webmanifest"],
        }
    }
}

/// What the build says of the page, and no file of it.
const ABOUT: [&str; 2] = ["version", "inline"];

/// Nothing from elsewhere, nothing inline but the page's first step (by its hash, as `build.mjs` wrote it), and in
/// nobody's frame. Pictures may come from memory (canvas, drawn previews, a pairing's code).
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let inline = about("inline").unwrap_or_default();
    let policy = format!(
        "default-src 'none'; script-src 'self' {inline}; style-src 'self'; img-src 'self' data: blob:; media-src blob:; \
         connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    );
    // A hash in quotes is a header value.
    HeaderValue::try_from(policy).unwrap_or_else(|_| HeaderValue::from_static("default-src 'none'"))
});

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
        // Weak: the same bytes go out compressed and not.
        let tag = format!("W/\"{}\"", &hex::encode(Sha256::digest(bytes))[..32]);
        // Hex digits in quotes are a header value.
        let tag = HeaderValue::try_from(tag).unwrap_or_else(|_| HeaderValue::from_static("W/\"\""));
        let twin = |other: &str| other.strip_suffix(PACKED) == Some(name);
        let packed = MADE.iter().find(|(other, _)| twin(other)).map(|(_, bytes)| *bytes);
        Self { name, kind, bytes, packed, tag }
    }

    /// Whether the name changes with what is in it: `NAME-HASH.js`, as esbuild writes it.
    fn immutable(&self) -> bool {
        let hash = self.name.rsplit_once('.').and_then(|(stem, _)| stem.rsplit_once('-'));
        hash.is_some_and(|(_, hash)| {
            hash.len() == 8 && hash.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
        })
    }

    fn answer(&self, headers: &HeaderMap) -> Response {
        let known = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|v| v.to_str().ok());
        // A proxy may make it a strong one.
        let opaque = self.tag.to_str().unwrap_or_default().trim_start_matches("W/");
        let fresh = known.flat_map(|v| v.split(',')).any(|tag| {
            let tag = tag.trim();
            tag == "*" || tag.trim_start_matches("W/") == opaque
        });
        let cache = match self.immutable() {
            true => "public, max-age=31536000, immutable",
            // Asked for again each time, answered with 304: an update shows at once.
            false => "no-cache",
        };
        let common = [
            (header::ETAG, self.tag.clone()),
            (header::CACHE_CONTROL, HeaderValue::from_static(cache)),
            (header::CONTENT_SECURITY_POLICY, POLICY.clone()),
            (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        ];
        if fresh {
            return (StatusCode::NOT_MODIFIED, common).into_response();
        }
        let kind = [(header::CONTENT_TYPE, HeaderValue::from_static(self.kind))];
        match self.packed.filter(|_| takes_gzip(headers)) {
            Some(packed) => {
                let coding = [(header::CONTENT_ENCODING, "gzip"), (header::VARY, "accept-encoding")];
                (common, kind, coding, packed).into_response()
            }
            None => (common, kind, self.bytes).into_response(),
        }
    }
}

/// Whether gzip is among the codings that are taken, and not with `q=0` (RFC 9110, 12.5.3).
fn takes_gzip(headers: &HeaderMap) -> bool {
    let all = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|v| v.to_str().ok());
    all.flat_map(|v| v.split(',')).any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let gzip = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        gzip && !parts.any(|part| part.strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0)))
    })
}

/// The phone page.
#[utoipa::path(get, path = "/", tag = "system",
    responses((status = 200, body = String, content_type = "text/html")))]
pub async fn index(headers: HeaderMap) -> Response {
    file(Page::Phone, "/", &headers).unwrap_or_else(|| nothing("/"))
}

/// The file of this page at `path`, from its own folder on: the page itself at `/`, others beside it and below `/page/`.
/// `None` where there is none.
pub fn file(page: Page, path: &str, headers: &HeaderMap) -> Option<Response> {
    find(page, path).map(|file| file.answer(headers))
}

/// What no route takes: a file of the page, or nothing; whoever is not known learns no difference to what there is.
pub async fn fallback(request: Request) -> Response {
    let file = match *request.method() {
        Method::GET | Method::HEAD => find(Page::Phone, request.uri().path()),
        _ => None,
    };
    match (file, request.extensions().get::<Caller>()) {
        (Some(file), _) => file.answer(request.headers()),
        (None, Some(Caller { principal: None, .. })) => unknown(),
        (None, _) => nothing(request.uri().path()),
    }
}

fn find(page: Page, path: &str) -> Option<&'static File> {
    let elsewhere = |name: &str| Page::ALL.iter().any(|page| name == page.document() || page.beside().contains(&name));
    let name = match path.strip_prefix('/')? {
        "" => page.document(),
        name if page.beside().contains(&name) => name,
        name => name.strip_prefix("page/").filter(|name| !elsewhere(name))?,
    };
    FILES.iter().find(|file| file.name == name)
}

fn nothing(path: &str) -> Response {
    Problem::not_found(format!("there is nothing at {path}; /openapi.json lists what there is")).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tests of what was made; without it there is nothing to test but that it is said.
    fn made() -> bool {
        let made = !MADE.is_empty();
        if !made {
            eprintln!("skipped: the program was built without its page; run scripts/build-page");
            assert!(Page::ALL.iter().all(|page| text(*page, "/").contains("make build")));
        }
        made
    }

    fn text(page: Page, path: &str) -> &'static str {
        std::str::from_utf8(find(page, path).unwrap_or_else(|| panic!("{path}")).bytes).unwrap()
    }

    /// What a file names of ours, as paths.
    fn asked(page: Page, text: &str) -> Vec<String> {
        let names = text.split(['"', '\'']);
        let ours = names.filter(|name| name.starts_with("page/") || page.beside().contains(name));
        ours.map(|name| format!("/{name}")).collect()
    }

    #[test]
    fn what_a_page_asks_for_is_there() {
        if !made() {
            return;
        }
        for (page, path, at_least) in [
            (Page::Phone, "/", 5),
            (Page::Phone, "/manifest.webmanifest", 4),
            (Page::Phone, "/sw.js", 8),
            (Page::Device, "/", 5),
            (Page::Device, "/sw.js", 8),
            (Page::Fleet, "/", 5),
        ] {
            let asked = asked(page, text(page, path));
            assert!(asked.len() >= at_least, "{page:?} {path}: {asked:?}");
            for path in asked {
                assert!(find(page, &path).is_some(), "{page:?} {path}");
            }
        }
        for nowhere in [
            "/index.html",
            "/page/../page.rs",
            "/page/index.html",
            "/page/fleet.html",
            "/page/device.html",
            "/page/sw.js",
            "/page/version",
            "/page/inline",
            "page/",
        ] {
            for page in Page::ALL {
                assert!(find(page, nowhere).is_none(), "{nowhere}");
            }
        }
        assert_eq!(find(Page::Phone, "/sw.js").unwrap().kind, "text/javascript; charset=utf-8");
        assert_eq!(find(Page::Phone, "/manifest.webmanifest").unwrap().kind, "application/manifest+json");
        assert!(find(Page::Fleet, "/sw.js").is_none());
    }

    #[test]
    fn the_page_of_a_device_in_a_fleet_is_the_phone_page_and_knows_the_way_back() {
        if !made() {
            return;
        }
        let back = " data-fleet=\"../../\"";
        let device = text(Page::Device, "/");
        assert!(device.contains(back), "{device}");
        assert_eq!(device.replace(back, ""), text(Page::Phone, "/"));
    }

    #[test]
    fn the_worker_keeps_every_file_and_all_are_of_one_version() {
        if !made() {
            return;
        }
        let beside = Page::Phone.beside();
        let kept = asked(Page::Phone, text(Page::Phone, "/sw.js"));
        let own = |name: &str| !name.ends_with(".html") && name != "sw.js" && !name.starts_with("fleet-");
        for file in FILES.iter().filter(|file| own(file.name)) {
            let path =
                if beside.contains(&file.name) { format!("/{}", file.name) } else { format!("/page/{}", file.name) };
            assert!(kept.contains(&path), "{path}");
        }
        let version = VERSION.unwrap();
        assert!(text(Page::Phone, "/sw.js").contains(version));
        for page in Page::ALL {
            assert!(text(page, "/").contains(&format!("data-version=\"{version}\"")), "{page:?}");
        }
    }

    #[test]
    fn nothing_is_inline_but_what_the_policy_names() {
        let policy = POLICY.to_str().unwrap();
        let named = policy.matches("'sha256-").count();
        assert_eq!(named, usize::from(!MADE.is_empty()), "{policy}");
        assert!(!policy.contains("unsafe"));
        for page in Page::ALL {
            let index = text(page, "/");
            let handler = |word: &str| word.starts_with("on") && word.contains("=\"");
            assert!(!index.split_whitespace().any(handler), "the policy forbids it");
            assert!(!index.contains("style=") && !index.contains("<style"), "the policy forbids it");
            let inline = index.matches("<script").count() - index.matches("<script type=\"module\" src=").count();
            assert_eq!(inline, if page == Page::Fleet { 0 } else { named }, "{page:?}");
        }
    }

    #[test]
    fn the_page_names_no_other_host() {
        for file in FILES.iter().filter(|f| f.kind.contains("charset")) {
            let text = std::str::from_utf8(file.bytes).unwrap();
            for host in ["http://", "https://"].iter().flat_map(|scheme| text.split(scheme).skip(1)) {
                // The name spaces of SVG and HTML are names, not addresses.
                let host: String = host.chars().take(11).collect();
                assert!(host.starts_with("www.w3.org/") || host.starts_with("${"), "{}: {host}", file.name);
            }
        }
    }

    #[test]
    fn names_that_change_with_their_content_are_kept_for_ever_the_others_asked_for() {
        let cache = |name| File::new(name, b"x").answer(&HeaderMap::new()).headers()[header::CACHE_CONTROL].clone();
        assert!(cache("main-2XG5KQ7A.js").to_str().unwrap().contains("immutable"));
        for name in ["index.html", "fleet.html", "sw.js", "icon-512.png", "apple-touch-icon.png"] {
            assert_eq!(cache(name), "no-cache", "{name}");
        }
    }

    #[test]
    fn a_known_file_is_not_sent_again() {
        let file = &FILES[0];
        let mut headers = HeaderMap::new();
        assert_eq!(file.answer(&headers).status(), StatusCode::OK);
        for tag in [file.tag.to_str().unwrap(), file.tag.to_str().unwrap().trim_start_matches("W/"), "*"] {
            headers.insert(header::IF_NONE_MATCH, HeaderValue::from_str(tag).unwrap());
            let answer = file.answer(&headers);
            assert_eq!(answer.status(), StatusCode::NOT_MODIFIED);
            assert_eq!(answer.headers()[header::ETAG], file.tag);
        }
        for tag in ["\"other\"", "", "\"\"", "\""] {
            headers.insert(header::IF_NONE_MATCH, HeaderValue::from_static(tag));
            assert_eq!(file.answer(&headers).status(), StatusCode::OK, "{tag}");
        }
    }

    #[test]
    fn a_file_goes_out_packed_only_to_whoever_takes_that() {
        let asked = |codings: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::try_from(codings).unwrap());
            takes_gzip(&headers)
        };
        assert!(asked("gzip") && asked("br, GZIP;q=0.5") && asked("deflate, gzip"));
        assert!(!asked("br") && !asked("gzip;q=0") && !asked("gzip; q=0.000, br") && !takes_gzip(&HeaderMap::new()));
        for file in FILES.iter() {
            let Some(packed) = file.packed else { continue };
            let mut plain = vec![];
            std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(packed), &mut plain).unwrap();
            assert!(plain == file.bytes && packed.len() < plain.len(), "{}", file.name);
        }
    }
}
