//! The macros of row types and root fields. What they make stands in `milepost::graph::answer`.

use proc_macro::TokenStream;
use syn::parse_macro_input;

mod columns;
mod fields;
mod member;
mod roots;
mod structs;

/// On the `impl` block of an object type: each method is a field, with its doc comment for a description.
///
/// - `fn status(&self) -> OrderStatus`: a value of the row. It may take the call (`call: &Call`), arguments, and answer
///   with a `Result`.
/// - `#[link(self.0.customer_id)] fn customer(&self) -> To<CustomerById>;`: what the relation finds by that key.
/// - `#[join(store_id)]` on a method that answers with `To<Relation>`: the column that its key comes from, when it has one.
///   `#[join(id => Relation)]` on a method that looks at what a relation finds.
/// - `async fn …(&self, ctx: &Context<'_>, …)`: the engine's own way, for what fits neither. A selection that touches
///   it is answered without the fast way.
///
/// - `#[columns(id, phone)]`: the columns of the row that a method looks at, where that is more than `self.0.column` says. Refused of
///   one that may find rows through its call, whose columns nobody would read; `#[columns(id; reckoned)]` says that what it finds is
///   no row with fields, or that its relation names the columns itself (`looks_at`).
///
/// `#[fields(name = "Option")]` names the type where Rust's name is another. `#[fields(rows(order::Model))]` says that it
/// stands on a row of a table, `self.0` or `self.row`: only the columns that the selected methods look at are then read.
#[proc_macro_attribute]
pub fn fields(arguments: TokenStream, block: TokenStream) -> TokenStream {
    let arguments = proc_macro2::TokenStream::from(arguments);
    let block = parse_macro_input!(block as syn::ItemImpl);
    fields::expand(arguments, block).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// On the `impl` block of a room's root fields, in place of `#[Object]`.
///
/// - `async fn orders(&self, ask: &Ask<'_>, …) -> Result<…>`: for both ways; what is selected on the answer is fetched
///   after it.
/// - `async fn node(&self, ctx: &Context<'_>, …)`: the engine's own way alone.
#[proc_macro_attribute]
pub fn roots(arguments: TokenStream, block: TokenStream) -> TokenStream {
    let arguments = proc_macro2::TokenStream::from(arguments);
    let block = parse_macro_input!(block as syn::ItemImpl);
    roots::expand(arguments, block).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Beside `DeriveEntityModel`: the row can be read by the place of its columns.
#[proc_macro_derive(Columns)]
pub fn derive_columns(item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item as syn::DeriveInput);
    columns::expand(&item).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Beside `#[derive(SimpleObject)]`: the fields of the struct are the fields of the type.
#[proc_macro_derive(Fields, attributes(graphql))]
pub fn derive_fields(item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item as syn::DeriveInput);
    structs::expand(&item).unwrap_or_else(syn::Error::into_compile_error).into()
}
