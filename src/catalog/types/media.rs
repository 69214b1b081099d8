//! What shows a car.

use async_graphql::Description;
use entity::MediaKind;

use crate::catalog::rules::media::address;
use crate::graph::{Call, fields};

/// A picture, a film, or a thing to turn around.
#[derive(Clone, Debug, Description)]
pub struct MediaAsset(pub entity::MediaAsset);

#[fields]
impl MediaAsset {
    /// What it is.
    fn kind(&self) -> MediaKind {
        self.0.kind
    }

    /// Where it lies: an address of the web, or a path of the gateway's own. Of a picture that there is in several sizes, one
    /// that the app's screens are made for: the least that is wide enough, or the widest of these, and none wider than the
    /// picture itself.
    fn url(
        &self,
        call: &Call,
        #[graphql(desc = "How wide it will be shown, pixels of the screen; left out, the widest that the app takes.")]
        width: Option<i32>,
    ) -> String {
        address(&self.0.address, self.0.width, call.image_widths(), width)
    }

    /// Pixels of the widest, so that a page can leave room before it is there; null where that is not known.
    fn width(&self) -> Option<i32> {
        self.0.width
    }

    /// As `width`.
    fn height(&self) -> Option<i32> {
        self.0.height
    }

    /// What it shows in the language of the request, for who cannot see it.
    fn alt(&self, call: &Call) -> String {
        call.pick(&self.0.alt_zh, &self.0.alt_en)
    }
}
