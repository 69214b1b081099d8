//! The history of the tables, a migration for each room of the house.
//!
//! The text is SQL, because that is what both databases run and what a reviewer compares; `helpers` puts in the few
//! words in which SQLite and PostgreSQL differ. Entities are not used: a later rename must not change an old step.
//! An applied file is never edited. The next change of a table is the next file.

use sea_orm_migration::{MigrationTrait, async_trait::async_trait};

mod helpers;
mod m20261124_000001_place;
mod m20261124_000002_customer;
mod m20261124_000003_catalog;
mod m20261124_000004_inventory;
mod m20261124_000005_lead;
mod m20261124_000006_order;
mod m20261124_000007_loyalty;
mod m20261124_000008_log;
mod m20261125_000009_indexes;
mod m20261125_000010_present_stock;
mod m20261125_000011_log_epoch;
mod m20261128_000012_upstream;
mod m20261128_000013_token_withdrawal;
mod m20261128_000020_oem_stream;
mod m20261128_000021_webhook;
mod m20261128_000022_transfer;
mod m20261129_000023_document_use;
mod m20261129_000024_master_data_events;
mod m20261130_000025_media;
mod m20261130_000026_finance_plan;
mod m20261130_000027_payment_provider;
mod m20261130_000028_back_out;
mod m20261130_000029_finance_application;
mod m20261130_000030_contract;
mod m20261130_000031_deal_price;
mod m20261130_000032_invoice_handover_settlement;
mod m20261130_000034_invoice;
mod m20261130_000035_handover;
mod m20261130_000036_settlement;
mod m20261130_000037_stock_rules;
mod m20261130_000038_change_quality_talk;
mod m20261130_000039_order_change;
mod m20261130_000040_quality_display;
mod m20261130_000041_stock_quota;
mod m20261130_000042_conversation;
mod m20261130_000043_board;
mod m20261130_000044_return;
mod m20261130_000045_benefit_quote;
mod m20261130_000046_buyer_number;
mod m20261130_000048_eta_quantile;
mod m20261130_000049_price_parity;
mod m20261130_000050_stock_finish;
mod m20261130_000052_deal_price;
mod m20261130_000053_intention_deadline;
mod m20261130_000054_clock_stands;
mod m20261130_000055_order_transfer;
mod m20261130_000056_stock_measures;
mod m20261130_000057_production_slot;
mod m20261130_000058_insurance_rate;
mod m20261130_000059_money_elsewhere;
mod m20261130_000060_invoice_vehicle;

pub use sea_orm_migration::{self, DbErr, MigrationStatus, MigratorTrait};

/// Runs the steps: `up`, `down`, `fresh`, `status` of [`MigratorTrait`].
pub struct Migrator;

#[async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261124_000001_place::STEP),
            Box::new(m20261124_000002_customer::STEP),
            Box::new(m20261124_000003_catalog::STEP),
            Box::new(m20261124_000004_inventory::STEP),
            Box::new(m20261124_000005_lead::STEP),
            Box::new(m20261124_000006_order::STEP),
            Box::new(m20261124_000007_loyalty::STEP),
            Box::new(m20261124_000008_log::STEP),
            Box::new(m20261125_000009_indexes::STEP),
            Box::new(m20261125_000010_present_stock::STEP),
            Box::new(m20261125_000011_log_epoch::STEP),
            Box::new(m20261128_000012_upstream::STEP),
            Box::new(m20261128_000013_token_withdrawal::STEP),
            Box::new(m20261128_000020_oem_stream::STEP),
            Box::new(m20261128_000021_webhook::STEP),
            Box::new(m20261128_000022_transfer::STEP),
            Box::new(m20261129_000023_document_use::STEP),
            Box::new(m20261129_000024_master_data_events::STEP),
            Box::new(m20261130_000025_media::STEP),
            Box::new(m20261130_000026_finance_plan::STEP),
            Box::new(m20261130_000027_payment_provider::STEP),
            Box::new(m20261130_000028_back_out::STEP),
            Box::new(m20261130_000029_finance_application::STEP),
            Box::new(m20261130_000030_contract::STEP),
            Box::new(m20261130_000031_deal_price::STEP),
            Box::new(m20261130_000032_invoice_handover_settlement::STEP),
            Box::new(m20261130_000034_invoice::STEP),
            Box::new(m20261130_000035_handover::STEP),
            Box::new(m20261130_000036_settlement::STEP),
            Box::new(m20261130_000037_stock_rules::STEP),
            Box::new(m20261130_000038_change_quality_talk::STEP),
            Box::new(m20261130_000039_order_change::STEP),
            Box::new(m20261130_000040_quality_display::STEP),
            Box::new(m20261130_000041_stock_quota::STEP),
            Box::new(m20261130_000042_conversation::STEP),
            Box::new(m20261130_000043_board::STEP),
            Box::new(m20261130_000044_return::STEP),
            Box::new(m20261130_000045_benefit_quote::STEP),
            Box::new(m20261130_000046_buyer_number::STEP),
            Box::new(m20261130_000048_eta_quantile::STEP),
            Box::new(m20261130_000049_price_parity::STEP),
            Box::new(m20261130_000050_stock_finish::STEP),
            Box::new(m20261130_000052_deal_price::STEP),
            Box::new(m20261130_000053_intention_deadline::STEP),
            Box::new(m20261130_000054_clock_stands::STEP),
            Box::new(m20261130_000055_order_transfer::STEP),
            Box::new(m20261130_000056_stock_measures::STEP),
            Box::new(m20261130_000057_production_slot::STEP),
            Box::new(m20261130_000058_insurance_rate::STEP),
            Box::new(m20261130_000059_money_elsewhere::STEP),
            Box::new(m20261130_000060_invoice_vehicle::STEP),
        ]
    }
}
