//! A gateway over a database of its own, with the clock at a known moment.

use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::{CustomerId, Locale, PrefixedId, StaffId, StoreId};
use migration::{Migrator, MigratorTrait};
use milepost::access::{Viewer, ViewerKind};
use milepost::app::{App, AppState, Clock};
use milepost::events::Hub;
use milepost::graph::Gateway;
use milepost::graph::call::CallState;
use milepost::store::db::DbOptions;
use milepost::store::{Db, Vault};
use sea_orm::{ConnectionTrait, Database};
use serde_json::{Value, json};

use super::rows;

/// When the tests take place: a Tuesday noon in Shanghai, in the year of the tax vectors.
pub fn noon() -> DateTime<Utc> {
    "2026-11-24T04:00:00Z".parse().unwrap()
}

pub fn customer(n: u128) -> CustomerId {
    CustomerId::from_parts(1, n)
}

pub fn staff(n: u128) -> StaffId {
    StaffId::from_parts(1, n)
}

pub fn store(n: u128) -> StoreId {
    StoreId::from_parts(1, n)
}

/// Who asks.
#[derive(Clone, Copy)]
pub enum Who {
    Anyone,
    Customer(u128),
    Staff(u128),
    Operator,
    System,
}

impl Who {
    fn viewer(self) -> Viewer {
        Viewer::of(match self {
            Self::Anyone => ViewerKind::Anonymous,
            Self::Customer(n) => ViewerKind::Customer(customer(n)),
            Self::Staff(n) => ViewerKind::Staff { id: staff(n), store: store(n), manager: false },
            Self::Operator => ViewerKind::Operator(staff(900)),
            Self::System => ViewerKind::System(entity::UpstreamSystemId::generate()),
        })
    }
}

enum Place {
    Folder(PathBuf),
    Database { server: String, name: String },
}

impl Drop for Place {
    /// A failed test leaves no file behind either.
    fn drop(&mut self) {
        if let Self::Folder(folder) = self {
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

pub struct House {
    pub app: App,
    gateway: Gateway,
    place: Place,
}

impl House {
    /// A house with the catalog of [`rows`].
    pub async fn open() -> Self {
        let house = Self::empty().await;
        rows::catalog(house.app.db.conn()).await;
        house
    }

    /// A house with tables only.
    pub async fn empty() -> Self {
        let name = format!("catalog_{}", StoreId::generate().uuid().simple());
        let (place, url) = match std::env::var("MILEPOST_TEST_DB").as_deref() {
            Ok("postgres") => {
                let server = std::env::var("MILEPOST_TEST_POSTGRES").expect("says where PostgreSQL listens");
                let server = server.trim_end_matches('/').to_owned();
                let admin = Database::connect(format!("{server}/postgres")).await.unwrap();
                admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
                let url = format!("{server}/{name}");
                (Place::Database { server, name }, url)
            }
            _ => {
                let folder = std::env::temp_dir().join(name);
                let url = format!("sqlite:{}", folder.join("milepost.db").display());
                (Place::Folder(folder), url)
            }
        };
        let options = DbOptions { count_statements: true, max_connections: 4, ..DbOptions::new(url) };
        let db = Db::connect(&options).await.unwrap();
        Migrator::up(db.conn(), None).await.unwrap();
        let keys = [("test".to_owned(), [7; 32])].into();
        let app = Arc::new(AppState {
            db,
            vault: Vault::new(&keys, "test", &[8; 32]).unwrap(),
            hub: Hub::default(),
            clock: Clock::shifted(noon() - Clock::default().now()),
            withdrawn: Default::default(),
            webhooks: Default::default(),
            ports: Default::default(),
            press: None,
            files: Default::default(),
            orders: Default::default(),
            dev: true,
        });
        Self { app, gateway: Gateway::new(true), place }
    }

    /// The whole answer, in English.
    pub async fn ask(&self, who: Who, document: &str, variables: Value) -> Value {
        self.ask_in(Locale::En, who, document, variables).await
    }

    /// The whole answer in a language.
    pub async fn ask_in(&self, locale: Locale, who: Who, document: &str, variables: Value) -> Value {
        let call = CallState::new(self.app.clone(), who.viewer(), locale, "test".into());
        let request = async_graphql::Request::new(document).variables(async_graphql::Variables::from_json(variables));
        serde_json::to_value(self.gateway.execute(request, call).await).unwrap()
    }

    /// The data of an answer without errors.
    pub async fn data(&self, who: Who, document: &str, variables: Value) -> Value {
        let mut answer = self.ask(who, document, variables).await;
        assert_eq!(answer["errors"], Value::Null, "of {document}");
        answer["data"].take()
    }

    /// Code, argument and message of the one error of an answer.
    pub async fn error(&self, who: Who, document: &str, variables: Value) -> Value {
        let answer = self.ask(who, document, variables).await;
        let errors = answer["errors"].as_array().unwrap_or_else(|| panic!("no error but {answer}"));
        assert_eq!(errors.len(), 1, "{answer}");
        let extensions = &errors[0]["extensions"];
        json!([extensions["code"], extensions["argument"], errors[0]["message"]])
    }

    /// Statements that a document takes.
    pub async fn statements(&self, who: Who, document: &str, variables: Value) -> u64 {
        let before = self.app.db.statements();
        self.data(who, document, variables).await;
        self.app.db.statements() - before
    }

    /// Closes it and removes its database.
    pub async fn close(self) {
        self.app.db.close().await.unwrap();
        match &self.place {
            // Dropping removes it.
            Place::Folder(_) => {}
            Place::Database { server, name } => {
                let admin = Database::connect(format!("{server}/postgres")).await.unwrap();
                admin.execute_unprepared(&format!("DROP DATABASE {name} WITH (FORCE)")).await.unwrap();
            }
        }
    }
}
