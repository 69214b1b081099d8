//! Which version of which app asks for which document and uses what of the schema is to go, so that what nobody needs any
//! more can be retired, and what somebody needs is not.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{Days, NaiveDate};
use entity::trusted::document_use::{self, Column};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ActiveValue, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::app::Clock;
use crate::store::Db;

/// How often what was counted is written.
const EVERY: Duration = Duration::from_secs(10);

/// Most rows of a statement.
const ROWS: usize = 500;

/// Most versions of an app that are told apart in a day. A version is what anybody says: of more, none is kept.
const VERSIONS: usize = 100;

/// Longest version.
const MAX_VERSION: usize = 40;

/// The uses that are not written yet. Cheap to clone.
#[derive(Clone, Default)]
pub struct Usage(Arc<Mutex<Counted>>);

#[derive(Default)]
struct Counted {
    uses: HashMap<Use, i64>,
    /// The versions of each app that were told apart on the day.
    versions: HashMap<String, HashSet<String>>,
    day: Option<NaiveDate>,
}

/// App, document, version.
type Use = (String, String, String);

/// A version as it is kept: what an app may call itself, or nothing.
pub fn version(text: Option<&str>) -> &str {
    let may_be = |text: &&str| {
        text.len() <= MAX_VERSION
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b'+'))
    };
    text.filter(may_be).unwrap_or_default()
}

impl Usage {
    /// Counts one use.
    pub fn note(&self, client: &str, document: &str, version: &str) {
        let mut counted = self.0.lock().expect("no panic while held");
        let versions = counted.versions.entry(client.to_owned()).or_default();
        let known = versions.contains(version) || version.is_empty();
        let version = if known || versions.len() < VERSIONS { version } else { "" };
        if !known && !version.is_empty() {
            versions.insert(version.to_owned());
        }
        *counted.uses.entry((client.to_owned(), document.to_owned(), version.to_owned())).or_default() += 1;
    }

    /// Writes what was counted; what cannot be written stays counted.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn write(&self, db: &Db, day: NaiveDate) -> Result<(), DbErr> {
        let mut rows: Vec<(Use, i64)> = {
            let mut counted = self.0.lock().expect("no panic while held");
            if counted.day.replace(day) != Some(day) {
                counted.versions.clear();
            }
            std::mem::take(&mut counted.uses).into_iter().collect()
        };
        // In one order, so that two processes do not wait for each other.
        rows.sort();
        let mut rest = rows.as_slice();
        while !rest.is_empty() {
            let (part, after) = rest.split_at(rest.len().min(ROWS));
            if let Err(error) = add(db, part, day).await {
                let mut counted = self.0.lock().expect("no panic while held");
                for (of, count) in rest {
                    *counted.uses.entry(of.clone()).or_default() += count;
                }
                return Err(error);
            }
            rest = after;
        }
        Ok(())
    }

    /// Writes again and again, and once more at the end.
    pub async fn keep(self, db: Db, clock: Clock, stop: CancellationToken) {
        loop {
            let ends = tokio::select! {
                () = stop.cancelled() => true,
                () = sleep(EVERY) => false,
            };
            if let Err(error) = self.write(&db, clock.now().date_naive()).await {
                tracing::warn!(%error, "how often documents were asked for could not be written");
            }
            if ends {
                return;
            }
        }
    }
}

async fn add(db: &Db, uses: &[(Use, i64)], day: NaiveDate) -> Result<(), DbErr> {
    let rows = uses.iter().cloned().map(|((client, document, version), uses)| document_use::ActiveModel {
        client: ActiveValue::Set(client),
        document: ActiveValue::Set(document),
        version: ActiveValue::Set(version),
        day: ActiveValue::Set(day),
        uses: ActiveValue::Set(uses),
    });
    let key = [Column::Client, Column::Document, Column::Version, Column::Day];
    let more = Expr::col((document_use::Entity, Column::Uses)).add(Expr::cust("excluded.uses"));
    let insert = document_use::Entity::insert_many(rows)
        .on_conflict(OnConflict::columns(key).value(Column::Uses, more).to_owned());
    insert.exec_without_returning(db.conn()).await?;
    Ok(())
}

/// The first day of which anything is known of an app's documents.
///
/// # Errors
/// When the store fails.
pub async fn first_day(conn: &impl ConnectionTrait, client: &str) -> Result<Option<NaiveDate>, DbErr> {
    let own = document_use::Entity::find().filter(Column::Client.eq(client)).order_by_asc(Column::Day);
    Ok(own.one(conn).await?.map(|row| row.day))
}

/// The uses of an app's documents in the last days, the newest first.
///
/// # Errors
/// When the store fails.
pub async fn since(
    conn: &impl ConnectionTrait,
    client: &str,
    today: NaiveDate,
    days: u32,
) -> Result<Vec<document_use::Model>, DbErr> {
    let first = today.checked_sub_days(Days::new(days.into())).unwrap_or(NaiveDate::MIN);
    document_use::Entity::find()
        .filter(Column::Client.eq(client))
        .filter(Column::Day.gt(first))
        .order_by_desc(Column::Day)
        .all(conn)
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_what_an_app_may_call_itself() {
        for (text, wanted) in [
            (None, ""),
            (Some("3.2.1"), "3.2.1"),
            (Some("2026.11-rc_1+7"), "2026.11-rc_1+7"),
            (Some("3 or 4"), ""),
            (Some("三"), ""),
            (Some("1234567890123456789012345678901234567890"), "1234567890123456789012345678901234567890"),
            (Some("12345678901234567890123456789012345678901"), ""),
        ] {
            assert_eq!(version(text), wanted, "{text:?}");
        }
    }

    #[test]
    fn versions_that_somebody_makes_up_do_not_fill_the_memory() {
        let usage = Usage::default();
        for n in 0..2 * VERSIONS {
            usage.note("mobile", "d", &n.to_string());
        }
        let counted = usage.0.lock().unwrap();
        assert_eq!(counted.uses.len(), VERSIONS + 1);
        assert_eq!(counted.uses.values().sum::<i64>(), 2 * VERSIONS as i64);
    }
}
