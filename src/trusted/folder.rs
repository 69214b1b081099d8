//! The folder of operations as it lies on the disk: a folder for each client, in it a file for each operation, and
//! `manifest.json` with every document that was ever released to the client's apps.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::manifest::{self, Item};

/// Name of a client's list.
pub const MANIFEST: &str = "manifest.json";

/// Something wrong in the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file, or the document of a list.
    pub place: String,
    /// What is wrong there.
    pub what: String,
}

impl Problem {
    /// Something wrong there.
    pub fn at(place: impl fmt::Display, what: impl fmt::Display) -> Self {
        Self { place: place.to_string(), what: what.to_string() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// One client's folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientFolder {
    /// Its operations.
    pub files: Vec<File>,
    /// Its list.
    pub released: Vec<Item>,
}

/// One operation's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Where it is, for messages.
    pub place: String,
    /// Its name without the ending.
    pub stem: String,
    /// What stands in it.
    pub text: String,
}

/// Reads a folder, by client; a folder that is not there has no clients.
///
/// # Errors
/// Everything that cannot be read.
pub fn read(folder: &Path) -> Result<BTreeMap<String, ClientFolder>, Vec<Problem>> {
    let mut clients = BTreeMap::<String, ClientFolder>::new();
    let mut problems = Vec::new();
    let paths = paths(folder).map_err(|(path, error)| vec![Problem::at(path.display(), error)])?;
    for path in paths {
        let read = std::fs::read_to_string(&path).map_err(|error| error.to_string());
        let Some((client, name)) = parts(folder, &path) else { continue };
        let place = format!("{client}/{name}");
        let own = clients.entry(client).or_default();
        let done = read.and_then(|text| {
            match name.strip_suffix(".graphql") {
                Some(stem) => own.files.push(File { place: place.clone(), stem: stem.to_owned(), text }),
                None => own.released = manifest::read(&text)?,
            }
            Ok(())
        });
        if let Err(what) = done {
            problems.push(Problem::at(place, what));
        }
    }
    if problems.is_empty() { Ok(clients) } else { Err(problems) }
}

/// What tells one state of a folder from another without reading its files.
pub fn state(folder: &Path) -> Vec<(PathBuf, Option<SystemTime>, u64)> {
    let of = |path: PathBuf| {
        let known = std::fs::metadata(&path).ok();
        let changed = known.as_ref().and_then(|known| known.modified().ok());
        (path, changed, known.map_or(0, |known| known.len()))
    };
    paths(folder).unwrap_or_default().into_iter().map(of).collect()
}

/// The files of a folder that count, in order. What cannot be looked at is an error: half a folder would take apps their
/// operations.
fn paths(folder: &Path) -> Result<Vec<PathBuf>, (PathBuf, io::Error)> {
    let below = |folder: &Path| -> Result<Vec<PathBuf>, (PathBuf, io::Error)> {
        let failed = |error| (folder.to_owned(), error);
        let entries = std::fs::read_dir(folder).map_err(failed)?;
        entries.map(|entry| Ok(entry.map_err(failed)?.path())).collect()
    };
    let counts = |path: &PathBuf| path.extension() == Some(OsStr::new("graphql")) || path.ends_with(MANIFEST);
    let clients = match below(folder) {
        Err((_, error)) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        clients => clients?,
    };
    let mut paths = Vec::new();
    // What is hidden is no app's: a tool's, or one that is being put in place.
    let hidden = |path: &PathBuf| path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    for client in clients.into_iter().filter(|client| !hidden(client)) {
        let kind = std::fs::metadata(&client).map_err(|error| (client.clone(), error))?;
        if kind.is_dir() {
            paths.extend(below(&client)?.into_iter().filter(counts));
        }
    }
    paths.sort();
    Ok(paths)
}

/// The client and the file's name.
fn parts(folder: &Path, path: &Path) -> Option<(String, String)> {
    let mut parts = path.strip_prefix(folder).ok()?.iter().map(|part| part.to_str().map(str::to_owned));
    Some((parts.next()??, parts.next()??))
}
