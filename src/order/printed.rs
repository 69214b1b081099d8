//! A contract as a file that a person can read and keep (C071): a link that its reader may open for a while, and what is behind it.
//! The page says what is signed, line by line, and no more.

use chrono::{DateTime, Utc};
use entity::order::contract;
use entity::{ContractId, ContractState};
use sea_orm::EntityTrait;
use tokio::sync::Semaphore;

use super::rules::paper::{Line, lines};
use super::store::paper_of;
use crate::app::App;
use crate::files::link::Door;
use crate::graph::Error;
use crate::press::{Block, Sheet};
use crate::store::Vault;
use crate::values::calendar;

/// Where such files are.
pub const PATH: &str = "/contracts/document.pdf";

const DOOR: Door = Door { path: PATH, label: b"contract-file" };

/// How many are printed at once, by one process.
static TURNS: Semaphore = Semaphore::const_new(2);

/// A link to a contract's file, below the gateway's address, and until when it can be opened; for those who may read all of the
/// contract.
pub fn link(vault: &Vault, contract: ContractId, now: DateTime<Utc>) -> (String, DateTime<Utc>) {
    DOOR.link(vault, contract, now)
}

/// A file.
pub struct Printed {
    /// What it is called.
    pub name: String,
    /// PDF.
    pub file: Vec<u8>,
}

/// The file behind a link's key; none when it is not one of ours, or its time is over, or there is nothing to print with.
///
/// # Errors
/// When the store fails, or the contract does not open.
pub async fn printed(app: &App, key: &str) -> Result<Option<Printed>, Error> {
    let id = DOOR.open::<ContractId>(&app.vault, key, app.clock.now());
    let (Some(id), true) = (id, app.press.is_some()) else { return Ok(None) };
    let Some(row) = contract::Entity::find_by_id(id).one(app.db.conn()).await? else { return Ok(None) };
    let name = format!("{}.pdf", row.number);
    let sheet = sheet(&app.vault, &row)?;
    let app = app.clone();
    let print = move || app.press.as_ref().map(|press| press.print(&sheet)).transpose();
    // Of many at once the rest waits here, where who hangs up is gone, and not in the queue of threads.
    let _turn = TURNS.acquire().await.map_err(|error| Error::hidden(error.to_string()))?;
    let file = tokio::task::spawn_blocking(print).await.map_err(|error| Error::hidden(error.to_string()))?;
    let file = file.map_err(|error| Error::hidden(error.to_string()))?;
    Ok(file.map(|file| Printed { name, file }))
}

fn sheet(vault: &Vault, row: &contract::Model) -> Result<Sheet, Error> {
    let paper = paper_of(vault, row)?;
    let day = |at: DateTime<Utc>| calendar::day(at).to_string();
    let state = match (row.state, row.signed_at, row.ended_at) {
        (ContractState::Draft, ..) => "草稿，未签署".to_owned(),
        (ContractState::Signing, ..) => "待签署".to_owned(),
        (ContractState::Completed, Some(at), _) => format!("已签署 {}", day(at)),
        (ContractState::Completed, None, _) => "已签署".to_owned(),
        (ContractState::Rescinding | ContractState::PartiallyRescinded, ..) => "解除中".to_owned(),
        (ContractState::Rescinded, _, at) => format!("已解除 {}", at.map(day).unwrap_or_default()),
        (ContractState::Revoked | ContractState::Expired | ContractState::Declined, ..) => "已失效".to_owned(),
    };
    Ok(Sheet {
        head: format!("{}　{state}", paper.number),
        foot: format!("SHA-256 {}", row.document_hash),
        blocks: lines(&paper).into_iter().map(block).collect(),
        title: paper.title,
    })
}

fn block(line: Line) -> Block {
    match line {
        Line::Title(text) => Block::Title(text),
        Line::Heading(text) => Block::Heading(text),
        Line::Plain(text) => Block::Text(text),
        Line::Amount { label, amount } => Block::Row(label, amount),
        Line::Gap => Block::Gap,
    }
}
