//! The customer room.

mod consent;
mod lookup;
mod profile;
mod reads;

use entity::customer::customer;
use entity::{CustomerId, Gender, LifecycleStage};
use milepost::store::vault::Personal;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};

use crate::harness::Server;

/// A customer who has nothing but a number, known to no store.
pub async fn newcomer(server: &Server, number: &str) -> CustomerId {
    let now = server.app().clock.now();
    let row = customer::Model {
        id: CustomerId::generate(),
        number: number.to_owned(),
        display_name: "Newcomer".into(),
        real_name: None,
        phone: None,
        phone_hash: None,
        email: None,
        address: None,
        gender: Gender::Unknown,
        birth_month: None,
        home_city_code: None,
        lifecycle_stage: LifecycleStage::Follower,
        preferred_store_id: None,
        dedicated_partner_id: None,
        preferred_locale: None,
        registered_at: now,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    row.into_active_model().reset_all().insert(server.db().conn()).await.expect("a customer").id
}

/// The customer's row as it stands.
async fn row_of(server: &Server, id: CustomerId) -> customer::Model {
    customer::Entity::find_by_id(id).one(server.db().conn()).await.expect("an answer").expect("a customer")
}

/// Gives a customer known personal data.
async fn known_as(server: &Server, id: CustomerId, phone: &str) {
    let vault = &server.app().vault;
    let mut row = row_of(server, id).await.into_active_model();
    row.real_name = Set(Some(vault.seal(Personal::Name, "张三丰")));
    row.phone = Set(Some(vault.seal(Personal::Phone, phone)));
    row.phone_hash = Set(Some(vault.blind(Personal::Phone, phone)));
    row.email = Set(Some(vault.seal(Personal::Email, "zhang.san@example.com")));
    row.address = Set(Some(vault.seal(Personal::Address, "上海市浦东新区世纪大道100号")));
    row.update(server.db().conn()).await.expect("a change");
}
