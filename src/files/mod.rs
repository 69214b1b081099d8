//! Files that people share: kept outside the database, in an object store. A folder of this machine by default, a store that speaks
//! S3 by setting. Who may see a file is the rooms' business; here are bytes with a name that nobody chose, sealed as columns are.

mod leftovers;
pub mod link;
pub mod rules;
mod sealed;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use aws_lc_rs::digest;
use axum::body::Bytes;
use chrono::{DateTime, Utc};
use entity::SharedFileType;
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt, TryStreamExt};
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, WriteMultipart};
use tokio_util::sync::CancellationToken;

use self::rules::{Caps, ENOUGH, sniffed};
use self::sealed::Sealer;
use crate::settings::{FilePlace, FileSettings};
use crate::store::Vault;

/// Parts of an upload to a store behind a network; S3 wants 5 MiB at least.
const PART: usize = 5 << 20;

/// Parts of one upload under way at once, and so held in memory.
const PARTS_AT_ONCE: usize = 2;

/// Longest wait for the next bytes of an upload.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often it is tried whether the store takes files.
const PROBE_EVERY: Duration = Duration::from_secs(60);

/// Where files are.
#[derive(Clone)]
pub struct Files {
    store: Arc<dyn ObjectStore>,
    /// Where they are, in a folder.
    folder: Option<PathBuf>,
    /// How large files may be.
    pub caps: Caps,
    ready: Arc<AtomicBool>,
}

/// In memory, for what needs no files: tests of other things, and imports.
impl Default for Files {
    fn default() -> Self {
        Self::over(Arc::new(InMemory::new()), Caps::default())
    }
}

/// A file that came to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Of its bytes, hexadecimal.
    pub sha256: String,
}

/// What an upload was announced as.
#[derive(Clone, Copy, Debug)]
pub struct Announced {
    /// Its type.
    pub file_type: SharedFileType,
    /// Its length, bytes.
    pub size: u64,
}

/// Why an upload is not kept. Nothing of it stays in the store.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// It is longer than was announced.
    #[error("longer than announced")]
    TooLong,
    /// It ended before.
    #[error("shorter than announced")]
    TooShort,
    /// Its first bytes are of another type.
    #[error("not of the announced type")]
    OtherType,
    /// It broke off, or nothing came for a while.
    #[error("broke off")]
    BrokeOff,
    /// The store fails.
    #[error(transparent)]
    Store(#[from] object_store::Error),
    /// It cannot be sealed.
    #[error("it cannot be sealed")]
    Sealed(#[from] sealed::Broken),
}

/// A file that is being written. However it is given up, by a client that leaves or a time that is over, the store is told: S3 keeps
/// the parts of an upload that nobody ends.
struct Writing {
    writer: Option<WriteMultipart>,
    sealer: Sealer,
}

impl Writing {
    async fn put(&mut self, bytes: &[u8]) -> Result<(), Refused> {
        let sealed = self.sealer.push(bytes)?;
        let Some(writer) = &mut self.writer else { return Ok(()) };
        writer.put(sealed);
        Ok(writer.wait_for_capacity(PARTS_AT_ONCE).await?)
    }

    async fn finish(mut self) -> Result<(), Refused> {
        let Some(mut writer) = self.writer.take() else { return Ok(()) };
        writer.put(self.sealer.take_rest()?);
        // In a task of its own: whoever waits for it may leave, and half an end is none.
        tokio::spawn(writer.finish()).await.map_err(|_| Refused::BrokeOff)??;
        Ok(())
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        let (Some(writer), Ok(runtime)) = (self.writer.take(), tokio::runtime::Handle::try_current()) else { return };
        runtime.spawn(async move {
            if let Err(error) = writer.abort().await {
                tracing::warn!(%error, "parts of a file that was given up may be left in the store");
            }
        });
    }
}

impl Files {
    fn over(store: Arc<dyn ObjectStore>, caps: Caps) -> Self {
        Self { store, folder: None, caps, ready: Arc::new(AtomicBool::new(true)) }
    }

    /// The store of the settings.
    ///
    /// # Errors
    /// When the folder cannot be made, or the address is of no store that this program knows.
    pub fn open(settings: &FileSettings) -> Result<Self> {
        Ok(match &settings.place {
            FilePlace::Folder(folder) => {
                std::fs::create_dir_all(folder)
                    .with_context(|| format!("setting files.folder: {}", folder.display()))?;
                let local = LocalFileSystem::new_with_prefix(folder).context("setting files.folder")?;
                // A row says that the file is there: so it has to be, when the power fails right after.
                let store = Arc::new(local.with_automatic_cleanup(true).with_fsync(true));
                Self { folder: Some(folder.clone()), ..Self::over(store, settings.caps) }
            }
            FilePlace::S3(place) => Self::over(s3(place)?, settings.caps),
        })
    }

    /// Whether the store took a file when it was last tried.
    pub fn ready(&self) -> bool {
        self.ready.load(Ordering::Relaxed)
    }

    /// Tries whether the store takes files, again and again, until it is told to stop.
    pub async fn keep_trying(self, stop: CancellationToken) {
        loop {
            let tried = self.probe().await;
            if let Err(error) = &tried {
                tracing::warn!(%error, "the store of files takes none");
            }
            self.ready.store(tried.is_ok(), Ordering::Relaxed);
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(PROBE_EVERY) => {}
            }
        }
    }

    async fn probe(&self) -> object_store::Result<()> {
        let path = Path::from(format!("probe/{}", random()));
        self.store.put(&path, "ok".into()).await?;
        self.store.delete(&path).await
    }

    /// Takes a file in while it comes: judged by its first bytes before any is kept, cut off where it is longer than announced, sealed,
    /// and seen under its name only when it is whole.
    ///
    /// # Errors
    /// See [`Refused`].
    pub async fn write<S, E>(
        &self,
        vault: &Vault,
        name: &str,
        announced: Announced,
        bytes: S,
    ) -> Result<Written, Refused>
    where
        S: Stream<Item = Result<Bytes, E>> + Send,
    {
        let mut bytes = std::pin::pin!(bytes);
        let (mut size, mut head) = (0_u64, Vec::new());
        let mut hash = digest::Context::new(&digest::SHA256);
        let mut writing: Option<Writing> = None;
        loop {
            let next = match tokio::time::timeout(PATIENCE, bytes.next()).await {
                Ok(None) => break,
                Ok(Some(Ok(next))) => next,
                Ok(Some(Err(_))) | Err(_) => return Err(Refused::BrokeOff),
            };
            size += next.len() as u64;
            if size > announced.size {
                return Err(Refused::TooLong);
            }
            hash.update(&next);
            match &mut writing {
                Some(writing) => writing.put(&next).await?,
                None => {
                    head.extend_from_slice(&next);
                    if head.len() >= ENOUGH {
                        writing = Some(self.begin(vault, name, announced, &head).await?);
                    }
                }
            }
        }
        if size < announced.size {
            return Err(Refused::TooShort);
        }
        let writing = match writing {
            Some(writing) => writing,
            None => self.begin(vault, name, announced, &head).await?,
        };
        writing.finish().await?;
        Ok(Written { sha256: hexadecimal(hash.finish().as_ref()) })
    }

    async fn begin(&self, vault: &Vault, name: &str, announced: Announced, head: &[u8]) -> Result<Writing, Refused> {
        if sniffed(head) != Some(announced.file_type) {
            return Err(Refused::OtherType);
        }
        let sealer = Sealer::new(vault, name)?;
        let upload = self.store.put_multipart(&Path::from(name)).await?;
        let mut writing = Writing { writer: Some(WriteMultipart::new_with_chunk_size(upload, PART)), sealer };
        writing.put(head).await?;
        Ok(writing)
    }

    /// The bytes of a file; none when it is not there. They end with an error where they are not what was written.
    ///
    /// # Errors
    /// When the store fails, or the file does not open.
    pub async fn read(
        &self,
        vault: &Vault,
        name: &str,
    ) -> Result<Option<BoxStream<'static, object_store::Result<Bytes>>>, object_store::Error> {
        match self.store.get(&Path::from(name)).await {
            Ok(found) => sealed::opened(vault, name, found.into_stream()).await.map(Some),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Removes a file; one that is not there is removed.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn remove(&self, name: &str) -> Result<(), object_store::Error> {
        match self.store.delete(&Path::from(name)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Removes all files of a folder, of those only the ones whose names begin so; answers how many.
    ///
    /// # Errors
    /// When the store fails; what was removed before stays removed.
    pub async fn remove_in(&self, folder: &str, begins: &str) -> Result<u64, object_store::Error> {
        let folder = Path::from(folder);
        let found: Vec<Path> = self.store.list(Some(&folder)).map_ok(|found| found.location).try_collect().await?;
        let mut removed = 0;
        for path in found.iter().filter(|path| path.filename().is_some_and(|name| name.starts_with(begins))) {
            self.remove(path.as_ref()).await?;
            removed += 1;
        }
        Ok(removed)
    }

    /// Removes what uploads left in a folder that broke off with their process, and that nobody has written to since then; answers how
    /// many. A bucket has a rule of its own for that.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub async fn remove_leftovers(&self, before: DateTime<Utc>) -> Result<u64> {
        let Some(folder) = self.folder.clone() else { return Ok(0) };
        Ok(tokio::task::spawn_blocking(move || leftovers::remove(&folder, before)).await??)
    }
}

/// A part of a name that nobody can guess.
pub fn random() -> String {
    hexadecimal(&rand::random::<[u8; 16]>())
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(feature = "s3")]
fn s3(place: &crate::settings::S3Place) -> Result<Arc<dyn ObjectStore>> {
    use object_store::aws::AmazonS3Builder;
    use object_store::prefix::PrefixStore;
    use secrecy::ExposeSecret;

    let mut builder = AmazonS3Builder::new().with_bucket_name(&place.bucket).with_region(&place.region);
    if let Some(endpoint) = &place.endpoint {
        builder = builder.with_endpoint(endpoint).with_allow_http(endpoint.starts_with("http:"));
    }
    if let Some((id, secret)) = &place.credentials {
        builder = builder.with_access_key_id(id).with_secret_access_key(secret.expose_secret());
    }
    let store = builder.build().context("setting files.url")?;
    Ok(if place.below.is_empty() { Arc::new(store) } else { Arc::new(PrefixStore::new(store, place.below.as_str())) })
}

#[cfg(not(feature = "s3"))]
fn s3(_: &crate::settings::S3Place) -> Result<Arc<dyn ObjectStore>> {
    anyhow::bail!("setting files.url: this program was built without the feature `s3`")
}
