//! What a customer looks like.

mod owned_vehicle;

pub use owned_vehicle::OwnedVehicle;

use async_graphql::{Description, ID, SimpleObject};
use chrono::{DateTime, Utc};
use entity::customer::{consent, customer, identity, invoice_profile};
use entity::{Channel, ConsentPurpose, Gender, IdentityProvider, InvoiceTitleType, LifecycleStage, Locale, Sealed};
use sea_orm::ActiveEnum;

use super::links::{
    ConsentsOfCustomer, IdentitiesOfCustomer, InvoiceProfilesOfCustomer, OrdersOfCustomer, VehiclesOfCustomer,
};
use super::rules::invoice_title::Title;
use super::rules::profile::{self, Filled};
use super::{policy, titles};
use crate::graph::answer::To;
use crate::graph::scalars::{CityCode, CnMobile};
use crate::graph::{Call, Fields, Result, fields};
use crate::loyalty::LoyaltyAccountOfCustomer;
use crate::place::{CityByCode, StaffById, StoreById};
use crate::store::vault::Personal;

/// One person, whatever the channel.
#[derive(Clone, Debug, Description)]
pub struct Customer(pub customer::Model);

impl Customer {
    fn show(&self, call: &Call, kind: Personal, sealed: Option<&Sealed>) -> Result<Option<String>> {
        sealed.map(|sealed| call.show(kind, sealed, policy::personal(&call.viewer, &self.0))).transpose()
    }
}

#[fields(rows(customer::Model))]
impl Customer {
    /// Type-prefixed ULID, as in `cus_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Human number.
    fn number(&self) -> &str {
        &self.0.number
    }

    /// Chosen nickname.
    fn display_name(&self) -> &str {
        &self.0.display_name
    }

    /// Real name; masked except for the owner and holders of `pii:read`.
    #[columns(id, real_name)]
    fn real_name(&self, call: &Call) -> Result<Option<String>> {
        self.show(call, Personal::Name, self.0.real_name.as_ref())
    }

    /// Mobile phone; masked except for the owner and holders of `pii:read`.
    #[columns(id, phone)]
    fn phone(&self, call: &Call) -> Result<Option<CnMobile>> {
        Ok(self.show(call, Personal::Phone, self.0.phone.as_ref())?.map(CnMobile))
    }

    /// E-mail address; masked except for the owner and holders of `pii:read`.
    #[columns(id, email)]
    fn email(&self, call: &Call) -> Result<Option<String>> {
        self.show(call, Personal::Email, self.0.email.as_ref())
    }

    /// Street address; shown down to the district except to the owner and holders of `pii:read`.
    #[columns(id, address)]
    fn address(&self, call: &Call) -> Result<Option<String>> {
        self.show(call, Personal::Address, self.0.address.as_ref())
    }

    /// Gender as stated.
    fn gender(&self) -> Gender {
        self.0.gender
    }

    /// Month of birth, 1 to 12; the year and the day are not asked for.
    fn birth_month(&self) -> Option<i32> {
        self.0.birth_month
    }

    /// How complete the profile is (C008).
    fn profile_completeness(&self) -> ProfileCompleteness {
        let found = profile::completeness(&filled(&self.0));
        ProfileCompleteness {
            percent: found.percent.into(),
            missing: found.missing.into_iter().map(|field| field.name().to_owned()).collect(),
        }
    }

    /// How close to the brand.
    fn lifecycle_stage(&self) -> LifecycleStage {
        self.0.lifecycle_stage
    }

    /// Code of the city of residence, six digits. Any city of the country may be named, so this can be there without
    /// `homeCity`.
    fn home_city_code(&self) -> Option<CityCode> {
        self.0.home_city_code.clone().map(CityCode)
    }

    /// City of residence, when it is one of those that the programme serves.
    #[link(self.0.home_city_code)]
    fn home_city(&self) -> To<CityByCode>;

    /// Preferred store.
    #[link(self.0.preferred_store_id)]
    fn preferred_store(&self) -> To<StoreById>;

    /// The car maker's own contact for this customer.
    #[link(self.0.dedicated_partner_id)]
    fn dedicated_partner(&self) -> To<StaffById>;

    /// Consents given, newest first, withdrawn ones included.
    #[link(self.0.id)]
    fn consents(&self) -> To<ConsentsOfCustomer>;

    /// Verified ways to recognise this person, oldest first (C009).
    #[link(self.0.id)]
    fn identities(&self) -> To<IdentitiesOfCustomer>;

    /// The points account; null before the first award.
    #[link(self.0.id)]
    fn loyalty(&self) -> To<LoyaltyAccountOfCustomer>;

    /// The newest 20 orders of this customer that the caller may see, newest first.
    #[link(self.0.id)]
    fn orders(&self) -> To<OrdersOfCustomer>;

    /// To whom this customer's invoices are made out, oldest first (C073); for the customer alone.
    #[link(self.0.id)]
    fn invoice_profiles(&self) -> To<InvoiceProfilesOfCustomer>;
    /// Cars that were handed over to this customer here, of orders that the caller may see; the last one first, at most 20.
    #[link(self.0.id)]
    fn vehicles(&self) -> To<VehiclesOfCustomer>;

    /// Language for messages; null when none was chosen.
    fn preferred_locale(&self) -> Option<Locale> {
        self.0.preferred_locale.as_ref().and_then(|code| Locale::try_from_value(code).ok())
    }

    /// When the person registered.
    fn registered_at(&self) -> DateTime<Utc> {
        self.0.registered_at
    }

    /// Grows with each change.
    fn version(&self) -> i32 {
        self.0.version
    }

    /// When the profile last changed.
    fn updated_at(&self) -> DateTime<Utc> {
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
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct ProfileCompleteness {
    /// 0 to 100, rounded down.
    pub percent: i32,
    /// Names of the missing fields as in `CustomerProfileUpdateInput`, and `phone`, in the order in which to ask.
    pub missing: Vec<String>,
}

/// A verified way to recognise a customer (C009). What it is recognised by is never shown.
#[derive(Clone, Debug, Description)]
pub struct CustomerIdentity(pub identity::Model);

#[fields(rows(identity::Model))]
impl CustomerIdentity {
    /// Type-prefixed ULID, as in `cid_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// How it was verified.
    fn provider(&self) -> IdentityProvider {
        self.0.provider
    }

    /// When it was verified.
    fn verified_at(&self) -> DateTime<Utc> {
        self.0.verified_at
    }
}

/// A consent given, and perhaps withdrawn.
#[derive(Clone, Debug, Description)]
pub struct Consent(pub consent::Model);

#[fields(rows(consent::Model))]
impl Consent {
    /// Type-prefixed ULID, as in `cns_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// What it is for.
    fn purpose(&self) -> ConsentPurpose {
        self.0.purpose
    }

    /// Version of the text that was agreed to.
    fn document_version(&self) -> &str {
        &self.0.document_version
    }

    /// Where it was given.
    fn channel(&self) -> Channel {
        self.0.channel
    }

    /// When it was given.
    fn granted_at(&self) -> DateTime<Utc> {
        self.0.granted_at
    }

    /// When it was withdrawn.
    fn withdrawn_at(&self) -> Option<DateTime<Utc>> {
        self.0.withdrawn_at
    }
}

/// To whom a customer's invoices are made out (C073). Its customer's own.
#[derive(Clone, Debug, Description)]
pub struct InvoiceProfile(pub invoice_profile::Model);

#[fields(rows(invoice_profile::Model))]
impl InvoiceProfile {
    /// Type-prefixed ULID, as in `ivp_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// What it says; a resident id is masked.
    #[columns(customer_id, title)]
    fn title(&self, call: &Call) -> Result<InvoiceTitle> {
        let disclosure = policy::personal_of_profile(&call.viewer, &self.0);
        Ok(titles::open(&call.app.vault, &self.0.title)?.shown(disclosure).into())
    }

    /// Whether it is the one that is taken when none is named.
    fn is_default(&self) -> bool {
        self.0.is_default
    }

    /// Grows with each change; sent back as `expectedVersion`.
    fn version(&self) -> i32 {
        self.0.version
    }

    /// When it was made.
    fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it last changed.
    fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }
}

/// To whom an invoice is made out.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct InvoiceTitle {
    /// A person or a company.
    pub title_type: InvoiceTitleType,
    /// Name; a person's masked except for the owner and holders of `pii:read`.
    pub name: String,
    /// Unified social credit code of a company; resident id of a person, always masked.
    pub tax_id: Option<String>,
    /// Registered address; shown down to the district except to the owner and holders of `pii:read`.
    pub address: Option<String>,
    /// Phone; masked except for the owner and holders of `pii:read`.
    pub phone: Option<String>,
    /// Name of the bank.
    pub bank_name: Option<String>,
    /// Account with the bank; masked except for the owner and holders of `pii:read`.
    pub bank_account: Option<String>,
}

impl From<Title> for InvoiceTitle {
    fn from(title: Title) -> Self {
        let Title { title_type, name, tax_id, address, phone, bank_name, bank_account } = title;
        Self { title_type, name, tax_id, address, phone, bank_name, bank_account }
    }
}
