//! The loyalty room.

mod award;
mod reads;
mod redeem;

use chrono::Duration;
use entity::loyalty::{account, points_entry, points_lot, redemption, redemption_lot, tier};
use entity::{CustomerId, LotState, LoyaltyAccountId, PointsLotId};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};

use crate::customer::newcomer;
use crate::harness::Server;

/// Points to begin with.
struct Lot {
    points: i64,
    state: LotState,
    activates: Option<Duration>,
    expires: Option<Duration>,
}

fn active(points: i64, expires_in_days: Option<i64>) -> Lot {
    Lot { points, state: LotState::Active, activates: None, expires: expires_in_days.map(Duration::days) }
}

fn pending(points: i64, activates_in_days: i64) -> Lot {
    Lot {
        points,
        state: LotState::Pending,
        activates: Some(Duration::days(activates_in_days)),
        expires: Some(Duration::days(500)),
    }
}

/// A new customer with an account of these lots, as the ledger would have left it; and the lots' ids.
async fn member(server: &Server, lots: &[Lot], debt: i64) -> (CustomerId, Vec<PointsLotId>) {
    let db = server.db().conn();
    let customer = newcomer(server, &format!("T{}", LoyaltyAccountId::generate())).await;
    let now = server.app().clock.now();
    let then = now - Duration::days(200);
    let lowest = tier::Entity::find().order_by_asc(tier::Column::Level).one(db).await.expect("tiers").expect("a tier");
    let sum = |state| lots.iter().filter(|lot| lot.state == state).map(|lot| lot.points).sum::<i64>();
    let account = account::Model {
        id: LoyaltyAccountId::generate(),
        customer_id: customer,
        balance: sum(LotState::Active),
        pending: sum(LotState::Pending),
        debt,
        growth: 0,
        tier_id: lowest.id,
        tier_since: then,
        tier_expires_at: now + Duration::days(165),
        version: 1,
        created_at: then,
        updated_at: then,
    };
    let account = account.into_active_model().reset_all().insert(db).await.expect("an account").id;
    let mut ids = Vec::new();
    for lot in lots {
        let row = points_lot::Model {
            id: PointsLotId::generate(),
            account_id: account,
            rule_code: "TEST".into(),
            source_type: "TEST".into(),
            source_id: PointsLotId::generate().to_string(),
            earned: lot.points,
            remaining: lot.points,
            state: lot.state,
            earned_at: then,
            activates_at: lot.activates.map(|after| now + after),
            expires_at: lot.expires.map(|after| now + after),
        };
        ids.push(row.into_active_model().reset_all().insert(db).await.expect("a lot").id);
    }
    (customer, ids)
}

/// Everything that the store holds of an account.
struct Books {
    account: account::Model,
    lots: Vec<points_lot::Model>,
    entries: Vec<points_entry::Model>,
    redemptions: Vec<redemption::Model>,
    paid: Vec<redemption_lot::Model>,
}

async fn books(server: &Server, customer: CustomerId) -> Books {
    let db = server.db().conn();
    let account = account::Entity::find().filter(account::Column::CustomerId.eq(customer)).one(db).await;
    let account = account.expect("an answer").expect("an account");
    let lots = points_lot::Entity::find().filter(points_lot::Column::AccountId.eq(account.id)).all(db).await;
    let entries = points_entry::Entity::find()
        .filter(points_entry::Column::AccountId.eq(account.id))
        .order_by_asc(points_entry::Column::OccurredAt)
        .order_by_asc(points_entry::Column::Id)
        .all(db)
        .await;
    let redemptions = redemption::Entity::find().filter(redemption::Column::AccountId.eq(account.id)).all(db).await;
    let redemptions = redemptions.expect("redemptions");
    let ids = redemptions.iter().map(|row| row.id);
    let paid = redemption_lot::Entity::find().filter(redemption_lot::Column::RedemptionId.is_in(ids)).all(db).await;
    Books {
        account,
        lots: lots.expect("lots"),
        entries: entries.expect("entries"),
        redemptions,
        paid: paid.expect("parts"),
    }
}

impl Books {
    /// What must hold after every write. `before` is what the account had before its first line.
    fn check(&self, before: i64) {
        let sum = |state| self.lots.iter().filter(|lot| lot.state == state).map(|lot| lot.remaining).sum::<i64>();
        assert_eq!(self.account.balance, sum(LotState::Active));
        assert_eq!(self.account.pending, sum(LotState::Pending));
        let lines: i64 = self.entries.iter().map(|entry| entry.points).sum();
        assert_eq!(before + lines, self.account.balance - self.account.debt);
        let mut balance = before.max(0);
        for entry in &self.entries {
            balance += if entry.lot_id.is_some() { entry.points } else { 0 };
            assert_eq!(entry.balance_after, balance, "after {entry:?}");
        }
        assert_eq!(balance, self.account.balance);
        assert_eq!(
            self.redemptions.iter().map(|row| row.points).sum::<i64>(),
            self.paid.iter().map(|part| part.points).sum::<i64>()
        );
    }
}
