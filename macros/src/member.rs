//! What both macros share: names and attributes of fields.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Expr, FnArg, GenericArgument, ImplItemFn, Lit, Meta, PathArguments, Result, Type};

/// `allowed_actions` as GraphQL writes it: `allowedActions`.
pub fn camel(name: &str) -> String {
    let name = name.strip_prefix("r#").unwrap_or(name);
    let mut shown = String::with_capacity(name.len());
    let mut upper = false;
    for letter in name.chars() {
        match letter {
            '_' => upper = true,
            _ if upper => {
                shown.extend(letter.to_uppercase());
                upper = false;
            }
            _ => shown.push(letter),
        }
    }
    shown
}

/// The name in `#[graphql(name = "…")]`.
pub fn graphql_name(attributes: &[Attribute]) -> Result<Option<String>> {
    let mut found = None;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("graphql")) {
        let metas = attribute.parse_args_with(syn::punctuated::Punctuated::<Meta, syn::Token![,]>::parse_terminated)?;
        for meta in metas {
            if let Meta::NameValue(pair) = &meta
                && pair.path.is_ident("name")
                && let Expr::Lit(literal) = &pair.value
                && let Lit::Str(text) = &literal.lit
            {
                found = Some(text.value());
            }
        }
    }
    Ok(found)
}

/// `T` of `Wrapper<T>`.
pub fn inside<'a>(ty: &'a Type, wrapper: &str) -> Option<&'a Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    if last.ident != wrapper {
        return None;
    }
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first()? {
        GenericArgument::Type(inner) => Some(inner),
        _ => None,
    }
}

/// The method as Rust code calls it: without what is meant for the macros.
pub fn plain(method: &ImplItemFn) -> TokenStream {
    const OURS: [&str; 3] = ["graphql", "join", "columns"];
    let ours = |attribute: &Attribute| OURS.iter().any(|name| attribute.path().is_ident(name));
    let mut method = method.clone();
    method.attrs.retain(|attribute| !ours(attribute));
    for argument in &mut method.sig.inputs {
        if let FnArg::Typed(argument) = argument {
            argument.attrs.retain(|attribute| !ours(attribute));
        }
    }
    quote!(#method)
}
