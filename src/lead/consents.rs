//! Consents that come with a form, and what they allow (domain.md 3.6; PIPL 23).
//!
//! What comes with a form is kept with its lead. It counts as the customer's own word only when the customer is
//! signed in and the number is theirs: anybody can type anybody's number.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::customer::{consent, customer};
use entity::{Channel, ConsentId, ConsentPurpose, CustomerId, LeadId};
use sea_orm::sea_query::Condition;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

use super::events;
use crate::customer::rules::consent::{Given, Grant, allows, grant};
use crate::store::Tx;
use crate::store::rows::{ByPlace, among};

/// A consent that comes with a form.
#[derive(Clone, Debug)]
pub struct Agreed {
    /// What it is for.
    pub purpose: ConsentPurpose,
    /// Version of the text that was shown.
    pub document_version: String,
}

/// Whose word it is.
#[derive(Clone, Copy)]
pub enum Voice<'a> {
    /// Whoever filled in the form.
    Form,
    /// The customer, signed in.
    Customer(&'a customer::Model),
}

/// Consents of a lead and of its customer, withdrawn ones included.
pub async fn of_lead(
    conn: &impl ConnectionTrait,
    lead: LeadId,
    customer: Option<CustomerId>,
) -> Result<Vec<consent::Model>, DbErr> {
    let mut whose = Condition::any().add(consent::Column::LeadId.eq(lead));
    if let Some(id) = customer {
        whose = whose.add(consent::Column::CustomerId.eq(id));
    }
    consent::Entity::find().filter(whose).all(conn).await
}

/// The same of many at once.
pub struct Consents {
    of_lead: HashMap<LeadId, Vec<consent::Model>>,
    of_customer: HashMap<CustomerId, Vec<consent::Model>>,
}

impl Consents {
    /// Reads those of these leads, and of these customers.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn read(
        conn: &impl ConnectionTrait,
        leads: impl IntoIterator<Item = LeadId>,
        customers: impl IntoIterator<Item = CustomerId>,
    ) -> Result<Self, DbErr> {
        let (mut of_lead, mut of_customer) = (HashMap::<_, Vec<_>>::new(), HashMap::<_, Vec<_>>::new());
        let backend = conn.get_database_backend();
        let (leads, customers): (Vec<_>, Vec<_>) = (leads.into_iter().collect(), customers.into_iter().collect());
        if !leads.is_empty() {
            let select = consent::Entity::find().filter(among(backend, consent::Column::LeadId, leads));
            for row in select.by_place(conn).await? {
                of_lead.entry(row.lead_id.unwrap_or_default()).or_default().push(row);
            }
        }
        if !customers.is_empty() {
            let select = consent::Entity::find().filter(among(backend, consent::Column::CustomerId, customers));
            for row in select.by_place(conn).await? {
                of_customer.entry(row.customer_id.unwrap_or_default()).or_default().push(row);
            }
        }
        Ok(Self { of_lead, of_customer })
    }

    /// As [`of_lead`]: of a lead that may not be there yet, and of its customer.
    pub fn of(&self, lead: Option<LeadId>, customer: Option<CustomerId>) -> Vec<consent::Model> {
        let of_lead = lead.and_then(|id| self.of_lead.get(&id)).into_iter().flatten();
        let of_customer = customer.and_then(|id| self.of_customer.get(&id)).into_iter().flatten();
        let both = of_lead.chain(of_customer.filter(|row| lead.is_none() || row.lead_id != lead));
        both.cloned().collect()
    }
}

fn given<'a>(rows: impl IntoIterator<Item = &'a consent::Model>) -> Vec<Given<'a>> {
    let given = rows.into_iter().map(|row| Given {
        id: row.id,
        purpose: row.purpose,
        document_version: &row.document_version,
        withdrawn: row.withdrawn_at.is_some(),
    });
    given.collect()
}

/// Whether a dealer may have the lead. Once the customer has said anything to it, only the customer's word counts.
pub fn shares_with_dealer(rows: &[consent::Model]) -> bool {
    let said = || rows.iter().filter(|row| row.purpose == ConsentPurpose::ShareWithDealer);
    let own = given(said().filter(|row| row.customer_id.is_some()));
    let counted = if own.is_empty() { given(said()) } else { own };
    allows(&counted, ConsentPurpose::ShareWithDealer)
}

/// What becomes of the consents of a form.
pub struct Kept {
    /// All that stand after it.
    standing: Vec<consent::Model>,
    /// Those that it replaces.
    closed: Vec<ConsentId>,
    /// Those that it adds.
    added: Vec<consent::Model>,
}

impl Kept {
    /// Works it out from the rows that are there. A text agreed to before is not agreed to twice.
    pub fn of(
        now: DateTime<Utc>,
        voice: Voice<'_>,
        lead: LeadId,
        channel: Channel,
        mut rows: Vec<consent::Model>,
        agreed: &[Agreed],
    ) -> Self {
        let customer_id = match voice {
            Voice::Form => None,
            Voice::Customer(owner) => Some(owner.id),
        };
        let (mut closed, mut added) = (Vec::new(), Vec::new());
        for consent in agreed {
            let same_voice = given(rows.iter().filter(|row| row.customer_id == customer_id));
            let replaced = match grant(&same_voice, consent.purpose, &consent.document_version) {
                Grant::Already(_) => continue,
                Grant::Insert => None,
                Grant::Replace(id) => Some(id),
            };
            if let Some(id) = replaced {
                closed.push(id);
                rows.iter_mut().filter(|row| row.id == id).for_each(|row| row.withdrawn_at = Some(now));
            }
            added.push(consent::Model {
                id: ConsentId::generate(),
                customer_id,
                lead_id: Some(lead),
                purpose: consent.purpose,
                document_version: consent.document_version.clone(),
                channel,
                granted_at: now,
                withdrawn_at: None,
            });
        }
        Self { standing: rows, closed, added }
    }

    /// Writes it; answers all that stand after it.
    pub fn put(self, tx: &mut Tx, voice: Voice<'_>) -> Vec<consent::Model> {
        if !self.closed.is_empty() {
            let close = consent::Entity::update_many()
                .set(consent::ActiveModel { withdrawn_at: Set(Some(tx.now())), ..Default::default() })
                .filter(consent::Column::Id.is_in(self.closed));
            tx.put(close);
        }
        let mut standing = self.standing;
        if !self.added.is_empty() {
            if let Voice::Customer(owner) = voice {
                for row in &self.added {
                    tx.emit(events::consent_granted(owner, row.id, row.purpose));
                }
            }
            tx.insert(self.added.iter().cloned().map(consent::ActiveModel::from));
            standing.extend(self.added);
        }
        standing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(n: u128, customer: Option<u128>, withdrawn: bool) -> consent::Model {
        let at = "2026-03-01T00:00:00Z".parse().unwrap();
        consent::Model {
            id: ConsentId::from_parts(1, n),
            customer_id: customer.map(|n| CustomerId::from_parts(1, n)),
            lead_id: Some(LeadId::from_parts(1, 1)),
            purpose: ConsentPurpose::ShareWithDealer,
            document_version: "2026-01".into(),
            channel: Channel::App,
            granted_at: at,
            withdrawn_at: withdrawn.then_some(at),
        }
    }

    #[test]
    fn a_form_cannot_overrule_the_customer() {
        assert!(!shares_with_dealer(&[]));
        assert!(shares_with_dealer(&[row(1, None, false)]));
        assert!(!shares_with_dealer(&[row(1, Some(7), true), row(2, None, false)]));
        assert!(shares_with_dealer(&[row(1, Some(7), true), row(2, Some(7), false)]));
    }
}
