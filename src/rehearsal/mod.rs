//! A rehearsal: documents run in a house of their own, a database in a folder that goes away again, filled with the demo
//! data, to see how many statements they take and who may ask them. Nothing that anybody uses is touched.

mod sample;

use std::collections::BTreeMap;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result};
use async_graphql::parser::types::OperationType;
use async_graphql::{Request, Response, Value, Variables};
use aws_lc_rs::rand;
use entity::{Locale, Role};
use migration::{Migrator, MigratorTrait};
use serde_json::json;

use self::sample::Samples;
use crate::access::Viewer;
use crate::app::{App, AppState, Clock};
use crate::events::Hub;
use crate::graph::Gateway;
use crate::graph::call::{Call, CallState};
use crate::graph::gateway::{Document, Reply};
use crate::graph::user_error;
use crate::identity::Withdrawn;
use crate::ports::Ports;
use crate::seed::{self, Silent, Volume, demo_people};
use crate::settings::Settings;
use crate::store::db::DbOptions;
use crate::store::{Db, Vault};
use crate::webhook::Webhooks;

/// The house.
pub struct Rehearsal {
    app: App,
    gateway: Gateway,
    samples: Samples,
    /// Goes away with it.
    _folder: Folder,
}

/// How a document went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Statements on SQLite; on PostgreSQL there are as many or fewer, since rows come along with the one that names them.
    pub statements: u64,
    /// What the answer cost; none when a field failed.
    pub cost: Option<u64>,
    /// Whether it was written by its plan, without the engine.
    pub by_plan: bool,
    /// The codes of its errors, each once, and those of what its input breaks.
    pub codes: Vec<String>,
}

/// A folder of its own.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Self> {
        let name = u128::from_ne_bytes(random()?);
        let folder = std::env::temp_dir().join(format!("milepost-rehearsal-{name:032x}"));
        // One that is there is somebody else's.
        DirBuilder::new().mode(0o700).create(&folder).with_context(|| folder.display().to_string())?;
        Ok(Self(folder))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed is left to the system.
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// Bytes that nobody can foresee.
fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).context("the system gives no random bytes")?;
    Ok(bytes)
}

/// Those who may ask, from nobody on.
pub fn roles() -> impl Iterator<Item = Option<Role>> {
    std::iter::once(None).chain(Role::ALL.iter().copied().map(Some))
}

impl Rehearsal {
    /// Opens one, with the demo data.
    ///
    /// # Errors
    /// When its folder or its database cannot be made.
    pub async fn open(settings: &Settings) -> Result<Self> {
        let folder = Folder::new()?;
        let url = format!("sqlite:{}", folder.0.join("milepost.db").display());
        let options = DbOptions { count_statements: true, max_connections: 4, ..DbOptions::new(url) };
        let db = Db::connect(&options).await.context("the database of the rehearsal")?;
        Migrator::up(db.conn(), None).await.context("the database of the rehearsal")?;
        // With a key of its own: what is made up says nothing of what others have sealed.
        let keys = BTreeMap::from([("rehearsal".to_owned(), random()?)]);
        let (vault, clock) = (Vault::new(&keys, "rehearsal", &random()?)?, Clock::default());
        seed::run(&db, &vault, clock.now(), &Volume::small(), &Silent).await.context("its demo data")?;
        let (hub, withdrawn, webhooks) = (Hub::default(), Withdrawn::default(), Webhooks::new(settings.webhooks));
        let app: App = Arc::new(AppState {
            db,
            vault,
            hub,
            withdrawn,
            webhooks,
            ports: Ports::default(),
            press: None,
            files: Default::default(),
            orders: settings.orders,
            clock,
            dev: true,
        });
        let gateway = Gateway::new(true);
        let known =
            Request::new(sample::KNOWN).variables(Variables::from_json(json!({ "order": demo_people().order })));
        let found = gateway.execute(known, call(&app, Some(Role::Consultant))).await;
        let samples = Samples::of(&found.data.into_json().unwrap_or_default(), app.clock.now());
        Ok(Self { app, gateway, samples, _folder: folder })
    }

    /// Its gateway.
    pub fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    /// Runs a document of one operation as one of the demo's people. A variable that has to be given and is not is made up:
    /// ids are those of the demo. None for a subscription, which has no end.
    pub async fn run(&self, document: &Arc<Document>, given: &Variables, role: Option<Role>) -> Option<Seen> {
        let operation = document.operation(None)?;
        if operation.ty == OperationType::Subscription {
            return None;
        }
        let mut variables = self.samples.variables(&document.parsed, operation);
        variables.extend(given.iter().map(|(name, value)| (name.clone(), value.clone())));
        let request = Request::new("").variables(Variables::from_value(Value::Object(variables)));
        let reading = self.gateway.read(request, Some(document.clone())).await;
        let before = self.app.db.statements();
        let reply = self.gateway.answer(reading, call(&self.app, role)).await;
        let statements = self.app.db.statements() - before;
        let (by_plan, codes) = match &reply {
            Reply::Data { .. } => (true, Vec::new()),
            Reply::Full { response, .. } => (false, codes(response)),
        };
        Some(Seen { statements, cost: reply.cost(), by_plan, codes })
    }
}

fn call(app: &App, role: Option<Role>) -> Call {
    CallState::new(app.clone(), Viewer::of(demo_people().of_role(role)), Locale::En, "rehearsal".into())
}

/// Each code of an answer's errors once, those of payloads too.
fn codes(response: &Response) -> Vec<String> {
    let errors = response.errors.iter().filter_map(|error| match error.extensions.as_ref()?.get("code")? {
        Value::String(code) => Some(code.as_str()),
        _ => None,
    });
    let payloads = user_error::all(&response.data).filter_map(user_error::code);
    let mut codes: Vec<String> = errors.chain(payloads).map(str::to_owned).collect();
    codes.sort();
    codes.dedup();
    codes
}
