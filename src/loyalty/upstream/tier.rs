//! `cn.milepost.loyalty.tier.v1` (C108).

use entity::TierId;
use entity::loyalty::tier;

use crate::events::Topic;
use crate::graph::Result;
use crate::ingest::keys::{code, name, number, small, sorted_out, upsert};
use crate::ingest::{Desk, Inbound, Item, Verdict, data};

data! {
    /// A level of membership.
    pub struct TierData {
        /// Which level, from the lowest on; unique.
        pub level: i32,
        /// Short code.
        pub code: String,
        /// Growth needed.
        pub threshold: i64,
        /// Name in Chinese.
        pub name_zh: String,
        /// Name in English.
        pub name_en: String,
    }
}

/// A level reported.
pub struct TierReported;

impl Inbound for TierReported {
    const TYPE: &'static str = "cn.milepost.loyalty.tier.v1";
    const DOMAIN: &'static str = "loyalty";
    const TELLS: Option<Topic> = Some(Topic::Loyalty);
    type Data = TierData;

    fn example() -> TierData {
        TierData {
            level: 9, code: "COMET".into(), threshold: 500_000, name_zh: "彗星".into(), name_en: "Comet".into()
        }
    }

    fn subject(data: &TierData) -> String {
        format!("tier/{}", data.level)
    }

    fn wakes(data: &TierData) -> Vec<String> {
        vec![Self::subject(data), format!("tier/{}", data.code), "tiers".to_owned()]
    }

    async fn apply(desk: &mut Desk<'_>, items: &[Item<TierData>]) -> Result<Vec<Verdict>> {
        let (rows, verdicts) = sorted_out(items, |item| {
            let data = &item.data;
            desk.sender.check_all("level")?;
            Ok(tier::Model {
                id: TierId::generate(),
                code: code("code", &data.code)?,
                level: small("level", data.level, 0, 100)?,
                threshold: number("threshold", data.threshold, 0, 1_000_000_000)?,
                name_zh: name("nameZh", &data.name_zh)?,
                name_en: name("nameEn", &data.name_en)?,
            })
        });
        upsert::<tier::Entity>(desk.tx, rows, &[tier::Column::Level], &[tier::Column::Id]).await?;
        Ok(verdicts)
    }
}
