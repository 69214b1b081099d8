//! Rows of every table, in an order in which each can be written after what it refers to.

use anyhow::Result;
use entity::catalog::{
    benefit_package, configuration, finance_plan, incentive, insurance_rate, model, option, option_group, option_rule,
    price_book, price_entry, trim,
};
use entity::customer::{consent, customer, identity, invoice_profile, owned_vehicle};
use entity::inventory::{
    alert_rule, allocation, event as vehicle_event, production_slot, quality_case, quality_event, quota, quota_entry,
    sort_rule, status_display, transfer, transport_leg, vehicle_unit, visibility_policy,
};
use entity::lead::{dedupe, event as lead_event, follow_up_task, lead, test_drive, touchpoint};
use entity::log::{event, stream};
use entity::loyalty::{
    account, growth_entry, points_entry, points_lot, redemption, redemption_item, redemption_lot, tier,
};
use entity::order::{
    change_request, contract_template, conversation, deal_price, delivery, eta_revision, event as order_event,
    finance_application, handover_appointment, handover_ceremony, invoice, message, milestone, milestone_template,
    order, payment, preparation_task, price_line, quote, settlement_event, settlement_line, settlement_rule,
    settlement_statement,
};
use entity::place::{city, organization, staff, store, store_service};
use entity::upstream::system;
use sea_orm::EntityName;

use super::writer::Sink;

macro_rules! batch {
    ($($field:ident: $module:ident,)*) => {
        /// Some rows of some tables.
        #[derive(Debug, Default)]
        pub(super) struct Batch {
            $(pub $field: Vec<$module::Model>,)*
        }

        impl Batch {
            /// Tables in order of writing.
            pub(super) fn tables() -> Vec<&'static str> {
                vec![$($module::Entity.table_name()),*]
            }

            /// Rows by table.
            pub(super) fn counts(&self) -> Vec<u64> {
                vec![$(self.$field.len() as u64),*]
            }

            /// Writes all rows and empties the batch.
            pub(super) async fn write(self, sink: &mut Sink) -> Result<()> {
                $(sink.rows::<$module::Entity>(self.$field).await?;)*
                Ok(())
            }
        }

    };
}

batch! {
    cities: city,
    organizations: organization,
    stores: store,
    store_services: store_service,
    staff: staff,
    systems: system,
    models: model,
    trims: trim,
    option_groups: option_group,
    options: option,
    option_rules: option_rule,
    price_books: price_book,
    price_entries: price_entry,
    incentives: incentive,
    insurance_rates: insurance_rate,
    finance_plans: finance_plan,
    benefit_packages: benefit_package,
    deal_prices: deal_price,
    contract_templates: contract_template,
    settlement_rules: settlement_rule,
    handover_ceremonies: handover_ceremony,
    milestone_templates: milestone_template,
    policies: visibility_policy,
    sort_rules: sort_rule,
    alert_rules: alert_rule,
    quotas: quota,
    quota_entries: quota_entry,
    status_displays: status_display,
    tiers: tier,
    redemption_items: redemption_item,
    customers: customer,
    identities: identity,
    invoice_profiles: invoice_profile,
    configurations: configuration,
    slots: production_slot,
    vehicles: vehicle_unit,
    legs: transport_leg,
    vehicle_events: vehicle_event,
    transfers: transfer,
    orders: order,
    quality_cases: quality_case,
    quality_events: quality_event,
    leads: lead,
    consents: consent,
    allocations: allocation,
    price_lines: price_line,
    quotes: quote,
    milestones: milestone,
    payments: payment,
    eta_revisions: eta_revision,
    order_events: order_event,
    conversations: conversation,
    messages: message,
    change_requests: change_request,
    finance_applications: finance_application,
    invoices: invoice,
    handover_appointments: handover_appointment,
    deliveries: delivery,
    preparation_tasks: preparation_task,
    owned_vehicles: owned_vehicle,
    dedupes: dedupe,
    lead_events: lead_event,
    touchpoints: touchpoint,
    follow_ups: follow_up_task,
    test_drives: test_drive,
    accounts: account,
    lots: points_lot,
    points_entries: points_entry,
    growth_entries: growth_entry,
    redemptions: redemption,
    redemption_lots: redemption_lot,
    settlement_statements: settlement_statement,
    settlement_lines: settlement_line,
    settlement_events: settlement_event,
    streams: stream,
    events: event,
}
