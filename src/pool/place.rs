//! Where a pool lies: a folder, or a bucket of S3, Google or Azure, as names with bytes behind them. All calls block, end
//! in their time, and at once where they are told to stop.

use super::error::{PoolError, Result};
use crate::causes::with_causes;
use crate::config::{self, Cloud, Place as Where};
use crate::files;
use bytes::Bytes;
use futures::TryStreamExt;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{
    BackoffConfig, Certificate, ClientOptions, Error, ObjectStore, ObjectStoreExt, PutPayload, RetryConfig,
};
use std::future::Future;
use std::path::Path as FilePath;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

/// Bytes of the files that the configuration names.
const SMALL: u64 = 1 << 20;
/// A request may take long where the line is thin, but not rest.
const REQUEST: Duration = Duration::from_secs(300);
const SILENCE: Duration = Duration::from_secs(30);
const CONNECT: Duration = Duration::from_secs(10);
/// A moment's trouble of a server; what lasts is tried again by whoever asked.
const RETRIES: usize = 2;
const RETRY_WITHIN: Duration = Duration::from_secs(20);
/// The longest that one call takes.
pub const CALL_WITHIN: Duration = Duration::from_secs(3 * 300 + 60);

/// An open pool.
pub struct Place {
    store: Arc<dyn ObjectStore>,
    /// Behind an `Option` only so that its end need not be waited for.
    runtime: Option<Runtime>,
    stop: CancellationToken,
}

/// Something that lies there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    pub name: String,
    pub bytes: u64,
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Place {
    /// Makes ready to ask, and asks nothing yet of a bucket. Error: there is no pool in the configuration, or a file that it
    /// names can't be used.
    pub fn open(config: &config::Pool, stop: &CancellationToken) -> Result<Self> {
        let store = match config.url.place() {
            None => return Err(PoolError::Off),
            Some(Where::Folder(folder)) => folder_at(folder)?,
            Some(Where::Bucket { cloud, bucket, prefix }) => {
                let store = bucket_at(config, *cloud, bucket)?;
                let prefix = Path::parse(prefix).map_err(|e| PoolError::Refused(format!("pool.url: {e}")))?;
                Arc::new(PrefixStore::new(store, prefix))
            }
        };
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(1).thread_name("pool-io").enable_all().build();
        let runtime = runtime.map_err(|e| PoolError::Away(format!("no thread for the pool: {e}")))?;
        Ok(Self { store, runtime: Some(runtime), stop: stop.clone() })
    }

    /// Puts these bytes there, whole or not at all.
    pub fn put(&self, name: &str, bytes: Bytes) -> Result<()> {
        let path = path(name)?;
        self.wait(async { self.store.put(&path, PutPayload::from_bytes(bytes)).await.map(|_| ()) })
    }

    /// The bytes behind a name, of which there may be `most`; `None` where there is nothing.
    pub fn get(&self, name: &str, most: u64) -> Result<Option<Bytes>> {
        let path = path(name)?;
        let found = self.wait(async {
            let found = match self.store.get(&path).await {
                Ok(found) => found,
                Err(Error::NotFound { .. }) => return Ok(None),
                Err(error) => return Err(error),
            };
            let bytes = found.meta.size;
            if bytes > most {
                return Ok(Some(Err(bytes)));
            }
            Ok(Some(Ok(found.bytes().await?)))
        })?;
        match found {
            Some(Err(bytes)) => {
                Err(PoolError::Refused(format!("{name} has {bytes} bytes, more than the {most} that it may have")))
            }
            Some(Ok(bytes)) => Ok(Some(bytes)),
            None => Ok(None),
        }
    }

    pub fn is_there(&self, name: &str) -> Result<bool> {
        let path = path(name)?;
        self.wait(async {
            match self.store.head(&path).await {
                Ok(_) => Ok(true),
                Err(Error::NotFound { .. }) => Ok(false),
                Err(error) => Err(error),
            }
        })
    }

    /// All that lies below this folder, sorted by name.
    pub fn list(&self, folder: &str) -> Result<Vec<Entry>> {
        let path = path(folder)?;
        let listed = self.wait(self.store.list(Some(&path)).try_collect::<Vec<_>>())?;
        let mut entries: Vec<Entry> =
            listed.into_iter().map(|meta| Entry { name: meta.location.to_string(), bytes: meta.size }).collect();
        entries.sort();
        Ok(entries)
    }

    fn wait<T>(&self, work: impl Future<Output = object_store::Result<T>>) -> Result<T> {
        let Some(runtime) = &self.runtime else { return Err(PoolError::Stopped) };
        runtime.block_on(async {
            tokio::select! {
                biased;
                () = self.stop.cancelled() => Err(PoolError::Stopped),
                done = work => done.map_err(away),
            }
        })
    }
}

fn path(name: &str) -> Result<Path> {
    Path::parse(name).map_err(|e| PoolError::Refused(format!("{name:?} is no name in a pool: {e}")))
}

/// A folder that is there: where a mount is missing nothing is written beside it.
fn folder_at(folder: &FilePath) -> Result<Arc<dyn ObjectStore>> {
    let shown = folder.display();
    if !folder.is_dir() {
        return Err(PoolError::Away(format!(
            "the pool's folder {shown} is not there: make it, or mount what holds it"
        )));
    }
    let store = LocalFileSystem::new_with_prefix(folder).map_err(away)?;
    Ok(Arc::new(store.with_fsync(true)))
}

fn bucket_at(config: &config::Pool, cloud: Cloud, bucket: &str) -> Result<Arc<dyn ObjectStore>> {
    let (options, retry) = (client(config)?, retry());
    let credentials = credentials(config, cloud)?;
    let url = format!("{}://{bucket}", cloud.scheme());
    let built: object_store::Result<Arc<dyn ObjectStore>> = match cloud {
        Cloud::S3 => {
            let mut builder = AmazonS3Builder::new().with_url(url).with_client_options(options).with_retry(retry);
            builder = named(builder, &credentials, AmazonS3Builder::with_config)?;
            if let Some(region) = &config.region {
                builder = builder.with_region(region);
            }
            if let Some(endpoint) = &config.endpoint {
                builder =
                    builder.with_endpoint(endpoint).with_config(AmazonS3ConfigKey::VirtualHostedStyleRequest, "false");
            }
            builder.build().map(|store| Arc::new(store) as _)
        }
        Cloud::Google => {
            let builder = GoogleCloudStorageBuilder::new().with_url(url).with_client_options(options).with_retry(retry);
            let builder = named(builder, &credentials, GoogleCloudStorageBuilder::with_config)?;
            builder.build().map(|store| Arc::new(store) as _)
        }
        Cloud::Azure => {
            let builder = MicrosoftAzureBuilder::new().with_url(url).with_client_options(options).with_retry(retry);
            let builder = named(builder, &credentials, MicrosoftAzureBuilder::with_config)?;
            builder.build().map(|store| Arc::new(store) as _)
        }
    };
    built.map_err(|error| PoolError::Refused(format!("the pool can't be asked: {}", with_causes(&error.into()))))
}

fn retry() -> RetryConfig {
    let backoff = BackoffConfig { max_backoff: Duration::from_secs(5), ..BackoffConfig::default() };
    RetryConfig { backoff, max_retries: RETRIES, retry_timeout: RETRY_WITHIN }
}

fn client(config: &config::Pool) -> Result<ClientOptions> {
    let mut options = ClientOptions::new()
        .with_timeout(REQUEST)
        .with_read_timeout(SILENCE)
        .with_connect_timeout(CONNECT)
        // Only where the endpoint says so outright: every other address is https.
        .with_allow_http(config.endpoint.as_deref().is_some_and(|endpoint| endpoint.starts_with("http://")));
    if let Some(ca) = &config.ca {
        let shown = ca.display();
        let pem =
            files::read(ca, SMALL).map_err(|e| PoolError::Refused(format!("pool.ca: {shown} can't be read: {e}")))?;
        let found = Certificate::from_pem_bundle(&pem);
        let found = found.map_err(|e| PoolError::Refused(format!("pool.ca: {shown}: {}", with_causes(&e.into()))))?;
        if found.is_empty() {
            return Err(PoolError::Refused(format!("pool.ca: there is no certificate in {shown}")));
        }
        options = found.into_iter().fold(options, ClientOptions::with_root_certificate);
    }
    Ok(options)
}

/// A secret, or what goes with it.
struct Given {
    name: String,
    value: String,
    /// Whether the file of credentials says it: what the environment says may be meant for others.
    by_file: bool,
}

/// What the file says, or else the environment under the names that the makers of these clouds gave them.
fn credentials(config: &config::Pool, cloud: Cloud) -> Result<Vec<Given>> {
    let Some(file) = &config.credentials_file else {
        let prefix = match cloud {
            Cloud::S3 => "AWS_",
            Cloud::Google => "GOOGLE_",
            Cloud::Azure => "AZURE_",
        };
        let given =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        let given = given.filter(|(name, _)| name.starts_with(prefix));
        return Ok(given.map(|(name, value)| Given { name: name.to_lowercase(), value, by_file: false }).collect());
    };
    let shown = file.display();
    let refused = |why: String| PoolError::Refused(format!("pool.credentials_file: {shown}{why}"));
    let bytes = files::read(file, SMALL).map_err(|e| refused(format!(" can't be read: {e}")))?;
    let text = String::from_utf8(bytes).map_err(|_| refused(" is no text in UTF-8".into()))?;
    let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim).enumerate();
    let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|(at, line)| match line.split_once('=') {
            // The line is not repeated: it may be the secret itself.
            None => Err(refused(format!(", line {}: write NAME=value", at + 1))),
            Some((name, value)) => {
                let value = value.trim().trim_matches('"').to_owned();
                Ok(Given { name: name.trim().to_lowercase(), value, by_file: true })
            }
        })
        .collect()
}

/// A builder with what is given; what the file says under no name that is known is refused.
fn named<B, K: FromStr>(builder: B, given: &[Given], set: impl Fn(B, K, String) -> B) -> Result<B> {
    given.iter().try_fold(builder, |builder, given| match given.name.parse::<K>() {
        Ok(key) => Ok(set(builder, key, given.value.clone())),
        Err(_) if given.by_file => {
            let name = given.name.to_uppercase();
            Err(PoolError::Refused(format!("pool.credentials_file: `{name}` is nothing that this kind of pool knows")))
        }
        Err(_) => Ok(builder),
    })
}

/// An error of the crate in words that say what to do, where that is known.
fn away(error: Error) -> PoolError {
    let said = match error {
        Error::PermissionDenied { .. } => Some(DENIED),
        Error::Unauthenticated { .. } => Some(UNKNOWN),
        Error::NotFound { .. } => Some(NOWHERE),
        _ => None,
    };
    let causes = with_causes(&error.into());
    // Of a list the crate keeps the kind of error to itself.
    let by_words =
        || SIGNS.iter().find(|(signs, _)| signs.iter().any(|sign| causes.contains(sign))).map(|(_, said)| *said);
    let said = by_words().or(said).unwrap_or("the pool does not answer as it should");
    PoolError::Away(format!("{said} ({causes})"))
}

const DENIED: &str = "the pool refuses: these credentials may not do that";
const UNKNOWN: &str = "the pool does not know these credentials: look at pool.credentials_file";
const NOWHERE: &str = "the pool is not there: make its bucket, or look at pool.url";

/// What stands in the answers of servers, and what it means.
const SIGNS: [(&[&str], &str); 4] = [
    (&["SignatureDoesNotMatch", "InvalidAccessKeyId", "401 Unauthorized"], UNKNOWN),
    (&["NoSuchBucket", "ContainerNotFound"], NOWHERE),
    (&["AccessDenied", "403 Forbidden"], DENIED),
    (&["InsufficientStorage", "507 ", "os error 28", "QuotaExceeded", "os error 122"], "the pool is full"),
];
