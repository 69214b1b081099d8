//! `#[derive(Fields)]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Error, Fields, Result};

use crate::member::{camel, graphql_name};

pub fn expand(item: &DeriveInput) -> Result<TokenStream> {
    let Data::Struct(data) = &item.data else { return Err(Error::new_spanned(item, "a struct is wanted")) };
    let Fields::Named(named) = &data.fields else { return Err(Error::new_spanned(item, "named fields are wanted")) };
    let ident = &item.ident;
    let (impl_generics, type_generics, where_clause) = item.generics.split_for_impl();
    let fields = named.named.iter().map(|field| {
        let (name, ty) = (field.ident.as_ref().expect("named"), &field.ty);
        let shown = graphql_name(&field.attrs)?.unwrap_or_else(|| camel(&name.to_string()));
        Ok(quote! {
            crate::graph::answer::Field {
                name: #shown,
                arguments: 0,
                plan: <#ty as crate::graph::answer::Answer>::plan,
                fetches: false,
                join: None,
                columns: Some(&[]),
                gather: |row, chosen, pass| {
                    crate::graph::answer::Answer::gather(&row.#name, &chosen.selected, pass);
                    Ok(())
                },
                write: |row, chosen, pass, out| {
                    crate::graph::answer::Answer::write(&row.#name, &chosen.selected, pass, out)
                },
            }
        })
    });
    let fields = fields.collect::<Result<Vec<_>>>()?;
    Ok(quote! {
        impl #impl_generics crate::graph::answer::Fields for #ident #type_generics #where_clause {
            const FIELDS: &'static [crate::graph::answer::Field<Self>] = &[#(#fields),*];
        }
        crate::graph::answer::object!([#impl_generics] #ident #type_generics);
    })
}
