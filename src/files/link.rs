//! Links that open something for a while to whoever has them, since a browser's page or a phone's viewer sends no token. What they
//! open is sealed in their key: nobody makes one, or turns one into another.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::store::Vault;

/// How long a link can be opened.
const OPEN_FOR: TimeDelta = TimeDelta::minutes(15);

/// Longest text of a link's key.
const MAX: usize = 300;

/// A place behind links.
#[derive(Clone, Copy, Debug)]
pub struct Door {
    /// Its address, below the gateway's.
    pub path: &'static str,
    /// Part of the seal, so that a key opens one door.
    pub label: &'static [u8],
}

/// What a key holds.
#[derive(Serialize, Deserialize)]
struct Pass<T> {
    #[serde(rename = "w")]
    what: T,
    #[serde(rename = "u")]
    until: DateTime<Utc>,
}

impl Door {
    /// A link to something, below the gateway's address, and until when it can be opened. Whoever has it can, so it is for those who
    /// may have all of what it opens.
    pub fn link<T: Serialize>(&self, vault: &Vault, what: T, now: DateTime<Utc>) -> (String, DateTime<Utc>) {
        // To the minute, so that answers of one moment are alike.
        let until = now.duration_trunc(TimeDelta::minutes(1)).unwrap_or(now) + OPEN_FOR;
        (format!("{}?key={}", self.path, vault.seal_text(self.label, &Pass { what, until })), until)
    }

    /// What a link's key opens; none when it is not one of ours, or its time is over.
    pub fn open<T: DeserializeOwned>(&self, vault: &Vault, key: &str, now: DateTime<Utc>) -> Option<T> {
        let pass = vault.open_text::<Pass<T>>(self.label, key, MAX).filter(|pass| now < pass.until)?;
        Some(pass.what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn a_key_opens_its_door_for_a_while_and_no_other() {
        let vault = Vault::new(&BTreeMap::from([("k1".to_owned(), [1; 32])]), "k1", &[9; 32]).unwrap();
        let door = Door { path: "/a", label: b"a" };
        let now: DateTime<Utc> = "2026-11-30T10:00:59Z".parse().unwrap();
        let (link, until) = door.link(&vault, 7_i32, now);
        assert_eq!(until, "2026-11-30T10:15:00Z".parse::<DateTime<Utc>>().unwrap());
        let key = link.strip_prefix("/a?key=").unwrap();
        assert_eq!(door.open(&vault, key, now), Some(7));
        assert_eq!(door.open(&vault, key, until - TimeDelta::seconds(1)), Some(7));
        assert_eq!(door.open::<i32>(&vault, key, until), None);
        assert_eq!(Door { path: "/a", label: b"b" }.open::<i32>(&vault, key, now), None);
        assert_eq!(door.open::<i32>(&vault, &format!("{key}A"), now), None);
        assert_eq!(door.open::<i32>(&vault, "", now), None);
    }
}
