//! `cn.milepost.order.finance-application.v1` (C068).

use chrono::{DateTime, Utc};
use entity::catalog::finance_plan;
use entity::order::{finance_application, order, payment};
use entity::{
    FinanceApplicationId, FinanceApplicationState, InboundCode, OrganizationId, PaymentMethod, PaymentPurpose,
};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};

use super::super::rules::finance::{FinanceMove, MAX_APPLICATIONS, is_approved, is_closed, move_application, word};
use super::super::rules::payment::has_arrived;
use super::super::store::{
    Heard, LONGEST_APPROVAL, MAX_REFERENCE, Revision, follow_lender, kept, save_application, since, tidy,
};
use super::find::{self, moment, open};
use super::payment::{PaymentData, record};
use crate::catalog::rules::finance::{loan_of, schedule};
use crate::graph::{Error, Result};
use crate::ingest::keys::{MAX_MINOR, line, number, optional_line, waits};
use crate::ingest::{Desk, Inbound, Item, Reason, Verdict, data};
use crate::values::error::Invalid;
use crate::values::machine::Word;

data! {
    /// How an application for a loan is (lender): one that was made here, by its id or the lender's number, or one that the customer
    /// made elsewhere, which begins with the first event that says its terms. An approval reaches the milestone `FINANCE_APPROVED`; one that ends without
    /// money takes it back. With `DISBURSED` the money has arrived as a payment of the balance.
    /// Steps may be left out; what the lender came to before its last word is old, in whatever order it arrives.
    pub struct FinanceApplicationData {
        /// Number of the order.
        pub order_number: String,
        /// The gateway's id of the application, when it was made here.
        pub application_id: Option<String>,
        /// The lender's number of it, unique.
        pub reference: String,
        /// Code of the plan; needed with the first event of one that was made elsewhere, and looked at then alone, as are the three
        /// that follow.
        pub plan_code: Option<String>,
        /// One of the plan's terms, months.
        pub months: Option<i32>,
        /// What is to be lent, fen.
        pub principal_minor: Option<i64>,
        /// What is paid at once, fen; 0 when left out.
        pub down_payment_minor: Option<i64>,
        /// How far it is; not `DRAFT`.
        pub state: FinanceApplicationState,
        /// What the lender lends, fen, once it has said so; never more than was applied for.
        pub approved_minor: Option<i64>,
        /// Until when an approval holds; thirty days when left out.
        pub valid_until: Option<DateTime<Utc>>,
        /// What is missing, under which conditions, why not.
        pub note: Option<String>,
        /// The bank's number of the payment, unique; needed with `DISBURSED`.
        pub payment_reference: Option<String>,
        /// When the state was reached; the event's `time` when left out.
        pub occurred_at: Option<DateTime<Utc>>,
    }
}

/// An application reported.
pub struct FinanceApplicationReported;

impl Inbound for FinanceApplicationReported {
    const TYPE: &'static str = "cn.milepost.order.finance-application.v1";
    const DOMAIN: &'static str = "order";
    /// The application keeps the lender's moment of its state, of events and answers alike; and late money has to be in the
    /// books.
    const IN_ORDER: bool = false;
    type Data = FinanceApplicationData;

    fn example() -> FinanceApplicationData {
        FinanceApplicationData {
            order_number: "YC2511249001".into(),
            application_id: None,
            reference: "YCF-2025-008812".into(),
            plan_code: Some("SPRING-24".into()),
            months: Some(24),
            principal_minor: Some(14_000_000),
            down_payment_minor: Some(15_000_000),
            state: FinanceApplicationState::Approved,
            approved_minor: Some(14_000_000),
            valid_until: "2025-12-24T03:00:00Z".parse().ok(),
            note: None,
            payment_reference: None,
            occurred_at: "2025-11-24T05:00:00Z".parse().ok(),
        }
    }

    fn subject(data: &FinanceApplicationData) -> String {
        format!("finance-application/{}", data.application_id.as_ref().unwrap_or(&data.reference))
    }

    fn wakes(data: &FinanceApplicationData) -> Vec<String> {
        vec![find::subject(&data.order_number)]
    }

    fn moment(data: &FinanceApplicationData) -> Option<DateTime<Utc>> {
        data.occurred_at
    }

    async fn apply(desk: &mut Desk<'_>, items: &[Item<FinanceApplicationData>]) -> Result<Vec<Verdict>> {
        let mut verdicts = Vec::with_capacity(items.len());
        for item in items {
            let verdict = match open(desk, &item.data.order_number).await? {
                Ok(revision) => hear(desk, revision, item).await?,
                Err(verdict) => verdict,
            };
            verdicts.push(verdict);
            desk.tx.flush().await?;
        }
        Ok(verdicts)
    }
}

async fn hear(desk: &mut Desk<'_>, mut revision: Revision, item: &Item<FinanceApplicationData>) -> Result<Verdict> {
    let data = &item.data;
    let (row, is_new) = match application(desk, &revision, item).await? {
        Ok(found) => found,
        Err(verdict) => return Ok(verdict),
    };
    let heard = match heard(desk, &revision, &row, item) {
        Ok(heard) => heard,
        Err(reason) => return Ok(reason.into()),
    };
    if row.state_at.is_some_and(|last| heard.at < last) && heard.state != FinanceApplicationState::Disbursed {
        return Ok(Verdict::Outdated);
    }
    match word(row.state, heard.state) {
        Word::Known if heard.state == FinanceApplicationState::Disbursed => return known_money(desk, &row, data).await,
        Word::Known => return refresh(desk, revision, row, heard).await,
        Word::Illegal => {
            let reason = Reason::new(InboundCode::InvalidTransition, "invalid-transition").at("state");
            return Ok(reason.with("from", row.state.to_string()).with("action", heard.state.to_string()).into());
        }
        Word::Leads => {}
    }
    let paid = match &data.payment_reference {
        Some(reference) if heard.state == FinanceApplicationState::Disbursed => {
            Some(disbursed(&row, &heard, data, reference))
        }
        _ => None,
    };
    let known = match &paid {
        Some(paid) => payment_of(desk, &paid.reference).await?,
        None => None,
    };
    if let (Some(known), Some(paid)) = (&known, &paid)
        && (known.order_id, known.amount_minor, known.purpose) != (row.order_id, paid.amount_minor, paid.purpose)
    {
        return Ok(Reason::new(InboundCode::Duplicate, "order-reference-used").at("paymentReference").into());
    }
    let asked_for_here = row.consent_id.is_some();
    let arrived = known.is_some_and(|known| has_arrived(known.state));
    let row = follow_lender(desk.tx, &mut revision, row, heard).await?;
    if is_new {
        desk.tx.insert([row.into_active_model().reset_all()]);
    } else {
        save_application(desk.tx, &row);
    }
    revision.save(desk.tx);
    // What has been reported as a payment is in the books.
    let Some(data) = paid.filter(|_| !arrived) else { return Ok(Verdict::DONE) };
    // The money, in a change of its own, which reads what the one before has written.
    desk.tx.flush().await?;
    let number = data.order_number.clone();
    let Ok(revision) = open(desk, &number).await? else { return Err(Error::hidden("an order that was open is gone")) };
    match record(desk, revision, &Item { data, time: item.time }, asked_for_here).await? {
        Verdict::Applied(besides) => Ok(Verdict::Applied(besides)),
        other => Err(Error::hidden(format!("money of a loan was not taken: {other:?}"))),
    }
}

/// The payment of a number.
async fn payment_of(desk: &Desk<'_>, reference: &str) -> Result<Option<payment::Model>> {
    let found = payment::Entity::find().filter(payment::Column::ProviderReference.eq(reference));
    Ok(found.one(desk.tx.conn()).await?)
}

/// Money that is said to be paid out once more: it has to be the same.
async fn known_money(
    desk: &Desk<'_>,
    row: &finance_application::Model,
    data: &FinanceApplicationData,
) -> Result<Verdict> {
    let known = match &data.payment_reference {
        Some(reference) => payment_of(desk, reference.trim()).await?,
        None => None,
    };
    match known.is_some_and(|known| known.order_id == row.order_id) {
        true => Ok(Verdict::DONE),
        false => Ok(Reason::new(InboundCode::Duplicate, "finance-paid-twice").at("paymentReference").into()),
    }
}

/// A state said again, perhaps with other terms, which then hold.
async fn refresh(
    desk: &mut Desk<'_>,
    mut revision: Revision,
    row: finance_application::Model,
    heard: Heard,
) -> Result<Verdict> {
    let (lends, waits) = (is_approved(row.state), move_application(row.state, FinanceMove::Expire).is_ok());
    let after = finance_application::Model {
        approved_minor: heard.approved_minor.filter(|_| lends).or(row.approved_minor),
        lender_note: heard.note.or_else(|| row.lender_note.clone()),
        expires_at: heard.valid_until.filter(|_| waits).or(row.expires_at),
        lender_reference: row.lender_reference.clone().or(heard.reference),
        ..row.clone()
    };
    if after != row {
        let after = finance_application::Model { state_at: Some(heard.at), updated_at: desk.tx.now(), ..after };
        revision.finance_changed(&after, heard.at);
        save_application(desk.tx, &after);
        revision.save(desk.tx);
    }
    Ok(Verdict::DONE)
}

/// The application that is spoken of, and whether it begins here.
async fn application(
    desk: &Desk<'_>,
    revision: &Revision,
    item: &Item<FinanceApplicationData>,
) -> Result<std::result::Result<(finance_application::Model, bool), Verdict>> {
    let (data, order) = (&item.data, &revision.order);
    let conn = desk.tx.conn();
    let refuse = |code, key, field: &str| Ok(Err(Reason::new(code, key).at(field).into()));
    let reference = match line("reference", &data.reference, MAX_REFERENCE) {
        Ok(reference) => reference,
        Err(reason) => return Ok(Err(reason.into())),
    };
    if data.state == FinanceApplicationState::Draft {
        return Ok(Err(Reason::invalid("state", "finance-draft").into()));
    }
    let by_reference = finance_application::Entity::find()
        .filter(finance_application::Column::LenderReference.eq(reference))
        .all(conn)
        .await?;
    if let Some(id) = &data.application_id {
        let found = match id.parse::<FinanceApplicationId>() {
            Ok(id) => finance_application::Entity::find_by_id(id).one(conn).await?,
            Err(_) => None,
        };
        let Some(row) = found.filter(|row| row.order_id == order.id) else {
            return Ok(Err(Reason::invalid("applicationId", "not-found").into()));
        };
        if by_reference.iter().any(|other| other.lender_id == row.lender_id && other.id != row.id) {
            return refuse(InboundCode::Duplicate, "order-reference-used", "reference");
        }
        return Ok(speaks_for(desk, row.lender_id).map(|()| (row, false)).map_err(Verdict::from));
    }
    if let Some(row) = by_reference.iter().find(|row| row.order_id == order.id) {
        return Ok(speaks_for(desk, row.lender_id).map(|()| (row.clone(), false)).map_err(Verdict::from));
    }
    let Some(code) = &data.plan_code else { return Ok(Err(Reason::value("planCode", Invalid::REQUIRED).into())) };
    let plan = finance_plan::Entity::find().filter(finance_plan::Column::Code.eq(code)).one(conn).await?;
    let Some(plan) = plan else { return Ok(Err(waits("planCode", format!("finance-plan/{code}")))) };
    if let Err(reason) = speaks_for(desk, plan.lender_id) {
        return Ok(Err(reason.into()));
    }
    if by_reference.iter().any(|other| other.lender_id == plan.lender_id) {
        return refuse(InboundCode::Duplicate, "order-reference-used", "reference");
    }
    let others = finance_application::Entity::find().filter(finance_application::Column::OrderId.eq(order.id));
    let others = others.all(conn).await?;
    if !is_closed(data.state) && others.iter().any(|row| !is_closed(row.state)) {
        return refuse(InboundCode::NotEligible, "finance-open", "reference");
    }
    if others.len() >= MAX_APPLICATIONS && data.state != FinanceApplicationState::Disbursed {
        return refuse(InboundCode::NotEligible, "finance-many", "reference");
    }
    Ok(begun(desk, order, &plan, item).map(|row| (row, true)).map_err(Verdict::from))
}

/// Whether the sender may say what a lender decides: the lender's own system, or the car maker's.
fn speaks_for(desk: &Desk<'_>, lender: OrganizationId) -> std::result::Result<(), Reason> {
    desk.sender.check(lender, "reference")
}

/// An application that was made elsewhere, before what is said of it.
fn begun(
    desk: &Desk<'_>,
    order: &order::Model,
    plan: &finance_plan::Model,
    item: &Item<FinanceApplicationData>,
) -> std::result::Result<finance_application::Model, Reason> {
    let data = &item.data;
    let months = data.months.ok_or_else(|| Reason::value("months", Invalid::REQUIRED))?;
    let term = plan.terms.0.iter().find(|term| i64::from(term.months) == i64::from(months)).ok_or_else(|| {
        let offered: Vec<String> = plan.terms.0.iter().map(|term| term.months.to_string()).collect();
        Reason::invalid("months", "finance-months").with("offered", offered.join(", "))
    })?;
    let principal = data.principal_minor.ok_or_else(|| Reason::value("principalMinor", Invalid::REQUIRED))?;
    let principal = number("principalMinor", principal, 1, order.total_minor.max(1))?;
    let down_payment = number("downPaymentMinor", data.down_payment_minor.unwrap_or(0), 0, MAX_MINOR)?;
    let at = moment(desk, "occurredAt", data.occurred_at.or(item.time), order.created_at)?;
    let months_of = schedule(&loan_of(plan, term, principal + down_payment, principal));
    Ok(finance_application::Model {
        id: FinanceApplicationId::generate(),
        order_id: order.id,
        plan_id: plan.id,
        lender_id: plan.lender_id,
        consent_id: None,
        state: FinanceApplicationState::Draft,
        method: plan.method,
        months,
        annual_rate_bp: i32::try_from(term.rate_bp).unwrap_or(i32::MAX),
        down_payment_minor: down_payment,
        principal_minor: principal,
        monthly_minor: months_of.first().map_or(0, |month| month.regular_minor()),
        approved_minor: None,
        lender_reference: None,
        form_url: None,
        lender_note: None,
        created_at: at,
        submitted_at: None,
        decided_at: None,
        expires_at: None,
        state_at: None,
        checked_at: Some(desk.tx.now()),
        updated_at: at,
    })
}

/// What is said, if it can be.
fn heard(
    desk: &Desk<'_>,
    revision: &Revision,
    row: &finance_application::Model,
    item: &Item<FinanceApplicationData>,
) -> std::result::Result<Heard, Reason> {
    let data = &item.data;
    let reference = line("reference", &data.reference, MAX_REFERENCE)?;
    let approved =
        data.approved_minor.map(|minor| number("approvedMinor", minor, 1, row.principal_minor)).transpose()?;
    let paid = optional_line("paymentReference", data.payment_reference.as_deref(), MAX_REFERENCE)?;
    if data.state == FinanceApplicationState::Disbursed && paid.is_none() {
        return Err(Reason::value("paymentReference", Invalid::REQUIRED));
    }
    let from = revision.order.created_at;
    let at = moment(desk, "occurredAt", data.occurred_at.or(item.time), from)?;
    let valid_until = data.valid_until.map(kept);
    if valid_until.is_some_and(|until| until > desk.tx.now() + LONGEST_APPROVAL) {
        return Err(Reason::invalid("validUntil", "ingest-far-time"));
    }
    Ok(Heard {
        state: data.state,
        at: since(Some(at), row, desk.tx.now()),
        reference: Some(reference),
        approved_minor: approved,
        valid_until,
        note: data.note.as_deref().and_then(tidy),
    })
}

/// The payment that a lender makes.
fn disbursed(
    row: &finance_application::Model,
    heard: &Heard,
    data: &FinanceApplicationData,
    reference: &str,
) -> PaymentData {
    PaymentData {
        order_number: data.order_number.clone(),
        reference: reference.trim().to_owned(),
        purpose: PaymentPurpose::Balance,
        method: PaymentMethod::LoanDisbursement,
        amount_minor: heard.approved_minor.or(row.approved_minor).unwrap_or(row.principal_minor),
        refunded_minor: None,
        captured_at: Some(heard.at),
        payment_id: None,
        state: None,
        failure: None,
    }
}
