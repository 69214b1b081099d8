//! A small world that keeps every rule; a test spoils one thing in it.

use chrono::{DateTime, NaiveDate, Utc};
use entity::*;
use migration::sea_orm_migration::sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, DatabaseConnection, DbErr, EntityTrait, IntoActiveModel, ModelTrait,
};

pub fn noon() -> DateTime<Utc> {
    "2026-11-24T12:00:00.123456Z".parse().unwrap()
}

/// Inserts a row as it is.
pub async fn put<M, A>(db: &DatabaseConnection, model: M) -> Result<(), DbErr>
where
    M: ModelTrait + IntoActiveModel<A>,
    A: ActiveModelTrait<Entity = M::Entity> + ActiveModelBehavior + Send,
{
    let row = model.into_active_model().reset_all();
    M::Entity::insert(row).exec_without_returning(db).await.map(|_| ())
}

/// Inserts a row and reads it back: what an entity writes it must be able to read.
async fn keep<M, A>(db: &DatabaseConnection, model: M)
where
    M: ModelTrait + IntoActiveModel<A> + PartialEq,
    M::Entity: EntityTrait<Model = M>,
    A: ActiveModelTrait<Entity = M::Entity> + ActiveModelBehavior + Send,
{
    put(db, model.clone()).await.unwrap();
    let found = M::Entity::find().all(db).await.unwrap();
    assert!(found.contains(&model), "{model:?} came back as {found:?}");
}

/// The rows that are there after [`World::build`].
pub struct World {
    pub store: StoreId,
    pub customer: CustomerId,
    pub vehicle: inventory::vehicle_unit::Model,
    pub order: order::order::Model,
    pub lot: loyalty::points_lot::Model,
}

impl World {
    /// Fills the tables that the others hang on.
    pub async fn build(db: &DatabaseConnection) -> Self {
        let text = |text: &str| text.to_owned();
        let (organization, store, staff) = (OrganizationId::generate(), StoreId::generate(), StaffId::generate());
        let (customer, model, trim) = (CustomerId::generate(), VehicleModelId::generate(), TrimId::generate());
        let (configuration, tier) = (ConfigurationId::generate(), TierId::generate());
        let account = LoyaltyAccountId::generate();
        let codes: Codes = ["EXT_WHITE", "WHEEL_19"].into_iter().collect();

        keep(
            db,
            place::city::Model {
                code: text("310100"),
                name_zh: text("上海"),
                name_en: text("Shanghai"),
                province_code: text("31"),
                region: Region::East,
                latitude: 31.231706,
                longitude: 121.472644,
                dialling_code: text("021"),
            },
        )
        .await;
        keep(
            db,
            place::organization::Model {
                id: organization,
                code: text("YC"),
                kind: OrganizationKind::Oem,
                name_zh: text("曜岑汽车"),
                name_en: text("Yaocen"),
                parent_id: None,
                region: None,
                created_at: noon(),
            },
        )
        .await;
        keep(
            db,
            place::store::Model {
                id: store,
                organization_id: organization,
                code: text("SH01"),
                name_zh: text("上海交付中心"),
                name_en: text("Shanghai delivery centre"),
                sales_model: SalesModel::Direct,
                city_code: text("310100"),
                address_zh: text("某路 1 号"),
                address_en: text("1 Some Road"),
                latitude: 31.2,
                longitude: 121.5,
                opens_at: text("09:00"),
                closes_at: text("21:00"),
                service_radius_km: 30,
                delivery_center: true,
                created_at: noon(),
            },
        )
        .await;
        keep(
            db,
            place::staff::Model {
                id: staff,
                number: text("E0001"),
                name: Sealed(vec![1, 2, 3]),
                store_id: Some(store),
                role: Role::Consultant,
                active: true,
                created_at: noon(),
            },
        )
        .await;
        keep(
            db,
            customer::customer::Model {
                id: customer,
                number: text("C0001"),
                display_name: text("小岑"),
                real_name: None,
                phone: Some(Sealed(vec![0, 159, 255])),
                phone_hash: Some(Blind(vec![7; 32])),
                email: None,
                address: None,
                gender: Gender::Unknown,
                birth_month: Some(12),
                home_city_code: None,
                lifecycle_stage: LifecycleStage::Prospect,
                preferred_store_id: Some(store),
                dedicated_partner_id: Some(staff),
                preferred_locale: None,
                registered_at: noon(),
                version: 1,
                created_at: noon(),
                updated_at: noon(),
            },
        )
        .await;
        keep(
            db,
            catalog::model::Model {
                id: model,
                slug: text("c5"),
                code: text("C5"),
                name_zh: text("C5"),
                name_en: text("C5"),
                tagline_zh: text("中型 SUV"),
                tagline_en: text("Mid-size SUV"),
                body_type: BodyType::Suv,
                position: 1,
                on_sale: true,
                media: Default::default(),
            },
        )
        .await;
        keep(
            db,
            catalog::trim::Model {
                id: trim,
                model_id: model,
                code: text("C5-660"),
                name_zh: text("长续航"),
                name_en: text("Long range"),
                powertrain: Powertrain::Bev,
                battery_wh: 78_400,
                cltc_km: 660,
                total_range_km: None,
                acceleration_ms: 6_500,
                seats: 5,
                all_wheel_drive: false,
                purchase_tax_catalog: true,
                model_year: 2026,
                position: 2,
                on_sale: true,
            },
        )
        .await;
        keep(
            db,
            catalog::configuration::Model {
                id: configuration,
                code: text("CFG001"),
                customer_id: Some(customer),
                trim_id: trim,
                option_codes: codes.clone(),
                city_code: None,
                ruleset_version: 1,
                price_minor: 20_480_000,
                lead_time_days: 0,
                version: 1,
                created_at: noon(),
                updated_at: noon(),
            },
        )
        .await;
        let vehicle = inventory::vehicle_unit::Model {
            id: VehicleUnitId::generate(),
            vin: Some(text("L00C5A1E9TY000001")),
            trim_id: trim,
            option_codes: codes.clone(),
            physical_status: PhysicalStatus::InStock,
            commercial_status: CommercialStatus::Free,
            resume_to: None,
            held_upstream: false,
            stock_type: StockType::StoreStock,
            sales_model: SalesModel::Direct,
            owner_organization_id: organization,
            store_id: Some(store),
            city_code: text("310100"),
            latitude: 31.2,
            longitude: 121.5,
            unit_x: -0.4469,
            unit_y: 0.7293,
            unit_z: 0.5180,
            production_slot_id: None,
            transfer_to_store_id: None,
            expected_at: None,
            built_at: Some(noon()),
            received_at: None,
            stock_since: noon(),
            price_minor: 20_480_000,
            cost_minor: 17_000_000,
            odometer_km: None,
            version: 1,
            created_at: noon(),
            updated_at: noon(),
        };
        keep(db, vehicle.clone()).await;
        let order = order::order::Model {
            id: OrderId::generate(),
            number: text("YC2611240001"),
            customer_id: customer,
            store_id: store,
            delivery_store_id: store,
            consultant_id: Some(staff),
            sales_model: SalesModel::Direct,
            fulfillment_mode: FulfillmentMode::BuildToStock,
            configuration_id: configuration,
            trim_id: trim,
            option_codes: codes,
            city_code: text("310100"),
            status: OrderStatus::Placed,
            payment_status: OrderPaymentStatus::DepositPaid,
            vehicle_id: None,
            buyer_name: Sealed(vec![9]),
            buyer_id_number: None,
            total_minor: 20_480_000,
            paid_minor: 500_000,
            has_open_change_request: false,
            cancel_reason: None,
            eta_earliest: NaiveDate::from_ymd_opt(2026, 12, 1),
            eta_likely: NaiveDate::from_ymd_opt(2026, 12, 5),
            eta_latest: NaiveDate::from_ymd_opt(2026, 12, 9),
            eta_confidence: EtaConfidence::Low,
            eta_as_of: noon(),
            eta_moves_from: None,
            promised_by: None,
            deferred_until: None,
            placed_at: Some(noon()),
            contract_started_at: Some(noon()),
            lock_deadline: None,
            intention_deadline: None,
            delivered_at: None,
            template_id: None,
            balance_first: None,
            current_milestone: Some(MilestoneCode::ConfigLocked),
            current_party: Some(Party::Customer),
            current_due_at: Some(noon()),
            version: 1,
            created_at: noon(),
            updated_at: noon(),
        };
        keep(db, order.clone()).await;
        keep(
            db,
            lead::lead::Model {
                id: LeadId::generate(),
                number: text("L0001"),
                customer_id: Some(customer),
                name: None,
                phone: Sealed(vec![1]),
                phone_hash: Blind(vec![7; 32]),
                model_id: model,
                trim_id: Some(trim),
                city_code: text("310100"),
                store_id: Some(store),
                owner_id: Some(staff),
                stage: LeadStage::Converted,
                intent_level: IntentLevel::H,
                score: 100,
                channel: Channel::App,
                touchpoint_count: 1,
                next_follow_up_at: None,
                last_contact_at: Some(noon()),
                lost_reason: None,
                converted_order_id: Some(order.id),
                version: 1,
                created_at: noon(),
                updated_at: noon(),
            },
        )
        .await;
        keep(
            db,
            loyalty::tier::Model {
                id: tier,
                code: text("V1"),
                level: 1,
                threshold: 0,
                name_zh: text("一级"),
                name_en: text("Level 1"),
            },
        )
        .await;
        keep(
            db,
            loyalty::account::Model {
                id: account,
                customer_id: customer,
                balance: 100,
                pending: 0,
                debt: 0,
                growth: 0,
                tier_id: tier,
                tier_since: noon(),
                tier_expires_at: noon(),
                version: 1,
                created_at: noon(),
                updated_at: noon(),
            },
        )
        .await;
        let lot = loyalty::points_lot::Model {
            id: PointsLotId::generate(),
            account_id: account,
            rule_code: text("REGISTER"),
            source_type: text("customer"),
            source_id: customer.to_string(),
            earned: 100,
            remaining: 100,
            state: LotState::Active,
            earned_at: noon(),
            activates_at: None,
            expires_at: None,
        };
        keep(db, lot.clone()).await;
        Self { store, customer, vehicle, order, lot }
    }

    /// An active allocation of the world's car.
    pub fn allocation(&self, kind: AllocationKind) -> inventory::allocation::Model {
        inventory::allocation::Model {
            id: AllocationId::generate(),
            vehicle_id: self.vehicle.id,
            order_id: Some(self.order.id),
            store_id: Some(self.store),
            kind,
            actor: "stf_test".to_owned(),
            expires_at: None,
            released_at: None,
            created_at: noon(),
        }
    }

    /// A consent of the world's customer.
    pub fn consent(&self) -> customer::consent::Model {
        customer::consent::Model {
            id: ConsentId::generate(),
            customer_id: Some(self.customer),
            lead_id: None,
            purpose: ConsentPurpose::Marketing,
            document_version: "2026-01".to_owned(),
            channel: Channel::App,
            granted_at: noon(),
            withdrawn_at: None,
        }
    }

    /// A payment of the world's order.
    pub fn payment(&self) -> order::payment::Model {
        order::payment::Model {
            id: PaymentId::generate(),
            order_id: self.order.id,
            purpose: PaymentPurpose::EarnestDeposit,
            method: PaymentMethod::WechatPay,
            state: PaymentState::Captured,
            amount_minor: 500_000,
            refunded_minor: 0,
            refunded_elsewhere_minor: 0,
            provider_reference: None,
            provider_payment_id: None,
            left_open: false,
            captured_at: Some(noon()),
            created_at: noon(),
            checkout_url: None,
            checkout_token: None,
            expires_at: None,
            checked_at: None,
            failure: None,
            carried_minor: 0,
            carried_from_id: None,
        }
    }
}
