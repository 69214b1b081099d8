//! Statements on the rows of a table, read by place.
//!
//! The list of columns goes in as one text: made of an expression each, as sea-orm does it, a wide statement takes longer
//! to write than PostgreSQL takes to answer it.

use entity::Columns;
use sea_orm::sea_query::extension::postgres::PgFunc;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement, SimpleExpr, Value};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseBackend, DbErr, EntityTrait, QueryResult, QueryTrait, Select, Statement,
};

/// All rows of a table.
pub fn rows<R: Columns>() -> SelectStatement {
    Query::select().expr(Expr::cust(R::LIST)).from(Alias::new(R::TABLE)).take()
}

/// Rows whose column has one of these values. On PostgreSQL they are one array, so that the text of the statement, and
/// with it its plan, does not hang on their number.
pub fn among<C: ColumnTrait>(
    backend: DatabaseBackend,
    column: C,
    keys: impl IntoIterator<Item = impl Into<Value>>,
) -> SimpleExpr {
    expr_among(backend, Expr::col(column.as_column_ref()), keys)
}

/// As [`among`], of what is computed from columns.
pub fn expr_among(
    backend: DatabaseBackend,
    expr: SimpleExpr,
    keys: impl IntoIterator<Item = impl Into<Value>>,
) -> SimpleExpr {
    let keys: Vec<Value> = keys.into_iter().map(Into::into).collect();
    if backend != DatabaseBackend::Postgres || keys.is_empty() {
        return expr.is_in(keys);
    }
    let array = Value::Array(keys[0].array_type(), Some(Box::new(keys)));
    expr.eq(PgFunc::any(Expr::val(array)))
}

/// The rows of a statement that begins with the columns of `R`.
///
/// # Errors
/// When the store fails.
pub async fn fetch<R: Columns>(db: &impl ConnectionTrait, select: &SelectStatement) -> Result<Vec<R>, DbErr> {
    db.query_all(select).await?.iter().map(|row| R::read(row, 0)).collect()
}

/// The first rows of a statement. The number stands in the text: PostgreSQL then keeps one plan that knows it, where a
/// parameter makes it plan each time anew.
///
/// # Errors
/// When the store fails.
pub async fn first(db: &impl ConnectionTrait, select: &SelectStatement, most: u64) -> Result<Vec<QueryResult>, DbErr> {
    let backend = db.get_database_backend();
    let Statement { mut sql, values, .. } = backend.build(select);
    sql.push_str(&format!(" LIMIT {most}"));
    db.query_all_raw(Statement { sql, values, db_backend: backend }).await
}

/// Reading the rows of a statement by place.
pub trait ByPlace<R> {
    /// All of them.
    fn by_place(self, db: &impl ConnectionTrait) -> impl Future<Output = Result<Vec<R>, DbErr>> + Send;
}

impl<E: EntityTrait<Model: Columns + Send>> ByPlace<E::Model> for Select<E> {
    async fn by_place(self, db: &impl ConnectionTrait) -> Result<Vec<E::Model>, DbErr> {
        let mut select = self.into_query();
        select.clear_selects().expr(Expr::cust(E::Model::LIST));
        fetch(db, &select).await
    }
}
