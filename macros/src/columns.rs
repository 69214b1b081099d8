//! `#[derive(Columns)]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt as _;
use syn::{Data, DeriveInput, Error, Fields, LitStr, Result};

use crate::member::inside;

pub fn expand(item: &DeriveInput) -> Result<TokenStream> {
    let Data::Struct(data) = &item.data else { return Err(Error::new_spanned(item, "a struct is wanted")) };
    let Fields::Named(named) = &data.fields else { return Err(Error::new_spanned(item, "named fields are wanted")) };
    let ident = &item.ident;
    let table = table_of(item)?;
    let reads = named.named.iter().enumerate().map(|(place, field)| {
        let (name, ty) = (&field.ident, &field.ty);
        let read = match inside(ty, "Option") {
            Some(inner) => quote!(<#inner as crate::Column>::optional(row, at - 1)?),
            None => quote!(<#ty as crate::Column>::required(row, at - 1)?),
        };
        quote! {
            let #name = if wanted.has(#place) {
                at += 1;
                #read
            } else {
                ::std::default::Default::default()
            };
        }
    });
    let idents: Vec<_> = named.named.iter().map(|field| &field.ident).collect();
    let names: Vec<_> =
        named.named.iter().map(|field| field.ident.as_ref().expect("named").unraw().to_string()).collect();
    let list = names.iter().map(|name| format!("\"{table}\".\"{name}\"")).collect::<Vec<_>>().join(", ");
    Ok(quote! {
        impl crate::Columns for #ident {
            const TABLE: &'static str = #table;
            const COUNT: usize = Self::NAMES.len();
            const LIST: &'static str = #list;

            const NAMES: &'static [&'static str] = &[#(#names),*];

            fn read_some(
                row: crate::Cells<'_>,
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
