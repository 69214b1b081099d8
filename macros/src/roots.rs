//! `#[roots]`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{
    Attribute, Error, Expr, FnArg, Ident, ImplItem, ImplItemFn, ItemImpl, Lit, Meta, Pat, Result, ReturnType, Token,
    Type,
};

use crate::member::{camel, graphql_name, inside, plain};

struct Argument {
    attributes: Vec<Attribute>,
    ident: Ident,
    ty: Type,
    /// How its default is made, when it has one.
    default: Option<TokenStream>,
}

pub fn expand(arguments: TokenStream, block: ItemImpl) -> Result<TokenStream> {
    let options = Punctuated::<Meta, Token![,]>::parse_terminated.parse2(arguments)?;
    let ty = &block.self_ty;
    let (mut written, mut resolvers, mut table) = (Vec::new(), Vec::new(), Vec::new());
    for item in &block.items {
        let ImplItem::Fn(method) = item else { return Err(Error::new_spanned(item, "only methods are fields")) };
        if !asks(method) {
            resolvers.push(quote!(#method));
            continue;
        }
        let arguments = arguments_of(method)?;
        let answered = answered(method)?;
        written.push(plain(method));
        resolvers.push(resolver(method, &arguments, answered));
        table.push(entry(ty, method, &arguments, answered)?);
    }
    Ok(quote! {
        impl #ty {
            #(#written)*
        }

        #[::async_graphql::Object(#options)]
        impl #ty {
            #(#resolvers)*
        }

        impl #ty {
            /// The root fields of the fast way.
            pub const ROOTS: &'static [crate::graph::answer::Root] = &[#(#table),*];
        }
    })
}

/// Whether the method is for both ways: its first argument is `ask: &Ask<'_>`.
fn asks(method: &ImplItemFn) -> bool {
    method.sig.inputs.iter().nth(1).is_some_and(|input| match input {
        FnArg::Typed(input) => matches!(&*input.pat, Pat::Ident(name) if name.ident == "ask"),
        FnArg::Receiver(_) => false,
    })
}

fn answered(method: &ImplItemFn) -> Result<&Type> {
    let ReturnType::Type(_, ty) = &method.sig.output else {
        return Err(Error::new(method.sig.ident.span(), "a root field answers with `Result<…>`"));
    };
    inside(ty, "Result").ok_or_else(|| Error::new(method.sig.ident.span(), "a root field answers with `Result<…>`"))
}

fn arguments_of(method: &ImplItemFn) -> Result<Vec<Argument>> {
    let mut arguments = Vec::new();
    for input in method.sig.inputs.iter().skip(2) {
        let FnArg::Typed(input) = input else { continue };
        let Pat::Ident(name) = &*input.pat else { return Err(Error::new_spanned(input, "a name is wanted")) };
        arguments.push(Argument {
            default: default_of(&input.attrs)?,
            attributes: input.attrs.clone(),
            ident: name.ident.clone(),
            ty: (*input.ty).clone(),
        });
    }
    Ok(arguments)
}

/// The default of an argument; what the engine would check beside it has no fast way.
fn default_of(attributes: &[Attribute]) -> Result<Option<TokenStream>> {
    let mut default = None;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("graphql")) {
        let metas = attribute.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)?;
        for meta in metas {
            match &meta {
                Meta::Path(path) if path.is_ident("default") => {
                    default = Some(quote!(::std::default::Default::default()));
                }
                Meta::NameValue(pair) if pair.path.is_ident("default_with") => {
                    let Expr::Lit(literal) = &pair.value else { return Err(Error::new_spanned(pair, "a text")) };
                    let Lit::Str(text) = &literal.lit else { return Err(Error::new_spanned(pair, "a text")) };
                    let made: Expr = text.parse()?;
                    default = Some(quote!(#made));
                }
                Meta::NameValue(pair) if pair.path.is_ident("name") || pair.path.is_ident("desc") => {}
                other => return Err(Error::new_spanned(other, "not known to the fast way: take `ctx`, not `ask`")),
            }
        }
    }
    Ok(default)
}

/// The engine's resolver: the same method, then what is selected on its answer is fetched ahead.
fn resolver(method: &ImplItemFn, arguments: &[Argument], ty: &Type) -> TokenStream {
    let ident = &method.sig.ident;
    let (shown, resolver) = (camel(&ident.to_string()), format_ident!("resolve_{}", ident));
    let documents = method.attrs.iter().filter(|attribute| attribute.path().is_ident("doc"));
    let parameters = arguments.iter().map(|Argument { attributes, ident, ty, .. }| quote!(#(#attributes)* #ident: #ty));
    let passed = arguments.iter().map(|argument| &argument.ident);
    quote! {
        #(#documents)*
        #[graphql(name = #shown)]
        async fn #resolver(
            &self,
            ctx: &::async_graphql::Context<'_>,
            #(#parameters),*
        ) -> crate::graph::Result<#ty> {
            let selected = crate::graph::answer::selected::<#ty>(ctx);
            let ask = crate::graph::answer::Ask { call: crate::graph::CallExt::call(ctx), selected: &selected };
            let answer = self.#ident(&ask, #(#passed),*).await?;
            crate::graph::answer::ahead(ctx, &answer, &selected).await?;
            Ok(answer)
        }
    }
}

/// The line in the table of the fast way.
fn entry(queries: &Type, method: &ImplItemFn, arguments: &[Argument], ty: &Type) -> Result<TokenStream> {
    let ident = &method.sig.ident;
    let shown = camel(&ident.to_string());
    let mut passed = Vec::new();
    for Argument { attributes, ident, ty, default } in arguments {
        let name = graphql_name(attributes)?.unwrap_or_else(|| camel(&ident.to_string()));
        passed.push(match default {
            Some(default) => quote!(pass.argument_or::<#ty>(chosen, #name, || #default)?),
            None => quote!(pass.argument::<#ty>(chosen, #name)?),
        });
    }
    Ok(quote! {
        crate::graph::answer::Root {
            name: #shown,
            plan: <#ty as crate::graph::answer::Answer>::plan,
            run: |chosen, pass| ::std::boxed::Box::pin(async move {
                let ask = crate::graph::answer::Ask { call: pass.call, selected: &chosen.selected };
                let answer = #queries::default().#ident(&ask, #(#passed),*).await?;
                Ok(::std::boxed::Box::new(answer) as ::std::boxed::Box<dyn crate::graph::answer::Answer>)
            }),
        }
    })
}
