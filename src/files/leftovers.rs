//! What a process that was killed in the midst of an upload leaves in a folder: the store writes to `name#1` and gives it its name at
//! the end, and never shows such names, so that nobody else finds them.

use std::fs;
use std::io;
use std::path::Path;

use chrono::{DateTime, Utc};

/// Whether the store writes to a file of this name until it is whole.
fn is_unfinished(name: &str) -> bool {
    name.rsplit_once('#').is_some_and(|(_, number)| !number.is_empty() && number.bytes().all(|c| c.is_ascii_digit()))
}

/// Removes them below a folder, those that were last written to before; answers how many. What goes meanwhile is gone.
///
/// # Errors
/// When the folder cannot be read.
pub fn remove(folder: &Path, before: DateTime<Utc>) -> io::Result<u64> {
    let mut removed = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(about) = entry.metadata() else { continue };
        if about.is_dir() {
            removed += remove(&entry.path(), before).unwrap_or(0);
        } else if is_unfinished(&entry.file_name().to_string_lossy())
            && about.modified().is_ok_and(|at| DateTime::<Utc>::from(at) < before)
        {
            removed += u64::from(fs::remove_file(entry.path()).is_ok());
        }
    }
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_store_has_not_finished_is_known_as_such() {
        for name in ["sfl_1-0a#1", "a#12"] {
            assert!(is_unfinished(name), "{name}");
        }
        for name in ["sfl_1-0a", "a#", "a#b", "#1a", "a#1b", ""] {
            assert!(!is_unfinished(name), "{name}");
        }
    }
}
