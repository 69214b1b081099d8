//! `cn.milepost.place.staff.v1`.

use entity::place::{staff, store};
use entity::{Role, StaffId, StoreId};
use std::collections::HashMap;

use crate::graph::Result;
use crate::ingest::keys::{by_key, code, found_or_none, sorted_out, upsert, value};
use crate::ingest::{Desk, Inbound, Item, Reason, Verdict, data};
use crate::store::vault::Personal;
use crate::values::person_name::PersonName;

data! {
    /// A person who works for a store or for the car maker.
    pub struct StaffData {
        /// Employee number, unique.
        pub number: String,
        /// Name; sealed when it is kept.
        pub name: String,
        /// Code of the store; left out for the car maker's own people.
        pub store_code: Option<String>,
        /// `CONSULTANT` or `STORE_MANAGER` of a store, or `OPERATOR` without one.
        pub role: Role,
        /// Whether the person still works there.
        pub active: bool,
    }
}

/// A member of staff reported.
pub struct StaffReported;

impl Inbound for StaffReported {
    const TYPE: &'static str = "cn.milepost.place.staff.v1";
    const DOMAIN: &'static str = "place";
    type Data = StaffData;

    fn example() -> StaffData {
        StaffData {
            number: "YC90102".into(),
            name: "张晓明".into(),
            store_code: Some("YC001".into()),
            role: Role::Consultant,
            active: true,
        }
    }

    fn subject(data: &StaffData) -> String {
        format!("staff/{}", data.number)
    }

    async fn apply(desk: &mut Desk<'_>, items: &[Item<StaffData>]) -> Result<Vec<Verdict>> {
        let stores = items.iter().filter_map(|item| item.data.store_code.as_deref());
        let stores = by_key::<store::Entity>(desk.tx, store::Column::Code, stores, |row| Some(&row.code)).await?;
        let known = items.iter().map(|item| item.data.number.as_str());
        let known = by_key::<staff::Entity>(desk.tx, staff::Column::Number, known, |row| Some(&row.number)).await?;
        // Only one's own people can be reported, those of before too.
        let of_before: HashMap<StoreId, store::Model> = if desk.sender.reaches_all() {
            HashMap::new()
        } else {
            super::stores_by_id(desk.tx, known.values().filter_map(|row| row.store_id)).await?
        };
        let (rows, verdicts) = sorted_out(items, |item| row(desk, &stores, &known, &of_before, &item.data));
        let stay = [staff::Column::Id, staff::Column::CreatedAt];
        upsert::<staff::Entity>(desk.tx, rows, &[staff::Column::Number], &stay).await?;
        Ok(verdicts)
    }
}

fn row(
    desk: &Desk<'_>,
    stores: &HashMap<String, store::Model>,
    known: &HashMap<String, staff::Model>,
    of_before: &HashMap<StoreId, store::Model>,
    data: &StaffData,
) -> Result<staff::Model, Verdict> {
    let store = found_or_none(stores, "storeCode", "store", data.store_code.as_deref())?;
    match (data.role, store) {
        (Role::Consultant | Role::StoreManager, Some(store)) => {
            desk.sender.check(store.organization_id, "storeCode")?
        }
        (Role::Operator, None) => desk.sender.check_all("role")?,
        _ => return Err(Reason::invalid("role", "ingest-role-store").into()),
    }
    let before = known.get(&data.number);
    if let Some(before) = before
        && !desk.sender.reaches_all()
    {
        match before.store_id.and_then(|id| of_before.get(&id)) {
            Some(store) => desk.sender.check(store.organization_id, "number")?,
            None => desk.sender.check_all("number")?,
        }
    }
    let name = value("name", PersonName::parse(&data.name))?;
    Ok(staff::Model {
        id: before.map_or_else(StaffId::generate, |row| row.id),
        number: code("number", &data.number)?,
        name: desk.app.vault.seal(Personal::Name, name.as_str()),
        store_id: store.map(|store| store.id),
        role: data.role,
        active: data.active,
        created_at: desk.tx.now(),
    })
}
