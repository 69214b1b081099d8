//! Another form within thirty days: the lead that is there gets a touchpoint.

use entity::lead::lead;
use entity::{CustomerId, FollowUpKind, LeadEventKind};

use super::super::super::consents::{self, Kept, Voice};
use super::super::super::record::{self, Entry};
use super::super::super::rules::sla;
use super::super::super::rules::stage::{self, LeadAction as Step};
use super::super::super::{events, routing};
use super::check::Form;
use super::{Outcome, touch};
use crate::graph::{Call, Error, Refusal};
use crate::store::Tx;
use crate::store::vault::Personal;

/// What is known stays: a form adds a name, a trim or a customer where there was none, raises the intent and never
/// lowers it, and does not take the lead from the store that works on it.
pub async fn join(
    tx: &mut Tx,
    call: &Call,
    before: lead::Model,
    form: Form,
    customer_id: Option<CustomerId>,
    voice: Voice<'_>,
    reopen: bool,
) -> Result<Outcome, Refusal> {
    let mut after = before.clone();
    after.touchpoint_count += 1;
    after.customer_id = before.customer_id.or(customer_id);
    after.trim_id = before.trim_id.or(form.trim_id);
    if let (None, Some(name)) = (&before.name, &form.name) {
        after.name = Some(call.app.vault.seal(Personal::Name, name.as_str()));
    }
    // Declared from hot to cold, so the smaller is the stronger.
    after.intent_level = form.intent.map_or(before.intent_level, |said| said.min(before.intent_level));

    let earlier = consents::of_lead(tx.conn(), before.id, after.customer_id).await?;
    let given = Kept::of(tx.now(), voice, before.id, form.channel, earlier, &form.consents).put(tx, voice);
    let touchpoint = touch(tx, before.id, &form);
    let mut entries = vec![Entry::by(call, LeadEventKind::TouchpointAdded)];
    if reopen {
        after.stage = stage::apply(before.stage, Step::Reopen)
            .map_err(|_| Error::hidden("a lead was to be reopened that cannot be"))?;
        after.lost_reason = None;
        entries.push(Entry::by(call, LeadEventKind::Reopened).moved(before.stage, after.stage));
    }
    let open = stage::is_open(after.stage);
    if open && after.store_id.is_none() {
        let shares = consents::shares_with_dealer(&given);
        if let Some(store) = routing::find(tx.conn(), &form.city, form.preferred, shares).await? {
            let from = after.stage;
            after.store_id = Some(store.id);
            after.stage =
                stage::apply(from, Step::Assign).map_err(|_| Error::hidden("an open lead cannot be assigned"))?;
            entries.push(Entry::by_rule(LeadEventKind::Assigned).moved(from, after.stage).noted(Some(store.code)));
        }
    }
    if open && after.next_follow_up_at.is_none() {
        let kind = if after.last_contact_at.is_none() { FollowUpKind::FirstContact } else { FollowUpKind::Call };
        record::set_task(tx, &mut after, kind, sla::first_contact_due(tx.now()));
    }
    record::rescore(tx, &mut after, true).await?;
    let after = record::save(tx, &before, after);
    record::history(tx, before.id, entries);
    tx.emit(events::submitted(&after, touchpoint));
    if after.store_id != before.store_id {
        tx.emit(events::assigned(&after));
    }
    if after.stage != before.stage {
        tx.emit(events::stage_changed(&after, before.stage));
    }
    Ok(Outcome { lead: before.id, touchpoint })
}
