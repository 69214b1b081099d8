//! The streams of what is the same for everybody: each tells that something of a room has changed, and what was made of it
//! is of yesterday.

use entity::EventKind;
use serde_json::json;

use super::Draft;

/// What a stream of everybody's is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// Models, options, prices, incentives, finance plans.
    Catalog,
    /// Cities and stores.
    Places,
    /// Tiers.
    Loyalty,
}

impl Topic {
    /// Each of them.
    pub const ALL: [Self; 3] = [Self::Catalog, Self::Places, Self::Loyalty];

    /// Its stream.
    pub fn stream(self) -> &'static str {
        match self {
            Self::Catalog => "catalog",
            Self::Places => "places",
            Self::Loyalty => "loyalty",
        }
    }

    /// Something of it has changed, of which upstream speaks as this.
    pub fn changed(self, subject: &str) -> Draft {
        let kind = match self {
            Self::Catalog => EventKind::CatalogChanged,
            Self::Places => EventKind::PlacesChanged,
            Self::Loyalty => EventKind::LoyaltyProgrammeChanged,
        };
        Draft {
            kind,
            aggregate: subject.to_owned(),
            // What comes from upstream whole each time has no versions of its own.
            version: 1,
            streams: vec![self.stream().to_owned()],
            payload: json!({ "subject": subject }),
        }
    }
}
