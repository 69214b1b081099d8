//! What one says to the order room.

mod allocation;
mod handover;
pub use handover::{
    DeliveryChecklistCompleteInput, DeliveryHandoverConfirmInput, HandoverAppointmentBookInput,
    HandoverAppointmentCancelInput, HandoverAppointmentRescheduleInput, HandoverCapacitySetInput,
    HandoverCeremonySaveInput, PickupCodeRenewInput, PreparationTaskCompleteInput,
};

use async_graphql::{Enum, ID, InputObject};
use chrono::{DateTime, Utc};
use entity::order::{milestone, order};
use entity::{
    FulfillmentMode, InvoiceType, MilestoneCode, MilestoneState, OrderPaymentStatus, OrderStatus, PaymentMethod,
    PaymentPurpose, PrefixedId, SalesModel, StoreId,
};
use sea_orm::ColumnTrait;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Order as Way, Query, SimpleExpr};

use crate::access::Viewer;
use crate::graph::Result;
use crate::graph::connection::Direction;
use crate::graph::node::{parse_id, parse_ids, parse_some};
use crate::graph::scalars::{CityCode, Decimal, Int64};
use crate::store::page::{SortKey, Sorting};

pub use allocation::{VehicleAllocateInput, VehicleAutoMatchInput, VehicleDeallocateInput, VehicleSwapInput};

/// Which orders.
#[derive(InputObject, Default)]
pub struct OrderWhereInput {
    /// Only these.
    pub ids: Option<Vec<ID>>,
    /// Only the one with this human number.
    pub number: Option<String>,
    /// Only in these states.
    pub status: Option<Vec<OrderStatus>>,
    /// Only paid so far.
    pub payment_status: Option<Vec<OrderPaymentStatus>>,
    /// Only cars to be registered in this city.
    pub city_code: Option<CityCode>,
    /// Only those that this store sells or hands over.
    pub store_id: Option<ID>,
    /// Only of this customer.
    pub customer_id: Option<ID>,
    /// Became firm at or after.
    pub placed_from: Option<DateTime<Utc>>,
    /// Became firm before.
    pub placed_before: Option<DateTime<Utc>>,
    /// Only with a milestone in a state.
    pub milestone: Option<OrderMilestoneFilter>,
    /// All of these.
    #[graphql(name = "AND")]
    pub and: Option<Vec<OrderWhereInput>>,
    /// Any of these.
    #[graphql(name = "OR")]
    pub or: Option<Vec<OrderWhereInput>>,
}

/// A milestone and how far it is.
#[derive(InputObject, Clone, Copy)]
pub struct OrderMilestoneFilter {
    /// Which milestone.
    pub code: MilestoneCode,
    /// How far it is.
    pub state: MilestoneState,
}

impl OrderWhereInput {
    /// The store that all are to be of, which is taken out: it leads to indexes.
    ///
    /// # Errors
    /// When the id is not one of its kind.
    pub fn take_store(&mut self) -> Result<Option<StoreId>> {
        parse_some("where.storeId", self.store_id.take().as_ref())
    }

    /// As a condition of the statement.
    ///
    /// # Errors
    /// When an id is not one of its kind.
    pub fn condition(self, viewer: &Viewer) -> Result<Condition> {
        let mut all = Condition::all();
        if let Some(ids) = self.ids {
            all = all.add(order::Column::Id.is_in(parse_ids::<entity::OrderId>("where.ids", &ids)?));
        }
        if let Some(number) = self.number {
            all = all.add(order::Column::Number.eq(number.trim().to_uppercase()));
        }
        if let Some(statuses) = self.status {
            all = all.add(order::Column::Status.is_in(statuses));
        }
        if let Some(statuses) = self.payment_status {
            all = all.add(order::Column::PaymentStatus.is_in(statuses));
        }
        if let Some(code) = self.city_code {
            all = all.add(order::Column::CityCode.eq(code.0));
        }
        if let Some(id) = self.store_id {
            all = all.add(super::policy::of_store(parse_id("where.storeId", &id)?));
        }
        if let Some(id) = self.customer_id {
            all = all.add(order::Column::CustomerId.eq(parse_id::<entity::CustomerId>("where.customerId", &id)?));
        }
        if let Some(from) = self.placed_from {
            all = all.add(order::Column::PlacedAt.gte(from));
        }
        if let Some(before) = self.placed_before {
            all = all.add(order::Column::PlacedAt.lt(before));
        }
        if let Some(milestone) = self.milestone {
            all = all.add(milestone.condition(viewer));
        }
        for part in self.and.unwrap_or_default() {
            all = all.add(part.condition(viewer)?);
        }
        if let Some(parts) = self.or {
            let mut any = Condition::any();
            for part in parts {
                any = any.add(part.condition(viewer)?);
            }
            all = all.add(any);
        }
        Ok(all)
    }
}

impl OrderMilestoneFilter {
    /// A filter on what is hidden would tell it (guarantees 5.2).
    fn condition(self, viewer: &Viewer) -> SimpleExpr {
        Expr::exists(
            Query::select()
                .expr(Expr::val(1))
                .from(milestone::Entity)
                .and_where(
                    Expr::col((milestone::Entity, milestone::Column::OrderId))
                        .equals((order::Entity, order::Column::Id)),
                )
                .and_where(milestone::Column::Code.eq(self.code))
                .and_where(milestone::Column::State.eq(self.state))
                .cond_where(super::policy::shown_milestones(viewer))
                .to_owned(),
        )
    }
}

/// What to sort orders by.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderSortField {
    /// When the order was made.
    CreatedAt,
    /// Human number.
    Number,
}

/// How to sort orders; the id decides between equals.
#[derive(InputObject)]
pub struct OrderSort {
    /// By what.
    pub field: OrderSortField,
    /// Which way.
    pub direction: Direction,
}

/// The order of a list of orders; newest first when none is given.
pub fn sorting(order_by: Option<OrderSort>) -> Sorting<order::Model> {
    let (field, way) =
        order_by.map_or((OrderSortField::CreatedAt, Way::Desc), |sort| (sort.field, sort.direction.into()));
    let column = |column| Expr::col((order::Entity, column));
    let (name, key) = match field {
        OrderSortField::CreatedAt => {
            ("created", SortKey::new(column(order::Column::CreatedAt), way, |row: &order::Model| row.created_at.into()))
        }
        OrderSortField::Number => {
            ("number", SortKey::new(column(order::Column::Number), way, |row: &order::Model| row.number.clone().into()))
        }
    };
    Sorting::new("order", name, key, column(order::Column::Id), |row| row.id.uuid())
}

/// How firm an order is to be.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderStage {
    /// With a refundable intention deposit.
    Intention,
    /// With an earnest deposit, with which the contract starts.
    Placed,
}

/// What to order.
#[derive(InputObject)]
pub struct OrderPlaceInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// What car: a saved configuration of one's own, or one that is nobody's.
    pub configuration_id: ID,
    /// The store that sells.
    pub store_id: ID,
    /// The store that hands over; the selling store when left out.
    pub delivery_store_id: Option<ID>,
    /// Where the car will be registered, which decides about incentives.
    pub city_code: CityCode,
    /// With which deposit.
    pub stage: OrderStage,
    /// How the car is to be found.
    #[graphql(default_with = "FulfillmentMode::BuildToOrder")]
    pub fulfillment_mode: FulfillmentMode,
    /// The total that the client showed, in fen; another total is `PRICE_CHANGED`. This, `quoteToken` or `quoteId`.
    pub expected_total_minor: Option<Int64>,
    /// The price that the client showed, as `price` gave it: held until it expires, even if a newer price book has come into force. After
    /// that another total is `PRICE_CHANGED`. This, `quoteId` or `expectedTotalMinor`.
    pub quote_token: Option<String>,
    /// A kept price of one's own, as in `quo_01J…`, with its packages; as `quoteToken`. This, that or `expectedTotalMinor`.
    pub quote_id: Option<ID>,
    /// Packages that are had besides the car, as in `bnp_01J…`: those of `benefitPackages`, at most ten; with `quoteToken` those that it
    /// was made with.
    #[graphql(default)]
    pub benefit_package_ids: Vec<ID>,
    /// How the deposit will be paid.
    #[graphql(default_with = "PaymentMethod::WechatPay")]
    pub payment_method: PaymentMethod,
    /// The buyer's name for the contract; the customer's real name when left out.
    pub buyer_name: Option<String>,
    /// Consents in force that this order relies on. A store that is not the car maker's own needs one for
    /// `SHARE_WITH_DEALER`.
    pub consent_ids: Vec<ID>,
}

/// Which order to make firm.
#[derive(InputObject)]
pub struct OrderConfirmInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The order.
    pub order_id: ID,
    /// The version that the client has read.
    pub expected_version: i32,
    /// How the deposit will be paid.
    #[graphql(default_with = "PaymentMethod::WechatPay")]
    pub payment_method: PaymentMethod,
}

/// Which order's configuration to lock.
#[derive(InputObject)]
pub struct OrderLockConfigurationInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The order.
    pub order_id: ID,
    /// The version that the client has read.
    pub expected_version: i32,
}

/// What may be recorded of a milestone.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum MilestoneReport {
    /// It was reached.
    Done,
    /// It will be later than planned.
    Delayed,
    /// It was reported by mistake, or undone.
    RolledBack,
    /// It is not needed for this order.
    Skipped,
}

impl MilestoneReport {
    /// The report that leads to a state; none where nobody reports it.
    pub fn of(state: MilestoneState) -> Option<Self> {
        Some(match state {
            MilestoneState::Done => Self::Done,
            MilestoneState::Delayed => Self::Delayed,
            MilestoneState::RolledBack => Self::RolledBack,
            MilestoneState::Skipped => Self::Skipped,
            MilestoneState::Pending | MilestoneState::Active => return None,
        })
    }
}

impl From<MilestoneReport> for MilestoneState {
    fn from(report: MilestoneReport) -> Self {
        match report {
            MilestoneReport::Done => Self::Done,
            MilestoneReport::Delayed => Self::Delayed,
            MilestoneReport::RolledBack => Self::RolledBack,
            MilestoneReport::Skipped => Self::Skipped,
        }
    }
}

/// When a milestone is expected now.
#[derive(InputObject, Clone, Copy)]
pub struct MilestoneForecastInput {
    /// Reached by then in half of all cases.
    pub p50: DateTime<Utc>,
    /// Reached by then in nine of ten cases; not before `p50`.
    pub p90: Option<DateTime<Utc>>,
}

/// What happened to a milestone.
#[derive(InputObject)]
pub struct MilestoneRecordInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The order.
    pub order_id: ID,
    /// The version that the client has read.
    pub expected_version: i32,
    /// Which milestone.
    pub code: MilestoneCode,
    /// What happened to it.
    pub state: MilestoneReport,
    /// When it happened; now when left out. Not in the future, not before the order.
    pub occurred_at: Option<DateTime<Utc>>,
    /// A word for the customer, up to 500 characters.
    pub note: Option<String>,
    /// With `DELAYED`: when it is expected now.
    pub forecast: Option<MilestoneForecastInput>,
}

/// Which payment has arrived.
#[derive(InputObject)]
pub struct PaymentRecordInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The payment.
    pub payment_id: ID,
    /// The version of its order that the client has read.
    pub expected_version: i32,
    /// The provider's or the bank's number for it, 1 to 64 characters; each number counts once.
    pub provider_reference: String,
    /// When the money arrived; now when left out. Not in the future, not before the payment was asked for.
    pub captured_at: Option<DateTime<Utc>>,
}

/// What to pay, and how.
#[derive(InputObject)]
pub struct PaymentInitiateInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The order.
    pub order_id: ID,
    /// The version that the client has read.
    pub expected_version: i32,
    /// What it is for.
    pub purpose: PaymentPurpose,
    /// How; not `LOAN_DISBURSEMENT`, which lenders pay.
    pub method: PaymentMethod,
    /// How much of the balance, yuan; all that is left when left out. A deposit has an amount of its own.
    pub amount: Option<Decimal>,
}

/// Which loan to apply for.
#[derive(InputObject)]
pub struct FinanceApplicationSubmitInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The order.
    pub order_id: ID,
    /// The version that the client has read.
    pub expected_version: i32,
    /// The plan: one of `financePlans` for the order's trim and city.
    pub plan_id: ID,
    /// One of the plan's terms, months.
    pub months: i32,
    /// What is paid at once, yuan; the plan's least when left out.
    pub down_payment: Option<Decimal>,
    /// The customer's consent for `FINANCE_CREDIT`, which must be in force.
    pub consent_id: ID,
}

/// Which application to go on with.
#[derive(InputObject)]
pub struct FinanceApplicationSupplementInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The application.
    pub application_id: ID,
}

/// Which application to take back.
#[derive(InputObject)]
pub struct FinanceApplicationWithdrawInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The application.
    pub application_id: ID,
}

/// An option of a clause.
#[derive(InputObject)]
pub struct ContractChoiceInput {
    /// Code of the clause.
    pub clause_code: String,
    /// Code of the option.
    pub option_code: String,
}

/// Which order to draw a contract up for.
#[derive(InputObject)]
pub struct ContractGenerateInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The order.
    pub order_id: ID,
    /// The version that the client has read.
    pub expected_version: i32,
    /// What is chosen of the template's clauses, at most one option for each; the first option where nothing is.
    #[graphql(default)]
    pub choices: Vec<ContractChoiceInput>,
}

/// Which contract is to be signed.
#[derive(InputObject)]
pub struct ContractStartSigningInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The contract.
    pub contract_id: ID,
}

/// Which contract to take back.
#[derive(InputObject)]
pub struct ContractRevokeInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The contract.
    pub contract_id: ID,
    /// Why, 1 to 500 characters.
    pub reason: String,
}

/// Which contract to undo.
#[derive(InputObject)]
pub struct ContractRescindInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The contract.
    pub contract_id: ID,
    /// Why, 1 to 500 characters.
    pub reason: String,
}

/// One of a clause's options.
#[derive(InputObject)]
pub struct ContractClauseOptionInput {
    /// Unique within the clause: capital letters, digits, `_` and `-`, at most 40.
    pub code: String,
    /// What it says, in Chinese: what is signed. At most 4000 characters.
    pub text_zh: String,
    /// The same in English, to be read.
    pub text_en: String,
}

/// A clause of a template.
#[derive(InputObject)]
pub struct ContractClauseInput {
    /// Unique within the template: capital letters, digits, `_` and `-`, at most 40.
    pub code: String,
    /// Heading in Chinese, at most 100 characters.
    pub title_zh: String,
    /// The same in English.
    pub title_en: String,
    /// What is agreed, in Chinese: what is signed. At most 4000 characters.
    pub text_zh: String,
    /// The same in English, to be read.
    pub text_en: String,
    /// What can be chosen, at most six; the first one when nothing is.
    #[graphql(default)]
    pub options: Vec<ContractClauseOptionInput>,
}

/// What contracts are drawn up from next.
#[derive(InputObject)]
pub struct ContractTemplatePublishInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// Code, the same for all versions: capital letters, digits, `_` and `-`, at most 40.
    pub code: String,
    /// The version of this code that the client has read; 0 for the first.
    pub expected_version: i32,
    /// Name in Chinese: the contract's title. At most 100 characters.
    pub name_zh: String,
    /// The same in English.
    pub name_en: String,
    /// Only for orders that are sold so; for all when left out.
    pub sales_model: Option<SalesModel>,
    /// The clauses, in order; at most 30.
    pub clauses: Vec<ContractClauseInput>,
}

/// What is to be invoiced.
#[derive(InputObject)]
pub struct InvoiceRequestInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The order.
    pub order_id: ID,
    /// The version that the client has read.
    pub expected_version: i32,
    /// Kind of invoice: of the car, or of the services that were sold with it.
    #[graphql(name = "type")]
    pub kind: InvoiceType,
    /// To whom it is made out, a profile of the order's customer; their default one when left out.
    pub profile_id: Option<ID>,
}

/// Which invoice to ask for again.
#[derive(InputObject)]
pub struct InvoiceReissueInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The invoice: one that failed, or one in force.
    pub invoice_id: ID,
    /// To whom the next one is made out, a profile of the order's customer. When left out: of one that failed the title it had, of one
    /// in force the default profile.
    pub profile_id: Option<ID>,
    /// Why the one in force is made red, 1 to 500 characters; needed with one.
    pub reason: Option<String>,
}

/// Which invoice to reverse.
#[derive(InputObject)]
pub struct InvoiceRedInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The invoice.
    pub invoice_id: ID,
    /// Why, 1 to 500 characters.
    pub reason: String,
    /// Number of the red letter where it was made by hand, 1 to 40 characters: the provider cannot, or there is none.
    pub red_number: Option<String>,
}

/// Which payment to call off.
#[derive(InputObject)]
pub struct PaymentCancelInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The payment.
    pub payment_id: ID,
}
