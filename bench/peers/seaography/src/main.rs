//! Seaography as it comes: the schema made from the tables' entities, with the dataloaders it ships. No token, no policy,
//! nothing masked or decrypted.

mod entities;

use std::sync::LazyLock;

use anyhow::{Context, Result};
use async_graphql::dynamic::Schema;
use async_graphql_axum::GraphQL;
use axum::Router;
use axum::routing::post_service;
use sea_orm::{ConnectOptions, Database, DatabaseConnection};
use seaography::{Builder, BuilderContext};

use entities::{customer, customer_order, milestone, store, trim, vehicle_model, vehicle_unit};

static CONTEXT: LazyLock<BuilderContext> = LazyLock::new(BuilderContext::default);

fn schema(db: DatabaseConnection) -> Result<Schema> {
    let mut builder = Builder::new(&CONTEXT, db.clone());
    seaography::register_entities!(
        builder,
        [customer, customer_order, milestone, store, trim, vehicle_model, vehicle_unit]
    );
    Ok(builder.schema_builder().data(db).finish()?)
}

#[tokio::main]
async fn main() -> Result<()> {
    let port = std::env::var("PORT").context("PORT")?;
    let mut options = ConnectOptions::new(std::env::var("DATABASE_URL").context("DATABASE_URL")?);
    // As the gateway's.
    options.max_connections(16).sqlx_logging(false).test_before_acquire(false);
    let schema = schema(Database::connect(options).await?)?;
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    let router = Router::new().route("/graphql", post_service(GraphQL::new(schema)));
    axum::serve(listener, router).await?;
    Ok(())
}
