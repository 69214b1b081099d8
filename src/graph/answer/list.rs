//! Lists after the Relay specification, as the fast way writes them. The library's types are its own, so their fields
//! are named here by hand.

use async_graphql::OutputType;
use async_graphql::connection::{CursorType, Edge, EmptyFields, PageInfo};

use super::{Answer, Chosen, Field, Fields, Pass, object};
use crate::graph::connection::{Count, List, Opaque};
use crate::graph::error::Result;

type Row<N> = Edge<Opaque, N, EmptyFields>;

/// A field without arguments that is not found through a relation.
macro_rules! field {
    ($name:literal: $ty:ty, |$value:ident| $get:expr) => {
        Field {
            name: $name,
            arguments: 0,
            plan: <$ty as Answer>::plan,
            fetches: false,
            join: None,
            columns: Some(&[]),
            gather: |$value, chosen: &Chosen, pass: &Pass<'_>| {
                Answer::gather(&$get, &chosen.selected, pass);
                Ok(())
            },
            write: |$value, chosen: &Chosen, pass: &Pass<'_>, out: &mut Vec<u8>| -> Result<()> {
                Answer::write(&$get, &chosen.selected, pass, out)
            },
        }
    };
}

impl<N: OutputType + Answer + 'static> Fields for List<N> {
    const FIELDS: &'static [Field<Self>] = &[
        field!("nodes": Vec<N>, |list| list.edges.iter().map(|edge| &edge.node).collect::<Vec<_>>()),
        field!("edges": Vec<Row<N>>, |list| list.edges),
        field!("pageInfo": PageInfo, |list| PageInfo {
            has_previous_page: list.has_previous_page,
            has_next_page: list.has_next_page,
            start_cursor: list.edges.first().map(|edge| edge.cursor.encode_cursor()),
            end_cursor: list.edges.last().map(|edge| edge.cursor.encode_cursor()),
        }),
        field!("totalCount": Option<Count>, |list| &list.additional_fields.total_count),
    ];
}

impl<N: OutputType + Answer + 'static> Fields for Row<N> {
    const FIELDS: &'static [Field<Self>] =
        &[field!("node": N, |edge| edge.node), field!("cursor": String, |edge| edge.cursor.encode_cursor())];
}

impl Fields for PageInfo {
    const FIELDS: &'static [Field<Self>] = &[
        field!("hasPreviousPage": bool, |info| info.has_previous_page),
        field!("hasNextPage": bool, |info| info.has_next_page),
        field!("startCursor": Option<String>, |info| info.start_cursor),
        field!("endCursor": Option<String>, |info| info.end_cursor),
    ];
}

object!([<N: OutputType + Answer + 'static>] List<N>);
object!([<N: OutputType + Answer + 'static>] Row<N>);
object!([] PageInfo);
