//! `cn.milepost.loyalty.reward.v1` (C109).

use entity::RedemptionItemId;
use entity::loyalty::redemption_item;

use crate::graph::Result;
use crate::ingest::keys::{code, name, number, small, sorted_out, upsert};
use crate::ingest::{Desk, Inbound, Item, Verdict, data};

data! {
    /// Something to have for points.
    pub struct RewardData {
        /// Unique.
        pub code: String,
        /// Name in Chinese.
        pub name_zh: String,
        /// Name in English.
        pub name_en: String,
        /// What it costs, points.
        pub cost_points: i64,
        /// Whether it can be had.
        pub available: bool,
        /// Place in the mall.
        pub position: i32,
    }
}

/// A reward reported.
pub struct RewardReported;

impl Inbound for RewardReported {
    const TYPE: &'static str = "cn.milepost.loyalty.reward.v1";
    const DOMAIN: &'static str = "loyalty";
    type Data = RewardData;

    fn example() -> RewardData {
        RewardData {
            code: "UMBRELLA".into(),
            name_zh: "车载雨伞".into(),
            name_en: "Umbrella".into(),
            cost_points: 1_500,
            available: true,
            position: 20,
        }
    }

    fn subject(data: &RewardData) -> String {
        format!("reward/{}", data.code)
    }

    async fn apply(desk: &mut Desk<'_>, items: &[Item<RewardData>]) -> Result<Vec<Verdict>> {
        let (rows, verdicts) = sorted_out(items, |item| {
            let data = &item.data;
            desk.sender.check_all("code")?;
            Ok(redemption_item::Model {
                id: RedemptionItemId::generate(),
                code: code("code", &data.code)?,
                name_zh: name("nameZh", &data.name_zh)?,
                name_en: name("nameEn", &data.name_en)?,
                cost_points: number("costPoints", data.cost_points, 1, 100_000_000)?,
                available: data.available,
                position: small("position", data.position, 0, 10_000)?,
            })
        });
        let stay = [redemption_item::Column::Id];
        upsert::<redemption_item::Entity>(desk.tx, rows, &[redemption_item::Column::Code], &stay).await?;
        Ok(verdicts)
    }
}
