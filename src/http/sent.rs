//! What is sent as it lies there: whole, or from where a download was broken off (RFC 9110: ranges and conditions).
//!
//! A tag stands for the very bytes, so a range of what has changed meanwhile is never sent to whoever says what they have.

use super::problem::Problem;
use axum::body::{Body, Bytes};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use headers::{ETag, Header, HeaderMapExt, IfMatch, IfNoneMatch, IfRange};
use http_range_header::RangeUnsatisfiableError;
use sha2::{Digest, Sha256};
use std::convert::Infallible;
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::ops::RangeInclusive;
use tokio_util::io::ReaderStream;

/// Bytes that are sent, and what they are.
pub struct Sent {
    content: Content,
    length: u64,
    tag: Tag,
    headers: Vec<(HeaderName, HeaderValue)>,
}

enum Content {
    Bytes(Bytes),
    File(File),
}

/// What stands for the bytes, and for no others.
#[derive(Clone, Debug, PartialEq)]
pub struct Tag(String);

impl Tag {
    /// Of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self::digest(Sha256::digest(bytes).as_slice())
    }

    /// Of what has this name and never changes.
    pub fn named(name: &str) -> Self {
        Self::digest(Sha256::digest(name.as_bytes()).as_slice())
    }

    fn digest(digest: &[u8]) -> Self {
        Self(format!("\"{}\"", hex::encode(&digest[..16])))
    }

    /// As it is told.
    fn header(&self) -> Option<(HeaderName, HeaderValue)> {
        Some((header::ETAG, HeaderValue::try_from(&self.0).ok()?))
    }
}

/// What whoever asks has already, and what they want of it.
pub struct Wanted {
    method: Method,
    headers: HeaderMap,
}

impl<S: Send + Sync> FromRequestParts<S> for Wanted {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self { method: parts.method.clone(), headers: parts.headers.clone() })
    }
}

impl Sent {
    pub fn bytes(kind: &'static str, bytes: Bytes) -> Self {
        let (length, tag) = (bytes.len() as u64, Tag::of(&bytes));
        Self { content: Content::Bytes(bytes), length, tag, headers: Vec::new() }.with(header::CONTENT_TYPE, kind)
    }

    /// A file of so many bytes.
    pub fn file(kind: &'static str, (file, length): (File, u64), tag: Tag) -> Self {
        Self { content: Content::File(file), length, tag, headers: Vec::new() }.with(header::CONTENT_TYPE, kind)
    }

    /// For how long, and by whom, it may be kept.
    pub fn kept(self, cache: &'static str) -> Self {
        self.with(header::CACHE_CONTROL, cache)
    }

    /// What it is called where it is saved: letters, digits and `-_.`.
    pub fn called(self, name: &str) -> Self {
        self.with(header::CONTENT_DISPOSITION, &format!("attachment; filename=\"{name}\""))
    }

    fn with(mut self, name: HeaderName, value: &str) -> Self {
        self.headers.extend(HeaderValue::try_from(value).ok().map(|value| (name, value)));
        self
    }

    /// The answer to whoever wants it.
    pub fn to(self, wanted: &Wanted) -> Response {
        let Wanted { method, headers } = wanted;
        let Ok(tag) = self.tag.0.parse::<ETag>() else {
            return Problem::internal("what stands for the bytes is no tag").into_response();
        };
        if is_said(headers, |known: IfMatch| !known.precondition_passes(&tag)) {
            let detail = "it is another one by now than `If-Match` names; ask without";
            return self.besides(Problem::new(StatusCode::PRECONDITION_FAILED, detail).into_response());
        }
        if headers.typed_get::<IfNoneMatch>().is_some_and(|known| !known.precondition_passes(&tag)) {
            return self.besides(StatusCode::NOT_MODIFIED.into_response());
        }
        let asked = headers.get(header::RANGE).filter(|_| *method == Method::GET);
        let other = is_said(headers, |had: IfRange| had.is_modified(Some(&tag), None));
        match asked.filter(|_| !other).map(|range| one(range, self.length)) {
            None | Some(Wish::All) => self.whole(),
            Some(Wish::Part(range)) => self.part(range),
            Some(Wish::Nothing) => {
                let detail = format!("there are {} bytes of it, none of them where `Range` says", self.length);
                let length = HeaderValue::try_from(format!("bytes */{}", self.length));
                let mut response = Problem::new(StatusCode::RANGE_NOT_SATISFIABLE, detail).into_response();
                response.headers_mut().extend(length.ok().map(|length| (header::CONTENT_RANGE, length)));
                response
            }
        }
    }

    /// What is answered instead of it, with what is known of it.
    fn besides(self, mut response: Response) -> Response {
        response.headers_mut().extend(self.tag.header());
        let cache = self.headers.into_iter().filter(|(name, _)| name == header::CACHE_CONTROL);
        response.headers_mut().extend(cache);
        response
    }

    fn whole(self) -> Response {
        let length = self.length;
        self.answer(StatusCode::OK, 0, length, None)
    }

    fn part(self, range: RangeInclusive<u64>) -> Response {
        let (from, to) = (*range.start(), *range.end());
        let told = format!("bytes {from}-{to}/{}", self.length);
        self.answer(StatusCode::PARTIAL_CONTENT, from, to - from + 1, Some(told))
    }

    fn answer(self, status: StatusCode, from: u64, length: u64, range: Option<String>) -> Response {
        let body = match self.content {
            // It lies in memory: its length and its ends fit.
            Content::Bytes(bytes) => Body::from(bytes.slice(from as usize..(from + length) as usize)),
            Content::File(mut file) => match file.seek(SeekFrom::Start(from)) {
                Ok(_) => stream(file, length),
                Err(error) => return Problem::from(error).into_response(),
            },
        };
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.extend(self.tag.header());
        headers.extend(self.headers);
        headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        headers.extend(range.and_then(|range| HeaderValue::try_from(range).ok()).map(|r| (header::CONTENT_RANGE, r)));
        response
    }
}

/// Whether a condition is made that says so. One that can't be read was not made of what is here: whoever made it has
/// something else.
fn is_said<H: Header>(headers: &HeaderMap, so: impl FnOnce(H) -> bool) -> bool {
    match headers.typed_try_get::<H>() {
        Ok(condition) => condition.is_some_and(so),
        Err(_) => true,
    }
}

/// So much of a file from where it stands, read as it is sent.
fn stream(file: File, length: u64) -> Body {
    let file = tokio::io::AsyncReadExt::take(tokio::fs::File::from_std(file), length);
    Body::from_stream(ReaderStream::with_capacity(file, 64 * 1024))
}

enum Wish {
    All,
    Part(RangeInclusive<u64>),
    Nothing,
}

/// The one range that `Range` names. Of several the whole is sent, which everybody understands; likewise where it can't
/// be read.
fn one(range: &HeaderValue, length: u64) -> Wish {
    let Some(parsed) = range.to_str().ok().and_then(|text| http_range_header::parse_range_header(text).ok()) else {
        return Wish::All;
    };
    match parsed.validate(length) {
        Ok(ranges) => match &ranges[..] {
            [range] => Wish::Part(range.clone()),
            _ => Wish::All,
        },
        Err(RangeUnsatisfiableError::Unsatisfiable) => Wish::Nothing,
        Err(_) => Wish::All,
    }
}

/// Writes on, and knows what stands for all that was written: where nothing that was written is read again, what is
/// written in the same order comes to the same.
pub struct Tagging<W> {
    out: W,
    digest: Sha256,
}

impl<W> Tagging<W> {
    pub fn new(out: W) -> Self {
        Self { out, digest: Sha256::new() }
    }

    pub fn finish(self) -> (W, Tag) {
        (self.out, Tag::digest(self.digest.finalize().as_slice()))
    }
}

impl<W: Write> Write for Tagging<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.digest.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl<W: Seek> Seek for Tagging<W> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = self.out.seek(to)?;
        // Nothing that is written looks like this by chance.
        self.digest.update(b"\0to\0");
        self.digest.update(at.to_le_bytes());
        Ok(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::to_bytes;

    const TEXT: &[u8] = b"0123456789";

    fn wanted(method: Method, headers: &[(HeaderName, &str)]) -> Wanted {
        let pairs = headers.iter().map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap()));
        Wanted { method, headers: pairs.collect() }
    }

    fn file() -> Sent {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(TEXT).unwrap();
        Sent::file("text/plain", (file, TEXT.len() as u64), Tag::of(TEXT)).kept("private").called("digits.txt")
    }

    fn bytes() -> Sent {
        Sent::bytes("text/plain", Bytes::from_static(TEXT)).kept("private").called("digits.txt")
    }

    async fn ask(headers: &[(HeaderName, &str)]) -> (u16, String, String) {
        let mut answers = vec![];
        for sent in [file(), bytes()] {
            let response = sent.to(&wanted(Method::GET, headers));
            let (parts, body) = response.into_parts();
            let text = |name| parts.headers.get(name).map_or("", |v: &HeaderValue| v.to_str().unwrap()).to_owned();
            if parts.status.is_success() {
                assert_eq!(text(header::ACCEPT_RANGES), "bytes");
                assert_eq!(text(header::CONTENT_DISPOSITION), "attachment; filename=\"digits.txt\"");
            }
            let body = to_bytes(body, 10_000).await.unwrap();
            if parts.status.is_success() {
                assert_eq!(text(header::CONTENT_LENGTH), body.len().to_string());
            }
            let body =
                if parts.status.is_success() { String::from_utf8(body.to_vec()).unwrap() } else { String::new() };
            answers.push((parts.status.as_u16(), text(header::CONTENT_RANGE), body));
        }
        assert_eq!(answers[0], answers[1], "a file is sent as what lies in memory is");
        answers.remove(0)
    }

    #[tokio::test]
    async fn a_range_is_sent_as_it_is_asked_for() {
        let all = (200, String::new(), "0123456789".to_owned());
        for (range, wanted) in [
            ("bytes=4-", (206, "bytes 4-9/10", "456789")),
            ("bytes=0-0", (206, "bytes 0-0/10", "0")),
            ("bytes=2-99", (206, "bytes 2-9/10", "23456789")),
            ("bytes=-3", (206, "bytes 7-9/10", "789")),
            ("bytes=-99", (206, "bytes 0-9/10", "0123456789")),
            ("bytes=10-", (416, "bytes */10", "")),
            ("bytes=-0", (416, "bytes */10", "")),
            ("bytes=0-1,4-5", (200, "", "0123456789")),
            ("lines=1-2", (200, "", "0123456789")),
            ("bytes=x-", (200, "", "0123456789")),
        ] {
            let (status, told, body) = wanted;
            assert_eq!(ask(&[(header::RANGE, range)]).await, (status, told.to_owned(), body.to_owned()), "{range}");
        }
        assert_eq!(ask(&[]).await, all);
        let head = file().to(&wanted(Method::HEAD, &[(header::RANGE, "bytes=4-")]));
        assert_eq!((head.status(), &head.headers()[header::CONTENT_LENGTH]), (StatusCode::OK, &"10".parse().unwrap()));
    }

    #[tokio::test]
    async fn a_range_of_what_has_changed_is_not_sent() {
        let tag = bytes().to(&wanted(Method::GET, &[])).headers()[header::ETAG].to_str().unwrap().to_owned();
        let range = (header::RANGE, "bytes=4-");
        assert_eq!(ask(&[range.clone(), (header::IF_RANGE, &tag)]).await.0, 206);
        let bare = tag.trim_matches('"').to_owned();
        for other in ["\"other\"".to_owned(), format!("W/{tag}"), "Wed, 21 Oct 2015 07:28:00 GMT".to_owned(), bare] {
            assert_eq!(ask(&[range.clone(), (header::IF_RANGE, &other)]).await.0, 200, "{other}");
        }
        for known in [&*tag, "*", &format!("\"other\", W/{tag}")] {
            assert_eq!(ask(&[range.clone(), (header::IF_NONE_MATCH, known)]).await.0, 304, "{known}");
        }
        let known = bytes().to(&wanted(Method::GET, &[(header::IF_NONE_MATCH, &tag)]));
        assert_eq!(
            (&known.headers()[header::ETAG], &known.headers()[header::CACHE_CONTROL]),
            (&tag.parse().unwrap(), &"private".parse().unwrap())
        );
        assert_eq!(ask(&[(header::IF_MATCH, &tag)]).await.0, 200);
        for other in ["\"other\"", "other"] {
            assert_eq!(ask(&[(header::IF_MATCH, other)]).await.0, 412, "{other}");
        }
        assert_eq!(ask(&[(header::IF_NONE_MATCH, "other")]).await.0, 200);
    }

    #[test]
    fn a_tag_stands_for_what_was_written_and_where() {
        let tag = |pieces: &[(u64, &[u8])]| {
            let mut out = Tagging::new(io::Cursor::new(Vec::new()));
            for (at, piece) in pieces {
                out.seek(SeekFrom::Start(*at)).unwrap();
                out.write_all(piece).unwrap();
            }
            out.finish().1
        };
        assert_eq!(tag(&[(0, b"abc"), (1, b"x")]), tag(&[(0, b"abc"), (1, b"x")]));
        assert_ne!(tag(&[(0, b"abc"), (1, b"x")]), tag(&[(0, b"abc"), (2, b"x")]));
        assert_ne!(tag(&[(0, b"abc")]), tag(&[(0, b"abd")]));
    }
}
