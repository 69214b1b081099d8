//! The first form: a new lead.

use entity::lead::lead;
use entity::{Blind, CustomerId, FollowUpKind, IntentLevel, LeadEventKind, LeadId, LeadStage};
use sea_orm::IntoActiveModel;

use super::super::super::consents::{self, Kept, Voice};
use super::super::super::record::{self, Entry};
use super::super::super::rules::score::Drive;
use super::super::super::rules::sla;
use super::super::super::rules::stage::{self, LeadAction as Step};
use super::super::super::{events, routing};
use super::check::Form;
use super::{Outcome, touch};
use crate::graph::{Call, Error, Refusal};
use crate::store::Tx;
use crate::store::vault::Personal;
use crate::values::calendar;

/// Level of intent of a form that does not say (D).
const INTENT: IntentLevel = IntentLevel::B;

/// A human number: the day, and the last eight characters of the id. Forty random bits a day keep it unique and, other
/// than a counter, tell nobody how many leads there are.
fn number(id: LeadId, tx: &Tx) -> String {
    let text = id.to_string();
    format!("LD{}{}", calendar::day(tx.now()).format("%y%m%d"), &text[text.len() - 8..])
}

pub async fn open(
    tx: &mut Tx,
    call: &Call,
    id: LeadId,
    form: Form,
    phone_hash: Blind,
    customer_id: Option<CustomerId>,
    voice: Voice<'_>,
) -> Result<Outcome, Refusal> {
    let now = tx.now();
    let vault = &call.app.vault;
    let mut row = lead::Model {
        id,
        number: number(id, tx),
        customer_id,
        name: form.name.as_ref().map(|name| vault.seal(Personal::Name, name.as_str())),
        phone: vault.seal(Personal::Phone, form.phone.e164()),
        phone_hash,
        model_id: form.model_id,
        trim_id: form.trim_id,
        city_code: form.city.code.clone(),
        store_id: None,
        owner_id: None,
        stage: LeadStage::New,
        intent_level: form.intent.unwrap_or(INTENT),
        score: 0,
        channel: form.channel,
        touchpoint_count: 1,
        next_follow_up_at: None,
        last_contact_at: None,
        lost_reason: None,
        converted_order_id: None,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    row.score = record::score(&row, Drive::None, now, now);

    let earlier = match customer_id {
        Some(_) => consents::of_lead(tx.conn(), id, customer_id).await?,
        None => Vec::new(),
    };
    let given = Kept::of(now, voice, id, form.channel, earlier, &form.consents).put(tx, voice);
    let touchpoint = touch(tx, id, &form);
    let mut entries = vec![Entry::by(call, LeadEventKind::Submitted).made(row.stage)];

    let shares = consents::shares_with_dealer(&given);
    if let Some(store) = routing::find(tx.conn(), &form.city, form.preferred, shares).await? {
        // Made, then assigned: two steps, as its history says, though its row is written once.
        let from = row.stage;
        row.version += 1;
        row.store_id = Some(store.id);
        row.stage =
            stage::apply(row.stage, Step::Assign).map_err(|_| Error::hidden("a new lead cannot be assigned"))?;
        record::set_task(tx, &mut row, FollowUpKind::FirstContact, sla::first_contact_due(now));
        entries.push(Entry::by_rule(LeadEventKind::Assigned).moved(from, row.stage).noted(Some(store.code)));
        tx.emit(events::submitted(&row, touchpoint));
        tx.emit(events::assigned(&row));
    } else {
        tx.emit(events::submitted(&row, touchpoint));
    }
    record::history(tx, id, entries);
    tx.insert([row.into_active_model()]);
    Ok(Outcome { lead: id, touchpoint })
}
