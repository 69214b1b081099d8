//! To whom customers have invoices made out, and the invoices of cars that are handed over (C073, C074).

use chrono::{DateTime, TimeDelta, Utc};
use entity::customer::invoice_profile;
use entity::order::invoice;
use entity::{
    InvoiceCover, InvoiceProfileId, InvoiceState, InvoiceTitleType, InvoiceType, MilestoneCode, MilestoneState,
    OrderStatus, PrefixedId, SalesModel,
};

use super::batch::Batch;
use super::customers::Person;
use super::dice::Dice;
use super::names;
use super::orders::Bought;
use super::places::OEM_CODE;
use super::world::Generator;
use crate::customer::rules::invoice_title::Title;
use crate::customer::titles;
use crate::order::rules::invoice::{InvoicePaper, InvoicePaperLine, covered, vat_minor};
use crate::order::seal_invoice;

impl Generator<'_> {
    /// What a customer keeps for invoices, and the invoices of cars that are handed over. Dice of its own, so that what others draw
    /// stays as it is.
    pub(super) fn invoicing(
        &mut self,
        person: &Person,
        registered_at: DateTime<Utc>,
        orders: &[Bought],
        batch: &mut Batch,
    ) {
        let mut dice = Dice::new(person.id.uuid().as_u64_pair().1.wrapping_add(0x1F));
        let demo = person.serial == 0;
        if !demo && orders.is_empty() {
            return;
        }
        let own = Title {
            title_type: InvoiceTitleType::Individual,
            name: person.name.clone(),
            tax_id: Some(names::resident_id(&mut dice)),
            address: None,
            phone: None,
            bank_name: None,
            bank_account: None,
        };
        let company = Title {
            title_type: InvoiceTitleType::Company,
            name: "云栖测试贸易有限公司".into(),
            tax_id: Some("91310115MA1K000016".into()),
            address: Some(names::address(self.places.cities[person.city].name_zh, &mut dice)),
            phone: Some("021-58881234".into()),
            bank_name: Some("云栖测试银行".into()),
            bank_account: Some("1101222233334443".into()),
        };
        let titles = if demo { vec![own.clone(), company] } else { vec![own.clone()] };
        for (at, title) in titles.iter().enumerate() {
            batch.invoice_profiles.push(self.profile_row(person, (title, at == 0), registered_at, dice.id()));
        }
        for order in orders {
            self.invoice_of(order, &own, &mut dice, batch);
        }
    }

    fn profile_row(
        &self,
        person: &Person,
        (title, is_default): (&Title, bool),
        registered_at: DateTime<Utc>,
        id: InvoiceProfileId,
    ) -> invoice_profile::Model {
        let at = registered_at + TimeDelta::seconds(i64::from(!is_default));
        invoice_profile::Model {
            id,
            customer_id: person.id,
            title_type: title.title_type,
            title: titles::seal(self.vault, title),
            is_default,
            version: 1,
            created_at: at,
            updated_at: at,
        }
    }

    /// The invoice of a car that was handed over and that the car maker sold. A dealer's are its own system's.
    fn invoice_of(&self, bought: &Bought, title: &Title, dice: &mut Dice, batch: &mut Batch) {
        if !matches!(bought.status, OrderStatus::Delivered | OrderStatus::Completed) {
            return;
        }
        let Some(order) = batch.orders.iter().rev().find(|row| row.id == bought.id) else { return };
        let reached = batch.milestones.iter().rev().find(|row| {
            row.order_id == order.id && row.code == MilestoneCode::Invoiced && row.state == MilestoneState::Done
        });
        let vehicle = order.vehicle_id.and_then(|car| batch.vehicles.iter().rev().find(|row| row.id == car));
        let vin = vehicle.and_then(|car| car.vin.clone());
        let (Some(at), Some(vin), true) =
            (reached.and_then(|row| row.actual_at), vin, order.sales_model != SalesModel::Wholesale)
        else {
            return;
        };
        let lines = batch.price_lines.iter().filter(|row| row.order_id == order.id);
        let lines: Vec<InvoicePaperLine> = lines
            .filter(|row| covered(row.kind, &row.code) == Some(InvoiceCover::Car))
            .map(|row| InvoicePaperLine {
                kind: row.kind,
                code: row.code.clone(),
                label: row.label_zh.clone(),
                amount_minor: row.amount_minor,
            })
            .collect();
        let amount_minor = lines.iter().map(|line| line.amount_minor).sum();
        let (kind, tax_minor) = (InvoiceType::VehicleUnified, vat_minor(amount_minor));
        let paper = InvoicePaper {
            order_number: order.number.clone(),
            kind,
            issuer_code: OEM_CODE.into(),
            issuer: "曜岑汽车".into(),
            title: title.clone(),
            vin: Some(vin),
            model: lines.first().map(|line| line.label.clone()).unwrap_or_default(),
            lines,
            amount_minor,
            tax_minor,
            salt: format!("{:016x}", order.id.uuid().as_u64_pair().1),
        };
        let (snapshot, document_hash) = seal_invoice(self.vault, &paper);
        let asked_at = (at - TimeDelta::hours(2)).max(order.created_at);
        batch.invoices.push(invoice::Model {
            id: dice.id(),
            order_id: order.id,
            kind,
            covers: InvoiceCover::Car,
            vehicle_id: order.vehicle_id,
            state: InvoiceState::Issued,
            issuer_id: self.places.oem,
            amount_minor,
            tax_minor,
            snapshot,
            document_hash,
            number: Some(format!("2531{:016}", order.id.uuid().as_u64_pair().1 % 10_u64.pow(16))),
            code: Some("031002500111".into()),
            download_url: None,
            failure: None,
            red_of_id: None,
            red_reason: None,
            red_number: None,
            requested_by: order.consultant_id.map_or_else(|| order.customer_id.to_string(), |staff| staff.to_string()),
            created_at: asked_at,
            issued_at: Some(at),
            red_requested_at: None,
            red_issued_at: None,
            checked_at: Some(at),
            updated_at: at,
        });
    }
}
