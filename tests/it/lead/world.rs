//! Two cities, four stores of both kinds, their people, two models and a customer.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_graphql::{Request, Variables};
use entity::*;
use migration::{Migrator, MigratorTrait};
use milepost::access::{Scope, Viewer, ViewerKind};
use milepost::app::{App, AppState, Clock};
use milepost::events::Hub;
use milepost::graph::Gateway;
use milepost::graph::call::CallState;
use milepost::store::db::DbOptions;
use milepost::store::vault::Personal;
use milepost::store::{Db, Vault};
use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, DatabaseConnection, EntityTrait, IntoActiveModel, ModelTrait, PaginatorTrait,
};
use serde_json::{Value, json};

use crate::harness::Database;

/// A database of its own and who and what is in it.
pub struct World {
    pub app: App,
    gateway: Gateway,
    /// Shanghai, the maker's own.
    pub direct: Shop,
    /// Shanghai, an agent's.
    pub agency: Shop,
    /// Suzhou, the maker's own.
    pub far: Shop,
    pub operator: StaffId,
    pub model: VehicleModelId,
    pub other_model: VehicleModelId,
    pub trim: TrimId,
    pub customer: CustomerId,
    /// Dropped last.
    _database: Database,
}

/// A store and its people.
pub struct Shop {
    pub id: StoreId,
    pub manager: StaffId,
    pub consultant: StaffId,
}

/// The customer's number.
pub const KNOWN: &str = "19900000001";
/// Nobody's number.
pub const UNKNOWN: &str = "19900000002";

async fn put<M, A>(db: &DatabaseConnection, model: M)
where
    M: ModelTrait + IntoActiveModel<A>,
    A: ActiveModelTrait<Entity = M::Entity> + ActiveModelBehavior + Send,
{
    M::Entity::insert(model.into_active_model().reset_all()).exec_without_returning(db).await.unwrap();
}

impl World {
    pub async fn new() -> Self {
        let database = Database::empty().await;
        let options = DbOptions { count_statements: true, ..DbOptions::new(database.url()) };
        let db = Db::connect(&options).await.unwrap();
        Migrator::up(db.conn(), None).await.unwrap();
        let keys = BTreeMap::from([("k1".to_owned(), [1; 32])]);
        let app = Arc::new(AppState {
            db,
            vault: Vault::new(&keys, "k1", &[9; 32]).unwrap(),
            hub: Hub::default(),
            clock: Clock::default(),
            withdrawn: Default::default(),
            webhooks: Default::default(),
            ports: Default::default(),
            press: None,
            files: Default::default(),
            orders: Default::default(),
            dev: true,
        });
        let (db, now) = (app.db.conn(), app.clock.now());
        for (code, zh, en, latitude, longitude) in
            [("310100", "上海", "Shanghai", 31.231706, 121.472644), ("320500", "苏州", "Suzhou", 31.299379, 120.619585)]
        {
            let city = place::city::Model {
                code: code.into(),
                name_zh: zh.into(),
                name_en: en.into(),
                province_code: code[..2].into(),
                region: Region::East,
                latitude,
                longitude,
                dialling_code: "021".into(),
            };
            put(db, city).await;
        }
        let operator = staff(&app, "YC0001", None, Role::Operator).await;
        let direct = shop(&app, "SH01", SalesModel::Direct, "310100", 31.24, 121.48).await;
        let agency = shop(&app, "SH02", SalesModel::Agency, "310100", 31.23, 121.47).await;
        let far = shop(&app, "SZ01", SalesModel::Direct, "320500", 31.30, 120.62).await;
        let mut models = Vec::new();
        for (position, slug) in ["c5", "c7"].into_iter().enumerate() {
            let model = catalog::model::Model {
                id: VehicleModelId::generate(),
                slug: slug.into(),
                code: slug.to_uppercase(),
                name_zh: slug.into(),
                name_en: slug.into(),
                tagline_zh: "路".into(),
                tagline_en: "Road".into(),
                body_type: BodyType::Suv,
                position: position as i32,
                on_sale: true,
                media: Default::default(),
            };
            models.push(model.id);
            put(db, model).await;
        }
        let trim = catalog::trim::Model {
            id: TrimId::generate(),
            model_id: models[0],
            code: "C5-660".into(),
            name_zh: "长续航".into(),
            name_en: "Long Range".into(),
            powertrain: Powertrain::Bev,
            battery_wh: 78_400,
            cltc_km: 660,
            total_range_km: None,
            acceleration_ms: 6_500,
            seats: 5,
            all_wheel_drive: false,
            purchase_tax_catalog: true,
            model_year: 2026,
            position: 1,
            on_sale: true,
        };
        let trim_id = trim.id;
        put(db, trim).await;
        let phone = format!("+86{KNOWN}");
        let customer = customer::customer::Model {
            id: CustomerId::generate(),
            number: "CU000001".into(),
            display_name: "shan".into(),
            real_name: None,
            phone: Some(app.vault.seal(Personal::Phone, &phone)),
            phone_hash: Some(app.vault.blind(Personal::Phone, &phone)),
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
        let customer_id = customer.id;
        put(db, customer).await;
        Self {
            gateway: Gateway::new(true),
            direct,
            agency,
            far,
            operator,
            model: models[0],
            other_model: models[1],
            trim: trim_id,
            customer: customer_id,
            app,
            _database: database,
        }
    }

    /// What the gateway answers this viewer.
    pub async fn answer(&self, viewer: Viewer, document: &str, variables: Value) -> async_graphql::Response {
        let request = Request::new(document).variables(Variables::from_json(variables));
        let call = CallState::new(self.app.clone(), viewer, Locale::En, "test".into());
        self.gateway.execute(request, call).await
    }

    /// The data of an answer without errors.
    pub async fn ask(&self, viewer: Viewer, document: &str, variables: Value) -> Value {
        let response = self.answer(viewer, document, variables).await;
        assert!(response.errors.is_empty(), "{:?}", response.errors);
        response.data.into_json().unwrap()
    }

    /// The code of an answer's first error.
    pub async fn refused(&self, viewer: Viewer, document: &str, variables: Value) -> Value {
        let response = self.answer(viewer, document, variables).await;
        serde_json::to_value(&response.errors).unwrap()[0]["extensions"]["code"].clone()
    }

    /// How many rows a table has.
    pub async fn rows<E: EntityTrait>(&self, _: E) -> u64
    where
        E::Model: Send + Sync,
    {
        E::find().count(self.app.db.conn()).await.unwrap()
    }

    /// A form in order.
    pub fn form(&self, key: &str, phone: &str) -> Value {
        json!({
            "idempotencyKey": key, "phone": phone, "name": "张三", "modelId": self.model.to_string(),
            "cityCode": "310115", "channel": "MINI_PROGRAM", "touchpoint": "c5-home",
        })
    }

    /// Sends a form; the payload.
    pub async fn submit(&self, viewer: Viewer, form: Value) -> Value {
        const SUBMIT: &str = "mutation($input: LeadSubmitInput!) { leadSubmit(input: $input) {
            receipt { reference accepted } lead { id number stage touchpointCount }
            userErrors { __typename code field ... on ValidationError { constraint } } } }";
        self.ask(viewer, SUBMIT, json!({ "input": form })).await["leadSubmit"].clone()
    }

    /// Sends a form without a login and reads its lead as an operator.
    pub async fn lead(&self, form: Value) -> Value {
        let taken = self.submit(Viewer::anonymous(), form).await;
        assert_eq!(taken["userErrors"], json!([]));
        const NEWEST: &str =
            "{ leads(first: 1) { nodes { id version stage store { code } owner { number } customer { id }
            followUps { id kind status dueAt } } } }";
        self.ask(self.operator(), NEWEST, json!({})).await["leads"]["nodes"][0].clone()
    }

    pub fn operator(&self) -> Viewer {
        Viewer::of(ViewerKind::Operator(self.operator))
    }

    pub fn customer(&self) -> Viewer {
        Viewer::of(ViewerKind::Customer(self.customer))
    }
}

impl Shop {
    pub fn manager(&self) -> Viewer {
        Viewer::of(ViewerKind::Staff { id: self.manager, store: self.id, manager: true })
    }

    pub fn consultant(&self) -> Viewer {
        Viewer::of(ViewerKind::Staff { id: self.consultant, store: self.id, manager: false })
    }
}

/// The same viewer with the right to personal data.
pub fn with_pii(mut viewer: Viewer) -> Viewer {
    viewer.scopes.insert(Scope::PiiRead);
    viewer
}

async fn staff(app: &App, number: &str, store: Option<StoreId>, role: Role) -> StaffId {
    let person = place::staff::Model {
        id: StaffId::generate(),
        number: number.into(),
        name: app.vault.seal(Personal::Name, "李四"),
        store_id: store,
        role,
        active: true,
        created_at: app.clock.now(),
    };
    let id = person.id;
    put(app.db.conn(), person).await;
    id
}

async fn shop(app: &App, code: &str, sales_model: SalesModel, city: &str, latitude: f64, longitude: f64) -> Shop {
    let (db, now) = (app.db.conn(), app.clock.now());
    let organization = place::organization::Model {
        id: OrganizationId::generate(),
        code: format!("ORG-{code}"),
        kind: OrganizationKind::Store,
        name_zh: code.into(),
        name_en: code.into(),
        parent_id: None,
        region: Some(Region::East),
        created_at: now,
    };
    let store = place::store::Model {
        id: StoreId::generate(),
        organization_id: organization.id,
        code: code.into(),
        name_zh: code.into(),
        name_en: code.into(),
        sales_model,
        city_code: city.into(),
        address_zh: "路 1 号".into(),
        address_en: "1 Road".into(),
        latitude,
        longitude,
        opens_at: "10:00".into(),
        closes_at: "21:00".into(),
        service_radius_km: 30,
        delivery_center: false,
        created_at: now,
    };
    let id = store.id;
    put(db, organization).await;
    put(db, store).await;
    put(db, place::store_service::Model { store_id: id, service: StoreService::Sales }).await;
    Shop {
        id,
        manager: staff(app, &format!("{code}-M"), Some(id), Role::StoreManager).await,
        consultant: staff(app, &format!("{code}-C"), Some(id), Role::Consultant).await,
    }
}
