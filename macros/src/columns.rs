//! `#[derive(Columns)]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Error, Fields, LitStr, Result};

pub fn expand(item: &DeriveInput) -> Result<TokenStream> {
    let Data::Struct(data) = &item.data else { return Err(Error::new_spanned(item, "a struct is wanted")) };
    let Fields::Named(named) = &data.fields else { return Err(Error::new_spanned(item, "named fields are wanted")) };
    let ident = &item.ident;
    let table = table_of(item)?;
    let reads = named.named.iter().enumerate().map(|(place, field)| {
        let (name, ty) = (&field.ident, &field.ty);
        quote! {
            let #name = if wanted.has(#place) {
                at += 1;
                row.try_get_by::<#ty, usize>(at - 1)?
            } else {
                ::std::default::Default::default()
            };
        }
    });
    let idents: Vec<_> = named.named.iter().map(|field| &field.ident).collect();
    let shown: Vec<_> = idents
        .iter()
        .map(|ident| ident.as_ref().expect("named").to_string())
        .map(|name| name.strip_prefix("r#").unwrap_or(&name).to_owned())
        .collect();
    let count = named.named.len();
    let names = named.named.iter().map(|field| {
        let name = field.ident.as_ref().expect("named").to_string();
        format!("\"{table}\".\"{}\"", name.strip_prefix("r#").unwrap_or(&name))
    });
    let list = names.collect::<Vec<_>>().join(", ");
    Ok(quote! {
        impl crate::Columns for #ident {
            const TABLE: &'static str = #table;
            const COUNT: usize = #count;
            const LIST: &'static str = #list;

            const NAMES: &'static [&'static str] = &[#(#shown),*];

            fn read_some(
                row: &::sea_orm::QueryResult,
                at: usize,
                wanted: crate::Wanted,
            ) -> ::std::result::Result<Self, ::sea_orm::DbErr> {
                let mut at = at;
                #(#reads)*
                Ok(Self { #(#idents),* })
            }
        }
    })
}

/// The name in `#[sea_orm(table_name = "…")]`.
fn table_of(item: &DeriveInput) -> Result<String> {
    let mut table = None;
    for attribute in item.attrs.iter().filter(|attribute| attribute.path().is_ident("sea_orm")) {
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("table_name") {
                table = Some(meta.value()?.parse::<LitStr>()?.value());
            }
            Ok(())
        })?;
    }
    table.ok_or_else(|| Error::new_spanned(&item.ident, "a table name is wanted"))
}
