//! What a customer looks like.

use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};
use entity::customer::{consent, customer};
use entity::{Channel, ConsentPurpose, Gender, LifecycleStage, Sealed};

use super::links::ConsentsOfCustomer;
use super::policy;
use crate::graph::scalars::CnMobile;
use crate::graph::{CallExt, Result};
use crate::place::{City, CityByCode, Staff, StaffById, Store, StoreById};
use crate::store::vault::Personal;

/// One person, whatever the channel.
#[derive(Clone, Debug)]
pub struct Customer(pub customer::Model);

impl Customer {
    fn show(&self, ctx: &Context<'_>, kind: Personal, sealed: Option<&Sealed>) -> Result<Option<String>> {
        let call = ctx.call();
        sealed.map(|sealed| call.show(kind, sealed, policy::personal(&call.viewer, &self.0))).transpose()
    }
}

#[Object]
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

    /// Gender as stated.
    async fn gender(&self) -> Gender {
        self.0.gender
    }

    /// How close to the brand.
    async fn lifecycle_stage(&self) -> LifecycleStage {
        self.0.lifecycle_stage
    }

    /// City of residence.
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

    /// When the person registered.
    async fn registered_at(&self) -> DateTime<Utc> {
        self.0.registered_at
    }

    /// Grows with each change.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// A consent given, and perhaps withdrawn.
#[derive(Clone, Debug)]
pub struct Consent(pub consent::Model);

#[Object]
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
