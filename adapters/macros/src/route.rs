//! `#[route(…)]`: a pattern, and the methods it is for.
//!
//! Decides what the attribute means. Refuses keys that it does not know, a pattern that is none,
//! and methods that no request could have.
//!
//! ```text
//! route = "/fp"
//! route("/fp")
//! route("/fp", methods(GET, "M-SEARCH"))
//! route(methods(GET))
//! ```

use blazeio::Method;
use blazeio::web::route::Pattern;
use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Error, Expr, ExprLit, Ident, Lit, LitStr, Meta, Result, Token};

/// A pattern, and where it was written.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) pattern: String,
    pub(crate) span: Span,
}

impl Place {
    /// By the grammar of the router.
    fn checked(pattern: String, span: Span) -> Result<Self> {
        match Pattern::new(&pattern) {
            Ok(_) => Ok(Self { pattern, span }),
            Err(error) => {
                let (what, at) = (error.kind().message(), error.offset());
                Err(Error::new(span, format!("{pattern:?}: {what}, at byte {at}")))
            }
        }
    }

    /// What the name of a method says, if that is a pattern's.
    pub(crate) fn of_name(name: &Ident) -> Result<Option<Self>> {
        let text = name.to_string();
        if !text.starts_with('_') {
            return Ok(None);
        }
        let pattern = text.replace('_', "/");
        if pattern.contains("//") {
            let error =
                format!("{pattern:?} has an empty segment: say what is meant by `#[route]`");
            return Err(Error::new(name.span(), error));
        }
        Self::checked(pattern, name.span()).map(Some)
    }
}

/// A method that a route is for.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Verb(String);

impl Verb {
    /// As the expression of a `Method`.
    pub(crate) fn expression(&self) -> TokenStream {
        let name = &self.0;
        quote!(::blazeio_app::object::method(#name))
    }

    pub(crate) fn name(&self) -> &str {
        &self.0
    }

    fn checked(name: String, span: Span) -> Result<Self> {
        let error = |what: &str| Err(Error::new(span, format!("{name:?} {what}")));
        match Method::from_bytes(name.as_bytes()) {
            None => error("is no method (RFC 9110 §9.1)"),
            Some(Method::Connect) => error("has no path, and so no route"),
            Some(Method::Extension(_)) if name.bytes().any(|byte| byte.is_ascii_lowercase()) => {
                error("is not one of the methods that are known, which are in upper case")
            }
            Some(_) => Ok(Self(name)),
        }
    }
}

impl Parse for Verb {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        if input.peek(LitStr) {
            let text: LitStr = input.parse()?;
            return Self::checked(text.value(), text.span());
        }
        let name: Ident = input.parse()?;
        Self::checked(name.to_string(), name.span())
    }
}

/// What one attribute says.
#[derive(Default)]
pub(crate) struct Said {
    pub(crate) place: Option<Place>,
    /// For every one, if there is none.
    pub(crate) verbs: Vec<Verb>,
}

impl Said {
    pub(crate) fn by(attribute: &Attribute) -> Result<Self> {
        match &attribute.meta {
            Meta::NameValue(pair) => match &pair.value {
                Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => {
                    let place = Place::checked(text.value(), text.span())?;
                    Ok(Self { place: Some(place), ..Self::default() })
                }
                other => Err(Error::new_spanned(other, "a pattern is a string")),
            },
            Meta::List(list) => list.parse_args(),
            Meta::Path(path) => {
                let error = "a route has a pattern, as in `#[route(\"/fp\")]`, or methods";
                Err(Error::new_spanned(path, error))
            }
        }
    }
}

impl Parse for Said {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut said = Self::default();
        if input.is_empty() {
            return Err(input.error("a route has a pattern, or methods"));
        }
        if input.peek(LitStr) {
            let text: LitStr = input.parse()?;
            said.place = Some(Place::checked(text.value(), text.span())?);
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        if input.is_empty() {
            return Ok(said);
        }
        let unknown = "expected `methods(…)`: a route has a pattern, and methods";
        let key: Ident = input.parse().map_err(|error| Error::new(error.span(), unknown))?;
        if key != "methods" {
            return Err(Error::new(key.span(), unknown));
        }
        let list;
        syn::parenthesized!(list in input);
        let verbs = Punctuated::<Verb, Token![,]>::parse_terminated(&list)?;
        if verbs.is_empty() {
            return Err(Error::new(key.span(), "a route without methods is never found"));
        }
        said.verbs = verbs.into_iter().collect();
        input.parse::<Option<Token![,]>>()?;
        if !input.is_empty() {
            return Err(input.error(unknown));
        }
        Ok(said)
    }
}
