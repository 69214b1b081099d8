//! `cn.milepost.place.organization.v1` (C084).

use entity::place::organization;
use entity::{OrganizationId, OrganizationKind, Region};

use crate::events::Topic;
use crate::graph::Result;
use crate::ingest::keys::{by_key, code, found_or_none, name, sorted_out, upsert};
use crate::ingest::{Desk, Inbound, Item, Reason, Verdict, data};

data! {
    /// A party of the way from order to delivery: the car maker, its regions, dealer groups, stores' companies, plants,
    /// carriers, lenders. Who speaks for one speaks for all below it.
    pub struct OrganizationData {
        /// Short code, unique.
        pub code: String,
        /// What it is. The car maker's own is the one `OEM`.
        pub kind: OrganizationKind,
        /// Name in Chinese.
        pub name_zh: String,
        /// Name in English.
        pub name_en: String,
        /// Code of the one above it.
        pub parent_code: Option<String>,
        /// Its region, when it has one.
        pub region: Option<Region>,
    }
}

/// An organisation reported.
pub struct OrganizationReported;

impl Inbound for OrganizationReported {
    const TYPE: &'static str = "cn.milepost.place.organization.v1";
    const DOMAIN: &'static str = "place";
    const TELLS: Option<Topic> = Some(Topic::Places);
    type Data = OrganizationData;

    fn example() -> OrganizationData {
        OrganizationData {
            code: "ORG-YC901".into(),
            kind: OrganizationKind::Store,
            name_zh: "上海浦东曜驰汽车销售服务有限公司".into(),
            name_en: "Shanghai Pudong Yaochi Auto Sales".into(),
            parent_code: Some("YC".into()),
            region: Some(Region::East),
        }
    }

    fn subject(data: &OrganizationData) -> String {
        format!("organization/{}", data.code)
    }

    async fn apply(desk: &mut Desk<'_>, items: &[Item<OrganizationData>]) -> Result<Vec<Verdict>> {
        let named: Vec<&str> = items
            .iter()
            .flat_map(|item| [Some(item.data.code.as_str()), item.data.parent_code.as_deref()])
            .flatten()
            .collect();
        let known = by_key::<organization::Entity>(desk.tx, organization::Column::Code, named, |row| Some(&row.code));
        let known = known.await?;
        let now = desk.tx.now();
        let (rows, verdicts) = sorted_out(items, |item| {
            let data = &item.data;
            desk.sender.check_all("code")?;
            if data.parent_code.as_ref() == Some(&data.code) {
                return Err(Reason::invalid("parentCode", "ingest-own-parent").into());
            }
            let parent = found_or_none(&known, "parentCode", "organization", data.parent_code.as_deref())?;
            Ok(organization::Model {
                id: known.get(&data.code).map_or_else(OrganizationId::generate, |row| row.id),
                code: code("code", &data.code)?,
                kind: data.kind,
                name_zh: name("nameZh", &data.name_zh)?,
                name_en: name("nameEn", &data.name_en)?,
                parent_id: parent.map(|row| row.id),
                region: data.region,
                created_at: now,
            })
        });
        let stay = [organization::Column::Id, organization::Column::CreatedAt];
        upsert::<organization::Entity>(desk.tx, rows, &[organization::Column::Code], &stay).await?;
        Ok(verdicts)
    }
}
