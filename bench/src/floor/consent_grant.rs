//! `consent-grant`: a mutation with idempotency key and event. Two statements within one transaction, which write what
//! the gateway writes: idempotency record, consent, head of the stream, event.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use entity::{Channel, ConsentId, ConsentPurpose, CustomerId, EventId, PrefixedId};
use milepost::values::text;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use super::wire::{Data, Refused};
use super::{Caller, Floor};

#[derive(Deserialize)]
pub struct Variables {
    input: Input,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    idempotency_key: String,
    purpose: ConsentPurpose,
    document_version: String,
    channel: Channel,
}

/// Claims the key and locks the customer. `claimed` is 0 for a key that was used before.
const CLAIM: &str = "
    WITH claim AS (
        INSERT INTO idempotency_record (caller, mutation, key, input_hash, created_at)
        VALUES ($1, 'consentGrant', $2, $3, $4) ON CONFLICT DO NOTHING RETURNING 1
    )
    SELECT version, (SELECT count(*) FROM claim) AS claimed FROM customer WHERE id = $5 FOR UPDATE";

/// Everything else, when the text is not agreed to already. It sees the consents as they are under the lock, which the
/// statement before did not.
const GRANT: &str = "
    WITH standing AS (
        SELECT id, document_version FROM consent
        WHERE customer_id = $1 AND purpose = $2 AND withdrawn_at IS NULL ORDER BY id DESC LIMIT 1
    ), kept AS (
        SELECT id FROM standing WHERE document_version = $3
    ), fresh AS (
        SELECT 1 WHERE NOT EXISTS (SELECT FROM kept)
    ), closed AS (
        UPDATE consent SET withdrawn_at = $6
        WHERE customer_id = $1 AND purpose = $2 AND withdrawn_at IS NULL AND EXISTS (SELECT FROM fresh)
    ), added AS (
        INSERT INTO consent (id, customer_id, purpose, document_version, channel, granted_at)
        SELECT $5, $1, $2, $3, $4, $6 FROM fresh
    ), bumped AS (
        INSERT INTO event_stream AS s (stream, head) SELECT $7, 1 FROM fresh
        ON CONFLICT (stream) DO UPDATE SET head = s.head + 1 RETURNING head
    ), logged AS (
        INSERT INTO event (stream, sequence, event_id, kind, aggregate_id, aggregate_version, payload, occurred_at)
        SELECT $7, head, $8, 'CONSENT_GRANTED', $9, $10, $11, $6 FROM bumped
    ), settled AS (
        UPDATE idempotency_record SET outcome = $12
        WHERE caller = $9 AND mutation = 'consentGrant' AND key = $13 AND EXISTS (SELECT FROM fresh)
    )
    SELECT id FROM kept";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    consent_grant: Payload,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    consent: Consent,
    user_errors: [(); 0],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Consent {
    purpose: ConsentPurpose,
    document_version: String,
    channel: Channel,
    withdrawn_at: Option<()>,
}

pub async fn answer(
    caller: Caller,
    State(floor): State<Arc<Floor>>,
    Json(Variables { input }): Json<Variables>,
) -> Result<Data<impl Serialize>, Refused> {
    let customer = caller.customer()?;
    let key = input.idempotency_key.len();
    if key == 0 || key > 255 {
        return Err(Refused::Input("idempotencyKey"));
    }
    let version = text::line(&input.document_version, 40).map_err(|_| Refused::Input("documentVersion"))?;
    // In a task of its own: a client that hangs up while `BEGIN` is under way would else leave a connection with an open
    // transaction in the pool.
    let written = tokio::spawn(write(floor, customer, version.clone(), input)).await??;
    let (purpose, channel) = (written.purpose, written.channel);
    let consent = Consent { purpose, document_version: version, channel, withdrawn_at: None };
    Ok(Data::new(Answer { consent_grant: Payload { consent, user_errors: [] } }))
}

/// The transaction; gives the input back.
async fn write(floor: Arc<Floor>, customer: CustomerId, version: String, input: Input) -> Result<Input, Refused> {
    let now = floor.clock.now();
    let input_hash = hash(&input)?;
    let mut tx = floor.pool.postgres()?.begin().await?;
    let (owner_version, claimed): (i32, i64) = sqlx::query_as(CLAIM)
        .bind(customer.to_string())
        .bind(&input.idempotency_key)
        .bind(&input_hash)
        .bind(now)
        .bind(customer.uuid())
        .fetch_one(&mut *tx)
        .await?;
    if claimed == 0 {
        // A repeated key is not what is measured; the gateway brings back the first outcome.
        return Err(Refused::Input("idempotencyKey"));
    }
    grant(&mut tx, customer, owner_version, &input, &version, now).await?;
    tx.commit().await?;
    Ok(input)
}

async fn grant(
    conn: &mut PgConnection,
    customer: CustomerId,
    owner_version: i32,
    input: &Input,
    document_version: &str,
    now: DateTime<Utc>,
) -> Result<(), Refused> {
    let id = ConsentId::generate();
    let payload = serde_json::json!({ "consentId": id, "purpose": input.purpose });
    let outcome = serde_json::json!({ "customer": customer, "consent": id });
    let kept: Option<sqlx::types::Uuid> = sqlx::query_scalar(GRANT)
        .bind(customer.uuid())
        .bind(input.purpose.to_string())
        .bind(document_version)
        .bind(input.channel.to_string())
        .bind(id.uuid())
        .bind(now)
        .bind(format!("customer:{customer}"))
        .bind(EventId::generate().uuid())
        .bind(customer.to_string())
        .bind(owner_version)
        .bind(payload)
        .bind(outcome)
        .bind(&input.idempotency_key)
        .fetch_optional(&mut *conn)
        .await?;
    if let Some(kept) = kept {
        let outcome = serde_json::json!({ "customer": customer, "consent": ConsentId::from_uuid(kept) });
        sqlx::query(
            "UPDATE idempotency_record SET outcome = $1 WHERE caller = $2 AND mutation = 'consentGrant' AND key = $3",
        )
        .bind(outcome)
        .bind(customer.to_string())
        .bind(&input.idempotency_key)
        .execute(conn)
        .await?;
    }
    Ok(())
}

/// SHA-256 over the whole input, as in the gateway.
fn hash(input: &Input) -> Result<Vec<u8>, Refused> {
    let canonical = serde_json::to_vec(input)?;
    Ok(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &canonical).as_ref().to_vec())
}
