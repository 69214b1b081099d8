//! What a customer looks like.

use async_graphql::{Context, Description, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::customer::{consent, customer, identity};
use entity::{Channel, ConsentPurpose, Gender, IdentityProvider, LifecycleStage, Locale, Sealed};
use sea_orm::ActiveEnum;

use super::links::{ConsentsOfCustomer, IdentitiesOfCustomer, OrdersOfCustomer};
use super::policy;
use super::rules::profile::{self, Filled};
use crate::graph::scalars::{CityCode, CnMobile};
use crate::graph::{CallExt, Result};
use crate::loyalty::{LoyaltyAccount, LoyaltyAccountOfCustomer};
use crate::order::Order;
use crate::place::{City, CityByCode, Staff, StaffById, Store, StoreById};
use crate::store::vault::Personal;

/// One person, whatever the channel.
#[derive(Clone, Debug, Description)]
pub struct Customer(pub customer::Model);

impl Customer {
    fn show(&self, ctx: &Context<'_>, kind: Personal, sealed: Option<&Sealed>) -> Result<Option<String>> {
        let call = ctx.call();
        sealed.map(|sealed| call.show(kind, sealed, policy::personal(&call.viewer, &self.0))).transpose()
    }
}

#[Object(use_type_description)]
impl Customer {
    /// Type-prefixed ULID, as in `cus_01J…`.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Human number.
    async fn number(&self) -> &str {
        &self.0.number
    }

    /// Chosen nickname.
    async fn display_name(&self) -> &str {
        &self.0.display_name
    }

    /// Real name; masked except for the owner and holders of `pii:read`.
    async fn real_name(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        self.show(ctx, Personal::Name, self.0.real_name.as_ref())
    }

    /// Mobile phone; masked except for the owner and holders of `pii:read`.
    async fn phone(&self, ctx: &Context<'_>) -> Result<Option<CnMobile>> {
        Ok(self.show(ctx, Personal::Phone, self.0.phone.as_ref())?.map(CnMobile))
    }

    /// E-mail address; masked except for the owner and holders of `pii:read`.
    async fn email(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        self.show(ctx, Personal::Email, self.0.email.as_ref())
    }

    /// Street address; shown down to the district except to the owner and holders of `pii:read`.
    async fn address(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        self.show(ctx, Personal::Address, self.0.address.as_ref())
    }

    /// Gender as stated.
    async fn gender(&self) -> Gender {
        self.0.gender
    }

    /// Month of birth, 1 to 12; the year and the day are not asked for.
    async fn birth_month(&self) -> Option<i32> {
        self.0.birth_month
    }

    /// How complete the profile is (C008).
    async fn profile_completeness(&self) -> ProfileCompleteness {
        let found = profile::completeness(&filled(&self.0));
        ProfileCompleteness {
            percent: found.percent.into(),
            missing: found.missing.into_iter().map(|field| field.name().to_owned()).collect(),
        }
    }

    /// How close to the brand.
    async fn lifecycle_stage(&self) -> LifecycleStage {
        self.0.lifecycle_stage
    }

    /// Code of the city of residence, six digits. Any city of the country may be named, so this can be there without
    /// `homeCity`.
    async fn home_city_code(&self) -> Option<CityCode> {
        self.0.home_city_code.clone().map(CityCode)
    }

    /// City of residence, when it is one of those that the programme serves.
    async fn home_city(&self, ctx: &Context<'_>) -> Result<Option<City>> {
        match &self.0.home_city_code {
            Some(code) => ctx.call().link::<CityByCode>().one(code.clone()).await,
            None => Ok(None),
        }
    }

    /// Preferred store.
    async fn preferred_store(&self, ctx: &Context<'_>) -> Result<Option<Store>> {
        match self.0.preferred_store_id {
            Some(id) => ctx.call().link::<StoreById>().one(id).await,
            None => Ok(None),
        }
    }

    /// The car maker's own contact for this customer.
    async fn dedicated_partner(&self, ctx: &Context<'_>) -> Result<Option<Staff>> {
        match self.0.dedicated_partner_id {
            Some(id) => ctx.call().link::<StaffById>().one(id).await,
            None => Ok(None),
        }
    }

    /// Consents given, newest first, withdrawn ones included.
    async fn consents(&self, ctx: &Context<'_>) -> Result<Vec<Consent>> {
        ctx.call().link::<ConsentsOfCustomer>().one(self.0.id).await
    }

    /// Verified ways to recognise this person, oldest first (C009).
    async fn identities(&self, ctx: &Context<'_>) -> Result<Vec<CustomerIdentity>> {
        ctx.call().link::<IdentitiesOfCustomer>().one(self.0.id).await
    }

    /// The points account; null before the first award.
    async fn loyalty(&self, ctx: &Context<'_>) -> Result<Option<LoyaltyAccount>> {
        ctx.call().link::<LoyaltyAccountOfCustomer>().one(self.0.id).await
    }

    /// The newest 20 orders of this customer that the caller may see, newest first.
    async fn orders(&self, ctx: &Context<'_>) -> Result<Vec<Order>> {
        ctx.call().link::<OrdersOfCustomer>().one(self.0.id).await
    }

    /// Language for messages; null when none was chosen.
    async fn preferred_locale(&self) -> Option<Locale> {
        self.0.preferred_locale.as_ref().and_then(|code| Locale::try_from_value(code).ok())
    }

    /// When the person registered.
    async fn registered_at(&self) -> DateTime<Utc> {
        self.0.registered_at
    }

    /// Grows with each change.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// When the profile last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }
}

/// What of the profile is there.
pub fn filled(row: &customer::Model) -> Filled {
    Filled {
        real_name: row.real_name.is_some(),
        phone: row.phone.is_some(),
        email: row.email.is_some(),
        gender: row.gender != Gender::Unknown,
        birth_month: row.birth_month.is_some(),
        home_city: row.home_city_code.is_some(),
        preferred_store: row.preferred_store_id.is_some(),
    }
}

/// How complete a profile is.
#[derive(SimpleObject, Clone, Debug)]
pub struct ProfileCompleteness {
    /// 0 to 100, rounded down.
    pub percent: i32,
    /// Names of the missing fields as in `CustomerProfileUpdateInput`, and `phone`, in the order in which to ask.
    pub missing: Vec<String>,
}

/// A verified way to recognise a customer (C009). What it is recognised by is never shown.
#[derive(Clone, Debug, Description)]
pub struct CustomerIdentity(pub identity::Model);

#[Object(use_type_description)]
impl CustomerIdentity {
    /// Type-prefixed ULID, as in `cid_01J…`.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// How it was verified.
    async fn provider(&self) -> IdentityProvider {
        self.0.provider
    }

    /// When it was verified.
    async fn verified_at(&self) -> DateTime<Utc> {
        self.0.verified_at
    }
}

/// A consent given, and perhaps withdrawn.
#[derive(Clone, Debug, Description)]
pub struct Consent(pub consent::Model);

#[Object(use_type_description)]
impl Consent {
    /// Type-prefixed ULID, as in `cns_01J…`.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// What it is for.
    async fn purpose(&self) -> ConsentPurpose {
        self.0.purpose
    }

    /// Version of the text that was agreed to.
    async fn document_version(&self) -> &str {
        &self.0.document_version
    }

    /// Where it was given.
    async fn channel(&self) -> Channel {
        self.0.channel
    }

    /// When it was given.
    async fn granted_at(&self) -> DateTime<Utc> {
        self.0.granted_at
    }

    /// When it was withdrawn.
    async fn withdrawn_at(&self) -> Option<DateTime<Utc>> {
        self.0.withdrawn_at
    }
}
