//! `cn.milepost.loyalty.membership.v1` (C108): where a customer stands.

use chrono::{DateTime, Utc};
use entity::customer::customer;
use entity::loyalty::tier;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::super::ledger::Ledger;
use crate::customer::upstream::subject as customer_subject;
use crate::graph::Result;
use crate::ingest::keys::waits;
use crate::ingest::{Desk, Inbound, Item, Reason, Verdict, data};

data! {
    /// The level of membership of a customer, as the loyalty engine has it.
    pub struct MembershipData {
        /// Number of the customer.
        pub customer_number: String,
        /// Code of the level.
        pub tier_code: String,
        /// Since when.
        pub since: DateTime<Utc>,
        /// Until when.
        pub expires_at: DateTime<Utc>,
    }
}

/// A membership reported.
pub struct MembershipReported;

impl Inbound for MembershipReported {
    const TYPE: &'static str = "cn.milepost.loyalty.membership.v1";
    const DOMAIN: &'static str = "loyalty";
    type Data = MembershipData;

    fn example() -> MembershipData {
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap_or_default();
        MembershipData {
            customer_number: "C00000001".into(),
            tier_code: "V3".into(),
            since: at(1_790_000_000),
            expires_at: at(1_821_536_000),
        }
    }

    fn subject(data: &MembershipData) -> String {
        format!("{}/membership", customer_subject(&data.customer_number))
    }

    async fn apply(desk: &mut Desk<'_>, items: &[Item<MembershipData>]) -> Result<Vec<Verdict>> {
        let mut verdicts = Vec::with_capacity(items.len());
        for item in items {
            verdicts.push(one(desk, &item.data).await?);
            desk.tx.flush().await?;
        }
        Ok(verdicts)
    }
}

async fn one(desk: &mut Desk<'_>, data: &MembershipData) -> Result<Verdict> {
    if let Err(reason) = desk.sender.check_all("customerNumber") {
        return Ok(reason.into());
    }
    if data.expires_at <= data.since {
        return Ok(Reason::invalid("expiresAt", "ingest-before").into());
    }
    let conn = desk.tx.conn();
    let named = customer::Entity::find().filter(customer::Column::Number.eq(&data.customer_number));
    let Some(customer) = named.one(conn).await? else {
        return Ok(waits("customerNumber", customer_subject(&data.customer_number)));
    };
    let Some(tier) = tier::Entity::find().filter(tier::Column::Code.eq(&data.tier_code)).one(conn).await? else {
        return Ok(waits("tierCode", format!("tier/{}", data.tier_code)));
    };
    let Some(mut ledger) = Ledger::open_or_make(desk.tx, customer.id).await? else {
        return Ok(waits("customerNumber", customer_subject(&data.customer_number)));
    };
    ledger.place(desk.tx, &tier, data.since, data.expires_at).await?;
    ledger.close(desk.tx).await?;
    Ok(Verdict::DONE)
}
