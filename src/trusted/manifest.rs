//! Lists of documents by id, as the tools of front ends write and read them: Apollo's persisted-query manifest, which is
//! ours too, and Relay's two shapes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a manifest of Apollo's says it is.
const FORMAT: &str = "apollo-persisted-query-manifest";

/// One document of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// What a client sends for it.
    pub id: String,
    /// The operation's name; empty where the list has none.
    #[serde(default)]
    pub name: String,
    /// `query`, `mutation` or `subscription`; empty where the list does not say.
    #[serde(default, rename = "type")]
    pub kind: String,
    /// The document.
    pub body: String,
}

#[derive(Serialize, Deserialize)]
struct Apollo {
    format: String,
    version: u32,
    operations: Vec<Item>,
}

/// The shapes of a list.
#[derive(Deserialize)]
#[serde(untagged)]
enum List {
    Apollo(Apollo),
    /// Relay's `persistConfig` file.
    ById(BTreeMap<String, String>),
    /// The same as pairs.
    Pairs(Vec<(String, String)>),
}

/// Reads a list.
///
/// # Errors
/// One line, when it is none of the shapes.
pub fn read(text: &str) -> Result<Vec<Item>, String> {
    let bare = |(id, body)| Item { id, name: String::new(), kind: String::new(), body };
    match serde_json::from_str(text) {
        Ok(List::Apollo(Apollo { format, version: 1, operations })) if format == FORMAT => Ok(operations),
        Ok(List::Apollo(Apollo { format, version, .. })) => {
            Err(format!("format {format}, version {version}, is unknown"))
        }
        Ok(List::ById(all)) => Ok(all.into_iter().map(bare).collect()),
        Ok(List::Pairs(all)) => Ok(all.into_iter().map(bare).collect()),
        Err(_) => Err(format!("neither {FORMAT} nor a list of Relay's")),
    }
}

/// Writes a list in Apollo's format.
pub fn write(operations: Vec<Item>) -> String {
    let list = Apollo { format: FORMAT.to_owned(), version: 1, operations };
    let mut text = serde_json::to_string_pretty(&list).expect("a list of texts can be written");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bare(id: &str, body: &str) -> Item {
        Item { id: id.into(), name: String::new(), kind: String::new(), body: body.into() }
    }

    #[test]
    fn what_is_written_is_read() {
        let item = Item { id: "1".into(), name: "A".into(), kind: "query".into(), body: "query A{a}".into() };
        assert_eq!(read(&write(vec![item.clone()])), Ok(vec![item]));
    }

    #[test]
    fn relays_lists_are_read_and_others_are_not() {
        assert_eq!(read(r#"{"x":"{a}","y":"{b}"}"#), Ok(vec![bare("x", "{a}"), bare("y", "{b}")]));
        assert_eq!(read(r#"[["x","{a}"]]"#), Ok(vec![bare("x", "{a}")]));
        for wrong in ["", "[1]", r#"{"format":"other","version":1,"operations":[]}"#, r#"{"x":1}"#] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        let later = write(vec![]).replace("\"version\": 1", "\"version\": 2");
        assert!(read(&later).unwrap_err().contains("version 2"));
    }
}
