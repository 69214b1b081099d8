//! `#[fields]`.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{format_ident, quote};
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{
    Attribute, Error, Expr, FnArg, ImplItem, ImplItemFn, ItemImpl, Meta, Pat, Result, ReturnType, Token, Type,
    Visibility,
};

use crate::member::{camel, graphql_name, inside, plain};

/// A method that is a field, as it was written.
struct Method {
    attributes: Vec<Attribute>,
    visibility: Visibility,
    ident: Ident,
    /// The field's name in the schema.
    shown: String,
    /// Key of a link, as an expression on `self`.
    link: Option<Expr>,
    takes_call: bool,
    arguments: Vec<Argument>,
    /// What is answered, without the `Result` around it.
    ty: Type,
    fallible: bool,
    /// The column that holds the key of a link, for a join, and the relation where the answer is not it.
    column: Option<String>,
    relation: Option<Type>,
    /// The columns of its row that it looks at; none when that cannot be told.
    columns: Option<Vec<String>>,
    /// Whether it may ask for rows that have to be fetched first.
    fetches: bool,
}

struct Argument {
    attributes: Vec<Attribute>,
    ident: Ident,
    ty: Type,
}

pub fn expand(arguments: TokenStream, block: ItemImpl) -> Result<TokenStream> {
    let options = Punctuated::<Meta, Token![,]>::parse_terminated.parse2(arguments)?;
    let (rows, options): (Vec<_>, Vec<_>) = options.into_iter().partition(|option| option.path().is_ident("rows"));
    let rows_of = match rows.first() {
        Some(Meta::List(rows)) => {
            let model: Type = rows.parse_args()?;
            quote!(Some(<#model as ::entity::Columns>::TABLE))
        }
        Some(other) => return Err(Error::new_spanned(other, "`rows(table::Model)` is wanted")),
        None => quote!(None),
    };
    let ty = &block.self_ty;
    let (generics, where_clause) = (&block.generics, &block.generics.where_clause);
    let (mut written, mut resolvers, mut table) = (Vec::new(), Vec::new(), Vec::new());
    for item in &block.items {
        match item {
            ImplItem::Fn(method) if method.sig.asyncness.is_some() => resolvers.push(quote!(#method)),
            ImplItem::Fn(method) => {
                written.push(plain(method));
                let method = Method::of(method)?;
                resolvers.push(method.resolver());
                table.push(method.entry());
            }
            ImplItem::Verbatim(tokens) => {
                let method = linked(tokens.clone())?;
                written.push(method.body()?);
                resolvers.push(method.resolver());
                table.push(method.entry());
            }
            other => return Err(Error::new_spanned(other, "only methods are fields")),
        }
    }
    Ok(quote! {
        impl #generics #ty #where_clause {
            #(#written)*
        }

        #[::async_graphql::Object(use_type_description, #(#options),*)]
        impl #generics #ty #where_clause {
            #(#resolvers)*
        }

        impl #generics crate::graph::answer::Fields for #ty #where_clause {
            const TABLE: Option<&'static str> = #rows_of;
            const FIELDS: &'static [crate::graph::answer::Field<Self>] = &[#(#table),*];
        }

        crate::graph::answer::object!([#generics] #ty);
    })
}

/// Reads `#[link(key)] fn name(&self) -> To<Relation>;`.
fn linked(tokens: TokenStream) -> Result<Method> {
    let method: syn::TraitItemFn = syn::parse2(tokens)?;
    let (links, attributes): (Vec<_>, Vec<_>) =
        method.attrs.into_iter().partition(|attribute| attribute.path().is_ident("link"));
    let [link] = links.as_slice() else {
        return Err(Error::new(method.sig.ident.span(), "a field without a body wants one `#[link(key)]`"));
    };
    let key: Expr = link.parse_args()?;
    let ReturnType::Type(_, ty) = &method.sig.output else {
        return Err(Error::new(method.sig.ident.span(), "a link answers with `To<Relation>`"));
    };
    Ok(Method {
        shown: graphql_name(&attributes)?.unwrap_or_else(|| camel(&method.sig.ident.to_string())),
        attributes,
        visibility: Visibility::Inherited,
        ident: method.sig.ident,
        column: column_of(&key),
        relation: None,
        columns: looked_at(&quote!(#key)),
        link: Some(key),
        takes_call: false,
        arguments: Vec::new(),
        ty: (**ty).clone(),
        fallible: false,
        fetches: true,
    })
}

impl Method {
    fn of(method: &ImplItemFn) -> Result<Self> {
        let ReturnType::Type(_, answered) = &method.sig.output else {
            return Err(Error::new(method.sig.ident.span(), "a field answers with something"));
        };
        let (ty, fallible) = match inside(answered, "Result") {
            Some(inner) => (inner.clone(), true),
            None => ((**answered).clone(), false),
        };
        let (mut takes_call, mut arguments) = (false, Vec::new());
        for input in method.sig.inputs.iter().skip(1) {
            let FnArg::Typed(input) = input else { continue };
            let Pat::Ident(name) = &*input.pat else { return Err(Error::new(input.span(), "a name is wanted")) };
            if name.ident == "call" {
                takes_call = true;
                continue;
            }
            arguments.push(Argument {
                attributes: input.attrs.clone(),
                ident: name.ident.clone(),
                ty: (*input.ty).clone(),
            });
        }
        // A call is what rows are found through, and only a `Result` can say that one is missing.
        let fetches = inside(&ty, "To").is_some() || (takes_call && fallible);
        let (column, relation) = match method.attrs.iter().find(|attribute| attribute.path().is_ident("join")) {
            Some(attribute) => attribute.parse_args_with(joined)?,
            None => (None, None),
        };
        let body = &method.block;
        let said = method.attrs.iter().find(|attribute| attribute.path().is_ident("columns"));
        let columns = match said {
            Some(attribute) => {
                let (said, reckoned) = attribute.parse_args_with(said_columns)?;
                if takes_call && fallible && !reckoned && may_find(&quote!(#body)) {
                    let why = "it may find rows of other tables, whose columns nobody would read: no `columns`, or `; reckoned` \
                               where what it finds brings its columns along";
                    return Err(Error::new_spanned(attribute, why));
                }
                Some(said)
            }
            // It may find rows of any table, and look at any column of theirs.
            None if takes_call && fallible => None,
            None => looked_at(&quote!(#body)),
        };
        Ok(Self {
            column,
            relation,
            columns,
            shown: graphql_name(&method.attrs)?.unwrap_or_else(|| camel(&method.sig.ident.to_string())),
            attributes: method.attrs.clone(),
            visibility: method.vis.clone(),
            ident: method.sig.ident.clone(),
            link: None,
            takes_call,
            arguments,
            ty,
            fallible,
            fetches,
        })
    }

    /// The Rust method of a link.
    fn body(&self) -> Result<TokenStream> {
        let Self { attributes, visibility, ident, ty, link, .. } = self;
        let documents = attributes.iter().filter(|attribute| attribute.path().is_ident("doc"));
        Ok(quote! {
            #(#documents)*
            #visibility fn #ident(&self) -> #ty {
                crate::graph::answer::To::new(::std::clone::Clone::clone(&#link))
            }
        })
    }

    /// The engine's resolver.
    fn resolver(&self) -> TokenStream {
        let Self { attributes, ident, shown, ty, .. } = self;
        let kept = attributes.iter().filter(|attribute| attribute.path().is_ident("doc"));
        let options = attributes.iter().filter(|attribute| attribute.path().is_ident("graphql"));
        // A second `graphql` attribute would be refused; a method with its own keeps it and names itself.
        let named = if self.attributes.iter().any(|attribute| attribute.path().is_ident("graphql")) {
            quote!(#(#options)*)
        } else {
            quote!(#[graphql(name = #shown)])
        };
        let resolver = format_ident!("resolve_{}", ident);
        let parameters =
            self.arguments.iter().map(|Argument { attributes, ident, ty }| quote!(#(#attributes)* #ident: #ty));
        let passed: Vec<_> = self.arguments.iter().map(|argument| &argument.ident).collect();
        let clones = passed.iter().map(|name| quote!(::std::clone::Clone::clone(&#name)));
        let context = quote!(ctx: &::async_graphql::Context<'_>);
        let call = self.takes_call.then(|| quote!(crate::graph::CallExt::call(ctx),));
        if inside(ty, "To").is_some() {
            let linked = if self.fallible {
                quote!(self.#ident(#call #(#passed),*)?)
            } else {
                quote!(self.#ident(#call #(#passed),*))
            };
            return quote! {
                #(#kept)* #named
                pub async fn #resolver(&self, #context, #(#parameters),*)
                    -> crate::graph::Result<::std::sync::Arc<<#ty as crate::graph::answer::Linked>::Found>>
                {
                    crate::graph::answer::Linked::load(#linked, crate::graph::CallExt::call(ctx)).await
                }
            };
        }
        match (self.takes_call, self.fallible, self.fetches) {
            (true, true, true) => quote! {
                #(#kept)* #named
                pub async fn #resolver(&self, #context, #(#parameters),*) -> crate::graph::Result<#ty> {
                    let call = crate::graph::CallExt::call(ctx);
                    loop {
                        match self.#ident(call, #(#clones),*) {
                            Err(crate::graph::Error::Missing) => call.load_missing().await?,
                            answer => return answer,
                        }
                    }
                }
            },
            (_, fallible, _) => {
                let answered = if fallible { quote!(crate::graph::Result<#ty>) } else { quote!(#ty) };
                let context = self.takes_call.then(|| quote!(#context,));
                quote! {
                    #(#kept)* #named
                    pub async fn #resolver(&self, #context #(#parameters),*) -> #answered {
                        self.#ident(#call #(#passed),*)
                    }
                }
            }
        }
    }

    /// The line in the table of the fast way.
    fn entry(&self) -> TokenStream {
        let Self { ident, shown, ty, fetches, .. } = self;
        let call = self.takes_call.then(|| quote!(pass.call,));
        let arguments = self.arguments.iter().map(|argument| {
            let (name, ty) = (camel(&argument.ident.to_string()), &argument.ty);
            let name = graphql_name(&argument.attributes).ok().flatten().unwrap_or(name);
            quote!(pass.argument::<#ty>(chosen, #name)?)
        });
        let arguments: Vec<_> = arguments.collect();
        let asked = self.fallible.then(|| quote!(?));
        let columns = match &self.columns {
            Some(columns) => quote!(Some(&[#(#columns),*])),
            None => quote!(None),
        };
        let value = quote!(row.#ident(#call #(#arguments),*)#asked);
        let arity = arguments.len();
        let join = match &self.relation {
            Some(relation) => quote!(<#relation as crate::graph::link::Relation>::JOIN),
            None => quote!(<#ty as crate::graph::answer::Linked>::JOIN),
        };
        let join = match &self.column {
            Some(column) => quote! {
                match #join {
                    Some(join) => Some((#column, join)),
                    None => None,
                }
            },
            None => quote!(None),
        };
        quote! {
            crate::graph::answer::Field {
                name: #shown,
                arguments: #arity,
                plan: <#ty as crate::graph::answer::Answer>::plan,
                fetches: #fetches,
                join: #join,
                columns: #columns,
                gather: |row, chosen, pass| {
                    let value = #value;
                    crate::graph::answer::Answer::gather(&value, &chosen.selected, pass);
                    Ok(())
                },
                write: |row, chosen, pass, out| {
                    let value = #value;
                    crate::graph::answer::Answer::write(&value, &chosen.selected, pass, out)
                },
            }
        }
    }
}

/// `id, status`, or `id; reckoned`: what is found besides has no columns of its own.
fn said_columns(input: ParseStream<'_>) -> Result<(Vec<String>, bool)> {
    let mut columns = Vec::new();
    while !input.is_empty() && !input.peek(Token![;]) {
        columns.push(input.parse::<Ident>()?.to_string());
        if input.parse::<Option<Token![,]>>()?.is_none() {
            break;
        }
    }
    if input.parse::<Option<Token![;]>>()?.is_none() {
        return Ok((columns, false));
    }
    let word: Ident = input.parse()?;
    if word == "reckoned" { Ok((columns, true)) } else { Err(Error::new(word.span(), "`reckoned` is wanted")) }
}

/// Whether a body looks for rows through its call: by `call.found`, `call.link`, or by passing the call on, but to a method of its own.
fn may_find(tokens: &TokenStream) -> bool {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let text = |place: Option<usize>| place.and_then(|place| tokens.get(place)).map(ToString::to_string);
    tokens.iter().enumerate().any(|(place, token)| match token {
        TokenTree::Group(group) => {
            let own = place.checked_sub(3).is_some_and(|before| text(Some(before)).as_deref() == Some("self"));
            let stream = group.stream();
            let passed_on = own && stream.clone().into_iter().next().is_some_and(|first| first.to_string() == "call");
            if passed_on { may_find(&stream.into_iter().skip(1).collect()) } else { may_find(&stream) }
        }
        TokenTree::Ident(ident) if ident == "call" => {
            let looks = matches!(text(Some(place + 2)).as_deref(), Some("found" | "link"));
            text(Some(place + 1)).as_deref() != Some(".") || looks
        }
        _ => false,
    })
}

/// `store_id`, or `id => HoldOfVehicle`.
fn joined(input: ParseStream<'_>) -> Result<(Option<String>, Option<Type>)> {
    let column: Ident = input.parse()?;
    let relation = if input.parse::<Option<Token![=>]>>()?.is_some() { Some(input.parse()?) } else { None };
    Ok((Some(column.to_string()), relation))
}

/// `customer_id` of `self.0.customer_id`.
fn column_of(key: &Expr) -> Option<String> {
    match key {
        Expr::Field(field) => match &field.member {
            syn::Member::Named(name) => Some(name.to_string()),
            syn::Member::Unnamed(_) => None,
        },
        _ => None,
    }
}

/// The columns that stand as `self.0.column` or `self.row.column`; none when `self` is used in any other way.
fn looked_at(tokens: &TokenStream) -> Option<Vec<String>> {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let mut columns = Vec::new();
    for (place, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) => columns.extend(looked_at(&group.stream())?),
            TokenTree::Ident(ident) if ident == "self" => {
                let text = |offset: usize| tokens.get(place + offset).map(ToString::to_string);
                let row = matches!(text(2).as_deref(), Some("0" | "row"));
                let called = matches!(tokens.get(place + 5), Some(TokenTree::Group(_)));
                if text(1).as_deref() != Some(".") || !row || text(3).as_deref() != Some(".") || called {
                    return None;
                }
                columns.push(text(4)?);
            }
            _ => {}
        }
    }
    Some(columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_passes_the_call_on_may_find_rows() {
        let finds = |body: &str| may_find(&body.parse().unwrap());
        assert!(finds("{ call.found::<MilestonesOfOrder>(&self.0.id)?.len() }"));
        assert!(finds("{ preparation_tasks(call, &self.0) }"));
        assert!(finds("{ self.helper(other, call) }"));
        assert!(!finds("{ call.show(Personal::Name, &self.0.name, policy::personal(&call.viewer)) }"));
        assert!(!finds("{ self.show(call, Personal::Name, self.0.name.as_ref()) }"));
        assert!(!finds("{ paper_of(&call.app.vault, &self.0)? }"));
    }
}
