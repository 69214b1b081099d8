//! `cn.milepost.lead.submitted.v1` (C018): a form of a platform.

use async_graphql::ID;
use entity::catalog::{model, trim};
use entity::place::store;
use entity::{Channel, ConsentPurpose, InboundCode, IntentLevel, Locale};

use super::super::inputs::{LeadConsentInput, LeadSubmitInput};
use super::super::mutations::pass_on;
use crate::access::{Viewer, ViewerKind};
use crate::graph::call::CallState;
use crate::graph::scalars::{CityCode, CnMobile};
use crate::graph::user_error::UserErrorCode;
use crate::graph::{Refusal, Result, UserError};
use crate::ingest::keys::{by_key, found, found_or_none};
use crate::ingest::{Desk, Inbound, Item, Reason, Verdict, data};

data! {
    /// Somebody left a number with a platform. The same rules as for a form of our own: another form about the same number
    /// and model within thirty days joins the lead that is there.
    pub struct SubmittedData {
        /// The platform's number of the form.
        pub reference: String,
        /// Mobile number of the Chinese mainland.
        pub phone: String,
        /// What to call the person.
        pub name: Option<String>,
        /// Code of the model.
        pub model_code: String,
        /// Code of the trim.
        pub trim_code: Option<String>,
        /// Code of the city where the person wants to buy.
        pub city_code: String,
        /// Where the form was filled in.
        pub channel: Channel,
        /// Code of the form or page.
        pub touchpoint: String,
        /// Code of the campaign.
        pub campaign: Option<String>,
        /// Code of a store that the person chose.
        pub preferred_store_code: Option<String>,
        /// How soon the person means to buy.
        pub intent_level: Option<IntentLevel>,
        /// What the person agreed to.
        #[serde(default)]
        pub consents: Vec<AgreedData>,
    }

    /// Something that a person agreed to.
    pub struct AgreedData {
        /// What it is for.
        pub purpose: ConsentPurpose,
        /// Version of the text that was shown.
        pub document_version: String,
    }
}

/// A form passed on.
pub struct LeadSubmitted;

impl Inbound for LeadSubmitted {
    const TYPE: &'static str = "cn.milepost.lead.submitted.v1";
    const DOMAIN: &'static str = "lead";
    const ONCE: Option<&'static str> = Some("reference");
    type Data = SubmittedData;

    fn example() -> SubmittedData {
        SubmittedData {
            reference: "AH-20261124-000017".into(),
            phone: "19900990002".into(),
            name: Some("王女士".into()),
            model_code: "C5".into(),
            trim_code: Some("C5-660".into()),
            city_code: "310100".into(),
            channel: Channel::ThirdParty,
            touchpoint: "autohome-c5".into(),
            campaign: Some("autumn".into()),
            preferred_store_code: None,
            intent_level: Some(IntentLevel::A),
            consents: vec![AgreedData { purpose: ConsentPurpose::ShareWithDealer, document_version: "2026-01".into() }],
        }
    }

    fn subject(data: &SubmittedData) -> String {
        format!("lead-form/{}", data.reference)
    }

    async fn apply(desk: &mut Desk<'_>, items: &[Item<SubmittedData>]) -> Result<Vec<Verdict>> {
        let mut verdicts = Vec::with_capacity(items.len());
        for item in items {
            verdicts.push(one(desk, &item.data).await?);
            desk.tx.flush().await?;
        }
        Ok(verdicts)
    }
}

async fn one(desk: &mut Desk<'_>, data: &SubmittedData) -> Result<Verdict> {
    let input = match input(desk, data).await? {
        Ok(input) => input,
        Err(verdict) => return Ok(verdict),
    };
    let system = desk.sender.system.unwrap_or_default();
    let viewer = Viewer::of(ViewerKind::System(system));
    // English: the words are kept with the record.
    let call = CallState::at(desk.app.clone(), viewer, Locale::En, String::new(), desk.tx.now());
    match pass_on(desk.tx, &call, input).await {
        Ok(()) => Ok(Verdict::DONE),
        Err(Refusal::User(errors)) => Ok(errors.first().map_or(Verdict::DONE, refused)),
        Err(Refusal::Failed(error)) => Err(error),
    }
}

/// The form, with ids in place of codes.
async fn input(desk: &Desk<'_>, data: &SubmittedData) -> Result<Result<LeadSubmitInput, Verdict>> {
    let tx = &*desk.tx;
    let models =
        by_key::<model::Entity>(tx, model::Column::Code, [data.model_code.as_str()], |row| Some(&row.code)).await?;
    let trims =
        by_key::<trim::Entity>(tx, trim::Column::Code, data.trim_code.as_deref(), |row| Some(&row.code)).await?;
    let stores =
        by_key::<store::Entity>(tx, store::Column::Code, data.preferred_store_code.as_deref(), |row| Some(&row.code))
            .await?;
    let named = || -> Result<LeadSubmitInput, Verdict> {
        let model = found(&models, "modelCode", "model", &data.model_code)?;
        let trim = found_or_none(&trims, "trimCode", "trim", data.trim_code.as_deref())?;
        let store = found_or_none(&stores, "preferredStoreCode", "store", data.preferred_store_code.as_deref())?;
        match store {
            Some(store) => desk.sender.check(store.organization_id, "preferredStoreCode")?,
            None => desk.sender.check_all("preferredStoreCode")?,
        }
        Ok(LeadSubmitInput {
            idempotency_key: data.reference.clone(),
            phone: CnMobile(data.phone.clone()),
            name: data.name.clone(),
            model_id: ID(model.id.to_string()),
            trim_id: trim.map(|row| ID(row.id.to_string())),
            city_code: CityCode(data.city_code.clone()),
            channel: data.channel,
            touchpoint: data.touchpoint.clone(),
            campaign: data.campaign.clone(),
            preferred_store_id: store.map(|row| ID(row.id.to_string())),
            intent_level: data.intent_level,
            consents: data
                .consents
                .iter()
                .map(|agreed| LeadConsentInput {
                    purpose: agreed.purpose,
                    document_version: agreed.document_version.clone(),
                })
                .collect(),
        })
    };
    Ok(named())
}

/// A refusal of the form's own rules.
fn refused(error: &UserError) -> Verdict {
    let UserError::Validation(error) = error else {
        return Reason::new(InboundCode::NotEligible, "ingest-store").into();
    };
    let code = match error.code {
        UserErrorCode::Duplicate => InboundCode::Duplicate,
        UserErrorCode::ConsentRequired | UserErrorCode::NotEligible => InboundCode::NotEligible,
        _ => InboundCode::Invalid,
    };
    let path = error.field.iter().flatten().skip(1).map(String::as_str).collect::<Vec<_>>().join(".");
    Reason::new(code, "ingest-said").at(&path).with("said", error.message.as_str()).into()
}
