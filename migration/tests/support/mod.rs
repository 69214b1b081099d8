//! A database of its own for each test, on either engine, and what can be read of its schema.

pub mod catalogue;
pub mod rows;

use std::{env, future::Future, panic};

use migration::sea_orm_migration::sea_orm::{ConnectionTrait, Database, DatabaseConnection};

/// Runs `body` on a new SQLite file.
pub async fn on_sqlite<F: Future<Output = ()>>(body: impl FnOnce(DatabaseConnection) -> F) {
    let folder = tempfile::tempdir().unwrap();
    let address = format!("sqlite://{}?mode=rwc", folder.path().join("milepost.db").display());
    let db = Database::connect(address).await.unwrap();
    body(db.clone()).await;
    db.close().await.unwrap();
}

/// Runs `body` on a new PostgreSQL database, which is dropped whether or not the body panics.
pub async fn on_postgres<F>(name: &str, body: impl FnOnce(DatabaseConnection) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let server = env::var("MILEPOST_TEST_POSTGRES").expect(
        "MILEPOST_TEST_POSTGRES is not set: a PostgreSQL such as postgres://postgres@127.0.0.1:5432, where databases \
         may be made. Both databases are promised, so this test does not pass without one",
    );
    let server = server.trim_end_matches('/');
    let name = format!("migration_{name}_{}", std::process::id());
    let admin = Database::connect(format!("{server}/postgres")).await.unwrap();
    admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
    let db = Database::connect(format!("{server}/{name}")).await.unwrap();
    let outcome = tokio::spawn(body(db.clone())).await;
    db.close().await.unwrap();
    admin.execute_unprepared(&format!("DROP DATABASE {name} WITH (FORCE)")).await.unwrap();
    if let Err(failure) = outcome {
        panic::resume_unwind(failure.into_panic());
    }
}

/// A module of tests for each database, from functions that take a connection.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                crate::support::on_sqlite(super::$name).await;
            })*
        }

        mod postgres {
            $(#[tokio::test]
            async fn $name() {
                crate::support::on_postgres(stringify!($name), super::$name).await;
            })*
        }
    };
}
pub(crate) use on_both;
