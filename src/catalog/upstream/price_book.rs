//! `cn.milepost.catalog.price_book.v1` (C059).

use chrono::{DateTime, Utc};
use entity::catalog::{price_book, price_entry, trim};
use entity::{PriceBookId, PriceBookStatus};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::events::Topic;
use crate::graph::Result;
use crate::ingest::keys::{by_key, code, found, minor, small, twice, upsert};
use crate::ingest::{Desk, Inbound, Item, Reason, Verdict, data};

data! {
    /// A dated list of prices. The whole of it each time.
    pub struct PriceBookData {
        /// Code of the list.
        pub code: String,
        /// Version of it; with the code unique.
        pub version: i32,
        /// State; of the published ones the latest in force counts.
        pub status: PriceBookStatus,
        /// From when it is in force.
        pub effective_from: DateTime<Utc>,
        /// Until when; for good when left out.
        pub effective_to: Option<DateTime<Utc>>,
        /// Prices by trim.
        pub prices: Vec<PriceData>,
    }

    /// The price of a trim.
    pub struct PriceData {
        /// Code of the trim.
        pub trim_code: String,
        /// List price, fen.
        pub msrp_minor: i64,
        /// The brand's discount, fen; not above the list price.
        pub discount_minor: i64,
    }
}

/// A price book reported.
pub struct PriceBookReported;

/// What the subjects of price books begin with.
const SUBJECT: &str = "price-book";

impl PriceBookReported {
    /// Code and version of the book that a subject names; none when it names something else.
    pub fn named(subject: &str) -> Option<(&str, i32)> {
        let (code, version) = subject.strip_prefix(SUBJECT)?.strip_prefix('/')?.rsplit_once('/')?;
        Some((code, version.parse().ok()?))
    }
}

impl Inbound for PriceBookReported {
    const TYPE: &'static str = "cn.milepost.catalog.price_book.v1";
    const DOMAIN: &'static str = "catalog";
    const TELLS: Option<Topic> = Some(Topic::Catalog);
    type Data = PriceBookData;

    fn example() -> PriceBookData {
        PriceBookData {
            code: "CN".into(),
            version: 3,
            status: PriceBookStatus::Draft,
            effective_from: DateTime::from_timestamp(1_780_243_200, 0).unwrap_or_default(),
            effective_to: None,
            prices: vec![PriceData { trim_code: "C5-660".into(), msrp_minor: 20_480_000, discount_minor: 0 }],
        }
    }

    fn subject(data: &PriceBookData) -> String {
        format!("{SUBJECT}/{}/{}", data.code, data.version)
    }

    async fn apply(desk: &mut Desk<'_>, items: &[Item<PriceBookData>]) -> Result<Vec<Verdict>> {
        let mut verdicts = Vec::with_capacity(items.len());
        for item in items {
            let data = &item.data;
            let named = data.prices.iter().map(|price| price.trim_code.as_str());
            let trims = by_key::<trim::Entity>(desk.tx, trim::Column::Code, named, |row| Some(&row.code)).await?;
            let before = price_book::Entity::find()
                .filter(price_book::Column::Code.eq(&data.code))
                .filter(price_book::Column::PriceVersion.eq(data.version))
                .one(desk.tx.conn())
                .await?;
            let id = before.map_or_else(PriceBookId::generate, |row| row.id);
            let rows = match rows(desk, id, data, &trims) {
                Ok(rows) => rows,
                Err(verdict) => {
                    verdicts.push(verdict);
                    continue;
                }
            };
            let (book, prices) = rows;
            upsert::<price_book::Entity>(desk.tx, vec![book], &[price_book::Column::Id], &[]).await?;
            let old = price_entry::Entity::delete_many().filter(price_entry::Column::PriceBookId.eq(id));
            old.exec(desk.tx.conn()).await?;
            let key = [price_entry::Column::PriceBookId, price_entry::Column::TrimId];
            upsert::<price_entry::Entity>(desk.tx, prices, &key, &[]).await?;
            verdicts.push(Verdict::DONE);
        }
        Ok(verdicts)
    }
}

fn rows(
    desk: &Desk<'_>,
    id: PriceBookId,
    data: &PriceBookData,
    trims: &std::collections::HashMap<String, trim::Model>,
) -> Result<(price_book::Model, Vec<price_entry::Model>), Verdict> {
    desk.sender.check_all("code")?;
    if twice(data.prices.iter().map(|price| price.trim_code.as_str())).is_some() {
        return Err(Reason::invalid("prices", "ingest-twice").into());
    }
    if data.effective_to.is_some_and(|to| to <= data.effective_from) {
        return Err(Reason::invalid("effectiveTo", "ingest-before").into());
    }
    let book = price_book::Model {
        id,
        code: code("code", &data.code)?,
        price_version: small("version", data.version, 1, i32::MAX)?,
        status: data.status,
        effective_from: data.effective_from,
        effective_to: data.effective_to,
    };
    let mut prices = Vec::with_capacity(data.prices.len());
    for (at, price) in data.prices.iter().enumerate() {
        let field = |name: &str| format!("prices.{at}.{name}");
        let trim = found(trims, &field("trimCode"), "trim", &price.trim_code)?;
        let msrp_minor = minor(&field("msrpMinor"), price.msrp_minor)?;
        let discount_minor = minor(&field("discountMinor"), price.discount_minor)?;
        if discount_minor > msrp_minor {
            let reason = Reason::invalid(&field("discountMinor"), "ingest-number");
            return Err(reason.with("min", 0).with("max", msrp_minor).into());
        }
        prices.push(price_entry::Model { price_book_id: id, trim_id: trim.id, msrp_minor, discount_minor });
    }
    Ok((book, prices))
}
