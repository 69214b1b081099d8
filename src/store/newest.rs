//! The first rows of each of many groups in one statement: what a bounded list below many parents needs.

use entity::Columns;
use sea_orm::sea_query::{
    Asterisk, Expr, ExprTrait, Func, Order, OverStatement, Query, SelectStatement, SimpleExpr, WindowStatement,
};
use sea_orm::{ConnectionTrait, DbErr};

use super::Db;

const PLACE: &str = "place_in_group";

/// How the groups are made, sorted and cut.
pub struct Groups {
    /// What a group's rows have in common.
    pub by: SimpleExpr,
    /// Order within a group; the first `most` rows of it are kept.
    pub order: Vec<(SimpleExpr, Order)>,
    /// Most rows of a group.
    pub most: u64,
}

/// Fetches the first rows of each group, group by group in their order. `select` has the columns and the condition,
/// without order and limit.
pub async fn of_each<R: Columns>(db: &Db, mut select: SelectStatement, groups: Groups) -> Result<Vec<R>, DbErr> {
    let mut window = WindowStatement::new();
    window.add_partition_by(groups.by);
    for (expr, order) in groups.order {
        window.order_by_expr(expr, order);
    }
    select.expr_window_as(Func::cust("ROW_NUMBER"), window, PLACE);
    let mut cut = Query::select();
    cut.column(Asterisk)
        .from_subquery(select, "grouped")
        .and_where(Expr::col(PLACE).lte(groups.most))
        .order_by(PLACE, Order::Asc);
    db.conn().query_all(&cut).await?.iter().map(|row| R::read(row, 0)).collect()
}
