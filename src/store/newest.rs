//! The first rows of each of many groups: what a bounded list below many parents needs.

use sea_orm::sea_query::{
    Expr, ExprTrait, Func, Order, OverStatement, Query, SelectStatement, SimpleExpr, WindowStatement,
};

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

/// The `id` of the first rows of each group. `ids` selects that of all rows, without order and limit.
pub fn firsts(mut ids: SelectStatement, groups: Groups) -> SelectStatement {
    let mut window = WindowStatement::new();
    window.add_partition_by(groups.by);
    for (expr, order) in groups.order {
        window.order_by_expr(expr, order);
    }
    ids.expr_window_as(Func::cust("ROW_NUMBER"), window, PLACE);
    Query::select().column("id").from_subquery(ids, "grouped").and_where(Expr::col(PLACE).lte(groups.most)).take()
}
