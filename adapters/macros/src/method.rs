//! What a method of an object is to its application.
//!
//! Decides by attribute, then by name. Refuses a signature that the part does not have, at the
//! place where it differs.

use crate::route::{Place, Said, Verb};
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{
    Attribute, Error, FnArg, Ident, ImplItemFn, Receiver, ReceiverKind, Result, ReturnType,
    Signature, Type,
};

/// A route: a method and a pattern.
pub(crate) struct Route {
    pub(crate) place: Place,
    /// For every one, if there is none.
    pub(crate) verb: Option<Verb>,
}

enum Part {
    Routes(Vec<Route>),
    Before,
    After,
    Fallback,
}

/// A method that has a part in the application.
pub(crate) struct Member {
    pub(crate) name: Ident,
    part: Part,
    /// Where the type of what it takes is.
    taken: Span,
    /// Where the type of what it returns is.
    returned: Span,
    /// The `cfg` under which it is there at all.
    conditions: Vec<TokenStream>,
}

impl Member {
    /// What `method` is, if it has a part. Its attributes of ours are taken away.
    pub(crate) fn of(method: &mut ImplItemFn) -> Result<Option<Self>> {
        let said = take_attributes(&mut method.attrs)?;
        let name = method.sig.ident.clone();
        let part = match (said.is_empty(), name.to_string().as_str()) {
            (true, "before_middleware") => Part::Before,
            (true, "after_middleware") => Part::After,
            (true, "handle_all_middleware") => Part::Fallback,
            _ => match routes(&name, said)? {
                routes if routes.is_empty() => return Ok(None),
                routes => Part::Routes(routes),
            },
        };
        let taken = match part {
            Part::After => check(&method.sig, false, "outcome: &Outcome<'_>")?,
            Part::Routes(_) | Part::Before | Part::Fallback => {
                check(&method.sig, true, "exchange: &mut Exchange")?
            }
        };
        let is_condition = |attribute: &&Attribute| attribute.path().is_ident("cfg");
        let conditions =
            method.attrs.iter().filter(is_condition).map(|attribute| quote!(#attribute)).collect();
        let returned = match &method.sig.output {
            ReturnType::Default => name.span(),
            ReturnType::Type(_, returned) => returned.span(),
        };
        Ok(Some(Self { name, part, taken, returned, conditions }))
    }

    /// Its routes, unless they are there on a condition only.
    pub(crate) fn routes(&self) -> &[Route] {
        match &self.part {
            Part::Routes(routes) if self.conditions.is_empty() => routes,
            _ => &[],
        }
    }

    /// The statement that adds it to `app`.
    pub(crate) fn addition(&self, object: &Type) -> TokenStream {
        let Self { name, conditions, .. } = self;
        // What the compiler finds wrong it finds at the method's own types.
        let exchange = Ident::new("exchange", self.taken);
        let call = quote_spanned! {self.returned=>
            ::blazeio_app::object::sendable(<#object>::#name(&object, #exchange)).await
        };
        let function = |converted: TokenStream, output: TokenStream| {
            quote! {
                async fn handle(
                    object: ::std::sync::Arc<#object>,
                    exchange: &mut ::blazeio_app::Exchange,
                ) -> #output {
                    #converted
                }
            }
        };
        let answers = || {
            let converted =
                quote_spanned!(self.returned=> ::blazeio_app::IntoReply::into_reply(#call));
            function(converted, quote!(::blazeio_app::Reply))
        };
        let added = match &self.part {
            Part::Before => {
                let converted =
                    quote_spanned!(self.returned=> ::blazeio_app::IntoFlow::into_flow(#call));
                let handle =
                    function(converted, quote!(::core::option::Option<::blazeio_app::Reply>));
                quote!({ #handle app.before(::blazeio_app::object::bound(&object, handle)) })
            }
            Part::After => quote!({
                let object = ::std::sync::Arc::clone(&object);
                app.after(move |outcome| <#object>::#name(&object, outcome))
            }),
            Part::Fallback => {
                let handle = answers();
                quote!({ #handle app.fallback(::blazeio_app::object::bound(&object, handle)) })
            }
            Part::Routes(routes) => {
                let (handle, routes) =
                    (answers(), routes.iter().map(|route| route.addition(name.span())));
                quote!({ #handle app #(#routes)* })
            }
        };
        quote!(#(#conditions)* let app = #added;)
    }
}

impl Route {
    /// The call that adds it; what is wrong with it is so at `name`.
    fn addition(&self, name: Span) -> TokenStream {
        let pattern = &self.place.pattern;
        let handler = quote_spanned!(name=> ::blazeio_app::object::bound(&object, handle));
        match &self.verb {
            None => quote_spanned!(name=> .any(#pattern, #handler)),
            Some(verb) => {
                let method = verb.expression();
                quote_spanned! {name=>
                    .route(::core::option::Option::Some(#method), #pattern, #handler)
                }
            }
        }
    }
}

fn take_attributes(attributes: &mut Vec<Attribute>) -> Result<Vec<Said>> {
    let (own, others) = std::mem::take(attributes)
        .into_iter()
        .partition::<Vec<_>, _>(|attribute| attribute.path().is_ident("route"));
    *attributes = others;
    own.iter().map(Said::by).collect()
}

/// The routes of a method, by what was said and by its name.
fn routes(name: &Ident, said: Vec<Said>) -> Result<Vec<Route>> {
    let said = if said.is_empty() { vec![Said::default()] } else { said };
    let is_unsaid = |said: &Said| said.place.is_none() && said.verbs.is_empty();
    let mut routes = Vec::new();
    for said in said {
        let is_by_name = is_unsaid(&said);
        let place = match said.place {
            Some(place) => place,
            None => match Place::of_name(name)? {
                Some(place) => place,
                None if is_by_name => continue,
                None => {
                    let error =
                        "this name says no pattern: begin it with `_`, or give one to `#[route]`";
                    return Err(Error::new(name.span(), error));
                }
            },
        };
        if said.verbs.is_empty() {
            routes.push(Route { place, verb: None });
        } else {
            let each = said.verbs.into_iter();
            routes.extend(each.map(|verb| Route { place: place.clone(), verb: Some(verb) }));
        }
    }
    Ok(routes)
}

/// Whether a method takes `&self` and what is `wanted`; where the latter's type is.
fn check(signature: &Signature, is_async: bool, wanted: &str) -> Result<Span> {
    let name = &signature.ident;
    if !signature.generics.params.is_empty() {
        return error(&signature.generics, format!("`{name}` cannot be generic"));
    }
    match signature.inputs.first() {
        Some(FnArg::Receiver(Receiver { kind: ReceiverKind::Reference(_, _, None), .. })) => {}
        Some(FnArg::Receiver(other)) => {
            return error(other, format!("`{name}` takes `&self`: requests share the object"));
        }
        _ => return error(name, format!("`{name}` takes `&self` first")),
    }
    match (is_async, &signature.asyncness) {
        (true, None) => {
            return Err(Error::new(signature.fn_token.span, format!("`{name}` is an `async fn`")));
        }
        (false, Some(token)) => {
            return error(token, format!("`{name}` is not `async`: it must not wait"));
        }
        _ => {}
    }
    let mut others = signature.inputs.iter().skip(1);
    let (taken, surplus) = (others.next(), others.next());
    if let Some(surplus) = surplus {
        return error(surplus, format!("`{name}` takes `{wanted}` only"));
    }
    let Some(FnArg::Typed(taken)) = taken else {
        return error(name, format!("`{name}` takes `{wanted}`"));
    };
    match &*taken.ty {
        Type::Reference(by) if by.mutability.is_some() == is_async => Ok(by.elem.span()),
        other => error(other, format!("`{name}` takes `{wanted}`")),
    }
}

fn error<T>(at: impl ToTokens, what: String) -> Result<T> {
    Err(Error::new_spanned(at, what))
}
