//! What a form must say. All errors are found before anything is written.

use async_graphql::ID;
use entity::catalog::{model, trim};
use entity::customer::{consent, customer};
use entity::place::{city, store};
use entity::{Channel, ConsentPurpose, CustomerId, IntentLevel, PrefixedId, StoreId, TrimId, VehicleModelId};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use super::super::super::consents::{Agreed, shares_with_dealer};
use super::super::super::inputs::{LeadConsentInput, LeadSubmitInput};
use super::super::super::routing::selling;
use super::super::super::rules::assign;
use crate::graph::user_error::UserErrorCode;
use crate::graph::{Call, Result, UserError};
use crate::store::vault::Personal;
use crate::values::city_code::CityCode;
use crate::values::error::Invalid;
use crate::values::person_name::PersonName;
use crate::values::phone::Phone;
use crate::values::text;

/// Most characters of a form's or a campaign's code.
const MAX_CODE: u32 = 100;

/// Most characters of a consent text's version.
const MAX_DOCUMENT_VERSION: u32 = 40;

/// A form in order.
pub struct Form {
    pub phone: Phone,
    pub name: Option<PersonName>,
    pub model_id: VehicleModelId,
    pub trim_id: Option<TrimId>,
    pub city: city::Model,
    pub channel: Channel,
    pub touchpoint: String,
    pub campaign: Option<String>,
    /// A store that may have the form.
    pub preferred: Option<StoreId>,
    pub intent: Option<IntentLevel>,
    pub consents: Vec<Agreed>,
}

/// A form as far as it can be read without the store. What is missing has an error.
pub struct Read {
    phone: Option<Phone>,
    name: Option<PersonName>,
    model_id: Option<VehicleModelId>,
    trim_id: Option<TrimId>,
    city: Option<CityCode>,
    channel: Channel,
    touchpoint: Option<String>,
    campaign: Option<String>,
    preferred: Option<StoreId>,
    intent: Option<IntentLevel>,
    consents: Vec<Agreed>,
    errors: Vec<UserError>,
}

struct Reader<'c> {
    call: &'c Call,
    errors: Vec<UserError>,
}

impl Reader<'_> {
    fn value<T>(&mut self, field: &str, parsed: Result<T, Invalid>) -> Option<T> {
        parsed.map_err(|invalid| self.errors.push(UserError::refused(self.call, field, invalid))).ok()
    }

    fn id<K: PrefixedId>(&mut self, field: &str, id: &ID) -> Option<K> {
        UserError::parse_id(self.call, field, id).map_err(|error| self.errors.push(error)).ok()
    }

    fn consents(&mut self, given: &[LeadConsentInput]) -> Vec<Agreed> {
        let max = ConsentPurpose::ALL.len();
        if given.len() > max {
            let args = [("max", (max as i64).into())];
            self.errors.push(UserError::invalid(self.call, "consents", "lead-consents-max", &args));
            return Vec::new();
        }
        let mut agreed: Vec<Agreed> = Vec::new();
        for (n, consent) in given.iter().enumerate() {
            if agreed.iter().any(|earlier| earlier.purpose == consent.purpose) {
                let field = format!("consents.{n}.purpose");
                let code = UserErrorCode::Duplicate;
                self.errors.push(UserError::coded(self.call, code, &field, "lead-consent-twice", &[]));
                continue;
            }
            let version = text::line(&consent.document_version, MAX_DOCUMENT_VERSION);
            if let Some(document_version) = self.value(&format!("consents.{n}.documentVersion"), version) {
                agreed.push(Agreed { purpose: consent.purpose, document_version });
            }
        }
        agreed
    }
}

impl Read {
    /// Reads what the input alone can tell.
    pub fn of(call: &Call, input: &LeadSubmitInput) -> Self {
        let mut reader = Reader { call, errors: Vec::new() };
        let preferred = match &input.preferred_store_id {
            Some(id) => reader.id("preferredStoreId", id),
            None => call.viewer.store(),
        };
        Self {
            phone: reader.value("phone", Phone::parse(&input.phone.0)),
            name: input.name.as_ref().and_then(|name| reader.value("name", PersonName::parse(name))),
            model_id: reader.id("modelId", &input.model_id),
            trim_id: input.trim_id.as_ref().and_then(|id| reader.id("trimId", id)),
            city: reader.value("cityCode", CityCode::parse(&input.city_code.0)),
            channel: input.channel,
            touchpoint: reader.value("touchpoint", text::line(&input.touchpoint, MAX_CODE)),
            campaign: input.campaign.as_ref().and_then(|code| reader.value("campaign", text::line(code, MAX_CODE))),
            preferred,
            intent: input.intent_level,
            consents: reader.consents(&input.consents),
            errors: reader.errors,
        }
    }

    /// Whether the form is refused already.
    pub fn has_errors(&self) -> bool {
        !self.errors.is_empty()
    }

    /// Looks up what the form names. None of it hangs on who is known: model, trim, city and stores are public, and
    /// of a customer's earlier consents only those of the signed-in customer count.
    pub async fn look_up(mut self, conn: &impl ConnectionTrait, call: &Call) -> Result<Result<Form, Vec<UserError>>> {
        let missing = |field: &str| UserError::not_found(call, field);
        if let Some(id) = self.model_id
            && model::Entity::find_by_id(id).one(conn).await?.is_none()
        {
            self.errors.push(missing("modelId"));
        }
        if let Some(id) = self.trim_id {
            let of_model = self.model_id.map(|model| trim::Column::ModelId.eq(model));
            let found = trim::Entity::find_by_id(id).filter(sea_orm::Condition::all().add_option(of_model));
            if found.one(conn).await?.is_none() {
                self.errors.push(missing("trimId"));
            }
        }
        let city = match self.city {
            Some(code) => city::Entity::find_by_id(code.as_str()).one(conn).await?,
            None => None,
        };
        if self.city.is_some() && city.is_none() {
            self.errors.push(missing("cityCode"));
        }
        if let Some(id) = self.preferred {
            match store::Entity::find_by_id(id).filter(selling()).one(conn).await? {
                None => self.errors.push(missing("preferredStoreId")),
                Some(store) => {
                    let shares = !assign::needs_dealer_consent(store.sales_model) || self.shares(conn, call).await?;
                    if assign::check(store.sales_model, shares).is_err() {
                        let code = UserErrorCode::ConsentRequired;
                        self.errors.push(UserError::coded(call, code, "consents", "lead-consent-share", &[]));
                    }
                }
            }
        }
        let (Some(phone), Some(model_id), Some(city), Some(touchpoint), true) =
            (self.phone, self.model_id, city, self.touchpoint, self.errors.is_empty())
        else {
            return Ok(Err(self.errors));
        };
        Ok(Ok(Form {
            phone,
            name: self.name,
            model_id,
            trim_id: self.trim_id,
            city,
            channel: self.channel,
            touchpoint,
            campaign: self.campaign,
            preferred: self.preferred,
            intent: self.intent,
            consents: self.consents,
        }))
    }

    /// Whether a dealer may have the form, as far as the caller may know.
    async fn shares(&self, conn: &impl ConnectionTrait, call: &Call) -> Result<bool> {
        if self.consents.iter().any(|consent| consent.purpose == ConsentPurpose::ShareWithDealer) {
            return Ok(true);
        }
        match (call.viewer.customer(), &self.phone) {
            (Some(id), Some(phone)) => agreed_before(conn, call, id, phone).await,
            _ => Ok(false),
        }
    }
}

/// Whether the signed-in customer, giving their own number, has agreed before.
async fn agreed_before(conn: &impl ConnectionTrait, call: &Call, id: CustomerId, phone: &Phone) -> Result<bool> {
    let hash = call.app.vault.blind(Personal::Phone, phone.e164());
    let own = customer::Entity::find_by_id(id).filter(customer::Column::PhoneHash.eq(hash)).one(conn).await?;
    if own.is_none() {
        return Ok(false);
    }
    let rows = consent::Entity::find().filter(consent::Column::CustomerId.eq(id)).all(conn).await?;
    Ok(shares_with_dealer(&rows))
}
