//! Settings of the files that people share.

use std::path::{Path, PathBuf};

use reqwest::Url;
use secrecy::SecretString;

use super::Mode;
use super::layers::Layers;
use crate::files::rules::Caps;

/// The files that people share.
#[derive(Clone, Debug)]
pub struct FileSettings {
    /// Where they are.
    pub place: FilePlace,
    /// How large they may be.
    pub caps: Caps,
}

/// Where files are.
#[derive(Clone, Debug)]
pub enum FilePlace {
    /// In a folder of this machine, or one that several share.
    Folder(PathBuf),
    /// In a store that speaks S3.
    S3(S3Place),
}

/// A place in a store that speaks S3.
#[derive(Clone, Debug)]
pub struct S3Place {
    /// The bucket.
    pub bucket: String,
    /// What all names begin with; empty for nothing.
    pub below: String,
    /// Where it is asked for; none for Amazon's own address of the region.
    pub endpoint: Option<String>,
    /// The region.
    pub region: String,
    /// Id and secret of the key; none for those that the machine itself has.
    pub credentials: Option<(String, SecretString)>,
}

/// Most bytes that may be set.
const MOST: u64 = 1 << 30;

/// Most bytes that may be set for all files of an order.
const MOST_OF_ORDER: u64 = 1 << 40;

/// Reads them; `database` is the database's address, beside which files are by default.
pub fn read(layers: &mut Layers, mode: Option<Mode>, database: Option<&str>) -> Option<FileSettings> {
    let folder = layers.read("files.folder", "empty, or a path", |text| Some(text.to_owned()));
    let url = layers.read("files.url", "empty, or an address like s3://bucket/path", |text| match text {
        "" => Some(None),
        text => bucket(text).map(Some),
    });
    let endpoint = layers.read("files.s3_endpoint", "empty, or an http or https address", |text| match text {
        "" => Some(None),
        text => Url::parse(text)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            .map(|_| Some(text.to_owned())),
    });
    let region =
        layers.read("files.s3_region", "the name of a region", |text| (!text.is_empty()).then(|| text.to_owned()));
    let id = layers.read("files.s3_access_key_id", "empty, or the id of a key", |text| Some(text.to_owned()));
    let secret = layers.read("files.s3_secret_access_key", "empty, or the secret of that key", |text| {
        Some(Some(text).filter(|text| !text.is_empty()).map(SecretString::from))
    });
    let file = layers.number("files.max_bytes", 1, MOST);
    let video = layers.number("files.max_video_bytes", 1, MOST);
    let order = layers.number("files.max_order_bytes", 1, MOST_OF_ORDER);
    let (folder, url, endpoint, id, secret) = (folder?, url?, endpoint?, id?, secret?);
    let credentials = match (id.is_empty(), secret) {
        (true, None) => None,
        (false, Some(secret)) => Some((id, secret)),
        _ => {
            layers.problem("files.s3_secret_access_key", "set when files.s3_access_key_id is, and only then");
            return None;
        }
    };
    // What is said of a store has to be of one, or files would go into a folder unnoticed.
    if url.is_none() && (endpoint.is_some() || credentials.is_some()) {
        layers.problem("files.url", "set when files.s3_endpoint or files.s3_access_key_id is");
        return None;
    }
    if url.is_some() && !cfg!(feature = "s3") {
        layers.problem("files.url", "empty: this program was built without the feature `s3`");
        return None;
    }
    let in_clear = endpoint.as_deref().is_some_and(|endpoint| endpoint.starts_with("http:"));
    if in_clear && mode? == Mode::Production {
        layers.problem("files.s3_endpoint", "an https address in production");
        return None;
    }
    let place = match url {
        Some(_) if !folder.is_empty() => {
            layers.problem("files.url", "empty when files.folder is set");
            return None;
        }
        Some((bucket, below)) => FilePlace::S3(S3Place { bucket, below, endpoint, region: region?, credentials }),
        None if folder.is_empty() => FilePlace::Folder(beside(database?)),
        None => FilePlace::Folder(folder.into()),
    };
    Some(FileSettings { place, caps: Caps { file: file?, video: video?, order: order? } })
}

/// Bucket and path of an address.
fn bucket(text: &str) -> Option<(String, String)> {
    let (bucket, below) = text.strip_prefix("s3://").map(|rest| rest.split_once('/').unwrap_or((rest, "")))?;
    let named = !bucket.is_empty() && bucket.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
    named.then(|| (bucket.to_owned(), below.trim_matches('/').to_owned()))
}

/// The folder beside a database that is a file; in the data folder of the working directory for others.
fn beside(database: &str) -> PathBuf {
    let file = database.strip_prefix("sqlite:").map(|path| path.trim_start_matches("//"));
    let file = file.map(|path| path.split('?').next().unwrap_or_default()).filter(|path| !path.is_empty());
    let folder = file.map_or(Path::new("data"), |file| Path::new(file).parent().unwrap_or(Path::new("")));
    folder.join("files")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_beside_a_database_that_is_a_file() {
        for (database, wanted) in [
            ("sqlite:data/milepost.db", "data/files"),
            ("sqlite:milepost.db", "files"),
            ("sqlite:///var/lib/m/milepost.db?mode=rwc", "/var/lib/m/files"),
            ("sqlite:/var/lib/m/milepost.db", "/var/lib/m/files"),
            ("postgres://u:p@host/milepost", "data/files"),
        ] {
            assert_eq!(beside(database), Path::new(wanted), "{database}");
        }
    }

    #[test]
    fn a_bucket_has_a_name_and_perhaps_a_path() {
        assert_eq!(bucket("s3://files"), Some(("files".into(), String::new())));
        assert_eq!(bucket("s3://files/a/b/"), Some(("files".into(), "a/b".into())));
        for wrong in ["s3://", "s3:///a", "https://files", "files", "s3://a b"] {
            assert_eq!(bucket(wrong), None, "{wrong}");
        }
    }
}
