//! Where a fleet shares labels and models.

use super::mqtt::Fingerprint;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Pool {
    pub url: PoolUrl,
    /// Of a server that speaks S3 and is not Amazon's.
    pub endpoint: Option<String>,
    pub region: Option<String>,
    /// Lines of `NAME=value`; without, the environment's.
    pub credentials_file: Option<PathBuf>,
    /// Authorities beside the system's, for a server of one's own.
    pub ca: Option<PathBuf>,
    /// Keys of those whose models this device takes, as `fieldcoach pool key` prints them.
    pub trusted: Vec<Fingerprint>,
}

/// `"" | "s3://bucket/prefix" | "gs://…" | "az://…" | "file:///folder" | "/folder"`
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PoolUrl(Option<Place>);

/// Where a pool lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    Folder(PathBuf),
    /// A bucket or container, and what all names in it begin with; may be empty.
    Bucket {
        cloud: Cloud,
        bucket: String,
        prefix: String,
    },
}

/// What a bucket is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cloud {
    /// Amazon, and whatever speaks as it does.
    S3,
    Google,
    Azure,
}

impl Cloud {
    const ALL: [Self; 3] = [Self::S3, Self::Google, Self::Azure];

    /// As an address begins.
    pub fn scheme(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::Google => "gs",
            Self::Azure => "az",
        }
    }
}

impl PoolUrl {
    /// `None` where there is no pool.
    pub fn place(&self) -> Option<&Place> {
        self.0.as_ref()
    }
}

impl FromStr for PoolUrl {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        const FORMS: &str = "s3://BUCKET/PREFIX, gs://BUCKET/PREFIX, az://CONTAINER/PREFIX or file:///FOLDER";
        if text.contains('@') || text.contains('?') {
            // Not repeated: it would lead a secret into logs and answers.
            return Err(
                "a pool's address has no user, password or parameters in it; there is pool.credentials_file".into()
            );
        }
        if text.is_empty() {
            return Ok(Self(None));
        }
        let folder = text.strip_prefix("file://").unwrap_or(text);
        if folder.starts_with('/') {
            return Ok(Self(Some(Place::Folder(folder.into()))));
        }
        let refuse = || format!("`{text}` is no pool; use \"\", {FORMS}");
        let (scheme, rest) = text.split_once("://").ok_or_else(refuse)?;
        let cloud = Cloud::ALL.into_iter().find(|cloud| cloud.scheme() == scheme).ok_or_else(refuse)?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let prefix = prefix.trim_matches('/');
        let odd = |part: &str| part.is_empty() || part == "." || part == "..";
        if bucket.is_empty() || (!prefix.is_empty() && prefix.split('/').any(odd)) {
            return Err(refuse());
        }
        Ok(Self(Some(Place::Bucket { cloud, bucket: bucket.into(), prefix: prefix.into() })))
    }
}

impl fmt::Display for PoolUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            None => Ok(()),
            Some(Place::Folder(folder)) => write!(f, "file://{}", folder.display()),
            Some(Place::Bucket { cloud, bucket, prefix }) if prefix.is_empty() => {
                write!(f, "{}://{bucket}", cloud.scheme())
            }
            Some(Place::Bucket { cloud, bucket, prefix }) => write!(f, "{}://{bucket}/{prefix}", cloud.scheme()),
        }
    }
}

impl TryFrom<String> for PoolUrl {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<PoolUrl> for String {
    fn from(url: PoolUrl) -> Self {
        url.to_string()
    }
}

impl Pool {
    pub(super) fn check(&self) -> Result<(), String> {
        // Where it is switched off, what belongs to it may stay.
        let s3 = matches!(self.url.place(), None | Some(Place::Bucket { cloud: Cloud::S3, .. }));
        if let Some(endpoint) = &self.endpoint {
            if !s3 {
                return Err("pool.endpoint: only a pool at s3://… has one".into());
            }
            if endpoint.contains('@') {
                return Err("pool.endpoint: no user or password goes in it; there is pool.credentials_file".into());
            }
            if !endpoint.starts_with("http://") && !endpoint.starts_with("https://") {
                return Err(format!("pool.endpoint: `{endpoint}` must begin with https:// or http://"));
            }
        }
        if self.region.is_some() && !s3 {
            return Err("pool.region: only a pool at s3://… has one".into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_survive_a_round_trip() {
        for text in ["", "s3://bucket", "s3://bucket/a/b", "gs://b/p", "az://c/p", "file:///mnt/pool"] {
            assert_eq!(text.parse::<PoolUrl>().unwrap().to_string(), text);
        }
        assert_eq!("/mnt/pool".parse::<PoolUrl>().unwrap().to_string(), "file:///mnt/pool");
        assert_eq!("s3://bucket/a/".parse::<PoolUrl>().unwrap().to_string(), "s3://bucket/a");
        for bad in ["pool", "ftp://host/x", "s3://", "s3:///x", "s3://b/a//c", "s3://b/../c", "file://relative"] {
            assert!(bad.parse::<PoolUrl>().unwrap_err().contains("s3://BUCKET"), "{bad}");
        }
        for secret in ["s3://key:secret@bucket/p", "az://c/p?sig=secret"] {
            assert!(!secret.parse::<PoolUrl>().unwrap_err().contains("secret"));
        }
    }

    #[test]
    fn an_endpoint_is_of_s3_and_without_secrets() {
        let of = |url: &str, endpoint: &str| {
            Pool { url: url.parse().unwrap(), endpoint: Some(endpoint.into()), ..Pool::default() }.check()
        };
        assert_eq!(of("s3://b", "http://127.0.0.1:8333"), Ok(()));
        for (url, endpoint) in [("/mnt", "http://h"), ("s3://b", "h:8333"), ("s3://b", "http://a:secret@h")] {
            let error = of(url, endpoint).unwrap_err();
            assert!(error.contains("pool.endpoint") && !error.contains("secret"), "{error}");
        }
    }
}
