//! What a model looks like.

use async_graphql::{Description, ID};
use entity::catalog::model;
use entity::{BodyType, MediaKind};

use super::media::MediaAsset;
use crate::catalog::links::{OptionGroupsOfModel, OptionRulesOfModel, StartingPriceOfModel, TrimsOfModel};
use crate::graph::answer::To;
use crate::graph::money::Money;
use crate::graph::{Call, Result, fields};

/// A model as it is advertised.
#[derive(Clone, Debug, Description)]
pub struct VehicleModel(pub model::Model);

#[fields(rows(model::Model))]
impl VehicleModel {
    /// Type-prefixed ULID, as in `mdl_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Part of its page's address, as in `c5`.
    fn slug(&self) -> &str {
        &self.0.slug
    }

    /// The maker's code, as in `C5`.
    fn code(&self) -> &str {
        &self.0.code
    }

    /// Name in the language of the request.
    fn name(&self, call: &Call) -> String {
        call.pick(&self.0.name_zh, &self.0.name_en)
    }

    /// One line of advertising in the language of the request.
    fn tagline(&self, call: &Call) -> String {
        call.pick(&self.0.tagline_zh, &self.0.tagline_en)
    }

    /// Shape of the car.
    fn body_type(&self) -> BodyType {
        self.0.body_type
    }

    /// Whether it can be ordered; always true for customers, except for what they have ordered or saved.
    fn on_sale(&self) -> bool {
        self.0.on_sale
    }

    /// The picture that stands for it; null when there is none.
    fn hero(&self) -> Option<MediaAsset> {
        self.0.media.0.iter().find(|one| one.kind == MediaKind::Image).cloned().map(MediaAsset)
    }

    /// What shows it, in order.
    fn media(&self, #[graphql(desc = "Of this kind alone.")] kind: Option<MediaKind>) -> Vec<MediaAsset> {
        let wanted = self.0.media.0.iter().filter(|one| kind.is_none_or(|kind| one.kind == kind));
        wanted.cloned().map(MediaAsset).collect()
    }

    /// Its versions in order; those on sale, for staff all.
    #[link(self.0.id)]
    fn trims(&self) -> To<TrimsOfModel>;

    /// The lowest list price among the trims on sale; null when none has a price.
    #[columns(id; reckoned)]
    fn starting_price(&self, call: &Call) -> Result<Option<Money>> {
        Ok(call.found::<StartingPriceOfModel>(&self.0.id)?.map(Money::fen))
    }

    /// What there is to choose, in order.
    #[link(self.0.id)]
    fn option_groups(&self) -> To<OptionGroupsOfModel>;

    /// What goes with what, by code.
    #[link(self.0.id)]
    fn option_rules(&self) -> To<OptionRulesOfModel>;
}
