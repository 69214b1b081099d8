//! A contract of an order, and what contracts are drawn up from (C070-C072).

use async_graphql::{Description, ID, SimpleObject};
use chrono::{DateTime, Utc};
use entity::order::{contract, contract_template};
use entity::{ContractState, FulfillmentMode, PriceLineKind, SalesModel};

use super::super::links::ContractTemplateById;
use super::super::policy;
use super::super::printed::link;
use super::super::rules::paper::{PaperClause, document};
use super::super::store::paper_of;
use crate::access::Disclosure;
use crate::graph::answer::To;
use crate::graph::money::Money;
use crate::graph::scalars::Date;
use crate::graph::{Call, Fields, Result, fields};
use crate::values::mask;

/// A contract of an order. A draft may be drawn up anew; from its signing on, what it says never changes, and a change is the next
/// contract.
#[derive(Clone, Debug, Description)]
pub struct Contract(pub contract::Model);

#[fields(rows(contract::Model))]
impl Contract {
    /// Type-prefixed ULID, as in `ctr_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Human number, as in `HT-YC2611240001-1`.
    fn number(&self) -> &str {
        &self.0.number
    }

    /// Of the order's contracts, from one; a later one stands in for those before.
    fn version(&self) -> i32 {
        self.0.contract_version
    }

    /// How far it is.
    fn state(&self) -> ContractState {
        self.0.state
    }

    /// What it was drawn up from.
    #[link(self.0.template_id)]
    fn template(&self) -> To<ContractTemplateById>;

    /// The order as it was when the contract was drawn up, in the words that are signed.
    #[columns(snapshot)]
    fn order_snapshot(&self, call: &Call) -> Result<ContractOrderSnapshot> {
        let paper = paper_of(&call.app.vault, &self.0)?;
        let buyer_name = match policy::personal_of_own(&call.viewer) {
            Disclosure::Clear => paper.buyer,
            Disclosure::Masked => mask::person_name(&paper.buyer),
        };
        Ok(ContractOrderSnapshot {
            order_number: paper.order_number,
            buyer_name,
            seller_name: paper.seller,
            store_name: paper.store,
            delivery_store_name: paper.delivery_store,
            city_name: paper.city,
            model_name: paper.model,
            trim_name: paper.trim,
            trim_code: paper.trim_code,
            option_codes: paper.option_codes,
            fulfillment_mode: paper.fulfillment_mode,
            ready_by: paper.ready_by.map(Date),
            lines: paper
                .lines
                .into_iter()
                .map(|line| ContractPriceLine {
                    kind: line.kind,
                    code: line.code,
                    label: line.label,
                    amount: Money::fen(line.amount_minor),
                })
                .collect(),
            total: Money::fen(paper.total_minor),
            paid: Money::fen(paper.paid_minor),
        })
    }

    /// The clauses with what was chosen, in the words that are signed.
    #[columns(snapshot)]
    fn clauses(&self, call: &Call) -> Result<Vec<ContractClause>> {
        Ok(paper_of(&call.app.vault, &self.0)?.clauses.into_iter().map(ContractClause::from).collect())
    }

    /// The text that is signed; null where the caller may not read the buyer's name in it: it is for its customer and holders of
    /// `pii:read`.
    #[columns(snapshot)]
    fn document(&self, call: &Call) -> Result<Option<String>> {
        match policy::personal_of_own(&call.viewer) {
            Disclosure::Clear => Ok(Some(document(&paper_of(&call.app.vault, &self.0)?))),
            Disclosure::Masked => Ok(None),
        }
    }

    /// The same as pages to read and keep; null where `document` is, and where the gateway has no font to print with.
    fn pdf(&self, call: &Call) -> Option<FileLink> {
        let readable = policy::personal_of_own(&call.viewer) == Disclosure::Clear && call.app.press.is_some();
        let (url, expires_at) = readable.then(|| link(&call.app.vault, self.0.id, call.now))?;
        Some(FileLink { url, expires_at })
    }

    /// SHA-256 of the text that is signed, in UTF-8; hexadecimal.
    fn document_hash(&self) -> &str {
        &self.0.document_hash
    }

    /// Where the buyer signs; null unless it waits for signatures, and for all but the customer.
    fn signing_url(&self, call: &Call) -> Option<&str> {
        let waits = self.0.state == ContractState::Signing && call.viewer.customer().is_some();
        self.0.signing_url.as_deref().filter(|_| waits)
    }

    /// Until when it can be signed; null until it is to be.
    fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.0.expires_at
    }

    /// Why it ended, in the words of whoever ended it.
    fn end_reason(&self) -> Option<&str> {
        self.0.end_reason.as_deref()
    }

    /// When it was drawn up.
    fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When all had signed.
    fn signed_at(&self) -> Option<DateTime<Utc>> {
        self.0.signed_at
    }

    /// When it came to an end otherwise.
    fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.0.ended_at
    }
}

/// A file to be fetched by `GET`.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct FileLink {
    /// Path and query below the address of this gateway. Whoever has it can open it, without a token: it is not to be passed on.
    pub url: String,
    /// Until when; asked for again, there is a new one.
    pub expires_at: DateTime<Utc>,
}

/// An order as its contract says it.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct ContractOrderSnapshot {
    /// Number of the order.
    pub order_number: String,
    /// Who buys; masked except for the owner and holders of `pii:read`.
    pub buyer_name: String,
    /// Who sells.
    pub seller_name: String,
    /// By which store.
    pub store_name: String,
    /// Which store hands over.
    pub delivery_store_name: String,
    /// Where the car will be registered.
    pub city_name: String,
    /// The model.
    pub model_name: String,
    /// The trim.
    pub trim_name: String,
    /// Its code.
    pub trim_code: String,
    /// Codes of the options.
    pub option_codes: Vec<String>,
    /// How the car is found.
    pub fulfillment_mode: FulfillmentMode,
    /// The last day on which the car is promised; null while nobody can tell.
    pub ready_by: Option<Date>,
    /// Lines of the price, in order.
    pub lines: Vec<ContractPriceLine>,
    /// What is to be paid in all.
    pub total: Money,
    /// What had been paid.
    pub paid: Money,
}

/// A line of a contract's price.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct ContractPriceLine {
    /// What kind of line it is.
    pub kind: PriceLineKind,
    /// Code of the trim, option, incentive, tax or fee.
    pub code: String,
    /// What it is.
    pub label: String,
    /// Its amount; negative where it lowers the price.
    pub amount: Money,
}

/// A clause of a contract.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct ContractClause {
    /// Code in the template.
    pub code: String,
    /// Heading.
    pub title: String,
    /// What is agreed.
    pub text: String,
    /// Code of the option that was chosen; null where there was nothing to choose.
    pub chosen_code: Option<String>,
    /// What the option says.
    pub chosen_text: Option<String>,
}

impl From<PaperClause> for ContractClause {
    fn from(clause: PaperClause) -> Self {
        let (chosen_code, chosen_text) = clause.chosen.unzip();
        Self { code: clause.code, title: clause.title, text: clause.text, chosen_code, chosen_text }
    }
}

/// What contracts are drawn up from. A version never changes.
#[derive(Clone, Debug, Description)]
pub struct ContractTemplate(pub contract_template::Model);

#[fields(rows(contract_template::Model))]
impl ContractTemplate {
    /// Type-prefixed ULID, as in `ctt_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Code, the same for all versions.
    fn code(&self) -> &str {
        &self.0.code
    }

    /// From one; sent back as `expectedVersion` with the next one.
    fn version(&self) -> i32 {
        self.0.template_version
    }

    /// Name in the language of the request; the Chinese one is the contract's title.
    fn name(&self, call: &Call) -> String {
        call.pick(&self.0.name_zh, &self.0.name_en)
    }

    /// Only for orders that are sold so; null for all.
    fn sales_model(&self) -> Option<SalesModel> {
        self.0.sales_model
    }

    /// Its clauses, in order, in the language of the request.
    fn clauses(&self, call: &Call) -> Vec<ContractTemplateClause> {
        let clauses = self.0.clauses.0.iter();
        clauses
            .map(|clause| ContractTemplateClause {
                code: clause.code.clone(),
                title: call.pick(&clause.title_zh, &clause.title_en),
                text: call.pick(&clause.text_zh, &clause.text_en),
                options: clause
                    .options
                    .iter()
                    .map(|option| ContractClauseOption {
                        code: option.code.clone(),
                        text: call.pick(&option.text_zh, &option.text_en),
                    })
                    .collect(),
            })
            .collect()
    }

    /// Since when it is in force.
    fn published_at(&self) -> DateTime<Utc> {
        self.0.published_at
    }
}

/// A clause of a template.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct ContractTemplateClause {
    /// Unique within the template.
    pub code: String,
    /// Heading.
    pub title: String,
    /// What is agreed.
    pub text: String,
    /// What can be chosen; the first one when nothing is. Empty where there is nothing to choose.
    pub options: Vec<ContractClauseOption>,
}

/// One of a clause's options.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct ContractClauseOption {
    /// Unique within the clause.
    pub code: String,
    /// What it says.
    pub text: String,
}
